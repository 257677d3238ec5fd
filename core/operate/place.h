/* Places: what the words NAME, STAGE and ACTION mean, as far as the cache knows. NAME is a
 * CodePipeline or a logical pipeline; STAGE is a stage or the environment that it serves, and of a
 * logical pipeline it may also tell which CodePipeline is meant. What can mean several things is
 * ERR_USAGE with the choices. Verbs and what is typed in the console are read by this alone. */
#ifndef PENSTOCK_OPERATE_PLACE_H
#define PENSTOCK_OPERATE_PLACE_H

#include "core/cache/cache.h"

enum { PLACES_MAX = 64 };

enum place_kind {
    PLACE_PIPELINE,
    PLACE_STAGE,    /* an environment means the stage that deploys to it */
    PLACE_FAILED,   /* ... its stage that failed, first of all */
    PLACE_APPROVAL, /* ... the stage whose approval waits, or that has one */
};

/* What NAME means: of a logical pipeline all its CodePipelines. All in the arena. */
struct place_rows {
    struct sv name;
    struct cache_pipeline *items;
    size_t count;
    size_t dropped; /* parts of a logical pipeline of that name that a CodePipeline of it hides */
};
/* May this one be meant? */
typedef bool place_fn(const void *owner, const struct pipeline_id *id);
/* takes NULL: all that the cache has. None is no error. */
enum err_code place_rows_load(struct cache *cache, struct sv name, place_fn *takes,
                              const void *owner, struct arena *arena, struct place_rows *out,
                              struct err *err) MUST_CHECK;

struct place_choice {
    struct sv stage; /* "" = none was named */
    enum place_kind kind;
    bool is_strict;     /* a stage that the cache does not know is ERR_NOT_FOUND with those that
                           there are; else it is taken as typed where one CodePipeline is meant */
    const char *advice; /* behind "name one of them": ", or its --context" */
};
/* Which one, and its stage; both borrowed. There must be one at least. */
enum err_code place_rows_choose(const struct place_rows *p, const struct place_choice *how,
                                const struct cache_pipeline **out, struct sv *stage,
                                struct err *err) MUST_CHECK;

/* ERR_NOT_FOUND names the stage's actions, of PLACE_APPROVAL its approvals. A stage that the cache
 * does not know has any. */
enum err_code place_check_action(const struct cache_pipeline *p, struct sv stage, struct sv action,
                                 enum place_kind kind, struct err *err) MUST_CHECK;
/* Can it be meant with this kind at all? */
bool place_takes_action(const struct action_state *action, enum place_kind kind);
bool place_takes_stage(const struct stage_state *stage, enum place_kind kind);

#endif
