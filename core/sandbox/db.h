/* SQLite, for store.c and records.c: the one header here that knows it.
 *
 * Both write through one connection, that of the records: DIR/sandbox.db, or memory. */
#ifndef PENSTOCK_SANDBOX_DB_H
#define PENSTOCK_SANDBOX_DB_H

#include <sqlite3.h>

#include "core/base/text.h"

/* NULL dir: in memory. The directory is made when it is missing; one process has it. */
enum err_code db_open(const char *dir, sqlite3 **out, struct err *err) MUST_CHECK;
void db_close(sqlite3 *db); /* NULL is fine */
enum err_code db_execute(sqlite3 *db, const char *sql, struct err *err) MUST_CHECK;
enum err_code db_fail(sqlite3 *db, struct err *err);

struct records;
sqlite3 *records_db(struct records *records);

#endif
