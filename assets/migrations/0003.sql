-- Logs: what builds printed, secrets masked, as compressed chunks of lines. The token that AWS gave
-- behind the last line is written with that line, so that reading goes on without a gap or a double.
CREATE TABLE log(
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    partition  TEXT NOT NULL,
    account    TEXT NOT NULL,
    region     TEXT NOT NULL,
    log_group  TEXT NOT NULL,
    stream     TEXT NOT NULL,
    build      TEXT NOT NULL, -- CodeBuild's id
    token      TEXT NOT NULL, -- nextForwardToken; "" = nothing was read yet
    outcome    TEXT NOT NULL, -- the build's last status; "" while it runs
    is_whole   INTEGER NOT NULL, -- the build ended, and nothing came after it
    first_line INTEGER NOT NULL, -- the oldest that is kept: of one over the budget the start goes
    lines      INTEGER NOT NULL, -- until now
    events     INTEGER NOT NULL,
    bytes      INTEGER NOT NULL, -- as text
    size       INTEGER NOT NULL, -- as kept
    masked     INTEGER NOT NULL,
    key_lines  INTEGER NOT NULL, -- see core/model/masking.h
    read_at    INTEGER NOT NULL,
    used_at    INTEGER NOT NULL, -- to a minute
    UNIQUE(partition, account, region, log_group, stream)
) STRICT;
CREATE INDEX log_build ON log(build);
CREATE INDEX log_used ON log(used_at);

CREATE TABLE log_chunk(
    id         INTEGER PRIMARY KEY,
    log        INTEGER NOT NULL,
    first_line INTEGER NOT NULL,
    lines      INTEGER NOT NULL,
    errors     INTEGER NOT NULL, -- lines that tell of one
    raw        INTEGER NOT NULL, -- bytes before they were compressed
    bytes      BLOB NOT NULL,
    UNIQUE(log, first_line)
) STRICT;
