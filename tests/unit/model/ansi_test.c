/* Colours become runs; whatever else a terminal would act on is gone. */
#include "core/model/ansi.h"
#include "tests/unit/check.h"

static void check(const char *line, const char *want)
{
    struct ansi a;
    struct sb out;
    struct err err;

    /* In one piece, and byte by byte. */
    sb_init(&out, 4096);
    ansi_begin(&a);
    REQUIRE_OK(ansi_add(&a, sv_of(line), &out, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
    sb_clear(&out);
    ansi_begin(&a);
    for (size_t i = 0; line[i] != '\0'; i++)
        REQUIRE_OK(ansi_add(&a, sv_make(line + i, 1), &out, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
    sb_release(&out);
}

static void test_sequences_are_stripped(void **state)
{
    (void)state;
    check("plain \xc3\xa9 \xe9\x9b\x86 text\ttab", "plain \xc3\xa9 \xe9\x9b\x86 text\ttab");
    check("\x1b[31mred\x1b[0m and\x1b[1;4;38;5;200m more\x1b[m", "red and more");
    check("\x1b]0;title\a"
          "a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\b",
          "alinkb");
    check("\x1bP1$r0m\x1b\\a\x1b_apc\x1b\\b\x1b^pm\x1b\\c", "abc");
    check("\x1b[2J\x1b[10;10Ha\x1b[3Ab\x1b[?25lc\x1b(Bd\x1b"
          "7e",
          "abcde");
    check("\xc2\x9b"
          "31ma\xc2\x9d"
          "0;t\x1b\\b\xc2\xa0"
          "c\xc2\x85"
          "d",
          "ab\xc2\xa0"
          "cd");
    check("a\ab\vc\x7f"
          "d",
          "abcd");
    check("\xff\xfe bad \xc2", "\xff\xfe bad ");
    check("\xc2\x1b[31mx", "\xc2x");
    check("end\x1b[", "end");
    check("end\x1b]0;never", "end");
}

static void test_the_last_state_stays(void **state)
{
    (void)state;
    check("10%\r50%\r100% done", "100% done");
    check("windows line\r", "windows line");
    check("\x1b[1G10%\x1b[1G20%", "20%");
    check("abc\x1b[2Kd", "d");
    check("|\b/\b-\b\\", "\\");
    check("na\xc3\xa9\b\bi", "ni");
    check("\b\b\bx", "x");
}

static void test_colours_are_runs(void **state)
{
    struct ansi a;
    struct sb out;
    struct err err;

    (void)state;
    sb_init(&out, 4096);
    ansi_begin(&a);
    REQUIRE_OK(ansi_add(&a, SV("a \x1b[31mred\x1b[1m bold\x1b[0m b \x1b[92;4mgreen"), &out, &err),
               &err);
    CHECK_STR(sb_cstr(&out), "a red bold b green");
    REQUIRE(a.run_count == 3);
    CHECK_INT(a.runs[0].start, 2);
    CHECK_INT(a.runs[0].len, 3);
    CHECK_INT(a.runs[0].colour, ANSI_RED);
    CHECK_INT(a.runs[1].start, 5);
    CHECK_INT(a.runs[1].len, 5);
    CHECK_INT(a.runs[1].attributes, ANSI_BOLD);
    CHECK_INT(a.runs[2].start, 13);
    CHECK_INT(a.runs[2].colour, ANSI_GREEN);
    CHECK_INT(a.runs[2].attributes, ANSI_UNDERLINE);
    /* What is overwritten takes its run along. */
    REQUIRE_OK(ansi_add(&a, SV("\rnew"), &out, &err), &err);
    CHECK_STR(sb_cstr(&out), "new");
    REQUIRE(a.run_count == 1);
    CHECK_INT(a.runs[0].start, 0);
    sb_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sequences_are_stripped),
        TEST(test_the_last_state_stays),
        TEST(test_colours_are_runs),
    };
    return RUN(tests);
}
