/* Settings: how this console looks, for as long as it runs. What is chosen holds at once; below the
 * form stands what to write into penstock's config to keep it, which the console never does. */
#include "tui/console.h"
#include "tui/form.h"
#include "tui/key.h"
#include "tui/theme.h"

enum field { FIELD_THEME, FIELD_SIGNS, FIELD_LOW, FIELD_MOUSE, FIELD_TIMES, FIELD_COUNT };
enum { THEMES_MAX = 8, KEEP_CAP = 4096, SIGNS_UTF8 = 0, SIGNS_ASCII = 1 };

struct settings {
    struct form form;
    struct console *console; /* what the settings are of */
    const char *themes[THEMES_MAX + 2];
    bool can_utf8;
};

static const char *const signs[] = {"UTF-8", "ASCII", NULL};
static const char *const times[] = {"ages", "UTC", "local", NULL};
static const char *const clocks[] = {
    [LOOK_AGE] = "age", [LOOK_UTC] = "utc", [LOOK_LOCAL] = "local"};

static bool rule(void *owner, int field, struct sv text, char *fault, size_t size)
{
    const struct settings *s = owner;

    if (field != FIELD_SIGNS || s->can_utf8 || sv_eq(text, sv_of(signs[SIGNS_ASCII])))
        return true;
    snprintf(fault, size,
             "the locale is not UTF-8, so the signs stay ASCII: set LANG=C.UTF-8 before penstock");
    return false;
}

static void add(struct settings *s, const char *label, const char *help, const char *const *choices)
{
    struct form_field *field =
        form_add(&s->form, choices == NULL ? FORM_YES_NO : FORM_CHOICE, label, help);

    field->choices = choices;
}

/* The terminal alone knows the theme until one is chosen here. */
static void list_themes(struct settings *s)
{
    s->themes[0] = "as it is";
    for (size_t i = 0; i < theme_count() && i < THEMES_MAX; i++)
        s->themes[i + 1] = theme_name(i);
}

static void read_console(struct settings *s)
{
    const struct console *c = s->console;

    s->form.fields[FIELD_SIGNS].chosen = c->look.is_utf8 ? SIGNS_UTF8 : SIGNS_ASCII;
    s->form.fields[FIELD_LOW].chosen = c->look.is_coarse;
    s->form.fields[FIELD_MOUSE].chosen = c->has_mouse;
    s->form.fields[FIELD_TIMES].chosen = (int)c->look.clock;
    for (int i = 1; c->theme_in_use != NULL && s->themes[i] != NULL; i++) {
        if (strcmp(s->themes[i], c->theme_in_use) == 0)
            s->form.fields[FIELD_THEME].chosen = i;
    }
}

static void begin(struct settings *s)
{
    form_init(&s->form, rule, s);
    list_themes(s);
    add(s, "Colours", "which colours the words and signs have", s->themes);
    add(s, "Signs", "ASCII for a font or a terminal that lacks the others", signs);
    add(s, "Low bandwidth", "coarse ages: fewer bytes to the terminal", NULL);
    add(s, "Mouse", "click and wheel move the cursor; Shift then selects text", NULL);
    add(s, "Times", "how long ago, or the time of day", times);
    s->can_utf8 = s->console->options.is_utf8 || text_is_utf8();
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct settings *s = state;

    (void)err;
    s->console = input->console;
    if (s->form.count == 0)
        begin(s);
    read_console(s);
    return ERR_OK;
}

static void apply(struct settings *s)
{
    struct console *c = s->console;
    int theme = s->form.fields[FIELD_THEME].chosen;

    if (s->form.cursor == FIELD_THEME && theme > 0)
        c->theme = s->themes[theme];
    c->look.is_utf8 = s->can_utf8 && s->form.fields[FIELD_SIGNS].chosen == SIGNS_UTF8;
    c->look.is_coarse = s->form.fields[FIELD_LOW].chosen != 0;
    c->has_mouse = s->form.fields[FIELD_MOUSE].chosen != 0;
    c->look.clock = (enum look_clock)s->form.fields[FIELD_TIMES].chosen;
}

static unsigned take(void *state, uint32_t key, bool *is_taken, struct answer *out)
{
    struct settings *s = state;

    (void)out;
    *is_taken = true;
    switch (form_key(&s->form, key)) {
    case FORM_STAYS:
        *is_taken = false;
        return REACT_NONE;
    case FORM_MOVED:
        return REACT_DRAW;
    case FORM_CHANGED:
        apply(s);
        return REACT_DRAW | REACT_LOOK;
    case FORM_DONE:
    case FORM_CLOSED:
        return REACT_LEAVE;
    }
    return REACT_NONE;
}

/* For keys that were bound anew, and for linear mode, which has words only. */
static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    bool is_taken;

    (void)argument;
    if (command == CMD_UP)
        out->react = take(state, KEYCODE_UP, &is_taken, out);
    else if (command == CMD_DOWN)
        out->react = take(state, KEYCODE_DOWN, &is_taken, out);
    else if (command == CMD_LEFT)
        out->react = take(state, KEYCODE_LEFT, &is_taken, out);
    else if (command == CMD_RIGHT)
        out->react = take(state, KEYCODE_RIGHT, &is_taken, out);
    else if (command == CMD_LEAVE || command == CMD_BACK)
        out->react = REACT_LEAVE;
}

/* What keeps the settings as they are now. */
static enum err_code write_section(const struct settings *s, struct sb *out, struct err *err)
{
    const struct form_field *fields = s->form.fields;
    enum err_code rc = sb_add(out, SV("[console]\n"), err);

    if (rc == ERR_OK && fields[FIELD_THEME].chosen > 0)
        rc = sb_addf(out, err, "theme = " SV_FMT "\n", SV_ARG(form_text(&fields[FIELD_THEME])));
    if (rc == ERR_OK)
        rc = sb_addf(out, err, "ascii = %s\nlow_bandwidth = %s\nmouse = %s\nclock = %s\n",
                     fields[FIELD_SIGNS].chosen == SIGNS_ASCII ? "true" : "false",
                     fields[FIELD_LOW].chosen != 0 ? "true" : "false",
                     fields[FIELD_MOUSE].chosen != 0 ? "true" : "false",
                     clocks[fields[FIELD_TIMES].chosen]);
    return rc;
}

static const char where_to_keep[] =
    "To keep them, write this into ~/.config/penstock/config, or $XDG_CONFIG_HOME/penstock/config:";

/* Below the form, when there is room for all of it. */
static void draw_section(const struct settings *s, struct canvas *c, struct rect area)
{
    CLEANUP(sb_release) struct sb text;
    struct sv rest;

    sb_init(&text, KEEP_CAP);
    if (write_section(s, &text, NULL) != ERR_OK)
        return;
    area.row += canvas_wrap(c, area, STYLE_DIM, sv_of(where_to_keep)) + 1;
    for (rest = sb_sv(&text); rest.len > 0; area.row++)
        canvas_cut(c, area.row, area.col + 2, area.cols - 2, STYLE_PLAIN,
                   sv_cut(rest, '\n', &rest));
}

static void draw_hint(const struct settings *s, struct canvas *c, struct rect line)
{
    char text[128];
    char name[24];

    snprintf(text, sizeof text, "%s prints what to write into ~/.config/penstock/config",
             keymap_key(&s->console->keymap, CMD_PRINT, name));
    canvas_cut(c, line.row, line.col, line.cols, STYLE_DIM, sv_of(text));
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct settings *s = state;
    const int form_rows = FIELD_COUNT + 2; /* with the help or a fault below a field */
    const int section_rows = 2 + 1 + FIELD_COUNT + 1;
    struct rect below = {area.row + form_rows, area.col + 2, area.rows - form_rows, area.cols - 3};
    bool has_room = below.rows >= section_rows;

    (void)look;
    if (s->form.count == 0)
        return;
    form_draw(
        &s->form, c,
        (struct rect){area.row, area.col, has_room ? form_rows : area.rows - 1, area.cols - 1});
    if (has_room)
        draw_section(s, c, below);
    else
        draw_hint(s, c, (struct rect){area.row + area.rows - 1, below.col, 1, below.cols});
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    (void)state;
    (void)look;
    *out = (struct screen_facts){.next_change_ms = 0};
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct settings *s = state;
    enum err_code rc = ERR_OK;

    (void)look;
    for (int i = 0; rc == ERR_OK && i < s->form.count; i++)
        rc = sb_addf(out, err, "%s: " SV_FMT " (%s)\n", s->form.fields[i].label,
                     SV_ARG(form_text(&s->form.fields[i])), s->form.fields[i].help);
    if (rc == ERR_OK)
        rc = sb_addf(out, err, "\n%s\n\n", where_to_keep);
    return rc == ERR_OK ? write_section(s, out, err) : rc;
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
    {CMD_BACK,  NULL,     "go back; what was chosen holds"},
    {CMD_LEAVE, NULL,     "go back; what was chosen holds"},
    {CMD_NONE,  NULL,     NULL},
};
/* clang-format on */

const struct screen settings_screen = {
    .name = "settings",
    .title = "Settings",
    .help = "how this console looks, and how to keep it so",
    .state_size = sizeof(struct settings),
    .commands = commands,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .print = print,
    .release = release,
    .key = take,
};
