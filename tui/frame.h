/* The frame: the lines around the screen's body. Pure drawing. */
#ifndef PENSTOCK_TUI_FRAME_H
#define PENSTOCK_TUI_FRAME_H

#include "tui/canvas.h"

struct console;

struct rect frame_body(int rows, int cols);
void frame_draw(const struct console *c, struct canvas *canvas);
void frame_draw_small(const struct console *c, struct canvas *canvas);

#endif
