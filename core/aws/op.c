#include "core/aws/op.h"

static const struct {
    enum service service;
    const char *name;
    const char *token_in;
    const char *token_out;
    bool is_idempotent;
    bool is_signed;
} ops[] = {
#define OP_ROW(constant, service, name, in, out, safe, is_signed)                                  \
    [OP_##constant] = {SERVICE_##service, name, in, out, safe, is_signed},
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
