/* What an execution would bring to a stage, counted from what that stage runs now: its latest
 * success, a rollback of this stage included, rollbacks and executions of other stages not. The one
 * way for all who tell or judge it: the inbox, an approval's plan, four eyes. A document of the
 * cache, which counts as long as the stage is as it was when it was read. */
#ifndef PENSTOCK_OPERATE_RELEASED_H
#define PENSTOCK_OPERATE_RELEASED_H

#include "core/operate/carried.h"

struct released_ask {
    const struct pipeline_id *id;
    struct sv execution;          /* that would get there */
    const struct stage_state *to; /* as AWS or the cache tells of it: name, status, execution */
    bool is_parallel;             /* the state tells of one execution then, and not which it is */
};

/* Behind an approval in the stage at `at`: that stage when it works, too; else the next one that
 * does. The actions' categories must be known. */
const struct stage_state *released_stage(const struct pipeline_state *state, size_t at);
/* The execution whose success the stage's state tells of; "" when only its runs can tell. */
struct sv released_now(const struct released_ask *ask);
/* The last of these runs with which every action of the stage succeeded, by the time it did; "" =
 * none. Not *is_known: some succeeded in a part of its actions, and nothing tells whether that was
 * all of them then. */
struct sv released_last(const struct released_ask *ask, const struct action_run *runs, size_t count,
                        bool *is_known);

/* "Deploy-Stage-prod Succeeded with 1a2b3c4d": another one means that it must be counted anew.
 * Nothing of a stage that never ran, or of a PARALLEL pipeline's. */
enum err_code released_seen(const struct released_ask *ask, struct sb *out,
                            struct err *err) MUST_CHECK;
/* "to STAGE": carried_key's other. */
enum err_code released_key(const struct released_ask *ask, struct sb *out,
                           struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND when it was not read since the stage is as it is. */
enum err_code released_get(struct cache *cache, const struct released_ask *ask, struct arena *arena,
                           struct carried *out, int64_t *read_at, struct err *err) MUST_CHECK;
/* It need not be read again yet. Of a PARALLEL pipeline no state tells that it is old. */
bool released_is_fresh(const struct released_ask *ask, const struct carried *carried,
                       int64_t read_at, int64_t now_ms);
/* Asks AWS, and keeps it. Inside a task. ERR_NOT_FOUND when AWS does not list the execution. */
enum err_code released_read(struct task *task, struct deploy *deploy,
                            const struct released_ask *ask, struct err *err) MUST_CHECK;

#endif
