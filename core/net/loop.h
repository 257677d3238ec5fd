/* What net.c and http.c share: the inside of struct net. Nobody else includes it. */
#ifndef PENSTOCK_NET_LOOP_H
#define PENSTOCK_NET_LOOP_H

#include "core/net/http.h"
#include "core/net/net.h"

struct timer {
    int64_t due_ms;
    uint64_t id;
    net_timer_fn *fn;
    void *owner;
};

struct http;

struct net {
    struct timer *timers; /* a heap: the earliest first */
    size_t timer_count;
    size_t timer_room;
    int patience_ms;
    int64_t replied_ms; /* when the last reply was handed over */
    bool has_pushed;    /* so there may be replies that no socket will wake us for */
    uint64_t last_id;   /* of timers and requests alike */
    struct http *http;  /* NULL until it is needed */
    struct net_stats stats;
};

/* http.c, for the loop: ms until it wants to be called again (-1 = never), wait in libcurl, and run
 * the callbacks that are due. */
bool http_is_open(const struct http *http); /* libcurl is there */
int64_t http_next_ms(const struct http *http, int64_t now_ms);
enum err_code http_wait(struct http *http, struct net_fd *fds, size_t fd_count, int timeout_ms,
                        struct err *err) MUST_CHECK;
void http_run(struct net *net);
void http_push(struct http *http); /* send what was started; no reply is handed over */
void http_free(struct http *http);

#endif
