/* An act: one action being done. Its input, its plan (made on a task, reads only), the person's
 * consent, its job (on a task, live). Verbs and the console do the same with it:
 *
 *   act_new, fill input, act_plan, [show act->plan, ask], act_confirm, act_run, [show act->job],
 *   act_free.
 *
 * `state` and `changes` tell whoever draws. The plan is made anew by act_run when it is older than
 * five minutes, and refused when it is then another one. */
#ifndef PENSTOCK_ACTIONS_ACT_H
#define PENSTOCK_ACTIONS_ACT_H

#include "core/actions/action.h"
#include "core/deploy/bootstrap.h"
#include "core/deploy/environments.h"
#include "core/deploy/pipeline.h"
#include "core/operate/operate.h"

enum act_state {
    ACT_NEW,
    ACT_PLANS,
    ACT_PLANNED,
    ACT_FAILED_TO_PLAN, /* act->err */
    ACT_RUNS,
    ACT_ENDED /* act->job.state tells how */
};

/* Which members count depends on the action. Texts, arrays and definitions are the arena's:
 * copy them there. */
struct act_input {
    struct environment environment; /* ENVIRONMENT_ADD, _EDIT */
    struct sv *names;               /* ENVIRONMENT_REMOVE, BOOTSTRAP: environments; DELETE: one */
    size_t name_count;
    struct sv *policies; /* BOOTSTRAP */
    size_t policy_count;
    struct sv trust;              /* BOOTSTRAP: an account; "" = the CICD account */
    struct definition definition; /* CREATE, EDIT */
    const char *template_dir;     /* CREATE */
    bool uses_existing_repository;
    enum orphan orphans;     /* EDIT */
    bool deletes_repository; /* DELETE */
    bool keeps_applications;
    struct operation_input operation; /* RELEASE and all behind it */
};

struct act {
    enum action_id action;
    struct deploy *deploy; /* borrowed; the act reads its environments anew */
    struct net *net;
    struct arena arena;
    struct act_input input;
    enum act_state state;
    struct plan plan;
    int64_t planned_at_ms;
    struct job job;
    struct err err;   /* of ACT_FAILED_TO_PLAN; of ACT_ENDED: the audit has no row of how, as yet */
    uint64_t changes; /* of the act's own; job.changes beside it */
    bool is_dry;      /* only the plan is wanted: the audit is not told that it was refused */
    bool is_confirmed;
    char execution[64]; /* of the pipeline: the last one that an operation began or let go on */
    /* called from net_wait when the plan is made (or not), and when the job has ended */
    void (*done)(void *listener, struct act *act);
    void *listener;
    /* inside */
    bool was_refused; /* the plan was, and the audit has it */
    struct task *task;
    union act_work *work;
};

enum err_code act_new(enum action_id action, struct deploy *deploy, struct net *net,
                      struct act **out, struct err *err) MUST_CHECK;
/* Ends what runs; a change set that nobody executed is left in AWS, harmless. NULL is fine. */
void act_free(struct act *act);

enum err_code act_plan(struct act *act, struct err *err) MUST_CHECK;
/* word: what was typed, where plan.confirm asks for one. ERR_USAGE when it is another
 * one, or the plan has defects. Audited. */
enum err_code act_confirm(struct act *act, struct sv word, struct err *err) MUST_CHECK;
/* The plan was shown and nobody could agree: audited as refused, with why. */
void act_decline(struct act *act, const char *why);
/* A person looked at it and left it: audited as "left". */
void act_leave(struct act *act, const char *why);
/* After a job of an operation was cancelled while a write was out: looks once what became of it, no
 * longer than that, and tells the audit. out gets a line for each; false when none is open. Not
 * from inside a task. */
bool act_look_back(struct act *act, int within_ms, struct sb *out);
/* ERR_USAGE unless it was confirmed. Also goes on after a job that failed or waits. */
enum err_code act_run(struct act *act, struct err *err) MUST_CHECK;
/* For how long AWS has not answered what it was asked last; 0 = it is not asked. */
int64_t act_silent_ms(const struct act *act);

#endif
