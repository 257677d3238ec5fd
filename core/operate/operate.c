#include "core/operate/operate.h"

#include <stdarg.h>

#include "core/base/crypto.h"
#include "core/base/log.h"
#include "core/base/time.h"
#include "core/deploy/audit.h"
#include "core/operate/guard.h"
#include "core/operate/reach.h"
#include "core/operate/turn.h"

enum {
    ARENA_MAX = 64 << 20, /* of all looks of one plan */
    LOOK_MAX = 32 << 20,
    NAME_MAX_LEN = 400,
    LINE_MAX_LEN = 64 * 1024
};

/* Between two times that AWS is asked what became of a write: it may need a moment to tell. */
static const int64_t look_up_pauses_ms[] = {0, 1000, 2000, 4000, 8000, 15000};

/* Twice "no" with a pause between them is no. */
enum { NOES_NEEDED = 2 };

struct operated {
    struct operating *o;
    struct turn seen; /* as the plan showed it; its texts are the operating's */
    char name[NAME_MAX_LEN];
    bool is_unknown;         /* it was sent, and nobody knows what became of it */
    int64_t token_ms;        /* monotonic: when its token was first sent */
    struct turn sent;        /* then */
    struct arena sent_texts; /* of the look before the write, and of the write */
};

void operating_release(struct operating *o)
{
    for (size_t i = 0; i < o->count; i++)
        arena_release(&o->targets[i].sent_texts);
    arena_release(&o->arena);
    *o = (struct operating){0};
}

static void name_of(const struct operand *operand, char out[NAME_MAX_LEN])
{
    struct sb name;

    sb_init(&name, NAME_MAX_LEN);
    out[0] = '\0';
    if (operand_name(operand, &name, NULL) == ERR_OK)
        (void)snprintf(out, NAME_MAX_LEN, "%s", sb_cstr(&name));
    sb_release(&name);
}

void operate_subject(const struct operation_input *input, char *out, size_t size)
{
    char name[NAME_MAX_LEN] = "";

    if (input->operand_count > 0)
        name_of(&input->operands[0], name);
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

static void add_answer(struct guard_answer *out, const struct guard_answer *one)
{
    out->is_protected |= one->is_protected;
    out->is_unlocked |= one->is_unlocked;
    if (out->frozen[0] == '\0')
        (void)snprintf(out->frozen, sizeof out->frozen, "%s", one->frozen);
}

/* All environments and pipelines that it leads to, divided by commas, each by itself. */
static enum err_code judge(const struct turn *t, struct guard_answer *out, struct err *err)
{
    struct guard_ask ask = {.env = t->deploy->env,
                            .environment = SV(""),
                            .pipeline = t->operand->id.name,
                            .caller = sv_of(t->caller),
                            .author = t->author,
                            .is_approval = t->operation->is_approval,
                            .now_ms = time_wall_ms()};
    struct sv rest = t->environment;
    enum err_code rc = guard_judge(&ask, out, err);

    while (!rc && rest.len > 0) {
        struct guard_answer one = {0};

        ask.environment = sv_cut(rest, ',', &rest);
        if (ask.environment.len == 0)
            continue;
        rc = guard_judge(&ask, &one, err);
        add_answer(out, &one);
    }
    ask.environment = SV("");
    rest = t->pipelines;
    while (!rc && rest.len > 0) {
        struct guard_answer one = {0};

        ask.pipeline = sv_cut(rest, ',', &rest);
        rc = guard_judge(&ask, &one, err);
        add_answer(out, &one);
    }
    return rc;
}

/* ---- the plan ---- */

/* The pipeline's name is typed; for several, how many there are. */
static void want_word(struct plan *plan, const struct operated *w)
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
}

static enum err_code put_guard(struct plan *plan, const struct operated *w, struct err *err)
{
    struct guard_answer answer;
    enum err_code rc = judge(&w->seen, &answer, err);

    if (rc)
        return rc;
    if (answer.frozen[0] != '\0')
        defects_add(plan->defects, w->name, "%s", answer.frozen);
    if (answer.eyes[0] != '\0')
        defects_add(plan->defects, w->name, "%s", answer.eyes);
    if (answer.is_protected && !answer.is_unlocked && !w->seen.is_settled)
        want_word(plan, w);
    if (!answer.is_protected && w->seen.has_way && !w->seen.is_placed && !w->seen.is_settled &&
        w->seen.refusal.len == 0)
        defects_warn(plan->defects, w->name, "no environment is known: not protected");
    return ERR_OK;
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
    char title[NAME_MAX_LEN];
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
        defects_add(plan->defects, w->name, SV_FMT, SV_ARG(t->refusal));
    if (!rc && t->hint.len > 0)
        defects_warn(plan->defects, w->name, SV_FMT, SV_ARG(t->hint));
    return rc ? rc : put_guard(plan, w, err);
}

/* One target's trouble is the plan's; of several it is told beside the others. */
static enum err_code plan_target(struct task *task, struct operated *w,
                                 const struct operand *operand, struct plan *plan, struct err *err)
{
    struct err why = {0};
    enum err_code rc;

    name_of(operand, w->name);
    w->seen = turn_of(w, operand, task, &w->o->arena);
    rc = look(&w->seen, &why);
    if (!rc)
        return put_target(plan, w, err);
    if (rc != ERR_CANCELLED && w->o->input->operand_count > 1) {
        defects_add(plan->defects, w->name, "%s", why.text);
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
        arena_init(&o->targets[i].sent_texts, LOOK_MAX);
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

/* What deploy_write does not tell: a refusal, and what was found of a write without an answer. */
static void audit_turn(const struct turn *t, const char *name, const char *outcome, struct sv text)
{
    const struct operation_input *in = t->input;
    struct audit_line line = {.outcome = outcome,
                              .action = sv_of(t->deploy->action),
                              .operation = SV(""),
                              .account = t->operand->id.account,
                              .region = t->operand->id.region,
                              .caller = sv_of(t->caller),
                              .target = sv_of(name),
                              .text = text,
                              .reason = in->comment.len > 0 ? in->comment : in->reason,
                              .before = t->state,
                              .after = t->result};
    struct err lost = {0};

    if (audit_write(t->deploy->audit_dir, &line, &lost))
        log_error("%s", lost.text);
}

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
    audit_turn(t, w->name, "refused", sv_of(text));
    return err_set(err, ERR_FAILED, "%s", text);
}

/* What the person agreed to must still be so. */
static enum err_code check(const struct turn *t, const struct operated *w, const char *word,
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
    rc = judge(t, &answer, err);
    if (rc)
        return rc;
    if (answer.frozen[0] != '\0' || answer.eyes[0] != '\0')
        return refuse(t, w, err, "nothing was sent: %s",
                      answer.frozen[0] != '\0' ? answer.frozen : answer.eyes);
    if (answer.is_protected && !answer.is_unlocked && word[0] == '\0')
        return refuse(t, w, err,
                      "nothing was sent: it is protected, and the unlock has ended: make the plan "
                      "again");
    return ERR_OK;
}

static void keep_execution(struct operating *o, const struct turn *t)
{
    if (t->execution.len > 0)
        (void)snprintf(o->execution, sizeof o->execution, SV_FMT,
                       SV_ARG(sv_take(t->execution, sizeof o->execution - 1)));
}

static enum err_code look_up(struct job *job, struct operated *w, struct err *err)
{
    struct turn *t = &w->sent;
    struct err why = {0};
    int noes = 0;

    t->job = job;
    for (size_t i = 0; i < ARRAY_LEN(look_up_pauses_ms); i++) {
        bool is_done = false;
        bool is_last;
        enum err_code rc = task_sleep(t->task, look_up_pauses_ms[i], err);

        if (rc)
            return rc;
        job_note(job, "AWS's answer was lost: looks whether it was done");
        rc = t->operation->was_done(t, &is_done, &why);
        if (rc == ERR_CANCELLED)
            return err_set(err, rc, "%s", why.text);
        /* Who may not look will not be let in a moment later either. */
        is_last = i + 1 == ARRAY_LEN(look_up_pauses_ms) || rc == ERR_DENIED || rc == ERR_AUTH;
        noes += !rc && !is_done;
        if (!rc && is_done)
            break;
        if (noes == NOES_NEEDED) {
            w->is_unknown = false;
            t->result = SV("");
            audit_turn(t, w->name, "failed", SV("AWS's answer was lost; it was not done"));
            return err_set(err, ERR_FAILED, "AWS's answer was lost, and it was not done");
        }
        if (is_last)
            return err_set(err, ERR_FAILED, "still unknown whether AWS did it: %s",
                           why.text[0] != '\0' ? why.text : "it does not show yet");
    }
    w->is_unknown = false;
    audit_turn(t, w->name, "done", SV("AWS's answer was lost; it was done"));
    keep_execution(w->o, t);
    job_note(job, "though AWS's answer was lost%s" SV_FMT, t->result.len > 0 ? ": " : "",
             SV_ARG(t->result));
    return ERR_OK;
}

static void tell_done(struct job *job, const struct turn *t)
{
    bool has_both = t->result.len > 0 && t->request_id.len > 0;

    job_note(job, SV_FMT "%s%s" SV_FMT, SV_ARG(sv_take(t->result, JOB_NOTE_SIZE / 2)),
             has_both ? ", " : "", t->request_id.len > 0 ? "request id " : "",
             SV_ARG(sv_take(t->request_id, 100)));
}

/* ---- once more, with the same token ---- */

/* What is frozen since then may not be written once more either. */
static bool may_repeat(const struct operated *w)
{
    struct guard_answer answer;
    struct err why = {0};

    return w->sent.operation->has_token && time_mono_ms() - w->token_ms < OPERATE_TOKEN_MS &&
           judge(&w->sent, &answer, &why) == ERR_OK && answer.frozen[0] == '\0';
}

static enum err_code repeat(struct job *job, struct operated *w, struct err *err)
{
    struct turn *t = &w->sent;
    struct err why = {0};

    t->job = job;
    for (size_t i = 0; i < ARRAY_LEN(look_up_pauses_ms); i++) {
        enum err_code rc = task_sleep(t->task, look_up_pauses_ms[i], err);

        if (rc)
            return rc;
        if (!may_repeat(w))
            return look_up(job, w, err);
        job_note(job, "AWS's answer was lost: asks again with the same token");
        rc = t->operation->send(t, &why);
        w->o->written_ms = time_mono_ms();
        if (rc == ERR_CANCELLED)
            return err_set(err, rc, "%s", why.text);
        if (!rc || t->is_sent) {
            w->is_unknown = false;
            keep_execution(w->o, t);
            job_note(job, "though AWS's answer was lost%s" SV_FMT, t->result.len > 0 ? ": " : "",
                     SV_ARG(t->result));
            return ERR_OK;
        }
        /* A refusal of this one tells nothing about the first. */
        if (!t->is_unknown)
            break;
    }
    return err_set(err, ERR_FAILED, "still unknown whether AWS did it: %.380s", why.text);
}

static enum err_code settle(struct job *job, struct operated *w, struct err *err)
{
    return may_repeat(w) ? repeat(job, w, err) : look_up(job, w, err);
}

static enum err_code send(struct job *job, struct operated *w, struct turn *t, struct err *err)
{
    struct err why = {0};
    enum err_code rc;

    w->token_ms = time_mono_ms();
    rc = t->operation->send(t, &why);
    w->o->written_ms = time_mono_ms();
    if (!rc || t->is_sent) {
        keep_execution(w->o, t);
        tell_done(job, t);
        return ERR_OK;
    }
    if (t->is_unknown) {
        log_info("%s: %s", w->name, why.text);
        w->sent = *t;
        w->is_unknown = true;
        return rc == ERR_CANCELLED ? err_set(err, rc, "%s", why.text) : settle(job, w, err);
    }
    if (t->request_id.len > 0)
        return err_set(err, rc, "%.380s (request id " SV_FMT ")", why.text,
                       SV_ARG(sv_take(t->request_id, 100)));
    if (err != NULL)
        *err = why;
    return rc;
}

static enum err_code pace(struct operated *w, struct task *task, struct err *err)
{
    int64_t rest_ms = w->o->written_ms + OPERATE_PACE_MS - time_mono_ms();

    if (w->o->written_ms == 0 || rest_ms <= 0)
        return ERR_OK;
    return task_sleep(task, rest_ms, err);
}

static enum err_code make_token(struct turn *t, struct err *err)
{
    unsigned char bytes[(sizeof t->token - 1) / 2];
    enum err_code rc = crypto_random(bytes, sizeof bytes, err);

    for (size_t i = 0; i < sizeof bytes && !rc; i++)
        (void)snprintf(t->token + 2 * i, 3, "%02x", bytes[i]);
    return rc;
}

static enum err_code operate_one(struct job *job, struct operated *w, struct task *task,
                                 struct err *err)
{
    struct turn t;
    enum err_code rc;

    /* What was sent without an answer is settled first also when the person goes on later. */
    if (w->is_unknown) {
        w->sent.task = task;
        return settle(job, w, err);
    }
    rc = pace(w, task, err);
    if (rc)
        return rc;
    arena_clear(&w->sent_texts);
    t = turn_of(w, w->seen.operand, task, &w->sent_texts);
    t.is_again = true;
    rc = make_token(&t, err);
    if (!rc)
        rc = look(&t, err);
    if (!rc)
        rc = check(&t, w, w->o->confirm, err);
    if (rc)
        return rc;
    t.job = job;
    if (t.is_settled) {
        job_was_done(job, SV_FMT, SV_ARG(sv_take(t.state, JOB_NOTE_SIZE - 1)));
        return ERR_OK;
    }
    return send(job, w, &t, err);
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
        rc = job_add_step(job, target_step, &o->targets[i], err, "%s %.100s", o->operation->verb,
                          o->targets[i].name);
    if (!rc && o->count > 1)
        rc = job_add_step(job, count_step, o, err, "How they ended");
    return rc;
}
