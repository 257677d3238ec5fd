/* The clipboard of the person's own terminal, reached through the terminal: OSC 52, and inside tmux
 * also `tmux load-buffer -w -`. Nobody answers, so what is said afterwards is only what was done.
 */
#ifndef PENSTOCK_TUI_CLIPBOARD_H
#define PENSTOCK_TUI_CLIPBOARD_H

#include "tui/xterm.h"

enum { CLIPBOARD_MAX = 74994 }; /* bytes of text that terminals take in one OSC 52 */

/* The bytes that ask the terminal to copy text. ERR_LIMIT over CLIPBOARD_MAX, ERR_USAGE when the
 * terminal type cannot do it; both sentences say what to do instead. Pure. */
enum err_code clipboard_sequence(struct sv text, enum mux mux, const char *term, struct sb *out,
                                 struct err *err) MUST_CHECK;
/* Copy by every way there is; the bytes for the terminal are added to out, and told says truthfully
 * what was done ("sent 36 bytes to the terminal's clipboard (OSC 52)..."). */
enum err_code clipboard_copy(struct sv text, struct sb *out, char *told, size_t told_size,
                             struct err *err) MUST_CHECK;
/* Bell and desktop notification (OSC 9 and 777), passed through tmux and screen. Pure. */
enum err_code notification_sequence(struct sv text, enum mux mux, const char *term, struct sb *out,
                                    struct err *err) MUST_CHECK;

#endif
