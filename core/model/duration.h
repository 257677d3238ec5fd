/* Durations: how long stages take, from how their actions ran. Pure.
 *
 * What a person decides is not work: actions of category Approval do not count, nor does the time
 * that only they took. A stage's duration in one execution is from its first action's start to its
 * last action's end. Only a stage whose actions all succeeded at the first try is a sample: a retry
 * waits for a person, too. */
#ifndef PENSTOCK_MODEL_DURATION_H
#define PENSTOCK_MODEL_DURATION_H

#include "core/base/arena.h"
#include "core/model/pipeline.h"

/* One stage in one execution. */
struct stage_run {
    struct sv execution_id;
    struct sv stage;
    enum status status; /* the worst of its actions, as each ran last */
    int64_t started_at; /* its work; its approvals when it has none; 0 = not known */
    int64_t ended_at;   /* 0 while it runs */
    int64_t waited_ms;  /* of its approvals that were answered */
    int64_t worked_ms;  /* the sample; -1 for none */
};

struct stage_duration {
    struct sv stage;
    size_t samples;
    int64_t p50_ms; /* -1 without a sample */
    int64_t p90_ms;
    int64_t last_ms;
};

/* runs in any order. The results in the arena, in the order of first start; text is borrowed. */
enum err_code stage_runs_of(const struct action_run *runs, size_t count, struct arena *arena,
                            struct stage_run **out, size_t *out_count, struct err *err) MUST_CHECK;
enum err_code stage_durations_of(const struct stage_run *runs, size_t count, struct arena *arena,
                                 struct stage_duration **out, size_t *out_count,
                                 struct err *err) MUST_CHECK;

/* Nearest rank; values are sorted. count > 0, percent 1..100. */
int64_t percentile(const int64_t *sorted, size_t count, int percent);

/* How long until the end, by the medians, when this stage has run for elapsed_ms and these follow:
 * never below 0; -1 when some stage has no sample. */
int64_t duration_left(const struct stage_duration *durations, size_t count, struct sv running_stage,
                      int64_t elapsed_ms, const struct sv *following, size_t following_count);

#endif
