#include "core/actions/act.h"

#include "core/actions/act_parts.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/deploy/audit.h"

enum {
    INPUT_MAX = 16 << 20,
    PLAN_FRESH_MS = 5 * 60 * 1000,
    PLAN_TEXT_MAX = 16 << 20,
    WORDS_MAX = 2048,
    AUDIT_AGAIN_MS = 1000
};

/* clang-format off */
static const struct operation *const operations[ACTION_COUNT] = {
    [ACTION_RELEASE] = &operation_release,
    [ACTION_STOP] = &operation_stop,
    [ACTION_RETRY] = &operation_retry,
    [ACTION_ROLLBACK] = &operation_rollback,
    [ACTION_APPROVE] = &operation_approve,
    [ACTION_REJECT] = &operation_reject,
    [ACTION_ENABLE] = &operation_enable,
    [ACTION_DISABLE] = &operation_disable,
    [ACTION_OVERRIDE] = &operation_override,
    [ACTION_STOP_BUILD] = &operation_stop_build,
    [ACTION_RETRY_BUILD] = &operation_retry_build,
    [ACTION_CONTINUE_ROLLBACK] = &operation_continue_rollback,
    [ACTION_DELETE_STACK] = &operation_delete_stack,
    [ACTION_CREATE_BRANCH] = &operation_create_branch,
    [ACTION_PROMOTE] = &operation_promote,
};
/* clang-format on */

static void clear_work(struct act *act)
{
    if (act->action == ACTION_CREATE)
        create_release(&act->work->create);
    if (act->action == ACTION_EDIT)
        change_release(&act->work->change);
    if (act->action == ACTION_DELETE)
        removal_release(&act->work->removal);
    if (action_is_operation(act->action))
        operating_release(&act->work->operating);
    *act->work = (union act_work){0};
}

enum err_code act_new(enum action_id action, struct deploy *deploy, struct net *net,
                      struct act **out, struct err *err)
{
    struct act *act = mem_alloc(sizeof *act);

    if (act == NULL)
        return mem_err(err);
    act->action = action;
    act->deploy = deploy;
    act->net = net;
    arena_init(&act->arena, INPUT_MAX);
    act->work = mem_alloc(sizeof *act->work);
    if (act->work == NULL) {
        act_free(act);
        return mem_err(err);
    }
    *out = act;
    return ERR_OK;
}

void act_free(struct act *act)
{
    if (act == NULL)
        return;
    task_cancel(act->task);
    job_release(&act->job);
    plan_release(&act->plan);
    if (act->work != NULL)
        clear_work(act);
    mem_free(act->work);
    arena_release(&act->arena);
    mem_free(act);
}

const char *act_subject(const struct act *act, char out[SUBJECT_SIZE])
{
    const struct act_input *in = &act->input;
    struct sv one = SV("");
    size_t len = 0;

    switch (act->action) {
    case ACTION_ENVIRONMENT_ADD:
    case ACTION_ENVIRONMENT_EDIT:
        one = in->environment.name;
        break;
    case ACTION_CREATE:
    case ACTION_EDIT:
        one = in->definition.name;
        break;
    case ACTION_ENVIRONMENT_REMOVE:
    case ACTION_BOOTSTRAP:
    case ACTION_DELETE:
        break;
    case ACTION_RELEASE:
    case ACTION_STOP:
    case ACTION_RETRY:
    case ACTION_ROLLBACK:
    case ACTION_APPROVE:
    case ACTION_REJECT:
    case ACTION_ENABLE:
    case ACTION_DISABLE:
    case ACTION_OVERRIDE:
    case ACTION_STOP_BUILD:
    case ACTION_RETRY_BUILD:
    case ACTION_CONTINUE_ROLLBACK:
    case ACTION_DELETE_STACK:
    case ACTION_CREATE_BRANCH:
    case ACTION_PROMOTE:
        operate_subject(operations[act->action], &in->operation, out, SUBJECT_SIZE);
        return out;
    case ACTION_COUNT:
        break;
    }
    (void)snprintf(out, SUBJECT_SIZE, SV_FMT, SV_ARG(sv_take(one, SUBJECT_SIZE - 1)));
    for (size_t i = 0; i < in->name_count && one.len == 0; i++) {
        if (len + in->names[i].len + 20 > SUBJECT_SIZE) {
            (void)snprintf(out + len, SUBJECT_SIZE - len, " and %zu more", in->name_count - i);
            break;
        }
        len += (size_t)snprintf(out + len, SUBJECT_SIZE - len, "%s" SV_FMT, i == 0 ? "" : ", ",
                                SV_ARG(in->names[i]));
    }
    return out;
}

/* ---- the plan ---- */

static enum err_code plan_edit(struct task *task, struct act *act, struct plan *plan,
                               struct err *err)
{
    act->work->edit = (struct environment_edit){.deploy = act->deploy,
                                                .wanted = &act->input.environment,
                                                .is_new = act->action == ACTION_ENVIRONMENT_ADD};
    return environment_put_plan(task, &act->work->edit, plan, err);
}

static enum err_code plan_strike(struct task *task, struct act *act, struct plan *plan,
                                 struct err *err)
{
    if (act->input.name_count != 1)
        return err_set(err, ERR_USAGE, "one environment is removed at a time");
    act->work->strike =
        (struct environment_removal){.deploy = act->deploy, .name = act->input.names[0]};
    return environment_remove_plan(task, &act->work->strike, plan, err);
}

static enum err_code plan_bootstrap(struct task *task, struct act *act, struct plan *plan,
                                    struct err *err)
{
    struct bootstrap_job *b = &act->work->bootstrap;
    const struct act_input *in = &act->input;
    enum err_code rc = ERR_OK;

    *b = (struct bootstrap_job){.deploy = act->deploy, .trust = in->trust};
    if (in->name_count > BOOTSTRAP_ENVIRONMENTS_MAX || in->policy_count > BOOTSTRAP_POLICIES_MAX)
        return err_set(err, ERR_LIMIT, "at most %d environments and %d policies at once",
                       BOOTSTRAP_ENVIRONMENTS_MAX, BOOTSTRAP_POLICIES_MAX);
    for (size_t i = 0; i < in->name_count && !rc; i++, b->target_count++)
        rc = deploy_environment(act->deploy, in->names[i], &b->targets[i].environment, err);
    for (; b->policy_count < in->policy_count; b->policy_count++)
        b->policies[b->policy_count] = in->policies[b->policy_count];
    return rc ? rc : bootstrap_plan(task, b, plan, err);
}

static enum err_code plan_create(struct task *task, struct act *act, struct plan *plan,
                                 struct err *err)
{
    act->work->create =
        (struct create){.deploy = act->deploy,
                        .wanted = &act->input.definition,
                        .template_dir = act->input.template_dir,
                        .uses_existing_repository = act->input.uses_existing_repository};
    return create_plan(task, &act->work->create, plan, err);
}

static enum err_code plan_change(struct task *task, struct act *act, struct plan *plan,
                                 struct err *err)
{
    act->work->change = (struct change){
        .deploy = act->deploy, .wanted = &act->input.definition, .orphans = act->input.orphans};
    return change_plan(task, &act->work->change, plan, err);
}

static enum err_code plan_removal(struct task *task, struct act *act, struct plan *plan,
                                  struct err *err)
{
    if (act->input.name_count != 1)
        return err_set(err, ERR_USAGE, "one pipeline is deleted at a time");
    act->work->removal = (struct removal){.deploy = act->deploy,
                                          .name = act->input.names[0],
                                          .deletes_repository = act->input.deletes_repository,
                                          .keeps_applications = act->input.keeps_applications};
    return removal_plan(task, &act->work->removal, plan, err);
}

static enum err_code plan_operation(struct task *task, struct act *act, struct plan *plan,
                                    struct err *err)
{
    struct operating *o = &act->work->operating;

    *o = (struct operating){.deploy = act->deploy,
                            .operation = operations[act->action],
                            .input = &act->input.operation};
    if (o->operation == NULL)
        return err_set(err, ERR_USAGE, "no such action");
    return operate_plan(task, o, plan, err);
}

/* For the audit, also of a plan that comes to nothing. */
static void name_action(struct act *act)
{
    char name[SUBJECT_SIZE];

    (void)snprintf(act->deploy->action, sizeof act->deploy->action, "%s %.100s",
                   action_table[act->action].word, act_subject(act, name));
}

/* The plan's head: who, where, what, and the word to type. */
static void head(struct act *act, struct plan *plan)
{
    const struct action *row = &action_table[act->action];
    char name[SUBJECT_SIZE];

    (void)act_subject(act, name);
    (void)snprintf(plan->title, sizeof plan->title, "%s: %s", row->title, name);
    (void)snprintf(plan->account, sizeof plan->account, "%s", act->deploy->account);
    (void)snprintf(plan->region, sizeof plan->region, "%s", act->deploy->region);
    (void)snprintf(plan->caller, sizeof plan->caller, "%s", act->deploy->caller);
    if (row->confirmation == CONFIRM_NAME)
        (void)snprintf(plan->confirm, sizeof plan->confirm, "%.127s", name);
}

static enum err_code plan_action(struct task *task, struct act *act, struct plan *plan,
                                 struct err *err)
{
    enum err_code rc = ERR_OK;

    clear_work(act);
    name_action(act);
    /* An operation's targets may be in any context, and need no environments of the CICD account.
     */
    if (!action_is_operation(act->action))
        rc = deploy_load(task, act->deploy, err);
    if (rc)
        return rc;
    head(act, plan);
    switch (act->action) {
    case ACTION_ENVIRONMENT_ADD:
    case ACTION_ENVIRONMENT_EDIT:
        return plan_edit(task, act, plan, err);
    case ACTION_ENVIRONMENT_REMOVE:
        return plan_strike(task, act, plan, err);
    case ACTION_BOOTSTRAP:
        return plan_bootstrap(task, act, plan, err);
    case ACTION_CREATE:
        return plan_create(task, act, plan, err);
    case ACTION_EDIT:
        return plan_change(task, act, plan, err);
    case ACTION_DELETE:
        return plan_removal(task, act, plan, err);
    case ACTION_RELEASE:
    case ACTION_STOP:
    case ACTION_RETRY:
    case ACTION_ROLLBACK:
    case ACTION_APPROVE:
    case ACTION_REJECT:
    case ACTION_ENABLE:
    case ACTION_DISABLE:
    case ACTION_OVERRIDE:
    case ACTION_STOP_BUILD:
    case ACTION_RETRY_BUILD:
    case ACTION_CONTINUE_ROLLBACK:
    case ACTION_DELETE_STACK:
    case ACTION_CREATE_BRANCH:
    case ACTION_PROMOTE:
        return plan_operation(task, act, plan, err);
    case ACTION_COUNT:
        break;
    }
    return err_set(err, ERR_USAGE, "no such action");
}

static enum err_code make_plan(struct task *task, struct act *act, struct plan *plan,
                               struct err *err)
{
    enum err_code rc = plan_action(task, act, plan, err);

    if (!rc)
        rc = act_guard_put(act, plan, err);
    /* Nobody types a word for what will not be done. */
    if (plan->is_nothing && plan->defects->errors == 0)
        plan->confirm[0] = '\0';
    if (!rc && plan->is_nothing && plan->defects->errors == 0 && !act->is_dry &&
        action_is_operation(act->action))
        operate_told(&act->work->operating);
    return rc;
}

static enum err_code plan_task(struct task *task, void *owner, struct err *err)
{
    struct act *act = owner;

    return make_plan(task, act, &act->plan, err);
}

static void on_planned(void *owner, enum err_code rc, const struct err *err)
{
    struct act *act = owner;

    act->task = NULL;
    act->state = rc ? ACT_FAILED_TO_PLAN : ACT_PLANNED;
    if (rc)
        act->err = *err;
    act->was_refused = act_plan_refused(act, rc, err);
    act->planned_at_ms = time_mono_ms();
    act->changes++;
    if (act->done != NULL)
        act->done(act->listener, act);
}

/* The audit writes them with the next row. */
static void forget_kept(struct act *act)
{
    task_cancel(act->task);
    act->task = NULL;
    act->err = (struct err){0};
}

enum err_code act_plan(struct act *act, struct err *err)
{
    enum err_code rc;

    if (act->state == ACT_PLANS || act->state == ACT_RUNS)
        return err_set(err, ERR_USAGE, "it is already under way");
    forget_kept(act);
    plan_release(&act->plan);
    act->is_confirmed = false;
    act->deploy->reason[0] = '\0';
    rc = plan_init(&act->plan, err);
    if (!rc)
        rc = task_start(act->net, plan_task, on_planned, act, &act->task, err);
    if (rc)
        return rc;
    act->state = ACT_PLANS;
    act->changes++;
    return ERR_OK;
}

/* ---- consent ---- */

static enum err_code may_run(const struct act *act, struct sv word, struct err *err)
{
    enum err_code rc = defects_err(act->plan.defects, err);

    if (rc)
        return rc;
    if (act->deploy->is_read_only)
        return err_set(err, ERR_USAGE, "penstock is read-only here: it writes nothing");
    if (act->plan.confirm[0] != '\0' && !sv_eq(word, sv_of(act->plan.confirm)))
        return err_set(err, ERR_USAGE, "type %s to agree: nothing was done", act->plan.confirm);
    return act_guard_check(act, err);
}

enum err_code act_confirm(struct act *act, struct sv word, struct err *err)
{
    struct err why = {0};
    struct sb words;
    enum err_code rc;

    if (act->state != ACT_PLANNED)
        return err_set(err, ERR_USAGE, "there is no plan to agree to");
    rc = may_run(act, word, &why);
    if (rc) {
        if (!act->was_refused)
            act_refused(act, why.text);
        return err_set(err, rc, "%s", why.text);
    }
    if (!action_is_operation(act->action))
        act_guard_unlock(act, act->deploy->reason);
    sb_init(&words, WORDS_MAX);
    act_plan_words(&act->plan, &words);
    rc = act_audit(act, "confirmed", sb_sv(&words), err);
    sb_release(&words);
    act->is_confirmed = rc == ERR_OK;
    return rc;
}

/* ---- the job ---- */

/* The old one is written down first: making the new one takes away what the old one may show. */
static enum err_code same_plan(struct task *task, struct act *act, bool *is_same, struct err *err)
{
    CLEANUP(sb_release) struct sb before;
    CLEANUP(sb_release) struct sb after;
    CLEANUP(plan_release) struct plan fresh = {0};
    enum err_code rc;

    sb_init(&before, PLAN_TEXT_MAX);
    sb_init(&after, PLAN_TEXT_MAX);
    rc = plan_text(&act->plan, true, &before, err);
    if (!rc)
        rc = plan_init(&fresh, err);
    if (!rc)
        rc = make_plan(task, act, &fresh, err);
    if (!rc)
        rc = plan_text(&fresh, true, &after, err);
    *is_same = !rc && sv_eq(sb_sv(&before), sb_sv(&after));
    return rc;
}

static job_step_fn recheck;
static enum err_code recheck(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct act *act = owner;
    bool is_same = true;
    enum err_code rc;

    if (time_mono_ms() - act->planned_at_ms < PLAN_FRESH_MS) {
        job_was_done(job, "the plan is fresh");
        return ERR_OK;
    }
    rc = same_plan(task, act, &is_same, err);
    if (!rc && !is_same)
        return err_set(err, ERR_FAILED,
                       "AWS changed since the plan was made, and nothing was sent: make the plan "
                       "again and look at it");
    return rc;
}

static enum err_code add_steps(struct act *act, struct err *err)
{
    struct job *job = &act->job;

    switch (act->action) {
    case ACTION_ENVIRONMENT_ADD:
    case ACTION_ENVIRONMENT_EDIT:
        return job_add_step(job, environment_put_step, &act->work->edit, err,
                            "Write the environment");
    case ACTION_ENVIRONMENT_REMOVE:
        return job_add_step(job, environment_remove_step, &act->work->strike, err,
                            "Remove the environment");
    case ACTION_BOOTSTRAP:
        return bootstrap_steps(&act->work->bootstrap, job, err);
    case ACTION_CREATE:
        return create_steps(&act->work->create, job, err);
    case ACTION_EDIT:
        return change_steps(&act->work->change, job, err);
    case ACTION_DELETE:
        return removal_steps(&act->work->removal, job, err);
    case ACTION_RELEASE:
    case ACTION_STOP:
    case ACTION_RETRY:
    case ACTION_ROLLBACK:
    case ACTION_APPROVE:
    case ACTION_REJECT:
    case ACTION_ENABLE:
    case ACTION_DISABLE:
    case ACTION_OVERRIDE:
    case ACTION_STOP_BUILD:
    case ACTION_RETRY_BUILD:
    case ACTION_CONTINUE_ROLLBACK:
    case ACTION_DELETE_STACK:
    case ACTION_CREATE_BRANCH:
    case ACTION_PROMOTE:
        return operate_steps(&act->work->operating, job, err);
    case ACTION_COUNT:
        break;
    }
    return ERR_OK;
}

/* Why it did not come to its end, else what it was. */
static struct sv ended_text(const struct act *act)
{
    bool has_reason = act->job.state == JOB_FAILED || act->job.state == JOB_WAITS;

    return sv_of(has_reason ? act->job.err.text : act->plan.title);
}

/* The write was done or not, whatever the audit can hold. */
static void tell_lost(struct act *act, const struct err *lost)
{
    (void)err_set(&act->err, ERR_FAILED, "%s, but the audit does not tell how it ended: %.300s",
                  act->job.state == JOB_DONE ? "it was done" : "it has ended", lost->text);
    log_error("%s", act->err.text);
}

static enum err_code write_kept(struct task *task, void *owner, struct err *err)
{
    struct act *act = owner;
    struct err why = {0};
    enum err_code rc = ERR_OK;

    while (!rc && audit_write_kept(act->deploy->audit_dir, 0, &why))
        rc = task_sleep(task, AUDIT_AGAIN_MS, err);
    return rc;
}

static void on_kept_written(void *owner, enum err_code rc, const struct err *err)
{
    struct act *act = owner;

    (void)err;
    act->task = NULL;
    if (rc)
        return;
    act->err = (struct err){0};
    act->changes++;
}

/* Until it can be, or something else is done here. */
static void write_kept_later(struct act *act)
{
    struct err err = {0};

    if (task_start(act->net, write_kept, on_kept_written, act, &act->task, &err)) {
        act->task = NULL;
        log_error("%s", err.text);
    }
}

static void on_ended(void *listener, struct job *job)
{
    struct act *act = listener;
    static const char *const outcomes[] = {
        [JOB_IDLE] = "idle",     [JOB_RUNS] = "runs",   [JOB_DONE] = "done",
        [JOB_FAILED] = "failed", [JOB_WAITS] = "waits", [JOB_CANCELLED] = "cancelled",
    };
    bool is_denied = job->state == JOB_FAILED && job->err.code == ERR_DENIED;
    struct err lost;

    act->state = ACT_ENDED;
    act->changes++;
    if (action_is_operation(act->action))
        (void)snprintf(act->execution, sizeof act->execution, "%s", act->work->operating.execution);
    if (act_audit(act, is_denied ? "denied" : outcomes[job->state], ended_text(act), &lost)) {
        tell_lost(act, &lost);
        write_kept_later(act);
    }
    if (act->done != NULL)
        act->done(act->listener, act);
}

int64_t act_silent_ms(const struct act *act)
{
    return act->state == ACT_PLANS  ? task_waits_ms(act->task)
           : act->state == ACT_RUNS ? task_waits_ms(act->job.task)
                                    : 0;
}

enum err_code act_run(struct act *act, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (!act->is_confirmed || (act->state != ACT_PLANNED && act->state != ACT_ENDED))
        return err_set(err, ERR_USAGE, "nobody agreed to this plan");
    forget_kept(act);
    if (act->state == ACT_PLANNED) {
        job_release(&act->job);
        job_init(&act->job, act->plan.title);
        act->job.done = on_ended;
        act->job.listener = act;
        /* An operation looks at each target again just before its write. */
        if (!action_is_operation(act->action))
            rc = job_add_step(&act->job, recheck, act, err, "Check that the plan still holds");
        if (!rc)
            rc = add_steps(act, err);
    }
    if (!rc)
        rc = job_start(&act->job, act->net, err);
    if (rc)
        return rc;
    act->state = ACT_RUNS;
    act->changes++;
    return ERR_OK;
}
