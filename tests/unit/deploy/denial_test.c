/* What AWS's sentence about a denial tells. */
#include "core/deploy/denial.h"
#include "tests/unit/check.h"

static void expect(const char *body, const char *caller, const char *action, const char *resource)
{
    struct denial_words d = denial_read(sv_of(body));

    CHECK_SV(d.caller, sv_of(caller));
    CHECK_SV(d.iam_action, sv_of(action));
    CHECK_SV(d.resource, sv_of(resource));
}

static void test_the_sentence_of_most_services(void **state UNUSED)
{
    expect("{\"__type\":\"AccessDeniedException\",\"message\":\"User: "
           "arn:aws:sts::111111111111:assumed-role/Dev/ann is not authorized to perform: "
           "codepipeline:PutApprovalResult on resource: "
           "arn:aws:codepipeline:eu-west-1:111111111111:sales/Gate/Approve because no "
           "identity-based policy allows the codepipeline:PutApprovalResult action\"}",
           "arn:aws:sts::111111111111:assumed-role/Dev/ann", "codepipeline:PutApprovalResult",
           "sales");
    expect("<Message>User: arn:aws:iam::111111111111:user/ops is not authorized to perform: "
           "cloudformation:DeleteStack on resource: "
           "arn:aws:cloudformation:eu-west-1:111111111111:stack/sales/*</Message>",
           "arn:aws:iam::111111111111:user/ops", "cloudformation:DeleteStack", "stack/sales/*");
    expect("User: arn:aws:iam::1:user/o is not authorized to perform: sts:AssumeRole on resource: "
           "arn:aws:iam::1:role/x.",
           "arn:aws:iam::1:user/o", "sts:AssumeRole", "role/x");
}

static void test_what_is_left_out_is_empty(void **state UNUSED)
{
    expect("", "", "", "");
    expect("Access Denied", "", "", "");
    expect("User: arn:aws:iam::1:user/o is not authorized to perform: iam:ListUsers",
           "arn:aws:iam::1:user/o", "iam:ListUsers", "");
    expect("CodeBuild is not authorized to perform: sts:AssumeRole on role", "", "sts:AssumeRole",
           "");
    expect("not authorized to perform that", "", "", "");
    expect("is not authorized to perform: a:B on resource: *", "", "a:B", "");
    expect("is not authorized to perform: a:B on resource: arn:aws:codepipeline:x", "", "a:B", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_sentence_of_most_services),
        TEST(test_what_is_left_out_is_empty),
    };

    return RUN(tests);
}
