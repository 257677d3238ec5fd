/* Delivery figures by their definitions. */
#include "core/model/delivery.h"
#include "tests/unit/check.h"

#define H (60 * 60 * 1000LL)
#define D (24 * H)

static struct arena arena;

/* Days are counted from a start; the window is the days 10 to 40. */
static struct delivery figure_known(const struct delivery_run *runs, size_t count,
                                    int64_t known_since)
{
    struct delivery out;
    struct err err = {0};

    arena_clear(&arena);
    REQUIRE_OK(delivery_of(runs, count, 10 * D, 40 * D, known_since, &arena, &out, &err), &err);
    return out;
}

#define FIGURE(runs) figure_known(runs, ARRAY_LEN(runs), 0)

static struct delivery_run run(int64_t ended_at, bool has_succeeded)
{
    return (struct delivery_run){
        .execution_started_at = ended_at - H, .ended_at = ended_at, .has_succeeded = has_succeeded};
}

static void test_nothing_is_not_enough_data(void **state UNUSED)
{
    struct delivery d = figure_known(NULL, 0, 0);

    CHECK_INT(d.attempts, 0);
    CHECK_TRUE(d.per_day < 0);
    CHECK_INT(d.lead_ms, -1);
    CHECK_INT(d.failure_percent, -1);
    CHECK_INT(d.restore_ms, -1);
    CHECK_TRUE(!d.is_broken);
}

static void test_two_samples_are_counted_but_tell_no_figure(void **state UNUSED)
{
    const struct delivery_run runs[] = {run(20 * D, true), run(21 * D, true)};
    struct delivery d = FIGURE(runs);

    CHECK_INT(d.deployments, 2);
    CHECK_INT(d.run_samples, 2);
    CHECK_INT(d.run_ms, -1);
    CHECK_TRUE(d.per_day < 0);
    CHECK_INT(d.lead_ms, -1);
    CHECK_INT(d.failure_percent, -1);
}

static void test_frequency_is_per_day_of_the_window(void **state UNUSED)
{
    const struct delivery_run runs[] = {
        run(9 * D, true),   run(10 * D, true), run(20 * D, true), run(30 * D, true),
        run(31 * D, false), run(40 * D, true), run(41 * D, true),
    };
    struct delivery d = FIGURE(runs);

    CHECK_INT(d.attempts, 5);
    CHECK_INT(d.deployments, 4);
    CHECK_INT(d.failed, 1);
    CHECK_INT((int64_t)(d.per_day * 3000 + 0.5), 400); /* 4 in 30 days */
    CHECK_INT(d.failure_percent, 20);
    CHECK_TRUE(!d.is_partial);
    d = figure_known(runs, ARRAY_LEN(runs), 20 * D);
    CHECK_TRUE(d.is_partial);
    CHECK_INT(d.since_ms, 20 * D);
    CHECK_INT(d.deployments, 3);
    CHECK_INT((int64_t)(d.per_day * 1000 + 0.5), 150); /* 3 in 20 days */
    d = figure_known(runs, ARRAY_LEN(runs), 40 * D - H);
    CHECK_TRUE(d.per_day < 0);
}

static void test_lead_time_is_from_the_commit_and_no_run_time(void **state UNUSED)
{
    struct delivery_run runs[] = {run(20 * D, true), run(21 * D, true), run(22 * D, true),
                                  run(23 * D, false), run(24 * D, true)};
    struct delivery d;

    runs[0].committed_at = 20 * D - 5 * H;
    runs[1].committed_at = 21 * D - 3 * H;
    runs[2].committed_at = 22 * D + H; /* a clock that is ahead: not believed */
    runs[3].committed_at = 1;
    runs[4].is_rollback = true;
    runs[4].committed_at = D;
    d = FIGURE(runs);
    CHECK_INT(d.lead_samples, 2);
    CHECK_INT(d.lead_ms, -1);
    CHECK_INT(d.run_samples, 3);
    CHECK_INT(d.run_ms, H);
    runs[2].committed_at = 22 * D - 4 * H;
    d = FIGURE(runs);
    CHECK_INT(d.lead_samples, 3);
    CHECK_INT(d.lead_ms, 4 * H);
    CHECK_INT(d.run_ms, H);
}

static void test_what_was_rejected_is_no_attempt(void **state UNUSED)
{
    struct delivery_run runs[] = {run(5 * D, false), run(20 * D, true), run(21 * D, false),
                                  run(22 * D, true), run(23 * D, true), run(24 * D, false)};
    struct delivery d;

    runs[0].is_rejected = runs[2].is_rejected = runs[5].is_rejected = true;
    d = FIGURE(runs);
    CHECK_INT(d.rejected, 2);
    CHECK_INT(d.attempts, 3);
    CHECK_INT(d.failed, 0);
    CHECK_INT(d.failure_percent, 0);
    CHECK_INT(d.restores, 0);
    CHECK_TRUE(!d.is_broken);
    /* Tried again, it went through. */
    runs[2].has_succeeded = true;
    CHECK_INT(FIGURE(runs).deployments, 4);
}

static void test_a_rollback_makes_what_it_takes_back_a_failure(void **state UNUSED)
{
    struct delivery_run runs[] = {run(20 * D, true), run(21 * D, true), run(21 * D + 2 * H, true),
                                  run(22 * D, true), run(23 * D, false)};
    struct delivery d;

    runs[2].is_rollback = true;
    d = FIGURE(runs);
    CHECK_INT(d.attempts, 4);
    CHECK_INT(d.deployments, 3);
    CHECK_INT(d.failed, 1);
    CHECK_INT(d.rolled_back, 1);
    CHECK_INT(d.failure_percent, 50);
    CHECK_INT(d.restores, 1);
    CHECK_TRUE(d.is_broken);
}

static void test_restoring_counts_from_the_first_failure(void **state UNUSED)
{
    const struct delivery_run runs[] = {
        run(9 * D + 20 * H, false), run(10 * D + 4 * H, true),  run(12 * D, false),
        run(12 * D + 5 * H, false), run(12 * D + 6 * H, true),  run(13 * D, true),
        run(14 * D, false),         run(14 * D + 10 * H, true), run(15 * D, false),
    };
    struct delivery d = FIGURE(runs);

    CHECK_INT(d.restores, 3); /* 8 h from before the window, 6 h, 10 h */
    CHECK_INT(d.restore_ms, 8 * H);
    CHECK_TRUE(d.is_broken);
}

static void test_the_order_does_not_matter(void **state UNUSED)
{
    const struct delivery_run runs[] = {run(22 * D, true), run(20 * D, true), run(21 * D, false)};
    struct delivery d = FIGURE(runs);

    CHECK_INT(d.restores, 1);
    CHECK_TRUE(!d.is_broken);
    CHECK_INT(d.failure_percent, 33);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_not_enough_data),
        TEST(test_two_samples_are_counted_but_tell_no_figure),
        TEST(test_frequency_is_per_day_of_the_window),
        TEST(test_lead_time_is_from_the_commit_and_no_run_time),
        TEST(test_what_was_rejected_is_no_attempt),
        TEST(test_a_rollback_makes_what_it_takes_back_a_failure),
        TEST(test_restoring_counts_from_the_first_failure),
        TEST(test_the_order_does_not_matter),
    };
    int status;

    arena_init(&arena, 1 << 20);
    status = RUN(tests);
    arena_release(&arena);
    return status;
}
