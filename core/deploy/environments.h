/* Environments in AWS: SSM parameters /penstock/environments/NAME of the CICD account, each a JSON
 * that is read, changed and written back with its version checked, and kept in the cache. */
#ifndef PENSTOCK_DEPLOY_ENVIRONMENTS_H
#define PENSTOCK_DEPLOY_ENVIRONMENTS_H

#include "core/deploy/deploy.h"
#include "core/deploy/job.h"
#include "core/deploy/plan.h"

#define ENVIRONMENTS_PATH "/penstock/environments/"

/* Into the arena, by name. Used by deploy_load. What is no environment of ours is told in *notice
 * and left out. */
enum err_code environments_read(struct task *task, struct deploy *d, struct arena *arena,
                                struct environment **out, size_t *count, struct err *notice,
                                struct err *err) MUST_CHECK;

/* Add (its name is free) or edit: the plan, and the step that does it. `wanted` is borrowed. The
 * parameter is read again right before it is written; a version that moved in between is
 * ERR_FAILED: somebody else edited it, look again. */
struct environment_edit {
    struct deploy *deploy;
    const struct environment *wanted;
    bool is_new;
    int64_t version; /* of the plan's reading */
};
enum err_code environment_put_plan(struct task *task, struct environment_edit *edit,
                                   struct plan *plan, struct err *err) MUST_CHECK;
job_step_fn environment_put_step; /* owner: struct environment_edit */

/* Removing takes the record only: what is bootstrapped or deployed there stays, and the plan says
 * so; refused while a pipeline's definition uses it (the plan's defects name them). */
struct environment_removal {
    struct deploy *deploy;
    struct sv name;
};
enum err_code environment_remove_plan(struct task *task, struct environment_removal *removal,
                                      struct plan *plan, struct err *err) MUST_CHECK;
job_step_fn environment_remove_step; /* owner: struct environment_removal */

#endif
