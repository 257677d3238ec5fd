/* The state cache: rendered replies of GetPipelineState, good until their pipeline changes.
 *
 * A fixed number of slots, so that a fleet of a hundred thousand cannot fill the memory; a slot is
 * found by the pipeline's number and simply taken over. */
#ifndef PENSTOCK_SANDBOX_STATE_CACHE_H
#define PENSTOCK_SANDBOX_STATE_CACHE_H

#include "core/sandbox/world.h"

struct state_cache;
enum err_code state_cache_new(struct state_cache **out, struct err *err) MUST_CHECK;
void state_cache_free(struct state_cache *cache);

/* What was rendered for the pipeline as it is now; SV_NONE when nothing was. */
struct sv state_cache_get(const struct state_cache *cache, const struct pipe *p);
/* What was rendered before its last change, or SV_NONE: a stale read. */
struct sv state_cache_previous(const struct state_cache *cache, const struct pipe *p);
enum err_code state_cache_put(struct state_cache *cache, const struct pipe *p, struct sv text,
                              struct err *err) MUST_CHECK;

#endif
