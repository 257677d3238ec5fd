#include "core/base/text.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

static void test_sb_stops_at_its_cap(void **state)
{
    struct err err = {0};
    struct sb sb;

    (void)state;
    sb_init(&sb, 5);
    CHECK_STR(sb_cstr(&sb), "");
    CHECK_INT(sb_add(&sb, SV("hello"), &err), ERR_OK);
    CHECK_INT(sb_add(&sb, SV("!"), &err), ERR_LIMIT);
    CHECK_INT(sb_addc(&sb, '!', &err), ERR_LIMIT);
    CHECK_INT(sb_addf(&sb, &err, "%d", 1), ERR_LIMIT);
    CHECK_STR(sb_cstr(&sb), "hello");
    CHECK_STR(err.text, "text over 5 bytes");
    sb_clear(&sb);
    CHECK_INT(sb_addf(&sb, &err, "%s-%d", "ab", 12), ERR_OK);
    CHECK_SV(sb_sv(&sb), SV("ab-12"));
    sb_release(&sb);
    CHECK_INT(sb.len, 0);
    CHECK_INT(sb_add(&sb, SV("again"), &err), ERR_OK);
    sb_release(&sb);
}

static void test_sb_keeps_its_text_when_memory_is_short(void **state)
{
    struct err err = {0};
    struct sb sb;
    char many[1000];

    (void)state;
    memset(many, 'x', sizeof many);
    sb_init(&sb, 10000);
    REQUIRE_OK(sb_add(&sb, SV("kept"), &err), &err);
    mem_fail_at(1);
    CHECK_INT(sb_add(&sb, sv_make(many, sizeof many), &err), ERR_LIMIT);
    mem_fail_at(0);
    CHECK_STR(sb_cstr(&sb), "kept");
    sb_release(&sb);
}

static void test_views_are_cut_and_compared(void **state)
{
    struct sv rest;

    (void)state;
    CHECK_SV(sv_cut(SV("a=b=c"), '=', &rest), SV("a"));
    CHECK_SV(rest, SV("b=c"));
    CHECK_SV(sv_cut(SV("abc"), '=', &rest), SV("abc"));
    CHECK_TRUE(rest.ptr == NULL);
    CHECK_SV(sv_cut(SV("a="), '=', &rest), SV("a"));
    CHECK_INT(rest.len, 0);
    CHECK_SV(sv_trim(SV(" \t a b\r\n")), SV("a b"));
    CHECK_SV(sv_trim(SV(" \n ")), SV(""));
    CHECK_SV(sv_drop(SV("abc"), 9), SV(""));
    CHECK_SV(sv_take(SV("abc"), 9), SV("abc"));
    CHECK_TRUE(sv_eq(SV(""), SV_NONE));
    CHECK_TRUE(sv_eq_nocase(SV("Content-TYPE"), SV("content-type")));
    CHECK_TRUE(!sv_eq_nocase(SV("a["), SV("a{")));
    CHECK_TRUE(sv_cmp(SV("a"), SV("ab")) < 0 && sv_cmp(SV("b"), SV("ab")) > 0);
    CHECK_TRUE(sv_cmp(SV("\xc3"), SV("z")) > 0);
    CHECK_TRUE(sv_starts(SV("abc"), SV("ab")) && !sv_starts(SV("a"), SV("ab")));
    CHECK_TRUE(sv_ends(SV("abc"), SV("bc")) && !sv_ends(SV("c"), SV("bc")));
    CHECK_INT(sv_find(SV("abcbc"), SV("bc")), 1);
    CHECK_INT(sv_find(SV("ab"), SV("abc")), -1);
    CHECK_INT(sv_find(SV("ab"), SV("")), 0);
    CHECK_TRUE(sv_of(NULL).ptr == NULL);
}

static void test_integers_are_read_whole_or_not(void **state)
{
    static const char *const bad[] = {"", "-", "1a", " 1", "+1", "9223372036854775808", "0x1"};
    int64_t value = 7;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_TRUE(!sv_to_int(sv_of(bad[i]), &value));
    CHECK_INT(value, 7);
    CHECK_TRUE(sv_to_int(SV("-9223372036854775807"), &value));
    CHECK_INT(value, -INT64_MAX);
    CHECK_TRUE(sv_to_int(SV("9223372036854775807"), &value));
    CHECK_INT(value, INT64_MAX);
    CHECK_TRUE(sv_to_int(SV("007"), &value));
    CHECK_INT(value, 7);
}

static void expect_utf8(struct sv text, uint32_t first, size_t taken)
{
    struct sv rest = text;

    CHECK_INT(utf8_next(&rest), first);
    CHECK_INT(text.len - rest.len, taken);
}

/* Unicode 15, table 3-7: overlong forms, surrogates, too large and cut sequences. */
static void test_broken_utf8_takes_one_byte(void **state)
{
    (void)state;
    expect_utf8(SV("\xe2\x82\xac"), 0x20ac, 3);
    expect_utf8(SV("\xf0\x9f\x98\x80"), 0x1f600, 4);
    expect_utf8(SV("\xc0\x80"), 0xfffd, 1);
    expect_utf8(SV("\xe0\x80\x80"), 0xfffd, 1);
    expect_utf8(SV("\xed\xa0\x80"), 0xfffd, 1);
    expect_utf8(SV("\xf4\x90\x80\x80"), 0xfffd, 1);
    expect_utf8(SV("\xf8\x88\x80\x80\x80"), 0xfffd, 1);
    expect_utf8(SV("\xe2\x82"), 0xfffd, 1);
    expect_utf8(SV("\x80"), 0xfffd, 1);
    expect_utf8(SV("\xff"), 0xfffd, 1);
    expect_utf8(SV(""), 0, 0);
}

static void test_characters_survive_encoding(void **state)
{
    static const uint32_t rows[] = {1, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char bytes[4];
        size_t len = utf8_encode(rows[i], bytes);

        expect_utf8(sv_make(bytes, len), rows[i], len);
    }
}

static void expect_safe(struct sv text, const char *want)
{
    struct err err = {0};
    struct sb out;

    sb_init(&out, 100);
    REQUIRE_OK(sb_add_safe(&out, text, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
    sb_release(&out);
}

#define GONE "\xef\xbf\xbd"

static void test_what_a_terminal_would_obey_is_replaced(void **state)
{
    (void)state;
    expect_safe(SV("plain ~"), "plain ~");
    expect_safe(SV("\x1b[31m"), GONE "[31m");
    expect_safe(SV("a\r\nb\tc\x7f"), "a" GONE GONE "b" GONE "c" GONE);
    expect_safe(SV("\xc2\x9b"
                   "2J"),
                GONE "2J");
    expect_safe(SV("\x9b"), GONE);
    expect_safe(SV("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b"), GONE GONE GONE);
    expect_safe(SV("caf\xc3\xa9 \xe4\xb8\xad"), "caf\xc3\xa9 \xe4\xb8\xad");
}

static void test_folding_lowers_and_leaves_no_control(void **state)
{
    (void)state;
    CHECK_INT(text_fold_char('A'), 'a');
    CHECK_INT(text_fold_char('z'), 'z');
    CHECK_INT(text_fold_char('['), '[');
    CHECK_INT(text_fold_char(0x1f), 0xfffd);
    CHECK_INT(text_fold_char(0xc9), 0xe9);
    CHECK_INT(text_fold_char(0x4e2d), 0x4e2d);
}

static void test_width_counts_cells(void **state)
{
    (void)state;
    CHECK_INT(text_width(SV("abc")), 3);
    CHECK_INT(text_width(SV("")), 0);
    CHECK_INT(text_width(SV("\xe4\xb8\xad\xe6\x96\x87")), 4);
    CHECK_INT(text_width(SV("e\xcc\x81")), 1);
    CHECK_INT(text_width(SV("a\x1b")), 2);
    CHECK_INT(text_width(SV("\xff")), 1);
}

static void test_the_environment_tells_utf8(void **state)
{
    (void)state;
    unsetenv("LC_ALL");
    unsetenv("LC_CTYPE");
    setenv("LANG", "C", 1);
    CHECK_TRUE(!text_is_utf8());
    setenv("LC_CTYPE", "en_GB.utf8", 1);
    CHECK_TRUE(text_is_utf8());
    setenv("LC_ALL", "POSIX", 1);
    CHECK_TRUE(!text_is_utf8());
    setenv("LC_ALL", "", 1);
    CHECK_TRUE(text_is_utf8());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sb_stops_at_its_cap),
        TEST(test_sb_keeps_its_text_when_memory_is_short),
        TEST(test_views_are_cut_and_compared),
        TEST(test_integers_are_read_whole_or_not),
        TEST(test_broken_utf8_takes_one_byte),
        TEST(test_characters_survive_encoding),
        TEST(test_what_a_terminal_would_obey_is_replaced),
        TEST(test_folding_lowers_and_leaves_no_control),
        TEST(test_width_counts_cells),
        TEST(test_the_environment_tells_utf8),
    };

    return RUN(tests);
}
