#include "tui/telling.h"

#include "core/base/time.h"

static enum err_code tell_event(const struct job_event *e, struct sb *out, struct err *err)
{
    char at[TIME_RFC3339_SIZE];

    return sb_addf(out, err, "%.8s %s%s %s %s%s%s\n",
                   strlen(time_rfc3339(e->at_ms, at)) > 19 ? at + 11 : "",
                   e->is_failure ? "FAILED: " : "", e->status, e->type, e->subject,
                   e->text[0] != '\0' ? ": " : "", e->text);
}

static enum err_code tell_step(struct telling *t, const struct job *job, size_t i, struct sb *out,
                               struct err *err)
{
    const struct job_step *s = &job->steps[i];
    bool runs = s->state == STEP_RUNS;

    if (s->state == t->steps[i])
        return ERR_OK;
    t->steps[i] = s->state;
    return sb_addf(out, err, "Step %zu of %zu, %s%s%s%s%s\n", i + 1, job->step_count, s->title,
                   runs ? "" : ": ", runs ? " begins." : step_state_word(s->state),
                   runs || s->note[0] == '\0' ? "" : ", ", runs ? "" : s->note);
}

/* A step's beginning before its events, its end behind them. */
static enum err_code tell_job(struct telling *t, const struct job *job, struct sb *out,
                              struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < job->step_count && i < TELLING_STEPS && !rc; i++) {
        if (job->steps[i].state == STEP_RUNS)
            rc = tell_step(t, job, i, out, err);
        while (!rc && t->events < job->event_count && job->events[t->events].step <= (int)i)
            rc = tell_event(&job->events[t->events++], out, err);
        if (!rc && job->steps[i].state != STEP_RUNS)
            rc = tell_step(t, job, i, out, err);
    }
    return rc;
}

static enum err_code tell_state(const struct act *act, struct sb *out, struct err *err)
{
    switch (act->state) {
    case ACT_NEW:
    case ACT_RUNS:
        return ERR_OK;
    case ACT_PLANS:
        return sb_addf(out, err, "The plan is being made; nothing is written.\n");
    case ACT_PLANNED:
        return sb_addf(out, err, "The plan is ready. act shows it, agree asks for your consent.\n");
    case ACT_FAILED_TO_PLAN:
        return sb_addf(out, err, "There is no plan: %s\n", act->err.text);
    case ACT_ENDED:
        break;
    }
    if (act->job.state == JOB_DONE)
        return sb_addf(out, err, "%s: done.\n", act->plan.title);
    return sb_addf(out, err, "%s: %s\nretry goes on where it stopped; plan makes a new plan.\n",
                   act->plan.title, act->job.err.text);
}

enum err_code telling_result(const struct act *act, struct sb *out, struct err *err)
{
    bool is_done = act->job.state == JOB_DONE;
    enum err_code rc = sb_addf(out, err, "As told before: %s: %s\n", act->plan.title,
                               is_done ? "done." : act->job.err.text);

    for (size_t i = 0; i < act->job.step_count && !rc; i++) {
        const struct job_step *s = &act->job.steps[i];

        if (s->note[0] != '\0' && (is_done || strcmp(s->note, act->job.err.text) != 0))
            rc = sb_addf(out, err, "%s: %s, %s\n", s->title, step_state_word(s->state), s->note);
    }
    return rc;
}

enum err_code telling_news(struct telling *t, const struct work *work, struct sb *out,
                           bool *shows_plan, struct err *err)
{
    const struct act *act = work->act;
    enum act_state before;
    enum err_code rc;

    *shows_plan = false;
    if (act == NULL)
        return ERR_OK;
    if (t->begun != work->begun)
        *t = (struct telling){.begun = work->begun};
    before = t->state;
    t->state = act->state;
    if (act->state == ACT_RUNS && before == ACT_PLANNED)
        *t = (struct telling){.begun = t->begun, .state = act->state};
    rc = tell_job(t, &act->job, out, err);
    if (!rc && act->state != before)
        rc = tell_state(act, out, err);
    *shows_plan = act->state == ACT_PLANNED && before != ACT_PLANNED;
    return rc;
}
