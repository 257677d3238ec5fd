/* The parts of a bootstrap stack's template; only the template_bootstrap files call them. */
#ifndef PENSTOCK_DEPLOY_TEMPLATE_BOOTSTRAP_H
#define PENSTOCK_DEPLOY_TEMPLATE_BOOTSTRAP_H

#include "core/deploy/template.h"
#include "core/deploy/tree.h"

struct bootstrap_parts {
    struct tree *t;
    const struct environment *e;
    cJSON *parameters;
    cJSON *conditions;
    cJSON *resources;
    cJSON *outputs;
};

/* Logical ids, which are contract in both dialects. */
#define LOGICAL_STAGING_BUCKET "StagingBucket"
#define LOGICAL_FILE_ROLE      "FilePublishingRole"
#define LOGICAL_IMAGE_ROLE     "ImagePublishingRole"
#define LOGICAL_LOOKUP_ROLE    "LookupRole"
#define LOGICAL_DEPLOY_ROLE    "DeploymentActionRole"
#define LOGICAL_EXEC_ROLE      "CloudFormationExecutionRole"
#define LOGICAL_VERSION        "CdkBootstrapVersion"
#define LOGICAL_REPOSITORY     "ContainerAssetsRepository"
#define LOGICAL_CDK_KEY        "FileAssetsBucketEncryptionKey"
#define LOGICAL_DDK_KEY        "AssetsEncryptionKey"
#define LOGICAL_DDK_BOUNDARY   "CloudFormationExecutionPermissionsBoundaryDefaultPolicy"

/* Conditions that both dialects have. */
#define IS_TRUSTING   "HasTrustedAccounts"
#define HAS_POLICIES  "HasCloudFormationExecutionPolicies"
#define HAS_BOUNDARY  "PermissionsBoundarySet"
#define IS_CUSTOM_KEY "CreateNewKey" /* CDK: a customer's key is made here */

cJSON *bootstrap_parameter(const struct bootstrap_parts *p, const char *name, const char *type,
                           struct sv otherwise, const char *help);
/* True when the parameter, a list or a text, is not empty. */
void bootstrap_is_given(const struct bootstrap_parts *p, const char *condition,
                        const char *parameter, bool is_list);
cJSON *bootstrap_equals(const struct bootstrap_parts *p, const char *parameter, const char *value);
void bootstrap_output(const struct bootstrap_parts *p, const char *name, const char *help,
                      cJSON *value);
void bootstrap_add_bucket_policy(const struct bootstrap_parts *p);
cJSON *bootstrap_encryption(const struct bootstrap_parts *p, cJSON *key);
void bootstrap_add_version(const struct bootstrap_parts *p, const char *version);

void bootstrap_add_roles(const struct bootstrap_parts *p);

void bootstrap_fill_cdk(const struct bootstrap_parts *p);
void bootstrap_fill_ddk(const struct bootstrap_parts *p);

#endif
