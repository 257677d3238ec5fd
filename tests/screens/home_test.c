/* Home, as a person meets it: the promotion matrix, now and in the past. */
#include "tests/screens/stage.h"

static const char e1[] = "11111111-0000-4000-8000-000000000001";
static const char e2[] = "22222222-0000-4000-8000-000000000002";

/* One pipeline of each strategy, a bigger one with environments of its own, and some foreign ones.
 */
static void add_lake(struct stage *s)
{
    static const struct stage_pipeline lake[] = {
        {.name = "orders-etl",
         .stages = "Source=Succeeded Deploy-Stage-dev=Succeeded Deploy-Stage-test=Succeeded "
                   "Deploy-Stage-prod=Succeeded",
         .status = "Succeeded",
         .execution = e1,
         .revision = "91ac0e5544d3a1b2",
         .age_s = 90000},
        {.name = "orders-etl",
         .stages = "Source=Succeeded Deploy-Stage-dev=Succeeded ManualApproval-dev=Waiting "
                   "Deploy-Stage-test=Succeeded@11111111-0000-4000-8000-000000000001 "
                   "Deploy-Stage-prod=Succeeded@11111111-0000-4000-8000-000000000001",
         .status = "InProgress",
         .summary = "add the returns table",
         .age_s = 7800},
        {.name = "customers-dev",
         .stages = "Source-dev=Succeeded Deploy-Stage-dev=Failed",
         .status = "Failed",
         .error = "CREATE_FAILED GlueJob: the role arn:aws:iam::222222222222:role/glue cannot be "
                  "assumed",
         .revision = "beefcafe00112233",
         .age_s = 240},
        {.name = "customers-test",
         .stages = "Source-test=Succeeded Deploy-Stage-test=Succeeded",
         .status = "Succeeded",
         .age_s = 400000},
        {.name = "customers-prod",
         .stages = "Source-prod=Succeeded #Deploy-Stage-prod=InProgress",
         .status = "InProgress",
         .summary = "rename the key column",
         .age_s = 42},
        {.name = "sensors",
         .stages = "Source=Succeeded Deploy-Stage-dev=Succeeded Deploy-Stage-eu=Succeeded "
                   "Deploy-Stage-us=Succeeded Deploy-Stage-prod=",
         .status = "Succeeded",
         .summary = "two regions",
         .age_s = 3000},
        {.name = "clickstream",
         .stages = "Source=Succeeded Build=Succeeded #Deploy=Succeeded",
         .status = "Succeeded",
         .summary = "sessionize by device",
         .age_s = 90000},
        {.name = "日本語-パイプライン",
         .stages = "Source=Succeeded Build=Succeeded",
         .status = "Succeeded",
         .summary = "集計を追加 \x1b[31mred\x1b[0m",
         .age_s = 60},
        {.name = "brand-new", .stages = "Source= Build="},
    };

    for (size_t i = 0; i < ARRAY_LEN(lake); i++)
        stage_add(s, &lake[i]);
}

static void test_the_board_at_each_size_and_glyphs(void **state)
{
    static const struct {
        int cols;
        int rows;
        enum stage_look look;
        const char *golden;
    } looks[] = {
        {80, 24, STAGE_UTF8, "home-80x24"},   {80, 24, STAGE_ASCII, "home-80x24-ascii"},
        {60, 15, STAGE_UTF8, "home-60x15"},   {60, 15, STAGE_ASCII, "home-60x15-ascii"},
        {200, 50, STAGE_UTF8, "home-200x50"}, {200, 50, STAGE_ASCII, "home-200x50-ascii"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
        struct stage s;

        stage_open(&s, looks[i].cols, looks[i].rows, looks[i].look);
        add_lake(&s);
        stage_expect(&s, looks[i].golden);
        stage_close(&s);
    }
}

static void test_no_size_is_too_small_to_draw(void **state)
{
    (void)state;
    for (int cols = 1; cols < 70; cols += 4) {
        for (int rows = 1; rows < 20; rows += 3) {
            struct stage s;

            stage_open(&s, cols, rows, STAGE_UTF8);
            add_lake(&s);
            stage_press(&s, "j l l l G t k , . /a");
            stage_paint(&s);
            stage_close(&s);
        }
    }
}

static void test_empty_faces_say_why(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_freshness(&s, -1, ERR_OK, "");
    stage_expect(&s, "home-loading");
    stage_freshness(&s, -1, ERR_AUTH, "the credentials have expired");
    stage_expect(&s, "home-error");
    stage_freshness(&s, 1000, ERR_OK, "");
    stage_expect(&s, "home-empty");
    stage_press(&s, "z");
    stage_expect(&s, "home-no-problems");
    stage_press(&s, "z /nothing Enter");
    stage_expect(&s, "home-nothing-found");
    stage_close(&s);
}

static void test_stale_and_offline_are_told(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_lake(&s);
    stage_freshness(&s, (int64_t)3 * 3600 * 1000, ERR_OK, "");
    stage_expect(&s, "home-stale");
    stage_freshness(&s, 720000, ERR_NET, "cannot reach codepipeline.eu-west-1.amazonaws.com");
    stage_expect(&s, "home-offline");
    stage_close(&s);
}

static void test_problems_and_filters_narrow_it(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_lake(&s);
    stage_press(&s, "z");
    stage_expect(&s, "home-problems");
    CHECK_INT(s.console.facts.matches, 3);
    stage_press(&s, "Esc /status:ok Enter");
    stage_expect(&s, "home-filter");
    stage_press(&s, "Esc /!customers Enter");
    CHECK_INT(s.console.facts.matches, 5);
    stage_press(&s, "Esc");
    CHECK_INT(s.console.facts.matches, 6);
    stage_close(&s);
}

static void test_the_cursor_stays_on_its_row_when_rows_change(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_lake(&s);
    stage_press(&s, "gg j");
    stage_expect_cursor(&s, "orders-etl");
    stage_add(&s, &(struct stage_pipeline){.name = "aaa-fails-now",
                                           .stages = "Source=Failed",
                                           .status = "Failed",
                                           .error = "boom",
                                           .age_s = 1});
    stage_expect_cursor(&s, "orders-etl");
    stage_expect(&s, "home-cursor-stays");
    stage_press(&s, "k");
    stage_expect_cursor(&s, "customers");
    stage_remove(&s, "customers-test");
    stage_expect_cursor(&s, "customers");
    stage_close(&s);
}

static void test_keys_typed_ahead_are_all_taken(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_many(&s, 250);
    stage_press(&s, "s j Enter");
    for (int i = 0; i < 200; i++)
        console_key(&s.console, 'j');
    stage_expect_cursor(&s, "many-0200");
    for (int i = 0; i < 150; i++)
        console_key(&s.console, 'k');
    stage_expect_cursor(&s, "many-0050");
    stage_press(&s, "G");
    stage_expect_cursor(&s, "many-0249");
    stage_close(&s);
}

/* What is on a slow line sent for one move: two cells. */
static void test_a_move_changes_the_gutter_only(void **state)
{
    struct stage s;
    struct canvas before;
    int differing = 0;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_lake(&s);
    stage_paint(&s);
    canvas_init(&before, 24, 80, true);
    console_draw(&s.console, &before);
    stage_press(&s, "j");
    stage_paint(&s);
    for (int i = 0; i < 24 * 80; i++)
        differing += !cell_eq(&before.cells[i], &s.canvas.cells[i]);
    CHECK_INT(differing, 2);
    canvas_release(&before);
    stage_close(&s);
}

static void test_a_row_or_its_environment_is_opened(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_lake(&s);
    stage_press(&s, "Enter");
    CHECK_STR(console_top(&s.console)->screen->name, "pipeline");
    CHECK_STR(console_top(&s.console)->target.name, "customers");
    stage_press(&s, "q l l");
    stage_expect(&s, "home-environment");
    stage_press(&s, "Enter");
    CHECK_STR(console_top(&s.console)->target.name, "customers-test");
    stage_press(&s, "q h h E");
    CHECK_STR(console_top(&s.console)->screen->name, "executions");
    CHECK_STR(console_top(&s.console)->target.name, "customers-dev");
    stage_close(&s);
}

static void test_it_goes_back_in_time_and_returns(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_lake(&s);
    s.now_ms += 600000;
    stage_add(&s, &(struct stage_pipeline){.name = "customers-dev",
                                           .stages = "Source-dev=Succeeded "
                                                     "Deploy-Stage-dev=Succeeded",
                                           .status = "Succeeded",
                                           .execution = e2,
                                           .revision = "fee1900d00112233",
                                           .age_s = 5});
    stage_expect(&s, "home-later");
    stage_press(&s, ".");
    CHECK_STR(s.console.flash, "this is now");
    stage_press(&s, ",");
    stage_expect(&s, "home-later-step");
    stage_press(&s, ",");
    stage_expect(&s, "home-earlier-step");
    stage_press(&s, "Esc");
    stage_expect(&s, "home-later");
    stage_press(&s, ":at Space -5m Enter");
    stage_expect(&s, "home-at");
    stage_press(&s, "Esc");
    stage_expect(&s, "home-later");
    stage_close(&s);
}

/* The past is read whole: not again for each change of the cache, but for a recorded one, for
 * another question, and at times. A pipeline that is gone shows when it was read. */
static void test_the_past_is_read_again_when_it_may_differ(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_many(&s, 6);
    stage_press(&s, ":at Space -5m Enter");
    CHECK_INT(s.console.facts.matches, 6);
    stage_remove(&s, "many-0000");
    stage_paint(&s);
    CHECK_INT(s.console.facts.matches, 6);
    s.now_ms += 6000;
    console_cache_changed(&s.console);
    stage_paint(&s);
    CHECK_INT(s.console.facts.matches, 5);
    stage_remove(&s, "many-0001");
    stage_press(&s, "z z");
    CHECK_INT(s.console.facts.matches, 4);
    stage_remove(&s, "many-0002");
    stage_paint(&s);
    CHECK_INT(s.console.facts.matches, 4);
    stage_add(&s, &(struct stage_pipeline){.name = "many-0003",
                                           .stages = "Source=Failed Build=Succeeded",
                                           .status = "Failed",
                                           .execution = e2,
                                           .age_s = 1});
    stage_paint(&s);
    CHECK_INT(s.console.facts.matches, 3);
    stage_close(&s);
}

/* Nothing is known of the time before, so that is not what is shown. */
static void test_the_past_begins_with_the_record_and_is_the_boards_only(void **state)
{
    struct stage s;
    char banner[96];

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_lake(&s);
    s.now_ms += 600000;
    stage_add(&s, &(struct stage_pipeline){.name = "customers-dev",
                                           .stages = "Source-dev=Succeeded "
                                                     "Deploy-Stage-dev=Succeeded",
                                           .status = "Succeeded",
                                           .execution = e2,
                                           .revision = "fee1900d00112233",
                                           .age_s = 5});
    stage_press(&s, ":at Space -2d Enter");
    stage_expect(&s, "home-first");
    target_set(banner, sizeof banner, sv_of(s.console.facts.banner));
    stage_press(&s, ",");
    CHECK_STR(s.console.facts.banner, banner);
    stage_press(&s, "Enter");
    CHECK_STR(console_top(&s.console)->screen->name, "pipeline");
    CHECK_STR(s.console.flash, "this is how it is now: only the board shows the past");
    stage_press(&s, "q Esc");
    stage_expect(&s, "home-later");
    stage_close(&s);
}

static void test_what_changed_meanwhile_is_told_until_esc(void **state)
{
    static const struct {
        int cols;
        int rows;
        const char *golden;
    } sizes[] = {{80, 24, "home-digest"}, {60, 15, "home-digest-60x15"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct stage s;

        stage_open(&s, sizes[i].cols, sizes[i].rows, STAGE_UTF8);
        add_lake(&s);
        stage_press(&s, "j");
        s.now_ms += CONSOLE_DIGEST_MS + 1000;
        stage_paint(&s);
        CHECK_INT(s.console.digest.since_ms, 0);
        stage_add(&s, &(struct stage_pipeline){.name = "customers-dev",
                                               .stages = "Source-dev=Succeeded "
                                                         "Deploy-Stage-dev=Succeeded",
                                               .status = "Succeeded",
                                               .execution = e2,
                                               .age_s = 5});
        s.now_ms += 11000;
        stage_paint(&s);
        stage_add(&s, &(struct stage_pipeline){.name = "sensors",
                                               .stages = "Source=Succeeded Deploy-Stage-dev=Failed",
                                               .status = "Failed",
                                               .error = "exit status 2",
                                               .execution = e2,
                                               .age_s = 2});
        stage_expect(&s, sizes[i].golden);
        stage_press(&s, "j");
        CHECK_TRUE(s.console.digest.since_ms != 0);
        stage_press(&s, "Esc");
        CHECK_INT(s.console.digest.since_ms, 0);
        stage_close(&s);
    }
}

/* A clock is broader than an age: the note pays for it, no environment does. */
static void test_with_clocks_the_environments_keep_their_columns(void **state)
{
    static const char *const names[][2] = {
        {"lake-dev", "Source-dev=Succeeded Deploy-Stage-dev=Succeeded"},
        {"lake-test", "Source-test=Succeeded Deploy-Stage-test=Succeeded"},
        {"lake-uat", "Source-uat=Succeeded Deploy-Stage-uat=Succeeded"},
        {"lake-prod", "Source-prod=Succeeded Deploy-Stage-prod=Failed"}};
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        stage_add(&s, &(struct stage_pipeline){.name = names[i][0],
                                               .stages = names[i][1],
                                               .status = i == 3 ? "Failed" : "Succeeded",
                                               .error = "the table is not there, or it is locked",
                                               .age_s = 300});
    stage_expect(&s, "home-ages");
    stage_press(&s, "t");
    stage_expect(&s, "home-clocks");
    stage_close(&s);
}

static void test_a_key_that_is_none_says_so(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_press(&s, "$");
    CHECK_STR(s.console.flash, "that key does nothing; ? shows those that do");
    CHECK_INT(s.console.message_count, 0);
    stage_press(&s, "g");
    CHECK_STR(s.console.flash, "");
    stage_press(&s, "$");
    CHECK_STR(s.console.flash, "that key does nothing; ? shows those that do");
    stage_press(&s, "gg");
    CHECK_STR(s.console.flash, "");
    stage_close(&s);
}

static void test_no_sentence_is_cut_where_there_is_little_room(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s, 60, 15, STAGE_UTF8);
    stage_freshness(&s, -1, ERR_NET, "no route to AWS");
    stage_expect(&s, "home-offline-60x15");
    stage_press(&s, "c");
    stage_expect(&s, "changes-none-60x15");
    stage_press(&s, "q ?");
    stage_expect(&s, "help-60x15");
    stage_close(&s);
}

static void test_it_is_printed_and_copied(void **state)
{
    struct stage s;
    struct err err;
    struct sb text;
    const struct opened *top;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    add_lake(&s);
    stage_paint(&s);
    sb_init(&text, 1 << 20);
    REQUIRE_OK(console_print(&s.console, &text, &err), &err);
    CHECK_TRUE(sv_find(sb_sv(&text), SV("1. customers: FAIL, 4m; dev FAIL beefcafe 4m; "
                                        "test OK a1b2c3d4")) >= 0);
    top = console_top(&s.console);
    sb_clear(&text);
    REQUIRE_OK(top->screen->copy(top->state, COPY_NAME, &text, &err), &err);
    CHECK_STR(sb_cstr(&text), "customers");
    sb_clear(&text);
    REQUIRE_OK(top->screen->copy(top->state, COPY_ARN, &text, &err), &err);
    CHECK_STR(sb_cstr(&text), "arn:aws:codepipeline:eu-west-1:111111111111:customers-dev");
    sb_clear(&text);
    REQUIRE_OK(top->screen->copy(top->state, COPY_LINK, &text, &err), &err);
    CHECK_STR(sb_cstr(&text), "https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/"
                              "pipelines/customers-dev/view?region=eu-west-1");
    CHECK_TRUE(top->screen->choose(top->state, 2));
    stage_expect_cursor(&s, "orders-etl");
    CHECK_TRUE(!top->screen->choose(top->state, 99));
    sb_release(&text);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_board_at_each_size_and_glyphs),
        TEST(test_no_size_is_too_small_to_draw),
        TEST(test_empty_faces_say_why),
        TEST(test_stale_and_offline_are_told),
        TEST(test_problems_and_filters_narrow_it),
        TEST(test_the_cursor_stays_on_its_row_when_rows_change),
        TEST(test_keys_typed_ahead_are_all_taken),
        TEST(test_a_move_changes_the_gutter_only),
        TEST(test_a_row_or_its_environment_is_opened),
        TEST(test_it_goes_back_in_time_and_returns),
        TEST(test_the_past_is_read_again_when_it_may_differ),
        TEST(test_the_past_begins_with_the_record_and_is_the_boards_only),
        TEST(test_what_changed_meanwhile_is_told_until_esc),
        TEST(test_with_clocks_the_environments_keep_their_columns),
        TEST(test_a_key_that_is_none_says_so),
        TEST(test_no_sentence_is_cut_where_there_is_little_room),
        TEST(test_it_is_printed_and_copied),
    };
    return RUN(tests);
}
