#include "core/sync/cadence.h"

#include "tests/unit/check.h"

static int64_t next(enum status status, bool is_visible, bool has_trouble, double random01)
{
    struct cadence_input in = {status, is_visible, has_trouble, random01};

    return cadence_next_ms(&in);
}

static void test_running_pipelines_are_looked_at_every_three_to_five_seconds(void **state)
{
    (void)state;
    for (double r = 0; r < 1; r += 0.01) {
        CHECK_TRUE(next(STATUS_IN_PROGRESS, false, false, r) >= 3000);
        CHECK_TRUE(next(STATUS_IN_PROGRESS, false, false, r) <= 5000);
        CHECK_TRUE(next(STATUS_STOPPING, true, false, r) <= 5000);
    }
}

static void test_visible_pipelines_are_looked_at_every_15_seconds(void **state)
{
    (void)state;
    CHECK_INT(next(STATUS_SUCCEEDED, true, false, 0.5), 15000);
    CHECK_INT(next(STATUS_WAITING, false, false, 0.5), 15000);
}

static void test_quiet_pipelines_take_minutes_and_spread(void **state)
{
    int64_t least = next(STATUS_FAILED, false, false, 0.0);
    int64_t most = next(STATUS_FAILED, false, false, 0.999);

    (void)state;
    CHECK_TRUE(least >= 120000);
    CHECK_TRUE(most - least >= 60000);
}

static void test_a_failing_context_pauses_longer_each_time_up_to_a_minute(void **state)
{
    (void)state;
    CHECK_INT(cadence_retry_ms(1, 0.5), 5000);
    CHECK_INT(cadence_retry_ms(2, 0.5), 10000);
    CHECK_INT(cadence_retry_ms(4, 0.5), 40000);
    CHECK_INT(cadence_retry_ms(1000000, 0.5), 60000);
}

static void test_quiet_pipelines_alternate_probe_and_state(void **state)
{
    (void)state;
    CHECK_INT(cadence_probe(STATUS_SUCCEEDED, MODE_QUEUED, 0), PROBE_EXECUTION);
    CHECK_INT(cadence_probe(STATUS_SUCCEEDED, MODE_QUEUED, 1), PROBE_STATE);
    CHECK_INT(cadence_probe(STATUS_IN_PROGRESS, MODE_SUPERSEDED, 0), PROBE_STATE);
    CHECK_INT(cadence_probe(STATUS_WAITING, MODE_SUPERSEDED, 0), PROBE_STATE);
    CHECK_INT(cadence_probe(STATUS_IN_PROGRESS, MODE_PARALLEL, 1), PROBE_EXECUTION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_running_pipelines_are_looked_at_every_three_to_five_seconds),
        TEST(test_visible_pipelines_are_looked_at_every_15_seconds),
        TEST(test_quiet_pipelines_take_minutes_and_spread),
        TEST(test_a_failing_context_pauses_longer_each_time_up_to_a_minute),
        TEST(test_quiet_pipelines_alternate_probe_and_state),
    };

    return RUN(tests);
}
