/* The environments: the accounts and regions that pipelines deploy to, and the one they live in, as
 * the cache knows them; below the list what the columns leave out. Opening reads them from AWS
 * anew. */
#include "screens/environments.h"

#include "core/views/age.h"

extern const struct screen environments_screen;

enum { PANE_TALL = 13, PANE = 5, PANE_LOW = 3, TALL = 34, LOW = 16 };

struct environments {
    struct console *console;
    struct environment_rows list;
    struct table table;
    char marks[ENVIRONMENT_MARKS_MAX][ENVIRONMENT_MARK_SIZE];
    int mark_count;
    struct bootstrap_ask ask;
    struct diagnosis found; /* of the row under the cursor */
    bool has_found;
    bool only_problems;
    bool is_filtered;
    bool is_reading;
    char failure[ERR_TEXT_MAX]; /* why the last reading did not come to an end; "" */
    enum screen_source source;
};

static const struct cached_environment *at_cursor(const struct environments *s)
{
    return s->table.count > 0 ? &s->list.rows[s->table.index] : NULL;
}

static struct work *work_of(const struct environments *s)
{
    return s->console != NULL ? s->console->options.work : NULL;
}

static int find_mark(const struct environments *s, struct sv name)
{
    for (int i = 0; i < s->mark_count; i++) {
        if (sv_eq(sv_of(s->marks[i]), name))
            return i;
    }
    return -1;
}

/* ---- load ---- */

static int pane_rows(int rows)
{
    return rows >= TALL ? PANE_TALL : rows >= LOW ? PANE : PANE_LOW;
}

static void place(struct environments *s)
{
    const struct environment_rows *r = &s->list;
    int index = s->table.index;

    for (int i = 0; i < r->count; i++) {
        if (r->ids[i] == s->table.cursor)
            index = i;
    }
    table_place(&s->table, r->ids, r->count, index, table_line(&s->table));
}

/* Once its act was agreed to, the form has done its work. */
static void close_done(struct environments *s, const struct work *work)
{
    if (work != NULL && work->begun != s->ask.begun && work->act->state >= ACT_RUNS)
        s->ask.is_open = false;
}

static void look_at_work(struct environments *s)
{
    const struct work *work = work_of(s);
    const struct cached_environment *e = at_cursor(s);
    const struct diagnosis *d = work != NULL && e != NULL ? work_diagnosis(work, e->name) : NULL;

    close_done(s, work);
    s->has_found = d != NULL;
    if (d != NULL)
        s->found = *d;
    s->is_reading = work_reads(work, ERRAND_ENVIRONMENTS, NULL);
    snprintf(s->failure, sizeof s->failure, "%s",
             work_errand_err(work, ERRAND_ENVIRONMENTS, NULL)->text);
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct environments *s = state;
    enum err_code rc;

    s->console = input->console;
    s->source = input->source;
    s->is_filtered = input->filter->count > 0 || s->only_problems;
    s->table.lines = input->area.rows - 1 - pane_rows(input->area.rows);
    rc = environment_rows_load(&s->list, input, s->only_problems, err);
    if (rc)
        return rc;
    place(s);
    look_at_work(s);
    return ERR_OK;
}

/* ---- draw ---- */

static const char *empty_text(const struct environments *s)
{
    if (s->list.total > 0)
        return s->only_problems ? "None needs a look: z shows all of them."
                                : "Nothing matches the filter: Esc clears it.";
    if (s->is_reading)
        return "Asking AWS for the environments.";
    if (s->failure[0] != '\0')
        return s->failure;
    if (work_of(s) == NULL)
        return "No environment is cached yet: run penstock without --cached.";
    return "There is no environment yet. a adds one: first the CICD one, which the pipelines live "
           "in, then one for each account and region that they deploy to. B makes them fit for "
           "deployments, i inspects them.";
}

static void draw_marks(const struct environments *s, struct canvas *c, struct rect area)
{
    const struct table *t = &s->table;

    for (int i = t->top; i < t->count && i - t->top < t->lines; i++) {
        if (find_mark(s, s->list.rows[i].name) >= 0)
            canvas_text(c, area.row + 1 + i - t->top, area.col + 1, 1, STYLE_ATTENTION, SV("*"));
    }
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct environments *s = state;
    const struct cached_environment *e = at_cursor(s);
    int pane = pane_rows(area.rows);
    struct rect list = {area.row, area.col, area.rows - pane, area.cols};

    if (s->ask.is_open) {
        form_draw(&s->ask.form, c, (struct rect){area.row, area.col, area.rows - 1, area.cols - 1});
        canvas_cut(c, area.row + area.rows - 1, area.col + 2, area.cols - 3, STYLE_DIM,
                   SV("Enter goes on, at the end to the plan. Esc goes back."));
        return;
    }
    if (s->console == NULL)
        return;
    table_draw(&s->table, &view_environments, look, environment_rows_cell, &s->list, c, list);
    draw_marks(s, c, list);
    if (e == NULL) {
        table_draw_sentence(c, area, sv_of(empty_text(s)));
        return;
    }
    environment_draw_pane(
        e, s->has_found ? &s->found : NULL, look, c,
        (struct rect){area.row + list.rows + 1, area.col + 2, pane - 1, area.cols - 3});
}

/* ---- what is done ---- */

/* What is marked, else the row under the cursor. */
static size_t chosen(const struct environments *s, const struct cached_environment **out,
                     size_t most)
{
    size_t count = 0;

    for (int i = 0; i < s->list.count && count < most; i++) {
        if (find_mark(s, s->list.rows[i].name) >= 0)
            out[count++] = &s->list.rows[i];
    }
    if (count == 0 && at_cursor(s) != NULL)
        out[count++] = at_cursor(s);
    return count;
}

static enum err_code add_name(struct act *act, struct sv name, struct err *err)
{
    struct sv copy = arena_sv(&act->arena, name);

    if (copy.ptr == NULL)
        return arena_err(&act->arena, err);
    act->input.names[act->input.name_count++] = copy;
    return ERR_OK;
}

static enum err_code fill_bootstrap(const void *state, struct act *act, struct err *err)
{
    const struct environments *s = state;
    const struct cached_environment *rows[ENVIRONMENT_MARKS_MAX];
    size_t count = chosen(s, rows, ARRAY_LEN(rows));
    enum err_code rc = bootstrap_ask_fill(&s->ask, act, err);

    act->input.names = arena_alloc(&act->arena, count + 1, sizeof *act->input.names);
    if (act->input.names == NULL)
        return arena_err(&act->arena, err);
    for (size_t i = 0; i < count && !rc; i++)
        rc = add_name(act, rows[i]->name, err);
    return rc;
}

static enum err_code fill_remove(const void *state, struct act *act, struct err *err)
{
    const struct cached_environment *e = at_cursor(state);

    act->input.names = arena_alloc(&act->arena, 1, sizeof *act->input.names);
    if (act->input.names == NULL)
        return arena_err(&act->arena, err);
    if (e == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no environment under the cursor");
    return add_name(act, e->name, err);
}

static unsigned begin(struct answer *out, enum action_id action, screen_fill_fn *fill)
{
    out->action = (int)action;
    out->fill = fill;
    return REACT_ACT;
}

/* It is asked about only when the doctor never saw a bootstrap there. */
static unsigned bootstrap(struct environments *s, struct answer *out)
{
    const struct cached_environment *rows[ENVIRONMENT_MARKS_MAX];
    size_t count = chosen(s, rows, ARRAY_LEN(rows));
    bool is_known = true;
    bool is_new = true;

    for (size_t i = 0; i < count; i++) {
        is_known = is_known && rows[i]->bootstrap_version > 0;
        is_new = is_new && rows[i]->bootstrap_version == 0 && rows[i]->checked_at > 0;
    }
    if (count == 0)
        return REACT_NONE;
    s->ask.is_open = false;
    if (is_known)
        return begin(out, ACTION_BOOTSTRAP, fill_bootstrap);
    bootstrap_ask_open(&s->ask, rows[0]->region, is_new);
    s->ask.begun = work_of(s) != NULL ? work_of(s)->begun : 0;
    return REACT_DRAW;
}

static unsigned examine(const struct environments *s, struct answer *out)
{
    const struct cached_environment *rows[ENVIRONMENT_MARKS_MAX];
    size_t count = chosen(s, rows, ARRAY_LEN(rows));

    for (size_t i = 0; i < count && i < ANSWER_NAMES_MAX; i++)
        out->names[out->name_count++] = rows[i]->name;
    out->errand = ERRAND_DOCTOR;
    return count > 0 ? REACT_ERRAND : REACT_NONE;
}

static unsigned open_row(const struct environments *s, const char *screen, struct answer *out)
{
    const struct cached_environment *e = at_cursor(s);

    if (e == NULL)
        return REACT_NONE;
    target_set(out->target.partition, sizeof out->target.partition, e->home_partition);
    target_set(out->target.account, sizeof out->target.account, e->home_account);
    target_set(out->target.region, sizeof out->target.region, e->home_region);
    target_set(out->target.name, sizeof out->target.name, e->name);
    out->screen = screen;
    return REACT_OPEN;
}

/* With what the doctor says of it, which he is asked for when he was not before. */
static unsigned open_findings(const struct environments *s, struct answer *out)
{
    const struct work *work = work_of(s);
    const struct cached_environment *e = at_cursor(s);
    unsigned mask = open_row(s, "findings", out);

    if (mask == REACT_NONE || work == NULL || s->has_found || work_reads(work, ERRAND_DOCTOR, NULL))
        return mask;
    out->errand = ERRAND_DOCTOR;
    out->names[out->name_count++] = e->name;
    return mask | REACT_ERRAND;
}

static unsigned mark(struct environments *s)
{
    const struct cached_environment *e = at_cursor(s);
    int at;

    if (e == NULL || e->name.len >= ENVIRONMENT_MARK_SIZE)
        return REACT_NONE;
    at = find_mark(s, e->name);
    if (at >= 0)
        memmove(s->marks[at], s->marks[--s->mark_count], sizeof s->marks[at]);
    else if (s->mark_count < ENVIRONMENT_MARKS_MAX)
        target_set(s->marks[s->mark_count++], ENVIRONMENT_MARK_SIZE, e->name);
    table_move(&s->table, s->list.ids, CMD_DOWN);
    return REACT_DRAW | REACT_LOAD;
}

/* ---- handle ---- */

/* A name that was typed is the row that is meant, whatever is under the cursor. */
static bool select_name(struct environments *s, struct sv name)
{
    for (int i = 0; i < s->list.count && name.len > 0; i++) {
        if (!sv_eq(s->list.rows[i].name, name))
            continue;
        table_place(&s->table, s->list.ids, s->list.count, i, table_line(&s->table));
        return true;
    }
    return name.len == 0;
}

static unsigned move(struct environments *s, enum command command)
{
    return table_move(&s->table, s->list.ids, command) == TABLE_STILL ? REACT_NONE
                                                                      : REACT_DRAW | REACT_LOAD;
}

static unsigned go_back(struct environments *s)
{
    bool had_problems = s->only_problems;

    s->only_problems = false;
    if (had_problems)
        return REACT_LOAD | REACT_DRAW;
    return s->is_filtered ? REACT_CLEAR : REACT_LEAVE;
}

static unsigned react(struct environments *s, enum command command, struct answer *out)
{
    if (command == CMD_OPEN)
        return open_findings(s, out);
    if (command == CMD_ADD) {
        out->screen = "environment";
        return REACT_OPEN;
    }
    if (command == CMD_EDIT)
        return open_row(s, "environment", out);
    if (command == CMD_DELETE)
        return at_cursor(s) != NULL ? begin(out, ACTION_ENVIRONMENT_REMOVE, fill_remove)
                                    : REACT_NONE;
    if (command == CMD_BOOTSTRAP)
        return bootstrap(s, out);
    if (command == CMD_DOCTOR)
        return examine(s, out);
    if (command == CMD_MARK)
        return mark(s);
    if (command == CMD_PROBLEMS) {
        s->only_problems = !s->only_problems;
        return REACT_LOAD | REACT_DRAW;
    }
    if (command == CMD_FILTER)
        return REACT_FILTER;
    if (command == CMD_BACK)
        return go_back(s);
    if (command == CMD_LEAVE)
        return REACT_LEAVE;
    if (command == CMD_COPY)
        return REACT_COPY;
    if (command == CMD_COPY_MENU)
        return REACT_CHOOSE;
    return move(s, command);
}

static unsigned form_react(struct environments *s, enum form_answer answer, struct answer *out)
{
    switch (answer) {
    case FORM_STAYS:
        return REACT_NONE;
    case FORM_MOVED:
    case FORM_CHANGED:
        return REACT_DRAW;
    case FORM_CLOSED:
        s->ask.is_open = false;
        return REACT_DRAW;
    case FORM_DONE:
        return begin(out, ACTION_BOOTSTRAP, fill_bootstrap) | REACT_DRAW;
    }
    return REACT_NONE;
}

/* Words, where no key reaches the form: linear mode. */
static unsigned form_command(struct environments *s, enum command command, struct sv argument,
                             struct answer *out)
{
    struct err err;

    if (command == CMD_SET && form_assign(&s->ask.form, argument, &err)) {
        answer_say(out, STYLE_ATTENTION, "%s", err.text);
        return out->react;
    }
    if (command == CMD_OPEN)
        return form_react(s, form_check(&s->ask.form) ? FORM_DONE : FORM_MOVED, out);
    return form_react(s, command == CMD_BACK || command == CMD_LEAVE ? FORM_CLOSED : FORM_MOVED,
                      out);
}

static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct environments *s = state;

    if (s->ask.is_open)
        out->react = form_command(s, command, argument, out);
    else if (command == CMD_SET)
        answer_say(out, STYLE_PLAIN, "there is no form here; a and e open one");
    else if (!select_name(s, argument))
        answer_say(out, STYLE_ATTENTION, "no environment here is called " SV_FMT,
                   SV_ARG(sv_take(argument, 64)));
    else
        out->react |= react(s, command, out);
}

static unsigned take(void *state, uint32_t key, bool *is_taken, struct answer *out)
{
    struct environments *s = state;
    enum form_answer answer;

    *is_taken = s->ask.is_open;
    if (!s->ask.is_open)
        return REACT_NONE;
    answer = form_key(&s->ask.form, key);
    *is_taken = answer != FORM_STAYS;
    return form_react(s, answer, out);
}

static unsigned paste(void *state, struct sv text, struct answer *out)
{
    struct environments *s = state;

    (void)out;
    return s->ask.is_open && form_paste(&s->ask.form, text) == FORM_CHANGED ? REACT_DRAW
                                                                            : REACT_NONE;
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct environments *s = state;
    const struct table *t = &s->table;
    struct sv title = s->ask.is_open ? SV("Bootstrap") : SV("Environments");
    const struct cached_environment *rows[ENVIRONMENT_MARKS_MAX];
    size_t count = chosen(s, rows, ARRAY_LEN(rows));

    *out = (struct screen_facts){.is_filterable = true, .matches = s->list.count};
    if (s->ask.is_open)
        out->keys = form_keys(&s->ask.form);
    if (s->ask.is_open && count == 1)
        snprintf(out->crumb, sizeof out->crumb, SV_FMT " " SV_FMT, SV_ARG(title),
                 SV_ARG(sv_take(rows[0]->name, 64)));
    else if (s->ask.is_open || s->mark_count > 0)
        snprintf(out->crumb, sizeof out->crumb, SV_FMT ", %zu %s", SV_ARG(title),
                 s->ask.is_open ? count : (size_t)s->mark_count,
                 s->ask.is_open ? "environments" : "marked");
    if (s->only_problems)
        snprintf(out->banner, sizeof out->banner, "only what needs a look");
    for (int i = t->top; i < t->count && i < t->top + t->lines; i++)
        out->next_change_ms =
            age_sooner(out->next_change_ms, age_next(s->list.rows[i].checked_at, look));
}

/* The form takes the list's keys. */
static bool fits(const void *state, enum command command)
{
    const struct environments *s = state;

    (void)command;
    return !s->ask.is_open;
}

/* ---- print ---- */

static enum err_code print_row(const struct cached_environment *e, int number,
                               const struct view_look *look, struct sb *out, struct err *err)
{
    char age[AGE_AGO_SIZE];
    enum err_code rc = sb_addf(
        out, err, "%d. " SV_FMT ", " SV_FMT ", account " SV_FMT ", " SV_FMT ", by " SV_FMT, number,
        SV_ARG(e->name), SV_ARG(e->kind), SV_ARG(e->account), SV_ARG(e->region), SV_ARG(e->way));

    if (!rc && e->stage.len > 0)
        rc = sb_addf(out, err, ", stage " SV_FMT, SV_ARG(e->stage));
    if (!rc && e->team.len > 0)
        rc = sb_addf(out, err, ", team " SV_FMT, SV_ARG(e->team));
    if (!rc && e->checked_at == 0)
        return sb_addf(out, err, ", never inspected\n");
    if (!rc && e->bootstrap_version > 0)
        rc = sb_addf(out, err, ", bootstrap version %lld", (long long)e->bootstrap_version);
    else if (!rc)
        rc = sb_addf(out, err, ", no bootstrap");
    if (!rc && sv_eq(e->kind, SV("target")))
        rc = sb_addf(out, err, ", %s the CICD account", e->trusts ? "trusts" : "does not trust");
    return rc ? rc
              : sb_addf(out, err, ", %s %s%s" SV_FMT "\n", verdict_word((enum verdict)e->verdict),
                        age_ago(e->checked_at, look, age), e->line.len > 0 ? ": " : "",
                        SV_ARG(e->line));
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct environments *s = state;
    enum err_code rc = ERR_OK;

    if (s->ask.is_open)
        return form_print(&s->ask.form, out, err);
    for (int i = 0; i < s->list.count && !rc; i++)
        rc = print_row(&s->list.rows[i], i + 1, look, out, err);
    return rc || s->list.count > 0 ? rc : sb_addf(out, err, "%s\n", empty_text(s));
}

static bool choose(void *state, int number)
{
    struct environments *s = state;

    return !s->ask.is_open && table_choose(&s->table, s->list.ids, number);
}

static bool point(void *state, int line)
{
    struct environments *s = state;

    return !s->ask.is_open && table_point(&s->table, s->list.ids, line);
}

static enum err_code copy(const void *state, enum copy what, struct sb *out, struct err *err)
{
    const struct cached_environment *e = at_cursor(state);

    if (e == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no environment under the cursor");
    if (what == COPY_NAME)
        return sb_add(out, e->name, err);
    if (what == COPY_ERROR && e->line.len > 0)
        return sb_add(out, e->line, err);
    if (what == COPY_COMMAND)
        return sb_addf(out, err, "penstock env show " SV_FMT, SV_ARG(e->name));
    if (what == COPY_JSON)
        return sb_add(out, e->json, err);
    return err_set(err, ERR_NOT_FOUND, "an environment has none");
}

static void release(void *state)
{
    struct environments *s = state;

    arena_release(&s->list.arena);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_ADD,       "add",       "add an environment"},
    {CMD_EDIT,      "edit",      "change the environment under the cursor"},
    {CMD_BOOTSTRAP, "bootstrap", "bootstrap what is marked, else the row under the cursor"},
    {CMD_DOCTOR,    "inspect",   "inspect what is marked, else the row under the cursor"},
    {CMD_OPEN,      "findings",  "all that the doctor found, and what to do about it"},
    {CMD_MARK,      "mark",      "mark the environment for a bootstrap or an inspection, or unmark it"},
    {CMD_DELETE,    "remove",    "remove the environment from the list; its name is asked for"},
    {CMD_FILTER,    "filter",    NULL},
    {CMD_PROBLEMS,  NULL,        "show only what fails, warns or was never inspected, or all again"},
    {CMD_SET,       NULL,        "fill in a field of the bootstrap's form: set trust = 111111111111"},
    {CMD_COPY,      NULL,        NULL},
    {CMD_COPY_MENU, NULL,        NULL},
    {CMD_UP,        NULL,        NULL},
    {CMD_DOWN,      NULL,        NULL},
    {CMD_FIRST,     NULL,        NULL},
    {CMD_LAST,      NULL,        NULL},
    {CMD_HALF_UP,   NULL,        NULL},
    {CMD_HALF_DOWN, NULL,        NULL},
    {CMD_PAGE_UP,   NULL,        NULL},
    {CMD_PAGE_DOWN, NULL,        NULL},
    {CMD_BACK,      NULL,        NULL},
    {CMD_LEAVE,     NULL,        NULL},
    {CMD_NONE,      NULL,        NULL},
};
/* clang-format on */

const struct screen environments_screen = {
    .name = "environments",
    .title = "Environments",
    .help = "the accounts and regions that pipelines deploy to",
    .state_size = sizeof(struct environments),
    .commands = commands,
    .fields = environment_fields,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .fits = fits,
    .print = print,
    .choose = choose,
    .point = point,
    .copy = copy,
    .release = release,
    .key = take,
    .paste = paste,
    .errand = ERRAND_ENVIRONMENTS,
};
