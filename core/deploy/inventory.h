/* What there is of a pipeline in AWS: found by the stack's own resources and by tags, never by a
 * pattern of names. */
#ifndef PENSTOCK_DEPLOY_INVENTORY_H
#define PENSTOCK_DEPLOY_INVENTORY_H

#include "core/deploy/deploy.h"
#include "core/deploy/job.h"
#include "core/deploy/stack.h"

struct application {
    const struct environment *environment;
    struct sv stack_name;
    struct sv stack_id;
    struct sv stage; /* penstock:stage; may be "" */
    struct sv status;
};

struct inventory {
    struct application *applications;
    size_t application_count;
    struct stack_resource *resources; /* of the CICD stack */
    size_t resource_count;
};

enum { APPLICATIONS_MAX = 500 };

/* The application stacks with the pipeline's tag, in every environment on the list, each account
 * and region looked at once: also what an earlier definition deployed. An environment that cannot
 * be reached is a failure when the definition has it, else a warning. Texts in the arena. */
enum err_code inventory_applications(struct task *task, struct deploy *d,
                                     const struct definition *definition, struct defects *defects,
                                     struct arena *arena, struct inventory *out,
                                     struct err *err) MUST_CHECK;
enum err_code inventory_resources(struct task *task, struct deploy *d, struct aws_session *session,
                                  struct sv stack_id, struct arena *arena, struct inventory *out,
                                  struct err *err) MUST_CHECK;

/* Every version and delete marker; *gone counts. One that is not there any more is fine. */
enum err_code bucket_empty(struct task *task, struct job *job, struct deploy *d,
                           struct aws_session *session, struct sv account, struct sv bucket,
                           size_t *gone, struct err *err) MUST_CHECK;
/* The application's stack, watched; what CloudFormation keeps of it (DELETE_SKIPPED) is added to
 * `left`, a line each. One that is gone is fine. */
enum err_code application_delete(struct task *task, struct job *job, struct deploy *d,
                                 const struct application *application, struct sb *left,
                                 struct err *err) MUST_CHECK;

#endif
