/* Bootstrap: make an environment fit for deployments by CDK's contract (or DDK's), without the CDK.
 * facts/cdk-ddk-sdlf-tsdat.md A1, A2, A4.
 *
 * Trust is read, added to and written back: no account is ever dropped. An existing stack is
 * updated, never made anew; its change set is the plan. */
#ifndef PENSTOCK_DEPLOY_BOOTSTRAP_H
#define PENSTOCK_DEPLOY_BOOTSTRAP_H

#include "core/deploy/deploy.h"
#include "core/deploy/job.h"
#include "core/deploy/plan.h"

enum { BOOTSTRAP_ENVIRONMENTS_MAX = 40, BOOTSTRAP_POLICIES_MAX = 10 };

struct bootstrap_target {
    const struct environment *environment;
    char trusted[4096];  /* accounts it will trust, comma-separated, after the plan */
    char policies[4096]; /* execution policies, likewise */
    uint64_t digest; /* of the change set that the plan showed (stack.h); 0 = there is no stack */
    struct bootstrap_job *job; /* that it is part of; by bootstrap_plan */
};

struct bootstrap_job {
    struct deploy *deploy;
    struct bootstrap_target targets[BOOTSTRAP_ENVIRONMENTS_MAX]; /* the caller gives environment */
    size_t target_count;
    struct sv trust; /* account to be trusted; "" = the CICD account, for TARGET environments */
    struct sv policies[BOOTSTRAP_POLICIES_MAX]; /* ARNs; none: as before; trust without any is
                                                    refused by the plan's defects */
    size_t policy_count;
};

/* What stands there is compared by a change set, which is deleted again; where nothing stands the
 * template tells. */
enum err_code bootstrap_plan(struct task *task, struct bootstrap_job *b, struct plan *plan,
                             struct err *err) MUST_CHECK;
/* A step per environment: the change set, its events live, termination protection. Owner: b. */
enum err_code bootstrap_steps(struct bootstrap_job *b, struct job *job, struct err *err) MUST_CHECK;

#endif
