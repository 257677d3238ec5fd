/* One environment: the form that adds or changes it. What is typed is checked field by field; what
 * it would do to AWS is the plan's to say. */
#include "screens/environment.h"

#include "tui/dialog.h"
#include "tui/key.h"

extern const struct screen environment_screen;

enum { LIST_CAP = 16 << 20 };

struct editing {
    struct environment_form f;
    struct target target;
    struct console *console;
    uint64_t begun;  /* work.begun when it was opened */
    bool is_written; /* its act is done */
    bool is_missing; /* what was to be changed is not there */
    bool is_changed; /* something was typed or chosen */
    struct dialog dialog;
    bool is_asking; /* whether to leave all the same */
};

static void open(void *state, const struct target *target)
{
    struct editing *s = state;

    s->target = *target;
}

/* ---- load: once, so that nothing typed is lost ---- */

static enum err_code read_one(struct editing *s, const struct cached_environment *row,
                              struct environment *out, struct err *err)
{
    struct sv json = arena_sv(&s->f.arena, row->json);
    bool has_unknown;
    enum err_code rc;

    if (json.ptr == NULL)
        return arena_err(&s->f.arena, err);
    rc = environment_read(json, &s->f.arena, out, &has_unknown, err);
    if (!rc)
        out->version = row->version;
    return rc;
}

static enum err_code read_others(struct editing *s, const struct screen_input *input,
                                 struct err *err)
{
    struct cached_environment *rows;
    size_t count;
    enum err_code rc =
        cache_list_environments(input->cache, sv_of(s->target.partition), sv_of(s->target.account),
                                sv_of(s->target.region), &s->f.arena, &rows, &count, err);

    if (rc)
        return rc;
    s->f.others = arena_alloc(&s->f.arena, count + 1, sizeof *s->f.others);
    if (s->f.others == NULL)
        return arena_err(&s->f.arena, err);
    for (size_t i = 0; i < count && !rc; i++) {
        rc = read_one(s, &rows[i], &s->f.others[i], err);
        if (rc == ERR_REPLY) /* one that cannot be read hides no other */
            rc = ERR_OK;
        else
            s->f.other_count++;
    }
    return rc;
}

static bool has_cicd(const struct environment_form *f)
{
    for (size_t i = 0; i < f->other_count; i++) {
        if (f->others[i].kind == ENVIRONMENT_CICD)
            return true;
    }
    return false;
}

/* The first one is the CICD environment: where this context is. */
static void show_new(struct editing *s)
{
    const struct scope *scope = &s->console->scope;
    struct environment e = {
        .name = SV(""), .account = SV(""), .region = SV(""), .qualifier = SV("hnb659fds")};

    if (!has_cicd(&s->f)) {
        e.kind = ENVIRONMENT_CICD;
        e.name = SV("cicd");
        if (scope->count > 0) {
            e.account = scope->items[0].account;
            e.region = scope->items[0].region;
        }
    }
    environment_form_show(&s->f, &e);
}

static void show_old(struct editing *s)
{
    const struct environment *e =
        environment_find(s->f.others, s->f.other_count, sv_of(s->target.name));

    s->is_missing = e == NULL;
    s->f.is_new = e == NULL;
    if (e == NULL)
        return;
    s->f.before = *e;
    s->f.form.cursor = ENVIRONMENT_FIELD_ACCOUNT;
}

static enum err_code begin(struct editing *s, const struct screen_input *input, struct err *err)
{
    enum err_code rc;

    environment_form_open(&s->f);
    s->f.work = s->console->options.work;
    s->begun = s->f.work != NULL ? s->f.work->begun : 0;
    rc = read_others(s, input, err);
    if (!rc && s->target.name[0] != '\0')
        show_old(s);
    if (!rc)
        rc = environment_form_profiles(&s->f, s->console->options.contexts, err);
    if (rc)
        return rc;
    if (s->f.is_new)
        show_new(s);
    else
        environment_form_show(&s->f, &s->f.before);
    return ERR_OK;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct editing *s = state;
    const struct act *act;

    s->console = input->console;
    if (s->f.form.count == 0)
        return begin(s, input, err);
    act = s->f.work != NULL ? s->f.work->act : NULL;
    s->is_written = act != NULL && s->f.work->begun != s->begun && act->state == ACT_ENDED &&
                    act->job.state == JOB_DONE;
    return ERR_OK;
}

/* ---- handle ---- */

static enum err_code fill(const void *state, struct act *act, struct err *err)
{
    const struct editing *s = state;

    return environment_form_fill(&s->f, act, err);
}

/* There is no draft of it: what was typed is gone with the screen. */
static unsigned go_back(struct editing *s)
{
    if (!s->is_changed || s->is_written)
        return REACT_LEAVE;
    dialog_init(&s->dialog, "Leave the form?", "What was typed here is not kept.", KEYCODE_ESC);
    dialog_add(&s->dialog, 'n', "go on with it", 0, false);
    dialog_add(&s->dialog, 'y', "leave it", 1, false);
    s->is_asking = true;
    return REACT_DRAW;
}

static unsigned answer_dialog(struct editing *s, uint32_t key)
{
    int value = 0;
    enum dialog_answer answer = dialog_key(&s->dialog, key, &value);

    if (answer == DIALOG_CHOSEN || answer == DIALOG_CLOSED)
        s->is_asking = false;
    return answer == DIALOG_CHOSEN && value == 1 ? REACT_LEAVE : REACT_DRAW;
}

static unsigned react(struct editing *s, enum form_answer answer, struct answer *out)
{
    switch (answer) {
    case FORM_STAYS:
        return REACT_NONE;
    case FORM_CHANGED:
        s->is_changed = true;
        return REACT_DRAW;
    case FORM_MOVED:
        return REACT_DRAW;
    case FORM_CLOSED:
        return go_back(s);
    case FORM_DONE:
        out->action = s->f.is_new ? ACTION_ENVIRONMENT_ADD : ACTION_ENVIRONMENT_EDIT;
        out->fill = fill;
        return REACT_ACT | REACT_DRAW;
    }
    return REACT_NONE;
}

static unsigned take(void *state, uint32_t key, bool *is_taken, struct answer *out)
{
    struct editing *s = state;
    enum form_answer answer;

    *is_taken = true;
    if (s->is_asking)
        return answer_dialog(s, key);
    answer = form_key(&s->f.form, key);
    *is_taken = answer != FORM_STAYS;
    return react(s, answer, out);
}

static unsigned paste(void *state, struct sv text, struct answer *out)
{
    struct editing *s = state;

    return s->is_asking ? REACT_NONE : react(s, form_paste(&s->f.form, text), out);
}

static void assign(struct editing *s, struct sv text, struct answer *out)
{
    struct err err;

    out->react = REACT_DRAW;
    if (form_assign(&s->f.form, text, &err))
        answer_say(out, STYLE_ATTENTION, "%s", err.text);
    else
        s->is_changed = true;
}

/* Words cannot answer a dialog: where there are only words, the second one is meant. */
static void leave(struct editing *s, struct answer *out)
{
    unsigned mask = s->is_asking ? REACT_LEAVE : go_back(s);

    if (mask != REACT_LEAVE)
        answer_say(out, STYLE_PLAIN, "what was typed here is not kept: y, or back again, leaves");
    out->react |= mask;
}

/* For keys that were bound anew, and for linear mode, which has words only. */
static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    static const struct {
        enum command command;
        uint32_t key;
    } keys[] = {
        {CMD_UP, KEYCODE_UP},
        {CMD_DOWN, KEYCODE_DOWN},
        {CMD_LEFT, KEYCODE_LEFT},
        {CMD_RIGHT, KEYCODE_RIGHT},
    };
    struct editing *s = state;
    bool is_taken;

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (command == keys[i].command)
            out->react = take(state, keys[i].key, &is_taken, out);
    }
    if (command == CMD_BACK || command == CMD_LEAVE)
        leave(s, out);
    else if (command == CMD_SET)
        assign(s, argument, out);
    else if (command == CMD_PLAN && s->f.form.count > 0)
        out->react = react(s, form_check(&s->f.form) ? FORM_DONE : FORM_MOVED, out);
}

/* ---- what is shown ---- */

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct editing *s = state;
    int last = area.row + area.rows - 1;

    (void)look;
    if (s->f.form.count == 0)
        return;
    form_draw(&s->f.form, c, (struct rect){area.row, area.col, area.rows - 1, area.cols - 1});
    canvas_cut(c, last, area.col + 2, area.cols - 3, STYLE_DIM,
               SV("Enter goes on, at the end to the plan. Esc goes back."));
    if (s->is_asking)
        dialog_draw(&s->dialog, c, area);
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    static const struct key_hint in_dialog[] = {{NULL, NULL}}; /* it says its own */
    const struct editing *s = state;

    (void)look;
    *out = (struct screen_facts){.keys = s->is_asking ? in_dialog : form_keys(&s->f.form)};
    if (s->f.is_new)
        snprintf(out->crumb, sizeof out->crumb, "Add an environment");
    else
        snprintf(out->crumb, sizeof out->crumb, "Edit %.60s", s->target.name);
    if (s->is_written)
        snprintf(out->banner, sizeof out->banner, "written");
    else if (s->is_missing)
        snprintf(out->banner, sizeof out->banner, "%.60s is not there any more", s->target.name);
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct editing *s = state;
    enum err_code rc = form_print(&s->f.form, out, err);

    (void)look;
    return rc ? rc
              : sb_addf(out, err,
                        "set FIELD = TEXT fills a field in, plan shows what it would "
                        "do.\n");
}

static void release(void *state)
{
    struct editing *s = state;

    arena_release(&s->f.arena);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_PLAN,  NULL,     "check the fields, then make the plan; Enter on the last field does it, too"},
    {CMD_UP,    NULL,     "move to the field above"},
    {CMD_DOWN,  "move",   "move to the field below; Enter and Tab do it, too"},
    {CMD_LEFT,  NULL,     "choose the value before"},
    {CMD_RIGHT, "choose", "choose the next value; Space does it, too"},
    {CMD_SET,   NULL,     "fill in a field by its name: set account = 111111111111"},
    {CMD_BACK,  NULL,     "go back; nothing is written, and what was typed is asked about"},
    {CMD_LEAVE, NULL,     "go back; nothing is written, and what was typed is asked about"},
    {CMD_NONE,  NULL,     NULL},
};
/* clang-format on */

const struct screen environment_screen = {
    .name = "environment",
    .title = "Environment",
    .help = "add an environment; e in the list of environments changes one",
    .state_size = sizeof(struct editing),
    .commands = commands,
    .open = open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .print = print,
    .release = release,
    .key = take,
    .paste = paste,
};
