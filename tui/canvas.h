/* The canvas: the screen that is to be, as cells, off the terminal.
 *
 * Drawing cannot fail: what does not fit is clipped, and every character becomes safe and gets its
 * width here, where it enters a cell. A wide character takes two cells and is never split; a
 * combining one joins the cell before it. On a terminal without UTF-8 whatever is not ASCII is
 * drawn as '?'. */
#ifndef PENSTOCK_TUI_CANVAS_H
#define PENSTOCK_TUI_CANVAS_H

#include "tui/style.h"

enum { CANVAS_MARKS = 2, CANVAS_ROWS_MAX = 512, CANVAS_COLS_MAX = 1024 };

struct cell {
    uint32_t ch;
    uint32_t marks[CANVAS_MARKS]; /* combining characters, 0 = none; further ones are dropped */
    uint8_t style;                /* enum style */
    uint8_t width;                /* 1 or 2; 0 = the right half of a wide one */
};

struct rect {
    int row;
    int col;
    int rows;
    int cols;
};

struct canvas {
    int rows;
    int cols;
    bool is_utf8;
    struct cell *cells;
};

void canvas_init(struct canvas *c, int rows, int cols, bool is_utf8); /* blank; sizes are capped */
void canvas_release(struct canvas *c);
void canvas_resize(struct canvas *c, int rows, int cols); /* blank again */
void canvas_clear(struct canvas *c);

/* Both return how many cells were used, at most cols. canvas_cut ends with '~' where text was left
 * out. */
int canvas_text(struct canvas *c, int row, int col, int cols, enum style style, struct sv text);
int canvas_cut(struct canvas *c, int row, int col, int cols, enum style style, struct sv text);
/* The text's end at the end of the cells. */
void canvas_right(struct canvas *c, int row, int col, int cols, enum style style, struct sv text);
/* On as many of the area's lines as it takes, broken at blanks where there are any; the last one
 * is cut. Returns how many lines. */
int canvas_wrap(struct canvas *c, struct rect area, enum style style, struct sv text);
int canvas_lines(struct sv text, int cols); /* how many canvas_wrap would take */
/* The part of a text that fits on a line of canvas_wrap; *text is then the rest. */
struct sv canvas_take_line(struct sv *text, int cols);
void canvas_fill(struct canvas *c, struct rect area, enum style style);

/* The middle of an area, at most all of it. */
struct rect canvas_middle(struct rect area, int rows, int cols);
/* A box over what is there: a reverse title bar, ASCII sides, a last line for the hint. Returns
 * what is left inside, with a blank at both sides. */
struct rect canvas_box(struct canvas *c, struct rect area, struct sv title, struct sv hint);

const struct cell *canvas_cell(const struct canvas *c, int row, int col);
bool cell_eq(const struct cell *a, const struct cell *b);

#endif
