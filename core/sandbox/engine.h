/* The engine: executions move through stages as CodePipeline moves them, on the sandbox's clock.
 *
 * Stages in order; in a stage groups of the same runOrder one after the other, the actions of a
 * group side by side. A stage is locked while a run is in it (not in PARALLEL mode); who comes to a
 * locked or closed stage waits. What AWS does not document is said where it is decided. */
#ifndef PENSTOCK_SANDBOX_ENGINE_H
#define PENSTOCK_SANDBOX_ENGINE_H

#include "core/sandbox/world.h"

enum { FAIL_BY_HABIT = -2, FAIL_NOWHERE = -1 };

struct start {
    const char *trigger;
    const char *detail;
    const char *message;       /* NULL: one of the usual commit messages */
    const char *request_token; /* or NULL */
    const char *given;         /* {"variables":{},"revisions":{}}, or NULL */
    struct uid revision;       /* the commit it takes; UID_NONE: a new one, which it brings */
    int fail_stage;            /* number of a stage, or FAIL_... */
    int failure;               /* number of the text; 0 = by chance */
};

/* Of a seed or a story, a commit that was pushed; of StartPipelineExecution with the revision that
 * is there (seed_repository_start). ERR_LIMIT when too many are on their way. */
enum { RUNS_AT_ONCE = 50 };
enum err_code engine_start(struct world *w, struct pipe *p, const struct start *start,
                           struct run **out, struct err *err) MUST_CHECK;
/* The stage once more with the revision of an earlier run; of start: trigger and detail. */
enum err_code engine_rollback(struct world *w, struct pipe *p, size_t stage, struct uid target,
                              const struct start *start, struct run **out,
                              struct err *err) MUST_CHECK;
/* The run is the latest in the stage where it is, and ended there or still has actions at work. */
enum err_code engine_retry(struct world *w, struct pipe *p, struct run *run, bool all,
                           struct err *err) MUST_CHECK;
/* The run must be in progress or stopping. */
enum err_code engine_stop(struct world *w, struct pipe *p, struct run *run, bool abandon,
                          const char *reason, struct err *err) MUST_CHECK;
/* The attempt must be an approval in progress. */
enum err_code engine_answer(struct world *w, struct pipe *p, struct run *run, size_t action,
                            bool approved, const char *summary, const char *by,
                            struct err *err) MUST_CHECK;
enum err_code engine_set_transition(struct world *w, struct pipe *p, size_t stage, bool is_open,
                                    const char *reason, const char *by, struct err *err) MUST_CHECK;
/* What leaves the stage waits before the next one. */
enum err_code engine_set_outbound(struct world *w, struct pipe *p, size_t stage, bool is_open,
                                  struct err *err) MUST_CHECK;
/* Real actions are put off as this task (pipelines_act.c), at once when they begin and again
 * whenever something happened that they wait for. It ends with engine_end, its deed filled. */
#define ENGINE_TASK "codepipeline.action"
struct later;
void engine_task(const struct pipe *p, const struct run *run, size_t action, int64_t at_ms,
                 struct later *out);
enum err_code engine_end(struct world *w, struct pipe *p, struct run *run, size_t action,
                         bool is_good, struct err *err) MUST_CHECK;
/* A new version of the definition: what is on its way is cancelled. */
enum err_code engine_update(struct world *w, struct pipe *p, struct err *err) MUST_CHECK;

/* Let everything happen that is due until then, at most max_events of it (0 = all). The clock then
 * stands at until_ms, or at the last event when there was more. */
enum err_code engine_advance(struct world *w, int64_t until_ms, size_t max_events,
                             struct err *err) MUST_CHECK;
/* The pipeline's habit begins: its first commit comes within every_ms. */
enum err_code engine_wake(struct world *w, struct pipe *p, struct err *err) MUST_CHECK;
/* What a run in progress still waits for is put on the timeline: after loading. */
enum err_code engine_resume(struct world *w, struct pipe *p, struct err *err) MUST_CHECK;
/* From now on time runs so much faster, also for what has begun. */
void engine_set_speed(struct world *w, double speed);

/* What a seeded action takes on the clock as it runs now. */
int64_t engine_duration(const struct world *w, const struct pipe *p, const struct run *run,
                        size_t action);
/* What a seeded action that goes on will come to: the number of a text in failures.h. */
int engine_outlook(const struct pipe *p, const struct run *run, size_t action);
/* Is it an approval that waits for an answer? */
bool attempt_waits(const struct pipe *p, const struct run *run, size_t action);
const struct action_shape *shape_action(const struct shape *shape, size_t action, size_t *stage);

#endif
