/* Operations: one row each, and how a row is put on the wire and read back.
 *
 * To add one: a row here and, where its reply is more than a cJSON to look into, a decoder in the
 * service's own file. Source of the rows: facts/aws-operations.md. */
#ifndef PENSTOCK_AWS_OP_H
#define PENSTOCK_AWS_OP_H

#include "core/aws/endpoint.h"

enum protocol { PROTOCOL_JSON_1_1, PROTOCOL_QUERY };

/* clang-format off */
/*       constant                   service       wire name                     token in     token out    safe to send twice  signed */
#define OP_LIST(X) \
    X(STS_GET_CALLER_IDENTITY,      STS,          "GetCallerIdentity",          NULL,        NULL,        true,  true)  \
    X(STS_ASSUME_ROLE,              STS,          "AssumeRole",                 NULL,        NULL,        true,  true)  \
    X(STS_ASSUME_ROLE_WEB,          STS,          "AssumeRoleWithWebIdentity",  NULL,        NULL,        true,  false) \
    X(LIST_PIPELINES,               CODEPIPELINE, "ListPipelines",              "nextToken", "nextToken", true,  true)  \
    X(GET_PIPELINE,                 CODEPIPELINE, "GetPipeline",                NULL,        NULL,        true,  true)  \
    X(GET_PIPELINE_STATE,           CODEPIPELINE, "GetPipelineState",           NULL,        NULL,        true,  true)  \
    X(LIST_PIPELINE_EXECUTIONS,     CODEPIPELINE, "ListPipelineExecutions",     "nextToken", "nextToken", true,  true)  \
    X(LIST_ACTION_EXECUTIONS,       CODEPIPELINE, "ListActionExecutions",       "nextToken", "nextToken", true,  true)  \
    X(LIST_TAGS_FOR_RESOURCE,       CODEPIPELINE, "ListTagsForResource",        "nextToken", "nextToken", true,  true)
/* clang-format on */

#define OP_ENUM(constant, service, name, in, out, safe, is_signed) OP_##constant,
enum op { OP_LIST(OP_ENUM) OP_COUNT };
#undef OP_ENUM

const char *op_name(enum op op);
enum service op_service(enum op op);
enum protocol op_protocol(enum op op); /* by its service */
const char *op_token_in(enum op op);   /* NULL when it has no pages */
const char *op_token_out(enum op op);
bool op_is_idempotent(enum op op);
bool op_is_signed(enum op op);
const char *op_target_prefix(enum service s); /* "CodePipeline_20150709"; JSON protocols */
const char *op_version(enum service s);       /* "2011-06-15"; query protocol */

#endif
