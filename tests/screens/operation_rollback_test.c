/* Rolling a stage back: a list of what it can go back to, the newest first, each on a line of its
 * own with its age and its commit, under what is there now. */
#include "tests/screens/history.h"
#include "tests/screens/operating.h"
#include "tui/stack.h"

enum { CANDIDATES = 7, HOUR_MS = 3600 * 1000, JSON_SIZE = 4096 };

static const char *const summaries[CANDIDATES] = {
    "read the new feed",   "drop the column nobody reads",
    "fix the parser",      "take the table of returns from the feed that the shop sends each night",
    "say where it failed", "less memory",
    "first release"};

/* What AWS told: the one that is there, then seven, each older than the one before. */
static void put_candidates(int count, const char *refusal)
{
    char json[JSON_SIZE];
    const struct document_id document = {DOCUMENT_EXECUTION, SV("aws"), SV("111111111111"),
                                         SV("eu-west-1"),
                                         SV("sales/rollback of Deploy-Stage-prod")};
    double now = (double)stage.now_ms / 1000;
    int len =
        snprintf(json, sizeof json,
                 "{\"schema\":1,\"refusal\":\"%s\",\"candidates\":[{\"execution\":\"3f65a1b2-0000-"
                 "4000-8000-000000000001\",\"started\":%.3f,\"revision\":\"a1b2c3d4\","
                 "\"summary\":\"add the returns table\",\"author\":\"Ana\",\"url\":\"\","
                 "\"now\":true}",
                 refusal, now - 900);
    struct err err;

    for (int i = 0; i < count; i++)
        len +=
            snprintf(json + len, sizeof json - (size_t)len,
                     ",{\"execution\":\"%d%d00c0de-0000-4000-8000-00000000000%d\",\"started\":%.3f,"
                     "\"revision\":\"%d%d%d%d%d%d%d%d\",\"summary\":\"%s\",\"author\":\"%s\","
                     "\"url\":\"\",\"now\":false}",
                     i + 2, i + 2, i + 2, now - 7.0 * 3600 * (1 + i * i), i, i, i, i, i, i, i, i,
                     summaries[i], i % 2 == 0 ? "Bea" : "Zo\u00eb M\u00fcller");
    len += snprintf(json + len, sizeof json - (size_t)len, "]}");
    REQUIRE_OK(cache_put_document(stage.cache, &document, sv_make(json, (size_t)len),
                                  stage.now_ms - 3 * 60 * 1000, &err),
               &err);
    console_cache_changed(&stage.console);
}

static void told(void)
{
    put_sales("Approved", "the role cannot be assumed");
    put_candidates(CANDIDATES, "");
}

static void refused(void)
{
    put_sales("Approved", "the role cannot be assumed");
    put_candidates(0, "only pipelines of type V2 can be rolled back");
}

static void fails_plainly(void)
{
    put_sales("Approved", "ChangeSet [sales-prod] does not exist");
}

static void test_without_candidates_it_says_so(void **state UNUSED)
{
    in_all_sizes("operation-rollback", fails_plainly, "Z");
    in_all_sizes("operation-rollback-refused", refused, "Z Down Enter");
}

static void test_each_candidate_has_its_line(void **state UNUSED)
{
    in_all_sizes("operation-rollback-list", told, "Z Enter");
    in_all_sizes("operation-rollback-list-down", told, "Z Enter j j j");
}

static void test_the_stage_that_failed_is_proposed(void **state UNUSED)
{
    told();
    stage_press(&stage, "Z");
    CHECK_STR(top(), "operation");
    CHECK_TRUE(work_reads(&fake.work, ERRAND_CANDIDATES, NULL));
    stage_press(&stage, "Enter Enter");
    CHECK_STR(top(), "act");
    CHECK_INT(fake.work.act->action, ACTION_ROLLBACK);
    CHECK_SV(input()->operands[0].stage, SV("Deploy-Stage-prod"));
    CHECK_SV(input()->operands[0].execution_id, SV("2200c0de-0000-4000-8000-000000000002"));
}

static void test_the_cursor_chooses(void **state UNUSED)
{
    told();
    stage_press(&stage, "Z Enter G k k Enter");
    CHECK_STR(top(), "act");
    CHECK_SV(input()->operands[0].execution_id, SV("6600c0de-0000-4000-8000-000000000006"));
    stage_press(&stage, "Esc g j Enter");
    CHECK_SV(input()->operands[0].execution_id, SV("3300c0de-0000-4000-8000-000000000003"));
}

/* News must not move what is chosen: Enter would plan another one. */
static void test_what_is_chosen_stays_when_there_is_news(void **state UNUSED)
{
    told();
    stage_press(&stage, "Z Enter j j");
    put_candidates(5, "");
    stage_press(&stage, "Enter");
    CHECK_SV(input()->operands[0].execution_id, SV("4400c0de-0000-4000-8000-000000000004"));
}

static void test_another_stage_has_its_own_candidates(void **state UNUSED)
{
    told();
    stage_press(&stage, "Z");
    fake_work_end_errands(&fake);
    stage_press(&stage, "Left");
    stage_expect(&stage, "operation-rollback-other-stage");
    CHECK_TRUE(work_reads(&fake.work, ERRAND_CANDIDATES, NULL));
    fake_work_end_errands(&fake);
    stage_press(&stage, "Right"); /* AWS told of this one three minutes ago */
    CHECK_TRUE(!work_reads(&fake.work, ERRAND_CANDIDATES, NULL));
}

/* From an execution's page that one is proposed; one that cannot be is named. */
static void test_the_execution_it_was_begun_on_is_proposed(void **state UNUSED)
{
    static const char *const stages[] = {"Source", "Deploy-Stage-prod"};

    told();
    add_older(&stage, "sales", stages, 2, "1x");
    console_cache_changed(&stage.console);
    stage_press(&stage, "E gg j Enter Z");
    CHECK_STR(top(), "operation");
    stage_expect(&stage, "operation-rollback-no-candidate");
    stage_press(&stage, "Esc");
    put_sales("Approved", "the role cannot be assumed");
    stage_press(&stage, ":rollback Space sales Space Deploy-Stage-prod Space "
                        "4400c0de-0000-4000-8000-000000000004 Enter");
    CHECK_STR(top(), "operation");
    stage_press(&stage, "Enter");
    CHECK_SV(input()->operands[0].execution_id, SV("4400c0de-0000-4000-8000-000000000004"));
}

static void test_ages_go_on(void **state UNUSED)
{
    told();
    stage_press(&stage, "Z Enter");
    stage.now_ms += HOUR_MS;
    console_tick(&stage.console, stage.now_ms);
    stage_paint(&stage);
    CHECK_TRUE(stage.console.facts.next_change_ms > stage.now_ms);
    stage_expect(&stage, "operation-rollback-later");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_candidates_it_says_so),
        cmocka_unit_test(test_each_candidate_has_its_line),
        cmocka_unit_test_setup_teardown(test_the_stage_that_failed_is_proposed, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_the_cursor_chooses, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_what_is_chosen_stays_when_there_is_news, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_another_stage_has_its_own_candidates, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_the_execution_it_was_begun_on_is_proposed, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_ages_go_on, open_wide, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
