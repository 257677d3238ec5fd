/* The tree: nodes with depth and lines of their own, a cursor bound to a node's key, parts that can
 * be closed. The owner makes the nodes at each load and draws their lines; the tree knows where
 * they are. */
#ifndef PENSTOCK_TUI_TREE_H
#define PENSTOCK_TUI_TREE_H

#include "core/base/arena.h"
#include "core/views/view.h"
#include "tui/canvas.h"
#include "tui/command.h"

enum { TREE_CLOSED_MAX = 64 };

struct tree_node {
    uint64_t key; /* a hash of what it is; the same at each load */
    int depth;
    int lines; /* at least 1 */
    bool has_children;
};

struct tree {
    struct tree_node *nodes; /* those that are seen; borrowed from the owner's arena */
    int *sources;            /* which of the owner's nodes each of them is */
    int *starts;             /* the line that each begins on, and the one behind the last */
    int count;
    uint64_t cursor; /* key; 0 = none */
    int index;
    int top;    /* line on the first row */
    int offset; /* of the cursor's first line from top, kept over loads */
    int rows;
    uint64_t closed[TREE_CLOSED_MAX];
    int closed_count;
};

/* New nodes: those below a closed one are left out; the cursor stays with its key, else near. */
enum err_code tree_load(struct tree *t, const struct tree_node *nodes, int count, int rows,
                        struct arena *arena, struct err *err) MUST_CHECK;
/* A mask of enum react: moves; LEFT closes or goes to the parent, RIGHT opens (then REACT_LOAD). */
unsigned tree_handle(struct tree *t, enum command command);
bool tree_is_closed(const struct tree *t, uint64_t key);
/* Enter: closes what is open and opens what is closed; a node without children is REACT_NONE. */
unsigned tree_toggle(struct tree *t);
int tree_source(const struct tree *t); /* the owner's node under the cursor; -1 = none */
/* The cursor on the node that is on this row of the screen; false when there is none. */
bool tree_point(struct tree *t, int row);

/* Draw the lines of one node; area has as many rows as are on the screen, skipped are above it. */
typedef void tree_draw_fn(const void *owner, int source, const struct view_look *look,
                          struct canvas *c, struct rect area, int skipped);
void tree_draw(const struct tree *t, const struct view_look *look, tree_draw_fn *draw,
               const void *owner, struct canvas *c, struct rect area);

#endif
