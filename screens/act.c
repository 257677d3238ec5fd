/* The act: one action being planned, agreed to, run and ended. The plan is a text that can be
 * searched; while the job runs its steps stand on top, and below them its events, of which the
 * newest is in sight until somebody scrolls. What is shown is copied at each load: the work may go
 * on to another act while this screen lies below others. */
#include "core/views/age.h"
#include "screens/act_head.h"
#include "screens/act_lines.h"
#include "screens/act_steps.h"

extern const struct screen act_screen;

struct showing {
    struct console *console;
    struct pager pager;
    struct act_steps steps;
    struct act_head head;
    bool has_commands; /* the plan's steps can be told a shell */
    int step_count;    /* of the plan */
    int chosen;        /* the step whose commands are copied */
    size_t chosen_line;
    bool is_chosen_now; /* by the last key: it is to be in sight */
    bool has_template;
    char title[512];
    size_t targets;     /* of an operation */
    struct target made; /* the pipeline that was created or changed; no name = none */
    bool is_open;
    bool shows_template;
    bool has_left; /* somebody scrolled: the newest event is not followed */
};

static struct act *act_of(const struct showing *s)
{
    const struct work *work = s->console != NULL ? s->console->options.work : NULL;

    return work != NULL && work->act != NULL && work->act->state != ACT_NEW ? work->act : NULL;
}

static bool has_job(const struct showing *s)
{
    return s->head.state == ACT_RUNS || s->head.state == ACT_ENDED;
}

/* ---- load ---- */

static bool is_done(const struct showing *s)
{
    return s->head.state == ACT_ENDED && s->head.job_state == JOB_DONE;
}

/* Where what was done shows. */
static void copy_operated(struct target *made, const struct operation_input *in)
{
    if (in->operand_count == 0)
        return;
    target_set(made->partition, sizeof made->partition, in->operands[0].id.partition);
    target_set(made->account, sizeof made->account, in->operands[0].id.account);
    target_set(made->region, sizeof made->region, in->operands[0].id.region);
    target_set(made->name, sizeof made->name, in->operands[0].id.name);
    target_set(made->stage, sizeof made->stage, in->operands[0].stage);
    target_set(made->action, sizeof made->action, in->operands[0].action);
}

static void copy_made(struct showing *s, const struct act *act)
{
    struct target *made = &s->made;

    *made = (struct target){.at_ms = 0};
    if (s->head.state == ACT_ENDED && action_is_operation(act->action)) {
        copy_operated(made, &act->input.operation);
        return;
    }
    if (!is_done(s) || (act->action != ACTION_CREATE && act->action != ACTION_EDIT))
        return;
    target_set(made->partition, sizeof made->partition,
               sv_of(partition_by_region(sv_of(act->plan.region))));
    target_set(made->account, sizeof made->account, sv_of(act->plan.account));
    target_set(made->region, sizeof made->region, sv_of(act->plan.region));
    target_set(made->name, sizeof made->name, act->input.definition.name);
}

static void copy_commands(struct showing *s, const struct plan *plan)
{
    s->has_commands = false;
    s->step_count = 0;
    for (const struct plan_step *step = plan->steps; step != NULL; step = step->next) {
        s->has_commands = s->has_commands || step->aws_line.len > 0;
        s->step_count++;
    }
    if (s->chosen >= s->step_count)
        s->chosen = 0;
}

static void copy_head(struct showing *s, const struct act *act)
{
    const char *title =
        act->plan.title[0] != '\0' ? act->plan.title : action_table[act->action].title;

    act_head_copy(&s->head, act, s->console->options.work);
    snprintf(s->title, sizeof s->title, "%s", title);
    s->targets = action_is_operation(act->action) ? act->input.operation.operand_count : 0;
    copy_made(s, act);
    copy_commands(s, &act->plan);
    s->has_template = act->plan.template_text.len > 0 || act->plan.ddk_json.len > 0;
}

static enum err_code add_plan(struct showing *s, const struct plan *plan, struct err *err)
{
    struct act_plan_look look = {
        .keymap = &s->console->keymap, .shows_template = s->shows_template, .chosen = s->chosen};
    enum err_code rc = act_lines_plan(&s->pager, plan, &look, err);

    s->chosen_line = look.line;
    return rc;
}

static enum err_code add_lines(struct showing *s, const struct act *act,
                               const struct view_look *look, struct err *err)
{
    const struct keymap *keymap = &s->console->keymap;
    enum err_code rc;

    switch (act->state) {
    case ACT_NEW:
    case ACT_PLANS:
        rc = pager_add(&s->pager, STYLE_PLAIN,
                       SV("AWS is read to find what is there; nothing is written before you have "
                          "seen the plan and agreed to it."),
                       err);
        return rc || s->head.silent_since_ms == 0 ? rc : act_lines_silence(&s->pager, act, err);
    case ACT_PLANNED:
        return add_plan(s, &act->plan, err);
    case ACT_FAILED_TO_PLAN:
        return act_lines_end(&s->pager, act, keymap, err);
    case ACT_RUNS:
        rc = act_lines_events(&s->pager, &act->job, look, err);
        return rc || s->head.silent_since_ms == 0 ? rc : act_lines_silence(&s->pager, act, err);
    case ACT_ENDED:
        break;
    }
    rc = act_lines_events(&s->pager, &act->job, look, err);
    return rc ? rc : act_lines_end(&s->pager, act, keymap, err);
}

static enum err_code add_none(struct showing *s, struct err *err)
{
    char text[200];
    char create[24];
    char environments[24];

    s->head.state = ACT_NEW;
    s->title[0] = '\0';
    s->steps.count = 0;
    s->made.name[0] = '\0';
    snprintf(text, sizeof text,
             "Nothing was begun yet: %s creates a pipeline, %s lists the environments.",
             keymap_key(&s->console->keymap, CMD_CREATE, create),
             keymap_key(&s->console->keymap, CMD_ENVIRONMENTS, environments));
    return pager_add(&s->pager, STYLE_DIM, sv_of(text), err);
}

static enum err_code fill(struct showing *s, const struct view_look *look, struct err *err)
{
    const struct act *act = act_of(s);
    enum act_state before = s->head.state;
    enum err_code rc;

    pager_clear(&s->pager);
    if (act == NULL)
        return add_none(s, err);
    copy_head(s, act);
    rc = has_job(s) ? act_steps_copy(&s->steps, &act->job, err) : ERR_OK;
    s->head.step = s->steps.at + 1;
    s->head.step_count = s->steps.count;
    if (!rc)
        rc = add_lines(s, act, look, err);
    if (before == s->head.state || (before == ACT_RUNS && s->head.state == ACT_ENDED))
        return rc;
    s->pager.top = 0;
    s->pager.top_row = 0;
    s->chosen = 0;
    s->has_left = false;
    return rc;
}

/* The steps take at most half of the room, and less at the end, when the reason must be seen. */
static int step_rows(const struct showing *s, int rows)
{
    int most = (rows - 1) / (s->head.state == ACT_ENDED ? 3 : 2);

    if (!has_job(s))
        return 0;
    return s->steps.count < most ? s->steps.count : most;
}

/* Headline, steps and, between them and the events, an empty line. */
static int rows_above(const struct showing *s, int rows)
{
    int steps = step_rows(s, rows);

    return 1 + steps + (steps > 0 ? 1 : 0);
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct showing *s = state;
    enum err_code rc;

    if (!s->is_open) {
        pager_init(&s->pager);
        act_steps_init(&s->steps);
        s->is_open = true;
    }
    s->console = input->console;
    rc = fill(s, input->look, err);
    pager_layout(&s->pager, input->area.rows - rows_above(s, input->area.rows), input->area.cols);
    if (has_job(s) && !s->has_left)
        pager_handle(&s->pager, CMD_LAST);
    if (rc == ERR_OK && s->is_chosen_now)
        pager_show(&s->pager, s->chosen_line, 0);
    s->is_chosen_now = false;
    if (rc == ERR_OK && input->filter_changed)
        rc = pager_search(&s->pager, input->filter_text, err);
    return rc;
}

/* ---- draw ---- */

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct showing *s = state;
    int above = rows_above(s, area.rows);

    if (!s->is_open)
        return;
    act_head_draw(&s->head, look, c, (struct rect){area.row, area.col, 1, area.cols});
    act_steps_draw(&s->steps, look, c,
                   (struct rect){area.row + 1, area.col, step_rows(s, area.rows), area.cols});
    pager_draw(&s->pager, c,
               (struct rect){area.row + above, area.col, area.rows - above, area.cols});
}

/* ---- handle ---- */

static unsigned wish(struct answer *out, enum wish what)
{
    out->wish = what;
    return REACT_WORK;
}

/* Who scrolls wants to read; at the end the newest is followed again. */
static void scroll(struct showing *s, enum command command, struct answer *out)
{
    struct pager end;

    pager_answer(&s->pager, command, out);
    end = s->pager;
    s->has_left = pager_handle(&end, CMD_LAST) != REACT_NONE;
}

static unsigned toggle_template(struct showing *s, struct answer *out)
{
    s->shows_template = !s->shows_template;
    if (s->head.state == ACT_PLANNED)
        return REACT_LOAD | REACT_DRAW;
    answer_say(out, STYLE_PLAIN, "the template is part of the plan: %s",
               s->head.state == ACT_PLANS ? "it is being made"
                                          : "it is shown before the plan is run");
    return out->react;
}

static bool can_agree(const struct showing *s)
{
    return s->head.state == ACT_PLANNED && s->head.errors == 0 && !s->head.is_nothing;
}

static unsigned say_not_made(const struct showing *s, struct answer *out)
{
    char agree[24];

    if (can_agree(s))
        answer_say(out, STYLE_ATTENTION, "nothing is done yet: %s agrees to the plan",
                   keymap_key(&s->console->keymap, CMD_AGREE, agree));
    else if (s->head.state == ACT_PLANS)
        answer_say(out, STYLE_PLAIN, "the plan is being made");
    else if (s->head.state == ACT_PLANNED)
        answer_say(out, STYLE_PLAIN, "nothing is done: there is nothing to agree to");
    else
        answer_say(out, STYLE_PLAIN,
                   "there is a pipeline to open once it was created, changed or worked on");
    return out->react;
}

/* With what AWS says of it now: the cache may not know a new one yet. */
static unsigned open_made(const struct showing *s, struct answer *out)
{
    if (s->made.name[0] == '\0')
        return say_not_made(s, out);
    out->screen = "pipeline";
    out->target = s->made;
    return REACT_OPEN | REACT_SYNC;
}

static unsigned copy_command(enum copy what, struct answer *out)
{
    out->copy = (int)what;
    return REACT_COPY;
}

/* The step whose commands are copied. */
static unsigned choose_step(struct showing *s, int step, struct answer *out)
{
    int wanted = s->chosen + step;

    if (s->head.state != ACT_PLANNED || !s->has_commands || s->step_count < 2) {
        answer_say(out, STYLE_PLAIN, "there is one step to choose from at most");
        return out->react;
    }
    if (wanted < 0 || wanted >= s->step_count) {
        answer_say(out, STYLE_PLAIN, "that is the %s step", step < 0 ? "first" : "last");
        return out->react;
    }
    s->chosen = wanted;
    s->is_chosen_now = true;
    return REACT_LOAD | REACT_DRAW;
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct showing *s = state;

    (void)argument;
    if (command == CMD_AGREE)
        out->react = wish(out, WISH_AGREE);
    else if (command == CMD_RETRY)
        out->react = wish(out, WISH_RETRY);
    else if (command == CMD_PLAN)
        out->react = wish(out, WISH_PLAN);
    else if (command == CMD_STOP)
        out->react = wish(out, WISH_STOP);
    else if (command == CMD_OPEN)
        out->react = open_made(s, out);
    else if (command == CMD_TEMPLATE)
        out->react = toggle_template(s, out);
    else if (command == CMD_COPY)
        out->react = REACT_COPY;
    else if (command == CMD_AWS_COMMAND)
        out->react = copy_command(COPY_AWS, out);
    else if (command == CMD_OWN_COMMAND)
        out->react = copy_command(COPY_COMMAND, out);
    else if (command == CMD_OLDER || command == CMD_NEWER)
        out->react = choose_step(s, command == CMD_OLDER ? -1 : 1, out);
    else if (command == CMD_COPY_MENU)
        out->react = REACT_CHOOSE;
    else
        scroll(s, command, out);
}

static unsigned take(void *state, uint32_t key, bool *is_taken, struct answer *out)
{
    struct showing *s = state;

    (void)out;
    return pager_key(&s->pager, key, is_taken);
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct showing *s = state;

    *out = (struct screen_facts){.is_filterable = true, .matches = (int64_t)s->pager.matches};
    if (s->title[0] != '\0' && s->targets > 1) /* the end of a long title is cut */
        snprintf(out->crumb, sizeof out->crumb, "Plan of %zu  %.90s", s->targets, s->title);
    else if (s->title[0] != '\0')
        snprintf(out->crumb, sizeof out->crumb, "Plan  %.100s", s->title);
    if ((s->head.state == ACT_PLANS || s->head.state == ACT_RUNS) && s->head.began_ms > 0) {
        int64_t gone = look->now_ms > s->head.began_ms ? look->now_ms - s->head.began_ms : 0;

        out->next_change_ms =
            look->now_ms + act_head_tick(&s->head, look) - gone % act_head_tick(&s->head, look);
        /* Silence is noticed by looking for it; it costs no byte. */
        if (act_of(s) != NULL && act_silent_ms(act_of(s)) > 0)
            out->next_change_ms = age_sooner(out->next_change_ms, look->now_ms + 1000);
    }
}

static bool fits(const void *state, enum command command)
{
    const struct showing *s = state;
    bool is_over = s->head.state == ACT_ENDED && !is_done(s);

    if (command == CMD_OPEN)
        return s->made.name[0] != '\0';
    if (command == CMD_AGREE)
        return can_agree(s);
    if (command == CMD_OLDER || command == CMD_NEWER)
        return s->has_commands && s->step_count > 1 && s->head.state == ACT_PLANNED;
    if (command == CMD_AWS_COMMAND || command == CMD_OWN_COMMAND)
        return s->has_commands;
    if (command == CMD_TEMPLATE)
        return s->has_template && s->head.state == ACT_PLANNED;
    if (command == CMD_RETRY)
        return is_over;
    if (command == CMD_STOP)
        return s->head.state == ACT_RUNS;
    if (command == CMD_PLAN)
        return s->head.state == ACT_PLANNED || s->head.state == ACT_FAILED_TO_PLAN || is_over;
    return true;
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct showing *s = state;
    enum err_code rc = ERR_OK;

    if (s->title[0] != '\0')
        rc = sb_addf(out, err, "%s\n", s->title);
    if (s->title[0] != '\0' && !rc)
        rc = act_head_print(&s->head, look, out, err);
    if (has_job(s) && !rc)
        rc = act_steps_print(&s->steps, look, out, err);
    return rc ? rc : pager_print(&s->pager, out, err);
}

/* What went wrong is what one wants to send to somebody. */
static struct sv error_of(const struct act *act)
{
    if (act->state == ACT_FAILED_TO_PLAN)
        return sv_of(act->err.text);
    if (act->state == ACT_ENDED)
        return sv_of(act->job.err.text);
    for (size_t i = 0; act->state == ACT_PLANNED && i < act->plan.defects->count; i++) {
        if (!act->plan.defects->items[i].is_warning)
            return sv_of(act->plan.defects->items[i].text);
    }
    return SV_NONE;
}

/* Of the step under the cursor, else of all: a line each. */
static enum err_code copy_lines(const struct plan *plan, int chosen, bool own, struct sb *out,
                                struct err *err)
{
    enum err_code rc = ERR_OK;
    int number = 0;

    for (const struct plan_step *s = plan->steps; s != NULL && !rc; s = s->next, number++) {
        struct sv line = own ? s->own_line : s->aws_line;

        if (chosen >= 0 && number != chosen)
            continue;
        if (line.len > 0 && out->len > 0)
            rc = sb_addc(out, '\n', err);
        if (!rc)
            rc = sb_add(out, line, err);
    }
    if (!rc && out->len == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no such command");
    return rc;
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct showing *s = state;
    const struct act *act = act_of(state);
    struct sv error = act != NULL ? error_of(act) : SV_NONE;

    if (act == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is nothing to copy");
    if (what == COPY_NAME)
        return sb_add(out, error.len > 0 ? error : sv_of(act->plan.title), err);
    if (what == COPY_ERROR && error.len > 0)
        return sb_add(out, error, err);
    if (what == COPY_AWS || what == COPY_COMMAND)
        return copy_lines(&act->plan, s->chosen, what == COPY_COMMAND, out, err);
    if ((what == COPY_ALL_AWS || what == COPY_ALL_COMMANDS) && s->step_count > 1)
        return copy_lines(&act->plan, -1, what == COPY_ALL_COMMANDS, out, err);
    if (what == COPY_JSON && act->state == ACT_PLANNED)
        return plan_json(&act->plan, out, err);
    return err_set(err, ERR_NOT_FOUND, "there is nothing to copy");
}

static void release(void *state)
{
    struct showing *s = state;

    if (!s->is_open)
        return;
    pager_release(&s->pager);
    act_steps_release(&s->steps);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,           "pipeline", "open the pipeline that was created, changed or worked on"},
    {CMD_AGREE,          "agree",    NULL},
    {CMD_STOP,           "stop",     "stop what runs; what was sent to AWS goes on"},
    {CMD_TEMPLATE,       "template", NULL},
    {CMD_RETRY,          "again",    "run it again: it goes on where it stopped"},
    {CMD_PLAN,           "new plan", NULL},
    {CMD_AWS_COMMAND,    "AWS CLI",  "copy the AWS CLI's command of the step under the cursor"},
    {CMD_OWN_COMMAND,    "own",      "copy penstock's own command of the step under the cursor"},
    {CMD_NEWER,          "step",     "choose the next step: its commands are copied"},
    {CMD_OLDER,          NULL,       "choose the step before"},
    {CMD_FILTER,         "search",   "search the text"},
    {CMD_NEXT_MATCH,     NULL,       NULL},
    {CMD_PREVIOUS_MATCH, NULL,       NULL},
    {CMD_COPY,           NULL,       "copy the error text, or the plan's title"},
    {CMD_COPY_MENU,      NULL,       "choose what to copy: the error text, the plan as JSON, commands"},
    {CMD_UP,             NULL,       "scroll up by a row"},
    {CMD_DOWN,           NULL,       "scroll down by a row"},
    {CMD_HALF_UP,        NULL,       "scroll up half a page"},
    {CMD_HALF_DOWN,      NULL,       "scroll down half a page"},
    {CMD_PAGE_UP,        NULL,       "scroll up a page"},
    {CMD_PAGE_DOWN,      NULL,       "scroll down a page; Space does it, too"},
    {CMD_FIRST,          NULL,       "go to the start"},
    {CMD_LAST,           NULL,       "go to the end, and follow what comes"},
    {CMD_LEFT,           NULL,       "scroll to the left, when lines are not wrapped"},
    {CMD_RIGHT,          NULL,       "scroll to the right, when lines are not wrapped"},
    {CMD_WIDE,           NULL,       "wrap long lines, or not"},
    {CMD_BACK,           NULL,       "end the search, then go back; what runs goes on"},
    {CMD_LEAVE,          NULL,       "go back; what runs goes on"},
    {CMD_NONE,           NULL,       NULL},
};
/* clang-format on */

const struct screen act_screen = {
    .name = "act",
    .title = "Plan",
    .help = "what is planned, agreed to and done to AWS, live",
    .state_size = sizeof(struct showing),
    .commands = commands,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .fits = fits,
    .print = print,
    .copy = copy,
    .release = release,
    .key = take,
};
