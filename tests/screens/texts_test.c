/* The screens about the console itself: help, messages, settings. */
#include "core/base/ini.h"
#include "tests/screens/stage.h"

static struct stage stage;

/* Whatever the first screen is: its crumb is not what is tested here. */
static void open_stage(int cols, int rows, enum stage_look look)
{
    stage_open(&stage, cols, rows, look);
    target_set(stage.console.stack[0].target.name, TARGET_NAME_SIZE, SV("Home"));
}

static int open_wide(void **state)
{
    (void)state;
    open_stage(80, 24, STAGE_UTF8);
    return 0;
}

static int open_small(void **state)
{
    (void)state;
    open_stage(60, 15, STAGE_ASCII);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    stage_close(&stage);
    return 0;
}

static bool shows(const char *text)
{
    CLEANUP(sb_release) struct sb row;
    struct err err;

    sb_init(&row, 1 << 16);
    stage_paint(&stage);
    for (int i = 0; i < stage.canvas.rows * stage.canvas.cols; i++) {
        char bytes[4];
        const struct cell *cell =
            canvas_cell(&stage.canvas, i / stage.canvas.cols, i % stage.canvas.cols);

        REQUIRE_OK(sb_add(&row, sv_make(bytes, utf8_encode(cell->ch, bytes)), &err), &err);
    }
    return sv_find(sb_sv(&row), sv_of(text)) >= 0;
}

static const char *top(void)
{
    return console_top(&stage.console)->screen->name;
}

static void test_help_explains_the_screen_below_it_first(void **state)
{
    (void)state;
    stage_press(&stage, "@ ?");
    stage_expect(&stage, "help-of-messages-80x24");
    stage_press(&stage, "G");
    stage_expect(&stage, "help-end-80x24");
    stage_press(&stage, "?");
    CHECK_STR(top(), "messages");
}

static void test_help_is_whole_in_a_small_terminal_without_utf8(void **state)
{
    (void)state;
    stage_press(&stage, "@ ?");
    stage_expect(&stage, "help-of-messages-60x15-ascii");
    stage_press(&stage, "G");
    stage_expect(&stage, "help-end-60x15-ascii");
}

static void test_help_is_searched(void **state)
{
    (void)state;
    stage_press(&stage, "?");
    CHECK_TRUE(!shows("go back to the shell"));
    stage_press(&stage, "/back.*shell|SUPR Enter");
    CHECK_TRUE(shows("go back to the shell"));
    CHECK_TRUE(shows("2 found"));
    CHECK_TRUE(!shows("Superseded"));
    stage_press(&stage, "n");
    CHECK_TRUE(shows("Superseded"));
    stage_press(&stage, "Esc");
    CHECK_STR(top(), "help");
    stage_press(&stage, "Esc");
    CHECK_TRUE(strcmp(top(), "help") != 0);
}

static void test_help_shows_the_keys_as_they_are_bound(void **state)
{
    struct keymap_faults faults = {.count = 0};
    struct ini ini;
    struct err err;

    (void)state;
    REQUIRE_OK(ini_parse(SV("[keys]\nrefresh = $\n"), "config", &ini, &err), &err);
    keymap_apply(&stage.console.keymap, ini_section(&ini, "keys"), "config", &faults);
    ini_release(&ini);
    CHECK_INT(faults.count, 0);
    stage_press(&stage, "? /ask.AWS Enter");
    CHECK_TRUE(shows("$                 ask AWS again, now"));
    CHECK_TRUE(!shows("r F5"));
}

static void test_messages_keep_what_flashed_by(void **state)
{
    (void)state;
    stage_press(&stage, "@");
    stage_expect(&stage, "messages-empty");
    stage_press(&stage, "q");
    stage.console.look.now_ms = stage.now_ms;
    console_flash(&stage.console, STYLE_BAD,
                  "the credentials of prod have expired: aws sso login --profile prod, then r");
    console_flash(&stage.console, STYLE_PLAIN, "ages");
    console_flash(&stage.console, STYLE_PLAIN, "ages");
    stage_press(&stage, "@");
    stage_expect(&stage, "messages-80x24");
}

/* The line below may have no room for all of it. */
static void test_messages_keep_what_is_wrong_with_a_context(void **state)
{
    (void)state;
    stage_freshness(&stage, 60000, ERR_NET, "no route to AWS");
    stage_press(&stage, "@");
    CHECK_TRUE(shows("no route to AWS"));
    CHECK_INT(stage.console.message_count, 1);
    stage_freshness(&stage, 60000, ERR_OK, "");
    stage_paint(&stage);
    stage_freshness(&stage, 60000, ERR_NET, "no route to AWS");
    stage_paint(&stage);
    CHECK_INT(stage.console.message_count, 1);
    CHECK_INT(stage.console.messages[0].times, 2);
    stage_expect(&stage, "messages-error");
}

static void test_the_newest_message_is_in_sight(void **state)
{
    (void)state;
    stage.console.look.now_ms = stage.now_ms;
    for (int i = 0; i < 2 * CONSOLE_MESSAGES; i++)
        console_flash(&stage.console, STYLE_PLAIN, "message %d", i);
    stage_press(&stage, "@");
    stage_expect(&stage, "messages-60x15-ascii");
    CHECK_TRUE(shows("message 399"));
    stage_press(&stage, "gg");
    CHECK_TRUE(shows("~ older ones were dropped"));
    stage_press(&stage, "Space");
    CHECK_TRUE(!shows("~ older ones were dropped"));
}

static void test_settings_hold_at_once(void **state)
{
    (void)state;
    stage_press(&stage, ":settings Enter");
    stage_expect(&stage, "settings-80x24");
    stage_press(&stage, "j Right j Right j Right j Right");
    CHECK_TRUE(!stage.console.look.is_utf8);
    CHECK_TRUE(stage.console.look.is_coarse);
    CHECK_TRUE(stage.console.has_mouse);
    CHECK_INT(stage.console.look.clock, LOOK_UTC);
    CHECK_TRUE(stage.react & REACT_LOOK);
    stage_press(&stage, "k k k k Right");
    CHECK_STR(stage.console.theme, "default");
    stage_expect(&stage, "settings-changed");
    stage_press(&stage, "q");
    CHECK_TRUE(strcmp(top(), "settings") != 0);
    CHECK_TRUE(stage.console.has_mouse);
}

static void test_settings_fit_into_a_small_terminal(void **state)
{
    (void)state;
    stage_press(&stage, ":settings Enter");
    stage_expect(&stage, "settings-60x15-ascii");
}

static void test_settings_are_printed_as_a_section_of_the_config(void **state)
{
    CLEANUP(sb_release) struct sb out;
    struct err err;

    (void)state;
    sb_init(&out, 1 << 16);
    stage_press(&stage, ":settings Enter Down Down Right");
    REQUIRE_OK(console_print(&stage.console, &out, &err), &err);
    CHECK_TRUE(sv_find(sb_sv(&out), SV("[console]\nascii = false\nlow_bandwidth = true\n"
                                       "mouse = false\nclock = age\n")) > 0);
}

#define WIDE(fn)  cmocka_unit_test_setup_teardown(fn, open_wide, leave)
#define SMALL(fn) cmocka_unit_test_setup_teardown(fn, open_small, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIDE(test_help_explains_the_screen_below_it_first),
        SMALL(test_help_is_whole_in_a_small_terminal_without_utf8),
        WIDE(test_help_is_searched),
        WIDE(test_help_shows_the_keys_as_they_are_bound),
        WIDE(test_messages_keep_what_flashed_by),
        WIDE(test_messages_keep_what_is_wrong_with_a_context),
        SMALL(test_the_newest_message_is_in_sight),
        WIDE(test_settings_hold_at_once),
        SMALL(test_settings_fit_into_a_small_terminal),
        WIDE(test_settings_are_printed_as_a_section_of_the_config),
    };
    return RUN(tests);
}
