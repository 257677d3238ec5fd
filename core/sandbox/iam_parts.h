/* IAM's parts: what its files share. A role is a record "iam.role" of no region:
 *
 *   RoleName Path RoleId Arn CreateDate(ms) MaxSessionDuration Description PermissionsBoundary(ARN)
 *   AssumeRolePolicyDocument(object) Policies{name: document} Attached[ARN] Tags
 *
 * and a policy of an account's own is "iam.policy": PolicyName Path PolicyId Arn CreateDate
 * Description Document(object) Tags. */
#ifndef PENSTOCK_SANDBOX_IAM_PARTS_H
#define PENSTOCK_SANDBOX_IAM_PARTS_H

#include "core/sandbox/call.h"
#include "core/sandbox/iam.h"
#include "core/sandbox/members.h"
#include "core/sandbox/policy.h"

enum { IAM_ARN_MAX = 700, IAM_ATTACHED_MAX = 20 };

/* The record, or what the table of accounts.h stands for; NULL when there is none. */
enum err_code iam_role_get(struct service *s, struct sv account, struct sv name, cJSON **out,
                           struct err *err) MUST_CHECK;
/* By the ARN of a role or of a session of it. is_exact: path and all must be right. */
enum err_code iam_role_by_arn(struct service *s, struct sv arn, bool is_exact, cJSON **out,
                              struct err *err) MUST_CHECK;
/* The document of a policy of AWS's or of an account; NULL when there is none. */
enum err_code iam_policy_document(struct service *s, struct sv arn, cJSON **out,
                                  struct err *err) MUST_CHECK;
/* {PolicyName, Arn, ...} as IAM shows the policies that AWS made; NULL when it is none of them or
 * memory is short. */
cJSON *iam_aws_policy(struct sv arn);

/* What the policies and the boundary of a role say. */
enum err_code iam_role_judge(struct service *s, const cJSON *role, const struct policy_ask *ask,
                             enum policy_answer *out, struct err *err) MUST_CHECK;

/* The account and what follows "arn:P:iam::ACCOUNT:"; false when it is no such ARN. */
bool iam_read_arn(struct sv arn, const char *service, struct sv *account, struct sv *rest);

/* For operations: NULL, and the call has failed. The caller's. */
cJSON *iam_asked_role(struct call *c);
bool iam_store_role(struct call *c, const cJSON *role);
/* A name within a length and of IAM's signs. */
struct sv iam_asked_name(struct call *c, const char *member, size_t max);
/* The document, checked and within max bytes; where, in the sentence of LimitExceeded. */
cJSON *iam_asked_document(struct call *c, const char *member, bool has_principals, size_t max,
                          const char *where);
/* A document as replies have it: percent-encoded. */
void iam_put_document(struct call *c, cJSON *object, const char *member, const cJSON *document);
/* Marker and MaxItems over a list that is complete: IsTruncated, and the list cut. */
void iam_put_page(struct call *c, const char *member, cJSON *list);

#endif
