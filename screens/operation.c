/* An operation: what must be told or chosen before it is planned. It was begun by its key, by the
 * menu or in the palette; what it would do to AWS is the plan's to say. */
#include "screens/operation_form.h"

#include "tui/denials.h"
#include "tui/key.h"

extern const struct screen operation_screen;

enum { PROMPT_ROWS = 1, HELP_INDENT = 5, BOUNCE_MS = 800 };

struct operating_on {
    struct operation_form f;
    struct console *console;
    bool is_open;
    uint32_t opened_by;       /* the key, until another one is pressed; 0 = none */
    int64_t opened_ms;        /* wall */
    struct rect area;         /* of the last load */
    int top;                  /* row of what stands above the fields that is the first in sight */
    char denied[DENIAL_SIZE]; /* what AWS would say; "" = nothing is known */
};

static bool has_fields(const struct operating_on *s)
{
    return s->is_open && s->f.chosen.count > 0;
}

/* ---- load: once, so that nothing typed is lost ---- */

/* Who may not do it should know before the fields are filled in. */
static void find_denied(struct operating_on *s, const struct console *c)
{
    struct denial denial;

    s->denied[0] = '\0';
    for (size_t i = 0; i < s->f.chosen.count && s->denied[0] == '\0'; i++) {
        if (denial_find(c, &s->f.chosen.targets[i], s->f.chosen.action, &denial))
            denial_write(c, &denial, s->denied);
    }
}

static enum err_code begin(struct operating_on *s, const struct screen_input *input,
                           struct err *err)
{
    s->is_open = true;
    s->opened_by = input->console->asked_by;
    s->opened_ms = input->look->now_ms;
    s->f.chosen = input->console->chosen;
    s->f.work = input->console->options.work;
    find_denied(s, s->console);
    if (s->f.chosen.count == 0)
        return ERR_OK;
    return operation_form_open(&s->f, input->cache, input->look, err);
}

static enum err_code load(void *state, const struct screen_input *input, struct err *err)
{
    struct operating_on *s = state;

    s->console = input->console;
    s->area = input->area;
    if (!s->is_open)
        return begin(s, input, err);
    find_denied(s, s->console);
    return has_fields(s) ? operation_form_news(&s->f, input->look, err) : ERR_OK;
}

/* ---- handle ---- */

static enum err_code fill(const void *state, struct act *act, struct err *err)
{
    const struct operating_on *s = state;

    return operation_form_fill(&s->f, act, err);
}

static unsigned plan(struct operating_on *s, struct answer *out)
{
    out->action = (int)s->f.chosen.action;
    out->fill = fill;
    return REACT_ACT | REACT_DRAW;
}

/* What a stage can be rolled back to AWS tells better than the cache: asked once for each. */
static unsigned ask_candidates(struct operating_on *s, struct answer *out)
{
    if (!operation_form_asks(&s->f, &out->target))
        return REACT_NONE;
    out->errand = ERRAND_CANDIDATES;
    return REACT_ERRAND;
}

static unsigned react(struct operating_on *s, enum form_answer answer, struct answer *out)
{
    switch (answer) {
    case FORM_STAYS:
        return REACT_NONE;
    case FORM_CHANGED:
        operation_form_changed(&s->f);
        return REACT_DRAW | ask_candidates(s, out);
    case FORM_MOVED:
        return REACT_DRAW | ask_candidates(s, out);
    case FORM_CLOSED:
        return REACT_LEAVE;
    case FORM_DONE:
        return plan(s, out);
    }
    return REACT_NONE;
}

/* A letter that was pressed twice to open the form, or for too long, is no text. */
static bool is_bounce(struct operating_on *s, uint32_t key)
{
    if (key == s->opened_by && key_character(key) != 0 &&
        s->console->look.now_ms - s->opened_ms < BOUNCE_MS)
        return true;
    s->opened_by = 0;
    return false;
}

static unsigned take(void *state, uint32_t key, bool *is_taken, struct answer *out)
{
    struct operating_on *s = state;
    enum form_answer answer = FORM_STAYS;

    *is_taken = has_fields(s) && is_bounce(s, key);
    if (*is_taken)
        return REACT_NONE;
    if (has_fields(s))
        answer = form_key(&s->f.form, key);
    *is_taken = answer != FORM_STAYS;
    return react(s, answer, out);
}

static unsigned paste(void *state, struct sv text, struct answer *out)
{
    struct operating_on *s = state;

    return has_fields(s) ? react(s, form_paste(&s->f.form, text), out) : REACT_NONE;
}

static void assign(struct operating_on *s, struct sv text, struct answer *out)
{
    struct err err;

    out->react = REACT_DRAW;
    if (form_assign(&s->f.form, text, &err))
        answer_say(out, STYLE_ATTENTION, "%s", err.text);
    else
        operation_form_changed(&s->f);
}

/* ---- what stands above the fields, which have what they need: a page of it where it is long ----
 */

/* One field has what it needs and a blank line; several, and a list, get half. */
static int rows_above(const struct operating_on *s, struct rect area)
{
    const struct form_field *field = &s->f.form.fields[0];
    int cols = area.cols - HELP_INDENT;

    if (s->f.form.count != 1 || field->kind == FORM_LIST)
        return area.rows / 2;
    return area.rows - PROMPT_ROWS - 2 - canvas_lines(sv_of(field->help), cols) -
           canvas_lines(sv_of(field->fault), cols);
}

static int rows_of_lines(const struct operating_on *s, int cols)
{
    int rows = 0;

    for (size_t i = 0; i < s->f.line_count; i++)
        rows += canvas_lines(s->f.lines[i], cols);
    return rows;
}

/* Which rows of it are in sight: `rows` from `top` on; note: one is left for how to see the others.
 */
struct above {
    int denied;
    int total;
    int top;
    int rows;
    bool has_note;
};

static struct above above_of(const struct operating_on *s, struct rect area)
{
    int cols = area.cols - 3;
    struct above a = {.denied = canvas_lines(sv_of(s->denied), cols),
                      .total = rows_of_lines(s, cols)};
    int room = rows_above(s, area) - a.denied;

    a.has_note = a.total > room && room > 1;
    a.rows = a.total <= room ? a.total : room > 1 ? room - 1 : room > 0 ? room : 0;
    a.top = s->top < a.total - a.rows ? s->top : a.total - a.rows;
    return a;
}

static void scroll(struct operating_on *s, bool is_down, struct answer *out)
{
    struct above a = above_of(s, s->area);
    int page = a.rows > 1 ? a.rows : 1;

    s->top = is_down ? a.top + page : a.top - page;
    s->top = s->top > a.total - a.rows ? a.total - a.rows : s->top < 0 ? 0 : s->top;
    if (s->top != a.top)
        out->react |= REACT_DRAW;
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
    struct operating_on *s = state;
    bool is_taken;

    if (command == CMD_BACK || command == CMD_LEAVE) {
        out->react = REACT_LEAVE;
        return;
    }
    if (!has_fields(s))
        return;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (command == keys[i].command)
            out->react = take(state, keys[i].key, &is_taken, out);
    }
    if (command == CMD_PAGE_UP || command == CMD_PAGE_DOWN)
        scroll(s, command == CMD_PAGE_DOWN, out);
    else if (command == CMD_SET)
        assign(s, argument, out);
    else if (command == CMD_PLAN)
        out->react = react(s, form_check(&s->f.form) ? FORM_DONE : FORM_MOVED, out);
}

/* ---- what is shown ---- */

static void draw_note(const struct above *a, struct canvas *c, struct rect line)
{
    int left = a->total - a->top - a->rows;
    char text[64];

    if (left > 0)
        snprintf(text, sizeof text, "and %d more line%s: PgDn", left, left == 1 ? "" : "s");
    else
        snprintf(text, sizeof text, "and %d line%s above: PgUp", a->top, a->top == 1 ? "" : "s");
    canvas_cut(c, line.row, line.col, line.cols, STYLE_DIM, sv_of(text));
}

static int draw_lines(const struct operating_on *s, struct canvas *c, struct rect area)
{
    struct above a = above_of(s, area);
    struct rect line = {area.row, area.col + 2, 1, area.cols - 3};
    int at = 0;

    line.row += canvas_wrap(c, (struct rect){line.row, line.col, a.denied, line.cols}, STYLE_BAD,
                            sv_of(s->denied));
    for (size_t i = 0; i < s->f.line_count; i++) {
        for (struct sv rest = sv_trim(s->f.lines[i]); rest.len > 0; at++) {
            struct sv row = canvas_take_line(&rest, line.cols);

            if (at >= a.top && at < a.top + a.rows)
                canvas_cut(c, line.row++, line.col, line.cols, i == 0 ? STYLE_TITLE : STYLE_PLAIN,
                           row);
        }
    }
    if (a.has_note) {
        draw_note(&a, c, line);
        line.row++;
    }
    return line.row - area.row + (line.row > area.row && area.rows > 10);
}

static struct sv prompt_of(const struct operation_form *f)
{
    if (f->chosen.action == ACTION_REJECT)
        return SV("Enter makes the plan to REJECT.");
    if (f->chosen.action == ACTION_APPROVE)
        return SV("Enter makes the plan to APPROVE.");
    return f->form.cursor + 1 < f->form.count
               ? SV("Enter goes on, at the end to the plan. Esc goes back.")
               : SV("Enter makes the plan. Esc goes back.");
}

static void draw(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area)
{
    const struct operating_on *s = state;
    int last = area.row + area.rows - 1;
    char note[80];
    int above;

    (void)look;
    if (!has_fields(s)) {
        canvas_wrap(c, (struct rect){area.row + 2, area.col + 2, area.rows - 2, area.cols - 4},
                    STYLE_DIM, SV("Nothing was chosen: T on a pipeline, a stage or an action."));
        return;
    }
    above = draw_lines(s, c, area);
    form_draw(
        &s->f.form, c,
        (struct rect){area.row + above, area.col, area.rows - above - PROMPT_ROWS, area.cols - 1});
    operation_form_note(&s->f, note, sizeof note);
    canvas_right(c, last, area.col, area.cols - 1, STYLE_DIM, sv_of(note));
    canvas_cut(c, last, area.col + 2, area.cols - 4 - text_width(sv_of(note)), STYLE_DIM,
               prompt_of(&s->f));
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct operating_on *s = state;

    (void)look;
    *out = (struct screen_facts){.matches = 0};
    if (!has_fields(s))
        return;
    out->keys = form_keys(&s->f.form);
    out->next_change_ms = operation_form_next(&s->f);
    out->loads_when_due = true;
    operation_form_title(&s->f, out->crumb, sizeof out->crumb);
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct operating_on *s = state;
    char title[SCREEN_CRUMB_SIZE];
    enum err_code rc;

    (void)look;
    if (!has_fields(s))
        return sb_addf(out, err, "Nothing was chosen: actions on a pipeline lists them.\n");
    operation_form_title(&s->f, title, sizeof title);
    rc = sb_addf(out, err, "%s\n%s%s", title, s->denied, s->denied[0] != '\0' ? "\n" : "");
    for (size_t i = 0; i < s->f.line_count && !rc; i++) {
        rc = sb_add_safe(out, s->f.lines[i], err);
        if (!rc)
            rc = sb_addc(out, '\n', err);
    }
    if (!rc)
        rc = form_print(&s->f.form, out, err);
    return rc ? rc
              : sb_addf(out, err,
                        "set FIELD = TEXT fills a field in, plan shows what it would do.\n");
}

static void release(void *state)
{
    struct operating_on *s = state;

    if (has_fields(s))
        operation_form_release(&s->f);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_PLAN,  NULL,     "check the fields, then make the plan; Enter on the last field does it, too"},
    {CMD_UP,    NULL,     "move to the field above"},
    {CMD_DOWN,  "move",   "move to the field below; Enter and Tab do it, too"},
    {CMD_LEFT,  NULL,     "choose the value before"},
    {CMD_RIGHT, "choose", "choose the next value; Space does it, too"},
    {CMD_PAGE_UP, NULL,   "what stands above the fields, and has no room: the lines before"},
    {CMD_PAGE_DOWN, NULL, "what stands above the fields, and has no room: the lines behind"},
    {CMD_SET,   NULL,     "fill in a field by its name: set comment = looks fine"},
    {CMD_BACK,  NULL,     "go back; nothing is done"},
    {CMD_LEAVE, NULL,     "go back; nothing is done"},
    {CMD_NONE,  NULL,     NULL},
};
/* clang-format on */

const struct screen operation_screen = {
    .name = "operation",
    .title = "Operation",
    .help = "what an operation is given before its plan is made",
    .state_size = sizeof(struct operating_on),
    .commands = commands,
    .load = load,
    .draw = draw,
    .handle = handle,
    .facts = facts,
    .print = print,
    .release = release,
    .key = take,
    .paste = paste,
};
