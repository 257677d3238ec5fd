/* The terminal: the only user of ncurses. It copies the canvas cells that differ and hands out what
 * was typed.
 *
 * The screen is never cleared on a refresh, and nothing is written when nothing changed. ncurses
 * writes into memory; what it wrote goes to the terminal without ever blocking, so a slow terminal
 * is known: while a frame is still on its way (term_is_busy) none is to be drawn, and the frames in
 * between are dropped. Keys are read here, not by ncurses (input.h). */
#ifndef PENSTOCK_TUI_TERM_H
#define PENSTOCK_TUI_TERM_H

#include "tui/canvas.h"
#include "tui/input.h"

struct term_options {
    bool is_utf8;
    const char *theme; /* "" or NULL = by the terminal and NO_COLOR */
    bool has_mouse;
};

/* ERR_USAGE with one sentence when stdin or stdout is no terminal, or TERM is unset, unknown or
 * cannot place text. */
enum err_code term_check(struct err *err) MUST_CHECK;
bool term_is_dumb(void); /* TERM is dumb: linear mode is for it */
/* Check, and take over the terminal. */
enum err_code term_open(const struct term_options *options, struct err *err) MUST_CHECK;
void term_close(void); /* gives it back; more than once is fine */

void term_size(int *rows, int *cols);
/* After SIGWINCH; true when the size really changed. */
bool term_resize(void);

/* What was typed next; false when there is nothing (yet). Drain it. */
bool term_next(struct input_event *out);
int term_wait_ms(void); /* until a lone Esc counts as one; -1 when there is none */
/* False when the terminal has gone away: nothing can be read or shown any more. */
bool term_is_alive(void);

void term_show(const struct canvas *canvas); /* not while term_is_busy */
void term_repaint(void); /* the next show paints every cell: what is there is not ours */
bool term_is_busy(void); /* bytes wait to be written: wait for term_output_fd to take them */
int term_output_fd(void);
void term_flush(void);           /* writes what the terminal takes; never blocks */
bool term_is_slow(void);         /* frames took so long that low-bandwidth rules should hold */
uint64_t term_bytes(void);       /* written so far */
void term_send(struct sv bytes); /* a sequence of our own, behind the frame: bell, OSC */

/* The name of the theme in use after trying to use this one; NULL when there is no such theme. */
const char *term_set_theme(const char *name);
const char *term_theme(void);
void term_set_mouse(bool is_on);

/* Give the terminal back for a while (^Z), and take it again. */
void term_leave(void);
void term_return(void);
/* Show plain text on the normal screen, with keys still ours; term_return comes back. Blocks at
 * most a few seconds on a terminal that takes nothing. */
void term_print(struct sv text);
void term_print_on(struct sv text); /* more of it; not while term_is_busy; never blocks */

#endif
