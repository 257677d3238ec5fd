/* The pipeline screen: what runs, what failed and why, what waits, and how it was before. */
#include "tests/screens/history.h"

static void test_a_logical_pipeline_at_each_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        add_customers(&s);
        go(&s, "pipeline customers");
        stage_expect(&s, stage_golden("pipeline", i));
        stage_close(&s);
    }
}

static void test_an_approval_and_a_held_transition_are_told(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    go(&s, "pipeline orders-etl");
    stage_expect(&s, "pipeline-waiting");
    go(&s, "pipeline clickstream");
    stage_expect(&s, "pipeline-held");
    go(&s, "pipeline brand-new");
    stage_expect(&s, "pipeline-never");
    stage_close(&s);
}

static void test_older_executions_are_stepped_through(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "pipeline customers");
    stage_press(&s, "[");
    CHECK_STR(s.console.facts.banner, "execution 91ac0002 of 10:00:00Z, 1 back");
    stage_press(&s, "[");
    CHECK_STR(s.console.facts.banner, "execution 91ac0003 of 09:00:00Z, 2 back");
    stage_expect(&s, "pipeline-older");
    stage_press(&s, "[");
    CHECK_STR(s.console.flash, "no older execution is kept");
    stage_press(&s, "] ]");
    CHECK_STR(s.console.facts.banner, "");
    stage_press(&s, "]");
    CHECK_STR(s.console.flash, "this is the newest execution");
    stage_close(&s);
}

static void test_stages_close_and_open(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "pipeline customers");
    stage_press(&s, "gg Enter");
    stage_expect_cursor(&s, "customers-dev");
    stage_press(&s, "j");
    stage_expect_cursor(&s, "customers-prod");
    stage_press(&s, "k l j");
    stage_expect_cursor(&s, "Source-dev");
    stage_press(&s, "j Enter"); /* an action: its JSON */
    CHECK_STR(console_top(&s.console)->screen->name, "describe");
    CHECK_STR(console_top(&s.console)->target.action, "Source-dev");
    stage_press(&s, "q E");
    CHECK_STR(console_top(&s.console)->screen->name, "executions");
    stage_press(&s, "q q");
    CHECK_INT(s.console.depth, 1);
    stage_close(&s);
}

static void test_the_cursor_stays_while_it_lives(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "pipeline customers");
    stage_expect_cursor(&s, "Deploy-Stage-dev");
    stage_press(&s, "G");
    stage_expect_cursor(&s, "Deploy-Stage-prod");
    stage_add(&s, &(struct stage_pipeline){.name = "customers-prod",
                                           .stages = "Source-prod=Succeeded "
                                                     "Deploy-Stage-prod=Failed",
                                           .status = "Failed",
                                           .error = "no such table",
                                           .age_s = 1});
    stage_expect_cursor(&s, "Deploy-Stage-prod");
    stage_close(&s);
}

/* A second is worth a byte only on a fast line. */
static void test_a_running_duration_ticks_as_the_line_allows(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "pipeline customers");
    CHECK_TRUE(console_next_tick(&s.console) <= 1000);
    s.console.look.is_coarse = true;
    s.console.needs_load = true;
    stage_paint(&s);
    CHECK_TRUE(console_next_tick(&s.console) > 1000);
    stage_close(&s);
}

static void test_a_pipeline_that_is_gone_says_so(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    go(&s, "pipeline nightly");
    stage_remove(&s, "nightly");
    stage_expect(&s, "pipeline-gone");
    stage_freshness(&s, -1, ERR_OK, "");
    stage_expect(&s, "pipeline-loading");
    stage_freshness(&s, -1, ERR_NET, "no route to AWS");
    stage_expect(&s, "pipeline-offline");
    stage_freshness(&s, 1000, ERR_OK, "");
    stage_press(&s, "j Enter [ ] h l w y G");
    CHECK_STR(console_top(&s.console)->screen->name, "pipeline");
    stage_press(&s, "q");
    CHECK_INT(s.console.depth, 1);
    stage_close(&s);
}

static void test_hostile_names_are_shown_safely(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add(&s, &(struct stage_pipeline){.name = "\xe6\x97\xa5\xe6\x9c\xac\x1b]0;x\x07",
                                           .stages = "So\x1b[2Jurce=Succeeded "
                                                     "\xe2\x80\xae"
                                                     "dliuB=Failed",
                                           .status = "Failed",
                                           .error = "\xff\xfe\x9b"
                                                    "31m",
                                           .summary = "\xe9\x9b\x86\xe8\xa8\x88\r\n",
                                           .age_s = 60});
    go(&s, "pipeline \xe6\x97\xa5\xe6\x9c\xac\x1b]0;x\x07");
    CHECK_STR(console_top(&s.console)->screen->name, "pipeline");
    stage_expect(&s, "pipeline-hostile");
    stage_close(&s);
}

static void test_an_error_is_read_to_its_end(void **state)
{
    static char error[3000];
    struct stage s;

    (void)state;
    memset(error, 'e', sizeof error - 1);
    memcpy(error + sizeof error - 13, " ends here \x1b", 12);
    stage_open(&s, 60, 15, STAGE_UTF8);
    stage_add(&s, &(struct stage_pipeline){.name = "talks",
                                           .stages = "Source=Succeeded Build=Failed",
                                           .status = "Failed",
                                           .error = error,
                                           .age_s = 60});
    go(&s, "pipeline talks");
    for (int i = 0; i < 60; i++)
        stage_press(&s, "j");
    stage_expect(&s, "pipeline-error-end");
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
            go(&s, "pipeline customers");
            stage_press(&s, "j G h h l w [ ^D ^U");
            stage_paint(&s);
            stage_close(&s);
        }
    }
}

static void test_what_is_printed_can_be_opened_by_number(void **state)
{
    CLEANUP(sb_release) struct sb text;
    struct stage s;
    struct err err;

    (void)state;
    sb_init(&text, 1 << 16);
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "pipeline customers");
    REQUIRE_OK(console_print(&s.console, &text, &err), &err);
    CHECK_TRUE(sv_find(sb_sv(&text), SV("FAIL customers-dev, execution")) >= 0);
    CHECK_TRUE(sv_find(sb_sv(&text), SV("5.     FAIL Deploy-Stage-dev")) >= 0);
    CHECK_TRUE(sv_find(sb_sv(&text), SV("cannot be assumed")) >= 0);
    console_choose(&s.console, 5);
    CHECK_STR(console_top(&s.console)->target.action, "Deploy-Stage-dev");
    stage_close(&s);
}

/* Not an empty card of the environment that never failed. */
static void test_the_failure_is_that_of_the_one_that_failed(void **state)
{
    static const struct stage_pipeline ledger[] = {
        {.name = "ledger-dev",
         .stages = "Source-dev=Succeeded Deploy-Stage-dev=Succeeded",
         .status = "Succeeded",
         .age_s = 60},
        {.name = "ledger-test",
         .stages = "Source-test=Succeeded Deploy-Stage-test=Failed",
         .status = "Failed",
         .age_s = 300}};
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    for (size_t i = 0; i < ARRAY_LEN(ledger); i++)
        stage_add(&s, &ledger[i]);
    go(&s, "pipeline ledger");
    stage_press(&s, "gg");
    stage_expect_cursor(&s, "ledger-dev");
    stage_press(&s, "f");
    CHECK_STR(console_top(&s.console)->screen->name, "failure");
    CHECK_STR(console_top(&s.console)->target.name, "ledger-test");
    stage_press(&s, "q T");
    CHECK_STR(s.console.chosen.targets[0].name, "ledger-dev"); /* which alone f goes past */
    stage_close(&s);
}

static void test_what_can_be_copied(void **state)
{
    static const struct {
        enum copy what;
        const char *text;
    } wanted[] = {
        {COPY_NAME, "Deploy-Stage-dev"},
        {COPY_EXECUTION, "3f65a1b2-0000-4000-8000-000000000001"},
        {COPY_COMMAND, "penstock describe customers-dev --region eu-west-1"},
        {COPY_AWS, "aws codepipeline get-pipeline-state --name customers-dev --region eu-west-1"},
    };
    CLEANUP(sb_release) struct sb text;
    const struct opened *top;
    struct stage s;
    struct err err;

    (void)state;
    sb_init(&text, 1 << 16);
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "pipeline customers");
    top = console_top(&s.console);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        sb_clear(&text);
        REQUIRE_OK(top->screen->copy(top->state, wanted[i].what, &text, &err), &err);
        CHECK_STR(sb_cstr(&text), wanted[i].text);
    }
    sb_clear(&text);
    REQUIRE_OK(top->screen->copy(top->state, COPY_LINK, &text, &err), &err);
    CHECK_TRUE(sv_find(sb_sv(&text), SV("/pipelines/customers-dev/view")) > 0);
    CHECK_INT(top->screen->copy(top->state, COPY_ARN, &text, &err), ERR_NOT_FOUND);
    stage_close(&s);
}

static void put_condition(struct stage *s, const char *type, const char *status)
{
    const struct pipeline_id id = history_id("orders-etl");
    const struct action_state action = {
        .name = SV("deploy"), .status = STATUS_SUCCEEDED, .changed_at = s->now_ms - 60000};
    const struct stage_state stage = {
        .name = SV("Deploy-Stage-test"),
        .status = STATUS_FAILED,
        .execution_id = SV("3f65a1b2-0000-4000-8000-000000000001"),
        .transition_enabled = true,
        .condition = sv_of(type),
        .condition_status = sv_of(status),
        .condition_text = SV("Reconciled: the counts \x1b[31mof the ledger and of the lake differ"),
        .actions = &action,
        .action_count = 1};
    const struct pipeline_state state = {.name = id.name, .stages = &stage, .stage_count = 1};
    const struct execution latest = {.id = stage.execution_id,
                                     .status = STATUS_FAILED,
                                     .started_at = s->now_ms - 120000,
                                     .updated_at = s->now_ms - 60000,
                                     .revision_summary = SV("add the ledger")};
    struct err err = {0};
    bool changed;

    REQUIRE_OK(cache_begin(s->cache, 1000, &err), &err);
    REQUIRE_OK(cache_put_state(s->cache, &id, &state, &latest, s->now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
    console_cache_changed(&s->console);
}

/* The list and the page both say why, though no action failed. */
static void test_a_condition_that_holds_is_told(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    put_condition(&s, "ON_SUCCESS", "Failed");
    go(&s, "pipelines");
    stage_expect(&s, "pipelines-condition");
    go(&s, "pipeline orders-etl");
    stage_expect(&s, "pipeline-condition");
    put_condition(&s, "ON_SUCCESS", "Errored");
    stage_expect(&s, "pipeline-condition-errored");
    stage_close(&s);
}

/* An execution that somebody stopped, or is stopping. */
static void put_stopped(struct stage *s, enum status status)
{
    const struct stage_state stages[] = {
        {.name = SV("Deploy"), .status = status, .transition_enabled = true}};
    const struct pipeline_state state = {
        .name = SV("sales"), .version = 1, .stages = stages, .stage_count = 1};
    const struct execution latest = {.id = SV("3f65a1b2-0000-4000-8000-000000000001"),
                                     .status = status,
                                     .started_at = s->now_ms - 120000,
                                     .updated_at = s->now_ms - 60000,
                                     .stop_reason = SV("wrong data")};
    const struct pipeline_id id = history_id("sales");
    struct err err = {0};
    bool changed;

    REQUIRE_OK(cache_begin(s->cache, 1000, &err), &err);
    REQUIRE_OK(cache_put_state(s->cache, &id, &state, &latest, s->now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
    console_cache_changed(&s->console);
}

static void test_the_reason_of_a_stop_is_told_as_one(void **state)
{
    CLEANUP(sb_release) struct sb text;
    struct stage s;
    struct err err = {0};

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add(&s, &(struct stage_pipeline){
                      .name = "sales", .stages = "Deploy=Stopped", .status = "Stopped"});
    put_stopped(&s, STATUS_STOPPED);
    go(&s, "pipeline sales");
    stage_expect(&s, "pipeline-stopped");
    sb_init(&text, 1 << 16);
    REQUIRE_OK(console_print(&s.console, &text, &err), &err);
    CHECK_TRUE(strstr(sb_cstr(&text), "\nstopped: wrong data\n") != NULL);
    put_stopped(&s, STATUS_STOPPING);
    console_load(&s.console);
    sb_clear(&text);
    REQUIRE_OK(console_print(&s.console, &text, &err), &err);
    CHECK_TRUE(strstr(sb_cstr(&text), "\nstopping: wrong data\n") != NULL);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_reason_of_a_stop_is_told_as_one),
        TEST(test_a_logical_pipeline_at_each_size),
        TEST(test_an_approval_and_a_held_transition_are_told),
        TEST(test_older_executions_are_stepped_through),
        TEST(test_stages_close_and_open),
        TEST(test_the_cursor_stays_while_it_lives),
        TEST(test_a_running_duration_ticks_as_the_line_allows),
        TEST(test_a_pipeline_that_is_gone_says_so),
        TEST(test_hostile_names_are_shown_safely),
        TEST(test_an_error_is_read_to_its_end),
        TEST(test_no_size_is_too_small_to_draw),
        TEST(test_what_is_printed_can_be_opened_by_number),
        TEST(test_the_failure_is_that_of_the_one_that_failed),
        TEST(test_what_can_be_copied),
        TEST(test_a_condition_that_holds_is_told),
    };
    return RUN(tests);
}
