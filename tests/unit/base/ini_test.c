/* The config grammar: what the AWS CLI reads, what it refuses, and that no error quotes a line. The
 * judge of the finer points is Python itself: tests/conformance/ini_python.py. */
#include "core/base/ini.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

static struct ini parsed(const char *text)
{
    struct err err = {0};
    struct ini ini = {0};

    REQUIRE_OK(ini_parse(sv_of(text), "file", &ini, &err), &err);
    return ini;
}

static void test_sections_and_keys_come_in_the_order_of_the_file(void **state UNUSED)
{
    struct ini ini = parsed("# a comment\n[b]\nKey = Value \nother:x=y\n\n; another\n[a]\n");

    CHECK_INT(ini.section_count, 2);
    CHECK_STR(ini.sections[0].name, "b");
    CHECK_INT(ini.sections[0].line, 2);
    CHECK_STR(ini.sections[1].name, "a");
    CHECK_INT(ini.sections[1].entry_count, 0);
    CHECK_INT(ini.sections[0].entries[1].line, 4);
    CHECK_STR(ini_get(ini_section(&ini, "b"), "key"), "Value");
    CHECK_STR(ini_get(ini_section(&ini, "b"), "other"), "x=y");
    CHECK_TRUE(ini_get(ini_section(&ini, "b"), "absent") == NULL);
    CHECK_TRUE(ini_get(ini_section(&ini, "absent"), "key") == NULL);
    ini_release(&ini);
}

static void test_comments_are_whole_lines_only(void **state UNUSED)
{
    struct ini ini = parsed("[a]\nk = v # no comment ; nor this\n  # this is one\n  goes on\n");

    CHECK_STR(ini_get(ini_section(&ini, "a"), "k"), "v # no comment ; nor this\ngoes on");
    ini_release(&ini);
}

static void test_deeper_lines_go_on_and_blank_ones_between_count(void **state UNUSED)
{
    struct ini ini = parsed("[a]\nk = one\n  two\n\n\tthree\n\n\nl = x\n");

    CHECK_STR(ini_get(ini_section(&ini, "a"), "k"), "one\ntwo\n\nthree");
    CHECK_STR(ini_get(ini_section(&ini, "a"), "l"), "x");
    ini_release(&ini);
}

static void test_a_key_may_be_indented_as_a_whole(void **state UNUSED)
{
    struct ini ini = parsed("  [a]\n    k = 1\n    l = 2\n  m = 3\n");

    CHECK_INT(ini_section(&ini, "a")->entry_count, 3);
    ini_release(&ini);
}

static void test_indented_lines_below_an_empty_value_are_a_map(void **state UNUSED)
{
    struct ini ini = parsed("[services x]\nsts =\n  Endpoint_Url = http://a=b\n  y=\nregion = r\n");
    const struct ini_section *s = ini_section(&ini, "services x");

    CHECK_STR(ini_get_nested(s, "sts", "Endpoint_Url"), "http://a=b");
    CHECK_STR(ini_get_nested(s, "sts", "y"), "");
    CHECK_TRUE(ini_get_nested(s, "sts", "z") == NULL);
    CHECK_TRUE(ini_get_nested(s, "region", "z") == NULL);
    CHECK_TRUE(ini_get(s, "sts") == NULL);
    CHECK_STR(ini_get(s, "region"), "r");
    ini_release(&ini);
}

static void test_every_line_end_of_python_is_one(void **state UNUSED)
{
    struct ini ini = parsed("[a]\r\nk = 1\rl = 2\nm = 3\r\n");

    CHECK_STR(ini_get(ini_section(&ini, "a"), "k"), "1");
    CHECK_STR(ini_get(ini_section(&ini, "a"), "l"), "2");
    CHECK_INT(ini_section(&ini, "a")->entries[2].line, 4);
    ini_release(&ini);
}

static void test_default_in_capitals_counts_for_all(void **state UNUSED)
{
    struct ini ini = parsed("[a]\nk = own\n[DEFAULT]\nk = d\nl = d\n[b]\n[DEFAULT]\nm = d\n");

    CHECK_INT(ini.section_count, 2);
    CHECK_STR(ini_get(ini_section(&ini, "a"), "k"), "own");
    CHECK_STR(ini_get(ini_section(&ini, "a"), "m"), "d");
    CHECK_STR(ini_get(ini_section(&ini, "b"), "k"), "d");
    ini_release(&ini);
}

static void test_what_python_refuses_is_refused_with_its_line(void **state UNUSED)
{
    const struct {
        struct sv text;
        const char *want;
    } cases[] = {
        {SV("k = v\n"), "file, line 1: a \"[section]\" line must come first"},
        {SV("\n  # c\n going on\n"), "file, line 3: a \"[section]\" line must come first"},
        {SV("[a]\nk = v\nSECRET\n"), "file, line 3: expected \"key = value\" or \"[section]\""},
        {SV("[a]\n  going on\n"), "file, line 2: expected \"key = value\" or \"[section]\""},
        {SV("[a]\n= SECRET\n"), "file, line 2: there is no key before the sign"},
        {SV("[a\nk = v\n"), "file, line 1: a \"[section]\" line must come first"},
        {SV("[a]\nk = 1\n[b]\n[a]\n"), "file, line 4: section [a] is there already, in line 1"},
        {SV("[a]\nk = 1\nK: SECRET\n"), "file, line 3: the same key is there already, in line 2"},
        {SV("[a]\ns3 =\n  SECRET\n"),
         "file, line 2: expected \"key = value\" in the indented lines below"},
        {SV("[a]\nk = \0x\n"), "file, line 2: there is a NUL byte; this is not a text file"},
        {SV("[a]\r\n\r\nk = \xff\n"), "file, line 3: the text is not UTF-8"},
        {SV("\xef\xbb\xbf[a]\n"),
         "file, line 1: the file begins with a byte order mark, which the AWS CLI refuses as well; "
         "save it without"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        struct ini ini = {0};

        CHECK_INT(ini_parse(cases[i].text, "file", &ini, &err), ERR_CONFIG);
        CHECK_STR(err.text, cases[i].want);
        CHECK_TRUE(ini.arena.blocks == NULL);
    }
}

static void test_a_file_over_the_cap_is_refused(void **state UNUSED)
{
    size_t size = INI_SIZE_MAX + 1;
    char *text = mem_alloc(size);
    struct err err = {0};
    struct ini ini = {0};

    REQUIRE(text != NULL);
    memset(text, '\n', size);
    CHECK_INT(ini_parse(sv_make(text, size), "file", &ini, &err), ERR_CONFIG);
    REQUIRE_OK(ini_parse(sv_make(text, size - 1), "file", &ini, &err), &err);
    CHECK_INT(ini.section_count, 0);
    ini_release(&ini);
    mem_free(text);
}

static void test_a_hostile_file_of_many_keys_takes_no_minutes(void **state UNUSED)
{
    struct err err = {0};
    struct ini ini = {0};
    struct sb text;
    enum err_code rc;

    sb_init(&text, INI_SIZE_MAX);
    for (int i = 0; i < 1000; i++)
        REQUIRE_OK(sb_addf(&text, &err, "%s%d=\n", i == 0 ? "[DEFAULT]\n" : "", i), &err);
    for (int i = 0; i < 60000; i++)
        REQUIRE_OK(sb_addf(&text, &err, "%sk%d=\n", i == 0 ? "[a]\n" : "", i), &err);
    rc = ini_parse(sb_sv(&text), "file", &ini, &err);
    REQUIRE_OK(rc, &err);
    CHECK_INT(ini.sections[0].entry_count, 61000);
    ini_release(&ini);
    for (int i = 0; i < 20000; i++)
        REQUIRE_OK(sb_addf(&text, &err, "[b%d]\n", i), &err);
    CHECK_INT(ini_parse(sb_sv(&text), "file", &ini, &err), ERR_LIMIT);
    sb_release(&text);
}

static void test_each_failing_allocation_is_survived(void **state UNUSED)
{
    static const char text[] = "[DEFAULT]\nd = 1\n[a]\ns3 =\n  x = y\n[b]\nk = v\n w\n";
    enum err_code rc = ERR_LIMIT;

    for (long n = 1; rc != ERR_OK; n++) {
        struct err err = {0};
        struct ini ini = {0};

        mem_fail_at(n);
        rc = ini_parse(sv_of(text), "file", &ini, &err);
        mem_fail_at(0);
        if (rc)
            CHECK_INT(rc, ERR_LIMIT);
        ini_release(&ini);
        REQUIRE(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sections_and_keys_come_in_the_order_of_the_file),
        TEST(test_comments_are_whole_lines_only),
        TEST(test_deeper_lines_go_on_and_blank_ones_between_count),
        TEST(test_a_key_may_be_indented_as_a_whole),
        TEST(test_indented_lines_below_an_empty_value_are_a_map),
        TEST(test_every_line_end_of_python_is_one),
        TEST(test_default_in_capitals_counts_for_all),
        TEST(test_what_python_refuses_is_refused_with_its_line),
        TEST(test_a_file_over_the_cap_is_refused),
        TEST(test_a_hostile_file_of_many_keys_takes_no_minutes),
        TEST(test_each_failing_allocation_is_survived),
    };

    return RUN(tests);
}
