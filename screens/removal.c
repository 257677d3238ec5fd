/* Removal: what becomes of a pipeline's repository and of what it deployed, before the plan of its
 * deletion is made. The plan shows what AWS has of it and asks for the name. */
#include "screens/removal.h"

#include "tui/console.h"
#include "tui/form.h"
#include "tui/key.h"

enum field { FIELD_REPOSITORY, FIELD_APPLICATIONS };
enum { ABOVE_ROWS = 5 };

struct removal_screen {
    struct target target;
    struct form form;
};

struct sv made_name(const struct tag *tags, size_t count, struct sv otherwise)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(tags[i].key, SV("penstock:pipeline")) && tags[i].value.len > 0)
            return tags[i].value;
    }
    return otherwise;
}

unsigned open_edit_of(struct sv name, struct answer *out)
{
    out->target = (struct target){.at_ms = 0};
    target_set(out->target.name, sizeof out->target.name, name);
    out->screen = "edit";
    out->errand = ERRAND_FETCH;
    out->names[0] = sv_of(out->target.name);
    out->name_count = 1;
    return REACT_OPEN | REACT_ERRAND;
}

unsigned open_removal_of(struct sv name, struct answer *out)
{
    out->target = (struct target){.at_ms = 0};
    target_set(out->target.name, sizeof out->target.name, name);
    out->screen = "removal";
    return REACT_OPEN;
}

static void open(void *state, const struct target *target)
{
    static const char *const repository[] = {"keep it", "delete it, with all its branches", NULL};
    static const char *const applications[] = {"delete them, stage by stage", "keep them", NULL};
    struct removal_screen *r = state;

    r->target = *target;
    form_init(&r->form, NULL, NULL);
    form_add(&r->form, FORM_CHOICE, "Repository", "a CodeCommit one; others are left alone")
        ->choices = repository;
    form_add(&r->form, FORM_CHOICE, "Applications",
             "the stacks that its stages deployed, in each account")
        ->choices = applications;
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    (void)state;
    (void)input;
    (void)err;
    return ERR_OK;
}

static void about(const struct removal_screen *r, char *out, size_t size)
{
    snprintf(out, size,
             "Delete the pipeline %s. The plan comes first: what AWS has of it, read now, and what "
             "remains. Nothing is done before its name is typed.",
             r->target.name);
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct removal_screen *r = state;
    char text[TARGET_NAME_SIZE + 200];
    int used;

    (void)look;
    about(r, text, sizeof text);
    used = canvas_wrap(c, (struct rect){area.row, area.col + 2, area.rows, area.cols - 4},
                       STYLE_PLAIN, sv_of(text)) +
           1;
    if (area.rows <= used)
        return;
    form_draw(&r->form, c,
              (struct rect){area.row + used, area.col, area.rows - used, area.cols - 1});
    used += ABOVE_ROWS;
    if (area.rows > used)
        canvas_cut(c, area.row + used, area.col + 2, area.cols - 4, STYLE_KEY,
                   SV("P, or Enter on the last one, makes the plan; Esc goes back"));
}

static enum err_code fill(const void *state, struct act *act, struct err *err)
{
    const struct removal_screen *r = state;
    struct sv *names = arena_alloc(&act->arena, 1, sizeof *names);

    if (names == NULL)
        return arena_err(&act->arena, err);
    names[0] = arena_sv(&act->arena, sv_of(r->target.name));
    if (names[0].ptr == NULL)
        return arena_err(&act->arena, err);
    act->input.names = names;
    act->input.name_count = 1;
    act->input.deletes_repository = r->form.fields[FIELD_REPOSITORY].chosen == 1;
    act->input.keeps_applications = r->form.fields[FIELD_APPLICATIONS].chosen == 1;
    return ERR_OK;
}

static unsigned plan(const struct removal_screen *r, struct answer *out)
{
    if (r->target.name[0] == '\0') {
        answer_say(out, STYLE_ATTENTION, "which pipeline? type :delete NAME");
        return out->react;
    }
    out->action = ACTION_DELETE;
    out->fill = fill;
    return REACT_ACT;
}

static unsigned take(void *state, uint32_t key, bool *is_taken, struct answer *out)
{
    struct removal_screen *r = state;

    *is_taken = true;
    switch (form_key(&r->form, key)) {
    case FORM_STAYS:
        *is_taken = false;
        return REACT_NONE;
    case FORM_MOVED:
    case FORM_CHANGED:
        return REACT_DRAW;
    case FORM_DONE:
        return plan(r, out);
    case FORM_CLOSED:
        return REACT_LEAVE;
    }
    return REACT_NONE;
}

static void assign(struct removal_screen *r, struct sv argument, struct answer *out)
{
    struct err err;

    if (form_assign(&r->form, argument, &err))
        answer_say(out, STYLE_ATTENTION, "%s", err.text);
    else
        out->react = REACT_DRAW;
}

/* For keys that were bound anew, and for linear mode, which has words only. */
static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    bool is_taken;

    if (command == CMD_UP)
        out->react = take(state, KEYCODE_UP, &is_taken, out);
    else if (command == CMD_DOWN)
        out->react = take(state, KEYCODE_DOWN, &is_taken, out);
    else if (command == CMD_LEFT)
        out->react = take(state, KEYCODE_LEFT, &is_taken, out);
    else if (command == CMD_RIGHT)
        out->react = take(state, KEYCODE_RIGHT, &is_taken, out);
    else if (command == CMD_OPEN)
        out->react = take(state, KEYCODE_ENTER, &is_taken, out);
    else if (command == CMD_PLAN)
        out->react = plan(state, out);
    else if (command == CMD_SET)
        assign(state, argument, out);
    else if (command == CMD_LEAVE || command == CMD_BACK)
        out->react = REACT_LEAVE;
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct removal_screen *r = state;

    (void)look;
    *out = (struct screen_facts){.next_change_ms = 0};
    snprintf(out->crumb, sizeof out->crumb, "Delete %.80s", r->target.name);
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct removal_screen *r = state;
    char text[TARGET_NAME_SIZE + 200];
    enum err_code rc;

    (void)look;
    about(r, text, sizeof text);
    rc = sb_add_safe(out, sv_of(text), err);
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', err);
    for (int i = 0; i < r->form.count && rc == ERR_OK; i++)
        rc = sb_addf(out, err, "%s: " SV_FMT " (%s)\n", r->form.fields[i].label,
                     SV_ARG(form_text(&r->form.fields[i])), r->form.fields[i].help);
    return rc;
}

static void release(void *state)
{
    (void)state;
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_UP,    NULL,     "move to the field above"},
    {CMD_DOWN,  "move",   "move to the field below"},
    {CMD_LEFT,  NULL,     "choose the value before"},
    {CMD_RIGHT, "choose", "choose the next value; Space does it, too"},
    {CMD_OPEN,  NULL,     "go on; from the last field make the plan"},
    {CMD_PLAN,  "plan",   "make the plan"},
    {CMD_SET,   NULL,     "fill in a field: set repository = keep it"},
    {CMD_BACK,  NULL,     "go back; nothing was done"},
    {CMD_LEAVE, NULL,     "go back; nothing was done"},
    {CMD_NONE,  NULL,     NULL},
};
/* clang-format on */

const struct screen removal_screen = {
    .name = "removal",
    .title = "Delete",
    .help = "take a pipeline away that penstock made",
    .state_size = sizeof(struct removal_screen),
    .commands = commands,
    .open = open,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .print = print,
    .release = release,
    .key = take,
};
