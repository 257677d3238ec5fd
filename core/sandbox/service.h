/* Services: the operations that the sandbox knows, a row each, and what they share. */
#ifndef PENSTOCK_SANDBOX_SERVICE_H
#define PENSTOCK_SANDBOX_SERVICE_H

#include "core/sandbox/auth.h"
#include "core/sandbox/exchange.h"
#include "core/sandbox/state_cache.h"
#include "core/sandbox/world.h"

struct service {
    struct world *world;
    struct state_cache *cache;
    struct uid token_seed;
    int64_t wall_ms; /* of this request */
    bool is_stale;   /* the fault: answer with what was true before */
};

typedef enum err_code operation_fn(struct service *s, struct request *request, struct reply *reply,
                                   struct err *err);

/* clang-format off */
/*       service        operation                      function                      signed */
#define OPERATION_LIST(X) \
    X("sts",            "GetCallerIdentity",           sts_get_caller_identity,      true)  \
    X("sts",            "AssumeRole",                  sts_assume_role,              true)  \
    X("sts",            "AssumeRoleWithWebIdentity",   sts_assume_role_web,          false) \
    X("codepipeline",   "ListPipelines",               pipelines_list,               true)  \
    X("codepipeline",   "GetPipeline",                 pipelines_get,                true)  \
    X("codepipeline",   "GetPipelineState",            pipelines_get_state,          true)  \
    X("codepipeline",   "ListPipelineExecutions",      pipelines_list_runs,          true)  \
    X("codepipeline",   "ListActionExecutions",        pipelines_list_actions,       true)  \
    X("codepipeline",   "ListTagsForResource",         pipelines_list_tags,          true)  \
    X("codepipeline",   "StartPipelineExecution",      pipelines_start,              true)  \
    X("codepipeline",   "StopPipelineExecution",       pipelines_stop,               true)  \
    X("codepipeline",   "PutApprovalResult",           pipelines_approve,            true)  \
    X("codepipeline",   "EnableStageTransition",       pipelines_open_stage,         true)  \
    X("codepipeline",   "DisableStageTransition",      pipelines_close_stage,        true)
/* clang-format on */

#define OPERATION_DECLARE(service, name, function, is_signed) operation_fn function;
OPERATION_LIST(OPERATION_DECLARE)
#undef OPERATION_DECLARE

struct operation {
    const char *service;
    const char *name;
    operation_fn *run;
    bool is_signed;
};
/* NULL when there is none. An empty service fits any: unsigned requests name none. */
const struct operation *operation_find(struct sv service, struct sv name);

#endif
