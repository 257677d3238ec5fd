/* Conditions of stages: what a rule's failure does to a run, and what a person can still do. */
#include "core/sandbox/conditions.h"

#include "core/sandbox/engine.h"
#include "core/sandbox/shape.h"
#include "core/sandbox/state_render.h"
#include "tests/unit/check.h"

static const int64_t LONG_MS = 6LL * 60 * 60 * 1000;

#define RULE(value)                                                                                \
    "{\"name\":\"Asked\",\"ruleTypeId\":{\"category\":\"Rule\",\"provider\":\"VariableCheck\"},"   \
    "\"configuration\":{\"Variable\":\"#{variables.GO}\",\"Operator\":\"EQ\",\"Value\":\"" value   \
    "\"}}"
#define CONDITION(member, result, value)                                                           \
    "{\"" member "\":{\"conditions\":[{\"result\":\"" result "\",\"rules\":[" RULE(value) "]}]}}"

struct scene {
    struct world w;
    struct pipe *p;
    struct err err;
};

static const struct variable go = {"GO", "yes", ""};

/* Source, Deploy, Last; the condition is Deploy's. */
static void open_scene(struct scene *s, const char *condition)
{
    const struct shape *parsed;
    struct stage_shape stages[3];
    struct shape *shape;
    struct place *place;
    cJSON *json = NULL;

    *s = (struct scene){0};
    world_init(&s->w, 1000000);
    REQUIRE_OK(shape_parse(&s->w, SV("Source:Repo=C;Deploy:A=F,B=F;Last:C=F"), &parsed, &s->err),
               &s->err);
    memcpy(stages, parsed->stages, sizeof stages);
    shape = arena_alloc(&s->w.arena, 1, sizeof *shape);
    REQUIRE(shape != NULL);
    *shape = *parsed;
    REQUIRE_OK(json_parse(sv_of(condition), &json, &s->err), &s->err);
    REQUIRE_OK(conditions_read(&s->w, json, &shape->rule_count, &stages[1].conditions, &s->err),
               &s->err);
    cJSON_Delete(json);
    shape->has_conditions = true;
    shape->stages = memcpy(arena_alloc(&s->w.arena, 3, sizeof *stages), stages, sizeof stages);
    REQUIRE_OK(world_place(&s->w, SV("111111111111"), SV("eu-west-1"), &place, &s->err), &s->err);
    REQUIRE_OK(world_add_pipe(&s->w, place, "lake", shape, &s->p, &s->err), &s->err);
    s->p->mode = RUN_MODE_QUEUED;
    s->p->variables = &go;
    s->p->variable_count = 1;
}

static struct run *start(struct scene *s, bool goes, int fail_stage)
{
    struct start with = {.trigger = "StartPipelineExecution",
                         .given = goes ? NULL : "{\"variables\":{\"GO\":\"no\"}}",
                         .fail_stage = fail_stage};
    struct run *run = NULL;

    REQUIRE_OK(engine_start(&s->w, s->p, &with, &run, &s->err), &s->err);
    return run;
}

static void wait_ms(struct scene *s, int64_t ms)
{
    REQUIRE_OK(engine_advance(&s->w, s->w.now_ms + ms, 0, &s->err), &s->err);
}

static void test_an_entry_condition_lets_in_or_fails(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, CONDITION("beforeEntry", "FAIL", "yes"));
    run = start(&s, true, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    CHECK_INT(run_verdict(run, 1, CONDITION_ENTRY)->status, RUN_SUCCEEDED);
    run = start(&s, false, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_FAILED);
    CHECK_INT(s.p->stages[1].status, RUN_FAILED);
    CHECK_INT(run->attempts[1].status, RUN_NONE);
    CHECK_INT(run->judged->rulings[0].status, RUN_FAILED);
    CHECK_TRUE(s.p->stages[1].holder == NULL);
    world_release(&s.w);
}

static void test_rules_take_a_moment_that_is_seen(void **state UNUSED)
{
    struct scene s;
    struct run *run;
    struct sb text;

    open_scene(&s, CONDITION("beforeEntry", "FAIL", "yes"));
    run = start(&s, true, FAIL_NOWHERE);
    while (run->where != WHERE_IN_STAGE || run->stage != 1)
        wait_ms(&s, 500);
    CHECK_INT(run_verdict(run, 1, CONDITION_ENTRY)->status, RUN_IN_PROGRESS);
    CHECK_INT(run->attempts[1].status, RUN_NONE);
    sb_init(&text, 1 << 16);
    REQUIRE_OK(state_render(s.p, &text, &s.err), &s.err);
    CHECK_TRUE(sv_find(sb_sv(&text), SV("\"beforeEntryConditionState\":{\"latestExecution\":{"
                                        "\"status\":\"InProgress\"}")) > 0);
    sb_release(&text);
    REQUIRE_OK(engine_stop(&s.w, s.p, run, true, "enough", &s.err), &s.err);
    CHECK_INT(run_verdict(run, 1, CONDITION_ENTRY)->status, RUN_ABANDONED);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_STOPPED);
    CHECK_INT(run->attempts[1].status, RUN_NONE);
    world_release(&s.w);
}

static void test_a_stop_without_abandoning_waits_for_the_rules(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, CONDITION("beforeEntry", "FAIL", "yes"));
    run = start(&s, true, FAIL_NOWHERE);
    while (run->where != WHERE_IN_STAGE || run->stage != 1)
        wait_ms(&s, 500);
    REQUIRE_OK(engine_stop(&s.w, s.p, run, false, "enough", &s.err), &s.err);
    CHECK_INT(run->status, RUN_STOPPING);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_STOPPED);
    CHECK_INT(run->attempts[1].status, RUN_NONE);
    world_release(&s.w);
}

static void test_skipped_stages_are_passed_without_their_actions(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, CONDITION("beforeEntry", "SKIP", "yes"));
    run = start(&s, false, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    CHECK_INT(s.p->stages[1].status, RUN_SKIPPED);
    CHECK_INT(run->attempts[1].status, RUN_NONE);
    CHECK_INT(run->attempts[3].status, RUN_SUCCEEDED);
    CHECK_TRUE(!stage_was_good(s.p, run, 1));
    CHECK_TRUE(!condition_is_overridable(s.p, run, 1, CONDITION_ENTRY));
    world_release(&s.w);
}

static void test_an_override_lets_the_run_go_on(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, CONDITION("beforeEntry", "FAIL", "yes"));
    run = start(&s, false, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    CHECK_TRUE(condition_is_overridable(s.p, run, 1, CONDITION_ENTRY));
    CHECK_TRUE(!condition_is_overridable(s.p, run, 1, CONDITION_SUCCESS));
    REQUIRE_OK(condition_override(&s.w, s.p, run, CONDITION_ENTRY, "me", &s.err), &s.err);
    CHECK_INT(run->status, RUN_IN_PROGRESS);
    CHECK_TRUE(s.p->stages[1].holder == run);
    CHECK_TRUE(!condition_is_overridable(s.p, run, 1, CONDITION_ENTRY));
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    CHECK_INT(run_verdict(run, 1, CONDITION_ENTRY)->status, RUN_OVERRIDDEN);
    world_release(&s.w);
}

static void test_a_success_condition_can_be_overridden_too(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, CONDITION("onSuccess", "FAIL", "yes"));
    run = start(&s, false, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_FAILED);
    CHECK_INT(run->attempts[2].status, RUN_SUCCEEDED);
    CHECK_TRUE(!stage_was_good(s.p, run, 1));
    REQUIRE_OK(condition_override(&s.w, s.p, run, CONDITION_SUCCESS, "me", &s.err), &s.err);
    CHECK_INT(s.p->stages[1].status, RUN_SUCCEEDED);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    CHECK_TRUE(stage_was_good(s.p, run, 1));
    world_release(&s.w);
}

static void test_a_failed_check_rolls_the_stage_back(void **state UNUSED)
{
    struct scene s;
    struct run *good;
    struct run *bad;
    struct run *back;

    open_scene(&s, CONDITION("onSuccess", "ROLLBACK", "yes"));
    good = start(&s, true, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    bad = start(&s, false, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    CHECK_INT(bad->status, RUN_FAILED);
    CHECK_TRUE(!condition_is_overridable(s.p, bad, 1, CONDITION_SUCCESS));
    CHECK_INT(s.p->run_count, 3);
    back = pipe_latest_run(s.p);
    CHECK_TRUE(back->is_rollback && uid_eq(back->rollback_target, good->id));
    CHECK_STR(back->trigger, "AutomatedRollback");
    CHECK_INT(back->status, RUN_SUCCEEDED);
    CHECK_TRUE(s.p->stages[1].latest == back);
    world_release(&s.w);
}

static void test_there_may_be_nothing_to_roll_back_to(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, "{\"onFailure\":{\"result\":\"ROLLBACK\"}}");
    run = start(&s, true, 1);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_FAILED);
    CHECK_INT(s.p->run_count, 1);
    world_release(&s.w);
}

static void test_a_stage_is_tried_again_once_by_itself(void **state UNUSED)
{
    struct scene s;
    struct run *run;
    struct uid first;

    open_scene(&s, "{\"onFailure\":{\"result\":\"RETRY\",\"retryConfiguration\":{\"retryMode\":"
                   "\"ALL_ACTIONS\"}}}");
    run = start(&s, true, 1);
    first = attempt_uid(run, 1);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    CHECK_INT(run->attempts[1].tries, 1);
    CHECK_INT(run->attempts[2].tries, 1);
    CHECK_TRUE(!uid_eq(first, attempt_uid(run, 1)));
    CHECK_INT(s.p->stages[1].auto_retries, 1);
    CHECK_TRUE(s.p->stages[1].is_last_auto);
    world_release(&s.w);
}

static void test_failure_rules_that_hold_leave_the_failure(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, CONDITION("onFailure", "RETRY", "yes"));
    run = start(&s, true, 1);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_FAILED);
    CHECK_INT(run->attempts[2].tries, 0);
    CHECK_INT(run_verdict(run, 1, CONDITION_FAILURE)->status, RUN_SUCCEEDED);
    run = start(&s, false, 1);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    world_release(&s.w);
}

static void test_what_was_judged_survives_the_store(void **state UNUSED)
{
    struct scene s;
    struct run *run;
    struct run *other;
    struct sb text;
    struct sb again;

    open_scene(&s, CONDITION("beforeEntry", "FAIL", "yes"));
    run = start(&s, false, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    REQUIRE_OK(pipe_add_run(&s.w, s.p, 1, &other, &s.err), &s.err);
    sb_init(&text, 1 << 16);
    sb_init(&again, 1 << 16);
    REQUIRE_OK(judged_write(s.p, run, &text, &s.err), &s.err);
    REQUIRE_OK(judged_load(&s.w, s.p, other, sb_sv(&text), &s.err), &s.err);
    REQUIRE_OK(judged_write(s.p, other, &again, &s.err), &s.err);
    CHECK_SV(sb_sv(&again), sb_sv(&text));
    CHECK_TRUE(text.len > 100);
    CHECK_INT(
        judged_load(&s.w, s.p, other, SV("{\"rulings\":[{\"rule\":7,\"status\":1}]}"), &s.err),
        ERR_FAILED);
    sb_release(&text);
    sb_release(&again);
    world_release(&s.w);
}

static void test_an_outbound_transition_holds_what_leaves(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, CONDITION("beforeEntry", "FAIL", "yes"));
    REQUIRE_OK(engine_set_outbound(&s.w, s.p, 1, false, &s.err), &s.err);
    run = start(&s, true, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->where, WHERE_WAITING);
    CHECK_INT(run->stage, 2);
    CHECK_INT(s.p->stages[1].status, RUN_SUCCEEDED);
    REQUIRE_OK(engine_set_outbound(&s.w, s.p, 1, true, &s.err), &s.err);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    world_release(&s.w);
}

static void test_failed_actions_are_retried_while_others_work(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, "{}");
    run = start(&s, true, FAIL_NOWHERE);
    while (run->attempts[2].status != RUN_IN_PROGRESS)
        wait_ms(&s, 500);
    run->attempts[1].status = RUN_FAILED;
    REQUIRE_OK(engine_retry(&s.w, s.p, run, false, &s.err), &s.err);
    CHECK_INT(run->attempts[1].status, RUN_IN_PROGRESS);
    CHECK_INT(run->attempts[1].tries, 1);
    CHECK_INT(run->attempts[2].tries, 0);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    world_release(&s.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_entry_condition_lets_in_or_fails),
        TEST(test_rules_take_a_moment_that_is_seen),
        TEST(test_a_stop_without_abandoning_waits_for_the_rules),
        TEST(test_skipped_stages_are_passed_without_their_actions),
        TEST(test_an_override_lets_the_run_go_on),
        TEST(test_a_success_condition_can_be_overridden_too),
        TEST(test_a_failed_check_rolls_the_stage_back),
        TEST(test_there_may_be_nothing_to_roll_back_to),
        TEST(test_a_stage_is_tried_again_once_by_itself),
        TEST(test_failure_rules_that_hold_leave_the_failure),
        TEST(test_what_was_judged_survives_the_store),
        TEST(test_an_outbound_transition_holds_what_leaves),
        TEST(test_failed_actions_are_retried_while_others_work),
    };

    return RUN(tests);
}
