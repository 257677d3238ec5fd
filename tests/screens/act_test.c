/* The act: its plan, the consent and the job, as a person sees them. */
#include "tests/screens/fake_work.h"
#include "tui/consent.h"

static struct stage stage;
static struct fake_work fake;

static void open_act(int cols, int rows, enum stage_look look)
{
    stage_open(&stage, cols, rows, look);
    target_set(stage.console.stack[0].target.name, TARGET_NAME_SIZE, SV("Home"));
    fake_work_open(&fake, &stage);
}

static int leave(void **state)
{
    (void)state;
    stage_close(&stage);
    fake_work_close(&fake);
    return 0;
}

/* Every effect, a cost, an account that is another one. */
static struct plan *plan_of_all(void)
{
    struct plan *plan = fake_work_plan(&fake, ACTION_EDIT, "Change a pipeline: sales");
    struct plan_step *step =
        plan_step(plan, "Create the branch", SV("111111111111"), SV("eu-west-1"), "CreateBranch");
    struct plan_item *item;

    REQUIRE(step != NULL);
    REQUIRE(plan_item(plan, step, EFFECT_CREATES, SV("CodeCommit branch"), SV("staging"), SV("")) !=
            NULL);
    step = plan_step(plan, "Change the stack", SV("111111111111"), SV("eu-west-1"),
                     "CreateChangeSet, ExecuteChangeSet");
    REQUIRE(step != NULL);
    item = plan_item(plan, step, EFFECT_CREATES, SV("AWS::CodePipeline::Pipeline"),
                     SV("sales-staging"), SV(""));
    REQUIRE(item != NULL);
    item->cost = "1 a month while it runs";
    REQUIRE(plan_item(plan, step, EFFECT_CHANGES, SV("AWS::KMS::Key"), SV("ArtifactKey"),
                      SV("KeyPolicy")) != NULL);
    REQUIRE(plan_item(plan, step, EFFECT_REPLACES, SV("AWS::CodeBuild::Project"),
                      SV("sales-build-dev"), SV("Name")) != NULL);
    REQUIRE(plan_item(plan, step, EFFECT_MAY_REPLACE, SV("AWS::IAM::Role"), SV("BuildRole"),
                      SV("Path")) != NULL);
    REQUIRE(plan_item(plan, step, EFFECT_KEEPS, SV("AWS::S3::Bucket"), SV("artifacts"), SV("")) !=
            NULL);
    step = plan_step(plan, "Delete the application of test", SV("333333333333"), SV("eu-central-1"),
                     "DeleteStack");
    REQUIRE(step != NULL);
    REQUIRE(plan_item(plan, step, EFFECT_DELETES, SV("stack"), SV("sales-test-app"),
                      SV("with its 14 resources")) != NULL);
    REQUIRE(plan_item(plan, step, EFFECT_LEAVES, SV("AWS::S3::Bucket"), SV("sales-test-lake"),
                      SV("its DeletionPolicy is Retain")) != NULL);
    plan->ddk_json = SV("{\"environments\":{\"dev\":{\"account\":\"222222222222\"}}}");
    plan->template_text = SV("{\"AWSTemplateFormatVersion\":\"2010-09-09\",\"Resources\":{}}");
    return plan;
}

static void show(void)
{
    fake_work_news(&stage);
    stage_press(&stage, ":act Enter");
}

static enum err_code no_step(struct job *job, struct task *task, void *owner, struct err *err)
{
    (void)job;
    (void)task;
    (void)owner;
    (void)err;
    return ERR_OK;
}

static void add_step(const char *title, enum step_state state, int began_s, int took_s,
                     const char *note)
{
    struct job *job = &fake.work.act->job;
    struct job_step *step;
    struct err err;

    REQUIRE_OK(job_add_step(job, no_step, NULL, &err, "%s", title), &err);
    step = &job->steps[job->step_count - 1];
    step->state = state;
    step->began_ms = state == STEP_AHEAD ? 0 : stage.now_ms - (int64_t)began_s * 1000;
    step->ended_ms =
        state == STEP_AHEAD || state == STEP_RUNS ? 0 : step->began_ms + (int64_t)took_s * 1000;
    snprintf(step->note, sizeof step->note, "%s", note);
    if (state != STEP_AHEAD)
        job->at = job->step_count - 1;
}

static void add_event(int ago_s, const char *subject, const char *type, const char *status,
                      const char *text)
{
    struct job_event event = {.at_ms = stage.now_ms - (int64_t)ago_s * 1000};
    struct err err;

    snprintf(event.subject, sizeof event.subject, "%s", subject);
    snprintf(event.type, sizeof event.type, "%s", type);
    snprintf(event.status, sizeof event.status, "%s", status);
    snprintf(event.text, sizeof event.text, "%s", text);
    event.is_failure = sv_ends(sv_of(status), SV("_FAILED"));
    event.is_progress = sv_ends(sv_of(status), SV("_IN_PROGRESS"));
    REQUIRE_OK(job_event(&fake.work.act->job, &event, &err), &err);
}

static void run_job(void)
{
    struct job *job;

    plan_of_all();
    job = &fake.work.act->job;
    job_init(job, "Change a pipeline: sales");
    job->began_ms = stage.now_ms - 83000;
    job->state = JOB_RUNS;
    fake.work.act->state = ACT_RUNS;
    add_step("Check that the plan still holds", STEP_WAS_DONE, 83, 0, "the plan is fresh");
    add_step("Create the branch", STEP_DONE, 83, 4, "staging, from main");
    add_step("Change the stack", STEP_RUNS, 79, 0, "UPDATE_IN_PROGRESS, 2 of 7 resources");
    add_step("Commit ddk.json to every branch", STEP_AHEAD, 0, 0, "");
    add_step("Delete the application of test", STEP_AHEAD, 0, 0, "");
    add_event(80, "staging", "branch", "created", "");
    add_event(75, "sales-cicd", "AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS",
              "User Initiated");
    add_event(70, "ArtifactKey", "AWS::KMS::Key", "UPDATE_IN_PROGRESS", "");
    add_event(40, "ArtifactKey", "AWS::KMS::Key", "UPDATE_COMPLETE", "");
    add_event(32, "PipelineStaging", "AWS::CodePipeline::Pipeline", "CREATE_IN_PROGRESS", "");
}

static void break_job(void)
{
    struct act *act = fake.work.act;

    add_event(3, "PipelineStaging", "AWS::CodePipeline::Pipeline", "CREATE_FAILED",
              "Internal Failure: the role arn:aws:iam::111111111111:role/sales-pipeline cannot be "
              "assumed by codepipeline.amazonaws.com");
    act->state = ACT_ENDED;
    act->job.state = JOB_FAILED;
    act->job.ended_ms = stage.now_ms;
    act->job.at = 2;
    act->job.steps[2].state = STEP_FAILED;
    act->job.steps[2].ended_ms = stage.now_ms;
    snprintf(act->job.steps[2].note, JOB_NOTE_SIZE, "PipelineStaging: the role cannot be assumed");
    err_set(&act->job.err, ERR_FAILED,
            "the stack sales-cicd was rolled back: PipelineStaging (AWS::CodePipeline::Pipeline) "
            "failed: the role cannot be assumed");
}

static void fail_job(void)
{
    run_job();
    break_job();
}

static void in_all_sizes(const char *golden, void (*make)(void))
{
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        open_act(stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        make();
        show();
        stage_expect(&stage, stage_golden(golden, i));
        leave(NULL);
    }
}

static void make_plan(void)
{
    plan_of_all();
}

static void test_a_plan_in_all_sizes(void **state)
{
    (void)state;
    in_all_sizes("act-plan", make_plan);
}

static void test_a_job_in_all_sizes(void **state)
{
    (void)state;
    in_all_sizes("act-runs", run_job);
}

static void test_a_failure_in_all_sizes(void **state)
{
    (void)state;
    in_all_sizes("act-failed", fail_job);
}

static int open_wide(void **state)
{
    (void)state;
    open_act(80, 24, STAGE_UTF8);
    return 0;
}

static void test_nothing_was_begun(void **state)
{
    (void)state;
    show();
    stage_expect(&stage, "act-none");
    stage_press(&stage, "A");
    CHECK_STR(stage.console.flash, "nothing was begun yet");
}

static void test_planning_tells_the_time_by_tens(void **state)
{
    struct err err;

    (void)state;
    REQUIRE_OK(work_new_act(&fake.work, ACTION_CREATE, &err), &err);
    fake.work.act->state = ACT_PLANS;
    fake.work.plan_began_ms = stage.now_ms - 27000;
    show();
    stage_expect(&stage, "act-plans");
    CHECK_INT(console_next_tick(&stage.console), 3000);
    fake.work.act->state = ACT_NEW;
}

/* Made or run, AWS is silent: seconds tell that it is alive, and what happens next is said. */
static void plan_in_silence(void)
{
    struct err err;

    REQUIRE_OK(work_new_act(&fake.work, ACTION_CREATE, &err), &err);
    fake.work.act->state = ACT_PLANS;
    fake.work.plan_began_ms = stage.now_ms - 7000;
    fake.work.silent_since_ms = stage.now_ms - 5000;
}

static void run_in_silence(void)
{
    run_job();
    fake.work.act->job.began_ms = stage.now_ms - 7000;
    fake.work.silent_since_ms = stage.now_ms - 5000;
}

static void test_silence_is_counted_in_seconds(void **state)
{
    (void)state;
    in_all_sizes("act-silent", run_in_silence);
    open_act(80, 24, STAGE_UTF8);
    plan_in_silence();
    show();
    stage_expect(&stage, "act-plans-silent");
    CHECK_INT(console_next_tick(&stage.console), 1000);
    stage.now_ms += 1000;
    stage_paint(&stage);
    stage_expect(&stage, "act-plans-silent-later");
    stage.console.look.is_coarse = true;
    stage_press(&stage, "j");
    CHECK_INT(console_next_tick(&stage.console), 52000);
    fake.work.act->state = ACT_NEW;
    leave(NULL);
}

static void test_the_template_is_shown_and_hidden(void **state)
{
    (void)state;
    plan_of_all();
    show();
    stage_press(&stage, "v G");
    stage_expect(&stage, "act-template");
    stage_press(&stage, "v gg /DELETES Enter");
    stage_expect(&stage, "act-search");
}

static void test_defects_come_first_and_cannot_be_agreed_to(void **state)
{
    struct plan *plan = plan_of_all();

    (void)state;
    defects_warn(plan->defects, "environments[1]", "has no approval before it");
    defects_add(plan->defects, "environments[0].environment",
                "dev does not trust account 111111111111: bootstrap it");
    show();
    stage_expect(&stage, "act-defects");
    stage_press(&stage, "A");
    CHECK_INT(stage.console.overlay, OVERLAY_NONE);
    CHECK_TRUE(strstr(stage.console.flash, "does not trust") != NULL);
    stage_press(&stage, "y");
    CHECK_STR(sb_cstr(&stage.console.copied),
              "dev does not trust account 111111111111: bootstrap it");
}

static void test_a_plan_with_nothing_in_it_is_no_question(void **state)
{
    struct plan *plan = fake_work_plan(&fake, ACTION_EDIT, "Change a pipeline: sales");

    (void)state;
    plan->is_nothing = true;
    show();
    stage_expect(&stage, "act-nothing");
    stage_press(&stage, "A");
    CHECK_INT(stage.console.overlay, OVERLAY_NONE);
}

static void test_consent_is_a_letter_that_opened_nothing(void **state)
{
    (void)state;
    plan_of_all();
    fake.work.act->action = ACTION_ENVIRONMENT_EDIT; /* whose job needs no definition */
    show();
    stage_press(&stage, "A");
    stage_expect(&stage, "act-consent");
    stage_press(&stage, "A Enter Space");
    CHECK_INT(stage.console.overlay, OVERLAY_DIALOG);
    CHECK_INT(fake.work.act->state, ACT_PLANNED);
    stage_press(&stage, "n");
    CHECK_INT(stage.console.overlay, OVERLAY_NONE);
    CHECK_INT(fake.work.act->state, ACT_PLANNED);
    CHECK_TRUE(!fake.work.act->is_confirmed);
    stage_press(&stage, "A y");
    CHECK_INT(fake.work.act->state, ACT_RUNS);
    CHECK_TRUE(fake.work.act->is_confirmed);
}

static void test_a_deletion_wants_the_name_typed(void **state)
{
    struct plan *plan = plan_of_all();

    (void)state;
    fake.work.act->action = ACTION_ENVIRONMENT_REMOVE;
    snprintf(plan->confirm, sizeof plan->confirm, "sales");
    show();
    stage_press(&stage, "A");
    stage_press(&stage, "sale Enter");
    stage_expect(&stage, "act-consent-wrong");
    stage_press(&stage, "y");
    CHECK_INT(fake.work.act->state, ACT_PLANNED);
    stage_press(&stage, "^U sales");
    stage_expect(&stage, "act-consent-name");
    stage_press(&stage, "Enter y");
    CHECK_TRUE(fake.work.act->is_confirmed);
}

static void test_read_only_agrees_to_nothing(void **state)
{
    (void)state;
    plan_of_all();
    stage.console.options.is_read_only = true;
    show();
    stage_press(&stage, "A");
    CHECK_INT(stage.console.overlay, OVERLAY_NONE);
    CHECK_TRUE(strstr(stage.console.flash, "read-only") != NULL);
}

static void test_events_are_followed_until_somebody_scrolls(void **state)
{
    (void)state;
    run_job();
    show();
    for (int i = 0; i < 40; i++)
        add_event(30, "Bucket", "AWS::S3::Bucket", "CREATE_COMPLETE", "");
    add_event(29, "Newest", "AWS::S3::Bucket", "CREATE_COMPLETE", "");
    fake_work_news(&stage);
    stage_expect(&stage, "act-followed");
    stage_press(&stage, "k k k");
    add_event(28, "Later", "AWS::S3::Bucket", "CREATE_COMPLETE", "");
    fake_work_news(&stage);
    stage_expect(&stage, "act-scrolled");
    stage_press(&stage, "G");
    add_event(27, "Last", "AWS::S3::Bucket", "CREATE_COMPLETE", "");
    fake_work_news(&stage);
    stage_expect(&stage, "act-followed-again");
}

/* What moves by itself costs bytes: not within ten seconds, and not within a minute when spared. */
static void test_time_passes_in_steps(void **state)
{
    (void)state;
    run_job();
    show();
    CHECK_INT(console_next_tick(&stage.console), 7000);
    stage.console.look.is_coarse = true;
    stage_press(&stage, "j");
    CHECK_INT(console_next_tick(&stage.console), 37000);
}

static void test_what_waits_says_for_what(void **state)
{
    (void)state;
    fail_job();
    fake.work.act->job.state = JOB_WAITS;
    fake.work.act->job.steps[2].state = STEP_WAITS;
    err_set(&fake.work.act->job.err, ERR_PENDING,
            "the connection github is PENDING: open https://console.aws.amazon.com/connections and "
            "confirm it");
    show();
    stage_expect(&stage, "act-waits");
}

static void test_the_end_is_told(void **state)
{
    struct job *job;

    (void)state;
    run_job();
    job = &fake.work.act->job;
    fake.work.act->input.definition.name = SV("sales");
    fake.work.act->state = ACT_ENDED;
    job->state = JOB_DONE;
    job->ended_ms = stage.now_ms;
    for (size_t i = 2; i < job->step_count; i++) {
        job->steps[i].state = STEP_DONE;
        job->steps[i].began_ms = stage.now_ms - 20000;
        job->steps[i].ended_ms = stage.now_ms;
    }
    show();
    stage_expect(&stage, "act-done");
    stage_press(&stage, "T");
    CHECK_STR(stage.console.flash, "all of it is done");
}

static void test_what_runs_is_said_elsewhere(void **state)
{
    (void)state;
    run_job();
    stage_paint(&stage);
    stage_expect(&stage, "act-elsewhere");
}

static void test_what_was_created_can_be_opened(void **state)
{
    struct act *act;

    (void)state;
    run_job();
    act = fake.work.act;
    act->action = ACTION_CREATE;
    act->input.definition.name = SV("sales");
    show();
    stage_press(&stage, "Enter");
    CHECK_STR(console_top(&stage.console)->screen->name, "act");
    act->state = ACT_ENDED;
    act->job.state = JOB_DONE;
    act->job.ended_ms = stage.now_ms;
    act->changes++;
    add_step("Follow the first executions", STEP_DONE, 20, 20,
             "green as far as the approvals: 1 of 1 wait for a person");
    fake_work_news(&stage);
    stage_expect(&stage, "act-created");
    stage_press(&stage, "Enter");
    CHECK_STR(console_top(&stage.console)->screen->name, "pipeline");
    CHECK_STR(console_top(&stage.console)->target.name, "sales");
    CHECK_STR(console_top(&stage.console)->target.account, "111111111111");
    CHECK_STR(console_top(&stage.console)->target.partition, "aws");
}

static void test_no_plan_says_why(void **state)
{
    struct act *act;

    (void)state;
    plan_of_all();
    act = fake.work.act;
    act->state = ACT_FAILED_TO_PLAN;
    err_set(&act->err, ERR_NET, "cannot reach ssm.eu-west-1.amazonaws.com: no route to host");
    show();
    stage_expect(&stage, "act-no-plan");
    stage_press(&stage, "y");
    CHECK_STR(sb_cstr(&stage.console.copied),
              "cannot reach ssm.eu-west-1.amazonaws.com: no route to host");
}

static void test_leaving_while_it_runs_asks(void **state)
{
    (void)state;
    run_job();
    stage_press(&stage, "Q");
    stage_expect(&stage, "act-leave");
    CHECK_INT(stage.react & REACT_QUIT, 0);
    stage_press(&stage, "s");
    CHECK_INT(stage.react & REACT_QUIT, 0);
    stage_press(&stage, "q");
    CHECK_INT(stage.console.overlay, OVERLAY_DIALOG);
    stage_press(&stage, "y");
    CHECK_INT(stage.react & REACT_QUIT, REACT_QUIT);
}

/* For what may be done twice the truth matters most; and a question that is over is no question. */
static void test_leaving_an_operation_says_what_is_not_known(void **state)
{
    struct act *act;

    (void)state;
    run_job();
    act = fake.work.act;
    act->action = ACTION_RELEASE;
    stage_press(&stage, "Q");
    stage_expect(&stage, "act-leave-operation");
    act->state = ACT_ENDED;
    act->job.state = JOB_DONE;
    consent_news(&stage.console);
    CHECK_INT(stage.console.overlay, OVERLAY_NONE);
    CHECK_TRUE(stage.console.flash[0] != '\0');
    stage_press(&stage, "y");
    CHECK_INT(stage.react & REACT_QUIT, 0);
    act->action = ACTION_EDIT;
}

static void test_stopping_asks_and_keeps_what_was_done(void **state)
{
    (void)state;
    run_job();
    show();
    stage_press(&stage, "X");
    CHECK_INT(stage.console.overlay, OVERLAY_DIALOG);
    stage_press(&stage, "g");
    CHECK_INT(fake.work.act->job.state, JOB_RUNS);
    stage_press(&stage, "X y");
    CHECK_INT(fake.work.act->job.state, JOB_CANCELLED);
    CHECK_INT(fake.work.act->job.steps[1].state, STEP_DONE);
}

static void test_another_screen_hears_of_the_end(void **state)
{
    (void)state;
    run_job();
    consent_news(&stage.console);
    break_job();
    consent_news(&stage.console);
    CHECK_TRUE(strstr(stage.console.flash, "sales") != NULL);
    CHECK_TRUE(strstr(stage.console.flash, ":act shows it") != NULL);
}

static void test_print_is_the_whole_of_it(void **state)
{
    CLEANUP(sb_release) struct sb text;
    struct err err;

    (void)state;
    sb_init(&text, 1 << 20);
    fail_job();
    show();
    REQUIRE_OK(console_print(&stage.console, &text, &err), &err);
    CHECK_TRUE(strstr(sb_cstr(&text), "FAILED at step 3 of 5") != NULL);
    CHECK_TRUE(strstr(sb_cstr(&text), "Step 2: done, Create the branch: staging, from main (4s)") !=
               NULL);
    CHECK_TRUE(strstr(sb_cstr(&text), "was rolled back") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plan_in_all_sizes),
        cmocka_unit_test(test_a_job_in_all_sizes),
        cmocka_unit_test(test_a_failure_in_all_sizes),
        cmocka_unit_test_setup_teardown(test_nothing_was_begun, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_planning_tells_the_time_by_tens, open_wide, leave),
        cmocka_unit_test(test_silence_is_counted_in_seconds),
        cmocka_unit_test_setup_teardown(test_the_template_is_shown_and_hidden, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_defects_come_first_and_cannot_be_agreed_to, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_a_plan_with_nothing_in_it_is_no_question, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_consent_is_a_letter_that_opened_nothing, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_a_deletion_wants_the_name_typed, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_read_only_agrees_to_nothing, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_events_are_followed_until_somebody_scrolls, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_time_passes_in_steps, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_what_waits_says_for_what, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_the_end_is_told, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_what_was_created_can_be_opened, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_what_runs_is_said_elsewhere, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_no_plan_says_why, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_leaving_while_it_runs_asks, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_leaving_an_operation_says_what_is_not_known, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_stopping_asks_and_keeps_what_was_done, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_another_screen_hears_of_the_end, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_print_is_the_whole_of_it, open_wide, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
