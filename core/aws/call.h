/* Calls: one operation from the row to its decoded reply.
 *
 * aws_call takes credentials from the session, waits for the pace of its (account, region,
 * service), signs with the corrected clock, sends, retries as the SDKs' standard mode does and
 * hands over the reply. aws_exchange is its lower half, for a caller that brings credentials: the
 * credential chain itself, for STS. Callbacks come from net_wait only. */
#ifndef PENSTOCK_AWS_CALL_H
#define PENSTOCK_AWS_CALL_H

#include "core/aws/cred.h"
#include "core/aws/op.h"
#include "core/base/json.h"
#include "core/base/xml.h"
#include "core/net/http.h"
#include "core/net/pace.h"

/* What all sessions share: loop, clock skew per host, pace and retry quota per key. */
struct aws;
enum err_code aws_new(struct net *net, struct aws **out, struct err *err) MUST_CHECK;
void aws_free(struct aws *aws);
struct net *aws_net(struct aws *aws);
/* Where every pace starts; {0, 0} = unlimited until the first throttle. Default 5/s, burst 32. */
void aws_set_pace(struct aws *aws, struct pace_limits limits);

/* From now on what writes (op_writes) is refused with ERR_USAGE before it is signed. */
void aws_set_read_only(struct aws *aws, bool is_read_only);

/* One (profile, region). */
struct aws_session;
enum err_code aws_session_new(struct aws *aws, const struct aws_settings *settings,
                              struct sv region, struct aws_session **out,
                              struct err *err) MUST_CHECK;
void aws_session_free(struct aws_session *session); /* cancels its calls silently */
struct aws *aws_session_aws(const struct aws_session *session);
const struct aws_settings *aws_session_settings(const struct aws_session *session);
const char *aws_session_region(const struct aws_session *session);
const char *aws_session_partition(const struct aws_session *session);
/* With the credentials of a role that base may assume: STS is asked in base's region, again before
 * they expire, and they are kept in memory only. external_id and session_name may be empty; what
 * STS does not allow in a name becomes '-'. base must outlive the session. A fault of the trust
 * shows with the first call. */
enum err_code aws_session_assume(struct aws_session *base, struct sv role_arn,
                                 struct sv external_id, struct sv session_name, struct sv region,
                                 struct aws_session **out, struct err *err) MUST_CHECK;
/* The account that paces are kept for, once known. */
enum err_code aws_session_set_account(struct aws_session *session, struct sv account,
                                      struct err *err) MUST_CHECK;
/* A hash that changes with the credentials' owner (their access key id), for "is this still the
 * same caller"; 0 until a call has been made or when it cannot tell (temporary credentials).
 * Never the key itself. */
uint64_t aws_session_key_hash(const struct aws_session *session);
/* The same for any credentials, temporary ones too, which change each time they are renewed: those
 * that signed last; 0 before and while they are renewed. */
uint64_t aws_session_used_key(const struct aws_session *session);
const char *aws_session_provider(const struct aws_session *session); /* "" until known */
int64_t aws_session_expires_at(const struct aws_session *session);   /* ms; 0 */
/* What the header shows: slowed by throttling, and calls per second allowed (0 = no limit). */
struct aws_pace_view {
    bool is_slowed;
    double rate_per_s;
    uint64_t throttles;
};
struct aws_pace_view aws_session_pace(const struct aws_session *session, enum service service);

struct aws_reply {
    enum err_code code; /* ERR_OK, or what err tells: AUTH DENIED THROTTLED NET TLS TIMEOUT SERVER
                           REPLY NOT_FOUND LIMIT FAILED */
    struct err err;
    int status;           /* HTTP; 0 when no answer came */
    struct sv error_name; /* "PipelineNotFoundException"; empty on success */
    struct sv request_id;
    const cJSON *json;     /* JSON protocols, on success; borrowed, gone after the callback */
    const struct xml *xml; /* query protocol: the <OpResult> element or the root without one; REST:
                              the root, NULL for an answer without a body */
    struct sv body;        /* the raw bytes */
    const struct http_reply *http; /* the last answer; NULL when none was received */
    bool
        is_unknown; /* it failed, and AWS may have done it all the same: look before asking again */
    int attempts;
};
struct sv aws_reply_header(const struct aws_reply *reply, struct sv name); /* SV_NONE */

typedef void aws_done_fn(void *owner, const struct aws_reply *reply);

/* body: JSON object text, or for the query protocol the encoded parameters after Action and
 * Version ("RoleArn=...&..."), may be empty. done is called exactly once unless cancelled. */
enum err_code aws_call(struct aws_session *session, enum op op, struct sv body, aws_done_fn *done,
                       void *owner, uint64_t *id, struct err *err) MUST_CHECK;
/* A REST call (S3); everything is copied. */
enum { AWS_REST_HEADERS_MAX = 8 };
struct aws_rest {
    struct sv method; /* GET HEAD PUT POST DELETE */
    struct sv bucket;
    struct sv key;   /* empty = the bucket itself */
    struct sv query; /* as on the wire: "versions&prefix=a%2Fb" */
    struct sv content_type;
    const struct http_header *headers; /* such as x-amz-expected-bucket-owner; all are signed */
    size_t header_count;
};
/* body: the bytes; the checksum that DeleteObjects and PutObject need is added. */
enum err_code aws_call_rest(struct aws_session *session, enum op op, const struct aws_rest *rest,
                            struct sv body, aws_done_fn *done, void *owner, uint64_t *id,
                            struct err *err) MUST_CHECK;
void aws_cancel(struct aws *aws, uint64_t id); /* 0 or a finished one is fine */

/* All pages: done is called for each; is_last is set on the final one and on a failure. Returning
 * false from it stops the paging. At most 10,000 pages; a token that repeats is ERR_REPLY. */
typedef bool aws_page_fn(void *owner, const struct aws_reply *reply, bool is_last);
enum err_code aws_call_pages(struct aws_session *session, enum op op, struct sv body,
                             aws_page_fn *page, void *owner, uint64_t *id,
                             struct err *err) MUST_CHECK;

struct aws_exchange {
    enum op op;
    const struct endpoint *endpoint; /* copied */
    const struct cred *cred;         /* copied; NULL = unsigned */
    struct sv body;                  /* copied */
    struct sv ca_bundle;             /* copied */
    int max_attempts;                /* 0 = 3 */
    struct pace *pace;               /* NULL = unpaced; must outlive the exchange */
    struct sv app_id;                /* copied */
};
enum err_code aws_exchange(struct aws *aws, const struct aws_exchange *exchange, aws_done_fn *done,
                           void *owner, uint64_t *id, struct err *err) MUST_CHECK;

#endif
