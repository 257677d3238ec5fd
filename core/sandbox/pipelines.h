/* CodePipeline: the operations that change definitions and try stages again, a row each. */
#ifndef PENSTOCK_SANDBOX_PIPELINES_H
#define PENSTOCK_SANDBOX_PIPELINES_H

#include "core/base/json.h"

struct service;

/* clang-format off */
/*       service         operation              function */
#define PIPELINES_CALLS(X) \
    X("codepipeline", "CreatePipeline",      pipelines_create)   \
    X("codepipeline", "UpdatePipeline",      pipelines_update)   \
    X("codepipeline", "DeletePipeline",      pipelines_delete)   \
    X("codepipeline", "TagResource",         pipelines_tag)      \
    X("codepipeline", "UntagResource",       pipelines_untag)    \
    X("codepipeline", "RetryStageExecution", pipelines_retry)    \
    X("codepipeline", "RollbackStage",       pipelines_rollback) \
    X("codepipeline", "OverrideStageCondition", pipelines_override)
/*       kind     function: what happens later */
#define PIPELINES_LATER(X) \
    X("codepipeline.action", pipelines_act)
/* clang-format on */

/* Start an execution, as a rule of EventBridge does; one that is not there is no failure. */
enum err_code pipelines_trigger(struct service *s, struct sv account, struct sv region,
                                struct sv name, struct sv rule_arn, struct err *err) MUST_CHECK;

/* What the run takes that is about to be started: what is there, nothing new. */
struct pipe;
struct start;
enum err_code pipelines_take_head(const struct service *s, const struct pipe *p,
                                  struct start *start, struct err *err) MUST_CHECK;
/* A run that this text caused ("CreatePipeline"); one too many is left out. For pipelines*.c. */
enum err_code pipelines_begin(struct service *s, struct pipe *p, const char *trigger,
                              struct sv detail, struct err *err) MUST_CHECK;

#endif
