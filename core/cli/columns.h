/* Columns: a table of texts for people, each column as wide as its widest cell and two blanks; the
 * last one ends where its text ends. What is in it comes from anybody and is made safe. */
#ifndef PENSTOCK_CLI_COLUMNS_H
#define PENSTOCK_CLI_COLUMNS_H

#include "core/base/arena.h"

enum { COLUMNS_MAX = 12, COLUMNS_CELL_MAX = 60, COLUMNS_CELL_LEAST = 16 };

struct columns {
    struct arena arena;
    size_t count; /* columns */
    struct sv *cells;
    size_t used;
    size_t size;
    bool is_short; /* of memory */
};

/* titles: divided by '|'. */
void columns_init(struct columns *c, const char *titles);
void columns_release(struct columns *c);
/* The next cell, copied; but in the last column what is longer than COLUMNS_CELL_MAX is cut with
 * "~". An empty one is "-". */
void columns_add(struct columns *c, struct sv text);
/* In a line of so many cells (0 = as wide as it gets) columns are narrowed down to
 * COLUMNS_CELL_LEAST, the widest first, and the last ones left out where that is not enough. */
enum err_code columns_print(const struct columns *c, int cells, struct sb *out,
                            struct err *err) MUST_CHECK;

#endif
