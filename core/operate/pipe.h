/* What the operations ask CodePipeline, decoded into the turn's arena. */
#ifndef PENSTOCK_OPERATE_PIPE_H
#define PENSTOCK_OPERATE_PIPE_H

#include "core/aws/revisions.h"
#include "core/operate/turn.h"

enum { PIPE_EXECUTIONS = 100, PIPE_RUNS_MAX = 1000, SHORT_ID = 8 };

enum err_code pipe_def(struct turn *t, struct pipeline_def *out, struct err *err) MUST_CHECK;
enum err_code pipe_state(struct turn *t, struct pipeline_state *out, struct err *err) MUST_CHECK;
/* The newest, with a stage those only that succeeded in it. */
/* at most PIPE_EXECUTIONS, with all their sources; runs and sources go together. */
struct pipe_list {
    struct execution *runs;
    struct execution_sources *sources;
    size_t count;
    bool no_filter; /* AWS does not know the filter: nothing was listed */
};
enum err_code pipe_past(struct turn *t, struct sv succeeded_in, struct pipe_list *out,
                        struct err *err) MUST_CHECK;
/* What stands in it, as one word; and such a list again, without what AWS shows that came since. */
enum err_code pipe_list_trace(const struct pipe_list *list, struct sb *out,
                              struct err *err) MUST_CHECK;
enum err_code pipe_list_recall(struct turn *t, struct sv trace, struct pipe_list *out,
                               struct err *err) MUST_CHECK;
bool pipe_list_has(const struct pipe_list *list, struct sv execution);
/* Action runs, newest first, of one execution ("" = of all), at most PIPE_RUNS_MAX. */
enum err_code pipe_runs(struct turn *t, struct sv execution, struct action_run **out, size_t *count,
                        struct err *err) MUST_CHECK;
/* UNKNOWN when AWS knows no such execution. */
enum err_code pipe_execution_status(struct turn *t, struct sv execution, enum status *out,
                                    struct err *err) MUST_CHECK;

/* ERR_NOT_FOUND names those that there are. */
enum err_code pipe_stage(const struct turn *t, const struct pipeline_state *state,
                         const struct stage_state **out, struct err *err) MUST_CHECK;
enum err_code pipe_action(const struct turn *t, const struct stage_state *stage,
                          const struct action_state **out, struct err *err) MUST_CHECK;

/* The environment for the guard, added to what the operand says: the stage's, else the pipeline's
 * own as its stages' names or the cache tell. A stage that names none counts by its own name. What
 * goes on behind the stage is way_find's. */
enum err_code pipe_environment(struct turn *t, const struct pipeline_state *state, struct sv stage,
                               struct err *err) MUST_CHECK;
/* "arn:aws:codepipeline:R:A:NAME[/stage[/action]]": what IAM judges. */
enum err_code pipe_resource(struct turn *t, struct sv stage, struct sv action,
                            struct err *err) MUST_CHECK;

/* The first piece of an id, for sentences. */
struct sv short_id(struct sv id);
/* Is this id meant by a word that may be its first piece? */
bool id_matches(struct sv id, struct sv word);

#endif
