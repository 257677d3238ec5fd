/* CodeConnections, and CodeStar connections, its older name: one implementation.
 *
 * The handshake that a person would do in a browser is played: a new connection becomes AVAILABLE
 * by itself after a while. */
#ifndef PENSTOCK_SANDBOX_CONNECTIONS_H
#define PENSTOCK_SANDBOX_CONNECTIONS_H

#include "core/base/text.h"

struct service;

/* clang-format off */
#define CONNECTIONS_BOTH(X, service) \
    X(service, "CreateConnection",    connections_create)    \
    X(service, "GetConnection",       connections_get)       \
    X(service, "ListConnections",     connections_list)      \
    X(service, "DeleteConnection",    connections_delete)    \
    X(service, "TagResource",         connections_tag)       \
    X(service, "UntagResource",       connections_untag)     \
    X(service, "ListTagsForResource", connections_list_tags)
/*       service  operation  function */
#define CONNECTIONS_CALLS(X) \
    CONNECTIONS_BOTH(X, "codeconnections") CONNECTIONS_BOTH(X, "codestar-connections")
/*       kind     function: what happens later */
#define CONNECTIONS_LATER(X) \
    X("connections.handshake", connections_handshake)
/* clang-format on */

/* "PENDING" or "AVAILABLE"; "" when there is none with that ARN, by either of its names. */
enum { CONNECTION_STATUS_MAX = 16 };
enum err_code connections_status(struct service *s, struct sv arn,
                                 char status[CONNECTION_STATUS_MAX], struct err *err) MUST_CHECK;

#endif
