/* The roles of a bootstrap stack: who may take them and what they may do. The dialects differ in
 * names, in who looks up, and in images. */
#include "core/deploy/template_bootstrap.h"
#include "core/deploy/template_iam.h"

static bool is_cdk(const struct bootstrap_parts *p)
{
    return p->e->bootstrap == BOOTSTRAP_CDK;
}

/* An account may assume the role, without an external id (which would mean somebody acting for
 * others), and tag the session, which is a statement of its own because no external id comes with
 * it. Under a condition both vanish when it does not hold. */
static void trust(const struct bootstrap_parts *p, cJSON *statements, const char *parameter,
                  const char *condition)
{
    static const char *const actions[] = {"sts:AssumeRole", "sts:TagSession"};
    struct tree *t = p->t;

    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        cJSON *statement = tree_new_object(t);

        tree_put_text(t, statement, "Effect", "Allow");
        tree_put_text(t, statement, "Action", actions[i]);
        policy_principal(t, statement, "AWS", tree_ref(t, parameter));
        if (i == 0) {
            cJSON *without = tree_new_object(t);

            tree_put_text(t, tree_object(t, without, "Null"), "sts:ExternalId", "true");
            tree_put(t, statement, "Condition",
                     is_cdk(p) ? tree_if(t, "ShouldDenyExternalId", without, NULL) : without);
        }
        tree_add(t, statements,
                 condition == NULL ? statement : tree_if(t, condition, statement, NULL));
    }
}

static void put_boundary(const struct bootstrap_parts *p, cJSON *properties, cJSON *otherwise)
{
    struct tree *t = p->t;

    if (!is_cdk(p)) {
        tree_put(t, properties, "PermissionsBoundary",
                 tree_if(t, HAS_BOUNDARY,
                         tree_ref(t, "CloudFormationExecutionPermissionsBoundaryPolicy"),
                         otherwise));
        return;
    }
    /* What the environment asks for also holds where an older stack keeps its empty parameter, and
     * where the policy is AWS's own, which the parameter cannot name. */
    if (otherwise == NULL && p->e->boundary.len > 0)
        otherwise = tree_sv(t, p->e->boundary);
    tree_put(t, properties, "PermissionsBoundary",
             tree_if(t, HAS_BOUNDARY,
                     tree_sub(t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/"
                                 "${InputPermissionsBoundary}"),
                     otherwise));
}

/* A role that trusted accounts take; the tag is how the CDK finds it. */
static cJSON *add_role(const struct bootstrap_parts *p, const char *logical,
                       enum bootstrap_role role, const char *tag)
{
    struct tree *t = p->t;
    char name[ENVIRONMENT_NAME_SIZE];
    cJSON *properties = NULL;
    cJSON *statements;
    cJSON *tags;

    template_resource(t, p->resources, logical, "AWS::IAM::Role", &properties);
    tree_put_text(t, properties, "RoleName", environment_role_name(p->e, role, name));
    statements = policy_open(t, properties, "AssumeRolePolicyDocument");
    trust(p, statements, "AWS::AccountId", NULL);
    trust(p, statements, "TrustedAccounts", IS_TRUSTING);
    if (is_cdk(p) && role == BOOTSTRAP_ROLE_LOOKUP)
        trust(p, statements, "TrustedAccountsForLookup", "HasTrustedAccountsForLookup");
    put_boundary(p, properties, NULL);
    tags = tree_add_object(t, tree_list(t, properties, "Tags"));
    tree_put_text(t, tags, "Key", "aws-cdk:bootstrap-role");
    tree_put_text(t, tags, "Value", tag);
    return properties;
}

/* A bucket of this name in another account is not ours: whoever made it after ours was deleted
 * would be given our assets. */
static void only_own_account(struct tree *t, cJSON *statement)
{
    policy_condition(t, statement, "StringEquals", "aws:ResourceAccount",
                     tree_ref(t, "AWS::AccountId"));
}

/* The statements of a policy beside the role, named after it. */
static cJSON *add_policy(const struct bootstrap_parts *p, const char *role, const char *cdk_name,
                         const char *ddk_name)
{
    struct tree *t = p->t;
    char logical[64] = LOGICAL_FILE_ROLE "DefaultPolicy";
    cJSON *properties = NULL;

    if (strcmp(role, LOGICAL_IMAGE_ROLE) == 0)
        memcpy(logical, LOGICAL_IMAGE_ROLE "DefaultPolicy",
               sizeof LOGICAL_IMAGE_ROLE "DefaultPolicy");
    template_resource(t, p->resources, logical, "AWS::IAM::Policy", &properties);
    tree_put(t, properties, "PolicyName", tree_sub(t, "%s", is_cdk(p) ? cdk_name : ddk_name));
    tree_add(t, tree_list(t, properties, "Roles"), tree_ref(t, role));
    return policy_open(t, properties, "PolicyDocument");
}

static cJSON *asset_key(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;

    if (!is_cdk(p))
        return tree_get_att(t, LOGICAL_DDK_KEY, "Arn");
    return tree_if(t, IS_CUSTOM_KEY, tree_get_att(t, LOGICAL_CDK_KEY, "Arn"),
                   tree_sub(t, "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/"
                               "${FileAssetsBucketKmsKeyId}"));
}

static void add_file_role(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    cJSON *statements;
    cJSON *use;

    add_role(p, LOGICAL_FILE_ROLE, BOOTSTRAP_ROLE_FILE_PUBLISHING, "file-publishing");
    statements = add_policy(
        p, LOGICAL_FILE_ROLE,
        "cdk-${Qualifier}-file-publishing-role-default-policy-${AWS::AccountId}-${AWS::Region}",
        "${Prefix}-${Environment}-${Qualifier}-file-publish-default-policy");
    only_own_account(t,
                     POLICY_ALLOW(t, statements, policy_bucket(t, LOGICAL_STAGING_BUCKET),
                                  "s3:GetObject*", "s3:GetBucket*", "s3:GetEncryptionConfiguration",
                                  "s3:List*", "s3:DeleteObject*", "s3:PutObject*", "s3:Abort*"));
    use = tree_new_object(t);
    tree_put_text(t, use, "Effect", "Allow");
    tree_put(t, use, "Action",
             TREE_TEXTS(t, "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ReEncrypt*",
                        "kms:GenerateDataKey*"));
    tree_put(t, use, "Resource", asset_key(p));
    /* Whoever may use the bucket may use AWS's key of it. */
    if (is_cdk(p))
        use = tree_if(t, "UseAwsManagedKey", NULL, use);
    tree_add(t, statements, use);
}

static void add_image_role(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    cJSON *statements;

    add_role(p, LOGICAL_IMAGE_ROLE, BOOTSTRAP_ROLE_IMAGE_PUBLISHING, "image-publishing");
    statements = add_policy(
        p, LOGICAL_IMAGE_ROLE,
        "cdk-${Qualifier}-image-publishing-role-default-policy-${AWS::AccountId}-${AWS::Region}",
        "");
    POLICY_ALLOW(t, statements, tree_get_att(t, LOGICAL_REPOSITORY, "Arn"), "ecr:PutImage",
                 "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload",
                 "ecr:BatchCheckLayerAvailability", "ecr:DescribeRepositories",
                 "ecr:DescribeImages", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer");
    POLICY_ALLOW(t, statements, tree_text(t, "*"), "ecr:GetAuthorizationToken");
}

/* Reads everything but what is encrypted. */
static void add_lookup_role(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    cJSON *properties = add_role(p, LOGICAL_LOOKUP_ROLE, BOOTSTRAP_ROLE_LOOKUP, "lookup");
    cJSON *statements;

    tree_add(t, tree_list(t, properties, "ManagedPolicyArns"),
             tree_sub(t, "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess"));
    statements =
        policy_inline(t, tree_list(t, properties, "Policies"), tree_text(t, "LookupRolePolicy"));
    POLICY_DENY(t, statements, tree_text(t, "*"), "kms:Decrypt");
}

/* What pipelines of other accounts hand over lies in their bucket, never in one of this account. */
static void let_fetch(struct tree *t, cJSON *statements)
{
    cJSON *fetch = POLICY_ALLOW(t, statements, tree_text(t, "*"), "s3:GetObject*", "s3:GetBucket*",
                                "s3:List*", "s3:Abort*", "s3:DeleteObject*", "s3:PutObject*");
    cJSON *open;

    policy_condition(t, fetch, "StringNotEquals", "s3:ResourceAccount",
                     tree_ref(t, "AWS::AccountId"));
    open = POLICY_ALLOW(t, statements, tree_text(t, "*"), "kms:Decrypt", "kms:DescribeKey",
                        "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*");
    policy_condition(t, open, "StringEquals", "kms:ViaService",
                     tree_sub(t, "s3.${AWS::Region}.amazonaws.com"));
}

static cJSON *readable_parameters(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    char name[ENVIRONMENT_NAME_SIZE];
    cJSON *list = tree_new_list(t);

    tree_add(t, list,
             tree_sub(t, "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter%s",
                      environment_version_parameter(p->e, name)));
    if (!is_cdk(p))
        tree_add(t, list,
                 tree_sub(t, "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:"
                             "parameter/${Prefix}/*"));
    return list;
}

static void add_deploy_role(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    cJSON *properties = add_role(p, LOGICAL_DEPLOY_ROLE, BOOTSTRAP_ROLE_DEPLOY, "deploy");
    cJSON *work;

    tree_add(t, tree_list(t, properties, "ManagedPolicyArns"),
             tree_sub(t, "arn:${AWS::Partition}:iam::aws:policy/AWSCloudFormationReadOnlyAccess"));
    work = policy_inline(t, tree_list(t, properties, "Policies"), tree_text(t, "default"));
    POLICY_ALLOW(t, work, tree_text(t, "*"), "cloudformation:CreateChangeSet",
                 "cloudformation:DeleteChangeSet", "cloudformation:DescribeChangeSet",
                 "cloudformation:ExecuteChangeSet", "cloudformation:CreateStack",
                 "cloudformation:UpdateStack", "cloudformation:RollbackStack",
                 "cloudformation:ContinueUpdateRollback", "cloudformation:DescribeStacks",
                 "cloudformation:DescribeEvents", "cloudformation:DescribeStackEvents",
                 "cloudformation:ListStacks", "cloudformation:GetTemplate",
                 "cloudformation:GetTemplateSummary", "cloudformation:DeleteStack",
                 "cloudformation:UpdateTerminationProtection", "sts:GetCallerIdentity",
                 "cloudformation:CreateStackRefactor", "cloudformation:DescribeStackRefactor",
                 "cloudformation:ExecuteStackRefactor", "cloudformation:ListStackRefactorActions",
                 "cloudformation:ListStackRefactors");
    let_fetch(t, work);
    POLICY_ALLOW(t, work, tree_get_att(t, LOGICAL_EXEC_ROLE, "Arn"), "iam:PassRole");
    only_own_account(t, POLICY_ALLOW(t, work, policy_bucket(t, LOGICAL_STAGING_BUCKET),
                                     "s3:GetObject*", "s3:GetBucket*", "s3:List*"));
    POLICY_ALLOW(t, work, readable_parameters(p), "ssm:GetParameter", "ssm:GetParameters");
}

/* Only CloudFormation takes it. Without policies given it administers this account alone; as soon
 * as others are trusted, somebody has to say what they may deploy. */
static void add_exec_role(const struct bootstrap_parts *p)
{
    struct tree *t = p->t;
    char name[ENVIRONMENT_NAME_SIZE];
    cJSON *properties = NULL;
    cJSON *administrator = tree_new_list(t);

    template_resource(t, p->resources, LOGICAL_EXEC_ROLE, "AWS::IAM::Role", &properties);
    tree_put_text(t, properties, "RoleName",
                  environment_role_name(p->e, BOOTSTRAP_ROLE_CFN_EXEC, name));
    policy_trust_service(t, properties, "cloudformation.amazonaws.com");
    tree_add(t, administrator,
             tree_sub(t, "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"));
    tree_put(t, properties, "ManagedPolicyArns",
             tree_if(t, HAS_POLICIES, tree_ref(t, "CloudFormationExecutionPolicies"),
                     tree_if(t, IS_TRUSTING, NULL, administrator)));
    put_boundary(p, properties, is_cdk(p) ? NULL : tree_ref(t, LOGICAL_DDK_BOUNDARY));
}

void bootstrap_add_roles(const struct bootstrap_parts *p)
{
    add_file_role(p);
    if (is_cdk(p))
        add_image_role(p);
    add_lookup_role(p);
    add_deploy_role(p);
    add_exec_role(p);
}
