/* Made pipelines: numbers stay what they are, versions are kept, a restart finds all again. */
#include "core/sandbox/pipelines_made.h"

#include "core/base/mem.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/service.h"
#include "core/sandbox/shape.h"
#include "core/sandbox/state_render.h"
#include "tests/unit/check.h"

#define TYPE(category, provider)                                                                   \
    "\"actionTypeId\":{\"category\":\"" category "\",\"owner\":\"AWS\",\"provider\":\"" provider   \
    "\",\"version\":\"1\"}"
#define SOURCE                                                                                     \
    "{\"name\":\"Source\",\"actions\":[{\"name\":\"Code\"," TYPE("Source", "CodeCommit") "}]}"
#define GATE "{\"name\":\"Gate\",\"actions\":[{\"name\":\"Gate\"," TYPE("Approval", "Manual") "}]}"
#define PIPELINE(name, stages)                                                                     \
    "{\"name\":\"" name                                                                            \
    "\",\"executionMode\":\"QUEUED\",\"pipelineType\":\"V2\",\"stages\":[" stages "]}"

static const char gate_only[] = PIPELINE("made", SOURCE "," GATE);
static const char changed[] = PIPELINE(
    "made",
    GATE ",{\"name\":\"Last\",\"actions\":[{\"name\":\"Last\"," TYPE("Approval", "Manual") "}]}");

struct scene {
    struct world w;
    struct service s;
    struct place *place;
    struct err err;
};

/* One seeded pipeline is there before. */
static void seed(struct world *w, struct place **place, struct err *err)
{
    const struct shape *shape;
    struct pipe *p;

    world_init(w, 1000000);
    REQUIRE_OK(shape_parse(w, SV("Source:Repo=C;Gate:Gate=M"), &shape, err), err);
    REQUIRE_OK(world_place(w, SV("111111111111"), SV("eu-west-1"), place, err), err);
    REQUIRE_OK(world_add_pipe(w, *place, "seeded", shape, &p, err), err);
}

static void open_scene(struct scene *s)
{
    *s = (struct scene){0};
    seed(&s->w, &s->place, &s->err);
    REQUIRE_OK(records_open(NULL, &s->s.records, &s->err), &s->err);
    s->s.world = &s->w;
    s->s.now_ms = 1000000;
}

static void close_scene(struct scene *s)
{
    records_close(s->s.records);
    world_release(&s->w);
}

static cJSON *parsed(const char *text)
{
    struct err err = {0};
    cJSON *json = NULL;

    REQUIRE_OK(json_parse(sv_of(text), &json, &err), &err);
    return json;
}

static struct pipe *make(struct scene *s, const char *text)
{
    struct pipe *p = NULL;

    REQUIRE_OK(made_create(&s->s, s->place, parsed(text), &p, &s->err), &s->err);
    return p;
}

static struct run *start(struct scene *s, struct pipe *p)
{
    struct start with = {.trigger = "StartPipelineExecution", .fail_stage = FAIL_NOWHERE};
    struct run *run = NULL;

    REQUIRE_OK(engine_start(&s->w, p, &with, &run, &s->err), &s->err);
    return run;
}

static void test_a_removed_pipeline_leaves_its_number(void **state UNUSED)
{
    struct scene s;
    struct pipe *first;
    struct pipe *second;
    struct pipe *again;

    open_scene(&s);
    first = make(&s, PIPELINE("a", SOURCE "," GATE));
    second = make(&s, PIPELINE("b", SOURCE "," GATE));
    CHECK_INT(first->index, 1);
    REQUIRE_OK(made_remove(&s.s, first, &s.err), &s.err);
    CHECK_TRUE(world_find_pipe(&s.w, s.place, SV("a")) == NULL);
    CHECK_TRUE(world_find_pipe(&s.w, s.place, SV("b")) == second);
    CHECK_INT(second->index, 2);
    CHECK_INT(s.place->count, 2);
    again = make(&s, PIPELINE("a", SOURCE "," GATE));
    CHECK_INT(again->index, 3);
    CHECK_TRUE(world_find_pipe(&s.w, s.place, SV("a")) == again);
    close_scene(&s);
}

static void test_real_actions_are_put_off_as_tasks(void **state UNUSED)
{
    struct scene s;
    struct later later;
    struct pipe *p;
    struct run *run;
    bool is_there;

    open_scene(&s);
    p = make(&s, gate_only);
    run = start(&s, p);
    REQUIRE_OK(engine_advance(&s.w, s.w.now_ms + 3600000, 0, &s.err), &s.err);
    CHECK_INT(run->attempts[0].status, RUN_IN_PROGRESS);
    REQUIRE_OK(later_take(s.s.records, INT64_MAX, &later, &is_there, &s.err), &s.err);
    CHECK_TRUE(is_there);
    CHECK_STR(later.kind, ENGINE_TASK);
    CHECK_INT(later.at_ms, 1000000);
    REQUIRE_OK(engine_end(&s.w, p, run, 0, true, &s.err), &s.err);
    CHECK_TRUE(attempt_waits(p, run, 1));
    close_scene(&s);
}

static void test_a_retry_begins_what_failed_again(void **state UNUSED)
{
    struct scene s;
    struct pipe *p;
    struct run *run;
    struct uid first;

    open_scene(&s);
    p = make(&s, gate_only);
    run = start(&s, p);
    first = attempt_uid(run, 0);
    REQUIRE_OK(engine_end(&s.w, p, run, 0, false, &s.err), &s.err);
    CHECK_INT(run->status, RUN_FAILED);
    REQUIRE_OK(engine_retry(&s.w, p, run, false, &s.err), &s.err);
    CHECK_INT(run->status, RUN_IN_PROGRESS);
    CHECK_INT(run->attempts[0].status, RUN_IN_PROGRESS);
    CHECK_TRUE(p->stages[0].holder == run);
    CHECK_TRUE(!uid_eq(first, attempt_uid(run, 0)));
    REQUIRE_OK(engine_end(&s.w, p, run, 0, true, &s.err), &s.err);
    CHECK_TRUE(attempt_waits(p, run, 1));
    close_scene(&s);
}

static void test_a_new_version_keeps_the_runs_of_the_old_one(void **state UNUSED)
{
    struct scene s;
    struct pipe *p;
    struct run *run;
    struct sb text;

    open_scene(&s);
    p = make(&s, gate_only);
    run = start(&s, p);
    REQUIRE_OK(engine_end(&s.w, p, run, 0, true, &s.err), &s.err);
    REQUIRE_OK(made_update(&s.s, p, parsed(changed), &s.err), &s.err);
    CHECK_INT(p->version, 2);
    CHECK_INT(run->status, RUN_CANCELLED);
    CHECK_STR(run_shape(p, run)->stages[0].name, "Source");
    CHECK_STR(p->shape->stages[0].name, "Gate");
    /* The gate was the second stage and is the first one now: it still shows the run. */
    CHECK_TRUE(p->stages[0].latest == run);
    CHECK_TRUE(p->stages[1].latest == NULL);
    sb_init(&text, 1 << 20);
    REQUIRE_OK(state_render(p, &text, &s.err), &s.err);
    CHECK_TRUE(sv_find(sb_sv(&text), SV("Cancelled")) > 0);
    CHECK_TRUE(sv_find(sb_sv(&text), SV("Abandoned")) > 0);
    sb_release(&text);
    close_scene(&s);
}

static void fill(struct scene *s)
{
    struct pipe *gone = make(s, PIPELINE("gone", SOURCE "," GATE));
    struct pipe *p = make(s, gate_only);
    cJSON *tags = parsed("[{\"Key\":\"team\",\"Value\":\"lake\"}]");

    REQUIRE_OK(made_update(&s->s, p, parsed(changed), &s->err), &s->err);
    REQUIRE_OK(made_tag(&s->s, p, tags, &s->err), &s->err);
    REQUIRE_OK(made_remove(&s->s, gone, &s->err), &s->err);
    REQUIRE_OK(made_remove(&s->s, s->w.pipes[0], &s->err), &s->err);
    cJSON_Delete(tags);
}

static void test_a_restart_finds_all_again(void **state UNUSED)
{
    struct scene s;
    struct world again;
    struct place *place;
    struct pipe *p;

    open_scene(&s);
    fill(&s);
    seed(&again, &place, &s.err);
    REQUIRE_OK(made_restore(s.s.records, &again, &s.err), &s.err);
    p = world_find_pipe(&again, place, SV("made"));
    REQUIRE(p != NULL);
    CHECK_INT(p->index, 2);
    CHECK_INT(p->version, 2);
    CHECK_INT(p->made->salt, world_find_pipe(&s.w, s.place, SV("made"))->made->salt);
    CHECK_STR(made_definition(p, 1) == NULL ? "" : p->made->shapes[0]->stages[0].name, "Source");
    CHECK_INT(p->tag_count, 1);
    CHECK_TRUE(world_find_pipe(&again, place, SV("gone")) == NULL);
    CHECK_TRUE(world_find_pipe(&again, place, SV("seeded")) == NULL);
    CHECK_INT(place->count, 1);
    world_release(&again);
    close_scene(&s);
}

static void test_a_seeded_pipeline_becomes_a_made_one(void **state UNUSED)
{
    struct scene s;
    struct pipe *p;
    struct run *old;

    open_scene(&s);
    p = s.w.pipes[0];
    old = start(&s, p);
    REQUIRE_OK(made_update(&s.s, p, parsed(PIPELINE("seeded", SOURCE "," GATE)), &s.err), &s.err);
    CHECK_INT(p->version, 2);
    CHECK_TRUE(run_deed(p, old, 0) == NULL);
    CHECK_TRUE(run_deed(p, start(&s, p), 0) != NULL);
    CHECK_TRUE(made_definition(p, 1) == NULL && made_definition(p, 2) != NULL);
    close_scene(&s);
}

static void test_want_of_memory_is_an_error_and_leaks_nothing(void **state UNUSED)
{
    bool is_done = false;

    for (long n = 1; !is_done; n++) {
        struct scene s;
        struct pipe *p = NULL;
        cJSON *first = parsed(gate_only);
        cJSON *second = parsed(changed);
        enum err_code rc;

        open_scene(&s);
        mem_fail_at(n);
        rc = made_create(&s.s, s.place, first, &p, &s.err);
        if (rc)
            cJSON_Delete(second);
        else
            rc = made_update(&s.s, p, second, &s.err);
        is_done = mem_count() < n;
        mem_fail_at(0);
        CHECK_INT(rc == ERR_OK, is_done);
        close_scene(&s);
        REQUIRE(n < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_removed_pipeline_leaves_its_number),
        TEST(test_real_actions_are_put_off_as_tasks),
        TEST(test_a_retry_begins_what_failed_again),
        TEST(test_a_new_version_keeps_the_runs_of_the_old_one),
        TEST(test_a_restart_finds_all_again),
        TEST(test_a_seeded_pipeline_becomes_a_made_one),
        TEST(test_want_of_memory_is_an_error_and_leaks_nothing),
    };

    return RUN(tests);
}
