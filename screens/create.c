/* Create: a pipeline described on six pages, from its name to the plan. Edit is the same for one
 * that penstock made, without what cannot be changed.
 *
 * Going from page to page keeps everything; leaving asks nothing, because the draft is on the disk.
 */
#include "screens/create.h"

#include <stdarg.h>

#include "tui/key.h"

/* ---- going ---- */

static void open_create(void *state, const struct target *target)
{
    struct wizard *c = state;

    c->target = *target;
}

static void open_edit(void *state, const struct target *target)
{
    struct wizard *c = state;

    c->target = *target;
    c->is_change = true;
}

void create_note(struct wizard *c, enum style style, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(c->note, sizeof c->note, fmt, args);
    va_end(args);
    c->note_style = style;
}

void create_go(struct wizard *c, enum create_page page)
{
    if (page != c->page)
        c->was_left[c->page] = true;
    c->page = page;
    c->is_typing = c->picker.is_open = false;
    create_tidy(c);
    c->form = (struct form){.count = 0};
    create_make_form(c);
    create_tell_faults(c);
}

unsigned create_changed(struct wizard *c, bool is_done)
{
    c->is_dirty = true;
    c->must_save = c->must_save || is_done;
    return REACT_DRAW | REACT_LOAD;
}

/* To another page what was typed is kept, whether a field was left or not. */
static unsigned go(struct wizard *c, int page)
{
    c->must_save = c->must_save || c->is_dirty;
    c->note[0] = '\0'; /* the page's own keys stand there */
    create_go(c, (enum create_page)page);
    return REACT_DRAW | REACT_LOAD;
}

static unsigned next_page(struct wizard *c)
{
    return c->page + 1 < CREATE_PAGE_COUNT ? go(c, (int)c->page + 1) : REACT_DRAW;
}

static unsigned page_before(struct wizard *c)
{
    if (c->page > 0)
        return go(c, (int)c->page - 1);
    return c->is_dirty ? REACT_LEAVE | REACT_LOAD : REACT_LEAVE;
}

void create_ask(struct wizard *c, enum create_wish wish, const char *title, const char *text,
                const char *yes)
{
    dialog_init(&c->dialog, title, text, 0);
    dialog_add(&c->dialog, 'n', "no", 0, false);
    dialog_add(&c->dialog, 'y', yes, 1, false);
    c->asked = wish;
    c->is_asking = true;
}

bool create_is_reading(const struct wizard *c)
{
    return c->is_change && !c->has_was;
}

/* ---- keys ---- */

static unsigned answer_dialog(struct wizard *c, uint32_t key)
{
    int value = 0;

    switch (dialog_key(&c->dialog, key, &value)) {
    case DIALOG_STAYS:
    case DIALOG_CHANGED:
        return REACT_DRAW;
    case DIALOG_CLOSED:
        c->is_asking = false;
        return REACT_DRAW;
    case DIALOG_CHOSEN:
        break;
    }
    c->is_asking = false;
    c->wish = value == 1 ? c->asked : WISH_NONE;
    return REACT_DRAW | REACT_LOAD;
}

static unsigned choose_draft(struct wizard *c)
{
    if (c->choice > 0) {
        c->wish = WISH_OPEN_DRAFT;
        return REACT_DRAW | REACT_LOAD;
    }
    c->is_choosing = false;
    return REACT_DRAW | REACT_LOAD;
}

static unsigned drafts_command(struct wizard *c, enum command command)
{
    if (command == CMD_OPEN)
        return choose_draft(c);
    if (command == CMD_UP)
        c->choice -= c->choice > 0;
    else if (command == CMD_DOWN)
        c->choice += c->choice < c->known.draft_count;
    else if (command == CMD_FIRST || command == CMD_LAST)
        c->choice = command == CMD_LAST ? c->known.draft_count : 0;
    else
        return REACT_NONE;
    return REACT_DRAW;
}

static unsigned drafts_key(struct wizard *c, uint32_t key, bool *is_taken)
{
    *is_taken = key == KEYCODE_ESC || (key == 'D' && c->choice > 0);
    if (!*is_taken)
        return REACT_NONE;
    if (key == KEYCODE_ESC)
        return REACT_LEAVE;
    create_ask(c, WISH_DELETE_DRAFT, "Delete the draft?",
               "It was never sent to AWS; what was typed is gone then.", "delete the draft");
    return REACT_DRAW;
}

static unsigned form_page_key(struct wizard *c, uint32_t key, bool *is_taken)
{
    enum form_answer answer;
    bool is_other;

    if (c->form.count == 0) {
        *is_taken = key == KEYCODE_ENTER;
        return *is_taken ? next_page(c) : REACT_NONE;
    }
    answer = form_key(&c->form, key);
    is_other = create_read_form(c);
    *is_taken = answer != FORM_STAYS;
    switch (answer) {
    case FORM_STAYS:
        return REACT_NONE;
    case FORM_MOVED:
        c->must_save = c->must_save || c->is_dirty;
        return REACT_DRAW | REACT_LOAD;
    case FORM_CHANGED:
        return is_other ? create_changed(c, c->form.fields[c->form.cursor].kind != FORM_TEXT)
                        : REACT_DRAW;
    case FORM_DONE:
        return next_page(c);
    case FORM_CLOSED:
        return page_before(c);
    }
    return REACT_NONE;
}

static unsigned open_new_environment(struct answer *out)
{
    out->screen = "environment";
    return REACT_OPEN;
}

static unsigned page_key(struct wizard *c, uint32_t key, bool *is_taken, struct answer *out)
{
    *is_taken = true;
    if (key == KEYCODE_ESC)
        return page_before(c);
    if (c->page != CREATE_PAGE_REVIEW && key == KEYCODE_PGDN)
        return next_page(c);
    if (c->page != CREATE_PAGE_REVIEW && key == KEYCODE_PGUP)
        return c->page > 0 ? page_before(c) : REACT_DRAW;
    if (c->page == CREATE_PAGE_CICD && key == KEY_CONTROL('N'))
        return open_new_environment(out);
    if (c->page == CREATE_PAGE_ENVIRONMENTS)
        return create_table_key(c, key, is_taken, out);
    if (c->page == CREATE_PAGE_REVIEW)
        return create_review_key(c, key, is_taken);
    return form_page_key(c, key, is_taken);
}

static unsigned take(void *state, uint32_t key, bool *is_taken, struct answer *out)
{
    struct wizard *c = state;

    *is_taken = true;
    if (c->is_asking)
        return answer_dialog(c, key);
    if (c->known.defects == NULL || create_is_reading(c)) {
        *is_taken = false;
        return REACT_NONE;
    }
    if (c->is_choosing)
        return drafts_key(c, key, is_taken);
    if (c->page == CREATE_PAGE_ENVIRONMENTS && (c->picker.is_open || c->is_typing))
        return create_table_key(c, key, is_taken, out);
    return page_key(c, key, is_taken, out);
}

static unsigned ask_again(struct wizard *c, struct answer *out)
{
    out->errand = ERRAND_FETCH;
    out->names[0] = sv_of(c->target.name);
    out->name_count = 1;
    return REACT_ERRAND | REACT_DRAW;
}

static uint32_t key_of(enum command command)
{
    if (command == CMD_UP)
        return KEYCODE_UP;
    if (command == CMD_DOWN)
        return KEYCODE_DOWN;
    if (command == CMD_LEFT)
        return KEYCODE_LEFT;
    return command == CMD_RIGHT ? KEYCODE_RIGHT : command == CMD_OPEN ? KEYCODE_ENTER : 0;
}

static unsigned assign(struct wizard *c, struct sv argument, struct answer *out)
{
    struct err err;

    if (c->page == CREATE_PAGE_ENVIRONMENTS)
        return create_table_assign(c, argument, out);
    if (form_assign(&c->form, argument, &err)) {
        answer_say(out, STYLE_ATTENTION, "%s", err.text);
        return out->react;
    }
    create_read_form(c);
    return create_changed(c, true);
}

/* Also for keys that were bound anew, and for linear mode, which has words only. */
static void handle(void *state, enum command command, struct sv argument, struct answer *out)
{
    struct wizard *c = state;
    bool is_taken;

    if (command == CMD_LEAVE)
        out->react = REACT_LEAVE;
    else if (create_is_reading(c))
        out->react = command == CMD_OPEN   ? ask_again(c, out)
                     : command == CMD_BACK ? REACT_LEAVE
                                           : REACT_NONE;
    else if (c->known.defects == NULL)
        out->react = command == CMD_BACK ? REACT_LEAVE : REACT_NONE;
    else if (command == CMD_BACK)
        out->react = take(c, KEYCODE_ESC, &is_taken, out);
    else if (c->is_choosing)
        out->react = drafts_command(c, command);
    else if (command == CMD_PLAN)
        out->react = create_plan_now(c, out);
    else if (command == CMD_SET)
        out->react = assign(c, argument, out);
    else if (c->page == CREATE_PAGE_ENVIRONMENTS)
        out->react = create_table_command(c, command, out);
    else if (c->page == CREATE_PAGE_REVIEW)
        out->react = create_review_command(c, command, out);
    else if (command == CMD_PAGE_UP || command == CMD_PAGE_DOWN)
        out->react = command == CMD_PAGE_DOWN ? next_page(c) : page_before(c);
    else if (key_of(command) != 0)
        out->react = take(c, key_of(command), &is_taken, out);
}

static struct edit *edited(struct wizard *c)
{
    if (c->known.defects == NULL || create_is_reading(c) || c->is_choosing || c->is_asking)
        return NULL;
    if (c->page == CREATE_PAGE_ENVIRONMENTS)
        return create_table_edit(c);
    if (c->page == CREATE_PAGE_REVIEW || c->form.count == 0 ||
        c->form.fields[c->form.cursor].kind != FORM_TEXT)
        return NULL;
    return &c->form.fields[c->form.cursor].text;
}

static unsigned paste(void *state, struct sv text, struct answer *out)
{
    struct wizard *c = state;
    struct edit *e = edited(c);
    bool is_cut = false;

    if (e == NULL)
        return REACT_NONE;
    edit_paste(e, text, &is_cut);
    if (is_cut)
        answer_say(out, STYLE_ATTENTION, "what was pasted was too long: its beginning was taken");
    if (c->page != CREATE_PAGE_ENVIRONMENTS)
        create_read_form(c);
    return out->react | create_changed(c, false);
}

/* ---- what the console must know ---- */

/* Where letters are text, only these keys act. */
static const struct key_hint *keys_of(const struct wizard *c)
{
    static const struct key_hint dialog[] = {{NULL, NULL}}; /* it says its own */
    static const struct key_hint cell[] = {{"Enter", "done"}, {"Esc", "as it was"}, {NULL, NULL}};
    static const struct key_hint picker[] = {{"Enter", "take it"},
                                             {"Up Down", "move"},
                                             {"^N", "add one"},
                                             {"Esc", "close"},
                                             {NULL, NULL}};

    if (c->is_asking)
        return dialog;
    if (c->is_choosing || create_is_reading(c) || c->page == CREATE_PAGE_REVIEW)
        return NULL;
    if (c->page == CREATE_PAGE_ENVIRONMENTS)
        return c->picker.is_open ? picker : c->is_typing ? cell : NULL;
    return form_keys(&c->form);
}

static bool fits(const void *state, enum command command)
{
    const struct wizard *c = state;

    if (command == CMD_PLAN)
        return !c->is_choosing && create_can_plan(c);
    if (command == CMD_OPEN)
        return c->is_choosing || c->page != CREATE_PAGE_REVIEW || create_review_can_open(c);
    return true;
}

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct wizard *c = state;

    (void)look;
    *out = (struct screen_facts){.keys = keys_of(c)};
    if (c->is_change)
        snprintf(out->crumb, sizeof out->crumb, "Edit %.80s", c->target.name);
    else if (c->values[FIELD_NAME].text.len > 0)
        snprintf(out->crumb, sizeof out->crumb, "Create " SV_FMT,
                 SV_ARG(sv_take(edit_text(&c->values[FIELD_NAME].text), 80)));
}

static bool choose(void *state, int number)
{
    struct wizard *c = state;

    if (number < 1)
        return false;
    if (c->is_choosing) {
        c->choice = number - 1;
        return number - 1 <= c->known.draft_count;
    }
    if (c->page == CREATE_PAGE_ENVIRONMENTS && number <= c->row_count)
        c->row = number - 1;
    else if (c->page == CREATE_PAGE_REVIEW && number <= c->known.line_count)
        c->review_at = number - 1;
    else
        return false;
    return true;
}

static void release(void *state)
{
    struct wizard *c = state;

    if (!c->is_ready)
        return;
    arena_clear(&c->spare);
    create_save(c, &c->spare);
    arena_release(&c->arena);
    arena_release(&c->spare);
    arena_release(&c->before_arena);
}

/* clang-format off */
static const struct screen_command commands[] = {
    {CMD_OPEN,      "go on", "go on; on the review: make the plan, or go to the fault"},
    {CMD_PLAN,      "plan",  "make the plan, when nothing is wrong"},
    {CMD_BACK,      "back",  "go a page back; from the first one leave, the draft is kept"},
    {CMD_LEAVE,     NULL,    "leave; the draft is kept"},
    {CMD_ADD,       NULL,    "add an environment, on their page"},
    {CMD_EDIT,      NULL,    "edit the cell under the cursor, on the page of the environments"},
    {CMD_DELETE,    NULL,    "remove the row under the cursor there; x does it, too"},
    {CMD_SET,       NULL,    "fill in a field of the page: set name = sales"},
    {CMD_UP,        NULL,    NULL},
    {CMD_DOWN,      NULL,    NULL},
    {CMD_LEFT,      NULL,    "choose the value before, or move to the cell before"},
    {CMD_RIGHT,     NULL,    "choose the next value, or move to the next cell"},
    {CMD_FIRST,     NULL,    NULL},
    {CMD_LAST,      NULL,    NULL},
    {CMD_HALF_UP,   NULL,    NULL},
    {CMD_HALF_DOWN, NULL,    NULL},
    {CMD_PAGE_UP,   NULL,    "of the review; of other pages: the page before"},
    {CMD_PAGE_DOWN, NULL,    "of the review; of other pages: the next page"},
    {CMD_NONE,      NULL,    NULL},
};
/* clang-format on */

#define WIZARD                                                                                     \
    .state_size = sizeof(struct wizard), .commands = commands, .load = create_load,                \
    .draw = create_draw, .handle = handle, .facts = facts, .fits = fits, .print = create_print,    \
    .choose = choose, .release = release, .key = take, .paste = paste

const struct screen create_screen = {
    .errand = ERRAND_ENVIRONMENTS,
    .name = "create",
    .title = "Create",
    .help = "describe a pipeline, and have its plan made",
    .open = open_create,
    WIZARD,
};

const struct screen edit_screen = {
    .name = "edit",
    .title = "Edit",
    .help = "change a pipeline that penstock made",
    .open = open_edit,
    WIZARD,
};
