#include "core/aws/query.h"

#include "tests/unit/check.h"

static void test_parameters_are_encoded(void **state)
{
    struct err err = {0};
    struct sb body;

    (void)state;
    sb_init(&body, 1000);
    REQUIRE_OK(query_add(&body, "RoleArn", SV("arn:aws:iam::1:role/a b+\xc3\xa9"), &err), &err);
    REQUIRE_OK(query_add(&body, "ExternalId", SV(""), &err), &err);
    REQUIRE_OK(query_add(&body, "DurationSeconds", SV("900"), &err), &err);
    REQUIRE_OK(query_add_bool(&body, "UsePreviousTemplate", false, &err), &err);
    CHECK_STR(sb_cstr(&body), "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%20b%2B%C3%A9&"
                              "DurationSeconds=900&UsePreviousTemplate=false&");
    sb_release(&body);
}

static void test_members_are_numbered_and_may_be_empty(void **state)
{
    struct err err = {0};
    struct sb body;

    (void)state;
    sb_init(&body, 1000);
    REQUIRE_OK(query_add_member(&body, "Parameters.member", 1, "ParameterKey", SV("A"), &err),
               &err);
    REQUIRE_OK(query_add_member(&body, "Parameters.member", 1, "ParameterValue", SV(""), &err),
               &err);
    REQUIRE_OK(query_add_member(&body, "Capabilities.member", 12, NULL, SV("CAPABILITY_IAM"), &err),
               &err);
    CHECK_STR(sb_cstr(&body), "Parameters.member.1.ParameterKey=A&"
                              "Parameters.member.1.ParameterValue=&"
                              "Capabilities.member.12=CAPABILITY_IAM&");
    sb_release(&body);
}

static void test_the_cap_is_told(void **state)
{
    struct err err = {0};
    struct sb body;

    (void)state;
    sb_init(&body, 8);
    CHECK_INT(query_add(&body, "A", SV("123456789"), &err), ERR_LIMIT);
    CHECK_INT(query_add_member(&body, "Member", 1, "B", SV("1"), &err), ERR_LIMIT);
    sb_release(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_parameters_are_encoded),
        TEST(test_members_are_numbered_and_may_be_empty),
        TEST(test_the_cap_is_told),
    };

    return RUN(tests);
}
