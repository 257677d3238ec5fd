/* A window on the pipelines: the rows around one of them, in the cache's order.
 *
 * A list may have a million rows and is never read whole: keyset queries bring two screens of rows
 * on either side of the cursor, and pass at most WINDOW_LOOK_MAX others for them, so that no filter
 * holds the screen up. A window is replaced only by one that was read completely. */
#ifndef PENSTOCK_SCREENS_WINDOW_H
#define PENSTOCK_SCREENS_WINDOW_H

#include "core/views/filter.h"
#include "core/views/scope.h"
#include "screens/list.h"

struct window {
    struct arena arena; /* the rows and their text */
    struct pipeline_row *rows;
    int64_t *ids;
    int count;
    bool has_before;
    bool has_after;
    bool is_cut; /* it stopped looking before it had all the rows it wanted */
};

struct window_query {
    enum sort sort;
    bool reverse;
    const struct filter *filter;
    const struct scope *scope; /* NULL = every row */
    enum list_from from;
    int64_t rowid; /* LIST_AROUND */
    int lines;     /* rows on the screen */
};

void window_init(struct window *w);
void window_release(struct window *w);

/* *index is where the row asked for is in the window: the first for LIST_START, the last for
 * LIST_END, -1 when rowid is not in the list (any more); the window is then left as it was. */
enum err_code window_load(struct window *w, struct cache *cache, const struct window_query *query,
                          int *index, struct err *err) MUST_CHECK;

/* How many rows pass the filter, counted up to WINDOW_COUNT_MAX, and no further than a load looks.
 */
enum { WINDOW_COUNT_MAX = 1000, WINDOW_LOOK_MAX = 10000 };
enum err_code window_count(struct cache *cache, const struct window_query *query, int64_t *count,
                           bool *has_more, struct err *err) MUST_CHECK;

#endif
