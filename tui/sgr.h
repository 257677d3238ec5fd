/* SGR: the attributes in a frame that ncurses wrote, said as briefly as can be.
 *
 * ncurses selects the normal character set with each attribute though no other is ever used, ends a
 * colour just before it ends all, and says attribute and colour in two sequences; together that is
 * half of what a coloured line costs. Here the attributes are followed, and only what differs is
 * said, when a character is about to show it: blanks show none but reverse and underline. Pure. */
#ifndef PENSTOCK_TUI_SGR_H
#define PENSTOCK_TUI_SGR_H

#include "core/base/text.h"

/* Add the frame to out. is_first: nothing is known of what holds on the terminal; else it begins
 * without any attribute, as each frame ends. */
enum err_code sgr_squeeze(struct sv frame, bool is_first, struct sb *out,
                          struct err *err) MUST_CHECK;

#endif
