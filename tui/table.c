#include "tui/table.h"

#include <assert.h>

enum { GUTTER = 2 };

static int clamp(int value, int least, int most)
{
    return value > most ? (most < least ? least : most) : value < least ? least : value;
}

int table_line(const struct table *t)
{
    return t->index - t->top;
}

bool table_choose(struct table *t, const int64_t *ids, int number)
{
    if (number < 1 || number > t->count)
        return false;
    table_place(t, ids, t->count, number - 1, table_line(t));
    return true;
}

bool table_point(struct table *t, const int64_t *ids, int line)
{
    return line >= 1 && line <= t->lines && table_choose(t, ids, t->top + line);
}

static void set_top(struct table *t, int top)
{
    t->top = clamp(top, 0, t->count - t->lines);
}

void table_place(struct table *t, const int64_t *ids, int count, int index, int line)
{
    t->count = count;
    t->index = clamp(index, 0, count - 1);
    t->cursor = count > 0 ? ids[t->index] : 0;
    set_top(t, t->index - clamp(line, 0, t->lines - 1));
}

/* With half a page of rows left on a side there is always something to show while more is read. */
static bool is_near_edge(const struct table *t)
{
    return (t->has_before && t->top == 0) || (t->has_after && t->top + t->lines >= t->count);
}

static enum table_move move_to(struct table *t, const int64_t *ids, int index, int top)
{
    int old = t->index;

    t->index = clamp(index, 0, t->count - 1);
    t->cursor = ids[t->index];
    set_top(t, clamp(top, t->index - t->lines + 1, t->index));
    if (is_near_edge(t))
        return TABLE_AROUND;
    return t->index == old ? TABLE_STILL : TABLE_MOVED;
}

enum table_move table_move(struct table *t, const int64_t *ids, enum command command)
{
    int half = t->lines > 1 ? t->lines / 2 : 1;

    if (t->count == 0)
        return TABLE_STILL;
    if (command == CMD_UP)
        return move_to(t, ids, t->index - 1, t->top);
    if (command == CMD_DOWN)
        return move_to(t, ids, t->index + 1, t->top);
    if (command == CMD_HALF_UP)
        return move_to(t, ids, t->index - half, t->top - half);
    if (command == CMD_HALF_DOWN)
        return move_to(t, ids, t->index + half, t->top + half);
    if (command == CMD_PAGE_UP)
        return move_to(t, ids, t->index - t->lines, t->top - t->lines);
    if (command == CMD_PAGE_DOWN)
        return move_to(t, ids, t->index + t->lines, t->top + t->lines);
    if (command == CMD_FIRST)
        return t->has_before ? TABLE_FIRST : move_to(t, ids, 0, 0);
    if (command == CMD_LAST)
        return t->has_after ? TABLE_LAST : move_to(t, ids, t->count - 1, t->count - t->lines);
    return TABLE_STILL;
}

/* Titles and every row walk the columns the same way. */
struct columns {
    int widths[VIEW_COLUMN_MAX];
};

static void draw_titles(const struct view *view, const struct columns *at, struct canvas *c,
                        struct rect area)
{
    int col = area.col + GUTTER;

    for (size_t i = 0; i < view->column_count; i++) {
        if (at->widths[i] == 0)
            continue;
        canvas_text(c, area.row, col, at->widths[i], STYLE_TITLE, sv_of(view->columns[i].title));
        col += at->widths[i] + 1;
    }
}

void table_draw(const struct table *t, const struct view *view, const struct view_look *look,
                table_cell_fn *cell, const void *owner, struct canvas *c, struct rect area)
{
    struct columns at = {{0}};

    assert(view->column_count <= VIEW_COLUMN_MAX);
    view_layout(view, area.cols - GUTTER, at.widths);
    draw_titles(view, &at, c, area);
    for (int i = t->top; i < t->count && i - t->top < area.rows - 1; i++) {
        struct rect place = {area.row + 1 + i - t->top, area.col + GUTTER, 1, 0};

        if (i == t->index)
            canvas_text(c, place.row, area.col, 1, STYLE_CURSOR, SV(">"));
        for (size_t k = 0; k < view->column_count; k++) {
            place.cols = at.widths[k];
            if (place.cols == 0)
                continue;
            cell(owner, i, &view->columns[k], look, c, place);
            place.col += place.cols + 1;
        }
    }
}

void table_draw_sentence(struct canvas *c, struct rect area, struct sv sentence)
{
    const struct rect below = {area.row + 2, area.col + GUTTER, area.rows - 2,
                               area.cols - 2 * GUTTER};

    if (below.rows > 0 && below.cols > 0)
        canvas_wrap(c, below, STYLE_DIM, sentence);
}
