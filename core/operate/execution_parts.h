/* What a run carried, being read: the execution that is asked for, and what it is compared with.
 * For execution_read.c and execution_runs.c. Its texts are the arena's. Inside a task. */
#ifndef PENSTOCK_OPERATE_EXECUTION_PARTS_H
#define PENSTOCK_OPERATE_EXECUTION_PARTS_H

#include "core/aws/codepipeline.h"
#include "core/aws/revisions.h"
#include "core/operate/pipe.h"
#include "core/operate/released.h"

enum { EXECUTION_PAGES_MAX = 3 };

struct reading {
    struct asker asker; /* of the pipeline's place */
    const struct operand *what;
    struct sv other; /* the execution to compare with; "" = the one that succeeded before */
    const struct released_ask *to; /* instead: with what this stage runs now */
    struct arena *arena;
    const struct execution_sources *pages[EXECUTION_PAGES_MAX]; /* the newest first */
    size_t sizes[EXECUTION_PAGES_MAX];
    size_t page_count;
    const struct execution_sources *run;    /* the one that is asked for */
    const struct execution_sources *before; /* NULL = none succeeded before it */
    struct sv base;                         /* what the stage runs; "" = nothing succeeded there */
    const struct pipe_list *there;          /* what succeeded in it; NULL = not asked */
    struct execution_detail detail;
    struct pipeline_def def;
};

/* What the stage that it is asked for runs now, into base; "" when nothing succeeded there. */
enum err_code execution_find_base(struct reading *r, struct err *err) MUST_CHECK;
/* The newest pages, until both are there. ERR_NOT_FOUND when AWS does not list the run any more. */
enum err_code execution_find_runs(struct reading *r, struct err *err) MUST_CHECK;
/* Which of those it is compared with, into before; NULL = none. Wants run and the definition. */
enum err_code execution_find_before(struct reading *r, struct err *err) MUST_CHECK;
/* Another one that succeeded, and began no later than the run. */
bool execution_is_before(const struct reading *r, const struct execution_sources *e);

#endif
