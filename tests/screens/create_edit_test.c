/* The wizard on a pipeline that is there: what changes, what stays, and its draft. */
#include "tests/screens/creating.h"

#include "tui/consent.h"
#include "tui/stack.h"

static struct work work; /* nothing runs in it */

static void open_edit(void)
{
    static struct definition_stage stages[3];
    static struct tag tags[1];
    struct target target = {.at_ms = 0};

    tags[0] = (struct tag){SV("cost-center"), SV("42")};
    stages[0] = (struct definition_stage){SV("dev"), SV("dev-eu"), SV(""), false, SV("main")};
    stages[1] = (struct definition_stage){SV("test"), SV("test-eu"), SV(""), true, SV("main")};
    stages[2] = (struct definition_stage){SV("prod"), SV("prod-eu"), SV(""), true, SV("main")};
    work = (struct work){.fetched = {.name = SV("orders"),
                                     .definition = {.name = SV("orders"),
                                                    .description = SV("the orders"),
                                                    .tags = tags,
                                                    .tag_count = 1,
                                                    .cicd = SV("cicd"),
                                                    .repository = SV("orders"),
                                                    .stages = stages,
                                                    .stage_count = 3}},
                         .has_fetched = true};
    target_set(target.name, sizeof target.name, SV("orders"));
    stack_push(&stage.console, screen_find(SV("edit")), &target);
    stage_paint(&stage);
}

static void test_a_pipeline_that_is_not_read_yet_says_so(void **state)
{
    (void)state;
    console_command(&stage.console, SV("edit orders"));
    stage_press(&stage, "");
    stage_expect(&stage, "edit-reading");
    stage_press(&stage, "q");
    CHECK_STR(console_top(&stage.console)->screen->name, "home");
}

static void test_a_change_shows_what_it_changes(void **state)
{
    struct act_input got;

    (void)state;
    stage.console.options.work = &work;
    open_edit();
    stage_expect(&stage, "edit-details");
    stage_press(&stage, "^U all Space orders PgDn");
    stage_expect(&stage, "edit-cicd");
    stage_press(&stage, "PgDn PgDn j x PgDn");
    stage_expect(&stage, "edit-source");
    stage_press(&stage, "PgDn");
    stage_expect(&stage, "edit-review");
    stage_press(&stage, "j j j j Space Space gg");
    got = fill(CMD_OPEN, ACTION_EDIT);
    CHECK_SV(got.definition.description, SV("all orders"));
    CHECK_INT(got.definition.stage_count, 2);
    CHECK_INT(got.orphans, ORPHAN_DELETE);
    CHECK_SV(got.definition.repository, SV("orders"));
    stage.console.options.work = NULL;
}

static void test_a_gate_stays_when_rows_before_it_go(void **state)
{
    struct act_input got;

    (void)state;
    stage.console.options.work = &work;
    open_edit();
    stage_press(&stage, "PgDn PgDn PgDn j x gg x PgDn PgDn");
    CHECK_TRUE(!shows("approval yes -> no"));
    stage_press(&stage, "Esc Esc l l l Space PgDn PgDn");
    stage_expect(&stage, "edit-gate");
    stage_press(&stage, "j j j j j Space Space gg");
    got = fill(CMD_OPEN, ACTION_EDIT);
    CHECK_INT(got.definition.stage_count, 1);
    CHECK_TRUE(!got.definition.stages[0].approval);
    stage.console.options.work = NULL;
}

static void test_the_title_of_the_faults_opens_the_first(void **state)
{
    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn PgDn PgDn");
    stage_expect(&stage, "create-review-faults");
    stage_press(&stage, "Enter");
    stage_expect(&stage, "create-first-fault");
}

static void test_nothing_changed_is_no_plan(void **state)
{
    (void)state;
    stage.console.options.work = &work;
    open_edit();
    stage_press(&stage, "PgDn PgDn PgDn PgDn PgDn P");
    CHECK_TRUE(shows("nothing is changed yet"));
    stage.console.options.work = NULL;
}

static void test_a_change_that_was_begun_goes_on(void **state)
{
    (void)state;
    stage.console.options.work = &work;
    open_edit();
    stage_press(&stage, "^U all Space orders Tab Esc");
    age_draft("orders.change.json");
    open_edit();
    stage_expect(&stage, "edit-drafts");
    stage_press(&stage, "Enter");
    CHECK_TRUE(shows("all orders"));
    stage_press(&stage, "Esc");
    open_edit();
    stage_press(&stage, "k Enter");
    CHECK_TRUE(shows("the orders"));
    stage.console.options.work = NULL;
}

static void test_what_was_made_needs_no_draft(void **state)
{
    struct act act = {.action = ACTION_CREATE,
                      .input = {.definition = {.name = SV("orders")}},
                      .state = ACT_RUNS,
                      .planned_at_ms = 1};
    struct draft draft;

    (void)state;
    work = (struct work){.act = &act};
    fill_details();
    stage.console.options.work = &work;
    REQUIRE(has_draft("orders", &draft));
    act.state = ACT_ENDED;
    act.job.state = JOB_FAILED;
    console_cache_changed(&stage.console);
    stage_paint(&stage);
    CHECK_TRUE(has_draft("orders", &draft));
    act.job.state = JOB_DONE;
    console_cache_changed(&stage.console);
    stage_paint(&stage);
    CHECK_TRUE(!has_draft("orders", &draft));
    CHECK_TRUE(shows("its draft deleted"));
    stage.console.options.work = NULL;
}

static void test_what_was_made_needs_no_draft_on_any_screen(void **state)
{
    struct act act = {.action = ACTION_CREATE,
                      .input = {.definition = {.name = SV("orders")}},
                      .state = ACT_ENDED};
    struct draft draft;

    (void)state;
    work = (struct work){.act = &act};
    fill_details();
    stage_press(&stage, "q");
    CHECK_STR(console_top(&stage.console)->screen->name, "home");
    stage.console.options.work = &work;
    stage.console.act_told = ACT_RUNS;
    act.job.state = JOB_FAILED;
    consent_news(&stage.console);
    CHECK_TRUE(has_draft("orders", &draft));
    stage.console.act_told = ACT_RUNS;
    act.job.state = JOB_DONE;
    consent_news(&stage.console);
    CHECK_TRUE(!has_draft("orders", &draft));
    stage.console.options.work = NULL;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_pipeline_that_is_not_read_yet_says_so),
        CASE(test_a_change_shows_what_it_changes),
        CASE(test_a_gate_stays_when_rows_before_it_go),
        CASE(test_the_title_of_the_faults_opens_the_first),
        CASE(test_nothing_changed_is_no_plan),
        CASE(test_a_change_that_was_begun_goes_on),
        CASE(test_what_was_made_needs_no_draft),
        CASE(test_what_was_made_needs_no_draft_on_any_screen),
    };

    return RUN(tests);
}
