/* The store: what moves, in SQLite, so that a restart goes on.
 *
 * Definitions come from the seed and are not stored; runs, transitions and next commits are. A
 * change is on disk before its request is answered. */
#ifndef PENSTOCK_SANDBOX_STORE_H
#define PENSTOCK_SANDBOX_STORE_H

#include "core/sandbox/world.h"

struct store;

struct records;

/* Loads what the records' file has into the world; *is_kept tells whether there was anything. A
 * store of another seed is refused. Closed before the records. */
enum err_code store_open(struct records *records, const char *seed, struct world *w,
                         struct store **out, bool *is_kept, struct err *err) MUST_CHECK;
void store_close(struct store *store);
/* Writes the pipelines that changed since the last time, in one transaction. */
enum err_code store_save(struct store *store, struct world *w, struct err *err) MUST_CHECK;

#endif
