/* What a frame says twice is left out, and nothing else is. */
#include "tui/xterm.h"

#include "tests/unit/check.h"

static void expect(const char *frame, const char *want)
{
    char bytes[256];

    snprintf(bytes, sizeof bytes, "%s", frame);
    bytes[xterm_squeeze(bytes, strlen(bytes))] = '\0';
    CHECK_STR(bytes, want);
}

static void test_the_character_set_is_not_selected_again(void **state)
{
    (void)state;
    expect("\033(B\033[0;7m>\033(B\033[m a", "\033[0;7m>\033[m a");
    expect("\033[0;7m\017>\033[m\017", "\033[0;7m>\033[m");
    expect("(B", "(B");
    expect("\033(0q\033", "\033(0q\033");
}

static void test_a_color_is_not_ended_just_before_everything(void **state)
{
    (void)state;
    expect("\033[32mok\033[39m\033(B\033[m x", "\033[32mok\033[m x");
    expect("\033[32mok\033[39;49m\033[m\017x", "\033[32mok\033[mx");
    expect("\033[39m\033[0;1m\033[31mx", "\033[0;1m\033[31mx");
    expect("\033[39mtext\033[m", "\033[39mtext\033[m");
    expect("\033[39m\033[5;1H", "\033[39m\033[5;1H");
    expect("\033[39m", "\033[39m");
    expect("\033[39", "\033[39");
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
        TEST(test_a_color_is_not_ended_just_before_everything),
        TEST(test_text_stays_as_it_is),
    };

    return RUN(tests);
}
