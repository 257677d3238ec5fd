/* The pipelines screen, as a person meets it. */
#include "tests/screens/stage.h"

static void open_list(struct stage *s, int cols, int rows, enum stage_look look)
{
    stage_open(s, cols, rows, look);
    stage_press(s, "p");
}

static void test_the_fleet_at_each_size_and_glyphs(void **state)
{
    static const struct {
        int cols;
        int rows;
        enum stage_look look;
        const char *golden;
    } looks[] = {
        {80, 24, STAGE_UTF8, "pipelines-80x24"},   {80, 24, STAGE_ASCII, "pipelines-80x24-ascii"},
        {60, 15, STAGE_UTF8, "pipelines-60x15"},   {60, 15, STAGE_ASCII, "pipelines-60x15-ascii"},
        {200, 50, STAGE_UTF8, "pipelines-200x50"}, {200, 50, STAGE_ASCII, "pipelines-200x50-ascii"},
        {59, 14, STAGE_UTF8, "too-small"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
        struct stage s;

        open_list(&s, looks[i].cols, looks[i].rows, looks[i].look);
        stage_add_fleet(&s);
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

            open_list(&s, cols, rows, STAGE_UTF8);
            stage_add_fleet(&s);
            stage_press(&s, "j Enter G ? j q /a");
            stage_paint(&s);
            stage_close(&s);
        }
    }
}

static void test_empty_faces_say_why(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_freshness(&s, -1, ERR_OK, "");
    stage_expect(&s, "empty-loading");
    stage_freshness(&s, -1, ERR_AUTH, "the credentials have expired");
    stage_expect(&s, "empty-error");
    stage_freshness(&s, 1000, ERR_OK, "");
    stage_expect(&s, "empty-synced");
    stage_press(&s, "/nothing Enter");
    stage_expect(&s, "empty-filtered");
    stage_close(&s);
}

static void test_stale_offline_and_failing_are_told(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    stage_freshness(&s, (int64_t)3 * 3600 * 1000, ERR_OK, "");
    stage_expect(&s, "stale");
    stage_freshness(&s, 720000, ERR_NET, "cannot reach codepipeline.eu-west-1.amazonaws.com");
    stage_expect(&s, "offline");
    stage_freshness(&s, 720000, ERR_DENIED, "not allowed: codepipeline:ListPipelines");
    stage_expect(&s, "denied");
    stage_freshness(&s, 720000, ERR_AUTH,
                    "the temporary credentials of the profile cicd have expired; run aws sso login "
                    "--profile cicd");
    stage_expect(&s, "long-sentence");
    stage_close(&s);
}

static void test_moving_keys(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_many(&s, 200);
    stage_press(&s, "s j Enter"); /* by name */
    stage_expect_cursor(&s, "many-0000");
    stage_press(&s, "j Down");
    stage_expect_cursor(&s, "many-0002");
    stage_press(&s, "k Up k");
    stage_expect_cursor(&s, "many-0000");
    stage_press(&s, "G");
    stage_expect_cursor(&s, "many-0199");
    stage_press(&s, "gg");
    stage_expect_cursor(&s, "many-0000");
    stage_press(&s, "End Home ^D");
    stage_expect_cursor(&s, "many-0009");
    stage_press(&s, "^U PgDn");
    stage_expect_cursor(&s, "many-0019");
    stage_press(&s, "^F ^F ^F ^F ^F");
    stage_expect_cursor(&s, "many-0114");
    stage_press(&s, "PgUp ^B");
    stage_expect_cursor(&s, "many-0076");
    stage_close(&s);
}

/* Two hundred keys typed ahead are two hundred moves, whatever is in memory. */
static void test_keys_typed_ahead_are_all_taken(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_many(&s, 250);
    stage_press(&s, "s j Enter");
    for (int i = 0; i < 200; i++)
        console_key(&s.console, 'j');
    stage_expect_cursor(&s, "many-0200");
    for (int i = 0; i < 150; i++)
        console_key(&s.console, 'k');
    stage_expect_cursor(&s, "many-0050");
    stage_close(&s);
}

static void test_the_cursor_stays_on_its_row_when_rows_change(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    stage_press(&s, "/!x Esc");
    stage_press(&s, "gg j j");
    stage_expect_cursor(&s, "customers-prod");
    stage_add(&s, &(struct stage_pipeline){.name = "aaa-fails-now",
                                           .stages = "Source=Failed",
                                           .status = "Failed",
                                           .error = "boom",
                                           .age_s = 1});
    stage_expect_cursor(&s, "customers-prod");
    stage_expect(&s, "cursor-stays");
    stage_add(&s, &(struct stage_pipeline){.name = "customers-prod",
                                           .stages = "Source-prod=Succeeded "
                                                     "Deploy-Stage-prod=Succeeded",
                                           .status = "Succeeded",
                                           .age_s = 0});
    stage_expect_cursor(&s, "customers-prod");
    stage_close(&s);
}

/* While the list fills for the first time the cursor waits on the first row, until it is moved. */
static void test_the_cursor_waits_at_the_top_while_the_list_fills(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_freshness(&s, -1, ERR_OK, "");
    stage_add_many(&s, 3);
    stage_expect_cursor(&s, "many-0000");
    stage_add_fleet(&s);
    stage_expect_cursor(&s, "customers-dev");
    stage_press(&s, "j k");
    stage_add(&s, &(struct stage_pipeline){.name = "aaa-fails-now",
                                           .stages = "Source=Failed",
                                           .status = "Failed",
                                           .age_s = 1});
    stage_expect_cursor(&s, "customers-dev");
    stage_close(&s);
}

static void test_the_cursor_stays_deep_in_a_long_list(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_many(&s, 120);
    stage_press(&s, "s j Enter ^F ^F ^F");
    stage_expect_cursor(&s, "many-0057");
    for (int i = 0; i < 30; i++) {
        char name[16];

        snprintf(name, sizeof name, "early-%02d", i);
        stage_add(&s, &(struct stage_pipeline){.name = name, .stages = "Source="});
    }
    stage_expect_cursor(&s, "many-0057");
    stage_press(&s, "k");
    stage_expect_cursor(&s, "many-0056");
    stage_close(&s);
}

static void test_a_row_that_is_gone_leaves_the_cursor_with_its_neighbour(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_many(&s, 60);
    stage_press(&s, "s j Enter ^F");
    stage_expect_cursor(&s, "many-0019");
    stage_remove(&s, "many-0019");
    stage_expect_cursor(&s, "many-0020");
    stage_press(&s, "G");
    stage_remove(&s, "many-0059");
    stage_expect_cursor(&s, "many-0058");
    stage_close(&s);
}

static void test_the_filter_is_live(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    stage_press(&s, "/cust Enter j");
    stage_expect_cursor(&s, "customers-prod");
    stage_press(&s, "Esc gg /cust");
    stage_expect(&s, "filter-typing");
    stage_press(&s, "Enter");
    stage_expect(&s, "filter-kept");
    stage_press(&s, "j");
    stage_expect_cursor(&s, "customers-prod");
    stage_press(&s, "Esc");
    stage_expect_cursor(&s, "customers-prod");
    CHECK_INT(console_top(&s.console)->filter.len, 0);
    stage_press(&s, "/!customers Enter");
    stage_expect(&s, "filter-inverse");
    stage_press(&s, "/ Backspace ^U");
    CHECK_INT(s.console.facts.matches, 8);
    stage_press(&s, "zzz Esc");
    CHECK_INT(s.console.overlay, OVERLAY_NONE);
    CHECK_INT(s.console.facts.matches, 8);
    stage_close(&s);
}

/* Its last list stays, so nothing may look as if the wrong filter had made it. */
static void test_a_filter_that_is_none_cannot_be_kept(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    stage_press(&s, "/re:( Enter");
    CHECK_INT(s.console.overlay, OVERLAY_FILTER);
    CHECK_INT(strncmp(s.console.flash, "no valid pattern", 16), 0);
    stage_press(&s, "Enter");
    CHECK_INT(strncmp(s.console.flash, "no valid pattern", 16), 0);
    stage_press(&s, "Backspace cust Enter");
    CHECK_INT(s.console.overlay, OVERLAY_NONE);
    CHECK_STR(s.console.flash, "");
    console_command(&s.console, SV("filter nosuch:x"));
    CHECK_INT(s.console.overlay, OVERLAY_NONE);
    CHECK_INT(strncmp(s.console.flash, "there is no field", 17), 0);
    CHECK_SV(edit_text(&console_top(&s.console)->filter), SV("re:cust"));
    stage_close(&s);
}

static void test_a_filter_in_a_long_list_counts_its_matches(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_many(&s, 150);
    stage_press(&s, "/many-01 Enter");
    CHECK_INT(s.console.facts.matches, 50);
    CHECK_INT(s.console.counts.total, 150);
    stage_close(&s);
}

/* The stage in trouble is seen in a strip that is too long. */
/* On both screens that share the list. Of three matches the last is too far to be seen. */
static void test_a_filter_looks_at_so_many_rows_and_says_so(void **state)
{
    static const char *const screens_with_it[] = {"pipelines", "home"};
    struct stage s;

    (void)state;
    stage_open(&s, 80, 24, STAGE_UTF8);
    stage_add_many(&s, 10060);
    for (size_t i = 0; i < ARRAY_LEN(screens_with_it); i++) {
        console_command(&s.console, sv_of(screens_with_it[i]));
        stage_press(&s, "/name:re:many-(0005|0010|10050)$ Enter");
        CHECK_INT(s.console.facts.matches, 2);
        CHECK_TRUE(s.console.facts.has_more_matches);
        stage_expect_cursor(&s, "many-0005");
        stage_press(&s, "j");
        stage_expect_cursor(&s, "many-0010");
        stage_press(&s, "G");
        stage_expect_cursor(&s, "many-10050");
        stage_press(&s, "gg");
        stage_expect_cursor(&s, "many-0005");
        stage_press(&s, "/^U name:many-10050 Enter");
        CHECK_INT(s.console.facts.matches, 0);
        CHECK_TRUE(s.console.facts.has_more_matches);
        stage_press(&s, "/^U name:many-0020 Enter G");
        stage_expect_cursor(&s, "many-0020");
        CHECK_INT(s.console.facts.matches, 1);
        stage_press(&s, "Esc");
    }
    stage_close(&s);
}

static void test_long_strips_show_the_trouble(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 60, 15, STAGE_UTF8);
    stage_add(&s, &(struct stage_pipeline){.name = "fits",
                                           .stages = "1=Succeeded 2=Succeeded 3=Succeeded "
                                                     "4=Succeeded 5=Succeeded 6=Succeeded "
                                                     "7=Succeeded 8=Failed",
                                           .status = "Failed"});
    stage_add(&s, &(struct stage_pipeline){.name = "late-trouble",
                                           .stages = "1=Succeeded 2=Succeeded 3=Succeeded "
                                                     "4=Succeeded 5=Succeeded 6=Succeeded "
                                                     "7=Succeeded 8=Succeeded 9=Failed 10=",
                                           .status = "Failed"});
    stage_add(&s, &(struct stage_pipeline){.name = "early-trouble",
                                           .stages = "1=Failed 2= 3= 4= #5= #6= #7= 8= 9= 10=",
                                           .status = "Failed"});
    stage_expect(&s, "long-strips");
    stage_close(&s);
}

static void test_an_order_is_chosen_and_reversed(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    stage_expect_cursor(&s, "customers-dev");
    stage_press(&s, "s j Enter");
    stage_expect_cursor(&s, "billing-export");
    stage_press(&s, "S");
    stage_expect(&s, "sort-name-reversed");
    stage_press(&s, ":sort Space attention Enter");
    stage_expect_cursor(&s, "customers-dev");
    stage_close(&s);
}

/* An idle console must not write: nothing may differ while nothing changes but the clock. */
static void test_an_idle_screen_does_not_change(void **state)
{
    struct stage s;
    struct canvas before;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_many(&s, 30);
    stage_paint(&s);
    CHECK_TRUE(console_next_tick(&s.console) > 10000);
    canvas_init(&before, 24, 80, true);
    console_draw(&s.console, &before);
    s.now_ms += 9000;
    stage_paint(&s);
    for (int i = 0; i < 24 * 80; i++)
        CHECK_TRUE(cell_eq(&before.cells[i], &s.canvas.cells[i]));
    canvas_release(&before);
    stage_add(
        &s, &(struct stage_pipeline){
                .name = "young", .stages = "Source=Succeeded", .status = "Succeeded", .age_s = 5});
    stage_paint(&s);
    CHECK_TRUE(console_next_tick(&s.console) <= 10000);
    stage_close(&s);
}

static void test_an_approval_that_waits_comes_first_whatever_ran_later(void **state)
{
    static const struct stage_pipeline pipelines[] = {
        {.name = "running",
         .stages = "Source=Succeeded Build=InProgress",
         .status = "InProgress",
         .age_s = 5},
        {.name = "stopped-later",
         .stages = "Source=Stopped Approve=Waiting",
         .status = "Stopped",
         .age_s = 7200},
    };
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    for (size_t i = 0; i < ARRAY_LEN(pipelines); i++)
        stage_add(&s, &pipelines[i]);
    stage_press(&s, "gg");
    stage_expect_cursor(&s, "stopped-later");
    stage_close(&s);
}

static void test_rows_of_other_accounts_are_not_shown(void **state)
{
    struct stage s;

    (void)state;
    open_list(&s, 80, 24, STAGE_UTF8);
    stage_add_fleet(&s);
    stage_add(&s, &(struct stage_pipeline){.name = "not-ours",
                                           .stages = "Source=Failed",
                                           .status = "Failed",
                                           .age_s = 1,
                                           .is_elsewhere = true});
    stage_expect(&s, "pipelines-80x24");
    stage_press(&s, "G gg j k");
    stage_expect(&s, "pipelines-80x24");
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_fleet_at_each_size_and_glyphs),
        TEST(test_no_size_is_too_small_to_draw),
        TEST(test_empty_faces_say_why),
        TEST(test_stale_offline_and_failing_are_told),
        TEST(test_moving_keys),
        TEST(test_keys_typed_ahead_are_all_taken),
        TEST(test_the_cursor_stays_on_its_row_when_rows_change),
        TEST(test_the_cursor_waits_at_the_top_while_the_list_fills),
        TEST(test_the_cursor_stays_deep_in_a_long_list),
        TEST(test_a_row_that_is_gone_leaves_the_cursor_with_its_neighbour),
        TEST(test_the_filter_is_live),
        TEST(test_a_filter_that_is_none_cannot_be_kept),
        TEST(test_a_filter_in_a_long_list_counts_its_matches),
        TEST(test_a_filter_looks_at_so_many_rows_and_says_so),
        TEST(test_long_strips_show_the_trouble),
        TEST(test_an_order_is_chosen_and_reversed),
        TEST(test_an_idle_screen_does_not_change),
        TEST(test_an_approval_that_waits_comes_first_whatever_ran_later),
        TEST(test_rows_of_other_accounts_are_not_shown),
    };
    return RUN(tests);
}
