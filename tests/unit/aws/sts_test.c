#include "core/aws/sts.h"

#include "core/base/mem.h"
#include "core/base/time.h"
#include "tests/unit/check.h"

static const char caller_reply[] =
    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
    "<GetCallerIdentityResult><Arn>arn:aws:iam::111111111111:user/ana</Arn>"
    "<UserId>AIDA</UserId><Account>111111111111</Account></GetCallerIdentityResult>"
    "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>";

static const struct xml *parse(struct arena *arena, const char *text)
{
    struct err err = {0};
    struct xml *root = NULL;

    arena_init(arena, 64 * 1024);
    REQUIRE_OK(xml_parse(sv_of(text), arena, &root, &err), &err);
    return root;
}

static void expect_caller(const struct xml *xml)
{
    struct err err = {0};
    struct caller caller;

    REQUIRE_OK(decode_caller(xml, &caller, &err), &err);
    CHECK_SV(caller.account, SV("111111111111"));
    CHECK_SV(caller.arn, SV("arn:aws:iam::111111111111:user/ana"));
    CHECK_SV(caller.user_id, SV("AIDA"));
}

static void test_a_caller_is_read_with_and_without_its_wrapper(void **state)
{
    struct arena arena;
    const struct xml *root = parse(&arena, caller_reply);

    (void)state;
    expect_caller(root);
    expect_caller(xml_get(root, "GetCallerIdentityResult"));
    arena_release(&arena);
}

static void test_a_caller_without_account_is_no_reply(void **state)
{
    struct err err = {0};
    struct caller caller;
    struct arena arena;

    (void)state;
    CHECK_INT(decode_caller(parse(&arena, "<a><Arn>x</Arn></a>"), &caller, &err), ERR_REPLY);
    CHECK_STR(err.text, "expected AWS, got a caller identity without an account");
    arena_release(&arena);
}

static const char role_reply[] =
    "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser>"
    "<AssumedRoleId>AROA:s</AssumedRoleId>"
    "<Arn>arn:aws:sts::222222222222:assumed-role/penstock-admin/s</Arn></AssumedRoleUser>"
    "<Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s/+=</SecretAccessKey>"
    "<SessionToken>t+/=</SessionToken><Expiration>2026-11-21T03:00:00Z</Expiration></Credentials>"
    "</AssumeRoleResult></AssumeRoleResponse>";

static void test_credentials_come_with_the_roles_account(void **state)
{
    struct err err = {0};
    struct cred cred;
    struct arena arena;
    int64_t expires;

    (void)state;
    REQUIRE(time_parse_rfc3339(SV("2026-11-21T03:00:00Z"), &expires));
    REQUIRE_OK(decode_credentials(parse(&arena, role_reply), "assume-role", &cred, &err), &err);
    arena_release(&arena);
    CHECK_STR(cred.access_key, "ASIA");
    CHECK_STR(cred.secret_key, "s/+=");
    CHECK_STR(cred.token, "t+/=");
    CHECK_STR(cred.account, "222222222222");
    CHECK_STR(cred.provider, "assume-role");
    CHECK_INT(cred.expires_at_ms, expires);
    cred_release(&cred);
}

static void test_incomplete_credentials_are_no_reply(void **state)
{
    static const char *const rows[] = {
        "<a/>",
        "<AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId></Credentials>"
        "</AssumeRoleResult>",
        "<AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>"
        "<SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>"
        "<Expiration>soon</Expiration></Credentials></AssumeRoleResult>",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = {0};
        struct cred cred;
        struct arena arena;

        CHECK_INT(decode_credentials(parse(&arena, rows[i]), "x", &cred, &err), ERR_REPLY);
        CHECK_STR(err.text, "expected AWS, got credentials that are not complete");
        arena_release(&arena);
    }
}

static void test_each_failing_allocation_is_told(void **state)
{
    struct arena arena;
    const struct xml *root = parse(&arena, role_reply);

    (void)state;
    for (long n = 1; n <= 4; n++) {
        struct err err = {0};
        struct cred cred;

        mem_fail_at(n);
        CHECK_INT(decode_credentials(root, "x", &cred, &err), ERR_LIMIT);
        mem_fail_at(0);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_caller_is_read_with_and_without_its_wrapper),
        TEST(test_a_caller_without_account_is_no_reply),
        TEST(test_credentials_come_with_the_roles_account),
        TEST(test_incomplete_credentials_are_no_reply),
        TEST(test_each_failing_allocation_is_told),
    };

    return RUN(tests);
}
