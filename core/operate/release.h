/* What a release is given: revisions of sources, and variables. */
#ifndef PENSTOCK_OPERATE_RELEASE_H
#define PENSTOCK_OPERATE_RELEASE_H

#include "core/model/commit.h"
#include "core/operate/pipe.h"

bool release_is_source(const struct action_def *action);
const struct action_def *release_source(const struct pipeline_def *def,
                                        struct sv name); /* NULL: none is named so */
/* "COMMIT_ID"; NULL: a provider whose revision nobody can name. */
const char *release_revision_type(struct sv provider);
/* What the first stage behind the sources runs: its latest success, rollbacks of it included. */
struct release_first {
    const struct stage_state *stage;     /* NULL = none */
    const struct execution_sources *had; /* NULL = nothing, or it is not listed any more */
    struct pipe_list there;              /* after a rollback: what succeeded in it; else empty */
};
/* Just before the write only the stage is told. */
enum err_code release_first(struct turn *t, const struct pipeline_def *def,
                            const struct pipeline_state *state, const struct pipe_list *past,
                            struct release_first *out, struct err *err) MUST_CHECK;
/* The revision of a source action there; "" = not known. */
struct sv release_had(const struct release_first *first, struct sv action);
/* Of these new commits, the latest first, those that had been there and were rolled back. */
size_t release_again(const struct release_first *first, struct sv action,
                     const struct commit *commits, size_t count);
/* Adds to the turn's hint what is on its way: "2 executions under way; dfba1234 carries this
 * commit". head: what would be released. */
enum err_code release_under_way(struct turn *t, const struct pipeline_def *def,
                                const struct pipeline_state *state, const struct pipe_list *past,
                                struct sv head, struct err *err) MUST_CHECK;

/* Fills the turn's refusal when the pipeline does not take what the input gives, or needs more. */
enum err_code release_check(struct turn *t, const struct pipeline_def *def,
                            struct err *err) MUST_CHECK;

#endif
