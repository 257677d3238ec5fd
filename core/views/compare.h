/* Two executions side by side: how they ended, what is new in the later one, its variables, and how
 * long each stage worked in both. */
#ifndef PENSTOCK_VIEWS_COMPARE_H
#define PENSTOCK_VIEWS_COMPARE_H

#include "core/views/execution_page.h"

struct compared {
    const struct pipeline_part *part;
    const struct execution *execution;
    const struct timeline *timeline;
    const struct carried *carried; /* NULL = not read */
};

struct comparison {
    struct compared a;             /* the earlier one */
    struct compared b;             /* the later one */
    const struct carried *between; /* b against a; NULL = not read */
    const char *reading;           /* what is to be said then */
};
void comparison_write(const struct comparison *c, struct page *p);
enum err_code comparison_json(const struct comparison *c, struct sb *out,
                              struct err *err) MUST_CHECK;

/* Two executions of a logical pipeline's tree: the earlier one becomes a. Timelines and documents
 * in the arena. ERR_NOT_FOUND names the one that is not kept. */
enum err_code comparison_make(struct cache *cache, const struct pipeline_tree *tree, struct sv one,
                              struct sv other, int64_t now_ms, struct arena *arena,
                              struct comparison *out, struct err *err) MUST_CHECK;

/* The execution of that id, or whose id begins so when only one does. */
const struct execution *tree_execution(const struct pipeline_tree *tree, struct sv id,
                                       const struct pipeline_part **part);
/* The last one before it that succeeded; NULL when none is kept. */
const struct execution *part_success_before(const struct pipeline_part *part,
                                            const struct execution *execution);

#endif
