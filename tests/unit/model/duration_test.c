/* Durations: runs of actions in, how long stages take out. Times are ms, as small numbers. */
#include "tests/unit/check.h"

#include "core/model/duration.h"

struct given {
    const char *execution;
    const char *stage;
    const char *action; /* one that begins with '?' is an approval */
    enum status status;
    int64_t from;
    int64_t to;
};

#define OK      STATUS_SUCCEEDED
#define FAILED  STATUS_FAILED
#define RUNNING STATUS_IN_PROGRESS

enum { GIVEN_MAX = 16 };

struct made {
    struct arena arena;
    struct stage_run *runs;
    size_t run_count;
    struct stage_duration *durations;
    size_t count;
};

static void make(struct made *m, const struct given *given, size_t count)
{
    struct action_run runs[GIVEN_MAX];
    struct err err = {0};

    REQUIRE(count <= GIVEN_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct given *g = &given[i];

        runs[i] = (struct action_run){
            .execution_id = sv_of(g->execution),
            .stage = sv_of(g->stage),
            .action = {.name = sv_of(g->action),
                       .category = g->action[0] == '?' ? SV("Approval") : SV("Build"),
                       .status = g->status,
                       .changed_at = g->to},
            .started_at = g->from};
    }
    arena_init(&m->arena, 1 << 20);
    REQUIRE_OK(stage_runs_of(runs, count, &m->arena, &m->runs, &m->run_count, &err), &err);
    REQUIRE_OK(stage_durations_of(m->runs, m->run_count, &m->arena, &m->durations, &m->count, &err),
               &err);
}

/* "execution stage Status start-end waited worked;" of each stage run. */
static void check_runs(const struct given *given, size_t count, const char *want)
{
    struct err err = {0};
    struct made m;
    struct sb got;

    sb_init(&got, 4096);
    make(&m, given, count);
    for (size_t i = 0; i < m.run_count; i++) {
        const struct stage_run *r = &m.runs[i];

        REQUIRE_OK(sb_addf(&got, &err, SV_FMT " " SV_FMT " %s %lld-%lld %lld %lld;",
                           SV_ARG(r->execution_id), SV_ARG(r->stage), status_aws(r->status),
                           (long long)r->started_at, (long long)r->ended_at,
                           (long long)r->waited_ms, (long long)r->worked_ms),
                   &err);
    }
    CHECK_STR(sb_cstr(&got), want);
    sb_release(&got);
    arena_release(&m.arena);
}

#define CHECK_RUNS(want, ...)                                                                      \
    do {                                                                                           \
        const struct given given[] = {__VA_ARGS__};                                                \
        check_runs(given, ARRAY_LEN(given), want);                                                 \
    } while (0)

static void test_stage_lasts_from_first_start_to_last_end(void **state UNUSED)
{
    CHECK_RUNS("e1 Build Succeeded 100-190 0 90;", {"e1", "Build", "b", OK, 130, 190},
               {"e1", "Build", "a", OK, 100, 120}, {"e1", "Build", "c", OK, 140, 150});
}

static void test_stages_come_in_the_order_of_start(void **state UNUSED)
{
    CHECK_RUNS("e1 Source Succeeded 100-110 0 10;e1 Build Succeeded 110-150 0 40;"
               "e2 Source Succeeded 120-125 0 5;",
               {"e2", "Source", "s", OK, 120, 125}, {"e1", "Build", "b", OK, 110, 150},
               {"e1", "Source", "s", OK, 100, 110});
    check_runs(NULL, 0, "");
}

static void test_approvals_are_no_work(void **state UNUSED)
{
    /* before, behind and between the work */
    CHECK_RUNS("e1 Ship Succeeded 900-950 800 50;", {"e1", "Ship", "?ok", OK, 100, 900},
               {"e1", "Ship", "go", OK, 900, 950});
    CHECK_RUNS("e1 Ship Succeeded 100-150 800 50;", {"e1", "Ship", "go", OK, 100, 150},
               {"e1", "Ship", "?ok", OK, 150, 950});
    CHECK_RUNS("e1 Ship Succeeded 100-1000 800 100;", {"e1", "Ship", "build", OK, 100, 150},
               {"e1", "Ship", "?ok", OK, 150, 950}, {"e1", "Ship", "deploy", OK, 950, 1000});
    /* beside work that takes as long */
    CHECK_RUNS("e1 Ship Succeeded 100-200 50 100;", {"e1", "Ship", "build", OK, 100, 200},
               {"e1", "Ship", "?ok", OK, 120, 170});
}

static void test_stage_of_approvals_is_no_sample(void **state UNUSED)
{
    CHECK_RUNS("e1 Gate Succeeded 100-900 800 -1;", {"e1", "Gate", "?ok", OK, 100, 900});
    CHECK_RUNS("e1 Gate Waiting 100-0 0 -1;", {"e1", "Gate", "?ok", RUNNING, 100, 100});
    CHECK_RUNS("e1 Gate Failed 100-900 800 -1;", {"e1", "Gate", "?ok", FAILED, 100, 900});
}

static void test_running_stage_has_no_end(void **state UNUSED)
{
    CHECK_RUNS("e1 Build InProgress 100-0 0 -1;", {"e1", "Build", "a", OK, 100, 120},
               {"e1", "Build", "b", RUNNING, 120, 120});
    CHECK_RUNS("e1 Ship Waiting 100-0 0 -1;", {"e1", "Ship", "build", OK, 100, 150},
               {"e1", "Ship", "?ok", RUNNING, 150, 150});
}

static void test_failed_stage_is_no_sample(void **state UNUSED)
{
    CHECK_RUNS("e1 Build Failed 100-190 0 -1;", {"e1", "Build", "a", OK, 100, 190},
               {"e1", "Build", "b", FAILED, 100, 110});
    CHECK_RUNS("e1 Build Abandoned 100-110 0 -1;",
               {"e1", "Build", "a", STATUS_ABANDONED, 100, 110});
}

/* The last try tells how it stands, but what lay between the tries was a person's time. */
static void test_retried_stage_is_no_sample(void **state UNUSED)
{
    CHECK_RUNS("e1 Build Succeeded 100-5010 0 -1;", {"e1", "Build", "a", OK, 5000, 5010},
               {"e1", "Build", "a", FAILED, 100, 110});
    CHECK_RUNS("e1 Build InProgress 100-0 0 -1;", {"e1", "Build", "a", FAILED, 100, 110},
               {"e1", "Build", "a", RUNNING, 5000, 5000});
    CHECK_RUNS("e1 Build Failed 100-5010 0 -1;", {"e1", "Build", "a", OK, 100, 110},
               {"e1", "Build", "a", FAILED, 5000, 5010});
}

static void test_unknown_start_is_no_sample(void **state UNUSED)
{
    CHECK_RUNS("e1 Build Succeeded 0-190 0 -1;", {"e1", "Build", "a", OK, 0, 120},
               {"e1", "Build", "b", OK, 130, 190});
}

static void test_durations_leave_out_what_is_no_sample(void **state UNUSED)
{
    static const struct given given[] = {
        {"e1", "Source", "s", OK, 100, 105},     {"e1", "Build", "b", OK, 110, 150},
        {"e2", "Build", "b", FAILED, 210, 2000}, {"e3", "Build", "b", OK, 310, 330},
        {"e4", "Build", "b", RUNNING, 410, 410}, {"e4", "Gate", "?ok", OK, 500, 900},
    };
    struct made m;

    make(&m, given, ARRAY_LEN(given));
    CHECK_INT(m.count, 3);
    CHECK_SV(m.durations[0].stage, SV("Source"));
    CHECK_INT(m.durations[0].samples, 1);
    CHECK_INT(m.durations[0].p90_ms, 5);
    CHECK_SV(m.durations[1].stage, SV("Build"));
    CHECK_INT(m.durations[1].samples, 2);
    CHECK_INT(m.durations[1].p50_ms, 20);
    CHECK_INT(m.durations[1].p90_ms, 40);
    CHECK_INT(m.durations[1].last_ms, 20);
    CHECK_SV(m.durations[2].stage, SV("Gate"));
    CHECK_INT(m.durations[2].samples, 0);
    CHECK_INT(m.durations[2].p50_ms, -1);
    CHECK_INT(m.durations[2].p90_ms, -1);
    CHECK_INT(m.durations[2].last_ms, -1);
    arena_release(&m.arena);
}

static void test_percentile_is_the_nearest_rank(void **state UNUSED)
{
    static const int64_t five[] = {15, 20, 35, 40, 50};
    static const int64_t ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

    CHECK_INT(percentile(five, 5, 5), 15);
    CHECK_INT(percentile(five, 5, 30), 20);
    CHECK_INT(percentile(five, 5, 40), 20);
    CHECK_INT(percentile(five, 5, 50), 35);
    CHECK_INT(percentile(five, 5, 100), 50);
    CHECK_INT(percentile(ten, 10, 50), 5);
    CHECK_INT(percentile(ten, 10, 90), 9);
    CHECK_INT(percentile(ten, 10, 91), 10);
    CHECK_INT(percentile(ten, 1, 1), 1);
}

static void test_time_left_is_the_medians(void **state UNUSED)
{
    const struct stage_duration known[] = {
        {SV("Build"), 3, 100, 200, 90}, {SV("Ship"), 3, 50, 60, 50}, {SV("Gate"), 0, -1, -1, -1}};
    const struct sv following[] = {SV("Ship"), SV("Gate")};
    const struct sv strange[] = {SV("Nowhere")};

    CHECK_INT(duration_left(known, 3, SV("Build"), 30, following, 1), 120);
    CHECK_INT(duration_left(known, 3, SV("Build"), 30, NULL, 0), 70);
    CHECK_INT(duration_left(known, 3, SV("Build"), 300, following, 1), 50);
    CHECK_INT(duration_left(known, 3, SV("Build"), 300, NULL, 0), 0);
    CHECK_INT(duration_left(known, 3, SV("Build"), 30, following, 2), -1);
    CHECK_INT(duration_left(known, 3, SV("Build"), 30, strange, 1), -1);
    CHECK_INT(duration_left(known, 3, SV("Gate"), 30, NULL, 0), -1);
    CHECK_INT(duration_left(NULL, 0, SV("Build"), 30, NULL, 0), -1);
}

static void test_full_arena_is_a_limit(void **state UNUSED)
{
    const struct action_run run = {.execution_id = SV("e1"), .stage = SV("Build")};
    struct stage_duration *durations;
    struct stage_run *runs;
    struct err err = {0};
    struct arena arena;
    size_t count;

    arena_init(&arena, 8);
    CHECK_INT(stage_runs_of(&run, 1, &arena, &runs, &count, &err), ERR_LIMIT);
    CHECK_INT(stage_durations_of(&(struct stage_run){0}, 1, &arena, &durations, &count, &err),
              ERR_LIMIT);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_stage_lasts_from_first_start_to_last_end),
        TEST(test_stages_come_in_the_order_of_start),
        TEST(test_approvals_are_no_work),
        TEST(test_stage_of_approvals_is_no_sample),
        TEST(test_running_stage_has_no_end),
        TEST(test_failed_stage_is_no_sample),
        TEST(test_retried_stage_is_no_sample),
        TEST(test_unknown_start_is_no_sample),
        TEST(test_durations_leave_out_what_is_no_sample),
        TEST(test_percentile_is_the_nearest_rank),
        TEST(test_time_left_is_the_medians),
        TEST(test_full_arena_is_a_limit),
    };

    return RUN(tests);
}
