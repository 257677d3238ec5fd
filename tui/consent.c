#include "tui/consent.h"

#include "core/actions/drafts.h"
#include "tui/question.h"
#include "tui/react.h"
#include "tui/stack.h"

static bool is_act_on_top(const struct console *c)
{
    return strcmp(console_top(c)->screen->name, "act") == 0;
}

static struct act *act_of(const struct console *c)
{
    return c->options.work != NULL ? c->options.work->act : NULL;
}

static bool has_work(struct console *c)
{
    if (c->options.work != NULL)
        return true;
    console_flash(c, STYLE_ATTENTION, "%s",
                  c->options.is_cached    ? "--cached: AWS is not asked, so nothing is done to it"
                  : c->no_work[0] != '\0' ? c->no_work
                                          : "nothing can be done to AWS from here");
    return false;
}

bool consent_may_write(struct console *c)
{
    if (!has_work(c))
        return false;
    if (!c->options.is_read_only && !c->options.work->deploy.is_read_only)
        return true;
    console_flash(c, STYLE_ATTENTION,
                  "read-only: leave out --read-only, and read_only in the config, to change AWS");
    return false;
}

/* Whatever was said of the act, what comes next is seen on its screen. */
static unsigned tell(struct console *c, enum err_code rc, const struct err *err)
{
    if (rc)
        console_flash(c, STYLE_BAD, "%s", err->text);
    if (act_of(c) != NULL)
        c->act_told = act_of(c)->state;
    c->needs_load = true;
    return REACT_DRAW;
}

/* ---- the act ---- */

unsigned consent_begin(struct console *c, enum action_id action, screen_fill_fn *fill,
                       const void *state)
{
    static const struct target nothing;
    struct work *work = c->options.work;
    struct err err;
    enum err_code rc;

    if (!consent_may_write(c))
        return REACT_DRAW;
    rc = work_new_act(work, action, &err);
    if (!rc)
        rc = fill(state, work->act, &err);
    if (!rc)
        rc = work_plan(work, c->look.now_ms, &err);
    if (!rc && !is_act_on_top(c)) {
        stack_top(c)->planned = work->begun;
        react_open(c, "act", &nothing);
    }
    return tell(c, rc, &err);
}

/* Of the act, with its word where it has one. */
static unsigned ask(struct console *c, const struct act *act, enum dialog_use use, const char *text)
{
    const struct plan *plan = &act->plan;
    bool is_first = use == DIALOG_AGREE;
    char title[DIALOG_TITLE];
    struct err err;

    question_title(act, title, sizeof title);
    dialog_init(&c->dialog, title, text, c->asked_by);
    dialog_add(&c->dialog, 'n', "not now", 0, false);
    dialog_add(&c->dialog, 'y',
               is_first && plan_harms(plan) ? "do it, with what is REPLACED or DELETED" : "do it",
               1, plan->confirm[0] != '\0');
    if (plan->confirm[0] != '\0' && dialog_ask_word(&c->dialog, sv_of(plan->confirm), &err))
        return tell(c, err.code, &err);
    c->dialog_use = use;
    c->overlay = OVERLAY_DIALOG;
    return REACT_DRAW;
}

static unsigned ask_to_agree(struct console *c, const struct act *act)
{
    char text[DIALOG_TEXT];

    question_plan(act, text, sizeof text);
    return ask(c, act, DIALOG_AGREE, text);
}

/* A plan that cannot be agreed to is no question. */
static unsigned agree(struct console *c, const struct act *act)
{
    struct err err;
    enum err_code rc = ERR_OK;

    if (act->state != ACT_PLANNED)
        rc = err_set(&err, ERR_USAGE, "there is no plan to agree to");
    if (!rc)
        rc = defects_err(act->plan.defects, &err);
    if (!rc && act->plan.is_nothing)
        rc = err_set(&err, ERR_USAGE, "there is nothing to do: all is as it should be");
    return rc ? tell(c, rc, &err) : ask_to_agree(c, act);
}

static unsigned ask_to_stop(struct console *c, const struct act *act)
{
    char text[DIALOG_TEXT];

    if (act->state != ACT_RUNS) {
        console_flash(c, STYLE_PLAIN, "nothing runs");
        return REACT_DRAW;
    }
    question_stop(act, text, sizeof text);
    dialog_init(&c->dialog, "Stop it?", text, c->asked_by);
    dialog_add(&c->dialog, 'g', "let it go on", 0, false);
    dialog_add(&c->dialog, 'y', "stop it", 1, false);
    c->dialog_use = DIALOG_STOP;
    c->overlay = OVERLAY_DIALOG;
    return REACT_DRAW;
}

/* Going on with a stack continues what was agreed to; an operation is sent anew, and its key is
 * another thing's on every other screen: it asks. */
static unsigned ask_again(struct console *c, const struct act *act)
{
    char text[DIALOG_TEXT];

    question_again(act, text, sizeof text);
    return ask(c, act, DIALOG_AGAIN, text);
}

static unsigned retry(struct console *c, struct act *act)
{
    struct err err;
    enum err_code rc;

    if (act->state == ACT_ENDED && act->job.state == JOB_DONE)
        rc = err_set(&err, ERR_USAGE, "all of it is done");
    else if (act->state == ACT_ENDED && action_is_operation(act->action))
        return ask_again(c, act);
    else
        rc = act_run(act, &err);
    return tell(c, rc, &err);
}

unsigned consent_again(struct console *c)
{
    struct act *act = act_of(c);
    struct err err;
    enum err_code rc = ERR_OK;

    if (act == NULL || act->state != ACT_ENDED)
        rc = err_set(&err, ERR_USAGE, "there is nothing to run again");
    if (!rc)
        rc = act_run(act, &err);
    return tell(c, rc, &err);
}

unsigned consent_wish(struct console *c, enum wish wish)
{
    struct act *act;
    struct err err;

    if (!consent_may_write(c))
        return REACT_DRAW;
    act = act_of(c);
    if (act == NULL || act->state == ACT_NEW) {
        console_flash(c, STYLE_PLAIN, "nothing was begun yet");
        return REACT_DRAW;
    }
    switch (wish) {
    case WISH_AGREE:
        return agree(c, act);
    case WISH_STOP:
        return ask_to_stop(c, act);
    case WISH_RETRY:
        return retry(c, act);
    case WISH_PLAN:
        return tell(c, work_plan(c->options.work, c->look.now_ms, &err), &err);
    }
    return REACT_NONE;
}

/* What the form of an operation was filled in for is being done: going back from it leads to where
 * the operation was begun, and nothing there plans it a second time. */
static void drop_form(struct console *c)
{
    for (int i = c->depth - 2; i > 0; i--) {
        const struct opened *o = &c->stack[i];

        if (strcmp(o->screen->name, "operation") == 0 && o->planned == c->options.work->begun)
            stack_drop(c, i);
    }
}

unsigned consent_given(struct console *c)
{
    struct act *act = act_of(c);
    struct err err;
    enum err_code rc = act_confirm(act, edit_text(&c->dialog.typed), &err);

    if (!rc)
        rc = act_run(act, &err);
    if (!rc)
        drop_form(c);
    return tell(c, rc, &err);
}

unsigned consent_declined(struct console *c)
{
    act_leave(act_of(c), "not agreed to");
    return REACT_NONE;
}

unsigned consent_stop(struct console *c)
{
    job_cancel(&act_of(c)->job);
    return tell(c, ERR_OK, NULL);
}

/* ---- errands ---- */

/* What it reads, for a person: the only name, or where the screen stands. */
static struct sv subject(const struct errand_ask *ask)
{
    if (ask->name_count == 1)
        return ask->names[0];
    return ask->name_count == 0 && ask->target != NULL ? sv_of(ask->target->name) : SV("");
}

/* Not worth keeping among the messages. */
static void say_begun(struct console *c, const struct errand_ask *ask)
{
    struct sv what = subject(ask);

    snprintf(c->flash, sizeof c->flash, "%s%s" SV_FMT, errand_text(ask->errand),
             what.len > 0 ? ": " : "", SV_ARG(sv_take(what, 200)));
    c->flash_style = STYLE_PLAIN;
}

void errand_start(struct console *c, const struct errand_ask *ask)
{
    struct err err;

    if (work_start_errand(c->options.work, ask, &err))
        console_flash(c, STYLE_ATTENTION, "%s", err.text);
    else if (ask->is_told)
        say_begun(c, ask);
}

/* For the target that is opened with it, else for the one of the screen that asks. */
unsigned errand_begin(struct console *c, const struct answer *answer)
{
    bool has_target = answer->target.name[0] != '\0' || answer->target.account[0] != '\0';
    struct errand_ask ask = {.errand = (enum errand)answer->errand,
                             .target = has_target ? &answer->target : &console_top(c)->target,
                             .names = answer->names,
                             .name_count = answer->name_count,
                             .is_told = true};

    if (has_work(c))
        errand_start(c, &ask);
    return REACT_DRAW;
}

/* Nobody asked for it in words, so nothing is said unless it fails later. */
void errand_of_screen(struct console *c)
{
    struct errand_ask ask = {.errand = (enum errand)console_top(c)->screen->errand,
                             .target = &console_top(c)->target};

    if (c->options.work != NULL && ask.errand != ERRAND_NONE)
        errand_start(c, &ask);
}

static bool was_asked(const struct errand_run *run, const char *environment)
{
    for (size_t i = 0; i < run->name_count; i++) {
        if (sv_eq(sv_of(environment), run->names[i]))
            return true;
    }
    return run->name_count == 0;
}

static void tell_doctor(struct console *c, const struct work *work, const struct errand_run *run)
{
    size_t counts[VERDICT_FAILS + 1] = {0};
    const struct diagnosis *last = NULL;
    size_t count = 0;

    for (size_t i = 0; i < work->diagnosis_count; i++) {
        const struct diagnosis *d = &work->diagnoses[i];

        if (!was_asked(run, d->environment))
            continue;
        counts[diagnosis_worst(d)]++;
        count++;
        last = d;
    }
    if (count == 1)
        console_flash(c, counts[VERDICT_FAILS] > 0 ? STYLE_BAD : STYLE_PLAIN, "%s: %s%s%s",
                      last->environment, verdict_word(diagnosis_worst(last)),
                      diagnosis_line(last)[0] != '\0' ? ", " : "", diagnosis_line(last));
    else if (count > 1)
        console_flash(c, counts[VERDICT_FAILS] > 0 ? STYLE_BAD : STYLE_PLAIN,
                      "%zu environments examined: %zu FAIL, %zu warn, %zu ok", count,
                      counts[VERDICT_FAILS], counts[VERDICT_WARNS], counts[VERDICT_GOOD]);
}

static void tell_errand(struct console *c, const struct work *work, const struct errand_run *run)
{
    if (run->is_ahead)
        return;
    if (run->err.code != ERR_OK) {
        console_flash(c, STYLE_BAD, "%s", run->err.text);
        return;
    }
    if (sv_starts(sv_of(c->flash), sv_of(errand_text(run->errand))))
        c->flash[0] = '\0';
    if (run->errand == ERRAND_DOCTOR)
        tell_doctor(c, work, run);
    if (run->errand == ERRAND_SAVE_LOG)
        console_flash(c, STYLE_PLAIN, "the log was saved: %.200s", run->target.path);
}

/* The end of each since the last time, as far back as they are kept. */
static void errand_news(struct console *c, const struct work *work)
{
    if (work->errands_ended - c->errands_told > ERRANDS_ENDED)
        c->errands_told = work->errands_ended - ERRANDS_ENDED;
    for (; c->errands_told < work->errands_ended; c->errands_told++)
        tell_errand(c, work, &work->ended[c->errands_told % ERRANDS_ENDED]);
}

/* What was done to environments is read again, and a bootstrap looked at. */
static void read_again(struct console *c, const struct act *act)
{
    bool is_bootstrap = act->action == ACTION_BOOTSTRAP;
    struct errand_ask ask = {.errand = is_bootstrap ? ERRAND_DOCTOR : ERRAND_ENVIRONMENTS,
                             .names = act->input.names,
                             .name_count = is_bootstrap ? act->input.name_count : 0};

    if (act->state == ACT_ENDED &&
        (is_bootstrap || act->action == ACTION_ENVIRONMENT_ADD ||
         act->action == ACTION_ENVIRONMENT_EDIT || act->action == ACTION_ENVIRONMENT_REMOVE))
        errand_start(c, &ask);
}

/* What the screens below show may be what was worked on: it is read again for when they are seen.
 */
static void read_below(struct console *c, const struct act *act)
{
    if (act->state != ACT_ENDED || !action_is_operation(act->action))
        return;
    for (int i = 0; i < c->depth; i++) {
        const struct errand_ask ask = {.errand = (enum errand)c->stack[i].screen->errand,
                                       .target = &c->stack[i].target};

        if (ask.errand != ERRAND_NONE)
            errand_start(c, &ask);
    }
}

/* What is in AWS now is no draft any more, whoever planned it and whatever is on the screen. */
static void forget_draft(struct console *c, const struct act *act)
{
    struct err err;

    if (act->state != ACT_ENDED || act->job.state != JOB_DONE ||
        (act->action != ACTION_CREATE && act->action != ACTION_EDIT))
        return;
    if (draft_remove(act->input.definition.name, act->action == ACTION_EDIT, &err))
        console_flash(c, STYLE_ATTENTION, "%s", err.text);
}

/* Where letters are text the palette's key is one of them, too. */
static const char *way_to_act(const struct console *c)
{
    return c->facts.keys != NULL ? "Esc, then :act" : ":act";
}

static void act_news(struct console *c, const struct act *act)
{
    const char *title = act->plan.title;
    const char *way = way_to_act(c);

    if (act->state == c->act_told)
        return;
    (void)react_leave_over(c);
    c->act_told = act->state;
    read_again(c, act);
    read_below(c, act);
    forget_draft(c, act);
    if (is_act_on_top(c))
        return;
    if (act->state == ACT_ENDED && act->err.text[0] != '\0')
        console_flash(c, STYLE_BAD, "%s", act->err.text);
    else if (act->state == ACT_PLANNED)
        console_flash(c, STYLE_PLAIN, "%s: the plan is ready; %s shows it", title, way);
    else if (act->state == ACT_FAILED_TO_PLAN)
        console_flash(c, STYLE_BAD, "%s", act->err.text);
    else if (act->state == ACT_ENDED && act->job.state == JOB_DONE)
        console_flash(c, STYLE_GOOD, "%s: done; %s shows what was done", title, way);
    else if (act->state == ACT_ENDED)
        console_flash(c, STYLE_BAD, "%.150s: %.300s; %s shows it", title, act->job.err.text, way);
}

void consent_news(struct console *c)
{
    struct work *work = c->options.work;

    c->needs_load = true;
    errand_news(c, work);
    if (work->act != NULL)
        act_news(c, work->act);
}
