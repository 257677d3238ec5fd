/* The CICD stack: what is promised of its security, its pipelines and what it carries. */
#include "tests/unit/check.h"

#include "core/base/mem.h"
#include "tests/unit/deploy/template_case.h"

enum { TEXT_MAX = 4 * 1024 * 1024 };

static struct template_case c;

static cJSON *build(void)
{
    struct err err = {0};
    cJSON *tree = NULL;

    REQUIRE_OK(template_cicd(&c.blueprint, &tree, &err), &err);
    return tree;
}

static char *text_of(const cJSON *tree)
{
    char *text = cJSON_PrintUnformatted(tree);

    REQUIRE(text != NULL);
    return text;
}

static const cJSON *resource(const cJSON *tree, const char *logical)
{
    const cJSON *found = json_get(json_get(tree, "Resources"), logical);

    if (found == NULL)
        print_error("no resource %s\n", logical);
    REQUIRE(found != NULL);
    return json_get(found, "Properties");
}

static bool holds(const cJSON *tree, const char *needle)
{
    char *text = text_of(tree);
    bool found = strstr(text, needle) != NULL;

    cJSON_free(text);
    return found;
}

static const cJSON *statements_of(const cJSON *role)
{
    const cJSON *policy = json_list(role, "Policies");

    return json_get(json_get(policy, "PolicyDocument"), "Statement");
}

/* The statement that allows the action; NULL. */
static const cJSON *allowing(const cJSON *statements, const char *action)
{
    const cJSON *s;

    cJSON_ArrayForEach(s, statements)
    {
        if (holds(json_get(s, "Action"), action))
            return s;
    }
    return NULL;
}

static void test_a_build_may_take_only_its_own_targets_roles(void **state)
{
    cJSON *tree;
    const cJSON *resources;
    const cJSON *arn;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 3);
    c.targets[2].bootstrap = BOOTSTRAP_DDK;
    tree = build();
    for (int i = 0; i < 3; i++) {
        static const char *const logical[] = {"BuildRoleDev", "BuildRoleTest", "BuildRoleVal"};
        const cJSON *take = allowing(statements_of(resource(tree, logical[i])), "sts:AssumeRole");

        resources = json_get(take, "Resource");
        CHECK_INT(cJSON_GetArraySize(resources), i == 2 ? 3 : 4); /* DDK has no image role */
        cJSON_ArrayForEach(arn, resources)
        {
            CHECK_TRUE(strstr(arn->valuestring, c.accounts[i]) != NULL);
            CHECK_TRUE(strstr(arn->valuestring, "cfn-exec") == NULL);
            CHECK_TRUE(strchr(arn->valuestring, '*') == NULL);
        }
        CHECK_TRUE(holds(json_get(take, "Action"), "sts:TagSession"));
    }
    cJSON_Delete(tree);
}

static void test_no_role_may_do_anything_to_everything(void **state)
{
    const cJSON *r;
    const cJSON *s;
    int roles = 0;
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_GITFLOW, SOURCE_CODECOMMIT, 4);
    tree = build();
    cJSON_ArrayForEach(r, json_get(tree, "Resources"))
    {
        if (!sv_eq(json_sv(r, "Type"), SV("AWS::IAM::Role")))
            continue;
        roles++;
        cJSON_ArrayForEach(s, statements_of(json_get(r, "Properties")))
        {
            CHECK_TRUE(!holds(json_get(s, "Resource"), "\"*\""));
            CHECK_TRUE(!holds(json_get(s, "Action"), "*"));
        }
    }
    CHECK_INT(roles, 6); /* four builds, the pipelines', the events' */
    cJSON_Delete(tree);
}

static void test_a_build_reads_only_its_own_parameters_and_secrets(void **state)
{
    const cJSON *statements;
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 2);
    tree = build();
    statements = statements_of(resource(tree, "BuildRoleDev"));
    CHECK_TRUE(holds(json_get(allowing(statements, "ssm:GetParameter"), "Resource"),
                     ":parameter/orders/dev/*\""));
    CHECK_TRUE(holds(json_get(allowing(statements, "secretsmanager:"), "Resource"),
                     ":secret:orders/dev/*\""));
    CHECK_TRUE(holds(json_get(allowing(statements, "logs:PutLogEvents"), "Resource"),
                     ":log-group:/aws/codebuild/orders-build-dev:*\""));
    CHECK_TRUE(allowing(statements, "s3:PutObject") == NULL);
    CHECK_TRUE(allowing(statements, "kms:") == NULL); /* the key's policy says it */
    CHECK_TRUE(!holds(statements, "/test/"));
    cJSON_Delete(tree);
}

static void test_the_key_waits_for_the_roles_that_its_policy_names(void **state)
{
    const cJSON *after;
    const cJSON *policy;
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 2);
    tree = build();
    after = json_get(json_get(json_get(tree, "Resources"), "ArtifactKey"), "DependsOn");
    CHECK_INT(cJSON_GetArraySize(after), 3);
    policy = json_get(resource(tree, "ArtifactKey"), "KeyPolicy");
    CHECK_TRUE(holds(policy, "role/orders-build-dev-eu-west-1\""));
    CHECK_TRUE(holds(policy, "role/orders-build-test-eu-west-1\""));
    CHECK_TRUE(holds(policy, "role/orders-pipeline-eu-west-1\""));
    CHECK_TRUE(holds(policy, "222222222200:role/cdk-hnb659fds-deploy-role-222222222200-eu-west-1"));
    CHECK_TRUE(json_bool(resource(tree, "ArtifactKey"), "EnableKeyRotation", false));
    cJSON_Delete(tree);
}

static void test_a_target_of_two_stages_is_named_once(void **state)
{
    const cJSON *principals;
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_GITFLOW, SOURCE_CODECOMMIT, 2);
    c.target_list[1] = c.target_list[0];
    tree = build();
    principals = json_get(
        json_get(cJSON_GetArrayItem(
                     json_get(json_get(resource(tree, "ArtifactBucketPolicy"), "PolicyDocument"),
                              "Statement"),
                     1),
                 "Principal"),
        "AWS");
    CHECK_INT(cJSON_GetArraySize(principals), 1);
    CHECK_INT(cJSON_GetArraySize(
                  json_get(json_get(json_get(tree, "Metadata"), "Penstock"), "environments")),
              2);
    cJSON_Delete(tree);
}

static void test_the_bucket_is_private_encrypted_and_forgets(void **state)
{
    const cJSON *bucket;
    const cJSON *deny;
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 1);
    tree = build();
    bucket = resource(tree, "ArtifactBucket");
    CHECK_SV(json_sv(bucket, "BucketName"), SV("orders-artifacts-111111111111-eu-west-1"));
    CHECK_TRUE(holds(json_get(bucket, "BucketEncryption"), "aws:kms"));
    CHECK_TRUE(holds(json_get(bucket, "BucketEncryption"), "\"BucketKeyEnabled\":true"));
    CHECK_TRUE(!holds(json_get(bucket, "PublicAccessBlockConfiguration"), "false"));
    CHECK_INT(cJSON_GetArraySize(json_get(bucket, "PublicAccessBlockConfiguration")), 4);
    CHECK_TRUE(holds(json_get(bucket, "OwnershipControls"), "BucketOwnerEnforced"));
    CHECK_TRUE(holds(json_get(bucket, "VersioningConfiguration"), "Enabled"));
    CHECK_TRUE(holds(json_get(bucket, "LifecycleConfiguration"), "\"NoncurrentDays\":30"));
    deny =
        json_list(json_get(resource(tree, "ArtifactBucketPolicy"), "PolicyDocument"), "Statement");
    CHECK_SV(json_sv(deny, "Effect"), SV("Deny"));
    CHECK_SV(json_sv(deny, "Principal"), SV("*"));
    CHECK_TRUE(holds(json_get(deny, "Condition"), "\"Bool\":{\"aws:SecureTransport\":\"false\"}"));
    cJSON_Delete(tree);
}

static void test_every_role_has_the_boundary_or_none_has(void **state)
{
    for (int bounded = 0; bounded < 2; bounded++) {
        const cJSON *r;
        cJSON *tree;

        (void)state;
        case_fill(&c, STRATEGY_GITFLOW, SOURCE_CODECOMMIT, 3);
        if (bounded)
            c.cicd.boundary = SV("arn:aws:iam::111111111111:policy/limits");
        tree = build();
        cJSON_ArrayForEach(r, json_get(tree, "Resources"))
        {
            if (sv_eq(json_sv(r, "Type"), SV("AWS::IAM::Role")))
                CHECK_INT(json_get(json_get(r, "Properties"), "PermissionsBoundary") != NULL,
                          bounded);
        }
        cJSON_Delete(tree);
    }
}

static void expect_stages(const cJSON *pipeline, const char *const *names)
{
    const cJSON *stage;
    size_t at = 0;

    cJSON_ArrayForEach(stage, json_get(pipeline, "Stages"))
    {
        REQUIRE(names[at] != NULL);
        CHECK_SV(json_sv(stage, "Name"), sv_of(names[at++]));
    }
    CHECK_TRUE(names[at] == NULL);
}
#define STAGES(pipeline, ...) expect_stages((pipeline), (const char *const[]){__VA_ARGS__, NULL})

static void test_trunk_is_one_pipeline_with_gates_before_the_stages(void **state)
{
    const cJSON *pipeline;
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 3);
    c.stages[1].approval = c.stages[2].approval = true;
    tree = build();
    pipeline = resource(tree, "Pipeline");
    CHECK_SV(json_sv(pipeline, "Name"), SV("orders"));
    CHECK_SV(json_sv(pipeline, "PipelineType"), SV("V2"));
    CHECK_SV(json_sv(pipeline, "ExecutionMode"), SV("QUEUED"));
    CHECK_TRUE(!json_bool(pipeline, "RestartExecutionOnUpdate", true));
    STAGES(pipeline, "Source", "Deploy-Stage-dev", "ManualApproval-test", "Deploy-Stage-test",
           "ManualApproval-val", "Deploy-Stage-val");
    CHECK_TRUE(holds(pipeline, "\"Name\":\"deploy-test\""));
    CHECK_TRUE(holds(pipeline, "account 222222222201"));
    cJSON_Delete(tree);
}

static void test_gitflow_is_a_pipeline_per_stage_on_its_own_branch(void **state)
{
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_GITFLOW, SOURCE_CODECOMMIT, 4);
    c.stages[3].approval = true;
    tree = build();
    STAGES(resource(tree, "PipelineDev"), "Source-dev", "Deploy-Stage-dev");
    STAGES(resource(tree, "PipelineProd"), "Source-prod", "ManualApproval-prod",
           "Deploy-Stage-prod");
    CHECK_SV(json_sv(resource(tree, "PipelineProd"), "Name"), SV("orders-prod"));
    CHECK_TRUE(holds(resource(tree, "PipelineDev"), "\"BranchName\":\"dev\""));
    CHECK_TRUE(holds(resource(tree, "PipelineProd"), "\"BranchName\":\"main\""));
    CHECK_TRUE(holds(resource(tree, "RuleDev"), "\"referenceName\":[\"dev\"]"));
    CHECK_TRUE(holds(resource(tree, "RuleDev"), ":${PipelineDev}\""));
    CHECK_SV(json_sv(resource(tree, "RuleDev"), "Name"), SV("orders-source-dev"));
    CHECK_TRUE(holds(tree, "\"PipelineNameProd\":{"));
    cJSON_Delete(tree);
}

static void test_nothing_polls(void **state)
{
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 2);
    tree = build();
    CHECK_TRUE(holds(tree, "\"PollForSourceChanges\":\"false\""));
    CHECK_TRUE(holds(resource(tree, "Rule"), "[\"referenceCreated\",\"referenceUpdated\"]"));
    CHECK_TRUE(holds(statements_of(resource(tree, "EventsRole")), ":orders\""));
    cJSON_Delete(tree);
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CONNECTION, 2);
    tree = build();
    CHECK_TRUE(holds(tree, "\"DetectChanges\":\"true\""));
    CHECK_TRUE(!holds(tree, "PollForSourceChanges"));
    CHECK_TRUE(!holds(tree, "AWS::Events::Rule"));
    CHECK_TRUE(holds(resource(tree, "PipelinesRole"), "codeconnections:UseConnection"));
    CHECK_TRUE(holds(resource(tree, "PipelinesRole"), "codestar-connections:UseConnection"));
    CHECK_TRUE(!holds(resource(tree, "PipelinesRole"), "codecommit:"));
    cJSON_Delete(tree);
}

static struct sv variable_of(const cJSON *project, const char *name)
{
    const cJSON *v;

    cJSON_ArrayForEach(v, json_get(json_get(project, "Environment"), "EnvironmentVariables"))
    {
        if (sv_eq(json_sv(v, "Name"), sv_of(name)))
            return json_sv(v, "Value");
    }
    return SV_NONE;
}

static void test_a_build_knows_who_it_is(void **state)
{
    const cJSON *project;
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 3);
    c.stages[1].team = SV("quality");
    c.variables[1] = (struct variable){SV("STAGE"), SV("stolen")};
    c.definition.variable_count = 2;
    tree = build();
    project = resource(tree, "ProjectTest");
    CHECK_SV(variable_of(project, "STAGE"), SV("test")); /* not what a person calls so */
    CHECK_SV(variable_of(project, "PIPELINE_URI"), SV("orders"));
    CHECK_SV(variable_of(project, "DEV_STAGES"), SV("dev,test,val"));
    CHECK_SV(variable_of(project, "DEV_STRATEGY"), SV("trunk"));
    CHECK_SV(variable_of(project, "TEMPLATE"), SV("cdk"));
    CHECK_SV(variable_of(project, "AWSACCOUNTID"), SV("222222222201"));
    CHECK_SV(variable_of(project, "ENVTEAM"), SV("quality"));
    CHECK_SV(variable_of(project, "ENVTEAM_ROLENAME"), SV("orders-build-test-eu-west-1"));
    CHECK_SV(variable_of(project, "DEPLOY_ROLE_ARN"),
             SV("arn:aws:iam::222222222201:role/cdk-hnb659fds-deploy-role-222222222201-eu-west-1"));
    CHECK_SV(variable_of(project, "BOOTSTRAP_VERSION_PARAMETER"),
             SV("/cdk-bootstrap/hnb659fds/version"));
    /* A person's text is no reference of CloudFormation's. */
    CHECK_SV(variable_of(project, "LOG_LEVEL"), SV("info ${NoReference} \"quoted\""));
    CHECK_TRUE(!json_bool(json_get(project, "Environment"), "PrivilegedMode", true));
    cJSON_Delete(tree);
}

static void test_a_stage_keeps_its_logical_ids_wherever_it_moves(void **state)
{
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 3);
    c.stages[0].stage = SV("pre-prod");
    c.stages[1].stage = SV("preprod");
    c.stages[2].stage = SV("x-1");
    tree = build();
    CHECK_SV(json_sv(resource(tree, "BuildRolePreX2Dprod"), "RoleName"),
             SV("orders-build-pre-prod-eu-west-1"));
    CHECK_SV(json_sv(resource(tree, "BuildRolePreprod"), "RoleName"),
             SV("orders-build-preprod-eu-west-1"));
    CHECK_SV(json_sv(resource(tree, "ProjectxX2D1"), "Name"), SV("orders-build-x-1"));
    cJSON_Delete(tree);
}

static void test_the_definition_comes_back(void **state)
{
    struct definition back = {0};
    struct err err = {0};
    struct arena arena;
    cJSON *tree;
    char *text;

    (void)state;
    arena_init(&arena, TEXT_MAX);
    case_fill(&c, STRATEGY_GITFLOW, SOURCE_CODECOMMIT, 3);
    c.stages[2].approval = true;
    tree = build();
    text = text_of(tree);
    REQUIRE_OK(template_definition(sv_of(text), &arena, &back, &err), &err);
    CHECK_SV(back.name, SV("orders"));
    CHECK_INT(back.strategy, STRATEGY_GITFLOW);
    CHECK_INT(back.stage_count, 3);
    CHECK_SV(back.stages[1].environment, SV("test"));
    CHECK_TRUE(back.stages[2].approval && !back.stages[1].approval);
    CHECK_SV(back.variables[0].value, SV("info ${NoReference} \"quoted\""));
    CHECK_INT(template_definition(SV("{\"Resources\":{}}"), &arena, &back, &err), ERR_NOT_FOUND);
    CHECK_INT(template_definition(SV("Resources: {}"), &arena, &back, &err), ERR_NOT_FOUND);
    CHECK_STR(err.text, "this stack was not made by penstock");
    CHECK_INT(template_definition(SV("{"), &arena, &back, &err), ERR_REPLY);
    cJSON_free(text);
    cJSON_Delete(tree);
    arena_release(&arena);
}

static struct sv digest_of(const cJSON *tree)
{
    return json_sv(json_get(json_get(json_get(tree, "Resources"), "ArtifactKeyAlias"), "Metadata"),
                   "PenstockDigest");
}

static void test_each_change_of_the_definition_is_a_change_of_the_stack(void **state)
{
    cJSON *before;
    cJSON *same;
    cJSON *after;
    char *a;
    char *b;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 4);
    before = build();
    same = build();
    a = text_of(before);
    b = text_of(same);
    CHECK_STR(a, b);
    c.definition.description = SV("Another");
    after = build();
    CHECK_INT(digest_of(before).len, 16);
    CHECK_TRUE(!sv_eq(digest_of(before), digest_of(after)));
    cJSON_free(a);
    cJSON_free(b);
    cJSON_Delete(before);
    cJSON_Delete(same);
    cJSON_Delete(after);
}

static void test_the_largest_fits_into_a_stack(void **state)
{
    CLEANUP(sb_release) struct sb text;
    struct err err = {0};
    cJSON *tree;

    (void)state;
    sb_init(&text, TEXT_MAX);
    case_fill(&c, STRATEGY_GITFLOW, SOURCE_CODECOMMIT, STAGES_GITFLOW_MAX);
    for (size_t i = 0; i < STAGES_GITFLOW_MAX; i++)
        c.stages[i].approval = true;
    tree = build();
    REQUIRE_OK(template_text(tree, &text, &err), &err);
    CHECK_TRUE(text.len < 1024 * 1024);
    CHECK_TRUE(cJSON_GetArraySize(json_get(tree, "Resources")) <= 500);
    CHECK_TRUE(cJSON_GetArraySize(json_get(tree, "Outputs")) <= 200);
    cJSON_Delete(tree);
}

static void test_a_long_description_is_cut_between_characters(void **state)
{
    char text[1500];
    struct sv description;
    cJSON *tree;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 1);
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xC3\xA9", 2);
    for (size_t skip = 0; skip < 2; skip++) {
        c.definition.description = sv_make(text, 1498);
        c.definition.name = skip == 0 ? SV("orders") : SV("order");
        tree = build();
        description = json_sv(tree, "Description");
        CHECK_TRUE(description.len <= 1024 && description.len >= 1022);
        CHECK_TRUE(((unsigned char)description.ptr[description.len - 1] & 0xC0) == 0x80);
        cJSON_Delete(tree);
    }
}

static void test_a_plan_names_what_costs(void **state)
{
    struct planned_resource *items = NULL;
    struct err err = {0};
    struct arena arena;
    size_t count = 0;
    size_t paid = 0;
    cJSON *tree;

    (void)state;
    arena_init(&arena, TEXT_MAX);
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 2);
    tree = build();
    REQUIRE_OK(template_resources(tree, &arena, &items, &count, &err), &err);
    CHECK_INT(count, cJSON_GetArraySize(json_get(tree, "Resources")));
    for (size_t i = 0; i < count; i++) {
        paid += items[i].cost != NULL;
        CHECK_TRUE(!items[i].is_kept);
        if (sv_eq(items[i].logical, SV("BuildRoleDev")))
            CHECK_SV(items[i].physical, SV("orders-build-dev-eu-west-1"));
        if (sv_eq(items[i].logical, SV("ArtifactKey")))
            CHECK_STR(items[i].cost, "billed per month");
    }
    CHECK_INT(paid, 7); /* key, bucket, pipeline, two projects, two log groups */
    cJSON_Delete(tree);
    arena_release(&arena);
}

static void test_tags_say_whose_it_is(void **state)
{
    struct tag *tags = NULL;
    struct err err = {0};
    struct arena arena;
    size_t count = 0;

    (void)state;
    arena_init(&arena, TEXT_MAX);
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 1);
    REQUIRE_OK(template_tags(&c.definition, &arena, &tags, &count, &err), &err);
    CHECK_INT(count, 4);
    CHECK_SV(tags[0].key, SV("penstock:pipeline"));
    CHECK_SV(tags[0].value, SV("orders"));
    CHECK_SV(tags[1].value, SV("analytics"));
    CHECK_SV(tags[2].value, SV("trunk"));
    CHECK_SV(tags[3].key, SV("cost"));
    arena_release(&arena);
}

static void test_every_allocation_may_fail(void **state)
{
    cJSON *tree = NULL;
    long total;

    (void)state;
    case_fill(&c, STRATEGY_TRUNK, SOURCE_CODECOMMIT, 1);
    cJSON_Delete(build()); /* cJSON takes its memory through ours from now on */
    mem_fail_at(0);
    cJSON_Delete(build());
    total = mem_count();
    CHECK_TRUE(total > 1000);
    for (long n = 1; n <= total; n++) {
        struct err err = {0};
        enum err_code rc;

        mem_fail_at(n);
        rc = template_cicd(&c.blueprint, &tree, &err);
        mem_fail_at(0);
        CHECK_INT(rc, ERR_LIMIT);
        CHECK_INT(err.code, ERR_LIMIT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_build_may_take_only_its_own_targets_roles),
        TEST(test_no_role_may_do_anything_to_everything),
        TEST(test_a_build_reads_only_its_own_parameters_and_secrets),
        TEST(test_the_key_waits_for_the_roles_that_its_policy_names),
        TEST(test_a_target_of_two_stages_is_named_once),
        TEST(test_the_bucket_is_private_encrypted_and_forgets),
        TEST(test_every_role_has_the_boundary_or_none_has),
        TEST(test_trunk_is_one_pipeline_with_gates_before_the_stages),
        TEST(test_gitflow_is_a_pipeline_per_stage_on_its_own_branch),
        TEST(test_nothing_polls),
        TEST(test_a_build_knows_who_it_is),
        TEST(test_a_stage_keeps_its_logical_ids_wherever_it_moves),
        TEST(test_the_definition_comes_back),
        TEST(test_each_change_of_the_definition_is_a_change_of_the_stack),
        TEST(test_the_largest_fits_into_a_stack),
        TEST(test_a_long_description_is_cut_between_characters),
        TEST(test_a_plan_names_what_costs),
        TEST(test_tags_say_whose_it_is),
        TEST(test_every_allocation_may_fail),
    };

    return RUN(tests);
}
