/* Releasing a change and rolling a stage back. */
#include "core/operate/rollback.h"
#include "tests/unit/operate/operate_stage.h"

#define ACTION(name, category, provider, configuration)                                            \
    "{\"name\":\"" name "\",\"actionTypeId\":{\"category\":\"" category                            \
    "\",\"owner\":\"AWS\",\"provider\":\"" provider                                                \
    "\",\"version\":\"1\"},\"configuration\":{" configuration "}}"
#define COMMITS                                                                                    \
    ACTION("Source", "Source", "CodeCommit", "\"RepositoryName\":\"app\",\"BranchName\":\"main\"")
#define IMAGE  ACTION("Image", "Source", "ECR", "\"RepositoryName\":\"img\"")
#define HUB    ACTION("Hub", "Source", "CodeStarSourceConnection", "\"FullRepositoryId\":\"me/app\"")
#define OBJECT ACTION("Object", "Source", "S3", "\"S3Bucket\":\"b\",\"S3ObjectKey\":\"k\"")
#define DEF(more, sources)                                                                         \
    {                                                                                              \
        .to = OPS_DEF,                                                                             \
        .body = "{\"pipeline\":{\"name\":\"sales\",\"version\":3,\"pipelineType\":\"V2\"," more    \
                "\"stages\":[{\"name\":\"Source\",\"actions\":[" sources "]},"                     \
                "{\"name\":\"Deploy-Stage-dev\",\"actions\":[" ACTION(                             \
                    "D", "Build", "CodeBuild",                                                     \
                    "") "]},"                                                                      \
                        "{\"name\":\"ManualApproval-dev\",\"actions\":[" ACTION(                   \
                            "Ask", "Approval", "Manual",                                           \
                            "") "]},"                                                              \
                                "{\"name\":\"Deploy-Stage-prod\",\"actions\":[" ACTION(            \
                                    "D", "Build", "CodeBuild", "") "]}]}}"                         \
    }
#define STATE(extra)                                                                               \
    {                                                                                              \
        .to = OPS_STATE,                                                                           \
        .body =                                                                                    \
            OPS_STATE_OF("{\"stageName\":\"Source\"},{\"stageName\":\"Deploy-Stage-dev\"" extra    \
                         "},{\"stageName\":\"ManualApproval-dev\"},"                               \
                         "{\"stageName\":\"Deploy-Stage-prod\"}")                                  \
    }
#define PAST(rows)                                                                                 \
    {                                                                                              \
        .to = OPS_LIST, .body = OPS_LISTED(rows)                                                   \
    }
#define E1 OPS_EXECUTION("e1", "Succeeded")
/* What Deploy-Stage-dev has. */
#define DEV(execution, status)                                                                     \
    ",\"latestExecution\":{\"pipelineExecutionId\":\"" execution "\",\"status\":\"" status "\"}"
#define RAN_E1 DEV("e1", "Succeeded")
#define HEAD(commit)                                                                               \
    {                                                                                              \
        .to = ".GetBranch\r",                                                                      \
        .body = "{\"branch\":{\"branchName\":\"main\",\"commitId\":\"" commit "\"}}"               \
    }
#define LOOK DEF("", COMMITS), STATE(RAN_E1), PAST(E1), HEAD("rev-e1")
#define STARTS(needed)                                                                             \
    {                                                                                              \
        .to = ".StartPipelineExecution\r", .body = "{\"pipelineExecutionId\":\"e2\"}",             \
        .needs = (needed)                                                                          \
    }

static void test_what_it_releases_and_how_far_is_told(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, LOOK, LOOK, STARTS("{\"name\":\"sales\",\"clientRequestToken\":\"")};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    CHECK_SV(ops_state(&s), SV("version 3, Source at rev-e1, as far as Deploy-Stage-dev"));
    CHECK_SV(
        ops_effect(&s),
        SV("releases to dev: rev-e1 again, the commit that went through last, then it waits for "
           "the approval in ManualApproval-dev"));
    CHECK_STR(s.plan.confirm, "");
    CHECK_TRUE(sv_ends(s.plan.steps->aws_line, SV("--name sales")));
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "execution e2 began, request id r-1");
    CHECK_STR(s.o.execution, "e2");
    ops_end(&s);
}

static void test_a_gate_that_was_opened_meanwhile_is_refused(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, DEF("", COMMITS), STATE(",\"inboundTransitionState\":{\"enabled\":false}"),
        PAST(E1),  HEAD("rev-e1"),   LOOK};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    OPS_PLANNED(&s);
    OPS_HAS_SV(ops_effect(&s), "then it stops at the disabled transition into Deploy-Stage-dev");
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "it has changed since the plan was made");
    ops_end(&s);
}

#define COMMIT(id, parent)                                                                         \
    "{\"commitId\":\"" id "\",\"parents\":[\"" parent                                              \
    "\"],\"message\":\"mend it\",\"author\":{\"name\":\"Ana\",\"email\":\"a@b\",\"date\":\"1 "     \
    "+0000\"}}"

static void test_a_head_that_moved_is_refused(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK,
        DEF("", COMMITS),
        STATE(""),
        PAST(E1),
        HEAD("rev-e2"),
        {.to = "Commit",
         .body = "{\"commits\":[" COMMIT("rev-e2", "rev-e1") "],\"commit\":" COMMIT("rev-e2",
                                                                                    "rev-e1") "}",
         .is_any_time = true}};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "Source at rev-e1");
    OPS_HAS(s.job.err.text, "Source at rev-e2");
    CHECK_INT(twin_asked(&s.twin, ".StartPipelineExecution\r"), 0);
    ops_end(&s);
}

#define COMMIT_ANSWER(id, parent)                                                                  \
    {                                                                                              \
        .to = ".GetCommit\r", .needs = "\"" id "\"", .body = "{\"commit\":" COMMIT(id, parent) "}" \
    }

#define OLD    "e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1"
#define DIGEST "sha256:" OLD "e1e1e1e1e1e1e1e1e1e1e1e1"

/* prod was rolled back to e1, which is told as the last success; dev runs e3 all the same. */
static void test_what_dev_would_lose_is_told(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        DEF("", COMMITS),
        STATE(DEV("e3", "Succeeded")),
        PAST("{\"pipelineExecutionId\":\"rb\",\"status\":\"Succeeded\",\"executionType\":"
             "\"ROLLBACK\","
             "\"startTime\":1700000000,\"sourceRevisions\":[{\"actionName\":\"Source\","
             "\"revisionId\":\"" OLD "\"}]}," OPS_EXECUTION("e3", "Succeeded") "," E1),
        COMMIT_ANSWER(OLD, "root"),
        {.to = ".GetCommit\r",
         .needs = "\"root\"",
         .body = "{\"commit\":{\"commitId\":\"root\",\"parents\":[],\"message\":\"m\"}}"},
        COMMIT_ANSWER("rev-e3", "rev-e2"),
        COMMIT_ANSWER("rev-e2", OLD)};
    struct name_value revisions[] = {{SV("Source"), SV(OLD)}};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    s.in.revisions = revisions;
    s.in.revision_count = ARRAY_LEN(revisions);
    OPS_PLANNED(&s);
    OPS_HAS_SV(ops_effect(&s),
               "releases to dev: takes 2 commits back, to e1e1e1e1 of app/main, then it waits");
    ops_end(&s);
}

static void test_a_commit_that_is_not_there_is_refused(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME,
                                            DEF("", COMMITS),
                                            STATE(RAN_E1),
                                            PAST(E1),
                                            {.to = ".GetCommit\r",
                                             .needs = "\"" OLD "\"",
                                             .error = "CommitIdDoesNotExistException",
                                             .is_any_time = true},
                                            {.to = ".GetCommit\r",
                                             .body = "{\"commit\":" COMMIT("rev-e1", "root") "}",
                                             .is_any_time = true}};
    struct name_value revisions[] = {{SV("Source"), SV(OLD)}};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    s.in.revisions = revisions;
    s.in.revision_count = ARRAY_LEN(revisions);
    OPS_PLANNED(&s);
    OPS_HAS(ops_refusal(&s), "source Source: the repository app has no commit " OLD);
    ops_end(&s);
}

/* dev itself was rolled back from e3 to e1. */
static void test_what_was_rolled_back_in_dev_comes_back(void **state UNUSED)
{
#define ROLLED_BACK                                                                                \
    "{\"pipelineExecutionId\":\"rb\",\"status\":\"Succeeded\",\"executionType\":\"ROLLBACK\","     \
    "\"startTime\":1700000000,\"sourceRevisions\":[{\"actionName\":\"Source\",\"revisionId\":"     \
    "\"rev-e1\"}]}"
    static const struct answer answers[] = {
        TWIN_HOME,
        DEF("", COMMITS),
        STATE(DEV("rb", "Succeeded")),
        PAST(ROLLED_BACK "," OPS_EXECUTION("e3", "Failed") "," E1),
        {.to = OPS_LIST,
         .needs = "{\"succeededInStage\":{\"stageName\":\"Deploy-Stage-dev\"}}",
         .body = OPS_LISTED(ROLLED_BACK "," OPS_EXECUTION("e3", "Failed") "," E1)},
        HEAD("rev-e4"),
        COMMIT_ANSWER("rev-e4", "rev-e3"),
        COMMIT_ANSWER("rev-e3", "rev-e1")};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    OPS_PLANNED(&s);
    OPS_HAS_SV(ops_effect(&s),
               "releases to dev: 2 commits of app/main (rev-e4 mend it), brings back 1 "
               "commit that was rolled back, then it waits");
    ops_end(&s);
}

static void test_what_is_under_way_is_told(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        DEF("\"executionMode\":\"SUPERSEDED\",", COMMITS),
        STATE(RAN_E1 ",\"inboundExecution\":{\"pipelineExecutionId\":\"e2\",\"status\":"
                     "\"InProgress\"}"),
        PAST(OPS_EXECUTION("e3", "InProgress") "," OPS_EXECUTION("e2", "InProgress") "," E1),
        HEAD("rev-e3"),
        COMMIT_ANSWER("rev-e3", "rev-e1")};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    OPS_PLANNED(&s);
    CHECK_STR(ops_hint(&s), "2 executions under way; e3 carries this commit; e2 waits before "
                            "Deploy-Stage-dev and would be superseded there");
    OPS_HAS_SV(ops_effect(&s), "releases to dev: 1 commit of app/main (rev-e3 mend it)");
    ops_end(&s);
}

static void test_a_rollback_of_dev_between_plan_and_yes_is_refused(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK,
        DEF("", COMMITS),
        STATE(",\"latestExecution\":{\"pipelineExecutionId\":\"rb\",\"status\":\"Succeeded\","
              "\"type\":\"ROLLBACK\"}"),
        PAST(E1),
        HEAD("rev-e1")};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "Deploy-Stage-dev rolled back with rb");
    CHECK_INT(twin_asked(&s.twin, ".StartPipelineExecution\r"), 0);
    ops_end(&s);
}

static void test_revisions_have_the_type_of_their_provider(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        DEF("", COMMITS "," IMAGE "," HUB "," OBJECT),
        STATE(""),
        PAST(""),
        DEF("", COMMITS "," IMAGE "," HUB "," OBJECT),
        STATE(""),
        PAST(""),
        STARTS("\"sourceRevisions\":[{\"actionName\":\"Source\",\"revisionType\":\"COMMIT_ID\","
               "\"revisionValue\":\"" OLD "\"},{\"actionName\":\"Image\",\"revisionType\":"
               "\"IMAGE_DIGEST\",\"revisionValue\":\"" DIGEST "\"},{\"actionName\":\"Object\","
               "\"revisionType\":\"S3_OBJECT_VERSION_ID\",\"revisionValue\":\"v1\"}]")};
    struct name_value revisions[] = {
        {SV("Source"), SV(OLD)}, {SV("Image"), SV(DIGEST)}, {SV("Object"), SV("v1")}};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    s.in.revisions = revisions;
    s.in.revision_count = ARRAY_LEN(revisions);
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    OPS_HAS_SV(ops_effect(&s), "CodeStarSourceConnection does not tell before");
    OPS_HAS_SV(s.plan.steps->own_line, "--revision Image=" DIGEST);
    CHECK_INT(ops_run(&s), JOB_DONE);
    ops_end(&s);
}

static void refuses(const struct answer *answers, size_t count, struct operation_input in,
                    const char *sentence)
{
    struct ops s;

    ops_begin(&s, &operation_release, answers, count);
    in.operands = s.operands;
    in.operand_count = 1;
    s.in = in;
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), sentence);
    ops_end(&s);
}

static void test_what_a_pipeline_does_not_take_is_refused(void **state UNUSED)
{
#define VARIABLES                                                                                  \
    "\"variables\":[{\"name\":\"ENV\",\"defaultValue\":\"x\"},{\"name\":\"WHY\"},"                 \
    "{\"name\":\"HOW\"}],"
    static const struct answer answers[] = {TWIN_HOME, DEF(VARIABLES, COMMITS), STATE(""),
                                            PAST(E1)};
    struct name_value none[] = {{SV("Nowhere"), SV("c1")}};
    struct name_value twice[] = {{SV("Source"), SV("c1")}, {SV("Source"), SV("c2")}};
    struct name_value strange[] = {{SV("WHO"), SV("me")}};
    struct name_value some[] = {{SV("WHY"), SV("w")}};
    struct name_value empty[] = {{SV("WHY"), SV("")}};
    struct name_value nonsense[] = {{SV("Source"), SV("Ay")}};

    refuses(answers, ARRAY_LEN(answers),
            (struct operation_input){.revisions = none, .revision_count = 1},
            "\"Nowhere\" is no source of it; its sources are: Source");
    refuses(answers, ARRAY_LEN(answers),
            (struct operation_input){.revisions = twice, .revision_count = 2},
            "source Source needs one revision");
    refuses(answers, ARRAY_LEN(answers),
            (struct operation_input){.revisions = nonsense, .revision_count = 1},
            "source Source takes a commit's whole id (40 hexadecimal digits), and \"Ay\" is none");
    refuses(answers, ARRAY_LEN(answers),
            (struct operation_input){.variables = strange, .variable_count = 1},
            "it declares no variable \"WHO\"; it declares ENV, WHY, HOW");
    refuses(answers, ARRAY_LEN(answers),
            (struct operation_input){.variables = some, .variable_count = 1},
            "variables without a default must be given (--var NAME=VALUE): HOW");
    refuses(answers, ARRAY_LEN(answers),
            (struct operation_input){.variables = empty, .variable_count = 1},
            "variable WHY takes 1 to 1000 characters, and this has 0");
}

#define START ".StartPipelineExecution\r"

/* That it is the same token is seen by the sandbox, which begins one execution. */
static void test_a_lost_answer_is_asked_for_again_by_its_token(void **state UNUSED)
{
    static const struct answer cut[] = {
        TWIN_HOME, LOOK, LOOK, {.to = START, .is_cut = true}, STARTS("\"clientRequestToken\"")};
    static const struct answer refused[] = {TWIN_HOME,
                                            LOOK,
                                            LOOK,
                                            {.to = START, .is_cut = true},
                                            {.to = START, .error = "PipelineNotFoundException"},
                                            STARTS("\"clientRequestToken\"")};
    static const struct answer cancelled[] = {
        TWIN_HOME, LOOK, LOOK, {.to = START, .is_silent = true}, STARTS("\"clientRequestToken\"")};
    struct ops s;

    OPS_BEGIN(&s, release, cut);
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "though AWS's answer was lost: execution e2 began");
    CHECK_STR(s.o.execution, "e2");
    ops_end(&s);
    OPS_BEGIN(&s, release, refused);
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "still unknown whether AWS did it");
    CHECK_INT(twin_job(&s.twin, &s.job), JOB_DONE);
    ops_end(&s);
    OPS_BEGIN(&s, release, cancelled);
    OPS_PLANNED(&s);
    CHECK_INT(ops_cancel_at(&s, START), JOB_CANCELLED);
    CHECK_INT(twin_job(&s.twin, &s.job), JOB_DONE);
    CHECK_STR(s.o.execution, "e2");
    ops_end(&s);
}

/* What was frozen meanwhile is not sent once more: then it is looked up. */
static void test_a_freeze_holds_the_token_too(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK,
        LOOK,
        {.to = START, .is_silent = true},
        PAST("{\"pipelineExecutionId\":\"e2\",\"status\":\"InProgress\",\"trigger\":"
             "{\"triggerType\":\"StartPipelineExecution\",\"triggerDetail\":"
             "\"arn:aws:iam::111111111111:user/ana\"}}," E1)};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    OPS_PLANNED(&s);
    CHECK_INT(ops_cancel_at(&s, START), JOB_CANCELLED);
    ops_config(&s, "[freeze]\nalways = 2020-01-01 to 2099-01-01: the books are closed\n");
    CHECK_INT(twin_job(&s.twin, &s.job), JOB_DONE);
    CHECK_INT(twin_asked(&s.twin, START), 1);
    ops_config_end(&s);
    ops_end(&s);
}

/* ---- rolling back ---- */

#define RAN(stage, execution, status)                                                              \
    "{\"pipelineExecutionId\":\"" execution                                                        \
    "\",\"actionExecutionId\":\"a\",\"stageName\":\"" stage                                        \
    "\",\"actionName\":\"D\",\"status\":\"" status "\"}"
#define NOW  ",\"latestExecution\":{\"pipelineExecutionId\":\"e9-now\",\"status\":\"Failed\"}"
#define GOOD OPS_EXECUTION("e5-good", "Succeeded") "," OPS_EXECUTION("e4-good", "Failed")
#define AROUND                                                                                     \
    DEF("", HUB), STATE(NOW), PAST(GOOD), PAST(OPS_EXECUTION("e9-now", "Failed") "," GOOD)
#define ROLLS                                                                                      \
    {                                                                                              \
        .to = ".RollbackStage\r", .body = "{\"pipelineExecutionId\":\"e10\"}",                     \
        .needs = "{\"pipelineName\":\"sales\",\"stageName\":\"Deploy-Stage-dev\","                 \
                 "\"targetPipelineExecutionId\":\"e4-good\"}"                                      \
    }

static void begin_rollback(struct ops *s, const struct answer *answers, size_t count,
                           struct sv execution)
{
    ops_begin(s, &operation_rollback, answers, count);
    s->operands[0].stage = SV("Deploy-Stage-dev");
    s->operands[0].execution_id = execution;
}

static void test_a_stage_goes_back_to_what_succeeded_in_it(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, AROUND, AROUND, ROLLS};
    struct ops s;

    begin_rollback(&s, answers, ARRAY_LEN(answers), SV("e4-g"));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    CHECK_SV(ops_state(&s), SV("Deploy-Stage-dev is Failed with execution e9-now"));
    CHECK_SV(ops_effect(&s), SV("runs Deploy-Stage-dev again with rev-e4-g why e4-good"));
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "execution e10 began, request id r-1");
    ops_end(&s);
}

static void test_what_did_not_succeed_there_is_refused_with_what_did(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, AROUND};
    struct ops s;

    begin_rollback(&s, answers, ARRAY_LEN(answers), SV("e9-now"));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s),
              "execution e9-now has not succeeded in Deploy-Stage-dev with the pipeline as it is "
              "now; these have: e5-good (rev-e5-g why e5-good), e4-good (rev-e4-g why e4-good)");
    ops_end(&s);
}

static void test_an_aws_without_the_filter_is_asked_for_the_runs(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        DEF("", HUB),
        STATE(NOW),
        {.to = OPS_LIST, .error = "ValidationException"},
        PAST(OPS_EXECUTION("e9-now", "Failed") "," GOOD),
        {.to = OPS_RUNS,
         .body =
             "{\"actionExecutionDetails\":[" RAN("Deploy-Stage-dev", "e9-now", "Failed") "," RAN(
                 "Deploy-Stage-dev", "e5-good",
                 "Failed") "," RAN("Deploy-Stage-prod", "e9-now",
                                   "Succeeded") "," RAN("Deploy-Stage-dev", "e4-good",
                                                        "Succeeded") "]}"},
        PAST(OPS_EXECUTION("e9-now", "Failed") "," GOOD)};
    struct ops s;

    begin_rollback(&s, answers, ARRAY_LEN(answers), SV("e5-good"));
    OPS_PLANNED(&s);
    OPS_HAS(ops_refusal(&s), "these have: e4-good (");
    CHECK_TRUE(strstr(ops_refusal(&s), "e5-good (") == NULL);
    ops_end(&s);
}

static void test_some_stages_cannot_be_rolled_back(void **state UNUSED)
{
    static const struct answer parallel[] = {TWIN_HOME, DEF("\"executionMode\":\"PARALLEL\",", HUB),
                                             STATE(NOW)};
    static const struct answer running[] = {
        TWIN_HOME, DEF("", HUB),
        STATE(",\"latestExecution\":{\"pipelineExecutionId\":\"e9\",\"status\":\"InProgress\"}")};
    struct ops s;

    begin_rollback(&s, parallel, ARRAY_LEN(parallel), SV("e4-good"));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "pipelines in PARALLEL mode cannot be rolled back");
    ops_end(&s);
    begin_rollback(&s, running, ARRAY_LEN(running), SV("e4-good"));
    OPS_PLANNED(&s);
    OPS_HAS(ops_refusal(&s), "it can be rolled back when it has ended");
    ops_end(&s);
    begin_rollback(&s, running, ARRAY_LEN(running), SV("e4-good"));
    s.operands[0].stage = SV("Source");
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "the source stage cannot be rolled back");
    ops_end(&s);
    begin_rollback(&s, running, ARRAY_LEN(running), SV("e4-good"));
    s.operands[0].stage = SV("Nowhere");
    CHECK_INT(ops_plan(&s), ERR_NOT_FOUND);
    OPS_HAS(s.twin.err.text, "its stages are: Source, Deploy-Stage-dev");
    ops_end(&s);
}

static void test_a_lost_rollback_is_found_by_its_target(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        AROUND,
        AROUND,
        {.to = ".RollbackStage\r", .is_cut = true},
        PAST("{\"pipelineExecutionId\":\"e10\",\"status\":\"InProgress\",\"executionType\":"
             "\"ROLLBACK\",\"rollbackMetadata\":{\"rollbackTargetPipelineExecutionId\":"
             "\"e4-good\"}}," GOOD)};
    struct ops s;

    begin_rollback(&s, answers, ARRAY_LEN(answers), SV("e4-good"));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "though AWS's answer was lost: execution e10 began");
    CHECK_INT(twin_asked(&s.twin, ".RollbackStage\r"), 1);
    ops_end(&s);
}

/* Somebody else's, or a stage's own, to the same target says nothing of ours. */
static void test_another_s_rollback_is_not_ours(void **state UNUSED)
{
#define OTHERS                                                                                     \
    PAST("{\"pipelineExecutionId\":\"e11\",\"status\":\"InProgress\",\"executionType\":"           \
         "\"ROLLBACK\",\"rollbackMetadata\":{\"rollbackTargetPipelineExecutionId\":"               \
         "\"e4-good\"},\"trigger\":{\"triggerType\":\"AutomatedRollback\"}},"                      \
         "{\"pipelineExecutionId\":\"e10\",\"status\":\"InProgress\",\"executionType\":"           \
         "\"ROLLBACK\",\"rollbackMetadata\":{\"rollbackTargetPipelineExecutionId\":"               \
         "\"e4-good\"},\"trigger\":{\"triggerType\":\"ManualRollback\",\"triggerDetail\":"         \
         "\"arn:aws:iam::111111111111:user/ben\"}}," GOOD)
    static const struct answer answers[] = {
        TWIN_HOME, AROUND, AROUND, {.to = ".RollbackStage\r", .is_cut = true}, OTHERS, OTHERS};
    struct ops s;

    begin_rollback(&s, answers, ARRAY_LEN(answers), SV("e4-good"));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "it was not done as far as AWS shows");
    ops_end(&s);
}

/* ---- the list that a person picks from ---- */

static enum err_code read_candidates(struct task *task, void *owner, struct err *err)
{
    struct ops *s = owner;

    return rollback_candidates(task, &s->twin.deploy, &s->operands[0], err);
}

static void test_candidates_are_kept_for_the_one_who_picks(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, AROUND};
    struct cache_options in_memory = {.in_memory = true};
    struct candidate_list list;
    struct arena arena;
    struct err err = {0};
    int64_t at = 0;
    struct ops s;

    arena_init(&arena, 1 << 20);
    begin_rollback(&s, answers, ARRAY_LEN(answers), SV(""));
    REQUIRE_OK(cache_open(&in_memory, &s.twin.deploy.cache, &err, &err), &err);
    CHECK_INT(rollback_candidates_get(s.twin.deploy.cache, &s.operands[0].id, s.operands[0].stage,
                                      &arena, &list, &at, &err),
              ERR_NOT_FOUND);
    REQUIRE_OK(twin_run(&s.twin, read_candidates, &s), &s.twin.err);
    REQUIRE_OK(rollback_candidates_get(s.twin.deploy.cache, &s.operands[0].id, s.operands[0].stage,
                                       &arena, &list, &at, &err),
               &err);
    CHECK_SV(list.refusal, SV(""));
    CHECK_TRUE(at > 0);
    REQUIRE(list.count == 2);
    CHECK_SV(list.items[1].execution_id, SV("e4-good"));
    CHECK_SV(list.items[1].revision, SV("rev-e4-good"));
    CHECK_SV(list.items[1].summary, SV("why e4-good"));
    CHECK_INT(list.items[1].started_at, 1700000000000);
    CHECK_TRUE(!list.items[1].is_now);
    cache_close(s.twin.deploy.cache);
    s.twin.deploy.cache = NULL;
    arena_release(&arena);
    ops_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_it_releases_and_how_far_is_told),
        TEST(test_a_gate_that_was_opened_meanwhile_is_refused),
        TEST(test_a_head_that_moved_is_refused),
        TEST(test_what_dev_would_lose_is_told),
        TEST(test_what_was_rolled_back_in_dev_comes_back),
        TEST(test_what_is_under_way_is_told),
        TEST(test_a_rollback_of_dev_between_plan_and_yes_is_refused),
        TEST(test_revisions_have_the_type_of_their_provider),
        TEST(test_a_commit_that_is_not_there_is_refused),
        TEST(test_what_a_pipeline_does_not_take_is_refused),
        TEST(test_a_lost_answer_is_asked_for_again_by_its_token),
        TEST(test_a_freeze_holds_the_token_too),
        TEST(test_a_stage_goes_back_to_what_succeeded_in_it),
        TEST(test_what_did_not_succeed_there_is_refused_with_what_did),
        TEST(test_an_aws_without_the_filter_is_asked_for_the_runs),
        TEST(test_some_stages_cannot_be_rolled_back),
        TEST(test_a_lost_rollback_is_found_by_its_target),
        TEST(test_another_s_rollback_is_not_ours),
        TEST(test_candidates_are_kept_for_the_one_who_picks),
    };

    return RUN(tests);
}
