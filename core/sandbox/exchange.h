/* One request and its reply, as the services see them: no HTTP library in sight.
 *
 * Failures that a client caused are replies (reply_fail), failures of the sandbox itself are err
 * codes, which the server turns into an InternalFailure. */
#ifndef PENSTOCK_SANDBOX_EXCHANGE_H
#define PENSTOCK_SANDBOX_EXCHANGE_H

#include "core/base/json.h"
#include "core/net/http.h"

enum { REQUEST_HEADERS_MAX = 64, REQUEST_BODY_MAX = 64 << 20, REPLY_BODY_MAX = 64 << 20 };

enum dialect { DIALECT_JSON, DIALECT_QUERY, DIALECT_S3 };

/* Who asks, once the signature was found good. Texts live as long as the request. */
struct identity {
    struct sv account;
    struct sv arn;
    struct sv user_id;
    struct sv role_name;     /* of a session; empty for a user */
    const struct role *role; /* when it is one of accounts.h */
};

struct request {
    struct sv method;
    struct sv path;
    struct sv query; /* as on the wire */
    struct http_header headers[REQUEST_HEADERS_MAX];
    size_t header_count;
    struct sv body;

    enum dialect dialect;
    struct sv service;   /* from the credential scope, else guessed from the operation */
    struct sv region;    /* likewise */
    struct sv operation; /* "ListPipelines"; empty when none was named */
    struct identity who;
    char arn[256]; /* storage for who */
    char user_id[128];
};

struct sv request_header(const struct request *request, const char *name); /* SV_NONE */
/* A parameter of a form body, decoded into out; false when it is absent. */
bool request_param(const struct request *request, const char *name, struct sb *out);

enum { REPLY_HEADERS_MAX = 32 };
/* A form's percent-encoding, and '+' for a blank. */
enum err_code form_decode(struct sv text, struct sb *out, struct err *err) MUST_CHECK;

struct reply_header {
    char name[48];
    char value[1024];
};

struct reply {
    int status;
    struct reply_header headers[REPLY_HEADERS_MAX]; /* besides type and request id */
    size_t header_count;
    struct sb body;
    const char *content_type; /* NULL: there is none, or it is among the headers */
    enum dialect dialect;     /* of an error */
    struct sv service;        /* whom the request was for */
    char error[64];           /* the code that was sent; "" on success */
    char request_id[40];
    int64_t skew_ms; /* how wrong the server's clock pretends to be */
};

void reply_init(struct reply *reply);
void reply_release(struct reply *reply);
/* One more header; over the limit, or too long, it is left out. */
void reply_header(struct reply *reply, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Text as it may stand in XML. */
enum err_code xml_escape(struct sb *out, struct sv text, struct err *err) MUST_CHECK;

/* AWS's error in the dialect of the request. The last name of the code in DIALECT_QUERY has no
 * "Exception" at its end; callers give the code as the wire has it. */
void reply_fail(struct reply *reply, enum dialect dialect, int status, const char *code,
                const char *fmt, ...) PRINTF_LIKE(5, 6);

#endif
