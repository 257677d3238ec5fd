/* Approvals: the token is read right before it is sent, and shown nowhere. */
#include "core/operate/turn.h"
#include "tests/unit/operate/operate_stage.h"

#define WAITS(token, execution)                                                                    \
    "{\"stageName\":\"ManualApproval-dev\",\"latestExecution\":{\"pipelineExecutionId\":"          \
    "\"" execution                                                                                 \
    "\",\"status\":\"InProgress\"},\"actionStates\":[{\"actionName\":\"Ask\",\"latestExecution\":" \
    "{\"status\":\"InProgress\",\"lastStatusChange\":1700000000,\"token\":\"" token "\"}}]}"
#define ANSWERED(word)                                                                             \
    "{\"stageName\":\"ManualApproval-dev\",\"latestExecution\":{\"pipelineExecutionId\":\"e1\","   \
    "\"status\":\"" word "\"},\"actionStates\":[{\"actionName\":\"Ask\",\"latestExecution\":"      \
    "{\"status\":\"" word "\",\"lastStatusChange\":1700000000,\"lastUpdatedBy\":\"ben\","          \
    "\"summary\":\"looks fine\"}}]}"
#define STATE(stages)                                                                              \
    {                                                                                              \
        .to = OPS_STATE, .body = OPS_STATE_OF(stages)                                              \
    }
#define RUNS(rows)                                                                                 \
    {                                                                                              \
        .to = OPS_RUNS, .body = "{\"actionExecutionDetails\":[" rows "]}"                          \
    }
#define RAN(execution, status, token, by)                                                          \
    "{\"pipelineExecutionId\":\"" execution "\",\"actionExecutionId\":\"a\",\"stageName\":"        \
    "\"ManualApproval-dev\",\"actionName\":\"Ask\",\"status\":\"" status                           \
    "\",\"lastUpdateTime\":1700000000,\"updatedBy\":\"" by                                         \
    "\",\"input\":{\"actionTypeId\":{\"category\":\"Approval\",\"provider\":\"Manual\"}},"         \
    "\"output\":{\"executionResult\":{\"externalExecutionId\":\"" token "\"}}}"
#define SENT(token)                                                                                \
    {                                                                                              \
        .to = ".PutApprovalResult\r", .body = "{\"approvedAt\":1700000001}",                       \
        .needs = "\"actionName\":\"Ask\",\"result\":{\"summary\":\"go\",\"status\":\"Approved\"}," \
                 "\"token\":\"" token "\""                                                         \
    }
#define ME "arn:aws:iam::111111111111:user/ana"

static void begin(struct ops *s, const struct operation *operation, const struct answer *answers,
                  size_t count)
{
    ops_begin(s, operation, answers, count);
    s->operands[0].stage = SV("ManualApproval-dev");
    s->in.comment = SV("go");
}

static void test_the_token_is_read_again_and_three_calls_are_made(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, STATE(WAITS("secret-1", "e1")),
                                            STATE(WAITS("secret-2", "e1")), SENT("secret-2")};
    struct ops s;
    CLEANUP(sb_release) struct sb text;
    struct err err = {0};
    char log[16384];

    sb_init(&text, 1 << 20);
    begin(&s, &operation_approve, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    CHECK_SV(ops_state(&s), SV("Ask waits since 2023-11-14T22:13:20Z, execution e1"));
    REQUIRE_OK(plan_text(&s.plan, true, &text, &err), &err);
    REQUIRE_OK(plan_json(&s.plan, &text, &err), &err);
    CHECK_TRUE(strstr(sb_cstr(&text), "secret") == NULL);
    OPS_HAS(sb_cstr(&text), "--token \"$(aws codepipeline get-pipeline-state");
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "Ask approved, request id r-1");
    /* Who we are is asked once for all that a console does; these are the approval's own. */
    CHECK_INT(twin_asked(&s.twin, OPS_STATE) + twin_asked(&s.twin, ".PutApprovalResult\r"), 3);
    CHECK_INT(s.twin.heard->count - twin_asked(&s.twin, "Action=GetCallerIdentity"), 3);
    CHECK_TRUE(strstr(twin_audit(&s.twin, log, sizeof log), "secret") == NULL);
    ops_end(&s);
}

static void test_another_execution_that_waits_by_now_is_not_approved(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, STATE(WAITS("t", "e1")),
                                            STATE(WAITS("t", "e2"))};
    struct ops s;

    begin(&s, &operation_approve, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "it has changed since the plan was made");
    ops_end(&s);
}

static void test_who_was_first_is_told(void **state UNUSED)
{
    static const struct answer before[] = {TWIN_HOME, STATE(ANSWERED("Succeeded")), RUNS("")};
    static const struct answer meanwhile[] = {
        TWIN_HOME,
        STATE(WAITS("t", "e1")),
        STATE(WAITS("t", "e1")),
        {.to = ".PutApprovalResult\r", .error = "ApprovalAlreadyCompletedException"},
        STATE(ANSWERED("Failed"))};
    struct ops s;

    begin(&s, &operation_approve, before, ARRAY_LEN(before));
    OPS_PLANNED(&s);
    OPS_HAS(ops_refusal(&s), "Ask was approved already by ben (");
    OPS_HAS(ops_refusal(&s), "looks fine");
    ops_end(&s);
    begin(&s, &operation_approve, meanwhile, ARRAY_LEN(meanwhile));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "nothing was done: Ask was rejected already by ben");
    ops_end(&s);
}

static void test_a_parallel_pipelines_token_is_its_runs_external_id(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        STATE("{\"stageName\":\"ManualApproval-dev\",\"actionStates\":[{\"actionName\":\"Ask\"}]}"),
        RUNS(RAN("e7", "InProgress", "run-token", "")),
        STATE("{\"stageName\":\"ManualApproval-dev\",\"actionStates\":[{\"actionName\":\"Ask\"}]}"),
        RUNS(RAN("e7", "InProgress", "run-token", "")),
        SENT("run-token")};
    struct ops s;

    begin(&s, &operation_approve, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    OPS_HAS_SV(s.plan.steps->aws_line, "list-action-executions");
    CHECK_TRUE(sv_find(s.plan.steps->aws_line, SV("run-token")) < 0);
    OPS_HAS_SV(s.plan.steps->own_line, "--execution e7");
    CHECK_INT(ops_run(&s), JOB_DONE);
    ops_end(&s);
}

static void test_several_that_wait_must_be_told_apart(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, STATE("{\"stageName\":\"ManualApproval-dev\"}"),
        RUNS(RAN("e7", "InProgress", "a", "") "," RAN("e8", "InProgress", "b", ""))};
    struct ops s;

    begin(&s, &operation_approve, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    OPS_HAS(ops_refusal(&s), "2 approvals wait in ManualApproval-dev: name the execution");
    ops_end(&s);
}

#define ASKED(name)                                                                                \
    "{\"actionName\":\"" name                                                                      \
    "\",\"latestExecution\":{\"status\":\"InProgress\",\"token\":\"t-" name                        \
    "\",\"lastStatusChange\":1700000000}}"
#define TWO_WAIT(between)                                                                          \
    STATE("{\"stageName\":\"ManualApproval-dev\",\"actionStates\":[" ASKED("Ask") between          \
          "],\"latestExecution\":{\"pipelineExecutionId\":\"e1\",\"status\":\"InProgress\"}},"     \
          "{\"stageName\":\"Deploy-Stage-prod\"}")
#define TWO_DEFINED                                                                                \
    {                                                                                              \
        .to = OPS_DEF, .is_any_time = true, .error = "AccessDeniedException", .body = "no"         \
    }

/* Approved alone nothing goes on; it is guarded all the same. */
static void test_what_else_waits_in_the_stage_is_told(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, TWO_WAIT("," ASKED("Security")),
                                            TWO_DEFINED};
    static const struct answer changed[] = {TWIN_HOME, TWO_WAIT("," ASKED("Security")), TWO_DEFINED,
                                            TWO_WAIT(""), TWO_DEFINED};
    struct ops s;

    begin(&s, &operation_approve, answers, ARRAY_LEN(answers));
    s.operands[0].action = SV("Ask");
    OPS_PLANNED(&s);
    OPS_HAS_SV(ops_effect(&s),
               "execution e1 stays in ManualApproval-dev: Security still waits in this stage: "
               "nothing goes on until it is approved too");
    CHECK_TRUE(sv_find(ops_effect(&s), SV("goes on by itself")) < 0);
    CHECK_STR(s.plan.confirm, "sales");
    ops_end(&s);
    begin(&s, &operation_approve, changed, ARRAY_LEN(changed));
    s.operands[0].action = SV("Ask");
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED); /* the other was given meanwhile: now it goes on */
    OPS_HAS(s.job.err.text, "it has changed since the plan was made");
    CHECK_INT(twin_asked(&s.twin, ".PutApprovalResult\r"), 0);
    ops_end(&s);
}

static void test_a_comment_has_its_limit_and_may_be_empty(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, STATE(WAITS("t", "e1"))};
    static const struct answer rejected[] = {
        TWIN_HOME,
        STATE(WAITS("t", "e1")),
        STATE(WAITS("t", "e1")),
        {.to = ".PutApprovalResult\r",
         .body = "{}",
         .needs = "{\"summary\":\"\",\"status\":\"Rejected\"}"}};
    char word[2 * (COMMENT_MAX + 1)];
    struct ops s;

    for (size_t i = 0; i < sizeof word; i += 2)
        memcpy(word + i, "\xc3\xbc", 2);
    begin(&s, &operation_approve, answers, ARRAY_LEN(answers));
    s.in.comment = sv_make(word, (size_t)2 * COMMENT_MAX);
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    ops_end(&s);
    begin(&s, &operation_approve, answers, ARRAY_LEN(answers));
    s.in.comment = sv_make(word, sizeof word);
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "the comment has 513 characters, and AWS takes 512");
    ops_end(&s);
    begin(&s, &operation_reject, rejected, ARRAY_LEN(rejected));
    s.in.comment = SV("");
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    ops_end(&s);
}

static void test_what_it_releases_to_is_guarded(void **state UNUSED)
{
#define DEFINED(stages)                                                                            \
    {                                                                                              \
        .to = OPS_DEF, .body = "{\"pipeline\":{\"name\":\"sales\",\"version\":3,\"stages\":["      \
                               "{\"name\":\"ManualApproval-dev\",\"actions\":[" ASK "]}," stages   \
                               "{\"name\":\"Deploy-Stage-prod\",\"actions\":[]}]}}"                \
    }
#define ASK                                                                                        \
    "{\"name\":\"Ask\",\"actionTypeId\":{\"category\":\"Approval\",\"provider\":\"Manual\"}}"
    static const struct answer answers[] = {
        TWIN_HOME, STATE(WAITS("t", "e1") ",{\"stageName\":\"Deploy-Stage-prod\"}"), DEFINED("")};
    static const struct answer further[] = {
        TWIN_HOME,
        STATE(WAITS("t", "e1") ",{\"stageName\":\"Deploy-Stage-test\"},"
                               "{\"stageName\":\"ManualApproval-test\"},"
                               "{\"stageName\":\"Deploy-Stage-prod\"}"),
        DEFINED("{\"name\":\"Deploy-Stage-test\",\"actions\":[]},{\"name\":\"ManualApproval-test\","
                "\"actions\":[" ASK "]},")};
    struct ops s;

    begin(&s, &operation_approve, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(s.plan.confirm, "sales");
    CHECK_SV(s.plan.guarded, SV("prod")); /* why the word is asked for */
    CHECK_SV(ops_effect(&s),
             SV("releases to prod; execution e1 goes on from ManualApproval-dev; it "
                "goes on by itself as far as Deploy-Stage-prod"));
    ops_end(&s);
    begin(&s, &operation_reject, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_SV(ops_effect(&s), SV("REJECTS for prod; execution e1 fails at ManualApproval-dev"));
    ops_end(&s);
    begin(&s, &operation_approve, further, ARRAY_LEN(further));
    OPS_PLANNED(&s);
    CHECK_STR(s.plan.confirm, "");
    ops_end(&s);
}

#define LOST                                                                                       \
    {                                                                                              \
        .to = ".PutApprovalResult\r", .is_cut = true                                               \
    }

static void test_a_lost_answer_is_looked_up_by_who_answered(void **state UNUSED)
{
    static const struct answer ours[] = {TWIN_HOME, STATE(WAITS("t", "e1")),
                                         STATE(WAITS("t", "e1")), LOST,
                                         RUNS(RAN("e1", "Succeeded", "t", ME))};
    static const struct answer theirs[] = {TWIN_HOME,
                                           STATE(WAITS("t", "e1")),
                                           STATE(WAITS("t", "e1")),
                                           LOST,
                                           RUNS(RAN("e1", "Succeeded", "t", "ben")),
                                           RUNS(RAN("e1", "Succeeded", "t", "ben"))};
    struct ops s;

    begin(&s, &operation_approve, ours, ARRAY_LEN(ours));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "though AWS's answer was lost: Ask approved");
    CHECK_INT(twin_asked(&s.twin, ".PutApprovalResult\r"), 1);
    ops_end(&s);
    begin(&s, &operation_approve, theirs, ARRAY_LEN(theirs));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    CHECK_STR(s.job.err.text, "AWS's answer was lost, and it was not done as far as AWS shows");
    CHECK_INT(twin_asked(&s.twin, ".PutApprovalResult\r"), 1);
    ops_end(&s);
}

/* What AWS tells may be anything; the line is pasted into a shell. */
static void test_a_line_holds_what_aws_tells_as_one_word(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME,
                                            STATE("{\"stageName\":\"ManualApproval-dev\","
                                                  "\"actionStates\":[{\"actionName\":\"Ask\"}]}"),
                                            RUNS(RAN("e7;id", "InProgress", "run-token", ""))};
    struct sb out;
    struct err err = {0};
    struct ops s;

    begin(&s, &operation_approve, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    OPS_HAS_SV(s.plan.steps->aws_line, " --filter 'pipelineExecutionId=e7;id' --query ");
    ops_end(&s);
    sb_init(&out, 100);
    REQUIRE_OK(line_query_text(&out, SV("it's"), &err), &err);
    CHECK_STR(sb_cstr(&out), "'it\\'s'");
    sb_release(&out);
}

/* ---- four eyes ---- */

#define COMMIT(id, parent, who)                                                                    \
    {                                                                                              \
        .to = ".GetCommit\r", .needs = "\"" id "\"",                                               \
        .body = "{\"commit\":{\"commitId\":\"" id "\",\"parents\":[\"" parent                      \
                "\"],\"message\":\"m\",\"author\":{\"name\":\"" who "\",\"email\":\"" who          \
                "@x\",\"date\":\"1795260000 +0000\"}}}"                                            \
    }
#define NOT_READ                                                                                   \
    {                                                                                              \
        .to = ".GetCommit\r", .error = "AccessDeniedException", .body = "not for you"              \
    }
#define LISTED_RUN(id, status, revision)                                                           \
    "{\"pipelineExecutionId\":\"" id "\",\"status\":\"" status                                     \
    "\",\"startTime\":1700000000,\"sourceRevisions\":[{\"actionName\":\"Source\","                 \
    "\"revisionId\":\"" revision "\",\"revisionSummary\":\"m\"}]}"
#define CARRIED                                                                                    \
    {.to = OPS_LIST,                                                                               \
     .body = OPS_LISTED(                                                                           \
         LISTED_RUN("e1", "InProgress", "c3") "," LISTED_RUN("e0", "Succeeded", "c1"))},           \
    {                                                                                              \
        .to = OPS_RUN, .body = OPS_EXECUTED("InProgress")                                          \
    }
#define SOURCED_FROM(provider, configuration)                                                      \
    {                                                                                              \
        .to = OPS_DEF, .is_any_time = true,                                                        \
        .body =                                                                                    \
            "{\"pipeline\":{\"name\":\"sales\",\"version\":3,\"stages\":[{\"name\":"               \
            "\"Source\",\"actions\":[{\"name\":\"Source\",\"actionTypeId\":{\"category\":"         \
            "\"Source\",\"owner\":\"AWS\",\"provider\":\"" provider                                \
            "\"},\"configuration\":{" configuration                                                \
            "}}]},{\"name\":\"ManualApproval-dev\",\"actions\":[" ASK                              \
            "]},{\"name\":\"Deploy-Stage-test\",\"actions\":[{\"name\":\"D\",\"actionTypeId\":"    \
            "{\"category\":\"Build\",\"provider\":\"CodeBuild\"}}]}]}}"                            \
    }
#define SOURCED SOURCED_FROM("CodeCommit", "\"RepositoryName\":\"sales\",\"BranchName\":\"main\"")
/* The stage behind the approval, as it is with an execution. */
#define TEST_HAS(execution, status)                                                                \
    ",{\"stageName\":\"Deploy-Stage-test\",\"latestExecution\":{\"pipelineExecutionId\":"          \
    "\"" execution "\",\"status\":\"" status "\"}}"
#define WAITS_BEFORE(execution) WAITS("t", "e1") TEST_HAS(execution, "Succeeded")
#define ROLLED(id, revision)                                                                       \
    "{\"pipelineExecutionId\":\"" id "\",\"status\":\"Succeeded\",\"executionType\":\"ROLLBACK\"," \
    "\"startTime\":1700000000,\"sourceRevisions\":[{\"actionName\":\"Source\",\"revisionId\":"     \
    "\"" revision "\"}]}"
#define LIST(rows)                                                                                 \
    {                                                                                              \
        .to = OPS_LIST, .body = OPS_LISTED(rows)                                                   \
    }
#define DETAIL                                                                                     \
    {                                                                                              \
        .to = OPS_RUN, .body = OPS_EXECUTED("InProgress")                                          \
    }
#define FILES                                                                                      \
    {                                                                                              \
        .to = ".GetDifferences\r", .body = "{\"differences\":[]}"                                  \
    }

static struct cache *open_cache(void)
{
    struct cache_options options = {.in_memory = true};
    struct cache *cache = NULL;
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, NULL, &err), &err);
    return cache;
}

/* A plan with these answers, and what is known already. */
static void plan_with(struct ops *s, struct cache *cache, const char *config,
                      const struct answer *answers, size_t count)
{
    begin(s, &operation_approve, answers, count);
    s->twin.deploy.cache = cache;
    ops_config(s, config);
    OPS_PLANNED(s);
}

static void end_with(struct ops *s)
{
    s->twin.deploy.cache = NULL;
    ops_config_end(s);
    ops_end(s);
}

static void test_every_author_of_what_it_lets_through_is_judged(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME,
                                            SOURCED,
                                            STATE(WAITS_BEFORE("e0")),
                                            CARRIED,
                                            COMMIT("c3", "c2", "Ben"),
                                            COMMIT("c2", "c1", "ana"),
                                            FILES};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, "[guard]\nfour_eyes = true\n", answers, ARRAY_LEN(answers));
    CHECK_STR(ops_refusal(&s), "four eyes: a commit is by ana <ana@x> and you are ana; somebody "
                               "else must approve it");
    end_with(&s);
    cache_close(cache);
}

static void test_authors_that_could_not_be_read_are_told_and_read_again(void **state UNUSED)
{
    static const struct answer denied[] = {TWIN_HOME, SOURCED, STATE(WAITS_BEFORE("e0")), CARRIED,
                                           NOT_READ};
    static const struct answer better[] = {TWIN_HOME,
                                           SOURCED,
                                           STATE(WAITS_BEFORE("e0")),
                                           CARRIED,
                                           NOT_READ,
                                           STATE(WAITS_BEFORE("e0")),
                                           CARRIED,
                                           COMMIT("c3", "c2", "Ben"),
                                           COMMIT("c2", "c1", "ana"),
                                           FILES};
    static const struct answer known[] = {TWIN_HOME, SOURCED, STATE(WAITS_BEFORE("e0"))};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, "[guard]\nfour_eyes = strict\n", denied, ARRAY_LEN(denied));
    CHECK_STR(ops_refusal(&s), "four eyes: whose commit it is cannot be told");
    OPS_HAS(ops_hint(&s), "four eyes could not be checked: Source could not be read: ");
    end_with(&s);
    /* Without strict it is a warning; what is read just before the write counts. */
    plan_with(&s, cache, "[guard]\nfour_eyes = true\n", better, ARRAY_LEN(better));
    CHECK_STR(ops_refusal(&s), "");
    OPS_HAS(ops_hint(&s), "four eyes could not be checked: Source could not be read: ");
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "nothing was sent: four eyes: a commit is by ana <ana@x>");
    CHECK_INT(twin_asked(&s.twin, ".PutApprovalResult\r"), 0);
    end_with(&s);
    /* It is known now: read no more. */
    plan_with(&s, cache, "[guard]\nfour_eyes = true\n", known, ARRAY_LEN(known));
    OPS_HAS(ops_refusal(&s), "four eyes: a commit is by ana <ana@x>");
    end_with(&s);
    cache_close(cache);
}

static void test_a_source_that_is_not_walked_leaves_a_doubt(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, SOURCED_FROM("CodeStarSourceConnection", ""),
                                            STATE(WAITS_BEFORE("e0")), CARRIED};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, "[guard]\nfour_eyes = true\n", answers, ARRAY_LEN(answers));
    CHECK_STR(ops_refusal(&s), "");
    CHECK_STR(ops_hint(&s), "four eyes could not be checked: who wrote Source c3 is not known");
    end_with(&s);
    cache_close(cache);
}

/* ---- what the stage behind it runs ---- */

#define EYES "[guard]\nfour_eyes = strict\n[people]\nana@x = ana\n"

/* c2 succeeded as a whole, but only in dev: it was a rollback of that. Nobody let it into test. */
static void test_a_rollback_of_another_stage_is_no_success_there(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        SOURCED,
        STATE(WAITS_BEFORE("e0")),
        LIST(LISTED_RUN("e1", "InProgress",
                        "c3") "," ROLLED("rb", "c2") "," LISTED_RUN("e0", "Succeeded", "c1")),
        DETAIL,
        COMMIT("c3", "c2", "Ben"),
        COMMIT("c2", "c1", "ana"),
        FILES};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, EYES, answers, ARRAY_LEN(answers));
    OPS_HAS_SV(ops_effect(&s), "releases to test: 2 commits, the latest c3 m by Ben");
    OPS_HAS_SV(ops_state(&s), ", Deploy-Stage-test Succeeded with e0");
    OPS_HAS(ops_refusal(&s), "four eyes: a commit is by ana");
    end_with(&s);
    cache_close(cache);
}

/* test was rolled back from c2 to c1: ana's c2 would come back with Ben's c3. */
static void test_what_was_rolled_back_there_comes_back(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        SOURCED,
        STATE(WAITS_BEFORE("rb")),
        LIST(ROLLED("rb", "c1") "," LISTED_RUN("e1", "InProgress", "c3") "," LISTED_RUN(
            "e9", "Succeeded", "c2") "," LISTED_RUN("e0", "Succeeded", "c1")),
        DETAIL,
        {.to = OPS_LIST,
         .needs = "{\"succeededInStage\":{\"stageName\":\"Deploy-Stage-test\"}}",
         .body = OPS_LISTED(ROLLED("rb", "c1") "," LISTED_RUN("e9", "Succeeded", "c2"))},
        COMMIT("c3", "c2", "Ben"),
        COMMIT("c2", "c1", "ana"),
        FILES};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, EYES, answers, ARRAY_LEN(answers));
    OPS_HAS_SV(ops_effect(&s), "releases to test: 2 commits, brings back 1 commit that was rolled "
                               "back, the latest c3 m by Ben");
    OPS_HAS(ops_refusal(&s), "four eyes: a commit is by ana");
    end_with(&s);
    cache_close(cache);
}

static void test_a_rollback_between_plan_and_yes_is_refused(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME,
                                            SOURCED,
                                            STATE(WAITS_BEFORE("e0")),
                                            CARRIED,
                                            COMMIT("c3", "c1", "Ben"),
                                            FILES,
                                            STATE(WAITS_BEFORE("rb"))};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, "", answers, ARRAY_LEN(answers));
    CHECK_STR(ops_refusal(&s), "");
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "it has changed since the plan was made");
    OPS_HAS(s.job.err.text, "Deploy-Stage-test Succeeded with rb");
    CHECK_INT(twin_asked(&s.twin, ".PutApprovalResult\r"), 0);
    end_with(&s);
    cache_close(cache);
}

/* The stage failed with e5: what it runs is what its runs tell as the last success. */
static void test_a_stage_that_failed_since_runs_its_last_success(void **state UNUSED)
{
#define DEPLOYED(execution, status, at)                                                            \
    "{\"pipelineExecutionId\":\"" execution "\",\"actionExecutionId\":\"a\",\"stageName\":"        \
    "\"Deploy-Stage-test\",\"actionName\":\"D\",\"status\":\"" status "\",\"lastUpdateTime\":" at  \
    "}"
#define HAS_FAILED STATE(WAITS("t", "e1") TEST_HAS("e5", "Failed"))
    static const struct answer answers[] = {
        TWIN_HOME,
        SOURCED,
        HAS_FAILED,
        RUNS(DEPLOYED("e5", "Failed", "1700000500") "," DEPLOYED(
            "rb", "Succeeded", "1700000100") "," DEPLOYED("e0", "Succeeded", "1700000200")),
        CARRIED,
        COMMIT("c3", "c2", "Ben"),
        COMMIT("c2", "c1", "Zoe"),
        FILES};
    static const struct answer unread[] = {
        TWIN_HOME, SOURCED, HAS_FAILED, {.to = OPS_RUNS, .error = "AccessDeniedException"}};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, EYES, unread, ARRAY_LEN(unread));
    OPS_HAS(ops_refusal(&s), "four eyes: whose commit it is cannot be told");
    OPS_HAS(ops_hint(&s), "what it releases could not be read");
    end_with(&s);
    plan_with(&s, cache, "", answers, ARRAY_LEN(answers));
    OPS_HAS_SV(ops_effect(&s), "releases to test: 2 commits, the latest c3");
    end_with(&s);
    cache_close(cache);
}

/* e9 brought c2 into the first of its two actions, and was stopped there. */
static void test_a_stage_that_was_stopped_between_its_actions_does_not_run_it(void **state UNUSED)
{
#define VERIFIED(execution, at)                                                                    \
    "{\"pipelineExecutionId\":\"" execution "\",\"actionExecutionId\":\"v\",\"stageName\":"        \
    "\"Deploy-Stage-test\",\"actionName\":\"V\",\"status\":\"Succeeded\",\"lastUpdateTime\":" at   \
    "}"
#define HAS_TWO                                                                                    \
    STATE(WAITS("t", "e1") ",{\"stageName\":\"Deploy-Stage-test\",\"actionStates\":["              \
                           "{\"actionName\":\"D\"},{\"actionName\":\"V\"}],\"latestExecution\":{"  \
                           "\"pipelineExecutionId\":\"e9\",\"status\":\"Stopped\"}}")
    static const struct answer answers[] = {
        TWIN_HOME,
        SOURCED,
        HAS_TWO,
        RUNS(DEPLOYED("e9", "Succeeded", "1700000400") "," VERIFIED(
            "e0", "1700000210") "," DEPLOYED("e0", "Succeeded", "1700000200")),
        LIST(LISTED_RUN("e1", "InProgress", "c3") "," LISTED_RUN(
            "e9", "Stopped", "c2") "," LISTED_RUN("e0", "Succeeded", "c1")),
        DETAIL,
        COMMIT("c3", "c2", "Ben"),
        COMMIT("c2", "c1", "ana"),
        FILES};
    static const struct answer open[] = {
        TWIN_HOME, SOURCED, HAS_TWO,
        RUNS(DEPLOYED("e9", "Succeeded", "1700000400") "," DEPLOYED("e0", "Succeeded",
                                                                    "1700000200"))};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, EYES, open, ARRAY_LEN(open));
    OPS_HAS(ops_refusal(&s), "four eyes: whose commit it is cannot be told");
    OPS_HAS(ops_hint(&s), "none of the runs in Deploy-Stage-test succeeded in every action");
    end_with(&s);
    plan_with(&s, cache, EYES, answers, ARRAY_LEN(answers));
    OPS_HAS_SV(ops_effect(&s), "releases to test: 2 commits, the latest c3 m by Ben");
    OPS_HAS(ops_refusal(&s), "four eyes: a commit is by ana");
    end_with(&s);
    cache_close(cache);
}

/* Of a PARALLEL pipeline it is read each time. When that fails, the known authors count, and are
 * not enough. */
#define AT_ONCE                                                                                    \
    STATE("{\"stageName\":\"ManualApproval-dev\",\"actionStates\":[{\"actionName\":\"Ask\"}]}"     \
          ",{\"stageName\":\"Deploy-Stage-test\"}")
static void known_then_unread(const struct answer *first, size_t count, const char *eyes,
                              const char *refusal, const char *hint)
{
    static const struct answer unread[] = {TWIN_HOME,
                                           SOURCED,
                                           AT_ONCE,
                                           RUNS(RAN("e1", "InProgress", "t", "")),
                                           {.to = OPS_RUNS, .error = "AccessDeniedException"}};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, "", first, count);
    OPS_HAS_SV(ops_effect(&s), "releases to test: 1 commit, the latest c3");
    end_with(&s);
    plan_with(&s, cache, eyes, unread, ARRAY_LEN(unread));
    CHECK_STR(ops_refusal(&s), refusal);
    OPS_HAS(ops_hint(&s), hint);
    CHECK_TRUE(sv_find(ops_effect(&s), SV("1 commit")) < 0);
    end_with(&s);
    cache_close(cache);
}

static void test_what_is_known_stays_when_it_cannot_be_read_again(void **state UNUSED)
{
#define READ_BY(who)                                                                               \
    {                                                                                              \
        TWIN_HOME, SOURCED, AT_ONCE, RUNS(RAN("e1", "InProgress", "t", "")),                       \
            RUNS(DEPLOYED("e0", "Succeeded", "1700000200")), CARRIED, COMMIT("c3", "c1", who),     \
            FILES                                                                                  \
    }
    static const struct answer own[] = READ_BY("ana");
    static const struct answer others[] = READ_BY("Ben");
    const char *doubt = "four eyes could not be checked: what it releases could not be read: ";

    known_then_unread(own, ARRAY_LEN(own), "[guard]\nfour_eyes = true\n",
                      "four eyes: a commit is by ana <ana@x> and you are ana; somebody else must "
                      "approve it",
                      "");
    known_then_unread(others, ARRAY_LEN(others), EYES,
                      "four eyes: who wrote all that it lets through cannot be told", doubt);
    known_then_unread(others, ARRAY_LEN(others), "[guard]\nfour_eyes = true\n", "", doubt);
}

/* The executions can be read again, the repository not. */
static void test_commits_that_are_known_stay_when_they_cannot_be_read_again(void **state UNUSED)
{
    static const struct answer own[] = READ_BY("ana");
    static const struct answer unread[] = {
        TWIN_HOME,
        SOURCED,
        AT_ONCE,
        RUNS(RAN("e1", "InProgress", "t", "")),
        RUNS(DEPLOYED("e0", "Succeeded", "1700000200")),
        CARRIED,
        {.to = ".GetDifferences\r", .error = "AccessDeniedException"}};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, "", own, ARRAY_LEN(own));
    end_with(&s);
    for (int i = 0; i < 2; i++) {
        plan_with(&s, cache, "[guard]\nfour_eyes = true\n", unread, ARRAY_LEN(unread));
        OPS_HAS_SV(ops_effect(&s), "releases to test: 1 commit, the latest c3 m by ana");
        OPS_HAS(ops_refusal(&s), "four eyes: the commit is by ana <ana@x> and you are ana");
        end_with(&s);
    }
    cache_close(cache);
}

/* What the stage runs is too old for AWS's list: nobody can tell what is new there. */
static void test_what_is_not_listed_any_more_leaves_a_doubt(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, SOURCED, STATE(WAITS_BEFORE("e-old")),
                                            LIST(LISTED_RUN("e1", "InProgress", "c3")), DETAIL};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, EYES, answers, ARRAY_LEN(answers));
    OPS_HAS(ops_refusal(&s), "four eyes: whose commit it is cannot be told");
    OPS_HAS(ops_hint(&s), "what Deploy-Stage-test runs is not listed any more: execution e-old");
    end_with(&s);
    cache_close(cache);
}

/* The one that waits is older than what runs there. */
static void test_an_older_revision_takes_back(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        SOURCED,
        STATE(WAITS_BEFORE("e0")),
        LIST(LISTED_RUN("e1", "InProgress", "c1") "," LISTED_RUN("e0", "Succeeded", "c3")),
        DETAIL,
        {.to = ".GetCommit\r",
         .needs = "\"c1\"",
         .body = "{\"commit\":{\"commitId\":\"c1\",\"parents\":[],\"message\":\"m\"}}"},
        COMMIT("c3", "c2", "Ben"),
        COMMIT("c2", "c1", "Zoe"),
        FILES};
    struct cache *cache = open_cache();
    struct ops s;

    plan_with(&s, cache, "", answers, ARRAY_LEN(answers));
    OPS_HAS_SV(ops_effect(&s), "releases to test: takes 2 commits back, to c1 m;");
    end_with(&s);
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_token_is_read_again_and_three_calls_are_made),
        TEST(test_another_execution_that_waits_by_now_is_not_approved),
        TEST(test_who_was_first_is_told),
        TEST(test_a_parallel_pipelines_token_is_its_runs_external_id),
        TEST(test_several_that_wait_must_be_told_apart),
        TEST(test_what_else_waits_in_the_stage_is_told),
        TEST(test_a_comment_has_its_limit_and_may_be_empty),
        TEST(test_what_it_releases_to_is_guarded),
        TEST(test_a_lost_answer_is_looked_up_by_who_answered),
        TEST(test_every_author_of_what_it_lets_through_is_judged),
        TEST(test_authors_that_could_not_be_read_are_told_and_read_again),
        TEST(test_a_source_that_is_not_walked_leaves_a_doubt),
        TEST(test_a_rollback_of_another_stage_is_no_success_there),
        TEST(test_what_was_rolled_back_there_comes_back),
        TEST(test_a_rollback_between_plan_and_yes_is_refused),
        TEST(test_a_stage_that_failed_since_runs_its_last_success),
        TEST(test_a_stage_that_was_stopped_between_its_actions_does_not_run_it),
        TEST(test_what_is_known_stays_when_it_cannot_be_read_again),
        TEST(test_commits_that_are_known_stay_when_they_cannot_be_read_again),
        TEST(test_what_is_not_listed_any_more_leaves_a_doubt),
        TEST(test_an_older_revision_takes_back),
        TEST(test_a_line_holds_what_aws_tells_as_one_word),
    };

    return RUN(tests);
}
