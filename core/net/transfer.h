/* A transfer: one request on its way through libcurl, which only transfer.c knows.
 *
 * The fields are set by http.c before transfer_begin and read by it after transfer_take. A transfer
 * keeps its libcurl handle and its buffers when it is used again. */
#ifndef PENSTOCK_NET_TRANSFER_H
#define PENSTOCK_NET_TRANSFER_H

#include "core/net/http.h"

enum { TRANSFER_MAX_HEADERS = 100, TRANSFER_MAX_HEAD = 64 * 1024 };

/* The shape of libcurl's string list, so that one block holds a whole request. */
struct transfer_line {
    char *text;
    struct transfer_line *next;
};

enum transfer_stop { STOP_NONE, STOP_BODY, STOP_HEAD, STOP_MEMORY };
enum transfer_method { TRANSFER_GET, TRANSFER_HEAD, TRANSFER_BODY };

struct transfer {
    struct transfer *next; /* for its owner's lists */
    void *easy;            /* libcurl's handle; NULL until first begun */
    /* the request */
    uint64_t id;
    http_done_fn *done;
    void *owner;
    char *memory; /* everything that the pointers below point into */
    size_t memory_size;
    enum transfer_method kind;
    const char *method;
    const char *url;
    const char *host;      /* for sentences, with the port when it was given */
    const char *proxy;     /* "" = none */
    const char *ca_bundle; /* "" = the system's */
    struct transfer_line *lines;
    struct sv body;
    int connect_timeout_ms;
    int idle_timeout_ms;
    int total_timeout_ms;
    bool never_resend;
    /* the answer */
    struct sb reply; /* its cap is the request's */
    struct sb head;  /* the header lines as they came */
    int field_count;
    int status;
    bool was_sent;
    enum transfer_stop stop; /* why a callback of ours ended it */
    int64_t started_ms;
    int64_t active_ms; /* when the last byte moved */
    char detail[256];  /* libcurl's words */
};

struct transfer_set;

/* Loads libcurl. */
enum err_code transfer_set_open(struct transfer_set **out, struct err *err) MUST_CHECK;
void transfer_set_close(struct transfer_set *set);
void transfer_set_connections(struct transfer_set *set, int count);

enum err_code transfer_begin(struct transfer_set *set, struct transfer *t,
                             struct err *err) MUST_CHECK;
void transfer_stop(struct transfer_set *set, struct transfer *t); /* after it, t can begin again */
void transfer_release(struct transfer *t); /* a stopped one: its handle and buffers */

enum err_code transfer_wait(struct transfer_set *set, struct net_fd *fds, size_t fd_count,
                            int timeout_ms, struct err *err) MUST_CHECK;
void transfer_perform(struct transfer_set *set);
/* One that has ended, already stopped, with its outcome; NULL when there is none. */
struct transfer *transfer_take(struct transfer_set *set, enum err_code *code, struct err *err);
uint64_t transfer_connections(const struct transfer_set *set); /* opened so far */

#endif
