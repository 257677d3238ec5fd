#include "core/aws/iam.h"

#include "tests/unit/check.h"

static const struct xml *parse(struct arena *arena, const char *text)
{
    struct err err = {0};
    struct xml *root = NULL;

    arena_init(arena, 256 * 1024);
    REQUIRE_OK(xml_parse(sv_of(text), arena, &root, &err), &err);
    return root;
}

static void test_a_role_comes_with_its_trust(void **state)
{
    struct iam_role role;
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(
        decode_role(
            parse(&arena,
                  "<R><Role><RoleName>deploy</RoleName><Arn>arn:aws:iam::1:role/deploy</Arn>"
                  "<AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2c%22a%22:%22+%22"
                  "%7D%zz%</AssumeRolePolicyDocument>"
                  "<PermissionsBoundary><PermissionsBoundaryArn>arn:b</PermissionsBoundaryArn>"
                  "</PermissionsBoundary><Tags><member><Key>k</Key><Value>v</Value></member></Tags>"
                  "</Role></R>"),
            &arena, &role, &err),
        &err);
    CHECK_SV(role.name, SV("deploy"));
    CHECK_SV(role.trust, SV("{\"Version\":\"2012-10-17\",\"a\":\"+\"}%zz%"));
    CHECK_SV(role.boundary, SV("arn:b"));
    CHECK_INT(role.tag_count, 1);
    CHECK_SV(role.tags[0].key, SV("k"));
    arena_release(&arena);
    CHECK_INT(decode_role(parse(&arena, "<R/>"), &arena, &role, &err), ERR_REPLY);
    arena_release(&arena);
}

static void test_attached_policies_are_names_and_arns(void **state)
{
    struct tag *rows = NULL;
    size_t count = 0;
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(decode_attached_policies(
                   parse(&arena, "<R><AttachedPolicies><member><PolicyName>Admin</PolicyName>"
                                 "<PolicyArn>arn:p</PolicyArn></member></AttachedPolicies></R>"),
                   &arena, &rows, &count, &err),
               &err);
    CHECK_INT(count, 1);
    CHECK_SV(rows[0].key, SV("Admin"));
    CHECK_SV(rows[0].value, SV("arn:p"));
    arena_release(&arena);
}

/* One row for each action; of several resources each one's answer stands inside it. */
static void test_a_simulation_tells_each_resource(void **state)
{
    struct iam_simulation s;
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(
        decode_simulation(
            parse(&arena,
                  "<R><EvaluationResults><member><EvalActionName>a:B</EvalActionName>"
                  "<EvalResourceName>*</EvalResourceName><EvalDecision>implicitDeny</EvalDecision>"
                  "<MissingContextValues><member>aws:SourceIp</member></MissingContextValues>"
                  "<ResourceSpecificResults><member><EvalResourceName>arn:x</EvalResourceName>"
                  "<EvalResourceDecision>allowed</EvalResourceDecision></member>"
                  "</ResourceSpecificResults></member><member><EvalActionName>a:C</EvalActionName>"
                  "<EvalDecision>explicitDeny</EvalDecision></member></EvaluationResults>"
                  "<IsTruncated>true</IsTruncated></R>"),
            &arena, &s, &err),
        &err);
    REQUIRE(s.count == 3);
    CHECK_SV(s.items[0].action, SV("a:B"));
    CHECK_INT(s.items[0].is_allowed, false);
    CHECK_INT(s.items[0].misses_context, true);
    CHECK_SV(s.items[1].resource, SV("arn:x"));
    CHECK_INT(s.items[1].is_allowed, true);
    CHECK_INT(s.items[2].is_allowed, false);
    CHECK_INT(s.is_cut, true);
    arena_release(&arena);
    CHECK_INT(decode_simulation(parse(&arena, "<R/>"), &arena, &s, &err), ERR_REPLY);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_role_comes_with_its_trust),
        TEST(test_attached_policies_are_names_and_arns),
        TEST(test_a_simulation_tells_each_resource),
    };

    return RUN(tests);
}
