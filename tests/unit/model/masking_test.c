/* What looks like a secret is masked, and nothing else. */
#include "core/model/masking.h"
#include "tests/unit/check.h"

static void check(const char *text, const char *want)
{
    struct masking m = {0};
    struct sb out;
    struct err err;

    sb_init(&out, 1 << 20);
    REQUIRE_OK(mask_text(&m, sv_of(text), &out, &err), &err);
    CHECK_STR(sb_cstr(&out), want);
    CHECK_INT(m.count > 0, strcmp(text, want) != 0);
    sb_release(&out);
}

static void test_secrets_are_masked(void **state)
{
    (void)state;
    check("key AKIAIOSFODNN7EXAMPLE.", "key ***.");
    check("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
          "aws_secret_access_key = ***");
    check("export AWS_SESSION_TOKEN=\"IQoJb3JpZ2luX2VjE\" next",
          "export AWS_SESSION_TOKEN=\"***\" next");
    check("{\"SecretAccessKey\": \"abc def\", \"x\": 1}",
          "{\"SecretAccessKey\": \"***\", \"x\": 1}");
    check("{\\\"token\\\": \\\"abcdefgh\\\"}", "{\\\"token\\\": \\\"***\\\"}");
    check("Authorization: Basic dXNlcjpwYXNz", "Authorization: ***");
    check("curl -H 'Authorization: Bearer abcdefghijklmnop' u", "curl -H 'Authorization: ***' u");
    check("sent Bearer abcdefghijklmnopqrstuv to it", "sent Bearer *** to it");
    check("git clone https://ana:hunter2@example.com/x.git",
          "git clone https://ana:***@example.com/x.git");
    check("db postgres://app:p%40ss@db:5432/x", "db postgres://app:***@db:5432/x");
    check("Password: hunter2", "Password: ***");
    check("mysql --password hunter2 -h db", "mysql --password *** -h db");
    check("login --token=abc,user=ana", "login --token=***,user=ana");
    check("api_key: 9f8e7d6c5b4a", "api_key: ***");
    check("t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3 e", "t *** e");
    check("remote: ghp_0123456789abcdefghijABCDEFGHIJ012345", "remote: ***");
    check("a password=one\nb password=two", "a password=***\nb password=***");
}

static void test_a_private_key_is_masked_over_its_lines(void **state)
{
    struct masking m = {0};
    struct sb out;
    struct err err;

    (void)state;
    check("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabcd\n-----END RSA PRIVATE KEY-----\nnext",
          "-----BEGIN RSA PRIVATE KEY-----\n***\n***\n-----END RSA PRIVATE KEY-----\nnext");
    sb_init(&out, 1 << 20);
    REQUIRE_OK(mask_text(&m, SV("x -----BEGIN PRIVATE KEY-----\n"), &out, &err), &err);
    REQUIRE_OK(mask_text(&m, SV("MIIEow\n"), &out, &err), &err);
    REQUIRE_OK(mask_text(&m, SV("-----END PRIVATE KEY-----\n"), &out, &err), &err);
    REQUIRE_OK(mask_text(&m, SV("plain\n"), &out, &err), &err);
    CHECK_STR(sb_cstr(&out),
              "x -----BEGIN PRIVATE KEY-----\n***\n-----END PRIVATE KEY-----\nplain\n");
    sb_clear(&out);
    REQUIRE_OK(mask_text(&m, SV("-----BEGIN PRIVATE KEY-----\n"), &out, &err), &err);
    for (int i = 0; i < 1000; i++)
        REQUIRE_OK(mask_text(&m, SV("a line\n"), &out, &err), &err);
    CHECK_TRUE(sv_ends(sb_sv(&out), SV("a line\na line\n"))); /* one that never ends, does */
    sb_release(&out);
}

static void test_what_is_no_secret_stays(void **state)
{
    static const char *const plain[] = {
        "commit 3f65a1b2c4d5e6f708192a3b4c5d6e7f80912a3b by ana",
        "digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "SyntaxError: Unexpected token: expected",
        "error: invalid token: unexpected end of input",
        "nextToken=eyJ0aGlzIjoidGhhdCJ9",
        "secret: not found",
        "SecretArn=arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf",
        "password=$DB_PASSWORD",
        "password: ${{ secrets.PASSWORD }}",
        "token=null tokens: 1234 max_tokens=4096",
        "if token == None:",
        "Downloading https://example.com:443/a@b/c",
        "git@github.com:team/repo.git",
        "AKIA is no key, AKIAtooshort neither",
        "bearer of news",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "a password is needed",
        "arn:aws:iam::111111111111:role/cdk-hnb659fds-deploy-role",
        "",
        "\n\n",
        "==== a=b ====",
        ": = \" '",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        check(plain[i], plain[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_secrets_are_masked),
        TEST(test_a_private_key_is_masked_over_its_lines),
        TEST(test_what_is_no_secret_stays),
    };
    return RUN(tests);
}
