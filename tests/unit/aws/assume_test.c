/* Sessions by role: STS is asked with the base's credentials, then the role's sign. */
#include "core/base/mem.h"
#include "tests/unit/aws/session_stage.h"

#define ROLE "arn:aws:iam::222222222222:role/penstock-admin"
#define OK   "HTTP/1.1 200 OK\r\n\r\n"
#define ASSUMED(key)                                                                               \
    OK "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::222222222222:"    \
       "assumed-role/penstock-admin/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>" key       \
       "</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token"      \
       "</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"                \
       "</AssumeRoleResult></AssumeRoleResponse>"
#define DENIED                                                                                     \
    "HTTP/1.1 403 No\r\n\r\n<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"    \
    "<Message>User: arn:aws:iam::111111111111:user/ana is not authorized to perform: "             \
    "sts:AssumeRole</Message></Error><RequestId>e</RequestId></ErrorResponse>"
#define EXPIRED "HTTP/1.1 400 Bad\r\n\r\n{\"__type\":\"ExpiredTokenException\"}"

static struct aws_session *assume(struct session_stage *s, struct sv external_id)
{
    struct aws_session *role = NULL;
    struct err err = {0};

    REQUIRE_OK(aws_session_assume(s->session, SV(ROLE), external_id, SV("CORP\\ana"),
                                  SV("us-east-2"), &role, &err),
               &err);
    return role;
}

static void ask(struct session_stage *s, struct aws_session *session)
{
    struct err err = {0};
    uint64_t id;

    REQUIRE_OK(aws_call(session, OP_LIST_PIPELINES, SV("{}"), stage_on_reply, s, &id, &err), &err);
    stage_wait(s);
}

static void test_the_role_is_assumed_once_and_signs(void **state)
{
    const struct step steps[] = {
        {STEP_CLOSE, ASSUMED("ASIAROLE")}, {STEP_CLOSE, OK "{}"}, {STEP_CLOSE, OK "{}"}};
    struct aws_session *role;
    struct session_stage s;

    (void)state;
    stage_open(&s, steps, 3);
    role = assume(&s, SV("ext-1"));
    ask(&s, role);
    CHECK_INT(s.code, ERR_OK);
    ask(&s, role);
    CHECK_INT(s.code, ERR_OK);
    CHECK_STR(aws_session_provider(role), "assume-role");
    CHECK_STR(aws_session_region(role), "us-east-2");
    CHECK_TRUE(aws_session_expires_at(role) > 0);
    aws_session_free(role);
    stage_close(&s);
    CHECK_TRUE(strstr(s.got, "Credential=AKIDEXAMPLE/") < strstr(s.got, "Credential=ASIAROLE/"));
    CHECK_TRUE(strstr(s.got, "/eu-west-1/sts/aws4_request") != NULL);
    CHECK_TRUE(strstr(s.got, "/us-east-2/codepipeline/aws4_request") != NULL);
    CHECK_TRUE(strstr(s.got, "RoleArn=arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2Fpenstock-admin&"
                             "RoleSessionName=CORP-ana&ExternalId=ext-1") != NULL);
    CHECK_TRUE(strstr(s.got, "X-Amz-Security-Token: role-token\r\n") != NULL);
    CHECK_TRUE(strstr(strstr(s.got, "AssumeRole") + 10, "AssumeRole") == NULL);
}

static void test_expired_ones_are_asked_for_again(void **state)
{
    const struct step steps[] = {{STEP_CLOSE, ASSUMED("ASIAONE")},
                                 {STEP_CLOSE, EXPIRED},
                                 {STEP_CLOSE, ASSUMED("ASIATWO")},
                                 {STEP_CLOSE, OK "{}"}};
    struct aws_session *role;
    struct session_stage s;

    (void)state;
    stage_open(&s, steps, 4);
    role = assume(&s, SV(""));
    ask(&s, role);
    CHECK_STR(s.err.text, "");
    CHECK_INT(s.code, ERR_OK);
    aws_session_free(role);
    stage_close(&s);
    CHECK_TRUE(strstr(s.got, "Credential=ASIATWO/") != NULL);
    CHECK_TRUE(strstr(s.got, "ExternalId") == NULL);
}

static void test_a_refusal_says_what_the_trust_must_allow(void **state)
{
    const struct step step = {STEP_CLOSE, DENIED};
    struct aws_session *role;
    struct session_stage s;

    (void)state;
    stage_open(&s, &step, 1);
    role = assume(&s, SV("ext-1"));
    ask(&s, role);
    CHECK_INT(s.code, ERR_DENIED);
    CHECK_TRUE(strstr(s.err.text, ROLE) != NULL);
    CHECK_TRUE(strstr(s.err.text, "trust policy must allow the caller with just this external id"));
    CHECK_TRUE(strstr(s.err.text, "user/ana is not authorized") != NULL);
    CHECK_TRUE(strstr(s.err.text, "ext-1") == NULL);
    aws_session_free(role);
    stage_close(&s);
}

static void test_only_a_role_can_be_assumed(void **state)
{
    static const char *const rows[] = {
        "",
        "penstock-admin",
        "arn:aws:iam::222222222222:user/ana",
        "arn:aws:iam::2222:role/x",
        "arn:aws:iam::222222222222:role/",
        "arn:aws:sts::222222222222:assumed-role/x/y",
    };
    struct aws_session *role = NULL;
    struct session_stage s;

    (void)state;
    stage_open(&s, NULL, 0);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = {0};

        CHECK_INT(aws_session_assume(s.session, sv_of(rows[i]), SV(""), SV(""), SV("eu-west-1"),
                                     &role, &err),
                  ERR_CONFIG);
        CHECK_TRUE(role == NULL);
    }
    stage_close(&s);
}

static void test_it_may_be_freed_while_sts_is_asked(void **state)
{
    const struct step step = {STEP_HANG, NULL};
    struct aws_session *role;
    struct session_stage s;
    struct err err = {0};
    uint64_t id;

    (void)state;
    stage_open(&s, &step, 1);
    role = assume(&s, SV(""));
    REQUIRE_OK(aws_call(role, OP_LIST_PIPELINES, SV("{}"), stage_on_reply, &s, &id, &err), &err);
    for (int64_t end_ms = time_mono_ms() + 20000;
         net_stats(s.net).running == 0 && time_mono_ms() < end_ms;)
        REQUIRE_OK(net_wait(s.net, NULL, 0, 10, &err), &err);
    CHECK_INT(net_stats(s.net).running, 1);
    aws_session_free(role);
    CHECK_INT(net_stats(s.net).running, 0);
    CHECK_TRUE(!s.is_done);
    stage_close(&s);
}

static void test_each_allocation_may_fail(void **state)
{
    struct aws_session *role = NULL;
    enum err_code rc = ERR_LIMIT;
    struct session_stage s;

    (void)state;
    stage_open(&s, NULL, 0);
    for (long n = 1; rc != ERR_OK; n++) {
        struct err err = {0};

        mem_fail_at(n);
        rc =
            aws_session_assume(s.session, SV(ROLE), SV("e"), SV("n"), SV("eu-west-1"), &role, &err);
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || (rc == ERR_LIMIT && role == NULL));
        CHECK_TRUE(n < 1000);
    }
    aws_session_free(role);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_role_is_assumed_once_and_signs),
        TEST(test_expired_ones_are_asked_for_again),
        TEST(test_a_refusal_says_what_the_trust_must_allow),
        TEST(test_only_a_role_can_be_assumed),
        TEST(test_it_may_be_freed_while_sts_is_asked),
        TEST(test_each_allocation_may_fail),
    };

    no_proxies();
    return RUN(tests);
}
