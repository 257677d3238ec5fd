#include "core/operate/operate.h"

#include <stdarg.h>

#include "core/base/log.h"
#include "core/base/time.h"
#include "core/deploy/audit.h"
#include "core/operate/operated.h"

void operating_release(struct operating *o)
{
    arena_release(&o->arena);
    *o = (struct operating){0};
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
               : err_set(err, ERR_FAILED,
                         "AWS's answer was lost, and it was not done as far as AWS shows");
}

/* What was sent without an answer is settled first also when the person goes on later. */
static enum err_code settle(struct job *job, struct operated *w, struct sending *s, struct err *err)
{
    enum sending_end end;
    enum err_code rc = sending_settle(s, s->turn.task, w->o->deploy, job, true, &end, err);

    w->o->written_ms = time_mono_ms();
    return rc ? rc : tell_settled(job, w, s, end, err);
}

/* What another process sent is sent once more only as this one would send it now. */
static enum err_code renew(struct operated *w, struct sending *s, struct err *err)
{
    const struct turn before = s->turn;
    enum err_code rc;

    s->turn.is_again = true;
    s->turn.deploy = w->o->deploy;
    rc = operated_look(&s->turn, err);
    if (!rc)
        rc = check(&s->turn, w, w->o->confirm, err);
    if (rc) {
        s->turn = before; /* a look that failed half-way tells nothing of the earlier one */
        return rc;
    }
    s->fresh = s->turn.found;
    s->turn.found = before.found;
    return ERR_OK;
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
    enum err_code rc = may_repeat && s->is_recalled ? renew(w, s, err) : ERR_OK;

    if (rc)
        return rc;
    rc = s->is_blind && !may_repeat
             ? err_set(&why, ERR_FAILED, "it cannot be looked up")
             : sending_settle(s, s->turn.task, w->o->deploy, job, is_same, &end, &why);
    w->o->written_ms = time_mono_ms();
    *goes_on = !rc && end == SENDING_NOT_DONE;
    if (rc && (rc != ERR_FAILED || may_repeat))
        return err_set(err, rc, "%s", why.text);
    if (rc || end == SENDING_NOT_DONE) {
        *goes_on = true;
        if (rc)
            sending_give_up(s);
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
    struct turn fresh = operated_turn(w, w->seen.operand, task, NULL);
    struct sending *s = NULL;
    enum err_code rc;

    fresh.is_again = true;
    rc = sending_open(&fresh, w->name, &s, err);
    if (!rc)
        rc = operated_look(&s->turn, err);
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

/* One whose end the plan told. */
static bool accept(struct job *job, const struct operated *w, struct sending *s)
{
    if (w->is_done_earlier)
        job_was_done(job, "%.*s", JOB_NOTE_SIZE - 1, w->earlier);
    sending_accept(s);
    sending_close(s);
    return w->is_done_earlier;
}

static enum err_code operate_one(struct job *job, struct operated *w, struct task *task,
                                 struct err *err)
{
    struct sending *s = sending_find(w->o->operation, w->seen.operand);
    bool goes_on = true;
    enum err_code rc;

    if (s != NULL && s->is_looked_up) {
        if (accept(job, w, s))
            return ERR_OK;
    } else if (s != NULL) {
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

/* ---- who leaves in between ---- */

bool operate_is_open(const struct operating *o)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct sending *s = o->targets[i].seen.operand == NULL
                                      ? NULL
                                      : sending_find(o->operation, o->targets[i].seen.operand);

        if (s != NULL && !s->is_looked_up)
            return true;
    }
    return false;
}

static enum err_code look_back_at(struct operated *w, struct task *task, struct sb *out,
                                  struct err *err)
{
    struct sending *s =
        w->seen.operand == NULL ? NULL : sending_find(w->o->operation, w->seen.operand);
    enum sending_end end = SENDING_UNKNOWN;
    enum err_code rc = s == NULL ? ERR_OK : sending_look(s, task, w->o->deploy, &end, err);

    if (rc || s == NULL || end == SENDING_UNKNOWN)
        return rc;
    rc = sb_addf(out, err, "%s %s: %s%s" SV_FMT "\n", w->o->operation->verb, w->name,
                 end == SENDING_DONE ? "it was carried out" : "it was not carried out",
                 s->turn.result.len > 0 ? ", " : "", SV_ARG(sv_take(s->turn.result, 200)));
    sending_close(s);
    return rc;
}

enum err_code operate_look_back(struct operating *o, struct task *task, struct sb *out,
                                struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < o->count && !rc; i++)
        rc = look_back_at(&o->targets[i], task, out, err);
    return rc;
}
