/* Which events a pattern is for, and rules that a stack makes; the operations as such are judged by
 * conformance/sandbox_codecommit_test.py. */
#include "core/sandbox/events_pattern.h"
#include "tests/unit/sandbox/codecommit_stage.h"

static const char event[] =
    "{\"source\":\"aws.codecommit\",\"region\":\"eu-west-1\",\"resources\":[\"arn:a\",\"arn:b\"],"
    "\"detail\":{\"event\":\"referenceCreated\",\"referenceName\":\"main\",\"count\":7,"
    "\"isOpen\":true,\"nothing\":null,\"path\":\"/a/b/c.txt\"}}";

static const struct {
    const char *pattern;
    bool matches;
} cases[] = {
    {"{\"source\":[\"aws.codecommit\"]}", true},
    {"{\"source\":[\"aws.s3\",\"aws.codecommit\"]}", true},
    {"{\"source\":[\"aws.s3\"]}", false},
    {"{\"source\":[\"AWS.codecommit\"]}", false},
    {"{\"resources\":[\"arn:b\"]}", true},
    {"{\"resources\":[\"arn:c\"]}", false},
    {"{\"source\":[\"aws.codecommit\"],\"detail\":{\"referenceName\":[\"main\"],\"event\":"
     "[\"referenceCreated\",\"referenceUpdated\"]}}",
     true},
    {"{\"source\":[\"aws.codecommit\"],\"detail\":{\"referenceName\":[\"dev\"]}}", false},
    {"{\"source\":[{\"prefix\":\"aws.\"}]}", true},
    {"{\"source\":[{\"prefix\":\"awx.\"}]}", false},
    {"{\"source\":[{\"prefix\":{\"equals-ignore-case\":\"AWS.\"}}]}", true},
    {"{\"source\":[{\"suffix\":\"commit\"}]}", true},
    {"{\"source\":[{\"equals-ignore-case\":\"AWS.CodeCommit\"}]}", true},
    {"{\"detail\":{\"path\":[{\"wildcard\":\"/a/*/*.txt\"}]}}", true},
    {"{\"detail\":{\"path\":[{\"wildcard\":\"/a/*.md\"}]}}", false},
    {"{\"detail\":{\"referenceName\":[{\"anything-but\":\"main\"}]}}", false},
    {"{\"detail\":{\"referenceName\":[{\"anything-but\":[\"dev\",\"test\"]}]}}", true},
    {"{\"detail\":{\"referenceName\":[{\"anything-but\":{\"prefix\":\"ma\"}}]}}", false},
    {"{\"detail\":{\"referenceName\":[{\"anything-but\":{\"suffix\":[\"x\",\"y\"]}}]}}", true},
    {"{\"detail\":{\"missing\":[{\"anything-but\":\"x\"}]}}", false},
    {"{\"detail\":{\"missing\":[{\"exists\":false}]}}", true},
    {"{\"other\":{\"missing\":[{\"exists\":false}]}}", true},
    {"{\"detail\":{\"event\":[{\"exists\":true}]}}", true},
    {"{\"detail\":{\"event\":[{\"exists\":false}]}}", false},
    {"{\"detail\":{\"count\":[7]}}", true},
    {"{\"detail\":{\"count\":[\"7\"]}}", false},
    {"{\"detail\":{\"count\":[{\"numeric\":[\">\",6,\"<=\",7]}]}}", true},
    {"{\"detail\":{\"count\":[{\"numeric\":[\"<\",7]}]}}", false},
    {"{\"detail\":{\"isOpen\":[true]}}", true},
    {"{\"detail\":{\"nothing\":[null]}}", true},
    {"{\"$or\":[{\"source\":[\"x\"]},{\"region\":[\"eu-west-1\"]}]}", true},
    {"{\"$or\":[{\"source\":[\"x\"]},{\"region\":[\"y\"]}]}", false},
};

static void test_patterns_match_as_documented(void **state UNUSED)
{
    char why[PATTERN_WHY_MAX];
    cJSON *e = cJSON_Parse(event);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cJSON *pattern = cJSON_Parse(cases[i].pattern);

        REQUIRE(pattern != NULL);
        if (pattern_fault(pattern, why) != NULL)
            print_error("%s: %s\n", cases[i].pattern, pattern_fault(pattern, why));
        REQUIRE(pattern_fault(pattern, why) == NULL);
        if (pattern_matches(pattern, e) != cases[i].matches)
            print_error("%s\n", cases[i].pattern);
        CHECK_INT(pattern_matches(pattern, e), cases[i].matches);
        cJSON_Delete(pattern);
    }
    cJSON_Delete(e);
}

static void test_what_is_no_pattern_is_told(void **state UNUSED)
{
    static const char *const bad[] = {
        "[]",
        "{}",
        "{\"source\":\"x\"}",
        "{\"source\":[]}",
        "{\"source\":{}}",
        "{\"source\":[[\"x\"]]}",
        "{\"source\":[{\"like\":\"x\"}]}",
        "{\"source\":[{\"prefix\":1}]}",
        "{\"source\":[{\"prefix\":\"a\",\"suffix\":\"b\"}]}",
        "{\"source\":[{\"exists\":\"yes\"}]}",
        "{\"source\":[{\"numeric\":[\">\"]}]}",
        "{\"$or\":[1]}",
    };
    char why[PATTERN_WHY_MAX];

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        cJSON *pattern = cJSON_Parse(bad[i]);

        if (pattern_fault(pattern, why) == NULL)
            print_error("%s\n", bad[i]);
        CHECK_TRUE(pattern_fault(pattern, why) != NULL);
        cJSON_Delete(pattern);
    }
}

static void test_a_stack_makes_changes_and_removes_a_rule(void **state UNUSED)
{
    const struct resource_type *type = resource_type_find(SV("AWS::Events::Rule"));
    cJSON *first = cJSON_Parse("{\"EventPattern\":{\"source\":[\"a\"]},\"Targets\":[{\"Id\":\"1\","
                               "\"Arn\":\"arn:aws:sns:r:1:t\"},{\"Id\":\"2\",\"Arn\":\"arn:u\"}]}");
    cJSON *second = cJSON_Parse("{\"EventPattern\":{\"source\":[\"b\"]},\"State\":\"DISABLED\","
                                "\"Targets\":[{\"Id\":\"2\",\"Arn\":\"arn:v\"}]}");
    char in[256];
    struct resource_ask ask;
    struct stage s;

    stage_open(&s);
    REQUIRE(type != NULL);
    ask = stage_ask(&s, first);
    REQUIRE_OK(type->create(&ask), &s.err);
    CHECK_STR(ask.why, "");
    CHECK_TRUE(sv_starts(sv_of(ask.id), SV("stack-Thing-")));
    CHECK_TRUE(sv_starts(json_sv(ask.attributes, "Arn"),
                         SV("arn:aws:events:eu-west-1:111111111111:rule/stack-Thing-")));
    ask.properties = second;
    ask.old = first;
    REQUIRE_OK(type->update(&ask), &s.err);
    CHECK_STR(ask.why, "");
    (void)snprintf(in, sizeof in, "{\"Rule\":\"%.64s\"}", ask.id);
    REQUIRE(stage_call(&s, "events", events_list_targets, in));
    CHECK_INT(cJSON_GetArraySize(json_get(s.out, "Targets")), 1);
    CHECK_SV(json_sv(json_list(s.out, "Targets"), "Arn"), SV("arn:v"));
    for (int i = 0; i < 2; i++) /* one that is gone already is no failure */
        REQUIRE_OK(type->remove(&ask), &s.err);
    CHECK_STR(ask.why, "");
    CHECK_TRUE(!stage_call(&s, "events", events_list_targets, in));
    cJSON_Delete(ask.attributes);
    cJSON_Delete(first);
    cJSON_Delete(second);
    stage_close(&s);
}

static void test_a_stack_takes_over_no_rule(void **state UNUSED)
{
    const struct resource_type *type = resource_type_find(SV("AWS::Events::Rule"));
    cJSON *properties = cJSON_Parse("{\"Name\":\"r\",\"ScheduleExpression\":\"rate(1 day)\"}");
    struct resource_ask ask;
    struct stage s;

    stage_open(&s);
    REQUIRE(stage_call(&s, "events", events_put_rule,
                       "{\"Name\":\"r\",\"ScheduleExpression\":\"rate(1 hour)\"}"));
    ask = stage_ask(&s, properties);
    REQUIRE_OK(type->create(&ask), &s.err);
    CHECK_TRUE(sv_starts(sv_of(ask.why), SV("r already exists")));
    cJSON_Delete(ask.attributes);
    cJSON_Delete(properties);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_patterns_match_as_documented),
        TEST(test_what_is_no_pattern_is_told),
        TEST(test_a_stack_makes_changes_and_removes_a_rule),
        TEST(test_a_stack_takes_over_no_rule),
    };

    return RUN(tests);
}
