/* The store's tables and statements: for store.c. */
#ifndef PENSTOCK_SANDBOX_STORE_SQL_H
#define PENSTOCK_SANDBOX_STORE_SQL_H

/* A store of another version is refused: it only ever holds a rehearsal. */
enum { STORE_VERSION = 3 };

#define STORE_SCHEMA                                                                               \
    "CREATE TABLE meta(seed TEXT NOT NULL) STRICT;"                                                \
    "CREATE TABLE pipe(id INTEGER PRIMARY KEY, version INTEGER NOT NULL, updated_at INTEGER NOT "  \
    "NULL, next_number INTEGER NOT NULL, next_start_at INTEGER NOT NULL) STRICT;"                  \
    "CREATE TABLE stage(pipe INTEGER NOT NULL, stage INTEGER NOT NULL, latest INTEGER NOT NULL, "  \
    "is_held INTEGER NOT NULL, status INTEGER NOT NULL, is_closed INTEGER NOT NULL, reason TEXT, " \
    "changed_by TEXT, changed_at INTEGER NOT NULL, is_out_closed INTEGER NOT NULL, auto_retries "  \
    "INTEGER NOT NULL, manual_retries INTEGER NOT NULL, is_last_auto INTEGER NOT NULL, PRIMARY "   \
    "KEY(pipe, stage)) STRICT, WITHOUT ROWID;"                                                     \
    "CREATE TABLE run(pipe INTEGER NOT NULL, number INTEGER NOT NULL, started_at INTEGER NOT "     \
    "NULL, "                                                                                       \
    "updated_at INTEGER NOT NULL, revision_hi INTEGER NOT NULL, revision_lo INTEGER NOT NULL, "    \
    "target_hi INTEGER NOT NULL, target_lo INTEGER NOT NULL, message TEXT, source TEXT, detail "   \
    "TEXT, summary TEXT, stop_reason TEXT, token TEXT, status INTEGER NOT NULL, place INTEGER "    \
    "NOT "                                                                                         \
    "NULL, version INTEGER NOT NULL, fail_stage INTEGER NOT NULL, failure INTEGER NOT NULL, "      \
    "stage "                                                                                       \
    "INTEGER NOT NULL, last INTEGER NOT NULL, is_rollback INTEGER NOT NULL, given TEXT, judged "   \
    "TEXT, pasts TEXT, PRIMARY KEY(pipe, number)) STRICT, WITHOUT ROWID;"                          \
    "CREATE TABLE attempt(pipe INTEGER NOT NULL, number INTEGER NOT NULL, action INTEGER NOT "     \
    "NULL, "                                                                                       \
    "started_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, due_at INTEGER NOT NULL, summary "  \
    "TEXT, changed_by TEXT, status INTEGER NOT NULL, failure INTEGER NOT NULL, tries INTEGER NOT " \
    "NULL, PRIMARY KEY(pipe, number, action)) STRICT, WITHOUT ROWID;"                              \
    "CREATE TABLE deed(pipe INTEGER NOT NULL, number INTEGER NOT NULL, action INTEGER NOT NULL, "  \
    "external_id TEXT, url TEXT, code TEXT, message TEXT, variables TEXT, PRIMARY KEY(pipe, "      \
    "number, action)) STRICT, WITHOUT ROWID;"

/* clang-format off */
#define STATEMENT_LIST(X) \
    X(BEGIN,         "BEGIN IMMEDIATE") \
    X(COMMIT,        "COMMIT") \
    X(PUT_PIPE,      "INSERT OR REPLACE INTO pipe VALUES(?,?,?,?,?)") \
    X(PUT_STAGE,     "INSERT OR REPLACE INTO stage VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)") \
    X(PUT_RUN,       "INSERT OR REPLACE INTO run VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)") \
    X(PUT_ATTEMPT,   "INSERT OR REPLACE INTO attempt VALUES(?,?,?,?,?,?,?,?,?,?,?)") \
    X(PUT_DEED,      "INSERT OR REPLACE INTO deed VALUES(?,?,?,?,?,?,?,?)") \
    X(TRIM_RUNS,     "DELETE FROM run WHERE pipe = ? AND number < ?") \
    X(TRIM_ATTEMPTS, "DELETE FROM attempt WHERE pipe = ? AND number < ?") \
    X(TRIM_DEEDS,    "DELETE FROM deed WHERE pipe = ? AND number < ?") \
    X(DROP_PIPE,     "DELETE FROM pipe WHERE id = ?") \
    X(DROP_STAGES,   "DELETE FROM stage WHERE pipe = ?") \
    X(GET_PIPES,     "SELECT * FROM pipe") \
    X(GET_STAGES,    "SELECT * FROM stage WHERE pipe = ?") \
    X(GET_RUNS,      "SELECT * FROM run WHERE pipe = ? ORDER BY number") \
    X(GET_ATTEMPTS,  "SELECT * FROM attempt WHERE pipe = ? AND number = ?") \
    X(GET_DEEDS,     "SELECT * FROM deed WHERE pipe = ? AND number = ?")
/* clang-format on */

#endif
