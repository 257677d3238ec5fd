/* Roles, keys and parameters as resources of stacks: the records that the services' own operations
 * read, held to the same rules. */
#include "core/sandbox/iam.h"

#include "core/base/mem.h"
#include "core/sandbox/resource.h"
#include "tests/unit/check.h"

#define CICD "111111111111"
#define TRUST(principal)                                                                           \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":" principal    \
    ",\"Action\":\"sts:AssumeRole\"}]}"
#define TRUST_ROOT TRUST("{\"AWS\":\"arn:aws:iam::" CICD ":root\"}")

struct scene {
    struct service service;
    struct resource_ask ask;
    cJSON *properties;
    cJSON *old;
    cJSON *tags;
    struct err err;
};

static void open_scene(struct scene *s)
{
    *s = (struct scene){0};
    REQUIRE_OK(records_open(NULL, &s->service.records, &s->err), &s->err);
    s->service.now_ms = 1795228800000;
    s->service.token_seed = (struct uid){1, 2};
    s->ask = (struct resource_ask){.service = &s->service,
                                   .account = SV(CICD),
                                   .region = SV("eu-west-1"),
                                   .stack_name = SV("lake"),
                                   .stack_id =
                                       SV("arn:aws:cloudformation:eu-west-1:" CICD ":stack/lake/1"),
                                   .logical_id = SV("Thing"),
                                   .err = &s->err};
    REQUIRE_OK(json_parse(SV("[{\"Key\":\"aws:cloudformation:stack-name\",\"Value\":\"lake\"}]"),
                          &s->tags, &s->err),
               &s->err);
    s->ask.tags = s->tags;
}

static void close_scene(struct scene *s)
{
    cJSON_Delete(s->properties);
    cJSON_Delete(s->old);
    cJSON_Delete(s->tags);
    cJSON_Delete(s->ask.attributes);
    records_close(s->service.records);
}

/* What is asked for next; what was asked for before becomes the old. */
static void want(struct scene *s, const char *properties)
{
    cJSON_Delete(s->old);
    s->old = s->properties;
    s->properties = NULL;
    REQUIRE_OK(json_parse(sv_of(properties), &s->properties, &s->err), &s->err);
    cJSON_Delete(s->ask.attributes);
    s->ask.attributes = cJSON_CreateObject();
    s->ask.properties = s->properties;
    s->ask.old = s->old;
    s->ask.why[0] = '\0';
}

static const struct resource_type *type(const char *name)
{
    const struct resource_type *found = resource_type_find(sv_of(name));

    REQUIRE(found != NULL);
    return found;
}

static void expect_done(struct scene *s, resource_fn *fn)
{
    REQUIRE_OK(fn(&s->ask), &s->err);
    CHECK_STR(s->ask.why, "");
}

static void expect_refusal(struct scene *s, resource_fn *fn, const char *beginning,
                           const char *ending)
{
    REQUIRE_OK(fn(&s->ask), &s->err);
    if (!sv_starts(sv_of(s->ask.why), sv_of(beginning)) ||
        !sv_ends(sv_of(s->ask.why), sv_of(ending)))
        CHECK_STR(s->ask.why, beginning);
}

static cJSON *record(struct scene *s, const char *kind, const char *region, const char *name)
{
    const struct record_key key = {
        .kind = kind, .account = SV(CICD), .region = sv_of(region), .name = sv_of(name)};
    cJSON *value;

    REQUIRE_OK(record_get(s->service.records, &key, &value, &s->err), &s->err);
    return value;
}

static bool allows(struct scene *s, const char *action)
{
    bool may;

    REQUIRE_OK(iam_role_allows(&s->service, SV("arn:aws:iam::" CICD ":role/build"), sv_of(action),
                               SV("*"), &may, &s->err),
               &s->err);
    return may;
}

#define DOCUMENT(action)                                                                           \
    "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"" action "\",\"Resource\":\"*\"}]}"

static void test_a_role_of_a_stack_is_a_role(void **state)
{
    const struct resource_type *role = type("AWS::IAM::Role");
    struct scene s;
    cJSON *kept;

    (void)state;
    open_scene(&s);
    want(&s, "{\"RoleName\":\"build\",\"AssumeRolePolicyDocument\":" TRUST_ROOT
             ",\"ManagedPolicyArns\":[\"arn:aws:iam::aws:policy/ReadOnlyAccess\"],\"Policies\":[{"
             "\"PolicyName\":\"p\",\"PolicyDocument\":" DOCUMENT("ssm:PutParameter") "}]}");
    expect_done(&s, role->create);
    CHECK_STR(s.ask.id, "build");
    CHECK_SV(json_sv(s.ask.attributes, "Arn"), SV("arn:aws:iam::" CICD ":role/build"));
    CHECK_TRUE(allows(&s, "ssm:PutParameter") && allows(&s, "s3:GetObject"));
    CHECK_TRUE(!allows(&s, "s3:PutObject"));
    kept = record(&s, "iam.role", "", "build");
    CHECK_SV(json_sv(json_list(kept, "Tags"), "Value"), SV("lake"));
    cJSON_Delete(kept);

    want(&s, "{\"RoleName\":\"build\",\"AssumeRolePolicyDocument\":" TRUST_ROOT
             ",\"Policies\":[{\"PolicyName\":\"q\",\"PolicyDocument\":" DOCUMENT("s3:*") "}]}");
    expect_done(&s, role->update);
    CHECK_TRUE(!allows(&s, "ssm:PutParameter") && allows(&s, "s3:PutObject"));
    expect_done(&s, role->remove);
    CHECK_TRUE(record(&s, "iam.role", "", "build") == NULL);
    expect_done(&s, role->remove);
    close_scene(&s);
}

static void test_a_role_is_refused_as_iam_refuses_it(void **state)
{
    const struct resource_type *role = type("AWS::IAM::Role");
    struct scene s;

    (void)state;
    open_scene(&s);
    want(&s, "{\"RoleName\":\"build\",\"AssumeRolePolicyDocument\":" TRUST_ROOT "}");
    expect_done(&s, role->create);
    s.ask.id[0] = '\0';
    expect_refusal(&s, role->create,
                   "Resource handler returned message: \"Role with name build already exists. "
                   "(Service: Iam, Status Code: 409, Request ID: ",
                   ", HandlerErrorCode: AlreadyExists)");
    want(&s, "{\"AssumeRolePolicyDocument\":" TRUST("{\"AWS\":\"arn:aws:iam::" CICD
                                                    ":role/nobody\"}") "}");
    expect_refusal(&s, role->create,
                   "Resource handler returned message: \"Invalid principal in policy: "
                   "\"AWS\":\"arn:aws:iam::" CICD ":role/nobody\" (Service: Iam, ",
                   ", HandlerErrorCode: InvalidRequest)");
    /* One whose policies are refused is not left behind. */
    want(&s, "{\"RoleName\":\"half\",\"AssumeRolePolicyDocument\":" TRUST_ROOT
             ",\"ManagedPolicyArns\":[\"arn:aws:iam::aws:policy/Nobody\"]}");
    expect_refusal(&s, role->create,
                   "Resource handler returned message: \"Policy arn:aws:iam::aws:",
                   ", HandlerErrorCode: NotFound)");
    CHECK_TRUE(record(&s, "iam.role", "", "half") == NULL);
    close_scene(&s);
}

static void test_a_policy_lives_in_its_roles(void **state)
{
    const struct resource_type *policy = type("AWS::IAM::Policy");
    struct scene s;

    (void)state;
    open_scene(&s);
    want(&s, "{\"RoleName\":\"build\",\"AssumeRolePolicyDocument\":" TRUST_ROOT "}");
    expect_done(&s, type("AWS::IAM::Role")->create);
    want(&s,
         "{\"PolicyName\":\"p\",\"PolicyDocument\":" DOCUMENT("kms:*") ",\"Roles\":[\"build\"]}");
    expect_done(&s, policy->create);
    CHECK_TRUE(allows(&s, "kms:Decrypt"));
    want(&s,
         "{\"PolicyName\":\"q\",\"PolicyDocument\":" DOCUMENT("ssm:*") ",\"Roles\":[\"build\"]}");
    expect_done(&s, policy->update);
    CHECK_TRUE(!allows(&s, "kms:Decrypt") && allows(&s, "ssm:GetParameter"));
    expect_done(&s, policy->remove);
    CHECK_TRUE(!allows(&s, "ssm:GetParameter"));
    close_scene(&s);
}

static void test_a_boundary_caps_a_role(void **state)
{
    struct scene s;
    char text[RESOURCE_ID_MAX + 512];

    (void)state;
    open_scene(&s);
    want(&s, "{\"ManagedPolicyName\":\"bound\",\"PolicyDocument\":" DOCUMENT("ssm:*") "}");
    expect_done(&s, type("AWS::IAM::ManagedPolicy")->create);
    CHECK_STR(s.ask.id, "arn:aws:iam::" CICD ":policy/bound");
    (void)snprintf(text, sizeof text,
                   "{\"RoleName\":\"build\",\"AssumeRolePolicyDocument\":" TRUST_ROOT
                   ",\"PermissionsBoundary\":\"%s\",\"ManagedPolicyArns\":["
                   "\"arn:aws:iam::aws:policy/AdministratorAccess\"]}",
                   s.ask.id);
    want(&s, text);
    expect_done(&s, type("AWS::IAM::Role")->create);
    CHECK_TRUE(allows(&s, "ssm:PutParameter") && !allows(&s, "s3:PutObject"));
    close_scene(&s);
}

static void test_a_key_of_a_stack_names_only_who_is_there(void **state)
{
    const struct resource_type *key = type("AWS::KMS::Key");
    struct scene s;
    cJSON *kept;

    (void)state;
    open_scene(&s);
#define KEY_POLICY(more)                                                                           \
    "{\"KeyPolicy\":{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::"  \
    "" CICD ":root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}" more                               \
    "]},\"EnableKeyRotation\":true,\"PendingWindowInDays\":7}"
    want(&s, KEY_POLICY(",{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::222222222222:"
                        "role/nobody\"},\"Action\":\"kms:Decrypt\",\"Resource\":\"*\"}"));
    expect_refusal(&s, key->create,
                   "Resource handler returned message: \"Policy contains a statement with one or "
                   "more invalid principals. (Service: Kms, Status Code: 400, ",
                   ", HandlerErrorCode: InvalidRequest)");
    want(&s, KEY_POLICY(""));
    expect_done(&s, key->create);
    kept = record(&s, "kms.key", "eu-west-1", s.ask.id);
    CHECK_TRUE(json_bool(kept, "KeyRotationEnabled", false));
    CHECK_SV(json_sv(kept, "Arn"), json_sv(s.ask.attributes, "Arn"));
    cJSON_Delete(kept);
    expect_done(&s, key->remove);
    kept = record(&s, "kms.key", "eu-west-1", s.ask.id);
    CHECK_SV(json_sv(kept, "KeyState"), SV("PendingDeletion"));
    CHECK_INT(json_int(kept, "DeletionDate", 0), s.service.now_ms + 7 * 86400000LL);
    cJSON_Delete(kept);
    expect_done(&s, key->remove);
    close_scene(&s);
}

static void test_a_parameter_of_a_stack_counts_its_versions(void **state)
{
    const struct resource_type *parameter = type("AWS::SSM::Parameter");
    struct scene s;
    cJSON *kept;

    (void)state;
    open_scene(&s);
    want(&s, "{\"Name\":\"/a/b\",\"Type\":\"String\",\"Value\":\"1\"}");
    expect_done(&s, parameter->create);
    expect_refusal(&s, parameter->create,
                   "Resource handler returned message: \"The parameter already exists.",
                   ", HandlerErrorCode: AlreadyExists)");
    want(&s, "{\"Name\":\"/a/b\",\"Type\":\"String\",\"Value\":\"2\"}");
    expect_done(&s, parameter->update);
    CHECK_SV(json_sv(s.ask.attributes, "Value"), SV("2"));
    kept = record(&s, "ssm.parameter", "eu-west-1", "/a/b");
    CHECK_INT(json_int(kept, "Version", 0), 2);
    cJSON_Delete(kept);
    expect_done(&s, parameter->remove);
    expect_done(&s, parameter->remove);
    close_scene(&s);
}

static bool may_assume(struct scene *s, const char *role, struct sv account, const char *arn,
                       struct sv external_id)
{
    const struct iam_caller caller = {
        .account = account, .arn = sv_of(arn), .external_id = external_id};
    char why[IAM_WHY_MAX] = "";
    bool may;

    REQUIRE_OK(iam_may_assume(&s->service, &caller, sv_of(role), &may, why, &s->err), &s->err);
    CHECK_TRUE(may == (why[0] == '\0'));
    return may;
}

static void test_the_roles_of_the_beginning_read_as_iams(void **state)
{
    static const char external[] = "arn:aws:iam::222222222222:role/penstock-external";
    static const char user[] = "arn:aws:iam::" CICD ":user/ops";
    struct scene s;

    (void)state;
    open_scene(&s);
    CHECK_TRUE(may_assume(&s, external, SV(CICD), user, SV("penstock-external-id")));
    CHECK_TRUE(!may_assume(&s, external, SV(CICD), user, SV_NONE));
    CHECK_TRUE(!may_assume(&s, external, SV("333333333333"), "arn:aws:iam::333333333333:user/ops",
                           SV("penstock-external-id")));
    CHECK_TRUE(!may_assume(&s, "arn:aws:iam::222222222222:role/nobody", SV(CICD), user, SV_NONE));
    CHECK_TRUE(may_assume(&s, "arn:aws:iam::222222222222:role/penstock-admin", SV(CICD),
                          "arn:aws:sts::" CICD ":assumed-role/penstock-admin/me", SV_NONE));
    CHECK_TRUE(!may_assume(&s, "arn:aws:iam::222222222222:role/penstock-admin", SV(CICD),
                           "arn:aws:sts::" CICD ":assumed-role/penstock-readonly/me", SV_NONE));
    close_scene(&s);
}

static void test_a_service_takes_the_roles_that_name_it(void **state)
{
    static const char arn[] = "arn:aws:iam::" CICD ":role/build";
    struct scene s;

    (void)state;
    open_scene(&s);
    want(&s, "{\"RoleName\":\"build\",\"AssumeRolePolicyDocument\":{\"Statement\":[{\"Effect\":"
             "\"Allow\",\"Principal\":{\"Service\":\"codebuild.amazonaws.com\"},\"Action\":"
             "\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"" CICD
             "\"}}}]}}");
    expect_done(&s, type("AWS::IAM::Role")->create);
    CHECK_TRUE(may_assume(&s, arn, SV(""), "codebuild.amazonaws.com", SV_NONE));
    CHECK_TRUE(!may_assume(&s, arn, SV(""), "codepipeline.amazonaws.com", SV_NONE));
    CHECK_TRUE(!may_assume(&s, arn, SV(CICD), "arn:aws:iam::" CICD ":user/ops", SV_NONE));
    close_scene(&s);
}

/* Made, changed and removed with the n-th allocation failing; true when none was left to fail. A
 * failure is always said. */
static bool go_through(struct scene *s, const char *name, const char *properties, long fail_at)
{
    const struct resource_type *t = type(name);
    cJSON *made;
    bool was_reached;
    enum err_code rc;

    want(s, properties);
    want(s, properties);
    mem_fail_at(fail_at);
    rc = t->create(&s->ask);
    made = s->ask.attributes;
    s->ask.old_attributes = made;
    s->ask.attributes = rc ? NULL : cJSON_CreateObject();
    if (!rc)
        rc = s->ask.attributes == NULL ? ERR_LIMIT : t->update(&s->ask);
    if (!rc)
        rc = t->remove(&s->ask);
    was_reached = mem_count() >= fail_at;
    mem_fail_at(0);
    cJSON_Delete(made);
    CHECK_STR(s->ask.why, "");
    CHECK_INT(rc, was_reached ? ERR_LIMIT : ERR_OK);
    return !was_reached;
}

static void test_short_memory_is_said_and_leaks_nothing(void **state)
{
    static const struct {
        const char *type;
        const char *properties;
    } rows[] = {
        {"AWS::IAM::Role",
         "{\"RoleName\":\"build\",\"AssumeRolePolicyDocument\":" TRUST_ROOT
         ",\"Policies\":[{\"PolicyName\":\"p\",\"PolicyDocument\":" DOCUMENT("ssm:*") "}]}"},
        {"AWS::IAM::ManagedPolicy", "{\"PolicyDocument\":" DOCUMENT("ssm:*") "}"},
        {"AWS::KMS::Key", "{\"Description\":\"d\"}"},
        {"AWS::SSM::Parameter", "{\"Type\":\"String\",\"Value\":\"v\"}"},
        {"AWS::Logs::LogGroup", "{\"RetentionInDays\":30}"},
        {"AWS::ECR::Repository", "{\"ImageScanningConfiguration\":{\"ScanOnPush\":true}}"},
        {"AWS::SecretsManager::Secret", "{\"GenerateSecretString\":{\"PasswordLength\":20}}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool is_done = false;

        for (long n = 1; !is_done && n < 5000; n++) {
            struct scene s;

            open_scene(&s);
            is_done = go_through(&s, rows[i].type, rows[i].properties, n);
            close_scene(&s);
        }
        CHECK_TRUE(is_done);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_role_of_a_stack_is_a_role),
        TEST(test_a_role_is_refused_as_iam_refuses_it),
        TEST(test_a_policy_lives_in_its_roles),
        TEST(test_a_boundary_caps_a_role),
        TEST(test_a_key_of_a_stack_names_only_who_is_there),
        TEST(test_a_parameter_of_a_stack_counts_its_versions),
        TEST(test_the_roles_of_the_beginning_read_as_iams),
        TEST(test_a_service_takes_the_roles_that_name_it),
        TEST(test_short_memory_is_said_and_leaks_nothing),
    };

    return RUN(tests);
}
