/* Operations: the menu of what can be done, and what is marked. */
#include "tests/screens/history.h"
#include "tests/screens/operating.h"
#include "tui/react.h"

static void test_the_menu_offers_what_fits(void **state)
{
    (void)state;
    in_all_sizes("operation-menu", waits, "T");
    in_all_sizes("operation-menu-failed", fails, "T");
}

static void test_the_menu_of_a_stage_says_what_does_not_fit(void **state)
{
    (void)state;
    fails();
    stage_press(&stage, "Enter gg j T"); /* the source's stage */
    stage_expect(&stage, "operation-menu-stage");
}

/* Executions of before, and a newer one that failed, too. */
static void put_older(void)
{
    static const char *const stages[] = {"Source", "Deploy-Stage-prod"};

    fails();
    add_older(&stage, "sales", stages, 2, "1x");
    add_older(&stage, "sales", stages, 3, "12");
    console_cache_changed(&stage.console);
}

static void test_the_menu_of_an_old_execution_says_so(void **state)
{
    (void)state;
    in_all_sizes("operation-menu-older", put_older, "E gg j Enter T");
}

static void test_a_menu_holds_what_it_was_opened_for(void **state)
{
    (void)state;
    stage_add(&stage, &(struct stage_pipeline){
                          .name = "aaa", .stages = "Source=Succeeded", .status = "Succeeded"});
    put_sales(NULL, NULL);
    stage_press(&stage, "p gg");
    stage_expect_cursor(&stage, "sales");
    stage_press(&stage, "T");
    stage_remove(&stage, "sales");
    stage_press(&stage, "R");
    CHECK_STR(top(), "pipelines");
    CHECK_TRUE(strstr(stage.console.flash, "nothing here") != NULL);
}

/* A command has its own key in the menu, too; only what has none is numbered. */
static void test_a_menu_has_the_keys_of_everywhere(void **state)
{
    const struct menu *m = &stage.console.menu;
    const char digits[] = "123456789";
    size_t numbered = 0;

    (void)state;
    fails();
    stage_press(&stage, "T");
    for (int i = 0; i < m->count; i++) {
        if (m->items[i].key < 'A') {
            CHECK_INT(m->items[i].key, digits[numbered++]);
            continue;
        }
        for (int k = 0; k < i; k++)
            CHECK_TRUE(m->items[k].key != m->items[i].key);
    }
    CHECK_INT(numbered, 0);
    stage_press(&stage, "T"); /* run again what failed, as in a plan */
    CHECK_STR(top(), "operation");
    CHECK_INT(stage.console.chosen.action, ACTION_RETRY);
}

static void test_a_menu_of_marked_ones_says_why_it_fits_none(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        stage_add(&stage, &(struct stage_pipeline){.name = i == 0 ? "aaa" : "bbb",
                                                   .stages = "Source=Succeeded",
                                                   .status = "Succeeded"});
    stage_press(&stage, "p gg Space Space T X");
    CHECK_STR(stage.console.flash, "Stop an execution: 0 of 2: nothing runs");
}

/* Of what counts anywhere a screen may have the key for something of its own. */
static void test_no_screen_takes_two_commands_of_one_key(void **state)
{
    static const enum command pairs[][2] = {
#define PAIR(a, b) {CMD_##a, CMD_##b},
        COMMAND_SHARING_LIST(PAIR)
#undef PAIR
    };

    (void)state;
    for (size_t i = 0; screens[i] != NULL; i++) {
        for (size_t k = 0; k < ARRAY_LEN(pairs); k++) {
            bool takes_both = true;

            for (int n = 0; n < 2; n++)
                takes_both = takes_both && command_info(pairs[k][n])->where == COMMAND_SCREEN &&
                             screen_takes(screens[i], pairs[k][n]);
            if (takes_both)
                fail_msg("%s takes %s and %s", screens[i]->name, command_info(pairs[k][0])->name,
                         command_info(pairs[k][1])->name);
        }
    }
}

/* A screen with targets lists what can be begun there, and the other way round. */
static void test_who_lists_operations_tells_targets(void **state)
{
    static const enum command operations[] = {CMD_ACTIONS, CMD_RELEASE, CMD_ROLLBACK,
                                              CMD_APPROVE, CMD_REJECT,  CMD_TRANSITION,
                                              CMD_OVERRIDE};

    (void)state;
    for (size_t i = 0; screens[i] != NULL; i++) {
        bool lists = false;

        for (size_t k = 0; k < ARRAY_LEN(operations); k++)
            lists = lists || screen_takes(screens[i], operations[k]);
        if (lists != (screens[i]->targets != NULL))
            fail_msg("%s %s", screens[i]->name,
                     lists ? "lists operations without targets" : "has targets, and no operation");
    }
}

/* ---- marks ---- */

static void test_marked_pipelines_are_released_together(void **state)
{
    (void)state;
    stage_add_fleet(&stage);
    stage_press(&stage, "p gg Space Space Space");
    stage_expect(&stage, "operation-marks");
    stage_press(&stage, "T");
    stage_expect(&stage, "operation-marks-menu");
    stage_press(&stage, "R");
    stage_expect(&stage, "operation-release-marked");
    stage_press(&stage, "Enter");
    CHECK_STR(top(), "act");
    CHECK_INT(input()->operand_count, 3);
    stage_press(&stage, "q Esc Esc"); /* the marks go first */
    CHECK_STR(top(), "pipelines");
    stage_press(&stage, "R");
    CHECK_INT(stage.console.chosen.count, 1);
}

static void test_of_the_marked_those_that_fit_are_stopped(void **state)
{
    (void)state;
    stage_add_fleet(&stage);
    stage_press(&stage, "p gg Space Space Space Space X");
    stage_expect(&stage, "operation-stop-marked");
    CHECK_TRUE(stage.console.chosen.count > 0 && stage.console.chosen.left_out > 0);
}

/* One says what goes where, as each does: production among them is seen before the plan. */
static void test_marked_approvals_say_what_each_releases(void **state)
{
    (void)state;
    put_sales(NULL, NULL);
    stage_add_fleet(&stage);
    stage_press(&stage, "I gg Space Space a");
    CHECK_STR(top(), "operation");
    stage_expect(&stage, "operation-approve-marked");
    stage_press(&stage, "Esc x");
    stage_expect(&stage, "operation-reject-marked");
}

static void test_more_than_twenty_are_not_begun(void **state)
{
    (void)state;
    stage_add_many(&stage, 30);
    stage_press(&stage, "p gg");
    for (int i = 0; i < 21; i++)
        stage_press(&stage, "Space");
    stage_press(&stage, "R");
    CHECK_STR(top(), "pipelines");
    CHECK_TRUE(strstr(stage.console.flash, "at most 20") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_menu_offers_what_fits),
        cmocka_unit_test_setup_teardown(test_the_menu_of_a_stage_says_what_does_not_fit, open_wide,
                                        leave),
        cmocka_unit_test(test_the_menu_of_an_old_execution_says_so),
        cmocka_unit_test_setup_teardown(test_a_menu_holds_what_it_was_opened_for, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_menu_of_marked_ones_says_why_it_fits_none, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_a_menu_has_the_keys_of_everywhere, open_wide, leave),
        cmocka_unit_test(test_no_screen_takes_two_commands_of_one_key),
        cmocka_unit_test(test_who_lists_operations_tells_targets),
        cmocka_unit_test_setup_teardown(test_marked_pipelines_are_released_together, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_of_the_marked_those_that_fit_are_stopped, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_marked_approvals_say_what_each_releases, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_more_than_twenty_are_not_begun, open_wide, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
