/* The strip: one glyph per stage in the colour of its status, a sign before a closed gate. */
#ifndef PENSTOCK_SCREENS_STRIP_H
#define PENSTOCK_SCREENS_STRIP_H

#include "core/views/view.h"
#include "tui/canvas.h"

/* In a strip that is too long the stages that went well give way from the start, so that the one in
 * trouble is seen; '~' stands for the rest. */
void strip_draw(struct sv strip, const struct view_look *look, struct canvas *c, struct rect area);
int strip_width(struct sv strip);

/* A status's glyph; a gate's, when it is closed. */
struct sv glyph_of(enum status status, const struct view_look *look);
struct sv glyph_of_gate(const struct view_look *look);

#endif
