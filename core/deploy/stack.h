/* One CloudFormation stack, as a task sees it: how it stands, a change set for it, and watching it
 * until it rests. Shared by the bootstrap and the CICD stack. */
#ifndef PENSTOCK_DEPLOY_STACK_H
#define PENSTOCK_DEPLOY_STACK_H

#include "core/aws/cloudformation.h"
#include "core/deploy/deploy.h"
#include "core/deploy/job.h"
#include "core/deploy/plan.h"

struct stack_place {
    struct deploy *deploy;
    struct aws_session *session;
    struct sv account;
    struct sv name;                        /* or ARN */
    const struct environment *environment; /* where its staging bucket is: large templates */
};

/* facts/cdk-ddk-sdlf-tsdat.md A2's table. */
enum stack_standing {
    STACK_ABSENT, /* also DELETE_COMPLETE */
    STACK_REVIEW, /* an empty shell: CREATE again */
    STACK_BUSY,   /* *_IN_PROGRESS */
    STACK_GOOD,   /* may be updated */
    STACK_DEAD,   /* ROLLBACK_COMPLETE, ROLLBACK_FAILED: delete, then create */
    STACK_STUCK,  /* UPDATE_ROLLBACK_FAILED: ContinueUpdateRollback */
    STACK_BROKEN, /* CREATE_FAILED, UPDATE_FAILED: roll back first */
    STACK_DELETE_FAILED
};
enum stack_standing stack_standing_of(struct sv status);

/* *stack is in the arena; its name is empty when there is none. */
enum err_code stack_look(struct task *task, const struct stack_place *place, struct arena *arena,
                         struct stack *stack, enum stack_standing *standing,
                         struct err *err) MUST_CHECK;

/* What a plan says of such a thing. */
#define STACK_IMPORTS "is there already: the stack takes it over (imports it)"
struct stack_wish {
    struct sv template_text;      /* over 51,200 bytes it goes through the staging bucket */
    const struct tag *parameters; /* key, value; value SV_NONE = as before */
    size_t parameter_count;
    const struct tag *tags;
    size_t tag_count;
    const char *change_set_name; /* "penstock-plan"; a number of its own comes behind it */
    bool imports_existing;       /* takes over what is there already, belongs to no stack and is
                                    to be kept (DeletionPolicy) */
    struct sv there;             /* a plan's: the logical id of such a resource, so that it is not
                                    said to be created */
};
enum { STACK_ARN_SIZE = 400 };
struct stack_proposal {
    char change_set[STACK_ARN_SIZE]; /* "" = nothing would change */
    char stack_id[STACK_ARN_SIZE];
    struct stack_change *changes; /* the arena's */
    size_t change_count;
    uint64_t digest; /* of all the changes: the same set has the same one */
};
uint64_t stack_no_changes(void); /* the digest of none */
/* A change set, made and complete. */
enum err_code stack_propose(struct task *task, const struct stack_place *place,
                            const struct stack_wish *wish, struct arena *arena,
                            struct stack_proposal *out, struct err *err) MUST_CHECK;
/* For a plan: propose, put the changes into the step as items, and delete the change set again.
 * Only where there is a stack; read-only it is ERR_DENIED. */
enum err_code stack_preview(struct task *task, const struct stack_place *place,
                            const struct stack_wish *wish, struct plan *plan,
                            struct plan_step *step, uint64_t *digest, struct err *err) MUST_CHECK;
/* For a plan, however the stack stands (from stack_look): the template's resources where there is
 * none, else a preview; read-only, or while it does not rest, a warning. digest as above. */
enum err_code stack_plan(struct task *task, const struct stack_place *place,
                         const struct stack_wish *wish, const struct stack *stack,
                         enum stack_standing standing, struct plan *plan, struct plan_step *step,
                         uint64_t *digest, struct err *err) MUST_CHECK;
/* Mend, propose, execute, watch: all that a step needs. digest is the plan's, 0 when there was no
 * stack; a change set that is another one is not executed (ERR_FAILED: look again). */
enum err_code stack_apply(struct task *task, struct job *job, const struct stack_place *place,
                          const struct stack_wish *wish, uint64_t digest,
                          struct err *err) MUST_CHECK;
/* Each event into the job until the stack rests: ERR_OK for *_COMPLETE that is no rollback (and for
 * a stack that is gone, after a delete), else ERR_FAILED with the first resource that failed and
 * why. Events up to `after` (an event's id) are old; "": the running operation's, from its
 * beginning, as after a penstock that died. */
enum err_code stack_watch(struct task *task, struct job *job, const struct stack_place *place,
                          struct sv stack_id, struct sv after, struct err *err) MUST_CHECK;
/* The newest event's id, so that a watch begins after it. is_gone: it is the last that there will
 * be. */
enum { STACK_EVENT_ID_SIZE = 200 };
enum err_code stack_mark(struct task *task, const struct stack_place *place, struct sv stack_id,
                         char out[STACK_EVENT_ID_SIZE], bool *is_gone, struct err *err) MUST_CHECK;
/* Bring a DEAD, STUCK, BROKEN or BUSY one to where it can be changed: waits, deletes the shell,
 * continues or rolls back, as the table says; told in the job. */
enum err_code stack_mend(struct task *task, struct job *job, const struct stack_place *place,
                         struct err *err) MUST_CHECK;
enum err_code stack_delete(struct task *task, struct job *job, const struct stack_place *place,
                           struct sv stack_id, struct err *err) MUST_CHECK;

#endif
