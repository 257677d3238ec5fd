/* Sync: keeps the cache equal to AWS.
 *
 * For each context a listing every minute or so, a one-item execution probe per pipeline by cadence
 * (running every few seconds, visible ones every 15 s, quiet ones every few minutes with jitter),
 * and full reads only where listing or probe differ from what is cached. One penstock of several
 * polls: the one that holds the cache's lease; the others wait for the event that it is free. A
 * context that fails says so in its freshness and is tried again with growing pauses; the others go
 * on. Deletion follows a complete listing only. */
#ifndef PENSTOCK_SYNC_SYNC_H
#define PENSTOCK_SYNC_SYNC_H

#include "core/aws/call.h"
#include "core/cache/cache.h"
#include "core/sync/context.h"

struct sync;

struct sync_options {
    const struct context_list *contexts; /* borrowed, must outlive the sync */
    bool is_continuous;                  /* the console; else one round and done */
    const struct sv
        *names; /* when count > 0: only these pipelines, without a listing; a continuous
                   sync of names never takes the lease, and rests while somebody has it */
    size_t name_count;
};

/* What happened in one round, over all contexts. */
struct sync_result {
    enum err_code code; /* ERR_OK, or the worst context's */
    struct err err;
    size_t pipelines;
    size_t changed;
    size_t removed;
    uint64_t calls;
    uint64_t throttled;
};
/* A one-time sync calls it once, when all contexts are through. */
typedef void sync_done_fn(void *owner, const struct sync_result *result);

enum err_code sync_start(struct aws *aws, struct cache *cache, const struct sync_options *options,
                         sync_done_fn *done, void *owner, struct sync **out,
                         struct err *err) MUST_CHECK;
void sync_stop(struct sync *sync); /* cancels its calls; NULL is fine */

/* The console's wishes: what is on the screen (rowids, copied), and "now". */
void sync_set_visible(struct sync *sync, const int64_t *rowids, size_t count);
/* Whose executions and action runs the screen shows or misses (rowids, copied; the first is wanted
 * most). Each is read once, and again when its latest execution is another one or has ended since;
 * also by a console that does not hold the lease. At most two are read at a time. */
void sync_want_history(struct sync *sync, const int64_t *rowids, size_t count);
/* Look at all now; who does not hold the lease makes one round and rests. */
void sync_refresh_all(struct sync *sync);
/* Something was just done to this pipeline: it is read at once, and some more times soon after,
 * since AWS may need a moment to tell. False by who does not poll, or does not know it (yet): a
 * one-time sync of its name reads it then. */
bool sync_hasten(struct sync *sync, const struct pipeline_id *id);
/* Whoever runs a continuous sync also waits for cache_watch_fd and calls this after each
 * cache_watch_drain: there it is noticed that the lease is free or lost, that the cache was
 * deleted, and that a wanted history has become another one. Nothing else wakes for these. Cheap.
 */
void sync_look_at_cache(struct sync *sync);
bool sync_is_poller(const struct sync *sync); /* holds the lease */
/* The slowest pace of those that throttling has slowed down, right now; 0 = none is. */
double sync_slowed_to(const struct sync *sync);
bool sync_is_busy(const struct sync *sync); /* calls under way */

#endif
