/* CloudFormation: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_CLOUDFORMATION_H
#define PENSTOCK_SANDBOX_CLOUDFORMATION_H

#include "core/base/json.h"

struct service;

/* clang-format off */
/*       service  operation  function */
#define CLOUDFORMATION_CALLS(X)
/*       kind     function: what happens later */
#define CLOUDFORMATION_LATER(X)
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
