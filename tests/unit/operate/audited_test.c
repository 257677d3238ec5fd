/* What the audit is told of an operation's write: how it left its target, and what opened it. */
#include "core/base/time.h"
#include "core/operate/guard.h"
#include "tests/unit/operate/operate_stage.h"

#define STAGE(gate)                                                                                \
    {                                                                                              \
        .to = OPS_STATE, .body = OPS_STATE_OF("{\"stageName\":\"Deploy\",\"actionStates\":"        \
                                              "[{\"actionName\":\"D\"}]," gate "}")                \
    }
#define OPEN          STAGE("\"inboundTransitionState\":{\"enabled\":true}")
#define SHUT          STAGE("\"inboundTransitionState\":{\"enabled\":false,\"disabledReason\":\"night\"}")
#define SHUTS         ".DisableStageTransition\r"
#define OUTCOME(word) "\"outcome\":\"" word "\""

static char rows[1 << 16];

static void plan_disable(struct ops *s)
{
    s->operands[0].stage = SV("Deploy");
    s->in.reason = SV("night");
    OPS_PLANNED(s);
}

/* The last row that has this. */
static struct sv row_with(const struct ops *s, const char *piece)
{
    struct sv rest = sv_of(twin_audit(&s->twin, rows, sizeof rows));
    struct sv found = SV("");

    while (rest.len > 0) {
        struct sv row = sv_cut(rest, '\n', &rest);

        if (sv_find(row, sv_of(piece)) >= 0)
            found = row;
    }
    return found;
}

static void test_how_a_write_left_its_target_is_in_its_row(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, OPEN, OPEN, {.to = SHUTS, .body = "{}"}};
    struct audit_line line = {.outcome = "done"};
    struct sb reason;
    struct ops s;

    OPS_BEGIN(&s, disable, answers);
    plan_disable(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    OPS_HAS_SV(row_with(&s, OUTCOME("done")),
               "\"after\":\"the transition into Deploy is disabled: night\"");
    OPS_HAS_SV(row_with(&s, OUTCOME("sent")), "\"after\":\"\"");
    sb_init(&reason, 1000);
    operate_tell(&s.o, &reason, &line);
    CHECK_SV(line.target, SV("sales/Deploy"));
    CHECK_SV(line.before, ops_state(&s));
    CHECK_SV(line.after, SV("the transition into Deploy is disabled: night"));
    CHECK_SV(line.request_id, SV("r-1"));
    CHECK_SV(line.reason, SV("night"));
    sb_release(&reason);
    ops_end(&s);
}

#define HELD(status)                                                                               \
    {                                                                                              \
        .to = OPS_STATE,                                                                           \
        .body = OPS_STATE_OF(                                                                      \
            "{\"stageName\":\"Deploy\",\"latestExecution\":"                                       \
            "{\"pipelineExecutionId\":\"e1\",\"status\":\"Failed\"},"                              \
            "\"onSuccessConditionState\":{\"latestExecution\":{\"status\":\"" status "\"}}}")      \
    }

static void test_what_was_looked_up_has_a_row_of_its_own(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        HELD("Failed"),
        {.to = OPS_DEF, .error = "AccessDeniedException", .is_any_time = true},
        HELD("Failed"),
        {.to = ".OverrideStageCondition\r", .is_cut = true},
        HELD("Overridden")};
    struct sv row;
    struct ops s;

    OPS_BEGIN(&s, override, answers);
    s.operands[0].stage = SV("Deploy");
    OPS_PLANNED(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    row = row_with(&s, "AWS's answer was lost; it was done");
    OPS_HAS_SV(row, OUTCOME("done"));
    OPS_HAS_SV(row, "\"target\":\"sales/Deploy\"");
    OPS_HAS_SV(row, "\"before\":\"execution e1 after Deploy: ");
    OPS_HAS_SV(row, "\"after\":\"ON_SUCCESS of Deploy is overridden\"");
    ops_end(&s);
}

static void test_a_write_says_which_unlock_let_it_through(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, OPEN, OPEN, {.to = SHUTS, .body = "{}"}};
    struct err err = {0};
    struct ops s;

    OPS_BEGIN(&s, disable, answers);
    ops_config(&s, "[guard]\nprotected_pipelines = sales\n");
    REQUIRE_OK(guard_unlock(5, SV("the fix"), time_wall_ms(), &err), &err);
    plan_disable(&s);
    CHECK_STR(s.plan.confirm, "");
    CHECK_INT(ops_run(&s), JOB_DONE);
    OPS_HAS_SV(row_with(&s, OUTCOME("sent")), "\"reason\":\"night (unlocked until 20");
    OPS_HAS_SV(row_with(&s, OUTCOME("done")), "Z: the fix)\"");
    OPS_HAS(s.o.unlocked, "Z: the fix");
    guard_lock();
    ops_config_end(&s);
    ops_end(&s);
}

/* What needs no unlock does not tell of one, and neither does what was typed. */
static void test_an_unlock_that_was_not_needed_is_not_told(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, OPEN, OPEN, {.to = SHUTS, .body = "{}"}};
    struct err err = {0};
    struct ops s;

    OPS_BEGIN(&s, disable, answers);
    REQUIRE_OK(guard_unlock(5, SV("the fix"), time_wall_ms(), &err), &err);
    plan_disable(&s);
    CHECK_INT(ops_run(&s), JOB_DONE);
    OPS_HAS_SV(row_with(&s, OUTCOME("done")), "\"reason\":\"night\"");
    CHECK_STR(s.o.unlocked, "");
    guard_lock();
    ops_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_how_a_write_left_its_target_is_in_its_row),
        TEST(test_what_was_looked_up_has_a_row_of_its_own),
        TEST(test_a_write_says_which_unlock_let_it_through),
        TEST(test_an_unlock_that_was_not_needed_is_not_told),
    };

    return RUN(tests);
}
