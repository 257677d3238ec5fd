#include "tests/unit/sync/bench.h"

static void test_a_first_sync_reads_everything(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_OK);
    CHECK_INT(b.result.pipelines, 3);
    CHECK_INT(b.result.changed, 3);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    CHECK_INT(b.fake->calls[FAKE_IDENTITY], 1);
    CHECK_INT(b.fake->calls[FAKE_DEF], 3);
    CHECK_INT(b.result.calls, fake_calls(b.fake));
    CHECK_TRUE(freshness_of(&b).synced_at > 0 && freshness_of(&b).code == ERR_OK);
    bench_close(&b);
}

static void test_when_nothing_changed_one_question_each_and_no_write(void **state UNUSED)
{
    struct bench b;
    int64_t seq;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    seq = change_seq(b.cache);
    sync_once(&b);
    CHECK_INT(b.result.changed, 0);
    CHECK_INT(change_seq(b.cache), seq);
    CHECK_INT(b.fake->calls[FAKE_IDENTITY], 0);
    CHECK_INT(b.fake->calls[FAKE_DEF], 0);
    CHECK_INT(b.fake->calls[FAKE_STATE] + b.fake->calls[FAKE_EXECUTIONS], 3);
    bench_close(&b);
}

static void test_a_change_is_one_transition_also_when_read_twice(void **state UNUSED)
{
    struct bench b;
    int64_t count;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    fake_turn(&b.fake->pipelines[1], "two", "Failed");
    sync_once(&b);
    CHECK_INT(b.result.changed, 1);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Failed gamma:Succeeded");
    count = history_count(b.cache);
    CHECK_TRUE(count > 0);
    sync_once(&b);
    CHECK_INT(history_count(b.cache), count);
    bench_close(&b);
}

static void test_an_edited_definition_is_read_again(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    b.fake->pipelines[2].version = 2;
    sync_once(&b);
    CHECK_INT(b.fake->calls[FAKE_DEF], 1);
    sync_once(&b);
    CHECK_INT(b.fake->calls[FAKE_DEF], 0);
    bench_close(&b);
}

static void test_a_complete_listing_removes_what_is_gone(void **state UNUSED)
{
    struct bench b;
    int64_t count;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    fake_turn(&b.fake->pipelines[0], "two", "Failed");
    sync_once(&b);
    count = history_count(b.cache);
    b.fake->pipelines[0].is_gone = true;
    sync_once(&b);
    CHECK_INT(b.result.removed, 1);
    CHECK_STR(rows(&b), "beta:Succeeded gamma:Succeeded");
    CHECK_INT(history_count(b.cache), count);
    bench_close(&b);
}

static void test_a_listing_that_fails_midway_removes_nothing(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    b.fake->pipelines[0].is_gone = true;
    b.fake->failing_page = 2;
    sync_once(&b);
    CHECK_TRUE(b.result.code != ERR_OK);
    CHECK_INT(b.result.removed, 0);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    CHECK_TRUE(freshness_of(&b).code != ERR_OK);
    b.fake->failing_page = 0;
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_OK);
    CHECK_STR(rows(&b), "beta:Succeeded gamma:Succeeded");
    bench_close(&b);
}

static void test_what_cannot_be_read_is_marked_until_it_can(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    snprintf(b.fake->pipelines[1].error, sizeof b.fake->pipelines[1].error, "ValidationException");
    sync_once(&b);
    CHECK_TRUE(b.result.code != ERR_OK);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded! gamma:Succeeded");
    b.fake->pipelines[1].error[0] = '\0';
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_OK);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    bench_close(&b);
}

static const char *trouble_of_alpha(struct bench *b, struct arena *arena)
{
    const struct pipeline_id id = {SV("aws"), sv_of(b->fake->account), SV("eu-west-1"),
                                   SV("alpha")};
    static char text[ERR_TEXT_MAX];
    struct cache_pipeline known;
    int64_t rowid = 0;
    struct err err = {0};

    REQUIRE_OK(cache_find_id(b->cache, &id, &rowid, &err), &err);
    REQUIRE_OK(cache_get_pipeline(b->cache, rowid, arena, &known, &err), &err);
    snprintf(text, sizeof text, SV_FMT, SV_ARG(known.row.trouble));
    return text;
}

/* The guard goes by it: whatever else is refused, before or after. */
static void test_refused_tags_are_told_beside_what_else_is_refused(void **state UNUSED)
{
    const unsigned tags = 1U << FAKE_TAGS;
    const unsigned executions = 1U << FAKE_EXECUTIONS;
    const unsigned rounds[] = {tags | executions, executions, tags, tags | executions};
    struct arena arena;
    struct bench b;

    arena_init(&arena, 1 << 20);
    bench_open(&b);
    add_three(&b);
    for (size_t i = 0; i < ARRAY_LEN(rounds); i++) {
        const char *text;

        b.fake->denied = rounds[i];
        sync_once(&b);
        text = trouble_of_alpha(&b, &arena);
        CHECK_INT(strstr(text, "ListTagsForResource") != NULL, (rounds[i] & tags) != 0);
        CHECK_INT(strstr(text, "ListPipelineExecutions") != NULL, (rounds[i] & executions) != 0);
    }
    snprintf(b.fake->pipelines[0].error, sizeof b.fake->pipelines[0].error, "ValidationException");
    sync_once(&b);
    CHECK_TRUE(strstr(trouble_of_alpha(&b, &arena), "ListTagsForResource") != NULL);
    CHECK_TRUE(strstr(trouble_of_alpha(&b, &arena), "as the test wants") != NULL);
    bench_close(&b);
    arena_release(&arena);
}

static void test_deleted_between_listing_and_reading_is_no_failure(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    b.fake->pipelines[1].is_blind = true;
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_OK);
    CHECK_STR(rows(&b), "alpha:Succeeded gamma:Succeeded");
    bench_close(&b);
}

static void test_an_older_copy_is_not_written(void **state UNUSED)
{
    struct bench b;
    int64_t count;

    bench_open(&b);
    add_three(&b);
    fake_turn(&b.fake->pipelines[0], "two", "Failed");
    sync_once(&b);
    count = history_count(b.cache);
    fake_turn(&b.fake->pipelines[0], "one", "Succeeded");
    b.fake->pipelines[0].at = 100;
    start(&b, &(struct sync_options){0});
    WAIT_UNTIL(&b, b.sync->polls[0].count > 0 && b.sync->polls[0].entries[0]->stale_replies > 0);
    CHECK_STR(rows(&b), "alpha:Failed beta:Succeeded gamma:Succeeded");
    fake_turn(&b.fake->pipelines[0], "two", "Failed");
    WAIT_UNTIL(&b, b.is_done);
    stop(&b);
    CHECK_STR(rows(&b), "alpha:Failed beta:Succeeded gamma:Succeeded");
    CHECK_INT(history_count(b.cache), count);
    bench_close(&b);
}

static void test_keys_of_another_account_leave_the_first_ones_rows(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    restart_with_key(&b, "AKIDTWO");
    snprintf(b.fake->account, sizeof b.fake->account, "222222222222");
    b.fake->pipelines[0].is_gone = true;
    b.fake->pipelines[1].is_gone = true;
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_OK);
    CHECK_INT(b.fake->calls[FAKE_IDENTITY], 1);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded gamma:Succeeded");
    bench_close(&b);
}

static void test_refused_credentials_end_the_round_with_their_sentence(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    snprintf(b.fake->error, sizeof b.fake->error, "UnrecognizedClientException");
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_AUTH);
    CHECK_INT(freshness_of(&b).code, ERR_AUTH);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_DIR(test_a_first_sync_reads_everything),
        TEST_IN_DIR(test_when_nothing_changed_one_question_each_and_no_write),
        TEST_IN_DIR(test_a_change_is_one_transition_also_when_read_twice),
        TEST_IN_DIR(test_an_edited_definition_is_read_again),
        TEST_IN_DIR(test_a_complete_listing_removes_what_is_gone),
        TEST_IN_DIR(test_a_listing_that_fails_midway_removes_nothing),
        TEST_IN_DIR(test_what_cannot_be_read_is_marked_until_it_can),
        TEST_IN_DIR(test_refused_tags_are_told_beside_what_else_is_refused),
        TEST_IN_DIR(test_deleted_between_listing_and_reading_is_no_failure),
        TEST_IN_DIR(test_an_older_copy_is_not_written),
        TEST_IN_DIR(test_keys_of_another_account_leave_the_first_ones_rows),
        TEST_IN_DIR(test_refused_credentials_end_the_round_with_their_sentence),
    };

    return RUN(tests);
}
