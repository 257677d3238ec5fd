/* An operation's plan: each target looked at, what would be done to it, and what stands in its way.
 */
#include "core/base/time.h"
#include "core/operate/operated.h"
#include "core/operate/reach.h"

enum {
    ARENA_MAX = 64 << 20, /* of all looks of one plan */
    LINE_MAX_LEN = 64 * 1024,
    SAME_MS = 15 * 60 * 1000 /* whoever asks for the same later means another one */
};

#define APPROVAL_IAM "codepipeline:PutApprovalResult"

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

struct turn operated_turn(const struct operated *w, const struct operand *operand,
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

enum err_code operated_look(struct turn *t, struct err *err)
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

/* The pipeline that it works on: what a branch starts may be another one than it was reached by. */
static struct sv worked_on(const struct turn *t)
{
    struct sv own = t->operand->id.name;
    struct sv rest;
    struct sv first = sv_cut(t->pipelines, ',', &rest);

    for (struct sv one = first; one.len > 0; one = sv_cut(rest, ',', &rest)) {
        if (sv_eq(one, own))
            return own;
    }
    return first.len > 0 ? first : own;
}

/* The pipeline's name is typed; for several, how many there are. Of one it is told what protects
 * it, of several which are protected. */
static enum err_code want_word(struct plan *plan, const struct operated *w,
                               const struct guard_answer *answer, struct err *err)
{
    struct sv name = worked_on(&w->seen);

    if (name.len == 0)
        name = sv_of(w->name);
    if (plan->confirm[0] == '\0')
        (void)snprintf(plan->confirm, sizeof plan->confirm, SV_FMT,
                       SV_ARG(sv_take(name, sizeof plan->confirm - 1)));
    else if (w->o->input->operand_count > 1 && !sv_eq(sv_of(plan->confirm), name))
        (void)snprintf(plan->confirm, sizeof plan->confirm, "%zu targets",
                       w->o->input->operand_count);
    return add_guarded(plan, w->o->input->operand_count > 1 ? name : sv_of(answer->why), err);
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
        rc = want_word(plan, w, &answer, err);
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
    if (!rc && w->o->input->reason.len > 0 && strcmp(t->operation->iam, APPROVAL_IAM) == 0)
        defects_warn(plan->defects, w->name,
                     "the reason goes to the audit only: what AWS keeps with the answer is the "
                     "comment");
    return rc ? rc : put_guard(plan, w, err);
}

/* An earlier write of this kind, whose outcome was not known, of this process or as the audit tells
 * of another: what is known of it now. */
static enum err_code find_earlier(struct task *task, struct operated *w,
                                  const struct operand *operand, struct err *err)
{
    struct sending *s = sending_find(w->o->operation, operand);
    char under_way[SENDING_WHO_SIZE] = "";
    char at[TIME_RFC3339_SIZE];
    int64_t sent_ms = 0;
    enum sending_end end = SENDING_UNKNOWN;
    enum err_code rc = ERR_OK;

    w->earlier[0] = '\0';
    if (s == NULL || s->is_recalled)
        rc = sending_recall(&w->seen, w->name, &s, under_way, &sent_ms, err);
    if (!rc && under_way[0] != '\0') {
        (void)snprintf(w->earlier, sizeof w->earlier,
                       "an earlier write, sent at %s%s, is under way",
                       time_rfc3339(sent_ms / 1000 * 1000, at), under_way);
        return ERR_OK;
    }
    if (rc || s == NULL)
        return rc;
    rc = sending_look(s, task, w->o->deploy, &end, err);
    if (rc)
        return rc;
    (void)time_rfc3339(s->sent_ms / 1000 * 1000, at);
    switch (end) {
    case SENDING_UNKNOWN:
        (void)snprintf(w->earlier, sizeof w->earlier,
                       "an earlier write, sent at %s%s, may have been carried out", at, s->who);
        return ERR_OK;
    case SENDING_DONE:
        (void)snprintf(w->earlier, sizeof w->earlier,
                       "an earlier write, sent at %s%s, was carried out%s" SV_FMT, at, s->who,
                       s->turn.result.len > 0 ? ": " : "", SV_ARG(sv_take(s->turn.result, 120)));
        break;
    case SENDING_NOT_DONE:
        (void)snprintf(w->earlier, sizeof w->earlier,
                       "an earlier write, sent at %s%s, was not carried out as far as AWS shows",
                       at, s->who);
        break;
    }
    if (!s->is_recalled)
        sending_close(s);
    return ERR_OK;
}

/* What another process was asked for a while ago and left, and AWS has done, is what this one asks
 * for: a yes that was given before the plan could be read must not do it twice. */
static bool is_that_one(const struct operated *w)
{
    const struct sending *s = sending_find(w->o->operation, w->seen.operand);

    return s != NULL && s->is_looked_up && s->end == SENDING_DONE &&
           time_wall_ms() - s->sent_ms < SAME_MS && sending_is_asked(s, &w->seen);
}

static enum err_code settle_target(struct operated *w, struct plan *plan, struct err *err)
{
    w->seen.is_settled = w->is_done_earlier = true;
    defects_warn(plan->defects, w->name,
                 "%s: that is what this asks for, so nothing is sent now; the next plan does it "
                 "once more",
                 w->earlier);
    return turn_text(&w->seen, &w->seen.effect, err, "%s", w->earlier);
}

/* Whoever agrees knows of it: it stands before what the yes does. */
static enum err_code tell_earlier(struct operated *w, struct plan *plan, struct err *err)
{
    struct turn *t = &w->seen;
    const struct sending *s = sending_find(w->o->operation, t->operand);

    if (w->earlier[0] == '\0')
        return ERR_OK;
    if (is_that_one(w) && t->refusal.len == 0)
        return settle_target(w, plan, err);
    if (s == NULL || s->is_looked_up)
        defects_warn(plan->defects, w->name, "%s", w->earlier);
    else if (sending_is_same(s, t) && sending_may_repeat(s))
        defects_warn(plan->defects, w->name,
                     "%s: a yes asks for that one again, by its token, which AWS does once",
                     w->earlier);
    else if (s->is_blind)
        defects_warn(plan->defects, w->name,
                     "%s: only what it is now tells, and a yes sends this one", w->earlier);
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
    w->seen = operated_turn(w, operand, task, &w->o->arena);
    rc = find_earlier(task, w, operand, &why);
    if (!rc)
        rc = operated_look(&w->seen, &why);
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

void operate_told(struct operating *o)
{
    for (size_t i = 0; i < o->count; i++) {
        struct sending *s = o->targets[i].seen.operand == NULL
                                ? NULL
                                : sending_find(o->operation, o->targets[i].seen.operand);

        if (s == NULL || !s->is_looked_up)
            continue;
        sending_accept(s);
        sending_close(s);
    }
}
