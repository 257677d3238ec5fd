/* Signing in to CodeCommit's git server: a user name and a password that are good for some minutes
 * (facts/aws-api.md 5). Never in argv, never logged, never kept. */
#ifndef PENSTOCK_AWS_GIT_SIGN_H
#define PENSTOCK_AWS_GIT_SIGN_H

#include "core/aws/cred.h"

struct git_login {
    struct sb user; /* access key, and with a token '%' and it: as it is, not for a URL */
    struct sb password;
};
void git_login_release(struct git_login *login); /* cleanses */

/* host may have a port; path is the repository's, with or without a slash in front. */
enum err_code git_sign(const struct cred *cred, struct sv region, struct sv host, struct sv path,
                       int64_t time_ms, struct git_login *out, struct err *err) MUST_CHECK;

/* The region of a CodeCommit git host: "git-codecommit.eu-west-1.amazonaws.com", its FIPS and VPC
 * forms; SV_NONE for any other host. */
struct sv git_host_region(struct sv host);

#endif
