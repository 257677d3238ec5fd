/* Writes whose outcome is not known: held by the process, and told by the next plan. */
#include "core/operate/sending.h"
#include "tests/unit/operate/operate_stage.h"

#define SOURCE                                                                                     \
    "{\"name\":\"Source\",\"actionTypeId\":{\"category\":\"Source\",\"owner\":\"AWS\","            \
    "\"provider\":\"CodeCommit\",\"version\":\"1\"},\"configuration\":{\"RepositoryName\":"        \
    "\"app\",\"BranchName\":\"main\"}}"
#define LOOK                                                                                       \
    {.to = OPS_DEF,                                                                                \
     .body = "{\"pipeline\":{\"name\":\"sales\",\"version\":3,\"pipelineType\":\"V2\",\"stages\":" \
             "[{\"name\":\"Source\",\"actions\":[" SOURCE "]}]}}"},                                \
        {.to = OPS_STATE, .body = OPS_STATE_OF("{\"stageName\":\"Source\"}")},                     \
        {.to = OPS_LIST, .body = OPS_LISTED(OPS_EXECUTION("e1", "Succeeded"))},                    \
    {                                                                                              \
        .to = ".GetBranch\r",                                                                      \
        .body = "{\"branch\":{\"branchName\":\"main\",\"commitId\":\"rev-e1\"}}"                   \
    }
#define OURS                                                                                       \
    "{\"pipelineExecutionId\":\"e2\",\"status\":\"InProgress\",\"trigger\":{\"triggerType\":"      \
    "\"StartPipelineExecution\",\"triggerDetail\":\"arn:aws:iam::111111111111:user/ana\"}},"
#define PAST(rows)                                                                                 \
    {                                                                                              \
        .to = OPS_LIST, .body = OPS_LISTED(rows OPS_EXECUTION("e1", "Succeeded"))                  \
    }
enum { AUDIT_TEXT = 64 * 1024 };
#define START ".StartPipelineExecution\r"
#define SILENT                                                                                     \
    {                                                                                              \
        .to = START, .is_silent = true                                                             \
    }
#define STARTS                                                                                     \
    {                                                                                              \
        .to = START, .body = "{\"pipelineExecutionId\":\"e2\"}", .needs = "\"clientRequestToken\"" \
    }

/* A release that is cancelled on its way, and then a new plan of it, as P makes one. */
static void cancel_and_plan(struct ops *s)
{
    OPS_PLANNED(s);
    CHECK_INT(ops_cancel_at(s, START), JOB_CANCELLED);
    job_release(&s->job);
    plan_release(&s->plan);
    operating_release(&s->o);
    OPS_PLANNED(s);
}

static void test_a_new_plan_asks_for_the_cancelled_write_by_its_token(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, LOOK,     LOOK, SILENT,
                                            PAST(""),  PAST(""), LOOK, STARTS};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    cancel_and_plan(&s);
    OPS_HAS(ops_hint(&s), "an earlier write, sent at 20");
    OPS_HAS(ops_hint(&s), "may have been carried out: a yes asks for that one again");
    OPS_HAS_SV(ops_effect(&s), "may have been carried out; releases ");
    CHECK_INT(ops_run(&s), JOB_DONE);
    OPS_HAS(s.job.steps[0].note, "though AWS's answer was lost: execution e2 began");
    CHECK_TRUE(sending_find(s.operation, &s.operands[0]) == NULL);
    ops_end(&s);
}

static void test_a_new_plan_tells_that_the_cancelled_write_was_carried_out(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, LOOK, LOOK, SILENT, PAST(OURS), LOOK};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    cancel_and_plan(&s);
    OPS_HAS(ops_hint(&s), "was carried out: execution e2 began");
    OPS_HAS_SV(ops_effect(&s), "was carried out: execution e2 began; releases ");
    CHECK_TRUE(sending_find(s.operation, &s.operands[0]) == NULL);
    ops_end(&s);
}

/* Other variables are another write: the token is not for them. */
static void test_another_write_looks_for_the_earlier_one_first(void **state UNUSED)
{
    static const struct answer shows[] = {TWIN_HOME, LOOK,     LOOK, SILENT,
                                          PAST(""),  PAST(""), LOOK, PAST(OURS)};
    static const struct answer does_not[] = {
        TWIN_HOME, LOOK, LOOK, SILENT, PAST(""), PAST(""), LOOK, PAST(""), PAST(""), LOOK, STARTS};
    struct ops s;

    OPS_BEGIN(&s, release, shows);
    OPS_PLANNED(&s);
    CHECK_INT(ops_cancel_at(&s, START), JOB_CANCELLED);
    job_release(&s.job);
    plan_release(&s.plan);
    operating_release(&s.o);
    s.in.is_all = true; /* any member of the input */
    OPS_PLANNED(&s);
    OPS_HAS(ops_hint(&s), "a yes looks for it again, and sends this one unless it shows");
    CHECK_INT(ops_run(&s), JOB_FAILED);
    OPS_HAS(s.job.err.text, "nothing was sent: the earlier write was carried out (execution e2");
    CHECK_INT(twin_asked(&s.twin, START), 1);
    ops_end(&s);
    OPS_BEGIN(&s, release, does_not);
    OPS_PLANNED(&s);
    CHECK_INT(ops_cancel_at(&s, START), JOB_CANCELLED);
    job_release(&s.job);
    plan_release(&s.plan);
    operating_release(&s.o);
    s.in.is_all = true;
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_INT(twin_asked(&s.twin, START), 2);
    ops_end(&s);
}

/* What was typed for it is gone with its form; the write has what it was made of. */
static void test_a_held_write_outlives_what_it_was_made_of(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK,
        LOOK,
        SILENT,
        PAST(""),
        PAST(""),
        LOOK,
        {.to = START, .body = "{\"pipelineExecutionId\":\"e2\"}", .needs = "\"name\":\"sales\""}};
    char name[] = "sales";
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    s.operands[0].id.name = sv_of(name);
    OPS_PLANNED(&s);
    CHECK_INT(ops_cancel_at(&s, START), JOB_CANCELLED);
    job_release(&s.job);
    plan_release(&s.plan);
    operating_release(&s.o);
    memset(name, 'x', sizeof name - 1);
    s.operands[0].id.name = SV("sales");
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    ops_end(&s);
}

/* Another pipeline's plan does not tell of it, and nobody asks for it there. */
static void test_it_is_its_target_s_own(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, LOOK, LOOK, SILENT, LOOK};
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    OPS_PLANNED(&s);
    CHECK_INT(ops_cancel_at(&s, START), JOB_CANCELLED);
    job_release(&s.job);
    plan_release(&s.plan);
    operating_release(&s.o);
    CHECK_TRUE(sending_find(&operation_stop, &s.operands[0]) == NULL);
    CHECK_TRUE(sending_find(s.operation, &s.operands[0]) != NULL);
    s.operands[0].id.name = SV("orders");
    CHECK_TRUE(sending_find(s.operation, &s.operands[0]) == NULL);
    OPS_PLANNED(&s);
    CHECK_TRUE(strstr(ops_hint(&s), "earlier") == NULL);
    sending_forget();
    s.operands[0].id.name = SV("sales");
    CHECK_TRUE(sending_find(s.operation, &s.operands[0]) == NULL);
    ops_end(&s);
}

/* Another process has nothing but the audit. */
static void leave_and_plan(struct ops *s)
{
    OPS_PLANNED(s);
    CHECK_INT(ops_cancel_at(s, START), JOB_CANCELLED);
    job_release(&s->job);
    plan_release(&s->plan);
    operating_release(&s->o);
    sending_forget();
    OPS_PLANNED(s);
}

static void test_another_process_tells_that_it_was_carried_out_and_settles_it(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME,  LOOK,       LOOK, SILENT,
                                            PAST(OURS), PAST(OURS), LOOK, LOOK};
    char log[AUDIT_TEXT];
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    leave_and_plan(&s);
    OPS_HAS(ops_hint(&s), "an earlier write, sent at 20");
    OPS_HAS(ops_hint(&s), " (pid ");
    OPS_HAS(ops_hint(&s), "was carried out: execution e2 began");
    OPS_HAS(ops_hint(&s), "nothing is sent now");
    CHECK_TRUE(s.plan.is_nothing);
    /* Only looked at, it settles nothing; told to who wants it done, it is settled for all. */
    CHECK_TRUE(strstr(twin_audit(&s.twin, log, sizeof log), "it was done [token ") == NULL);
    operate_told(&s.o);
    OPS_HAS(twin_audit(&s.twin, log, sizeof log), "it was done [token ");
    plan_release(&s.plan);
    operating_release(&s.o);
    sending_forget();
    OPS_PLANNED(&s);
    CHECK_TRUE(strstr(ops_hint(&s), "earlier") == NULL && !s.plan.is_nothing);
    ops_end(&s);
}

static void test_another_process_sends_the_same_with_the_same_token(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, LOOK,     LOOK, SILENT, PAST(""),
                                            PAST(""),  PAST(""), LOOK, LOOK,   STARTS};
    char log[AUDIT_TEXT];
    const char *first;
    const char *second;
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    leave_and_plan(&s);
    OPS_HAS(ops_hint(&s), "may have been carried out: a yes asks for that one again");
    CHECK_INT(ops_run(&s), JOB_DONE);
    OPS_HAS(s.job.steps[0].note, "though AWS's answer was lost: execution e2 began");
    first = strstr(twin_audit(&s.twin, log, sizeof log), "[token ");
    REQUIRE(first != NULL);
    second = strstr(first + 1, "[token ");
    REQUIRE(second != NULL);
    CHECK_INT(strncmp(first, second, strlen("[token ") + 32), 0);
    ops_end(&s);
}

/* Another revision is another write: looked for, and sent, as was agreed to. */
static void test_another_process_gives_up_what_stays_unknown(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, LOOK, LOOK,     SILENT,   PAST(""), PAST(""),
                                            PAST(""),  LOOK, PAST(""), PAST(""), LOOK,     STARTS};
    char log[AUDIT_TEXT];
    struct ops s;

    OPS_BEGIN(&s, release, answers);
    OPS_PLANNED(&s);
    CHECK_INT(ops_cancel_at(&s, START), JOB_CANCELLED);
    job_release(&s.job);
    plan_release(&s.plan);
    operating_release(&s.o);
    sending_forget();
    s.in.is_all = true;
    OPS_PLANNED(&s);
    OPS_HAS(ops_hint(&s), "a yes looks for it again, and sends this one unless it shows");
    CHECK_INT(ops_run(&s), JOB_DONE);
    CHECK_INT(twin_asked(&s.twin, START), 2);
    OPS_HAS(twin_audit(&s.twin, log, sizeof log), "it was not done as far as AWS shows [token ");
    ops_end(&s);
}

static int forget(void **state UNUSED)
{
    sending_forget();
    return 0;
}

#define ALONE(fn) cmocka_unit_test_teardown(fn, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(test_a_new_plan_asks_for_the_cancelled_write_by_its_token),
        ALONE(test_a_new_plan_tells_that_the_cancelled_write_was_carried_out),
        ALONE(test_another_write_looks_for_the_earlier_one_first),
        ALONE(test_a_held_write_outlives_what_it_was_made_of),
        ALONE(test_it_is_its_target_s_own),
        ALONE(test_another_process_tells_that_it_was_carried_out_and_settles_it),
        ALONE(test_another_process_sends_the_same_with_the_same_token),
        ALONE(test_another_process_gives_up_what_stays_unknown),
    };

    return RUN(tests);
}
