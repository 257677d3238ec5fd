/* What terminals understand beyond terminfo: the private sequences that came from xterm and that
 * nearly every terminal of today knows, and how they get through tmux and GNU screen. Pure. */
#ifndef PENSTOCK_TUI_XTERM_H
#define PENSTOCK_TUI_XTERM_H

#include "core/base/text.h"

/* By TERM's first part. Others (linux, vt100) would show some of it as text. */
bool xterm_is_like(const char *term);

/* Pastes come between brackets, and the focus is told. */
#define XTERM_MODES_ON  "\033[?2004h\033[?1004h"
#define XTERM_MODES_OFF "\033[?1004l\033[?2004l"
#define XTERM_MOUSE_ON  "\033[?1000h\033[?1006h"
#define XTERM_MOUSE_OFF "\033[?1006l\033[?1000l"
/* Ends whatever string was left unfinished. */
#define XTERM_STRING_END "\033\\"

enum mux { MUX_NONE, MUX_TMUX, MUX_SCREEN };
enum mux mux_of_environment(void); /* TMUX, STY */

/* Add the sequence so that the mux hands it on to the terminal. */
enum err_code xterm_pass(struct sv sequence, enum mux mux, struct sb *out,
                         struct err *err) MUST_CHECK;

#endif
