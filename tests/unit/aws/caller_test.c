/* Callers: who an ARN tells of, who is the same after a renewal, and patterns of people. */
#include "core/aws/caller.h"

#include "tests/unit/check.h"

#define ROLE "arn:aws:sts::111111111111:assumed-role/Deploy/"
#define USER "arn:aws:iam::111111111111:user/team/"

static void test_the_person_is_the_last_name(void **state UNUSED)
{
    CHECK_SV(caller_person(SV(ROLE "ana@example.com")), SV("ana@example.com"));
    CHECK_SV(caller_person(SV(USER "ana")), SV("ana"));
    CHECK_SV(caller_person(SV("arn:aws:iam::111111111111:root")), SV("root"));
    CHECK_SV(caller_person(SV(ROLE)), SV(""));
}

static void test_a_renewed_session_is_the_same_caller(void **state UNUSED)
{
    static const struct {
        const char *a;
        const char *b;
        bool is_same;
    } cases[] = {
        {ROLE "ana", ROLE "ana", true},
        {ROLE "penstock-1795265118", ROLE "penstock-1795265121", true},
        {ROLE "botocore-session-1", ROLE "botocore-session-2", true},
        {ROLE "ana", ROLE "ben", false},
        {ROLE "penstock-ana", ROLE "penstock-ben", false},
        {ROLE "penstock-ana", ROLE "penstock-1795265121", false},
        {ROLE "ana", ROLE "botocore-session-2", false},
        {ROLE "i-0a1", ROLE "i-0a2", false},
        {ROLE "botocore-session-1",
         "arn:aws:sts::111111111111:assumed-role/Other/botocore-session-1", false},
        {ROLE "botocore-session-1",
         "arn:aws:sts::222222222222:assumed-role/Deploy/botocore-session-1", false},
        {USER "ana", USER "ana", true},
        {USER "1", USER "2", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (caller_same(sv_of(cases[i].a), sv_of(cases[i].b)) != cases[i].is_same)
            print_error("%s and %s\n", cases[i].a, cases[i].b);
        CHECK_INT(caller_same(sv_of(cases[i].a), sv_of(cases[i].b)), cases[i].is_same);
        CHECK_INT(caller_same(sv_of(cases[i].b), sv_of(cases[i].a)), cases[i].is_same);
    }
}

static void test_patterns_name_sessions_and_roles(void **state UNUSED)
{
    static const struct {
        const char *pattern;
        bool fits;
    } cases[] = {
        {ROLE "ana", true},
        {ROLE "*", true},
        {ROLE "b*", false},
        {"*:assumed-role/Deploy/a*a", true},
        {"arn:aws:iam::111111111111:role/Deploy", true},
        {"arn:aws:iam::111111111111:role/team/data/Deploy", true},
        {"arn:aws:iam::*:role/Dep*", true},
        {"arn:aws:iam::222222222222:role/Deploy", false},
        {"arn:aws:iam::111111111111:role/Deploy2", false},
        {"arn:aws:iam::111111111111:user/Deploy", false},
        {"arn:aws:iam::111111111111:role/", false},
        {":role/:iam::", false},
        {"", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (caller_fits(sv_of(cases[i].pattern), SV(ROLE "ana")) != cases[i].fits)
            print_error("%s\n", cases[i].pattern);
        CHECK_INT(caller_fits(sv_of(cases[i].pattern), SV(ROLE "ana")), cases[i].fits);
    }
    CHECK_TRUE(!caller_fits(SV("arn:aws:iam::111111111111:role/ana"), SV(USER "ana")));
    CHECK_TRUE(!caller_fits(SV("arn:aws:iam::111111111111:role/Deploy"),
                            SV(":assumed-role/Deploy/x:sts::")));
}

static void test_a_program_tells_no_person(void **state UNUSED)
{
    CHECK_TRUE(caller_is_program(SV("")));
    CHECK_TRUE(caller_is_program(SV("1700000000000000000")));
    CHECK_TRUE(caller_is_program(SV("penstock-ana")));
    CHECK_TRUE(caller_is_program(SV("i-0123456789abcdef0")));
    CHECK_TRUE(!caller_is_program(SV("ana")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_person_is_the_last_name),
        TEST(test_a_renewed_session_is_the_same_caller),
        TEST(test_patterns_name_sessions_and_roles),
        TEST(test_a_program_tells_no_person),
    };

    return RUN(tests);
}
