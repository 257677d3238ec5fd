/* DDK's dialect as its last CLI had it (facts A4): always a key and a boundary of its own, no image
 * repository. Trust is as narrow as the CDK's: tag sessions allowed, external ids refused. */
#include <stdio.h>

#include "core/deploy/template_bootstrap.h"
#include "core/deploy/template_iam.h"

#define DDK_START "${Prefix}-${Environment}-${Qualifier}-"

static void add_parameters(const struct bootstrap_parts *p)
{
    const struct {
        const char *name;
        struct sv value;
        const char *help;
    } fixed[] = {
        {"Prefix", p->e->ddk_prefix, "First part of every name"},
        {"Environment", p->e->stage, "The stage, second part of every name"},
        {"Qualifier", p->e->qualifier, "Third part of every name"},
    };

    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        cJSON *parameter =
            bootstrap_parameter(p, fixed[i].name, "String", fixed[i].value, fixed[i].help);

        tree_add(p->t, tree_list(p->t, parameter, "AllowedValues"), tree_sv(p->t, fixed[i].value));
    }
    bootstrap_parameter(p, "CloudFormationExecutionPermissionsBoundaryPolicy", "String",
                        p->e->boundary, "ARN of a policy that bounds the roles; empty: our own");
    bootstrap_is_given(p, HAS_BOUNDARY, "CloudFormationExecutionPermissionsBoundaryPolicy", false);
}

static void add_key(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    cJSON *properties = NULL;
    cJSON *key = template_resource(t, p->resources, LOGICAL_DDK_KEY, "AWS::KMS::Key", &properties);
    cJSON *statements = policy_open(t, properties, "KeyPolicy");

    tree_put_text(t, key, "DeletionPolicy", "Delete");
    tree_put_text(t, key, "UpdateReplacePolicy", "Delete");
    tree_put_bool(t, properties, "EnableKeyRotation", true);
    policy_principal(t, POLICY_ALLOW(t, statements, tree_text(t, "*"), "kms:*"), "AWS",
                     tree_sub(t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"));
    policy_principal(t,
                     POLICY_ALLOW(t, statements, tree_text(t, "*"), "kms:Decrypt",
                                  "kms:DescribeKey", "kms:Encrypt", "kms:ReEncrypt*",
                                  "kms:GenerateDataKey*"),
                     "AWS", tree_get_att(t, LOGICAL_FILE_ROLE, "Arn"));
    template_resource(t, p->resources, LOGICAL_DDK_KEY "Alias", "AWS::KMS::Alias", &properties);
    tree_put(t, properties, "AliasName", tree_sub(t, "alias/" DDK_START "assets-key"));
    tree_put(t, properties, "TargetKeyId", tree_ref(t, LOGICAL_DDK_KEY));
}

static void add_bucket(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    char name[ENVIRONMENT_NAME_SIZE];
    cJSON *properties = NULL;
    cJSON *bucket =
        template_resource(t, p->resources, LOGICAL_STAGING_BUCKET, "AWS::S3::Bucket", &properties);

    tree_put_text(t, bucket, "DeletionPolicy", "Delete");
    tree_put_text(t, bucket, "UpdateReplacePolicy", "Delete");
    tree_put_text(t, properties, "BucketName", environment_staging_bucket(p->e, name));
    tree_put(t, properties, "BucketEncryption",
             bootstrap_encryption(p, tree_get_att(t, LOGICAL_DDK_KEY, "Arn")));
    template_block_public(t, tree_object(t, properties, "PublicAccessBlockConfiguration"));
    tree_put_text(t, tree_object(t, properties, "VersioningConfiguration"), "Status", "Enabled");
    bootstrap_add_bucket_policy(p);
}

static void add_boundary(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    const char *name = DDK_START "permissions-boundary-${AWS::AccountId}-${AWS::Region}";
    cJSON *properties = NULL;
    cJSON *statements;
    cJSON *swap;

    template_resource(t, p->resources, LOGICAL_DDK_BOUNDARY, "AWS::IAM::ManagedPolicy",
                      &properties);
    tree_put(t, properties, "ManagedPolicyName", tree_sub(t, "%s", name));
    tree_put_text(t, properties, "Description", "What no role deployed here may do");
    statements = policy_open(t, properties, "PolicyDocument");
    POLICY_ALLOW(t, statements, tree_text(t, "*"), "*");
    POLICY_DENY(t, statements, tree_text(t, "*"), "s3:PutAccountPublicAccessBlock");
    POLICY_DENY(t, statements,
                tree_sub(t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/%s", name),
                "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion");
    POLICY_DENY(t, statements, tree_sub(t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"),
                "iam:DeleteRolePermissionsBoundary");
    swap = POLICY_DENY(t, statements,
                       tree_sub(t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"),
                       "iam:PutRolePermissionsBoundary");
    policy_condition(t, swap, "StringNotEquals", "iam:PermissionsBoundary",
                     tree_sub(t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/%s", name));
}

void bootstrap_fill_ddk(const struct bootstrap_parts *p)
{
    char version[16];

    snprintf(version, sizeof version, "%d", BOOTSTRAP_DDK_VERSION);
    add_parameters(p);
    add_key(p);
    add_bucket(p);
    add_boundary(p);
    bootstrap_output(p, "BucketName", "Bucket of file assets",
                     tree_ref(p->t, LOGICAL_STAGING_BUCKET));
    bootstrap_output(p, "BucketDomainName", "Its domain name",
                     tree_get_att(p->t, LOGICAL_STAGING_BUCKET, "RegionalDomainName"));
    bootstrap_add_version(p, version);
}
