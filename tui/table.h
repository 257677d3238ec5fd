/* The table: a window of rows, a cursor bound to an identity, and a view's columns.
 *
 * Only a window of the list is in memory. The cursor holds a row's id, never its number: when rows
 * change, the cursor goes with its row. A move that needs rows beyond the window says so, and the
 * screen loads them around the cursor. */
#ifndef PENSTOCK_TUI_TABLE_H
#define PENSTOCK_TUI_TABLE_H

#include "core/views/view.h"
#include "tui/canvas.h"
#include "tui/command.h"

struct table {
    int64_t cursor; /* id of the row under the cursor; 0 = no row */
    int index;      /* its place in the window */
    int top;        /* the window's row on the first line */
    int lines;      /* lines for rows */
    int count;      /* rows in the window */
    bool has_before;
    bool has_after;
};

enum table_move {
    TABLE_STILL,
    TABLE_MOVED,
    TABLE_AROUND, /* moved; load a window around the cursor */
    TABLE_FIRST,  /* load the list's start, then table_place at its first row */
    TABLE_LAST    /* load the list's end, then table_place at its last row */
};

/* Not a moving command: TABLE_STILL. */
enum table_move table_move(struct table *t, const int64_t *ids, enum command command);

/* A new window is there: put the cursor on row index, on the screen's line if that can be. */
void table_place(struct table *t, const int64_t *ids, int count, int index, int line);
int table_line(const struct table *t); /* the cursor's line on the screen */
/* The cursor onto the window's row of this number, from 1, or the one on this line below the
 * titles; false when there is none. */
bool table_choose(struct table *t, const int64_t *ids, int number);
bool table_point(struct table *t, const int64_t *ids, int line);

/* Draw one cell; rows and columns are numbers in the window and the view. */
typedef void table_cell_fn(const void *owner, int row, const struct column *column,
                           const struct view_look *look, struct canvas *c, struct rect area);
/* Titles on the first line, rows below it. */
void table_draw(const struct table *t, const struct view *view, const struct view_look *look,
                table_cell_fn *cell, const void *owner, struct canvas *c, struct rect area);
/* Why there is no row: below the titles. */
void table_draw_sentence(struct canvas *c, struct rect area, struct sv sentence);

#endif
