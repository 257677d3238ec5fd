/* Writing: nothing is written for nothing, and what changed is told once. */
#include "tests/unit/cache/fixture.h"

static void test_put_makes_a_row_that_reads_back(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct cache_pipeline got;
    struct arena arena;
    struct err err = {0};
    struct sample s;

    sample_fill(&s, "orders");
    s.actions[1].error_message = SV("it broke");
    s.actions[1].status = STATUS_FAILED;
    s.stages[1].status = STATUS_FAILED;
    s.stages[1].transition_enabled = false;
    s.latest.status = STATUS_FAILED;
    sample_put(cache, &s, 5000);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_get_pipeline(cache, 1, &arena, &got, &err), &err);
    CHECK_SV(got.row.id.name, SV("orders"));
    CHECK_SV(got.row.logical, SV("orders"));
    CHECK_INT(got.row.strategy, STRATEGY_TRUNK);
    CHECK_INT(got.row.status, STATUS_FAILED);
    CHECK_SV(got.row.error, SV("it broke"));
    CHECK_INT(got.row.observed_at, 5000);
    CHECK_INT(pipeline_state_hash(&got.state) == pipeline_state_hash(&s.state), true);
    CHECK_INT(execution_hash(&got.latest) == execution_hash(&s.latest), true);
    CHECK_SV(got.arn, s.def.arn);
    CHECK_INT(cache_get_pipeline(cache, 77, &arena, &got, &err), ERR_NOT_FOUND);
    arena_release(&arena);
    cache_close(cache);
}

static void test_strip_gives_the_stages_back(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct cache_pipeline got;
    struct stage_mark mark;
    struct arena arena;
    struct err err = {0};
    struct sample s;

    sample_fill(&s, "orders");
    s.stages[1].transition_enabled = false;
    s.stages[1].name = SV("odd\x1e\x1fname");
    sample_put(cache, &s, 1);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_get_pipeline(cache, 1, &arena, &got, &err), &err);
    REQUIRE(stage_strip_next(&got.row.stages, &mark));
    CHECK_SV(mark.name, SV("Source"));
    CHECK_INT(mark.status, STATUS_SUCCEEDED);
    CHECK_TRUE(mark.transition_enabled);
    REQUIRE(stage_strip_next(&got.row.stages, &mark));
    CHECK_SV(mark.name, SV("odd??name"));
    CHECK_TRUE(!mark.transition_enabled);
    CHECK_TRUE(!stage_strip_next(&got.row.stages, &mark));
    arena_release(&arena);
    cache_close(cache);
}

static void test_state_needs_a_definition(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct pipeline_id id = id_of("ghost");
    struct err err = {0};
    struct sample s;
    bool changed;

    sample_fill(&s, "ghost");
    begin(cache);
    CHECK_INT(cache_put_state(cache, &id, &s.state, NULL, 1, &changed, &err), ERR_NOT_FOUND);
    CHECK_INT(cache_put_trouble(cache, &id, SV("x"), &changed, &err), ERR_NOT_FOUND);
    cache_rollback(cache);
    CHECK_INT(cache_put_state(cache, &id, &s.state, NULL, 1, &changed, &err), ERR_CACHE);
    cache_close(cache);
}

static void test_unchanged_puts_write_no_byte(void **state UNUSED)
{
    struct cache *cache = open_cache(NULL);
    struct sample s;
    int64_t seq;
    off_t log;

    sample_fill(&s, "orders");
    sample_put(cache, &s, 1);
    seq = change_seq(cache);
    log = size_in_dir("cache.db-wal");
    for (int i = 0; i < 10; i++) {
        begin(cache);
        CHECK_TRUE(!sample_put_def(cache, &s));
        CHECK_TRUE(!sample_put_state(cache, &s, 100 + i));
        commit(cache);
    }
    CHECK_INT(change_seq(cache), seq);
    CHECK_INT(size_in_dir("cache.db-wal"), log);
    cache_close(cache);
}

static void test_trouble_stays_until_a_put_succeeds(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct pipeline_id id = id_of("orders");
    struct cache_pipeline got;
    struct cache_known *known;
    size_t count;
    struct arena arena;
    struct err err = {0};
    struct sample s;
    bool changed;

    sample_fill(&s, "orders");
    sample_put(cache, &s, 1);
    begin(cache);
    REQUIRE_OK(cache_put_trouble(cache, &id, SV("denied"), &changed, &err), &err);
    CHECK_TRUE(changed);
    REQUIRE_OK(cache_put_trouble(cache, &id, SV("denied"), &changed, &err), &err);
    CHECK_TRUE(!changed);
    commit(cache);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_get_pipeline(cache, 1, &arena, &got, &err), &err);
    CHECK_SV(got.row.trouble, SV("denied"));
    REQUIRE_OK(
        cache_known(cache, id.partition, id.account, id.region, &arena, &known, &count, &err),
        &err);
    CHECK_TRUE(count == 1 && known[0].has_trouble); /* a later process must know what to clear */
    begin(cache);
    CHECK_TRUE(sample_put_state(cache, &s, 9));
    CHECK_TRUE(!sample_put_state(cache, &s, 9));
    commit(cache);
    REQUIRE_OK(cache_get_pipeline(cache, 1, &arena, &got, &err), &err);
    CHECK_SV(got.row.trouble, SV(""));
    CHECK_INT(history_count(cache), 0);
    arena_release(&arena);
    cache_close(cache);
}

static void test_rollback_leaves_no_trace(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct cache_counts counts;
    struct err err = {0};
    struct sample s;

    sample_fill(&s, "orders");
    begin(cache);
    sample_put_def(cache, &s);
    sample_put_state(cache, &s, 1);
    cache_rollback(cache);
    check_query(cache, &(struct pipeline_query){0}, "");
    REQUIRE_OK(cache_count(cache, &counts, &err), &err);
    CHECK_INT(counts.total, 0);
    CHECK_INT(change_seq(cache), 0);
    sample_put(cache, &s, 2);
    check_query(cache, &(struct pipeline_query){.filter = SV("first")}, "orders ");
    cache_close(cache);
}

static void test_counts_follow_every_change(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    const struct sv keep[] = {SV("b")};
    struct cache_counts counts;
    struct err err = {0};
    struct sample s;
    size_t removed;

    sample_fill(&s, "a");
    sample_put(cache, &s, 1);
    sample_fill(&s, "b");
    s.latest.status = STATUS_FAILED;
    sample_put(cache, &s, 1);
    REQUIRE_OK(cache_count(cache, &counts, &err), &err);
    CHECK_INT(counts.total, 2);
    CHECK_INT(counts.by_status[STATUS_SUCCEEDED], 1);
    CHECK_INT(counts.by_status[STATUS_FAILED], 1);
    begin(cache);
    REQUIRE_OK(cache_keep_only(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), keep, 1, 2,
                               &removed, &err),
               &err);
    commit(cache);
    CHECK_INT(removed, 1);
    REQUIRE_OK(cache_count(cache, &counts, &err), &err);
    CHECK_INT(counts.total, 1);
    CHECK_INT(counts.by_status[STATUS_SUCCEEDED], 0);
    cache_close(cache);
}

static void test_keep_only_touches_no_other_context(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct pipeline_id other = id_of("a");
    struct err err = {0};
    struct sample s;
    size_t removed;
    bool changed;

    sample_fill(&s, "a");
    sample_put(cache, &s, 1);
    s.latest.id = SV("e2");
    sample_put(cache, &s, 2);
    other.region = SV("eu-west-2");
    begin(cache);
    REQUIRE_OK(cache_put_def(cache, &other, &s.def, NULL, 0, 1, &changed, &err), &err);
    commit(cache);
    begin(cache);
    REQUIRE_OK(cache_keep_only(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), NULL, 0, 3,
                               &removed, &err),
               &err);
    commit(cache);
    CHECK_INT(removed, 1);
    check_query(cache, &(struct pipeline_query){0}, "a ");
    CHECK_INT(history_count(cache), 1); /* of the one that is gone */
    check_query(cache, &(struct pipeline_query){.filter = SV("first")}, "");
    cache_close(cache);
}

static void test_known_tells_what_sync_compares(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct cache_known *known;
    struct arena arena;
    struct err err = {0};
    struct sample s;
    size_t count;

    sample_fill(&s, "b");
    sample_put(cache, &s, 1);
    sample_fill(&s, "a");
    begin(cache);
    sample_put_def(cache, &s);
    commit(cache);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_known(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), &arena, &known,
                           &count, &err),
               &err);
    CHECK_INT(count, 2);
    CHECK_SV(known[0].name, SV("a"));
    CHECK_INT(known[0].state_hash, 0);
    CHECK_INT(known[0].def_hash == pipeline_def_hash(&s.def), true);
    CHECK_SV(known[1].name, SV("b"));
    CHECK_TRUE(known[1].state_hash != 0);
    CHECK_SV(known[1].execution_id, SV("e1"));
    CHECK_INT(known[1].execution_status, STATUS_SUCCEEDED);
    CHECK_INT(known[1].execution_updated_at, 1000);
    REQUIRE_OK(cache_known(cache, SV("aws-cn"), SV("111111111111"), SV("eu-west-1"), &arena, &known,
                           &count, &err),
               &err);
    CHECK_INT(count, 0);
    arena_release(&arena);
    cache_close(cache);
}

static void test_tags_fold_and_stay_when_they_were_not_read(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    const struct tag tags[] = {{SV("penstock:pipeline"), SV("shop")}, {SV("team"), SV("blue")}};
    struct pipeline_id id = id_of("orders");
    struct cache_pipeline got;
    struct arena arena;
    struct err err = {0};
    struct sample s;
    bool changed;

    sample_fill(&s, "orders");
    begin(cache);
    REQUIRE_OK(cache_put_def(cache, &id, &s.def, tags, 2, 1, &changed, &err), &err);
    CHECK_TRUE(changed);
    REQUIRE_OK(cache_put_def(cache, &id, &s.def, tags, 2, 1, &changed, &err), &err);
    CHECK_TRUE(!changed);
    s.def.version = 2;
    REQUIRE_OK(cache_put_def(cache, &id, &s.def, NULL, 0, 1, &changed, &err), &err);
    CHECK_TRUE(changed);
    commit(cache);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_get_pipeline(cache, 1, &arena, &got, &err), &err);
    CHECK_SV(got.row.logical, SV("shop"));
    CHECK_INT(got.version, 2);
    CHECK_INT(got.tag_count, 2);
    CHECK_SV(got.tags[1].value, SV("blue"));
    begin(cache);
    REQUIRE_OK(cache_put_def(cache, &id, &s.def, tags, 0, 1, &changed, &err), &err);
    CHECK_TRUE(changed);
    commit(cache);
    REQUIRE_OK(cache_get_pipeline(cache, 1, &arena, &got, &err), &err);
    CHECK_SV(got.row.logical, SV("orders"));
    CHECK_INT(got.tag_count, 0);
    arena_release(&arena);
    cache_close(cache);
}

/* GetPipelineState has no category; what the definition told must survive it. */
static void test_an_actions_category_outlives_states_without_one(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct cache_pipeline got;
    struct arena arena;
    struct err err = {0};
    struct sample s;

    sample_fill(&s, "orders");
    s.actions[0].category = s.actions[1].category = SV_NONE;
    s.action_defs[1].category = SV("Approval");
    sample_put(cache, &s, 1);
    s.actions[1].status = STATUS_FAILED;
    s.action_defs[0].provider = SV("CodeCommit");
    s.def.version = s.state.version = 2;
    sample_put(cache, &s, 2);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_get_pipeline(cache, 1, &arena, &got, &err), &err);
    CHECK_SV(got.state.stages[0].actions[0].category, SV("Source"));
    CHECK_SV(got.state.stages[0].actions[0].provider, SV("CodeCommit"));
    CHECK_SV(got.state.stages[1].actions[0].category, SV("Approval"));
    CHECK_INT(got.state.stages[1].actions[0].status, STATUS_FAILED);
    arena_release(&arena);
    cache_close(cache);
}

static void test_definition_alone_shows_stages_that_never_ran(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct cache_pipeline got;
    struct arena arena;
    struct err err = {0};
    struct sample s;

    sample_fill(&s, "orders");
    begin(cache);
    sample_put_def(cache, &s);
    s.def.stage_count = 1;
    s.def.version = 2;
    sample_put_def(cache, &s);
    commit(cache);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_get_pipeline(cache, 1, &arena, &got, &err), &err);
    CHECK_INT(got.row.status, STATUS_NONE);
    CHECK_INT(got.state.stage_count, 1);
    CHECK_INT(got.state.stages[0].status, STATUS_NONE);
    CHECK_INT(got.state.stages[0].action_count, 1);
    CHECK_SV(got.latest.id, SV(""));
    arena_release(&arena);
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_put_makes_a_row_that_reads_back),
        TEST(test_strip_gives_the_stages_back),
        TEST(test_state_needs_a_definition),
        TEST_IN_DIR(test_unchanged_puts_write_no_byte),
        TEST(test_trouble_stays_until_a_put_succeeds),
        TEST(test_rollback_leaves_no_trace),
        TEST(test_counts_follow_every_change),
        TEST(test_keep_only_touches_no_other_context),
        TEST(test_known_tells_what_sync_compares),
        TEST(test_tags_fold_and_stay_when_they_were_not_read),
        TEST(test_an_actions_category_outlives_states_without_one),
        TEST(test_definition_alone_shows_stages_that_never_ran),
    };

    return RUN(tests);
}
