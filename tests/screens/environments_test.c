/* The environments: the list, what the doctor found, and what is done to what is marked. */
#include "tests/screens/fake_work.h"

static struct stage stage;
static struct fake_work fake;

static void found(const char *name, int64_t version, enum verdict verdict, bool trusts,
                  const char *line)
{
    const struct cached_environment e = {.name = sv_of(name),
                                         .checked_at = stage.now_ms - 180000,
                                         .bootstrap_version = version,
                                         .verdict = (int)verdict,
                                         .trusts = trusts,
                                         .line = sv_of(line)};
    struct err err;

    REQUIRE_OK(
        cache_put_diagnosis(stage.cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), &e, &err),
        &err);
}

static void keep(void)
{
    const struct cached_environment kept[] = {
        {.name = SV("cicd"),
         .kind = SV("cicd"),
         .account = SV("111111111111"),
         .region = SV("eu-west-1"),
         .way = SV("this context"),
         .stage = SV(""),
         .team = SV("Platform"),
         .bootstrap = SV("cdk hnb659fds"),
         .json = SV("{\"schema\":1,\"kind\":\"cicd\",\"account\":\"111111111111\","
                    "\"region\":\"eu-west-1\"}"),
         .version = 1},
        {.name = SV("dev"),
         .kind = SV("target"),
         .account = SV("222222222222"),
         .region = SV("eu-west-1"),
         .way = SV("profile dev"),
         .stage = SV("dev"),
         .team = SV("DataTeam"),
         .bootstrap = SV("cdk hnb659fds"),
         .json = SV("{}"),
         .version = 3},
        {.name = SV("prod"),
         .kind = SV("target"),
         .account = SV("444444444444"),
         .region = SV("eu-central-1"),
         .way = SV("role arn:aws:iam::444444444444:role/PenstockReach"),
         .stage = SV("prod"),
         .team = SV("DataTeam"),
         .bootstrap = SV("cdk hnb659fds"),
         .json = SV("{}"),
         .version = 2},
        {.name = SV("test"),
         .kind = SV("target"),
         .account = SV("333333333333"),
         .region = SV("us-gov-west-1"),
         .way = SV("profile test"),
         .stage = SV("test"),
         .team = SV(""),
         .bootstrap = SV("ddk hnb659fds"),
         .json = SV("{}"),
         .version = 1},
    };
    bool changed;
    struct err err;

    REQUIRE_OK(cache_put_environments(stage.cache, SV("aws"), SV("111111111111"), SV("eu-west-1"),
                                      kept, ARRAY_LEN(kept), stage.now_ms, &changed, &err),
               &err);
    found("cicd", 21, VERDICT_GOOD, false, "");
    found("dev", 14, VERDICT_WARNS, true,
          "bootstrap version: 14 is under 21; bootstrap it again to get what newer ones mend");
    found("prod", 0, VERDICT_FAILS, false,
          "bootstrap version: /cdk-bootstrap/hnb659fds/version is not there; bootstrap prod first");
}

static void open_list(int cols, int rows, enum stage_look look)
{
    stage_open(&stage, cols, rows, look);
    target_set(stage.console.stack[0].target.name, TARGET_NAME_SIZE, SV("Home"));
    fake_work_open(&fake, &stage);
}

static int open_wide(void **state)
{
    (void)state;
    open_list(80, 24, STAGE_UTF8);
    keep();
    stage_press(&stage, "V");
    return 0;
}

static int leave(void **state)
{
    (void)state;
    stage_close(&stage);
    fake_work_close(&fake);
    return 0;
}

static void diagnose(const char *name)
{
    struct diagnosis *d = &fake.work.diagnoses[fake.work.diagnosis_count++];

    snprintf(d->environment, sizeof d->environment, "%s", name);
    d->checked_at = stage.now_ms;
    for (int i = 0; i < CHECK_COUNT; i++) {
        d->findings[i].verdict = VERDICT_GOOD;
        snprintf(d->findings[i].text, sizeof d->findings[i].text, "as it should be");
    }
    d->findings[CHECK_BOOTSTRAP] =
        (struct finding){VERDICT_FAILS, "there is none", "press B to bootstrap it"};
    d->findings[CHECK_CLOCK] = (struct finding){VERDICT_WARNS, "this host is 70 seconds late",
                                                "let chrony or ntpd set the clock"};
    d->findings[CHECK_CODECOMMIT] = (struct finding){VERDICT_SKIPPED, "", ""};
}

static void test_the_list_in_all_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        open_list(stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        keep();
        diagnose("prod");
        stage_press(&stage, "V j j");
        stage_expect(&stage, stage_golden("environments", i));
        stage_press(&stage, "Enter");
        stage_expect(&stage, stage_golden("findings", i));
        leave(NULL);
    }
}

static void test_opening_reads_them_once(void **state)
{
    (void)state;
    CHECK_INT(fake.work.running[0].errand, ERRAND_ENVIRONMENTS);
    stage_press(&stage, "q V");
    CHECK_STR(stage.console.flash, "");
}

static void test_an_empty_list_says_how_to_begin(void **state)
{
    (void)state;
    open_list(80, 24, STAGE_UTF8);
    stage_press(&stage, "V");
    stage_expect(&stage, "environments-asked");
    fake_work_end_errands(&fake);
    stage.console.needs_load = true;
    stage_expect(&stage, "environments-none");
    leave(NULL);
}

static void test_the_filter_looks_into_every_field(void **state)
{
    (void)state;
    stage_press(&stage, "/team:data Enter");
    stage_expect(&stage, "environments-filtered");
    stage_press(&stage, "/ x y z Enter");
    stage_press(&stage, "Esc z");
    stage_expect(&stage, "environments-problems");
    stage_press(&stage, "Esc");
    CHECK_STR(console_top(&stage.console)->screen->name, "environments");
}

static void test_marks_are_what_is_inspected(void **state)
{
    const struct errand_run *run;

    (void)state;
    fake_work_end_errands(&fake);
    stage_press(&stage, "j Space Space i");
    stage_expect(&stage, "environments-marked");
    run = &fake.work.running[0];
    CHECK_INT(run->errand, ERRAND_DOCTOR);
    REQUIRE(run->name_count == 2);
    CHECK_SV(run->names[0], SV("dev"));
    CHECK_SV(run->names[1], SV("prod"));
    stage_press(&stage, "i");
    CHECK_INT(fake.work.queue_count, 0); /* the same is not asked twice */
}

static void test_a_known_bootstrap_is_planned_at_once(void **state)
{
    (void)state;
    stage_press(&stage, "j B");
    CHECK_STR(console_top(&stage.console)->screen->name, "act");
    CHECK_INT(fake.work.act->action, ACTION_BOOTSTRAP);
    CHECK_INT(fake.work.act->input.name_count, 1);
    CHECK_SV(fake.work.act->input.names[0], SV("dev"));
    CHECK_INT(fake.work.act->input.policy_count, 0);
}

static void test_a_new_bootstrap_asks_for_policies(void **state)
{
    (void)state;
    stage_press(&stage, "j j B");
    stage_expect(&stage, "environments-bootstrap");
    stage_press(&stage, "Enter Enter Enter");
    CHECK_STR(console_top(&stage.console)->screen->name, "act");
    CHECK_INT(fake.work.act->input.policy_count, 1);
    CHECK_SV(fake.work.act->input.policies[0], SV("arn:aws:iam::aws:policy/AdministratorAccess"));
    CHECK_SV(fake.work.act->input.trust, SV(""));
}

static void test_policies_are_typed_or_pasted(void **state)
{
    (void)state;
    stage_press(&stage, "G B");
    stage_press(&stage, "Right Right Down");
    console_paste(&stage.console,
                  SV("arn:aws-us-gov:iam::aws:policy/A, arn:aws-us-gov:iam::aws:policy/B"), false);
    stage_press(&stage, "Enter 1 2 3 Enter");
    stage_expect(&stage, "environments-bootstrap-fault");
    stage_press(&stage, "^U 9 9 9 9 9 9 9 9 9 9 9 9 Enter");
    CHECK_INT(fake.work.act->input.policy_count, 2);
    CHECK_SV(fake.work.act->input.policies[1], SV("arn:aws-us-gov:iam::aws:policy/B"));
    CHECK_SV(fake.work.act->input.trust, SV("999999999999"));
}

static void test_removing_is_of_the_row_under_the_cursor(void **state)
{
    (void)state;
    stage_press(&stage, "j Space D");
    CHECK_INT(fake.work.act->action, ACTION_ENVIRONMENT_REMOVE);
    CHECK_INT(fake.work.act->input.name_count, 1);
    CHECK_SV(fake.work.act->input.names[0], SV("prod"));
}

static void test_read_only_and_cached_say_why_not(void **state)
{
    (void)state;
    stage.console.options.is_read_only = true;
    stage_press(&stage, "D");
    CHECK_TRUE(strstr(stage.console.flash, "read-only") != NULL);
    stage.console.options.work = NULL;
    stage.console.options.is_cached = true;
    stage_press(&stage, "D");
    CHECK_TRUE(strstr(stage.console.flash, "--cached") != NULL);
    stage_press(&stage, "i");
    CHECK_TRUE(strstr(stage.console.flash, "--cached") != NULL);
    CHECK_TRUE(fake.work.act == NULL);
}

static void test_words_do_what_keys_do(void **state)
{
    CLEANUP(sb_release) struct sb text;
    struct err err;

    (void)state;
    sb_init(&text, 1 << 20);
    REQUIRE_OK(console_print(&stage.console, &text, &err), &err);
    CHECK_TRUE(strstr(sb_cstr(&text), "2. dev, target, account 222222222222, eu-west-1, by profile "
                                      "dev, stage dev, team DataTeam, bootstrap version 14, trusts "
                                      "the CICD account, warn 3m ago") != NULL);
    console_choose(&stage.console, 3);
    CHECK_STR(console_top(&stage.console)->target.name, "prod");
    stage_press(&stage, "q");
    console_command(&stage.console, SV("delete test"));
    CHECK_SV(fake.work.act->input.names[0], SV("test"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_list_in_all_sizes),
        cmocka_unit_test(test_an_empty_list_says_how_to_begin),
        cmocka_unit_test_setup_teardown(test_opening_reads_them_once, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_the_filter_looks_into_every_field, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_marks_are_what_is_inspected, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_known_bootstrap_is_planned_at_once, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_a_new_bootstrap_asks_for_policies, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_policies_are_typed_or_pasted, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_removing_is_of_the_row_under_the_cursor, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_read_only_and_cached_say_why_not, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_words_do_what_keys_do, open_wide, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
