#include "tests/unit/sync/bench.h"

/* Nothing of this sync wakes the console by itself. */
static bool is_resting(const struct sync *sync)
{
    return sync->lease_timer == 0 && sync->past.timer == 0 && sync->apply_timer == 0 &&
           sync->polls[0].timer == 0 && !sync_is_busy(sync);
}

static void test_the_lease_passes_on_and_the_next_one_polls(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    start_next(&b);
    WAIT_UNTIL(&b, b.next->lease_tries > 0 && is_resting(b.next));
    CHECK_TRUE(sync_is_poller(b.sync) && !sync_is_poller(b.next));
    stop(&b);
    fake_turn(&b.fake->pipelines[1], "two", "Failed");
    WAIT_UNTIL(&b, sync_is_poller(b.next));
    sync_refresh_all(b.next);
    WAIT_UNTIL(&b, strstr(rows(&b), "beta:Failed") != NULL);
    stop_next(&b);
    bench_close(&b);
}

/* Who runs without end would keep it looking for ever. */
static void test_a_wish_without_the_lease_is_one_round(void **state UNUSED)
{
    struct bench b;
    int64_t told_ms;

    bench_open(&b);
    add_three(&b);
    fake_turn(&b.fake->pipelines[0], "two", "InProgress");
    start_and_fill(&b);
    start_next(&b);
    WAIT_UNTIL(&b, b.next->lease_tries > 0 && is_resting(b.next));
    sync_refresh_all(b.next);
    CHECK_TRUE(sync_is_busy(b.next) || b.next->polls[0].phase == PHASE_LOOKING);
    WAIT_UNTIL(&b, b.next->polls[0].phase == PHASE_KNOWN);
    CHECK_TRUE(is_resting(b.next));
    told_ms = b.next->polls[0].freshness_put_ms;
    sync_refresh_all(b.next);
    CHECK_INT(b.next->polls[0].phase, PHASE_LOOKING);
    WAIT_UNTIL(&b, b.next->polls[0].phase == PHASE_KNOWN);
    CHECK_TRUE(b.next->polls[0].freshness_put_ms >= told_ms);
    /* And it begins anew, to go on, when the lease becomes its own. */
    sync_refresh_all(b.next);
    stop(&b);
    WAIT_UNTIL(&b, sync_is_poller(b.next) && b.next->polls[0].phase == PHASE_LOOKING &&
                       b.next->polls[0].readings == 0);
    CHECK_TRUE(b.next->polls[0].timer != 0);
    stop_next(&b);
    bench_close(&b);
}

static void test_a_round_without_the_lease_that_fails_is_not_tried_again(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    start_next(&b);
    WAIT_UNTIL(&b, b.next->lease_tries > 0 && is_resting(b.next));
    snprintf(b.fake->error, sizeof b.fake->error, "UnrecognizedClientException");
    sync_refresh_all(b.next);
    WAIT_UNTIL(&b, b.next->polls[0].phase == PHASE_FAILED);
    CHECK_TRUE(is_resting(b.next));
    stop_next(&b);
    bench_close(&b);
}

/* Another process holds the lease and is killed: no lock is given back, no sentence said. */
static void test_a_killed_holder_is_noticed_without_asking(void **state UNUSED)
{
    struct bench b;
    char ready = 0;
    int fds[2];
    pid_t pid;

    bench_open(&b);
    add_three(&b);
    REQUIRE(pipe(fds) == 0);
    pid = fork();
    if (pid == 0) {
        struct cache *cache = another_cache();

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        cache_lease_scope(cache, context_list_hash(&b.contexts));
        ready = cache_lease_try(cache);
        if (write(fds[1], &ready, 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    REQUIRE(read(fds[0], &ready, 1) == 1 && ready);
    start(&b, &continuous);
    WAIT_UNTIL(&b, b.sync->lease_tries > 0 && is_resting(b.sync));
    CHECK_TRUE(!sync_is_poller(b.sync));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    WAIT_UNTIL(&b, sync_is_poller(b.sync));
    close(fds[0]);
    close(fds[1]);
    bench_close(&b);
}

static void test_a_deleted_lease_is_taken_anew(void **state UNUSED)
{
    struct bench b;
    char name[64];

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    start_next(&b);
    WAIT_UNTIL(&b, b.next->lease_tries > 0 && is_resting(b.next));
    snprintf(name, sizeof name, "sync-%016llx.lock",
             (unsigned long long)context_list_hash(&b.contexts));
    REQUIRE(unlink(in_dir(name)) == 0);
    WAIT_UNTIL(&b, size_in_dir(name) > 0);
    WAIT_UNTIL(&b, sync_is_poller(b.sync) != sync_is_poller(b.next) &&
                       (is_resting(b.sync) || is_resting(b.next)));
    stop_next(&b);
    bench_close(&b);
}

/* Another terminal shows another region: who polls here does not poll that one. */
static void test_who_shows_other_contexts_polls_them_itself(void **state UNUSED)
{
    struct context_options ask = {.aws = {.region = SV("eu-west-2")}};
    struct sync_options options = continuous;
    struct context_list elsewhere;
    struct bench b;
    struct err err = {0};

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    ask.env = &b.env;
    REQUIRE_OK(context_list_load(&ask, &elsewhere, &err), &err);
    options.contexts = &elsewhere;
    REQUIRE_OK(sync_start(b.aws, another_cache(), &options, NULL, NULL, &b.next, &err), &err);
    WAIT_UNTIL(&b,
               sync_is_poller(b.next) && strstr(rows(&b), "alpha:Succeeded alpha:Succ") != NULL);
    CHECK_TRUE(sync_is_poller(b.sync));
    stop_next(&b);
    context_list_release(&elsewhere);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_DIR(test_the_lease_passes_on_and_the_next_one_polls),
        TEST_IN_DIR(test_a_wish_without_the_lease_is_one_round),
        TEST_IN_DIR(test_a_round_without_the_lease_that_fails_is_not_tried_again),
        TEST_IN_DIR(test_a_killed_holder_is_noticed_without_asking),
        TEST_IN_DIR(test_a_deleted_lease_is_taken_anew),
        TEST_IN_DIR(test_who_shows_other_contexts_polls_them_itself),
    };

    return RUN(tests);
}
