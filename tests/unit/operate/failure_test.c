/* Which log is meant, where its error is, which stack it names, and the card as a document. */
#include "core/base/json.h"
#include "core/operate/failure_log.h"
#include "tests/unit/check.h"

enum { ACTIONS = 4 };

static const struct pipeline_id sales = {
    {"aws", 3}, {"111111111111", 12}, {"eu-west-1", 9}, {"sales", 5}};

static struct cache *open_cache(void)
{
    struct cache_options options = {.in_memory = true};
    struct err notice = {0};
    struct cache *cache;
    struct err err;

    REQUIRE_OK(cache_open(&options, &cache, &notice, &err), &err);
    return cache;
}

/* One stage for each status: a CodeBuild action of its name, the last one an approval. */
static void put(struct cache *cache, const enum status *statuses)
{
    static const char *const names[ACTIONS] = {"Unit", "Package", "Deploy", "Approve"};
    static const char *const builds[ACTIONS] = {"unit:1", "package:1", "deploy:1", ""};
    struct action_def action_defs[ACTIONS];
    struct stage_def stage_defs[ACTIONS];
    struct action_state actions[ACTIONS];
    struct stage_state stages[ACTIONS];
    struct pipeline_def def = {.name = SV("sales"),
                               .version = 1,
                               .updated_at = 1,
                               .stages = stage_defs,
                               .stage_count = ACTIONS};
    struct pipeline_state state = {.name = SV("sales"), .stages = stages, .stage_count = ACTIONS};
    struct execution latest = {
        .id = SV("e1"), .status = STATUS_FAILED, .started_at = 1000, .updated_at = 2000};
    bool changed;
    struct err err;

    for (size_t i = 0; i < ACTIONS; i++) {
        bool is_approval = i == ACTIONS - 1;

        action_defs[i] =
            (struct action_def){.name = sv_of(names[i]),
                                .category = is_approval ? SV("Approval") : SV("Build"),
                                .provider = is_approval ? SV("Manual") : SV("CodeBuild"),
                                .region = i == 2 ? SV("us-east-1") : SV(""),
                                .run_order = 1};
        stage_defs[i] = (struct stage_def){
            .name = sv_of(names[i]), .actions = &action_defs[i], .action_count = 1};
        actions[i] = (struct action_state){.name = sv_of(names[i]),
                                           .status = statuses[i],
                                           .external_id = sv_of(builds[i]),
                                           .changed_at = 1000 + (int64_t)i,
                                           .percent = -1};
        stages[i] = (struct stage_state){.name = sv_of(names[i]),
                                         .status = statuses[i],
                                         .execution_id = SV("e1"),
                                         .transition_enabled = true,
                                         .actions = &actions[i],
                                         .action_count = 1};
    }
    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(cache, &sales, &def, NULL, 0, 1, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(cache, &sales, &state, &latest, 1, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
}

static void check_choice(struct cache *cache, const char *stage, bool wants_running,
                         const char *want)
{
    const struct operand what = {.id = sales, .stage = sv_of(stage)};
    struct log_choice choice;
    struct arena arena;
    struct err err;

    arena_init(&arena, 1 << 20);
    REQUIRE_OK(log_choose(cache, &what, wants_running, &arena, &choice, &err), &err);
    CHECK_SV(choice.action, sv_of(want));
    arena_release(&arena);
}

static void test_the_failed_then_the_running_then_the_latest_is_meant(void **state)
{
    static const enum status failed[] = {STATUS_SUCCEEDED, STATUS_FAILED, STATUS_IN_PROGRESS,
                                         STATUS_NONE};
    static const enum status running[] = {STATUS_IN_PROGRESS, STATUS_SUCCEEDED, STATUS_NONE,
                                          STATUS_NONE};
    static const enum status done[] = {STATUS_SUCCEEDED, STATUS_SUCCEEDED, STATUS_NONE,
                                       STATUS_WAITING};
    static const enum status none[] = {STATUS_NONE, STATUS_NONE, STATUS_NONE, STATUS_NONE};
    const struct operand what = {.id = sales};
    struct cache *cache = open_cache();
    struct log_choice choice;
    struct arena arena;
    struct err err;

    (void)state;
    put(cache, failed);
    check_choice(cache, "", false, "Package");
    check_choice(cache, "", true, "Deploy");
    check_choice(cache, "unit", false, "Unit"); /* any case */
    put(cache, running);
    check_choice(cache, "", false, "Unit");
    put(cache, done);
    check_choice(cache, "", false, "Package");
    check_choice(cache, "Approve", false, "Approve");
    put(cache, none);
    arena_init(&arena, 1 << 20);
    CHECK_INT(log_choose(cache, &what, false, &arena, &choice, &err), ERR_NOT_FOUND);
    CHECK_STR(err.text, "sales never ran: there is no log");
    arena_release(&arena);
    cache_close(cache);
}

static void test_what_there_is_instead_of_a_log(void **state)
{
    const struct log_choice approval = {
        .action = SV("Approve"), .category = SV("Approval"), .summary = SV("waits for ana")};
    struct sb text;
    struct err err;

    (void)state;
    sb_init(&text, 1000);
    REQUIRE_OK(log_instead(&approval, &text, &err), &err);
    CHECK_STR(sb_cstr(&text), "Approve is an approval: it has no log; :approvals shows what waits. "
                              "AWS says: waits for ana");
    sb_release(&text);
}

/* ---- the log ---- */

static void check_window(const char *const *texts, size_t count, int64_t error, const char *stack)
{
    const struct log_id id = {sales.partition, sales.account, sales.region, SV("g"), SV("s")};
    struct log_event events[40];
    struct log_page page = {.build = SV("b:1"),
                            .after = SV(""),
                            .token = SV("f/1"),
                            .events = events,
                            .count = count,
                            .now_ms = 1};
    struct cache *cache = open_cache();
    struct failed_action action = {.stage = SV("")};
    struct log_reader reader;
    struct cached_log log;
    struct arena arena;
    struct stack_mention named;
    int64_t at = 0;
    struct err err;

    REQUIRE(count <= ARRAY_LEN(events));
    for (size_t i = 0; i < count; i++)
        events[i] = (struct log_event){(int64_t)i, sv_of(texts[i])};
    arena_init(&arena, 1 << 20);
    log_reader_init(&reader);
    REQUIRE_OK(cache_append_log(cache, &id, &page, &err), &err);
    REQUIRE_OK(cache_find_log(cache, &id, &arena, &log, &err), &err);
    REQUIRE_OK(log_reader_open(&reader, cache, &log, &err), &err);
    REQUIRE_OK(log_find_error(&reader, &at, &err), &err);
    CHECK_INT(at, error);
    REQUIRE_OK(failure_log_window(cache, &log, &arena, &action, &named, &err), &err);
    CHECK_SV(named.name, sv_of(stack));
    CHECK_INT(action.log_lines, (int64_t)count);
    CHECK_TRUE(action.line_count > 0 && action.line_count <= FAILURE_LINES_MAX);
    log_reader_release(&reader);
    arena_release(&arena);
    cache_close(cache);
}

static void test_the_first_error_of_the_failed_command_is_found(void **state)
{
    static const char *const failed[] = {
        "[Container] 1 Running command npm audit || true\n",
        "Error: an advisory that did no harm\n",
        "[Container] 2 Running command npx cdk deploy\n",
        "LakeStack: deploying\n",
        ("\x1b[31m \xe2\x9d\x8c  LakeStack failed: the stack named LakeStack failed to "
         "deploy\x1b[0m\n"),
        "[Container] 3 Command did not exit successfully npx cdk deploy exit status 1\n",
        "[Container] 3 Phase complete: BUILD State: FAILED\n",
        "[Container] 4 Entering phase POST_BUILD\n",
        "error: nobody cares any more\n",
    };
    static const char *const silent[] = {"[Container] 1 Running command false\n",
                                         "[Container] 1 Command did not exit successfully false\n"};
    static const char *const foreign[] = {"starting\n", "fatal: no such branch\n", "bye\n"};
    static const char *const fine[] = {"starting\n", "0 errors\n", "bye\n"};

    (void)state;
    check_window(failed, ARRAY_LEN(failed), 4, "LakeStack");
    check_window(silent, ARRAY_LEN(silent), 1, "");
    check_window(foreign, ARRAY_LEN(foreign), 1, "");
    check_window(fine, ARRAY_LEN(fine), -1, "");
}

/* ---- the document ---- */

static void test_a_card_comes_back_from_its_document(void **state)
{
    struct failure_line line = {41, 123456, SV("Error: \"x\""), true};
    struct failed_action action = {.stage = SV("Deploy"),
                                   .action = SV("execute"),
                                   .message = SV("ChangeSet [r] does not exist"),
                                   .phase_seconds = 7,
                                   .lines = &line,
                                   .line_count = 1,
                                   .log_lines = 99,
                                   .resource = SV("Bucket")};
    const struct failure failure = {
        .execution_id = SV("e1"), .updated_at = 5, .actions = &action, .action_count = 1};
    struct failure back;
    struct arena arena;
    struct sb json;
    struct jw w;
    struct err err;

    (void)state;
    sb_init(&json, 1 << 20);
    arena_init(&arena, 1 << 20);
    jw_init(&w, &json, &err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    failure_json(&w, &failure, true);
    jw_close(&w, '}');
    REQUIRE_OK(jw_done(&w), &err);
    REQUIRE_OK(failure_parse(sb_sv(&json), &arena, &back, &err), &err);
    CHECK_SV(back.execution_id, SV("e1"));
    CHECK_INT(back.action_count, 1);
    CHECK_SV(back.actions[0].resource, SV("Bucket"));
    CHECK_INT(back.actions[0].line_count, 1);
    CHECK_SV(back.actions[0].lines[0].text, SV("Error: \"x\""));
    CHECK_TRUE(back.actions[0].lines[0].is_error);
    CHECK_TRUE(failure_needs_all_actions(&back.actions[0]));
    CHECK_INT(failure_parse(SV("{\"schema\":2}"), &arena, &back, &err), ERR_NOT_FOUND);
    CHECK_INT(failure_parse(SV("[]x"), &arena, &back, &err), ERR_REPLY);
    arena_release(&arena);
    sb_release(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_failed_then_the_running_then_the_latest_is_meant),
        TEST(test_what_there_is_instead_of_a_log),
        TEST(test_the_first_error_of_the_failed_command_is_found),
        TEST(test_a_card_comes_back_from_its_document),
    };
    return RUN(tests);
}
