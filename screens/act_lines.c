#include "screens/act_lines.h"

#include <stdarg.h>

#include "core/views/age.h"

enum { LINE_CAP = 16 * 1024, SPANS_MAX = 8, ITEM_HANG = 19, EVENT_HANG = 12, LABEL_COLS = 9 };

/* A line that is being written: pieces with styles of their own. The first failure ends it. */
struct line {
    struct sb text;
    struct pager_span spans[SPANS_MAX];
    size_t span_count;
    enum err_code rc;
    struct err *err;
};

static void begin(struct line *l, struct err *err)
{
    *l = (struct line){.err = err};
    sb_init(&l->text, LINE_CAP);
}

PRINTF_LIKE(3, 4)
static void put(struct line *l, enum style style, const char *fmt, ...)
{
    char piece[2048];
    size_t start = l->text.len;
    va_list args;

    va_start(args, fmt);
    vsnprintf(piece, sizeof piece, fmt, args);
    va_end(args);
    if (l->rc == ERR_OK)
        l->rc = sb_add(&l->text, sv_of(piece), l->err);
    if (l->rc == ERR_OK && style != STYLE_PLAIN && l->span_count < SPANS_MAX)
        l->spans[l->span_count++] = (struct pager_span){start, l->text.len - start, style};
}

static enum err_code end(struct line *l, struct pager *p, int hang)
{
    if (l->rc == ERR_OK)
        l->rc = pager_add_spans(p, sb_sv(&l->text), l->spans, l->span_count, STYLE_PLAIN, l->err);
    if (l->rc == ERR_OK)
        pager_hang(p, hang);
    sb_release(&l->text);
    return l->rc;
}

/* ---- the plan ---- */

void act_totals(const struct plan *plan, bool harms, char *out, size_t size)
{
    size_t len = 0;

    out[0] = '\0';
    for (int e = 0; e < EFFECT_COUNT && len < size; e++) {
        size_t count = plan_count(plan, (enum effect)e);

        if (count > 0 && effect_harms((enum effect)e) == harms)
            len += (size_t)snprintf(out + len, size - len, "%s%s %zu", len > 0 ? ", " : "",
                                    effect_word((enum effect)e), count);
    }
}

static enum err_code add_defects(struct pager *p, const struct defects *defects, bool warnings,
                                 struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < defects->count && !rc; i++) {
        const struct defect *d = &defects->items[i];
        struct line l;

        if (d->is_warning != warnings)
            continue;
        begin(&l, err);
        put(&l, d->is_warning ? STYLE_ATTENTION : STYLE_BAD, "%s",
            d->is_warning ? "! Warning: " : "x CANNOT: ");
        if (d->field[0] != '\0')
            put(&l, STYLE_TITLE, "%s: ", d->field);
        put(&l, STYLE_PLAIN, "%s", d->text);
        rc = end(&l, p, 2);
    }
    return rc;
}

/* "AWS::S3::Bucket" says AWS to nobody who reads a plan for AWS. */
static struct sv short_type(struct sv type)
{
    return sv_starts(type, SV("AWS::")) ? sv_drop(type, strlen("AWS::")) : type;
}

static enum style style_of(enum effect effect)
{
    if (effect_harms(effect))
        return STYLE_BAD;
    if (effect == EFFECT_LEAVES)
        return STYLE_ATTENTION;
    return effect == EFFECT_CREATES   ? STYLE_GOOD
           : effect == EFFECT_CHANGES ? STYLE_BUSY
                                      : STYLE_DIM;
}

static enum err_code add_item(struct pager *p, const struct plan_item *item, struct err *err)
{
    struct line l;

    begin(&l, err);
    put(&l, STYLE_PLAIN, "   ");
    put(&l, style_of(item->effect), "%c %-13s", effect_sign(item->effect),
        effect_word(item->effect));
    put(&l, STYLE_PLAIN, " " SV_FMT " " SV_FMT, SV_ARG(short_type(item->type)), SV_ARG(item->name));
    if (item->detail.len > 0)
        put(&l, STYLE_DIM, ": " SV_FMT, SV_ARG(item->detail));
    if (item->cost != NULL)
        put(&l, STYLE_ATTENTION, "  $ %s", item->cost);
    return end(&l, p, ITEM_HANG);
}

static enum err_code add_labelled(struct pager *p, const char *label, enum style style,
                                  struct sv text, struct err *err)
{
    struct line l;

    if (text.len == 0)
        return ERR_OK;
    begin(&l, err);
    put(&l, STYLE_DIM, "   %-*s", LABEL_COLS, label);
    if (l.rc == ERR_OK && style != STYLE_PLAIN)
        l.spans[l.span_count++] = (struct pager_span){l.text.len, text.len, style};
    if (l.rc == ERR_OK)
        l.rc = sb_add(&l.text, text, err);
    return end(&l, p, 3 + LABEL_COLS);
}

/* What an operation finds, does and needs, and the same for a shell. */
static enum err_code add_operation(struct pager *p, const struct plan_step *step, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (const struct plan_item *i = step->items; i != NULL && !rc; i = i->next) {
        rc = add_labelled(p, "now", STYLE_PLAIN, i->name, err);
        if (!rc)
            rc = add_labelled(p, effect_word(i->effect), style_of(i->effect), i->detail, err);
    }
    if (!rc)
        rc = add_labelled(p, "as", STYLE_PLAIN, step->caller, err);
    if (!rc)
        rc = add_labelled(p, "needs", STYLE_PLAIN, step->iam, err);
    if (!rc)
        rc = add_labelled(p, "AWS CLI", STYLE_PLAIN, step->aws_line, err);
    return rc ? rc : add_labelled(p, "penstock", STYLE_PLAIN, step->own_line, err);
}

static bool is_operation(const struct plan_step *step)
{
    return step->iam.len > 0;
}

static enum err_code add_step(struct pager *p, const struct plan_step *step, int number,
                              struct err *err)
{
    struct line l;
    enum err_code rc;

    begin(&l, err);
    put(&l, STYLE_TITLE, "%2d " SV_FMT, number, SV_ARG(step->title));
    if (step->account.len > 0)
        put(&l, STYLE_DIM, "  " SV_FMT " " SV_FMT, SV_ARG(step->account), SV_ARG(step->region));
    rc = end(&l, p, 3);
    if (!rc && is_operation(step))
        return add_operation(p, step, err);
    if (rc || step->calls.len == 0)
        return rc;
    begin(&l, err);
    put(&l, STYLE_DIM, "   calls " SV_FMT, SV_ARG(step->calls));
    return end(&l, p, 9);
}

static enum err_code add_document(struct pager *p, const char *title, struct sv json,
                                  struct err *err)
{
    enum err_code rc;

    if (json.len == 0)
        return ERR_OK;
    rc = pager_add(p, STYLE_PLAIN, SV(""), err);
    if (!rc)
        rc = pager_add(p, STYLE_TITLE, sv_of(title), err);
    return rc ? rc : pager_add_json(p, json, err);
}

static enum err_code add_head(struct pager *p, const struct plan *plan, struct err *err)
{
    struct line l;

    begin(&l, err);
    put(&l, STYLE_PLAIN, "In account ");
    put(&l, STYLE_TITLE, "%s", plan->account);
    put(&l, STYLE_PLAIN, ", region %s, as %s", plan->region, plan->caller);
    return end(&l, p, 2);
}

static enum err_code add_steps(struct pager *p, const struct plan *plan, struct err *err)
{
    enum err_code rc = ERR_OK;
    int number = 0;

    for (const struct plan_step *s = plan->steps; s != NULL && !rc; s = s->next) {
        rc = pager_add(p, STYLE_PLAIN, SV(""), err);
        if (!rc)
            rc = add_step(p, s, ++number, err);
        for (const struct plan_item *i = s->items; !is_operation(s) && i != NULL && !rc;
             i = i->next)
            rc = add_item(p, i, err);
    }
    return rc;
}

enum err_code act_lines_plan(struct pager *p, const struct plan *plan, bool shows_template,
                             struct err *err)
{
    char left_out[64];
    enum err_code rc = add_head(p, plan, err);

    if (!rc)
        rc = add_defects(p, plan->defects, false, err);
    if (!rc)
        rc = add_defects(p, plan->defects, true, err);
    snprintf(left_out, sizeof left_out, "  and %zu more", plan->defects->left_out);
    if (!rc && plan->defects->left_out > 0)
        rc = pager_add(p, STYLE_BAD, sv_of(left_out), err);
    if (!rc)
        rc = add_steps(p, plan, err);
    if (!rc && shows_template)
        rc = add_document(p, "ddk.json", plan->ddk_json, err);
    if (!rc && shows_template)
        rc = add_document(p, "The template", plan->template_text, err);
    return rc;
}

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
    struct line l;

    begin(&l, err);
    put(&l, STYLE_DIM, "%s ", clock_of(e->at_ms, look, at));
    put(&l, style_of_status(status), "%s %s", look->is_utf8 ? status_glyph(status) : ascii,
        e->status);
    put(&l, STYLE_PLAIN, " %s", e->subject);
    if (e->type[0] != '\0')
        put(&l, STYLE_DIM, " " SV_FMT, SV_ARG(short_type(sv_of(e->type))));
    if (e->text[0] != '\0')
        put(&l, e->is_failure ? STYLE_BAD : STYLE_PLAIN, ": %s", e->text);
    return end(&l, p, EVENT_HANG);
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

/* ---- the end ---- */

/* On one line, so that a low terminal shows the reason, too. */
static enum err_code add_offers(struct pager *p, const struct keymap *keymap, bool can_retry,
                                struct err *err)
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
    struct line l;

    begin(&l, err);
    for (size_t i = can_retry ? 0 : 1; i < ARRAY_LEN(offers); i++) {
        put(&l, STYLE_KEY, "%s", keymap_key(keymap, offers[i].command, key));
        put(&l, STYLE_PLAIN, " %s%s", offers[i].what, i + 1 < ARRAY_LEN(offers) ? "  " : "");
    }
    return end(&l, p, 2);
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
    struct line l;

    if (d->source != SOURCE_CODECOMMIT)
        return ERR_OK;
    begin(&l, err);
    put(&l, STYLE_TITLE, "penstock clone " SV_FMT, SV_ARG(d->name));
    put(&l, STYLE_PLAIN, "  clones its repository");
    return end(&l, p, 2);
}

/* One result line each, whole: beside the steps there is little room. */
static enum err_code add_results(struct pager *p, const struct job *job, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < job->step_count && !rc; i++) {
        const struct job_step *step = &job->steps[i];
        enum style style = style_of_status(act_step_status(step->state));
        struct line l;

        begin(&l, err);
        put(&l, STYLE_TITLE, "%s: ", step->title);
        if (step->state != STEP_DONE || step->note[0] == '\0')
            put(&l, style, "%s%s", step_state_word(step->state), step->note[0] != '\0' ? ", " : "");
        put(&l, STYLE_PLAIN, "%s", step->note);
        rc = end(&l, p, 2);
    }
    return rc;
}

static enum err_code add_opening(struct pager *p, const struct keymap *keymap, struct err *err)
{
    char key[24];
    struct line l;

    begin(&l, err);
    put(&l, STYLE_KEY, "%s", keymap_key(keymap, CMD_OPEN, key));
    put(&l, STYLE_PLAIN, " opens the pipeline");
    return end(&l, p, 2);
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
    return rc ? rc : add_offers(p, keymap, act->state == ACT_ENDED, err);
}
