/* CloudFormation: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_CLOUDFORMATION_H
#define PENSTOCK_SANDBOX_CLOUDFORMATION_H

#include "core/base/json.h"

struct service;

/* clang-format off */
/*       service  operation  function */
#define CLOUDFORMATION_CALLS(X) \
    X("cloudformation", "CreateStack",                 cfn_create_stack)        \
    X("cloudformation", "UpdateStack",                 cfn_update_stack)        \
    X("cloudformation", "DeleteStack",                 cfn_delete_stack)        \
    X("cloudformation", "CancelUpdateStack",           cfn_cancel_update)       \
    X("cloudformation", "ContinueUpdateRollback",      cfn_continue_rollback)   \
    X("cloudformation", "RollbackStack",               cfn_rollback_stack)      \
    X("cloudformation", "UpdateTerminationProtection", cfn_protect)             \
    X("cloudformation", "CreateChangeSet",             cfn_create_change_set)   \
    X("cloudformation", "DescribeChangeSet",           cfn_describe_change_set) \
    X("cloudformation", "ExecuteChangeSet",            cfn_execute_change_set)  \
    X("cloudformation", "DeleteChangeSet",             cfn_delete_change_set)   \
    X("cloudformation", "ListChangeSets",              cfn_list_change_sets)    \
    X("cloudformation", "DescribeStacks",              cfn_describe_stacks)     \
    X("cloudformation", "ListStacks",                  cfn_list_stacks)         \
    X("cloudformation", "DescribeStackEvents",         cfn_describe_events)     \
    X("cloudformation", "DescribeStackResource",       cfn_describe_resource)   \
    X("cloudformation", "DescribeStackResources",      cfn_describe_resources)  \
    X("cloudformation", "ListStackResources",          cfn_list_resources)      \
    X("cloudformation", "GetTemplate",                 cfn_get_template)        \
    X("cloudformation", "GetTemplateSummary",          cfn_summarize_template)  \
    X("cloudformation", "ValidateTemplate",            cfn_validate_template)   \
    X("cloudformation", "ListExports",                 cfn_list_exports)        \
    X("cloudformation", "ListImports",                 cfn_list_imports)        \
    X("cloudformation", "DetectStackDrift",            cfn_detect_drift)        \
    X("cloudformation", "DetectStackResourceDrift",    cfn_detect_resource)     \
    X("cloudformation", "DescribeStackDriftDetectionStatus", cfn_drift_status)  \
    X("cloudformation", "DescribeStackResourceDrifts", cfn_describe_drifts)     \
    X("cloudformation", "DescribeAccountLimits",       cfn_describe_limits)
/*       kind     function: what happens later */
#define CLOUDFORMATION_LATER(X) \
    X("cfn.work",       cloudformation_go_on)      \
    X("cfn.change_set", cloudformation_compare)
/* clang-format on */

/* Create the stack, or change it when it is there, without a change set, for a build that deploys.
 * It goes on by itself; ask for its status. tags: [{Key,Value}], may be NULL. role_arn may be
 * empty. What AWS would refuse at once is in why, else that is empty. */
struct cloudformation_ask {
    struct sv account;
    struct sv region;
    struct sv stack_name;
    struct sv template_text;
    const cJSON *tags;
    struct sv role_arn;
};
enum { STACK_WHY_MAX = 1024, STACK_STATUS_MAX = 64 };
enum err_code cloudformation_deploy(struct service *s, const struct cloudformation_ask *ask,
                                    char why[STACK_WHY_MAX], struct err *err) MUST_CHECK;
/* status is "" when there is no such stack (or it is deleted). */
enum err_code cloudformation_status(struct service *s, struct sv account, struct sv region,
                                    struct sv stack_name, char status[STACK_STATUS_MAX],
                                    char why[STACK_WHY_MAX], struct err *err) MUST_CHECK;

#endif
