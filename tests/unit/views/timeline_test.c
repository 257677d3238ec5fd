/* The timeline: work apart from waiting, every try, and what still runs; and how a stage's
 * durations went. */
#include "core/views/timeline.h"

#include "core/views/executions.h"
#include "tests/unit/check.h"

enum { MINUTE = 60 * 1000, RUNS_MAX = 40 };
static const int64_t now_ms = 1795262400000;

/* One stage of two actions, "sign" (an approval) and "work", and its runs by minutes before now. */
struct scene {
    struct arena arena;
    struct action_state actions[2];
    struct stage_state stage;
    struct action_run runs[RUNS_MAX];
    size_t run_count;
    struct execution execution;
    struct pipeline_part part;
    struct timeline timeline;
};

static void begin(struct scene *s)
{
    *s = (struct scene){.run_count = 0};
    arena_init(&s->arena, 1 << 20);
    s->actions[0] = (struct action_state){.name = SV("sign"), .category = SV("Approval")};
    s->actions[1] = (struct action_state){.name = SV("work"), .category = SV("Build")};
    s->stage = (struct stage_state){.name = SV("Deploy"), .actions = s->actions, .action_count = 2};
    s->execution = (struct execution){.id = SV("e"),
                                      .status = STATUS_SUCCEEDED,
                                      .started_at = now_ms - 100 * MINUTE,
                                      .updated_at = now_ms};
}

static void add(struct scene *s, const char *execution, bool is_wait, enum status status, int from,
                int to)
{
    static char ids[RUNS_MAX][8];

    snprintf(ids[s->run_count], sizeof ids[0], "a%zu", s->run_count);
    s->runs[s->run_count] =
        (struct action_run){.execution_id = sv_of(execution),
                            .stage = SV("Deploy"),
                            .started_at = now_ms - (int64_t)from * MINUTE,
                            .action = {.name = is_wait ? SV("sign") : SV("work"),
                                       .category = is_wait ? SV("Approval") : SV("Build"),
                                       .execution_id = sv_of(ids[s->run_count]),
                                       .status = status,
                                       .changed_at = now_ms - (int64_t)to * MINUTE,
                                       .percent = -1}};
    s->run_count++;
}

static void make_of(struct scene *s, size_t rows)
{
    struct stage_run *stage_runs = NULL;
    struct stage_duration *durations = NULL;
    struct err err;

    s->part = (struct pipeline_part){.runs = s->runs, .run_count = s->run_count};
    s->part.pipeline.state = (struct pipeline_state){.stages = &s->stage, .stage_count = 1};
    REQUIRE_OK(stage_runs_of(s->runs, s->run_count, &s->arena, &stage_runs,
                             &s->part.stage_run_count, &err),
               &err);
    REQUIRE_OK(stage_durations_of(stage_runs, s->part.stage_run_count, &s->arena, &durations,
                                  &s->part.duration_count, &err),
               &err);
    s->part.stage_runs = stage_runs;
    s->part.durations = durations;
    REQUIRE_OK(timeline_make(&s->part, &s->execution, now_ms, &s->arena, &s->timeline, &err), &err);
    CHECK_INT(s->timeline.count, rows);
}

static void make(struct scene *s)
{
    make_of(s, 3);
}

static const char *bar(const struct scene *s, size_t row, int cells)
{
    static struct sb out;
    struct err err;

    sb_release(&out);
    sb_init(&out, 1 << 12);
    REQUIRE_OK(timeline_bar(&s->timeline, &s->timeline.rows[row], cells, false, &out, &err), &err);
    return sb_cstr(&out);
}

static void end(struct scene *s)
{
    arena_release(&s->arena);
}

static void test_waiting_is_told_apart_from_work(void **state)
{
    struct scene s;

    (void)state;
    begin(&s);
    add(&s, "e", true, STATUS_SUCCEEDED, 100, 40);
    add(&s, "e", false, STATUS_SUCCEEDED, 40, 0);
    add(&s, "other", false, STATUS_FAILED, 30, 10);
    make(&s);
    CHECK_INT(s.timeline.rows[0].worked_ms, 40 * MINUTE);
    CHECK_INT(s.timeline.rows[0].waited_ms, 60 * MINUTE);
    CHECK_INT(s.timeline.rows[1].worked_ms, -1);
    CHECK_STR(bar(&s, 0, 10), "......====");
    CHECK_STR(bar(&s, 1, 10), "......    ");
    CHECK_STR(bar(&s, 2, 10), "      ====");
    end(&s);
}

static void test_every_try_is_seen(void **state)
{
    struct scene s;

    (void)state;
    begin(&s);
    add(&s, "e", false, STATUS_FAILED, 100, 70);
    add(&s, "e", false, STATUS_FAILED, 60, 50);
    add(&s, "e", false, STATUS_SUCCEEDED, 40, 10);
    make(&s);
    CHECK_INT(s.timeline.rows[2].tries, 3);
    CHECK_INT(s.timeline.rows[0].tries, 3);
    CHECK_INT(s.timeline.rows[0].status, STATUS_SUCCEEDED);
    CHECK_INT(s.timeline.rows[0].worked_ms, 70 * MINUTE);
    CHECK_STR(bar(&s, 2, 20), "=====x  |x  |=====  ");
    CHECK_STR(bar(&s, 0, 20), "=====x  =x  ======  ");
    end(&s);
}

static void test_what_runs_ends_now(void **state)
{
    struct scene s;

    (void)state;
    begin(&s);
    s.execution.status = STATUS_IN_PROGRESS;
    s.execution.updated_at = now_ms - 50 * MINUTE;
    add(&s, "e", false, STATUS_IN_PROGRESS, 50, 50);
    make(&s);
    CHECK_INT(s.timeline.to, now_ms);
    CHECK_INT(s.timeline.rows[0].to, 0);
    CHECK_INT(s.timeline.rows[0].worked_ms, 50 * MINUTE);
    CHECK_STR(bar(&s, 0, 10), "     ====>");
    end(&s);
}

/* Its runs were read while it went on; it has been stopped since. */
static void test_an_execution_that_ended_runs_no_more(void **state)
{
    struct scene s;

    (void)state;
    begin(&s);
    s.execution.status = STATUS_STOPPED;
    s.execution.updated_at = now_ms - 10 * MINUTE;
    add(&s, "e", false, STATUS_IN_PROGRESS, 60, 60);
    make(&s);
    CHECK_INT(s.timeline.rows[0].to, now_ms - 10 * MINUTE);
    CHECK_INT(s.timeline.rows[2].status, STATUS_STOPPED);
    CHECK_STR(bar(&s, 2, 9), "    =====");
    end(&s);
}

/* The definition has changed since: what it does not have any more stands at the end. */
static void test_what_ran_by_an_older_definition_is_there(void **state)
{
    struct scene s;

    (void)state;
    begin(&s);
    add(&s, "e", false, STATUS_SUCCEEDED, 100, 50);
    add(&s, "e", false, STATUS_FAILED, 40, 10);
    add(&s, "e", false, STATUS_SUCCEEDED, 9, 8);
    s.runs[1].stage = SV("Old");
    s.runs[1].action.name = SV("gone");
    s.runs[2].action.name = SV("lint");
    make_of(&s, 6);
    CHECK_SV(s.timeline.rows[3].action, SV("lint"));
    CHECK_SV(s.timeline.rows[4].stage, SV("Old"));
    CHECK_SV(s.timeline.rows[4].action, SV(""));
    CHECK_INT(s.timeline.rows[4].status, STATUS_FAILED);
    CHECK_SV(s.timeline.rows[5].action, SV("gone"));
    CHECK_INT(s.timeline.rows[0].worked_ms, 51 * MINUTE);
    end(&s);
}

static void test_a_bar_of_any_width_is_that_wide(void **state)
{
    struct scene s;

    (void)state;
    begin(&s);
    add(&s, "e", true, STATUS_SUCCEEDED, 100, 99);
    add(&s, "e", false, STATUS_SUCCEEDED, 50, 50);
    make(&s);
    for (int cells = 0; cells < 130; cells++)
        CHECK_INT(strlen(bar(&s, 0, cells)), cells);
    CHECK_STR(bar(&s, 0, 10), ".    =    ");
    end(&s);
}

static void test_slower_and_faster_are_said(void **state)
{
    static const struct {
        int minutes;
        const char *verdict;
    } cases[] = {{21, "2.1x slower than usual"}, {10, "as usual"}, {5, "2.0x faster than usual"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[VERDICT_SIZE];
        struct scene s;

        begin(&s);
        add(&s, "e1", false, STATUS_SUCCEEDED, 990, 980);
        add(&s, "e2", false, STATUS_SUCCEEDED, 890, 880);
        add(&s, "e3", false, STATUS_SUCCEEDED, 790, 780);
        add(&s, "e", false, STATUS_SUCCEEDED, 90, 90 - cases[i].minutes);
        make(&s);
        CHECK_STR(timeline_verdict(&s.timeline.rows[0], text), cases[i].verdict);
        CHECK_STR(timeline_verdict(&s.timeline.rows[1], text), "");
        end(&s);
    }
}

static void test_a_trend_needs_more_than_one_slow_run(void **state)
{
    static const struct {
        int minutes[6];
        const char *line;
        const char *word;
    } cases[] = {
        {{10, 10, 10, 20, 20, 20}, "___###", "slower"},
        {{20, 20, 20, 10, 10, 10}, "###___", "faster"},
        {{10, 10, 10, 10, 10, 80}, "_____#", "steady"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        static char names[6][4];
        struct trend trend;
        struct scene s;

        begin(&s);
        for (int k = 0; k < 6; k++) {
            int from = 1000 - 100 * k;

            snprintf(names[k], sizeof names[k], "e%d", k);
            add(&s, names[k], false, STATUS_SUCCEEDED, from, from - cases[i].minutes[k]);
        }
        make(&s);
        trend_of(&s.part, SV("Deploy"), &trend);
        CHECK_STR(trend.line, cases[i].line);
        CHECK_STR(trend.word, cases[i].word);
        trend_of(&s.part, SV("Nowhere"), &trend);
        CHECK_STR(trend.line, "");
        end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_waiting_is_told_apart_from_work),
        TEST(test_every_try_is_seen),
        TEST(test_what_runs_ends_now),
        TEST(test_an_execution_that_ended_runs_no_more),
        TEST(test_what_ran_by_an_older_definition_is_there),
        TEST(test_a_bar_of_any_width_is_that_wide),
        TEST(test_slower_and_faster_are_said),
        TEST(test_a_trend_needs_more_than_one_slow_run),
    };
    return RUN(tests);
}
