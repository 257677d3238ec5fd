#include "core/sandbox/s3.h"

#include "core/sandbox/resource.h"

extern const struct resource_type s3_types[];
const struct resource_type s3_types[] = {{0}};

struct sv s3_operation(const struct request *request UNUSED)
{
    return SV("");
}

enum err_code s3_answer(struct service *s UNUSED, struct request *request UNUSED,
                        struct reply *reply, struct err *err UNUSED)
{
    reply_fail(reply, DIALECT_S3, 501, "NotImplemented",
               "A header you provided implies functionality that is not implemented.");
    return ERR_OK;
}

enum err_code s3_read_url(struct service *s UNUSED, struct sv url, struct sb *out UNUSED,
                          struct err *err)
{
    return err_set(err, ERR_NOT_FOUND, "S3 error: Access Denied to " SV_FMT, SV_ARG(url));
}
