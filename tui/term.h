/* The terminal: the only user of ncurses. It copies the canvas cells that differ, and hands out
 * keys.
 *
 * The screen is never cleared on a refresh, and nothing is written when nothing changed. */
#ifndef PENSTOCK_TUI_TERM_H
#define PENSTOCK_TUI_TERM_H

#include "tui/canvas.h"

/* ERR_USAGE with one sentence when stdin or stdout is no terminal, or TERM is unset, unknown or
 * cannot place text. */
enum err_code term_check(struct err *err) MUST_CHECK;
/* Check, and take over the terminal. */
enum err_code term_open(bool is_utf8, struct err *err) MUST_CHECK;
void term_close(void); /* gives it back; more than once is fine */

void term_size(int *rows, int *cols);
/* After SIGWINCH; true when the size really changed. */
bool term_resize(void);

/* The next key (key.h) or 0 when there is none. Drain it: ncurses holds keys poll cannot see. */
uint32_t term_key(void);
/* False when the terminal has gone away: nothing can be read or shown any more. */
bool term_is_alive(void);

void term_show(const struct canvas *canvas);
void term_repaint(void); /* the next show paints every cell: what is there is not ours */

/* Give the terminal back for a while (^Z), and take it again. */
void term_leave(void);
void term_return(void);

#endif
