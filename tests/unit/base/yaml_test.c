/* YAML as JSON. */
#include "core/base/yaml.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

static void check_yaml(const char *text, const char *want)
{
    struct err err = {0};
    cJSON *json = NULL;
    char *got;

    REQUIRE_OK(yaml_parse(sv_of(text), &json, &err), &err);
    got = cJSON_PrintUnformatted(json);
    CHECK_STR(got, want);
    cJSON_free(got);
    cJSON_Delete(json);
}

static void check_refused(const char *text, enum err_code code, const char *want)
{
    struct err err = {0};
    cJSON *json = NULL;

    CHECK_INT(yaml_parse(sv_of(text), &json, &err), code);
    CHECK_STR(err.text, want);
    CHECK_TRUE(json == NULL);
}

static void test_scalars_have_the_types_of_templates(void **state UNUSED)
{
    check_yaml("a: 1\nb: true\nc: no\nd: 2012-10-17\ne: ''\nf: ~\ng: 1.5\n",
               "{\"a\":1,\"b\":true,\"c\":false,\"d\":\"2012-10-17\",\"e\":\"\",\"f\":null,"
               "\"g\":1.5}");
    check_yaml("[3.10, 012345678901, '7', \"on\", 111111111111, 1e3, -4]",
               "[\"3.10\",\"012345678901\",\"7\",\"on\",111111111111,\"1e3\",-4]");
    check_yaml("a: |\n  one\n  two\nb: >-\n  one\n  two\n",
               "{\"a\":\"one\\ntwo\\n\",\"b\":\"one two\"}");
    check_yaml("on: yes\n", "{\"on\":true}");
    check_yaml("", "null");
}

static void test_short_tags_become_long_forms(void **state UNUSED)
{
    check_yaml("a: !Ref b\n", "{\"a\":{\"Ref\":\"b\"}}");
    check_yaml("a: !GetAtt b.c.d\n", "{\"a\":{\"Fn::GetAtt\":[\"b\",\"c.d\"]}}");
    check_yaml("a: !GetAtt [b, c]\n", "{\"a\":{\"Fn::GetAtt\":[\"b\",\"c\"]}}");
    check_yaml("!If [c, !Sub '${x}', !Ref AWS::NoValue]",
               "{\"Fn::If\":[\"c\",{\"Fn::Sub\":\"${x}\"},{\"Ref\":\"AWS::NoValue\"}]}");
    check_yaml("!Not [!Condition c]", "{\"Fn::Not\":[{\"Condition\":\"c\"}]}");
    check_yaml("a: !Sub 1\n", "{\"a\":{\"Fn::Sub\":\"1\"}}");
}

static void test_json_is_yaml(void **state UNUSED)
{
    check_yaml("{\"a\": [1, \"2\", {\"b\": null}], \"c\": \"\\u00e4\"}",
               "{\"a\":[1,\"2\",{\"b\":null}],\"c\":\"\xc3\xa4\"}");
}

static void test_aliases_repeat_and_are_capped(void **state UNUSED)
{
    check_yaml("a: &x [1, 2]\nb: *x\n", "{\"a\":[1,2],\"b\":[1,2]}");
    check_refused("a: *x\n", ERR_REPLY, "an alias has no anchor before it (line 1, column 4)");
    check_refused("a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                  "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
                  "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
                  ERR_LIMIT, "aliases repeat more than we accept (line 5, column 23)");
}

static void test_what_is_no_yaml_is_refused_with_its_place(void **state UNUSED)
{
    char deep[YAML_DEPTH_MAX + 2];

    check_refused("a: [1\n", ERR_REPLY, "YAML not well-formed (line 2, column 1)");
    check_refused("a: 1\nb: 2\na: 3\n", ERR_REPLY, "a key stands twice (line 3, column 1)");
    check_refused("a: &x {b: 1}\nc:\n  <<: *x\n", ERR_REPLY,
                  "merge keys are not supported (line 3, column 3)");
    check_refused("[1]: 2\n", ERR_REPLY, "a key must be a text (line 1, column 1)");
    check_refused("a: 1\n---\nb: 1\n", ERR_REPLY, "there is a second document (line 2, column 1)");
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    check_refused(deep, ERR_LIMIT, "values are nested deeper than we accept (line 1, column 101)");
}

static void test_each_allocation_may_fail(void **state UNUSED)
{
    struct sv text = SV("a: &x !GetAtt b.c\nd: [*x, 1, {e: !Sub f}]\n");
    enum err_code rc = ERR_LIMIT;

    for (long n = 1; rc; n++) {
        struct err err = {0};
        cJSON *json = NULL;

        REQUIRE(n < 1000);
        mem_fail_at(n);
        rc = yaml_parse(text, &json, &err);
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
        cJSON_Delete(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scalars_have_the_types_of_templates),
        TEST(test_short_tags_become_long_forms),
        TEST(test_json_is_yaml),
        TEST(test_aliases_repeat_and_are_capped),
        TEST(test_what_is_no_yaml_is_refused_with_its_place),
        TEST(test_each_allocation_may_fail),
    };

    return RUN(tests);
}
