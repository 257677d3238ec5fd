/* A canvas as text, and as a second grid with a letter per style: what a test compares. */
#ifndef PENSTOCK_TESTS_GRID_H
#define PENSTOCK_TESTS_GRID_H

#include "tests/unit/check.h"
#include "tui/canvas.h"

enum { GRID_CAP = 1 << 20 };

static inline void grid_add_cell(struct sb *out, const struct cell *cell)
{
    struct err err;
    char bytes[4];

    if (cell->width > 0)
        REQUIRE_OK(sb_add(out, sv_make(bytes, utf8_encode(cell->ch, bytes)), &err), &err);
    for (int i = 0; i < CANVAS_MARKS && cell->marks[i] != 0; i++)
        REQUIRE_OK(sb_add(out, sv_make(bytes, utf8_encode(cell->marks[i], bytes)), &err), &err);
}

static inline void grid_add_row(struct sb *out, const struct canvas *c, int row, bool is_styles)
{
    struct err err;

    for (int col = 0; col < c->cols; col++) {
        const struct cell *cell = canvas_cell(c, row, col);

        if (is_styles)
            REQUIRE_OK(sb_addc(out, style_letter((enum style)cell->style), &err), &err);
        else
            grid_add_cell(out, cell);
    }
    while (out->len > 0 && out->ptr[out->len - 1] == (is_styles ? '.' : ' '))
        out->len--;
    REQUIRE_OK(sb_addc(out, '\n', &err), &err);
}

/* Rows without what is blank at their ends; blank rows at the end are left out. */
static inline void grid_check(const struct canvas *c, bool is_styles, const char *want,
                              const char *file, int line)
{
    CLEANUP(sb_release) struct sb got;

    sb_init(&got, GRID_CAP);
    for (int row = 0; row < c->rows; row++)
        grid_add_row(&got, c, row, is_styles);
    while (got.len > 1 && got.ptr[got.len - 2] == '\n')
        got.len--;
    if (got.len == 1)
        got.len = 0;
    if (sv_eq(sb_sv(&got), sv_of(want)))
        return;
    print_error("the grid is\n" SV_FMT "not\n%s", SV_ARG(sb_sv(&got)), want);
    _fail(file, line);
}

#define CHECK_GRID(canvas, want)   grid_check((canvas), false, (want), __FILE__, __LINE__)
#define CHECK_STYLES(canvas, want) grid_check((canvas), true, (want), __FILE__, __LINE__)

#endif
