#include "core/sync/cadence.h"

static int64_t jitter(int64_t ms, double part, double random01)
{
    return ms + (int64_t)((double)ms * part * (2.0 * random01 - 1.0));
}

int64_t cadence_next_ms(const struct cadence_input *in)
{
    if (in->has_trouble)
        return jitter(CADENCE_TROUBLE_MS, 0.3, in->random01);
    if (status_is_running(in->status) && in->status != STATUS_WAITING)
        return jitter(CADENCE_RUNNING_MS, 0.2, in->random01);
    if (in->is_visible || in->status == STATUS_WAITING)
        return jitter(CADENCE_VISIBLE_MS, 0.1, in->random01);
    return jitter(CADENCE_QUIET_MS, 0.3, in->random01);
}

int64_t cadence_retry_ms(int failures, double random01)
{
    int64_t ms = CADENCE_RETRY_MIN_MS;

    for (int i = 1; i < failures && ms < CADENCE_RETRY_MAX_MS; i++)
        ms *= 2;
    if (ms > CADENCE_RETRY_MAX_MS)
        ms = CADENCE_RETRY_MAX_MS;
    return jitter(ms, 0.2, random01);
}

enum probe cadence_probe(enum status status, enum pipeline_mode mode, unsigned look)
{
    if (mode == MODE_PARALLEL)
        return PROBE_EXECUTION;
    if (status_is_running(status))
        return PROBE_STATE;
    return look % 2 == 0 ? PROBE_EXECUTION : PROBE_STATE;
}
