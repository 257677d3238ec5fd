/* What seeded pipelines tell of their runs: builds, logs, commits and stacks. All of it follows
 * from the run, grows with the clock and is the same whenever somebody asks. */
#include "core/base/mem.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/failures.h"
#include "core/sandbox/records.h"
#include "core/sandbox/seed_build.h"
#include "core/sandbox/seed_repository.h"
#include "core/sandbox/seed_stack.h"
#include "core/sandbox/service.h"
#include "core/sandbox/shape.h"
#include "tests/unit/check.h"

static const int64_t MINUTE_MS = 60 * 1000;
static const int64_t LONG_MS = 6LL * 60 * 60 * 1000;

#define ACCOUNT SV("111111111111")
#define REGION  SV("eu-west-1")

struct scene {
    struct world w;
    struct faults faults;
    struct service s;
    struct pipe *p;
    struct err err;
};

static void open_scene(struct scene *s, const char *name, const char *text)
{
    const struct shape *shape;
    struct place *place;

    *s = (struct scene){0};
    world_init(&s->w, 1000000000);
    REQUIRE_OK(records_open(NULL, &s->s.records, &s->err), &s->err);
    REQUIRE_OK(shape_parse(&s->w, sv_of(text), &shape, &s->err), &s->err);
    REQUIRE_OK(world_place(&s->w, ACCOUNT, REGION, &place, &s->err), &s->err);
    REQUIRE_OK(world_add_pipe(&s->w, place, name, shape, &s->p, &s->err), &s->err);
    s->s.world = &s->w;
    s->s.faults = &s->faults;
    s->s.now_ms = s->w.now_ms;
}

static void close_scene(struct scene *s)
{
    records_close(s->s.records);
    world_release(&s->w);
}

static struct run *start(struct scene *s, int fail_stage, int failure)
{
    struct start with = {.trigger = "StartPipelineExecution",
                         .message = "orders: more of them",
                         .fail_stage = fail_stage,
                         .failure = failure};
    struct run *run = NULL;

    REQUIRE_OK(engine_start(&s->w, s->p, &with, &run, &s->err), &s->err);
    return run;
}

static void wait_ms(struct scene *s, int64_t ms)
{
    REQUIRE_OK(engine_advance(&s->w, s->w.now_ms + ms, 0, &s->err), &s->err);
    s->s.now_ms = s->w.now_ms;
}

/* The build of the run's second action. */
static struct seed_build build_of(struct scene *s, const struct run *run)
{
    const struct shape *shape = seed_shape(s->p);
    struct seed_thing thing = {s->p, &shape->stages[1], &shape->stages[1].actions[0], 1};
    struct seed_build b;

    REQUIRE(seed_build_of(&s->w, &thing, run, &run->attempts[1], &b));
    return b;
}

static const char two_stages[] = "Source:Repo=C;Build:Build=B";

static void test_a_build_is_found_by_its_id(void **state UNUSED)
{
    struct scene s;
    struct run *run;
    struct seed_build b;
    struct seed_build found;
    char id[SEED_BUILD_ID_SIZE];

    open_scene(&s, "lake", two_stages);
    run = start(&s, FAIL_NOWHERE, 0);
    wait_ms(&s, LONG_MS);
    b = build_of(&s, run);
    seed_build_id(&b, id);
    CHECK_TRUE(sv_starts(sv_of(id), SV("lake-Build:")));
    REQUIRE(seed_build_find(&s.w, ACCOUNT, REGION, sv_of(id), &found));
    CHECK_TRUE(found.run == run && found.end == SEED_SUCCEEDED);
    CHECK_INT(found.began_ms, run->attempts[1].started_at);
    CHECK_INT(found.ends_ms, run->attempts[1].changed_at);
    CHECK_TRUE(!seed_build_find(&s.w, ACCOUNT, SV("us-east-1"), sv_of(id), &found));
    CHECK_TRUE(!seed_build_find(&s.w, ACCOUNT, REGION, SV("lake-Build"), &found));
    CHECK_TRUE(!seed_build_find(&s.w, ACCOUNT, REGION,
                                SV("lake-Build:0950ab23-7a8d-46ef-bfd0-a232b41c529b"), &found));
    close_scene(&s);
}

static void test_a_name_that_no_project_may_have_is_found_too(void **state UNUSED)
{
    struct scene s;
    struct seed_thing thing;
    char name[SEED_NAME_SIZE];

    open_scene(&s, "lake.of.eu@v1", two_stages);
    seed_project_name(s.p, &s.p->shape->stages[1].actions[0], name);
    CHECK_STR(name, "lake-of-eu-v1-Build");
    CHECK_TRUE(
        seed_find(&s.w, ACCOUNT, REGION, PROVIDER_CODEBUILD, seed_project_of, sv_of(name), &thing));
    CHECK_TRUE(!seed_find(&s.w, ACCOUNT, REGION, PROVIDER_CODEBUILD, seed_project_of,
                          SV("lake-of-eu-v1-Other"), &thing));
    close_scene(&s);
}

/* The log so far, a line each. */
static void read_log(const struct seed_build *b, struct sb *out, struct err *err)
{
    int64_t last_ms = 0;

    sb_clear(out);
    for (size_t i = 0; i < seed_log_count(b); i++) {
        int64_t at_ms = seed_log_at(b, i);

        CHECK_TRUE(at_ms >= last_ms && at_ms >= b->began_ms && at_ms <= b->ends_ms);
        last_ms = at_ms;
        REQUIRE_OK(seed_log_line(b, i, out, err), err);
        REQUIRE_OK(sb_addc(out, '\n', err), err);
    }
}

static void test_a_log_grows_and_keeps_what_it_said(void **state UNUSED)
{
    CLEANUP(sb_release) struct sb before;
    CLEANUP(sb_release) struct sb after;
    struct scene s;
    struct run *run;
    size_t grown = 0;

    sb_init(&before, 1 << 20);
    sb_init(&after, 1 << 20);
    open_scene(&s, "lake", two_stages);
    run = start(&s, 1, FAILURE_BUILD_TESTS);
    while (run->attempts[1].status != RUN_IN_PROGRESS)
        wait_ms(&s, 500);
    while (!run_is_over(run)) {
        struct seed_build b = build_of(&s, run);

        read_log(&b, &after, &s.err);
        CHECK_TRUE(sv_starts(sb_sv(&after), sb_sv(&before)));
        grown += after.len > before.len;
        sb_clear(&before);
        REQUIRE_OK(sb_add(&before, sb_sv(&after), &s.err), &s.err);
        wait_ms(&s, 5000);
    }
    CHECK_TRUE(grown > 5);
    CHECK_INT(build_of(&s, run).end, SEED_FAILED);
    CHECK_TRUE(sv_find(sb_sv(&after), SV("pytest -q tests/unit exit status 2")) > 0);
    close_scene(&s);
}

static const char *member_text(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(json_get(object, name));

    return text == NULL ? "" : text;
}

static void check_failure(int failure, const char *phase, const char *status, const char *line)
{
    CLEANUP(sb_release) struct sb log;
    struct scene s;
    struct run *run;
    struct seed_build b;
    cJSON *json;
    int failed = 0;

    sb_init(&log, 1 << 20);
    open_scene(&s, "lake", two_stages);
    run = start(&s, 1, failure);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_FAILED);
    b = build_of(&s, run);
    json = seed_build_json(&b, 0);
    CHECK_STR(member_text(json, "buildStatus"), status);
    for (const cJSON *p = json_list(json, "phases"); p != NULL; p = p->next) {
        const cJSON *context = json_list(p, "contexts");

        if (json_sv(context, "message").len == 0)
            continue;
        failed++;
        CHECK_STR(member_text(p, "phaseType"), phase);
        CHECK_STR(member_text(p, "phaseStatus"),
                  strcmp(status, "TIMED_OUT") == 0 ? status : "FAILED");
    }
    CHECK_INT(failed, 1);
    read_log(&b, &log, &s.err);
    CHECK_TRUE(sv_find(sb_sv(&log), sv_of(line)) > 0);
    cJSON_Delete(json);
    close_scene(&s);
}

static void test_a_log_ends_with_what_the_action_tells(void **state UNUSED)
{
    check_failure(FAILURE_BUILD_TESTS, "PRE_BUILD", "FAILED", "FAILURES");
    check_failure(FAILURE_BUILD_COMMAND, "BUILD", "FAILED", "Cannot find module");
    check_failure(FAILURE_BUILD_ROLE, "BUILD", "FAILED",
                  "not authorized to perform: sts:AssumeRole");
    check_failure(FAILURE_BUILD_TIMEOUT, "BUILD", "TIMED_OUT", "State: TIMED_OUT");
    check_failure(FAILURE_STACK_ROLLBACK, "BUILD", "FAILED", "Table already exists");
    check_failure(FAILURE_HOSTILE, "BUILD", "FAILED", "\x1b]0;owned");
    check_failure(FAILURE_LONG, "BUILD", "FAILED", "Traceback");
}

/* Byte for byte, whatever the size of the pages. */
struct reader {
    struct sb text;
    struct log_place last;
    size_t left;
};

static enum err_code read_line(void *owner, const struct log_event *event, bool *goes_on,
                               struct err *err)
{
    struct reader *r = owner;
    enum err_code rc = sb_add(&r->text, event->text, err);

    r->last = event->place;
    *goes_on = --r->left > 0;
    return rc ? rc : sb_addc(&r->text, '\n', err);
}

static void test_pages_of_a_log_make_the_whole(void **state UNUSED)
{
    CLEANUP(sb_release) struct sb whole;
    struct scene s;
    struct seed_build b;
    struct run *run;

    sb_init(&whole, 1 << 20);
    open_scene(&s, "lake", two_stages);
    run = start(&s, FAIL_NOWHERE, 0);
    wait_ms(&s, LONG_MS);
    b = build_of(&s, run);
    read_log(&b, &whole, &s.err);
    for (size_t page = 1; page < 40; page += 7) {
        struct log_range range = LOG_RANGE_ALL;
        struct reader r = {.left = 0};

        sb_init(&r.text, 1 << 20);
        while (r.left == 0) {
            r.left = page;
            REQUIRE_OK(seed_log_read(&b, &range, read_line, &r, &s.err), &s.err);
            range.after = r.last;
        }
        CHECK_SV(sb_sv(&r.text), sb_sv(&whole));
        sb_release(&r.text);
    }
    close_scene(&s);
}

static void test_who_stops_a_build_fails_its_action(void **state UNUSED)
{
    char id[SEED_BUILD_ID_SIZE];
    struct scene s;
    struct seed_build b;
    struct run *run;
    cJSON *build = NULL;
    cJSON *kept = NULL;

    open_scene(&s, "lake", two_stages);
    run = start(&s, FAIL_NOWHERE, 0);
    while (run->attempts[1].status != RUN_IN_PROGRESS)
        wait_ms(&s, 500);
    wait_ms(&s, 20000);
    b = build_of(&s, run);
    seed_build_id(&b, id);
    REQUIRE_OK(seed_build_stop(&s.s, &b, &build, &s.err), &s.err);
    CHECK_SV(json_sv(build, "buildStatus"), SV("STOPPED"));
    CHECK_INT(run->status, RUN_FAILED);
    CHECK_INT(run->attempts[1].failure, FAILURE_BUILD_STOPPED);
    wait_ms(&s, MINUTE_MS);
    REQUIRE_OK(codebuild_find(&s.s, ACCOUNT, REGION, sv_of(id), &kept, &s.err), &s.err);
    CHECK_TRUE(cJSON_Compare(build, kept, true));
    CHECK_TRUE(!seed_build_find(&s.w, ACCOUNT, REGION, sv_of(id), &b));
    cJSON_Delete(build);
    cJSON_Delete(kept);
    close_scene(&s);
}

static void test_a_build_that_is_tried_again_is_still_told(void **state UNUSED)
{
    char id[SEED_BUILD_ID_SIZE];
    struct scene s;
    struct seed_build b;
    struct run *run;
    cJSON *before;
    cJSON *after = NULL;

    open_scene(&s, "lake", two_stages);
    run = start(&s, 1, FAILURE_BUILD_COMMAND);
    wait_ms(&s, LONG_MS);
    b = build_of(&s, run);
    seed_build_id(&b, id);
    before = seed_build_json(&b, 0);
    REQUIRE_OK(engine_retry(&s.w, s.p, run, false, &s.err), &s.err);
    wait_ms(&s, LONG_MS);
    CHECK_INT(run->status, RUN_SUCCEEDED);
    REQUIRE_OK(codebuild_find(&s.s, ACCOUNT, REGION, sv_of(id), &after, &s.err), &s.err);
    CHECK_TRUE(cJSON_Compare(before, after, true));
    CHECK_TRUE(!uid_eq(build_of(&s, run).id, b.id));
    cJSON_Delete(before);
    cJSON_Delete(after);
    close_scene(&s);
}

/* ---- commits ---- */

static enum err_code count_one(void *owner, const struct difference *d, struct err *err UNUSED)
{
    size_t *count = owner;

    CHECK_TRUE(d->path.len > 0 && strchr("AMD", d->kind) != NULL);
    CHECK_INT(d->before[0] == '\0', d->kind == 'A');
    CHECK_INT(d->after[0] == '\0', d->kind == 'D');
    ++*count;
    return ERR_OK;
}

static void check_commit(struct seed_repository *r, const struct run *run, char parent[OBJECT_SIZE])
{
    struct commit_text text = {0};
    struct err err = {0};
    char id[COMMIT_SIZE];
    size_t changed = 0;

    sb_init(&text.message, 1 << 16);
    (void)uid_commit(run->revision, id);
    REQUIRE_OK(seed_repository_read(r, id, &text, &err), &err);
    CHECK_STR(sb_cstr(&text.message), run->message);
    CHECK_INT(text.parent_count, 1);
    if (parent[0] != '\0')
        CHECK_STR(text.parents[0], parent);
    CHECK_TRUE(text.author.at_s <= text.committer.at_s);
    REQUIRE_OK(seed_repository_differences(r, text.parents[0], id, count_one, &changed, &err),
               &err);
    CHECK_TRUE(changed > 0);
    memcpy(parent, id, OBJECT_SIZE);
    sb_release(&text.message);
}

static void test_each_run_brings_a_commit(void **state UNUSED)
{
    struct scene s;
    struct seed_repository *r = NULL;
    char parent[OBJECT_SIZE] = "";
    char head[OBJECT_SIZE];

    open_scene(&s, "lake", two_stages);
    for (int i = 0; i < 20; i++) {
        (void)start(&s, FAIL_NOWHERE, 0);
        wait_ms(&s, LONG_MS);
    }
    REQUIRE_OK(seed_repository_open(s.p, NULL, &r, &s.err), &s.err);
    for (size_t i = 0; i < s.p->run_count; i++)
        check_commit(r, s.p->runs[i], parent);
    seed_repository_branch(r, SV("main"), head);
    CHECK_STR(head, parent);
    seed_repository_close(r);
    close_scene(&s);
}

static void test_a_rollback_moves_no_branch(void **state UNUSED)
{
    static const struct start by_hand = {.trigger = "ManualRollback", .detail = "me"};
    struct scene s;
    struct seed_repository *r = NULL;
    struct run *first;
    struct run *second;
    char head[OBJECT_SIZE];
    char newest[COMMIT_SIZE];

    open_scene(&s, "lake", two_stages);
    first = start(&s, FAIL_NOWHERE, 0);
    wait_ms(&s, LONG_MS);
    second = start(&s, FAIL_NOWHERE, 0);
    wait_ms(&s, LONG_MS);
    REQUIRE_OK(engine_rollback(&s.w, s.p, 1, first->id, &by_hand, NULL, &s.err), &s.err);
    wait_ms(&s, LONG_MS);
    REQUIRE_OK(seed_repository_open(s.p, NULL, &r, &s.err), &s.err);
    seed_repository_branch(r, SV("main"), head);
    CHECK_STR(head, uid_commit(second->revision, newest));
    seed_repository_close(r);
    close_scene(&s);
}

/* What a person's StartPipelineExecution does. */
static struct run *start_by_hand(struct scene *s, const cJSON *record, const char *given)
{
    struct start with = {
        .trigger = "StartPipelineExecution", .given = given, .fail_stage = FAIL_NOWHERE};
    struct run *run = NULL;

    REQUIRE_OK(seed_repository_start(s->p, record, &with, &s->err), &s->err);
    REQUIRE_OK(engine_start(&s->w, s->p, &with, &run, &s->err), &s->err);
    wait_ms(s, LONG_MS);
    return run;
}

static void check_head(struct scene *s, const cJSON *record, const char *commit)
{
    struct seed_repository *r = NULL;
    char head[OBJECT_SIZE];

    REQUIRE_OK(seed_repository_open(s->p, record, &r, &s->err), &s->err);
    seed_repository_branch(r, SV("main"), head);
    CHECK_STR(head, commit);
    seed_repository_close(r);
}

static void test_a_start_takes_the_head_as_it_is(void **state UNUSED)
{
    static const char *const sources[] = {two_stages, "Source:Repo=G;Deploy:Stack=F",
                                          "Source:Bucket=3;Deploy:Stack=F"};

    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        struct scene s;
        cJSON *record;
        struct run *pushed;
        struct run *again;
        char commit[COMMIT_SIZE];

        open_scene(&s, "lake", sources[i]);
        record = seed_repository_record(s.p);
        again = start_by_hand(&s, record, NULL);
        CHECK_TRUE(uid_eq(again->revision, start_by_hand(&s, record, NULL)->revision));
        pushed = start(&s, FAIL_NOWHERE, 0);
        wait_ms(&s, LONG_MS);
        CHECK_TRUE(!uid_eq(again->revision, pushed->revision));
        again = start_by_hand(&s, record, NULL);
        CHECK_TRUE(uid_eq(again->revision, pushed->revision));
        CHECK_STR(again->message, pushed->message);
        if (i == 0)
            check_head(&s, record, uid_commit(pushed->revision, commit));
        cJSON_Delete(record);
        close_scene(&s);
    }
}

static void test_a_given_revision_brings_its_message_and_moves_nothing(void **state UNUSED)
{
    struct scene s;
    cJSON *record;
    struct run *first;
    struct run *second;
    struct run *again;
    char commit[COMMIT_SIZE];
    char given[128];

    open_scene(&s, "lake", two_stages);
    record = seed_repository_record(s.p);
    first = start(&s, FAIL_NOWHERE, 0);
    first->message = "the first";
    wait_ms(&s, LONG_MS);
    second = start(&s, FAIL_NOWHERE, 0);
    wait_ms(&s, LONG_MS);
    (void)snprintf(given, sizeof given, "{\"variables\":{},\"revisions\":{\"%s\":\"%s\"}}",
                   shape_action(s.p->shape, 0, NULL)->name, uid_commit(first->revision, commit));
    again = start_by_hand(&s, record, given);
    CHECK_STR(again->message, "the first");
    check_head(&s, record, uid_commit(second->revision, commit));
    again = start_by_hand(&s, record, NULL);
    CHECK_TRUE(uid_eq(again->revision, second->revision));
    cJSON_Delete(record);
    close_scene(&s);
}

static void test_a_start_without_its_branch_fails_in_its_source(void **state UNUSED)
{
    for (int is_gone = 0; is_gone < 2; is_gone++) { /* the branch, then the repository */
        struct scene s;
        cJSON *record;
        struct run *run;

        open_scene(&s, "lake", two_stages);
        (void)start(&s, FAIL_NOWHERE, 0);
        wait_ms(&s, LONG_MS);
        record = seed_repository_record(s.p);
        CHECK_TRUE(seed_repository_note(record, SV("main"), "", s.w.now_ms));
        run = start_by_hand(&s, is_gone ? NULL : record, NULL);
        CHECK_INT(run->status, RUN_FAILED);
        CHECK_INT(run->attempts[0].status, RUN_FAILED);
        check_head(&s, record, ""); /* and it stays gone */
        cJSON_Delete(record);
        close_scene(&s);
    }
}

/* ---- stacks ---- */

static const char *last_of_stack(cJSON *events, const char *name)
{
    const char *status = "";

    for (const cJSON *e = events->child; e != NULL; e = e->next) {
        if (strcmp(member_text(e, "LogicalResourceId"), name) == 0)
            status = member_text(e, "ResourceStatus");
        if (e->next != NULL)
            CHECK_TRUE(json_int(e, "At", 0) < json_int(e->next, "At", 0));
    }
    return status;
}

static void check_stack(struct scene *s, const char *status)
{
    static const char name[] = "lake-Deploy-Stack";
    cJSON *stack = NULL;
    cJSON *events = seed_stack_events(&s->w, ACCOUNT, REGION, sv_of(name));

    REQUIRE_OK(seed_stack_json(&s->w, ACCOUNT, REGION, sv_of(name), &stack, &s->err), &s->err);
    REQUIRE(stack != NULL && events != NULL);
    CHECK_STR(member_text(stack, "Status"), status);
    CHECK_STR(last_of_stack(events, name), status);
    cJSON_Delete(stack);
    cJSON_Delete(events);
}

static void test_a_stack_is_as_its_last_deployment_left_it(void **state UNUSED)
{
    struct scene s;
    cJSON *none = NULL;

    open_scene(&s, "lake", "Source:Repo=C;Deploy:Stack=F");
    REQUIRE_OK(seed_stack_json(&s.w, ACCOUNT, REGION, SV("lake-Deploy-Stack"), &none, &s.err),
               &s.err);
    CHECK_TRUE(none == NULL);
    (void)start(&s, FAIL_NOWHERE, 0);
    wait_ms(&s, 20 * 1000);
    check_stack(&s, "CREATE_IN_PROGRESS");
    wait_ms(&s, LONG_MS);
    check_stack(&s, "CREATE_COMPLETE");
    (void)start(&s, FAIL_NOWHERE, 0);
    wait_ms(&s, LONG_MS);
    check_stack(&s, "UPDATE_COMPLETE");
    /* Whatever text the failure was to have: a stack fails as stacks do. */
    (void)start(&s, 1, FAILURE_BUILD_TESTS);
    wait_ms(&s, LONG_MS);
    check_stack(&s, "UPDATE_ROLLBACK_COMPLETE");
    close_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_build_is_found_by_its_id),
        TEST(test_a_name_that_no_project_may_have_is_found_too),
        TEST(test_a_log_grows_and_keeps_what_it_said),
        TEST(test_a_log_ends_with_what_the_action_tells),
        TEST(test_pages_of_a_log_make_the_whole),
        TEST(test_who_stops_a_build_fails_its_action),
        TEST(test_a_build_that_is_tried_again_is_still_told),
        TEST(test_each_run_brings_a_commit),
        TEST(test_a_rollback_moves_no_branch),
        TEST(test_a_start_takes_the_head_as_it_is),
        TEST(test_a_given_revision_brings_its_message_and_moves_nothing),
        TEST(test_a_start_without_its_branch_fails_in_its_source),
        TEST(test_a_stack_is_as_its_last_deployment_left_it),
    };

    return RUN(tests);
}
