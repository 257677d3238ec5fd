/* Operations: the forms, and what is said before them. */
#include "tests/screens/operating.h"
#include "tests/unit/views/waiting.h"
#include "tui/consent.h"

/* A stage that a condition does not let an execution pass. */
static void put_held(const char *condition, const char *why)
{
    const struct pipeline_id id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("ledger")};
    const struct action_def deploy[] = {{.name = SV("Deploy"), .category = SV("Deploy")}};
    const struct stage_def stage_defs[] = {{SV("Deploy-Stage-test"), deploy, 1}};
    const struct pipeline_def def = {
        .name = id.name, .type = SV("V2"), .version = 1, .stages = stage_defs, .stage_count = 1};
    const struct action_state action = {
        .name = SV("Deploy"), .status = STATUS_SUCCEEDED, .percent = -1};
    const struct stage_state state_of_stage = {
        .name = SV("Deploy-Stage-test"),
        .status = STATUS_FAILED,
        .execution_id = SV("5cf97b81-0000-4000-8000-000000000001"),
        .inbound_id = SV("7d0e11aa-0000-4000-8000-000000000001"),
        .transition_enabled = true,
        .condition = sv_of(condition),
        .condition_status = SV("Failed"),
        .condition_text = sv_of(why),
        .actions = &action,
        .action_count = 1};
    const struct pipeline_state state = {
        .name = id.name, .version = 1, .stages = &state_of_stage, .stage_count = 1};
    const struct execution latest = {.id = state_of_stage.execution_id,
                                     .status = STATUS_FAILED,
                                     .started_at = stage.now_ms - 900000};
    bool changed;
    struct err err;

    REQUIRE_OK(cache_begin(stage.cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(stage.cache, &id, &def, NULL, 0, stage.now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(stage.cache, &id, &state, &latest, stage.now_ms, &changed, &err),
               &err);
    REQUIRE_OK(cache_commit(stage.cache, &err), &err);
    console_cache_changed(&stage.console);
}

/* As the planning would end, of what the form began. */
static void plan_is_ready(const char *title)
{
    struct act *act = fake.work.act;
    struct plan *plan = &act->plan;
    struct plan_step *step;
    struct err err;

    REQUIRE(act != NULL);
    task_cancel(act->task);
    act->task = NULL;
    plan_release(plan);
    REQUIRE_OK(plan_init(plan, &err), &err);
    snprintf(plan->title, sizeof plan->title, "%s", title);
    step = plan_step(plan, "approve sales", SV("111111111111"), SV("eu-west-1"), "X");
    REQUIRE(step != NULL);
    REQUIRE(plan_item(plan, step, EFFECT_CHANGES, SV("now"), SV("it waits"), SV("lets it go on")) !=
            NULL);
    act->state = ACT_PLANNED;
    fake_work_news(&stage);
}

static void test_a_release_prompts_for_what_the_pipeline_declares(void **state)
{
    (void)state;
    in_all_sizes("operation-release", waits, "R");
    open_at(80, 24, STAGE_UTF8);
    waits();
    stage_press(&stage, "R Tab Tab Tab Enter"); /* TICKET was not given */
    CHECK_STR(top(), "operation");
    stage_expect(&stage, "operation-release-fault");
    stage_press(&stage, "OPS-7 Enter Tab abc123 Enter Enter");
    CHECK_STR(top(), "act");
    REQUIRE(input()->variable_count == 1); /* DEPTH has its default */
    CHECK_SV(input()->variables[0].name, SV("TICKET"));
    CHECK_SV(input()->variables[0].value, SV("OPS-7"));
    REQUIRE(input()->revision_count == 1);
    CHECK_SV(input()->revisions[0].name, SV("App"));
    CHECK_SV(input()->revisions[0].value, SV("abc123"));
    REQUIRE(input()->operand_count == 1);
    CHECK_SV(input()->operands[0].id.name, SV("sales"));
    leave(NULL);
}

static void test_a_stop_wants_a_reason(void **state)
{
    (void)state;
    in_all_sizes("operation-stop", waits, "X");
    open_at(80, 24, STAGE_UTF8);
    waits();
    stage_press(&stage, "X l Enter Enter");
    CHECK_STR(top(), "operation");
    stage_expect(&stage, "operation-stop-fault");
    stage_press(&stage, "wrong Space commit Enter");
    CHECK_STR(top(), "act");
    CHECK_INT(fake.work.act->action, ACTION_STOP);
    CHECK_INT(input()->is_abandon, true);
    CHECK_SV(input()->reason, SV("wrong commit"));
    CHECK_SV(input()->operands[0].execution_id, SV("3f65a1b2-0000-4000-8000-000000000001"));
    leave(NULL);
}

static void test_a_lost_change_set_proposes_all_actions(void **state)
{
    (void)state;
    in_all_sizes("operation-retry", fails, ":retry Space sales Enter");
    open_at(80, 24, STAGE_UTF8);
    fails();
    stage_press(&stage, ":retry Space sales Space Deploy-Stage-prod Enter Enter");
    CHECK_STR(top(), "act");
    CHECK_INT(input()->is_all, true);
    CHECK_SV(input()->operands[0].stage, SV("Deploy-Stage-prod"));
    leave(NULL);
    open_at(80, 24, STAGE_UTF8);
    put_sales("Approved", "the role cannot be assumed");
    stage_press(&stage, ":retry Space sales Enter Enter");
    CHECK_INT(input()->is_all, false);
    leave(NULL);
}

static void test_an_approval_shows_what_it_releases(void **state)
{
    (void)state;
    in_all_sizes("operation-approve", waits, "a");
    in_all_sizes("operation-reject", waits, "x");
    open_at(80, 24, STAGE_UTF8);
    waits();
    stage_press(&stage, "a looks Space fine");
    stage_expect(&stage, "operation-approve-typed");
    stage_press(&stage, "Enter");
    CHECK_STR(top(), "act");
    CHECK_INT(fake.work.act->action, ACTION_APPROVE);
    CHECK_SV(input()->comment, SV("looks fine"));
    CHECK_SV(input()->operands[0].action, SV("Approve"));
    leave(NULL);
}

/* Ages move on though AWS is silent, and what another one answers meanwhile is said at once. */
static void test_an_approval_that_was_answered_meanwhile_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        open_at(stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        waits();
        stage_press(&stage, "a fine");
        CHECK_INT(stage.console.facts.next_change_ms, stage.now_ms + 5000);
        stage.now_ms += 90 * 1000;
        if (i == 2)
            stage_expect(&stage, "operation-approve-later");
        put_sales("Approved", NULL);
        stage_expect(&stage, stage_golden("operation-approve-answered", i));
        CHECK_INT(stage.console.facts.next_change_ms, 0);
        leave(NULL);
    }
}

/* What has no room is a page away. */
static void test_what_stands_above_the_fields_can_be_paged(void **state)
{
    static const struct waiting one = {
        .name = "orders-etl",
        .minutes = 45,
        .timeout_minutes = 50,
        .message = "add the returns table",
        .data = "Ask the data owner first, and the one who is on call, and look whether the "
                "tables of the day before are whole: what is released goes to all who read them.",
        .link = "https://wiki.example.com/release",
        .trigger_detail = "arn:aws:sts::111111111111:assumed-role/Ops/ana"};

    (void)state;
    open_at(60, 15, STAGE_UTF8);
    waiting_put(stage.cache, &one, stage.now_ms);
    waiting_put_carried(stage.cache, &one, SV("c1"), stage.now_ms);
    console_cache_changed(&stage.console);
    stage_press(&stage, "I a");
    stage_expect(&stage, "operation-approve-page-1");
    stage_press(&stage, "PgDn");
    stage_expect(&stage, "operation-approve-page-last");
    stage_press(&stage, "PgDn PgDn");
    stage_expect(&stage, "operation-approve-page-last");
    stage_press(&stage, "PgUp PgUp x Backspace");
    stage_expect(&stage, "operation-approve-page-1");
    leave(NULL);
}

/* Going back from what was done must not lead to its form, where Enter would plan it again. */
static void test_a_form_goes_when_its_act_is_run(void **state)
{
    (void)state;
    waits();
    stage_press(&stage, "a Enter");
    CHECK_STR(top(), "act");
    plan_is_ready("Approve: sales");
    stage_press(&stage, "Esc");
    CHECK_STR(top(), "operation"); /* while it is only planned */
    stage_press(&stage, "Enter");
    plan_is_ready("Approve: sales");
    stage_press(&stage, "Enter");
    CHECK_STR(top(), "act");
    CHECK_STR(stage.console.flash, "nothing is done yet: A agrees to the plan");
    stage_press(&stage, "A y");
    CHECK_INT(fake.work.act->state, ACT_RUNS);
    stage_press(&stage, "Esc");
    CHECK_STR(top(), "home");
    stage_press(&stage, "a");
    CHECK_STR(top(), "operation");
    fake.work.act->state = ACT_ENDED;
    fake.work.act->job.state = JOB_DONE;
    consent_news(&stage.console);
    CHECK_STR(stage.console.flash, "Approve: sales: done; Esc, then :act shows what was done");
}

/* The two forms say what happens to the same commits. */
static void test_a_rejection_says_what_does_not_go(void **state)
{
    static const struct waiting one = {.name = "orders-etl",
                                       .minutes = 45,
                                       .timeout_minutes = 50,
                                       .message = "add the returns table",
                                       .trigger_detail =
                                           "arn:aws:sts::111111111111:assumed-role/Ops/ana"};

    (void)state;
    waiting_put(stage.cache, &one, stage.now_ms);
    waiting_put_carried(stage.cache, &one, SV("c1"), stage.now_ms);
    console_cache_changed(&stage.console);
    stage_press(&stage, "I a");
    stage_expect(&stage, "operation-approve-commits");
    stage_press(&stage, "Esc x");
    stage_expect(&stage, "operation-reject-commits");
}

/* A slip of the finger would be a comment that AWS keeps. */
static void test_the_key_that_opened_a_form_is_no_text(void **state)
{
    static const char *const openers[] = {"a a a", "T a a"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(openers); i++) {
        open_at(80, 24, STAGE_UTF8);
        waits();
        stage_press(&stage, openers[i]);
        CHECK_STR(top(), "operation");
        stage_press(&stage, "b a Enter");
        CHECK_SV(input()->comment, SV("ba"));
        leave(NULL);
    }
    open_at(80, 24, STAGE_UTF8);
    waits();
    stage_press(&stage, "a");
    stage.now_ms += 1000; /* later it is meant */
    console_tick(&stage.console, stage.now_ms);
    stage_press(&stage, "a Enter");
    CHECK_SV(input()->comment, SV("a"));
    leave(NULL);
}

static void test_a_comment_has_its_limit(void **state)
{
    char text[600];

    (void)state;
    waits();
    stage_press(&stage, "a");
    memset(text, 'x', sizeof text);
    console_paste(&stage.console, sv_make(text, 513), false);
    stage_press(&stage, "Enter");
    CHECK_STR(top(), "operation");
    stage_expect(&stage, "operation-comment-long");
    stage_press(&stage, "Backspace Enter");
    CHECK_STR(top(), "act");
}

static void test_a_transition_asks_which_one_and_why(void **state)
{
    (void)state;
    in_all_sizes("operation-disable", fails, "W");
    open_at(80, 24, STAGE_UTF8);
    fails();
    stage_press(&stage, "W l Enter year Space close Enter");
    CHECK_STR(top(), "act");
    CHECK_INT(fake.work.act->action, ACTION_DISABLE);
    CHECK_SV(input()->operands[0].stage, SV("Deploy-Stage-prod"));
    CHECK_SV(input()->reason, SV("year close"));
    leave(NULL);
}

static void test_a_closed_transition_is_enabled_at_once(void **state)
{
    (void)state;
    stage_add_fleet(&stage);
    stage_press(&stage, "/clickstream Enter W");
    CHECK_STR(top(), "act");
    CHECK_INT(fake.work.act->action, ACTION_ENABLE);
    CHECK_SV(input()->operands[0].stage, SV("Deploy"));
}

static void held(void)
{
    put_held("ON_SUCCESS", "Reconciled: 'no' EQ 'yes'");
}

static void held_before(void)
{
    put_held("BEFORE_ENTRY", "Window: the deployment window is closed");
}

static void test_an_override_shows_what_holds_the_stage(void **state)
{
    (void)state;
    in_all_sizes("operation-override", held, "p gg O");
    open_at(80, 24, STAGE_UTF8);
    held_before();
    stage_press(&stage, "p gg O");
    stage_expect(&stage, "operation-override-before");
    stage_press(&stage, "Enter");
    CHECK_STR(top(), "act");
    CHECK_SV(input()->condition, SV("BEFORE_ENTRY"));
    leave(NULL);
}

static void test_what_does_not_fit_is_a_sentence(void **state)
{
    (void)state;
    fails();
    stage_press(&stage, "a");
    CHECK_STR(top(), "home");
    CHECK_TRUE(strstr(stage.console.flash, "Approve") != NULL);
    stage_press(&stage, "X");
    CHECK_STR(stage.console.flash, "Stop an execution: nothing runs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_release_prompts_for_what_the_pipeline_declares),
        cmocka_unit_test(test_a_stop_wants_a_reason),
        cmocka_unit_test(test_a_lost_change_set_proposes_all_actions),
        cmocka_unit_test(test_an_approval_shows_what_it_releases),
        cmocka_unit_test(test_an_approval_that_was_answered_meanwhile_says_so),
        cmocka_unit_test(test_what_stands_above_the_fields_can_be_paged),
        cmocka_unit_test_setup_teardown(test_a_form_goes_when_its_act_is_run, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_rejection_says_what_does_not_go, open_wide, leave),
        cmocka_unit_test(test_the_key_that_opened_a_form_is_no_text),
        cmocka_unit_test_setup_teardown(test_a_comment_has_its_limit, open_wide, leave),
        cmocka_unit_test(test_a_transition_asks_which_one_and_why),
        cmocka_unit_test_setup_teardown(test_a_closed_transition_is_enabled_at_once, open_wide,
                                        leave),
        cmocka_unit_test(test_an_override_shows_what_holds_the_stage),
        cmocka_unit_test_setup_teardown(test_what_does_not_fit_is_a_sentence, open_wide, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
