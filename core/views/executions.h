/* Executions: those of one logical pipeline, of all its CodePipelines together, newest first. */
#ifndef PENSTOCK_VIEWS_EXECUTIONS_H
#define PENSTOCK_VIEWS_EXECUTIONS_H

#include "core/views/filter.h"
#include "core/views/pipeline_tree.h"

struct execution_row {
    const struct pipeline_part *part;
    const struct execution *execution;
    enum status status; /* WAITING also: AWS says InProgress of what waits for an approval */
    int64_t id;         /* a number that stands for it, never 0: the same at each load */
};

struct executions {
    struct pipeline_tree tree;
    struct execution_row *rows;
    int64_t *ids;
    int count;
    int total; /* before the filter */
};

/* What its filter may look into; a NULL ends them. */
extern const char *const execution_fields[];

void executions_init(struct executions *e);
void executions_release(struct executions *e);
/* A CodePipeline's name: its own alone; a logical pipeline's: those of all. On failure *e is left
 * as it was. */
enum err_code executions_load(struct executions *e, struct cache *cache,
                              const struct pipeline_id *id, const struct filter *filter,
                              struct err *err) MUST_CHECK;

#endif
