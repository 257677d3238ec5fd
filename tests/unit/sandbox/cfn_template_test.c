/* Templates: read, checked, compiled and evaluated. */
#include "core/sandbox/cfn_template.h"

#include "core/base/mem.h"
#include "core/sandbox/cfn_diff.h"
#include "core/sandbox/cfn_intrinsics.h"
#include "tests/unit/sandbox/cfn_scene.h"

static cJSON *compile(struct scene *s, const char *text)
{
    struct cfn_target target = {.stack_name = SV("lake"), .stack_id = SV("arn:x")};
    cJSON *template = cfn_read(&s->c, sv_of(text));
    cJSON *parameters = NULL;
    cJSON *out = NULL;

    if (template != NULL)
        parameters = cfn_parameters(&s->c, template, NULL, NULL);
    if (parameters != NULL)
        out = cfn_compile(&s->c, template, parameters, &target);
    cJSON_Delete(template);
    cJSON_Delete(parameters);
    return out;
}

/* The property Value of the resource R, compiled. */
static void check_value(const char *value, const char *want)
{
    char text[2000];
    struct scene s;
    cJSON *out;
    char *got;

    (void)snprintf(text, sizeof text,
                   "Parameters:\n  List: {Type: CommaDelimitedList, Default: 'a,b'}\n"
                   "  Text: {Type: String, Default: '${x}'}\n"
                   "Conditions: {Is: !Equals [1, '1'], Not: !Not [!Condition Is]}\n"
                   "Mappings: {M: {k: {v: found, l: [1, 2]}}}\n"
                   "Resources:\n  O: {Type: AWS::CDK::Metadata}\n"
                   "  R: {Type: AWS::CDK::Metadata, Properties: {Value: %s}}\n",
                   value);
    scene_open(&s);
    out = compile(&s, text);
    if (out == NULL) {
        CHECK_STR(s.c.why, want);
    } else {
        got = cJSON_PrintUnformatted(
            json_get(json_get(json_get(json_get(out, "Resources"), "R"), "Properties"), "Value"));
        CHECK_STR(got == NULL ? "" : got, want);
        cJSON_free(got);
    }
    cJSON_Delete(out);
    scene_close(&s);
}

static void test_what_is_known_is_resolved(void **state UNUSED)
{
    check_value("!Ref List", "[\"a\",\"b\"]");
    check_value("!Ref AWS::Region", "\"eu-west-1\"");
    check_value("!Ref AWS::NoValue", "");
    check_value("[1, !Ref AWS::NoValue, 2]", "[1,2]");
    check_value("!Join ['-', !Ref List]", "\"a-b\"");
    check_value("!Select [1, !Ref List]", "\"b\"");
    check_value("!Split [', ', 'a, b']", "[\"a\",\"b\"]");
    check_value("!If [Is, 1, 2]", "1");
    check_value("!If [Not, 1, !Ref AWS::NoValue]", "");
    check_value("!FindInMap [M, k, v]", "\"found\"");
    check_value("!FindInMap [M, k, l]", "[1,2]");
    check_value("!FindInMap [M, k, z, {DefaultValue: else}]", "\"else\"");
    check_value("!Sub 'arn:${AWS::Partition}:${AWS::AccountId}:${!literal}'",
                "\"arn:aws:111111111111:${literal}\"");
    check_value("!Sub ['${a}', {a: !Join ['', [x, 1, true]]}]", "\"x1true\"");
    check_value("'{{resolve:ssm:/later}}'", "\"{{resolve:ssm:/later}}\"");
    check_value("{Condition: {StringEquals: {a: b}}}", "{\"Condition\":{\"StringEquals\":{\"a\":"
                                                       "\"b\"}}}");
}

static void test_what_refers_to_a_resource_stays_open(void **state UNUSED)
{
    check_value("!Ref O", "{\"Ref\":\"O\"}");
    check_value("!Join ['-', [a, !Ref O]]", "{\"Fn::Join\":[\"-\",[\"a\",{\"Ref\":\"O\"}]]}");
    check_value("!Sub '${O}-${AWS::Region}-${!x}'", "{\"Fn::Sub\":\"${O}-eu-west-1-${!x}\"}");
    check_value("!Sub '${O}-${Text}'", "{\"Fn::Sub\":\"${O}-${!x}\"}");
    check_value("!Sub ['${O}${own}', {own: !Ref AWS::Region}]",
                "{\"Fn::Sub\":[\"${O}eu-west-1\",{\"own\":\"eu-west-1\"}]}");
    check_value("{'Fn::ImportValue': nobody}", "{\"Fn::ImportValue\":\"nobody\"}");
}

static void test_what_cannot_be_is_refused(void **state UNUSED)
{
    check_value("!Select [2, !Ref List]",
                "Template error: Fn::Select cannot select nonexistent value at index 2");
    check_value("!Sub '${List}'", "Template error: variable List in Fn::Sub expression does not "
                                  "resolve to a string");
    check_value("!FindInMap [M, k, z]", "Template error: Unable to get mapping for M::k::z");
    check_value("!Ref [O]", "Template error: every Ref object must have a single String value.");
    check_value("!Ref R", "Circular dependency between resources: [R]");
    check_value("!Cidr ['10.0.0.0/16', 2, 8]",
                "Template error: the sandbox has no Fn::Cidr, Fn::Transform, Fn::ToJsonString, "
                "Fn::Length, Fn::ForEach, Fn::ValueOf, Fn::ValueOfAll and Fn::RefAll");
}

static void test_open_values_close_once_resources_are_made(void **state UNUSED)
{
    struct scene s;
    struct cfn_scope x = {0};
    cJSON *made = NULL;
    cJSON *value = NULL;
    cJSON *got;

    scene_open(&s);
    REQUIRE_OK(json_parse(SV("{\"O\":{\"Id\":\"o-1\",\"Attributes\":{\"Arn\":\"arn:o\"}}}"), &made,
                          &s.err),
               &s.err);
    REQUIRE_OK(json_parse(SV("[{\"Ref\":\"O\"},{\"Fn::GetAtt\":[\"O\",\"Arn\"]},"
                             "{\"Fn::Sub\":\"${O.Arn}-${!x}\"}]"),
                          &value, &s.err),
               &s.err);
    x = (struct cfn_scope){.c = &s.c, .made = made};
    got = cfn_eval(&x, value);
    REQUIRE(got != NULL);
    CHECK_SV(json_item_sv(got->child), SV("o-1"));
    CHECK_SV(json_item_sv(got->child->next), SV("arn:o"));
    CHECK_SV(json_item_sv(got->child->next->next), SV("arn:o-${x}"));
    cJSON_Delete(got);
    cJSON_Delete(value);
    cJSON_Delete(made);
    scene_close(&s);
}

static void test_needs_come_from_references_and_depends_on(void **state UNUSED)
{
    struct scene s;
    cJSON *out;
    char *needs;

    scene_open(&s);
    out =
        compile(&s, "Conditions: {Not: !Equals [a, b]}\n"
                    "Resources:\n  A: {Type: AWS::CDK::Metadata}\n"
                    "  B: {Type: AWS::CDK::Metadata, Condition: Not}\n"
                    "  C: {Type: AWS::CDK::Metadata, DependsOn: [A, B], Properties: {x: !If [Not, "
                    "!Ref B, !Sub '${D}']}}\n  D: {Type: AWS::CDK::Metadata}\n");
    REQUIRE(out != NULL);
    needs = cJSON_PrintUnformatted(json_get(json_get(json_get(out, "Resources"), "C"), "Needs"));
    CHECK_STR(needs, "[\"D\",\"A\"]");
    CHECK_TRUE(json_get(json_get(out, "Resources"), "B") == NULL);
    cJSON_free(needs);
    cJSON_Delete(out);
    scene_close(&s);
}

static void test_each_allocation_may_fail(void **state UNUSED)
{
    static const char text[] =
        "Parameters: {P: {Type: String, Default: x, AllowedPattern: '[a-z]'}}\n"
        "Conditions: {Is: !Equals [1, '1']}\n"
        "Resources:\n  A: {Type: AWS::CDK::Metadata, Properties: {a: !Sub '${P}${AWS::Region}'}}\n"
        "  B: {Type: AWS::CDK::Metadata, DependsOn: A, Properties: {b: !Join ['', [!Ref A, !If "
        "[Is, "
        "a, b]]]}}\nOutputs: {O: {Value: !Ref B, Export: {Name: x}}}\n";
    bool is_done = false;

    for (long n = 1; !is_done; n++) {
        struct scene s;
        cJSON *out;

        REQUIRE(n < 20000);
        scene_open(&s);
        mem_fail_at(n);
        out = compile(&s, text);
        mem_fail_at(0);
        is_done = out != NULL;
        CHECK_TRUE(is_done || s.c.rc == ERR_LIMIT);
        CHECK_STR(s.c.why, "");
        cJSON_Delete(out);
        scene_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_known_is_resolved),
        TEST(test_what_refers_to_a_resource_stays_open),
        TEST(test_what_cannot_be_is_refused),
        TEST(test_open_values_close_once_resources_are_made),
        TEST(test_needs_come_from_references_and_depends_on),
        TEST(test_each_allocation_may_fail),
    };

    return RUN(tests);
}
