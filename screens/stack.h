/* What the screens of stacks have in common. */
#ifndef PENSTOCK_SCREENS_STACK_H
#define PENSTOCK_SCREENS_STACK_H

#include "tui/screen.h"
#include "tui/work.h"

/* The act's one operand is this stack. */
enum err_code stack_fill(const struct target *target, struct act *act, struct err *err) MUST_CHECK;

#endif
