/* The list: what two screens share that show a window of many rows with a cursor bound to one.
 *
 * The owner reads a page of rows into a spare window and keeps it when the list says so; the list
 * decides where to read and where the cursor goes. Who looks at the start keeps looking at it while
 * the cursor moves with its row; a row that is gone leaves the cursor with a neighbour. */
#ifndef PENSTOCK_SCREENS_LIST_H
#define PENSTOCK_SCREENS_LIST_H

#include "tui/screen.h"
#include "tui/table.h"

enum list_from { LIST_START, LIST_END, LIST_AROUND };

struct list_page {
    const int64_t *ids; /* the owner's, until it keeps the next page */
    int count;
    bool has_before;
    bool has_after;
    int index; /* of the row asked for: the first, the last; -1 = it is not in the list */
};

struct list_source {
    void *owner;
    /* Read into the spare window. With index -1 the page is not looked at, and the spare window is
     * as it was. */
    enum err_code (*read)(void *owner, enum list_from from, int64_t id, struct list_page *out,
                          struct err *err);
    void (*keep)(void *owner); /* the spare window is the one from now on */
};

struct list {
    struct table table;
    const int64_t *ids;
    enum list_from from;       /* where the next load reads */
    enum screen_source source; /* at the last load */
    bool is_at_top;            /* the person sees the list's start */
    bool is_placed;            /* the person has put the cursor where it is */
};

enum err_code list_load(struct list *l, const struct list_source *source,
                        const struct screen_input *input, int lines, struct err *err) MUST_CHECK;
/* A mask of enum react; none when it is no moving command, or nothing moved. */
unsigned list_move(struct list *l, enum command command);
/* The next load begins at the start: what is first in a new order is why one asked for it. */
unsigned list_restart(struct list *l);
bool list_select(struct list *l, int index); /* in the window; false when there is no such row */

/* Why there is no row. */
void list_draw_empty(const struct list *l, bool is_filtered, struct canvas *c, struct rect area);
const char *list_empty_text(const struct list *l, bool is_filtered);

/* What to answer when there is no such order: the menu, or a sentence about what was typed. */
unsigned order_ask(struct sv title, struct answer *out);

#endif
