#include "core/aws/op.h"

static const struct {
    enum service service;
    const char *name;
    const char *token_in;
    const char *token_out;
    bool is_idempotent;
    bool writes;
    bool is_signed;
} ops[] = {
#define OP_ROW(constant, service, name, in, out, safe, writes, is_signed)                          \
    [OP_##constant] = {SERVICE_##service, name, in, out, safe, writes, is_signed},
    OP_LIST(OP_ROW)
#undef OP_ROW
};
_Static_assert(ARRAY_LEN(ops) == OP_COUNT, "one row per operation");

static const struct {
    enum protocol protocol;
    const char *target_prefix; /* JSON protocols */
    const char *version;       /* query protocol */
} wires[] = {
    [SERVICE_STS] = {PROTOCOL_QUERY, "", "2011-06-15"},
    [SERVICE_CODEPIPELINE] = {PROTOCOL_JSON_1_1, "CodePipeline_20150709", ""},
    [SERVICE_CLOUDFORMATION] = {PROTOCOL_QUERY, "", "2010-05-15"},
    [SERVICE_IAM] = {PROTOCOL_QUERY, "", "2010-05-08"},
    [SERVICE_SSM] = {PROTOCOL_JSON_1_1, "AmazonSSM", ""},
    [SERVICE_CODECOMMIT] = {PROTOCOL_JSON_1_1, "CodeCommit_20150413", ""},
    [SERVICE_CODEBUILD] = {PROTOCOL_JSON_1_1, "CodeBuild_20161006", ""},
    [SERVICE_S3] = {PROTOCOL_REST_XML, "", ""},
    [SERVICE_KMS] = {PROTOCOL_JSON_1_1, "TrentService", ""},
    [SERVICE_LOGS] = {PROTOCOL_JSON_1_1, "Logs_20140328", ""},
    [SERVICE_ECR] = {PROTOCOL_JSON_1_1, "AmazonEC2ContainerRegistry_V20150921", ""},
    [SERVICE_EVENTS] = {PROTOCOL_JSON_1_1, "AWSEvents", ""},
    [SERVICE_CODECONNECTIONS] = {PROTOCOL_JSON_1_0,
                                 "com.amazonaws.codeconnections.CodeConnections_20231201", ""},
    [SERVICE_TAGGING] = {PROTOCOL_JSON_1_1, "ResourceGroupsTaggingAPI_20170126", ""},
    [SERVICE_SERVICE_QUOTAS] = {PROTOCOL_JSON_1_1, "ServiceQuotasV20190624", ""},
};
_Static_assert(ARRAY_LEN(wires) == SERVICE_COUNT, "one row per service");

const char *op_name(enum op op)
{
    return ops[op].name;
}

enum service op_service(enum op op)
{
    return ops[op].service;
}

enum protocol op_protocol(enum op op)
{
    return wires[ops[op].service].protocol;
}

const char *op_token_in(enum op op)
{
    return ops[op].token_in;
}

const char *op_token_out(enum op op)
{
    return ops[op].token_out;
}

bool op_is_idempotent(enum op op)
{
    return ops[op].is_idempotent;
}

bool op_writes(enum op op)
{
    return ops[op].writes;
}

bool op_is_signed(enum op op)
{
    return ops[op].is_signed;
}

const char *op_target_prefix(enum service s)
{
    return wires[s].target_prefix;
}

const char *op_version(enum service s)
{
    return wires[s].version;
}
