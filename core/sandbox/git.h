/* git over HTTPS as CodeCommit serves it: /v1/repos/NAME/..., each request signed in its password.
 *
 * The protocol itself is git's own http-backend's, a child per request: smart HTTP only, without a
 * shell, with an environment of ours, limited in time and output. The sandbox answers nothing else
 * meanwhile. */
#ifndef PENSTOCK_SANDBOX_GIT_H
#define PENSTOCK_SANDBOX_GIT_H

#include "core/sandbox/service.h"

bool git_serves(struct sv path);
enum err_code git_answer(struct service *s, struct request *request, struct reply *reply,
                         struct err *err) MUST_CHECK;

/* What a request is about. */
struct git_request {
    struct sv path;       /* "/v1/repos/NAME": what is signed */
    struct sv repository; /* NAME */
    struct sv rest;       /* "/info/refs", "/git-upload-pack" or "/git-receive-pack" */
    bool is_push;
};

/* git_auth.c: whose request it is and in which region the repository is. False: the reply says why
 * not. An empty region: the caller is known, the repository is not. */
enum { GIT_REGION_MAX = 64 };
enum err_code git_authenticate(struct service *s, const struct git_request *git,
                               struct request *request, struct reply *reply,
                               char region[GIT_REGION_MAX], bool *may, struct err *err) MUST_CHECK;
void git_refuse(struct reply *reply, int status, const char *code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* git_backend.c: let http-backend answer for the repository in that directory. */
enum err_code git_backend(const struct git_request *git, const struct request *request,
                          const char *dir, struct reply *reply, struct err *err) MUST_CHECK;

#endif
