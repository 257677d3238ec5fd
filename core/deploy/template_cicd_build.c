/* What builds and deploys one stage: a role that can reach this stage's target and nothing else, a
 * log group that forgets, a project. */
#include "core/deploy/template_cicd.h"
#include "core/deploy/template_iam.h"

#define BUILD_IMAGE "aws/codebuild/amazonlinux-x86_64-standard:5.0"

enum { LOG_DAYS = 90, BUILD_MINUTES = 60, QUEUED_MINUTES = 480 };

/* The target's roles that a deployment takes, as its dialect has them. cfn-exec is CloudFormation's
 * alone. */
static cJSON *target_roles(const struct cicd *c, int stage)
{
    static const enum bootstrap_role roles[] = {BOOTSTRAP_ROLE_DEPLOY, BOOTSTRAP_ROLE_LOOKUP,
                                                BOOTSTRAP_ROLE_FILE_PUBLISHING,
                                                BOOTSTRAP_ROLE_IMAGE_PUBLISHING};
    const struct environment *target = c->b->targets[stage];
    cJSON *list = tree_new_list(c->t);

    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        char text[ENVIRONMENT_NAME_SIZE];

        if (environment_role_name(target, roles[i], text)[0] != '\0')
            tree_add_text(c->t, list, environment_role_arn(target, roles[i], text));
    }
    return list;
}

static cJSON *bucket_arn(const struct cicd *c, const char *below)
{
    char name[DERIVED_SIZE];

    return tree_sub(c->t, "arn:${AWS::Partition}:s3:::%s%s", cicd_name(c, DERIVED_BUCKET, -1, name),
                    below);
}

/* "arn:...:SERVICE:region:account:BEFORE NAME AFTER", in this account. */
static cJSON *own_arn(const struct cicd *c, const char *service, const char *before,
                      enum derived what, int stage, const char *after)
{
    char name[DERIVED_SIZE];

    return tree_sub(c->t, "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:%s%s%s",
                    service, before, cicd_name(c, what, stage, name), after);
}

/* The key's own policy lets this role in (template_cicd_store.c), so nothing is said of it here. */
static void add_role(const struct cicd *c, int stage)
{
    struct tree *t = c->t;
    char logical[LOGICAL_SIZE];
    cJSON *work = cicd_role(c, cicd_logical(c, "BuildRole", stage, logical), DERIVED_BUILD_ROLE,
                            stage, "codebuild.amazonaws.com");

    POLICY_ALLOW(t, work, target_roles(c, stage), "sts:AssumeRole", "sts:TagSession");
    POLICY_ALLOW(t, work, own_arn(c, "logs", "log-group:", DERIVED_LOG_GROUP, stage, ":*"),
                 "logs:CreateLogStream", "logs:PutLogEvents");
    POLICY_ALLOW(t, work, bucket_arn(c, ""), "s3:GetBucketLocation", "s3:ListBucket");
    POLICY_ALLOW(t, work, bucket_arn(c, "/*"), "s3:GetObject", "s3:GetObjectVersion");
    POLICY_ALLOW(t, work, own_arn(c, "codebuild", "report-group/", DERIVED_PROJECT, stage, "-*"),
                 "codebuild:CreateReportGroup", "codebuild:CreateReport", "codebuild:UpdateReport",
                 "codebuild:BatchPutTestCases", "codebuild:BatchPutCodeCoverages");
    POLICY_ALLOW(t, work, own_arn(c, "ssm", "parameter", DERIVED_PARAMETERS, stage, "*"),
                 "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath");
    POLICY_ALLOW(t, work, own_arn(c, "secretsmanager", "secret:", DERIVED_SECRETS, stage, "*"),
                 "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue");
}

static void add_log_group(const struct cicd *c, int stage)
{
    char logical[LOGICAL_SIZE];
    char name[DERIVED_SIZE];
    cJSON *properties = NULL;

    template_resource(c->t, c->resources, cicd_logical(c, "BuildLogs", stage, logical),
                      "AWS::Logs::LogGroup", &properties);
    tree_put_text(c->t, properties, "LogGroupName", cicd_name(c, DERIVED_LOG_GROUP, stage, name));
    tree_put_int(c->t, properties, "RetentionInDays", LOG_DAYS);
}

static bool has_variable(const cJSON *list, struct sv name)
{
    for (const cJSON *i = list == NULL ? NULL : list->child; i != NULL; i = i->next) {
        if (sv_eq(json_sv(i, "Name"), name))
            return true;
    }
    return false;
}

static void put_variable(struct tree *t, cJSON *list, struct sv name, cJSON *value)
{
    cJSON *variable = tree_add_object(t, list);

    tree_put_sv(t, variable, "Name", name);
    tree_put(t, variable, "Value", value);
}

static cJSON *stages_joined(const struct cicd *c)
{
    const struct definition *d = c->b->definition;
    CLEANUP(sb_release) struct sb text;

    sb_init(&text, DEFINITION_SIZE_MAX);
    for (size_t i = 0; i < d->stage_count; i++) {
        if (tree_failed(c->t, sb_addf(&text, c->t->err, "%s" SV_FMT, i > 0 ? "," : "",
                                      SV_ARG(d->stages[i].stage))))
            return NULL;
    }
    return tree_sv(c->t, sb_sv(&text));
}

/* What data.all's builds know, under the names they know it by (facts 3.10), so that buildspecs
 * and apps written for it go on; then the bootstrap of the target. */
static void put_variables(const struct cicd *c, cJSON *list, int stage)
{
    struct tree *t = c->t;
    const struct definition *d = c->b->definition;
    const struct environment *target = c->b->targets[stage];
    char text[DERIVED_SIZE];
    char of[ENVIRONMENT_NAME_SIZE];

    put_variable(t, list, SV("PIPELINE_URI"),
                 tree_text(t, cicd_name(c, DERIVED_PIPELINE, -1, text)));
    put_variable(t, list, SV("PIPELINE_NAME"), tree_sv(t, d->name));
    put_variable(t, list, SV("STAGE"), tree_sv(t, d->stages[stage].stage));
    put_variable(t, list, SV("DEV_STAGES"), stages_joined(c));
    put_variable(t, list, SV("DEV_STRATEGY"), tree_text(t, strategy_word(d->strategy)));
    put_variable(t, list, SV("TEMPLATE"), tree_text(t, starter_word(d->starter)));
    put_variable(t, list, SV("ENVIRONMENT_URI"), tree_sv(t, target->name));
    put_variable(t, list, SV("AWSACCOUNTID"), tree_sv(t, target->account));
    put_variable(t, list, SV("AWSREGION"), tree_sv(t, target->region));
    put_variable(t, list, SV("ENVTEAM"), tree_sv(t, blueprint_team(c->b, (size_t)stage)));
    put_variable(t, list, SV("ENVTEAM_ROLENAME"),
                 tree_text(t, cicd_name(c, DERIVED_BUILD_ROLE, stage, text)));
    put_variable(t, list, SV("ENVTEAM_ROLEARN"), cicd_role_arn(c, DERIVED_BUILD_ROLE, stage));
    put_variable(t, list, SV("DEPLOY_ROLE_ARN"),
                 tree_text(t, environment_role_arn(target, BOOTSTRAP_ROLE_DEPLOY, of)));
    put_variable(t, list, SV("CFN_EXEC_ROLE_ARN"),
                 tree_text(t, environment_role_arn(target, BOOTSTRAP_ROLE_CFN_EXEC, of)));
    put_variable(t, list, SV("BOOTSTRAP_QUALIFIER"), tree_sv(t, target->qualifier));
    put_variable(t, list, SV("BOOTSTRAP_VERSION_PARAMETER"),
                 tree_text(t, environment_version_parameter(target, of)));
    /* A person's own cannot stand for one of ours. */
    for (size_t i = 0; i < d->variable_count; i++) {
        if (!has_variable(list, d->variables[i].name))
            put_variable(t, list, d->variables[i].name, tree_sv(t, d->variables[i].value));
    }
}

static void put_environment(const struct cicd *c, cJSON *properties, int stage)
{
    struct tree *t = c->t;
    cJSON *environment = tree_object(t, properties, "Environment");

    tree_put_text(t, environment, "Type", "LINUX_CONTAINER");
    tree_put_text(t, environment, "ComputeType", "BUILD_GENERAL1_SMALL");
    tree_put_text(t, environment, "Image", BUILD_IMAGE);
    /* Only building images with docker needs more; no starter does. */
    tree_put_bool(t, environment, "PrivilegedMode", false);
    put_variables(c, tree_list(t, environment, "EnvironmentVariables"), stage);
}

static void add_project(const struct cicd *c, int stage)
{
    struct tree *t = c->t;
    char logical[LOGICAL_SIZE];
    char name[DERIVED_SIZE];
    cJSON *properties = NULL;
    cJSON *part;

    template_resource(t, c->resources, cicd_logical(c, "Project", stage, logical),
                      "AWS::CodeBuild::Project", &properties);
    tree_put_text(t, properties, "Name", cicd_name(c, DERIVED_PROJECT, stage, name));
    tree_put(t, properties, "ServiceRole",
             tree_get_att(t, cicd_logical(c, "BuildRole", stage, logical), "Arn"));
    tree_put(t, properties, "EncryptionKey", tree_get_att(t, LOGICAL_KEY, "Arn"));
    part = tree_object(t, properties, "Source");
    tree_put_text(t, part, "Type", "CODEPIPELINE");
    tree_put_text(t, part, "BuildSpec", "buildspec.yml");
    tree_put_text(t, tree_object(t, properties, "Artifacts"), "Type", "CODEPIPELINE");
    put_environment(c, properties, stage);
    part = tree_object(t, tree_object(t, properties, "LogsConfig"), "CloudWatchLogs");
    tree_put_text(t, part, "Status", "ENABLED");
    tree_put(t, part, "GroupName", tree_ref(t, cicd_logical(c, "BuildLogs", stage, logical)));
    tree_put_int(t, properties, "TimeoutInMinutes", BUILD_MINUTES);
    tree_put_int(t, properties, "QueuedTimeoutInMinutes", QUEUED_MINUTES);
}

void cicd_add_build(const struct cicd *c, int stage)
{
    add_role(c, stage);
    add_log_group(c, stage);
    add_project(c, stage);
}
