/* Marks: the things of a list that what comes next is done to. They are identities, so they stay on
 * what was marked when rows move, are filtered or go. */
#ifndef PENSTOCK_SCREENS_MARKS_H
#define PENSTOCK_SCREENS_MARKS_H

#include "tui/screen.h"
#include "tui/table.h"

enum { MARKS_MAX = 40 };

struct marks {
    struct target items[MARKS_MAX];
    int count;
};

bool marks_has(const struct marks *m, const struct target *target);
/* Marks it, or takes its mark away; says so when there is no room for another. */
unsigned marks_toggle(struct marks *m, const struct target *target, struct answer *out);
/* That of the row under the cursor, which goes on to the next one. */
unsigned marks_step(struct marks *m, const struct target *target, struct table *table,
                    const int64_t *ids, struct answer *out);
/* Back: ends the filter, then the marks, then leaves. */
unsigned marks_back(struct marks *m, bool is_filtered);
/* What struct screen's targets returns: the marked ones, else the one under the cursor (NULL for
 * none). */
size_t marks_targets(const struct marks *m, const struct target *cursor, struct target *out,
                     size_t max);
/* Before the row's text. */
void marks_draw(bool is_marked, struct canvas *c, int row, int col);
/* Before the rows of a table that is drawn in this area; target_of: of the window's row. */
void marks_draw_table(const struct marks *m, const struct table *table,
                      void (*target_of)(const void *owner, int row, struct target *out),
                      const void *owner, struct canvas *c, struct rect area);

#endif
