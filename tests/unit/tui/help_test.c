/* Help and themes: made from the lists, so nothing can be missing. */
#include "tui/help.h"

#include "tests/unit/check.h"
#include "tui/theme.h"

static bool is_on(const struct canvas *c, const char *text)
{
    for (int row = 0; row < c->rows; row++) {
        char line[256] = "";

        for (int col = 0; col < c->cols && col < 255; col++) {
            uint32_t ch = canvas_cell(c, row, col)->ch;

            line[col] = (char)(ch < 0x7f ? ch : '?');
        }
        if (strstr(line, text) != NULL)
            return true;
    }
    return false;
}

static void test_help_names_every_command_with_its_keys(void **state)
{
    struct help help = {0};
    struct canvas c;

    (void)state;
    canvas_init(&c, 60, 120, true);
    help_open(&help);
    help_draw(&help, &c, (struct rect){0, 0, 60, 120});
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        CHECK_TRUE(is_on(&c, command_info((enum command)i)->keys));
        CHECK_TRUE(is_on(&c, command_info((enum command)i)->help));
    }
    for (int i = 0; i < STATUS_COUNT; i++)
        CHECK_TRUE(is_on(&c, status_word((enum status)i)));
    canvas_release(&c);
}

static void test_help_scrolls_within_its_lines_and_closes(void **state)
{
    struct help help = {0};

    (void)state;
    help_open(&help);
    CHECK_TRUE(help_handle(&help, CMD_UP, 10));
    CHECK_INT(help.top, 0);
    CHECK_TRUE(help_handle(&help, CMD_LAST, 10));
    CHECK_TRUE(help.top > 0);
    int last = help.top;
    CHECK_TRUE(help_handle(&help, CMD_DOWN, 10));
    CHECK_INT(help.top, last);
    CHECK_TRUE(!help_handle(&help, CMD_SORT, 10));
    CHECK_TRUE(help.is_open);
    CHECK_TRUE(help_handle(&help, CMD_BACK, 10));
    CHECK_TRUE(!help.is_open);
    help_open(&help);
    CHECK_TRUE(help_handle(&help, CMD_LAST, 1000));
    CHECK_INT(help.top, 0);
}

/* Colour is the third signal: without it trouble must still not look like anything else. */
static void test_themes_tell_trouble_apart_without_colours(void **state)
{
    const struct theme *mono = theme_choose(256, "1");

    (void)state;
    CHECK_STR(mono->name, "mono");
    CHECK_STR(theme_choose(0, NULL)->name, "mono");
    CHECK_STR(theme_choose(8, "")->name, "default");
    for (int i = 0; i < STYLE_COUNT; i++)
        CHECK_INT(mono->looks[i].color, THEME_DEFAULT);
    CHECK_TRUE(mono->looks[STYLE_BAD].attrs != mono->looks[STYLE_GOOD].attrs);
    CHECK_TRUE(mono->looks[STYLE_BAD].attrs != mono->looks[STYLE_BUSY].attrs);
    CHECK_TRUE(mono->looks[STYLE_ATTENTION].attrs != mono->looks[STYLE_GOOD].attrs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_help_names_every_command_with_its_keys),
        TEST(test_help_scrolls_within_its_lines_and_closes),
        TEST(test_themes_tell_trouble_apart_without_colours),
    };
    return RUN(tests);
}
