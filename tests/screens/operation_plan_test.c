/* Operations: the plan with its commands, the consent, the results, and the unlock. */
#include "tests/screens/operating.h"
#include "tui/key.h"
#include "tui/safety.h"

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
    CHECK_TRUE(strstr(sb_cstr(&stage.console.copied), "billing-export") == NULL);
    stage_press(&stage, "O");
    CHECK_STR(sb_cstr(&stage.console.copied), "penstock stop sales --reason 'wrong commit'");
    stage_press(&stage, "]");
    stage_expect(&stage, "operation-plan-second");
    stage_press(&stage, "p");
    CHECK_STR(sb_cstr(&stage.console.copied), "aws codepipeline stop-pipeline-execution "
                                              "--pipeline-name billing-export "
                                              "--pipeline-execution-id 9");
    stage_press(&stage, "O");
    CHECK_STR(sb_cstr(&stage.console.copied),
              "penstock stop billing-export --reason 'wrong commit'");
    stage_press(&stage, ":aws-command Enter :own-command Enter"); /* by words */
    CHECK_TRUE(stage.react & REACT_COPY);
    CHECK_STR(sb_cstr(&stage.console.copied),
              "penstock stop billing-export --reason 'wrong commit'");
    stage_press(&stage, "]");
    CHECK_STR(stage.console.flash, "that is the last step");
    stage_press(&stage, "[ Y 4 Enter"); /* all of them */
    CHECK_STR(sb_cstr(&stage.console.copied),
              "penstock stop sales --reason 'wrong commit'\n"
              "penstock stop billing-export --reason 'wrong commit'");
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

/* Of one target it is said what protects it: "type sales" alone tells nobody why. */
static void guarded_alone(void)
{
    struct act *act;

    plan_two();
    act = fake.work.act;
    act->plan.steps->next = NULL;
    act->plan.last = act->plan.steps;
    snprintf(act->plan.title, sizeof act->plan.title, "Stop an execution: sales");
    act->plan.guarded = SV("prod");
    act->plan.guarded_count = 1;
    snprintf(act->plan.confirm, sizeof act->plan.confirm, "sales");
    show();
}

static void test_why_one_wants_its_name_is_said(void **state)
{
    (void)state;
    in_all_sizes("operation-guarded-alone", guarded_alone, "");
    in_all_sizes("operation-guarded-alone-consent", guarded_alone, "A");
}

/* Of two accounts' pipelines one is protected: it is the one that the question names. */
static void guarded(void)
{
    struct act *act;

    plan_two();
    act = fake.work.act;
    act->input.operation.operands = arena_alloc(&act->arena, 2, sizeof(struct operand));
    REQUIRE(act->input.operation.operands != NULL);
    act->input.operation.operand_count = 2;
    defects_warn(act->plan.defects, "sales", "no environment is known: not protected");
    act->plan.guarded = SV("billing-export");
    act->plan.guarded_count = 1;
    snprintf(act->plan.confirm, sizeof act->plan.confirm, "billing-export");
    show();
}

static void test_the_protected_one_of_several_is_named(void **state)
{
    (void)state;
    in_all_sizes("operation-guarded", guarded, "");
    in_all_sizes("operation-guarded-consent", guarded, "A");
    open_at(60, 15, STAGE_UTF8);
    guarded();
    stage_press(&stage, "A b PgDn");
    stage_expect(&stage, "operation-guarded-consent-end");
    stage_press(&stage, "illing-export Enter");
    CHECK_INT(fake.work.act->is_confirmed, false);
    stage_press(&stage, "PgUp y");
    CHECK_INT(fake.work.act->is_confirmed, true);
    leave(NULL);
}

/* Who stops a write that is out is told what becomes of it. */
static void test_a_stop_says_that_the_outcome_is_looked_up(void **state)
{
    struct act *act;

    (void)state;
    end_job(JOB_RUNS);
    act = fake.work.act;
    act->state = ACT_RUNS;
    act->job.ended_ms = 0;
    act->job.steps[1].state = STEP_RUNS;
    act->job.steps[1].ended_ms = 0;
    act->job.steps[1].note[0] = '\0';
    show();
    stage_press(&stage, "X");
    stage_expect(&stage, "operation-stopping");
    stage_press(&stage, "g");
    act->state = ACT_ENDED;
    act->job.state = JOB_CANCELLED;
    act->job.ended_ms = stage.now_ms;
    act->job.steps[1].state = STEP_FAILED;
    snprintf(act->job.steps[1].note, JOB_NOTE_SIZE, "cancelled");
    err_set(&act->job.err, ERR_CANCELLED, "stopped while it was at \"stop billing-export\"");
    act->changes++;
    fake_work_news(&stage);
    stage_expect(&stage, "operation-stopped");
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

static size_t count_rows(const char *outcome, const char *why)
{
    static char rows[1 << 16];
    struct sv rest = sv_of(audit_files_text(fake.audit_dir, rows, sizeof rows));
    size_t count = 0;

    while (rest.len > 0) {
        struct sv row = sv_cut(rest, '\n', &rest);

        count += sv_find(row, sv_of(outcome)) >= 0 && sv_find(row, sv_of(why)) >= 0;
    }
    return count;
}

static void test_the_end_of_an_unlock_is_in_the_audit(void **state)
{
    (void)state;
    stage_press(&stage, ":unlock Space 1 Space a Enter");
    stage.now_ms += 59 * 1000;
    stage_paint(&stage);
    CHECK_INT(count_rows("\"outcome\":\"locked\"", "the unlock has ended"), 0);
    stage.now_ms += 2 * 1000;
    stage_paint(&stage);
    stage_paint(&stage);
    CHECK_STR(stage.console.header.unlocked, "");
    CHECK_INT(count_rows("\"outcome\":\"locked\"", "the unlock has ended"), 1);
    stage_press(&stage, ":unlock Space 1 Space b Enter :lock Enter");
    CHECK_INT(count_rows("\"outcome\":\"locked\"", "locked again"), 2);
    safety_close(&stage.console);
    CHECK_INT(count_rows("\"outcome\":\"locked\"", "the console was left"), 0);
    stage_press(&stage, ":unlock Space 1 Space c Enter");
    safety_close(&stage.console);
    CHECK_INT(count_rows("\"outcome\":\"locked\"", "the console was left"), 1);
}

/* Nothing can be written, so there is nothing to open. */
static void test_read_only_unlocks_nothing(void **state)
{
    (void)state;
    stage.console.options.is_read_only = true;
    stage_press(&stage, ":unlock Space 5 Space x Enter");
    CHECK_TRUE(strstr(stage.console.flash, "read-only: ") != NULL);
    CHECK_STR(stage.console.header.unlocked, "");
    CHECK_INT(guard_unlocked_until(stage.now_ms, NULL), 0);
    CHECK_INT(count_rows("\"outcome\":\"refused\"", "read-only"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
        cmocka_unit_test(test_why_one_wants_its_name_is_said),
        cmocka_unit_test(test_the_protected_one_of_several_is_named),
        cmocka_unit_test_setup_teardown(test_a_stop_says_that_the_outcome_is_looked_up, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_the_end_of_an_unlock_is_in_the_audit, open_wide,
                                        leave),
        cmocka_unit_test_setup_teardown(test_read_only_unlocks_nothing, open_wide, leave),
        cmocka_unit_test_setup_teardown(test_an_unlock_needs_minutes_and_a_reason, open_wide,
                                        leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
