/* Operations that are typed: NAME, STAGE and what follows are read as the verbs read them, and what
 * is not there is answered with what is. */
#include "tests/screens/operating.h"

static const struct target *target(void)
{
    return &stage.console.chosen.targets[0];
}

static void type(const char *line)
{
    console_command(&stage.console, sv_of(line));
    console_load(&stage.console);
}

static void put_trunk(void)
{
    stage_add(&stage, &(struct stage_pipeline){
                          .name = "sales",
                          .stages = "Source=Succeeded Deploy-Stage-dev=Failed "
                                    "ManualApproval-prod=Waiting Deploy-Stage-prod=Succeeded",
                          .status = "InProgress"});
}

static void test_an_environment_is_taken_as_its_stage(void **state)
{
    (void)state;
    put_trunk();
    type("retry sales dev");
    CHECK_STR(top(), "operation");
    CHECK_INT(stage.console.chosen.action, ACTION_RETRY);
    CHECK_STR(target()->stage, "Deploy-Stage-dev");
    type("approve sales prod");
    CHECK_INT(stage.console.chosen.action, ACTION_APPROVE);
    CHECK_STR(target()->stage, "ManualApproval-prod");
    CHECK_STR(target()->action, "ManualApproval-prod");
    type("rollback sales prod e-77");
    CHECK_INT(stage.console.chosen.action, ACTION_ROLLBACK);
    CHECK_STR(target()->stage, "Deploy-Stage-prod");
    CHECK_STR(target()->execution_id, "e-77");
    type("logs sales dev Deploy-Stage-dev");
    CHECK_STR(top(), "log");
    CHECK_STR(console_top(&stage.console)->target.stage, "Deploy-Stage-dev");
    CHECK_STR(console_top(&stage.console)->target.action, "Deploy-Stage-dev");
    type("logs sales");
    CHECK_STR(console_top(&stage.console)->target.stage, "");
}

static void check_said(const char *line, const char *said)
{
    type(line);
    CHECK_STR(stage.console.flash, said);
    CHECK_STR(top(), "home");
}

static void test_what_is_not_there_is_answered_with_what_is(void **state)
{
    static const char *const commands[] = {"retry",    "rollback", "approve",           "reject",
                                           "override", "logs",     "transition disable"};
    char line[80];

    (void)state;
    put_trunk();
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        snprintf(line, sizeof line, "%s sales nonsense", commands[i]);
        check_said(line, "sales has no stage or environment nonsense; it has: Source, "
                         "Deploy-Stage-dev, ManualApproval-prod, Deploy-Stage-prod");
    }
    check_said("approve sales prod Nobody",
               "ManualApproval-prod of sales has no approval Nobody; it has: ManualApproval-prod");
    check_said("logs sales dev Nothing",
               "Deploy-Stage-dev of sales has no action Nothing; it has: Deploy-Stage-dev");
    check_said("retry nobody dev", "no pipeline is called nobody");
    check_said("retry sales dev more", "retry takes NAME STAGE; its form asks for the rest");
    check_said("release sales dev", "release takes NAME; its form asks for the rest");
    check_said("stop sales now", "stop takes NAME; its form asks for the rest");
    check_said("retry sales prod", "Retry a stage: the stage has not failed");
    check_said("rollback sales Source",
               "Roll back a stage: the first stage has nothing to go back to");
    check_said("override sales dev", "Override a stage's condition: no condition holds anything "
                                     "back");
}

static void test_a_transition_is_typed_as_the_verb_is(void **state)
{
    (void)state;
    put_trunk();
    type("transition disable sales prod");
    CHECK_STR(top(), "operation");
    CHECK_INT(stage.console.chosen.action, ACTION_DISABLE);
    CHECK_STR(target()->stage, "Deploy-Stage-prod");
    type("home");
    check_said("transition enable sales prod", "Enable a transition: the transition is enabled");
    type("transition sales prod"); /* the other way round than it is */
    CHECK_INT(stage.console.chosen.action, ACTION_DISABLE);
}

static void test_a_pipeline_may_be_called_enable(void **state)
{
    (void)state;
    stage_add(&stage, &(struct stage_pipeline){.name = "enable",
                                               .stages = "Source=Succeeded #Deploy=Succeeded",
                                               .status = "Succeeded"});
    type("transition enable enable Deploy");
    CHECK_STR(top(), "act"); /* with nothing to ask it is planned at once */
    CHECK_INT(stage.console.chosen.action, ACTION_ENABLE);
    CHECK_STR(target()->name, "enable");
}

static void test_of_several_approvals_none_is_taken_silently(void **state)
{
    (void)state;
    stage_add(&stage, &(struct stage_pipeline){
                          .name = "zone",
                          .stages = "Source=Succeeded Owner=Waiting Safety=Waiting Deploy=",
                          .status = "InProgress"});
    check_said("approve zone", "Approve: 2 wait, name one: Owner Owner, Safety Safety");
    stage_press(&stage, "a"); /* and the key neither */
    CHECK_STR(top(), "home");
    CHECK_TRUE(strstr(stage.console.flash, "2 wait, name one") != NULL);
    type("reject zone Safety");
    CHECK_STR(top(), "operation");
    CHECK_STR(target()->action, "Safety");
}

static void test_a_logical_pipeline_lists_its_parts(void **state)
{
    (void)state;
    stage_add_fleet(&stage);
    check_said("release customers",
               "\"customers\" means 2 pipelines (customers-dev, customers-prod): name one of them");
    type("logs customers prod"); /* the environment tells which */
    CHECK_STR(console_top(&stage.console)->target.name, "customers-prod");
    CHECK_STR(console_top(&stage.console)->target.stage, "Deploy-Stage-prod");
}

static void test_a_release_from_a_stage_is_of_the_pipeline(void **state)
{
    (void)state;
    put_trunk();
    stage_press(&stage, "Enter gg j R");
    CHECK_STR(top(), "operation");
    CHECK_INT(stage.console.chosen.action, ACTION_RELEASE);
    CHECK_STR(target()->stage, "");
    CHECK_STR(stage.console.facts.crumb, "Release a change: sales");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH(fn) cmocka_unit_test_setup_teardown(fn, open_wide, leave)
        WITH(test_an_environment_is_taken_as_its_stage),
        WITH(test_what_is_not_there_is_answered_with_what_is),
        WITH(test_a_transition_is_typed_as_the_verb_is),
        WITH(test_a_pipeline_may_be_called_enable),
        WITH(test_of_several_approvals_none_is_taken_silently),
        WITH(test_a_logical_pipeline_lists_its_parts),
        WITH(test_a_release_from_a_stage_is_of_the_pipeline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
