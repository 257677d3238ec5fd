/* What a failed action's log tells: the lines around its error, and which stack it was about. */
#ifndef PENSTOCK_OPERATE_FAILURE_LOG_H
#define PENSTOCK_OPERATE_FAILURE_LOG_H

#include "core/model/stack_mention.h"
#include "core/operate/failure.h"
#include "core/operate/log.h"

/* The lines around the first error, else the last ones, into out; and the stack that a
 * deployment says has failed (its name "" = it says none). Texts in the arena. */
enum err_code failure_log_window(struct cache *cache, const struct cached_log *log,
                                 struct arena *arena, struct failed_action *out,
                                 struct stack_mention *stack, struct err *err) MUST_CHECK;

#endif
