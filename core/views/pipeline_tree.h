/* The pipeline tree: one logical pipeline, its CodePipelines with stages and actions, and what the
 * cache knows of how long they take.
 *
 * One of the CodePipelines may show an older execution instead of what AWS says now: its stages are
 * then built from how its actions ran. */
#ifndef PENSTOCK_VIEWS_PIPELINE_TREE_H
#define PENSTOCK_VIEWS_PIPELINE_TREE_H

#include "core/cache/cache.h"
#include "core/model/duration.h"

struct pipeline_part {
    struct cache_pipeline pipeline;     /* its state is that of the execution that is shown */
    struct execution shown;             /* id empty when it never ran */
    size_t back;                        /* so many executions before the newest; 0 = as it is now */
    const struct execution *executions; /* newest first */
    size_t execution_count;
    const struct action_run *runs;
    size_t run_count;
    const struct stage_run *stage_runs;
    size_t stage_run_count;
    const struct stage_duration *durations;
    size_t duration_count;
};

struct pipeline_tree {
    struct arena arena;
    struct pipeline_part *parts; /* in the order of environments */
    size_t count;                /* 0 = there is no such pipeline (any more) */
};

struct pipeline_ask {
    struct pipeline_id id;  /* a CodePipeline's or a logical pipeline's name */
    struct sv chosen;       /* the CodePipeline that shows execution_id; empty = whichever has it */
    struct sv execution_id; /* empty = as it is now; so is one that is not kept any more */
};

void pipeline_tree_init(struct pipeline_tree *t);
void pipeline_tree_release(struct pipeline_tree *t);
/* On failure *t is left as it was. */
enum err_code pipeline_tree_load(struct pipeline_tree *t, struct cache *cache,
                                 const struct pipeline_ask *ask, struct err *err) MUST_CHECK;

/* Keep only the CodePipeline of that name, when it is one of them: its siblings are not meant. */
void pipeline_tree_narrow(struct pipeline_tree *t, struct sv name);

/* All NULL when the cache does not know it. */
const struct execution *part_execution(const struct pipeline_part *part, struct sv execution_id);
const struct stage_duration *part_duration(const struct pipeline_part *part, struct sv stage);
const struct stage_run *part_stage_run(const struct pipeline_part *part, struct sv execution_id,
                                       struct sv stage);
const struct action_run *part_action_run(const struct pipeline_part *part, struct sv execution_id,
                                         struct sv stage, struct sv action);

/* How long what runs will still take by the medians, apart from approvals; -1 when nothing runs or
 * nobody knows. */
int64_t part_left_ms(const struct pipeline_part *part, int64_t now_ms);

#endif
