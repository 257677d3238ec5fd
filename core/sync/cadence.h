/* Cadence: when a pipeline is to be looked at again, and what to ask first. Pure.
 *
 * Running pipelines every few seconds, visible ones every 15, quiet ones every few minutes with
 * jitter, so that a thousand of them do not ask in one breath. */
#ifndef PENSTOCK_SYNC_CADENCE_H
#define PENSTOCK_SYNC_CADENCE_H

#include "core/model/pipeline.h"

enum {
    CADENCE_RUNNING_MS = 4000,
    CADENCE_VISIBLE_MS = 15 * 1000,
    CADENCE_QUIET_MS = 4 * 60 * 1000,
    CADENCE_LISTING_MS = 60 * 1000,
    CADENCE_STALE_REPLY_MS = 2000,
    CADENCE_HASTY_MS = 1500,
    CADENCE_TROUBLE_MS = 30 * 1000,
    CADENCE_RETRY_MIN_MS = 5000,
    CADENCE_RETRY_MAX_MS = 60 * 1000,
    CADENCE_EARLY = 8, /* a look may come this part of its pause too soon, to go with others */
};

struct cadence_input {
    enum status status; /* of the pipeline, as shown */
    bool is_visible;
    bool has_trouble; /* the last read failed */
    double random01;  /* for the jitter */
};

/* Milliseconds until the next look. What waits for a person is looked at like what is visible: the
 * answer takes minutes, but then everybody wants to know. */
int64_t cadence_next_ms(const struct cadence_input *in);

/* Pause before a context that failed `failures` times in a row is tried again. */
int64_t cadence_retry_ms(int failures, double random01);

/* What a look asks first. A state reply tells everything but runs that never entered a stage; an
 * execution probe is small, but cannot see a disabled transition. So running pipelines ask for the
 * state, and quiet ones alternate. */
enum probe { PROBE_STATE, PROBE_EXECUTION };
enum probe cadence_probe(enum status status, enum pipeline_mode mode, unsigned look);

#endif
