/* Jobs: steps in their order, what was done is not done again, and what ended can go on. */
#include "core/deploy/job.h"

#include "core/base/time.h"
#include "tests/unit/check.h"

static struct net *net;
static bool is_ended;

struct script {
    int ran[3];
    enum err_code codes[3]; /* of each step, from now on */
    bool was_done;
    bool sleeps;
};

static int open_net(void **state UNUSED)
{
    struct err err;

    return net_open(&net, &err) ? -1 : 0;
}

static int close_net(void **state UNUSED)
{
    net_close(net);
    return 0;
}

static void on_end(void *listener UNUSED, struct job *job UNUSED)
{
    is_ended = true;
}

static enum err_code step(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct script *s = owner;
    size_t at = job->at;

    s->ran[at]++;
    if (s->sleeps && task_sleep(task, 60000, err))
        return ERR_CANCELLED;
    if (s->was_done && at == 0)
        job_was_done(job, "it is there");
    else
        job_note(job, "did %zu", at);
    return s->codes[at] ? err_set(err, s->codes[at], "step %zu cannot", at) : ERR_OK;
}

static void make(struct job *job, struct script *s)
{
    struct err err = {0};

    job_init(job, "a job");
    job->done = on_end;
    for (int i = 0; i < 3; i++)
        REQUIRE_OK(job_add_step(job, step, s, &err, "step %d", i), &err);
}

static void turn(int64_t most_ms)
{
    int64_t end_ms = time_mono_ms() + most_ms;
    struct err err = {0};

    while (!is_ended && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(net, NULL, 0, 50, &err), &err);
}

static void run(struct job *job)
{
    struct err err = {0};

    is_ended = false;
    REQUIRE_OK(job_start(job, net, &err), &err);
    CHECK_INT(job->state, JOB_RUNS);
    turn(10000);
    REQUIRE(is_ended);
}

static void test_steps_run_in_order_and_say_what_they_found(void **state UNUSED)
{
    struct script s = {.was_done = true};
    struct job job;

    make(&job, &s);
    run(&job);
    CHECK_INT(job.state, JOB_DONE);
    CHECK_INT(job.steps[0].state, STEP_WAS_DONE);
    CHECK_STR(job.steps[0].note, "it is there");
    CHECK_INT(job.steps[2].state, STEP_DONE);
    CHECK_STR(job.steps[2].note, "did 2");
    CHECK_TRUE(job.changes > 3 && job.ended_ms >= job.began_ms && job.began_ms > 0);
    CHECK_STR(step_state_word(STEP_WAS_DONE), "done already");
    job_release(&job);
}

static void test_a_failed_job_goes_on_where_it_failed(void **state UNUSED)
{
    struct script s = {.codes = {ERR_OK, ERR_FAILED, ERR_OK}};
    struct job job;

    make(&job, &s);
    run(&job);
    CHECK_INT(job.state, JOB_FAILED);
    CHECK_INT(job.err.code, ERR_FAILED);
    CHECK_STR(job.err.text, "step 1 cannot");
    CHECK_INT(job.steps[1].state, STEP_FAILED);
    CHECK_STR(job.steps[1].note, "step 1 cannot");
    CHECK_INT(job.steps[2].state, STEP_AHEAD);
    s.codes[1] = ERR_OK;
    run(&job);
    CHECK_INT(job.state, JOB_DONE);
    CHECK_INT(job.err.code, ERR_OK);
    CHECK_INT(s.ran[0], 1);
    CHECK_INT(s.ran[1], 2);
    CHECK_INT(s.ran[2], 1);
    CHECK_STR(job.steps[1].note, "did 1");
    job_release(&job);
}

static void test_what_waits_for_a_person_is_no_failure(void **state UNUSED)
{
    struct script s = {.codes = {ERR_OK, ERR_OK, ERR_PENDING}};
    struct job job;

    make(&job, &s);
    run(&job);
    CHECK_INT(job.state, JOB_WAITS);
    CHECK_INT(job.steps[2].state, STEP_WAITS);
    CHECK_STR(job.err.text, "step 2 cannot");
    s.codes[2] = ERR_OK;
    run(&job);
    CHECK_INT(job.state, JOB_DONE);
    CHECK_INT(s.ran[2], 2);
    job_release(&job);
}

static void test_a_cancelled_job_says_where_it_was_and_can_be_started_again(void **state UNUSED)
{
    struct script s = {.sleeps = true};
    struct job job;
    struct err err = {0};

    make(&job, &s);
    is_ended = false;
    REQUIRE_OK(job_start(&job, net, &err), &err);
    while (s.ran[0] == 0)
        REQUIRE_OK(net_wait(net, NULL, 0, 10, &err), &err);
    job_cancel(&job);
    CHECK_TRUE(is_ended);
    CHECK_INT(job.state, JOB_CANCELLED);
    CHECK_INT(job.err.code, ERR_CANCELLED);
    CHECK_STR(job.err.text,
              "stopped while it was at \"step 0\"; what was sent to AWS goes on there");
    CHECK_TRUE(job.task == NULL);
    job_cancel(&job);
    s.sleeps = false;
    run(&job);
    CHECK_INT(job.state, JOB_DONE);
    CHECK_INT(s.ran[0], 2);
    job_release(&job);
}

static void test_a_running_job_is_ended_by_its_release(void **state UNUSED)
{
    struct script s = {.sleeps = true};
    struct job job;
    struct err err = {0};

    make(&job, &s);
    is_ended = false;
    REQUIRE_OK(job_start(&job, net, &err), &err);
    while (s.ran[0] == 0)
        REQUIRE_OK(net_wait(net, NULL, 0, 10, &err), &err);
    job_release(&job);
    job_release(&job);
    CHECK_TRUE(!is_ended);
}

static enum err_code many_events(struct job *job, struct task *task UNUSED, void *owner UNUSED,
                                 struct err *err)
{
    enum err_code rc = ERR_OK;

    for (int i = 0; i < JOB_EVENTS_MAX + 7 && !rc; i++) {
        struct job_event event = {.at_ms = i};

        rc = job_event(job, &event, err);
    }
    return rc;
}

static void test_events_are_capped_and_those_left_out_are_counted(void **state UNUSED)
{
    struct job job;
    struct err err = {0};

    job_init(&job, "events");
    job.done = on_end;
    REQUIRE_OK(job_add_step(&job, many_events, NULL, &err, "many"), &err);
    run(&job);
    CHECK_INT(job.state, JOB_DONE);
    CHECK_INT(job.event_count, JOB_EVENTS_MAX);
    CHECK_INT(job.events_left_out, 7);
    CHECK_INT(job.events[JOB_EVENTS_MAX - 1].at_ms, JOB_EVENTS_MAX - 1);
    job_release(&job);
}

static void test_steps_have_a_limit(void **state UNUSED)
{
    struct job job;
    struct err err = {0};
    enum err_code rc = ERR_OK;

    job_init(&job, "long");
    for (int i = 0; i < 1000 && !rc; i++)
        rc = job_add_step(&job, step, NULL, &err, "step");
    CHECK_INT(rc, ERR_LIMIT);
    CHECK_STR(err.text, "more than 200 steps");
    job_release(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_steps_run_in_order_and_say_what_they_found),
        TEST(test_a_failed_job_goes_on_where_it_failed),
        TEST(test_what_waits_for_a_person_is_no_failure),
        TEST(test_a_cancelled_job_says_where_it_was_and_can_be_started_again),
        TEST(test_a_running_job_is_ended_by_its_release),
        TEST(test_events_are_capped_and_those_left_out_are_counted),
        TEST(test_steps_have_a_limit),
    };

    return cmocka_run_group_tests(tests, open_net, close_net);
}
