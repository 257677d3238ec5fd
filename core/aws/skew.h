/* Clock skew: how far each host's clock is from ours, from the Date of its answers.
 *
 * A difference under four minutes is within what AWS accepts and is left alone, so that a slow
 * answer does not move the clock. */
#ifndef PENSTOCK_AWS_SKEW_H
#define PENSTOCK_AWS_SKEW_H

#include "core/net/http.h"

enum { SKEW_HOSTS = 16, SKEW_HOST_MAX = 256, SKEW_LEAST_MS = 240000 };

struct skew_table {
    struct {
        char host[SKEW_HOST_MAX];
        int64_t offset_ms;
    } rows[SKEW_HOSTS];
    size_t count;
    size_t oldest;
};

int64_t skew_get(const struct skew_table *table, const char *host); /* add it to our clock; 0 */
/* Learn from an answer's Date; true when the offset that a request was signed with was wrong. */
bool skew_learn(struct skew_table *table, const char *host, const struct http_reply *reply,
                int64_t used_offset_ms, int64_t now_ms);

#endif
