/* The lines of the pipeline screen: CodePipelines, stages and actions as nodes of the tree, each
 * with what a person must read of it below. */
#ifndef PENSTOCK_SCREENS_PIPELINE_LINES_H
#define PENSTOCK_SCREENS_PIPELINE_LINES_H

#include "core/views/pipeline_tree.h"
#include "core/views/view.h"
#include "tui/tree.h"

struct node_line {
    enum style style;
    struct sv text;
};

/* A CodePipeline, one of its stages, or an action of that. */
struct node {
    const struct pipeline_part *part;
    const struct stage_state *stage;   /* NULL for a CodePipeline */
    const struct action_state *action; /* NULL for a stage */
    const struct node_line *below;     /* under its line */
    int below_count;
    int depth;
    uint64_t key;
};

struct nodes {
    struct node *items;
    struct tree_node *tree; /* the same for the tree */
    int count;
    int name_cols; /* what names take, with their indentation and status */
};

/* All in the arena; cols is the width that the lines below are wrapped to. */
enum err_code nodes_make(const struct pipeline_tree *t, const struct view_look *look, int cols,
                         struct arena *arena, struct nodes *out, struct err *err) MUST_CHECK;
uint64_t node_key(struct sv pipeline, struct sv stage, struct sv action);
enum status node_status(const struct node *node);
/* The execution that it belongs to; NULL when it never ran or nobody knows it. */
const struct execution *node_execution(const struct node *node);

/* Its first line and those below; is_wide: percentiles too. */
void node_draw(const struct node *node, int name_cols, bool is_wide, const struct view_look *look,
               struct canvas *c, struct rect area, int skipped);
/* "p50" and "p90" above those of the nodes. */
void percentiles_draw_titles(int name_cols, struct canvas *c, struct rect line);
/* The same as plain text, a line each. */
enum err_code node_print(const struct node *node, const struct view_look *look, struct sb *out,
                         struct err *err) MUST_CHECK;
/* Wall time when node_draw would draw something else; 0 = never. */
int64_t node_next(const struct node *node, const struct view_look *look);

/* "about 6m left"; "" when nobody knows. In whole minutes, so that it changes once in a while only.
 */
enum { LEFT_SIZE = 48 };
void left_write(const struct pipeline_part *part, const struct view_look *look,
                char out[LEFT_SIZE]);
int64_t left_next(const struct pipeline_part *part, const struct view_look *look);

/* A time of day, or a date: what does not age. */
const char *moment_text(int64_t at_ms, const struct view_look *look, char *out);

#endif
