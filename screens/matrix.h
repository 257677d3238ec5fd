/* The matrix: logical pipelines down, environments across. Where its columns are, and how a row of
 * it is drawn. Columns depend on the width and on which environments were met, never on the rows in
 * sight: moving and scrolling leave them where they are. */
#ifndef PENSTOCK_SCREENS_MATRIX_H
#define PENSTOCK_SCREENS_MATRIX_H

#include "core/views/age.h"
#include "core/views/board.h"
#include "tui/canvas.h"

enum { MATRIX_ENVIRONMENTS = 24, MATRIX_NAME = 64, MATRIX_GUTTER = 2 };

/* The environments that were met, in their order; those beyond the last are not told. */
struct matrix {
    char names[MATRIX_ENVIRONMENTS][MATRIX_NAME];
    int count;
};

struct matrix_layout {
    int name;  /* cells of each column; 0 = it is not there */
    int cells; /* environments that have a column */
    int cell;
    int commit; /* in a cell */
    int cell_age;
    int hidden; /* environments that have none: the worst of them shows */
    int strip;  /* of a row without environments: all of these columns */
    int note;
    int age;
};

void matrix_meet(struct matrix *m, const struct board *b);
void matrix_layout(const struct matrix *m, int cols, enum look_clock clock,
                   struct matrix_layout *out);
/* The row's cell of the n-th environment; NULL when it has none. */
const struct board_cell *matrix_cell(const struct matrix *m, const struct board_row *row, int n);

void matrix_draw_titles(const struct matrix *m, const struct matrix_layout *at, struct canvas *c,
                        struct rect line);
/* cell: the environment under the cursor; -1 = none. */
void matrix_draw_row(const struct matrix *m, const struct matrix_layout *at,
                     const struct board_row *row, int cell, const struct view_look *look,
                     struct canvas *c, struct rect line);
/* When something of the row changes by itself; 0 = never. */
int64_t matrix_next_change(const struct matrix *m, const struct matrix_layout *at,
                           const struct board_row *row, const struct view_look *look);

/* The one thing to know about a row: who is waited for, what failed, which environment is behind,
 * else what is released. */
enum err_code matrix_note(const struct board_row *row, bool with_behind, struct sb *out,
                          struct err *err) MUST_CHECK;

/* The whole row as one line of words, with its number. */
enum err_code matrix_print(const struct board_row *row, int number, const struct view_look *look,
                           struct sb *out, struct err *err) MUST_CHECK;

#endif
