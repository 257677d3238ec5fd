/* Jobs: steps in their order, and going on where it ended. */
#include "core/deploy/job.h"

#include "core/base/time.h"
#include "tests/unit/check.h"

static struct net *net;
static struct job job;
static int runs[3];
static enum err_code ends[3];
static int lost[3]; /* so many answers */
static bool was_done;
static int told;
static int numbers[] = {0, 1, 2};

static job_step_fn work;
static enum err_code work(struct job *j, struct task *task, void *owner, struct err *err)
{
    int n = *(const int *)owner;
    enum err_code rc = task_sleep(task, 1, err);

    if (rc)
        return rc;
    runs[n]++;
    job_note(j, "step %d", n);
    if (lost[n] > 0) {
        lost[n]--;
        return err_set(err, ERR_NET, "the answer of step %d got lost", n);
    }
    if (n == 0 && was_done)
        job_was_done(j, "nothing was missing");
    return ends[n] ? err_set(err, ends[n], "step %d says no", n) : ERR_OK;
}

static void on_done(void *listener UNUSED, struct job *j UNUSED)
{
    told++;
}

static int open_job(void **state UNUSED)
{
    struct err err = {0};

    memset(runs, 0, sizeof runs);
    memset(ends, 0, sizeof ends);
    memset(lost, 0, sizeof lost);
    was_done = false;
    told = 0;
    job_init(&job, "three steps");
    job.done = on_done;
    for (size_t i = 0; i < 3; i++)
        REQUIRE_OK(job_add_step(&job, work, &numbers[i], &err, "step %zu", i), &err);
    return net_open(&net, &err) ? -1 : 0;
}

static int close_job(void **state UNUSED)
{
    job_release(&job);
    net_close(net);
    return 0;
}

static void run_to_end(void)
{
    int64_t end_ms = time_mono_ms() + 10000;
    struct err err = {0};

    REQUIRE_OK(job_start(&job, net, &err), &err);
    while (job.state == JOB_RUNS && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(net, NULL, 0, 100, &err), &err);
    REQUIRE(job.state != JOB_RUNS);
}

static void test_steps_run_one_after_the_other(void **state UNUSED)
{
    uint64_t before = job.changes;

    run_to_end();
    CHECK_INT(job.state, JOB_DONE);
    CHECK_INT(told, 1);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(runs[i], 1);
        CHECK_INT(job.steps[i].state, STEP_DONE);
        CHECK_TRUE(job.steps[i].began_ms <= job.steps[i].ended_ms);
    }
    CHECK_TRUE(job.steps[0].ended_ms <= job.steps[1].began_ms);
    CHECK_STR(job.steps[2].note, "step 2");
    CHECK_TRUE(job.changes > before);
}

static void test_a_failure_stops_it_and_it_goes_on_from_there(void **state UNUSED)
{
    ends[1] = ERR_FAILED;
    run_to_end();
    CHECK_INT(job.state, JOB_FAILED);
    CHECK_STR(job.err.text, "step 1 says no");
    CHECK_INT(job.at, 1);
    CHECK_INT(job.steps[1].state, STEP_FAILED);
    CHECK_STR(job.steps[1].note, "step 1 says no");
    CHECK_INT(job.steps[2].state, STEP_AHEAD);
    ends[1] = ERR_OK;
    run_to_end();
    CHECK_INT(job.state, JOB_DONE);
    CHECK_STR(job.err.text, "");
    CHECK_INT(runs[0], 1);
    CHECK_INT(runs[1], 2);
    CHECK_INT(runs[2], 1);
}

static void test_a_step_whose_answer_got_lost_looks_again(void **state UNUSED)
{
    lost[1] = 2;
    run_to_end();
    CHECK_INT(job.state, JOB_DONE);
    CHECK_INT(runs[1], 3);
    CHECK_INT(runs[2], 1);
}

static void test_a_network_that_stays_away_ends_it(void **state UNUSED)
{
    lost[1] = 100;
    run_to_end();
    CHECK_INT(job.state, JOB_FAILED);
    CHECK_INT(job.err.code, ERR_NET);
    CHECK_INT(runs[1], 3);
    CHECK_INT(runs[2], 0);
}

static void test_a_step_that_waits_for_a_person_is_no_failure(void **state UNUSED)
{
    ends[2] = ERR_PENDING;
    run_to_end();
    CHECK_INT(job.state, JOB_WAITS);
    CHECK_INT(job.steps[2].state, STEP_WAITS);
    ends[2] = ERR_OK;
    run_to_end();
    CHECK_INT(job.state, JOB_DONE);
}

static void test_what_was_done_already_is_told_so(void **state UNUSED)
{
    was_done = true;
    run_to_end();
    CHECK_INT(job.steps[0].state, STEP_WAS_DONE);
    CHECK_STR(job.steps[0].note, "nothing was missing");
    CHECK_STR(step_state_word(STEP_WAS_DONE), "done already");
}

static void test_a_cancelled_job_says_where_it_was(void **state UNUSED)
{
    struct err err = {0};

    REQUIRE_OK(job_start(&job, net, &err), &err);
    REQUIRE_OK(net_wait(net, NULL, 0, 0, &err), &err);
    job_cancel(&job);
    CHECK_INT(job.state, JOB_CANCELLED);
    CHECK_TRUE(strstr(job.err.text, "\"step 0\"") != NULL);
    CHECK_INT(told, 1);
    run_to_end();
    CHECK_INT(job.state, JOB_DONE);
}

static void test_events_beyond_the_limit_are_counted(void **state UNUSED)
{
    struct job_event event = {.subject = "bucket"};
    struct err err = {0};

    for (int i = 0; i < JOB_EVENTS_MAX + 3; i++)
        REQUIRE_OK(job_event(&job, &event, &err), &err);
    CHECK_INT(job.event_count, JOB_EVENTS_MAX);
    CHECK_INT(job.events_left_out, 3);
}

#define RUNNING(fn) cmocka_unit_test_setup_teardown(fn, open_job, close_job)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(test_steps_run_one_after_the_other),
        RUNNING(test_a_failure_stops_it_and_it_goes_on_from_there),
        RUNNING(test_a_step_whose_answer_got_lost_looks_again),
        RUNNING(test_a_network_that_stays_away_ends_it),
        RUNNING(test_a_step_that_waits_for_a_person_is_no_failure),
        RUNNING(test_what_was_done_already_is_told_so),
        RUNNING(test_a_cancelled_job_says_where_it_was),
        RUNNING(test_events_beyond_the_limit_are_counted),
    };

    return RUN(tests);
}
