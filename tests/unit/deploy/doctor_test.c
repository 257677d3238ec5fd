/* The doctor's judgement: trust policies, and the worst of many findings. */
#include "core/deploy/doctor_checks.h"
#include "tests/unit/check.h"

#define ACCOUNT     SV("111111111111")
#define ALLOW(more) "{\"Effect\":\"Allow\"," more "}"
#define ROOT        "\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"}"
#define ASSUME      "\"Action\":\"sts:AssumeRole\""

static enum trust judge(const char *statements, const char *action)
{
    char text[2000];
    struct err err = {0};
    cJSON *policy;
    enum trust trust;

    (void)snprintf(text, sizeof text, "{\"Version\":\"2012-10-17\",\"Statement\":%s}", statements);
    REQUIRE_OK(json_parse(sv_of(text), &policy, &err), &err);
    trust = trust_judge(policy, ACCOUNT, action);
    cJSON_Delete(policy);
    return trust;
}

static void test_trust_is_read_as_iam_reads_it(void **state UNUSED)
{
    static const struct {
        const char *statements;
        enum trust trust;
    } cases[] = {
        {ALLOW(ROOT "," ASSUME), TRUST_YES},
        {"[" ALLOW(ROOT "," ASSUME) "]", TRUST_YES},
        {"[]", TRUST_NO},
        {ALLOW("\"Principal\":{\"AWS\":[\"222222222222\",\"111111111111\"]}," ASSUME), TRUST_YES},
        {ALLOW("\"Principal\":{\"AWS\":\"arn:aws-cn:iam::111111111111:root\"}," ASSUME), TRUST_YES},
        {ALLOW("\"Principal\":{\"AWS\":\"arn:aws:iam::222222222222:root\"}," ASSUME), TRUST_NO},
        {ALLOW("\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:role/x\"}," ASSUME), TRUST_NO},
        {ALLOW("\"Principal\":{\"Service\":\"cloudformation.amazonaws.com\"}," ASSUME), TRUST_NO},
        {ALLOW("\"Principal\":\"*\"," ASSUME), TRUST_YES},
        {ALLOW(ROOT ",\"Action\":[\"sts:TagSession\",\"STS:assume*\"]"), TRUST_YES},
        {ALLOW(ROOT ",\"Action\":\"sts:*\""), TRUST_YES},
        {ALLOW(ROOT ",\"Action\":\"sts:AssumeRoleWithSAML\""), TRUST_NO},
        {ALLOW(ROOT "," ASSUME ",\"Condition\":{\"Null\":{\"sts:ExternalId\":\"true\"}}"),
         TRUST_YES},
        {ALLOW(ROOT "," ASSUME ",\"Condition\":{\"Null\":{\"sts:ExternalId\":true}}"), TRUST_YES},
        {ALLOW(ROOT "," ASSUME ",\"Condition\":{\"Null\":{\"sts:ExternalId\":\"false\"}}"),
         TRUST_NO},
        {ALLOW(ROOT "," ASSUME ",\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"x\"}}"),
         TRUST_NO},
        {ALLOW(ROOT "," ASSUME
                    ",\"Condition\":{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-1\"}}"),
         TRUST_PERHAPS},
        {ALLOW("\"NotPrincipal\":{\"AWS\":\"222222222222\"}," ASSUME), TRUST_PERHAPS},
        {"[" ALLOW(ROOT "," ASSUME) ",{\"Effect\":\"Deny\"," ROOT "," ASSUME "}]", TRUST_NO},
        {"[" ALLOW(ROOT "," ASSUME) ",{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\","
                                    "\"Condition\":{\"Null\":{\"sts:ExternalId\":\"false\"}}}]",
         TRUST_YES},
        {"[" ALLOW(ROOT
                   "," ASSUME) ",{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\","
                               "\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"1.2.3.4\"}}}]",
         TRUST_PERHAPS},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        enum trust got = judge(cases[i].statements, "sts:AssumeRole");

        if (got != cases[i].trust)
            print_error("%s\n", cases[i].statements);
        CHECK_INT(got, cases[i].trust);
    }
}

static void test_assuming_and_tagging_are_two_rights(void **state UNUSED)
{
    CHECK_INT(judge(ALLOW(ROOT "," ASSUME), "sts:TagSession"), TRUST_NO);
    CHECK_INT(judge("[" ALLOW(ROOT "," ASSUME) "," ALLOW(ROOT ",\"Action\":\"sts:TagSession\"") "]",
                    "sts:TagSession"),
              TRUST_YES);
}

static void test_what_is_no_policy_trusts_nobody(void **state UNUSED)
{
    struct err err = {0};
    cJSON *policy;

    REQUIRE_OK(json_parse(SV("[1]"), &policy, &err), &err);
    CHECK_INT(trust_judge(policy, ACCOUNT, "sts:AssumeRole"), TRUST_NO);
    cJSON_Delete(policy);
    CHECK_INT(trust_judge(NULL, ACCOUNT, "sts:AssumeRole"), TRUST_NO);
    CHECK_INT(judge("\"x\"", "sts:AssumeRole"), TRUST_NO);
}

static void test_the_line_is_the_first_of_the_worst(void **state UNUSED)
{
    struct diagnosis d = {0};

    CHECK_INT(diagnosis_worst(&d), VERDICT_SKIPPED);
    CHECK_STR(diagnosis_line(&d), "");
    d.findings[CHECK_CLOCK] = (struct finding){VERDICT_GOOD, "right", ""};
    CHECK_STR(diagnosis_line(&d), "");
    d.findings[CHECK_QUOTAS] = (struct finding){VERDICT_WARNS, "few builds", ""};
    d.findings[CHECK_PROTECTION] = (struct finding){VERDICT_WARNS, "unprotected", ""};
    CHECK_STR(diagnosis_line(&d), "unprotected");
    d.findings[CHECK_TRUST] = (struct finding){VERDICT_FAILS, "no trust", ""};
    CHECK_INT(diagnosis_worst(&d), VERDICT_FAILS);
    CHECK_STR(diagnosis_line(&d), "no trust");
    CHECK_STR(verdict_word(VERDICT_FAILS), "FAIL");
    CHECK_STR(check_word(CHECK_TRUST), "trust");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_trust_is_read_as_iam_reads_it),
        TEST(test_assuming_and_tagging_are_two_rights),
        TEST(test_what_is_no_policy_trusts_nobody),
        TEST(test_the_line_is_the_first_of_the_worst),
    };

    return RUN(tests);
}
