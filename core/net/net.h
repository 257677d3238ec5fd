/* The one wait: transfers, timers and the caller's descriptors, in one thread.
 *
 * libcurl is loaded by the first http_start, not before: loading it costs more than a cached
 * status. Until then net_wait is poll(2). Callbacks run inside net_wait only, and may start and
 * cancel anything, their own request included. */
#ifndef PENSTOCK_NET_NET_H
#define PENSTOCK_NET_NET_H

#include "core/base/text.h"

struct net;

enum err_code net_open(struct net **out, struct err *err) MUST_CHECK;
void net_close(struct net *net); /* cancels everything without calling back; NULL is fine */

struct net_fd {
    int fd;
    bool wants_write; /* else it waits for reading */
    bool is_ready;    /* set by net_wait; also on hang-up and error */
};

/* Wait for the first of: a transfer's progress, a timer, a ready fd, timeout_ms (-1 = none). Runs
 * the callbacks that are due and returns. ERR_OK also when interrupted by a signal. */
enum err_code net_wait(struct net *net, struct net_fd *fds, size_t fd_count, int timeout_ms,
                       struct err *err) MUST_CHECK;

/* While more replies are to come, let this time pass between two looks at them, so that they are
 * taken together: fewer wake-ups for whoever reads in the background. Descriptors and timers are
 * heard at once. 0, as at first: each reply is taken when it comes. */
void net_set_patience(struct net *net, int ms);

typedef void net_timer_fn(void *owner, uint64_t id);

/* Call fn once, delay_ms from now. Returns an id that is never 0 and never used again; 0 when out
 * of memory. */
uint64_t net_timer_start(struct net *net, int64_t delay_ms, net_timer_fn *fn, void *owner);
void net_timer_cancel(struct net *net, uint64_t id); /* 0 or a fired one is fine */

/* Counters for the header, --log and tests. */
struct net_stats {
    uint64_t requests;
    uint64_t replies;
    uint64_t connections;
    uint64_t bytes_in;
    int running;
};
struct net_stats net_stats(const struct net *net);

#endif
