/* The wizard, as a person meets it: a pipeline described by keys, kept, and handed to its plan. */
#include "tests/screens/creating.h"

static void test_a_pipeline_is_described_by_keys(void **state)
{
    struct act_input got;

    (void)state;
    fill_details();
    stage_press(&stage, "Tab data Enter"); /* CICD: the only one is chosen */
    stage_press(&stage, "Right Enter");    /* gitflow */
    fill_environments(3);
    stage_press(&stage, "PgDn"); /* Source stays CodeCommit */
    stage_press(&stage, "Tab Tab Tab Right Tab Tab LEVEL=debug PgDn");
    got = fill(CMD_OPEN, ACTION_CREATE);
    CHECK_SV(got.definition.name, SV("orders"));
    CHECK_SV(got.definition.description, SV("the orders"));
    REQUIRE(got.definition.tag_count == 1);
    CHECK_SV(got.definition.tags[0].key, SV("cost-center"));
    CHECK_SV(got.definition.tags[0].value, SV("42"));
    CHECK_SV(got.definition.cicd, SV("cicd"));
    CHECK_SV(got.definition.team, SV("data"));
    CHECK_INT(got.definition.strategy, STRATEGY_GITFLOW);
    CHECK_INT(got.definition.source, SOURCE_CODECOMMIT);
    CHECK_SV(got.definition.repository, SV("orders"));
    CHECK_INT(got.definition.starter, STARTER_CLOUDFORMATION);
    REQUIRE(got.definition.stage_count == 3);
    CHECK_SV(got.definition.stages[0].stage, SV("dev"));
    CHECK_SV(got.definition.stages[1].environment, SV("test-eu"));
    CHECK_TRUE(!got.definition.stages[1].approval);
    CHECK_SV(got.definition.stages[2].stage, SV("prod"));
    CHECK_TRUE(got.definition.stages[2].approval);
    CHECK_SV(got.definition.stages[2].branch, SV(""));
    REQUIRE(got.definition.variable_count == 1);
    CHECK_SV(got.definition.variables[0].name, SV("LEVEL"));
    CHECK_SV(got.definition.variables[0].value, SV("debug"));
    CHECK_TRUE(got.template_dir == NULL && !got.uses_existing_repository);
}

static void test_a_connection_and_a_directory_are_handed_on(void **state)
{
    static const char arn[] = "arn:aws:codeconnections:eu-west-1:111111111111:connection/"
                              "01234567-89ab-cdef-0123-456789abcdef";
    struct act_input got;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(1);
    stage_press(&stage, "PgDn Right Tab");
    CHECK_TRUE(console_paste(&stage.console,
                             SV("arn:aws:codeconnections:eu-west-1:111111111111:"
                                "connection/01234567-89ab-cdef-0123-456789abcdef"),
                             false) &
               REACT_DRAW);
    stage_press(&stage, "Tab acme/orders Tab Tab /srv/app PgDn");
    got = fill(CMD_PLAN, ACTION_CREATE);
    CHECK_INT(got.definition.source, SOURCE_CONNECTION);
    CHECK_SV(got.definition.connection_arn, sv_of(arn));
    CHECK_SV(got.definition.repository, SV("acme/orders"));
    CHECK_STR(got.template_dir, "/srv/app");
}

static void test_rows_are_moved_edited_and_removed(void **state)
{
    struct act_input got;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(4);
    stage_press(&stage, "k k K x");                /* test went up and away */
    stage_press(&stage, "gg S-Tab e ^U qa Enter"); /* dev is qa now */
    stage_press(&stage, "j Space j Tab Tab e ops Enter PgDn PgDn");
    got = fill(CMD_OPEN, ACTION_CREATE);
    REQUIRE(got.definition.stage_count == 3);
    CHECK_SV(got.definition.stages[0].stage, SV("qa"));
    CHECK_SV(got.definition.stages[0].environment, SV("dev-eu"));
    CHECK_SV(got.definition.stages[1].stage, SV("prod"));
    CHECK_TRUE(!got.definition.stages[1].approval); /* trunk's preset was taken back */
    CHECK_SV(got.definition.stages[2].team, SV("ops"));
}

static void test_the_strategy_presets_what_nobody_said(void **state)
{
    struct act_input got;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(3);
    stage_press(&stage, "gg Space"); /* dev: approval said */
    stage_press(&stage, "PgUp Right PgDn PgDn PgDn");
    got = fill(CMD_OPEN, ACTION_CREATE);
    CHECK_TRUE(got.definition.stages[0].approval);
    CHECK_TRUE(!got.definition.stages[1].approval);
    CHECK_TRUE(got.definition.stages[2].approval);
}

static void test_faults_lose_nothing_and_lead_to_their_field(void **state)
{
    (void)state;
    stage_press(&stage, "C Or_ders Tab");
    CHECK_TRUE(shows("may have lower-case letters"));
    stage_press(&stage, "PgDn PgDn PgDn PgDn PgDn");
    CHECK_TRUE(shows("2 faults to correct"));
    CHECK_TRUE(shows("[6 Review]"));
    stage_expect(&stage, "create-faults");
    stage_press(&stage, "P");
    CHECK_TRUE(shows("there are faults"));
    stage_press(&stage, "j Enter");
    CHECK_TRUE(shows("[1 Details!]"));
    CHECK_TRUE(shows("Or_ders"));
    stage_expect(&stage, "create-faults-details");
    stage_press(&stage, "^U orders PgDn");
    CHECK_TRUE(!shows("Details!"));
    stage_press(&stage, "PgDn PgDn");
    add("dev-eu");
    add("dev-eu");
    stage_expect(&stage, "create-faults-environments");
}

static void test_esc_goes_a_page_back_and_leaving_keeps_the_draft(void **state)
{
    struct draft draft;

    (void)state;
    fill_details();
    CHECK_TRUE(shows("[2 CICD]"));
    stage_press(&stage, "Esc");
    CHECK_TRUE(shows("[1 Details]"));
    stage_press(&stage, "Esc");
    CHECK_STR(console_top(&stage.console)->screen->name, "home");
    REQUIRE(has_draft("orders", &draft));
    CHECK_SV(draft.definition.description, SV("the orders"));
    stage_press(&stage, "C");
    CHECK_TRUE(shows("orders, a draft"));
    stage_press(&stage, "Enter");
    CHECK_TRUE(shows("cost-center=42"));
}

static void test_each_field_is_kept_when_it_is_done(void **state)
{
    struct draft draft;

    (void)state;
    stage_press(&stage, "C ord");
    CHECK_TRUE(!has_draft("ord", &draft));
    stage_press(&stage, "Tab"); /* a kill -9 now loses nothing */
    CHECK_TRUE(has_draft("ord", &draft));
    stage_press(&stage, "S-Tab ers Tab");
    CHECK_TRUE(!has_draft("ord", &draft));
    CHECK_TRUE(has_draft("orders", &draft));
    stage_press(&stage, "PgDn PgDn PgDn");
    add("dev-eu");
    REQUIRE(has_draft("orders", &draft));
    CHECK_INT(draft.definition.stage_count, 1);
}

static void test_a_draft_of_another_is_never_written_over(void **state)
{
    struct draft draft;

    (void)state;
    fill_details();
    stage_press(&stage, "Esc Esc C k Enter"); /* a new one */
    stage_press(&stage, "orders Tab other Tab");
    CHECK_TRUE(shows("another draft has this name"));
    REQUIRE(has_draft("orders", &draft));
    CHECK_SV(draft.definition.description, SV("the orders"));
    stage_press(&stage, "S-Tab S-Tab -two Tab");
    REQUIRE(has_draft("orders-two", &draft));
    CHECK_SV(draft.definition.description, SV("other"));
}

static void test_a_name_behind_the_command_goes_on_with_its_draft(void **state)
{
    (void)state;
    fill_details();
    stage_press(&stage, "Esc Esc :create Space orders Enter");
    CHECK_TRUE(shows("the orders"));
    stage_press(&stage, "Esc :create Space sales Enter");
    CHECK_TRUE(shows("Create sales"));
    CHECK_TRUE(!shows("the orders"));
}

static void test_a_draft_is_deleted_after_a_question(void **state)
{
    struct draft draft;

    (void)state;
    fill_details();
    stage_press(&stage, "Esc Esc");
    age_draft("orders.json");
    stage_press(&stage, "C");
    stage_expect(&stage, "create-drafts");
    stage_press(&stage, "D");
    stage_expect(&stage, "create-drafts-delete");
    stage_press(&stage, "Enter n");
    CHECK_TRUE(has_draft("orders", &draft));
    stage_press(&stage, "D y");
    CHECK_TRUE(!has_draft("orders", &draft));
    CHECK_TRUE(shows("[1 Details]"));
}

static void test_a_broken_draft_is_told(void **state)
{
    char path[128];
    FILE *file;

    (void)state;
    fill_details();
    stage_press(&stage, "Esc Esc");
    snprintf(path, sizeof path, "%s/penstock/drafts/orders.json", home);
    file = fopen(path, "w");
    REQUIRE(file != NULL && fputs("{", file) >= 0 && fclose(file) == 0);
    stage_press(&stage, "C Enter");
    CHECK_TRUE(shows("was renamed to orders.json.broken"));
}

static void test_the_file_is_written_after_a_question_and_never_over_another(void **state)
{
    char *before = getcwd(NULL, 0);
    struct stat st;

    (void)state;
    REQUIRE(before != NULL && chdir(home) == 0);
    fill_details();
    stage_press(&stage, "PgDn PgDn PgDn PgDn PgDn w n");
    CHECK_TRUE(stat("orders.json", &st) != 0);
    stage_press(&stage, "w y");
    CHECK_TRUE(shows("penstock create -f orders.json takes it"));
    CHECK_TRUE(stat("orders.json", &st) == 0 && st.st_size > 100);
    stage_press(&stage, "w y");
    CHECK_TRUE(shows("is there already"));
    REQUIRE(chdir(before) == 0);
    free(before);
}

static void test_the_review_prints_the_file(void **state)
{
    CLEANUP(sb_release) struct sb out;
    struct defects defects = {.count = 0};
    struct definition got;
    struct err err;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(2);
    stage_press(&stage, "PgDn PgDn");
    sb_init(&out, 1 << 20);
    REQUIRE_OK(console_print(&stage.console, &out, &err), &err);
    REQUIRE_OK(definition_read(sb_sv(&out), &arena, &got, &defects, &err), &err);
    CHECK_INT(defects.count, 0);
    CHECK_SV(got.stages[1].environment, SV("prod-eu"));
}

static void test_every_page_is_printed(void **state)
{
    CLEANUP(sb_release) struct sb out;
    struct err err;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn");
    sb_init(&out, 1 << 20);
    REQUIRE_OK(console_print(&stage.console, &out, &err), &err);
    CHECK_TRUE(sv_find(sb_sv(&out), SV("Strategy: trunk")) > 0);
    CHECK_TRUE(sv_find(sb_sv(&out), SV("gitflow: ")) > 0);
    stage_press(&stage, "PgDn");
    fill_environments(2);
    sb_clear(&out);
    REQUIRE_OK(console_print(&stage.console, &out, &err), &err);
    CHECK_TRUE(sv_find(sb_sv(&out), SV("1. stage dev, environment dev-eu 222222222222 eu-west-1, "
                                       "team data, approval no, branch main")) > 0);
}

static void test_words_do_what_keys_do(void **state)
{
    struct act_input got;

    (void)state;
    stage_press(&stage, "C");
    console_command(&stage.console, SV("set name = orders"));
    console_command(&stage.console, SV("page-down"));
    console_command(&stage.console, SV("page-down"));
    console_command(&stage.console, SV("set strategy = gitflow"));
    console_command(&stage.console, SV("page-down"));
    console_command(&stage.console, SV("set environment = prod-eu"));
    console_command(&stage.console, SV("set stage = prod"));
    got = fill(CMD_PLAN, ACTION_CREATE);
    CHECK_SV(got.definition.name, SV("orders"));
    CHECK_INT(got.definition.strategy, STRATEGY_GITFLOW);
    CHECK_SV(got.definition.stages[0].stage, SV("prod"));
}

static void test_a_new_environment_is_added_in_place(void **state)
{
    const struct opened *o;
    struct answer answer = {.react = REACT_NONE};
    bool is_taken;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    o = console_top(&stage.console);
    answer.react = o->screen->key(o->state, 'n', &is_taken, &answer);
    CHECK_TRUE(is_taken && (answer.react & REACT_OPEN));
    CHECK_STR(answer.screen, "environment");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_pipeline_is_described_by_keys),
        CASE(test_a_connection_and_a_directory_are_handed_on),
        CASE(test_rows_are_moved_edited_and_removed),
        CASE(test_the_strategy_presets_what_nobody_said),
        CASE(test_faults_lose_nothing_and_lead_to_their_field),
        CASE(test_esc_goes_a_page_back_and_leaving_keeps_the_draft),
        CASE(test_each_field_is_kept_when_it_is_done),
        CASE(test_a_draft_of_another_is_never_written_over),
        CASE(test_a_name_behind_the_command_goes_on_with_its_draft),
        CASE(test_a_draft_is_deleted_after_a_question),
        CASE(test_a_broken_draft_is_told),
        CASE(test_the_file_is_written_after_a_question_and_never_over_another),
        CASE(test_the_review_prints_the_file),
        CASE(test_every_page_is_printed),
        CASE(test_words_do_what_keys_do),
        CASE(test_a_new_environment_is_added_in_place),
    };

    return RUN(tests);
}
