/* Possible: which operations make sense on what is under a cursor, as the cache knows it. It only
 * proposes: the plan looks at AWS, and is what refuses.
 *
 * An operand that says little (a CodePipeline's name alone) is completed with what is meant: the
 * approval that waits, the stage that failed, the execution that runs. One that names an execution
 * means that one: what has another one by now does not fit. */
#ifndef PENSTOCK_ACTIONS_POSSIBLE_H
#define PENSTOCK_ACTIONS_POSSIBLE_H

#include "core/actions/action.h"
#include "core/cache/cache.h"
#include "core/operate/operate.h"

/* What is known of one target; texts in the arena. */
struct standing {
    struct operand what; /* as it was asked for */
    bool is_known;       /* the cache has the pipeline */
    struct cache_pipeline pipeline;
    bool has_def;
    struct pipeline_def def;
    struct sv stack_status; /* of what.stack; "" = not known */
};
/* A target that the cache does not know is no failure: is_known says so. */
enum err_code standing_load(struct cache *cache, const struct operand *what, struct arena *arena,
                            struct standing *out, struct err *err) MUST_CHECK;

enum { POSSIBLE_TEXT = 160, POSSIBLE_STAGES = 64, POSSIBLE_RUNNING = 20 };

/* An execution that is on its way, where the state tells of it. */
struct possible_run {
    struct sv execution_id;
    struct sv stage; /* "" = not told */
    bool waits;      /* before that stage */
};

struct possible {
    bool concerns;            /* it is about such a target at all; else it is left out */
    bool fits;                /* as things stand */
    char text[POSSIBLE_TEXT]; /* what it would be done to, or why not */
    struct operand completed; /* borrowed from the standing; of several stages the proposed one */
    bool prefers_all;         /* retry: all actions, for failed_text's reason */
    const struct stage_state *stages[POSSIBLE_STAGES]; /* that it could be done to */
    size_t stage_count;
    struct possible_run running[POSSIBLE_RUNNING]; /* stop: all that run, the latest stage first */
    size_t running_count;
    bool must_choose; /* stop: several run, and which is meant what was asked for does not tell */
};
/* For the operations of action.h only. */
void possible_judge(const struct standing *s, enum action_id action, struct possible *out);
/* The stage's state, the action's and its definition; NULL when there is none. */
const struct stage_state *standing_stage(const struct standing *s, struct sv stage);
const struct action_state *standing_action(const struct standing *s, struct sv stage,
                                           struct sv action);
const struct action_def *standing_def(const struct standing *s, struct sv stage, struct sv action);

/* All operations in the order of a menu: what is wanted most first, what does harm last. */
extern const enum action_id possible_order[];
extern const size_t possible_count;

#endif
