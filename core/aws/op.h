/* Operations: one row each, and how a row is put on the wire and read back.
 *
 * "twice?" tells whether a request may be sent again when nobody knows what became of it: it then
 * leaves AWS as one request would. A deletion may (the second finds nothing), a creation may not.
 *
 * "writes?" is what read-only refuses, where requests are sent (core/aws/call.c). Detecting drift
 * reads, however its name sounds.
 *
 * To add one: a row here and, where its reply is more than a cJSON to look into, a decoder in the
 * service's own file. Source of the rows: facts/aws-operations.md. */
#ifndef PENSTOCK_AWS_OP_H
#define PENSTOCK_AWS_OP_H

#include "core/aws/endpoint.h"

enum protocol { PROTOCOL_JSON_1_0, PROTOCOL_JSON_1_1, PROTOCOL_QUERY, PROTOCOL_REST_XML };

/* clang-format off */
/*    constant                         service          wire name                            token in           token out          twice? writes? signed */
#define OP_LIST(X) \
    X(STS_GET_CALLER_IDENTITY,        STS,             "GetCallerIdentity",                 NULL,              NULL,              true,  false,  true) \
    X(STS_ASSUME_ROLE,                STS,             "AssumeRole",                        NULL,              NULL,              true,  false,  true) \
    X(STS_ASSUME_ROLE_WEB,            STS,             "AssumeRoleWithWebIdentity",         NULL,              NULL,              true,  false,  false) \
    X(LIST_PIPELINES,                 CODEPIPELINE,    "ListPipelines",                     "nextToken",       "nextToken",       true,  false,  true) \
    X(GET_PIPELINE,                   CODEPIPELINE,    "GetPipeline",                       NULL,              NULL,              true,  false,  true) \
    X(GET_PIPELINE_STATE,             CODEPIPELINE,    "GetPipelineState",                  NULL,              NULL,              true,  false,  true) \
    X(LIST_PIPELINE_EXECUTIONS,       CODEPIPELINE,    "ListPipelineExecutions",            "nextToken",       "nextToken",       true,  false,  true) \
    X(LIST_ACTION_EXECUTIONS,         CODEPIPELINE,    "ListActionExecutions",              "nextToken",       "nextToken",       true,  false,  true) \
    X(LIST_TAGS_FOR_RESOURCE,         CODEPIPELINE,    "ListTagsForResource",               "nextToken",       "nextToken",       true,  false,  true) \
    X(START_PIPELINE_EXECUTION,       CODEPIPELINE,    "StartPipelineExecution",            NULL,              NULL,              false, true,   true) \
    X(RETRY_STAGE_EXECUTION,          CODEPIPELINE,    "RetryStageExecution",               NULL,              NULL,              false, true,   true) \
    X(STOP_PIPELINE_EXECUTION,        CODEPIPELINE,    "StopPipelineExecution",             NULL,              NULL,              false, true,   true) \
    X(GET_PIPELINE_EXECUTION,         CODEPIPELINE,    "GetPipelineExecution",              NULL,              NULL,              true,  false,  true) \
    X(PUT_APPROVAL_RESULT,            CODEPIPELINE,    "PutApprovalResult",                 NULL,              NULL,              false, true,   true) \
    X(ROLLBACK_STAGE,                 CODEPIPELINE,    "RollbackStage",                     NULL,              NULL,              false, true,   true) \
    X(OVERRIDE_STAGE_CONDITION,       CODEPIPELINE,    "OverrideStageCondition",            NULL,              NULL,              false, true,   true) \
    X(LIST_RULE_EXECUTIONS,           CODEPIPELINE,    "ListRuleExecutions",                "nextToken",       "nextToken",       true,  false,  true) \
    X(ENABLE_STAGE_TRANSITION,        CODEPIPELINE,    "EnableStageTransition",             NULL,              NULL,              true,  true,   true) \
    X(DISABLE_STAGE_TRANSITION,       CODEPIPELINE,    "DisableStageTransition",            NULL,              NULL,              true,  true,   true) \
    X(DESCRIBE_STACKS,                CLOUDFORMATION,  "DescribeStacks",                    "NextToken",       "NextToken",       true,  false,  true) \
    X(LIST_STACKS,                    CLOUDFORMATION,  "ListStacks",                        "NextToken",       "NextToken",       true,  false,  true) \
    X(CREATE_CHANGE_SET,              CLOUDFORMATION,  "CreateChangeSet",                   NULL,              NULL,              false, true,   true) \
    X(DESCRIBE_CHANGE_SET,            CLOUDFORMATION,  "DescribeChangeSet",                 "NextToken",       "NextToken",       true,  false,  true) \
    X(EXECUTE_CHANGE_SET,             CLOUDFORMATION,  "ExecuteChangeSet",                  NULL,              NULL,              false, true,   true) \
    X(DELETE_CHANGE_SET,              CLOUDFORMATION,  "DeleteChangeSet",                   NULL,              NULL,              true,  true,   true) \
    X(DESCRIBE_STACK_EVENTS,          CLOUDFORMATION,  "DescribeStackEvents",               "NextToken",       "NextToken",       true,  false,  true) \
    X(LIST_CHANGE_SETS,               CLOUDFORMATION,  "ListChangeSets",                    "NextToken",       "NextToken",       true,  false,  true) \
    X(DETECT_STACK_DRIFT,             CLOUDFORMATION,  "DetectStackDrift",                  NULL,              NULL,              true,  false,  true) \
    X(DESCRIBE_STACK_DRIFT_DETECTION, CLOUDFORMATION,  "DescribeStackDriftDetectionStatus", NULL,              NULL,              true,  false,  true) \
    X(DESCRIBE_STACK_RESOURCE_DRIFTS, CLOUDFORMATION,  "DescribeStackResourceDrifts",       "NextToken",       "NextToken",       true,  false,  true) \
    X(LIST_STACK_RESOURCES,           CLOUDFORMATION,  "ListStackResources",                "NextToken",       "NextToken",       true,  false,  true) \
    X(DESCRIBE_STACK_RESOURCE,        CLOUDFORMATION,  "DescribeStackResource",             NULL,              NULL,              true,  false,  true) \
    X(LIST_IMPORTS,                   CLOUDFORMATION,  "ListImports",                       "NextToken",       "NextToken",       true,  false,  true) \
    X(GET_TEMPLATE,                   CLOUDFORMATION,  "GetTemplate",                       NULL,              NULL,              true,  false,  true) \
    X(DELETE_STACK,                   CLOUDFORMATION,  "DeleteStack",                       NULL,              NULL,              true,  true,   true) \
    X(UPDATE_TERMINATION_PROTECTION,  CLOUDFORMATION,  "UpdateTerminationProtection",       NULL,              NULL,              true,  true,   true) \
    X(CONTINUE_UPDATE_ROLLBACK,       CLOUDFORMATION,  "ContinueUpdateRollback",            NULL,              NULL,              false, true,   true) \
    X(ROLLBACK_STACK,                 CLOUDFORMATION,  "RollbackStack",                     NULL,              NULL,              false, true,   true) \
    X(VALIDATE_TEMPLATE,              CLOUDFORMATION,  "ValidateTemplate",                  NULL,              NULL,              true,  false,  true) \
    X(GET_ROLE,                       IAM,             "GetRole",                           NULL,              NULL,              true,  false,  true) \
    X(LIST_ATTACHED_ROLE_POLICIES,    IAM,             "ListAttachedRolePolicies",          "Marker",          "Marker",          true,  false,  true) \
    X(LIST_ROLE_POLICIES,             IAM,             "ListRolePolicies",                  "Marker",          "Marker",          true,  false,  true) \
    X(GET_POLICY,                     IAM,             "GetPolicy",                         NULL,              NULL,              true,  false,  true) \
    X(SIMULATE_PRINCIPAL_POLICY,      IAM,             "SimulatePrincipalPolicy",           "Marker",          "Marker",          true,  false,  true) \
    X(GET_PARAMETER,                  SSM,             "GetParameter",                      NULL,              NULL,              true,  false,  true) \
    X(GET_PARAMETERS,                 SSM,             "GetParameters",                     NULL,              NULL,              true,  false,  true) \
    X(GET_PARAMETERS_BY_PATH,         SSM,             "GetParametersByPath",               "NextToken",       "NextToken",       true,  false,  true) \
    X(PUT_PARAMETER,                  SSM,             "PutParameter",                      NULL,              NULL,              false, true,   true) \
    X(DELETE_PARAMETER,               SSM,             "DeleteParameter",                   NULL,              NULL,              true,  true,   true) \
    X(CREATE_REPOSITORY,              CODECOMMIT,      "CreateRepository",                  NULL,              NULL,              false, true,   true) \
    X(GET_REPOSITORY,                 CODECOMMIT,      "GetRepository",                     NULL,              NULL,              true,  false,  true) \
    X(DELETE_REPOSITORY,              CODECOMMIT,      "DeleteRepository",                  NULL,              NULL,              true,  true,   true) \
    X(LIST_REPOSITORIES,              CODECOMMIT,      "ListRepositories",                  "nextToken",       "nextToken",       true,  false,  true) \
    X(LIST_BRANCHES,                  CODECOMMIT,      "ListBranches",                      "nextToken",       "nextToken",       true,  false,  true) \
    X(GET_BRANCH,                     CODECOMMIT,      "GetBranch",                         NULL,              NULL,              true,  false,  true) \
    X(CREATE_BRANCH,                  CODECOMMIT,      "CreateBranch",                      NULL,              NULL,              false, true,   true) \
    X(CREATE_COMMIT,                  CODECOMMIT,      "CreateCommit",                      NULL,              NULL,              false, true,   true) \
    X(GET_FILE,                       CODECOMMIT,      "GetFile",                           NULL,              NULL,              true,  false,  true) \
    X(GET_FOLDER,                     CODECOMMIT,      "GetFolder",                         NULL,              NULL,              true,  false,  true) \
    X(GET_BLOB,                       CODECOMMIT,      "GetBlob",                           NULL,              NULL,              true,  false,  true) \
    X(GET_COMMIT,                     CODECOMMIT,      "GetCommit",                         NULL,              NULL,              true,  false,  true) \
    X(BATCH_GET_COMMITS,              CODECOMMIT,      "BatchGetCommits",                   NULL,              NULL,              true,  false,  true) \
    X(GET_DIFFERENCES,                CODECOMMIT,      "GetDifferences",                    "NextToken",       "NextToken",       true,  false,  true) \
    X(MERGE_BRANCHES_BY_FAST_FORWARD, CODECOMMIT,      "MergeBranchesByFastForward",        NULL,              NULL,              true,  true,   true) \
    X(TAG_REPOSITORY,                 CODECOMMIT,      "TagResource",                       NULL,              NULL,              true,  true,   true) \
    X(LIST_REPOSITORY_TAGS,           CODECOMMIT,      "ListTagsForResource",               "nextToken",       "nextToken",       true,  false,  true) \
    X(BATCH_GET_BUILDS,               CODEBUILD,       "BatchGetBuilds",                    NULL,              NULL,              true,  false,  true) \
    X(BATCH_GET_PROJECTS,             CODEBUILD,       "BatchGetProjects",                  NULL,              NULL,              true,  false,  true) \
    X(LIST_BUILDS_FOR_PROJECT,        CODEBUILD,       "ListBuildsForProject",              "nextToken",       "nextToken",       true,  false,  true) \
    X(STOP_BUILD,                     CODEBUILD,       "StopBuild",                         NULL,              NULL,              true,  true,   true) \
    X(RETRY_BUILD,                    CODEBUILD,       "RetryBuild",                        NULL,              NULL,              false, true,   true) \
    X(HEAD_BUCKET,                    S3,              "HeadBucket",                        NULL,              NULL,              true,  false,  true) \
    X(GET_BUCKET_LOCATION,            S3,              "GetBucketLocation",                 NULL,              NULL,              true,  false,  true) \
    X(LIST_OBJECT_VERSIONS,           S3,              "ListObjectVersions",                NULL,              NULL,              true,  false,  true) \
    X(DELETE_OBJECTS,                 S3,              "DeleteObjects",                     NULL,              NULL,              true,  true,   true) \
    X(DELETE_BUCKET,                  S3,              "DeleteBucket",                      NULL,              NULL,              true,  true,   true) \
    X(PUT_OBJECT,                     S3,              "PutObject",                         NULL,              NULL,              true,  true,   true) \
    X(DESCRIBE_KEY,                   KMS,             "DescribeKey",                       NULL,              NULL,              true,  false,  true) \
    X(SCHEDULE_KEY_DELETION,          KMS,             "ScheduleKeyDeletion",               NULL,              NULL,              false, true,   true) \
    X(DESCRIBE_LOG_GROUPS,            LOGS,            "DescribeLogGroups",                 "nextToken",       "nextToken",       true,  false,  true) \
    X(DELETE_LOG_GROUP,               LOGS,            "DeleteLogGroup",                    NULL,              NULL,              true,  true,   true) \
    X(GET_LOG_EVENTS,                 LOGS,            "GetLogEvents",                      NULL,              NULL,              true,  false,  true) \
    X(FILTER_LOG_EVENTS,              LOGS,            "FilterLogEvents",                   "nextToken",       "nextToken",       true,  false,  true) \
    X(DESCRIBE_LOG_STREAMS,           LOGS,            "DescribeLogStreams",                "nextToken",       "nextToken",       true,  false,  true) \
    X(DESCRIBE_IMAGE_REPOSITORIES,    ECR,             "DescribeRepositories",              "nextToken",       "nextToken",       true,  false,  true) \
    X(DESCRIBE_RULE,                  EVENTS,          "DescribeRule",                      NULL,              NULL,              true,  false,  true) \
    X(CREATE_CONNECTION,              CODECONNECTIONS, "CreateConnection",                  NULL,              NULL,              false, true,   true) \
    X(GET_CONNECTION,                 CODECONNECTIONS, "GetConnection",                     NULL,              NULL,              true,  false,  true) \
    X(LIST_CONNECTIONS,               CODECONNECTIONS, "ListConnections",                   "NextToken",       "NextToken",       true,  false,  true) \
    X(GET_RESOURCES,                  TAGGING,         "GetResources",                      "PaginationToken", "PaginationToken", true,  false,  true) \
    X(LIST_SERVICE_QUOTAS,            SERVICE_QUOTAS,  "ListServiceQuotas",                 "NextToken",       "NextToken",       true,  false,  true)
/* clang-format on */

#define OP_ENUM(constant, service, name, in, out, safe, writes, is_signed) OP_##constant,
enum op { OP_LIST(OP_ENUM) OP_COUNT };
#undef OP_ENUM

const char *op_name(enum op op);
enum service op_service(enum op op);
enum protocol op_protocol(enum op op); /* by its service */
const char *op_token_in(enum op op);   /* NULL when it has no pages */
const char *op_token_out(enum op op);
bool op_is_idempotent(enum op op);
bool op_writes(enum op op);
bool op_is_signed(enum op op);
const char *op_target_prefix(enum service s); /* "CodePipeline_20150709"; JSON protocols */
const char *op_version(enum service s);       /* "2011-06-15"; query protocol */

#endif
