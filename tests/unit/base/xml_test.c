#include "core/base/xml.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

static struct arena arena;

static int fill(void **state)
{
    (void)state;
    arena_init(&arena, 8 * 1024 * 1024);
    return 0;
}

static int empty(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static const struct xml *parse(struct sv text)
{
    struct err err = {0};
    struct xml *root = NULL;

    REQUIRE_OK(xml_parse(text, &arena, &root, &err), &err);
    return root;
}

static void test_a_reply_is_found_by_path(void **state)
{
    const struct xml *root =
        parse(SV("<?xml version='1.0'?>\n<aws:R xmlns:aws='urn:x'>\n <Result a='1'>\n"
                 "  <Arn>arn:a&amp;b</Arn><Empty/>\n"
                 "  <aws:Arn>second</aws:Arn> </Result><Id>7</Id></aws:R>"));

    (void)state;
    CHECK_SV(root->name, SV("R"));
    CHECK_SV(xml_text(root, "Result/Arn"), SV("arn:a&b"));
    CHECK_SV(xml_text(root, "Id"), SV("7"));
    CHECK_SV(xml_text(root, "Result/Empty"), SV(""));
    CHECK_TRUE(xml_text(root, "Result/Empty").ptr != NULL);
    CHECK_TRUE(xml_text(root, "Result/None").ptr == NULL);
    CHECK_TRUE(xml_text(root, "None/Arn").ptr == NULL);
    CHECK_SV(xml_get(xml_get(root, "Result"), "Arn")->next->next->text, SV("second"));
    CHECK_TRUE(xml_get(NULL, "x") == NULL);
}

static void test_text_around_children_is_one_and_trimmed(void **state)
{
    const struct xml *root = parse(SV("<a> one <b> in </b>two<c/> </a>"));

    (void)state;
    CHECK_SV(root->text, SV("one two"));
    CHECK_SV(xml_text(root, "b"), SV(" in "));
}

static void expect_failure(struct sv text, enum err_code code, const char *sentence)
{
    struct err err = {0};
    struct xml *root = NULL;

    CHECK_INT(xml_parse(text, &arena, &root, &err), code);
    CHECK_TRUE(root == NULL);
    CHECK_STR(err.text, sentence);
}

static void test_what_is_no_xml_is_named(void **state)
{
    (void)state;
    expect_failure(SV("  "), ERR_REPLY, "expected XML, got nothing");
    expect_failure(SV_NONE, ERR_REPLY, "expected XML, got nothing");
    expect_failure(SV("{\"a\": 1}"), ERR_REPLY,
                   "expected XML, got \"{\"a\": 1}...\" (not well-formed (invalid token))");
    expect_failure(SV("<a><b></a>"), ERR_REPLY,
                   "expected XML, got \"<a><b></a>...\" (mismatched tag)");
}

static void test_entities_are_refused_before_they_grow(void **state)
{
    (void)state;
    expect_failure(SV("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"), ERR_REPLY,
                   "expected an AWS reply, got XML with a DOCTYPE");
}

static void test_depth_and_size_have_caps(void **state)
{
    struct err err = {0};
    struct xml *root = NULL;
    struct arena small;
    char deep[3 * 100 + 1];

    (void)state;
    for (size_t i = 0; i < 100; i++)
        memcpy(deep + 3 * i, "<a>", 3);
    CHECK_INT(xml_parse(sv_make(deep, 300), &arena, &root, &err), ERR_LIMIT);
    arena_init(&small, 64);
    CHECK_INT(xml_parse(SV("<a><b>text</b></a>"), &small, &root, &err), ERR_LIMIT);
    CHECK_TRUE(root == NULL);
    arena_release(&small);
}

static void test_each_failing_allocation_is_told(void **state)
{
    enum err_code rc = ERR_LIMIT;

    (void)state;
    for (long n = 1; rc != ERR_OK; n++) {
        struct err err = {0};
        struct xml *root = NULL;
        struct arena own;

        REQUIRE(n < 200);
        arena_init(&own, 64 * 1024);
        mem_fail_at(n);
        rc = xml_parse(SV("<a x='1'><b>text</b><c/></a>"), &own, &root, &err);
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
        arena_release(&own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_reply_is_found_by_path), TEST(test_text_around_children_is_one_and_trimmed),
        TEST(test_what_is_no_xml_is_named),  TEST(test_entities_are_refused_before_they_grow),
        TEST(test_depth_and_size_have_caps), TEST(test_each_failing_allocation_is_told),
    };

    return cmocka_run_group_tests(tests, fill, empty);
}
