#include "screens/marks.h"

static int find(const struct marks *m, const struct target *target)
{
    for (int i = 0; i < m->count; i++) {
        if (target_eq(&m->items[i], target))
            return i;
    }
    return -1;
}

bool marks_has(const struct marks *m, const struct target *target)
{
    return find(m, target) >= 0;
}

unsigned marks_toggle(struct marks *m, const struct target *target, struct answer *out)
{
    int at = find(m, target);

    if (at >= 0) {
        m->items[at] = m->items[--m->count];
    } else if (m->count < MARKS_MAX) {
        m->items[m->count++] = *target;
    } else {
        answer_say(out, STYLE_ATTENTION, "%d are marked, and no more can be", MARKS_MAX);
        return out->react;
    }
    return REACT_DRAW;
}

size_t marks_targets(const struct marks *m, const struct target *cursor, struct target *out,
                     size_t max)
{
    for (int i = 0; i < m->count && (size_t)i < max; i++)
        out[i] = m->items[i];
    if (m->count > 0 || cursor == NULL)
        return (size_t)m->count;
    if (max > 0)
        out[0] = *cursor;
    return 1;
}

unsigned marks_step(struct marks *m, const struct target *target, struct table *table,
                    const int64_t *ids, struct answer *out)
{
    unsigned react = marks_toggle(m, target, out);

    return table_move(table, ids, CMD_DOWN) == TABLE_STILL ? react : react | REACT_DRAW;
}

unsigned marks_back(struct marks *m, bool is_filtered)
{
    if (is_filtered)
        return REACT_CLEAR;
    if (m->count == 0)
        return REACT_LEAVE;
    m->count = 0;
    return REACT_DRAW;
}

void marks_draw(bool is_marked, struct canvas *c, int row, int col)
{
    if (is_marked)
        canvas_text(c, row, col, 1, STYLE_ATTENTION, SV("*"));
}

void marks_draw_table(const struct marks *m, const struct table *table,
                      void (*target_of)(const void *owner, int row, struct target *out),
                      const void *owner, struct canvas *c, struct rect area)
{
    struct target target;

    for (int i = table->top; m->count > 0 && i < table->count && i - table->top < table->lines;
         i++) {
        target_of(owner, i, &target);
        marks_draw(marks_has(m, &target), c, area.row + 1 + i - table->top, area.col + 1);
    }
}
