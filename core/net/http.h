/* One HTTP request and its one answer, on the loop of net.h.
 *
 * TLS is at least 1.2 and always verified: against ca_bundle when given, else the system's hashed
 * directory (parsing a bundle costs 40 ms per connection, facts/performance-reliability.md 0.2).
 * Redirects are not followed. Plain http is refused for any host that is not loopback or one of
 * the link-local metadata addresses. Proxies come from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and
 * NO_PROXY, in both cases of letters. Connections are kept and reused; DNS does not block. */
#ifndef PENSTOCK_NET_HTTP_H
#define PENSTOCK_NET_HTTP_H

#include "core/net/net.h"

struct http_header {
    struct sv name;
    struct sv value;
};

enum { HTTP_IDLE_MS = 30000 };
struct http_request {
    struct sv method; /* GET POST PUT HEAD DELETE */
    struct sv url;
    const struct http_header *headers; /* sent as they are; copied */
    size_t header_count;
    struct sv body;      /* copied */
    struct sv ca_bundle; /* path; empty = system store */
    bool never_resend;   /* on a new connection: a kept one that turns out dead is retried unseen */
    bool no_proxy;       /* metadata endpoints are never asked through a proxy */
    int connect_timeout_ms; /* 0 = 5,000 */
    int idle_timeout_ms;    /* no byte for so long; 0 = HTTP_IDLE_MS */
    int total_timeout_ms;   /* 0 = 120,000 */
    size_t reply_cap;       /* bytes of body; 0 = 32 MiB; more is ERR_LIMIT */
};

struct http_reply {
    /* ERR_OK when a whole HTTP answer came, whatever its status; else NET, TLS, TIMEOUT, LIMIT,
     * CANCELLED never. err has the sentence, which names the host. */
    enum err_code code;
    struct err err;
    bool was_sent;  /* false when the request surely never left: safe to send again */
    int status;     /* 200 ... */
    struct sv body; /* borrowed, gone after the callback */
    const struct http_header *headers; /* received; borrowed likewise */
    size_t header_count;
    int64_t started_ms;  /* monotonic */
    int64_t finished_ms; /* monotonic */
};

/* SV_NONE when absent; names compare without case. */
struct sv http_reply_header(const struct http_reply *reply, struct sv name);

typedef void http_done_fn(void *owner, const struct http_reply *reply);

/* Start it. done is called exactly once, from net_wait, unless the request is cancelled. Failures
 * that are known at once (libcurl cannot be loaded, a bad URL) are returned and done is not
 * called. */
enum err_code http_start(struct net *net, const struct http_request *request, http_done_fn *done,
                         void *owner, uint64_t *id, struct err *err) MUST_CHECK;
void http_cancel(struct net *net, uint64_t id); /* 0 or a finished one is fine */

/* The longest that a request on its way has waited for a byte; 0 = none does. */
int64_t http_silent_ms(const struct net *net);

/* Most connections at once, to all hosts; more requests wait in order. Default 32. */
void http_set_connections(struct net *net, int count);

#endif
