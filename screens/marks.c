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

void marks_draw(bool is_marked, struct canvas *c, int row, int col)
{
    if (is_marked)
        canvas_text(c, row, col, 1, STYLE_ATTENTION, SV("*"));
}
