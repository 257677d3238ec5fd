/* The log's screen: where it opens, following and pausing, search, only what matches, wrapping, and
 * what it says when there is nothing. */
#include "core/cache/log.h"
#include "tests/screens/fake_work.h"
#include "tests/screens/history.h"

#define BUILD "sales-build:3f65a1b2-0000-4000-8000-00000000000a"

enum { FILLER = 60 };

static const char *const ending[] = {
    "[Container] 2026/11/21 11:58:00 Running command npm test\n",
    "\x1b[32mok\x1b[0m 1 - reads the orders\n",
    "\x1b[31mnot ok\x1b[0m 2 - counts \xe9\x9b\x86\xe8\xa8\x88 \x1b]0;owned\a\n",
    "10%\r55%\r100% compiled\tin\t3 s\n",
    "Error: expected 3, got 4\n",
    "    at a very long line that does not fit: "
    "src/lake/orders/reconcile/of/the/day/before.test.js:12:34 "
    "and goes on behind the edge of the screen\n",
    "token=abcdef123456\n",
    "[Container] 2026/11/21 11:58:02 Command did not exit successfully npm test exit status 1\n",
    "[Container] 2026/11/21 11:58:02 Phase complete: BUILD State: FAILED\n",
};

static const struct log_id build_log = {.partition = {"aws", 3},
                                        .account = {"111111111111", 12},
                                        .region = {"eu-west-1", 9},
                                        .group = {"/aws/codebuild/sales-build", 26},
                                        .stream = {"3f65a1b2", 8}};

static void append(struct stage *s, const char *after, const char *token,
                   const struct log_event *events, size_t count)
{
    const struct log_page page = {.build = SV(BUILD),
                                  .after = sv_of(after),
                                  .token = sv_of(token),
                                  .events = events,
                                  .count = count,
                                  .now_ms = s->now_ms - 5000};
    struct err err;

    REQUIRE_OK(cache_append_log(s->cache, &build_log, &page, &err), &err);
    console_cache_changed(&s->console);
}

/* FILLER lines and the ending. */
static void add_log(struct stage *s)
{
    struct log_event events[FILLER + ARRAY_LEN(ending)];
    char text[FILLER][64];

    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        events[i].at_ms = s->now_ms - 120000 + (int64_t)i * 137;
        if (i >= FILLER) {
            events[i].text = sv_of(ending[i - FILLER]);
            continue;
        }
        snprintf(text[i], sizeof text[i], "Collecting package number %zu\n", i + 1);
        events[i].text = sv_of(text[i]);
    }
    append(s, "", "f/1", events, ARRAY_LEN(events));
}

static void end_log(struct stage *s, const char *outcome)
{
    struct err err;

    REQUIRE_OK(cache_end_log(s->cache, &build_log, SV(BUILD), sv_of(outcome), true,
                             s->now_ms - 5000, &err),
               &err);
    console_cache_changed(&s->console);
}

/* A pipeline whose build has this status. */
static void add_sales(struct stage *s, enum status status)
{
    const struct pipeline_id id = history_id("sales");
    struct action_def action_def = {.name = SV("Build"),
                                    .category = SV("Build"),
                                    .owner = SV("AWS"),
                                    .provider = SV("CodeBuild"),
                                    .project = SV("sales-build"),
                                    .run_order = 1};
    struct stage_def stage_def = {.name = SV("Build"), .actions = &action_def, .action_count = 1};
    struct pipeline_def def = {.name = SV("sales"),
                               .arn = SV("arn:aws:codepipeline:eu-west-1:111111111111:sales"),
                               .type = SV("V2"),
                               .version = 1,
                               .updated_at = s->now_ms - 1000000,
                               .stages = &stage_def,
                               .stage_count = 1};
    struct action_state action = {
        .name = SV("Build"),
        .category = SV("Build"),
        .provider = SV("CodeBuild"),
        .status = status,
        .external_id = SV(BUILD),
        .error_code = status == STATUS_FAILED ? SV("JobFailed") : SV(""),
        .error_message =
            status == STATUS_FAILED ? SV("Build terminated with state: FAILED") : SV(""),
        .external_url = SV("https://console.aws.amazon.com/codebuild/builds/1"),
        .changed_at = s->now_ms - 60000,
        .percent = -1};
    struct stage_state stage = {.name = SV("Build"),
                                .status = status,
                                .execution_id = SV("e1"),
                                .transition_enabled = true,
                                .actions = &action,
                                .action_count = 1};
    struct pipeline_state state = {.name = SV("sales"), .stages = &stage, .stage_count = 1};
    struct execution latest = {.id = SV("e1"),
                               .status = status,
                               .started_at = s->now_ms - 180000,
                               .updated_at = s->now_ms - 60000,
                               .trigger = SV("Webhook")};
    bool changed;
    struct err err;

    REQUIRE_OK(cache_begin(s->cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(s->cache, &id, &def, NULL, 0, s->now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(s->cache, &id, &state, &latest, s->now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_commit(s->cache, &err), &err);
    console_cache_changed(&s->console);
}

static void open_log(struct stage *s, int cols, int rows, enum stage_look look, enum status status)
{
    stage_open(s, cols, rows, look);
    add_sales(s, status);
    add_log(s);
    if (!status_is_running(status))
        end_log(s, status == STATUS_FAILED ? "FAILED" : "SUCCEEDED");
    go(s, "logs sales");
}

static void test_a_failed_one_opens_at_its_first_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < STAGE_SIZES; i++) {
        struct stage s;

        open_log(&s, stage_sizes[i].cols, stage_sizes[i].rows, stage_sizes[i].look, STATUS_FAILED);
        stage_expect(&s, stage_golden("log-failed", i));
        stage_close(&s);
    }
}

static void test_one_that_runs_is_followed_until_somebody_scrolls(void **state)
{
    const struct log_event more[] = {{1795262399000, SV("one more\n")},
                                     {1795262399000, SV("and another\n")}};
    struct stage s;

    (void)state;
    open_log(&s, 80, 24, STAGE_UTF8, STATUS_IN_PROGRESS);
    stage_expect(&s, "log-follow");
    append(&s, "f/1", "f/2", more, ARRAY_LEN(more));
    stage_expect(&s, "log-followed");
    stage_press(&s, "k");
    stage_expect(&s, "log-paused");
    append(&s, "f/2", "f/3", more, ARRAY_LEN(more));
    stage_paint(&s);
    CHECK_TRUE(strstr(s.console.facts.crumb, "55-70 of 73") != NULL);
    stage_press(&s, "F");
    CHECK_TRUE(strstr(s.console.facts.crumb, "of 73") != NULL);
    CHECK_TRUE(strstr(s.console.facts.crumb, "-73 of") != NULL);
    stage_press(&s, "gg");
    CHECK_TRUE(strstr(s.console.facts.crumb, " 1-") != NULL);
    stage_press(&s, "G");
    append(&s, "f/3", "f/4", more, ARRAY_LEN(more));
    stage_paint(&s);
    CHECK_TRUE(strstr(s.console.facts.crumb, "-75 of 75") != NULL);
    /* The build ends: nothing is followed any more, and nothing jumps. */
    add_sales(&s, STATUS_SUCCEEDED);
    end_log(&s, "SUCCEEDED");
    stage_expect(&s, "log-ended");
    stage_close(&s);
}

static void test_it_is_searched_and_filtered(void **state)
{
    struct stage s;

    (void)state;
    open_log(&s, 80, 24, STAGE_UTF8, STATUS_SUCCEEDED);
    stage_press(&s, "gg /number.[23]5 Enter");
    stage_expect(&s, "log-search");
    stage_press(&s, "K");
    CHECK_STR(console_top(&s.console)->screen->name, "stacks");
    stage_press(&s, "q E");
    CHECK_STR(console_top(&s.console)->screen->name, "executions");
    stage_press(&s, "q");
    stage_press(&s, "n n");
    stage_expect(&s, "log-search-end");
    stage_press(&s, "z");
    stage_expect(&s, "log-only-matches");
    stage_press(&s, "z Esc z");
    stage_expect(&s, "log-only-errors");
    stage_close(&s);
}

/* More lines than are in memory, and yet few enough to know how many match. */
static void test_of_a_log_of_some_hundred_lines_all_matches_are_counted(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 60, 15, STAGE_UTF8);
    add_sales(&s, STATUS_SUCCEEDED);
    for (int i = 0; i < 5; i++) {
        struct log_event events[FILLER];
        char text[FILLER][64];
        char after[16];
        char token[16];

        for (size_t k = 0; k < FILLER; k++) {
            snprintf(text[k], sizeof text[k], "piece %d, line %zu\n", i, k);
            events[k] = (struct log_event){s.now_ms - 60000, sv_of(text[k])};
        }
        after[0] = '\0';
        if (i > 0)
            snprintf(after, sizeof after, "f/%d", i);
        snprintf(token, sizeof token, "f/%d", i + 1);
        append(&s, after, token, events, FILLER);
    }
    end_log(&s, "SUCCEEDED");
    go(&s, "logs sales");
    stage_press(&s, "gg /line.7$ Enter");
    stage_expect(&s, "log-search-counted");
    stage_press(&s, "z z n");
    stage_expect(&s, "log-search-counted-next");
    stage_close(&s);
}

static void test_a_search_looks_above_too_and_says_when_there_is_nothing(void **state)
{
    struct stage s;

    (void)state;
    open_log(&s, 80, 24, STAGE_UTF8, STATUS_SUCCEEDED);
    stage_press(&s, "gg n");
    CHECK_STR(s.console.flash, "nothing was searched for yet: / searches");
    stage_press(&s, "G /number.3$ Enter");
    stage_paint(&s);
    CHECK_TRUE(strstr(s.console.facts.crumb, "Log 1-") != NULL);
    stage_press(&s, "Esc /nowhere Enter");
    stage_expect(&s, "log-search-nothing");
    stage_press(&s, "n");
    CHECK_STR(s.console.flash, "nothing in this log matches");
    stage_press(&s, "z");
    stage_expect(&s, "log-only-nothing");
    stage_close(&s);
}

/* How old it is stays, whatever has to go. */
static void test_the_head_of_a_long_name_keeps_what_matters(void **state)
{
    struct stage s;

    (void)state;
    open_log(&s, 60, 15, STAGE_UTF8, STATUS_SUCCEEDED);
    s.now_ms += 26LL * 60 * MINUTE;
    stage_press(&s, "gg /number.[23]5 Enter n n");
    stage_expect(&s, "log-head-short");
    stage_close(&s);
}

static void test_times_and_wrapping(void **state)
{
    struct stage s;

    (void)state;
    open_log(&s, 60, 15, STAGE_UTF8, STATUS_FAILED);
    stage_press(&s, "G w t");
    stage_expect(&s, "log-unwrapped-times");
    stage_press(&s, "l l");
    stage_expect(&s, "log-sideways");
    stage_close(&s);
}

static void test_what_is_not_there_is_said(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    go(&s, "logs brand-new");
    stage_expect(&s, "log-none");
    stage_press(&s, "q");
    go(&s, "log"); /* a screen's name alone: of nothing */
    stage_expect(&s, "log-not-chosen");
    stage_press(&s, "q");
    add_sales(&s, STATUS_FAILED);
    go(&s, "logs sales");
    stage_expect(&s, "log-not-kept");
    stage_close(&s);
}

enum { LONG_PAGES = 40, LONG_PAGE = 500 };

/* o prints the log, not the part of it that is in memory; z first: only what matches. */
static void test_all_of_a_long_log_is_printed_in_pieces(void **state)
{
    static struct log_event events[LONG_PAGE];
    static char texts[LONG_PAGE][64];
    struct stage s;
    size_t lines = 0;
    int pieces = 0;
    struct err err = {0};

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_sales(&s, STATUS_SUCCEEDED);
    for (int page = 0; page < LONG_PAGES; page++) {
        char tokens[2][16] = {"", ""};

        if (page > 0)
            snprintf(tokens[0], sizeof tokens[0], "f/%d", page);
        snprintf(tokens[1], sizeof tokens[1], "f/%d", page + 1);
        for (int i = 0; i < LONG_PAGE; i++) {
            snprintf(texts[i], sizeof texts[i], "line %d of many\n", page * LONG_PAGE + i);
            events[i] = (struct log_event){s.now_ms - 5000, sv_of(texts[i])};
        }
        append(&s, tokens[0], tokens[1], events, LONG_PAGE);
    }
    end_log(&s, "SUCCEEDED");
    go(&s, "logs sales");
    stage_press(&s, "gg");
    CHECK_TRUE(console_key(&s.console, 'o') & REACT_PRINT);
    for (;; pieces++) {
        struct sv text = sb_sv(&s.console.printed);

        CHECK_TRUE(text.len < 256 * 1024);
        for (size_t i = 0; i < text.len; i++)
            lines += text.ptr[i] == '\n';
        if (s.console.print_at < 0)
            break;
        REQUIRE_OK(console_print_piece(&s.console, &err), &err);
    }
    CHECK_TRUE(pieces > 2);
    CHECK_INT(lines, LONG_PAGES * LONG_PAGE + 1);
    CHECK_TRUE(sv_ends(sb_sv(&s.console.printed), SV("line 19999 of many\n")));
    stage_press(&s, "/1234 Enter z");
    CHECK_TRUE(console_key(&s.console, 'o') & REACT_PRINT);
    while (s.console.print_at >= 0 && sv_find(sb_sv(&s.console.printed), SV("line 1234 ")) < 0)
        REQUIRE_OK(console_print_piece(&s.console, &err), &err);
    CHECK_TRUE(sv_find(sb_sv(&s.console.printed), SV("line 1235 ")) < 0);
    stage_close(&s);
}

/* The log's own build is stopped, not its execution; what else can be done is the action's menu. */
static void test_what_can_be_done_to_a_build_is_begun_in_its_log(void **state)
{
    struct fake_work work;
    struct stage s;

    (void)state;
    open_log(&s, 80, 24, STAGE_UTF8, STATUS_IN_PROGRESS);
    fake_work_open(&work, &s);
    stage_press(&s, "T");
    stage_expect(&s, "log-menu");
    stage_press(&s, "Esc X");
    CHECK_INT(s.console.chosen.action, ACTION_STOP_BUILD);
    CHECK_STR(s.console.chosen.targets[0].build, BUILD);
    CHECK_STR(s.console.chosen.targets[0].action, "Build");
    CHECK_STR(console_top(&s.console)->screen->name, "act");
    fake_work_close(&work);
    stage_close(&s);
}

static void test_a_build_that_is_over_is_not_stopped(void **state)
{
    struct fake_work work;
    struct stage s;

    (void)state;
    open_log(&s, 80, 24, STAGE_UTF8, STATUS_FAILED);
    fake_work_open(&work, &s);
    stage_press(&s, "X");
    CHECK_STR(s.console.flash, "Stop a build: the build is over");
    fake_work_close(&work);
    stage_close(&s);
}

/* A key that does nothing must not be offered, and none tells of a build that is none. */
static void test_an_approval_has_no_log_and_offers_nothing_of_one(void **state)
{
    static const struct stage_pipeline gate = {
        .name = "gate", .stages = "Gate=Waiting", .status = "InProgress", .age_s = 300};
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add(&s, &gate);
    go(&s, "logs gate");
    stage_expect(&s, "log-of-approval");
    stage_press(&s, "F");
    CHECK_STR(s.console.flash, "there is no log to follow");
    stage_press(&s, "n");
    CHECK_STR(s.console.flash, "there is no log to search");
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_failed_one_opens_at_its_first_error),
        TEST(test_one_that_runs_is_followed_until_somebody_scrolls),
        TEST(test_it_is_searched_and_filtered),
        TEST(test_of_a_log_of_some_hundred_lines_all_matches_are_counted),
        TEST(test_a_search_looks_above_too_and_says_when_there_is_nothing),
        TEST(test_the_head_of_a_long_name_keeps_what_matters),
        TEST(test_times_and_wrapping),
        TEST(test_what_is_not_there_is_said),
        TEST(test_all_of_a_long_log_is_printed_in_pieces),
        TEST(test_what_can_be_done_to_a_build_is_begun_in_its_log),
        TEST(test_a_build_that_is_over_is_not_stopped),
        TEST(test_an_approval_has_no_log_and_offers_nothing_of_one),
    };
    return RUN(tests);
}
