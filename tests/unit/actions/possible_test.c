/* What makes sense to do to something, as the cache knows it: proposed with what is meant, or with
 * the reason why not. */
#include "core/actions/possible.h"

#include "tests/unit/check.h"

static struct action_state actions[4];
static struct stage_state stages[4];
static struct standing standing;
static struct possible possible;

/* Source done, a build, an approval, a deployment that never ran. */
static int setup(void **state UNUSED)
{
    static const char *const names[] = {"Source", "Build", "Approval", "Deploy"};
    static const char *const providers[] = {"CodeCommit", "CodeBuild", "Manual", "CloudFormation"};

    for (size_t i = 0; i < ARRAY_LEN(stages); i++) {
        actions[i] = (struct action_state){.name = sv_of(names[i]),
                                           .category = i == 2 ? SV("Approval") : SV("Build"),
                                           .provider = sv_of(providers[i]),
                                           .status = STATUS_SUCCEEDED};
        stages[i] = (struct stage_state){.name = sv_of(names[i]),
                                         .status = i < 3 ? STATUS_SUCCEEDED : STATUS_NONE,
                                         .execution_id = i < 3 ? SV("e-1") : SV(""),
                                         .transition_enabled = true,
                                         .actions = &actions[i],
                                         .action_count = 1};
    }
    actions[1].external_id = SV("sales:77");
    standing = (struct standing){.what = {.id = {SV("aws"), SV("1"), SV("r"), SV("sales")}},
                                 .is_known = true,
                                 .has_def = true};
    standing.def.type = SV("V2");
    standing.pipeline.state.stages = stages;
    standing.pipeline.state.stage_count = ARRAY_LEN(stages);
    standing.pipeline.latest = (struct execution){.id = SV("e-1"), .status = STATUS_SUCCEEDED};
    return 0;
}

static bool fits(enum action_id action)
{
    possible_judge(&standing, action, &possible);
    return possible.fits;
}

static void test_every_operation_has_its_place_in_the_menu(void **state UNUSED)
{
    for (int i = ACTION_RELEASE; i < ACTION_COUNT; i++) {
        size_t found = 0;

        for (size_t k = 0; k < possible_count; k++)
            found += possible_order[k] == (enum action_id)i;
        CHECK_INT(found, 1);
    }
    CHECK_INT(possible_order[possible_count - 1], ACTION_DELETE_STACK);
}

static void test_an_approval_that_waits_is_found(void **state UNUSED)
{
    CHECK_TRUE(!fits(ACTION_APPROVE));
    CHECK_TRUE(!possible.concerns); /* nothing under the cursor is one */
    standing.what.stage = SV("Approval");
    standing.what.action = SV("Approval");
    CHECK_TRUE(!fits(ACTION_APPROVE));
    CHECK_STR(possible.text, "it does not wait");
    actions[2].status = STATUS_WAITING;
    CHECK_TRUE(fits(ACTION_REJECT));
    standing.what.stage = standing.what.action = SV("");
    CHECK_TRUE(fits(ACTION_APPROVE));
    CHECK_SV(possible.completed.stage, SV("Approval"));
    CHECK_SV(possible.completed.action, SV("Approval"));
    CHECK_SV(possible.completed.execution_id, SV("e-1"));
    standing.what.stage = SV("Deploy"); /* there it does not wait */
    CHECK_TRUE(!fits(ACTION_APPROVE));
    CHECK_STR(possible.text, "no approval waits in Deploy");
}

/* Two in one stage: who names the stage alone means neither. */
static void test_of_several_approvals_none_is_taken(void **state UNUSED)
{
    actions[2].status = actions[3].status = STATUS_WAITING;
    actions[3].category = SV("Approval");
    stages[2].action_count = 2;
    stages[3].action_count = 0;
    CHECK_TRUE(!fits(ACTION_APPROVE));
    CHECK_TRUE(possible.concerns);
    CHECK_STR(possible.text, "2 wait, name one: Approval Approval, Approval Deploy");
    standing.what.stage = SV("Approval");
    CHECK_TRUE(!fits(ACTION_REJECT));
    standing.what.action = SV("Deploy");
    CHECK_TRUE(fits(ACTION_APPROVE));
    CHECK_SV(possible.completed.action, SV("Deploy"));
    actions[2].status = STATUS_SUCCEEDED;
    standing.what.stage = standing.what.action = SV("");
    CHECK_TRUE(fits(ACTION_APPROVE)); /* the only one that is left */
    CHECK_SV(possible.completed.action, SV("Deploy"));
}

static void test_a_release_is_of_the_whole_pipeline(void **state UNUSED)
{
    standing.what.stage = SV("Build");
    standing.what.action = SV("Build");
    CHECK_TRUE(fits(ACTION_RELEASE));
    CHECK_SV(possible.completed.stage, SV(""));
    CHECK_SV(possible.completed.action, SV(""));
}

static void test_why_a_stage_that_was_named_does_not_fit(void **state UNUSED)
{
    standing.what.stage = SV("Source");
    CHECK_TRUE(!fits(ACTION_ROLLBACK));
    CHECK_STR(possible.text, "the first stage has nothing to go back to");
    CHECK_TRUE(!fits(ACTION_DISABLE));
    CHECK_STR(possible.text, "no transition leads into the first stage");
    standing.what.stage = SV("Deploy");
    CHECK_TRUE(!fits(ACTION_ROLLBACK));
    CHECK_STR(possible.text, "the stage never ran");
    CHECK_TRUE(!fits(ACTION_ENABLE));
    CHECK_STR(possible.text, "the transition is enabled");
    CHECK_TRUE(!possible.concerns);
    stages[3].transition_enabled = false;
    CHECK_TRUE(!fits(ACTION_DISABLE));
    CHECK_STR(possible.text, "the transition is disabled already");
}

/* A PARALLEL pipeline's state tells of one execution, and the inbox of all. */
static void test_an_approval_of_one_of_many_executions_is_left_to_the_plan(void **state UNUSED)
{
    standing.pipeline.row.mode = MODE_PARALLEL;
    standing.what.stage = standing.what.action = SV("Approval");
    CHECK_TRUE(!fits(ACTION_APPROVE));
    standing.what.execution_id = SV("e-7");
    CHECK_TRUE(fits(ACTION_APPROVE));
    CHECK_SV(possible.completed.execution_id, SV("e-7"));
    actions[2].status = STATUS_WAITING; /* of another one */
    CHECK_TRUE(fits(ACTION_APPROVE));
    CHECK_SV(possible.completed.execution_id, SV("e-7"));
}

static void test_a_stage_that_failed_is_retried(void **state UNUSED)
{
    CHECK_TRUE(!fits(ACTION_RETRY));
    standing.what.stage = SV("Build");
    CHECK_TRUE(!fits(ACTION_RETRY));
    CHECK_STR(possible.text, "the stage has not failed");
    standing.what.stage = SV("");
    stages[1].status = STATUS_FAILED;
    CHECK_TRUE(fits(ACTION_RETRY));
    CHECK_SV(possible.completed.stage, SV("Build"));
    CHECK_SV(possible.completed.execution_id, SV("e-1"));
    CHECK_TRUE(!possible.prefers_all);
    actions[1].error_message = SV("ChangeSet [x] does not exist");
    CHECK_TRUE(fits(ACTION_RETRY));
    CHECK_TRUE(possible.prefers_all);
    stages[3].status = STATUS_FAILED;
    CHECK_TRUE(fits(ACTION_RETRY));
    CHECK_INT(possible.stage_count, 2);
}

/* From the page of an old execution nothing is done to a newer one in its name. */
static void test_an_old_execution_is_not_taken_for_the_latest(void **state UNUSED)
{
    standing.what.execution_id = SV("e-0");
    stages[1].status = STATUS_FAILED;
    CHECK_TRUE(!fits(ACTION_RETRY));
    CHECK_TRUE(possible.concerns);
    CHECK_STR(possible.text, "not the latest execution: that is e-1");
    stages[3] = (struct stage_state){
        .name = SV("Deploy"), .status = STATUS_FAILED, .execution_id = SV("e-0")};
    CHECK_TRUE(fits(ACTION_RETRY)); /* where it is still the last one */
    CHECK_INT(possible.stage_count, 1);
    CHECK_SV(possible.completed.stage, SV("Deploy"));
    CHECK_STR(possible.text, "Deploy is FAIL in e-0");
    actions[2].status = STATUS_WAITING;
    CHECK_TRUE(!fits(ACTION_APPROVE));
    CHECK_STR(possible.text, "not the latest execution: that is e-1");
    stages[2].condition = SV("ON_SUCCESS");
    stages[2].condition_status = SV("Failed");
    CHECK_TRUE(!fits(ACTION_OVERRIDE));
    CHECK_STR(possible.text, "not the latest execution: that is e-1");
    standing.what.execution_id = SV("e-1");
    CHECK_TRUE(fits(ACTION_APPROVE));
    CHECK_TRUE(fits(ACTION_OVERRIDE));
    CHECK_TRUE(fits(ACTION_RETRY));
    CHECK_SV(possible.completed.stage, SV("Build"));
}

static void test_with_an_execution_notes_say_what_is_meant(void **state UNUSED)
{
    standing.what.execution_id = SV("e-0");
    CHECK_TRUE(fits(ACTION_RELEASE));
    CHECK_STR(possible.text, "a new execution, of the newest commit");
    CHECK_TRUE(fits(ACTION_ROLLBACK));
    CHECK_STR(possible.text, "one of 2 stages, to e-0");
    CHECK_SV(possible.completed.execution_id, SV("e-0"));
    CHECK_TRUE(fits(ACTION_DISABLE));
    CHECK_STR(possible.text, "into one of 3 stages, for all executions");
}

static void test_what_runs_is_stopped(void **state UNUSED)
{
    CHECK_TRUE(!fits(ACTION_STOP));
    CHECK_STR(possible.text, "nothing runs");
    standing.pipeline.latest.status = STATUS_WAITING;
    CHECK_TRUE(fits(ACTION_STOP));
    CHECK_SV(possible.completed.execution_id, SV("e-1"));
    standing.what.execution_id = SV("e-0");
    CHECK_TRUE(!fits(ACTION_STOP));
    CHECK_STR(possible.text, "execution e-0 does not run");
    standing.pipeline.row.mode = MODE_PARALLEL; /* the state tells of one only: AWS knows */
    CHECK_TRUE(fits(ACTION_STOP));
    CHECK_SV(possible.completed.execution_id, SV("e-0"));
    standing.pipeline.row.mode = MODE_QUEUED;
    stages[3].inbound_id = SV("e-0");
    CHECK_TRUE(fits(ACTION_STOP));
    CHECK_STR(possible.text, "execution e-0");
}

/* e-2 runs in Build, and e-1 in Deploy; Approval was passed by e-1. */
static void two_run(void)
{
    stages[1].status = stages[3].status = STATUS_IN_PROGRESS;
    stages[1].execution_id = SV("e-2");
    stages[3].execution_id = SV("e-1");
    standing.pipeline.latest = (struct execution){.id = SV("e-2"), .status = STATUS_IN_PROGRESS};
}

static void test_of_several_that_run_the_stages_own_is_stopped(void **state UNUSED)
{
    two_run();
    standing.what.stage = SV("Build");
    CHECK_TRUE(fits(ACTION_STOP));
    CHECK_SV(possible.completed.execution_id, SV("e-2"));
    CHECK_STR(possible.text, "execution e-2 is RUN");
    standing.what.stage = SV("Approval"); /* not the latest one: that is none of this row's */
    CHECK_TRUE(fits(ACTION_STOP));
    CHECK_SV(possible.completed.execution_id, SV("e-1"));
    CHECK_STR(possible.text, "execution e-1, in Deploy");
    CHECK_INT(possible.running_count, 2);
    CHECK_TRUE(!possible.must_choose);
}

static void test_of_several_that_run_none_is_taken_for_a_row_without_one(void **state UNUSED)
{
    two_run();
    stages[2].execution_id = SV("e-0"); /* it has ended */
    standing.what.stage = SV("Approval");
    CHECK_TRUE(fits(ACTION_STOP));
    CHECK_TRUE(possible.must_choose);
    CHECK_STR(possible.text, "one of 2 executions");
    CHECK_SV(possible.completed.execution_id, SV(""));
    CHECK_SV(possible.running[0].execution_id, SV("e-1"));
    CHECK_SV(possible.running[0].stage, SV("Deploy"));
    standing.what.stage = SV(""); /* the pipeline as a whole */
    CHECK_TRUE(fits(ACTION_STOP) && possible.must_choose);
    stages[3].status = STATUS_SUCCEEDED; /* now there is one: it is told where */
    standing.what.stage = SV("Approval");
    CHECK_TRUE(fits(ACTION_STOP) && !possible.must_choose);
    CHECK_SV(possible.completed.execution_id, SV("e-2"));
    CHECK_STR(possible.text, "execution e-2 is RUN, in Build");
}

static void test_only_a_stage_that_ran_and_rests_is_rolled_back(void **state UNUSED)
{
    CHECK_TRUE(fits(ACTION_ROLLBACK));
    CHECK_INT(possible.stage_count, 2); /* not the first, not the one that never ran */
    standing.what.stage = SV("Source");
    CHECK_TRUE(!fits(ACTION_ROLLBACK));
    standing.what.stage = SV("Build");
    stages[1].status = STATUS_IN_PROGRESS;
    CHECK_TRUE(!fits(ACTION_ROLLBACK));
    stages[1].status = STATUS_SUCCEEDED;
    standing.def.type = SV("V1");
    CHECK_TRUE(!fits(ACTION_ROLLBACK));
    CHECK_STR(possible.text, "a pipeline of type V1 cannot");
}

static void test_a_transition_is_enabled_or_disabled(void **state UNUSED)
{
    CHECK_TRUE(!fits(ACTION_ENABLE));
    CHECK_TRUE(fits(ACTION_DISABLE));
    CHECK_INT(possible.stage_count, 3); /* none leads into the first */
    stages[3].transition_enabled = false;
    CHECK_TRUE(fits(ACTION_ENABLE));
    CHECK_SV(possible.completed.stage, SV("Deploy"));
    standing.what.stage = SV("Deploy");
    CHECK_TRUE(!fits(ACTION_DISABLE));
}

static void test_a_condition_that_failed_is_overridden(void **state UNUSED)
{
    CHECK_TRUE(!fits(ACTION_OVERRIDE));
    stages[3].condition = SV("BEFORE_ENTRY");
    stages[3].condition_status = SV("Failed");
    stages[3].inbound_id = SV("e-2");
    CHECK_TRUE(fits(ACTION_OVERRIDE));
    CHECK_SV(possible.completed.stage, SV("Deploy"));
    CHECK_SV(possible.completed.execution_id, SV("e-2"));
    stages[3].condition_status = SV("Succeeded");
    standing.what.stage = SV("Deploy");
    CHECK_TRUE(!fits(ACTION_OVERRIDE));
    CHECK_STR(possible.text, "its condition holds nothing back");
}

static void test_a_stage_whose_condition_alone_failed_is_not_retried(void **state UNUSED)
{
    stages[1].status = STATUS_FAILED;
    stages[1].condition = SV("ON_SUCCESS");
    stages[1].condition_status = SV("Failed");
    CHECK_TRUE(!fits(ACTION_RETRY));
    CHECK_TRUE(possible.concerns);
    CHECK_INT(possible.stage_count, 0);
    CHECK_STR(possible.text, "only its condition failed: no action is there to run again");
    CHECK_TRUE(fits(ACTION_OVERRIDE));
    actions[1].status = STATUS_FAILED;
    CHECK_TRUE(fits(ACTION_RETRY));
}

/* In a build's own log. */
static void test_a_build_that_is_named_is_judged_by_its_action(void **state UNUSED)
{
    standing.what.stage = standing.what.action = SV("Build");
    standing.what.build = SV("sales:77");
    CHECK_TRUE(!fits(ACTION_STOP_BUILD));
    CHECK_STR(possible.text, "the build is over");
    CHECK_TRUE(fits(ACTION_RETRY_BUILD));
    actions[1].status = STATUS_IN_PROGRESS;
    CHECK_TRUE(fits(ACTION_STOP_BUILD));
    CHECK_TRUE(!fits(ACTION_RETRY_BUILD));
    CHECK_STR(possible.text, "the build still runs");
    standing.what.build = SV("sales:70"); /* an older one: the plan asks AWS */
    CHECK_TRUE(fits(ACTION_STOP_BUILD));
    CHECK_TRUE(fits(ACTION_RETRY_BUILD));
}

static void test_a_build_is_stopped_while_it_runs_and_retried_when_it_failed(void **state UNUSED)
{
    CHECK_TRUE(!fits(ACTION_STOP_BUILD));
    standing.what.stage = standing.what.action = SV("Build");
    CHECK_TRUE(!fits(ACTION_STOP_BUILD));
    actions[1].status = STATUS_IN_PROGRESS;
    CHECK_TRUE(fits(ACTION_STOP_BUILD));
    CHECK_SV(possible.completed.build, SV("sales:77"));
    CHECK_TRUE(!fits(ACTION_RETRY_BUILD));
    actions[1].status = STATUS_FAILED;
    CHECK_TRUE(fits(ACTION_RETRY_BUILD));
}

static void test_stacks_and_repositories_need_no_pipeline(void **state UNUSED)
{
    standing.is_known = false;
    CHECK_TRUE(!fits(ACTION_RELEASE));
    CHECK_TRUE(!fits(ACTION_DELETE_STACK));
    CHECK_TRUE(!fits(ACTION_CREATE_BRANCH));
    standing.what.stack = SV("sales-prod");
    standing.what.repository = SV("sales");
    CHECK_TRUE(fits(ACTION_DELETE_STACK));
    CHECK_TRUE(fits(ACTION_CONTINUE_ROLLBACK));
    CHECK_TRUE(fits(ACTION_PROMOTE));
}

static void test_a_stacks_status_tells_what_can_be_done_to_it(void **state UNUSED)
{
    standing.what.stack = SV("arn:aws:cloudformation:eu-west-1:1:stack/sales/1-2");
    standing.stack_status = SV("UPDATE_COMPLETE");
    CHECK_TRUE(!fits(ACTION_CONTINUE_ROLLBACK));
    CHECK_TRUE(possible.concerns);
    CHECK_STR(possible.text, "it is UPDATE_COMPLETE");
    CHECK_TRUE(fits(ACTION_DELETE_STACK));
    CHECK_STR(possible.text, "sales");
    standing.stack_status = SV("UPDATE_ROLLBACK_FAILED");
    CHECK_TRUE(fits(ACTION_CONTINUE_ROLLBACK));
    standing.stack_status = SV("DELETE_IN_PROGRESS");
    CHECK_TRUE(!fits(ACTION_DELETE_STACK));
    /* The pipeline's own operations are not the stack's. */
    CHECK_TRUE(!fits(ACTION_RELEASE));
    CHECK_TRUE(!possible.concerns);
}

static void test_what_the_cache_does_not_know_is_no_failure(void **state UNUSED)
{
    struct cache_options options = {.in_memory = true};
    struct operand what = {.id = {SV("aws"), SV("1"), SV("r"), SV("gone")}};
    struct standing s = {.is_known = true};
    struct cache *cache;
    struct arena arena;
    struct err notice;
    struct err err;

    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_open(&options, &cache, &notice, &err), &err);
    REQUIRE_OK(standing_load(cache, &what, &arena, &s, &err), &err);
    CHECK_TRUE(!s.is_known);
    cache_close(cache);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_every_operation_has_its_place_in_the_menu, setup),
        cmocka_unit_test_setup(test_an_approval_that_waits_is_found, setup),
        cmocka_unit_test_setup(test_of_several_approvals_none_is_taken, setup),
        cmocka_unit_test_setup(test_a_release_is_of_the_whole_pipeline, setup),
        cmocka_unit_test_setup(test_why_a_stage_that_was_named_does_not_fit, setup),
        cmocka_unit_test_setup(test_an_approval_of_one_of_many_executions_is_left_to_the_plan,
                               setup),
        cmocka_unit_test_setup(test_a_stage_that_failed_is_retried, setup),
        cmocka_unit_test_setup(test_an_old_execution_is_not_taken_for_the_latest, setup),
        cmocka_unit_test_setup(test_with_an_execution_notes_say_what_is_meant, setup),
        cmocka_unit_test_setup(test_what_runs_is_stopped, setup),
        cmocka_unit_test_setup(test_of_several_that_run_the_stages_own_is_stopped, setup),
        cmocka_unit_test_setup(test_of_several_that_run_none_is_taken_for_a_row_without_one, setup),
        cmocka_unit_test_setup(test_only_a_stage_that_ran_and_rests_is_rolled_back, setup),
        cmocka_unit_test_setup(test_a_transition_is_enabled_or_disabled, setup),
        cmocka_unit_test_setup(test_a_condition_that_failed_is_overridden, setup),
        cmocka_unit_test_setup(test_a_stage_whose_condition_alone_failed_is_not_retried, setup),
        cmocka_unit_test_setup(test_a_build_that_is_named_is_judged_by_its_action, setup),
        cmocka_unit_test_setup(test_a_build_is_stopped_while_it_runs_and_retried_when_it_failed,
                               setup),
        cmocka_unit_test_setup(test_stacks_and_repositories_need_no_pipeline, setup),
        cmocka_unit_test_setup(test_a_stacks_status_tells_what_can_be_done_to_it, setup),
        cmocka_unit_test_setup(test_what_the_cache_does_not_know_is_no_failure, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
