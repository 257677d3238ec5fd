/* The frame: the lines around the screen's body, and what lies over it at times. Pure drawing. */
#ifndef PENSTOCK_TUI_FRAME_H
#define PENSTOCK_TUI_FRAME_H

#include "tui/canvas.h"

struct console;

/* What is left for the screen; less while a long sentence takes two lines or a digest is shown. */
struct rect frame_body(const struct console *c);
void frame_draw(const struct console *c, struct canvas *canvas);
void frame_draw_overlay(const struct console *c, struct canvas *canvas);
void frame_draw_small(const struct console *c, struct canvas *canvas);

#endif
