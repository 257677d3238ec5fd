/* The failure card: all that may be on it, what of it is missing, and none. */
#include "tests/screens/history.h"
#include "tui/react.h"

static void put_full(struct stage *s)
{
    struct failure_line lines[] = {
        {210, s->now_ms - 300000, SV("[Container] Running command npx cdk deploy --all"), false},
        {211, s->now_ms - 299000, SV("LakeStack: deploying... [1/1]"), false},
        {212, s->now_ms - 290000, SV("UPDATE_FAILED | AWS::Glue::Table | CuratedOrders"), true},
        {213, s->now_ms - 280000, SV("\xe2\x9d\x8c  the stack named LakeStack failed to deploy"),
         true},
    };
    struct failed_action action = {
        .stage = SV("Deploy-Stage-dev"),
        .action = SV("deploy-dev"),
        .category = SV("Build"),
        .provider = SV("CodeBuild"),
        .code = SV("JobFailed"),
        .message = SV("Build terminated with state: FAILED. Phase: BUILD, Code: "
                      "COMMAND_EXECUTION_ERROR, Message: exit status 1"),
        .url = SV("https://console.aws.amazon.com/codebuild/builds/1"),
        .at = s->now_ms - 240000,
        .build = SV("customers-dev:1"),
        .build_status = SV("FAILED"),
        .phase = SV("BUILD"),
        .phase_code = SV("COMMAND_EXECUTION_ERROR"),
        .phase_reason =
            SV("Error while executing command: npx cdk deploy --all. Reason: exit status 1"),
        .phase_seconds = 69,
        .lines = lines,
        .line_count = ARRAY_LEN(lines),
        .log_lines = 255,
        .stack = SV("LakeStack"),
        .stack_account = SV("222222222222"),
        .stack_region = SV("eu-west-1"),
        .stack_status = SV("UPDATE_ROLLBACK_COMPLETE"),
        .resource = SV("CuratedOrders"),
        .resource_type = SV("AWS::Glue::Table"),
        .resource_status = SV("UPDATE_FAILED"),
        .resource_reason = SV("Table already exists: curated_orders"),
    };
    const struct failure failure = {.execution_id = SV("3f65a1b2-0000-4000-8000-000000000001"),
                                    .started_at = s->now_ms - 400000,
                                    .updated_at = s->now_ms - 240000,
                                    .actions = &action,
                                    .action_count = 1};

    put_card(s, "customers-dev", &failure);
}

static void test_all_of_it_at_each_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        add_customers(&s);
        put_full(&s);
        go(&s, "failure customers-dev");
        stage_expect(&s, stage_golden("failure", i));
        stage_close(&s);
    }
}

static void test_what_is_next_and_what_is_missing(void **state)
{
    struct failed_action action = {.stage = SV("Deploy-Stage-dev"),
                                   .action = SV("execute"),
                                   .provider = SV("CloudFormation"),
                                   .message = SV("ChangeSet [release] does not exist"),
                                   .at = 1,
                                   .stack = SV("sales-dev"),
                                   .note =
                                       SV("the stack: no profile reaches account 222222222222")};
    const struct failure failure = {.execution_id = SV("3f65a1b2-0000-4000-8000-000000000001"),
                                    .actions = &action,
                                    .action_count = 1,
                                    .note = SV("what it carried: check the network")};
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    put_card(&s, "customers-dev", &failure);
    go(&s, "failure customers-dev");
    stage_expect(&s, "failure-partial");
    /* Its log is that of the action that failed. */
    stage_press(&s, "L");
    CHECK_STR(s.console.stack[s.console.depth - 1].screen->name, "log");
    CHECK_STR(s.console.stack[s.console.depth - 1].target.action, "execute");
    stage_close(&s);
}

static void test_none(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    go(&s, "failure customers-dev");
    stage_expect(&s, "failure-not-read");
    stage_press(&s, "q");
    go(&s, "failure clickstream");
    stage_expect(&s, "failure-none");
    stage_close(&s);
}

/* No retry lets it pass, an override does; nothing is told twice. */
static void test_a_condition_and_what_the_error_tells_already(void **state)
{
    struct failed_action action = {.stage = SV("Deploy-Stage-dev"),
                                   .action = SV(""),
                                   .provider = SV("ON_SUCCESS"),
                                   .code = SV("Failed"),
                                   .message = SV("Reconciled: the counts differ"),
                                   .at = 1};
    const struct failure failure = {.execution_id = SV("3f65a1b2-0000-4000-8000-000000000001"),
                                    .actions = &action,
                                    .action_count = 1};
    struct target target;
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_customers(&s);
    put_card(&s, "customers-dev", &failure);
    go(&s, "failure customers-dev");
    stage_expect(&s, "failure-condition");
    CHECK_TRUE(screen_takes(console_top(&s.console)->screen, CMD_OVERRIDE));
    REQUIRE(console_top(&s.console)->screen->targets(console_top(&s.console)->state, &target, 1) ==
            1);
    CHECK_STR(target.stage, "Deploy-Stage-dev");
    CHECK_STR(target.action, "");
    stage_press(&s, "q");
    action.action = SV("deploy-dev");
    action.provider = SV("CodeBuild");
    action.message = SV("Build terminated with state: FAILED. Phase: BUILD, Code: "
                        "COMMAND_EXECUTION_ERROR, Message: exit status 1");
    action.phase = SV("BUILD");
    action.phase_code = SV("COMMAND_EXECUTION_ERROR");
    action.phase_reason = SV("exit status 1");
    put_card(&s, "customers-dev", &failure);
    go(&s, "failure customers-dev");
    stage_expect(&s, "failure-told-once");
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_of_it_at_each_size),
        TEST(test_what_is_next_and_what_is_missing),
        TEST(test_none),
        TEST(test_a_condition_and_what_the_error_tells_already),
    };
    return RUN(tests);
}
