/* The CDK's dialect: parameters, the staging bucket and its key, the image repository, outputs.
 * facts/cdk-ddk-sdlf-tsdat.md A1. */
#include <stdio.h>

#include "core/base/compiler.h"
#include "core/deploy/template_bootstrap.h"
#include "core/deploy/template_iam.h"

enum { NONCURRENT_DAYS = 30, UPLOAD_DAYS = 1, UNTAGGED_DAYS = 365 };

/* clang-format off */
static const struct {
    const char *name;
    const char *otherwise; /* NULL = by the environment */
    const char *values;    /* "a,b" when no other is allowed */
    const char *help;
} texts[] = {
    {"FileAssetsBucketName", "", NULL, "Name of the bucket for file assets; empty: the contract's"},
    {"FileAssetsBucketKmsKeyId", "AWS_MANAGED_KEY", NULL,
     "Key of that bucket: empty makes one, AWS_MANAGED_KEY is AWS's own"},
    {"ContainerAssetsRepositoryName", "", NULL, "Name of the repository for images; empty: the contract's"},
    {"PublicAccessBlockConfiguration", "true", "true,false", "Whether the bucket refuses all public access"},
    {"InputPermissionsBoundary", NULL, NULL, "Name of a policy of this account that bounds the roles"},
    {"UseExamplePermissionsBoundary", "false", "true,false", "Whether the example boundary is made"},
    {"BootstrapVariant", "AWS CDK: Default Resources", NULL,
     "Whose template this is; the CDK writes only over its own word"},
    {"DenyExternalId", "true", "true,false", "Whether roles refuse to be assumed with an external id"},
};
/* clang-format on */

/* The parameter is a policy's name in the own account; "" for a boundary of another kind. */
static struct sv own_boundary(const struct environment *e)
{
    char start[128];
    int len = snprintf(start, sizeof start, "arn:%s:iam::" SV_FMT ":policy/",
                       environment_partition(e), SV_ARG(e->account));

    if (len < 0 || (size_t)len >= sizeof start || !sv_starts(e->boundary, sv_of(start)))
        return SV_NONE;
    return sv_drop(e->boundary, (size_t)len);
}

static void put_values(struct tree *t, cJSON *parameter, struct sv values)
{
    cJSON *list = tree_list(t, parameter, "AllowedValues");

    while (values.len > 0)
        tree_add(t, list, tree_sv(t, sv_cut(values, ',', &values)));
}

static void add_parameters(const struct bootstrap_parts *p)
{
    cJSON *qualifier =
        bootstrap_parameter(p, "Qualifier", "String", p->e->qualifier,
                            "Part of every name, so that two can stand side by side");

    put_values(p->t, qualifier, p->e->qualifier);
    bootstrap_parameter(p, "TrustedAccountsForLookup", "CommaDelimitedList", SV(""),
                        "Accounts that may look up what is here");
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct sv otherwise =
            texts[i].otherwise == NULL ? own_boundary(p->e) : sv_of(texts[i].otherwise);
        cJSON *parameter =
            bootstrap_parameter(p, texts[i].name, "String", otherwise, texts[i].help);

        if (texts[i].values != NULL)
            put_values(p->t, parameter, sv_of(texts[i].values));
    }
}

static void add_conditions(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;

    bootstrap_is_given(p, "HasTrustedAccountsForLookup", "TrustedAccountsForLookup", true);
    bootstrap_is_given(p, "HasCustomFileAssetsBucketName", "FileAssetsBucketName", false);
    bootstrap_is_given(p, "HasCustomContainerAssetsRepositoryName", "ContainerAssetsRepositoryName",
                       false);
    bootstrap_is_given(p, HAS_BOUNDARY, "InputPermissionsBoundary", false);
    tree_put(t, p->conditions, IS_CUSTOM_KEY, bootstrap_equals(p, "FileAssetsBucketKmsKeyId", ""));
    tree_put(t, p->conditions, "UseAwsManagedKey",
             bootstrap_equals(p, "FileAssetsBucketKmsKeyId", "AWS_MANAGED_KEY"));
    tree_put(t, p->conditions, "UsePublicAccessBlockConfiguration",
             bootstrap_equals(p, "PublicAccessBlockConfiguration", "true"));
    tree_put(t, p->conditions, "ShouldCreatePermissionsBoundary",
             bootstrap_equals(p, "UseExamplePermissionsBoundary", "true"));
    tree_put(t, p->conditions, "ShouldDenyExternalId",
             bootstrap_equals(p, "DenyExternalId", "true"));
}

/* Anybody of this account may use it, but only through S3; the publishing role also directly. */
static void add_key(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    cJSON *properties = NULL;
    cJSON *key = template_resource(t, p->resources, LOGICAL_CDK_KEY, "AWS::KMS::Key", &properties);
    cJSON *statements = policy_open(t, properties, "KeyPolicy");
    cJSON *use;

    tree_put_text(t, key, "Condition", IS_CUSTOM_KEY);
    tree_put_text(t, key, "DeletionPolicy", "Delete");
    tree_put_text(t, key, "UpdateReplacePolicy", "Delete");
    tree_put_bool(t, properties, "EnableKeyRotation", true);
    policy_principal(t, POLICY_ALLOW(t, statements, tree_text(t, "*"), "kms:*"), "AWS",
                     tree_sub(t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"));
    use = POLICY_ALLOW(t, statements, tree_text(t, "*"), "kms:Decrypt", "kms:DescribeKey",
                       "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*");
    policy_principal(t, use, "AWS", tree_text(t, "*"));
    policy_condition(t, use, "StringEquals", "kms:CallerAccount", tree_ref(t, "AWS::AccountId"));
    policy_condition(t, use, "StringEquals", "kms:ViaService",
                     tree_sub(t, "s3.${AWS::Region}.amazonaws.com"));
    policy_principal(t,
                     POLICY_ALLOW(t, statements, tree_text(t, "*"), "kms:Decrypt",
                                  "kms:DescribeKey", "kms:Encrypt", "kms:ReEncrypt*",
                                  "kms:GenerateDataKey*"),
                     "AWS", tree_get_att(t, LOGICAL_FILE_ROLE, "Arn"));
    key =
        template_resource(t, p->resources, LOGICAL_CDK_KEY "Alias", "AWS::KMS::Alias", &properties);
    tree_put_text(t, key, "Condition", IS_CUSTOM_KEY);
    tree_put(t, properties, "AliasName", tree_sub(t, "alias/cdk-${Qualifier}-assets-key"));
    tree_put(t, properties, "TargetKeyId", tree_ref(t, LOGICAL_CDK_KEY));
}

static void put_lifecycle(struct tree *t, cJSON *properties)
{
    cJSON *rules = tree_list(t, tree_object(t, properties, "LifecycleConfiguration"), "Rules");
    cJSON *rule = tree_add_object(t, rules);

    tree_put_text(t, rule, "Id", "CleanupOldVersions");
    tree_put_text(t, rule, "Status", "Enabled");
    tree_put_int(t, tree_object(t, rule, "NoncurrentVersionExpiration"), "NoncurrentDays",
                 NONCURRENT_DAYS);
    rule = tree_add_object(t, rules);
    tree_put_text(t, rule, "Id", "AbortIncompleteMultipartUploads");
    tree_put_text(t, rule, "Status", "Enabled");
    tree_put_int(t, tree_object(t, rule, "AbortIncompleteMultipartUpload"), "DaysAfterInitiation",
                 UPLOAD_DAYS);
}

static void add_bucket(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    char name[ENVIRONMENT_NAME_SIZE];
    cJSON *properties = NULL;
    cJSON *bucket =
        template_resource(t, p->resources, LOGICAL_STAGING_BUCKET, "AWS::S3::Bucket", &properties);
    cJSON *access = tree_new_object(t);
    cJSON *given_key =
        tree_if(t, "UseAwsManagedKey", NULL, tree_ref(t, "FileAssetsBucketKmsKeyId"));

    tree_put_text(t, bucket, "DeletionPolicy", "Retain");
    tree_put_text(t, bucket, "UpdateReplacePolicy", "Retain");
    tree_put(t, properties, "BucketName",
             tree_if(t, "HasCustomFileAssetsBucketName", tree_ref(t, "FileAssetsBucketName"),
                     tree_text(t, environment_staging_bucket(p->e, name))));
    tree_put(t, properties, "BucketEncryption",
             bootstrap_encryption(
                 p, tree_if(t, IS_CUSTOM_KEY, tree_get_att(t, LOGICAL_CDK_KEY, "Arn"), given_key)));
    template_block_public(t, access);
    tree_put(t, properties, "PublicAccessBlockConfiguration",
             tree_if(t, "UsePublicAccessBlockConfiguration", access, NULL));
    tree_put_text(t, tree_object(t, properties, "VersioningConfiguration"), "Status", "Enabled");
    put_lifecycle(t, properties);
    bootstrap_add_bucket_policy(p);
}

/* The policy is a text inside the template, not a tree. */
static void put_untagged_end(struct tree *t, cJSON *properties)
{
    tree_put(t, tree_object(t, properties, "LifecyclePolicy"), "LifecyclePolicyText",
             tree_textf(t,
                        "{\"rules\":[{\"rulePriority\":1,\"description\":\"untagged images end\","
                        "\"selection\":{\"tagStatus\":\"untagged\",\"countType\":"
                        "\"sinceImagePushed\",\"countUnit\":\"days\",\"countNumber\":%d},"
                        "\"action\":{\"type\":\"expire\"}}]}",
                        UNTAGGED_DAYS));
}

static void let_pull(struct tree *t, cJSON *statements, const char *service, const char *source)
{
    cJSON *pull = POLICY_ALLOW(t, statements, NULL, "ecr:BatchGetImage", "ecr:DescribeImages",
                               "ecr:GetDownloadUrlForLayer");

    policy_principal(t, pull, "Service", tree_text(t, service));
    policy_condition(t, pull, "StringLike", "aws:SourceArn", tree_sub(t, "%s", source));
}

static void add_repository(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    cJSON *properties = NULL;
    cJSON *statements;

    template_resource(t, p->resources, LOGICAL_REPOSITORY, "AWS::ECR::Repository", &properties);
    tree_put(t, properties, "RepositoryName",
             tree_if(t, "HasCustomContainerAssetsRepositoryName",
                     tree_ref(t, "ContainerAssetsRepositoryName"),
                     tree_sub(t, "cdk-${Qualifier}-container-assets-${AWS::AccountId}-"
                                 "${AWS::Region}")));
    tree_put_text(t, properties, "ImageTagMutability", "IMMUTABLE");
    put_untagged_end(t, properties);
    statements = policy_open(t, properties, "RepositoryPolicyText");
    let_pull(t, statements, "lambda.amazonaws.com",
             "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*");
    let_pull(t, statements, "emr-serverless.amazonaws.com",
             "arn:${AWS::Partition}:emr-serverless:${AWS::Region}:${AWS::AccountId}:"
             "/applications/*");
}

static void add_example_boundary(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    const char *name = "cdk-${Qualifier}-permissions-boundary-${AWS::AccountId}-${AWS::Region}";
    cJSON *properties = NULL;
    cJSON *statements;
    cJSON *unbounded;
    cJSON *policy;

    /* The logical id is spelled as the CDK spells it. */
    policy = template_resource(t, p->resources, "CdkBoostrapPermissionsBoundaryPolicy",
                               "AWS::IAM::ManagedPolicy", &properties);
    tree_put_text(t, policy, "Condition", "ShouldCreatePermissionsBoundary");
    tree_put(t, properties, "ManagedPolicyName", tree_sub(t, "%s", name));
    tree_put_text(t, properties, "Description", "Example boundary: roles cannot leave it");
    statements = policy_open(t, properties, "PolicyDocument");
    POLICY_ALLOW(t, statements, tree_text(t, "*"), "*");
    unbounded = POLICY_DENY(t, statements, tree_text(t, "*"), "iam:CreateRole", "iam:CreateUser",
                            "iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary");
    policy_condition(t, unbounded, "StringNotEquals", "iam:PermissionsBoundary",
                     tree_sub(t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/%s", name));
    POLICY_DENY(t, statements,
                tree_sub(t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/%s", name),
                "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion");
    POLICY_DENY(t, statements, tree_text(t, "*"), "iam:DeleteRolePermissionsBoundary",
                "iam:DeleteUserPermissionsBoundary");
}

static void add_outputs(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    cJSON *export;

    bootstrap_output(p, "BucketName", "Bucket of file assets", tree_ref(t, LOGICAL_STAGING_BUCKET));
    bootstrap_output(p, "BucketDomainName", "Its domain name",
                     tree_get_att(t, LOGICAL_STAGING_BUCKET, "RegionalDomainName"));
    bootstrap_output(p, "FileAssetKeyArn", "Its key",
                     tree_if(t, IS_CUSTOM_KEY, tree_get_att(t, LOGICAL_CDK_KEY, "Arn"),
                             tree_ref(t, "FileAssetsBucketKmsKeyId")));
    export =
        tree_object(t, cJSON_GetObjectItemCaseSensitive(p->outputs, "FileAssetKeyArn"), "Export");
    tree_put(t, export, "Name", tree_sub(t, "CdkBootstrap-${Qualifier}-FileAssetKeyArn"));
    bootstrap_output(p, "ImageRepositoryName", "Repository of image assets",
                     tree_ref(t, LOGICAL_REPOSITORY));
}

void bootstrap_fill_cdk(const struct bootstrap_parts *p)
{
    char version[16];

    snprintf(version, sizeof version, "%d", BOOTSTRAP_CDK_VERSION);
    add_parameters(p);
    add_conditions(p);
    add_key(p);
    add_bucket(p);
    add_repository(p);
    add_example_boundary(p);
    add_outputs(p);
    bootstrap_add_version(p, version);
}
