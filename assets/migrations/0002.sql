-- Documents: what pages of detail show (a failure, a commit, a stack, a repository's folder), as
-- penstock's own JSON. Read from AWS when somebody looks or before, and kept within a budget: those
-- that were not used for longest go first.
CREATE TABLE document(
    kind      TEXT NOT NULL,
    partition TEXT NOT NULL,
    account   TEXT NOT NULL,
    region    TEXT NOT NULL,
    key       TEXT NOT NULL, -- of the kind: "NAME/EXECUTION", "REPOSITORY/COMMIT"
    read_at   INTEGER NOT NULL,
    used_at   INTEGER NOT NULL, -- to an hour
    size      INTEGER NOT NULL,
    json      TEXT NOT NULL,
    PRIMARY KEY(kind, partition, account, region, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX document_used ON document(used_at);

-- What the definition says beyond names: sources, projects, stacks, approvals, variables; penstock's
-- own JSON (core/cache/detail.c). Definitions are read again to fill it.
ALTER TABLE pipeline ADD COLUMN detail TEXT NOT NULL DEFAULT '';
UPDATE pipeline SET def_updated_at = 0, def_hash = 0;

-- The condition of a stage that failed or is looked at: "BEFORE_ENTRY", "ON_SUCCESS", "ON_FAILURE".
ALTER TABLE stage ADD COLUMN condition TEXT NOT NULL DEFAULT '';
ALTER TABLE stage ADD COLUMN condition_status TEXT NOT NULL DEFAULT '';
ALTER TABLE stage ADD COLUMN condition_text TEXT NOT NULL DEFAULT '';

-- IAM actions that AWS denied, or allowed, to a caller lately: for keys that are greyed.
CREATE TABLE permission(
    partition  TEXT NOT NULL,
    account    TEXT NOT NULL,
    caller     TEXT NOT NULL, -- ARN, of a role its role's
    iam_action TEXT NOT NULL,
    resource   TEXT NOT NULL, -- a pipeline's name; "" = any
    is_allowed INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY(partition, account, caller, iam_action, resource)
) STRICT, WITHOUT ROWID;

-- Approvals that wait: few among many pipelines.
CREATE INDEX pipeline_waiting ON pipeline(id) WHERE waiting<>'';
CREATE INDEX run_waiting ON run(pipeline) WHERE status='Waiting';
