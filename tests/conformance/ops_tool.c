/* Prints a line for each operation: service id, name, protocol, target prefix or version, tokens.
 */
#include "core/aws/op.h"

static const char *or_dash(const char *text)
{
    return text == NULL || text[0] == '\0' ? "-" : text;
}

int main(void)
{
    static const char *const protocols[] = {
        [PROTOCOL_JSON_1_0] = "json-1.0",
        [PROTOCOL_JSON_1_1] = "json-1.1",
        [PROTOCOL_QUERY] = "query",
        [PROTOCOL_REST_XML] = "rest-xml",
    };

    for (enum op op = 0; op < OP_COUNT; op++) {
        enum service s = op_service(op);
        const char *target = op_target_prefix(s);

        printf("%s %s %s %s %s %s %s\n", service_id(s), op_name(op), protocols[op_protocol(op)],
               or_dash(target[0] != '\0' ? target : op_version(s)), service_signing_name(s),
               or_dash(op_token_in(op)), or_dash(op_token_out(op)));
    }
    return 0;
}
