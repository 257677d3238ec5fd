#include "core/aws/git_sign.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

/* Made with botocore's signer; tests/conformance compares many more. */
static const char user[] = "AKIDEXAMPLE%a/token+%==";
static const char password[] =
    "20261121T013700Zfab298bfbafb23963fa42f139bbf2c98ab04f90048de5b0e60c0fcb41897bfa4";

static enum err_code sign(struct git_login *login, const char *host, struct err *err)
{
    static char access[] = "AKIDEXAMPLE";
    static char secret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    static char token[] = "a/token+%==";
    const struct cred cred = {.access_key = access, .secret_key = secret, .token = token};

    return git_sign(&cred, SV("eu-west-1"), sv_of(host), SV("v1/repos/lake"), 1795225020000, login,
                    err);
}

static void test_a_password_is_a_time_and_a_signature(void **state)
{
    struct git_login login;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(sign(&login, "git-codecommit.eu-west-1.amazonaws.com", &err), &err);
    CHECK_STR(sb_cstr(&login.user), user);
    CHECK_STR(sb_cstr(&login.password), password);
    git_login_release(&login);
    CHECK_STR(sb_cstr(&login.password), "");
    REQUIRE_OK(sign(&login, "git-codecommit.eu-west-1.amazonaws.com:443", &err), &err);
    CHECK_STR(sb_cstr(&login.password), password);
    git_login_release(&login);
}

static void test_hosts_tell_their_region(void **state)
{
    static const struct {
        const char *host, *region;
    } rows[] = {
        {"git-codecommit.eu-west-1.amazonaws.com", "eu-west-1"},
        {"git-codecommit-fips.us-gov-west-1.amazonaws.com:443", "us-gov-west-1"},
        {"git-codecommit.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {"vpce-0a1b-2c3d.git-codecommit.us-east-1.vpce.amazonaws.com", "us-east-1"},
        {"git-codecommit.eu-west-1.amazonaws.com.evil.example", ""},
        {"git-codecommit.eu-west-1.example.com", ""},
        {"git-codecommit..amazonaws.com", ""},
        {"github.com", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_SV(git_host_region(sv_of(rows[i].host)), sv_of(rows[i].region));
}

static void test_each_allocation_may_fail(void **state)
{
    enum err_code rc = ERR_LIMIT;
    struct git_login login;

    (void)state;
    for (long n = 1; rc != ERR_OK; n++) {
        struct err err = {0};

        mem_fail_at(n);
        rc = sign(&login, "git-codecommit.eu-west-1.amazonaws.com", &err);
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
        CHECK_TRUE(n < 200);
    }
    git_login_release(&login);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_password_is_a_time_and_a_signature),
        TEST(test_hosts_tell_their_region),
        TEST(test_each_allocation_may_fail),
    };

    return RUN(tests);
}
