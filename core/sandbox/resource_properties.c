/* The properties that a template may give to each type, after AWS's published schemas (those of
 * every region together, without what is only read). Names of the first level: what is inside them
 * is left to the services. */
#include "core/sandbox/cfn.h"
#include "core/sandbox/resource.h"

/* clang-format off */
static const struct {
    const char *type;
    const char *names; /* divided by blanks */
} known[] = {
    {"AWS::CDK::Metadata",
     "Analytics"},
    {"AWS::CloudFormation::WaitConditionHandle",
     ""},
    {"AWS::CodeBuild::Project",
     "Artifacts AutoRetryLimit BadgeEnabled BuildBatchConfig Cache ConcurrentBuildLimit "
     "Description EncryptionKey Environment FileSystemLocations LogsConfig Name "
     "QueuedTimeoutInMinutes ResourceAccessRole SecondaryArtifacts SecondarySourceVersions "
     "SecondarySources ServiceRole Source SourceVersion Tags TimeoutInMinutes Triggers "
     "Visibility VpcConfig"},
    {"AWS::CodeCommit::Repository",
     "Code KmsKeyId RepositoryDescription RepositoryName Tags Triggers"},
    {"AWS::CodePipeline::Pipeline",
     "ArtifactStore ArtifactStores DisableInboundStageTransitions ExecutionMode Name "
     "PipelineType RestartExecutionOnUpdate RoleArn Stages Tags Triggers Variables"},
    {"AWS::ECR::Repository",
     "EmptyOnDelete EncryptionConfiguration ImageScanningConfiguration ImageTagMutability "
     "ImageTagMutabilityExclusionFilters LifecyclePolicy RepositoryName RepositoryPolicyText "
     "Tags"},
    {"AWS::Events::Rule",
     "Description EventBusName EventPattern Name RoleArn ScheduleExpression State Tags "
     "Targets"},
    {"AWS::IAM::ManagedPolicy",
     "Description Groups ManagedPolicyName Path PolicyDocument Roles Users"},
    {"AWS::IAM::Policy",
     "Groups PolicyDocument PolicyName Roles Users"},
    {"AWS::IAM::Role",
     "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path "
     "PermissionsBoundary Policies RoleName Tags"},
    {"AWS::KMS::Alias",
     "AliasName TargetKeyId"},
    {"AWS::KMS::Key",
     "BypassPolicyLockoutSafetyCheck Description EnableKeyRotation Enabled KeyPolicy KeySpec "
     "KeyUsage MultiRegion Origin PendingWindowInDays RotationPeriodInDays Tags"},
    {"AWS::Logs::LogGroup",
     "BearerTokenAuthenticationEnabled DataProtectionPolicy DeletionProtectionEnabled "
     "FieldIndexPolicies KmsKeyId LogGroupClass LogGroupName ResourcePolicyDocument "
     "RetentionInDays Tags"},
    {"AWS::S3::Bucket",
     "AbacStatus AccelerateConfiguration AccessControl AnalyticsConfigurations "
     "BucketEncryption BucketName BucketNamePrefix BucketNamespace CorsConfiguration "
     "IntelligentTieringConfigurations InventoryConfigurations LifecycleConfiguration "
     "LoggingConfiguration MetadataConfiguration MetadataTableConfiguration "
     "MetricsConfigurations NotificationConfiguration ObjectLockConfiguration "
     "ObjectLockEnabled OwnershipControls PublicAccessBlockConfiguration "
     "ReplicationConfiguration Tags VersioningConfiguration WebsiteConfiguration"},
    {"AWS::S3::BucketPolicy",
     "Bucket PolicyDocument"},
    {"AWS::SSM::Parameter",
     "AllowedPattern DataType Description Name Policies Tags Tier Type Value"},
    {"AWS::SecretsManager::Secret",
     "Description GenerateSecretString KmsKeyId Name ReplicaRegions SecretString Tags Type"},
};
/* clang-format on */

static const char *names_of(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(type, known[i].type) == 0)
            return known[i].names;
    }
    return "";
}

static void check_known(const struct resource_type *type, struct resource_ask *ask,
                        const char *logical)
{
    const char *names = names_of(type->type);
    const cJSON *p = ask->properties->child;

    while (p != NULL && cfn_word(names, sv_of(p->string)))
        p = p->next;
    if (p != NULL)
        (void)resource_refuse(ask,
                              "Properties validation failed for resource %s with message: #: "
                              "extraneous key [%.200s] is not permitted",
                              logical, p->string);
}

void resource_check(const struct resource_type *type, struct resource_ask *ask, const char *logical)
{
    struct sv rest = sv_of(type->required);

    check_known(type, ask, logical);
    while (rest.len > 0 && ask->why[0] == '\0') {
        struct sv word = sv_cut(rest, ' ', &rest);
        char name[128];

        (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(word));
        if (json_get(ask->properties, name) == NULL)
            (void)resource_refuse(ask,
                                  "Properties validation failed for resource %s with message: #: "
                                  "required key [%s] not found",
                                  logical, name);
    }
}
