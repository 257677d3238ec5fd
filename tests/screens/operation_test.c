/* Operations: the menu of what can be done, the forms, the plan with its commands, the consent, the
 * results, and the keys that do nothing because AWS said so. */
#include "tests/screens/fake_work.h"
#include "tests/unit/views/waiting.h"
#include "tui/consent.h"
#include "tui/key.h"
#include "tui/react.h"

static struct stage stage;
static struct fake_work fake;

static const char role[] = "arn:aws:sts::111111111111:assumed-role/Ops/ana";

static void put_caller(void)
{
    struct cache_context context = {.profile = SV("cicd"),
                                    .region = SV("eu-west-1"),
                                    .partition = SV("aws"),
                                    .account = SV("111111111111"),
                                    .caller_arn = sv_of(role)};
    struct err err;

    REQUIRE_OK(cache_put_context(stage.cache, &context, &err), &err);
}

/* A pipeline with all that a release or an approval may be told: variables, a source, an approval
 * with words of its own. */
static void put_sales(const char *approval_status, const char *deploy_error)
{
    const struct action_def source[] = {{.name = SV("App"),
                                         .category = SV("Source"),
                                         .owner = SV("AWS"),
                                         .provider = SV("CodeCommit"),
                                         .repository = SV("sales"),
                                         .branch = SV("main")}};
    const struct action_def approve[] = {{.name = SV("Approve"),
                                          .category = SV("Approval"),
                                          .owner = SV("AWS"),
                                          .provider = SV("Manual"),
                                          .data = SV("Ask the data owner first."),
                                          .link = SV("https://wiki.example.com/release"),
                                          .timeout_minutes = 120}};
    const struct action_def deploy[] = {{.name = SV("Deploy"),
                                         .category = SV("Deploy"),
                                         .owner = SV("AWS"),
                                         .provider = SV("CloudFormation")}};
    const struct stage_def stage_defs[] = {{SV("Source"), source, 1},
                                           {SV("ManualApproval-prod"), approve, 1},
                                           {SV("Deploy-Stage-prod"), deploy, 1}};
    const struct variable_def variables[] = {
        {SV("TICKET"), SV_NONE, SV("the change that asked for it")},
        {SV("DEPTH"), SV("shallow"), SV("")},
    };
    const struct pipeline_id id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("sales")};
    const struct sv execution = SV("3f65a1b2-0000-4000-8000-000000000001");
    bool waits = approval_status == NULL;
    const struct action_state states[] = {
        {.name = SV("App"), .status = STATUS_SUCCEEDED, .percent = -1},
        {.name = SV("Approve"),
         .category = SV("Approval"),
         .status = waits ? STATUS_WAITING : STATUS_SUCCEEDED,
         .changed_at = stage.now_ms - 600000,
         .percent = -1,
         .has_token = waits},
        {.name = SV("Deploy"),
         .status = deploy_error != NULL ? STATUS_FAILED : STATUS_NONE,
         .error_message = sv_of(deploy_error),
         .percent = -1},
    };
    const struct stage_state stages[] = {
        {.name = SV("Source"),
         .status = STATUS_SUCCEEDED,
         .execution_id = execution,
         .transition_enabled = true,
         .actions = &states[0],
         .action_count = 1},
        {.name = SV("ManualApproval-prod"),
         .status = waits ? STATUS_IN_PROGRESS : STATUS_SUCCEEDED,
         .execution_id = execution,
         .transition_enabled = true,
         .actions = &states[1],
         .action_count = 1},
        {.name = SV("Deploy-Stage-prod"),
         .status = deploy_error != NULL ? STATUS_FAILED : STATUS_NONE,
         .execution_id = deploy_error != NULL ? execution : SV(""),
         .transition_enabled = true,
         .actions = &states[2],
         .action_count = 1},
    };
    const struct pipeline_def def = {.name = id.name,
                                     .type = SV("V2"),
                                     .version = 3,
                                     .stages = stage_defs,
                                     .stage_count = 3,
                                     .variables = variables,
                                     .variable_count = 2};
    const struct pipeline_state state = {
        .name = id.name, .version = 3, .stages = stages, .stage_count = 3};
    const struct execution latest = {.id = execution,
                                     .status = waits ? STATUS_IN_PROGRESS : STATUS_FAILED,
                                     .started_at = stage.now_ms - 900000,
                                     .updated_at = stage.now_ms - 600000,
                                     .revision = SV("a1b2c3d4e5f60718293a4b5c6d7e8f9012345678"),
                                     .revision_summary = SV("add the returns table")};
    bool changed;
    struct err err;

    REQUIRE_OK(cache_begin(stage.cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(stage.cache, &id, &def, NULL, 0, stage.now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(stage.cache, &id, &state, &latest, stage.now_ms, &changed, &err),
               &err);
    REQUIRE_OK(cache_commit(stage.cache, &err), &err);
    console_cache_changed(&stage.console);
}

static void open_at(int cols, int rows, enum stage_look look)
{
    stage_open(&stage, cols, rows, look);
    put_caller();
    fake_work_open(&fake, &stage);
}

static int open_wide(void **state)
{
    (void)state;
    open_at(80, 24, STAGE_UTF8);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    stage_close(&stage);
    fake_work_close(&fake);
    return 0;
}

static const char *top(void)
{
    return console_top(&stage.console)->screen->name;
}

static const struct operation_input *input(void)
{
    REQUIRE(fake.work.act != NULL);
    return &fake.work.act->input.operation;
}

/* ---- the menu ---- */

static void waits(void)
{
    put_sales(NULL, NULL);
}

static void fails(void)
{
    put_sales("Approved", "ChangeSet [sales-prod] does not exist");
}

static void in_all_sizes(const char *golden, void (*make)(void), const char *keys)
{
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        open_at(stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        make();
        stage_press(&stage, keys);
        stage_expect(&stage, stage_golden(golden, i));
        leave(NULL);
    }
}

static void test_the_menu_offers_what_fits(void **state)
{
    (void)state;
    in_all_sizes("operation-menu", waits, "T");
    in_all_sizes("operation-menu-failed", fails, "T");
}

static void test_the_menu_of_a_stage_says_what_does_not_fit(void **state)
{
    (void)state;
    fails();
    stage_press(&stage, "Enter gg j T"); /* the source's stage */
    stage_expect(&stage, "operation-menu-stage");
}

static void test_a_menu_holds_what_it_was_opened_for(void **state)
{
    (void)state;
    stage_add(&stage, &(struct stage_pipeline){
                          .name = "aaa", .stages = "Source=Succeeded", .status = "Succeeded"});
    put_sales(NULL, NULL);
    stage_press(&stage, "p gg");
    stage_expect_cursor(&stage, "sales");
    stage_press(&stage, "T");
    stage_remove(&stage, "sales");
    stage_press(&stage, "R");
    CHECK_STR(top(), "pipelines");
    CHECK_TRUE(strstr(stage.console.flash, "nothing here") != NULL);
}

/* Of what counts anywhere a screen may have the key for something of its own. */
static void test_no_screen_takes_two_commands_of_one_key(void **state)
{
    static const enum command pairs[][2] = {
#define PAIR(a, b) {CMD_##a, CMD_##b},
        COMMAND_SHARING_LIST(PAIR)
#undef PAIR
    };

    (void)state;
    for (size_t i = 0; screens[i] != NULL; i++) {
        for (size_t k = 0; k < ARRAY_LEN(pairs); k++) {
            bool takes_both = true;

            for (int n = 0; n < 2; n++)
                takes_both = takes_both && command_info(pairs[k][n])->where == COMMAND_SCREEN &&
                             screen_takes(screens[i], pairs[k][n]);
            if (takes_both)
                fail_msg("%s takes %s and %s", screens[i]->name, command_info(pairs[k][0])->name,
                         command_info(pairs[k][1])->name);
        }
    }
}

/* A screen with targets lists what can be begun there, and the other way round. */
static void test_who_lists_operations_tells_targets(void **state)
{
    static const enum command operations[] = {CMD_ACTIONS, CMD_RELEASE, CMD_ROLLBACK,
                                              CMD_APPROVE, CMD_REJECT,  CMD_TRANSITION,
                                              CMD_OVERRIDE};

    (void)state;
    for (size_t i = 0; screens[i] != NULL; i++) {
        bool lists = false;

        for (size_t k = 0; k < ARRAY_LEN(operations); k++)
            lists = lists || screen_takes(screens[i], operations[k]);
        if (lists != (screens[i]->targets != NULL))
            fail_msg("%s %s", screens[i]->name,
                     lists ? "lists operations without targets" : "has targets, and no operation");
    }
}

/* ---- forms ---- */

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

static void test_a_rollback_without_candidates_says_so(void **state)
{
    (void)state;
    in_all_sizes("operation-rollback", fails, "Z");
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

static void test_a_name_of_several_pipelines_lists_them(void **state)
{
    (void)state;
    stage_add_fleet(&stage);
    stage_press(&stage, ":release Space customers Enter");
    CHECK_STR(stage.console.flash, "customers is several CodePipelines, name one: customers-dev, "
                                   "customers-prod");
    stage_press(&stage, ":release Space customers Space prod Enter");
    CHECK_STR(top(), "operation");
    CHECK_STR(console_top(&stage.console)->target.name, "customers-prod");
    stage_press(&stage, "Esc :release Space nobody Enter");
    CHECK_STR(stage.console.flash, "no pipeline is called nobody");
}

/* ---- marks ---- */

static void test_marked_pipelines_are_released_together(void **state)
{
    (void)state;
    stage_add_fleet(&stage);
    stage_press(&stage, "p gg Space Space Space");
    stage_expect(&stage, "operation-marks");
    stage_press(&stage, "T");
    stage_expect(&stage, "operation-marks-menu");
    stage_press(&stage, "R");
    stage_expect(&stage, "operation-release-marked");
    stage_press(&stage, "Enter");
    CHECK_STR(top(), "act");
    CHECK_INT(input()->operand_count, 3);
    stage_press(&stage, "q Esc Esc"); /* the marks go first */
    CHECK_STR(top(), "pipelines");
    stage_press(&stage, "R");
    CHECK_INT(stage.console.chosen.count, 1);
}

static void test_of_the_marked_those_that_fit_are_stopped(void **state)
{
    (void)state;
    stage_add_fleet(&stage);
    stage_press(&stage, "p gg Space Space Space Space X");
    stage_expect(&stage, "operation-stop-marked");
    CHECK_TRUE(stage.console.chosen.count > 0 && stage.console.chosen.left_out > 0);
}

/* One says what goes where, as each does: production among them is seen before the plan. */
static void test_marked_approvals_say_what_each_releases(void **state)
{
    (void)state;
    put_sales(NULL, NULL);
    stage_add_fleet(&stage);
    stage_press(&stage, "I gg Space Space a");
    CHECK_STR(top(), "operation");
    stage_expect(&stage, "operation-approve-marked");
    stage_press(&stage, "Esc x");
    stage_expect(&stage, "operation-reject-marked");
}

static void test_more_than_twenty_are_not_begun(void **state)
{
    (void)state;
    stage_add_many(&stage, 30);
    stage_press(&stage, "p gg");
    for (int i = 0; i < 21; i++)
        stage_press(&stage, "Space");
    stage_press(&stage, "R");
    CHECK_STR(top(), "pipelines");
    CHECK_TRUE(strstr(stage.console.flash, "at most 20") != NULL);
}

/* ---- what AWS denies ---- */

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

/* ---- the plan ---- */

static void plan_two(void)
{
    struct plan *plan = fake_work_plan(&fake, ACTION_STOP, "Stop an execution: sales and 1 more");
    const char *names[] = {"sales", "billing-export"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char title[80];
        struct plan_step *step;

        snprintf(title, sizeof title, "stop %s", names[i]);
        step = plan_step(plan, title, i == 0 ? SV("111111111111") : SV("222222222222"),
                         SV("eu-west-1"), "StopPipelineExecution");
        REQUIRE(step != NULL);
        REQUIRE(plan_item(plan, step, EFFECT_CHANGES, SV("now"),
                          SV("execution 3f65a1b2 is InProgress in Deploy-Stage-prod"),
                          SV("stops execution 3f65a1b2 once its running actions have ended")) !=
                NULL);
        step->caller = sv_of(role);
        step->iam = SV("codepipeline:StopPipelineExecution");
        step->aws_line = i == 0 ? SV("aws codepipeline stop-pipeline-execution --pipeline-name "
                                     "sales --pipeline-execution-id 3f65a1b2 --reason 'wrong "
                                     "commit' --profile cicd --region eu-west-1")
                                : SV("aws codepipeline stop-pipeline-execution --pipeline-name "
                                     "billing-export --pipeline-execution-id 9");
        step->own_line = i == 0 ? SV("penstock stop sales --reason 'wrong commit'")
                                : SV("penstock stop billing-export --reason 'wrong commit'");
    }
}

static void show(void)
{
    fake_work_news(&stage);
    stage_press(&stage, ":act Enter");
}

static void planned(void)
{
    plan_two();
    show();
}

static void test_a_plan_of_operations_in_all_sizes(void **state)
{
    (void)state;
    in_all_sizes("operation-plan", planned, "");
    in_all_sizes("operation-consent", planned, "A");
}

static void test_p_copies_what_the_aws_cli_would_be_told(void **state)
{
    (void)state;
    planned();
    stage_press(&stage, "p");
    CHECK_STR(top(), "act");
    CHECK_TRUE(stage.react & REACT_COPY);
    CHECK_TRUE(strstr(sb_cstr(&stage.console.copied), "--pipeline-name sales ") != NULL);
    CHECK_TRUE(strstr(sb_cstr(&stage.console.copied),
                      "eu-west-1\naws codepipeline stop-pipeline-execution --pipeline-name "
                      "billing-export") != NULL);
    stage_press(&stage, "q p");
    CHECK_STR(top(), "pipelines");
}

static enum err_code no_step(struct job *job UNUSED, struct task *task UNUSED, void *owner UNUSED,
                             struct err *err UNUSED)
{
    return ERR_OK;
}

static void add_result(const char *title, enum step_state state, const char *note)
{
    struct job *job = &fake.work.act->job;
    struct job_step *step;
    struct err err;

    REQUIRE_OK(job_add_step(job, no_step, NULL, &err, "%s", title), &err);
    step = &job->steps[job->step_count - 1];
    step->state = state;
    step->began_ms = stage.now_ms - 3000;
    step->ended_ms = stage.now_ms - 2000;
    snprintf(step->note, sizeof step->note, "%s", note);
}

static void end_job(enum job_state how)
{
    struct act *act;

    plan_two();
    act = fake.work.act;
    act->input.operation.operands = arena_alloc(&act->arena, 1, sizeof(struct operand));
    REQUIRE(act->input.operation.operands != NULL);
    act->input.operation.operands[0] =
        (struct operand){.id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("sales")}};
    act->input.operation.operand_count = 1;
    job_init(&act->job, act->plan.title);
    act->state = ACT_ENDED;
    act->job.state = how;
    act->job.began_ms = stage.now_ms - 3000;
    act->job.ended_ms = stage.now_ms - 1000;
    add_result("stop sales", STEP_DONE, "done, request id 6b2c41e5-1111-4222-8333-444455556666");
    if (how == JOB_DONE)
        return;
    add_result("stop billing-export", STEP_FAILED,
               "User: arn:aws:sts::111111111111:assumed-role/Ops/ana is not authorized to perform: "
               "codepipeline:StopPipelineExecution (request id 7c3d)");
    err_set(&act->job.err, ERR_FAILED, "1 of 2 failed: see each one's line");
}

static void done(void)
{
    end_job(JOB_DONE);
    show();
}

static void partly(void)
{
    end_job(JOB_FAILED);
    show();
}

static void test_results_are_told_one_line_each(void **state)
{
    (void)state;
    in_all_sizes("operation-done", done, "");
    in_all_sizes("operation-partly", partly, "");
}

/* T is the menu's key everywhere else: here it must not send anything by itself. */
static void test_what_failed_is_sent_again_after_a_question_only(void **state)
{
    (void)state;
    partly();
    fake.work.act->is_confirmed = true;
    stage_press(&stage, "T");
    stage_expect(&stage, "operation-again");
    stage_press(&stage, "T Enter Space");
    CHECK_INT(fake.work.act->state, ACT_ENDED);
    stage_press(&stage, "y");
    CHECK_INT(fake.work.act->state, ACT_RUNS);
}

static void test_one_key_leads_from_the_result_to_the_pipeline(void **state)
{
    (void)state;
    put_sales("Approved", NULL);
    done();
    stage_press(&stage, "Enter");
    CHECK_STR(top(), "pipeline");
    CHECK_STR(console_top(&stage.console)->target.name, "sales");
}

static void test_the_letter_that_opened_a_dialog_never_answers_it(void **state)
{
    struct keymap_faults faults = {.count = 0};
    struct ini ini;
    struct err err;

    (void)state;
    REQUIRE_OK(ini_parse(SV("[keys]\nagree = y\ncopy = A\n"), "config", &ini, &err), &err);
    keymap_apply(&stage.console.keymap, ini_section(&ini, "keys"), "config", &faults);
    ini_release(&ini);
    CHECK_INT(faults.count, 0);
    planned();
    stage_press(&stage, "y y y Enter Space");
    CHECK_INT(stage.console.overlay, OVERLAY_DIALOG);
    CHECK_INT(fake.work.act->is_confirmed, false);
    stage_press(&stage, "n");
    CHECK_INT(stage.console.overlay, OVERLAY_NONE);
    stage_press(&stage, "y Y");
    CHECK_INT(fake.work.act->is_confirmed, true);
}

static void test_a_protected_pipeline_wants_its_name(void **state)
{
    (void)state;
    plan_two();
    snprintf(fake.work.act->plan.confirm, sizeof fake.work.act->plan.confirm, "sales");
    show();
    stage_press(&stage, "A y");
    stage_expect(&stage, "operation-consent-name");
    CHECK_INT(fake.work.act->is_confirmed, false);
    stage_press(&stage, "Backspace sales Enter y");
    CHECK_INT(fake.work.act->is_confirmed, true);
}

/* ---- the unlock ---- */

static void test_an_unlock_needs_minutes_and_a_reason(void **state)
{
    (void)state;
    stage_press(&stage, ":unlock Enter");
    CHECK_TRUE(strstr(stage.console.flash, "MINUTES REASON") != NULL);
    stage_press(&stage, ":unlock Space soon Enter");
    CHECK_TRUE(strstr(stage.console.flash, "type minutes") != NULL);
    stage_press(&stage, ":unlock Space 15 Enter");
    CHECK_STR(stage.console.flash, "an unlock needs a reason: :unlock 15 REASON");
    CHECK_STR(stage.console.header.unlocked, "");
    stage_press(&stage, ":unlock Space 15 Space rolling Space back Enter");
    CHECK_STR(stage.console.header.unlocked, "UNLOCKED 15m: rolling back");
    stage_expect(&stage, "operation-unlocked");
    stage.now_ms += 61 * 1000;
    stage_paint(&stage);
    CHECK_STR(stage.console.header.unlocked, "UNLOCKED 14m: rolling back");
    stage_press(&stage, ":lock Enter");
    CHECK_STR(stage.console.header.unlocked, "");
    stage_press(&stage, ":lock Enter");
    CHECK_STR(stage.console.flash, "protected environments are locked already");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_menu_offers_what_fits),
        cmocka_unit_test_setup_teardown(test_the_menu_of_a_stage_says_what_does_not_fit, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_a_menu_holds_what_it_was_opened_for, open_wide, leave),
        cmocka_unit_test(test_no_screen_takes_two_commands_of_one_key),
        cmocka_unit_test(test_who_lists_operations_tells_targets),
        cmocka_unit_test(test_a_release_prompts_for_what_the_pipeline_declares),
        cmocka_unit_test(test_a_stop_wants_a_reason),
        cmocka_unit_test(test_a_lost_change_set_proposes_all_actions),
        cmocka_unit_test(test_an_approval_shows_what_it_releases),
        cmocka_unit_test_setup_teardown(test_a_comment_has_its_limit, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_form_goes_when_its_act_is_run, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_rejection_says_what_does_not_go, open_wide, leave),
        cmocka_unit_test(test_an_override_shows_what_holds_the_stage),
        cmocka_unit_test_setup_teardown(test_marked_approvals_say_what_each_releases, open_wide,
                                        leave),
        cmocka_unit_test(test_a_transition_asks_which_one_and_why),
        cmocka_unit_test_setup_teardown(test_a_closed_transition_is_enabled_at_once, open_wide,
                                        leave),
        cmocka_unit_test(test_a_rollback_without_candidates_says_so),
        cmocka_unit_test_setup_teardown(test_what_does_not_fit_is_a_sentence, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_name_of_several_pipelines_lists_them, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_marked_pipelines_are_released_together, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_of_the_marked_those_that_fit_are_stopped, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_more_than_twenty_are_not_begun, open_wide, leave),
        cmocka_unit_test(test_a_denied_key_is_grey_and_says_why),
        cmocka_unit_test_setup_teardown(test_a_fresh_denial_is_told_in_words, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_an_old_denial_is_forgotten, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_read_only_begins_nothing, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_permissions_are_asked_once_for_a_pipeline, open_wide,
                                        leave),
        cmocka_unit_test(test_a_plan_of_operations_in_all_sizes),
        cmocka_unit_test_setup_teardown(test_p_copies_what_the_aws_cli_would_be_told, open_wide,
                                        leave),
        cmocka_unit_test(test_results_are_told_one_line_each),
        cmocka_unit_test_setup_teardown(test_what_failed_is_sent_again_after_a_question_only,
                                        open_wide, leave),
        cmocka_unit_test_setup_teardown(test_one_key_leads_from_the_result_to_the_pipeline,
                                        open_wide, leave),
        cmocka_unit_test_setup_teardown(test_the_letter_that_opened_a_dialog_never_answers_it,
                                        open_wide, leave),
        cmocka_unit_test_setup_teardown(test_a_protected_pipeline_wants_its_name, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_an_unlock_needs_minutes_and_a_reason, open_wide,
                                        leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
