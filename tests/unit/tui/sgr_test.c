/* What a frame says of attributes is said briefly, and what is seen stays the same. */
#include "tui/sgr.h"

#include "tests/unit/check.h"

static void expect_as(const char *frame, bool is_first, const char *want)
{
    struct sb out;
    struct err err;

    sb_init(&out, 4096);
    REQUIRE_OK(sgr_squeeze(sv_of(frame), is_first, &out, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
    sb_release(&out);
}

static void expect(const char *frame, const char *want)
{
    expect_as(frame, false, want);
}

static void test_the_character_set_is_not_selected_again(void **state)
{
    (void)state;
    expect("\033(B\033[0;7m>\033(B\033[m a", "\033[7m>\033[m a");
    expect("\033[0;7m\017>\033[m\017", "\033[7m>\033[m");
    expect("(B", "(B");
    expect("\033(0q\033", "\033(0q\033");
}

static void test_attribute_and_color_are_said_together(void **state)
{
    (void)state;
    expect("\033[0;1m\033[31mx\033[39m\033(B\033[m y", "\033[1;31mx \033[my");
    expect("\033[32mok\033[39m\033[0;1m\033[36mon\033[m", "\033[32mok\033[1;36mon\033[m");
    expect("\033[38;5;208mx\033[39mz", "\033[38;5;208mx\033[mz");
    expect("\033[0;1m\033[91mx\033[m\033[0;2my\033[m", "\033[1;91mx\033[0;2my\033[m");
}

static void test_a_blank_between_two_of_a_kind_ends_nothing(void **state)
{
    (void)state;
    expect("\033[31mx\033[m \033[31mFAIL\033[m name", "\033[31mx FAIL \033[mname");
    expect("\033[7m>\033[m \033[7m>\033[m", "\033[7m>\033[m \033[7m>\033[m");
    expect("\033[4ma\033[m b", "\033[4ma\033[m b");
}

static void test_nothing_moves_or_erases_with_an_attribute(void **state)
{
    (void)state;
    expect("\033[31mx\033[m\033[5;1H\033[K", "\033[31mx\033[m\033[5;1H\033[K");
    expect("\033[31mx\033[m\033[2S\033[31my\033[m", "\033[31mx\033[m\033[2S\033[31my\033[m");
}

static void test_a_first_frame_believes_nothing(void **state)
{
    (void)state;
    expect_as("\033(B\033[m\033[H\033[2J \033(B\033[0;1mx\033(B\033[m", true,
              "\033(B\033[m\033[H\033[2J \033[1mx\033[m");
    expect_as("x", true, "\033[mx");
}

static void test_an_attribute_that_is_not_followed_passes(void **state)
{
    (void)state;
    expect("\033[5mx\033[mz", "\033[5mx\033[mz");
    expect("\033[39", "\033[39");
    expect("\033[>4;1mx", "\033[>4;1mx");
}

static void test_text_stays_as_it_is(void **state)
{
    (void)state;
    expect("", "");
    expect("\342\234\223 OK [39m [m", "\342\234\223 OK [39m [m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_character_set_is_not_selected_again),
        TEST(test_attribute_and_color_are_said_together),
        TEST(test_a_blank_between_two_of_a_kind_ends_nothing),
        TEST(test_nothing_moves_or_erases_with_an_attribute),
        TEST(test_a_first_frame_believes_nothing),
        TEST(test_an_attribute_that_is_not_followed_passes),
        TEST(test_text_stays_as_it_is),
    };

    return RUN(tests);
}
