/* The form of one environment: what is offered, checked and handed to the act. */
#include "tests/screens/fake_work.h"

static struct stage stage;
static struct fake_work fake;
static struct environment told[1];

static void put(const char *name, const char *kind, const char *json)
{
    const struct cached_environment row = {.name = sv_of(name),
                                           .kind = sv_of(kind),
                                           .account = SV("444444444444"),
                                           .region = SV("eu-west-1"),
                                           .way = SV("role"),
                                           .stage = SV("prod"),
                                           .team = SV(""),
                                           .bootstrap = SV("cdk hnb659fds"),
                                           .json = sv_of(json),
                                           .version = 7};
    bool changed;
    struct err err;

    REQUIRE_OK(cache_put_environments(stage.cache, SV("aws"), SV("111111111111"), SV("eu-west-1"),
                                      &row, 1, stage.now_ms, &changed, &err),
               &err);
}

static struct environment prod(void)
{
    return (struct environment){.name = SV("prod"),
                                .kind = ENVIRONMENT_TARGET,
                                .account = SV("444444444444"),
                                .region = SV("eu-west-1"),
                                .profile = SV(""),
                                .role_arn = SV("arn:aws:iam::444444444444:role/Reach"),
                                .external_id = SV(""),
                                .stage = SV("prod"),
                                .team = SV("DataTeam"),
                                .qualifier = SV("hnb659fds"),
                                .ddk_prefix = SV(""),
                                .boundary = SV("")};
}

static void keep_prod(void)
{
    const struct environment e = prod();
    CLEANUP(sb_release) struct sb json;
    struct err err;

    sb_init(&json, 1 << 16);
    REQUIRE_OK(environment_write(&e, &json, &err), &err);
    put("prod", "target", sb_cstr(&json));
}

static const struct ini_section sections[] = {
    {.name = "default"}, {.name = "profile dev"}, {.name = "sso-session corp"}};

static void open_form(int cols, int rows, enum stage_look look)
{
    stage_open(&stage, cols, rows, look);
    stage.list.files.config.sections = sections;
    stage.list.files.config.section_count = ARRAY_LEN(sections);
    target_set(stage.console.stack[0].target.name, TARGET_NAME_SIZE, SV("Home"));
    fake_work_open(&fake, &stage);
}

static int open_wide(void **state)
{
    (void)state;
    open_form(80, 24, STAGE_UTF8);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    stage_close(&stage);
    fake_work_close(&fake);
    return 0;
}

static void test_the_form_in_all_sizes(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        open_form(stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        keep_prod();
        stage_press(&stage, "V e Tab Tab");
        stage_expect(&stage, stage_golden("environment", i));
        leave(NULL);
    }
}

static void test_the_first_one_is_where_the_pipelines_live(void **state)
{
    (void)state;
    stage_press(&stage, "V a");
    stage_expect(&stage, "environment-first");
    for (int i = 0; i < 14; i++)
        stage_press(&stage, "Enter");
    CHECK_STR(console_top(&stage.console)->screen->name, "act");
    CHECK_INT(fake.work.act->action, ACTION_ENVIRONMENT_ADD);
    CHECK_INT(fake.work.act->input.environment.kind, ENVIRONMENT_CICD);
    CHECK_SV(fake.work.act->input.environment.account, SV("111111111111"));
    CHECK_SV(fake.work.act->input.environment.qualifier, SV("hnb659fds"));
}

static void test_faults_stand_below_their_fields(void **state)
{
    (void)state;
    keep_prod();
    stage_press(&stage, "V a prod Tab Tab 12 Tab nowhere Tab");
    console_command(&stage.console, SV("plan"));
    CHECK_STR(console_top(&stage.console)->screen->name, "environment");
    stage_expect(&stage, "environment-faults");
}

static void test_a_way_needs_what_it_goes_by(void **state)
{
    (void)state;
    keep_prod();
    stage_press(&stage, "V a");
    console_command(&stage.console, SV("set name = dev"));
    console_command(&stage.console, SV("set account = 222222222222"));
    console_command(&stage.console, SV("set region = eu-west-1"));
    console_command(&stage.console, SV("set way = role"));
    console_command(&stage.console, SV("plan"));
    stage_expect(&stage, "environment-role");
    console_command(&stage.console, SV("set way = profile"));
    console_command(&stage.console, SV("set profile = dev"));
    console_command(&stage.console, SV("plan"));
    CHECK_STR(console_top(&stage.console)->screen->name, "act");
    CHECK_SV(fake.work.act->input.environment.profile, SV("dev"));
    CHECK_SV(fake.work.act->input.environment.role_arn, SV(""));
}

static void test_a_wrong_word_changes_nothing(void **state)
{
    (void)state;
    stage_press(&stage, "V a");
    console_command(&stage.console, SV("set colour = blue"));
    CHECK_STR(stage.console.flash, "there is no field \"colour\" here");
    console_command(&stage.console, SV("set kind = blue"));
    CHECK_STR(stage.console.flash, "Kind does not take \"blue\"");
    console_command(&stage.console, SV("set r = eu-west-1"));
    CHECK_STR(stage.console.flash, "several fields begin with \"r\"");
}

static void test_a_name_stays(void **state)
{
    (void)state;
    keep_prod();
    stage_press(&stage, "V e");
    console_command(&stage.console, SV("set name = production"));
    console_command(&stage.console, SV("plan"));
    CHECK_STR(console_top(&stage.console)->screen->name, "environment");
}

/* The cache has no external ids: one that only AWS knows is not lost by an edit. */
static void test_an_external_id_stays_unless_it_is_taken_away(void **state)
{
    (void)state;
    keep_prod();
    stage_press(&stage, "V e");
    console_command(&stage.console, SV("plan"));
    CHECK_TRUE(strstr(stage.console.flash, "try again in a moment") != NULL);
    told[0] = prod();
    told[0].external_id = SV("secret-handshake");
    fake.work.reader.environments = told;
    fake.work.reader.environment_count = 1;
    console_command(&stage.console, SV("plan"));
    CHECK_INT(fake.work.act->action, ACTION_ENVIRONMENT_EDIT);
    CHECK_SV(fake.work.act->input.environment.external_id, SV("secret-handshake"));
    stage_press(&stage, "q");
    console_command(&stage.console, SV("set external id = -"));
    console_command(&stage.console, SV("plan"));
    CHECK_SV(fake.work.act->input.environment.external_id, SV(""));
}

static void test_what_is_typed_survives_a_look_at_the_plan(void **state)
{
    (void)state;
    stage_press(&stage, "V a");
    console_command(&stage.console, SV("set name = home"));
    console_command(&stage.console, SV("plan"));
    CHECK_STR(console_top(&stage.console)->screen->name, "act");
    stage_press(&stage, "q");
    stage_expect(&stage, "environment-again");
}

static void test_what_is_typed_is_not_left_unasked(void **state)
{
    (void)state;
    stage_press(&stage, "V a Esc");
    CHECK_STR(console_top(&stage.console)->screen->name, "environments");
    stage_press(&stage, "a ^U home Esc");
    stage_expect(&stage, "environment-leave");
    stage_press(&stage, "Esc");
    CHECK_STR(console_top(&stage.console)->screen->name, "environment");
    stage_press(&stage, "Esc n 2 Esc y");
    CHECK_STR(console_top(&stage.console)->screen->name, "environments");
    stage_press(&stage, "a x");
    console_command(&stage.console, SV("back"));
    CHECK_STR(console_top(&stage.console)->screen->name, "environment");
    console_command(&stage.console, SV("back"));
    CHECK_STR(console_top(&stage.console)->screen->name, "environments");
}

static void test_pasted_text_goes_into_the_field(void **state)
{
    (void)state;
    stage_press(&stage, "V a");
    console_command(&stage.console, SV("set role arn ="));
    console_paste(&stage.console, SV("arn:aws:iam::111111111111:role/x"), false);
    console_command(&stage.console, SV("set way = role"));
    console_command(&stage.console, SV("plan"));
    CHECK_SV(fake.work.act->input.environment.role_arn, SV("arn:aws:iam::111111111111:role/x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_form_in_all_sizes),
        cmocka_unit_test_setup_teardown(test_the_first_one_is_where_the_pipelines_live, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_faults_stand_below_their_fields, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_way_needs_what_it_goes_by, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_wrong_word_changes_nothing, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_name_stays, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_an_external_id_stays_unless_it_is_taken_away,
                                        open_wide, leave),
        cmocka_unit_test_setup_teardown(test_what_is_typed_survives_a_look_at_the_plan, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_what_is_typed_is_not_left_unasked, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_pasted_text_goes_into_the_field, open_wide, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
