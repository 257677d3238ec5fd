/* Permissions: which operations AWS would let the caller do to a pipeline, asked of IAM's simulator
 * before anybody tries. What it says is kept in the cache as what AWS itself said is
 * (cache_put_permission), and is a hint only: the write asks AWS.
 *
 * An operation counts as denied when it is on none of the pipeline, its stages and its actions, and
 * no key of a condition was missing: a policy may turn on what the simulator is not told. */
#ifndef PENSTOCK_OPERATE_PERMISSIONS_H
#define PENSTOCK_OPERATE_PERMISSIONS_H

#include "core/operate/reading.h"

/* How long what is known of permissions is believed. */
enum { PERMISSIONS_MS = 15 * 60 * 1000 };

/* what->id: a pipeline of the cache. Never fails but by being cancelled: a caller who may not ask,
 * or whom the simulator does not know, is left alone for as long. */
reading_fn permissions_simulate;
/* Is it worth asking? Not while what is known is fresh, nor when the caller may not ask. */
bool permissions_are_due(struct cache *cache, const struct pipeline_id *id, struct sv caller,
                         int64_t now_ms);

#endif
