/* Pasts: earlier tries of a run's actions, which a retry would forget. ListActionExecutions tells
 * them all. */
#ifndef PENSTOCK_SANDBOX_PASTS_H
#define PENSTOCK_SANDBOX_PASTS_H

#include "core/base/json.h"
#include "core/sandbox/world.h"

enum { PASTS_MAX = 200 }; /* of a run; then the oldest goes */

struct past {
    size_t action;
    struct attempt attempt;
    struct deed deed; /* of a made pipeline */
};

/* A copy of the action's attempt is kept; it is about to begin again. */
enum err_code past_keep(const struct pipe *p, struct run *run, size_t action,
                        struct err *err) MUST_CHECK;
/* The run shows that try instead of the action's last one; once more, and all is as before. */
void past_swap(const struct pipe *p, struct run *run, size_t past);

/* The tries of a run in the order in which they began: the action's last one, or a past. New ones
 * only ever come at the end. */
struct try_ref {
    int64_t at_ms;
    size_t action;
    size_t past; /* SIZE_MAX: the last one */
    uint8_t tries;
};
/* *out has *count of them; mem_free. */
enum err_code pasts_order(const struct pipe *p, const struct run *run, struct try_ref **out,
                          size_t *count, struct err *err) MUST_CHECK;

/* For the store: one text, "" when there are none. */
enum err_code pasts_write(const struct run *run, struct sb *out, struct err *err) MUST_CHECK;
enum err_code pasts_load(struct world *w, const struct pipe *p, struct run *run, struct sv text,
                         struct err *err) MUST_CHECK;

#endif
