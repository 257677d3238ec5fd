/* Pasts: earlier tries are kept, shown as they were, ordered, capped and stored. */
#include "core/sandbox/pasts.h"

#include "core/base/mem.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/shape.h"
#include "tests/unit/check.h"

struct scene {
    struct world w;
    struct pipe *p;
    struct run *run;
    struct err err;
};

static void open_scene(struct scene *s)
{
    const struct shape *shape;
    struct place *place;

    *s = (struct scene){0};
    world_init(&s->w, 1000000);
    REQUIRE_OK(shape_parse(&s->w, SV("Source:Repo=C;Build:A=B,B=B"), &shape, &s->err), &s->err);
    REQUIRE_OK(world_place(&s->w, SV("111111111111"), SV("eu-west-1"), &place, &s->err), &s->err);
    REQUIRE_OK(world_add_pipe(&s->w, place, "lake", shape, &s->p, &s->err), &s->err);
    REQUIRE_OK(pipe_add_run(&s->w, s->p, 1, &s->run, &s->err), &s->err);
}

static void try_action(struct scene *s, size_t action, int64_t at_ms, uint8_t tries)
{
    if (tries > 0)
        REQUIRE_OK(past_keep(s->p, s->run, action, &s->err), &s->err);
    s->run->attempts[action] = (struct attempt){.started_at = at_ms,
                                                .changed_at = at_ms + 1,
                                                .summary = "said",
                                                .status = RUN_FAILED,
                                                .tries = tries};
}

static void test_tries_are_told_in_the_order_of_time(void **state UNUSED)
{
    struct scene s;
    struct try_ref *order;
    size_t count;

    open_scene(&s);
    try_action(&s, 0, 100, 0);
    try_action(&s, 1, 200, 0);
    try_action(&s, 2, 200, 0);
    try_action(&s, 1, 300, 1);
    REQUIRE_OK(pasts_order(s.p, s.run, &order, &count, &s.err), &s.err);
    CHECK_INT(count, 4);
    CHECK_TRUE(order[1].action == 1 && order[1].past == 0);
    CHECK_TRUE(order[2].action == 2 && order[2].past == SIZE_MAX);
    CHECK_TRUE(order[3].action == 1 && order[3].past == SIZE_MAX && order[3].tries == 1);
    mem_free(order);
    world_release(&s.w);
}

static void test_a_past_is_shown_and_put_back(void **state UNUSED)
{
    struct scene s;
    struct uid now;

    open_scene(&s);
    try_action(&s, 1, 200, 0);
    try_action(&s, 1, 300, 1);
    now = attempt_uid(s.run, 1);
    past_swap(s.p, s.run, 0);
    CHECK_INT(s.run->attempts[1].started_at, 200);
    CHECK_TRUE(!uid_eq(attempt_uid(s.run, 1), now));
    past_swap(s.p, s.run, 0);
    CHECK_INT(s.run->attempts[1].started_at, 300);
    CHECK_TRUE(uid_eq(attempt_uid(s.run, 1), now));
    world_release(&s.w);
}

static void test_the_oldest_go_when_there_are_too_many(void **state UNUSED)
{
    struct scene s;

    open_scene(&s);
    for (int i = 0; i <= PASTS_MAX + 5; i++)
        try_action(&s, 1, i, (uint8_t)i);
    CHECK_INT(s.run->past_count, PASTS_MAX);
    CHECK_INT(s.run->pasts[0].attempt.started_at, 5);
    world_release(&s.w);
}

static void test_they_survive_the_store(void **state UNUSED)
{
    struct scene s;
    struct run *other;
    struct sb text;
    struct sb again;

    open_scene(&s);
    try_action(&s, 1, 200, 0);
    try_action(&s, 1, 300, 1);
    try_action(&s, 2, 300, 0);
    try_action(&s, 2, 400, 1);
    REQUIRE_OK(pipe_add_run(&s.w, s.p, 1, &other, &s.err), &s.err);
    sb_init(&text, 1 << 16);
    sb_init(&again, 1 << 16);
    REQUIRE_OK(pasts_write(s.run, &text, &s.err), &s.err);
    REQUIRE_OK(pasts_load(&s.w, s.p, other, sb_sv(&text), &s.err), &s.err);
    CHECK_INT(other->past_count, 2);
    REQUIRE_OK(pasts_write(other, &again, &s.err), &s.err);
    CHECK_SV(sb_sv(&again), sb_sv(&text));
    CHECK_INT(pasts_load(&s.w, s.p, other, SV("{\"pasts\":[{\"action\":3,\"status\":1}]}"), &s.err),
              ERR_FAILED);
    sb_release(&text);
    sb_release(&again);
    world_release(&s.w);
}

static void test_want_of_memory_leaves_the_run_as_it_was(void **state UNUSED)
{
    struct scene s;

    open_scene(&s);
    try_action(&s, 1, 200, 0);
    mem_fail_at(1);
    CHECK_INT(past_keep(s.p, s.run, 1, &s.err), ERR_LIMIT);
    mem_fail_at(0);
    CHECK_INT(s.run->past_count, 0);
    CHECK_INT(s.run->attempts[1].started_at, 200);
    world_release(&s.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tries_are_told_in_the_order_of_time),     TEST(test_a_past_is_shown_and_put_back),
        TEST(test_the_oldest_go_when_there_are_too_many),   TEST(test_they_survive_the_store),
        TEST(test_want_of_memory_leaves_the_run_as_it_was),
    };

    return RUN(tests);
}
