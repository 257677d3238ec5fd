/* What the pager's files share: how a line falls into rows, and where the pattern is in it. */
#ifndef PENSTOCK_TUI_PAGER_PARTS_H
#define PENSTOCK_TUI_PAGER_PARTS_H

#include "tui/pager.h"

/* The next place at which a text may be parted: behind a character and the marks that join it. */
size_t pager_step(struct sv text, size_t at);
/* Where the row that begins at from ends: at a blank if that leaves it at least half full. */
size_t pager_row_end(const struct pager *p, const struct pager_line *line, size_t from);
/* Blank cells before the row that begins at from. */
int pager_indent(const struct pager *p, const struct pager_line *line, size_t from);
int pager_rows_of(const struct pager *p, size_t line);

/* The first match that is not empty, at or behind from. */
bool pager_find(const struct pager *p, struct sv text, size_t from, size_t *start, size_t *end);
void pager_count_matches(struct pager *p);
/* True when there is a match; then it is in sight. */
bool pager_next_match(struct pager *p, int step);

#endif
