/* The wizard's pages at each size, and on short memory. */
#include "tests/screens/creating.h"

#include "core/base/mem.h"

enum { FAILURES_MAX = 20000 };

/* ---- memory ---- */

static bool load_failing(long n)
{
    bool is_reached;

    stage.console.needs_load = true;
    mem_fail_at(n);
    console_load(&stage.console);
    is_reached = mem_count() >= n;
    mem_fail_at(0);
    return is_reached;
}

static void test_a_load_that_fails_loses_nothing(void **state)
{
    bool is_reached = true;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(4);
    for (long n = 1; is_reached && n < FAILURES_MAX; n++) {
        is_reached = load_failing(n);
        console_draw(&stage.console, &stage.canvas);
        CHECK_TRUE(shows("us-east-1"));
    }
    CHECK_TRUE(!is_reached);
}

static void test_a_draft_is_opened_once_there_is_memory(void **state)
{
    bool is_reached = true;

    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn");
    fill_environments(2);
    for (long n = 1; is_reached && n < FAILURES_MAX; n++) {
        console_command(&stage.console, SV("home"));
        stage_press(&stage, "C");
        console_load(&stage.console);
        console_key(&stage.console, KEYCODE_ENTER); /* the wish; the next load grants it */
        is_reached = load_failing(n);
        stage.console.needs_load = true;
        CHECK_TRUE(shows("the orders"));
    }
    CHECK_TRUE(!is_reached);
}

/* ---- faces ---- */

static void expect_pages(const char *size)
{
    static const char *const pages[] = {"details",      "cicd",   "strategy",
                                        "environments", "source", "review"};

    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        char golden[96];

        snprintf(golden, sizeof golden, "create-%s-%s", pages[i], size);
        stage_expect(&stage, golden);
        stage_press(&stage, "PgDn");
    }
}

static void test_each_page_at_each_size_and_glyphs(void **state)
{
    static const struct {
        int cols;
        int rows;
        enum stage_look look;
        const char *name;
    } looks[] = {
        {80, 24, STAGE_UTF8, "80x24"},   {80, 24, STAGE_ASCII, "80x24-ascii"},
        {60, 15, STAGE_UTF8, "60x15"},   {60, 15, STAGE_ASCII, "60x15-ascii"},
        {200, 50, STAGE_UTF8, "200x50"}, {200, 50, STAGE_ASCII, "200x50-ascii"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
        begin_at(looks[i].cols, looks[i].rows, looks[i].look);
        fill_details();
        stage_press(&stage, "PgDn PgDn");
        fill_environments(2);
        stage_press(&stage, "PgUp PgUp PgUp");
        expect_pages(looks[i].name);
        end();
    }
}

static void test_one_and_four_environments_in_both_strategies(void **state)
{
    static const int counts[] = {1, 4};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        char golden[64];

        begin_at(80, 24, STAGE_UTF8);
        fill_details();
        stage_press(&stage, "PgDn PgDn");
        fill_environments(counts[i]);
        snprintf(golden, sizeof golden, "create-environments-of-%d", counts[i]);
        stage_expect(&stage, golden);
        stage_press(&stage, "PgUp");
        snprintf(golden, sizeof golden, "create-trunk-of-%d", counts[i]);
        stage_expect(&stage, golden);
        stage_press(&stage, "Right");
        snprintf(golden, sizeof golden, "create-gitflow-of-%d", counts[i]);
        stage_expect(&stage, golden);
        end();
    }
}

static void test_the_picker_filters_as_one_types(void **state)
{
    (void)state;
    fill_details();
    stage_press(&stage, "PgDn PgDn a");
    stage_expect(&stage, "create-picker");
    stage_press(&stage, "eu-w");
    CHECK_TRUE(shows("prod-eu") && !shows("us-east-1"));
    stage_press(&stage, "^U zzz");
    CHECK_TRUE(shows("none is like that"));
    stage_press(&stage, "Esc");
    CHECK_TRUE(shows("a adds an environment"));
}

static void test_no_size_is_too_small_to_draw(void **state)
{
    (void)state;
    for (int cols = 1; cols < 90; cols += 7) {
        for (int rows = 1; rows < 26; rows += 4) {
            begin_at(80, 24, STAGE_UTF8);
            fill_details();
            stage_press(&stage, "PgDn PgDn");
            fill_environments(4);
            console_resize(&stage.console, rows, cols);
            canvas_resize(&stage.canvas, rows, cols);
            for (int page = 0; page < 6; page++)
                stage_press(&stage, "PgUp");
            for (int page = 0; page < 6; page++) {
                stage_paint(&stage);
                stage_press(&stage, "PgDn");
            }
            end();
        }
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_load_that_fails_loses_nothing),
        CASE(test_a_draft_is_opened_once_there_is_memory),
        cmocka_unit_test(test_each_page_at_each_size_and_glyphs),
        cmocka_unit_test(test_one_and_four_environments_in_both_strategies),
        CASE(test_the_picker_filters_as_one_types),
        cmocka_unit_test(test_no_size_is_too_small_to_draw),
    };

    return RUN(tests);
}
