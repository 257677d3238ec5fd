/* The inside of creating and changing a pipeline, for create*.c and change*.c: the steps that both
 * have. */
#ifndef PENSTOCK_DEPLOY_CREATE_H
#define PENSTOCK_DEPLOY_CREATE_H

#include "core/deploy/pipeline.h"
#include "core/deploy/repository.h"
#include "core/deploy/stack.h"

/* Titles that plan and job share. */
#define TITLE_TARGETS    "Check the accounts"
#define TITLE_REPOSITORY "Repository"
#define TITLE_COMMIT     "First commit"
#define TITLE_BRANCHES   "Branches"
#define TITLE_STACK      "CloudFormation stack"
#define TITLE_DDK_JSON   "ddk.json on every branch"
#define TITLE_CONNECTION "Connection"
#define TITLE_FIRST      "First executions"

/* The CICD environment's session, stack and repository. Texts in the arena. */
enum err_code create_stack_place(struct task *task, struct deploy *d, const struct blueprint *b,
                                 struct arena *arena, struct stack_place *out,
                                 struct err *err) MUST_CHECK;
enum err_code create_repository(struct task *task, struct deploy *d, const struct blueprint *b,
                                struct pipeline_repository *out, struct err *err) MUST_CHECK;
/* Template and ddk.json as texts in the arena. pretty: for people. */
enum err_code create_texts(const struct blueprint *b, struct arena *arena, struct sv *template_text,
                           struct sv *ddk_text, struct err *err) MUST_CHECK;
/* Environments as blueprint; unknown ones become defects of their fields. *is_whole is false then.
 */
enum err_code create_blueprint(struct deploy *d, const struct definition *wanted,
                               struct arena *arena, struct blueprint *out, struct plan *plan,
                               bool *is_whole, struct err *err) MUST_CHECK;
/* A glance at each target and the CICD environment: defects, and items of the step. */
enum err_code create_plan_targets(struct task *task, struct deploy *d, const struct blueprint *b,
                                  struct plan *plan, struct err *err) MUST_CHECK;
enum err_code create_check_targets(struct job *job, struct task *task, struct deploy *d,
                                   const struct blueprint *b, struct err *err) MUST_CHECK;
/* The stack as items: of the template when there is none, else of a change set. */
enum err_code create_plan_stack(struct task *task, struct deploy *d, const struct blueprint *b,
                                struct sv template_text, struct plan *plan, uint64_t *digest,
                                struct err *err) MUST_CHECK;
enum err_code create_apply_stack(struct job *job, struct task *task, struct deploy *d,
                                 const struct blueprint *b, struct sv template_text,
                                 uint64_t digest, struct err *err) MUST_CHECK;
/* The distinct branches of all stages, main first; returns their number. */
size_t create_branches(const struct definition *d, struct sv out[BRANCHES_MAX]);
/* Missing branches, from the head of main, each with ddk.json. */
enum err_code create_make_branches(struct job *job, struct task *task,
                                   struct pipeline_repository *r, const struct definition *d,
                                   struct sv ddk_text, struct err *err) MUST_CHECK;
/* A commit on each branch whose ddk.json is another one. */
enum err_code create_put_ddk_json(struct job *job, struct task *task, struct pipeline_repository *r,
                                  const struct definition *d, struct sv ddk_text, size_t *commits,
                                  struct err *err) MUST_CHECK;

#endif
