/* Environments: every rule has its case; names are those of the CDK's and DDK's templates. */
#include "tests/unit/check.h"

#include "core/base/mem.h"
#include "core/model/environment.h"

static struct environment target(void)
{
    return (struct environment){.name = SV("dev"),
                                .account = SV("222222222222"),
                                .region = SV("eu-west-1"),
                                .qualifier = SV("hnb659fds")};
}

static void show(const struct defects *d)
{
    for (size_t i = 0; i < d->count; i++)
        print_error("  %s: %s\n", d->items[i].field, d->items[i].text);
}

static void expect(const struct environment *e, const char *field, const char *text)
{
    struct environment others[] = {
        {.name = SV("tools"),
         .kind = ENVIRONMENT_CICD,
         .account = SV("111111111111"),
         .region = SV("eu-west-1")},
        target(),
    };
    struct defects d = {0};
    const struct defect *found;

    environment_check(e, others, ARRAY_LEN(others), &d);
    if (field == NULL) {
        show(&d);
        CHECK_INT(d.count, 0);
        return;
    }
    found = defects_of(&d, field);
    if (found == NULL || sv_find(sv_of(found->text), sv_of(text)) < 0) {
        print_error("expected %s: %s\n", field, text);
        show(&d);
        REQUIRE(false);
    }
}

#define EXPECT(member, value, field, text)                                                         \
    do {                                                                                           \
        struct environment e_ = target();                                                          \
        e_.member = value;                                                                         \
        expect(&e_, (field), (text));                                                              \
    } while (0)

static void test_a_plain_environment_has_no_defect(void **state UNUSED)
{
    struct environment e = target();

    expect(&e, NULL, NULL);
    e.role_arn = SV("arn:aws:iam::222222222222:role/path/reach-me");
    e.external_id = SV("a,b@c:/-_");
    e.boundary = SV("arn:aws:iam::aws:policy/PowerUserAccess");
    e.stage = SV("dev");
    e.team = SV("Engineers");
    expect(&e, NULL, NULL);
    e.region = SV("us-gov-west-1");
    e.role_arn = SV("arn:aws-us-gov:iam::222222222222:role/r");
    e.boundary = SV("arn:aws-us-gov:iam::222222222222:policy/b");
    expect(&e, NULL, NULL);
}

static void test_name_and_place(void **state UNUSED)
{
    EXPECT(name, SV(""), "name", "required");
    EXPECT(name, SV("Dev"), "name", "lower-case");
    EXPECT(name, SV("1dev"), "name", "begins with a letter");
    EXPECT(name, SV("de--v"), "name", "single hyphens");
    EXPECT(name, SV("dev-"), "name", "single hyphens");
    EXPECT(name, SV("abcdefghijklmnopqrstuvwxyzabcdefg"), "name", "at most 32");
    EXPECT(account, SV(""), "account", "required");
    EXPECT(account, SV("22222222222"), "account", "12 digits");
    EXPECT(account, SV("22222222222x"), "account", "12 digits");
    EXPECT(region, SV(""), "region", "required");
    EXPECT(region, SV("eu-west"), "region", "no region");
    EXPECT(region, SV("eu-west-"), "region", "no region");
    EXPECT(region, SV("xx-west-1"), "region", "no region");
    EXPECT(region, SV("eu-west-1\n"), "region", "no region");
    EXPECT(region, SV("ap-southeast-4"), NULL, NULL);
    EXPECT(region, SV("us-isob-east-1"), NULL, NULL);
    EXPECT(region, SV("eusc-de-east-1"), NULL, NULL);
}

static void test_how_it_is_reached(void **state UNUSED)
{
    struct environment e = target();

    EXPECT(role_arn, SV("arn:aws:iam::333333333333:role/r"), "role_arn", "of account 333333333333");
    EXPECT(role_arn, SV("arn:aws-cn:iam::222222222222:role/r"), "role_arn", "partition aws-cn");
    EXPECT(role_arn, SV("arn:aws:iam::222222222222:user/r"), "role_arn", "must be an ARN");
    EXPECT(role_arn, SV("arn:aws:iam::222222222222:role/"), "role_arn", "must be an ARN");
    EXPECT(role_arn, SV("role/r"), "role_arn", "must be an ARN");
    EXPECT(role_arn, SV("arn:aws:iam::aws:role/r"), "role_arn", "must be an ARN");
    EXPECT(external_id, SV("abc"), "external_id", "role_arn only");
    EXPECT(profile, SV("a]b"), "profile", "cannot be");
    EXPECT(profile, SV("a\nb"), "profile", "cannot be");
    e.role_arn = SV("arn:aws:iam::222222222222:role/r");
    e.external_id = SV("x");
    expect(&e, "external_id", "2 to 1224");
    e.external_id = SV("has blank");
    expect(&e, "external_id", "letters, digits");
    e.profile = SV("dev");
    expect(&e, "profile", "not both");
}

static void test_stage_team_and_boundary(void **state UNUSED)
{
    EXPECT(stage, SV("cicd"), "stage", "own word");
    EXPECT(stage, SV("De"), "stage", "lower-case");
    EXPECT(stage, SV("abcdefghijklmnopqrstu"), "stage", "at most 20");
    EXPECT(team, SV("Data Engineers"), "team", "IAM role");
    EXPECT(boundary, SV("arn:aws:iam::222222222222:role/b"), "boundary", "policy/NAME");
    EXPECT(boundary, SV("arn:aws:iam::333333333333:policy/b"), "boundary", "of account 3333");
    EXPECT(ddk_prefix, SV("ddk"), "ddk_prefix", "bootstrap ddk only");
}

static void test_ddk_needs_a_short_stage_and_prefix(void **state UNUSED)
{
    struct environment e = target();

    e.bootstrap = BOOTSTRAP_DDK;
    expect(&e, "stage", "is required");
    e.stage = SV("other");
    expect(&e, "stage", "at most 4");
    e.stage = SV("dev");
    e.ddk_prefix = SV("toolong");
    expect(&e, "ddk_prefix", "1 to 5");
    e.ddk_prefix = SV("Ddk");
    expect(&e, "ddk_prefix", "lower-case");
    e.ddk_prefix = SV("ddk");
    expect(&e, NULL, NULL);
    e.kind = ENVIRONMENT_CICD;
    e.stage = SV("cicd");
    expect(&e, NULL, NULL);
}

static void test_qualifier_must_fit_roles_and_bucket(void **state UNUSED)
{
    struct environment e = target();

    EXPECT(qualifier, SV("elevenchars"), "qualifier", "1 to 10");
    EXPECT(qualifier, SV("a.b"), "qualifier", "letters");
    EXPECT(qualifier, SV("Team"), "qualifier", "upper-case");
    EXPECT(qualifier, SV("te_am"), "qualifier", "upper-case");
    e.qualifier = SV("abcdefghij");
    e.region = SV("ap-southeast-1");
    expect(&e, NULL, NULL); /* image-publishing reaches exactly 64 */
    e.region = SV("ap-northeast-10");
    expect(&e, "qualifier", "would have 65 characters and AWS takes 64: a qualifier of at most 9");
}

static void test_one_cicd_environment_per_account_and_region(void **state UNUSED)
{
    struct environment e = target();

    e.name = SV("tools2");
    e.kind = ENVIRONMENT_CICD;
    expect(&e, NULL, NULL);
    e.account = SV("111111111111");
    expect(&e, "kind", "tools is the CICD environment");
    e.name = SV("tools");
    expect(&e, NULL, NULL); /* itself, being changed */
    e.name = SV("TOOLS");
    expect(&e, "name", "lower-case");
}

static void test_names_are_those_of_the_cdk(void **state UNUSED)
{
    struct environment e = target();
    char out[ENVIRONMENT_NAME_SIZE];

    CHECK_STR(environment_role_name(&e, BOOTSTRAP_ROLE_DEPLOY, out),
              "cdk-hnb659fds-deploy-role-222222222222-eu-west-1");
    CHECK_STR(environment_role_name(&e, BOOTSTRAP_ROLE_IMAGE_PUBLISHING, out),
              "cdk-hnb659fds-image-publishing-role-222222222222-eu-west-1");
    e.qualifier = SV("");
    CHECK_STR(environment_staging_bucket(&e, out), "cdk-hnb659fds-assets-222222222222-eu-west-1");
    CHECK_STR(environment_version_parameter(&e, out), "/cdk-bootstrap/hnb659fds/version");
    CHECK_STR(environment_bootstrap_stack(&e, out), "CDKToolkit");
    e.region = SV("cn-north-1");
    CHECK_STR(environment_role_arn(&e, BOOTSTRAP_ROLE_CFN_EXEC, out),
              "arn:aws-cn:iam::222222222222:role/"
              "cdk-hnb659fds-cfn-exec-role-222222222222-cn-north-1");
}

static void test_names_are_those_of_ddk(void **state UNUSED)
{
    struct environment e = target();
    char out[ENVIRONMENT_NAME_SIZE];

    e.bootstrap = BOOTSTRAP_DDK;
    e.stage = SV("dev");
    CHECK_STR(environment_role_name(&e, BOOTSTRAP_ROLE_FILE_PUBLISHING, out),
              "ddk-dev-hnb659fds-file-publish-222222222222-eu-west-1");
    CHECK_STR(environment_role_name(&e, BOOTSTRAP_ROLE_IMAGE_PUBLISHING, out), "");
    CHECK_STR(environment_role_arn(&e, BOOTSTRAP_ROLE_IMAGE_PUBLISHING, out), "");
    CHECK_STR(environment_staging_bucket(&e, out),
              "ddk-dev-hnb659fds-assets-222222222222-eu-west-1");
    CHECK_STR(environment_version_parameter(&e, out), "/ddk/dev/hnb659fds/bootstrap-version");
    CHECK_STR(environment_bootstrap_stack(&e, out), "DdkDevBootstrap");
    e.stage = SV("cicd");
    CHECK_STR(environment_bootstrap_stack(&e, out), "DdkCicdBootstrap");
    e.stage = SV("d1a");
    CHECK_STR(environment_bootstrap_stack(&e, out), "DdkD1ABootstrap"); /* as Python's title */
}

static void test_partition_is_by_region(void **state UNUSED)
{
    CHECK_STR(partition_by_region(SV("eu-west-1")), "aws");
    CHECK_STR(partition_by_region(SV("cn-northwest-1")), "aws-cn");
    CHECK_STR(partition_by_region(SV("us-gov-east-1")), "aws-us-gov");
    CHECK_STR(partition_by_region(SV("")), "aws");
}

static void test_what_is_written_reads_the_same(void **state UNUSED)
{
    struct environment e = target();
    struct environment got;
    struct arena arena;
    struct err err = {0};
    struct sb text;
    bool has_unknown = true;

    e.kind = ENVIRONMENT_CICD;
    e.bootstrap = BOOTSTRAP_DDK;
    e.stage = SV("cicd");
    e.ddk_prefix = SV("lake");
    e.role_arn = SV("arn:aws:iam::222222222222:role/r");
    e.external_id = SV("abc");
    e.boundary = SV("arn:aws:iam::aws:policy/b");
    sb_init(&text, 4096);
    arena_init(&arena, 16384);
    REQUIRE_OK(environment_write(&e, &text, &err), &err);
    CHECK_INT(sv_find(sb_sv(&text), SV("{\"schema\":1,\"name\":\"dev\",\"kind\":\"cicd\","
                                       "\"account\":\"222222222222\"")),
              0);
    REQUIRE_OK(environment_read(sb_sv(&text), &arena, &got, &has_unknown, &err), &err);
    CHECK_TRUE(!has_unknown);
    CHECK_INT(got.kind, ENVIRONMENT_CICD);
    CHECK_INT(got.bootstrap, BOOTSTRAP_DDK);
    CHECK_SV(got.name, e.name);
    CHECK_SV(got.account, e.account);
    CHECK_SV(got.region, e.region);
    CHECK_SV(got.role_arn, e.role_arn);
    CHECK_SV(got.external_id, e.external_id);
    CHECK_SV(got.boundary, e.boundary);
    CHECK_SV(got.ddk_prefix, e.ddk_prefix);
    CHECK_TRUE(got.profile.ptr != NULL && got.profile.len == 0);
    arena_release(&arena);
    sb_release(&text);
}

static enum err_code read(const char *json, struct environment *out, bool *has_unknown,
                          struct err *err)
{
    static struct arena arena;

    arena_release(&arena);
    arena_init(&arena, 16384);
    return environment_read(sv_of(json), &arena, out, has_unknown, err);
}

#define START "{\"schema\":1,\"name\":\"a\",\"kind\":\"target\",\"region\":\"eu-west-1\""

static void test_other_shapes_are_refused_with_their_member(void **state UNUSED)
{
    static const char *const cases[][2] = {
        {"[]", "object"},
        {"{", "JSON"},
        {START ",\"account\":123456789012}", "account: must be a text, not a number"},
        {START "}", "account: is required"},
        {START ",\"account\":\"1\",\"bootstrap\":\"ckd\"}", "did you mean cdk?"},
        {START ",\"account\":\"1\",\"account\":\"2\"}", "account: is there 2 times"},
        {START ",\"account\":\"1\",\"team\":\"a\\u0000b\"}", "NUL"},
        {START ",\"account\":\"1\",\"team\":\"a\\u0007b\"}", "control character"},
        {"{\"schema\":2,\"name\":\"a\"}", "schema 1, not 2"},
        {"{\"name\":\"a\"}", "schema: is required"},
        {"{\"schema\":1,\"name\":\"a\",\"account\":\"1\",\"region\":\"r\"}", "kind: is required"},
    };
    struct environment e;
    bool has_unknown;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};

        CHECK_INT(read(cases[i][0], &e, &has_unknown, &err), ERR_REPLY);
        if (sv_find(sv_of(err.text), sv_of(cases[i][1])) < 0)
            CHECK_STR(err.text, cases[i][1]);
    }
}

static void test_unknown_members_are_told_and_defaults_filled_in(void **state UNUSED)
{
    struct environment e;
    struct err err = {0};
    bool has_unknown = false;

    REQUIRE_OK(
        read(START ",\"account\":\"1\",\"colour\":\"red\",\"team\":null}", &e, &has_unknown, &err),
        &err);
    CHECK_TRUE(has_unknown);
    CHECK_SV(e.qualifier, SV("hnb659fds"));
    CHECK_INT(e.bootstrap, BOOTSTRAP_CDK);
    CHECK_SV(e.ddk_prefix, SV(""));
}

static void test_reading_survives_each_allocation_failing(void **state UNUSED)
{
    struct environment e;
    struct err err;
    bool has_unknown;

    for (long n = 1; n < 100; n++) {
        enum err_code rc;

        mem_fail_at(n);
        rc = read(START ",\"account\":\"1\"}", &e, &has_unknown, &err);
        mem_fail_at(0);
        if (rc == ERR_OK)
            break;
        CHECK_INT(rc, ERR_LIMIT);
    }
    REQUIRE_OK(read(START ",\"account\":\"1\"}", &e, &has_unknown, &err), &err);
}

static int release(void **state UNUSED)
{
    struct environment e;
    struct err err;
    bool has_unknown;

    return read("", &e, &has_unknown, &err) == ERR_OK; /* lets its arena go */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_plain_environment_has_no_defect),
        TEST(test_name_and_place),
        TEST(test_how_it_is_reached),
        TEST(test_stage_team_and_boundary),
        TEST(test_ddk_needs_a_short_stage_and_prefix),
        TEST(test_qualifier_must_fit_roles_and_bucket),
        TEST(test_one_cicd_environment_per_account_and_region),
        TEST(test_names_are_those_of_the_cdk),
        TEST(test_names_are_those_of_ddk),
        TEST(test_partition_is_by_region),
        TEST(test_what_is_written_reads_the_same),
        TEST(test_other_shapes_are_refused_with_their_member),
        TEST(test_unknown_members_are_told_and_defaults_filled_in),
        TEST(test_reading_survives_each_allocation_failing),
    };

    return cmocka_run_group_tests(tests, NULL, release);
}
