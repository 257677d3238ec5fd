/* Delivery figures: how often, how fast, how safely changes reach an environment. Pure.
 *
 * A deployment is an attempt to release an execution into an environment: its deploy stage's work
 * from its start to its end, in one execution, the last try counting. In a window of time, by when
 * the attempts ended:
 *   deployment frequency  attempts that succeeded, per day of the window, or of the part of it
 *                         that is known
 *   lead time             median time from the commit to the deployment's end, of those that
 *                         succeeded, were no rollbacks, and whose commit's time is known
 *   run time              the same from the start of the execution: what the pipeline itself takes
 *   change failure rate   attempts that failed, or were rolled back, of all that are no rollbacks
 *   time to restore       median time from the end of the first failed attempt, or of the attempt
 *                         that was rolled back, to the end of the next one that succeeded
 * What an approval did not let through was not deployed: it is no attempt, and nothing failed.
 * A figure of fewer than DELIVERY_LEAST samples is not told: there is not enough data. */
#ifndef PENSTOCK_MODEL_DELIVERY_H
#define PENSTOCK_MODEL_DELIVERY_H

#include "core/base/arena.h"

enum { DELIVERY_LEAST = 3, DELIVERY_WINDOW_DAYS = 30 };

struct delivery_run {
    int64_t execution_started_at;
    int64_t committed_at; /* 0 = not known */
    int64_t ended_at;
    bool has_succeeded;
    bool is_rejected; /* it failed at an approval */
    bool is_rollback;
};

struct delivery {
    int64_t since_ms; /* of the window, or what is known of it */
    int64_t until_ms;
    bool is_partial; /* what is known begins after the window does */
    size_t attempts; /* without rollbacks */
    size_t deployments;
    size_t failed;
    size_t rolled_back;
    size_t rejected; /* none of the attempts */
    size_t lead_samples;
    size_t run_samples;
    size_t restores;
    bool is_broken; /* the last attempt failed, and nothing succeeded since */
    double per_day; /* these five are -1 when there is not enough data */
    int64_t lead_ms;
    int64_t run_ms;
    int failure_percent;
    int64_t restore_ms;
};
/* runs in any order; known_since is when the record begins (0 = before the window does). */
enum err_code delivery_of(const struct delivery_run *runs, size_t count, int64_t since_ms,
                          int64_t until_ms, int64_t known_since, struct arena *arena,
                          struct delivery *out, struct err *err) MUST_CHECK;

#endif
