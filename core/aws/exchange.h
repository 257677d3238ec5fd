/* The inside of struct aws: one call on its way, and the lanes in which calls wait for their pace.
 * Shared by call.c, exchange.c, request.c, rest.c, lane.c and cred_assume.c only. */
#ifndef PENSTOCK_AWS_EXCHANGE_H
#define PENSTOCK_AWS_EXCHANGE_H

#include "core/aws/call.h"
#include "core/aws/reply.h"
#include "core/aws/sign.h"
#include "core/aws/skew.h"

/* The part of a REST request that is the same for all attempts. Texts live in the arena. */
struct rest {
    struct arena arena;
    struct endpoint endpoint; /* the bucket's */
    struct sv method;
    struct sv path; /* encoded, with the endpoint's own */
    struct sv query;
    struct sv content_type;
    struct http_header headers[AWS_REST_HEADERS_MAX + 2];
    size_t header_count;
};

struct call {
    struct call *next; /* all calls of the aws */
    struct call *previous;
    struct call *behind; /* in its lane */
    struct aws *aws;
    struct aws_session *session; /* NULL for an exchange */
    uint64_t id;
    enum op op;
    aws_done_fn *done; /* one of the two */
    aws_page_fn *page;
    void *owner;
    struct endpoint *endpoint; /* the session's, or its own */
    struct rest *rest;         /* NULL unless the protocol is REST */
    struct cred cred;          /* an exchange's own */
    bool has_cred;
    struct sb body;  /* as the caller gave it */
    struct sb token; /* of the page to ask for; empty = the first */
    char *ca_bundle; /* an exchange's own; NULL = the session's */
    char *app_id;    /* likewise */
    int pages;
    struct pace *pace;         /* NULL = unpaced */
    struct retry_quota *quota; /* NULL = unlimited */
    /* this page's way */
    int max_attempts;
    int attempts; /* sent */
    int failures; /* of those, the ones that count */
    int throttles;
    int64_t throttled_at_ms; /* the first */
    int last_cost;
    bool has_token; /* of the pace */
    bool tried_skew;
    bool tried_cred;
    bool was_undecided; /* nobody knows what became of an attempt */
    int64_t used_skew_ms;
    uint64_t used_key; /* hash of the credentials it was signed with */
    char invocation_id[37];
    /* where it is now */
    struct lane *lane;
    bool waits_for_cred;
    uint64_t timer_id;
    uint64_t http_id;
    bool is_calling_back;
    bool is_cancelled;
};

struct lane {
    struct lane *next;
    struct aws *aws;
    struct pace *pace;
    struct call *first;
    struct call *last;
    uint64_t timer_id;
};

struct pace_slot {
    struct pace_slot *next;
    char *key; /* owner, region, service */
    struct pace pace;
    struct retry_quota quota;
};

struct aws {
    struct net *net;
    struct sign_keys *keys;
    struct skew_table skew;
    struct pace_limits limits;
    struct pace_slot *slots;
    struct lane *lanes;
    struct call *calls;
    uint64_t last_id;
    bool is_read_only;
};

struct aws_session {
    struct aws *aws;
    const struct aws_settings *settings;
    struct cred_chain *chain;
    char *region;
    const char *partition;
    char *account; /* "" until known */
    struct endpoint *endpoints[SERVICE_COUNT];
    struct pace_slot *slots[SERVICE_COUNT];
    uint64_t used_key; /* of the credentials last signed with */
    uint64_t key_hash; /* the same, for long-lived ones */
    const char *provider;
    int64_t expires_at_ms;
};

/* call.c: a session with this chain, which is its own from then on, also on failure. */
enum err_code session_new(struct aws *aws, const struct aws_settings *settings, struct sv region,
                          struct cred_chain *chain, struct aws_session **out,
                          struct err *err) MUST_CHECK;

/* lane.c: put a call that is in aws->calls into its lane; it is sent from net_wait. */
enum err_code lane_queue(struct call *call, bool in_front, struct err *err) MUST_CHECK;
void lane_leave(struct call *call); /* fine when it is in none */
/* An answer came, which may free a place for whoever waits. */
void lane_wake(struct aws *aws, const struct pace *pace);

/* rest.c */
enum err_code rest_make(const struct endpoint *s3, enum op op, const struct aws_rest *given,
                        struct sv body, struct rest **out, struct err *err) MUST_CHECK;
void rest_free(struct rest *rest); /* NULL is fine */

/* exchange.c: its turn has come. */
void exchange_send(struct call *call);
/* Out of wherever it is, uncounted, and freed; when its own callback runs, freed after that. */
void exchange_drop(struct call *call);

#endif
