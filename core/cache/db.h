/* SQLite, as the cache uses it: one connection, statements prepared on first use and kept.
 *
 * The only header of the only module that knows sqlite3.h. Binding remembers its first failure and
 * the next step returns it, so a caller checks once. Whoever steps a statement resets it before it
 * returns; text from a column is borrowed until then. */
#ifndef PENSTOCK_CACHE_DB_H
#define PENSTOCK_CACHE_DB_H

#include "core/base/text.h"

struct db;
struct db_stmt;

enum db_mode {
    DB_WRITE,    /* an existing file, to read and write */
    DB_READ,     /* an existing file, never written */
    DB_IMMUTABLE /* likewise, without locks: nobody else has it open */
};

enum { DB_SLOTS_MAX = 192 };

/* path NULL: in memory. */
enum err_code db_open(const char *path, enum db_mode mode, struct db **out,
                      struct err *err) MUST_CHECK;
void db_close(struct db *db); /* NULL is fine */

/* SQLite has called the file damaged, or the schema is not what it says it is. */
bool db_is_damaged(const struct db *db);
bool db_is_in_transaction(const struct db *db);
/* What sentences call it ("the cache"), and what to do when it is damaged. Static texts. */
void db_set_words(struct db *db, const char *what, const char *if_damaged);
void db_set_wait(struct db *db, int ms); /* for locks of programs that are not penstock */

enum err_code db_exec(struct db *db, const char *sql, struct err *err) MUST_CHECK;
/* The first column of the first row; 0 without one. */
enum err_code db_ask(struct db *db, const char *sql, int64_t *out, struct err *err) MUST_CHECK;
/* True when the journal is a write-ahead log now. */
bool db_use_wal(struct db *db);
/* Move the log into the file and empty it. Only under write.lock. */
enum err_code db_checkpoint(struct db *db, struct err *err) MUST_CHECK;

/* The statement of a slot, prepared from sql when it is the slot's first use. */
enum err_code db_use(struct db *db, int slot, const char *sql, struct db_stmt **out,
                     struct err *err) MUST_CHECK;
void db_bind_int(struct db_stmt *st, int at, int64_t value); /* the first is 1 */
/* The bytes are not copied: they must stay until the statement is reset. */
void db_bind_sv(struct db_stmt *st, int at, struct sv text);
void db_bind_blob(struct db_stmt *st, int at, struct sv bytes); /* likewise */
void db_bind_word(struct db_stmt *st, int at, const char *word);
/* *has_row false at the end, when the statement is reset already. */
enum err_code db_step(struct db *db, struct db_stmt *st, bool *has_row, struct err *err) MUST_CHECK;
enum err_code db_run(struct db *db, struct db_stmt *st,
                     struct err *err) MUST_CHECK; /* to the end */
void db_reset(struct db_stmt *st);
int64_t db_int(struct db_stmt *st, int column); /* the first is 0 */
struct sv db_sv(struct db_stmt *st, int column);
int64_t db_last_id(const struct db *db);
int64_t db_changes(const struct db *db);        /* rows that the last statement wrote */
int64_t db_changes_in_all(const struct db *db); /* since it was opened */

#endif
