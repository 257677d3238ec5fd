/* Services: the operations that the sandbox knows, a row each, and what they share. */
#ifndef PENSTOCK_SANDBOX_SERVICE_H
#define PENSTOCK_SANDBOX_SERVICE_H

#include "core/sandbox/auth.h"
#include "core/sandbox/cloudformation.h"
#include "core/sandbox/codebuild.h"
#include "core/sandbox/codecommit.h"
#include "core/sandbox/connections.h"
#include "core/sandbox/ecr.h"
#include "core/sandbox/events.h"
#include "core/sandbox/exchange.h"
#include "core/sandbox/fault.h"
#include "core/sandbox/iam.h"
#include "core/sandbox/kms.h"
#include "core/sandbox/logs.h"
#include "core/sandbox/pipelines.h"
#include "core/sandbox/quotas.h"
#include "core/sandbox/records.h"
#include "core/sandbox/secrets.h"
#include "core/sandbox/ssm.h"
#include "core/sandbox/state_cache.h"
#include "core/sandbox/tagging.h"
#include "core/sandbox/world.h"

struct service {
    struct world *world;
    struct state_cache *cache;
    struct uid token_seed;
    int64_t wall_ms; /* of this request */
    bool is_stale;   /* the fault: answer with what was true before */
    struct records *records;
    struct faults *faults;
    struct auth *auth;
    int64_t now_ms;  /* the sandbox's clock, which may be stepped; speed: world->speed */
    const char *dir; /* a directory of the sandbox's own for git's repositories */
    const char *url; /* its own base URL, no final slash */
};

/* Work of so many ms takes less on a faster clock, at least 1. */
int64_t service_quick(const struct service *s, int64_t ms);

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
    X("codepipeline",   "GetPipelineExecution",        pipelines_get_run,            true)  \
    X("codepipeline",   "ListActionExecutions",        pipelines_list_actions,       true)  \
    X("codepipeline",   "ListRuleExecutions",          pipelines_list_rules,         true)  \
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

/* Those with JSON in and out (call.h), all of them signed. */
struct call;
typedef void call_fn(struct call *c);
/* clang-format off */
#define CALL_LIST(X) \
    CLOUDFORMATION_CALLS(X) IAM_CALLS(X) KMS_CALLS(X) SSM_CALLS(X) LOGS_CALLS(X) ECR_CALLS(X) SECRETS_CALLS(X) \
    TAGGING_CALLS(X) QUOTAS_CALLS(X) CODECOMMIT_CALLS(X) EVENTS_CALLS(X) CODEBUILD_CALLS(X) CONNECTIONS_CALLS(X) \
    PIPELINES_CALLS(X)
#define LATER_LIST(X) \
    CLOUDFORMATION_LATER(X) IAM_LATER(X) KMS_LATER(X) SSM_LATER(X) LOGS_LATER(X) ECR_LATER(X) SECRETS_LATER(X) \
    TAGGING_LATER(X) QUOTAS_LATER(X) CODECOMMIT_LATER(X) EVENTS_LATER(X) CODEBUILD_LATER(X) CONNECTIONS_LATER(X) \
    PIPELINES_LATER(X)
/* clang-format on */

#define CALL_DECLARE(service, name, function) call_fn function;
CALL_LIST(CALL_DECLARE)
#undef CALL_DECLARE

/* What happens by itself when its time has come; s->now_ms is then that time. */
typedef enum err_code later_fn(struct service *s, const struct later *later, struct err *err);
#define LATER_DECLARE(kind, function) later_fn function;
LATER_LIST(LATER_DECLARE)
#undef LATER_DECLARE
enum err_code service_do_later(struct service *s, const struct later *later,
                               struct err *err) MUST_CHECK;

struct operation {
    const char *service;
    const char *name;
    operation_fn *run; /* one of the two */
    call_fn *call;
    bool is_signed;
};
/* NULL when there is none. An empty service fits any: unsigned requests name none. */
const struct operation *operation_find(struct sv service, struct sv name);

#endif
