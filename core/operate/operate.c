#include "core/operate/operate.h"

#include <stdarg.h>

#include "core/base/log.h"
#include "core/base/time.h"
#include "core/deploy/audit.h"
#include "core/operate/reach.h"
#include "core/operate/sending.h"

enum {
    ARENA_MAX = 64 << 20, /* of all looks of one plan */
    EARLIER_SIZE = 300,
    AFTER_SIZE = 600,
    REQUEST_ID_SIZE = 128,
    LINE_MAX_LEN = 64 * 1024
};

struct operated {
    struct operating *o;
    struct turn seen; /* as the plan showed it; its texts are the operating's */
    char name[OPERAND_NAME_SIZE];
    char after[AFTER_SIZE]; /* what a write made of it */
    char request_id[REQUEST_ID_SIZE];
    char earlier[EARLIER_SIZE]; /* what the plan told of an earlier write; "" = there was none */
};

void operating_release(struct operating *o)
{
    arena_release(&o->arena);
    *o = (struct operating){0};
}

static void name_of(const struct operation *operation, const struct operand *operand,
                    struct sv execution, char out[OPERAND_NAME_SIZE])
{
    struct sb name;

    sb_init(&name, OPERAND_NAME_SIZE);
    out[0] = '\0';
    if (operated_name(operation, operand, execution, &name, NULL) == ERR_OK)
        (void)snprintf(out, OPERAND_NAME_SIZE, "%s", sb_cstr(&name));
    sb_release(&name);
}

void operate_subject(const struct operation *operation, const struct operation_input *input,
                     char *out, size_t size)
{
    char name[OPERAND_NAME_SIZE] = "";

    if (input->operand_count > 0)
        name_of(operation, &input->operands[0], SV(""), name);
    if (input->operand_count < 2)
        (void)snprintf(out, size, "%.*s", (int)size - 1, name);
    else
        (void)snprintf(out, size, "%.*s and %zu more", (int)size - 20, name,
                       input->operand_count - 1);
}

/* ---- one look ---- */

static struct turn turn_of(const struct operated *w, const struct operand *operand,
                           struct task *task, struct arena *arena)
{
    return (struct turn){.operation = w->o->operation,
                         .input = w->o->input,
                         .operand = operand,
                         .deploy = w->o->deploy,
                         .task = task,
                         .arena = arena,
                         .state = SV(""),
                         .effect = SV(""),
                         .refusal = SV(""),
                         .hint = SV(""),
                         .resource = SV(""),
                         .environment = operand->environment,
                         .pipelines = SV(""),
                         .way = SV(""),
                         .author = SV(""),
                         .unlocked = SV(""),
                         .then = SV(""),
                         .request_id = SV(""),
                         .result = SV(""),
                         .execution = SV("")};
}

/* What a person would not expect of an act on one stage. */
static enum err_code tell_way(struct turn *t, struct err *err)
{
    if (t->way.len == 0 || t->operand->stage.len == 0 || sv_eq(t->way, t->operand->stage) ||
        t->effect.len == 0 || t->is_settled)
        return ERR_OK;
    return turn_text(t, &t->effect, err, SV_FMT "; it goes on by itself as far as " SV_FMT,
                     SV_ARG(t->effect), SV_ARG(t->way));
}

static enum err_code look(struct turn *t, struct err *err)
{
    const struct pipeline_id *id = &t->operand->id;
    enum err_code rc =
        reach_place(t->task, t->deploy, NULL, id->account, id->region, &t->session, t->caller, err);

    if (!rc)
        rc = t->operation->look(t, err);
    return rc ? rc : tell_way(t, err);
}

/* ---- the plan ---- */

static enum err_code add_guarded(struct plan *plan, struct sv name, struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    enum err_code rc;

    sb_init(&names, LINE_MAX_LEN);
    rc = sb_addf(&names, err, SV_FMT "%s" SV_FMT, SV_ARG(plan->guarded),
                 plan->guarded.len > 0 ? ", " : "", SV_ARG(name));
    if (rc)
        return rc;
    plan->guarded = arena_sv(&plan->arena, sb_sv(&names));
    plan->guarded_count++;
    return plan->guarded.ptr == NULL ? arena_err(&plan->arena, err) : ERR_OK;
}

/* The pipeline's name is typed; for several, how many there are. */
static enum err_code want_word(struct plan *plan, const struct operated *w, struct err *err)
{
    struct sv name = w->seen.operand->id.name;

    if (name.len == 0)
        name = sv_of(w->name);
    if (plan->confirm[0] == '\0')
        (void)snprintf(plan->confirm, sizeof plan->confirm, SV_FMT,
                       SV_ARG(sv_take(name, sizeof plan->confirm - 1)));
    else if (w->o->input->operand_count > 1 && !sv_eq(sv_of(plan->confirm), name))
        (void)snprintf(plan->confirm, sizeof plan->confirm, "%zu targets",
                       w->o->input->operand_count);
    return w->o->input->operand_count > 1 ? add_guarded(plan, name, err) : ERR_OK;
}

static enum err_code put_guard(struct plan *plan, const struct operated *w, struct err *err)
{
    struct guard_answer answer;
    enum err_code rc = turn_judge(&w->seen, &answer, err);

    if (rc)
        return rc;
    if (answer.frozen[0] != '\0')
        defects_refuse(plan->defects, w->name, "%s", answer.frozen);
    if (answer.eyes[0] != '\0')
        defects_refuse(plan->defects, w->name, "%s", answer.eyes);
    if (answer.is_protected && !answer.is_unlocked && !w->seen.is_settled)
        rc = want_word(plan, w, err);
    if (answer.is_protected && answer.is_unlocked && !w->seen.is_settled)
        guard_unlock_text(time_wall_ms(), w->o->unlocked);
    if (!answer.is_protected && w->seen.has_way && !w->seen.is_placed && !w->seen.is_settled &&
        w->seen.refusal.len == 0)
        defects_warn(plan->defects, w->name, "no environment is known: not protected");
    return rc;
}

static enum err_code keep_line(const struct turn *t,
                               enum err_code (*write)(const struct turn *, struct sb *,
                                                      struct err *),
                               struct plan *plan, struct sv *out, struct err *err)
{
    CLEANUP(sb_release) struct sb line;
    enum err_code rc;

    sb_init(&line, LINE_MAX_LEN);
    rc = write(t, &line, err);
    if (rc)
        return rc;
    *out = arena_sv(&plan->arena, sb_sv(&line));
    return out->ptr == NULL ? arena_err(&plan->arena, err) : ERR_OK;
}

static enum effect effect_of(const struct turn *t)
{
    if (t->is_settled || t->refusal.len > 0)
        return EFFECT_KEEPS;
    return t->operation->is_deletion ? EFFECT_DELETES : EFFECT_CHANGES;
}

static enum err_code put_target(struct plan *plan, const struct operated *w, struct err *err)
{
    const struct turn *t = &w->seen;
    const struct pipeline_id *id = &t->operand->id;
    const char *call = strchr(t->operation->iam, ':');
    char title[OPERAND_NAME_SIZE];
    struct plan_step *step;
    enum err_code rc;

    (void)snprintf(title, sizeof title, "%s %.*s", t->operation->verb, (int)sizeof title - 60,
                   w->name);
    step = plan_step(plan, title, id->account, id->region,
                     effect_of(t) == EFFECT_KEEPS || call == NULL ? "" : call + 1);
    if (step == NULL || plan_item(plan, step, effect_of(t), SV("now"), t->state,
                                  t->refusal.len > 0 ? SV("") : t->effect) == NULL)
        return arena_err(&plan->arena, err);
    step->caller = arena_sv(&plan->arena, sv_of(t->caller));
    step->iam = arena_sv(&plan->arena, sv_of(t->operation->iam));
    if (step->caller.ptr == NULL || step->iam.ptr == NULL)
        return arena_err(&plan->arena, err);
    /* What cannot be done has no command either. */
    rc = t->refusal.len > 0 ? ERR_OK
                            : keep_line(t, t->operation->aws_line, plan, &step->aws_line, err);
    if (!rc && t->refusal.len == 0)
        rc = keep_line(t, t->operation->own_line, plan, &step->own_line, err);
    if (!rc && t->refusal.len > 0)
        (t->is_wrong ? defects_add : defects_refuse)(plan->defects, w->name, SV_FMT,
                                                     SV_ARG(t->refusal));
    if (!rc && t->hint.len > 0)
        defects_warn(plan->defects, w->name, SV_FMT, SV_ARG(t->hint));
    return rc ? rc : put_guard(plan, w, err);
}

/* An earlier write of this kind, whose outcome was not known: what is known of it now. */
static enum err_code find_earlier(struct task *task, struct operated *w,
                                  const struct operand *operand, struct err *err)
{
    struct sending *s = sending_find(w->o->operation, operand);
    char at[TIME_RFC3339_SIZE];
    enum sending_end end;
    enum err_code rc;

    w->earlier[0] = '\0';
    if (s == NULL)
        return ERR_OK;
    rc = sending_look(s, task, w->o->deploy, &end, err);
    if (rc)
        return rc;
    (void)time_rfc3339(s->sent_ms / 1000 * 1000, at);
    switch (end) {
    case SENDING_UNKNOWN:
        (void)snprintf(w->earlier, sizeof w->earlier,
                       "an earlier write, sent at %s, may have been carried out", at);
        return ERR_OK;
    case SENDING_DONE:
        (void)snprintf(w->earlier, sizeof w->earlier,
                       "an earlier write, sent at %s, was carried out%s" SV_FMT, at,
                       s->turn.result.len > 0 ? ": " : "", SV_ARG(sv_take(s->turn.result, 120)));
        break;
    case SENDING_NOT_DONE:
        (void)snprintf(w->earlier, sizeof w->earlier,
                       "an earlier write, sent at %s, was not carried out", at);
        break;
    }
    sending_close(s);
    return ERR_OK;
}

/* Whoever agrees knows of it: it stands before what the yes does. */
static enum err_code tell_earlier(struct operated *w, struct plan *plan, struct err *err)
{
    struct turn *t = &w->seen;
    const struct sending *s = sending_find(w->o->operation, t->operand);

    if (w->earlier[0] == '\0')
        return ERR_OK;
    if (s == NULL)
        defects_warn(plan->defects, w->name, "%s", w->earlier);
    else if (sending_is_same(s, t) && sending_may_repeat(s))
        defects_warn(plan->defects, w->name,
                     "%s: a yes asks for that one again, by its token, which AWS does once",
                     w->earlier);
    else
        defects_warn(plan->defects, w->name,
                     "%s: a yes looks for it again, and sends this one unless it shows",
                     w->earlier);
    return t->refusal.len > 0 || t->is_settled
               ? ERR_OK
               : turn_text(t, &t->effect, err, "%s; " SV_FMT, w->earlier, SV_ARG(t->effect));
}

/* One target's trouble is the plan's; of several it is told beside the others. */
static enum err_code plan_target(struct task *task, struct operated *w,
                                 const struct operand *operand, struct plan *plan, struct err *err)
{
    struct err why = {0};
    enum err_code rc;

    name_of(w->o->operation, operand, SV(""), w->name);
    w->seen = turn_of(w, operand, task, &w->o->arena);
    rc = find_earlier(task, w, operand, &why);
    if (!rc)
        rc = look(&w->seen, &why);
    if (!rc && w->seen.execution.len > 0)
        name_of(w->o->operation, operand, w->seen.execution, w->name);
    if (!rc)
        rc = tell_earlier(w, plan, &why);
    if (!rc)
        return put_target(plan, w, err);
    if (rc != ERR_CANCELLED && w->o->input->operand_count > 1) {
        (rc == ERR_USAGE ? defects_add : defects_refuse)(plan->defects, w->name, "%s", why.text);
        return ERR_OK;
    }
    if (err != NULL)
        *err = why;
    return rc;
}

/* The plan's head is of its first place. */
static void put_head(struct plan *plan, const struct operating *o)
{
    const struct turn *t = &o->targets[0].seen;

    (void)snprintf(plan->account, sizeof plan->account, SV_FMT, SV_ARG(t->operand->id.account));
    (void)snprintf(plan->region, sizeof plan->region, SV_FMT, SV_ARG(t->operand->id.region));
    (void)snprintf(plan->caller, sizeof plan->caller, "%s", t->caller);
}

enum err_code operate_plan(struct task *task, struct operating *o, struct plan *plan,
                           struct err *err)
{
    const struct operation_input *in = o->input;
    bool is_nothing = true;
    enum err_code rc = ERR_OK;

    if (in->operand_count == 0)
        return err_set(err, ERR_USAGE, "there is nothing to %s", o->operation->verb);
    if (in->operand_count > OPERANDS_MAX)
        return err_set(err, ERR_LIMIT, "at most %d at once, and these are %zu: AWS throttles more",
                       OPERANDS_MAX, in->operand_count);
    arena_init(&o->arena, ARENA_MAX);
    o->targets = arena_alloc(&o->arena, in->operand_count, sizeof *o->targets);
    if (o->targets == NULL)
        return arena_err(&o->arena, err);
    for (size_t i = 0; i < in->operand_count && !rc; i++) {
        o->targets[i].o = o;
        o->count = i + 1;
        rc = plan_target(task, &o->targets[i], &in->operands[i], plan, err);
        is_nothing = is_nothing && o->targets[i].seen.is_settled;
    }
    plan->is_nothing = !rc && is_nothing;
    (void)snprintf(o->confirm, sizeof o->confirm, "%s", plan->confirm);
    put_head(plan, o);
    return rc;
}

/* ---- one target's write ---- */

static enum err_code refuse(const struct turn *t, const struct operated *w, struct err *err,
                            const char *fmt, ...) PRINTF_LIKE(4, 5);
static enum err_code refuse(const struct turn *t, const struct operated *w, struct err *err,
                            const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    turn_audit(t, w->name, "refused", sv_of(text));
    return err_set(err, ERR_FAILED, "%s", text);
}

static enum err_code keep_unlock(struct turn *t, struct err *err)
{
    char text[GUARD_UNLOCK_MAX];

    guard_unlock_text(time_wall_ms(), text);
    return turn_keep(t, sv_of(text), &t->unlocked, err);
}

/* What the person agreed to must still be so. */
static enum err_code check(struct turn *t, const struct operated *w, const char *word,
                           struct err *err)
{
    struct guard_answer answer;
    enum err_code rc;

    if (t->refusal.len > 0)
        return refuse(t, w, err, "nothing was sent: " SV_FMT, SV_ARG(sv_take(t->refusal, 400)));
    if (!t->is_settled && !sv_eq(t->state, w->seen.state))
        return refuse(t, w, err,
                      "it has changed since the plan was made, and nothing was sent: it was "
                      "\"" SV_FMT "\" and is \"" SV_FMT "\" now",
                      SV_ARG(sv_take(w->seen.state, 160)), SV_ARG(sv_take(t->state, 160)));
    if (!t->is_settled && !sv_eq(t->way, w->seen.way))
        return refuse(t, w, err,
                      "it has changed since the plan was made, and nothing was sent: it went as "
                      "far as \"" SV_FMT "\" and goes as far as \"" SV_FMT "\" now",
                      SV_ARG(sv_take(w->seen.way, 100)), SV_ARG(sv_take(t->way, 100)));
    rc = turn_judge(t, &answer, err);
    if (rc)
        return rc;
    if (answer.frozen[0] != '\0' || answer.eyes[0] != '\0')
        return refuse(t, w, err, "nothing was sent: %s",
                      answer.frozen[0] != '\0' ? answer.frozen : answer.eyes);
    if (answer.is_protected && !answer.is_unlocked && word[0] == '\0')
        return refuse(t, w, err,
                      "nothing was sent: it is protected, and the unlock has ended: make the plan "
                      "again");
    return answer.is_protected && answer.is_unlocked && word[0] == '\0' ? keep_unlock(t, err)
                                                                        : ERR_OK;
}

/* What is told of it after the turn is over. */
static void keep_end(struct operated *w, const struct turn *t)
{
    struct operating *o = w->o;

    if (t->execution.len > 0)
        (void)snprintf(o->execution, sizeof o->execution, SV_FMT,
                       SV_ARG(sv_take(t->execution, sizeof o->execution - 1)));
    (void)snprintf(w->after, sizeof w->after, SV_FMT,
                   SV_ARG(sv_take(turn_after(t), sizeof w->after - 1)));
    (void)snprintf(w->request_id, sizeof w->request_id, SV_FMT,
                   SV_ARG(sv_take(t->request_id, sizeof w->request_id - 1)));
}

void operate_tell(const struct operating *o, struct sb *reason, struct audit_line *line)
{
    const struct operated *w = &o->targets[0];

    if (turn_reason(o->input, sv_of(o->unlocked), reason, NULL) == ERR_OK)
        line->reason = sb_sv(reason);
    if (o->count != 1 || w->seen.operand == NULL)
        return;
    line->account = w->seen.operand->id.account;
    line->region = w->seen.operand->id.region;
    line->target = sv_of(w->name);
    line->before = w->seen.state;
    line->after = sv_of(w->after);
    line->request_id = sv_of(w->request_id);
}

static void tell_done(struct job *job, const struct turn *t)
{
    bool has_both = t->result.len > 0 && t->request_id.len > 0;

    job_note(job, SV_FMT "%s%s" SV_FMT, SV_ARG(sv_take(t->result, JOB_NOTE_SIZE / 2)),
             has_both ? ", " : "", t->request_id.len > 0 ? "request id " : "",
             SV_ARG(sv_take(t->request_id, 100)));
}

/* ---- a write of unknown outcome ---- */

static enum err_code tell_settled(struct job *job, struct operated *w, struct sending *s,
                                  enum sending_end end, struct err *err)
{
    const struct turn *t = &s->turn;

    if (end == SENDING_DONE) {
        keep_end(w, t);
        job_note(job, "though AWS's answer was lost%s" SV_FMT, t->result.len > 0 ? ": " : "",
                 SV_ARG(t->result));
    }
    sending_close(s);
    return end == SENDING_DONE
               ? ERR_OK
               : err_set(err, ERR_FAILED, "AWS's answer was lost, and it was not done");
}

/* What was sent without an answer is settled first also when the person goes on later. */
static enum err_code settle(struct job *job, struct operated *w, struct sending *s, struct err *err)
{
    enum sending_end end;
    enum err_code rc = sending_settle(s, s->turn.task, w->o->deploy, job, true, &end, err);

    w->o->written_ms = time_mono_ms();
    return rc ? rc : tell_settled(job, w, s, end, err);
}

/* One of before the plan, which told of it. The same write once more is that write; another one is
 * sent when the earlier was not done, or when nobody can tell, as the person agreed to. */
static enum err_code settle_earlier(struct job *job, struct operated *w, struct sending *s,
                                    bool *goes_on, struct err *err)
{
    bool is_same = sending_is_same(s, &w->seen);
    bool may_repeat = is_same && sending_may_repeat(s);
    enum sending_end end = SENDING_UNKNOWN;
    struct err why = {0};
    enum err_code rc = sending_settle(s, s->turn.task, w->o->deploy, job, is_same, &end, &why);

    w->o->written_ms = time_mono_ms();
    *goes_on = !rc && end == SENDING_NOT_DONE;
    if (rc && (rc != ERR_FAILED || may_repeat))
        return err_set(err, rc, "%s", why.text);
    if (rc || end == SENDING_NOT_DONE) {
        *goes_on = true;
        sending_close(s);
        return ERR_OK;
    }
    if (is_same)
        return tell_settled(job, w, s, end, err);
    rc = refuse(&s->turn, w, err,
                "nothing was sent: the earlier write was carried out (" SV_FMT
                "): make the plan again",
                SV_ARG(sv_take(s->turn.result, 200)));
    sending_close(s);
    return rc;
}

static enum err_code pace(struct operated *w, struct task *task, struct err *err)
{
    int64_t rest_ms = w->o->written_ms + OPERATE_PACE_MS - time_mono_ms();

    if (w->o->written_ms == 0 || rest_ms <= 0)
        return ERR_OK;
    return task_sleep(task, rest_ms, err);
}

static enum err_code send(struct job *job, struct operated *w, struct sending **held,
                          struct err *err)
{
    struct sending *s = *held;
    struct err why = {0};
    enum err_code rc;

    s->sent_ms = time_wall_ms();
    s->token_ms = time_mono_ms();
    rc = s->turn.operation->send(&s->turn, &why);
    w->o->written_ms = time_mono_ms();
    if (!rc || s->turn.is_sent) {
        keep_end(w, &s->turn);
        tell_done(job, &s->turn);
        return ERR_OK;
    }
    if (s->turn.is_unknown) {
        log_info("%s: %s", w->name, why.text);
        sending_hold(s);
        *held = NULL;
        return rc == ERR_CANCELLED ? err_set(err, rc, "%s", why.text) : settle(job, w, s, err);
    }
    keep_end(w, &s->turn);
    if (s->turn.request_id.len > 0)
        return err_set(err, rc, "%.380s (request id " SV_FMT ")", why.text,
                       SV_ARG(sv_take(s->turn.request_id, 100)));
    if (err != NULL)
        *err = why;
    return rc;
}

static enum err_code look_and_send(struct job *job, struct operated *w, struct task *task,
                                   struct err *err)
{
    struct turn fresh = turn_of(w, w->seen.operand, task, NULL);
    struct sending *s = NULL;
    enum err_code rc;

    fresh.is_again = true;
    rc = sending_open(&fresh, w->name, &s, err);
    if (!rc)
        rc = look(&s->turn, err);
    if (!rc)
        rc = check(&s->turn, w, w->o->confirm, err);
    if (!rc && s->turn.is_settled) {
        job_was_done(job, SV_FMT, SV_ARG(sv_take(s->turn.state, JOB_NOTE_SIZE - 1)));
    } else if (!rc) {
        s->turn.job = job;
        rc = send(job, w, &s, err);
    }
    sending_close(s);
    return rc;
}

static enum err_code operate_one(struct job *job, struct operated *w, struct task *task,
                                 struct err *err)
{
    struct sending *s = sending_find(w->o->operation, w->seen.operand);
    bool goes_on = true;
    enum err_code rc;

    if (s != NULL) {
        s->turn.task = task;
        rc = w->earlier[0] == '\0' ? settle(job, w, s, err)
                                   : settle_earlier(job, w, s, &goes_on, err);
        if (rc || w->earlier[0] == '\0' || !goes_on)
            return rc;
    }
    rc = pace(w, task, err);
    return rc ? rc : look_and_send(job, w, task, err);
}

/* ---- the job ---- */

/* Nothing that failed here may be tried again by the job itself: it looks again when a reply is
 * lost, and a write's reply is looked up above. */
static job_step_fn target_step;
static enum err_code target_step(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct operated *w = owner;
    struct err why = {0};
    enum err_code rc = operate_one(job, w, task, &why);

    if (!rc)
        return ERR_OK;
    if (rc == ERR_CANCELLED || w->o->input->operand_count == 1) {
        if (err != NULL)
            *err = why;
        return rc;
    }
    w->o->failed++;
    job_note(job, "%.*s", JOB_NOTE_SIZE - 1, why.text);
    job->steps[job->at].state = STEP_FAILED;
    return ERR_OK;
}

static job_step_fn count_step;
static enum err_code count_step(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct operating *o = owner;
    size_t failed = o->failed;

    (void)task;
    o->failed = 0;
    if (failed > 0)
        return err_set(err, ERR_FAILED, "%zu of %zu failed: see each one's line", failed, o->count);
    job_note(job, "all %zu", o->count);
    return ERR_OK;
}

enum err_code operate_steps(struct operating *o, struct job *job, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < o->count && !rc; i++)
        rc = job_add_step(job, target_step, &o->targets[i], err, "%s %s", o->operation->verb,
                          o->targets[i].name);
    if (!rc && o->count > 1)
        rc = job_add_step(job, count_step, o, err, "How they ended");
    return rc;
}
