/* The stacks that a pipeline's builds deploy and nothing declares: their names stand in what the
 * cache keeps of its builds and failures. */
#ifndef PENSTOCK_OPERATE_STACKS_NAMED_H
#define PENSTOCK_OPERATE_STACKS_NAMED_H

#include "core/operate/stacks.h"

/* The row's texts last until it returns. Without an account it is not known where the stack is;
 * with a status, that is how it stood then. */
typedef enum err_code stack_named_fn(void *owner, const struct stack_row *row, struct err *err);

/* By the card of the CodePipeline's latest failure. */
enum err_code stacks_of_failure(struct cache *cache, const struct pipeline_row *pipeline,
                                stack_named_fn *fn, void *owner, struct err *err) MUST_CHECK;
/* By the logs of its latest builds: some thousand lines are looked at, so for tasks only. */
enum err_code stacks_of_logs(struct cache *cache, const struct pipeline_row *pipeline,
                             stack_named_fn *fn, void *owner, struct err *err) MUST_CHECK;

#endif
