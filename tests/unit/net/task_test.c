/* Tasks: straight-line work between waits of the one loop. */
#include "core/net/task.h"

#include "core/base/mem.h"
#include "core/base/time.h"
#include "tests/unit/check.h"

static struct net *net;
static char trace[256];
static int ended;
static enum err_code ended_as;
static char ended_why[ERR_TEXT_MAX];

static void note(const char *word)
{
    size_t at = strlen(trace);

    (void)snprintf(trace + at, sizeof trace - at, "%s ", word);
}

static void on_done(void *owner UNUSED, enum err_code rc, const struct err *err)
{
    ended++;
    ended_as = rc;
    (void)snprintf(ended_why, sizeof ended_why, "%s", err->text);
}

static int open_net(void **state UNUSED)
{
    struct err err;

    trace[0] = '\0';
    ended = 0;
    return net_open(&net, &err) ? -1 : 0;
}

static int close_net(void **state UNUSED)
{
    net_close(net);
    return 0;
}

static void wait_until(const int *what, int count)
{
    int64_t end_ms = time_mono_ms() + 10000;
    struct err err;

    while (*what < count && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(net, NULL, 0, 100, &err), &err);
    CHECK_INT(*what, count);
}

static enum err_code count_naps(struct task *task, void *owner, struct err *err)
{
    char name = *(const char *)owner;
    enum err_code rc = ERR_OK;

    for (int i = 1; i <= 2 && !rc; i++) {
        char word[4] = {name, (char)('0' + i), '\0'};

        note(word);
        rc = task_sleep(task, 1, err);
    }
    return rc;
}

static void test_two_tasks_take_turns(void **state)
{
    static char names[] = "ab";
    struct task *task;
    struct err err;

    (void)state;
    REQUIRE_OK(task_start(net, count_naps, on_done, &names[0], &task, &err), &err);
    REQUIRE_OK(task_start(net, count_naps, on_done, &names[1], &task, &err), &err);
    CHECK_STR(trace, "");
    wait_until(&ended, 2);
    CHECK_STR(trace, "a1 b1 a2 b2 ");
    CHECK_INT(ended_as, ERR_OK);
}

static enum err_code fail_at_once(struct task *task UNUSED, void *owner UNUSED, struct err *err)
{
    return err_set(err, ERR_DENIED, "no");
}

static void test_a_failure_reaches_the_owner_from_the_loop(void **state)
{
    struct task *task;
    struct err err;

    (void)state;
    REQUIRE_OK(task_start(net, fail_at_once, on_done, NULL, &task, &err), &err);
    CHECK_INT(ended, 0);
    wait_until(&ended, 1);
    CHECK_INT(ended_as, ERR_DENIED);
    CHECK_STR(ended_why, "no");
}

static int released;

static void release(int *what UNUSED)
{
    released++;
}

static enum err_code sleep_long(struct task *task, void *owner UNUSED, struct err *err)
{
    CLEANUP(release) int held UNUSED = 1;
    enum err_code rc;

    note("asleep");
    rc = task_sleep(task, 3600 * 1000, err);
    note(rc == ERR_CANCELLED ? "cancelled" : "?");
    return rc ? task_sleep(task, 3600 * 1000, err) : rc;
}

static void test_a_cancelled_task_unwinds_at_once(void **state)
{
    struct task *task;
    struct err err;

    (void)state;
    released = 0;
    REQUIRE_OK(task_start(net, sleep_long, on_done, NULL, &task, &err), &err);
    for (int i = 0; i < 100 && trace[0] == '\0'; i++)
        REQUIRE_OK(net_wait(net, NULL, 0, 10, &err), &err);
    task_cancel(task);
    CHECK_STR(trace, "asleep cancelled ");
    CHECK_INT(released, 1);
    CHECK_INT(ended, 0);
}

static void test_one_that_has_not_begun_is_cancelled_too(void **state)
{
    struct task *task;
    struct err err;

    (void)state;
    REQUIRE_OK(task_start(net, sleep_long, on_done, NULL, &task, &err), &err);
    task_cancel(task);
    task_cancel(NULL);
    REQUIRE_OK(net_wait(net, NULL, 0, 0, &err), &err);
    CHECK_STR(trace, "");
    CHECK_INT(ended, 0);
}

static enum err_code use_stack(struct task *task, void *owner UNUSED, struct err *err)
{
    volatile char large[200 * 1024];

    for (size_t i = 0; i < sizeof large; i += 512)
        large[i] = (char)i;
    return large[512] == 0 ? task_sleep(task, 1, err) : err_set(err, ERR_FAILED, "stack");
}

static void test_a_task_has_a_stack_to_work_with(void **state)
{
    struct task *task;
    struct err err;

    (void)state;
    REQUIRE_OK(task_start(net, use_stack, on_done, NULL, &task, &err), &err);
    wait_until(&ended, 1);
    CHECK_INT(ended_as, ERR_OK);
}

static enum err_code wait_for_nobody(struct task *task, void *owner UNUSED, struct err *err)
{
    enum err_code rc = task_sleep(task, 1, err);

    note("slept ");
    ended = 1;
    return rc ? rc : task_wait(task, err);
}

/* A sleep is its own wish; only what others do not bring is waited for. */
static void test_it_tells_how_long_it_waits(void **state)
{
    struct task *task;
    struct err err;
    int64_t before;

    (void)state;
    CHECK_INT(task_waits_ms(NULL), 0);
    REQUIRE_OK(task_start(net, wait_for_nobody, on_done, NULL, &task, &err), &err);
    CHECK_INT(task_waits_ms(task), 0);
    wait_until(&ended, 1);
    before = time_mono_ms();
    while (time_mono_ms() - before < 20)
        CHECK_INT(net_wait(net, NULL, 0, 5, &err), ERR_OK);
    CHECK_TRUE(task_waits_ms(task) >= 20 && task_waits_ms(task) < 10000);
    task_cancel(task);
}

static void test_short_memory_starts_nothing(void **state)
{
    struct task *task;
    struct err err;
    long needed = 0;

    (void)state;
    /* The second one needs no more room for timers. */
    for (int i = 0; i < 2; i++) {
        mem_fail_at(0);
        REQUIRE_OK(task_start(net, fail_at_once, on_done, NULL, &task, &err), &err);
        needed = mem_count();
        task_cancel(task);
    }
    for (long n = 1; n <= needed; n++) {
        mem_fail_at(n);
        CHECK_INT(task_start(net, fail_at_once, on_done, NULL, &task, &err), ERR_LIMIT);
        mem_fail_at(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define EACH_TASK(name) cmocka_unit_test_setup_teardown(name, open_net, close_net)
        EACH_TASK(test_two_tasks_take_turns),
        EACH_TASK(test_a_failure_reaches_the_owner_from_the_loop),
        EACH_TASK(test_a_cancelled_task_unwinds_at_once),
        EACH_TASK(test_one_that_has_not_begun_is_cancelled_too),
        EACH_TASK(test_a_task_has_a_stack_to_work_with),
        EACH_TASK(test_it_tells_how_long_it_waits),
        EACH_TASK(test_short_memory_starts_nothing),
    };

    return RUN(tests);
}
