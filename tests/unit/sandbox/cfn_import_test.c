/* What a change set may import, and what a template may give to a resource. */
#include "core/sandbox/cfn_import.h"

#include "core/base/mem.h"
#include "core/sandbox/resource.h"
#include "tests/unit/sandbox/cfn_scene.h"

#define OTHER "222222222222"

static void put(struct scene *s, const char *kind, struct sv account, struct sv region,
                const char *name, const char *value)
{
    const struct record_key key = {
        .kind = kind, .account = account, .region = region, .name = sv_of(name)};
    cJSON *json = NULL;

    REQUIRE_OK(json_parse(sv_of(value), &json, &s->err), &s->err);
    REQUIRE_OK(record_put(s->service.records, &key, json, &s->err), &s->err);
    cJSON_Delete(json);
}

/* "" of what is to be created. */
static void check_import(struct scene *s, const char *resource, const char *id, const char *because)
{
    char text[1024];
    char why[STACK_WHY_MAX] = "";
    cJSON *want = NULL;
    cJSON *imports;

    (void)snprintf(text, sizeof text, "{\"Compiled\":{\"Resources\":{\"A\":%s}}}", resource);
    REQUIRE_OK(json_parse(sv_of(text), &want, &s->err), &s->err);
    imports = cfn_imports(&s->c, NULL, want, why);
    REQUIRE(imports != NULL);
    CHECK_SV(json_sv(imports, "A"), id[0] == '\0' ? SV_NONE : sv_of(id));
    CHECK_TRUE(because[0] == '\0' ? why[0] == '\0' : strstr(why, because) != NULL);
    cJSON_Delete(imports);
    cJSON_Delete(want);
}

#define BUCKET(policy)                                                                             \
    "{\"Type\":\"AWS::S3::Bucket\",\"DeletionPolicy\":\"" policy                                   \
    "\",\"Properties\":{\"BucketName\":\"lake\"}}"
#define ROLE(name)                                                                                 \
    "{\"Type\":\"AWS::IAM::Role\",\"DeletionPolicy\":\"Retain\",\"Properties\":{"                  \
    "\"RoleName\":" name "}}"
#define GROUP                                                                                      \
    "{\"Type\":\"AWS::Logs::LogGroup\",\"DeletionPolicy\":\"Retain\",\"Properties\":{"             \
    "\"LogGroupName\":\"/g\"}}"

static void test_what_is_there_and_kept_is_imported(void **state UNUSED)
{
    struct scene s;

    scene_open(&s);
    check_import(&s, BUCKET("Retain"), "", "");
    put(&s, "s3.bucket", SV(""), SV(""), "lake", "{\"Account\":\"111111111111\"}");
    check_import(&s, BUCKET("Retain"), "lake", "");
    check_import(&s, BUCKET("RetainExceptOnCreate"), "lake", "");
    check_import(&s, BUCKET("Delete"), "", "The affected resources are A ({BucketName=lake})");
    scene_close(&s);
}

static void test_another_accounts_bucket_is_not_imported(void **state UNUSED)
{
    struct scene s;

    scene_open(&s);
    put(&s, "s3.bucket", SV(""), SV(""), "lake", "{\"Account\":\"" OTHER "\"}");
    check_import(&s, BUCKET("Retain"), "", "");
    scene_close(&s);
}

/* A role is of no region, a log group of one. */
static void test_what_belongs_to_a_stack_is_not_taken_from_it(void **state UNUSED)
{
    static const char owner[] = "{\"Resources\":{\"X\":{\"Type\":\"AWS::IAM::Role\",\"Id\":\"r\","
                                "\"IsLive\":true},\"G\":{\"Type\":\"AWS::Logs::LogGroup\",\"Id\":"
                                "\"/g\",\"IsLive\":true}}}";
    struct scene s;

    scene_open(&s);
    put(&s, "iam.role", s.c.account, SV(""), "r", "{}");
    put(&s, "logs.group", s.c.account, s.c.region, "/g", "{}");
    put(&s, "cfn.stack", SV(OTHER), s.c.region, "theirs", owner);
    check_import(&s, ROLE("\"r\""), "r", "");
    check_import(&s, ROLE("{\"Ref\":\"B\"}"), "", "");
    put(&s, "cfn.stack", s.c.account, SV("us-east-1"), "far", owner);
    check_import(&s, ROLE("\"r\""), "", "");
    check_import(&s, GROUP, "/g", "");
    put(&s, "cfn.stack", s.c.account, s.c.region, "near", owner);
    check_import(&s, GROUP, "", "");
    scene_close(&s);
}

static void test_an_allocation_may_fail(void **state UNUSED)
{
    struct scene s;
    cJSON *want = NULL;
    bool is_done = false;

    scene_open(&s);
    put(&s, "s3.bucket", SV(""), SV(""), "lake", "{\"Account\":\"111111111111\"}");
    put(&s, "cfn.stack", s.c.account, s.c.region, "near", "{\"Resources\":{}}");
    REQUIRE_OK(json_parse(SV("{\"Compiled\":{\"Resources\":{\"A\":" BUCKET("Retain") "}}}"), &want,
                          &s.err),
               &s.err);
    for (long n = 1; !is_done; n++) {
        char why[STACK_WHY_MAX];
        cJSON *imports;

        REQUIRE(n < 1000);
        cfn_init(&s.c, &s.service, SV("111111111111"), SV("eu-west-1"), &s.err);
        mem_fail_at(n);
        imports = cfn_imports(&s.c, NULL, want, why);
        is_done = mem_count() < n;
        mem_fail_at(0);
        CHECK_TRUE(s.c.has_failed || json_get(imports, "A") != NULL);
        cJSON_Delete(imports);
    }
    cJSON_Delete(want);
    scene_close(&s);
}

/* ---- properties ---- */

static void check_properties(const char *type_name, const char *properties, const char *why)
{
    const struct resource_type *type = resource_type_find(sv_of(type_name));
    struct err err = {0};
    struct resource_ask ask = {.err = &err};
    cJSON *json = NULL;

    REQUIRE(type != NULL);
    REQUIRE_OK(json_parse(sv_of(properties), &json, &err), &err);
    ask.properties = json;
    resource_check(type, &ask, "A");
    CHECK_TRUE(why[0] == '\0' ? ask.why[0] == '\0' : strstr(ask.why, why) != NULL);
    cJSON_Delete(json);
}

static void test_a_property_must_be_one_of_the_types(void **state UNUSED)
{
    check_properties("AWS::S3::Bucket", "{\"BucketName\":\"x\",\"Tags\":[]}", "");
    check_properties("AWS::S3::Bucket", "{\"BucketNam\":\"x\"}",
                     "resource A with message: #: extraneous key [BucketNam] is not permitted");
    check_properties("AWS::S3::Bucket", "{\"Arn\":\"x\"}", "[Arn]");
    check_properties("AWS::CloudFormation::WaitConditionHandle", "{}", "");
    check_properties("AWS::CloudFormation::WaitConditionHandle", "{\"X\":1}", "[X]");
    check_properties("AWS::CDK::Metadata", "{\"Analytics\":\"x\"}", "");
}

static void test_a_property_that_is_required_must_be_there(void **state UNUSED)
{
    check_properties("AWS::SSM::Parameter", "{\"Type\":\"String\"}",
                     "required key [Value] not found");
    check_properties("AWS::SSM::Parameter", "{\"Type\":\"String\",\"Value\":\"x\"}", "");
}

/* What a row of a type names, the type has. */
static void test_every_type_has_what_it_requires(void **state UNUSED)
{
    static const char *const types[] = {"AWS::CodeBuild::Project",
                                        "AWS::CodeCommit::Repository",
                                        "AWS::CodePipeline::Pipeline",
                                        "AWS::ECR::Repository",
                                        "AWS::Events::Rule",
                                        "AWS::IAM::ManagedPolicy",
                                        "AWS::IAM::Policy",
                                        "AWS::IAM::Role",
                                        "AWS::KMS::Alias",
                                        "AWS::KMS::Key",
                                        "AWS::Logs::LogGroup",
                                        "AWS::S3::Bucket",
                                        "AWS::S3::BucketPolicy",
                                        "AWS::SSM::Parameter",
                                        "AWS::SecretsManager::Secret"};

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        const struct resource_type *type = resource_type_find(sv_of(types[i]));
        char text[600] = "{";
        const char *const lists[] = {type->required, type->replaced_by, type->name_property};

        for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
            struct sv rest = lists[l] == NULL ? SV("") : sv_of(lists[l]);

            while (rest.len > 0) {
                struct sv word = sv_cut(rest, ' ', &rest);
                size_t len = strlen(text);

                (void)snprintf(text + len, sizeof text - len, "%s\"" SV_FMT "\":1",
                               len > 1 ? "," : "", SV_ARG(word));
            }
        }
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "}");
        check_properties(types[i], text, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_there_and_kept_is_imported),
        TEST(test_another_accounts_bucket_is_not_imported),
        TEST(test_what_belongs_to_a_stack_is_not_taken_from_it),
        TEST(test_an_allocation_may_fail),
        TEST(test_a_property_must_be_one_of_the_types),
        TEST(test_a_property_that_is_required_must_be_there),
        TEST(test_every_type_has_what_it_requires),
    };

    return RUN(tests);
}
