/* The frame: the lines around the screen's body. Pure drawing. */
#ifndef PENSTOCK_TUI_FRAME_H
#define PENSTOCK_TUI_FRAME_H

#include "tui/canvas.h"

struct console;

/* What is left for the screen; one line less while a long sentence takes two. */
struct rect frame_body(const struct console *c);
void frame_draw(const struct console *c, struct canvas *canvas);
void frame_draw_small(const struct console *c, struct canvas *canvas);

#endif
