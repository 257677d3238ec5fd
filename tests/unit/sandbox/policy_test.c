/* Policies: what one document answers to one question. */
#include "core/sandbox/policy.h"

#include "tests/unit/check.h"

static enum policy_answer judge(const char *text, const struct policy_ask *ask, bool has_principals)
{
    struct err err = {0};
    cJSON *document;
    enum policy_answer answer;

    REQUIRE_OK(json_parse(sv_of(text), &document, &err), &err);
    answer = policy_judge(document, ask, has_principals);
    cJSON_Delete(document);
    return answer;
}

#define STATEMENT(effect, rest)                                                                    \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"" effect "\"," rest "}]}"

static void test_wildcards_stand_for_any_text(void **state)
{
    (void)state;
    CHECK_TRUE(policy_fits(SV("s3:Get*"), SV("s3:GetObject"), false));
    CHECK_TRUE(policy_fits(SV("S3:get*"), SV("s3:GetObject"), true));
    CHECK_TRUE(!policy_fits(SV("S3:get*"), SV("s3:GetObject"), false));
    CHECK_TRUE(policy_fits(SV("*a*b?"), SV("xxaxxaxbc"), false));
    CHECK_TRUE(!policy_fits(SV("*a*b?"), SV("xxaxxaxb"), false));
    CHECK_TRUE(policy_fits(SV("*"), SV(""), false));
    CHECK_TRUE(!policy_fits(SV(""), SV("x"), false));
}

static void test_a_deny_wins_over_an_allow(void **state)
{
    const struct policy_ask get = {.action = SV("s3:GetObject"),
                                   .resource = SV("arn:aws:s3:::b/k")};
    const struct policy_ask put = {.action = SV("s3:PutObject"),
                                   .resource = SV("arn:aws:s3:::b/k")};
    static const char both[] =
        "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"},"
        "{\"Effect\":\"Deny\",\"Action\":[\"s3:Put*\"],\"Resource\":\"arn:aws:s3:::b/*\"}]}";

    (void)state;
    CHECK_INT(judge(both, &get, false), POLICY_ALLOWED);
    CHECK_INT(judge(both, &put, false), POLICY_DENIED);
}

static void test_not_action_and_not_resource_turn_it_round(void **state)
{
    static const char power[] =
        STATEMENT("Allow", "\"NotAction\":[\"iam:*\"],\"NotResource\":\"arn:aws:s3:::secret/*\"");
    struct policy_ask ask = {.action = SV("s3:GetObject"), .resource = SV("arn:aws:s3:::open/k")};

    (void)state;
    CHECK_INT(judge(power, &ask, false), POLICY_ALLOWED);
    ask.resource = SV("arn:aws:s3:::secret/k");
    CHECK_INT(judge(power, &ask, false), POLICY_SILENT);
    ask.resource = SV("arn:aws:s3:::open/k");
    ask.action = SV("iam:CreateRole");
    CHECK_INT(judge(power, &ask, false), POLICY_SILENT);
}

static void test_any_resource_asks_for_some(void **state)
{
    const struct policy_ask ask = {.action = SV("ssm:GetParameter"), .resource = SV("*")};

    (void)state;
    CHECK_INT(judge(STATEMENT("Allow", "\"Action\":\"ssm:*\",\"Resource\":\"arn:aws:ssm:x\""), &ask,
                    false),
              POLICY_ALLOWED);
    CHECK_INT(judge(STATEMENT("Deny", "\"Action\":\"ssm:*\",\"Resource\":\"arn:aws:ssm:x\""), &ask,
                    false),
              POLICY_SILENT);
    CHECK_INT(judge(STATEMENT("Deny", "\"Action\":\"ssm:*\",\"Resource\":\"*\""), &ask, false),
              POLICY_DENIED);
}

static void test_principals_are_named_by_account_or_themselves(void **state)
{
    static const char root[] = STATEMENT(
        "Allow",
        "\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"},\"Action\":\"sts:AssumeRole\"");
    static const char role[] = STATEMENT("Allow", "\"Principal\":{\"AWS\":[\"222222222222\","
                                                  "\"arn:aws:iam::111111111111:role/r\"]},"
                                                  "\"Action\":\"sts:AssumeRole\"");
    static const char service[] =
        STATEMENT("Allow", "\"Principal\":{\"Service\":\"codebuild.amazonaws.com\"},\"Action\":"
                           "\"sts:AssumeRole\"");
    struct policy_ask ask = {.action = SV("sts:AssumeRole"),
                             .resource = SV("*"),
                             .account = SV("111111111111"),
                             .arn = SV("arn:aws:sts::111111111111:assumed-role/r/s"),
                             .role_arn = SV("arn:aws:iam::111111111111:role/r")};

    (void)state;
    CHECK_INT(judge(root, &ask, true), POLICY_ALLOWED);
    CHECK_INT(judge(role, &ask, true), POLICY_ALLOWED_BY_NAME);
    CHECK_INT(judge(service, &ask, true), POLICY_SILENT);
    ask.account = SV("333333333333");
    ask.role_arn = SV("arn:aws:iam::333333333333:role/r");
    CHECK_INT(judge(root, &ask, true), POLICY_SILENT);
    ask = (struct policy_ask){.action = SV("sts:AssumeRole"),
                              .resource = SV("*"),
                              .arn = SV("codebuild.amazonaws.com"),
                              .service = SV("codebuild.amazonaws.com")};
    CHECK_INT(judge(service, &ask, true), POLICY_ALLOWED_BY_NAME);
    CHECK_INT(judge(STATEMENT("Allow", "\"Principal\":\"*\",\"Action\":\"sts:*\""), &ask, true),
              POLICY_SILENT);
}

/* Does a condition hold, the external id being this? */
static bool holds(const char *condition, struct sv external_id)
{
    char text[512];
    const struct policy_value values[] = {{"sts:ExternalId", external_id}};
    const struct policy_ask ask = {
        .action = SV("a:b"), .resource = SV("*"), .values = values, .value_count = 1};

    (void)snprintf(text, sizeof text,
                   STATEMENT("Allow", "\"Action\":\"a:b\",\"Resource\":\"*\",\"Condition\":{%s}"),
                   condition);
    return judge(text, &ask, false) == POLICY_ALLOWED;
}

static void test_an_absent_key_fits_only_what_denies_or_asks_for_absence(void **state)
{
    (void)state;
    CHECK_TRUE(holds("\"StringEquals\":{\"sts:ExternalId\":\"x\"}", SV("x")));
    CHECK_TRUE(!holds("\"StringEquals\":{\"sts:ExternalId\":\"x\"}", SV_NONE));
    CHECK_TRUE(!holds("\"StringEquals\":{\"aws:NobodyKnowsThis\":\"x\"}", SV("x")));
    CHECK_TRUE(holds("\"StringEqualsIfExists\":{\"sts:ExternalId\":\"x\"}", SV_NONE));
    CHECK_TRUE(!holds("\"StringEqualsIfExists\":{\"sts:ExternalId\":\"x\"}", SV("y")));
    CHECK_TRUE(holds("\"StringNotEquals\":{\"sts:ExternalId\":\"x\"}", SV_NONE));
    CHECK_TRUE(!holds("\"StringNotEquals\":{\"sts:ExternalId\":[\"x\",\"y\"]}", SV("y")));
    CHECK_TRUE(holds("\"Null\":{\"sts:ExternalId\":\"true\"}", SV_NONE));
    CHECK_TRUE(!holds("\"Null\":{\"sts:ExternalId\":true}", SV("x")));
    CHECK_TRUE(holds("\"StringLike\":{\"STS:externalid\":\"te*\"}", SV("team")));
    CHECK_TRUE(!holds("\"NobodyKnowsThis\":{\"sts:ExternalId\":\"x\"}", SV("x")));
    CHECK_TRUE(!holds("\"StringEquals\":{\"sts:ExternalId\":\"x\"},\"Null\":{\"sts:ExternalId\":"
                      "\"true\"}",
                      SV("x")));
}

static bool is_sound(const char *text, bool has_principals)
{
    char why[POLICY_WHY_MAX];
    struct err err = {0};
    cJSON *document;
    bool sound;

    REQUIRE_OK(json_parse(sv_of(text), &document, &err), &err);
    sound = policy_is_sound(document, has_principals, why);
    cJSON_Delete(document);
    return sound;
}

static void test_what_is_no_policy_is_refused(void **state)
{
    (void)state;
    CHECK_TRUE(is_sound(STATEMENT("Allow", "\"Action\":\"*\",\"Resource\":\"*\""), false));
    CHECK_TRUE(!is_sound(STATEMENT("Allow", "\"Action\":\"*\""), false));
    CHECK_TRUE(!is_sound(STATEMENT("Allow", "\"Resource\":\"*\""), false));
    CHECK_TRUE(!is_sound(STATEMENT("Maybe", "\"Action\":\"*\",\"Resource\":\"*\""), false));
    CHECK_TRUE(!is_sound(STATEMENT("Allow", "\"Action\":\"nothing\",\"Resource\":\"*\""), false));
    CHECK_TRUE(!is_sound(STATEMENT("Allow", "\"Action\":\"*\",\"Resource\":\"*\""), true));
    CHECK_TRUE(!is_sound(
        STATEMENT("Allow", "\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\""), true));
    CHECK_TRUE(is_sound(STATEMENT("Allow", "\"Principal\":\"*\",\"Action\":\"sts:*\""), true));
    CHECK_TRUE(!is_sound("[]", false));
    CHECK_TRUE(!is_sound("{\"Version\":\"2020-01-01\",\"Statement\":[]}", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_wildcards_stand_for_any_text),
        TEST(test_a_deny_wins_over_an_allow),
        TEST(test_not_action_and_not_resource_turn_it_round),
        TEST(test_any_resource_asks_for_some),
        TEST(test_principals_are_named_by_account_or_themselves),
        TEST(test_an_absent_key_fits_only_what_denies_or_asks_for_absence),
        TEST(test_what_is_no_policy_is_refused),
    };

    return RUN(tests);
}
