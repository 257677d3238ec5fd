/* Create: a pipeline described on six pages, from its name to the plan. Edit is the same for one
 * that penstock made, without what cannot be changed.
 *
 * Going from page to page keeps everything; leaving asks nothing, because the draft is on the disk.
 */
#include "screens/create.h"

#include <stdarg.h>

#include "core/base/time.h"
#include "tui/key.h"
#include "tui/rescue.h"

enum { SIDE_BY_SIDE_COLS = 120, DRAFT_TEXT = 200 };

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

static bool is_reading(const struct wizard *c)
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
    if (c->known.defects == NULL || is_reading(c)) {
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
    else if (is_reading(c))
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
    if (c->known.defects == NULL || is_reading(c) || c->is_choosing || c->is_asking)
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

/* ---- drawing ---- */

static bool page_has_fault(const struct wizard *c, enum create_page page)
{
    int id;

    if (!c->was_left[page] || c->known.defects == NULL)
        return false;
    for (size_t i = 0; i < c->known.defects->count; i++) {
        const struct defect *d = &c->known.defects->items[i];

        if (!d->is_warning && create_page_of(c, d->field, &id) == page)
            return true;
    }
    return false;
}

/* "1 Details  2 CICD  ...": the page in brackets, a '!' where something is wrong; where all do not
 * fit, the others are numbers. */
static void draw_steps(const struct wizard *c, struct canvas *canvas, struct rect line)
{
    bool is_wide = line.cols >= 76;
    int right = line.col + line.cols;
    int col = line.col + 1;

    for (int i = 0; i < CREATE_PAGE_COUNT; i++) {
        bool is_here = c->page == (enum create_page)i;
        char text[48];

        snprintf(text, sizeof text, "%s%d%s%s%s%s", is_here ? "[" : " ", i + 1,
                 is_wide || is_here ? " " : "",
                 is_wide || is_here ? create_page_title((enum create_page)i) : "",
                 page_has_fault(c, (enum create_page)i) ? "!" : "", is_here ? "]" : " ");
        col += canvas_text(canvas, line.row, col, right - col, is_here ? STYLE_TITLE : STYLE_DIM,
                           sv_of(text));
    }
}

static int draw_fixed(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    int row = area.row;

    for (int i = 0; i < FIELD_COUNT && row < area.row + area.rows; i++) {
        char text[EDIT_SIZE + 96];

        if (!create_field_is_here(c, i) || !create_is_fixed(c, i))
            continue;
        snprintf(text, sizeof text, "%s: " SV_FMT "  (cannot be changed)", create_field_label(i),
                 SV_ARG(create_shown(c, i)));
        canvas_cut(canvas, row++, area.col + 2, area.cols - 3, STYLE_DIM, sv_of(text));
    }
    return row - area.row;
}

static void draw_text(struct canvas *canvas, struct rect area, struct sv text, enum style first)
{
    enum style style = first;

    while (text.len > 0 && area.rows > 0) {
        struct sv line = sv_cut(text, '\n', &text);

        if (area.rows == 1 && text.len > 0) {
            canvas_cut(canvas, area.row, area.col, area.cols, STYLE_DIM,
                       SV("~ and more: a larger terminal, or printed, shows all of it"));
            return;
        }
        canvas_cut(canvas, area.row, area.col, area.cols, style, line);
        style = STYLE_PLAIN;
        area.row++;
        area.rows--;
    }
}

/* Both where they fit; else the one that is chosen. */
static void draw_strategies(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    int chosen = c->values[FIELD_STRATEGY].chosen;
    struct rect part = {area.row, area.col + 2, area.rows, area.cols - 3};

    if (area.cols < SIDE_BY_SIDE_COLS) {
        draw_text(canvas, part, c->known.drawings[chosen], STYLE_TITLE);
        return;
    }
    part.cols = area.cols / 2 - 4;
    for (int i = 0; i < STRATEGY_COUNT; i++) {
        part.col = area.col + 2 + i * area.cols / 2;
        if (i == chosen)
            canvas_text(canvas, part.row, part.col - 2, 1, STYLE_CURSOR, SV(">"));
        draw_text(canvas, part, c->known.drawings[i], i == chosen ? STYLE_TITLE : STYLE_DIM);
    }
}

static void draw_form_page(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    int fixed = draw_fixed(c, canvas, area);
    struct rect form = {area.row + fixed, area.col, area.rows - fixed, area.cols - 1};

    if (c->page == CREATE_PAGE_STRATEGY && area.rows > 4) {
        int lines = c->form.count > 0 ? 2 + (c->form.fields[0].fault[0] != '\0') : 0;

        draw_strategies(c, canvas,
                        (struct rect){form.row + lines + (area.rows > 10), area.col,
                                      form.rows - lines - (area.rows > 10), area.cols});
        form.rows = lines;
    }
    form_draw(&c->form, canvas, form);
}

static void draft_text(const struct wizard *c, int i, char *out, size_t size)
{
    const struct draft_row *d = &c->known.drafts[i];
    char ago[TIME_AGE_SIZE];

    snprintf(out, size, SV_FMT ", a draft, left %s ago",
             SV_ARG(d->name.len > 0 ? sv_take(d->name, 80) : SV("without a name")),
             time_age(d->saved_at, c->now_ms, ago));
}

static void draw_drafts(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    int top = c->choice < area.rows - 2 ? 0 : c->choice - area.rows + 3;

    canvas_cut(canvas, area.row, area.col + 2, area.cols - 3, STYLE_TITLE,
               c->is_change ? SV("Go on with what was begun, or from how it is?")
                            : SV("Go on with a draft, or begin another pipeline?"));
    for (int i = 0; i + 2 < area.rows && top + i <= c->known.draft_count; i++) {
        char text[DRAFT_TEXT];
        int at = top + i;

        snprintf(text, sizeof text, "%s",
                 c->is_change ? "the pipeline as it is in AWS" : "a new pipeline");
        if (at > 0)
            draft_text(c, at - 1, text, sizeof text);
        if (at == c->choice)
            canvas_text(canvas, area.row + 2 + i, area.col, 1, STYLE_CURSOR, SV(">"));
        canvas_cut(canvas, area.row + 2 + i, area.col + 2, area.cols - 3, STYLE_PLAIN, sv_of(text));
    }
}

static void draw_reading(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    char text[TARGET_NAME_SIZE + CREATE_NOTE + 96];
    struct rect inside = {area.row + 2, area.col + 2, area.rows - 2, area.cols - 4};

    if (c->note[0] != '\0')
        snprintf(text, sizeof text, "%s", c->note);
    else if (c->errand == ERRAND_FETCH)
        snprintf(text, sizeof text, "The definition of %s is being read from AWS.", c->target.name);
    else if (c->errand_err[0] != '\0')
        snprintf(text, sizeof text, "%s. Enter asks again, q goes back.", c->errand_err);
    else
        snprintf(text, sizeof text,
                 "The definition of %s is not read yet: Enter reads it, q goes back.",
                 c->target.name);
    canvas_wrap(canvas, inside, STYLE_DIM, sv_of(text));
}

static const char *hint_of(const struct wizard *c)
{
    if (c->is_choosing)
        return "Enter goes on  D deletes the draft  Esc back";
    if (c->page == CREATE_PAGE_ENVIRONMENTS)
        return c->is_typing ? "Enter done  Esc as it was"
                            : "a add  e edit  Space approval  x remove  K J move  n new  PgDn on  "
                              "Esc back";
    if (c->page == CREATE_PAGE_REVIEW)
        return "P plan  Enter to the fault  o print  w write  Esc back";
    if (c->page == CREATE_PAGE_CICD)
        return "Tab next  PgDn next page  ^N add one  Esc back";
    return "Tab next  PgDn next page  Esc back; a draft is kept";
}

static void draw_page(const struct wizard *c, struct canvas *canvas, struct rect area)
{
    if (c->is_choosing)
        draw_drafts(c, canvas, area);
    else if (c->page == CREATE_PAGE_ENVIRONMENTS)
        create_table_draw(c, canvas, area);
    else if (c->page == CREATE_PAGE_REVIEW)
        create_review_draw(c, canvas, area);
    else
        draw_form_page(c, canvas, area);
}

static void draw(const void *state, const struct view_look *look, struct canvas *canvas,
                 struct rect area)
{
    const struct wizard *c = state;
    int above = area.rows >= 14 ? 2 : 1;
    struct rect inside = {area.row + above, area.col, area.rows - above - 1, area.cols};
    int last = area.row + area.rows - 1;

    (void)look;
    if (is_reading(c)) {
        draw_reading(c, canvas, area);
        return;
    }
    if (c->known.defects == NULL || inside.rows < 1)
        return;
    if (!c->is_choosing)
        draw_steps(c, canvas, (struct rect){area.row, area.col, 1, area.cols});
    draw_page(c, canvas, inside);
    if (c->note[0] != '\0')
        canvas_cut(canvas, last, area.col + 2, area.cols - 3, c->note_style, sv_of(c->note));
    else
        canvas_cut(canvas, last, area.col + 2, area.cols - 3, STYLE_DIM, sv_of(hint_of(c)));
    if (c->is_asking)
        dialog_draw(&c->dialog, canvas, area);
}

/* ---- the rest ---- */

static void facts(const void *state, const struct view_look *look, struct screen_facts *out)
{
    const struct wizard *c = state;

    (void)look;
    *out = (struct screen_facts){.next_change_ms = 0};
    if (c->is_change)
        snprintf(out->crumb, sizeof out->crumb, "Edit %.80s", c->target.name);
    else if (c->values[FIELD_NAME].text.len > 0)
        snprintf(out->crumb, sizeof out->crumb, "Create " SV_FMT,
                 SV_ARG(sv_take(edit_text(&c->values[FIELD_NAME].text), 80)));
}

static enum err_code print_form(const struct wizard *c, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < FIELD_COUNT && rc == ERR_OK; i++) {
        if (!create_field_is_here(c, i) || !create_is_fixed(c, i))
            continue;
        rc = sb_addf(out, err, "%s (cannot be changed): ", create_field_label(i));
        if (rc == ERR_OK)
            rc = sb_add_safe(out, create_shown(c, i), err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    for (int i = 0; i < c->form.count && rc == ERR_OK; i++) {
        const struct form_field *f = &c->form.fields[i];

        rc = sb_addf(out, err, "%s: ", f->label);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, form_text(f), err);
        if (rc == ERR_OK)
            rc = sb_addf(out, err, "%s%s\n", f->fault[0] != '\0' ? "  FAULT " : "", f->fault);
    }
    for (int i = 0; c->page == CREATE_PAGE_STRATEGY && i < STRATEGY_COUNT && rc == ERR_OK; i++) {
        rc = sb_addc(out, '\n', err);
        if (rc == ERR_OK)
            rc = sb_add(out, c->known.drawings[i], err);
    }
    return rc;
}

static enum err_code print_drafts(const struct wizard *c, struct sb *out, struct err *err)
{
    enum err_code rc = sb_addf(out, err, "1. %s\n",
                               c->is_change ? "the pipeline as it is in AWS" : "a new pipeline");

    for (int i = 0; i < c->known.draft_count && rc == ERR_OK; i++) {
        char text[DRAFT_TEXT];

        draft_text(c, i, text, sizeof text);
        rc = sb_addf(out, err, "%d. ", i + 2);
        if (rc == ERR_OK)
            rc = sb_add_safe(out, sv_of(text), err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}

static enum err_code print(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err)
{
    const struct wizard *c = state;
    enum err_code rc;

    (void)look;
    if (is_reading(c) || c->known.defects == NULL)
        return sb_addf(out, err, "The definition of %s is not read yet.\n", c->target.name);
    if (c->is_choosing)
        return print_drafts(c, out, err);
    if (c->page == CREATE_PAGE_REVIEW)
        return create_review_print(c, out, err);
    rc = sb_addf(out, err, "Page %d of %d: %s\n", (int)c->page + 1, CREATE_PAGE_COUNT,
                 create_page_title(c->page));
    if (rc == ERR_OK)
        rc = c->page == CREATE_PAGE_ENVIRONMENTS ? create_table_print(c, out, err)
                                                 : print_form(c, out, err);
    return rc;
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
    .state_size = sizeof(struct wizard), .commands = commands, .load = create_load, .draw = draw,  \
    .handle = handle, .facts = facts, .print = print, .choose = choose, .release = release,        \
    .key = take, .paste = paste

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
