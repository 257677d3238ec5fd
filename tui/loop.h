/* The loop: one wait on transfers, timers, keys, signals and other processes' writes; then keys
 * are taken, rows are read if they changed, and the screen is painted once. */
#ifndef PENSTOCK_TUI_LOOP_H
#define PENSTOCK_TUI_LOOP_H

#include "tui/console.h"

struct loop_options {
    struct console_options console;
    const struct context_options *asked; /* how AWS is reached; NULL: nothing is done to it */
    const char *notice;                  /* said in the flash line at start; "" = nothing */
    int iterations;                      /* leave after so many frames; 0 = when asked */
};

/* The terminal is open. Returns when the person leaves, the terminal goes away or a signal says
 * so. A failure is of the loop itself; what AWS does wrong is shown, not returned. Signals are
 * still only noted afterwards: the caller closes the terminal first, then calls signals_close. */
enum err_code loop_run(const struct loop_options *options, struct err *err) MUST_CHECK;

#endif
