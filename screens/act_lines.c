#include "screens/act_lines.h"

#include "core/net/http.h"
#include "core/views/age.h"
#include "screens/act_line.h"

enum { EVENT_HANG = 12 };

/* ---- the job ---- */

enum status act_step_status(enum step_state state)
{
    switch (state) {
    case STEP_AHEAD:
        return STATUS_NONE;
    case STEP_RUNS:
        return STATUS_IN_PROGRESS;
    case STEP_DONE:
        return STATUS_SUCCEEDED;
    case STEP_WAS_DONE:
        return STATUS_SKIPPED;
    case STEP_FAILED:
        return STATUS_FAILED;
    case STEP_WAITS:
        return STATUS_WAITING;
    }
    return STATUS_UNKNOWN;
}

/* The time of day; a job of days has its dates in the log. */
static const char *clock_of(int64_t at_ms, const struct view_look *look, char out[AGE_SIZE])
{
    const size_t date = strlen("2026-11-20 ");
    const size_t time = strlen("14:32:07");

    age_moment(at_ms, look, out);
    if (strlen(out) < date + time)
        return out;
    out[date + time] = '\0';
    return out + date;
}

static enum err_code add_event(struct pager *p, const struct job_event *e,
                               const struct view_look *look, struct err *err)
{
    enum status status = e->is_failure    ? STATUS_FAILED
                         : e->is_progress ? STATUS_IN_PROGRESS
                                          : STATUS_SUCCEEDED;
    char ascii[2] = {status_ascii(status), '\0'};
    char at[AGE_SIZE];
    struct act_line l;

    act_line_begin(&l, err);
    act_line_put(&l, STYLE_DIM, "%s ", clock_of(e->at_ms, look, at));
    act_line_put(&l, style_of_status(status), "%s %s", look->is_utf8 ? status_glyph(status) : ascii,
                 e->status);
    act_line_put(&l, STYLE_PLAIN, " %s", e->subject);
    if (e->type[0] != '\0')
        act_line_put(&l, STYLE_DIM, " " SV_FMT, SV_ARG(act_type(sv_of(e->type))));
    if (e->text[0] != '\0')
        act_line_put(&l, e->is_failure ? STYLE_BAD : STYLE_PLAIN, ": %s", e->text);
    return act_line_end(&l, p, EVENT_HANG);
}

enum err_code act_lines_events(struct pager *p, const struct job *job, const struct view_look *look,
                               struct err *err)
{
    char left_out[80];
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < job->event_count && !rc; i++)
        rc = add_event(p, &job->events[i], look, err);
    snprintf(left_out, sizeof left_out, "%zu more events are not shown", job->events_left_out);
    if (!rc && job->events_left_out > 0)
        rc = pager_add(p, STYLE_ATTENTION, sv_of(left_out), err);
    return rc;
}

/* A read is tried again (core/aws/call.c), a write is not: what became of it is looked up. */
enum err_code act_lines_silence(struct pager *p, const struct act *act, struct err *err)
{
    const int seconds = HTTP_IDLE_MS / 1000;
    char text[240];

    if (act->state == ACT_RUNS)
        snprintf(text, sizeof text,
                 "AWS does not answer. It is given up after %d s; whether a write was done all the "
                 "same is then looked up, and it is never sent again blindly.",
                 seconds);
    else
        snprintf(text, sizeof text,
                 "AWS does not answer. A try is given up after %d s, the third is the last; the "
                 "plan can be left and looked at later.",
                 seconds);
    return pager_add(p, STYLE_ATTENTION, sv_of(text), err);
}

/* ---- the end ---- */

/* On one line, so that a low terminal shows the reason, too. */
static enum err_code add_offers(struct pager *p, const struct keymap *keymap, bool can_retry,
                                bool was_cut, struct err *err)
{
    static const struct {
        enum command command;
        const char *what;
    } offers[] = {
        {CMD_RETRY, "goes on where it stopped"},
        {CMD_PLAN, "makes a new plan"},
        {CMD_COPY, "copies the error"},
        {CMD_PRINT, "prints all"},
    };
    char key[24];
    struct act_line l;

    act_line_begin(&l, err);
    for (size_t i = can_retry ? 0 : 1; i < ARRAY_LEN(offers); i++) {
        act_line_put(&l, STYLE_KEY, "%s", keymap_key(keymap, offers[i].command, key));
        act_line_put(&l, STYLE_PLAIN, " %s%s",
                     i == 0 && was_cut ? "looks what AWS did, then goes on" : offers[i].what,
                     i + 1 < ARRAY_LEN(offers) ? "  " : "");
    }
    return act_line_end(&l, p, 2);
}

/* Its steps' notes are cut where there is little room: the last one says how it stands. */
static enum err_code add_stand(struct pager *p, const struct job *job, struct err *err)
{
    for (size_t i = job->step_count; i > 0; i--) {
        if (job->steps[i - 1].note[0] != '\0')
            return pager_add(p, STYLE_PLAIN, sv_of(job->steps[i - 1].note), err);
    }
    return ERR_OK;
}

static enum err_code add_clone(struct pager *p, const struct definition *d, struct err *err)
{
    struct act_line l;

    if (d->source != SOURCE_CODECOMMIT)
        return ERR_OK;
    act_line_begin(&l, err);
    act_line_put(&l, STYLE_TITLE, "penstock clone " SV_FMT, SV_ARG(d->name));
    act_line_put(&l, STYLE_PLAIN, "  clones its repository");
    return act_line_end(&l, p, 2);
}

/* One result line each, whole: beside the steps there is little room. */
static enum err_code add_results(struct pager *p, const struct job *job, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < job->step_count && !rc; i++) {
        const struct job_step *step = &job->steps[i];
        enum style style = style_of_status(act_step_status(step->state));
        struct act_line l;

        act_line_begin(&l, err);
        act_line_put(&l, STYLE_TITLE, "%s: ", step->title);
        if (step->state != STEP_DONE || step->note[0] == '\0')
            act_line_put(&l, style, "%s%s", step_state_word(step->state),
                         step->note[0] != '\0' ? ", " : "");
        act_line_put(&l, STYLE_PLAIN, "%s", step->note);
        rc = act_line_end(&l, p, 2);
    }
    return rc;
}

static enum err_code add_opening(struct pager *p, const struct keymap *keymap, struct err *err)
{
    char key[24];
    struct act_line l;

    act_line_begin(&l, err);
    act_line_put(&l, STYLE_KEY, "%s", keymap_key(keymap, CMD_OPEN, key));
    act_line_put(&l, STYLE_PLAIN, " opens the pipeline");
    return act_line_end(&l, p, 2);
}

static enum err_code add_done(struct pager *p, const struct act *act, const struct keymap *keymap,
                              struct err *err)
{
    bool is_created = act->action == ACTION_CREATE;
    enum err_code rc = pager_add(p, STYLE_GOOD, SV("All of it is done."), err);

    if (!rc && action_is_operation(act->action))
        rc = add_results(p, &act->job, err);
    if (!rc && is_created)
        rc = add_stand(p, &act->job, err);
    if (!rc && is_created)
        rc = add_clone(p, &act->input.definition, err);
    if (rc || (!is_created && act->action != ACTION_EDIT && !action_is_operation(act->action)))
        return rc;
    return add_opening(p, keymap, err);
}

static const char *why(const struct act *act)
{
    return act->state == ACT_FAILED_TO_PLAN ? act->err.text : act->job.err.text;
}

enum err_code act_lines_end(struct pager *p, const struct act *act, const struct keymap *keymap,
                            struct err *err)
{
    bool is_done = act->state == ACT_ENDED && act->job.state == JOB_DONE;
    enum err_code rc = ERR_OK;

    if (act->job.event_count > 0 && act->state == ACT_ENDED)
        rc = pager_add(p, STYLE_PLAIN, SV(""), err);
    if (!rc && act->state == ACT_ENDED && act->err.text[0] != '\0')
        rc = pager_add(p, STYLE_BAD, sv_of(act->err.text), err);
    if (!rc && is_done)
        return add_done(p, act, keymap, err);
    if (!rc)
        rc = pager_add(p, act->job.state == JOB_WAITS ? STYLE_ATTENTION : STYLE_BAD,
                       sv_of(why(act)), err);
    if (!rc && act->state == ACT_ENDED && action_is_operation(act->action) &&
        act->job.step_count > 1)
        rc = add_results(p, &act->job, err);
    return rc ? rc
              : add_offers(p, keymap, act->state == ACT_ENDED,
                           action_is_operation(act->action) && act->job.state == JOB_CANCELLED,
                           err);
}
