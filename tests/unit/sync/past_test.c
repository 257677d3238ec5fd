#include "tests/unit/sync/bench.h"

static int64_t row_of(struct bench *b, const char *name)
{
    struct pipeline_id id = id_of(name);
    int64_t rowid = 0;
    struct err err = {0};

    REQUIRE_OK(cache_find_id(b->cache, &id, &rowid, &err), &err);
    REQUIRE(rowid != 0);
    return rowid;
}

/* How many action runs of it are kept that AWS listed: those have a number of their own. */
static int runs_of(struct bench *b, const char *name, const char *execution)
{
    CLEANUP(arena_release) struct arena arena = {0};
    struct action_run *runs;
    struct err err = {0};
    size_t count;
    int listed = 0;

    arena_init(&arena, 1024UL * 1024);
    REQUIRE_OK(cache_runs(b->cache, row_of(b, name), sv_of(execution), &arena, &runs, &count, &err),
               &err);
    for (size_t i = 0; i < count; i++)
        listed += sv_eq(runs[i].action.execution_id, SV("a"));
    return listed;
}

static void want(struct bench *b, struct sync *sync, const char *name)
{
    int64_t rowid = row_of(b, name);

    sync_want_history(sync, &rowid, 1);
}

static bool is_idle(const struct sync *sync)
{
    return sync->past.timer == 0 && sync->past.readings[0] == NULL && !sync_is_busy(sync);
}

static void test_a_wanted_history_is_read_once(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    CHECK_INT(b.fake->calls[FAKE_RUNS], 0);
    want(&b, b.sync, "beta");
    WAIT_UNTIL(&b, runs_of(&b, "beta", "one") == 1 && is_idle(b.sync));
    CHECK_INT(b.fake->calls[FAKE_RUNS], 1);
    want(&b, b.sync, "alpha");
    WAIT_UNTIL(&b, runs_of(&b, "alpha", "one") == 1 && is_idle(b.sync));
    want(&b, b.sync, "beta");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, is_idle(b.sync));
    CHECK_INT(b.fake->calls[FAKE_RUNS], 2);
    CHECK_INT(runs_of(&b, "gamma", "one"), 0);
    bench_close(&b);
}

static void test_it_is_read_again_when_a_run_begins_and_when_it_ends(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    want(&b, b.sync, "beta");
    WAIT_UNTIL(&b, runs_of(&b, "beta", "one") == 1);
    fake_turn(&b.fake->pipelines[1], "two", "InProgress");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, runs_of(&b, "beta", "two") == 1 && is_idle(b.sync));
    CHECK_INT(b.fake->calls[FAKE_RUNS], 2);
    fake_turn(&b.fake->pipelines[1], "two", "Succeeded");
    WAIT_UNTIL(&b, b.fake->calls[FAKE_RUNS] == 3 && is_idle(b.sync));
    CHECK_INT(runs_of(&b, "beta", "one"), 1);
    bench_close(&b);
}

static void
test_a_history_that_cannot_be_read_is_tried_later_and_told_to_nobody(void **state UNUSED)
{
    struct bench b;
    int64_t due_ms;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    snprintf(b.fake->pipelines[1].error, sizeof b.fake->pipelines[1].error, "ValidationException");
    want(&b, b.sync, "beta");
    WAIT_UNTIL(&b, b.sync->past.row_count == 1 && b.sync->past.rows[0].failures == 1);
    due_ms = b.sync->past.rows[0].due_ms;
    CHECK_TRUE(due_ms > time_mono_ms() + 2000);
    CHECK_INT(freshness_of(&b).code, ERR_OK);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    b.fake->pipelines[1].error[0] = '\0';
    WAIT_UNTIL(&b, runs_of(&b, "beta", "one") == 1);
    CHECK_TRUE(time_mono_ms() >= due_ms);
    CHECK_INT(b.sync->past.rows[0].failures, 0);
    bench_close(&b);
}

static void test_who_does_not_poll_reads_what_it_wants_and_nothing_else(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    start_next(&b);
    WAIT_UNTIL(&b, b.next->lease_tries > 0 && b.next->lease_timer == 0 && is_idle(b.sync));
    memset(b.fake->calls, 0, sizeof b.fake->calls);
    want(&b, b.next, "gamma");
    WAIT_UNTIL(&b, runs_of(&b, "gamma", "one") == 1 && is_idle(b.next));
    CHECK_TRUE(!sync_is_poller(b.next));
    CHECK_INT(b.next->polls[0].phase, PHASE_KNOWN);
    CHECK_INT(b.fake->calls[FAKE_RUNS], 1);
    CHECK_INT(fake_calls(b.fake), 2);
    /* And still makes its round when that is wished. */
    sync_refresh_all(b.next);
    WAIT_UNTIL(&b, b.next->polls[0].phase == PHASE_KNOWN);
    CHECK_TRUE(b.fake->calls[FAKE_LIST] > 0);
    stop_next(&b);
    bench_close(&b);
}

static void test_of_many_only_two_are_read_at_a_time(void **state UNUSED)
{
    struct bench b;
    int64_t wanted[FAKE_PIPELINES];
    char name[16];
    size_t count = 0;

    bench_open(&b);
    for (int i = 0; i < FAKE_PIPELINES; i++) {
        snprintf(name, sizeof name, "p%d", i);
        fake_add(b.fake, name);
    }
    start_and_fill(&b);
    WAIT_UNTIL(&b, only_poll(&b)->readings == 0);
    for (; count < FAKE_PIPELINES; count++) {
        snprintf(name, sizeof name, "p%zu", count);
        wanted[count] = row_of(&b, name);
        b.fake->pipelines[count].is_mute = count < 2;
    }
    sync_want_history(b.sync, wanted, count);
    WAIT_UNTIL(&b, b.fake->calls[FAKE_RUNS] == 2);
    CHECK_TRUE(b.sync->past.readings[0] != NULL && b.sync->past.readings[1] != NULL);
    stop(&b);
    b.fake->pipelines[0].is_mute = b.fake->pipelines[1].is_mute = false;
    start(&b, &continuous);
    sync_want_history(b.sync, wanted, count);
    WAIT_UNTIL(&b, runs_of(&b, "p5", "one") == 1 && is_idle(b.sync));
    CHECK_INT(b.fake->calls[FAKE_RUNS], FAKE_PIPELINES);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_DIR(test_a_wanted_history_is_read_once),
        TEST_IN_DIR(test_it_is_read_again_when_a_run_begins_and_when_it_ends),
        TEST_IN_DIR(test_a_history_that_cannot_be_read_is_tried_later_and_told_to_nobody),
        TEST_IN_DIR(test_who_does_not_poll_reads_what_it_wants_and_nothing_else),
        TEST_IN_DIR(test_of_many_only_two_are_read_at_a_time),
    };

    return RUN(tests);
}
