/* Authentication: is the request signed, by whom, and rightly?
 *
 * Signature V4 in the Authorization header or in the query, with or without a session token. What
 * is wrong gets AWS's own error for the dialect of the request. */
#ifndef PENSTOCK_SANDBOX_AUTH_H
#define PENSTOCK_SANDBOX_AUTH_H

#include "core/aws/sign.h"
#include "core/sandbox/exchange.h"

struct auth;
struct service;
enum err_code auth_new(struct auth **out, struct err *err) MUST_CHECK;
void auth_free(struct auth *auth);

/* Fills service and region of the request as its credential scope says; false when there is none
 * to read. Needed before anything is judged, because the dialect of errors follows from it. */
bool auth_scope(struct request *request);

/* True and request->who, or false and a reply that says why. now_ms: wall, as this server sees
 * it. */
bool auth_check(struct auth *auth, struct request *request, int64_t now_ms, struct reply *reply);

/* May the caller do this in its account? Users may do all; a session of a role may do what the
 * role's policies allow with the very resource (iam_resource.h), or with some where it is not
 * known. why: AWS's sentence when it may not. */
enum { AUTH_WHY_MAX = 2048 };
enum err_code auth_allows(struct service *s, const struct request *request, bool *allows,
                          char why[AUTH_WHY_MAX], struct err *err) MUST_CHECK;

#endif
