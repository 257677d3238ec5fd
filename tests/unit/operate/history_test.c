/* What an execution carried: its sources, the commits since the success before it as git would tell
 * them, the files; and what is kept when parts of it cannot be read. */
#include "core/operate/history.h"

#include "core/operate/carried.h"
#include "core/operate/commits.h"
#include "tests/unit/operate/reading_stage.h"
#include "tests/unit/views/waiting.h"

#define SOURCE(action, revision)                                                                   \
    "{\"actionName\":\"" action "\",\"revisionId\":\"" revision                                    \
    "\",\"revisionSummary\":\"message of " revision "\",\"revisionUrl\":\"https://x/" revision     \
    "\"}"
#define RUN_OF(id, status, sources)                                                                \
    "{\"pipelineExecutionId\":\"" id "\",\"status\":\"" status                                     \
    "\",\"startTime\":1795262400,\"lastUpdateTime\":1795262500,\"sourceRevisions\":[" sources "]}"
#define EXECUTIONS(rows) "{\"pipelineExecutionSummaries\":[" rows "]}"
#define DETAIL                                                                                     \
    "{\"pipelineExecution\":{\"pipelineExecutionId\":\"e3\",\"variables\":[{\"name\":\"V\","       \
    "\"resolvedValue\":\"1\"}],\"trigger\":{\"triggerType\":\"Webhook\"}}}"
#define ACTION(name, provider, configuration)                                                      \
    "{\"name\":\"" name "\",\"actionTypeId\":{\"category\":\"Source\",\"owner\":\"AWS\","          \
    "\"provider\":\"" provider "\"},\"configuration\":{" configuration "}}"
#define DEFINITION(actions)                                                                        \
    "{\"pipeline\":{\"name\":\"orders\",\"stages\":[{\"name\":\"Source\",\"actions\":[" actions    \
    "]}]}}"
#define CODECOMMIT                                                                                 \
    ACTION("App", "CodeCommit", "\"RepositoryName\":\"orders\",\"BranchName\":\"main\"")
#define COMMIT_OF(id, parents)                                                                     \
    "{\"commitId\":\"" id "\",\"parents\":[" parents "],\"message\":\"work on " id                 \
    "\",\"author\":{\"name\":\"Ana\",\"email\":\"a@x\",\"date\":\"1795260000 +0100\"}}"
#define COMMIT(id, parents) "{\"commit\":" COMMIT_OF(id, parents) "}"
#define COMMITS(list)       "{\"commits\":[" list "],\"errors\":[]}"
#define FILES(list)         "{\"differences\":[" list "]}"
#define CHANGED(path)                                                                              \
    "{\"changeType\":\"M\",\"beforeBlob\":{\"path\":\"" path "\"},\"afterBlob\":{\"path\":\"" path \
    "\"}}"

static const struct pipeline_id orders = {
    {"aws", 3}, {"111111111111", 12}, {"eu-west-1", 9}, {"orders", 6}};

/* Reads e3 of orders with these answers, and what is then in the cache; rc as it ended. */
struct story {
    struct twin twin;
    struct cache *cache;
    struct arena arena;
    struct carried carried;
    enum err_code rc;
    struct err err;
};

static void tell(struct story *s, struct cache *cache, reading_fn *fn, const char *other,
                 const struct answer *answers, size_t count)
{
    struct wish w = {.twin = &s->twin,
                     .fn = fn,
                     .what = {.id = orders, .execution_id = SV("e3"), .commit = sv_of(other)}};
    int64_t read_at;
    struct err err;

    *s = (struct story){.cache = cache};
    arena_init(&s->arena, 16 << 20);
    twin_open(&s->twin, answers, count);
    s->twin.deploy.cache = cache;
    s->rc = twin_run(&s->twin, run, &w);
    s->err = s->twin.err;
    twin_close(&s->twin, answers, count);
    if (carried_get(cache, &orders, SV("e3"), sv_of(other), &s->arena, &s->carried, &read_at, &err))
        s->carried = (struct carried){.source_count = 0};
}

static void end(struct story *s)
{
    arena_release(&s->arena);
}

#define TELL(s, cache, answers) tell(s, cache, execution_read, "", answers, ARRAY_LEN(answers))

static const char *ids(const struct carried_source *source)
{
    static char text[256];
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < source->commit_count && len < sizeof text; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s" SV_FMT, i > 0 ? " " : "",
                                SV_ARG(source->commits[i].id));
    return text;
}

static const struct answer list = {
    .to = ".ListPipelineExecutions\r",
    .needs = "\"pipelineName\":\"orders\"",
    .body = EXECUTIONS(RUN_OF("e4", "Failed", SOURCE("App", "c9")) "," RUN_OF(
        "e3", "Succeeded",
        SOURCE("App", "c3")) "," RUN_OF("e2", "Failed",
                                        SOURCE("App", "c2")) "," RUN_OF("e1", "Succeeded",
                                                                        SOURCE("App", "c1")))};
static const struct answer detail = {.to = ".GetPipelineExecution\r", .body = DETAIL};
static const struct answer definition = {.to = ".GetPipeline\r", .body = DEFINITION(CODECOMMIT)};

static void test_commits_are_those_since_the_success_before(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        list,
        detail,
        definition,
        {.to = ".GetCommit\r", .needs = "\"c3\"", .body = COMMIT("c3", "\"c2\"")},
        {.to = ".GetCommit\r", .needs = "\"c2\"", .body = COMMIT("c2", "\"c1\"")},
        {.to = ".GetDifferences\r",
         .needs = "\"beforeCommitSpecifier\":\"c1\"",
         .body = FILES(CHANGED("app.py"))},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_INT(s.rc, ERR_OK);
    CHECK_SV(s.carried.before_id, SV("e1"));
    CHECK_INT(s.carried.source_count, 1);
    CHECK_STR(ids(&s.carried.sources[0]), "c3 c2");
    CHECK_SV(s.carried.sources[0].commits[1].author, SV("Ana"));
    CHECK_SV(s.carried.sources[0].commits[1].message, SV("work on c2"));
    CHECK_INT(s.carried.sources[0].commits[1].at, 1795260000000);
    CHECK_SV(s.carried.sources[0].files[0].path, SV("app.py"));
    CHECK_INT(s.carried.sources[0].files[0].sign, 'M');
    CHECK_SV(s.carried.sources[0].repository, SV("orders"));
    CHECK_SV(s.carried.variables[0].value, SV("1"));
    end(&s);
    cache_close(cache);
}

/* A commit never changes: it is asked for once. */
static void test_what_is_known_is_not_asked_again(void **state UNUSED)
{
    const struct answer first[] = {
        TWIN_HOME,
        list,
        detail,
        definition,
        {.to = ".GetCommit\r", .body = COMMIT("c3", "\"c2\"")},
        {.to = ".GetCommit\r", .body = COMMIT("c2", "\"c1\"")},
        {.to = ".GetDifferences\r", .body = FILES("")},
    };
    const struct answer again[] = {
        TWIN_HOME, list, detail, definition, {.to = ".GetDifferences\r", .body = FILES("")}};
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, first);
    CHECK_INT(s.rc, ERR_OK);
    end(&s);
    TELL(&s, cache, again);
    CHECK_INT(s.rc, ERR_OK);
    CHECK_STR(ids(&s.carried.sources[0]), "c3 c2");
    end(&s);
    cache_close(cache);
}

/* c3 merges s2, a branch that left main at c0, before what was released last: c0 is old. */
static void test_a_merged_branch_brings_its_own_commits_only(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        list,
        detail,
        definition,
        {.to = ".GetCommit\r", .needs = "\"c3\"", .body = COMMIT("c3", "\"c1\",\"s2\"")},
        {.to = ".BatchGetCommits\r",
         .needs = "\"c1\",\"s2\"",
         .body = COMMITS(COMMIT_OF("c1", "\"c0\"") "," COMMIT_OF("s2", "\"s1\""))},
        {.to = ".BatchGetCommits\r",
         .needs = "\"c0\",\"s1\"",
         .body = COMMITS(COMMIT_OF("c0", "") "," COMMIT_OF("s1", "\"c0\""))},
        {.to = ".GetDifferences\r", .body = FILES("")},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_INT(s.rc, ERR_OK);
    CHECK_STR(ids(&s.carried.sources[0]), "c3 s2 s1");
    end(&s);
    cache_close(cache);
}

/* e3 rolls the last stage back from c3 to c1: nothing is new, and two commits are taken back. */
static void test_a_rollback_takes_back_what_its_stage_had(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .body =
             EXECUTIONS("{\"pipelineExecutionId\":\"e3\",\"status\":\"Succeeded\","
                        "\"executionType\":\"ROLLBACK\",\"startTime\":1795262400,"
                        "\"sourceRevisions\":[" SOURCE("App", "c1") "]}," RUN_OF(
                            "e2", "Failed", SOURCE("App", "c3")) "," RUN_OF("e1", "Succeeded",
                                                                            SOURCE("App", "c1")))},
        detail,
        definition,
        {.to = ".ListActionExecutions\r",
         .needs = "\"pipelineExecutionId\":\"e3\"",
         .body = "{\"actionExecutionDetails\":[{\"pipelineExecutionId\":\"e3\","
                 "\"actionExecutionId\":\"a\",\"stageName\":\"dev\",\"actionName\":\"D\","
                 "\"status\":\"Succeeded\"}]}"},
        {.to = ".ListPipelineExecutions\r",
         .needs = "{\"succeededInStage\":{\"stageName\":\"dev\"}}",
         .body = EXECUTIONS(RUN_OF("e2", "Failed", SOURCE("App", "c3")))},
        {.to = ".GetCommit\r", .needs = "\"c3\"", .body = COMMIT("c3", "\"c2\"")},
        {.to = ".GetCommit\r", .needs = "\"c2\"", .body = COMMIT("c2", "\"c1\"")},
        {.to = ".GetDifferences\r", .body = FILES(CHANGED("app.py"))},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_INT(s.rc, ERR_OK);
    CHECK_SV(s.carried.before_id, SV("e2"));
    CHECK_INT(s.carried.sources[0].commit_count, 0);
    CHECK_INT(s.carried.sources[0].taken, 2);
    CHECK_INT(s.carried.sources[0].taken_cut, false);
    end(&s);
    cache_close(cache);
}

/* c3 left the line at c1, where c2 went on: one is new, and one is taken back. */
static void test_what_left_the_line_brings_and_takes_back(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .body = EXECUTIONS(RUN_OF("e3", "Succeeded", SOURCE("App", "c3")) "," RUN_OF(
             "e1", "Succeeded", SOURCE("App", "c2")))},
        detail,
        definition,
        {.to = ".GetCommit\r", .needs = "\"c3\"", .body = COMMIT("c3", "\"c1\"")},
        {.to = ".GetCommit\r", .needs = "\"c1\"", .body = COMMIT("c1", "")},
        {.to = ".GetCommit\r", .needs = "\"c2\"", .body = COMMIT("c2", "\"c1\"")},
        {.to = ".GetDifferences\r", .body = FILES("")},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_STR(ids(&s.carried.sources[0]), "c3");
    CHECK_INT(s.carried.sources[0].taken, 1);
    end(&s);
    cache_close(cache);
}

/* A line of commits, each written a minute after the one before, as documents. */
static void put_line(struct cache *cache, int count)
{
    for (int i = 0; i < count; i++) {
        char id[16];
        char parent[16];
        char key[32];
        const struct sv parents = sv_make(parent, (size_t)snprintf(parent, 16, "n%03d", i - 1));
        const struct commit commit = {.id = sv_make(id, (size_t)snprintf(id, 16, "n%03d", i)),
                                      .author = SV("Ana"),
                                      .at = (int64_t)(i + 1) * 60000,
                                      .parents = &parents,
                                      .parent_count = i > 0};
        struct document_id document = {DOCUMENT_COMMIT, orders.partition, orders.account,
                                       orders.region, SV_NONE};
        CLEANUP(sb_release) struct sb json;
        struct err err;

        sb_init(&json, 4096);
        document.key = sv_make(key, (size_t)snprintf(key, sizeof key, "orders/%s", id));
        REQUIRE_OK(commit_document_write(&commit, &json, &err), &err);
        REQUIRE_OK(cache_put_document(cache, &document, sb_sv(&json), 1, &err), &err);
    }
}

/* Further apart than is walked, the clock tells which is the older one; that not all is known is
 * said. */
static void test_what_is_far_apart_goes_the_right_way(void **state UNUSED)
{
#define FAR(now, before)                                                                           \
    TWIN_HOME,                                                                                     \
        {.to = ".ListPipelineExecutions\r",                                                        \
         .body = EXECUTIONS(RUN_OF("e3", "Succeeded", SOURCE("App", now)) "," RUN_OF(              \
             "e1", "Succeeded", SOURCE("App", before)))},                                          \
        detail, definition,                                                                        \
    {                                                                                              \
        .to = ".GetDifferences\r", .body = FILES("")                                               \
    }
    const struct answer back[] = {FAR("n080", "n150")};
    const struct answer on[] = {FAR("n150", "n080")};
    struct cache *cache = open_cache();
    struct story s;

    put_line(cache, 160);
    TELL(&s, cache, back);
    CHECK_INT(s.rc, ERR_OK);
    CHECK_INT(s.carried.sources[0].commit_count, 0);
    CHECK_INT(s.carried.sources[0].taken, CARRIED_COMMITS_MAX);
    CHECK_INT(s.carried.sources[0].taken_cut, true);
    CHECK_INT(s.carried.sources[0].commits_cut, true); /* four eyes do not see it all */
    end(&s);
    TELL(&s, cache, on);
    CHECK_INT(s.carried.sources[0].commit_count, CARRIED_COMMITS_MAX);
    CHECK_INT(s.carried.sources[0].commits_cut, true);
    CHECK_INT(s.carried.sources[0].taken, 0);
    end(&s);
    cache_close(cache);
}

/* The rollback before e3 was of dev only: the last stage never saw it. */
static void test_a_rollback_of_another_stage_is_passed_over(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .body = EXECUTIONS(RUN_OF(
             "e3", "Succeeded",
             SOURCE("App", "c3")) ",{\"pipelineExecutionId\":\"e2\",\"status\":\"Succeeded\","
                                  "\"executionType\":\"ROLLBACK\",\"startTime\":1795262400,"
                                  "\"sourceRevisions\":[" SOURCE("App", "c2") "]}," RUN_OF(
                                      "e1", "Succeeded", SOURCE("App", "c1")))},
        detail,
        definition,
        {.to = ".ListActionExecutions\r",
         .needs = "\"pipelineExecutionId\":\"e2\"",
         .body = "{\"actionExecutionDetails\":[{\"pipelineExecutionId\":\"e2\","
                 "\"actionExecutionId\":\"a\",\"stageName\":\"dev\",\"actionName\":\"D\","
                 "\"status\":\"Succeeded\"}]}"},
        {.to = ".GetCommit\r", .needs = "\"c3\"", .body = COMMIT("c3", "\"c2\"")},
        {.to = ".GetCommit\r", .needs = "\"c2\"", .body = COMMIT("c2", "\"c1\"")},
        {.to = ".GetDifferences\r", .body = FILES("")},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_SV(s.carried.before_id, SV("e1"));
    CHECK_STR(ids(&s.carried.sources[0]), "c3 c2");
    end(&s);
    cache_close(cache);
}

/* Each is a call: after ten the success before it is told, whatever the older ones were of. */
static void test_only_the_latest_rollbacks_are_looked_at(void **state UNUSED)
{
#define ROLLBACK(id)                                                                               \
    ",{\"pipelineExecutionId\":\"" id                                                              \
    "\",\"status\":\"Succeeded\",\"executionType\":\"ROLLBACK\","                                  \
    "\"startTime\":1795262400,\"sourceRevisions\":[" SOURCE("App", "c2") "]}"
#define OF_DEV(id)                                                                                 \
    {                                                                                              \
        .to = ".ListActionExecutions\r", .needs = "\"pipelineExecutionId\":\"" id "\"",            \
        .body = "{\"actionExecutionDetails\":[{\"pipelineExecutionId\":\"" id "\","                \
                "\"actionExecutionId\":\"a\",\"stageName\":\"dev\",\"actionName\":\"D\","          \
                "\"status\":\"Succeeded\"}]}"                                                      \
    }
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .body = EXECUTIONS(
             RUN_OF("e3", "Succeeded", SOURCE("App", "c3")) ROLLBACK("r1") ROLLBACK("r2")
                 ROLLBACK("r3") ROLLBACK("r4") ROLLBACK("r5") ROLLBACK("r6") ROLLBACK("r7")
                     ROLLBACK("r8") ROLLBACK("r9") ROLLBACK("r10") ROLLBACK("r11")
                         ROLLBACK("r12") "," RUN_OF("e1", "Succeeded", SOURCE("App", "c1")))},
        detail,
        definition,
        OF_DEV("r1"),
        OF_DEV("r2"),
        OF_DEV("r3"),
        OF_DEV("r4"),
        OF_DEV("r5"),
        OF_DEV("r6"),
        OF_DEV("r7"),
        OF_DEV("r8"),
        OF_DEV("r9"),
        OF_DEV("r10"),
        {.to = ".GetCommit\r", .needs = "\"c3\"", .body = COMMIT("c3", "\"c1\"")},
        {.to = ".GetDifferences\r", .body = FILES("")},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_INT(s.rc, ERR_OK);
    CHECK_SV(s.carried.before_id, SV("e1"));
    end(&s);
    cache_close(cache);
}

static void test_the_first_success_carries_everything(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .body = EXECUTIONS(RUN_OF("e3", "InProgress", SOURCE("App", "c3")) "," RUN_OF(
             "e2", "Failed", SOURCE("App", "c2")))},
        detail,
        definition,
        {.to = ".GetCommit\r", .body = COMMIT("c3", "\"c2\"")},
        {.to = ".GetCommit\r", .body = COMMIT("c2", "")},
        {.to = ".GetDifferences\r", .body = FILES(CHANGED("a") "," CHANGED("b"))},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_SV(s.carried.before_id, SV(""));
    CHECK_STR(ids(&s.carried.sources[0]), "c3 c2");
    CHECK_INT(s.carried.sources[0].file_count, 2);
    end(&s);
    cache_close(cache);
}

static void test_the_same_commit_again_is_nothing_new(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .body = EXECUTIONS(RUN_OF("e3", "Succeeded", SOURCE("App", "c1")) "," RUN_OF(
             "e1", "Succeeded", SOURCE("App", "c1")))},
        detail,
        definition,
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_INT(s.carried.sources[0].is_walked, true);
    CHECK_INT(s.carried.sources[0].commit_count, 0);
    CHECK_INT(s.carried.sources[0].file_count, 0);
    end(&s);
    cache_close(cache);
}

/* What AWS denies, or has no more, is said; the rest is kept. */
static void test_a_source_that_cannot_be_read_says_why(void **state UNUSED)
{
    const struct answer denied[] = {
        TWIN_HOME,
        list,
        detail,
        definition,
        {.to = ".GetCommit\r", .error = "AccessDeniedException", .body = "not for you"},
    };
    const struct answer gone[] = {
        TWIN_HOME,
        list,
        detail,
        definition,
        {.to = ".GetCommit\r", .error = "CommitIdDoesNotExistException"},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, denied);
    CHECK_INT(s.rc, ERR_OK);
    CHECK_INT(s.carried.sources[0].is_walked, false);
    CHECK_TRUE(sv_find(s.carried.sources[0].note, SV("not for you")) >= 0);
    CHECK_SV(s.carried.sources[0].revision, SV("c3"));
    end(&s);
    TELL(&s, cache, gone);
    CHECK_INT(s.rc, ERR_OK);
    CHECK_TRUE(sv_find(s.carried.sources[0].note, SV("has no commit c3")) >= 0);
    end(&s);
    cache_close(cache);
}

static void test_a_connections_source_keeps_its_link(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .body = EXECUTIONS(RUN_OF(
             "e3", "Succeeded",
             "{\"actionName\":\"Git\",\"revisionId\":\"abc\",\"revisionSummary\":"
             "\"{\\\"ProviderType\\\":\\\"GitHub\\\",\\\"CommitMessage\\\":\\\"fix it\\\"}\","
             "\"revisionUrl\":\"https://github.com/acme/app/pull/7\"}"))},
        detail,
        {.to = ".GetPipeline\r",
         .body = DEFINITION(ACTION("Git", "CodeStarSourceConnection",
                                   "\"FullRepositoryId\":\"acme/app\",\"BranchName\":\"main\""))},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_SV(s.carried.sources[0].summary, SV("fix it"));
    CHECK_SV(s.carried.sources[0].url, SV("https://github.com/acme/app/pull/7"));
    CHECK_SV(s.carried.sources[0].repository, SV("acme/app"));
    CHECK_INT(s.carried.sources[0].is_walked, false);
    CHECK_SV(s.carried.sources[0].note, SV(""));
    end(&s);
    cache_close(cache);
}

static void test_files_come_in_pages(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        list,
        detail,
        definition,
        {.to = ".GetCommit\r", .body = COMMIT("c3", "\"c1\"")},
        {.to = ".GetDifferences\r",
         .body = "{\"differences\":[" CHANGED("a") "],\"NextToken\":\"more\"}"},
        {.to = ".GetDifferences\r", .needs = "\"NextToken\":\"more\"", .body = FILES(CHANGED("b"))},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_INT(s.carried.sources[0].file_count, 2);
    CHECK_INT(s.carried.sources[0].files_cut, false);
    end(&s);
    cache_close(cache);
}

static void test_an_execution_that_is_not_listed_is_not_found(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .body = EXECUTIONS(RUN_OF("e9", "Succeeded", SOURCE("App", "c9")))},
    };
    struct cache *cache = open_cache();
    struct story s;

    TELL(&s, cache, answers);
    CHECK_INT(s.rc, ERR_NOT_FOUND);
    CHECK_TRUE(strstr(s.err.text, "does not list the execution e3") != NULL);
    end(&s);
    cache_close(cache);
}

/* Against e2, which failed: only c3 is new since then. What each carried alone is read, too. */
static void test_any_two_can_be_compared(void **state UNUSED)
{
    const struct answer answers[] = {
        TWIN_HOME,
        list,
        detail,
        definition,
        {.to = ".GetCommit\r", .needs = "\"c3\"", .body = COMMIT("c3", "\"c2\"")},
        {.to = ".GetDifferences\r", .needs = "\"c2\"", .body = FILES("")},
        list,
        detail,
        definition,
        {.to = ".GetCommit\r", .needs = "\"c2\"", .body = COMMIT("c2", "\"c1\"")},
        {.to = ".GetDifferences\r", .needs = "\"c1\"", .body = FILES("")},
        list,
        detail,
        definition,
        {.to = ".GetDifferences\r", .needs = "\"c1\"", .body = FILES("")},
    };
    struct cache *cache = open_cache();
    struct story s;

    tell(&s, cache, compare_read, "e2", answers, ARRAY_LEN(answers));
    CHECK_INT(s.rc, ERR_OK);
    CHECK_SV(s.carried.before_id, SV("e2"));
    CHECK_STR(ids(&s.carried.sources[0]), "c3");
    end(&s);
    cache_close(cache);
}

static void test_history_is_read_whole(void **state UNUSED)
{
    const struct waiting w = {.name = "orders", .minutes = 5};
    const struct answer answers[] = {
        TWIN_HOME,
        list,
        {.to = ".ListActionExecutions\r",
         .body = "{\"actionExecutionDetails\":[{\"pipelineExecutionId\":\"e1\","
                 "\"actionExecutionId\":\"a1\",\"stageName\":\"Source\",\"actionName\":\"run\","
                 "\"status\":\"Succeeded\",\"startTime\":1,\"lastUpdateTime\":2}],"
                 "\"nextToken\":\"on\"}"},
        {.to = ".ListActionExecutions\r",
         .needs = "\"nextToken\":\"on\"",
         .body = "{\"actionExecutionDetails\":[{\"pipelineExecutionId\":\"e2\","
                 "\"actionExecutionId\":\"a2\",\"stageName\":\"Source\",\"actionName\":\"run\","
                 "\"status\":\"Failed\",\"startTime\":3,\"lastUpdateTime\":4}]}"},
    };
    struct cache *cache = open_cache();
    struct execution *executions;
    struct action_run *runs;
    struct story s;
    size_t count;
    int64_t rowid;
    struct err err;

    waiting_put(cache, &w, 1795262400000);
    tell(&s, cache, history_read, "", answers, ARRAY_LEN(answers));
    CHECK_INT(s.rc, ERR_OK);
    REQUIRE_OK(cache_find_id(cache, &orders, &rowid, &err), &err);
    REQUIRE_OK(cache_executions(cache, rowid, &s.arena, &executions, &count, &err), &err);
    CHECK_INT(count, 6); /* the two that were there, and these four */
    REQUIRE_OK(cache_runs(cache, rowid, SV("e2"), &s.arena, &runs, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_INT(runs[0].action.status, STATUS_FAILED);
    end(&s);
    cache_close(cache);
}

#define OLD   "1111111111111111111111111111111111111111"
#define NEWER "2222222222222222222222222222222222222222"

static void put_source(struct cache *cache)
{
    struct action_def source = {.name = SV("App"),
                                .category = SV("Source"),
                                .provider = SV("CodeCommit"),
                                .role_arn = SV("arn:aws:iam::111111111111:role/reader"),
                                .repository = SV("shop")};
    struct stage_def stage = {SV("Source"), &source, 1};
    struct pipeline_def def = {.name = SV("orders"), .stages = &stage, .stage_count = 1};
    bool changed;
    struct err err;

    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(cache, &orders, &def, NULL, 0, 1, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
}

static int64_t time_of(struct story *s, const char *id)
{
    return commits_time(s->cache, &orders, SV("shop"), sv_of(id), &s->arena);
}

/* In one call; each once; never again; and a revision that is no commit's is not asked for. */
static void test_history_reads_when_the_commits_were_written(void **state UNUSED)
{
    const struct answer ran = {
        .to = ".ListPipelineExecutions\r",
        .body = EXECUTIONS(RUN_OF("e4", "Failed", SOURCE("App", "v7")) "," RUN_OF(
            "e3", "Succeeded",
            SOURCE("App", NEWER)) "," RUN_OF("e2", "Failed",
                                             SOURCE("App", NEWER)) "," RUN_OF("e1", "Succeeded",
                                                                              SOURCE("App", OLD)))};
    const struct answer acted = {.to = ".ListActionExecutions\r",
                                 .body = "{\"actionExecutionDetails\":[]}"};
    const struct answer denied[] = {
        TWIN_HOME, ran, acted, {.to = ".BatchGetCommits\r", .error = "AccessDeniedException"}};
    const struct answer asked[] = {
        TWIN_HOME,
        ran,
        acted,
        {.to = ".BatchGetCommits\r",
         .needs = "\"commitIds\":[\"" NEWER "\",\"" OLD "\"]",
         .body = COMMITS(COMMIT_OF(OLD, "") "," COMMIT_OF(NEWER, "\"" OLD "\""))}};
    const struct answer known[] = {TWIN_HOME, ran, acted};
    struct cache *cache = open_cache();
    struct story s;

    put_source(cache);
    tell(&s, cache, history_read, "", denied, ARRAY_LEN(denied));
    CHECK_INT(s.rc, ERR_OK);
    CHECK_INT(time_of(&s, OLD), 0);
    end(&s);
    tell(&s, cache, history_read, "", asked, ARRAY_LEN(asked));
    CHECK_INT(s.rc, ERR_OK);
    CHECK_INT(time_of(&s, OLD), INT64_C(1795260000000));
    CHECK_INT(time_of(&s, NEWER), INT64_C(1795260000000));
    end(&s);
    tell(&s, cache, history_read, "", known, ARRAY_LEN(known));
    CHECK_INT(s.rc, ERR_OK);
    end(&s);
    cache_close(cache);
}

/* One approval's pipeline was deleted meanwhile: the other's commits are read all the same. */
static void test_every_approval_is_read_though_one_fails(void **state UNUSED)
{
    const struct waiting first = {.name = "gone", .minutes = 5};
    const struct waiting other = {.name = "orders", .minutes = 4};
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .needs = "\"gone\"",
         .error = "PipelineNotFoundException"},
        {.to = ".ListPipelineExecutions\r",
         .needs = "\"orders\"",
         .body = EXECUTIONS(RUN_OF(WAITING_NEW, "InProgress", SOURCE("run", "c3")) "," RUN_OF(
             WAITING_OLD, "Succeeded", SOURCE("run", "c1")))},
        detail,
    };
    struct cache *cache = open_cache();
    struct carried carried;
    struct story s;
    int64_t read_at;
    struct err err;

    waiting_put(cache, &first, 1795262400000);
    waiting_put(cache, &other, 1795262400000);
    tell(&s, cache, approvals_read, "", answers, ARRAY_LEN(answers));
    CHECK_INT(s.rc, ERR_NOT_FOUND);
    REQUIRE_OK(carried_get(cache, &orders, SV(WAITING_NEW), SV("to Deploy-Stage-prod"), &s.arena,
                           &carried, &read_at, &err),
               &err);
    CHECK_SV(carried.sources[0].before, SV("c1"));
    end(&s);
    cache_close(cache);
}

#define APPROVALS 41
#define PARALLELS 21

static void put_many(struct cache *cache, struct waiting one, int count)
{
    for (int i = 0; i < count; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "p%02d", i);
        one.name = name;
        waiting_put(cache, &one, time_wall_ms());
    }
}

static void test_more_approvals_than_are_read_at_once_are_told(void **state UNUSED)
{
    const struct waiting one = {.minutes = 5};
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .is_any_time = true,
         .body = EXECUTIONS(RUN_OF(WAITING_NEW, "InProgress", SOURCE("run", "c3")) "," RUN_OF(
             WAITING_OLD, "Succeeded", SOURCE("run", "c1")))},
        {.to = ".GetPipelineExecution\r", .is_any_time = true, .body = DETAIL},
    };
    struct cache *cache = open_cache();
    struct story s;

    put_many(cache, one, APPROVALS);
    tell(&s, cache, approvals_read, "", answers, ARRAY_LEN(answers));
    CHECK_INT(s.rc, ERR_LIMIT);
    CHECK_TRUE(strstr(s.err.text, "what 40 of the approvals release was read") != NULL);
    end(&s);
    tell(&s, cache, approvals_read, "", answers, ARRAY_LEN(answers));
    CHECK_INT(s.rc, ERR_OK);
    end(&s);
    cache_close(cache);
}

static void test_more_parallel_pipelines_than_are_read_are_told(void **state UNUSED)
{
    const struct waiting one = {.minutes = 5, .is_parallel = true};
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".ListPipelineExecutions\r",
         .is_any_time = true,
         .body = EXECUTIONS(RUN_OF(WAITING_NEW, "InProgress", SOURCE("run", "c3")))},
        {.to = ".ListActionExecutions\r",
         .is_any_time = true,
         .body = "{\"actionExecutionDetails\":[]}"},
        {.to = ".GetPipelineExecution\r", .is_any_time = true, .body = DETAIL},
    };
    struct cache *cache = open_cache();
    struct story s;

    put_many(cache, one, PARALLELS - 1);
    tell(&s, cache, approvals_read, "", answers, ARRAY_LEN(answers));
    CHECK_INT(s.rc, ERR_OK);
    end(&s);
    put_many(cache, one, PARALLELS);
    tell(&s, cache, approvals_read, "", answers, ARRAY_LEN(answers));
    CHECK_INT(s.rc, ERR_LIMIT);
    CHECK_TRUE(strstr(s.err.text, "the 20 PARALLEL pipelines") != NULL);
    end(&s);
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_commits_are_those_since_the_success_before),
        TEST(test_what_is_known_is_not_asked_again),
        TEST(test_a_merged_branch_brings_its_own_commits_only),
        TEST(test_a_rollback_takes_back_what_its_stage_had),
        TEST(test_what_left_the_line_brings_and_takes_back),
        TEST(test_a_rollback_of_another_stage_is_passed_over),
        TEST(test_only_the_latest_rollbacks_are_looked_at),
        TEST(test_what_is_far_apart_goes_the_right_way),
        TEST(test_the_first_success_carries_everything),
        TEST(test_the_same_commit_again_is_nothing_new),
        TEST(test_a_source_that_cannot_be_read_says_why),
        TEST(test_a_connections_source_keeps_its_link),
        TEST(test_files_come_in_pages),
        TEST(test_an_execution_that_is_not_listed_is_not_found),
        TEST(test_any_two_can_be_compared),
        TEST(test_history_is_read_whole),
        TEST(test_history_reads_when_the_commits_were_written),
        TEST(test_every_approval_is_read_though_one_fails),
        TEST(test_more_approvals_than_are_read_at_once_are_told),
        TEST(test_more_parallel_pipelines_than_are_read_are_told),
    };
    return RUN(tests);
}
