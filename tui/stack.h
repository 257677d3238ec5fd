/* The stack: the screens that are open, the one on top being shown. Going back frees the top one;
 * what was shown before is remembered for "last view". */
#ifndef PENSTOCK_TUI_STACK_H
#define PENSTOCK_TUI_STACK_H

#include "tui/console.h"

/* Over CONSOLE_DEPTH the oldest but the first is closed. */
void stack_push(struct console *c, const struct screen *screen, const struct target *target);
bool stack_pop(struct console *c); /* false, and nothing done, for the first screen */
/* One below the top, and not the first. */
void stack_drop(struct console *c, int at);
void stack_pop_to_first(struct console *c);
void stack_release(struct console *c);
struct opened *stack_top(struct console *c);

#endif
