/* Bootstrap stacks keep the contract: names, trust, tags, outputs, version. */
#include "tests/unit/check.h"

#include "core/base/mem.h"
#include "tests/unit/deploy/template_case.h"

static cJSON *build(enum bootstrap dialect, struct sv boundary)
{
    struct environment e = case_environment(SV("dev"), SV("222222222222"));
    struct err err = {0};
    cJSON *tree = NULL;

    e.bootstrap = dialect;
    e.boundary = boundary;
    REQUIRE_OK(template_bootstrap(&e, &tree, &err), &err);
    return tree;
}

static const cJSON *whole(const cJSON *tree, const char *logical)
{
    const cJSON *found = json_get(json_get(tree, "Resources"), logical);

    if (found == NULL)
        print_error("no resource %s\n", logical);
    REQUIRE(found != NULL);
    return found;
}

static const cJSON *resource(const cJSON *tree, const char *logical)
{
    return json_get(whole(tree, logical), "Properties");
}

static void expect(const cJSON *tree, const char *part, bool wanted)
{
    char *text = cJSON_PrintUnformatted(tree);

    REQUIRE(text != NULL);
    if ((strstr(text, part) != NULL) != wanted)
        print_error("%s: %s\n  in %s\n", wanted ? "lacks" : "has", part, text);
    CHECK_TRUE((strstr(text, part) != NULL) == wanted);
    cJSON_free(text);
}

static const char *const takeable[] = {"FilePublishingRole", "ImagePublishingRole", "LookupRole",
                                       "DeploymentActionRole"};

static void test_roles_bear_the_cdks_names_and_tags(void **state)
{
    static const char *const tags[] = {"file-publishing", "image-publishing", "lookup", "deploy"};
    cJSON *tree = build(BOOTSTRAP_CDK, SV(""));

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(takeable); i++) {
        const cJSON *role = resource(tree, takeable[i]);
        char name[128];

        snprintf(name, sizeof name, "cdk-hnb659fds-%s-role-222222222222-eu-west-1", tags[i]);
        CHECK_SV(json_sv(role, "RoleName"), sv_of(name));
        CHECK_SV(json_sv(json_list(role, "Tags"), "Key"), SV("aws-cdk:bootstrap-role"));
        CHECK_SV(json_sv(json_list(role, "Tags"), "Value"), sv_of(tags[i]));
    }
    CHECK_SV(json_sv(resource(tree, "CdkBootstrapVersion"), "Name"),
             SV("/cdk-bootstrap/hnb659fds/version"));
    CHECK_SV(json_sv(resource(tree, "CdkBootstrapVersion"), "Value"), SV("32"));
    CHECK_SV(json_sv(json_get(json_get(tree, "Outputs"), "BootstrapVersion"), "Value"), SV("32"));
    expect(json_get(tree, "Outputs"), "CdkBootstrap-${Qualifier}-FileAssetKeyArn", true);
    expect(resource(tree, "StagingBucket"), "\"cdk-hnb659fds-assets-222222222222-eu-west-1\"",
           true);
    CHECK_SV(json_sv(whole(tree, "StagingBucket"), "DeletionPolicy"), SV("Retain"));
    cJSON_Delete(tree);
}

static void test_parameters_are_the_cdks(void **state)
{
    static const struct {
        const char *name;
        const char *otherwise;
    } wanted[] = {
        {"TrustedAccounts", ""},
        {"TrustedAccountsForLookup", ""},
        {"CloudFormationExecutionPolicies", ""},
        {"FileAssetsBucketName", ""},
        {"FileAssetsBucketKmsKeyId", "AWS_MANAGED_KEY"},
        {"ContainerAssetsRepositoryName", ""},
        {"Qualifier", "hnb659fds"},
        {"PublicAccessBlockConfiguration", "true"},
        {"InputPermissionsBoundary", ""},
        {"UseExamplePermissionsBoundary", "false"},
        {"BootstrapVariant", "AWS CDK: Default Resources"},
        {"DenyExternalId", "true"},
    };
    cJSON *tree = build(BOOTSTRAP_CDK, SV(""));
    const cJSON *parameters = json_get(tree, "Parameters");

    (void)state;
    CHECK_INT(cJSON_GetArraySize(parameters), ARRAY_LEN(wanted));
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        CHECK_SV(json_sv(json_get(parameters, wanted[i].name), "Default"),
                 sv_of(wanted[i].otherwise));
    cJSON_Delete(tree);
}

/* Two statements per principal: to assume, without an external id; to tag the session. */
static void expect_trust(const cJSON *role, int statements)
{
    const cJSON *document = json_get(role, "AssumeRolePolicyDocument");

    CHECK_INT(cJSON_GetArraySize(json_get(document, "Statement")), statements);
    expect(document, "{\"Null\":{\"sts:ExternalId\":\"true\"}}", true);
    expect(document, "\"sts:TagSession\",\"Principal\":{\"AWS\":{\"Ref\":\"TrustedAccounts\"}}}",
           true);
}

static void test_trust_is_by_account_and_only_the_lookup_role_is_wider(void **state)
{
    for (int dialect = 0; dialect < BOOTSTRAP_COUNT; dialect++) {
        cJSON *tree = build((enum bootstrap)dialect, SV(""));
        bool is_cdk = dialect == BOOTSTRAP_CDK;

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(takeable); i++) {
            bool is_lookup = i == 2;

            if (is_cdk || i != 1)
                expect_trust(resource(tree, takeable[i]), is_cdk && is_lookup ? 6 : 4);
        }
        expect(json_get(resource(tree, "CloudFormationExecutionRole"), "AssumeRolePolicyDocument"),
               "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
               "\"sts:AssumeRole\",\"Principal\":{\"Service\":\"cloudformation.amazonaws.com\"}}]}",
               true);
        cJSON_Delete(tree);
    }
}

static void test_who_is_trusted_never_administers_by_default(void **state)
{
    cJSON *tree = build(BOOTSTRAP_CDK, SV(""));

    (void)state;
    expect(resource(tree, "CloudFormationExecutionRole"),
           "{\"Fn::If\":[\"HasTrustedAccounts\",{\"Ref\":\"AWS::NoValue\"},[", true);
    cJSON_Delete(tree);
}

static void test_assets_go_to_a_bucket_of_this_account_only(void **state)
{
    for (int dialect = 0; dialect < BOOTSTRAP_COUNT; dialect++) {
        cJSON *tree = build((enum bootstrap)dialect, SV(""));

        (void)state;
        expect(resource(tree, "FilePublishingRoleDefaultPolicy"),
               "\"StringEquals\":{\"aws:ResourceAccount\":{\"Ref\":\"AWS::AccountId\"}}", true);
        expect(resource(tree, "StagingBucketPolicy"), "aws:SecureTransport", true);
        expect(resource(tree, "DeploymentActionRole"),
               "\"Action\":\"iam:PassRole\",\"Resource\":{\"Fn::GetAtt\":["
               "\"CloudFormationExecutionRole\",\"Arn\"]}",
               true);
        expect(resource(tree, "LookupRole"), "\"Effect\":\"Deny\",\"Action\":\"kms:Decrypt\"",
               true);
        cJSON_Delete(tree);
    }
}

static void test_ddk_keeps_its_own_contract(void **state)
{
    cJSON *tree = build(BOOTSTRAP_DDK, SV(""));
    const cJSON *resources = json_get(tree, "Resources");

    (void)state;
    CHECK_SV(json_sv(resource(tree, "DeploymentActionRole"), "RoleName"),
             SV("ddk-dev-hnb659fds-deploy-222222222222-eu-west-1"));
    CHECK_SV(json_sv(resource(tree, "FilePublishingRole"), "RoleName"),
             SV("ddk-dev-hnb659fds-file-publish-222222222222-eu-west-1"));
    CHECK_SV(json_sv(resource(tree, "CdkBootstrapVersion"), "Name"),
             SV("/ddk/dev/hnb659fds/bootstrap-version"));
    CHECK_SV(json_sv(resource(tree, "CdkBootstrapVersion"), "Value"), SV("10"));
    CHECK_TRUE(json_get(resources, "ImagePublishingRole") == NULL);
    CHECK_TRUE(json_get(resources, "ContainerAssetsRepository") == NULL);
    CHECK_TRUE(json_get(resources, "AssetsEncryptionKeyAlias") != NULL);
    expect(resource(tree, "CloudFormationExecutionRole"),
           "{\"Ref\":\"CloudFormationExecutionPermissionsBoundaryDefaultPolicy\"}", true);
    expect(resource(tree, "DeploymentActionRole"), "parameter/${Prefix}/*", true);
    cJSON_Delete(tree);
}

static void test_a_boundary_bounds_every_role(void **state)
{
    static const struct {
        struct sv boundary;
        const char *parameter; /* the default of InputPermissionsBoundary */
        const char *in_role;
    } cases[] = {
        {{"arn:aws:iam::222222222222:policy/team/limits", 44},
         "team/limits",
         "\"arn:aws:iam::222222222222:policy/team/limits\"]}"},
        {{"arn:aws:iam::aws:policy/PowerUserAccess", 39},
         "",
         "\"arn:aws:iam::aws:policy/PowerUserAccess\"]}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cJSON *tree = build(BOOTSTRAP_CDK, cases[i].boundary);
        const cJSON *r;

        CHECK_SV(
            json_sv(json_get(json_get(tree, "Parameters"), "InputPermissionsBoundary"), "Default"),
            sv_of(cases[i].parameter));
        cJSON_ArrayForEach(r, json_get(tree, "Resources"))
        {
            if (sv_eq(json_sv(r, "Type"), SV("AWS::IAM::Role")))
                expect(json_get(json_get(r, "Properties"), "PermissionsBoundary"), cases[i].in_role,
                       true);
        }
        cJSON_Delete(tree);
    }
}

static void test_it_fits_into_one_call(void **state)
{
    for (int dialect = 0; dialect < BOOTSTRAP_COUNT; dialect++) {
        CLEANUP(sb_release) struct sb text;
        cJSON *tree = build((enum bootstrap)dialect, SV(""));
        struct err err = {0};

        (void)state;
        sb_init(&text, 1024 * 1024);
        REQUIRE_OK(template_text(tree, &text, &err), &err);
        CHECK_TRUE(text.len < 51200);
        cJSON_Delete(tree);
    }
}

static void test_every_allocation_may_fail(void **state)
{
    struct environment e = case_environment(SV("dev"), SV("222222222222"));

    (void)state;
    for (int dialect = 0; dialect < BOOTSTRAP_COUNT; dialect++) {
        cJSON *tree = NULL;
        long total;

        e.bootstrap = (enum bootstrap)dialect;
        cJSON_Delete(build(e.bootstrap, SV("")));
        mem_fail_at(0);
        cJSON_Delete(build(e.bootstrap, SV("")));
        total = mem_count();
        for (long n = 1; n <= total; n++) {
            struct err err = {0};
            enum err_code rc;

            mem_fail_at(n);
            rc = template_bootstrap(&e, &tree, &err);
            mem_fail_at(0);
            CHECK_INT(rc, ERR_LIMIT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_roles_bear_the_cdks_names_and_tags),
        TEST(test_parameters_are_the_cdks),
        TEST(test_trust_is_by_account_and_only_the_lookup_role_is_wider),
        TEST(test_who_is_trusted_never_administers_by_default),
        TEST(test_assets_go_to_a_bucket_of_this_account_only),
        TEST(test_ddk_keeps_its_own_contract),
        TEST(test_a_boundary_bounds_every_role),
        TEST(test_it_fits_into_one_call),
        TEST(test_every_allocation_may_fail),
    };

    return RUN(tests);
}
