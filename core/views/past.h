/* The past: pipelines as they were at a moment, from the recorded transitions.
 *
 * What changed later is undone, newest first; what it was changed from is told by the transition
 * itself, the execution and the time by the one before it, else by the executions that are kept.
 * Before the first look at a pipeline it is as it was at that look; a pipeline that is gone now is
 * not there. */
#ifndef PENSTOCK_VIEWS_PAST_H
#define PENSTOCK_VIEWS_PAST_H

#include "core/views/scope.h"

/* Rows in the order of their names, text in the arena; over BOARD_PAST_MAX is ERR_LIMIT. */
enum err_code past_rows(struct cache *cache, const struct scope *scope, int64_t at_ms,
                        struct arena *arena, struct pipeline_row **out, size_t *count,
                        struct err *err) MUST_CHECK;

/* The recorded change before (or after) that moment, by AWS's time; 0 when there is none. */
enum err_code past_step(struct cache *cache, int64_t at_ms, bool is_forward, int64_t *out,
                        struct err *err) MUST_CHECK;
/* The number of the newest recorded transition; 0 when nothing is recorded. */
enum err_code past_newest(struct cache *cache, int64_t *out, struct err *err) MUST_CHECK;
/* The first recorded moment; 0 when nothing is recorded. */
enum err_code past_begins(struct cache *cache, int64_t *out, struct err *err) MUST_CHECK;

#endif
