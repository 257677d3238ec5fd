/* A tape of what a cache does to SQLite: each statement it prepares, each value it binds, each
 * step.
 *
 * The program is linked so that the cache's calls of SQLite pass through here (the linker's
 * --wrap). Played back on a copy of the database, a tape is "the same statements in bare SQLite",
 * and it cannot fall behind the code it is compared with. */
#ifndef PENSTOCK_BENCH_TAPE_H
#define PENSTOCK_BENCH_TAPE_H

#include <sqlite3.h>

#include "core/base/text.h"

/* Forgets what was recorded. Statements that are prepared already are known. */
void tape_start(void);
void tape_stop(void);
size_t tape_length(void);
/* Run it on a connection of the caller's. Ends the program when a statement fails. */
void tape_play(sqlite3 *db);
void tape_forget(sqlite3 *db); /* finalize what tape_play prepared there */

/* The last SELECT that was stepped to its end while recording, its values filled in; the caller
 * frees it with sqlite3_free. NULL when there was none. */
char *tape_last_select(void);
/* The connection that was opened last: to ask it for its counters. */
sqlite3 *tape_connection(void);

#endif
