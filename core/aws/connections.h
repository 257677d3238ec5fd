/* CodeConnections: links to GitHub, GitLab and the like. A new one is PENDING until a person has
 * finished the handshake in the AWS console. */
#ifndef PENSTOCK_AWS_CONNECTIONS_H
#define PENSTOCK_AWS_CONNECTIONS_H

#include "core/base/arena.h"
#include "core/base/json.h"

struct connection {
    struct sv name;
    struct sv arn;
    struct sv provider; /* "GitHub" */
    struct sv status;   /* PENDING AVAILABLE ERROR */
};
enum err_code decode_connection(const cJSON *json, struct arena *arena, struct connection *out,
                                struct err *err) MUST_CHECK;
enum err_code decode_connections(const cJSON *json, struct arena *arena, struct connection **out,
                                 size_t *count, struct err *err) MUST_CHECK;
/* Where a person finishes the handshake. */
enum err_code connection_url(struct sv region, struct sb *url, struct err *err) MUST_CHECK;

#endif
