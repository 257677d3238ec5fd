/* The engine: stages, groups, modes, approvals, stops, transitions. */
#include "core/sandbox/engine.h"

#include "core/sandbox/failures.h"
#include "core/sandbox/shape.h"
#include "tests/unit/check.h"

static const int64_t LONG_MS = 6LL * 60 * 60 * 1000;

struct scene {
    struct world w;
    struct pipe *p;
    struct err err;
};

static void open_scene(struct scene *s, const char *text, enum run_mode mode)
{
    const struct shape *shape;
    struct place *place;

    *s = (struct scene){0};
    world_init(&s->w, 1000000);
    REQUIRE_OK(shape_parse(&s->w, sv_of(text), &shape, &s->err), &s->err);
    REQUIRE_OK(world_place(&s->w, SV("111111111111"), SV("eu-west-1"), &place, &s->err), &s->err);
    REQUIRE_OK(world_add_pipe(&s->w, place, "lake", shape, &s->p, &s->err), &s->err);
    s->p->mode = mode;
}

static struct run *start(struct scene *s, int fail_stage)
{
    struct start with = {.trigger = "StartPipelineExecution", .fail_stage = fail_stage};
    struct run *run = NULL;

    REQUIRE_OK(engine_start(&s->w, s->p, &with, &run, &s->err), &s->err);
    return run;
}

static void wait_ms(struct scene *s, int64_t ms)
{
    REQUIRE_OK(engine_advance(&s->w, s->w.now_ms + ms, 0, &s->err), &s->err);
}

static const struct start by_hand = {.trigger = "ManualRollback", .detail = "me"};

static const char two_stages[] = "Source:Repo=C;Build:Build=B";
static const char with_gate[] = "Source:Repo=C;Gate:Gate=M;Deploy:Deploy=F";

static void test_a_run_goes_through_all_stages(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, two_stages, RUN_MODE_SUPERSEDED);
    run = start(&s, FAIL_NOWHERE);
    CHECK_INT(s.p->stages[0].status, RUN_IN_PROGRESS);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    CHECK_INT(s.p->stages[1].status, RUN_SUCCEEDED);
    CHECK_TRUE(s.p->stages[1].holder == NULL);
    CHECK_TRUE(run->attempts[1].started_at >= run->attempts[0].changed_at);
    world_release(&s.w);
}

static void test_groups_follow_the_run_order(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, "Build:A=B,B=B,C=B2", RUN_MODE_SUPERSEDED);
    run = start(&s, FAIL_NOWHERE);
    CHECK_INT(run->attempts[0].status, RUN_IN_PROGRESS);
    CHECK_INT(run->attempts[1].status, RUN_IN_PROGRESS);
    CHECK_INT(run->attempts[2].status, RUN_NONE);
    wait_ms(&s, LONG_MS);
    CHECK_TRUE(run->attempts[2].started_at >= run->attempts[0].changed_at);
    CHECK_TRUE(run->attempts[2].started_at >= run->attempts[1].changed_at);
    world_release(&s.w);
}

static void test_a_failure_ends_the_run_and_frees_the_stage(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, two_stages, RUN_MODE_SUPERSEDED);
    run = start(&s, 1);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_FAILED);
    CHECK_INT(s.p->stages[1].status, RUN_FAILED);
    CHECK_TRUE(s.p->stages[1].holder == NULL);
    CHECK_TRUE(failure_get(run->attempts[1].failure)->message != NULL);
    world_release(&s.w);
}

static void test_an_approval_waits_then_expires(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, with_gate, RUN_MODE_SUPERSEDED);
    run = start(&s, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    CHECK_TRUE(attempt_waits(s.p, run, 1));
    wait_ms(&s, 7LL * 24 * 60 * 60 * 1000);
    CHECK_INT(run->status, RUN_FAILED);
    CHECK_INT(run->attempts[1].failure, FAILURE_APPROVAL_EXPIRED);
    world_release(&s.w);
}

static void test_a_rejection_fails_the_run(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, with_gate, RUN_MODE_SUPERSEDED);
    run = start(&s, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    REQUIRE_OK(engine_answer(&s.w, s.p, run, 1, false, "no", "me", &s.err), &s.err);
    CHECK_INT(run->status, RUN_FAILED);
    CHECK_INT(run->attempts[2].status, RUN_NONE);
    world_release(&s.w);
}

static void test_superseded_mode_keeps_the_newest_waiting(void **state UNUSED)
{
    struct scene s;
    struct run *run[4];

    open_scene(&s, with_gate, RUN_MODE_SUPERSEDED);
    for (int i = 0; i < 4; i++) {
        run[i] = start(&s, FAIL_NOWHERE);
        wait_ms(&s, 60000);
    }
    CHECK_TRUE(attempt_waits(s.p, run[0], 1));
    CHECK_INT(run[1]->status, RUN_SUPERSEDED);
    CHECK_INT(run[2]->status, RUN_SUPERSEDED);
    CHECK_INT(run[3]->where, WHERE_WAITING);
    REQUIRE_OK(engine_answer(&s.w, s.p, run[0], 1, true, "yes", "me", &s.err), &s.err);
    CHECK_TRUE(s.p->stages[1].holder == run[3]);
    world_release(&s.w);
}

static void test_queued_mode_drops_nothing_and_keeps_order(void **state UNUSED)
{
    struct scene s;
    struct run *run[3];

    open_scene(&s, with_gate, RUN_MODE_QUEUED);
    for (int i = 0; i < 3; i++)
        run[i] = start(&s, FAIL_NOWHERE);
    CHECK_INT(run[1]->where, WHERE_WAITING);
    wait_ms(&s, LONG_MS);
    for (int i = 0; i < 3; i++) {
        CHECK_TRUE(s.p->stages[1].holder == run[i]);
        REQUIRE_OK(engine_answer(&s.w, s.p, run[i], 1, true, "yes", "me", &s.err), &s.err);
    }
    wait_ms(&s, LONG_MS);
    for (int i = 0; i < 3; i++)
        CHECK_INT(run[i]->status, RUN_SUCCEEDED);
    world_release(&s.w);
}

static void test_parallel_runs_do_not_wait_for_each_other(void **state UNUSED)
{
    struct scene s;
    struct run *run[2];

    open_scene(&s, with_gate, RUN_MODE_PARALLEL);
    run[0] = start(&s, FAIL_NOWHERE);
    run[1] = start(&s, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    CHECK_TRUE(attempt_waits(s.p, run[0], 1));
    CHECK_TRUE(attempt_waits(s.p, run[1], 1));
    REQUIRE_OK(engine_answer(&s.w, s.p, run[1], 1, true, "yes", "me", &s.err), &s.err);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run[1]->status, RUN_SUCCEEDED);
    CHECK_INT(run[0]->status, RUN_IN_PROGRESS);
    world_release(&s.w);
}

static void test_a_closed_transition_holds_the_run(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, two_stages, RUN_MODE_QUEUED);
    REQUIRE_OK(engine_set_transition(&s.w, s.p, 1, false, "freeze", "me", &s.err), &s.err);
    run = start(&s, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->where, WHERE_WAITING);
    CHECK_INT(run->stage, 1);
    REQUIRE_OK(engine_set_transition(&s.w, s.p, 1, true, NULL, "me", &s.err), &s.err);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    world_release(&s.w);
}

static void test_stopping_waits_for_actions_and_abandoning_does_not(void **state UNUSED)
{
    struct scene s;
    struct run *run;

    open_scene(&s, two_stages, RUN_MODE_QUEUED);
    run = start(&s, FAIL_NOWHERE);
    REQUIRE_OK(engine_stop(&s.w, s.p, run, false, "enough", &s.err), &s.err);
    CHECK_INT(run->status, RUN_STOPPING);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_STOPPED);
    CHECK_INT(run->attempts[0].status, RUN_SUCCEEDED);
    run = start(&s, FAIL_NOWHERE);
    REQUIRE_OK(engine_stop(&s.w, s.p, run, true, "enough", &s.err), &s.err);
    CHECK_INT(run->status, RUN_STOPPED);
    CHECK_INT(run->attempts[0].status, RUN_ABANDONED);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->attempts[0].status, RUN_ABANDONED);
    world_release(&s.w);
}

static void test_an_update_cancels_what_is_on_its_way(void **state UNUSED)
{
    struct scene s;
    struct run *first;
    struct run *second;

    open_scene(&s, two_stages, RUN_MODE_QUEUED);
    first = start(&s, FAIL_NOWHERE);
    second = start(&s, FAIL_NOWHERE);
    REQUIRE_OK(engine_update(&s.w, s.p, &s.err), &s.err);
    CHECK_INT(first->status, RUN_CANCELLED);
    CHECK_INT(s.p->version, 2);
    CHECK_TRUE(run_is_over(second));
    CHECK_TRUE(s.p->stages[0].holder == NULL);
    world_release(&s.w);
}

static void test_a_rollback_runs_one_stage_with_the_old_revision(void **state UNUSED)
{
    struct scene s;
    struct run *good;
    struct run *back = NULL;

    open_scene(&s, two_stages, RUN_MODE_QUEUED);
    good = start(&s, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    REQUIRE_OK(engine_rollback(&s.w, s.p, 1, good->id, &by_hand, &back, &s.err), &s.err);
    wait_ms(&s, LONG_MS);
    CHECK_INT(back->status, RUN_SUCCEEDED);
    CHECK_INT(back->attempts[0].status, RUN_NONE);
    CHECK_TRUE(uid_eq(back->revision, good->revision));
    world_release(&s.w);
}

static void test_history_is_bounded_and_keeps_what_stages_show(void **state UNUSED)
{
    struct scene s;
    struct run *first;

    open_scene(&s, "Source:Repo=C;Never:Gate=M", RUN_MODE_QUEUED);
    first = start(&s, FAIL_NOWHERE);
    wait_ms(&s, LONG_MS);
    for (int i = 0; i < HISTORY_MAX + 20; i++) {
        struct run *run = start(&s, 0);

        wait_ms(&s, 60000);
        CHECK_INT(run->status, RUN_FAILED);
    }
    CHECK_TRUE(s.p->run_count <= HISTORY_MAX);
    CHECK_TRUE(s.p->runs[0] == first);
    world_release(&s.w);
}

static void test_the_same_seed_gives_the_same_world(void **state UNUSED)
{
    struct scene a;
    struct scene b;

    open_scene(&a, two_stages, RUN_MODE_QUEUED);
    open_scene(&b, two_stages, RUN_MODE_QUEUED);
    start(&a, FAIL_BY_HABIT);
    start(&b, FAIL_BY_HABIT);
    wait_ms(&a, 20000);
    wait_ms(&b, 20000);
    CHECK_TRUE(uid_eq(a.p->runs[0]->id, b.p->runs[0]->id));
    CHECK_INT(a.p->runs[0]->attempts[0].changed_at, b.p->runs[0]->attempts[0].changed_at);
    world_release(&a.w);
    world_release(&b.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_run_goes_through_all_stages),
        TEST(test_groups_follow_the_run_order),
        TEST(test_a_failure_ends_the_run_and_frees_the_stage),
        TEST(test_an_approval_waits_then_expires),
        TEST(test_a_rejection_fails_the_run),
        TEST(test_superseded_mode_keeps_the_newest_waiting),
        TEST(test_queued_mode_drops_nothing_and_keeps_order),
        TEST(test_parallel_runs_do_not_wait_for_each_other),
        TEST(test_a_closed_transition_holds_the_run),
        TEST(test_stopping_waits_for_actions_and_abandoning_does_not),
        TEST(test_an_update_cancels_what_is_on_its_way),
        TEST(test_a_rollback_runs_one_stage_with_the_old_revision),
        TEST(test_history_is_bounded_and_keeps_what_stages_show),
        TEST(test_the_same_seed_gives_the_same_world),
    };

    return RUN(tests);
}
