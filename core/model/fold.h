/* Folding: which logical pipeline a CodePipeline belongs to, and which environment it serves.
 *
 * trunk: one CodePipeline NAME whose stages are Source, then Deploy-Stage-<stage> with
 * ManualApproval-<stage> between them. gitflow: one CodePipeline NAME-<stage> for each stage, with
 * Source-<stage> and Deploy-Stage-<stage>. Tags win over names: penstock:pipeline, penstock:stage
 * and penstock:strategy (trunk or gitflow). Anything else stays what it is: unmanaged, a logical
 * pipeline of its own. Source: facts/data-all-pipelines.md 3.2. Pure. */
#ifndef PENSTOCK_MODEL_FOLD_H
#define PENSTOCK_MODEL_FOLD_H

#include "core/model/pipeline.h"

/* What a CodePipeline looks like; what a definition asks for is enum strategy. */
enum fold_strategy { FOLD_UNMANAGED, FOLD_TRUNK, FOLD_GITFLOW };
const char *strategy_name(enum fold_strategy s);       /* "unmanaged", "trunk", "gitflow" */
enum fold_strategy strategy_from_name(struct sv name); /* UNMANAGED for anything else */

struct fold {
    enum fold_strategy strategy;
    struct sv logical;     /* the logical pipeline's name; borrowed from the def or a tag */
    struct sv environment; /* gitflow: the one stage it serves; else empty */
};

void fold_pipeline(const struct pipeline_def *def, const struct tag *tags, size_t tag_count,
                   struct fold *out);

/* The environment that a stage of a folded pipeline belongs to ("Deploy-Stage-dev" -> "dev",
 * "ManualApproval-dev" -> "dev", "Source-dev" -> "dev"); empty for any other name. */
struct sv fold_stage_environment(struct sv stage_name);

/* One environment of a trunk pipeline: its deploy stage and the approval before it, folded. */
struct cell_mark {
    struct sv environment;
    enum status status;     /* of the deploy stage; WAITING when the approval before it waits */
    bool is_held;           /* a transition into one of the two is disabled */
    struct sv execution_id; /* what is deployed there, or being deployed */
    int64_t changed_at;     /* the latest change of the deploy stage's actions */
};
/* The environment of the next deploy stage from *at on, which moves behind it; false when there is
 * none. Start with 0. */
bool fold_cell_next(const struct stage_state *stages, size_t count, size_t *at,
                    struct cell_mark *out);

#endif
