/* The stacks of a pipeline, and one of them: what failed comes first, what moves is asked again. */
#include "core/operate/stacks.h"

#include "core/operate/stack_page.h"
#include "tests/screens/fake_work.h"

static struct stage stage;
static struct fake_work fake;

static const struct stage_pipeline sales = {
    .name = "sales", .stages = "Source=Succeeded Deploy=Failed", .status = "Failed", .age_s = 300};

#define ARN(account, name) "arn:aws:cloudformation:eu-west-1:" account ":stack/" name "/1-2"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static void put(enum document_kind kind, const char *account, const char *key, struct sv json,
                int64_t ago)
{
    const struct document_id id = {kind, SV("aws"), sv_of(account), SV("eu-west-1"), sv_of(key)};
    struct err err = {0};

    REQUIRE_OK(cache_put_document(stage.cache, &id, json, stage.now_ms - ago, &err), &err);
}

static void put_list(bool is_empty)
{
    struct stack_row rows[] = {
        {.name = SV("sales-prod-application"),
         .id = SV(ARN("444444444444", "sales-prod-application")),
         .kind = STACK_KIND_APPLICATION,
         .environment = SV("prod"),
         .account = SV("444444444444"),
         .region = SV("eu-west-1"),
         .status = SV("UPDATE_ROLLBACK_FAILED"),
         .reason = SV("The following resource(s) failed to update: [Table]."),
         .updated_at = stage.now_ms - 7 * MINUTE},
        {.name = SV("sales-dev"),
         .id = SV(ARN("222222222222", "sales-dev")),
         .kind = STACK_KIND_ACTION,
         .environment = SV("dev"),
         .where = SV("sales/Deploy-Stage-dev/deploy"),
         .account = SV("222222222222"),
         .region = SV("eu-west-1"),
         .status = SV("UPDATE_IN_PROGRESS"),
         .updated_at = stage.now_ms - 40000},
        {.name = SV("penstock-sales"),
         .id = SV(ARN("111111111111", "penstock-sales")),
         .kind = STACK_KIND_PIPELINE,
         .environment = SV(""),
         .account = SV("111111111111"),
         .region = SV("eu-west-1"),
         .status = SV("UPDATE_COMPLETE"),
         .drift = SV("DRIFTED"),
         .drift_at = stage.now_ms - HOUR,
         .updated_at = stage.now_ms - 30 * HOUR},
        {.name = SV("SalesLake"),
         .id = SV(ARN("222222222222", "SalesLake")),
         .kind = STACK_KIND_BUILD,
         .environment = SV("dev"),
         .where = SV("sales/Deploy-Stage-dev/synth"),
         .source = SV("the log of its build"),
         .account = SV("222222222222"),
         .region = SV("eu-west-1"),
         .status = SV("UPDATE_COMPLETE"),
         .updated_at = stage.now_ms - 41000},
        {.name = SV("CDKToolkit"),
         .id = SV(""),
         .kind = STACK_KIND_BOOTSTRAP,
         .environment = SV("test"),
         .account = SV("333333333333"),
         .region = SV("eu-west-1"),
         .note = SV("environment test: AccessDenied: not authorized to perform sts:AssumeRole")},
        {.name = SV("sales-test"),
         .id = SV(""),
         .kind = STACK_KIND_ACTION,
         .environment = SV("test"),
         .account = SV("111111111111"),
         .region = SV("eu-west-1"),
         .note = SV("there is no such stack there (yet)")},
    };
    const struct stack_list list = {
        .pipeline = SV("sales"), .rows = rows, .count = is_empty ? 0 : ARRAY_LEN(rows)};
    CLEANUP(sb_release) struct sb json = {.cap = DOCUMENT_MAX};
    struct err err = {0};
    struct jw w;

    jw_init(&w, &json, &err);
    jw_open(&w, '{');
    stack_list_json(&w, &list, true);
    jw_close(&w, '}');
    REQUIRE_OK(jw_done(&w), &err);
    put(DOCUMENT_STACKS, "111111111111", "sales", sb_sv(&json), 5000);
}

static void put_stack(const char *status, const char *detection)
{
    struct tag outputs[] = {{SV("Url"), SV("https://sales.example.com")}};
    struct tag parameters[] = {{SV("Password"), SV("****")}, {SV("Stage"), SV("prod")}};
    struct tag tags[] = {{SV("team"), SV("DataTeam")}};
    struct stack_resource resources[] = {
        {.logical = SV("Bucket"),
         .physical = SV("sales-prod-bucket"),
         .type = SV("AWS::S3::Bucket"),
         .status = SV("UPDATE_COMPLETE"),
         .drift = SV("MODIFIED")},
        {.logical = SV("Table"),
         .physical = SV("orders"),
         .type = SV("AWS::DynamoDB::Table"),
         .status = SV("UPDATE_FAILED"),
         .reason = SV("Table orders is being used")},
    };
    struct stack_event events[] = {
        {.id = SV("e4"),
         .logical = SV("sales-prod-application"),
         .physical = SV(ARN("444444444444", "sales-prod-application")),
         .type = SV("AWS::CloudFormation::Stack"),
         .status = sv_of(status),
         .at_ms = stage.now_ms - 7 * MINUTE},
        {.id = SV("e3"),
         .logical = SV("Table"),
         .physical = SV("orders"),
         .type = SV("AWS::DynamoDB::Table"),
         .status = SV("UPDATE_FAILED"),
         .reason = SV("Table \x1b[31morders\x1b[0m is being used, and the whole of this sentence "
                      "is longer than a line of a terminal"),
         .at_ms = stage.now_ms - 8 * MINUTE},
        {.id = SV("e2"),
         .logical = SV("sales-prod-application"),
         .physical = SV(ARN("444444444444", "sales-prod-application")),
         .type = SV("AWS::CloudFormation::Stack"),
         .status = SV("UPDATE_IN_PROGRESS"),
         .reason = SV("User Initiated"),
         .at_ms = stage.now_ms - 9 * MINUTE},
    };
    struct stack_change changes[] = {
        {.logical = SV("Table"),
         .action = SV("Modify"),
         .type = SV("AWS::DynamoDB::Table"),
         .replacement = SV("True"),
         .details = SV("TableName (recreated)")},
        {.logical = SV("Queue"), .action = SV("Add"), .type = SV("AWS::SQS::Queue")},
    };
    struct change_set sets[] = {{.id = SV("c"),
                                 .name = SV("pipeline-42"),
                                 .status = SV("CREATE_COMPLETE"),
                                 .execution_status = SV("AVAILABLE"),
                                 .created_at = stage.now_ms - HOUR,
                                 .changes = changes,
                                 .change_count = ARRAY_LEN(changes)}};
    struct drift_difference differences[] = {{.path = SV("/VersioningConfiguration/Status"),
                                              .expected = SV("Enabled"),
                                              .actual = SV("Suspended"),
                                              .kind = SV("NOT_EQUAL")}};
    struct resource_drift drifts[] = {{.logical = SV("Bucket"),
                                       .type = SV("AWS::S3::Bucket"),
                                       .status = SV("MODIFIED"),
                                       .differences = differences,
                                       .difference_count = 1}};
    const struct stack_page page = {
        .stack = {.name = SV("sales-prod-application"),
                  .id = SV(ARN("444444444444", "sales-prod-application")),
                  .status = sv_of(status),
                  .reason = SV("The following resource(s) failed to update: [Table]."),
                  .description = SV("The sales application"),
                  .created_at = stage.now_ms - 300 * HOUR,
                  .updated_at = stage.now_ms - 7 * MINUTE,
                  .is_protected = true,
                  .drift = SV("DRIFTED"),
                  .drift_at = stage.now_ms - 2 * HOUR,
                  .outputs = outputs,
                  .output_count = ARRAY_LEN(outputs),
                  .parameters = parameters,
                  .parameter_count = ARRAY_LEN(parameters),
                  .tags = tags,
                  .tag_count = ARRAY_LEN(tags)},
        .resources = resources,
        .resource_count = ARRAY_LEN(resources),
        .events = events,
        .event_count = ARRAY_LEN(events),
        .sets = sets,
        .set_count = ARRAY_LEN(sets),
        .drifts = drifts,
        .drift_count = ARRAY_LEN(drifts),
        .detection = {.status = sv_of(detection), .drifted = 1}};
    CLEANUP(sb_release) struct sb json = {.cap = DOCUMENT_MAX};
    struct err err = {0};
    struct jw w;

    jw_init(&w, &json, &err);
    jw_open(&w, '{');
    stack_page_json(&w, &page, true);
    jw_close(&w, '}');
    REQUIRE_OK(jw_done(&w), &err);
    put(DOCUMENT_STACK, "444444444444", ARN("444444444444", "sales-prod-application"), sb_sv(&json),
        3000);
}

static void begin(int cols, int rows, enum stage_look look)
{
    stage_open(&stage, cols, rows, look);
    fake_work_open(&fake, &stage);
    stage_add(&stage, &sales);
}

static void end(void)
{
    stage_close(&stage);
    fake_work_close(&fake);
}

/* What was begun at opening is over, so that the pages tell what is kept. */
static void settle(void)
{
    fake_work_end_errands(&fake);
    stage.console.needs_load = true;
}

static void test_the_stacks_and_one_of_them_at_each_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        begin(stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        put_list(false);
        put_stack("UPDATE_ROLLBACK_FAILED", "");
        stage_press(&stage, "p K");
        settle();
        stage_expect(&stage, stage_golden("stacks", i));
        stage_press(&stage, "Enter");
        settle();
        stage_expect(&stage, stage_golden("stack", i));
        end();
    }
}

static void test_what_cannot_be_read_says_why_below_the_list(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    put_list(false);
    stage_press(&stage, "p K j j j");
    stage_expect(&stage, "stacks-named");
    stage_press(&stage, "j");
    stage_expect(&stage, "stacks-unreadable");
    stage_press(&stage, "/prod Enter");
    stage_expect(&stage, "stacks-filtered");
    end();
}

static void test_an_empty_list_and_one_that_was_never_read(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    stage_press(&stage, "p K");
    stage_expect(&stage, "stacks-asking");
    settle();
    put_list(true);
    stage_expect(&stage, "stacks-none");
    end();
    stage_open(&stage, 60, 15, STAGE_UTF8);
    stage_add(&stage, &sales);
    stage_press(&stage, "p K");
    stage_expect(&stage, "stacks-cached");
    stage_close(&stage);
}

static void check_page(const char *key, const char *screen)
{
    stage_press(&stage, key);
    CHECK_STR(stage.console.stack[stage.console.depth - 1].screen->name, screen);
    CHECK_STR(stage.console.stack[stage.console.depth - 1].target.name, "sales");
    stage_press(&stage, "q");
}

static void test_the_other_pages_of_the_pipeline_open_without_a_stack(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    put_list(true);
    stage_press(&stage, "p K");
    check_page("f", "failure");
    check_page("E", "executions");
    check_page("L", "log");
    check_page("m", "repository");
    end();
}

static void test_a_stack_that_moves_shows_its_events_first_and_is_asked_again(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    put_list(false);
    put_stack("UPDATE_IN_PROGRESS", "DETECTION_IN_PROGRESS");
    stage_press(&stage, "p K Enter");
    settle();
    stage_expect(&stage, "stack-moves");
    CHECK_INT(stage.console.facts.errand_every_ms, 2000);
    CHECK_TRUE(!work_reads(&fake.work, ERRAND_STACK, NULL));
    console_tick(&stage.console, stage.now_ms + 10);
    CHECK_TRUE(!work_reads(&fake.work, ERRAND_STACK, NULL));
    console_tick(&stage.console, stage.now_ms + 2011);
    CHECK_TRUE(work_reads(&fake.work, ERRAND_STACK, NULL));
    end();
}

static void test_what_rests_is_not_asked_again(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    put_list(false);
    put_stack("UPDATE_ROLLBACK_FAILED", "");
    stage_press(&stage, "p K Enter");
    settle();
    stage_paint(&stage);
    CHECK_INT(stage.console.facts.errand_every_ms, 0);
    end();
}

static void test_keys_look_for_drift_and_begin_a_plan(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    put_list(false);
    put_stack("UPDATE_ROLLBACK_FAILED", "");
    stage_press(&stage, "p K Enter");
    settle();
    stage_press(&stage, "i");
    CHECK_TRUE(work_reads(&fake.work, ERRAND_DRIFT, NULL));
    stage_press(&stage, "T");
    stage_expect(&stage, "stack-actions");
    end();
}

/* What the field is to be filled in with stands above it. */
static void test_the_form_names_what_the_rollback_failed_at(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        begin(stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        put_list(false);
        put_stack("UPDATE_ROLLBACK_FAILED", "");
        stage_press(&stage, "p K Enter");
        settle();
        stage_press(&stage, "T 1");
        CHECK_INT(stage.console.chosen.action, ACTION_CONTINUE_ROLLBACK);
        stage_expect(&stage, stage_golden("stack-continue", i));
        end();
    }
}

static void test_a_stack_that_is_not_there_says_so(void **state)
{
    (void)state;
    begin(80, 24, STAGE_UTF8);
    put_list(false);
    stage_press(&stage, "p K Enter");
    stage_expect(&stage, "stack-asking");
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_stacks_and_one_of_them_at_each_size),
        TEST(test_what_cannot_be_read_says_why_below_the_list),
        TEST(test_an_empty_list_and_one_that_was_never_read),
        TEST(test_the_other_pages_of_the_pipeline_open_without_a_stack),
        TEST(test_a_stack_that_moves_shows_its_events_first_and_is_asked_again),
        TEST(test_what_rests_is_not_asked_again),
        TEST(test_keys_look_for_drift_and_begin_a_plan),
        TEST(test_the_form_names_what_the_rollback_failed_at),
        TEST(test_a_stack_that_is_not_there_says_so),
    };

    return RUN(tests);
}
