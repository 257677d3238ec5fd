/* Marks: the things of a list that what comes next is done to. They are identities, so they stay on
 * what was marked when rows move, are filtered or go. */
#ifndef PENSTOCK_SCREENS_MARKS_H
#define PENSTOCK_SCREENS_MARKS_H

#include "tui/screen.h"

enum { MARKS_MAX = 40 };

struct marks {
    struct target items[MARKS_MAX];
    int count;
};

bool marks_has(const struct marks *m, const struct target *target);
/* Marks it, or takes its mark away; says so when there is no room for another. */
unsigned marks_toggle(struct marks *m, const struct target *target, struct answer *out);
/* What struct screen's targets returns: the marked ones, else the one under the cursor (NULL for
 * none). */
size_t marks_targets(const struct marks *m, const struct target *cursor, struct target *out,
                     size_t max);
/* Before the row's text. */
void marks_draw(bool is_marked, struct canvas *c, int row, int col);

#endif
