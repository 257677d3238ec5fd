/* What is typed becomes what is done: the overlay on top takes a key first, then the screen's own
 * fields, then the keymap. */
#include "tui/consent.h"
#include "tui/denials.h"
#include "tui/frame.h"
#include "tui/key.h"
#include "tui/operation.h"
#include "tui/react.h"
#include "tui/stack.h"
#include "tui/theme.h"

enum { WHEEL_LINES = 3 };

/* What is no filter stays in its line with the reason, so that no list is named after it. */
static unsigned keep_filter(struct console *c)
{
    if (stack_top(c)->is_refused)
        react_filter_changed(c); /* the reason is said again */
    if (c->needs_load)
        console_load(c);
    if (!stack_top(c)->is_refused)
        c->overlay = OVERLAY_NONE;
    return REACT_DRAW;
}

/* Keys that are none of a line's, such as the arrows, still move the cursor in the list. */
static unsigned filter_key(struct console *c, uint32_t key, bool *is_taken)
{
    struct edit *e = &stack_top(c)->filter;

    *is_taken = true;
    switch (edit_key(e, key)) {
    case EDIT_IGNORED:
        *is_taken = false;
        return REACT_NONE;
    case EDIT_MOVED:
        return REACT_DRAW;
    case EDIT_CHANGED:
        react_filter_changed(c);
        return REACT_DRAW;
    case EDIT_DONE:
        return keep_filter(c);
    case EDIT_CANCELLED:
        c->overlay = OVERLAY_NONE;
        return react_filter_clear(c);
    }
    return REACT_NONE;
}

static unsigned menu_chosen(struct console *c)
{
    struct opened *o = stack_top(c);
    struct answer answer = {.react = REACT_NONE};
    int value = menu_value(&c->menu);

    switch (c->menu_use) {
    case MENU_ORDER:
        o->screen->handle(o->state, CMD_SORT, sv_of(c->menu.items[c->menu.cursor].text), &answer);
        return REACT_DRAW | react_to(c, &answer);
    case MENU_OPERATION:
        return operation_chosen(c, (enum action_id)value);
    case MENU_COPY:
        return REACT_DRAW | react_copy(c, (enum copy)value);
    case MENU_THEME:
        return react_theme(c, sv_of(theme_name((size_t)value)));
    }
    return REACT_NONE;
}

static unsigned say_disabled(struct console *c)
{
    const struct menu_item *item = &c->menu.items[c->menu.cursor];

    console_flash(c, STYLE_ATTENTION, "%s: %s", item->text, item->note);
    return REACT_DRAW;
}

static unsigned over_menu(struct console *c, uint32_t key)
{
    uint32_t pending = 0;
    enum command command = keymap_feed(&c->keymap, &pending, key, NULL, NULL);

    switch (menu_key(&c->menu, key, command)) {
    case MENU_STAYS:
        return REACT_NONE;
    case MENU_MOVED:
        return REACT_DRAW;
    case MENU_REFUSED:
        return say_disabled(c);
    case MENU_CLOSED:
        c->overlay = OVERLAY_NONE;
        return REACT_DRAW;
    case MENU_CHOSEN:
        c->asked_by = key;
        c->overlay = OVERLAY_NONE;
        return menu_chosen(c);
    }
    return REACT_NONE;
}

static unsigned dialog_chosen(struct console *c, int value)
{
    switch (c->dialog_use) {
    case DIALOG_LEAVE:
        return value == 1 ? REACT_QUIT : REACT_NONE;
    case DIALOG_AGREE:
        return value == 1 ? consent_given(c) : consent_declined(c);
    case DIALOG_AGAIN:
        return value == 1 ? consent_again(c) : REACT_NONE;
    case DIALOG_STOP:
        return value == 1 ? consent_stop(c) : REACT_NONE;
    }
    return REACT_NONE;
}

static unsigned over_dialog(struct console *c, uint32_t key)
{
    int value = 0;

    dialog_layout(&c->dialog, frame_body(c));
    switch (dialog_key(&c->dialog, key, &value)) {
    case DIALOG_STAYS:
        return REACT_NONE;
    case DIALOG_CHANGED:
        return REACT_DRAW;
    case DIALOG_CLOSED:
        c->overlay = OVERLAY_NONE;
        if (c->dialog_use == DIALOG_AGREE)
            (void)consent_declined(c);
        return REACT_DRAW;
    case DIALOG_CHOSEN:
        c->overlay = OVERLAY_NONE;
        return REACT_DRAW | dialog_chosen(c, value);
    }
    return REACT_NONE;
}

static unsigned over_palette(struct console *c, uint32_t key)
{
    char line[PALETTE_TEXT];

    switch (palette_key(&c->palette, key, c->options.cache)) {
    case PALETTE_STAYS:
        return REACT_NONE;
    case PALETTE_CHANGED:
        return REACT_DRAW;
    case PALETTE_CLOSED:
        c->overlay = OVERLAY_NONE;
        return REACT_DRAW;
    case PALETTE_DONE:
        c->overlay = OVERLAY_NONE;
        target_set(line, sizeof line, palette_text(&c->palette));
        return line[0] == '\0' ? REACT_DRAW : REACT_DRAW | console_command(c, sv_of(line));
    }
    return REACT_NONE;
}

/* A key means that what was said has been read, and that somebody is there. */
static unsigned touch(struct console *c)
{
    unsigned had_flash = c->flash[0] != '\0' ? REACT_DRAW : REACT_NONE;

    c->flash[0] = '\0';
    c->is_asking = false;
    console_came_back(c);
    c->last_key_ms = c->look.now_ms;
    return had_flash;
}

/* These work whatever is open. */
static bool is_urgent(enum command command)
{
    return command == CMD_QUIT || command == CMD_SUSPEND || command == CMD_REDRAW;
}

static bool over_screen(struct console *c, uint32_t key, unsigned *mask)
{
    struct opened *o = stack_top(c);
    struct answer answer = {.react = REACT_NONE};
    bool is_taken = false;

    if (o->screen->key == NULL)
        return false;
    if (c->needs_load || c->wants_more)
        console_load(c);
    c->asked_by = key;
    answer.react = o->screen->key(o->state, key, &is_taken, &answer);
    if (is_taken)
        *mask = react_to(c, &answer);
    return is_taken;
}

/* Not worth keeping: text that is pasted where no terminal tells it from keys has many. */
static unsigned say_unbound(struct console *c)
{
    char help[24];

    snprintf(c->flash, sizeof c->flash, "that key does nothing; %s shows those that do",
             keymap_key(&c->keymap, CMD_HELP, help));
    c->flash_style = STYLE_PLAIN;
    return REACT_DRAW;
}

static unsigned take_key(struct console *c, uint32_t key)
{
    uint32_t alone = 0;
    enum command command = keymap_feed(&c->keymap, &alone, key, command_is_taken, c);
    bool is_taken = false;
    unsigned mask = REACT_NONE;

    if (c->overlay != OVERLAY_NONE && is_urgent(command) && key_character(key) == 0)
        return command_run(c, command, SV_NONE, key);
    switch (c->overlay) {
    case OVERLAY_PALETTE:
        return over_palette(c, key);
    case OVERLAY_MENU:
        return over_menu(c, key);
    case OVERLAY_DIALOG:
        return over_dialog(c, key);
    case OVERLAY_FILTER:
        mask = filter_key(c, key, &is_taken);
        break;
    case OVERLAY_NONE:
        is_taken = !is_urgent(command) && over_screen(c, key, &mask);
        break;
    }
    if (is_taken)
        return mask;
    command = keymap_feed(&c->keymap, &c->pending, key, command_is_taken, c);
    if (command != CMD_NONE)
        return command_run(c, command, SV_NONE, key);
    return c->pending != 0 || c->overlay != OVERLAY_NONE ? REACT_NONE : say_unbound(c);
}

unsigned console_key(struct console *c, uint32_t key)
{
    unsigned had_flash = touch(c);
    unsigned mask = take_key(c, key);

    if (mask != REACT_NONE && !c->needs_load && c->overlay == OVERLAY_NONE)
        denials_follow(c);
    return had_flash | mask;
}

/* Into a field of the screen's own; REACT_NONE when it has no place for it. */
static unsigned paste_screen(struct console *c, struct sv text)
{
    struct opened *o = stack_top(c);
    struct answer answer = {.react = REACT_NONE};

    if (o->screen->paste == NULL || c->overlay != OVERLAY_NONE)
        return REACT_NONE;
    if (c->needs_load)
        console_load(c);
    answer.react = o->screen->paste(o->state, text, &answer);
    return answer.react != REACT_NONE ? react_to(c, &answer) | REACT_DRAW : REACT_NONE;
}

unsigned console_paste(struct console *c, struct sv text, bool is_cut)
{
    unsigned mask = touch(c) | REACT_DRAW;
    unsigned pasted = paste_screen(c, text);

    if (pasted != REACT_NONE) {
        mask |= pasted;
    } else if (c->overlay == OVERLAY_FILTER) {
        edit_paste(&stack_top(c)->filter, text, &is_cut);
        react_filter_changed(c);
    } else if (c->overlay == OVERLAY_PALETTE) {
        palette_paste(&c->palette, text, c->options.cache);
    } else {
        console_flash(c, STYLE_ATTENTION,
                      "pasted text is not taken as keys; press / or : first to paste into a line");
    }
    if (is_cut)
        console_flash(c, STYLE_ATTENTION, "what was pasted was too long: its beginning was taken");
    return mask;
}

unsigned console_point(struct console *c, int row, int step)
{
    struct opened *o = stack_top(c);
    unsigned mask = touch(c);
    enum command command = step < 0 ? CMD_UP : CMD_DOWN;

    if (c->overlay != OVERLAY_NONE)
        return mask;
    if (step == 0) {
        if (o->screen->point != NULL && o->screen->point(o->state, row - frame_body(c).row)) {
            c->needs_load = true;
            mask |= REACT_DRAW;
        }
        return mask;
    }
    for (int i = 0; i < WHEEL_LINES && screen_takes(o->screen, command); i++)
        mask |= command_run(c, command, SV_NONE, 0);
    return mask;
}

unsigned console_choose(struct console *c, int number)
{
    struct opened *o = stack_top(c);

    touch(c);
    if (c->needs_load)
        console_load(c);
    if (o->screen->choose != NULL && o->screen->choose(o->state, number))
        return REACT_DRAW | command_run(c, CMD_OPEN, SV_NONE, 0);
    console_flash(c, STYLE_ATTENTION, "there is no number %d here", number);
    return REACT_DRAW;
}
