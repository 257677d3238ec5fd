/* What a bootstrap stack is to be: nobody's trust is dropped, and nothing newer is downgraded. */
#include "core/deploy/bootstrap_wish.h"

#include "core/base/mem.h"
#include "core/deploy/template.h"
#include "tests/unit/deploy/deploy_stage.h"

#define CICD  SV("111111111111")
#define ADMIN SV("arn:aws:iam::aws:policy/AdministratorAccess")

static struct arena arena;
static struct defects defects;
static struct bootstrap_wish wish;

static int open_arena(void **state UNUSED)
{
    arena_init(&arena, 4 << 20);
    defects = (struct defects){0};
    return 0;
}

static int close_arena(void **state UNUSED)
{
    arena_release(&arena);
    return 0;
}

static struct environment dev(void)
{
    return (struct environment){.name = SV("dev"),
                                .kind = ENVIRONMENT_TARGET,
                                .account = SV("222222222222"),
                                .region = SV("eu-west-1"),
                                .profile = SV("dev"),
                                .role_arn = SV(""),
                                .external_id = SV(""),
                                .stage = SV("dev"),
                                .team = SV(""),
                                .qualifier = SV("hnb659fds"),
                                .ddk_prefix = SV("ddk"),
                                .boundary = SV("")};
}

static const struct bootstrap_job nothing_named = {.trust = {"", 0}};
static const struct bootstrap_job admin_named = {
    .trust = {"", 0},
    .policies = {{"arn:aws:iam::aws:policy/AdministratorAccess", 43}},
    .policy_count = 1};

/* A stack with these parameters and this version. */
struct standing {
    struct tag parameters[6];
    struct tag output;
    struct stack stack;
};

static const struct stack *stand(struct standing *s, const char *trusted, const char *policies,
                                 const char *variant, const char *version)
{
    const struct tag parameters[] = {{SV("TrustedAccounts"), sv_of(trusted)},
                                     {SV("CloudFormationExecutionPolicies"), sv_of(policies)},
                                     {SV("Qualifier"), SV("hnb659fds")},
                                     {SV("FileAssetsBucketKmsKeyId"), SV("")},
                                     {SV("BootstrapVariant"), sv_of(variant)},
                                     {SV("TheirOwn"), SV("x")}};

    memcpy(s->parameters, parameters, sizeof parameters);
    s->output = (struct tag){SV("BootstrapVersion"), sv_of(version)};
    s->stack = (struct stack){.name = SV("CDKToolkit"),
                              .parameters = s->parameters,
                              .parameter_count = ARRAY_LEN(parameters),
                              .outputs = &s->output,
                              .output_count = 1};
    return &s->stack;
}

static void make(const struct bootstrap_job *b, const struct environment *e,
                 const struct stack *old)
{
    struct err err = {0};

    REQUIRE_OK(bootstrap_wish_make(b, e, old, CICD, &arena, &defects, &wish, &err), &err);
}

/* "-" as before, "?" not sent. */
static struct sv sent(const char *key)
{
    for (size_t i = 0; i < wish.stack.parameter_count; i++) {
        if (sv_eq(wish.stack.parameters[i].key, sv_of(key)))
            return wish.stack.parameters[i].value.ptr == NULL ? SV("-")
                                                              : wish.stack.parameters[i].value;
    }
    return SV("?");
}

static void test_a_new_target_trusts_the_cicd_account(void **state UNUSED)
{
    struct environment e = dev();

    make(&admin_named, &e, NULL);
    CHECK_INT(defects.errors, 0);
    CHECK_SV(wish.trusted, CICD);
    CHECK_SV(sent("TrustedAccounts"), CICD);
    CHECK_SV(sent("CloudFormationExecutionPolicies"), ADMIN);
    CHECK_SV(sent("Qualifier"), SV("?"));
    CHECK_INT(wish.version, BOOTSTRAP_CDK_VERSION);
    CHECK_TRUE(wish.stack.imports_existing);
}

static void test_trust_without_a_policy_is_refused(void **state UNUSED)
{
    struct environment e = dev();

    make(&nothing_named, &e, NULL);
    CHECK_INT(defects.errors, 1);
    CHECK_TRUE(sv_find(sv_of(defects.items[0].text), SV("--policy arn:aws:iam::aws")) > 0);
}

static void test_a_cicd_environment_trusts_nobody_and_is_warned(void **state UNUSED)
{
    struct environment e = dev();

    e.kind = ENVIRONMENT_CICD;
    e.account = CICD;
    make(&nothing_named, &e, NULL);
    CHECK_SV(wish.trusted, SV(""));
    CHECK_INT(defects.errors, 0);
    CHECK_INT(defects.count, 1);
    CHECK_TRUE(defects.items[0].is_warning);
}

static void test_an_account_of_its_own_needs_no_trust(void **state UNUSED)
{
    struct environment e = dev();

    e.account = CICD;
    make(&nothing_named, &e, NULL);
    CHECK_SV(wish.trusted, SV(""));
    CHECK_INT(defects.errors, 0);
}

static void test_trust_is_added_to_and_never_dropped(void **state UNUSED)
{
    struct bootstrap_job b = nothing_named;
    struct environment e = dev();
    struct standing s;

    b.trust = SV("555555555555");
    make(&b, &e,
         stand(&s, "333333333333, 444444444444", "arn:aws:iam::aws:policy/PowerUserAccess",
               "AWS CDK: Default Resources", "28"));
    CHECK_INT(defects.errors, 0);
    CHECK_SV(wish.trusted, SV("333333333333,444444444444,555555555555"));
    CHECK_SV(sent("CloudFormationExecutionPolicies"),
             SV("arn:aws:iam::aws:policy/PowerUserAccess"));
    CHECK_INT(wish.version_before, 28);
    CHECK_SV(sent("Qualifier"), SV("-"));
    CHECK_SV(sent("FileAssetsBucketKmsKeyId"), SV("-"));
    CHECK_SV(sent("PublicAccessBlockConfiguration"), SV("?"));
    CHECK_SV(sent("TheirOwn"), SV("?"));
    CHECK_TRUE(wish.stack.template_text.len > 1000);
}

static void test_an_account_is_trusted_once(void **state UNUSED)
{
    struct environment e = dev();
    struct standing s;

    make(&nothing_named, &e,
         stand(&s, "111111111111,333333333333", "arn:aws:iam::aws:policy/PowerUserAccess",
               "AWS CDK: Default Resources", "32"));
    CHECK_SV(wish.trusted, SV("111111111111,333333333333"));
}

static void test_what_is_newer_keeps_its_template(void **state UNUSED)
{
    struct environment e = dev();
    struct standing s;

    make(&admin_named, &e, stand(&s, "333333333333", "", "AWS CDK: Default Resources", "99"));
    CHECK_INT(defects.errors, 0);
    CHECK_TRUE(defects.items[0].is_warning);
    CHECK_INT(wish.stack.template_text.len, 0);
    CHECK_INT(wish.version, 99);
    CHECK_SV(sent("TrustedAccounts"), SV("333333333333,111111111111"));
    CHECK_SV(sent("TheirOwn"), SV("-"));
}

static void test_another_make_keeps_its_template(void **state UNUSED)
{
    struct environment e = dev();
    struct standing s;

    make(&admin_named, &e, stand(&s, "", "", "Our platform team", "20"));
    CHECK_INT(wish.stack.template_text.len, 0);
    CHECK_INT(wish.version, 20);
    CHECK_TRUE(sv_find(sv_of(defects.items[0].text), SV("Our platform team")) > 0);
}

static void test_a_qualifier_is_never_changed(void **state UNUSED)
{
    struct environment e = dev();
    struct standing s;

    e.qualifier = SV("other");
    make(&admin_named, &e, stand(&s, "", "", "AWS CDK: Default Resources", "32"));
    CHECK_INT(defects.errors, 1);
    CHECK_TRUE(sv_find(sv_of(defects.items[0].text), SV("qualifier hnb659fds")) > 0);
}

static void test_a_boundary_of_the_environment_is_put_over_the_old_one(void **state UNUSED)
{
    struct environment e = dev();
    struct standing s;

    e.boundary = SV("arn:aws:iam::222222222222:policy/fence");
    (void)stand(&s, "", "", "AWS CDK: Default Resources", "32");
    s.parameters[5] = (struct tag){SV("InputPermissionsBoundary"), SV("old")};
    make(&admin_named, &e, &s.stack);
    CHECK_SV(sent("InputPermissionsBoundary"), SV("fence"));
    e.boundary = SV("");
    make(&admin_named, &e, &s.stack);
    CHECK_SV(sent("InputPermissionsBoundary"), SV("-"));
}

static void test_what_was_named_is_checked(void **state UNUSED)
{
    struct bootstrap_job b = admin_named;
    struct environment e = dev();

    b.trust = SV("12345");
    b.policies[1] = SV("AdministratorAccess");
    b.policies[2] = SV("arn:aws-cn:iam::aws:policy/AdministratorAccess");
    b.policy_count = 3;
    make(&b, &e, NULL);
    CHECK_TRUE(defects_of(&defects, "trust") != NULL);
    CHECK_INT(defects.errors, 3);
}

static void test_ddk_has_parameters_of_its_own(void **state UNUSED)
{
    struct environment e = dev();
    struct standing s;

    e.bootstrap = BOOTSTRAP_DDK;
    (void)stand(&s, "333333333333", "", "", "10");
    s.parameters[5] = (struct tag){SV("Prefix"), SV("ddk")};
    make(&admin_named, &e, &s.stack);
    CHECK_INT(wish.version, BOOTSTRAP_DDK_VERSION);
    CHECK_SV(wish.trusted, SV("333333333333,111111111111"));
    CHECK_SV(sent("Prefix"), SV("-"));
    CHECK_SV(sent("BootstrapVariant"), SV("?"));
}

static void test_it_survives_each_failing_allocation(void **state UNUSED)
{
    struct environment e = dev();
    struct standing s;
    long n = 1;
    bool is_through = false;

    (void)stand(&s, "333333333333", "", "AWS CDK: Default Resources", "28");
    for (; !is_through; n++) {
        struct err err = {0};
        enum err_code rc;

        arena_release(&arena);
        mem_fail_at(n);
        rc = bootstrap_wish_make(&admin_named, &e, &s.stack, CICD, &arena, &defects, &wish, &err);
        is_through = mem_count() < n;
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
    }
    CHECK_TRUE(n > 10);
}

/* Somebody trusted another account after the plan: it would be dropped unseen. */
static void test_trust_that_came_in_between_stops_the_step(void **state UNUSED)
{
    struct deploy_stage *s = calloc(1, sizeof *s);
    struct bootstrap_job *b = calloc(1, sizeof *b);
    struct environment e = dev();
    struct err err = {0};

    REQUIRE(s != NULL && b != NULL);
    e.profile = SV("");
    deploy_stage_identity(s, "222222222222");
    deploy_stage_reply(
        s, 200,
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>"
        "<StackName>CDKToolkit</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><Parameters>"
        "<member><ParameterKey>TrustedAccounts</ParameterKey>"
        "<ParameterValue>666666666666</ParameterValue></member></Parameters>"
        "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>");
    deploy_stage_open(s);
    *b = admin_named;
    b->deploy = &s->deploy;
    b->target_count = 1;
    b->targets[0] = (struct bootstrap_target){.environment = &e, .job = b};
    (void)snprintf(b->targets[0].trusted, sizeof b->targets[0].trusted, "111111111111");
    (void)snprintf(b->targets[0].policies, sizeof b->targets[0].policies, SV_FMT, SV_ARG(ADMIN));
    job_init(&s->job, "test");
    REQUIRE_OK(bootstrap_steps(b, &s->job, &err), &err);
    CHECK_INT(deploy_stage_job(s), JOB_FAILED);
    CHECK_TRUE(strstr(s->job.err.text, "somebody else changed the bootstrap of dev") != NULL);
    deploy_stage_close(s);
    CHECK_TRUE(strstr(s->aws.got, "ChangeSet") == NULL);
    free(b);
    free(s);
}

#define TEST_(fn) cmocka_unit_test_setup_teardown(fn, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_(test_a_new_target_trusts_the_cicd_account),
        TEST_(test_trust_without_a_policy_is_refused),
        TEST_(test_a_cicd_environment_trusts_nobody_and_is_warned),
        TEST_(test_an_account_of_its_own_needs_no_trust),
        TEST_(test_trust_is_added_to_and_never_dropped),
        TEST_(test_an_account_is_trusted_once),
        TEST_(test_what_is_newer_keeps_its_template),
        TEST_(test_another_make_keeps_its_template),
        TEST_(test_a_qualifier_is_never_changed),
        TEST_(test_a_boundary_of_the_environment_is_put_over_the_old_one),
        TEST_(test_what_was_named_is_checked),
        TEST_(test_ddk_has_parameters_of_its_own),
        TEST_(test_it_survives_each_failing_allocation),
        TEST_(test_trust_that_came_in_between_stops_the_step),
    };

    return RUN(tests);
}
