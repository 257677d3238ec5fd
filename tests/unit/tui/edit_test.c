/* The line editor: characters are edited whole, the line has an end, foreign keys pass by. */
#include "tui/edit.h"

#include "tests/unit/check.h"
#include "tui/key.h"

static void type(struct edit *e, const char *text)
{
    struct sv rest = sv_of(text);

    while (rest.len > 0)
        edit_key(e, utf8_next(&rest));
}

static void test_whole_characters_are_erased_and_passed(void **state)
{
    struct edit e = {0};

    (void)state;
    type(&e, "aé日");
    CHECK_INT(edit_key(&e, KEYCODE_LEFT), EDIT_MOVED);
    CHECK_INT(edit_key(&e, KEYCODE_BACKSPACE), EDIT_CHANGED);
    CHECK_SV(edit_text(&e), SV("a日"));
    CHECK_INT(edit_key(&e, KEYCODE_DELETE), EDIT_CHANGED);
    CHECK_SV(edit_text(&e), SV("a"));
    CHECK_INT(edit_key(&e, KEYCODE_DELETE), EDIT_MOVED);
    CHECK_INT(edit_key(&e, KEYCODE_HOME), EDIT_MOVED);
    CHECK_INT(edit_key(&e, KEYCODE_BACKSPACE), EDIT_MOVED);
    type(&e, "z");
    CHECK_SV(edit_text(&e), SV("za"));
}

static void test_words_and_lines_are_erased(void **state)
{
    struct edit e = {0};

    (void)state;
    type(&e, "one two ");
    edit_key(&e, KEY_CONTROL('W'));
    CHECK_SV(edit_text(&e), SV("one "));
    edit_key(&e, KEY_CONTROL('U'));
    CHECK_SV(edit_text(&e), SV(""));
}

static void test_the_line_ends_at_its_cap_with_whole_characters(void **state)
{
    struct edit e = {0};

    (void)state;
    for (int i = 0; i < 2 * EDIT_SIZE; i++)
        type(&e, "日");
    CHECK_INT(e.len, EDIT_SIZE / 3 * 3);
    CHECK_INT(e.at, e.len);
}

static void test_keys_that_edit_nothing_are_left_to_others(void **state)
{
    struct edit e = {0};

    (void)state;
    CHECK_INT(edit_key(&e, KEYCODE_DOWN), EDIT_IGNORED);
    CHECK_INT(edit_key(&e, KEY_CONTROL('L')), EDIT_IGNORED);
    CHECK_INT(edit_key(&e, 0x9b), EDIT_IGNORED);
    CHECK_INT(edit_key(&e, 0x202e), EDIT_IGNORED);
    CHECK_INT(edit_key(&e, KEYCODE_ENTER), EDIT_DONE);
    CHECK_INT(edit_key(&e, KEYCODE_ESC), EDIT_CANCELLED);
}

static void test_a_paste_is_cleaned_and_cut_at_the_cap(void **state)
{
    struct edit e = {0};
    bool is_cut = true;

    (void)state;
    type(&e, "ad");
    edit_key(&e, KEYCODE_LEFT);
    CHECK_INT(edit_paste(&e, SV("\n b\r\x1b[1m\tc\xe2\x80\xae\n"), &is_cut), EDIT_CHANGED);
    CHECK_SV(edit_text(&e), SV("ab [1m cd"));
    CHECK_TRUE(!is_cut);
    for (int i = 0; i < EDIT_SIZE; i++)
        edit_paste(&e, SV("日"), &is_cut);
    CHECK_TRUE(is_cut);
    CHECK_TRUE(e.len > EDIT_SIZE - 3 && e.len <= EDIT_SIZE);
    CHECK_INT(edit_paste(&e, SV(""), NULL), EDIT_MOVED);
}

static void test_a_character_and_its_marks_are_one(void **state)
{
    struct edit e = {0};

    (void)state;
    edit_paste(&e, SV("ae\xcc\x81\xcc\x82o"), NULL);
    edit_key(&e, KEYCODE_LEFT);
    edit_key(&e, KEYCODE_BACKSPACE);
    CHECK_SV(edit_text(&e), SV("ao"));
    edit_key(&e, KEYCODE_HOME);
    edit_key(&e, KEY_CONTROL('K'));
    CHECK_SV(edit_text(&e), SV(""));
}

static void test_the_cursor_stays_in_sight(void **state)
{
    struct canvas c;
    struct edit e = {0};

    (void)state;
    canvas_init(&c, 1, 8, true);
    type(&e, "abcdefghijkl");
    edit_draw(&e, &c, 0, 0, 6);
    CHECK_INT(canvas_cell(&c, 0, 4)->ch, 'l');
    CHECK_INT(canvas_cell(&c, 0, 5)->style, STYLE_EDIT);
    CHECK_INT(canvas_cell(&c, 0, 6)->style, STYLE_PLAIN);
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_whole_characters_are_erased_and_passed),
        TEST(test_words_and_lines_are_erased),
        TEST(test_the_line_ends_at_its_cap_with_whole_characters),
        TEST(test_keys_that_edit_nothing_are_left_to_others),
        TEST(test_a_paste_is_cleaned_and_cut_at_the_cap),
        TEST(test_a_character_and_its_marks_are_one),
        TEST(test_the_cursor_stays_in_sight),
    };
    return RUN(tests);
}
