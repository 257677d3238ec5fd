#include "tui/tree.h"

#include "tui/screen.h"

static int clamp(int value, int least, int most)
{
    return value > most ? (most < least ? least : most) : value < least ? least : value;
}

static int start_of(const struct tree *t, int index)
{
    return t->count > 0 ? t->starts[index] : 0;
}

static int lines_of(const struct tree *t)
{
    return t->count > 0 ? t->starts[t->count] : 0;
}

static void set_top(struct tree *t, int top)
{
    t->top = clamp(top, 0, lines_of(t) - t->rows);
    t->offset = start_of(t, t->index) - t->top;
}

/* The whole node in sight; of one that is too tall the part that is nearest. */
static void show_cursor(struct tree *t)
{
    int first = t->count > 0 ? t->starts[t->index + 1] - t->rows : 0;
    int last = start_of(t, t->index);

    set_top(t, first < last ? clamp(t->top, first, last) : clamp(t->top, last, first));
}

bool tree_is_closed(const struct tree *t, uint64_t key)
{
    for (int i = 0; i < t->closed_count; i++) {
        if (t->closed[i] == key)
            return true;
    }
    return false;
}

/* Those that are seen; what is deeper than a closed node is not. */
static void take_nodes(struct tree *t, const struct tree_node *nodes, int count)
{
    int hidden_below = -1;
    int line = 0;

    t->count = 0;
    for (int i = 0; i < count; i++) {
        if (hidden_below >= 0 && nodes[i].depth > hidden_below)
            continue;
        hidden_below = tree_is_closed(t, nodes[i].key) ? nodes[i].depth : -1;
        t->nodes[t->count] = nodes[i];
        t->sources[t->count] = i;
        t->starts[t->count++] = line;
        line += nodes[i].lines;
    }
    t->starts[t->count] = line;
}

static int find(const struct tree *t, uint64_t key)
{
    for (int i = 0; i < t->count; i++) {
        if (t->nodes[i].key == key)
            return i;
    }
    return -1;
}

enum err_code tree_load(struct tree *t, const struct tree_node *nodes, int count, int rows,
                        struct arena *arena, struct err *err)
{
    int offset = t->offset;
    int index;

    t->count = 0;
    t->nodes = arena_alloc(arena, (size_t)count, sizeof *t->nodes);
    t->sources = arena_alloc(arena, (size_t)count, sizeof *t->sources);
    t->starts = arena_alloc(arena, (size_t)count + 1, sizeof *t->starts);
    if (t->nodes == NULL || t->sources == NULL || t->starts == NULL)
        return arena_err(arena, err);
    t->rows = rows > 1 ? rows : 1;
    take_nodes(t, nodes, count);
    index = find(t, t->cursor);
    t->index = clamp(index >= 0 ? index : t->index, 0, t->count - 1);
    /* An empty tree keeps the key: its nodes may come back with the next load. */
    if (t->count > 0)
        t->cursor = t->nodes[t->index].key;
    set_top(t, start_of(t, t->index) - offset);
    show_cursor(t);
    return ERR_OK;
}

static unsigned move_to(struct tree *t, int index, int top)
{
    int old_index = t->index;
    int old_top = t->top;

    t->index = clamp(index, 0, t->count - 1);
    t->cursor = t->nodes[t->index].key;
    set_top(t, top);
    show_cursor(t);
    return t->index == old_index && t->top == old_top ? REACT_NONE : REACT_DRAW;
}

static int index_at(const struct tree *t, int line)
{
    int index = 0;

    line = clamp(line, 0, lines_of(t) - 1);
    while (t->starts[index + 1] <= line)
        index++;
    return index;
}

/* A node taller than the screen is read line by line before the next one comes. */
static unsigned step(struct tree *t, int direction)
{
    bool has_more =
        direction > 0 ? t->starts[t->index + 1] > t->top + t->rows : t->starts[t->index] < t->top;

    if (!has_more)
        return move_to(t, t->index + direction, t->top);
    set_top(t, t->top + direction);
    return REACT_DRAW;
}

static unsigned page(struct tree *t, int lines)
{
    int line = t->starts[t->index] + lines;

    return move_to(t, index_at(t, line), t->top + lines);
}

static unsigned set_closed(struct tree *t, bool is_closed)
{
    if (is_closed) {
        if (t->closed_count == TREE_CLOSED_MAX)
            return REACT_NONE;
        t->closed[t->closed_count++] = t->cursor;
        return REACT_LOAD | REACT_DRAW;
    }
    for (int i = 0; i < t->closed_count; i++) {
        if (t->closed[i] == t->cursor)
            t->closed[i--] = t->closed[--t->closed_count];
    }
    return REACT_LOAD | REACT_DRAW;
}

static unsigned go_left(struct tree *t)
{
    int index = t->index;

    if (t->nodes[index].has_children && !tree_is_closed(t, t->cursor))
        return set_closed(t, true);
    while (index > 0 && t->nodes[index].depth >= t->nodes[t->index].depth)
        index--;
    return t->nodes[index].depth < t->nodes[t->index].depth ? move_to(t, index, t->top)
                                                            : REACT_NONE;
}

static unsigned go_right(struct tree *t)
{
    if (tree_is_closed(t, t->cursor))
        return set_closed(t, false);
    return t->nodes[t->index].has_children ? move_to(t, t->index + 1, t->top) : REACT_NONE;
}

unsigned tree_toggle(struct tree *t)
{
    if (t->count == 0 || !t->nodes[t->index].has_children)
        return REACT_NONE;
    return set_closed(t, !tree_is_closed(t, t->cursor));
}

unsigned tree_handle(struct tree *t, enum command command)
{
    int half = t->rows > 1 ? t->rows / 2 : 1;

    if (t->count == 0)
        return REACT_NONE;
    if (command == CMD_UP || command == CMD_DOWN)
        return step(t, command == CMD_UP ? -1 : 1);
    if (command == CMD_HALF_UP || command == CMD_HALF_DOWN)
        return page(t, command == CMD_HALF_UP ? -half : half);
    if (command == CMD_PAGE_UP || command == CMD_PAGE_DOWN)
        return page(t, command == CMD_PAGE_UP ? -t->rows : t->rows);
    if (command == CMD_FIRST)
        return move_to(t, 0, 0);
    if (command == CMD_LAST)
        return move_to(t, t->count - 1, lines_of(t));
    if (command == CMD_LEFT)
        return go_left(t);
    return command == CMD_RIGHT ? go_right(t) : REACT_NONE;
}

int tree_source(const struct tree *t)
{
    return t->count > 0 ? t->sources[t->index] : -1;
}

bool tree_point(struct tree *t, int row)
{
    if (row < 0 || row >= t->rows || t->top + row >= lines_of(t))
        return false;
    move_to(t, index_at(t, t->top + row), t->top);
    return true;
}

void tree_draw(const struct tree *t, const struct view_look *look, tree_draw_fn *draw,
               const void *owner, struct canvas *c, struct rect area)
{
    int bottom = t->top + area.rows;

    for (int i = 0; i < t->count; i++) {
        int first = t->starts[i] > t->top ? t->starts[i] : t->top;
        int last = t->starts[i + 1] < bottom ? t->starts[i + 1] : bottom;
        struct rect place = {area.row + first - t->top, area.col, last - first, area.cols};

        if (last <= first)
            continue;
        if (i == t->index)
            canvas_text(c, place.row, area.col, 1, STYLE_CURSOR, SV(">"));
        draw(owner, t->sources[i], look, c, place, first - t->starts[i]);
    }
}
