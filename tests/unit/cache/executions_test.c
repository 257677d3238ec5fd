/* Executions and runs: what AWS listed, what the state readings saw, and what the history tells. */
#include "tests/unit/cache/fixture.h"

enum { ARENA_CAP = 16 << 20 };

static struct execution execution_of(const char *id, enum status status, int64_t started_at)
{
    return (struct execution){.id = sv_of(id),
                              .status = status,
                              .started_at = started_at,
                              .updated_at = started_at + 50,
                              .revision = SV("rev"),
                              .trigger = SV("Webhook"),
                              .mode = MODE_QUEUED,
                              .is_rollback = true,
                              .rollback_target = SV("e0")};
}

static struct action_run run_of(const char *execution, const char *run_id, enum status status,
                                int64_t started_at)
{
    return (struct action_run){.execution_id = sv_of(execution),
                               .stage = SV("Deploy-Stage-dev"),
                               .action = {.name = SV("Ship"),
                                          .category = SV("Build"),
                                          .status = status,
                                          .execution_id = sv_of(run_id),
                                          .error_message = SV("why"),
                                          .changed_at = started_at + 10},
                               .started_at = started_at};
}

static bool put_history(struct cache *cache, const struct execution *executions,
                        size_t execution_count, const struct action_run *runs, size_t run_count)
{
    struct pipeline_id id = id_of("orders");
    struct err err = {0};
    bool changed = false;

    begin(cache);
    REQUIRE_OK(cache_put_history(cache, &id, executions, execution_count, runs, run_count, 5,
                                 &changed, &err),
               &err);
    commit(cache);
    return changed;
}

/* "id Status started;" of each */
static void check_executions(struct cache *cache, const char *want)
{
    struct execution *list = NULL;
    struct err err = {0};
    struct arena arena;
    struct sb got;
    size_t count = 0;

    arena_init(&arena, ARENA_CAP);
    sb_init(&got, 1 << 16);
    REQUIRE_OK(cache_executions(cache, 1, &arena, &list, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        REQUIRE_OK(sb_addf(&got, &err, SV_FMT " %s %lld;", SV_ARG(list[i].id),
                           status_aws(list[i].status), (long long)list[i].started_at),
                   &err);
    CHECK_STR(sb_cstr(&got), want);
    sb_release(&got);
    arena_release(&arena);
}

/* "execution action Status start-end category;" of each */
static void check_runs(struct cache *cache, const char *execution, const char *want)
{
    struct action_run *list = NULL;
    struct err err = {0};
    struct arena arena;
    struct sb got;
    size_t count = 0;

    arena_init(&arena, ARENA_CAP);
    sb_init(&got, 1 << 16);
    REQUIRE_OK(cache_runs(cache, 1, sv_of(execution), &arena, &list, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        REQUIRE_OK(sb_addf(&got, &err, SV_FMT " " SV_FMT " %s %lld-%lld " SV_FMT ";",
                           SV_ARG(list[i].execution_id), SV_ARG(list[i].action.name),
                           status_aws(list[i].action.status), (long long)list[i].started_at,
                           (long long)list[i].action.changed_at, SV_ARG(list[i].action.category)),
                   &err);
    CHECK_STR(sb_cstr(&got), want);
    sb_release(&got);
    arena_release(&arena);
}

static void put_latest(struct cache *cache, const char *id, enum status status, int64_t at)
{
    struct sample s;

    sample_fill(&s, "orders");
    s.latest.id = sv_of(id);
    s.latest.status = status;
    s.latest.started_at = at;
    s.latest.updated_at = at + 1;
    sample_put(cache, &s, at);
}

static void test_executions_that_were_seen_are_kept(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();

    put_latest(cache, "e1", STATUS_SUCCEEDED, 100);
    check_executions(cache, "e1 Succeeded 100;");
    put_latest(cache, "e2", STATUS_IN_PROGRESS, 200);
    put_latest(cache, "e2", STATUS_FAILED, 200);
    put_latest(cache, "e3", STATUS_IN_PROGRESS, 300);
    check_executions(cache, "e3 InProgress 300;e2 Failed 200;e1 Succeeded 100;");
    cache_close(cache);
}

static void test_executions_that_were_listed_read_back(void **state UNUSED)
{
    struct execution listed[] = {execution_of("e3", STATUS_SUCCEEDED, 300),
                                 execution_of("e2", STATUS_SUPERSEDED, 200)};
    struct cache *cache = open_memory_cache();
    struct execution got;
    struct err err = {0};
    struct arena arena;
    int64_t seq;

    arena_init(&arena, ARENA_CAP);
    put_latest(cache, "e3", STATUS_IN_PROGRESS, 300);
    seq = change_seq(cache);
    CHECK_TRUE(put_history(cache, listed, 2, NULL, 0));
    CHECK_INT(change_seq(cache), seq + 1);
    /* The row's own is told as the row has it. */
    check_executions(cache, "e3 InProgress 300;e2 Superseded 200;");
    REQUIRE_OK(cache_get_execution(cache, 1, SV("e2"), &arena, &got, &err), &err);
    CHECK_INT(execution_hash(&got), execution_hash(&listed[1]));
    REQUIRE_OK(cache_get_execution(cache, 1, SV("e3"), &arena, &got, &err), &err);
    CHECK_INT(got.status, STATUS_IN_PROGRESS);
    CHECK_INT(cache_get_execution(cache, 1, SV("e9"), &arena, &got, &err), ERR_NOT_FOUND);
    CHECK_INT(cache_get_execution(cache, 1, SV(""), &arena, &got, &err), ERR_NOT_FOUND);
    arena_release(&arena);
    cache_close(cache);
}

static void test_same_history_again_writes_nothing(void **state UNUSED)
{
    struct execution listed = execution_of("e1", STATUS_SUCCEEDED, 100);
    struct action_run run = run_of("e1", "a1", STATUS_SUCCEEDED, 100);
    struct err notice = {0};
    struct cache *cache = open_cache(&notice);
    int64_t seq;
    off_t log;

    put_latest(cache, "e2", STATUS_SUCCEEDED, 200);
    CHECK_TRUE(put_history(cache, &listed, 1, &run, 1));
    seq = change_seq(cache);
    log = size_in_dir("cache.db-wal");
    CHECK_TRUE(!put_history(cache, &listed, 1, &run, 1));
    CHECK_TRUE(!put_history(cache, NULL, 0, NULL, 0));
    CHECK_INT(change_seq(cache), seq);
    CHECK_INT(size_in_dir("cache.db-wal"), log);
    run.action.error_message = SV("another reason");
    CHECK_TRUE(put_history(cache, NULL, 0, &run, 1));
    listed.status = STATUS_FAILED;
    CHECK_TRUE(put_history(cache, &listed, 1, NULL, 0));
    check_executions(cache, "e2 Succeeded 200;e1 Failed 100;");
    cache_close(cache);
}

/* The row saw e1 in progress, AWS listed its end, then e2 took its place in the row. */
static void test_what_is_known_better_is_not_overwritten(void **state UNUSED)
{
    struct execution listed = execution_of("e1", STATUS_SUCCEEDED, 100);
    struct cache *cache = open_memory_cache();

    put_latest(cache, "e1", STATUS_IN_PROGRESS, 100);
    put_history(cache, &listed, 1, NULL, 0);
    put_latest(cache, "e2", STATUS_SUCCEEDED, 200);
    check_executions(cache, "e2 Succeeded 200;e1 Succeeded 100;");
    cache_close(cache);
}

static void test_history_needs_a_definition(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct pipeline_id id = id_of("orders");
    struct err err = {0};
    bool changed;

    begin(cache);
    CHECK_INT(cache_put_history(cache, &id, NULL, 0, NULL, 0, 1, &changed, &err), ERR_NOT_FOUND);
    cache_rollback(cache);
    cache_close(cache);
}

static size_t count_executions(struct cache *cache)
{
    struct execution *list = NULL;
    struct err err = {0};
    struct arena arena;
    size_t count = 0;

    arena_init(&arena, ARENA_CAP);
    REQUIRE_OK(cache_executions(cache, 1, &arena, &list, &count, &err), &err);
    arena_release(&arena);
    return count;
}

static size_t count_runs(struct cache *cache)
{
    struct action_run *list = NULL;
    struct err err = {0};
    struct arena arena;
    size_t count = 0;

    arena_init(&arena, ARENA_CAP);
    REQUIRE_OK(cache_runs(cache, 1, SV(""), &arena, &list, &count, &err), &err);
    arena_release(&arena);
    return count;
}

static void test_old_executions_and_runs_are_pruned(void **state UNUSED)
{
    enum { MANY = CACHE_EXECUTIONS_MAX + 50 };
    struct cache *cache = open_memory_cache();
    char id[16];

    put_latest(cache, "latest", STATUS_SUCCEEDED, 100000);
    for (int i = 0; i < MANY; i++) {
        struct execution listed;
        struct action_run run;

        snprintf(id, sizeof id, "e%d", i);
        listed = execution_of(id, STATUS_SUCCEEDED, 100 + i);
        run = run_of(id, id, STATUS_SUCCEEDED, 100 + i);
        put_history(cache, &listed, 1, &run, 1);
    }
    CHECK_INT(count_executions(cache), CACHE_EXECUTIONS_MAX);
    CHECK_INT(count_runs(cache), CACHE_EXECUTIONS_MAX);
    check_runs(cache, "e0", "");
    check_runs(cache, id, "e149 Ship Succeeded 249-259 Build;");
    cache_close(cache);
}

/* The Deploy action of an execution stands so at a time, as AWS tells it. */
static void put_action(struct cache *cache, const char *execution, enum status status, int64_t at,
                       const char *category)
{
    struct sample s;

    sample_fill(&s, "orders");
    s.action_defs[1].category = sv_of(category);
    s.actions[1].category = sv_of(category);
    s.latest.id = s.stages[0].execution_id = s.stages[1].execution_id = sv_of(execution);
    s.latest.started_at = 90;
    s.stages[1].status = s.actions[1].status = status;
    s.actions[1].changed_at = at;
    s.actions[1].error_message = status == STATUS_FAILED ? SV("broken") : SV_NONE;
    sample_put(cache, &s, at + 1);
}

static void test_a_pipeline_takes_its_history_along(void **state UNUSED)
{
    struct execution listed = execution_of("e1", STATUS_SUCCEEDED, 100);
    struct action_run run = run_of("e1", "a1", STATUS_SUCCEEDED, 100);
    struct cache *cache = open_memory_cache();
    struct err err = {0};
    size_t removed;

    put_action(cache, "e2", STATUS_NONE, 0, "Build");
    put_action(cache, "e2", STATUS_IN_PROGRESS, 200, "Build");
    put_history(cache, &listed, 1, &run, 1);
    CHECK_INT(count_runs(cache), 2);
    begin(cache);
    REQUIRE_OK(cache_keep_only(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), NULL, 0, 3,
                               &removed, &err),
               &err);
    commit(cache);
    CHECK_INT(count_executions(cache), 0);
    CHECK_INT(count_runs(cache), 0);
    /* The same name again begins with none. */
    put_latest(cache, "e3", STATUS_SUCCEEDED, 300);
    check_executions(cache, "e3 Succeeded 300;");
    cache_close(cache);
}

static void test_runs_that_were_listed_read_back_in_order(void **state UNUSED)
{
    struct action_run runs[] = {run_of("e2", "a3", STATUS_FAILED, 300),
                                run_of("e1", "a2", STATUS_SUCCEEDED, 200),
                                run_of("e1", "a1", STATUS_FAILED, 100)};
    struct cache *cache = open_memory_cache();
    struct action_run *list = NULL;
    struct err err = {0};
    struct arena arena;
    size_t count = 0;

    arena_init(&arena, ARENA_CAP);
    put_latest(cache, "e2", STATUS_SUCCEEDED, 200);
    put_history(cache, NULL, 0, runs, 3);
    check_runs(cache, "",
               "e1 Ship Failed 100-110 Build;e1 Ship Succeeded 200-210 Build;"
               "e2 Ship Failed 300-310 Build;");
    check_runs(cache, "e2", "e2 Ship Failed 300-310 Build;");
    REQUIRE_OK(cache_runs(cache, 1, SV("e2"), &arena, &list, &count, &err), &err);
    CHECK_SV(list[0].action.error_message, SV("why"));
    CHECK_SV(list[0].action.execution_id, SV("a3"));
    arena_release(&arena);
    cache_close(cache);
}

static void test_runs_that_nobody_listed_come_from_the_history(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();

    put_action(cache, "e1", STATUS_NONE, 0, "Build");
    put_action(cache, "e1", STATUS_IN_PROGRESS, 100, "Build");
    check_runs(cache, "e1", "e1 Ship InProgress 100-100 Build;");
    put_action(cache, "e1", STATUS_FAILED, 200, "Build");
    check_runs(cache, "e1", "e1 Ship Failed 100-200 Build;");
    put_action(cache, "e1", STATUS_IN_PROGRESS, 300, "Build"); /* a retry */
    put_action(cache, "e1", STATUS_SUCCEEDED, 400, "Build");
    check_runs(cache, "e1", "e1 Ship Failed 100-200 Build;e1 Ship Succeeded 300-400 Build;");
    /* So quick that nobody saw it start. */
    put_action(cache, "e2", STATUS_FAILED, 500, "Build");
    check_runs(cache, "e2", "e2 Ship Failed 0-500 Build;");
    check_runs(cache, "",
               "e1 Ship Failed 100-200 Build;e1 Ship Succeeded 300-400 Build;"
               "e2 Ship Failed 0-500 Build;");
    cache_close(cache);
}

static void test_what_aws_listed_replaces_what_the_history_tells(void **state UNUSED)
{
    struct action_run run = run_of("e1", "a1", STATUS_SUCCEEDED, 101);
    struct cache *cache = open_memory_cache();

    put_action(cache, "e1", STATUS_NONE, 0, "Build");
    put_action(cache, "e1", STATUS_IN_PROGRESS, 100, "Build");
    put_action(cache, "e1", STATUS_SUCCEEDED, 110, "Build");
    put_action(cache, "e2", STATUS_IN_PROGRESS, 200, "Build");
    put_history(cache, NULL, 0, &run, 1);
    check_runs(cache, "", "e1 Ship Succeeded 101-111 Build;e2 Ship InProgress 200-200 Build;");
    cache_close(cache);
}

static void test_approvals_are_told_as_such(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();

    put_action(cache, "e1", STATUS_NONE, 0, "Approval");
    put_action(cache, "e1", STATUS_IN_PROGRESS, 100, "Approval");
    check_runs(cache, "e1", "e1 Ship Waiting 100-100 Approval;");
    put_action(cache, "e1", STATUS_SUCCEEDED, 900, "Approval");
    check_runs(cache, "e1", "e1 Ship Succeeded 100-900 Approval;");
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_executions_that_were_seen_are_kept),
        TEST(test_executions_that_were_listed_read_back),
        TEST_IN_DIR(test_same_history_again_writes_nothing),
        TEST(test_what_is_known_better_is_not_overwritten),
        TEST(test_history_needs_a_definition),
        TEST(test_old_executions_and_runs_are_pruned),
        TEST(test_a_pipeline_takes_its_history_along),
        TEST(test_runs_that_were_listed_read_back_in_order),
        TEST(test_runs_that_nobody_listed_come_from_the_history),
        TEST(test_what_aws_listed_replaces_what_the_history_tells),
        TEST(test_approvals_are_told_as_such),
    };

    return RUN(tests);
}
