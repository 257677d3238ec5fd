#include "tui/react.h"

#include "tui/consent.h"
#include "tui/stack.h"
#include "tui/theme.h"

enum { COPY_NOTE = 60 };

void react_filter_changed(struct console *c)
{
    stack_top(c)->filter_changed = true;
    c->needs_load = true;
}

static unsigned begin_filter(struct console *c)
{
    struct opened *o = stack_top(c);

    c->before = o->filter;
    o->filter.at = o->filter.len;
    c->overlay = OVERLAY_FILTER;
    return REACT_DRAW;
}

unsigned react_filter_clear(struct console *c)
{
    edit_clear(&stack_top(c)->filter);
    react_filter_changed(c);
    return REACT_DRAW;
}

void react_ask_aws(struct console *c)
{
    if (c->options.is_cached) {
        console_flash(c, STYLE_ATTENTION, "--cached: AWS is not asked");
        return;
    }
    snprintf(c->flash, sizeof c->flash, "asking AWS again");
    c->flash_style = STYLE_PLAIN;
    c->is_asking = true;
    c->asked_since = c->header.answered_at;
}

unsigned react_notify(struct console *c, struct sv name)
{
    bool is_on = false;
    struct err err;

    if (name.len == 0) {
        console_flash(c, STYLE_ATTENTION, "which pipeline? type :notify NAME");
        return REACT_DRAW;
    }
    if (notify_toggle(&c->notify, c->options.cache, name, &is_on, &err))
        console_flash(c, STYLE_ATTENTION, "%s", err.text);
    else
        console_flash(c, STYLE_PLAIN,
                      is_on ? "the bell rings at the next change of " SV_FMT
                            : "no bell for " SV_FMT " any more",
                      SV_ARG(name));
    return REACT_DRAW;
}

static enum err_code copy_of(const struct console *c, enum copy what, struct sb *out)
{
    const struct opened *o = console_top(c);

    sb_clear(out);
    return o->screen->copy == NULL ? ERR_NOT_FOUND : o->screen->copy(o->state, what, out, NULL);
}

unsigned react_copy(struct console *c, enum copy what)
{
    if (copy_of(c, what, &c->copied) == ERR_OK && c->copied.len > 0)
        return REACT_COPY;
    console_flash(c, STYLE_ATTENTION, "there is nothing to copy here");
    return REACT_DRAW;
}

static const char *const copy_titles[] = {
#define COPY_TITLE(name, title) [COPY_##name] = title,
    COPY_LIST(COPY_TITLE)
#undef COPY_TITLE
};
_Static_assert(ARRAY_LEN(copy_titles) == COPY_COUNT, "one title per kind");

static unsigned choose_copy(struct console *c)
{
    menu_init(&c->menu, "Copy");
    for (int i = 0; i < COPY_COUNT; i++) {
        if (copy_of(c, (enum copy)i, &c->copied) == ERR_OK && c->copied.len > 0)
            menu_add(&c->menu, i, sv_of(copy_titles[i]), sv_take(sb_sv(&c->copied), COPY_NOTE),
                     false);
    }
    if (c->menu.count == 0) {
        console_flash(c, STYLE_ATTENTION, "there is nothing to copy here");
        return REACT_DRAW;
    }
    c->menu_use = MENU_COPY;
    c->overlay = OVERLAY_MENU;
    return REACT_DRAW;
}

static unsigned choose_order(struct console *c)
{
    menu_init(&c->menu, "Order by");
    for (int i = 0; i < SORT_COUNT; i++) {
        const char *title = order_title((enum sort)i);

        menu_add(&c->menu, i, sv_of(title), sv_of(order_help((enum sort)i)), false);
        if (c->facts.order != NULL && strcmp(c->facts.order, title) == 0)
            c->menu.cursor = i;
    }
    c->menu_use = MENU_ORDER;
    c->overlay = OVERLAY_MENU;
    return REACT_DRAW;
}

unsigned react_choose_theme(struct console *c)
{
    menu_init(&c->menu, "Colours");
    for (size_t i = 0; i < theme_count(); i++) {
        menu_add(&c->menu, (int)i, sv_of(theme_name(i)), SV_NONE, false);
        if (c->theme_in_use != NULL && strcmp(c->theme_in_use, theme_name(i)) == 0)
            c->menu.cursor = (int)i;
    }
    c->menu_use = MENU_THEME;
    c->overlay = OVERLAY_MENU;
    return REACT_DRAW;
}

unsigned react_theme(struct console *c, struct sv name)
{
    for (size_t i = 0; i < theme_count(); i++) {
        if (!sv_eq(name, sv_of(theme_name(i))))
            continue;
        c->theme = theme_name(i);
        return REACT_LOOK | REACT_DRAW;
    }
    console_flash(c, STYLE_ATTENTION, "there is no theme " SV_FMT "; :theme lists them",
                  SV_ARG(name));
    return REACT_DRAW;
}

unsigned react_open(struct console *c, const char *name, const struct target *target)
{
    const struct screen *screen = screen_find(sv_of(name));

    if (screen == NULL) {
        console_flash(c, STYLE_BAD, "there is no screen %s", name);
        return REACT_DRAW;
    }
    stack_push(c, screen, target);
    errand_of_screen(c);
    return REACT_DRAW;
}

static unsigned ask_to_leave(struct console *c, const char *text)
{
    dialog_init(&c->dialog, "Leave penstock?", text, c->asked_by);
    dialog_add(&c->dialog, 's', "stay", 0, false);
    dialog_add(&c->dialog, 'y', "leave", 1, false);
    c->dialog_use = DIALOG_LEAVE;
    c->overlay = OVERLAY_DIALOG;
    return REACT_DRAW;
}

unsigned react_quit(struct console *c)
{
    char text[DIALOG_TEXT];

    if (!work_runs(c->options.work))
        return REACT_QUIT;
    snprintf(text, sizeof text, "\"%s\" still runs.\n%s", c->options.work->act->plan.title,
             action_is_operation(c->options.work->act->action)
                 ? "Whether it was done is not known yet; the next plan for the same looks it up. "
                   "What was not sent is left out."
                 : "What was sent to AWS goes on there; what was not is left out. The same again, "
                   "at any time, continues it.");
    c->leaves_work = true;
    return ask_to_leave(c, text);
}

bool react_leave_over(struct console *c)
{
    bool is_over = c->leaves_work && c->overlay == OVERLAY_DIALOG &&
                   c->dialog_use == DIALOG_LEAVE && !work_runs(c->options.work);

    if (!is_over)
        return false;
    c->leaves_work = false;
    c->overlay = OVERLAY_NONE;
    console_flash(c, STYLE_ATTENTION, "\"%s\" has ended meanwhile: look before you leave",
                  c->options.work->act->plan.title);
    return true;
}

unsigned react_leave(struct console *c)
{
    if (stack_pop(c))
        return REACT_DRAW;
    if (c->notify.count == 0 || work_runs(c->options.work))
        return react_quit(c);
    c->leaves_work = false;
    return ask_to_leave(c, "You asked to be told of a change. Leaving ends that.");
}

/* What the screen asked for, as far as the console itself can do it. */
unsigned react_to(struct console *c, const struct answer *answer)
{
    unsigned mask = answer->react;
    struct opened *o = stack_top(c);

    if (mask & REACT_SAY)
        console_flash(c, answer->style, "%s", answer->say);
    if (mask & REACT_CLEAR)
        mask |= react_filter_clear(c);
    if (mask & REACT_FILTER)
        mask |= begin_filter(c);
    if (mask & REACT_LOAD)
        c->needs_load = true;
    if (mask & REACT_MORE)
        c->wants_more = true;
    if (mask & REACT_SORT)
        mask |= choose_order(c);
    if (mask & REACT_CHOOSE)
        mask |= choose_copy(c);
    if (mask & REACT_COPY)
        mask = (mask & ~(unsigned)REACT_COPY) | react_copy(c, (enum copy)answer->copy);
    if (mask & REACT_NOTIFY)
        mask |= react_notify(c, sv_of(answer->target.name));
    if (mask & REACT_SYNC) {
        react_ask_aws(c);
        mask |= REACT_DRAW;
    }
    if (mask & REACT_ERRAND)
        mask |= errand_begin(c, answer);
    o->screen->facts(o->state, &c->look, &c->facts);
    mask &= ~(unsigned)REACT_NOTIFY;
    if (mask & REACT_WORK)
        mask |= consent_wish(c, answer->wish);
    if (mask & REACT_ACT)
        return consent_begin(c, (enum action_id)answer->action, answer->fill, o->state) |
               REACT_DRAW;
    if (mask & REACT_OPEN)
        mask |= react_open(c, answer->screen, &answer->target);
    else if (mask & REACT_LEAVE)
        mask |= react_leave(c);
    return mask & (REACT_DRAW | REACT_SYNC | REACT_QUIT | REACT_COPY | REACT_PRINT | REACT_LOOK |
                   REACT_REPAINT | REACT_SUSPEND);
}
