/* The work: one act and one errand at a time, and what is told of them. AWS is a port where nobody
 * listens. */
#include "tests/unit/check.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/base/time.h"
#include "tui/telling.h"
#include "tui/work.h"

enum { DEADLINE_MS = 20000 };

static const char *const vars[] = {"AWS_ACCESS_KEY_ID=AKIDEXAMPLE",
                                   "AWS_SECRET_ACCESS_KEY=secret",
                                   "AWS_REGION=eu-west-1",
                                   "AWS_CONFIG_FILE=/nonexistent/config",
                                   "AWS_SHARED_CREDENTIALS_FILE=/nonexistent/credentials",
                                   "AWS_ENDPOINT_URL=http://127.0.0.1:1",
                                   "AWS_MAX_ATTEMPTS=1",
                                   "HOME=/nonexistent",
                                   NULL};

static const struct aws_env env = {vars};
static struct context_options options;
static struct context_list contexts;
static struct cache *cache;
static struct net *net;
static struct aws *aws;
static struct work *work;

static int setup(void **state)
{
    struct cache_options cache_options = {.in_memory = true};
    struct err notice;
    struct err err;

    (void)state;
    options = (struct context_options){.env = &env};
    REQUIRE_OK(context_list_load(&options, &contexts, &err), &err);
    REQUIRE_OK(cache_open(&cache_options, &cache, &notice, &err), &err);
    REQUIRE_OK(net_open(&net, &err), &err);
    REQUIRE_OK(aws_new(net, &aws, &err), &err);
    REQUIRE_OK(work_open(aws, net, cache, &contexts, &options, false, &work, &err), &err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    work_close(work);
    aws_free(aws);
    net_close(net);
    cache_close(cache);
    context_list_release(&contexts);
    return 0;
}

static void wait_while(bool (*is_busy)(void))
{
    int64_t end_ms = time_mono_ms() + DEADLINE_MS;
    struct err err;

    while (is_busy() && time_mono_ms() < end_ms)
        REQUIRE_OK(net_wait(net, NULL, 0, 100, &err), &err);
    REQUIRE(!is_busy());
}

static bool plans(void)
{
    return work_is_busy(work);
}

static bool runs_errand(void)
{
    return work->running[0].errand != ERRAND_NONE || work->queue_count > 0;
}

static void test_a_new_work_has_nothing_to_tell(void **state)
{
    (void)state;
    CHECK_INT(work_has_news(work), false);
    CHECK_INT(work_is_busy(work), false);
    CHECK_INT(work_runs(NULL), false);
}

static void test_read_only_reaches_every_write(void **state)
{
    struct work *other;
    struct err err;

    (void)state;
    REQUIRE_OK(work_open(aws, net, cache, &contexts, &options, true, &other, &err), &err);
    CHECK_INT(other->deploy.is_read_only, true);
    CHECK_INT(work->deploy.is_read_only, false);
    CHECK_INT(work->reader.is_read_only, true);
    work_close(other);
}

static void test_each_change_is_news_once(void **state)
{
    struct err err;

    (void)state;
    REQUIRE_OK(work_new_act(work, ACTION_ENVIRONMENT_REMOVE, &err), &err);
    CHECK_INT(work_has_news(work), true);
    CHECK_INT(work_has_news(work), false);
    REQUIRE_OK(work_plan(work, 1234, &err), &err);
    CHECK_INT(work->plan_began_ms, 1234);
    CHECK_INT(work_has_news(work), true);
    /* Another act counts from the start, and is news all the same. */
    REQUIRE_OK(work_new_act(work, ACTION_ENVIRONMENT_REMOVE, &err), &err);
    REQUIRE_OK(work_plan(work, 1234, &err), &err);
    CHECK_INT(work_has_news(work), true);
}

static void test_a_plan_that_fails_says_why(void **state)
{
    struct telling telling = {.begun = 0};
    CLEANUP(sb_release) struct sb said;
    bool shows_plan;
    struct err err;

    (void)state;
    sb_init(&said, 1 << 16);
    REQUIRE_OK(work_new_act(work, ACTION_ENVIRONMENT_REMOVE, &err), &err);
    REQUIRE_OK(work_plan(work, 1, &err), &err);
    REQUIRE_OK(telling_news(&telling, work, &said, &shows_plan, &err), &err);
    CHECK_STR(sb_cstr(&said), "The plan is being made; nothing is written.\n");
    wait_while(plans);
    CHECK_INT(work->act->state, ACT_FAILED_TO_PLAN);
    CHECK_INT(work_has_news(work), true);
    sb_clear(&said);
    REQUIRE_OK(telling_news(&telling, work, &said, &shows_plan, &err), &err);
    CHECK_INT(sv_starts(sb_sv(&said), SV("There is no plan: ")), true);
    CHECK_INT(shows_plan, false);
    sb_clear(&said);
    REQUIRE_OK(telling_news(&telling, work, &said, &shows_plan, &err), &err);
    CHECK_STR(sb_cstr(&said), "");
}

static void test_what_runs_is_not_replaced(void **state)
{
    struct err err;

    (void)state;
    REQUIRE_OK(work_new_act(work, ACTION_ENVIRONMENT_REMOVE, &err), &err);
    work->act->state = ACT_RUNS;
    snprintf(work->act->plan.title, sizeof work->act->plan.title, "Remove dev");
    CHECK_INT(work_new_act(work, ACTION_CREATE, &err), ERR_USAGE);
    CHECK_STR(err.text, "one thing at a time: \"Remove dev\" still runs; type :act to look at it");
    CHECK_INT(work_runs(work), true);
    work->act->state = ACT_ENDED;
    REQUIRE_OK(work_new_act(work, ACTION_CREATE, &err), &err);
}

static enum err_code start(enum errand errand, const struct target *target, const struct sv *names,
                           size_t count, struct err *err)
{
    const struct errand_ask ask = {
        .errand = errand, .target = target, .names = names, .name_count = count};

    return work_start_errand(work, &ask, err);
}

static void test_an_errand_ends_with_its_reason(void **state)
{
    char text[] = "dev";
    const struct sv name = sv_of(text);
    struct err err;

    (void)state;
    REQUIRE_OK(start(ERRAND_DOCTOR, NULL, &name, 1, &err), &err);
    text[0] = 'x'; /* it has a copy */
    CHECK_SV(work->running[0].names[0], SV("dev"));
    CHECK_INT(work_reads(work, ERRAND_DOCTOR, NULL), true);
    CHECK_INT(work_reads(work, ERRAND_FETCH, NULL), false);
    CHECK_INT(work_reads(NULL, ERRAND_DOCTOR, NULL), false);
    wait_while(runs_errand);
    CHECK_INT(work->errands_ended, 1);
    CHECK_INT(work_errand_err(work, ERRAND_DOCTOR, NULL)->code != ERR_OK, true);
    CHECK_INT(work_errand_err(work, ERRAND_FETCH, NULL)->code, ERR_OK);
    CHECK_INT(work_has_news(work), true);
    CHECK_INT(work_diagnosis(work, SV("dev")) == NULL, true);
}

static void test_the_same_errand_is_not_begun_twice(void **state)
{
    const struct sv names[] = {SV("dev"), SV("prod")};
    struct err err;

    (void)state;
    REQUIRE_OK(start(ERRAND_DOCTOR, NULL, names, 1, &err), &err);
    REQUIRE_OK(start(ERRAND_DOCTOR, NULL, names, 1, &err), &err);
    CHECK_INT(work->queue_count, 0);
    REQUIRE_OK(start(ERRAND_DOCTOR, NULL, names, 2, &err), &err);
    REQUIRE_OK(start(ERRAND_DOCTOR, NULL, names, 2, &err), &err);
    CHECK_INT(work->queue_count, 1);
}

/* They share the list of environments, so the queue lets one pass after the other. */
static void test_errands_that_need_the_environments_take_turns(void **state)
{
    const struct sv name = SV("dev");
    struct err err;

    (void)state;
    REQUIRE_OK(start(ERRAND_ENVIRONMENTS, NULL, NULL, 0, &err), &err);
    REQUIRE_OK(start(ERRAND_FETCH, NULL, &name, 1, &err), &err);
    CHECK_INT(work->queue_count, 1);
    CHECK_INT(work->running[1].errand, ERRAND_NONE);
    CHECK_INT(work_reads(work, ERRAND_FETCH, NULL), true);
    wait_while(runs_errand);
    CHECK_INT(work->errands_ended, 2);
    CHECK_INT(work->ended[0].errand, ERRAND_ENVIRONMENTS);
    CHECK_INT(work->ended[1].errand, ERRAND_FETCH);
    CHECK_INT(work->queue_count, 0);
}

static void test_the_queue_has_an_end(void **state)
{
    char text[ERRANDS_QUEUED + 2][8];
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(text); i++) {
        struct sv name;

        snprintf(text[i], sizeof text[i], "e%zu", i);
        name = sv_of(text[i]);
        if (i <= ERRANDS_QUEUED)
            REQUIRE_OK(start(ERRAND_DOCTOR, NULL, &name, 1, &err), &err);
        else
            CHECK_INT(start(ERRAND_DOCTOR, NULL, &name, 1, &err), ERR_LIMIT);
    }
    CHECK_STR(err.text, "16 readings wait already: penstock is still examining");
    wait_while(runs_errand);
    CHECK_INT(work->errands_ended, ERRANDS_QUEUED + 1);
    /* As many ends as are kept. */
    CHECK_STR(work->ended[0].names[0].ptr, "e16");
}

static void test_too_many_names_are_refused(void **state)
{
    struct sv names[WORK_NAMES_MAX + 1];
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        names[i] = SV("dev");
    CHECK_INT(start(ERRAND_DOCTOR, NULL, names, ARRAY_LEN(names), &err), ERR_LIMIT);
    CHECK_INT(work_reads(work, ERRAND_DOCTOR, NULL), false);
}

static void test_closing_ends_what_runs(void **state)
{
    struct err err;

    (void)state;
    REQUIRE_OK(start(ERRAND_ENVIRONMENTS, NULL, NULL, 0, &err), &err);
    REQUIRE_OK(work_new_act(work, ACTION_ENVIRONMENT_REMOVE, &err), &err);
    REQUIRE_OK(work_plan(work, 1, &err), &err);
    REQUIRE_OK(net_wait(net, NULL, 0, 0, &err), &err);
    /* The teardown closes it: the sanitizer would tell what was left. */
}

static void test_no_context_is_a_sentence(void **state)
{
    const struct context_list none = {.count = 0};
    struct work *other = NULL;
    struct err err;

    (void)state;
    CHECK_INT(work_open(aws, net, cache, &none, &options, false, &other, &err), ERR_CONFIG);
    CHECK_INT(other == NULL, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_new_work_has_nothing_to_tell, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_only_reaches_every_write, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_change_is_news_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_plan_that_fails_says_why, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_runs_is_not_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_errand_ends_with_its_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_same_errand_is_not_begun_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errands_that_need_the_environments_take_turns, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_the_queue_has_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_names_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closing_ends_what_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_context_is_a_sentence, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
