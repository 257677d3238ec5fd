/* What is done to a stage, and to a build: retry, transitions, conditions. */
#include "tests/unit/operate/operate_stage.h"

#define ACTION(name, status, message)                                                              \
    "{\"actionName\":\"" name "\",\"latestExecution\":{\"actionExecutionId\":\"a-" name            \
    "\",\"status\":\"" status "\",\"lastStatusChange\":1700000000,\"errorDetails\":{\"message\":"  \
    "\"" message "\"}}}"
#define STAGE(status, actions, more)                                                               \
    {                                                                                              \
        .to = OPS_STATE,                                                                           \
        .body = OPS_STATE_OF(                                                                      \
            "{\"stageName\":\"Deploy\",\"actionStates\":[" actions                                 \
            "],\"latestExecution\":{\"pipelineExecutionId\":\"e1\",\"status\":\"" status           \
            "\"}" more "}")                                                                        \
    }
#define FAILED                                                                                     \
    STAGE("Failed", ACTION("Build", "Succeeded", "") "," ACTION("Ship", "Failed", "no"), "")
#define EXECUTED(version, status, mode)                                                            \
    {                                                                                              \
        .to = OPS_RUN, .body = "{\"pipelineExecution\":{\"pipelineVersion\":" version              \
                               ",\"status\":\"" status "\",\"executionMode\":\"" mode "\"}}"       \
    }
#define SAME EXECUTED("3", "Failed", "SUPERSEDED")
#define RETRIES(mode)                                                                              \
    {                                                                                              \
        .to = ".RetryStageExecution\r", .body = "{\"pipelineExecutionId\":\"e1\"}",                \
        .needs = "{\"pipelineName\":\"sales\",\"stageName\":\"Deploy\",\"pipelineExecutionId\":"   \
                 "\"e1\",\"retryMode\":\"" mode "\"}"                                              \
    }

static void begin(struct ops *s, const struct operation *operation, const struct answer *answers,
                  size_t count)
{
    ops_begin(s, operation, answers, count);
    s->operands[0].stage = SV("Deploy");
}

static void test_failed_actions_run_again(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, FAILED, SAME,
                                            FAILED,    SAME,   RETRIES("FAILED_ACTIONS")};
    struct ops s;

    begin(&s, &operation_retry, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    CHECK_SV(ops_effect(&s), SV("re-runs 1 action: Ship"));
    CHECK_SV(ops_state(&s), SV("execution e1 in Deploy: Failed, failed: Ship"));
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "execution e1 goes on, request id r-1");
    ops_end(&s);
}

static void test_many_failed_actions_are_counted(void **state UNUSED)
{
#define LOST(name)                                                                                 \
    ACTION(name "-with-a-long-name-of-eighty-characters-or-so-that-fills-a-line-by-itself-nearly", \
           "Failed", "")
    static const struct answer answers[] = {
        TWIN_HOME,
        STAGE("Failed",
              LOST("1") "," LOST("2") "," LOST("3") "," LOST("4") "," LOST("5") "," LOST("6"), ""),
        SAME};
    struct ops s;

    begin(&s, &operation_retry, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    OPS_HAS_SV(ops_effect(&s), "re-runs 6 actions: 1-with-");
    OPS_HAS_SV(ops_effect(&s), "nearly and 2 more");
    OPS_HAS_SV(ops_state(&s), "nearly and 2 more");
    ops_end(&s);
}

static void test_a_change_set_that_is_gone_needs_all_actions(void **state UNUSED)
{
#define GONE                                                                                       \
    STAGE("Failed",                                                                                \
          ACTION("Build", "Succeeded", "") "," ACTION("Ship", "Failed",                            \
                                                      "ChangeSet [app] does not exist"),           \
          "")
    static const struct answer answers[] = {TWIN_HOME, GONE, SAME};
    static const struct answer all[] = {TWIN_HOME, GONE, SAME, GONE, SAME, RETRIES("ALL_ACTIONS")};
    struct ops s;

    begin(&s, &operation_retry, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    OPS_HAS(ops_hint(&s), "its change set is gone");
    OPS_HAS(ops_hint(&s), "--all-actions");
    ops_end(&s);
    begin(&s, &operation_retry, all, ARRAY_LEN(all));
    s.in.is_all = true;
    OPS_PLANNED(&s);
    CHECK_STR(ops_hint(&s), "no environment is known: not protected");
    CHECK_SV(ops_effect(&s), SV("re-runs all 2 actions: Build, Ship"));
    CHECK_INT(ops_run(&s), JOB_DONE);
    ops_end(&s);
}

static void test_a_retry_that_aws_would_refuse_is_refused(void **state UNUSED)
{
    static const struct answer good[] = {
        TWIN_HOME, STAGE("Succeeded", ACTION("Ship", "Succeeded", ""), ""), SAME};
    static const struct answer changed[] = {TWIN_HOME, FAILED, EXECUTED("2", "Failed", "QUEUED")};
    static const struct answer old[] = {TWIN_HOME, FAILED, EXECUTED("3", "Superseded", "QUEUED")};
    static const struct answer runs[] = {
        TWIN_HOME,
        STAGE("Failed", ACTION("Build", "InProgress", "") "," ACTION("Ship", "Failed", ""), ""),
        SAME};
    static const struct answer never[] = {
        TWIN_HOME, {.to = OPS_STATE, .body = OPS_STATE_OF("{\"stageName\":\"Deploy\"}")}};
    const struct {
        const struct answer *answers;
        size_t count;
        const char *execution;
        const char *sentence;
    } cases[] = {
        {good, ARRAY_LEN(good), "", "nothing failed in Deploy (it is Succeeded)"},
        {changed, ARRAY_LEN(changed), "", "the pipeline has changed since (version 2, now 3)"},
        {old, ARRAY_LEN(old), "", "execution e1 is superseded"},
        {runs, ARRAY_LEN(runs), "", "actions still run in Deploy"},
        {never, ARRAY_LEN(never), "", "stage Deploy has not run yet"},
        {good, ARRAY_LEN(good), "e0", "execution e0 is not the latest in Deploy: e1 is"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ops s;

        begin(&s, &operation_retry, cases[i].answers, cases[i].count);
        s.in.is_all = true;
        s.operands[0].execution_id = sv_of(cases[i].execution);
        OPS_PLANNED(&s);
        OPS_HAS(ops_refusal(&s), cases[i].sentence);
        ops_end(&s);
    }
}

#define RAN(rows)                                                                                  \
    {                                                                                              \
        .to = OPS_RUNS, .body = "{\"actionExecutionDetails\":[" rows "]}"                          \
    }
#define ROW_OF(name, id, status, at)                                                               \
    "{\"pipelineExecutionId\":\"e1\",\"actionExecutionId\":\"" id                                  \
    "\",\"stageName\":\"Deploy\",\"actionName\":\"" name "\",\"status\":\"" status                 \
    "\",\"lastUpdateTime\":" at "}"
#define ROW(name, status, at) ROW_OF(name, "a-" name, status, at)

static void test_a_lost_retry_is_found_by_what_runs_again(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        FAILED,
        SAME,
        FAILED,
        SAME,
        {.to = ".RetryStageExecution\r", .is_cut = true},
        RAN(ROW_OF("Ship", "again", "Failed", "1700000009") "," ROW("Ship", "Failed",
                                                                    "1700000000"))};
    static const struct answer not_done[] = {TWIN_HOME,
                                             FAILED,
                                             SAME,
                                             FAILED,
                                             SAME,
                                             {.to = ".RetryStageExecution\r", .is_cut = true},
                                             RAN(ROW("Ship", "Failed", "1700000001")),
                                             RAN(ROW("Ship", "Failed", "1700000001"))};
    struct ops s;

    begin(&s, &operation_retry, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "though AWS's answer was lost: execution e1 goes on");
    ops_end(&s);
    begin(&s, &operation_retry, not_done, ARRAY_LEN(not_done));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    CHECK_INT(twin_asked(&s.twin, ".RetryStageExecution\r"), 1);
    ops_end(&s);
}

static void test_in_parallel_mode_the_runs_tell(void **state UNUSED)
{
#define PARALLEL EXECUTED("3", "Failed", "PARALLEL")
#define ROWS     RAN(ROW("Ship", "Failed", "1700000000") "," ROW("Build", "Succeeded", "1700000000"))
    static const struct answer answers[] = {TWIN_HOME, STAGE("Succeeded", "", ""),  PARALLEL,
                                            ROWS,      STAGE("InProgress", "", ""), PARALLEL,
                                            ROWS,      RETRIES("FAILED_ACTIONS")};
    struct ops s;

    begin(&s, &operation_retry, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_SV(ops_effect(&s), SV("re-runs 1 action: Ship"));
    CHECK_INT(ops_run(&s), JOB_DONE);
    ops_end(&s);
}

/* ---- transitions ---- */

#define OPEN STAGE("Succeeded", "", ",\"inboundTransitionState\":{\"enabled\":true}")
#define SHUT                                                                                       \
    STAGE("Succeeded", "",                                                                         \
          ",\"inboundTransitionState\":{\"enabled\":false,\"disabledReason\":\"night\"},"          \
          "\"inboundExecution\":{\"pipelineExecutionId\":\"e2\",\"status\":\"InProgress\"}")

static void test_a_reason_becomes_what_aws_takes(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        OPEN,
        OPEN,
        {.to = ".DisableStageTransition\r",
         .body = "{}",
         .needs = "{\"pipelineName\":\"sales\",\"stageName\":\"Deploy\",\"transitionType\":"
                  "\"Inbound\",\"reason\":\"night- no-body here!-\"}"}};
    static const struct answer look[] = {TWIN_HOME, OPEN};
    char word[REASON_MAX + 100];
    struct ops s;

    begin(&s, &operation_disable, answers, ARRAY_LEN(answers));
    s.in.reason = SV(" night: no_body here!\xe2\x82\xac/// ");
    OPS_PLANNED(&s);
    OPS_HAS(ops_hint(&s), "the reason becomes \"night- no-body here!-\"");
    CHECK_SV(ops_effect(&s), SV("holds executions before Deploy: \"night- no-body here!-\""));
    CHECK_INT(ops_run(&s), JOB_DONE);
    ops_end(&s);
    memset(word, 'x', sizeof word);
    begin(&s, &operation_disable, look, ARRAY_LEN(look));
    s.in.reason = sv_make(word, sizeof word);
    OPS_PLANNED(&s);
    CHECK_INT(sv_find(ops_effect(&s), SV("\"")) + REASON_MAX + 2, ops_effect(&s).len);
    ops_end(&s);
    begin(&s, &operation_disable, look, ARRAY_LEN(look));
    s.in.reason = SV("  ");
    OPS_PLANNED(&s);
    OPS_HAS(ops_refusal(&s), "a reason is needed");
    ops_end(&s);
}

static void test_what_is_so_already_is_nothing_to_do(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, OPEN};
    struct ops s;

    begin(&s, &operation_enable, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_TRUE(s.plan.is_nothing);
    CHECK_INT(plan_count(&s.plan, EFFECT_KEEPS), 1);
    ops_end(&s);
}

static void test_who_goes_in_is_told_and_another_one_is_refused(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, SHUT,
        STAGE("Succeeded", "",
              ",\"inboundTransitionState\":{\"enabled\":false,\"disabledReason\":\"night\"},"
              "\"inboundExecution\":{\"pipelineExecutionId\":\"e3\",\"status\":\"InProgress\"}")};
    static const struct answer meanwhile[] = {TWIN_HOME, SHUT, OPEN};
    struct ops s;

    begin(&s, &operation_enable, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    OPS_HAS_SV(ops_effect(&s), "e2, which waits there, goes in at once");
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "waiting: e3");
    ops_end(&s);
    begin(&s, &operation_enable, meanwhile, ARRAY_LEN(meanwhile));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_INT(s.job.steps[0].state, STEP_WAS_DONE);
    ops_end(&s);
}

/* ---- conditions ---- */

#define HELD(kind, status)                                                                         \
    STAGE("Failed", "",                                                                            \
          ",\"" kind "\":{\"latestExecution\":{\"status\":\"" status                               \
          "\",\"summary\":\"it rings\"}}")

#define RULES                                                                                      \
    {                                                                                              \
        .to = OPS_DEF, .is_any_time = true,                                                        \
        .body =                                                                                    \
            "{\"pipeline\":{\"name\":\"sales\",\"stages\":[{\"name\":\"Deploy\",\"actions\":[],"   \
            "\"beforeEntry\":{\"conditions\":[{\"result\":\"FAIL\",\"rules\":[{\"name\":"          \
            "\"Quiet\","                                                                           \
            "\"ruleTypeId\":{\"category\":\"Rule\",\"provider\":\"CloudWatchAlarm\"},"             \
            "\"configuration\":{\"AlarmName\":\"errors\",\"WaitTime\":\"5\"}},{\"name\":"          \
            "\"Ready\","                                                                           \
            "\"ruleTypeId\":{\"provider\":\"Commands\"},\"commands\":[\"make ready\"]}]}]}}]}}"    \
    }

static void test_a_condition_that_holds_is_overridden(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        HELD("beforeEntryConditionState", "Failed"),
        RULES,
        HELD("beforeEntryConditionState", "Failed"),
        {.to = ".OverrideStageCondition\r",
         .body = "{}",
         .needs = "{\"pipelineName\":\"sales\",\"stageName\":\"Deploy\",\"pipelineExecutionId\":"
                  "\"e1\",\"conditionType\":\"BEFORE_ENTRY\"}"}};
    struct ops s;

    begin(&s, &operation_override, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    CHECK_SV(ops_state(&s), SV("execution e1 before Deploy: BEFORE_ENTRY Failed: it rings"));
    CHECK_SV(ops_effect(&s),
             SV("lets execution e1 go on in spite of BEFORE_ENTRY, which asks Quiet "
                "(CloudWatchAlarm: AlarmName=errors, WaitTime=5), Ready (Commands: make ready)"));
    CHECK_INT(ops_run(&s), JOB_DONE);
    ops_end(&s);
}

#define NO_RULES                                                                                   \
    {                                                                                              \
        .to = OPS_DEF, .is_any_time = true, .error = "AccessDeniedException",                      \
        .body = "not for you"                                                                      \
    }
#define OVERRIDDEN(execution, by)                                                                  \
    {                                                                                              \
        .to = OPS_STATE,                                                                           \
        .body = OPS_STATE_OF(                                                                      \
            "{\"stageName\":\"Deploy\",\"actionStates\":[],\"latestExecution\":{"                  \
            "\"pipelineExecutionId\":\"" execution                                                 \
            "\",\"status\":\"Succeeded\"},\"onSuccessConditionState\":{\"latestExecution\":{"      \
            "\"status\":\"Overridden\"},\"conditionStates\":[{\"ruleStates\":[{\"ruleName\":"      \
            "\"Quiet\","                                                                           \
            "\"latestExecution\":{\"status\":\"Failed\"" by "}}]}]}}")                             \
    }
#define BY(who) ",\"lastUpdatedBy\":\"arn:aws:iam::111111111111:user/" who "\""

static void test_an_override_whose_answer_was_lost_is_ours_or_left_open(void **state UNUSED)
{
    static const struct answer begins[] = {TWIN_HOME,
                                           HELD("onSuccessConditionState", "Failed"),
                                           NO_RULES,
                                           HELD("onSuccessConditionState", "Failed"),
                                           {.to = ".OverrideStageCondition\r", .is_cut = true}};
    static const struct answer plain[] = {OVERRIDDEN("e1", "")};
    static const struct answer ours[] = {OVERRIDDEN("e1", BY("ana"))};
    /* A denial ends the looking. */
    static const struct answer theirs[] = {
        OVERRIDDEN("e1", BY("ben")),
        {.to = OPS_STATE, .error = "AccessDeniedException", .body = "you may not look"}};
    static const struct answer still[] = {HELD("onSuccessConditionState", "Failed"),
                                          HELD("onSuccessConditionState", "Failed")};
    static const struct answer superseded[] = {
        OVERRIDDEN("e2", ""), EXECUTED("3", "Superseded", "SUPERSEDED"), OVERRIDDEN("e2", ""),
        EXECUTED("3", "Superseded", "SUPERSEDED")};
    static const struct {
        const struct answer *answers;
        size_t count;
        const char *why; /* "" = it was done */
    } cases[] = {
        {plain, ARRAY_LEN(plain), ""},
        {ours, ARRAY_LEN(ours), ""},
        {still, ARRAY_LEN(still), "it was not done"},
        {superseded, ARRAY_LEN(superseded), "it was not done"},
        {theirs, ARRAY_LEN(theirs), "still unknown whether AWS did it"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct answer all[16];
        struct ops s;
        size_t count = ARRAY_LEN(begins);

        memcpy(all, begins, sizeof begins);
        memcpy(all + count, cases[i].answers, cases[i].count * sizeof all[0]);
        count += cases[i].count;
        begin(&s, &operation_override, all, count);
        s.operands[0].id.name = SV("other"); /* what is left open is remembered */
        s.in.condition = SV("on-success");
        OPS_PLANNED(&s);
        CHECK_INT(ops_run(&s), cases[i].why[0] == '\0' ? JOB_DONE : JOB_FAILED);
        OPS_HAS(s.job.err.text, cases[i].why);
        CHECK_INT(twin_asked(&s.twin, ".OverrideStageCondition\r"), 1);
        ops_end(&s);
    }
}

static void test_some_conditions_cannot_be_overridden(void **state UNUSED)
{
    static const struct answer failure[] = {TWIN_HOME, HELD("onFailureConditionState", "Failed")};
    static const struct answer asks[] = {TWIN_HOME,
                                         HELD("beforeEntryConditionState", "InProgress")};
    static const struct answer none[] = {TWIN_HOME, OPEN};
    const struct {
        const struct answer *answers;
        size_t count;
        const char *condition;
        const char *sentence;
    } cases[] = {
        {failure, ARRAY_LEN(failure), "", "the condition that holds Deploy is ON_FAILURE"},
        {asks, ARRAY_LEN(asks), "", "the condition is still being looked at"},
        {asks, ARRAY_LEN(asks), "on-success", "the condition that holds Deploy is BEFORE_ENTRY"},
        {none, ARRAY_LEN(none), "", "no condition holds Deploy"},
        {none, ARRAY_LEN(none), "never", "a condition is before-entry or on-success"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ops s;

        begin(&s, &operation_override, cases[i].answers, cases[i].count);
        s.in.condition = sv_of(cases[i].condition);
        OPS_PLANNED(&s);
        OPS_HAS(ops_refusal(&s), cases[i].sentence);
        ops_end(&s);
    }
}

/* ---- how far it goes by itself ---- */

#define BEHIND(more)                                                                               \
    STAGE("Failed", ACTION("Build", "Succeeded", "") "," ACTION("Ship", "Failed", ""),             \
          "},{\"stageName\":\"Deploy-Stage-prod\"" more)
#define DEFINED(between)                                                                           \
    {                                                                                              \
        .to = OPS_DEF,                                                                             \
        .body =                                                                                    \
            "{\"pipeline\":{\"name\":\"sales\",\"version\":3,\"stages\":[{\"name\":\"Deploy\","    \
            "\"actions\":[]}," between "{\"name\":\"Deploy-Stage-prod\",\"actions\":[]}]}}"        \
    }
#define ASKS                                                                                       \
    "{\"name\":\"Gate\",\"actions\":[{\"name\":\"Ask\",\"actionTypeId\":{\"category\":"            \
    "\"Approval\",\"provider\":\"Manual\"}}]},"
#define SHUT_OFF ",\"inboundTransitionState\":{\"enabled\":false}"

static void test_what_stands_behind_is_guarded_up_to_the_next_gate(void **state UNUSED)
{
    static const struct answer open[] = {TWIN_HOME, BEHIND(""), DEFINED(""), SAME};
    static const struct answer asks[] = {TWIN_HOME, BEHIND(""), DEFINED(ASKS), SAME};
    static const struct answer shut[] = {TWIN_HOME, BEHIND(SHUT_OFF), DEFINED(""), SAME};
    static const struct answer denied[] = {
        TWIN_HOME, BEHIND(""), {.to = OPS_DEF, .error = "AccessDeniedException"}, SAME};
    const struct {
        const struct answer *answers;
        size_t count;
        const char *confirm;
    } cases[] = {{open, ARRAY_LEN(open), "sales"},
                 {asks, ARRAY_LEN(asks), ""},
                 {shut, ARRAY_LEN(shut), ""},
                 {denied, ARRAY_LEN(denied), "sales"}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ops s;

        begin(&s, &operation_retry, cases[i].answers, cases[i].count);
        OPS_PLANNED(&s);
        CHECK_STR(s.plan.confirm, cases[i].confirm);
        CHECK_INT(sv_find(ops_effect(&s), SV("goes on by itself as far as Deploy-Stage-prod")) > 0,
                  cases[i].confirm[0] != '\0');
        ops_end(&s);
    }
}

static void test_a_gate_that_opens_behind_the_stage_refuses(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME,  BEHIND(SHUT_OFF), DEFINED(""), SAME,
                                            BEHIND(""), DEFINED(""),      SAME};
    struct ops s;

    begin(&s, &operation_retry, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "goes as far as \"Deploy-Stage-prod\" now");
    CHECK_INT(twin_asked(&s.twin, ".RetryStageExecution\r"), 0);
    ops_end(&s);
}

static void test_enabling_and_overriding_are_guarded_as_far_as_they_go(void **state UNUSED)
{
#define LOCKED(more)                                                                               \
    STAGE("Failed", "",                                                                            \
          ",\"inboundTransitionState\":{\"enabled\":false},\"beforeEntryConditionState\":"         \
          "{\"latestExecution\":{\"status\":\"Failed\"}}},{\"stageName\":\"Deploy-Stage-"          \
          "prod\"" more)
    /* An override asks for the rules as well. */
    static const struct answer answers[] = {TWIN_HOME, LOCKED(""), DEFINED(""), DEFINED("")};
    const struct operation *const operations[] = {&operation_enable, &operation_override};

    for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
        struct ops s;

        begin(&s, operations[i], answers, ARRAY_LEN(answers) - 1 + i);
        ops_config(&s, "[freeze]\nclosing = prod: 2020-01-01 to 2099-01-01: closed\n");
        OPS_PLANNED(&s);
        CHECK_STR(s.plan.confirm, "sales");
        OPS_HAS(ops_refusal(&s), "closing, until");
        ops_config_end(&s);
        ops_end(&s);
    }
}

static void test_a_stage_of_others_counts_by_its_own_name(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, SHUT};
    struct ops s;

    begin(&s, &operation_enable, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(s.plan.confirm, "");
    CHECK_STR(ops_hint(&s), "no environment is known: not protected");
    ops_end(&s);
    begin(&s, &operation_enable, answers, ARRAY_LEN(answers));
    ops_config(&s, "[guard]\nprotected = prod, deploy\n");
    OPS_PLANNED(&s);
    CHECK_STR(s.plan.confirm, "sales");
    CHECK_STR(ops_hint(&s), "");
    ops_config_end(&s);
    ops_end(&s);
    begin(&s, &operation_enable, answers, ARRAY_LEN(answers));
    ops_config(&s, "[guard]\nprotected_pipelines = core, s*es\n");
    OPS_PLANNED(&s);
    CHECK_STR(s.plan.confirm, "sales");
    ops_config_end(&s);
    ops_end(&s);
}

/* ---- builds ---- */

#define BUILD(status, by)                                                                          \
    {                                                                                              \
        .to = ".BatchGetBuilds\r",                                                                 \
        .body = "{\"builds\":[{\"id\":\"app:1\",\"projectName\":\"app\",\"buildNumber\":7,"        \
                "\"buildStatus\":\"" status "\",\"initiator\":\"" by "\"}]}"                       \
    }

#define PIPELINE                                                                                   \
    {                                                                                              \
        .to = OPS_STATE, .is_any_time = true,                                                      \
        .body = OPS_STATE_OF("{\"stageName\":\"Deploy-Stage-dev\",\"actionStates\":["              \
                             "{\"actionName\":\"D\",\"latestExecution\":{\"status\":"              \
                             "\"Failed\",\"externalExecutionId\":\"app:1\"}}]},"                   \
                             "{\"stageName\":\"Deploy-Stage-prod\",\"actionStates\":["             \
                             "{\"actionName\":\"D\",\"latestExecution\":{\"status\":"              \
                             "\"Failed\",\"externalExecutionId\":\"app:9\"}}]}")                   \
    }

static void begin_build(struct ops *s, const struct operation *operation,
                        const struct answer *answers, size_t count)
{
    ops_begin(s, operation, answers, count);
    s->operands[0].id.name = SV("");
    s->operands[0].build = SV("app:1");
}

static void test_builds_are_stopped_and_retried(void **state UNUSED)
{
    static const struct answer stop[] = {TWIN_HOME,
                                         PIPELINE,
                                         BUILD("IN_PROGRESS", "codepipeline/sales"),
                                         BUILD("IN_PROGRESS", "codepipeline/sales"),
                                         {.to = ".StopBuild\r", .body = "{\"build\":{}}"}};
    static const struct answer again[] = {
        TWIN_HOME,
        BUILD("FAILED", "ana"),
        BUILD("FAILED", "ana"),
        {.to = ".ListBuildsForProject\r", .body = "{\"ids\":[\"app:1\"]}"},
        {.to = ".RetryBuild\r", .body = "{\"build\":{\"id\":\"app:2\"}}"}};
    static const struct answer over[] = {TWIN_HOME, PIPELINE,
                                         BUILD("FAILED", "codepipeline/sales")};
    static const struct answer none[] = {TWIN_HOME,
                                         {.to = ".BatchGetBuilds\r", .body = "{\"builds\":[]}"}};
    struct ops s;

    begin_build(&s, &operation_stop_build, stop, ARRAY_LEN(stop));
    OPS_PLANNED(&s);
    OPS_HAS(ops_hint(&s), "the action of pipeline sales that waits for it fails");
    CHECK_INT(ops_run(&s), JOB_DONE);
    ops_end(&s);
    begin_build(&s, &operation_retry_build, again, ARRAY_LEN(again));
    OPS_PLANNED(&s);
    CHECK_SV(s.plan.steps->aws_line, SV("aws codebuild retry-build --region eu-west-1 --id app:1"));
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "build app:2, request id r-1");
    ops_end(&s);
    begin_build(&s, &operation_stop_build, over, ARRAY_LEN(over));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "the build has ended already: FAILED");
    ops_end(&s);
    begin_build(&s, &operation_retry_build, over, ARRAY_LEN(over));
    OPS_PLANNED(&s);
    OPS_HAS(ops_hint(&s), "retry the stage instead");
    ops_end(&s);
    begin_build(&s, &operation_stop_build, none, ARRAY_LEN(none));
    CHECK_INT(ops_plan(&s), ERR_NOT_FOUND);
    ops_end(&s);
}

/* Only the build of prod's stage is prod's; one that no stage shows any more may be. */
static void test_a_build_is_guarded_as_its_stage_is(void **state UNUSED)
{
#define OF(id)                                                                                     \
    {                                                                                              \
        .to = ".BatchGetBuilds\r",                                                                 \
        .body = "{\"builds\":[{\"id\":\"" id "\",\"projectName\":\"app\",\"buildNumber\":7,"       \
                "\"buildStatus\":\"FAILED\",\"initiator\":\"codepipeline/sales\"}]}"               \
    }
    static const struct answer answers[] = {TWIN_HOME, PIPELINE, OF("app")};
    static const char *const builds[] = {"app:1", "app:9", "app:5"};

    for (size_t i = 0; i < ARRAY_LEN(builds); i++) {
        struct ops s;

        begin_build(&s, &operation_retry_build, answers, ARRAY_LEN(answers));
        s.operands[0].build = sv_of(builds[i]);
        OPS_PLANNED(&s);
        CHECK_STR(s.plan.confirm, i == 0 ? "" : "sales"); /* the pipeline that it is of */
        ops_end(&s);
    }
}

static void test_a_lost_retry_of_a_build_is_asked_for_again_by_its_token(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        BUILD("FAILED", "ana"),
        BUILD("FAILED", "ana"),
        {.to = ".ListBuildsForProject\r", .body = "{\"ids\":[\"app:1\"]}"},
        {.to = ".RetryBuild\r", .needs = "\"idempotencyToken\":\"", .is_cut = true},
        {.to = ".RetryBuild\r",
         .needs = "\"idempotencyToken\":\"",
         .body = "{\"build\":{\"id\":\"app:2\"}}"}};
    struct ops s;

    begin_build(&s, &operation_retry_build, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "though AWS's answer was lost: build app:2");
    ops_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_failed_actions_run_again),
        TEST(test_many_failed_actions_are_counted),
        TEST(test_a_change_set_that_is_gone_needs_all_actions),
        TEST(test_a_retry_that_aws_would_refuse_is_refused),
        TEST(test_a_lost_retry_is_found_by_what_runs_again),
        TEST(test_in_parallel_mode_the_runs_tell),
        TEST(test_a_reason_becomes_what_aws_takes),
        TEST(test_what_is_so_already_is_nothing_to_do),
        TEST(test_who_goes_in_is_told_and_another_one_is_refused),
        TEST(test_a_condition_that_holds_is_overridden),
        TEST(test_an_override_whose_answer_was_lost_is_ours_or_left_open),
        TEST(test_some_conditions_cannot_be_overridden),
        TEST(test_builds_are_stopped_and_retried),
        TEST(test_what_stands_behind_is_guarded_up_to_the_next_gate),
        TEST(test_a_gate_that_opens_behind_the_stage_refuses),
        TEST(test_enabling_and_overriding_are_guarded_as_far_as_they_go),
        TEST(test_a_stage_of_others_counts_by_its_own_name),
        TEST(test_a_build_is_guarded_as_its_stage_is),
        TEST(test_a_lost_retry_of_a_build_is_asked_for_again_by_its_token),
    };

    return RUN(tests);
}
