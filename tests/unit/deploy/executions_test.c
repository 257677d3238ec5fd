/* First executions, as a job follows them: until all are green, wait for a person, or have failed.
 */
#include "core/deploy/executions.h"

#include "tests/unit/deploy/twin.h"

#define STATE ".GetPipelineState\r"
#define ACTION(name, status, more)                                                                 \
    "{\"actionName\":\"" name "\",\"latestExecution\":{\"status\":\"" status                       \
    "\",\"lastStatusChange\":1700000000" more "}}"
#define IDLE(name) "{\"actionName\":\"" name "\"}"
#define STAGE(name, status, actions)                                                               \
    "{\"stageName\":\"" name                                                                       \
    "\",\"latestExecution\":{\"pipelineExecutionId\":\"1\",\"status\":\"" status                   \
    "\"},\"actionStates\":[" actions "]}"
#define FRESH(name, more, actions)                                                                 \
    "{\"stageName\":\"" name "\"" more ",\"actionStates\":[" actions "]}"
#define PIPELINE(stages) "{\"pipelineName\":\"orders\",\"stageStates\":[" stages "]}"
#define SOURCE_DONE      STAGE("Source", "Succeeded", ACTION("source", "Succeeded", ""))
#define ALL_DONE                                                                                   \
    PIPELINE(SOURCE_DONE "," STAGE("Deploy", "Succeeded", ACTION("deploy", "Succeeded", "")))

struct wish {
    struct twin *twin;
    struct followed pipelines[2];
    size_t count;
};

static enum err_code follow(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;

    return executions_follow(task, job, &w->twin->deploy, w->twin->deploy.home, SV("111111111111"),
                             w->pipelines, w->count, err);
}

static enum job_state run(struct twin *s, struct job *job, struct wish *w, size_t count)
{
    struct err err = {0};

    *w = (struct wish){.twin = s, .count = count};
    w->pipelines[0].name = SV("orders");
    w->pipelines[1].name = SV("orders-dev");
    job_init(job, "a job");
    REQUIRE_OK(job_add_step(job, follow, w, &err, "follow"), &err);
    return twin_job(s, job);
}

/* One state, and what the job ends as. */
static void expect(const char *state, enum job_state ended, const char *sentence)
{
    const struct answer answers[] = {{.to = STATE, .body = state}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    CHECK_INT(run(&s, &job, &w, 1), ended);
    CHECK_STR(ended == JOB_DONE ? job.steps[0].note : job.err.text, sentence);
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_each_change_of_an_action_is_told_once(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = STATE,
         .body = PIPELINE(SOURCE_DONE
                          "," STAGE("Deploy", "InProgress", ACTION("deploy", "InProgress", "")))},
        {.to = STATE, .body = ALL_DONE}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    CHECK_INT(run(&s, &job, &w, 1), JOB_DONE);
    CHECK_STR(job.steps[0].note, "1 of 1 green");
    CHECK_INT(job.event_count, 3);
    CHECK_STR(job.events[0].subject, "orders/source");
    CHECK_STR(job.events[1].subject, "orders/deploy");
    CHECK_STR(job.events[1].status, "InProgress");
    CHECK_TRUE(job.events[1].is_progress);
    CHECK_STR(job.events[2].status, "Succeeded");
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_all_pipelines_must_rest_and_a_resting_one_is_left_alone(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = STATE, .body = ALL_DONE, .needs = "\"orders\""},
        {.to = STATE,
         .body = PIPELINE(STAGE("Source", "InProgress", ACTION("source", "InProgress", ""))),
         .needs = "\"orders-dev\""},
        {.to = STATE, .body = ALL_DONE, .needs = "\"orders-dev\""}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    CHECK_INT(run(&s, &job, &w, 2), JOB_DONE);
    CHECK_STR(job.steps[0].note, "2 of 2 green");
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_an_approval_is_where_a_person_comes_in(void **state UNUSED)
{
    expect(PIPELINE(SOURCE_DONE
                    "," STAGE("ManualApproval-prod", "InProgress",
                              ACTION("approve-prod", "InProgress",
                                     ",\"token\":\"t\"")) "," FRESH("Deploy", "", IDLE("deploy"))),
           JOB_DONE, "green as far as the approvals: 1 of 1 wait for a person");
}

static void test_the_first_action_that_failed_is_blamed(void **state UNUSED)
{
    expect(PIPELINE(SOURCE_DONE "," STAGE(
               "Deploy", "Failed",
               ACTION("deploy", "Failed",
                      ",\"errorDetails\":{\"code\":\"JobFailed\",\"message\":\"no role\"}"))),
           JOB_FAILED, "orders: stage Deploy, action deploy failed: no role");
}

static void test_what_a_person_stopped_is_not_waited_for(void **state UNUSED)
{
    expect(PIPELINE(SOURCE_DONE "," STAGE("Deploy", "Stopped", ACTION("deploy", "Abandoned", ""))),
           JOB_FAILED, "orders: stage Deploy is Stopped: release the change again");
}

static void test_a_closed_way_is_not_waited_for(void **state UNUSED)
{
    expect(PIPELINE(SOURCE_DONE "," FRESH(
               "Deploy",
               ",\"inboundExecution\":{\"pipelineExecutionId\":\"1\",\"status\":\"InProgress\"},"
               "\"inboundTransitionState\":{\"enabled\":false}",
               IDLE("deploy"))),
           JOB_DONE, "green as far as the approvals: 1 of 1 wait for a person");
}

static void test_without_waiting_it_looks_once(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = STATE,
         .body = PIPELINE(STAGE("Source", "InProgress", ACTION("source", "InProgress", "")))}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    s.deploy.no_wait = true;
    CHECK_INT(run(&s, &job, &w, 1), JOB_WAITS);
    CHECK_STR(job.err.text, "the first executions go on by themselves at AWS");
    CHECK_INT(s.heard->count, 1);
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static enum err_code retry(struct task *task, void *owner, struct err *err)
{
    struct deploy *d = owner;

    return executions_retry(task, d, d->home, SV("111111111111"), SV("orders"), err);
}

static void test_only_a_failed_stage_is_tried_again(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = STATE, .body = PIPELINE(STAGE("Source", "Failed", ACTION("source", "Failed", "")))},
        {.to = ".RetryStageExecution\r", .body = "{}", .needs = "\"FAILED_ACTIONS\""},
        {.to = STATE, .body = ALL_DONE}};
    struct twin s;

    twin_open(&s, answers, ARRAY_LEN(answers));
    REQUIRE_OK(twin_run(&s, retry, &s.deploy), &s.err);
    REQUIRE_OK(twin_run(&s, retry, &s.deploy), &s.err);
    CHECK_INT(twin_asked(&s, ".RetryStageExecution\r"), 1);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_change_of_an_action_is_told_once),
        TEST(test_all_pipelines_must_rest_and_a_resting_one_is_left_alone),
        TEST(test_an_approval_is_where_a_person_comes_in),
        TEST(test_the_first_action_that_failed_is_blamed),
        TEST(test_what_a_person_stopped_is_not_waited_for),
        TEST(test_a_closed_way_is_not_waited_for),
        TEST(test_without_waiting_it_looks_once),
        TEST(test_only_a_failed_stage_is_tried_again),
    };

    return RUN(tests);
}
