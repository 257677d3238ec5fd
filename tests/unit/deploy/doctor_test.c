/* The doctor's judgement: trust policies, the worst of many findings, and what a glance asks. */
#include "core/deploy/doctor_checks.h"
#include "tests/unit/deploy/deploy_stage.h"

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

/* ---- a glance ---- */

#define VERSION(n)                                                                                 \
    "{\"Parameter\":{\"Name\":\"/cdk-bootstrap/hnb659fds/"                                         \
    "version\",\"Type\":\"String\",\"Value\":\"" n "\",\"Version\":1}}"
#define ROLE(policy)                                                                               \
    "<GetRoleResponse><GetRoleResult><Role><RoleName>r</RoleName><Arn>a</Arn>"                     \
    "<AssumeRolePolicyDocument>" policy "</AssumeRolePolicyDocument></Role></GetRoleResult>"       \
    "</GetRoleResponse>"
#define TRUSTING                                                                                   \
    "%7B%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sts%3A%2A%22%2C"       \
    "%22Principal%22%3A%7B%22AWS%22%3A%22111111111111%22%7D%7D%7D"

static struct diagnosis seen;

static enum err_code glance(struct task *task, void *owner, struct err *err)
{
    struct deploy_stage *s = owner;
    struct environment cicd = {.name = SV("cicd"), .account = ACCOUNT};
    struct environment e = {.name = SV("dev"),
                            .account = SV("222222222222"),
                            .region = SV("eu-west-1"),
                            .profile = SV(""),
                            .role_arn = SV(""),
                            .external_id = SV(""),
                            .qualifier = SV("hnb659fds")};

    return doctor_glance(task, &s->deploy, &e, &cicd, &seen, err);
}

static void glance_at(struct deploy_stage *s)
{
    deploy_stage_open(s);
    CHECK_INT(deploy_stage_run(s, glance), ERR_OK);
    deploy_stage_close(s);
}

static void test_a_glance_asks_three_times(void **state)
{
    struct deploy_stage *s = *state;

    deploy_stage_identity(s, "222222222222");
    deploy_stage_reply(s, 200, VERSION("32"));
    deploy_stage_reply(s, 200, ROLE(TRUSTING));
    deploy_stage_open(s);
    CHECK_INT(deploy_stage_run(s, glance), ERR_OK);
    CHECK_INT(s->deploy.calls, 3);
    deploy_stage_close(s);
    CHECK_INT(diagnosis_worst(&seen), VERDICT_GOOD);
    CHECK_INT(seen.bootstrap_version, 32);
    CHECK_TRUE(seen.trusts);
}

static void test_credentials_of_another_account_are_a_finding(void **state)
{
    struct deploy_stage *s = *state;

    deploy_stage_identity(s, "999999999999");
    glance_at(s);
    CHECK_INT(seen.findings[CHECK_CREDENTIALS].verdict, VERDICT_GOOD);
    CHECK_INT(seen.findings[CHECK_IDENTITY].verdict, VERDICT_FAILS);
    CHECK_TRUE(strstr(diagnosis_line(&seen), "999999999999") != NULL);
    CHECK_INT(seen.findings[CHECK_BOOTSTRAP].verdict, VERDICT_SKIPPED);
}

static void test_credentials_that_are_refused_are_a_finding(void **state)
{
    struct deploy_stage *s = *state;

    /* Asked once more, with credentials that may be newer. */
    for (int i = 0; i < 2; i++)
        deploy_stage_reply(s, 403,
                           "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no"
                           "</Message></Error></ErrorResponse>");
    glance_at(s);
    CHECK_INT(seen.findings[CHECK_CREDENTIALS].verdict, VERDICT_FAILS);
    CHECK_TRUE(strstr(seen.findings[CHECK_CREDENTIALS].advice, "penstock env edit dev") != NULL);
}

static void test_a_role_that_is_gone_fails(void **state)
{
    struct deploy_stage *s = *state;

    deploy_stage_identity(s, "222222222222");
    deploy_stage_reply(s, 200, VERSION("32"));
    deploy_stage_reply(s, 404,
                       "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no</Message>"
                       "</Error></ErrorResponse>");
    glance_at(s);
    CHECK_INT(seen.findings[CHECK_TRUST].verdict, VERDICT_FAILS);
    CHECK_TRUE(strstr(diagnosis_line(&seen), "cdk-hnb659fds-deploy-role-222222222222") != NULL);
}

static void test_a_right_that_is_missing_warns(void **state)
{
    struct deploy_stage *s = *state;

    deploy_stage_identity(s, "222222222222");
    deploy_stage_reply(s, 400, "{\"__type\":\"AccessDeniedException\",\"message\":\"not you\"}");
    deploy_stage_reply(s, 200, ROLE(TRUSTING));
    glance_at(s);
    CHECK_INT(seen.findings[CHECK_BOOTSTRAP].verdict, VERDICT_WARNS);
    CHECK_TRUE(strstr(seen.findings[CHECK_BOOTSTRAP].text, "ssm:GetParameter") != NULL);
    CHECK_TRUE(seen.trusts);
}

static int make_stage(void **state)
{
    *state = calloc(1, sizeof(struct deploy_stage));
    return *state == NULL ? -1 : 0;
}

static int drop_stage(void **state)
{
    free(*state);
    return 0;
}

#define STAGED(fn) cmocka_unit_test_setup_teardown(fn, make_stage, drop_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_trust_is_read_as_iam_reads_it),
        TEST(test_assuming_and_tagging_are_two_rights),
        TEST(test_what_is_no_policy_trusts_nobody),
        TEST(test_the_line_is_the_first_of_the_worst),
        STAGED(test_a_glance_asks_three_times),
        STAGED(test_credentials_of_another_account_are_a_finding),
        STAGED(test_credentials_that_are_refused_are_a_finding),
        STAGED(test_a_role_that_is_gone_fails),
        STAGED(test_a_right_that_is_missing_warns),
    };

    return RUN(tests);
}
