/* One execution: its head, what it carried, its timeline and durations; and two side by side. */
#include "core/operate/carried.h"
#include "tests/screens/fake_work.h"
#include "tests/screens/history.h"

enum { RUNS = 8 };

static const char newest[] = "3f65a1b2-0000-4000-8000-000000000001";
static const char second[] = "91ac0002-0000-4000-8000-000000000002";

/* The latest execution of customers-prod, as ListActionExecutions would tell of it: the source,
 * a deployment that failed and was tried again, an approval that took an hour, and what runs. */
static void add_runs(struct stage *s)
{
    static const struct {
        const char *stage;
        const char *action;
        const char *category;
        const char *id;
        enum status status;
        int from; /* minutes before now */
        int to;
        const char *error;
    } rows[] = {
        {"Source-prod", "Source-prod", "Source", "r1", STATUS_SUCCEEDED, 100, 99, NULL},
        {"Deploy-Stage-prod", "approve", "Approval", "r2", STATUS_SUCCEEDED, 99, 39, NULL},
        {"Deploy-Stage-prod", "Deploy-Stage-prod", "Build", "r3", STATUS_FAILED, 39, 20,
         "exit status 2: the role arn:aws:iam::444444444444:role/glue cannot be assumed \x1b[31m"},
        {"Deploy-Stage-prod", "Deploy-Stage-prod", "Build", "r4", STATUS_IN_PROGRESS, 12, 12, NULL},
    };
    struct pipeline_id id = history_id("customers-prod");
    struct action_run runs[RUNS];
    bool changed;
    struct err err;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        runs[i] =
            (struct action_run){.execution_id = sv_of(newest),
                                .stage = sv_of(rows[i].stage),
                                .started_at = s->now_ms - (int64_t)rows[i].from * MINUTE,
                                .action = {.name = sv_of(rows[i].action),
                                           .category = sv_of(rows[i].category),
                                           .execution_id = sv_of(rows[i].id),
                                           .status = rows[i].status,
                                           .error_message = sv_of(rows[i].error),
                                           .changed_at = s->now_ms - (int64_t)rows[i].to * MINUTE,
                                           .percent = -1}};
    REQUIRE_OK(cache_begin(s->cache, 0, &err), &err);
    REQUIRE_OK(
        cache_put_history(s->cache, &id, NULL, 0, runs, ARRAY_LEN(rows), s->now_ms, &changed, &err),
        &err);
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
}

/* customers-prod: Source, then an approval and a deployment in one stage. */
static void add_prod(struct stage *s)
{
    static const char *const stages[] = {"Source-prod", "Deploy-Stage-prod"};
    const struct action_def source = {.name = SV("Source-prod"), .category = SV("Source")};
    const struct action_def actions[] = {
        {.name = SV("approve"), .category = SV("Approval"), .run_order = 1},
        {.name = SV("Deploy-Stage-prod"), .category = SV("Build"), .run_order = 2}};
    const struct stage_def defs[] = {{SV("Source-prod"), &source, 1},
                                     {SV("Deploy-Stage-prod"), actions, 2}};
    const struct action_state states[] = {
        {.name = SV("approve"), .status = STATUS_SUCCEEDED, .percent = -1},
        {.name = SV("Deploy-Stage-prod"), .status = STATUS_IN_PROGRESS, .percent = -1}};
    const struct action_state source_state = {
        .name = SV("Source-prod"), .status = STATUS_SUCCEEDED, .percent = -1};
    const struct stage_state stage_states[] = {{.name = SV("Source-prod"),
                                                .status = STATUS_SUCCEEDED,
                                                .execution_id = sv_of(newest),
                                                .transition_enabled = true,
                                                .actions = &source_state,
                                                .action_count = 1},
                                               {.name = SV("Deploy-Stage-prod"),
                                                .status = STATUS_IN_PROGRESS,
                                                .execution_id = sv_of(newest),
                                                .transition_enabled = true,
                                                .actions = states,
                                                .action_count = 2}};
    const struct pipeline_id id = history_id("customers-prod");
    const struct pipeline_def def = {
        .name = id.name, .version = 1, .stages = defs, .stage_count = 2};
    const struct pipeline_state state = {
        .name = id.name, .version = 1, .stages = stage_states, .stage_count = 2};
    const struct execution latest = {
        .id = sv_of(newest),
        .status = STATUS_IN_PROGRESS,
        .started_at = s->now_ms - 100 * MINUTE,
        .updated_at = s->now_ms - 12 * MINUTE,
        .revision = SV("a1b2c3d4e5f60718"),
        .revision_summary = SV("rename the key column\n\nand its index"),
        .revision_url = SV("https://console.example.com/commit/a1b2c3d4e5f60718"),
        .trigger = SV("StartPipelineExecution"),
        .trigger_detail = SV("arn:aws:sts::111111111111:assumed-role/Ops/ana")};
    bool changed;
    struct err err;

    REQUIRE_OK(cache_begin(s->cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(s->cache, &id, &def, NULL, 0, s->now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(s->cache, &id, &state, &latest, s->now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
    add_older(s, "customers-prod", stages, 2, "15");
    add_older(s, "customers-prod", stages, 3, "17");
    add_older(s, "customers-prod", stages, 4, "26");
    add_older(s, "customers-prod", stages, 5, "25x");
    add_runs(s);
    console_cache_changed(&s->console);
}

static void put_document(struct stage *s, const struct carried *carried, const char *other)
{
    struct pipeline_id id = history_id("customers-prod");
    struct document_id document = {DOCUMENT_EXECUTION, id.partition, id.account, id.region,
                                   SV_NONE};
    CLEANUP(sb_release) struct sb key;
    CLEANUP(sb_release) struct sb json;
    struct err err;

    sb_init(&key, 1024);
    sb_init(&json, DOCUMENT_MAX);
    REQUIRE_OK(carried_key(id.name, carried->execution_id, sv_of(other), &key, &err), &err);
    REQUIRE_OK(carried_write(carried, &json, &err), &err);
    document.key = sb_sv(&key);
    REQUIRE_OK(cache_put_document(s->cache, &document, sb_sv(&json), s->now_ms, &err), &err);
    console_cache_changed(&s->console);
}

static void add_carried(struct stage *s, const char *other)
{
    const struct commit commits[] = {
        {SV("a1b2c3d4e5f60718"), SV("Ana Costa"), SV(""), SV("rename the key column\n\nmore"),
         s->now_ms - 110 * MINUTE, NULL, 0},
        {SV("b2c3d4e5f6071829"), SV("佐藤 花子"), SV(""), SV("集計を追加"),
         s->now_ms - 300 * MINUTE, NULL, 0},
        {SV("c3d4e5f607182930"), SV("Maria O'Neill-Fitzgerald"), SV(""), SV("a \x1b[31m red one"),
         s->now_ms - 400 * MINUTE, NULL, 0},
        {SV("d4e5f60718293041"), SV(""), SV("bot@example.com"), SV("bump"),
         s->now_ms - 500 * MINUTE, NULL, 0},
    };
    const struct file_change files[] = {{'M', SV("app/customers.py")},
                                        {'A', SV("app/keys.py")},
                                        {'D', SV("sql/old_index.sql")},
                                        {'M', SV("docs/Übersicht.md")}};
    const struct carried_source sources[] = {
        {.action = SV("Source-prod"),
         .provider = SV("CodeCommit"),
         .repository = SV("customers"),
         .branch = SV("main"),
         .revision = SV("a1b2c3d4e5f60718"),
         .summary = SV("rename the key column"),
         .url = SV("https://console.example.com/commit/a1b2c3d4e5f60718"),
         .before = SV("91ac0e5544d3"),
         .commits = commits,
         .commit_count = ARRAY_LEN(commits),
         .files = files,
         .file_count = ARRAY_LEN(files),
         .is_walked = true},
        {.action = SV("Shared"),
         .provider = SV("CodeStarSourceConnection"),
         .repository = SV("acme/shared"),
         .branch = SV("main"),
         .revision = SV("0123456789abcdef0123456789abcdef01234567"),
         .summary = SV("Merge pull request #42 from acme/returns"),
         .url = SV("https://github.com/acme/shared/commit/0123456789abcdef")},
    };
    const struct name_value variables[] = {{SV("RELEASE"), SV("2026.11")}};

    put_document(s,
                 &(struct carried){.execution_id = sv_of(newest),
                                   .before_id = sv_of(second),
                                   .variables = variables,
                                   .variable_count = 1,
                                   .sources = sources,
                                   .source_count = 2},
                 other);
}

static void test_an_execution_at_each_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(stage_sizes); i++) {
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        add_prod(&s);
        add_carried(&s, "");
        go(&s, "executions customers-prod");
        stage_press(&s, "Enter");
        stage_expect(&s, stage_golden("execution", i));
        stage_close(&s);
    }
}

static void test_what_it_carried_goes_on_below(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_prod(&s);
    add_carried(&s, "");
    go(&s, "executions customers-prod");
    stage_press(&s, "Enter PgDn");
    stage_expect(&s, "execution-timeline");
    stage_press(&s, "G");
    stage_expect(&s, "execution-end");
    stage_close(&s);
}

static void test_what_was_not_read_is_said(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_prod(&s);
    go(&s, "executions customers-prod");
    stage_press(&s, "Enter");
    stage_expect(&s, "execution-unread");
    stage_close(&s);
}

/* The errand is begun when it is opened, and for each one that is stepped to. */
static void test_what_is_missing_is_asked_for(void **state)
{
    struct fake_work work;
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    fake_work_open(&work, &s);
    add_prod(&s);
    go(&s, "executions customers-prod");
    stage_press(&s, "Enter");
    CHECK_TRUE(work_reads(&work.work, ERRAND_EXECUTION, &console_top(&s.console)->target));
    stage_expect(&s, "execution-asked");
    stage_press(&s, "[");
    CHECK_STR(s.console.facts.crumb[0] != '\0' ? "named" : "", "named");
    CHECK_TRUE(work.work.running[0].errand == ERRAND_EXECUTION &&
               work.work.running[1].errand == ERRAND_EXECUTION);
    fake_work_close(&work);
    stage_close(&s);
}

/* NONE is what AWS says of an action that did not run, not of one that nobody asked for. */
static void test_actions_that_were_not_read_are_not_called_none(void **state)
{
    static const char *const stages[] = {"Source-prod", "Deploy-Stage-prod"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(stage_sizes); i++) {
        struct fake_work work;
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        fake_work_open(&work, &s);
        add_prod(&s);
        add_older(&s, "customers-prod", stages, 9, "");
        go(&s, "executions customers-prod");
        stage_press(&s, "G Enter");
        stage_expect(&s, stage_golden("execution-actions-unread", i));
        fake_work_end_errands(&work);
        console_cache_changed(&s.console);
        if (i == 0)
            stage_expect(&s, "execution-actions-none");
        fake_work_close(&work);
        stage_close(&s);
    }
}

/* What AWS denied is said in the page, which shows all that is known without. */
static void test_what_could_not_be_read_says_why(void **state)
{
    struct fake_work work;
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    fake_work_open(&work, &s);
    add_prod(&s);
    go(&s, "executions customers-prod");
    stage_press(&s, "Enter");
    fake_work_end_errands(&work);
    work.work.ended[0] =
        (struct errand_run){.errand = ERRAND_EXECUTION, .target = console_top(&s.console)->target};
    err_set(&work.work.ended[0].err, ERR_DENIED,
            "AWS denies codepipeline:ListPipelineExecutions to arn:aws:iam::111111111111:user/ana");
    work.work.errands_ended = 1;
    console_cache_changed(&s.console);
    stage_expect(&s, "execution-denied");
    fake_work_close(&work);
    stage_close(&s);
}

static void test_older_and_newer_step_through_the_executions(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_prod(&s);
    go(&s, "executions customers-prod");
    stage_press(&s, "Enter [");
    stage_expect(&s, "execution-older");
    stage_press(&s, "[ [ [ [ [");
    CHECK_STR(s.console.flash, "no older execution is kept");
    stage_expect(&s, "execution-failed");
    stage_press(&s, "] ] ] ] ]");
    CHECK_STR(s.console.flash, "this is the latest execution");
    stage_press(&s, "Enter");
    CHECK_STR(console_top(&s.console)->screen->name, "pipeline");
    stage_close(&s);
}

/* AWS's words alone seldom say why; f has all of it. */
static void test_a_failed_one_says_why_and_where_more_is(void **state)
{
    struct failure_line lines[] = {
        {210, 0, SV("[Container] Running command npx cdk deploy --all"), false},
        {211, 0, SV("AccessDenied: not authorized to perform glue:CreateTable"), true},
    };
    struct failed_action action = {.stage = SV("Deploy-Stage-prod"),
                                   .action = SV("Deploy-Stage-prod"),
                                   .message = SV("exit status 2"),
                                   .lines = lines,
                                   .line_count = ARRAY_LEN(lines)};
    const struct failure failure = {.execution_id = SV("91ac0005-0000-4000-8000-000000000005"),
                                    .actions = &action,
                                    .action_count = 1};
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_prod(&s);
    put_card(&s, "customers-prod", &failure);
    go(&s, "executions customers-prod");
    stage_press(&s, "Enter [ [ [ [");
    stage_expect(&s, "execution-failed-why");
    stage_press(&s, "f");
    CHECK_STR(console_top(&s.console)->screen->name, "failure");
    CHECK_STR(console_top(&s.console)->target.execution_id, "91ac0005-0000-4000-8000-000000000005");
    stage_close(&s);
}

static void test_what_runs_ends_now_and_now_moves(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_ASCII);
    add_prod(&s);
    go(&s, "executions customers-prod");
    stage_press(&s, "Enter");
    CHECK_TRUE(s.console.facts.loads_when_due);
    CHECK_INT(s.console.facts.next_change_ms, s.now_ms + 5000);
    s.now_ms += 10LL * MINUTE;
    stage_expect(&s, "execution-later");
    stage_close(&s);
}

static void test_one_that_is_gone_says_so(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_prod(&s);
    go(&s, "executions customers-prod");
    stage_press(&s, "Enter");
    stage_remove(&s, "customers-prod");
    stage_expect(&s, "execution-gone");
    stage_press(&s, "[ ] = Enter y G / q");
    stage_close(&s);
}

static void test_two_side_by_side_at_each_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(stage_sizes); i++) {
        struct stage s;

        stage_open(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look);
        add_prod(&s);
        add_carried(&s, "");
        go(&s, "executions customers-prod");
        stage_press(&s, "=");
        stage_expect(&s, stage_golden("compare", i));
        stage_close(&s);
    }
}

static void test_a_comparison_of_any_two_has_a_document_of_its_own(void **state)
{
    struct fake_work work;
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    fake_work_open(&work, &s);
    add_prod(&s);
    add_carried(&s, "");
    go(&s, "executions customers-prod");
    stage_press(&s, "Space G Space =");
    CHECK_TRUE(work_reads(&work.work, ERRAND_COMPARE, &console_top(&s.console)->target));
    stage_expect(&s, "compare-asked");
    add_carried(&s, "91ac0005-0000-4000-8000-000000000005");
    stage_expect(&s, "compare-read");
    fake_work_close(&work);
    stage_close(&s);
}

static void test_no_size_is_too_small_to_draw(void **state)
{
    (void)state;
    for (int cols = 1; cols < 70; cols += 9) {
        for (int rows = 1; rows < 22; rows += 5) {
            struct stage s;

            stage_open(&s, cols, rows, STAGE_UTF8);
            add_prod(&s);
            add_carried(&s, "");
            go(&s, "executions customers-prod");
            stage_press(&s, "Enter j G ^U = j G");
            stage_paint(&s);
            stage_close(&s);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_execution_at_each_size),
        TEST(test_what_it_carried_goes_on_below),
        TEST(test_what_was_not_read_is_said),
        TEST(test_what_is_missing_is_asked_for),
        TEST(test_actions_that_were_not_read_are_not_called_none),
        TEST(test_what_could_not_be_read_says_why),
        TEST(test_older_and_newer_step_through_the_executions),
        TEST(test_a_failed_one_says_why_and_where_more_is),
        TEST(test_what_runs_ends_now_and_now_moves),
        TEST(test_one_that_is_gone_says_so),
        TEST(test_two_side_by_side_at_each_size),
        TEST(test_a_comparison_of_any_two_has_a_document_of_its_own),
        TEST(test_no_size_is_too_small_to_draw),
    };
    return RUN(tests);
}
