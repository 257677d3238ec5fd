#include "core/sandbox/git.h"

bool git_serves(struct sv path)
{
    return sv_starts(path, SV("/v1/repos/"));
}

enum err_code git_answer(struct service *s UNUSED, struct request *request UNUSED,
                         struct reply *reply, struct err *err UNUSED)
{
    reply_fail(reply, DIALECT_JSON, 404, "NotFound", "There is no such repository");
    return ERR_OK;
}
