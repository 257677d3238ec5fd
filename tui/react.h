/* Reactions: what a screen's answer asks of the console, carried out as far as it can be without a
 * terminal. The masks are what is left for the loop. */
#ifndef PENSTOCK_TUI_REACT_H
#define PENSTOCK_TUI_REACT_H

#include "tui/console.h"

unsigned react_to(struct console *c, const struct answer *answer);
unsigned react_open(struct console *c, const char *screen, const struct target *target);
unsigned react_leave(struct console *c); /* back, or out of penstock */
unsigned react_quit(struct console *c);  /* out of it; asks while something runs */
/* The act that the question whether to leave was about has ended: the question is gone. */
bool react_leave_over(struct console *c);
void react_filter_changed(struct console *c);
unsigned react_filter_clear(struct console *c);
void react_ask_aws(struct console *c);
unsigned react_notify(struct console *c, struct sv name);
unsigned react_copy(struct console *c, enum copy what);
unsigned react_choose_theme(struct console *c);
unsigned react_theme(struct console *c, struct sv name);

/* commands.c: key is 0 for a command that no key asked for. */
unsigned command_run(struct console *c, enum command command, struct sv argument, uint32_t key);
bool screen_takes(const struct screen *screen, enum command command);
bool command_is_taken(const void *console, enum command command); /* by the screen on top */

#endif
