/* Where the artifacts lie: a key of our own, because AWS's cannot be shared with the accounts that
 * are deployed to, and a bucket. */
#include "core/deploy/template_cicd.h"
#include "core/deploy/template_iam.h"

enum { NONCURRENT_DAYS = 30, UPLOAD_DAYS = 7, KEY_WINDOW_DAYS = 7 };

/* Every target's deploy role, once. They exist: a blueprint's targets are checked to be
 * bootstrapped before it is deployed, and KMS refuses a policy that names who does not exist. */
static cJSON *target_roles(const struct cicd *c)
{
    cJSON *list = tree_new_list(c->t);

    for (int i = 0; i < cicd_stage_count(c); i++) {
        char arn[ENVIRONMENT_NAME_SIZE];
        const cJSON *seen;

        environment_role_arn(c->b->targets[i], BOOTSTRAP_ROLE_DEPLOY, arn);
        seen = list == NULL ? NULL : list->child;
        while (seen != NULL && strcmp(seen->valuestring, arn) != 0)
            seen = seen->next;
        if (seen == NULL)
            tree_add_text(c->t, list, arn);
    }
    return list;
}

static cJSON *own_roles(const struct cicd *c)
{
    cJSON *list = tree_new_list(c->t);

    tree_add(c->t, list, cicd_role_arn(c, DERIVED_PIPELINE_ROLE, -1));
    for (int i = 0; i < cicd_stage_count(c); i++)
        tree_add(c->t, list, cicd_role_arn(c, DERIVED_BUILD_ROLE, i));
    return list;
}

/* In a key's policy "*" is this key. */
static void put_key_policy(const struct cicd *c, cJSON *properties)
{
    struct tree *t = c->t;
    cJSON *statements = policy_open(t, properties, "KeyPolicy");

    policy_principal(t, POLICY_ALLOW(t, statements, tree_text(t, "*"), "kms:*"), "AWS",
                     tree_sub(t, "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"));
    policy_principal(t,
                     POLICY_ALLOW(t, statements, tree_text(t, "*"), "kms:Decrypt",
                                  "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*",
                                  "kms:ReEncrypt*"),
                     "AWS", own_roles(c));
    policy_principal(
        t, POLICY_ALLOW(t, statements, tree_text(t, "*"), "kms:Decrypt", "kms:DescribeKey"), "AWS",
        target_roles(c));
}

/* The roles need nothing of the key: its policy alone lets them in, so it can wait for them. */
static void put_key_order(const struct cicd *c, cJSON *key)
{
    cJSON *after = tree_list(c->t, key, "DependsOn");
    char logical[LOGICAL_SIZE];

    tree_add_text(c->t, after, LOGICAL_PIPELINE_ROLE);
    for (int i = 0; i < cicd_stage_count(c); i++)
        tree_add_text(c->t, after, cicd_logical(c, "BuildRole", i, logical));
}

static void put_deletion(struct tree *t, cJSON *resource)
{
    tree_put_text(t, resource, "DeletionPolicy", "Delete");
    tree_put_text(t, resource, "UpdateReplacePolicy", "Delete");
}

static void add_key(const struct cicd *c)
{
    struct tree *t = c->t;
    char name[DERIVED_SIZE];
    cJSON *properties = NULL;
    cJSON *key = template_resource(t, c->resources, LOGICAL_KEY, "AWS::KMS::Key", &properties);

    put_deletion(t, key);
    put_key_order(c, key);
    tree_put(t, properties, "Description",
             tree_textf(t, "Artifacts of pipeline " SV_FMT, SV_ARG(c->b->definition->name)));
    tree_put_bool(t, properties, "EnableKeyRotation", true);
    tree_put_int(t, properties, "PendingWindowInDays", KEY_WINDOW_DAYS);
    put_key_policy(c, properties);
    template_resource(t, c->resources, LOGICAL_KEY "Alias", "AWS::KMS::Alias", &properties);
    tree_put_text(t, properties, "AliasName", cicd_name(c, DERIVED_KEY_ALIAS, -1, name));
    tree_put(t, properties, "TargetKeyId", tree_ref(t, LOGICAL_KEY));
}

static void put_encryption(struct tree *t, cJSON *properties)
{
    cJSON *rules = tree_list(t, tree_object(t, properties, "BucketEncryption"),
                             "ServerSideEncryptionConfiguration");
    cJSON *rule = tree_add_object(t, rules);
    cJSON *by_default;

    tree_put_bool(t, rule, "BucketKeyEnabled", true);
    by_default = tree_object(t, rule, "ServerSideEncryptionByDefault");
    tree_put_text(t, by_default, "SSEAlgorithm", "aws:kms");
    tree_put(t, by_default, "KMSMasterKeyID", tree_get_att(t, LOGICAL_KEY, "Arn"));
}

static void put_lifecycle(struct tree *t, cJSON *properties)
{
    cJSON *rules = tree_list(t, tree_object(t, properties, "LifecycleConfiguration"), "Rules");
    cJSON *rule = tree_add_object(t, rules);

    tree_put_text(t, rule, "Id", "old-versions-and-broken-uploads");
    tree_put_text(t, rule, "Status", "Enabled");
    tree_put_int(t, tree_object(t, rule, "NoncurrentVersionExpiration"), "NoncurrentDays",
                 NONCURRENT_DAYS);
    tree_put_int(t, tree_object(t, rule, "AbortIncompleteMultipartUpload"), "DaysAfterInitiation",
                 UPLOAD_DAYS);
}

static void put_privacy(struct tree *t, cJSON *properties)
{
    cJSON *rules;

    template_block_public(t, tree_object(t, properties, "PublicAccessBlockConfiguration"));
    rules = tree_list(t, tree_object(t, properties, "OwnershipControls"), "Rules");
    tree_put_text(t, tree_add_object(t, rules), "ObjectOwnership", "BucketOwnerEnforced");
}

static void add_bucket_policy(const struct cicd *c)
{
    struct tree *t = c->t;
    cJSON *properties = NULL;
    cJSON *statements;

    template_resource(t, c->resources, LOGICAL_BUCKET "Policy", "AWS::S3::BucketPolicy",
                      &properties);
    tree_put(t, properties, "Bucket", tree_ref(t, LOGICAL_BUCKET));
    statements = policy_open(t, properties, "PolicyDocument");
    policy_refuse_plain(t, statements, LOGICAL_BUCKET);
    policy_principal(t,
                     POLICY_ALLOW(t, statements, policy_bucket(t, LOGICAL_BUCKET), "s3:GetObject*",
                                  "s3:GetBucketLocation", "s3:ListBucket"),
                     "AWS", target_roles(c));
}

void cicd_add_store(const struct cicd *c)
{
    struct tree *t = c->t;
    char name[DERIVED_SIZE];
    cJSON *properties = NULL;
    cJSON *bucket;

    add_key(c);
    bucket = template_resource(t, c->resources, LOGICAL_BUCKET, "AWS::S3::Bucket", &properties);
    put_deletion(t, bucket);
    tree_put_text(t, properties, "BucketName", cicd_name(c, DERIVED_BUCKET, -1, name));
    put_encryption(t, properties);
    tree_put_text(t, tree_object(t, properties, "VersioningConfiguration"), "Status", "Enabled");
    put_privacy(t, properties);
    put_lifecycle(t, properties);
    add_bucket_policy(c);
}
