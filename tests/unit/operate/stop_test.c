/* What all operations have in common, shown by stopping an execution. */
#include "tests/unit/operate/operate_stage.h"

#define RUNNING                                                                                    \
    {                                                                                              \
        .to = OPS_LIST,                                                                            \
        .body = OPS_LISTED(OPS_EXECUTION("e2", "InProgress") "," OPS_EXECUTION("e1", "Succeeded")) \
    }
#define IN(stage, inbound)                                                                         \
    {                                                                                              \
        .to = OPS_STATE,                                                                           \
        .body = OPS_STATE_OF("{\"stageName\":\"Source\"},{\"stageName\":\"" stage "\"," inbound    \
                             "\"actionStates\":[{\"actionName\":\"Run\","                          \
                             "\"latestExecution\":{\"status\":\"InProgress\"}}],"                  \
                             "\"latestExecution\":{\"pipelineExecutionId\":\"e2\","                \
                             "\"status\":\"InProgress\"}}")                                        \
    }
#define STOPS                                                                                      \
    {                                                                                              \
        .to = ".StopPipelineExecution\r", .body = "{\"pipelineExecutionId\":\"e2\"}",              \
        .needs = "{\"pipelineName\":\"sales\",\"pipelineExecutionId\":\"e2\",\"abandon\":false,"   \
                 "\"reason\":\"enough\"}"                                                          \
    }

static void begin(struct ops *s, const struct answer *answers, size_t count)
{
    ops_begin(s, &operation_stop, answers, count);
    s->in.reason = SV("enough");
}

static void test_what_was_planned_is_sent_once_and_told_with_its_request(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, RUNNING,         IN("Build", ""),
                                            RUNNING,   IN("Build", ""), STOPS};
    struct ops s;
    char log[16384];

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    CHECK_STR(s.plan.confirm, "");
    CHECK_SV(ops_state(&s), SV("execution e2 InProgress in Build"));
    CHECK_SV(ops_effect(&s), SV("stops when what runs has finished (Run)"));
    CHECK_SV(s.plan.steps->caller, SV("arn:aws:iam::111111111111:user/ana"));
    CHECK_SV(s.plan.steps->iam, SV("codepipeline:StopPipelineExecution"));
    CHECK_SV(s.plan.steps->aws_line,
             SV("aws codepipeline stop-pipeline-execution --region eu-west-1 --pipeline-name sales "
                "--pipeline-execution-id e2 --reason enough"));
    CHECK_SV(s.plan.steps->own_line,
             SV("penstock --region eu-west-1 stop sales --execution e2 --reason enough"));
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "execution e2 is stopping, request id r-1");
    CHECK_STR(s.o.execution, "e2");
    CHECK_INT(twin_asked(&s.twin, ".StopPipelineExecution\r"), 1);
    twin_audit(&s.twin, log, sizeof log);
    OPS_HAS(log, "enough");
    OPS_HAS(log, "execution e2 InProgress in Build");
    ops_end(&s);
}

static void test_many_running_actions_are_counted(void **state UNUSED)
{
#define RUNS(name)                                                                                 \
    "{\"actionName\":\"" name                                                                      \
    "-with-a-long-name-of-eighty-characters-or-so-that-fills-a-line-by-itself-nearly\","           \
    "\"latestExecution\":{\"status\":\"InProgress\"}}"
#define RUN_4(p) RUNS(p "a") "," RUNS(p "b") "," RUNS(p "c") "," RUNS(p "d")
    static const struct answer answers[] = {
        TWIN_HOME,
        RUNNING,
        {.to = OPS_STATE,
         .body = OPS_STATE_OF(
             "{\"stageName\":\"Build\",\"actionStates\":[" RUN_4("1") "," RUN_4("2") "," RUN_4(
                 "3") "," RUN_4("4") "],\"latestExecution\":{\"pipelineExecutionId\":\"e2\","
                                     "\"status\":\"InProgress\"}}")}};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "");
    OPS_HAS_SV(ops_effect(&s), "(1a-with");
    OPS_HAS_SV(ops_effect(&s), " and 12 more)");
    ops_end(&s);
}

static void test_what_changed_meanwhile_is_refused_and_said(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, RUNNING, IN("Build", ""), RUNNING,
                                            IN("Deploy", "")};
    struct ops s;
    char log[16384];

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "it has changed since the plan was made, and nothing was sent");
    OPS_HAS(s.job.err.text, "in Build");
    OPS_HAS(s.job.err.text, "in Deploy");
    OPS_HAS(twin_audit(&s.twin, log, sizeof log), "refused");
    CHECK_INT(twin_asked(&s.twin, ".StopPipelineExecution\r"), 0);
    ops_end(&s);
}

#define CUT                                                                                        \
    {                                                                                              \
        .to = ".StopPipelineExecution\r", .is_cut = true                                           \
    }
#define IS_NOW(word)                                                                               \
    {                                                                                              \
        .to = OPS_RUN, .body = OPS_EXECUTED(word)                                                  \
    }

static void test_a_lost_answer_is_looked_up_and_never_sent_again(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME,       RUNNING, IN("Build", ""),   RUNNING,
                                            IN("Build", ""), CUT,     IS_NOW("Stopping")};
    struct ops s;
    char log[16384];

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    OPS_HAS(twin_audit(&s.twin, log, sizeof log), "AWS's answer was lost; it was done");
    CHECK_STR(s.job.steps[0].note, "though AWS's answer was lost: execution e2 is Stopping");
    CHECK_INT(twin_asked(&s.twin, ".StopPipelineExecution\r"), 1);
    ops_end(&s);
}

static void test_a_lost_answer_may_mean_that_it_was_not_done(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,       RUNNING, IN("Build", ""),      RUNNING,
        IN("Build", ""), CUT,     IS_NOW("InProgress"), IS_NOW("InProgress")};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    CHECK_STR(s.job.err.text, "AWS's answer was lost, and it was not done as far as AWS shows");
    CHECK_INT(twin_asked(&s.twin, ".StopPipelineExecution\r"), 1);
    ops_end(&s);
}

static void test_what_nobody_can_tell_is_not_sent_again_when_it_goes_on(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        RUNNING,
        IN("Build", ""),
        RUNNING,
        IN("Build", ""),
        CUT,
        {.to = OPS_RUN, .error = "AccessDeniedException", .body = "you may not look"},
        IS_NOW("Stopped")};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "still unknown whether AWS did it");
    OPS_HAS(s.job.err.text, "you may not look");
    CHECK_INT(twin_job(&s.twin, &s.job), JOB_DONE);
    CHECK_INT(twin_asked(&s.twin, ".StopPipelineExecution\r"), 1);
    ops_end(&s);
}

static void test_what_was_cancelled_on_its_way_is_looked_up_when_it_goes_on(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,        RUNNING,         IN("Build", ""),
        RUNNING,          IN("Build", ""), {.to = ".StopPipelineExecution\r", .is_silent = true},
        IS_NOW("Stopped")};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_INT(ops_cancel_at(&s, ".StopPipelineExecution\r"), JOB_CANCELLED);
    CHECK_INT(twin_job(&s.twin, &s.job), JOB_DONE);
    OPS_HAS(s.job.steps[0].note, "though AWS's answer was lost");
    CHECK_INT(twin_asked(&s.twin, ".StopPipelineExecution\r"), 1);
    ops_end(&s);
}

static void test_stopping_does_not_tell_that_it_is_abandoned(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,       RUNNING, IN("Build", ""),    RUNNING,
        IN("Build", ""), CUT,     IS_NOW("Stopping"), IS_NOW("Stopped")};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    s.in.is_abandon = true;
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_STR(s.job.steps[0].note, "though AWS's answer was lost: execution e2 is Stopped");
    ops_end(&s);
}

static void test_a_denial_is_told_with_its_request(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        RUNNING,
        IN("Build", ""),
        RUNNING,
        IN("Build", ""),
        {.to = ".StopPipelineExecution\r", .error = "AccessDeniedException", .body = "no right"}};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    CHECK_INT(s.job.err.code, ERR_DENIED);
    OPS_HAS(s.job.err.text, "(request id r-1)");
    ops_end(&s);
}

/* ---- what stands in the way ---- */

static void test_it_must_be_clear_which_execution_is_meant(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = OPS_LIST,
         .body = OPS_LISTED(OPS_EXECUTION("e3", "InProgress") "," OPS_EXECUTION("e2", "Stopping"))},
        IN("Build", "")};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "2 executions run: name one with --execution: e3 (InProgress), e2 "
                               "(Stopping)");
    ops_end(&s);
}

static void test_nothing_runs_or_it_has_ended(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = OPS_LIST, .body = OPS_LISTED(OPS_EXECUTION("e1", "Failed"))},
        IN("Build", "")};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "nothing runs in sales");
    ops_end(&s);
    begin(&s, answers, ARRAY_LEN(answers));
    s.operands[0].execution_id = SV("e1");
    OPS_PLANNED(&s);
    CHECK_STR(ops_refusal(&s), "execution e1 has ended already: Failed");
    ops_end(&s);
}

static void test_a_reason_is_needed_and_has_its_limit(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, RUNNING, IN("Build", "")};
    char word[300];
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    s.in.reason = SV("");
    OPS_PLANNED(&s);
    OPS_HAS(ops_refusal(&s), "a reason is needed");
    ops_end(&s);
    /* 200 characters in 201 bytes; one more is too many. */
    snprintf(word, sizeof word, "%0199d\xc3\xa4", 0);
    for (size_t more = 0; more < 2; more++) {
        begin(&s, answers, ARRAY_LEN(answers));
        s.in.reason = sv_of(word);
        OPS_PLANNED(&s);
        CHECK_STR(ops_refusal(&s),
                  more == 0 ? "" : "the reason has 201 characters, and AWS takes 200");
        ops_end(&s);
        snprintf(word + 201, sizeof word - 201, "!");
    }
}

static void test_who_waits_before_the_stage_would_slip_in(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, RUNNING,
        IN("Build",
           "\"inboundExecution\":{\"pipelineExecutionId\":\"e3\",\"status\":\"InProgress\"},")};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    OPS_HAS(ops_hint(&s), "disable the transition into Build first");
    ops_end(&s);
}

static void test_an_environment_that_is_protected_wants_the_name_typed(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, RUNNING, IN("Deploy-Stage-prod", "")};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(s.plan.confirm, "sales");
    ops_end(&s);
}

/* The word stands for all of them, and which are protected is told. */
static void test_several_protected_ones_are_named(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, RUNNING, IN("Deploy-Stage-prod", ""),
                                            RUNNING, IN("Deploy-Stage-prod", "")};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    s.in.operand_count = 2;
    s.operands[1].id.name = SV("orders");
    OPS_PLANNED(&s);
    CHECK_STR(s.plan.confirm, "2 targets");
    CHECK_SV(s.plan.guarded, SV("sales, orders"));
    CHECK_INT(s.plan.guarded_count, 2);
    ops_end(&s);
}

static void test_a_freeze_refuses_also_when_it_begins_after_the_plan(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, RUNNING, IN("Build", ""), RUNNING,
                                            IN("Build", "")};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    ops_config(&s, "[freeze]\nalways = 2020-01-01 to 2099-01-01: the books are closed\n");
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "the books are closed");
    CHECK_INT(twin_asked(&s.twin, ".StopPipelineExecution\r"), 0);
    ops_config_end(&s);
    ops_end(&s);
}

/* ---- several ---- */

static void test_one_that_fails_does_not_keep_the_others(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        RUNNING,
        IN("Build", ""),
        RUNNING,
        IN("Build", ""),
        RUNNING,
        IN("Build", ""),
        {.to = ".StopPipelineExecution\r", .error = "PipelineExecutionNotStoppableException"},
        RUNNING,
        IN("Build", ""),
        STOPS};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    s.in.operand_count = 2;
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_FAILED);
    CHECK_INT(s.job.steps[0].state, STEP_FAILED);
    CHECK_INT(s.job.steps[1].state, STEP_DONE);
    OPS_HAS(s.job.steps[0].note, "r-1");
    OPS_HAS(s.job.steps[1].note, "r-1");
    CHECK_STR(s.job.err.text, "1 of 2 failed: see each one's line");
    CHECK_TRUE(s.job.steps[1].ended_ms - s.job.began_ms >= OPERATE_PACE_MS);
    ops_end(&s);
}

static void test_too_many_or_none_are_refused_before_anything_is_asked(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    s.in.operand_count = OPERANDS_MAX + 1;
    CHECK_INT(ops_plan(&s), ERR_LIMIT);
    OPS_HAS(s.twin.err.text, "at most 20 at once");
    plan_release(&s.plan);
    s.in.operand_count = 0;
    CHECK_INT(ops_plan(&s), ERR_USAGE);
    CHECK_INT(s.twin.heard->count, 0);
    ops_end(&s);
}

/* ---- lines ---- */

static void test_words_survive_a_shell(void **state UNUSED)
{
    static const struct {
        const char *word;
        const char *quoted;
    } cases[] = {{"plain-1.2/x@y", "plain-1.2/x@y"},
                 {"", "''"},
                 {"a b", "'a b'"},
                 {"it's", "'it'\\''s'"},
                 {"$(rm)", "'$(rm)'"},
                 {"a;b", "'a;b'"},
                 {"a \\ b", "'a \\ b'"},
                 {"one\n'two' \\\t\xc3\xbc", "$'one\\n\\'two\\' \\\\\\011\xc3\xbc'"},
                 {"\xe2\x80\xae"
                  "1\xff",
                  "$'\\342\\200\\2561\\377'"}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sb out;
        struct err err = {0};

        sb_init(&out, 100);
        REQUIRE_OK(shell_word(sv_of(cases[i].word), &out, &err), &err);
        CHECK_STR(sb_cstr(&out), cases[i].quoted);
        sb_release(&out);
    }
}

static void test_a_reason_is_never_read_from_a_file(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, RUNNING, IN("Build", "")};
    static const struct {
        const char *reason;
        const char *option;
    } cases[] = {
        {"file:///etc/passwd", " --cli-input-json '{\"reason\":\"file:///etc/passwd\"}'"},
        {"fileb://x", " --cli-input-json '{\"reason\":\"fileb://x\"}'"},
        {"https://x", " --cli-input-json '{\"reason\":\"https://x\"}'"},
        {"see file://x", " --reason 'see file://x'"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct ops s;

        begin(&s, answers, ARRAY_LEN(answers));
        s.in.reason = sv_of(cases[i].reason);
        OPS_PLANNED(&s);
        OPS_HAS_SV(s.plan.steps->aws_line, cases[i].option);
        OPS_HAS_SV(s.plan.steps->own_line, " --reason ");
        ops_end(&s);
    }
}

/* It is chosen at a stage's row, and what stops is all of it. */
static void test_a_stop_is_called_after_the_execution(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, RUNNING,         IN("Build", ""),
                                            RUNNING,   IN("Build", ""), STOPS};
    struct ops s;
    char log[16384];
    char name[100];

    begin(&s, answers, ARRAY_LEN(answers));
    s.operands[0].stage = SV("Build");
    s.operands[0].action = SV("Run");
    operate_subject(&operation_stop, &s.in, name, sizeof name);
    CHECK_STR(name, "sales");
    OPS_PLANNED(&s);
    CHECK_SV(s.plan.steps->title, SV("stop sales execution e2"));
    CHECK_INT(ops_run(&s), JOB_DONE);
    OPS_HAS(twin_audit(&s.twin, log, sizeof log), "sales execution e2");
    CHECK_TRUE(strstr(log, "sales/Build") == NULL);
    ops_end(&s);
}

/* The next one has a way of its own to a protected environment. */
static void test_what_is_let_in_is_guarded(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        RUNNING,
        {.to = OPS_STATE,
         .body = OPS_STATE_OF(
             "{\"stageName\":\"Build\",\"inboundExecution\":{\"pipelineExecutionId\":\"e3\","
             "\"status\":\"InProgress\"},\"actionStates\":[],\"latestExecution\":{"
             "\"pipelineExecutionId\":\"e2\",\"status\":\"InProgress\"}},"
             "{\"stageName\":\"Deploy-Stage-prod\",\"actionStates\":[]}")},
        {.to = OPS_DEF, .error = "AccessDeniedException", .body = "not for you"}};
    struct ops s;

    begin(&s, answers, ARRAY_LEN(answers));
    OPS_PLANNED(&s);
    CHECK_STR(s.plan.confirm, "sales");
    CHECK_SV(ops_effect(&s), SV("stops when what runs has finished (nothing now); then execution "
                                "e3 goes into Build, as far as Deploy-Stage-prod"));
    ops_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_planned_is_sent_once_and_told_with_its_request),
        TEST(test_many_running_actions_are_counted),
        TEST(test_what_changed_meanwhile_is_refused_and_said),
        TEST(test_a_lost_answer_is_looked_up_and_never_sent_again),
        TEST(test_a_lost_answer_may_mean_that_it_was_not_done),
        TEST(test_what_nobody_can_tell_is_not_sent_again_when_it_goes_on),
        TEST(test_what_was_cancelled_on_its_way_is_looked_up_when_it_goes_on),
        TEST(test_stopping_does_not_tell_that_it_is_abandoned),
        TEST(test_a_denial_is_told_with_its_request),
        TEST(test_it_must_be_clear_which_execution_is_meant),
        TEST(test_nothing_runs_or_it_has_ended),
        TEST(test_a_reason_is_needed_and_has_its_limit),
        TEST(test_who_waits_before_the_stage_would_slip_in),
        TEST(test_an_environment_that_is_protected_wants_the_name_typed),
        TEST(test_several_protected_ones_are_named),
        TEST(test_a_freeze_refuses_also_when_it_begins_after_the_plan),
        TEST(test_one_that_fails_does_not_keep_the_others),
        TEST(test_too_many_or_none_are_refused_before_anything_is_asked),
        TEST(test_words_survive_a_shell),
        TEST(test_what_is_let_in_is_guarded),
        TEST(test_a_reason_is_never_read_from_a_file),
        TEST(test_a_stop_is_called_after_the_execution),
    };

    return RUN(tests);
}
