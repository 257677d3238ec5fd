/* What an execution's page reads: its own actions before all else, whatever the rest ends in. */
#include "core/operate/history.h"
#include "tests/unit/operate/reading_stage.h"

static const struct pipeline_id orders = {
    {"aws", 3}, {"111111111111", 12}, {"eu-west-1", 9}, {"orders", 6}};

static void put_pipeline(struct cache *cache)
{
    const struct action_def action = {.name = SV("Load"), .category = SV("Build")};
    const struct stage_def stage = {SV("Deploy"), &action, 1};
    const struct pipeline_def def = {
        .name = orders.name, .version = 1, .stages = &stage, .stage_count = 1};
    bool changed;
    struct err err;

    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(cache, &orders, &def, NULL, 0, 1, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
}

static size_t count_runs(struct cache *cache)
{
    struct action_run *runs;
    struct arena arena;
    size_t count;
    int64_t rowid;
    struct err err;

    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_find_id(cache, &orders, &rowid, &err), &err);
    REQUIRE_OK(cache_runs(cache, rowid, SV("e3"), &arena, &runs, &count, &err), &err);
    arena_release(&arena);
    return count;
}

static enum err_code tell(struct cache *cache, const struct answer *answers, size_t count)
{
    struct twin twin;
    struct wish w = {
        .twin = &twin, .fn = execution_page_read, .what = {.id = orders, .execution_id = SV("e3")}};
    enum err_code rc;

    twin_open(&twin, answers, count);
    twin.deploy.cache = cache;
    rc = twin_run(&twin, run, &w);
    twin_close(&twin, answers, count);
    return rc;
}

#define RUNS                                                                                       \
    "{\"actionExecutionDetails\":[{\"pipelineExecutionId\":\"e3\",\"actionExecutionId\":\"a1\","   \
    "\"stageName\":\"Deploy\",\"actionName\":\"Load\",\"startTime\":1795262400,"                   \
    "\"lastUpdateTime\":1795262500,\"status\":\"Failed\"}]}"
#define NO_EXECUTIONS "{\"pipelineExecutionSummaries\":[]}"

static void test_its_actions_are_there_before_the_rest(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListActionExecutions\r",
         .needs = "\"filter\":{\"pipelineExecutionId\":\"e3\"}",
         .body = RUNS},
        {.to = ".ListPipelineExecutions\r", .body = NO_EXECUTIONS},
    };
    struct cache *cache = open_cache();

    put_pipeline(cache);
    CHECK_INT(tell(cache, answers, ARRAY_LEN(answers)), ERR_NOT_FOUND);
    CHECK_INT(count_runs(cache), 1);
    cache_close(cache);
}

static void test_a_denied_list_of_actions_is_told_at_the_end(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListActionExecutions\r", .error = "AccessDeniedException"},
        {.to = ".ListPipelineExecutions\r",
         .body = "{\"pipelineExecutionSummaries\":[{\"pipelineExecutionId\":\"e3\","
                 "\"status\":\"Failed\",\"startTime\":1795262400,"
                 "\"lastUpdateTime\":1795262500}]}"},
        {.to = ".GetPipelineExecution\r",
         .body = "{\"pipelineExecution\":{\"pipelineExecutionId\":\"e3\"}}"},
    };
    struct cache *cache = open_cache();

    put_pipeline(cache);
    CHECK_INT(tell(cache, answers, ARRAY_LEN(answers)), ERR_DENIED);
    CHECK_INT(count_runs(cache), 0);
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_its_actions_are_there_before_the_rest),
        TEST(test_a_denied_list_of_actions_is_told_at_the_end),
    };
    return RUN(tests);
}
