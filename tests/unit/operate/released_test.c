/* What a stage runs, told by its runs: those of executions that got through all of it. */
#include "core/operate/released.h"

#include "tests/unit/check.h"

static struct action_state both[] = {{.name = {"Deploy", 6}}, {.name = {"Verify", 6}}};
static const struct stage_state prod = {.name = {"prod", 4},
                                        .status = STATUS_STOPPED,
                                        .execution_id = {"e5", 2},
                                        .actions = both,
                                        .action_count = 2};
static const struct released_ask ask = {.execution = {"e9", 2}, .to = &prod};

static struct action_run ran(const char *execution, const char *action, enum status status,
                             int64_t at)
{
    return (struct action_run){
        .execution_id = sv_of(execution),
        .stage = SV("prod"),
        .action = {.name = sv_of(action), .status = status, .changed_at = at}};
}

static void test_every_action_must_have_succeeded(void **state UNUSED)
{
    const struct action_run runs[] = {
        ran("e4", "Deploy", STATUS_SUCCEEDED, 40), ran("e3", "Verify", STATUS_FAILED, 31),
        ran("e3", "Deploy", STATUS_SUCCEEDED, 30), ran("e2", "Verify", STATUS_SUCCEEDED, 21),
        ran("e2", "Deploy", STATUS_SUCCEEDED, 20), ran("e1", "Verify", STATUS_SUCCEEDED, 11),
        ran("e1", "Deploy", STATUS_SUCCEEDED, 10)};
    bool is_known = false;

    /* e4 was stopped between the two. */
    CHECK_SV(released_last(&ask, runs, ARRAY_LEN(runs), &is_known), SV("e2"));
    CHECK_TRUE(is_known);
}

static void test_an_action_of_another_stage_is_none_of_it(void **state UNUSED)
{
    struct action_run runs[] = {
        ran("e4", "Deploy", STATUS_SUCCEEDED, 40), ran("e4", "Verify", STATUS_SUCCEEDED, 39),
        ran("e2", "Verify", STATUS_SUCCEEDED, 21), ran("e2", "Deploy", STATUS_SUCCEEDED, 20)};
    bool is_known = false;

    runs[1].stage = SV("dev");
    CHECK_SV(released_last(&ask, runs, ARRAY_LEN(runs), &is_known), SV("e2"));
}

/* Verify may have come later than e4, or e4 was stopped before it. */
static void test_a_part_alone_leaves_it_open(void **state UNUSED)
{
    const struct action_run runs[] = {ran("e4", "Deploy", STATUS_SUCCEEDED, 40)};
    bool is_known = true;

    CHECK_SV(released_last(&ask, runs, ARRAY_LEN(runs), &is_known), SV(""));
    CHECK_TRUE(!is_known);
}

static void test_of_the_present_execution_the_state_tells(void **state UNUSED)
{
    const struct action_run runs[] = {ran("e5", "Deploy", STATUS_SUCCEEDED, 50)};
    struct released_ask parallel = ask;
    bool is_known = false;

    CHECK_SV(released_last(&ask, runs, ARRAY_LEN(runs), &is_known), SV(""));
    CHECK_TRUE(is_known);
    parallel.is_parallel = true;
    CHECK_SV(released_last(&parallel, runs, ARRAY_LEN(runs), &is_known), SV(""));
    CHECK_TRUE(!is_known);
}

static void test_nothing_that_succeeded_is_known(void **state UNUSED)
{
    const struct action_run runs[] = {ran("e4", "Deploy", STATUS_FAILED, 40)};
    bool is_known = false;

    CHECK_SV(released_last(&ask, runs, ARRAY_LEN(runs), &is_known), SV(""));
    CHECK_TRUE(is_known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_action_must_have_succeeded),
        TEST(test_an_action_of_another_stage_is_none_of_it),
        TEST(test_a_part_alone_leaves_it_open),
        TEST(test_of_the_present_execution_the_state_tells),
        TEST(test_nothing_that_succeeded_is_known),
    };

    return RUN(tests);
}
