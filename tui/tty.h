/* The terminal as a device: its line settings, what is typed, and writing that never blocks.
 *
 * What is written goes through a description of our own that does not block, because the shell
 * shares the one that we were given. What the terminal does not take yet waits here. */
#ifndef PENSTOCK_TUI_TTY_H
#define PENSTOCK_TUI_TTY_H

#include <termios.h>

#include "core/base/text.h"

enum { TTY_WAITING_MAX = 8 * 1024 * 1024 };

void tty_open(void); /* stdin and stdout are the terminal */
void tty_close(void);
const struct termios *tty_found(void); /* the settings before ours */
/* Settings for a console: bytes as they are typed, no echo, no signals but flow control. Stops us
 * when we are in the background. */
void tty_take(void);
/* The settings that were found, also from the background; twice is fine. */
void tty_give_back(void);
bool tty_size(int *rows, int *cols);

size_t tty_read(char *bytes, size_t size); /* what is there, 0 for nothing */
bool tty_is_alive(void);

int tty_fd(void); /* to wait until more can be written */
/* False, and nothing was added, when too much is waiting. */
bool tty_add(struct sv bytes) MUST_CHECK;
void tty_flush(void);
bool tty_is_busy(void);
/* Wait until all is written, but not longer than this without any progress. */
void tty_drain(int ms);
/* The same before we leave: a terminal stopped by ^S is made to go on. */
void tty_drain_last(void);
bool tty_is_slow(void);
uint64_t tty_bytes(void);

#endif
