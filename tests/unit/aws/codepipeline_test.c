#include "core/aws/codepipeline.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

struct reply {
    struct arena arena;
    cJSON *json;
    struct err err;
};

static void reply_open(struct reply *r, const char *text)
{
    *r = (struct reply){0};
    arena_init(&r->arena, 4 * 1024 * 1024);
    REQUIRE_OK(json_parse(sv_of(text), &r->json, &r->err), &r->err);
}

/* What was decoded stays good without the JSON. */
static void reply_forget_json(struct reply *r)
{
    cJSON_Delete(r->json);
    r->json = NULL;
}

static void reply_close(struct reply *r)
{
    cJSON_Delete(r->json);
    arena_release(&r->arena);
}

static const char state_reply[] =
    "{\"pipelineName\":\"shop\",\"pipelineVersion\":3,\"created\":1.5e9,\"updated\":1700000000.25,"
    "\"stageStates\":[{\"stageName\":\"Source\",\"inboundTransitionState\":{\"enabled\":true},"
    "\"actionStates\":[{\"actionName\":\"Checkout\",\"currentRevision\":{\"revisionId\":\"abc\"},"
    "\"latestExecution\":{\"actionExecutionId\":\"a1\",\"status\":\"Failed\",\"summary\":\"no\","
    "\"lastStatusChange\":1700000001,\"externalExecutionId\":\"x1\","
    "\"externalExecutionUrl\":\"https://x\",\"percentComplete\":40,"
    "\"errorDetails\":{\"code\":\"JobFailed\",\"message\":\"why\"}},\"entityUrl\":\"https://e\","
    "\"revisionUrl\":\"https://r\"},{\"actionName\":\"Never\"}],"
    "\"latestExecution\":{\"pipelineExecutionId\":\"p1\",\"status\":\"InProgress\","
    "\"type\":\"ROLLBACK\"}},"
    "{\"stageName\":\"Approve\",\"inboundExecution\":{\"pipelineExecutionId\":\"p2\","
    "\"status\":\"InProgress\"},\"inboundTransitionState\":{\"enabled\":false,"
    "\"lastChangedBy\":\"ana\",\"lastChangedAt\":1700000002,\"disabledReason\":\"freeze\"},"
    "\"actionStates\":[{\"actionName\":\"Ask\",\"latestExecution\":{\"status\":\"InProgress\","
    "\"token\":\"secret-token\",\"lastUpdatedBy\":\"bob\"}}]},"
    "{\"stageName\":\"Bare\",\"newMember\":{\"deep\":[1]}}]}";

static void expect_first_stage(const struct stage_state *stage)
{
    const struct action_state *action = &stage->actions[0];

    CHECK_SV(stage->name, SV("Source"));
    CHECK_INT(stage->status, STATUS_IN_PROGRESS);
    CHECK_SV(stage->execution_id, SV("p1"));
    CHECK_TRUE(stage->is_rollback && stage->transition_enabled);
    CHECK_INT(stage->inbound_status, STATUS_NONE);
    CHECK_INT(stage->action_count, 2);
    CHECK_SV(action->name, SV("Checkout"));
    CHECK_INT(action->status, STATUS_FAILED);
    CHECK_SV(action->execution_id, SV("a1"));
    CHECK_SV(action->summary, SV("no"));
    CHECK_SV(action->error_code, SV("JobFailed"));
    CHECK_SV(action->error_message, SV("why"));
    CHECK_SV(action->external_id, SV("x1"));
    CHECK_SV(action->external_url, SV("https://x"));
    CHECK_SV(action->revision_id, SV("abc"));
    CHECK_SV(action->url, SV("https://e"));
    CHECK_INT(action->changed_at, 1700000001000);
    CHECK_INT(action->percent, 40);
    CHECK_TRUE(!action->has_token);
    CHECK_INT(stage->actions[1].status, STATUS_NONE);
    CHECK_INT(stage->actions[1].percent, -1);
}

static void test_a_state_is_read_whole(void **state)
{
    struct pipeline_state got;
    struct reply r;

    (void)state;
    reply_open(&r, state_reply);
    REQUIRE_OK(decode_pipeline_state(r.json, &r.arena, &got, &r.err), &r.err);
    reply_forget_json(&r);
    CHECK_SV(got.name, SV("shop"));
    CHECK_INT(got.version, 3);
    CHECK_INT(got.updated_at, 1700000000250);
    CHECK_INT(got.stage_count, 3);
    expect_first_stage(&got.stages[0]);
    CHECK_SV(got.stages[1].inbound_id, SV("p2"));
    CHECK_INT(got.stages[1].inbound_status, STATUS_IN_PROGRESS);
    CHECK_TRUE(!got.stages[1].transition_enabled && !got.stages[1].is_rollback);
    CHECK_SV(got.stages[1].disabled_reason, SV("freeze"));
    CHECK_SV(got.stages[1].disabled_by, SV("ana"));
    CHECK_INT(got.stages[1].transition_changed_at, 1700000002000);
    CHECK_SV(got.stages[2].name, SV("Bare"));
    CHECK_TRUE(got.stages[2].transition_enabled);
    CHECK_INT(got.stages[2].action_count, 0);
    reply_close(&r);
}

/* The token is a permission: nothing that was decoded may hold it. */
static void test_an_approval_waits_and_its_token_is_not_kept(void **state)
{
    struct pipeline_state got;
    struct reply r;
    const struct action_state *action;
    const char *start;
    const char *end;

    (void)state;
    reply_open(&r, state_reply);
    start = arena_alloc(&r.arena, 1, 1);
    REQUIRE_OK(decode_pipeline_state(r.json, &r.arena, &got, &r.err), &r.err);
    reply_forget_json(&r);
    action = &got.stages[1].actions[0];
    CHECK_TRUE(action->has_token);
    CHECK_INT(action->status, STATUS_WAITING);
    CHECK_SV(action->updated_by, SV("bob"));
    /* All of it is in the arena's first block, which ends here. */
    end = arena_alloc(&r.arena, 1, 1);
    REQUIRE(end > start && end - start < 8 * 1024);
    CHECK_TRUE(memmem(start, (size_t)(end - start), "bob", 3) != NULL);
    CHECK_TRUE(memmem(start, (size_t)(end - start), "secret-token", 12) == NULL);
    reply_close(&r);
}

#define CONDITION(name, status, rule)                                                              \
    "\"" name "\":{\"latestExecution\":{\"status\":\"" status "\",\"summary\":\"in all\"},"        \
    "\"conditionStates\":[{\"ruleStates\":[{\"ruleName\":\"quiet\",\"latestExecution\":"           \
    "{\"status\":\"Succeeded\",\"summary\":\"well\"}}," rule "]}]}"

/* clang-format off */
#define CONDITIONS "{\"pipelineName\":\"shop\",\"stageStates\":[" \
    "{\"stageName\":\"A\"," \
    CONDITION("beforeEntryConditionState", "Failed", "{\"ruleName\":\"Alarm\"," \
              "\"latestExecution\":{\"status\":\"Failed\",\"summary\":\"it rings\"}}") "}," \
    "{\"stageName\":\"B\"," \
    CONDITION("beforeEntryConditionState", "Overridden", \
              "{\"ruleName\":\"Alarm\",\"latestExecution\":{\"status\":\"Failed\"}}") "," \
    CONDITION("onSuccessConditionState", "Errored", "{\"ruleName\":\"Check\"," \
              "\"latestExecution\":{\"status\":\"Failed\"," \
              "\"errorDetails\":{\"message\":\"no such alarm\"}}}") "}," \
    "{\"stageName\":\"C\"," \
    CONDITION("onFailureConditionState", "InProgress", "{\"ruleName\":\"Late\"}") "}," \
    "{\"stageName\":\"D\",\"beforeEntryConditionState\":7}]}"
/* clang-format on */

static void test_a_condition_that_holds_a_stage_is_read_with_its_rule(void **state UNUSED)
{
    struct reply r;
    struct pipeline_state out;

    reply_open(&r, CONDITIONS);
    REQUIRE_OK(decode_pipeline_state(r.json, &r.arena, &out, &r.err), &r.err);
    reply_forget_json(&r);
    REQUIRE(out.stage_count == 4);
    CHECK_SV(out.stages[0].condition, SV("BEFORE_ENTRY"));
    CHECK_SV(out.stages[0].condition_status, SV("Failed"));
    CHECK_SV(out.stages[0].condition_text, SV("Alarm: it rings"));
    CHECK_SV(out.stages[1].condition, SV("ON_SUCCESS"));
    CHECK_SV(out.stages[1].condition_status, SV("Errored"));
    CHECK_SV(out.stages[1].condition_text, SV("Check: no such alarm"));
    CHECK_SV(out.stages[2].condition, SV("ON_FAILURE"));
    CHECK_SV(out.stages[2].condition_text, SV("in all"));
    CHECK_INT(out.stages[3].condition.len, 0);
    reply_close(&r);
}

static void test_pipelines_are_listed(void **state)
{
    struct pipeline_summary *got;
    struct reply r;
    size_t count;

    (void)state;
    reply_open(&r, "{\"pipelines\":[{\"name\":\"a\",\"version\":2,\"pipelineType\":\"V2\","
                   "\"executionMode\":\"QUEUED\",\"created\":1,\"updated\":2.5},"
                   "{\"name\":\"b\\u001b\",\"version\":\"odd\",\"created\":null}]}");
    REQUIRE_OK(decode_pipelines(r.json, &r.arena, &got, &count, &r.err), &r.err);
    CHECK_INT(count, 2);
    CHECK_SV(got[0].name, SV("a"));
    CHECK_INT(got[0].version, 2);
    CHECK_SV(got[0].type, SV("V2"));
    CHECK_INT(got[0].mode, MODE_QUEUED);
    CHECK_INT(got[0].created_at, 1000);
    CHECK_INT(got[0].updated_at, 2500);
    CHECK_SV(got[1].name, SV("b\x1b"));
    CHECK_INT(got[1].version, 0);
    CHECK_INT(got[1].mode, MODE_SUPERSEDED);
    reply_close(&r);
}

static const char pipeline_reply[] =
    "{\"pipeline\":{\"name\":\"shop\",\"version\":4,\"executionMode\":\"PARALLEL\","
    "\"pipelineType\":\"V2\",\"stages\":[{\"name\":\"Source\",\"actions\":["
    "{\"name\":\"cc\",\"actionTypeId\":{\"category\":\"Source\",\"owner\":\"AWS\","
    "\"provider\":\"CodeCommit\"},\"configuration\":{\"BranchName\":\"main\","
    "\"RepositoryName\":\"repo\"},\"runOrder\":2},"
    "{\"configuration\":{\"FullRepositoryId\":\"org/app\",\"BranchName\":\"dev\"},"
    "\"name\":\"conn\",\"actionTypeId\":{\"category\":\"Source\",\"owner\":\"AWS\","
    "\"provider\":\"CodeStarSourceConnection\"}},"
    "{\"name\":\"gh\",\"actionTypeId\":{\"category\":\"Source\",\"owner\":\"ThirdParty\","
    "\"provider\":\"GitHub\"},\"configuration\":{\"Owner\":\"org\",\"Repo\":\"web\","
    "\"Branch\":\"next\",\"OAuthToken\":\"****\"}},"
    "{\"name\":\"s3\",\"actionTypeId\":{\"category\":\"Source\",\"owner\":\"AWS\","
    "\"provider\":\"S3\"},\"configuration\":{\"S3Bucket\":\"b\",\"S3ObjectKey\":\"k/z.zip\"}}]},"
    "{\"name\":\"Build\",\"actions\":[{\"name\":\"cb\",\"actionTypeId\":{\"category\":\"Build\","
    "\"owner\":\"AWS\",\"provider\":\"CodeBuild\"},\"configuration\":{\"ProjectName\":\"proj\","
    "\"BranchName\":\"not a source\"}}]}]},"
    "\"metadata\":{\"pipelineArn\":\"arn:p\",\"created\":10,\"updated\":20}}";

static void test_a_definition_is_read_whole(void **state)
{
    struct pipeline_def got;
    const struct action_def *source;
    struct reply r;

    (void)state;
    reply_open(&r, pipeline_reply);
    REQUIRE_OK(decode_pipeline(r.json, &r.arena, &got, &r.err), &r.err);
    reply_forget_json(&r);
    CHECK_SV(got.name, SV("shop"));
    CHECK_SV(got.arn, SV("arn:p"));
    CHECK_SV(got.type, SV("V2"));
    CHECK_INT(got.mode, MODE_PARALLEL);
    CHECK_INT(got.version, 4);
    CHECK_INT(got.created_at, 10000);
    CHECK_INT(got.updated_at, 20000);
    CHECK_INT(got.stage_count, 2);
    CHECK_INT(got.stages[0].action_count, 4);
    source = got.stages[0].actions;
    CHECK_SV(source[0].provider, SV("CodeCommit"));
    CHECK_SV(source[0].owner, SV("AWS"));
    CHECK_INT(source[0].run_order, 2);
    CHECK_INT(source[1].run_order, 1);
    CHECK_SV(got.stages[1].actions[0].project, SV("proj"));
    CHECK_SV(got.stages[1].actions[0].branch, SV(""));
    reply_close(&r);
}

static void test_sources_name_repository_and_branch_in_their_own_way(void **state)
{
    static const struct {
        const char *repository, *branch;
    } rows[] = {{"repo", "main"}, {"org/app", "dev"}, {"org/web", "next"}, {"b/k/z.zip", ""}};
    struct pipeline_def got;
    struct reply r;

    (void)state;
    reply_open(&r, pipeline_reply);
    REQUIRE_OK(decode_pipeline(r.json, &r.arena, &got, &r.err), &r.err);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CHECK_SV(got.stages[0].actions[i].repository, sv_of(rows[i].repository));
        CHECK_SV(got.stages[0].actions[i].branch, sv_of(rows[i].branch));
    }
    reply_close(&r);
}

static void test_executions_are_listed(void **state)
{
    struct execution *got;
    struct reply r;
    size_t count;

    (void)state;
    reply_open(
        &r, "{\"pipelineExecutionSummaries\":[{\"pipelineExecutionId\":\"e1\","
            "\"status\":\"Stopped\",\"statusSummary\":\"s\",\"startTime\":1,\"lastUpdateTime\":2,"
            "\"sourceRevisions\":[{\"actionName\":\"a\",\"revisionId\":\"r1\","
            "\"revisionSummary\":\"fix\",\"revisionUrl\":\"u\"},{\"revisionId\":\"r2\"}],"
            "\"trigger\":{\"triggerType\":\"Webhook\",\"triggerDetail\":\"d\"},"
            "\"stopTrigger\":{\"reason\":\"because\"},\"executionMode\":\"QUEUED\","
            "\"executionType\":\"ROLLBACK\",\"rollbackMetadata\":"
            "{\"rollbackTargetPipelineExecutionId\":\"e0\"}},"
            "{\"pipelineExecutionId\":\"e0\",\"status\":\"Dancing\",\"sourceRevisions\":[]}]}");
    REQUIRE_OK(decode_executions(r.json, &r.arena, &got, &count, &r.err), &r.err);
    reply_forget_json(&r);
    CHECK_INT(count, 2);
    CHECK_SV(got[0].id, SV("e1"));
    CHECK_INT(got[0].status, STATUS_STOPPED);
    CHECK_SV(got[0].status_summary, SV("s"));
    CHECK_INT(got[0].started_at, 1000);
    CHECK_INT(got[0].updated_at, 2000);
    CHECK_SV(got[0].revision, SV("r1"));
    CHECK_SV(got[0].revision_summary, SV("fix"));
    CHECK_SV(got[0].revision_url, SV("u"));
    CHECK_SV(got[0].trigger, SV("Webhook"));
    CHECK_SV(got[0].trigger_detail, SV("d"));
    CHECK_SV(got[0].stop_reason, SV("because"));
    CHECK_INT(got[0].mode, MODE_QUEUED);
    CHECK_TRUE(got[0].is_rollback && !got[1].is_rollback);
    CHECK_SV(got[0].rollback_target, SV("e0"));
    CHECK_INT(got[1].status, STATUS_UNKNOWN);
    CHECK_SV(got[1].revision, SV(""));
    reply_close(&r);
}

static void test_a_connections_commit_message_is_unwrapped(void **state)
{
    struct execution *got;
    struct reply r;
    size_t count;

    (void)state;
    reply_open(&r, "{\"pipelineExecutionSummaries\":["
                   "{\"pipelineExecutionId\":\"a\",\"sourceRevisions\":[{\"revisionSummary\":"
                   "\"{\\\"ProviderType\\\":\\\"GitHub\\\",\\\"CommitMessage\\\":\\\"fix it\\\"}\","
                   "\"revisionUrl\":\"https://eu-west-1.console.aws.amazon.com/codesuite/settings/"
                   "connections/redirect?connectionArn=arn&referenceType=COMMIT&FullRepositoryId="
                   "acme/app&Commit=a1b2\"}]},"
                   "{\"pipelineExecutionId\":\"b\",\"sourceRevisions\":[{\"revisionSummary\":"
                   "\"{\\\"not closed\"}]}]}");
    REQUIRE_OK(decode_executions(r.json, &r.arena, &got, &count, &r.err), &r.err);
    CHECK_SV(got[0].revision_summary, SV("fix it"));
    CHECK_SV(got[0].revision_url, SV("https://github.com/acme/app/commit/a1b2"));
    CHECK_SV(got[1].revision_summary, SV("{\"not closed"));
    reply_close(&r);
}

static void test_action_runs_are_listed(void **state)
{
    struct action_run *got;
    struct reply r;
    size_t count;

    (void)state;
    reply_open(&r,
               "{\"actionExecutionDetails\":[{\"pipelineExecutionId\":\"e1\","
               "\"actionExecutionId\":\"a1\",\"stageName\":\"Approve\",\"actionName\":\"Ask\","
               "\"startTime\":5,\"lastUpdateTime\":6,\"updatedBy\":\"ana\","
               "\"status\":\"InProgress\",\"input\":{\"actionTypeId\":{\"category\":\"Approval\","
               "\"owner\":\"AWS\",\"provider\":\"Manual\"}},\"output\":{\"executionResult\":{"
               "\"externalExecutionId\":\"x\",\"externalExecutionSummary\":\"sum\","
               "\"externalExecutionUrl\":\"u\",\"errorDetails\":{\"code\":\"C\","
               "\"message\":\"M\"}}}}]}");
    REQUIRE_OK(decode_action_runs(r.json, &r.arena, &got, &count, &r.err), &r.err);
    CHECK_INT(count, 1);
    CHECK_SV(got[0].execution_id, SV("e1"));
    CHECK_SV(got[0].stage, SV("Approve"));
    CHECK_INT(got[0].started_at, 5000);
    CHECK_SV(got[0].action.name, SV("Ask"));
    CHECK_SV(got[0].action.execution_id, SV("a1"));
    CHECK_SV(got[0].action.category, SV("Approval"));
    CHECK_SV(got[0].action.provider, SV("Manual"));
    CHECK_INT(got[0].action.status, STATUS_WAITING);
    CHECK_SV(got[0].action.external_id, SV("x"));
    CHECK_SV(got[0].action.summary, SV("sum"));
    CHECK_SV(got[0].action.external_url, SV("u"));
    CHECK_SV(got[0].action.error_code, SV("C"));
    CHECK_SV(got[0].action.error_message, SV("M"));
    CHECK_SV(got[0].action.updated_by, SV("ana"));
    CHECK_INT(got[0].action.changed_at, 6000);
    CHECK_INT(got[0].action.percent, -1);
    reply_close(&r);
}

static void test_tags_are_listed(void **state)
{
    struct tag *got;
    struct reply r;
    size_t count;

    (void)state;
    reply_open(&r, "{\"tags\":[{\"key\":\"penstock:stage\",\"value\":\"dev\"},{\"key\":\"k\"}]}");
    REQUIRE_OK(decode_tags(r.json, &r.arena, &got, &count, &r.err), &r.err);
    CHECK_INT(count, 2);
    CHECK_SV(got[0].key, SV("penstock:stage"));
    CHECK_SV(got[0].value, SV("dev"));
    CHECK_SV(got[1].value, SV(""));
    reply_close(&r);
}

static void expect_refused(enum err_code rc, const struct reply *r, const char *sentence)
{
    CHECK_INT(rc, ERR_REPLY);
    CHECK_STR(r->err.text, sentence);
}

/* An empty listing would delete rows, so one that is not there must not read as empty. */
static void test_a_reply_without_what_matters_is_refused(void **state)
{
    static const char *const bodies[] = {"{}", "[]", "\"text\"", "{\"pipelines\":{},\"tags\":7}"};
    struct pipeline_summary *summaries;
    struct pipeline_state got;
    struct pipeline_def def;
    struct tag *tags;
    size_t count;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct reply r;

        reply_open(&r, bodies[i]);
        expect_refused(decode_pipelines(r.json, &r.arena, &summaries, &count, &r.err), &r,
                       "expected AWS, got a reply without a list of pipelines");
        expect_refused(decode_tags(r.json, &r.arena, &tags, &count, &r.err), &r,
                       "expected AWS, got a reply without a list of tags");
        expect_refused(decode_pipeline_state(r.json, &r.arena, &got, &r.err), &r,
                       "expected AWS, got a reply in which a pipeline has no pipelineName");
        expect_refused(decode_pipeline(r.json, &r.arena, &def, &r.err), &r,
                       "expected AWS, got a reply in which a pipeline has no name");
        reply_close(&r);
    }
}

static void test_a_nameless_pipeline_is_refused(void **state)
{
    static const char *const bodies[] = {"{\"pipelines\":[{\"version\":1}]}",
                                         "{\"pipelines\":[{\"name\":\"\"}]}",
                                         "{\"pipelines\":[7]}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct pipeline_summary *got;
        struct reply r;
        size_t count;

        reply_open(&r, bodies[i]);
        expect_refused(decode_pipelines(r.json, &r.arena, &got, &count, &r.err), &r,
                       "expected AWS, got a reply in which a pipeline has no name");
        reply_close(&r);
    }
}

static void test_endless_lists_are_refused(void **state)
{
    struct pipeline_state got;
    struct reply r;
    cJSON *stages;

    (void)state;
    reply_open(&r, "{\"pipelineName\":\"p\",\"stageStates\":[]}");
    stages = cJSON_GetObjectItem(r.json, "stageStates");
    for (int i = 0; i < 101; i++)
        cJSON_AddItemToArray(stages, cJSON_CreateObject());
    CHECK_INT(decode_pipeline_state(r.json, &r.arena, &got, &r.err), ERR_LIMIT);
    CHECK_STR(r.err.text, "reply over 100 stages");
    reply_close(&r);
}

static void test_each_failing_allocation_is_told(void **state)
{
    enum err_code rc = ERR_LIMIT;
    struct pipeline_def got;
    struct reply r;

    (void)state;
    reply_open(&r, pipeline_reply);
    for (long n = 1; rc != ERR_OK; n++) {
        REQUIRE(n < 100);
        arena_release(&r.arena);
        mem_fail_at(n);
        rc = decode_pipeline(r.json, &r.arena, &got, &r.err);
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
    }
    reply_close(&r);
}

/* Every cap of the arena: never a half-made reply, always a sentence. */
static void test_a_full_arena_is_told(void **state)
{
    struct pipeline_def got;
    struct reply r;

    (void)state;
    reply_open(&r, pipeline_reply);
    for (size_t cap = 0; cap < 1500; cap++) {
        arena_release(&r.arena);
        arena_init(&r.arena, cap);
        if (decode_pipeline(r.json, &r.arena, &got, &r.err) == ERR_OK)
            break;
        CHECK_INT(r.err.code, ERR_LIMIT);
    }
    CHECK_TRUE(r.arena.cap > 400);
    reply_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_state_is_read_whole),
        TEST(test_an_approval_waits_and_its_token_is_not_kept),
        TEST(test_a_condition_that_holds_a_stage_is_read_with_its_rule),
        TEST(test_pipelines_are_listed),
        TEST(test_a_definition_is_read_whole),
        TEST(test_sources_name_repository_and_branch_in_their_own_way),
        TEST(test_executions_are_listed),
        TEST(test_a_connections_commit_message_is_unwrapped),
        TEST(test_action_runs_are_listed),
        TEST(test_tags_are_listed),
        TEST(test_a_reply_without_what_matters_is_refused),
        TEST(test_a_nameless_pipeline_is_refused),
        TEST(test_endless_lists_are_refused),
        TEST(test_each_failing_allocation_is_told),
        TEST(test_a_full_arena_is_told),
    };

    return RUN(tests);
}
