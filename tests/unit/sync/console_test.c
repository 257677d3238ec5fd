#include <limits.h>
#include <sys/resource.h>

#include "core/sync/cadence.h"
#include "tests/unit/sync/bench.h"

static void test_the_console_sees_a_run_begin_and_end(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    fake_turn(&b.fake->pipelines[0], "two", "InProgress");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:InProgress") != NULL);
    /* No wish from here on: what runs is looked at every few seconds. */
    fake_turn(&b.fake->pipelines[0], "two", "Succeeded");
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:Succeeded") != NULL);
    bench_close(&b);
}

/* What was worked on is not left to its cadence, even when AWS tells of it late. */
static void test_a_hastened_pipeline_is_read_at_once_and_some_times_more(void **state UNUSED)
{
    struct pipeline_id id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("beta")};
    struct bench b;
    int64_t began_ms;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    began_ms = time_mono_ms();
    CHECK_TRUE(sync_hasten(b.sync, &id));
    WAIT_UNTIL(&b, only_poll(&b)->entries[1]->hasty < 3);
    fake_turn(&b.fake->pipelines[1], "two", "InProgress");
    WAIT_UNTIL(&b, strstr(rows(&b), "beta:InProgress") != NULL);
    CHECK_TRUE(time_mono_ms() - began_ms < CADENCE_VISIBLE_MS / 2);
    id.name = SV("delta");
    CHECK_TRUE(!sync_hasten(b.sync, &id));
    id = (struct pipeline_id){SV("aws"), SV("222222222222"), SV("eu-west-1"), SV("beta")};
    CHECK_TRUE(!sync_hasten(b.sync, &id));
    bench_close(&b);
}

static void test_how_fresh_it_is_is_told_also_when_no_round_ends(void **state UNUSED)
{
    struct bench b;
    int64_t told_ms;

    bench_open(&b);
    add_three(&b);
    fake_turn(&b.fake->pipelines[0], "two", "InProgress");
    start_and_fill(&b);
    b.fake->pipelines[1].is_mute = true;
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, only_poll(&b)->entries[1]->reading != NULL);
    told_ms = only_poll(&b)->freshness_put_ms;
    WAIT_UNTIL(&b, only_poll(&b)->freshness_put_ms > told_ms);
    CHECK_TRUE(only_poll(&b)->entries[1]->reading != NULL);
    bench_close(&b);
}

static void test_the_console_goes_on_after_a_failure(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    snprintf(b.fake->error, sizeof b.fake->error, "UnrecognizedClientException");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, freshness_of(&b).code == ERR_AUTH);
    b.fake->error[0] = '\0';
    fake_turn(&b.fake->pipelines[2], "two", "Failed");
    WAIT_UNTIL(&b, strstr(rows(&b), "gamma:Failed") != NULL);
    WAIT_UNTIL(&b, freshness_of(&b).code == ERR_OK);
    bench_close(&b);
}

/* The cache is held by somebody else between a complete listing and its removals; meanwhile the
 * context fails and begins anew. What it has not listed since must not be removed. */
static void test_a_removal_is_forgotten_when_the_context_begins_anew(void **state UNUSED)
{
    struct bench b;
    struct cache *other;
    struct err err = {0};

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    other = another_cache();
    REQUIRE_OK(cache_begin(other, 5000, &err), &err);
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, only_poll(&b)->wants_removal);
    snprintf(b.fake->error, sizeof b.fake->error, "UnrecognizedClientException");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_FAILED);
    sync_refresh_all(b.sync);
    CHECK_INT(only_poll(&b)->phase, PHASE_LOOKING);
    cache_rollback(other);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_FAILED && b.sync->apply_timer == 0);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    cache_close(other);
    bench_close(&b);
}

static void test_a_row_that_another_process_removed_is_read_anew(void **state UNUSED)
{
    struct bench b;
    struct cache *other;
    struct err err = {0};
    size_t removed = 0;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    other = another_cache();
    REQUIRE_OK(cache_begin(other, 5000, &err), &err);
    REQUIRE_OK(cache_keep_only(other, SV("aws"), SV("111111111111"), SV("eu-west-1"), NULL, 0,
                               time_wall_ms(), &removed, &err),
               &err);
    REQUIRE_OK(cache_commit(other, &err), &err);
    cache_close(other);
    CHECK_INT(removed, 3);
    fake_turn(&b.fake->pipelines[0], "two", "Failed");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:Failed") != NULL);
    CHECK_INT(only_poll(&b)->phase, PHASE_LOOKING);
    CHECK_INT(freshness_of(&b).code, ERR_OK);
    bench_close(&b);
}

/* A reply that was on its way for long: meanwhile another process has put what came after it. */
static void test_a_late_reply_does_not_undo_what_another_process_put(void **state UNUSED)
{
    struct fake_pipeline *alpha;
    struct bench b;
    struct cache *ours;
    const struct entry *entry;
    struct sync *console;
    int64_t count;

    bench_open(&b);
    add_three(&b);
    alpha = &b.fake->pipelines[0];
    sync_once(&b);
    start(&b, &continuous);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_LOOKING && !sync_is_busy(b.sync));
    console = b.sync;
    entry = listing_find(only_poll(&b), SV("alpha"));
    ours = b.cache;
    b.cache = another_cache();
    alpha->at = 200;
    fake_turn(alpha, "two", "Failed");
    sync_once(&b);
    cache_close(b.cache);
    b.cache = ours;
    b.sync = console;
    count = history_count(b.cache);
    alpha->at = 150;
    fake_turn(alpha, "two", "InProgress");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, entry->stale_replies > 0);
    CHECK_STR(rows(&b), "alpha:Failed beta:Succeeded gamma:Succeeded");
    alpha->at = 200;
    fake_turn(alpha, "two", "Failed");
    WAIT_UNTIL(&b, entry->stale_replies == 0);
    CHECK_INT(history_count(b.cache), count);
    bench_close(&b);
}

/* Listed, but not found when it is read: as just after a deletion. */
static void test_what_is_listed_but_not_found_is_not_asked_without_a_pause(void **state UNUSED)
{
    struct bench b;
    const struct entry *blind;

    bench_open(&b);
    add_three(&b);
    b.fake->pipelines[1].is_blind = true;
    start(&b, &continuous);
    WAIT_UNTIL(&b, b.fake->calls[FAKE_LIST] >= 4 && only_poll(&b)->readings == 0 &&
                       !only_poll(&b)->is_listing && !only_poll(&b)->wants_removal);
    blind = listing_find(only_poll(&b), SV("beta"));
    REQUIRE(blind != NULL);
    CHECK_TRUE(blind->due_ms > time_mono_ms() + 5000);
    CHECK_INT(b.fake->calls[FAKE_LIST], 4);
    CHECK_INT(b.fake->calls[FAKE_DEF], 3);
    bench_close(&b);
}

static void write_credentials(const char *token)
{
    FILE *f = fopen(in_dir("AWS_SHARED_CREDENTIALS_FILE"), "w");

    REQUIRE(f != NULL);
    fprintf(f,
            "[default]\naws_access_key_id = ASIA\naws_secret_access_key = none\n"
            "aws_session_token = %s\n",
            token);
    fclose(f);
}

/* A login tool put another account's credentials where the expired ones were. */
static void test_renewed_credentials_of_another_account_take_no_row(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    disconnect(&b);
    snprintf(b.vars[5], sizeof b.vars[5], "NOTHING=1");
    snprintf(b.vars[6], sizeof b.vars[6], "NOTHING=2");
    write_credentials("first");
    connect_bench(&b);
    add_three(&b);
    start_and_fill(&b);
    write_credentials("second");
    snprintf(b.fake->account, sizeof b.fake->account, "222222222222");
    b.fake->pipelines[0].is_gone = b.fake->pipelines[1].is_gone = true;
    b.fake->error_count = 1;
    snprintf(b.fake->error, sizeof b.fake->error, "ExpiredTokenException");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, strstr(rows(&b), "gamma:Succeeded gamma:Succeeded") != NULL);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded gamma:Succeeded");
    CHECK_STR(only_poll(&b)->account, "222222222222");
    bench_close(&b);
}

static void start_named(struct bench *b, const struct sv *name)
{
    start(b, &(struct sync_options){.is_continuous = true, .names = name, .name_count = 1});
}

static void test_one_name_is_never_a_reason_to_list_them_all(void **state UNUSED)
{
    const struct sv name = SV("alpha");
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_named(&b, &name);
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:Succeeded") != NULL);
    fake_turn(&b.fake->pipelines[0], "two", "Failed");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:Failed") != NULL);
    b.fake->pipelines[0].is_gone = true;
    b.fake->calls[FAKE_EXECUTIONS] = b.fake->calls[FAKE_STATE] = 0;
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, b.fake->calls[FAKE_EXECUTIONS] + b.fake->calls[FAKE_STATE] > 0 &&
                       only_poll(&b)->readings == 0);
    CHECK_INT(b.fake->calls[FAKE_LIST], 0);
    CHECK_STR(rows(&b), "alpha:Failed");
    bench_close(&b);
}

static void test_a_parallel_pipeline_that_was_new_is_followed(void **state UNUSED)
{
    const struct sv name = SV("alpha");
    struct bench b;

    bench_open(&b);
    add_three(&b);
    snprintf(b.fake->pipelines[0].mode, sizeof b.fake->pipelines[0].mode, "PARALLEL");
    fake_turn(&b.fake->pipelines[0], "one", "InProgress");
    start_named(&b, &name);
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:InProgress") != NULL);
    fake_turn(&b.fake->pipelines[0], "one", "Succeeded");
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:Succeeded") != NULL);
    CHECK_INT(b.fake->calls[FAKE_LIST], 0);
    bench_close(&b);
}

static void test_what_is_on_the_screen_stays_so_when_the_context_begins_anew(void **state UNUSED)
{
    struct bench b;
    int64_t rowid;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    start(&b, &continuous);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_LOOKING && only_poll(&b)->readings == 0);
    rowid = only_poll(&b)->entries[1]->rowid;
    REQUIRE(rowid != 0);
    sync_set_visible(b.sync, &rowid, 1);
    snprintf(b.fake->error, sizeof b.fake->error, "UnrecognizedClientException");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_FAILED);
    b.fake->error[0] = '\0';
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_LOOKING && only_poll(&b)->readings == 0);
    CHECK_TRUE(only_poll(&b)->entries[1]->is_visible);
    CHECK_TRUE(only_poll(&b)->entries[1]->due_ms < time_mono_ms() + 20 * 1000);
    bench_close(&b);
}

/* As the console looks: the feed's number first, which is where a deleted cache is noticed. */
static bool is_filled_again(struct bench *b, const char *before)
{
    change_seq(b->cache);
    return cache_renewals(b->cache) > 0 && strcmp(rows(b), before) == 0;
}

/* "The cache can be deleted at any moment": nothing changes in AWS, and yet all comes back. */
static void test_a_deleted_cache_is_filled_again(void **state UNUSED)
{
    static const char *const files[] = {"cache.db", "cache.db-wal", "cache.db-shm"};
    struct bench b;
    char before[1024];

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    snprintf(before, sizeof before, "%s", rows(&b));
    REQUIRE(strstr(before, "alpha:") != NULL);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        REQUIRE(unlink(in_dir(files[i])) == 0);
    WAIT_UNTIL(&b, is_filled_again(&b, before));
    bench_close(&b);
}
static bool is_through(const struct sync *sync)
{
    const struct poll *poll = &sync->polls[0];

    return poll->readings == 0 && !poll->is_listing && !poll->wants_listing &&
           !poll->wants_removal && sync->apply_timer == 0;
}

/* How often the process slept and was woken in a round. */
static long wakes_of_a_round(struct bench *b)
{
    int64_t end_ms = time_mono_ms() + DEADLINE_MS;
    struct rusage before;
    struct rusage after;

    getrusage(RUSAGE_SELF, &before);
    sync_refresh_all(b->sync);
    while (!is_through(b->sync)) {
        CHECK_TRUE(time_mono_ms() < end_ms);
        turn(b, 1000);
    }
    getrusage(RUSAGE_SELF, &after);
    return after.ru_nvcsw - before.ru_nvcsw;
}

static void test_a_round_that_changes_nothing_wakes_seldom_and_writes_nothing(void **state UNUSED)
{
    struct bench b;
    char name[16];
    long least = LONG_MAX;
    int64_t seq;

    bench_open(&b);
    for (int i = 0; i < FAKE_PIPELINES; i++) {
        snprintf(name, sizeof name, "p%d", i);
        fake_add(b.fake, name);
    }
    start_and_fill(&b);
    WAIT_UNTIL(&b, is_through(b.sync));
    seq = change_seq(b.cache);
    /* A busy host may spread the replies: what counts is what is possible. */
    for (int i = 0; i < 5; i++) {
        long wakes = wakes_of_a_round(&b);

        least = wakes < least ? wakes : least;
    }
    CHECK_TRUE(least <= 10);
    CHECK_INT(change_seq(b.cache), seq);
    bench_close(&b);
}

static void test_stopping_at_any_moment_leaves_nothing_behind(void **state UNUSED)
{
    struct bench b;
    struct err err = {0};

    bench_open(&b);
    add_three(&b);
    for (int turns = 0; turns < 12; turns++) {
        start(&b, &continuous);
        for (int i = 0; i < turns; i++)
            REQUIRE_OK(net_wait(b.net, NULL, 0, TURN_MS, &err), &err);
        stop(&b);
    }
    sync_once(&b);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_DIR(test_the_console_sees_a_run_begin_and_end),
        TEST_IN_DIR(test_a_hastened_pipeline_is_read_at_once_and_some_times_more),
        TEST_IN_DIR(test_how_fresh_it_is_is_told_also_when_no_round_ends),
        TEST_IN_DIR(test_the_console_goes_on_after_a_failure),
        TEST_IN_DIR(test_a_removal_is_forgotten_when_the_context_begins_anew),
        TEST_IN_DIR(test_a_row_that_another_process_removed_is_read_anew),
        TEST_IN_DIR(test_a_late_reply_does_not_undo_what_another_process_put),
        TEST_IN_DIR(test_what_is_listed_but_not_found_is_not_asked_without_a_pause),
        TEST_IN_DIR(test_renewed_credentials_of_another_account_take_no_row),
        TEST_IN_DIR(test_one_name_is_never_a_reason_to_list_them_all),
        TEST_IN_DIR(test_a_parallel_pipeline_that_was_new_is_followed),
        TEST_IN_DIR(test_what_is_on_the_screen_stays_so_when_the_context_begins_anew),
        TEST_IN_DIR(test_a_deleted_cache_is_filled_again),
        TEST_IN_DIR(test_a_round_that_changes_nothing_wakes_seldom_and_writes_nothing),
        TEST_IN_DIR(test_stopping_at_any_moment_leaves_nothing_behind),
    };

    return RUN(tests);
}
