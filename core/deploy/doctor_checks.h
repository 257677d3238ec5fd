/* The doctor's single checks; only the doctor files include this. */
#ifndef PENSTOCK_DEPLOY_DOCTOR_CHECKS_H
#define PENSTOCK_DEPLOY_DOCTOR_CHECKS_H

#include "core/base/json.h"
#include "core/deploy/doctor.h"

struct visit {
    struct task *task;
    struct deploy *deploy;
    const struct environment *environment;
    const struct environment *cicd; /* NULL: unknown */
    struct aws_session *session;
    struct diagnosis *found;
};

/* ERR_OK with its findings made; else what hinders the doctor himself. */
typedef enum err_code check_fn(struct visit *v, struct err *err);
check_fn check_trust;
check_fn check_policies;
check_fn check_boundary;
check_fn check_bucket;
check_fn check_protection;
check_fn check_codecommit;
check_fn check_quotas;

void finding_set(struct visit *v, enum check check, enum verdict verdict, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void finding_advise(struct visit *v, enum check check, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A read that failed, as a finding: a right that is missing is told by its name. What is to end
 * the whole examination is returned. */
enum err_code finding_failed(struct visit *v, enum check check, const char *right,
                             const struct err *why, struct err *err) MUST_CHECK;

/* ---- trust policies, pure ---- */

enum trust {
    TRUST_NO,
    TRUST_PERHAPS, /* under a condition that only AWS can judge */
    TRUST_YES
};
/* Whether a role's trust policy lets principals of the account (by its root) do the action,
 * without an external id. What is no policy is TRUST_NO. */
enum trust trust_judge(const cJSON *policy, struct sv account, const char *action);

#endif
