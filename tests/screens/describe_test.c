/* Describe: the JSON of a pipeline, opened where one looks for it. */
#include "tests/screens/history.h"

static void test_the_json_at_each_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        stage_add_fleet(&s);
        go(&s, "describe customers-dev");
        stage_expect(&s, stage_golden("describe", i));
        stage_close(&s);
    }
}

static void test_it_opens_at_the_action_and_stays_there(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 60, 15, STAGE_UTF8);
    stage_add_fleet(&s);
    go(&s, "pipeline customers-dev");
    stage_expect_cursor(&s, "Deploy-Stag");
    stage_press(&s, "Enter");
    stage_expect(&s, "describe-action");
    stage_press(&s, "k k");
    stage_add(&s, &(struct stage_pipeline){
                      .name = "other", .stages = "Source=Failed", .status = "Failed"});
    stage_expect(&s, "describe-reloaded");
    stage_close(&s);
}

static void test_it_is_searched(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    go(&s, "describe customers-dev");
    stage_press(&s, "/CREATE_FAILED Enter");
    CHECK_INT(s.console.facts.matches, 1);
    stage_press(&s, "Esc Esc");
    CHECK_INT(s.console.depth, 1);
    stage_close(&s);
}

static void test_space_is_a_page_down(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 60, 15, STAGE_UTF8);
    stage_add_fleet(&s);
    go(&s, "describe customers-dev");
    CHECK_TRUE(strstr(s.console.facts.crumb, " 1-") != NULL);
    stage_press(&s, "Space");
    CHECK_TRUE(strstr(s.console.facts.crumb, " 1-") == NULL);
    stage_close(&s);
}

static void test_a_pipeline_that_is_gone_says_so(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    go(&s, "describe nightly");
    stage_remove(&s, "nightly");
    stage_expect(&s, "describe-gone");
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_json_at_each_size),
        TEST(test_it_opens_at_the_action_and_stays_there),
        TEST(test_it_is_searched),
        TEST(test_space_is_a_page_down),
        TEST(test_a_pipeline_that_is_gone_says_so),
    };
    return RUN(tests);
}
