/* Delivery figures of a pipeline, one set per environment, from what the cache knows of its
 * executions and commits. Their definitions are core/model/delivery.h's.
 *
 * An environment is what a stage Deploy-Stage-<name> deploys to; of a pipeline without such stages
 * the whole pipeline counts as one, without a name. Attempts that were stopped or superseded are
 * none. */
#ifndef PENSTOCK_VIEWS_FIGURES_H
#define PENSTOCK_VIEWS_FIGURES_H

#include "core/base/json.h"
#include "core/model/delivery.h"
#include "core/views/pipeline_tree.h"

struct figures {
    struct sv environment; /* borrowed from the tree; "" = the pipeline as a whole */
    struct sv pipeline;    /* the CodePipeline's name */
    struct delivery delivery;
};
/* In the order of the tree. The array is the arena's. */
enum err_code figures_load(struct cache *cache, const struct pipeline_tree *tree, int64_t since_ms,
                           int64_t until_ms, struct arena *arena, struct figures **out,
                           size_t *count, struct err *err) MUST_CHECK;

/* A heading and a line per environment, for a terminal, a pager or a page; with has_definitions
 * what they mean, and what is missing, below them. */
enum err_code figures_text(const struct figures *figures, size_t count, bool has_definitions,
                           struct sb *out, struct err *err) MUST_CHECK;
/* An array of objects. */
void figures_json(struct jw *w, const struct figures *figures, size_t count);

#endif
