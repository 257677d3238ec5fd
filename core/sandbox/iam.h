/* IAM: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_IAM_H
#define PENSTOCK_SANDBOX_IAM_H

#include "core/base/json.h"
#include "core/sandbox/policy.h"

struct service;

/* clang-format off */
/*       service  operation  function */
#define IAM_CALLS(X) \
    X("iam", "CreateRole",                     iam_create_role) \
    X("iam", "GetRole",                        iam_get_role) \
    X("iam", "UpdateRole",                     iam_update_role) \
    X("iam", "UpdateAssumeRolePolicy",         iam_update_trust) \
    X("iam", "DeleteRole",                     iam_delete_role) \
    X("iam", "ListRoles",                      iam_list_roles) \
    X("iam", "TagRole",                        iam_tag_role) \
    X("iam", "UntagRole",                      iam_untag_role) \
    X("iam", "ListRoleTags",                   iam_list_role_tags) \
    X("iam", "PutRolePolicy",                  iam_put_role_policy) \
    X("iam", "GetRolePolicy",                  iam_get_role_policy) \
    X("iam", "DeleteRolePolicy",               iam_delete_role_policy) \
    X("iam", "ListRolePolicies",               iam_list_role_policies) \
    X("iam", "AttachRolePolicy",               iam_attach_role_policy) \
    X("iam", "DetachRolePolicy",               iam_detach_role_policy) \
    X("iam", "ListAttachedRolePolicies",       iam_list_attached) \
    X("iam", "PutRolePermissionsBoundary",     iam_put_boundary) \
    X("iam", "DeleteRolePermissionsBoundary",  iam_delete_boundary) \
    X("iam", "CreatePolicy",                   iam_create_policy) \
    X("iam", "GetPolicy",                      iam_get_policy) \
    X("iam", "GetPolicyVersion",               iam_get_policy_version) \
    X("iam", "CreatePolicyVersion",            iam_create_policy_version) \
    X("iam", "ListPolicyVersions",             iam_list_policy_versions) \
    X("iam", "DeletePolicyVersion",            iam_delete_policy_version) \
    X("iam", "DeletePolicy",                   iam_delete_policy) \
    X("iam", "ListPolicies",                   iam_list_policies) \
    X("iam", "SimulatePrincipalPolicy",        iam_simulate)
/*       kind     function: what happens later */
#define IAM_LATER(X)
/* clang-format on */

/* May the caller (arn: a user, or a session of a role in any account) assume the role? Trust policy
 * with its conditions (external id, account), and the caller's own policies when it is a role of
 * IAM's. A role of accounts.h's table counts as one of IAM's. why: AWS's sentence when it may not.
 * A service ("codebuild.amazonaws.com") is asked for with its name as arn and an empty account. */
struct iam_caller {
    struct sv account;
    struct sv arn;
    struct sv external_id;
};
enum { IAM_WHY_MAX = 1024 };
enum err_code iam_may_assume(struct service *s, const struct iam_caller *caller, struct sv role_arn,
                             bool *may, char why[IAM_WHY_MAX], struct err *err) MUST_CHECK;

/* The same for another action of a trust policy: "sts:TagSession". */
enum err_code iam_may_do(struct service *s, const struct iam_caller *caller, struct sv action,
                         struct sv role_arn, bool *may, char why[IAM_WHY_MAX],
                         struct err *err) MUST_CHECK;

/* Does a role's session hold a permission on the resource (its policies and boundary)? */
enum err_code iam_role_allows(struct service *s, struct sv role_arn, struct sv action,
                              struct sv resource, bool *allows, struct err *err) MUST_CHECK;

/* The same in full: a Deny is told from nothing that allows. */
enum err_code iam_role_answer(struct service *s, struct sv role_arn, struct sv action,
                              struct sv resource, enum policy_answer *out,
                              struct err *err) MUST_CHECK;

/* Is every principal of this policy document there? Else *missing names the first that is not:
 * KMS and S3 refuse such policies. */
enum err_code iam_principals_exist(struct service *s, const cJSON *policy, bool *exist,
                                   char missing[IAM_WHY_MAX], struct err *err) MUST_CHECK;

#endif
