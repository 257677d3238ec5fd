/* Linear mode: the same console without a screen. What is shown is printed once, as sentences and
 * numbered choices; what changes is appended; what is typed is a number, a key's name or a command
 * of the palette, and Enter. For screen readers, dumb terminals and pipes. */
#ifndef PENSTOCK_TUI_LINEAR_H
#define PENSTOCK_TUI_LINEAR_H

#include "tui/loop.h"

/* Returns at end of input, when the person leaves or a signal says so. */
enum err_code linear_run(const struct loop_options *options, struct err *err) MUST_CHECK;

#endif
