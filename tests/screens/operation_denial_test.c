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

/* Who looks at one pipeline learns what is permitted before the first key. */
static void test_permissions_are_asked_once_for_a_pipeline(void **state)
{
    (void)state;
    waits();
    CHECK_INT(work_reads(&fake.work, ERRAND_PERMISSIONS, NULL), false);
    stage_press(&stage, "Enter");
    CHECK_INT(work_reads(&fake.work, ERRAND_PERMISSIONS, NULL), true);
    fake_work_end_errands(&fake);
    stage_press(&stage, "j");
    CHECK_INT(work_reads(&fake.work, ERRAND_PERMISSIONS, NULL), false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_denied_key_is_grey_and_says_why),
        cmocka_unit_test_setup_teardown(test_a_fresh_denial_is_told_in_words, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_an_old_denial_is_forgotten, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_read_only_begins_nothing, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_permissions_are_asked_once_for_a_pipeline, open_wide,
                                        leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
