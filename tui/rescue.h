/* Rescue: whatever ends the program, the terminal is given back as it was found.
 *
 * The bytes that leave the console's modes and the line settings are kept aside, so that a crash
 * handler needs nothing but write and tcsetattr. Memory above core comes from here too: running
 * out of it is one more way to end. */
#ifndef PENSTOCK_TUI_RESCUE_H
#define PENSTOCK_TUI_RESCUE_H

#include <stddef.h>
#include <termios.h>

#include "core/base/err.h"

/* From now on a crash (SEGV, BUS, FPE, ILL, ABRT) or rescue_exit writes leave to fd, restores the
 * line settings and ends. leave is copied; at most 256 bytes of it. */
void rescue_arm(int fd, const struct termios *saved, const char *leave);
void rescue_disarm(void); /* the terminal is restored already */

/* Restore the terminal, say the sentence on stderr and exit with 1. */
NORETURN void rescue_exit(const char *sentence);

/* Zeroed, never NULL: without memory the program ends by rescue_exit. Free with mem_free. */
void *xarray(size_t count, size_t size) MUST_CHECK;

#endif
