-- Words rather than numbers for what has words (status, mode, strategy): they outlive an enum.
-- Times are ms since 1970. Nothing here is a secret.

-- Identity, which the history refers to: it outlives the pipeline.
CREATE TABLE subject(
    id        INTEGER PRIMARY KEY,
    partition TEXT NOT NULL,
    account   TEXT NOT NULL,
    region    TEXT NOT NULL,
    name      TEXT NOT NULL,
    UNIQUE(partition, account, region, name)
) STRICT;

-- What a line of the table shows comes first, so that reading one stops before the rest.
CREATE TABLE pipeline(
    id               INTEGER PRIMARY KEY, -- the subject's
    partition        TEXT NOT NULL,
    account          TEXT NOT NULL,
    region           TEXT NOT NULL,
    name             TEXT NOT NULL,
    logical          TEXT NOT NULL,
    environment      TEXT NOT NULL,
    strategy         TEXT NOT NULL,
    mode             TEXT NOT NULL,
    status           TEXT NOT NULL DEFAULT '',
    execution_id     TEXT NOT NULL DEFAULT '',
    started_at       INTEGER NOT NULL DEFAULT 0,
    changed_at       INTEGER NOT NULL DEFAULT 0,
    revision         TEXT NOT NULL DEFAULT '',
    revision_summary TEXT NOT NULL DEFAULT '',
    trigger_type     TEXT NOT NULL DEFAULT '',
    stages           TEXT NOT NULL DEFAULT '',
    cells            TEXT NOT NULL DEFAULT '', -- a trunk pipeline's environments
    waiting          TEXT NOT NULL DEFAULT '',
    error            TEXT NOT NULL DEFAULT '',
    trouble          TEXT NOT NULL DEFAULT '',
    observed_at      INTEGER NOT NULL DEFAULT 0,
    -- orders: one number for "what needs a person first, then the latest", one for the status
    attention        INTEGER NOT NULL,
    status_order     INTEGER NOT NULL,
    -- what tells whether something has changed
    version          INTEGER NOT NULL,
    def_updated_at   INTEGER NOT NULL,
    def_hash         INTEGER NOT NULL,
    tags_hash        INTEGER NOT NULL,
    state_hash       INTEGER NOT NULL DEFAULT 0,
    execution_hash   INTEGER NOT NULL DEFAULT 0,
    execution_status TEXT NOT NULL DEFAULT '',
    -- what only the pipeline's own screen shows
    arn              TEXT NOT NULL,
    state_version    INTEGER NOT NULL DEFAULT 0,
    state_updated_at INTEGER NOT NULL DEFAULT 0,
    status_summary   TEXT NOT NULL DEFAULT '',
    revision_url     TEXT NOT NULL DEFAULT '',
    trigger_detail   TEXT NOT NULL DEFAULT '',
    stop_reason      TEXT NOT NULL DEFAULT '',
    execution_mode   TEXT NOT NULL DEFAULT '',
    is_rollback      INTEGER NOT NULL DEFAULT 0,
    rollback_target  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX pipeline_attention ON pipeline(attention, name);
CREATE INDEX pipeline_name      ON pipeline(logical, name);
CREATE INDEX pipeline_changed   ON pipeline(changed_at, name);
CREATE INDEX pipeline_status    ON pipeline(status_order, name);
CREATE INDEX pipeline_exact     ON pipeline(name);

CREATE TABLE stage(
    pipeline              INTEGER NOT NULL,
    position              INTEGER NOT NULL,
    name                  TEXT NOT NULL,
    execution_id          TEXT NOT NULL,
    inbound_id            TEXT NOT NULL,
    disabled_reason       TEXT NOT NULL,
    disabled_by           TEXT NOT NULL,
    status                TEXT NOT NULL,
    inbound_status        TEXT NOT NULL,
    transition_enabled    INTEGER NOT NULL,
    transition_changed_at INTEGER NOT NULL,
    is_rollback           INTEGER NOT NULL,
    PRIMARY KEY(pipeline, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE action(
    pipeline      INTEGER NOT NULL,
    stage         INTEGER NOT NULL, -- its position
    position      INTEGER NOT NULL,
    name          TEXT NOT NULL,
    category      TEXT NOT NULL,
    provider      TEXT NOT NULL,
    execution_id  TEXT NOT NULL,
    summary       TEXT NOT NULL,
    error_code    TEXT NOT NULL,
    error_message TEXT NOT NULL,
    external_id   TEXT NOT NULL,
    external_url  TEXT NOT NULL,
    updated_by    TEXT NOT NULL,
    revision_id   TEXT NOT NULL,
    url           TEXT NOT NULL,
    status        TEXT NOT NULL,
    changed_at    INTEGER NOT NULL,
    percent       INTEGER NOT NULL,
    has_token     INTEGER NOT NULL,
    PRIMARY KEY(pipeline, stage, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE tag(
    pipeline INTEGER NOT NULL,
    position INTEGER NOT NULL,
    key      TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY(pipeline, position)
) STRICT, WITHOUT ROWID;

-- The last executions of a pipeline: those before the one that its row has, and what AWS listed.
CREATE TABLE execution(
    pipeline         INTEGER NOT NULL,
    id               TEXT NOT NULL,
    status           TEXT NOT NULL,
    status_summary   TEXT NOT NULL,
    started_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    revision         TEXT NOT NULL,
    revision_summary TEXT NOT NULL,
    revision_url     TEXT NOT NULL,
    trigger_type     TEXT NOT NULL,
    trigger_detail   TEXT NOT NULL,
    stop_reason      TEXT NOT NULL,
    mode             TEXT NOT NULL,
    is_rollback      INTEGER NOT NULL,
    rollback_target  TEXT NOT NULL,
    hash             INTEGER NOT NULL, -- tells whether something has changed
    PRIMARY KEY(pipeline, id)
) STRICT, WITHOUT ROWID;

-- How actions ran in them, as AWS listed it.
CREATE TABLE run(
    pipeline      INTEGER NOT NULL,
    execution     TEXT NOT NULL,
    stage         TEXT NOT NULL,
    name          TEXT NOT NULL,
    category      TEXT NOT NULL,
    provider      TEXT NOT NULL,
    execution_id  TEXT NOT NULL, -- of the action: a retry has another
    summary       TEXT NOT NULL,
    error_code    TEXT NOT NULL,
    error_message TEXT NOT NULL,
    external_id   TEXT NOT NULL,
    external_url  TEXT NOT NULL,
    updated_by    TEXT NOT NULL,
    revision_id   TEXT NOT NULL,
    url           TEXT NOT NULL,
    status        TEXT NOT NULL,
    changed_at    INTEGER NOT NULL,
    started_at    INTEGER NOT NULL,
    hash          INTEGER NOT NULL,
    PRIMARY KEY(pipeline, execution, stage, name, execution_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE context(
    profile    TEXT NOT NULL,
    region     TEXT NOT NULL,
    partition  TEXT NOT NULL,
    account    TEXT NOT NULL,
    caller_arn TEXT NOT NULL,
    key_hash   INTEGER NOT NULL,
    PRIMARY KEY(profile, region)
) STRICT, WITHOUT ROWID;

-- What each CICD context (partition, account, region) keeps as environments; its external ids are
-- left out. From checked_at on it is the doctor's.
CREATE TABLE environment(
    partition         TEXT NOT NULL,
    account           TEXT NOT NULL,
    region            TEXT NOT NULL,
    name              TEXT NOT NULL,
    kind              TEXT NOT NULL,
    target_account    TEXT NOT NULL,
    target_region     TEXT NOT NULL,
    way               TEXT NOT NULL,
    stage             TEXT NOT NULL,
    team              TEXT NOT NULL,
    bootstrap         TEXT NOT NULL,
    json              TEXT NOT NULL,
    version           INTEGER NOT NULL,
    read_at           INTEGER NOT NULL,
    checked_at        INTEGER NOT NULL DEFAULT 0,
    bootstrap_version INTEGER NOT NULL DEFAULT 0,
    verdict           INTEGER NOT NULL DEFAULT 0,
    trusts            INTEGER NOT NULL DEFAULT 0,
    line              TEXT NOT NULL DEFAULT '',
    PRIMARY KEY(partition, account, region, name)
) STRICT, WITHOUT ROWID;

-- How many pipelines of an account and region have each status: kept, not counted.
CREATE TABLE tally(
    partition TEXT NOT NULL,
    account   TEXT NOT NULL,
    region    TEXT NOT NULL,
    status    TEXT NOT NULL,
    count     INTEGER NOT NULL,
    PRIMARY KEY(partition, account, region, status)
) STRICT, WITHOUT ROWID;

-- The change feed: only its newest lines are kept.
CREATE TABLE change(
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    subject INTEGER NOT NULL,
    kind    INTEGER NOT NULL -- 1 definition, 2 state, 3 trouble, 4 removed, 5 history,
                             -- 6 environments (of subject 0)
) STRICT;

-- The history: never changed, pruned from its old end.
CREATE TABLE transition(
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    subject      INTEGER NOT NULL,
    kind         INTEGER NOT NULL, -- 0 pipeline, 1 stage, 2 action, 3 gate
    stage        TEXT NOT NULL,
    action       TEXT NOT NULL,
    execution_id TEXT NOT NULL,
    from_status  TEXT NOT NULL,
    to_status    TEXT NOT NULL,
    at           INTEGER NOT NULL,
    observed_at  INTEGER NOT NULL,
    summary      TEXT NOT NULL
) STRICT;
CREATE INDEX transition_subject ON transition(subject);

-- The filter: each pipeline's searched text, case folded, and an index of its pieces, the name's
-- told apart from those of other fields (core/cache/pieces.c).
CREATE TABLE pipeline_text(
    id     INTEGER PRIMARY KEY,
    folded TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE piece USING fts5(
    grams, content='', columnsize=0, detail=none, tokenize='ascii'
);
-- So many bytes are sorted in memory before they are written: it spares a long transaction most of
-- the merging, and a short one never has so many.
INSERT INTO piece(piece, rank) VALUES('hashsize', 4194304);
