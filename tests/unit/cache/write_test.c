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
    CHECK_INT(got.row.strategy, FOLD_TRUNK);
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

static void check_counts_in(struct cache *cache, struct sv account, int64_t total, int64_t failed)
{
    struct cache_counts counts = {.total = 100}; /* it adds */
    struct err err = {0};

    REQUIRE_OK(cache_count_in(cache, SV("aws"), account, SV("eu-west-1"), &counts, &err), &err);
    CHECK_INT(counts.total, 100 + total);
    CHECK_INT(counts.by_status[STATUS_FAILED], failed);
}

static void test_counts_are_kept_for_each_account(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct pipeline_id other = id_of("a");
    struct cache_counts counts;
    struct err err = {0};
    struct sample s;
    bool changed;

    other.account = SV("222222222222");
    sample_fill(&s, "a");
    sample_put(cache, &s, 1);
    s.latest.status = STATUS_FAILED;
    begin(cache);
    REQUIRE_OK(cache_put_def(cache, &other, &s.def, NULL, 0, 1, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(cache, &other, &s.state, &s.latest, 1, &changed, &err), &err);
    check_counts_in(cache, SV("222222222222"), 1, 1); /* what is not committed counts for us */
    commit(cache);
    check_counts_in(cache, SV("111111111111"), 1, 0);
    check_counts_in(cache, SV("222222222222"), 1, 1);
    check_counts_in(cache, SV("333333333333"), 0, 0);
    REQUIRE_OK(cache_count(cache, &counts, &err), &err);
    CHECK_INT(counts.total, 2);
    cache_close(cache);
}

static struct sv cells_of(struct cache *cache, const char *name, struct arena *arena)
{
    struct pipeline_id id = id_of(name);
    struct cache_pipeline got;
    struct err err = {0};
    int64_t rowid = 0;

    REQUIRE_OK(cache_find_id(cache, &id, &rowid, &err), &err);
    REQUIRE_OK(cache_get_pipeline(cache, rowid, arena, &got, &err), &err);
    return got.row.cells;
}

static void test_trunk_row_has_its_environments(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct cell_mark cell;
    struct arena arena;
    struct sample s;
    struct sv cells;

    arena_init(&arena, 1 << 20);
    sample_fill(&s, "orders");
    begin(cache);
    sample_put_def(cache, &s);
    commit(cache);
    cells = cells_of(cache, "orders", &arena);
    REQUIRE(cell_strip_next(&cells, &cell));
    CHECK_INT(cell.status, STATUS_NONE);
    s.stages[1].status = STATUS_FAILED;
    s.stages[1].transition_enabled = false;
    sample_put(cache, &s, 1);
    cells = cells_of(cache, "orders", &arena);
    REQUIRE(cell_strip_next(&cells, &cell));
    CHECK_SV(cell.environment, SV("dev"));
    CHECK_INT(cell.status, STATUS_FAILED);
    CHECK_INT(cell.is_held, true);
    CHECK_SV(cell.execution_id, SV("e1"));
    CHECK_INT(cell.changed_at, 1000);
    CHECK_TRUE(!cell_strip_next(&cells, &cell));
    s.stage_defs[0].name = SV("Fetch"); /* no trunk any more */
    s.def.version = 2;
    sample_put(cache, &s, 2);
    CHECK_SV(cells_of(cache, "orders", &arena), SV(""));
    arena_release(&arena);
    cache_close(cache);
}

static void test_identity_finds_the_row(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct pipeline_id id = id_of("orders");
    struct err err = {0};
    struct sample s;
    int64_t rowid = -1;
    size_t removed;

    REQUIRE_OK(cache_find_id(cache, &id, &rowid, &err), &err);
    CHECK_INT(rowid, 0);
    sample_fill(&s, "orders");
    sample_put(cache, &s, 1);
    REQUIRE_OK(cache_find_id(cache, &id, &rowid, &err), &err);
    CHECK_INT(rowid, 1);
    begin(cache);
    REQUIRE_OK(
        cache_keep_only(cache, id.partition, id.account, id.region, NULL, 0, 2, &removed, &err),
        &err);
    commit(cache);
    REQUIRE_OK(cache_find_id(cache, &id, &rowid, &err), &err);
    CHECK_INT(rowid, 0); /* its history knows it; it is no row */
    cache_close(cache);
}

static void test_siblings_share_a_logical_pipeline(void **state UNUSED)
{
    static const char *const names[] = {"orders-prod", "orders-dev", "clicks-dev"};
    struct tag tags[] = {{SV("penstock:pipeline"), SV("orders")},
                         {SV("penstock:stage"), SV("dev")}};
    struct cache *cache = open_memory_cache();
    struct pipeline_row *rows = NULL;
    struct err err = {0};
    struct arena arena;
    size_t count = 0;
    bool changed;

    arena_init(&arena, 1 << 20);
    begin(cache);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct pipeline_id id = id_of(names[i]);
        struct sample s;

        sample_fill(&s, names[i]);
        tags[0].value = i < 2 ? SV("orders") : SV("clicks");
        REQUIRE_OK(cache_put_def(cache, &id, &s.def, tags, 2, 1, &changed, &err), &err);
    }
    commit(cache);
    REQUIRE_OK(cache_siblings(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("orders"),
                              &arena, &rows, &count, &err),
               &err);
    CHECK_INT(count, 2);
    CHECK_SV(rows[0].id.name, SV("orders-dev"));
    CHECK_SV(rows[1].id.name, SV("orders-prod"));
    CHECK_SV(rows[1].environment, SV("dev"));
    REQUIRE_OK(cache_siblings(cache, SV("aws"), SV("222222222222"), SV("eu-west-1"), SV("orders"),
                              &arena, &rows, &count, &err),
               &err);
    CHECK_INT(count, 0);
    arena_release(&arena);
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
        TEST(test_counts_are_kept_for_each_account),
        TEST(test_trunk_row_has_its_environments),
        TEST(test_identity_finds_the_row),
        TEST(test_siblings_share_a_logical_pipeline),
        TEST(test_keep_only_touches_no_other_context),
        TEST(test_known_tells_what_sync_compares),
        TEST(test_tags_fold_and_stay_when_they_were_not_read),
        TEST(test_an_actions_category_outlives_states_without_one),
        TEST(test_definition_alone_shows_stages_that_never_ran),
    };

    return RUN(tests);
}
