#include "tui/stack.h"

#include "core/base/mem.h"
#include "tui/rescue.h"

static void close_one(struct opened *o)
{
    o->screen->release(o->state);
    mem_free(o->state);
    filter_release(&o->parsed);
    *o = (struct opened){.screen = NULL};
}

struct opened *stack_top(struct console *c)
{
    return &c->stack[c->depth - 1];
}

const struct opened *console_top(const struct console *c)
{
    return &c->stack[c->depth - 1];
}

static void remember(struct console *c)
{
    if (c->depth == 0)
        return;
    c->last_screen = stack_top(c)->screen;
    c->last_target = stack_top(c)->target;
}

static void changed(struct console *c)
{
    c->needs_load = true;
    c->pending = 0;
    c->overlay = OVERLAY_NONE;
    c->facts = (struct screen_facts){.next_change_ms = 0};
    c->errand_due_ms = 0;
}

void stack_push(struct console *c, const struct screen *screen, const struct target *target)
{
    struct target wanted = *target; /* it may be the last target itself */
    struct opened *o;

    remember(c);
    if (c->depth == CONSOLE_DEPTH) {
        close_one(&c->stack[1]);
        memmove(&c->stack[1], &c->stack[2], (CONSOLE_DEPTH - 2) * sizeof c->stack[0]);
        c->depth--;
    }
    o = &c->stack[c->depth++];
    *o = (struct opened){.screen = screen, .target = wanted};
    o->state = xarray(1, screen->state_size);
    if (screen->open != NULL)
        screen->open(o->state, &o->target);
    changed(c);
}

bool stack_pop(struct console *c)
{
    if (c->depth <= 1)
        return false;
    remember(c);
    close_one(stack_top(c));
    c->depth--;
    changed(c);
    return true;
}

void stack_drop(struct console *c, int at)
{
    if (at < 1 || at >= c->depth - 1)
        return;
    close_one(&c->stack[at]);
    memmove(&c->stack[at], &c->stack[at + 1], (size_t)(c->depth - 1 - at) * sizeof c->stack[0]);
    c->depth--;
    c->stack[c->depth] = (struct opened){.screen = NULL};
}

void stack_pop_to_first(struct console *c)
{
    if (c->depth > 1)
        remember(c);
    while (c->depth > 1) {
        close_one(stack_top(c));
        c->depth--;
    }
    changed(c);
}

void stack_release(struct console *c)
{
    while (c->depth > 0)
        close_one(&c->stack[--c->depth]);
}
