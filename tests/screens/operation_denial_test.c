/* Operations: the keys that do nothing because AWS said so, or because nothing is to be written. */
#include "tests/screens/operating.h"

static void deny(const char *iam, int64_t ago_ms)
{
    const struct permission p = {.partition = SV("aws"),
                                 .account = SV("111111111111"),
                                 .caller = SV("arn:aws:sts::111111111111:assumed-role/Ops"),
                                 .iam_action = sv_of(iam),
                                 .resource = SV("sales"),
                                 .at = stage.now_ms - ago_ms};
    struct err err;

    REQUIRE_OK(cache_put_permission(stage.cache, &p, &err), &err);
    console_cache_changed(&stage.console);
}

static void denied(void)
{
    waits();
    deny("codepipeline:StartPipelineExecution", 5 * 60 * 1000);
}

static void test_a_denied_key_is_grey_and_says_why(void **state)
{
    (void)state;
    in_all_sizes("operation-denied", denied, "T");
    open_at(200, 50, STAGE_UTF8);
    denied();
    stage_expect(&stage, "operation-denied-hints");
    stage_press(&stage, "R");
    CHECK_STR(top(), "home");
    CHECK_STR(stage.console.flash, "denied 5m ago: codepipeline:StartPipelineExecution; "
                                   ":release NAME asks it all the same");
    stage_press(&stage, ":release Space sales Enter");
    CHECK_STR(top(), "operation");
    leave(NULL);
}

static void test_a_fresh_denial_is_told_in_words(void **state)
{
    (void)state;
    waits();
    deny("codepipeline:StartPipelineExecution", 0);
    stage_press(&stage, "R");
    CHECK_TRUE(sv_starts(sv_of(stage.console.flash), SV("denied just now: codepipeline:")));
}

static void test_an_old_denial_is_forgotten(void **state)
{
    (void)state;
    waits();
    deny("codepipeline:StartPipelineExecution", 16 * 60 * 1000);
    stage_press(&stage, "R");
    CHECK_STR(top(), "operation");
}

static void test_read_only_begins_nothing(void **state)
{
    (void)state;
    waits();
    stage.console.options.is_read_only = true;
    stage_press(&stage, "R");
    CHECK_STR(top(), "home");
    CHECK_TRUE(strstr(stage.console.flash, "read-only") != NULL);
    stage_press(&stage, "T");
    stage_expect(&stage, "operation-menu-read-only");
    stage_press(&stage, "R Enter");
    CHECK_INT(stage.console.overlay, OVERLAY_MENU);
    CHECK_STR(stage.console.flash, "Release a change: read-only");
}

/* AWS is not asked at all: the hints must not say otherwise. */
static void test_what_is_cached_only_begins_nothing(void **state)
{
    (void)state;
    waits();
    stage.console.options.is_cached = true;
    stage.console.options.work = NULL;
    stage_press(&stage, "I");
    stage_expect(&stage, "operation-cached-hints");
    stage_press(&stage, "a");
    CHECK_STR(top(), "approvals");
}

static bool is_asking(void)
{
    return work_reads(&fake.work, ERRAND_PERMISSIONS, NULL);
}

/* Who opens something on a pipeline learns what is permitted before a field is filled in. */
static void test_permissions_are_asked_for_what_is_opened(void **state)
{
    static const char *const openers[] = {"Enter", "T", "R", "a"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(openers); i++) {
        open_at(80, 24, STAGE_UTF8);
        waits();
        stage_paint(&stage);
        fake_work_end_errands(&fake); /* of the list */
        stage.now_ms += 10 * 1000;
        stage.console.permission_ask_count = 0;
        stage_press(&stage, openers[i]);
        CHECK_TRUE(is_asking());
        fake_work_end_errands(&fake);
        stage_press(&stage, "Esc");
        CHECK_TRUE(!is_asking());
        leave(NULL);
    }
}

/* A list would ask for each pipeline that the cursor passes. */
static void test_of_a_list_one_is_asked_about_in_a_while(void **state)
{
    (void)state;
    stage_add_fleet(&stage);
    stage_press(&stage, "p");
    CHECK_TRUE(is_asking());
    fake_work_end_errands(&fake);
    for (int i = 0; i < 10; i++)
        stage_press(&stage, "j");
    CHECK_TRUE(!is_asking());
    stage.now_ms += 6 * 60 * 1000;
    console_tick(&stage.console, stage.now_ms);
    stage_press(&stage, "k");
    CHECK_TRUE(is_asking());
}

/* Whatever the list before it has asked. */
static void test_the_inbox_asks_as_it_opens(void **state)
{
    (void)state;
    waits();
    stage_add(&stage, &(struct stage_pipeline){
                          .name = "aaa", .stages = "Source=Succeeded", .status = "Failed"});
    stage_press(&stage, "p gg");
    stage_expect_cursor(&stage, "aaa");
    fake_work_end_errands(&fake);
    stage_press(&stage, "j");
    CHECK_TRUE(!is_asking());
    stage_press(&stage, "I");
    CHECK_TRUE(is_asking());
}

static void test_a_few_that_are_opened_are_asked_about_in_a_minute(void **state)
{
    int asked = 0;

    (void)state;
    stage_add_many(&stage, 12);
    stage_press(&stage, "p gg");
    for (int i = 0; i < 12; i++) {
        fake_work_end_errands(&fake);
        stage_press(&stage, "R");
        asked += is_asking();
        stage_press(&stage, "Esc j");
    }
    CHECK_INT(asked, 5); /* and one as the list was opened */
}

/* Also between two loads: another row may be another account. */
static void test_what_is_grey_follows_the_cursor(void **state)
{
    (void)state;
    denied();
    stage_add(&stage, &(struct stage_pipeline){
                          .name = "aaa", .stages = "Source=Succeeded", .status = "Succeeded"});
    stage_press(&stage, "p gg");
    stage_expect_cursor(&stage, "sales");
    CHECK_INT(stage.console.denial_count, 1);
    stage_press(&stage, "j");
    stage_expect_cursor(&stage, "aaa");
    CHECK_INT(stage.console.denial_count, 0);
    stage_press(&stage, "R");
    CHECK_STR(top(), "operation");
}

/* The answer comes while the menu is open: its items stay where they are. */
static void test_an_open_menu_learns_of_a_denial(void **state)
{
    (void)state;
    waits();
    stage_press(&stage, "T j j");
    deny("codepipeline:StartPipelineExecution", 0);
    stage_paint(&stage);
    stage_expect(&stage, "operation-menu-denied-later");
    stage_press(&stage, "R");
    CHECK_INT(stage.console.overlay, OVERLAY_MENU);
    CHECK_STR(stage.console.flash,
              "Release a change: denied: StartPipelineExecution (codepipeline), just now");
}

static void denied_approval(void)
{
    waits();
    deny("codepipeline:PutApprovalResult", 60 * 1000);
}

static void test_a_form_says_what_is_denied(void **state)
{
    (void)state;
    in_all_sizes("operation-form-denied", denied_approval, ":approve Space sales Enter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_denied_key_is_grey_and_says_why),
        cmocka_unit_test_setup_teardown(test_a_fresh_denial_is_told_in_words, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_an_old_denial_is_forgotten, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_what_is_cached_only_begins_nothing, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_read_only_begins_nothing, open_wide, leave),
        cmocka_unit_test(test_permissions_are_asked_for_what_is_opened),
        cmocka_unit_test_setup_teardown(test_of_a_list_one_is_asked_about_in_a_while, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_the_inbox_asks_as_it_opens, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_few_that_are_opened_are_asked_about_in_a_minute,
                                        open_wide, leave),
        cmocka_unit_test_setup_teardown(test_what_is_grey_follows_the_cursor, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_an_open_menu_learns_of_a_denial, open_wide, leave),
        cmocka_unit_test(test_a_form_says_what_is_denied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
