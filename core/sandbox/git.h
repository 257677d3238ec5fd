/* git over HTTPS as CodeCommit serves it: /v1/repos/NAME/..., each request signed in its password.
 */
#ifndef PENSTOCK_SANDBOX_GIT_H
#define PENSTOCK_SANDBOX_GIT_H

#include "core/sandbox/service.h"

bool git_serves(struct sv path);
enum err_code git_answer(struct service *s, struct request *request, struct reply *reply,
                         struct err *err) MUST_CHECK;

#endif
