/* The executions screen: what ran when, and how long stages take. */
#include "tests/screens/history.h"

static void test_the_executions_of_a_logical_pipeline_at_each_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        add_customers(&s);
        go(&s, "pipeline customers");
        stage_press(&s, "gg E");
        stage_expect(&s, stage_golden("executions", i));
        stage_close(&s);
    }
}

static void test_one_codepipelines_executions_are_its_own(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "executions customers-prod");
    CHECK_INT(s.console.facts.matches, 4);
    stage_expect(&s, "executions-one");
    stage_press(&s, "[ [");
    stage_expect_cursor(&s, "91ac0003");
    stage_press(&s, "]");
    stage_expect_cursor(&s, "91ac0002");
    stage_press(&s, "Enter");
    CHECK_STR(console_top(&s.console)->screen->name, "execution");
    stage_press(&s, "Enter");
    CHECK_STR(console_top(&s.console)->screen->name, "pipeline");
    CHECK_STR(s.console.facts.banner, "execution 91ac0002 of 10:00:00Z, 1 back");
    stage_close(&s);
}

static void test_what_waits_for_an_approval_is_said_to_wait(void **state)
{
    static const char *const stages[] = {"Source"};
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    add_older(&s, "orders-etl", stages, 1, "2");
    go(&s, "executions orders-etl");
    stage_press(&s, "/status:wait Enter");
    CHECK_INT(s.console.facts.matches, 1);
    stage_press(&s, "Esc");
    stage_expect(&s, "executions-waiting");
    stage_close(&s);
}

/* Not to what fails in another environment. */
static void test_an_execution_is_opened_where_it_ran(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "pipeline customers");
    stage_press(&s, "gg E /env:prod Enter G Enter Enter");
    CHECK_STR(console_top(&s.console)->screen->name, "pipeline");
    CHECK_STR(s.console.facts.banner, "execution 91ac0004 of 08:00:00Z, 3 back");
    stage_expect_cursor(&s, "customers-prod");
    stage_close(&s);
}

/* A list that leaves no room for both: the figures come in the place of the durations. */
static void test_the_figures_of_delivery_are_a_key_away(void **state)
{
    static const char *const stages[] = {"Source", "Build", "Test", "Dev"};
    const struct stage_pipeline ledger = {
        .name = "ledger",
        .stages = "Source=Succeeded Build=Succeeded Test=Succeeded Dev=Succeeded "
                  "Approve=Succeeded Prod=Succeeded",
        .status = "Succeeded",
        .age_s = 60};

    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        stage_add(&s, &ledger);
        for (int n = 1; n <= 8; n++)
            add_older(&s, "ledger", stages, n, "1234");
        go(&s, "executions ledger");
        if (i == 0)
            stage_expect(&s, "executions-no-delivery");
        stage_press(&s, "w");
        stage_expect(&s, stage_golden("executions-delivery", i));
        stage_press(&s, "w");
        if (i == 0)
            stage_expect(&s, "executions-no-delivery");
        stage_close(&s);
    }
}

static void test_the_filter_narrows_the_list(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "executions customers-dev");
    stage_press(&s, "/status:fail Enter");
    CHECK_INT(s.console.facts.matches, 2);
    stage_press(&s, "Esc /nothing Enter");
    stage_expect(&s, "executions-filtered");
    stage_press(&s, "Esc");
    CHECK_INT(s.console.facts.matches, 3);
    stage_close(&s);
}

static void test_the_cursor_stays_on_its_execution(void **state)
{
    static const char *const stages[] = {"Source-prod", "Deploy-Stage-prod"};
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "executions customers-prod");
    stage_press(&s, "j j");
    stage_expect_cursor(&s, "91ac0003");
    add_older(&s, "customers-prod", stages, 1, "12");
    stage_expect_cursor(&s, "91ac0003");
    stage_close(&s);
}

static void test_empty_faces_say_why(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    go(&s, "executions brand-new");
    stage_expect(&s, "executions-none");
    stage_freshness(&s, -1, ERR_OK, "");
    stage_expect(&s, "executions-loading");
    stage_freshness(&s, -1, ERR_NET, "no route to AWS");
    stage_expect(&s, "executions-offline");
    stage_press(&s, "j G Enter [ ] d q y");
    stage_close(&s);
}

static void test_two_that_are_marked_are_compared(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "executions customers-prod");
    stage_press(&s, "j Space j Space");
    stage_expect(&s, "executions-marked");
    stage_press(&s, "=");
    CHECK_STR(console_top(&s.console)->screen->name, "comparison");
    CHECK_STR(console_top(&s.console)->target.execution_id, "91ac0002-0000-4000-8000-000000000002");
    CHECK_STR(console_top(&s.console)->target.commit, "91ac0004-0000-4000-8000-000000000004");
    stage_press(&s, "q Esc gg =");
    CHECK_STR(console_top(&s.console)->screen->name, "comparison");
    CHECK_STR(console_top(&s.console)->target.commit, "91ac0002-0000-4000-8000-000000000002");
    stage_press(&s, "q G =");
    CHECK_STR(console_top(&s.console)->screen->name, "executions");
    CHECK_STR(s.console.flash, "there is none to compare it with: mark two");
    stage_close(&s);
}

static void test_without_marks_the_one_before_is_compared_also_one_that_failed(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "executions customers-dev");
    stage_press(&s, "j =");
    CHECK_STR(console_top(&s.console)->target.execution_id, "91ac0002-0000-4000-8000-000000000002");
    CHECK_STR(console_top(&s.console)->target.commit, "91ac0003-0000-4000-8000-000000000003");
    stage_close(&s);
}

static void test_no_size_is_too_small_to_draw(void **state)
{
    (void)state;
    for (int cols = 1; cols < 70; cols += 9) {
        for (int rows = 1; rows < 22; rows += 5) {
            struct stage s;

            stage_open(&s, cols, rows, STAGE_UTF8);
            add_customers(&s);
            go(&s, "executions customers-dev");
            stage_press(&s, "j G ^U");
            stage_paint(&s);
            stage_close(&s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_executions_of_a_logical_pipeline_at_each_size),
        TEST(test_one_codepipelines_executions_are_its_own),
        TEST(test_an_execution_is_opened_where_it_ran),
        TEST(test_what_waits_for_an_approval_is_said_to_wait),
        TEST(test_the_figures_of_delivery_are_a_key_away),
        TEST(test_the_filter_narrows_the_list),
        TEST(test_the_cursor_stays_on_its_execution),
        TEST(test_empty_faces_say_why),
        TEST(test_two_that_are_marked_are_compared),
        TEST(test_without_marks_the_one_before_is_compared_also_one_that_failed),
        TEST(test_no_size_is_too_small_to_draw),
    };
    return RUN(tests);
}
