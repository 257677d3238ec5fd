#include "core/sandbox/wire.h"

/* clang-format off */
static const struct wire wires[] = {
    {"sts",                  DIALECT_QUERY, "https://sts.amazonaws.com/doc/2011-06-15/",           "text/xml"},
    {"iam",                  DIALECT_QUERY, "https://iam.amazonaws.com/doc/2010-05-08/",           "text/xml"},
    {"cloudformation",       DIALECT_QUERY, "http://cloudformation.amazonaws.com/doc/2010-05-15/", "text/xml"},
    {"s3",                   DIALECT_S3,    "http://s3.amazonaws.com/doc/2006-03-01/",             "application/xml"},
    {"codepipeline",         DIALECT_JSON,  "CodePipeline_20150709",                               "application/x-amz-json-1.1"},
    {"codecommit",           DIALECT_JSON,  "CodeCommit_20150413",                                 "application/x-amz-json-1.1"},
    {"codebuild",            DIALECT_JSON,  "CodeBuild_20161006",                                  "application/x-amz-json-1.1"},
    {"codeconnections",      DIALECT_JSON,  "com.amazonaws.codeconnections.CodeConnections_20231201", "application/x-amz-json-1.0"},
    {"codestar-connections", DIALECT_JSON,  "com.amazonaws.codestar.connections.CodeStar_connections_20191201", "application/x-amz-json-1.0"},
    {"logs",                 DIALECT_JSON,  "Logs_20140328",                                       "application/x-amz-json-1.1"},
    {"ssm",                  DIALECT_JSON,  "AmazonSSM",                                           "application/x-amz-json-1.1"},
    {"secretsmanager",       DIALECT_JSON,  "secretsmanager",                                      "application/x-amz-json-1.1"},
    {"ecr",                  DIALECT_JSON,  "AmazonEC2ContainerRegistry_V20150921",                "application/x-amz-json-1.1"},
    {"kms",                  DIALECT_JSON,  "TrentService",                                        "application/x-amz-json-1.1"},
    {"events",               DIALECT_JSON,  "AWSEvents",                                           "application/x-amz-json-1.1"},
    {"tagging",              DIALECT_JSON,  "ResourceGroupsTaggingAPI_20170126",                   "application/x-amz-json-1.1"},
    {"servicequotas",        DIALECT_JSON,  "ServiceQuotasV20190624",                              "application/x-amz-json-1.1"},
};
/* clang-format on */

const struct wire *wire_of(struct sv service)
{
    for (size_t i = 0; i < ARRAY_LEN(wires); i++) {
        if (sv_eq(service, sv_of(wires[i].service)))
            return &wires[i];
    }
    return NULL;
}

const struct wire *wire_at(size_t number)
{
    return number < ARRAY_LEN(wires) ? &wires[number] : NULL;
}
