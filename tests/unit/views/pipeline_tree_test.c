/* The pipeline tree: CodePipelines by environment, older executions, and what is left to run. */
#include "core/views/executions.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

enum { MINUTE = 60 * 1000 };
static const int64_t now_ms = 1795262400000;
static struct cache *cache;

static int open_cache(void **state)
{
    struct cache_options options = {.in_memory = true};
    struct err err = {0};

    (void)state;
    return cache_open(&options, &cache, NULL, &err) ? -1 : 0;
}

static int close_cache(void **state)
{
    (void)state;
    cache_close(cache);
    return 0;
}

static struct pipeline_id id_of(const char *name)
{
    return (struct pipeline_id){SV("aws"), SV("111111111111"), SV("eu-west-1"), sv_of(name)};
}

/* customers-<environment>, whose latest execution deploys since two minutes. */
static void put(const char *environment)
{
    char name[64];
    char stage_names[2][64];
    struct action_def action_defs[2];
    struct stage_def stage_defs[2];
    struct action_state actions[2];
    struct stage_state stages[2];
    struct action_run runs[4];
    struct execution latest = {.id = SV("new"),
                               .status = STATUS_IN_PROGRESS,
                               .started_at = now_ms - 3 * MINUTE,
                               .updated_at = now_ms - 2 * MINUTE};
    struct execution older = {.id = SV("old"),
                              .status = STATUS_SUCCEEDED,
                              .started_at = now_ms - 60 * MINUTE,
                              .updated_at = now_ms - 54 * MINUTE};
    struct pipeline_def def = {.stages = stage_defs, .stage_count = 2, .version = 1};
    struct pipeline_state state = {.stages = stages, .stage_count = 2, .version = 1};
    struct pipeline_id id;
    bool changed;
    struct err err;

    snprintf(name, sizeof name, "customers-%s", environment);
    snprintf(stage_names[0], sizeof stage_names[0], "Source-%s", environment);
    snprintf(stage_names[1], sizeof stage_names[1], "Deploy-Stage-%s", environment);
    id = id_of(name);
    def.name = state.name = id.name;
    for (int i = 0; i < 2; i++) {
        struct sv stage = sv_of(stage_names[i]);
        enum status status = i == 0 ? STATUS_SUCCEEDED : STATUS_IN_PROGRESS;
        int64_t started = now_ms - (3 - i) * MINUTE;

        action_defs[i] = (struct action_def){.name = SV("run"), .category = SV("Build")};
        stage_defs[i] = (struct stage_def){stage, &action_defs[i], 1};
        actions[i] = (struct action_state){
            .name = SV("run"), .status = status, .changed_at = now_ms - 2 * MINUTE, .percent = -1};
        stages[i] = (struct stage_state){.name = stage,
                                         .status = status,
                                         .execution_id = SV("new"),
                                         .transition_enabled = true,
                                         .actions = &actions[i],
                                         .action_count = 1};
        runs[i] = (struct action_run){SV("new"), stage, actions[i], started};
        runs[2 + i] = (struct action_run){SV("old"), stage, actions[i], now_ms - 60 * MINUTE};
        runs[2 + i].action.status = STATUS_SUCCEEDED;
        runs[2 + i].action.changed_at = now_ms - 55 * MINUTE;
    }
    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(cache, &id, &def, NULL, 0, now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(cache, &id, &state, &latest, now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_history(cache, &id, &older, 1, runs, 4, now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
}

static void test_siblings_come_in_the_order_of_environments(void **state)
{
    const struct pipeline_ask ask = {.id = id_of("customers")};
    struct pipeline_tree t;
    struct err err;

    (void)state;
    put("prod");
    put("dev");
    pipeline_tree_init(&t);
    REQUIRE_OK(pipeline_tree_load(&t, cache, &ask, &err), &err);
    CHECK_INT(t.count, 2);
    CHECK_SV(t.parts[0].pipeline.row.environment, SV("dev"));
    CHECK_SV(t.parts[1].pipeline.row.environment, SV("prod"));
    pipeline_tree_release(&t);
}

static void test_what_is_left_follows_the_median(void **state)
{
    const struct pipeline_ask ask = {.id = id_of("customers-dev")};
    struct pipeline_tree t;
    struct err err;

    (void)state;
    put("dev");
    pipeline_tree_init(&t);
    REQUIRE_OK(pipeline_tree_load(&t, cache, &ask, &err), &err);
    CHECK_INT(part_left_ms(&t.parts[0], now_ms), 3 * MINUTE); /* two of five are over */
    CHECK_INT(part_left_ms(&t.parts[0], now_ms + 10 * MINUTE), 0);
    pipeline_tree_release(&t);
}

static void test_an_older_execution_is_built_from_its_runs(void **state)
{
    struct pipeline_ask ask = {.id = id_of("customers"), .execution_id = SV("old")};
    struct pipeline_tree t;
    struct err err;

    (void)state;
    put("dev");
    put("prod");
    ask.chosen = SV("customers-prod");
    pipeline_tree_init(&t);
    REQUIRE_OK(pipeline_tree_load(&t, cache, &ask, &err), &err);
    CHECK_INT(t.parts[0].back, 0);
    CHECK_INT(t.parts[1].back, 1);
    CHECK_SV(t.parts[1].shown.id, SV("old"));
    CHECK_INT(stage_status(&t.parts[1].pipeline.state.stages[1]), STATUS_SUCCEEDED);
    CHECK_INT(stage_status(&t.parts[0].pipeline.state.stages[1]), STATUS_IN_PROGRESS);
    CHECK_INT(part_left_ms(&t.parts[1], now_ms), -1);
    pipeline_tree_release(&t);
}

static void test_a_pipeline_that_is_gone_is_no_failure(void **state)
{
    const struct pipeline_ask ask = {.id = id_of("nobody")};
    struct pipeline_tree t;
    struct err err;

    (void)state;
    pipeline_tree_init(&t);
    REQUIRE_OK(pipeline_tree_load(&t, cache, &ask, &err), &err);
    CHECK_INT(t.count, 0);
    pipeline_tree_release(&t);
}

static void test_executions_of_all_are_merged_and_filtered(void **state)
{
    struct pipeline_id id = id_of("customers");
    struct filter filter;
    struct executions e;
    int64_t first;
    struct err err;

    (void)state;
    put("dev");
    put("prod");
    executions_init(&e);
    REQUIRE_OK(executions_load(&e, cache, &id, NULL, &err), &err);
    CHECK_INT(e.count, 4);
    CHECK_SV(e.rows[0].execution->id, SV("new"));
    CHECK_SV(e.rows[3].execution->id, SV("old"));
    CHECK_TRUE(e.ids[0] != e.ids[1]);
    first = e.ids[3];
    REQUIRE_OK(filter_parse(SV("id:old environment:prod"), execution_fields, &filter, &err), &err);
    REQUIRE_OK(executions_load(&e, cache, &id, &filter, &err), &err);
    CHECK_INT(e.count, 1);
    CHECK_INT(e.ids[0], first);
    filter_release(&filter);
    executions_release(&e);
}

static void test_each_allocation_may_fail(void **state)
{
    struct pipeline_id id = id_of("customers");
    struct executions e;
    struct err err;
    enum err_code rc = ERR_LIMIT;

    (void)state;
    put("dev");
    put("prod");
    executions_init(&e);
    for (long n = 1; rc; n++) {
        mem_fail_at(n);
        rc = executions_load(&e, cache, &id, NULL, &err);
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || e.count == 0);
        REQUIRE(n < 1000);
    }
    CHECK_INT(e.count, 4);
    executions_release(&e);
}

#define TEST_CACHE(fn) cmocka_unit_test_setup_teardown(fn, open_cache, close_cache)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_CACHE(test_siblings_come_in_the_order_of_environments),
        TEST_CACHE(test_what_is_left_follows_the_median),
        TEST_CACHE(test_an_older_execution_is_built_from_its_runs),
        TEST_CACHE(test_a_pipeline_that_is_gone_is_no_failure),
        TEST_CACHE(test_executions_of_all_are_merged_and_filtered),
        TEST_CACHE(test_each_allocation_may_fail),
    };
    return RUN(tests);
}
