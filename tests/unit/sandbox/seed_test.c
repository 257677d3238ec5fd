/* Seeds and the store: every state is there, a restart goes on. */
#include "core/sandbox/seed.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/records.h"
#include "core/sandbox/state_render.h"
#include "core/sandbox/store.h"
#include "tests/unit/check.h"

static const int64_t NOW_MS = 1795228800000;
static const struct seed demo = {.kind = SEED_DEMO};

static void live(struct world *w, const struct seed *seed)
{
    struct err err = {0};

    world_init(w, NOW_MS);
    REQUIRE_OK(seed_define(w, seed, NOW_MS, &err), &err);
    REQUIRE_OK(seed_live(w, seed, NOW_MS, &err), &err);
}

static void test_the_demo_has_every_state(void **state)
{
    size_t runs[RUN_STATUS_COUNT] = {0};
    size_t waiting = 0;
    size_t never = 0;
    size_t rollbacks = 0;
    struct world w;

    (void)state;
    live(&w, &demo);
    CHECK_TRUE(w.pipe_count >= 25 && w.pipe_count <= 32);
    for (size_t i = 0; i < w.pipe_count; i++) {
        const struct pipe *p = w.pipes[i];

        never += p->run_count == 0;
        for (size_t r = 0; r < p->run_count; r++) {
            runs[p->runs[r]->status]++;
            rollbacks += p->runs[r]->is_rollback;
            for (size_t a = 0; a < p->shape->action_count; a++)
                waiting += attempt_waits(p, p->runs[r], a);
        }
    }
    for (int status = RUN_IN_PROGRESS; status < RUN_ABANDONED; status++)
        CHECK_TRUE(runs[status] > 0);
    CHECK_TRUE(waiting > 2 && never > 0 && rollbacks > 0);
    CHECK_INT(w.now_ms, NOW_MS);
    world_release(&w);
}

static void test_nothing_in_the_demo_happened_in_the_future(void **state)
{
    struct world w;

    (void)state;
    live(&w, &demo);
    for (size_t i = 0; i < w.pipe_count; i++) {
        const struct pipe *p = w.pipes[i];

        CHECK_TRUE(p->updated_at <= NOW_MS && p->created_at <= p->updated_at);
        for (size_t r = 0; r < p->run_count; r++)
            CHECK_TRUE(p->runs[r]->updated_at <= NOW_MS);
    }
    world_release(&w);
}

static void test_a_fleet_is_as_large_as_asked_for(void **state)
{
    const struct seed fleet = {.kind = SEED_FLEET, .fleet_size = 500};
    struct world w;

    (void)state;
    live(&w, &fleet);
    CHECK_INT(w.pipe_count, 500);
    CHECK_INT(w.places[0].count, 500);
    for (size_t i = 0; i < 500; i++) {
        const struct pipe *p = w.places[0].pipes[i];

        CHECK_TRUE(p->shape->stage_count >= 3 && p->shape->stage_count <= 8);
        CHECK_TRUE(world_find_pipe(&w, p->place, sv_of(p->name)) == p);
        CHECK_TRUE(i == 0 || strcmp(w.places[0].pipes[i - 1]->name, p->name) < 0);
    }
    world_release(&w);
}

/* Both worlds as GetPipelineState tells them. */
static void compare(const struct world *a, const struct world *b)
{
    struct err err = {0};
    struct sb left;
    struct sb right;

    for (size_t i = 0; i < a->pipe_count; i++) {
        sb_init(&left, 1 << 20);
        sb_init(&right, 1 << 20);
        REQUIRE_OK(state_render(a->pipes[i], &left, &err), &err);
        REQUIRE_OK(state_render(b->pipes[i], &right, &err), &err);
        CHECK_SV(sb_sv(&right), sb_sv(&left));
        CHECK_INT(b->pipes[i]->run_count, a->pipes[i]->run_count);
        sb_release(&left);
        sb_release(&right);
    }
}

static void test_a_restart_goes_on_where_it_stopped(void **state)
{
    char dir[] = "/tmp/penstock-store-XXXXXX";
    char file[64];
    struct records *records;
    struct store *store;
    struct world first;
    struct world second;
    struct err err = {0};
    bool is_kept;

    (void)state;
    REQUIRE(mkdtemp(dir) != NULL);
    world_init(&first, NOW_MS);
    REQUIRE_OK(seed_define(&first, &demo, NOW_MS, &err), &err);
    REQUIRE_OK(records_open(dir, &records, &err), &err);
    REQUIRE_OK(store_open(records, "demo", &first, &store, &is_kept, &err), &err);
    CHECK_TRUE(!is_kept);
    REQUIRE_OK(seed_live(&first, &demo, NOW_MS, &err), &err);
    REQUIRE_OK(store_save(store, &first, &err), &err);
    store_close(store);
    records_close(records);

    world_init(&second, NOW_MS);
    REQUIRE_OK(records_open(dir, &records, &err), &err);
    CHECK_INT(store_open(records, "fleet:3", &second, &store, &is_kept, &err), ERR_FAILED);
    REQUIRE_OK(seed_define(&second, &demo, NOW_MS, &err), &err);
    REQUIRE_OK(store_open(records, "demo", &second, &store, &is_kept, &err), &err);
    CHECK_TRUE(is_kept);
    compare(&first, &second);
    second.now_ms = NOW_MS;
    REQUIRE_OK(engine_advance(&first, NOW_MS + 60000, 0, &err), &err);
    REQUIRE_OK(engine_advance(&second, NOW_MS + 60000, 0, &err), &err);
    compare(&first, &second);
    store_close(store);
    records_close(records);
    world_release(&first);
    world_release(&second);
    (void)snprintf(file, sizeof file, "%s/sandbox.db", dir);
    (void)unlink(file);
    (void)rmdir(dir);
}

static void starve(const struct seed *seed, long last, long step)
{
    struct err err = {0};
    struct world w;

    for (long n = 1; n < last; n += step) {
        enum err_code rc;

        mem_fail_at(n);
        world_init(&w, NOW_MS);
        rc = seed_define(&w, seed, NOW_MS, &err);
        if (!rc)
            rc = seed_live(&w, seed, NOW_MS, &err);
        mem_fail_at(0);
        /* cJSON cannot tell want of memory from text that is none. */
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT || rc == ERR_REPLY);
        world_release(&w);
    }
}

static void test_want_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    const struct seed fleet = {.kind = SEED_FLEET, .fleet_size = 20};

    (void)state;
    starve(&fleet, 200, 7);
    starve(&demo, 3000, 31); /* its conditions are read and asked */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_demo_has_every_state),
        TEST(test_nothing_in_the_demo_happened_in_the_future),
        TEST(test_a_fleet_is_as_large_as_asked_for),
        TEST(test_a_restart_goes_on_where_it_stopped),
        TEST(test_want_of_memory_is_an_error_and_leaks_nothing),
    };

    return RUN(tests);
}
