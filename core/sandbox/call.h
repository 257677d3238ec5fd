/* A call to a service that speaks JSON or the query protocol: its input and its output are JSON in
 * either case.
 *
 * The query protocol's "A.member.1.B=x" is read as {"A":[{"B":"x"}]}, and the output is written as
 * XML with lists of <member>. Times are put as the protocol wants them: call_put_time. What the
 * client did wrong is call_fail; what the sandbox cannot do (memory, disk) is c->rc, and after
 * either of them has_failed is set and all later questions answer with nothing. */
#ifndef PENSTOCK_SANDBOX_CALL_H
#define PENSTOCK_SANDBOX_CALL_H

#include "core/sandbox/service.h"

struct call {
    struct service *service;
    struct request *request;
    struct reply *reply;
    struct sv account; /* the caller's */
    struct sv region;
    cJSON *in;
    cJSON *out; /* an object to fill; it is the whole JSON reply, or the XML's Result */
    bool has_failed;
    enum err_code rc;
    struct err *err;
};

enum err_code call_run(struct service *s, call_fn *run, struct request *request,
                       struct reply *reply, struct err *err) MUST_CHECK;

void call_fail(struct call *c, int status, const char *code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* Take an err code: false, and c->rc, when it is one. `if (!call_ok(c, record_put(...))) return;`
 */
bool call_ok(struct call *c, enum err_code rc);

/* Members of the input. One that is required and absent fails the call as the service's protocol
 * does (ValidationException, ValidationError). */
struct sv call_text(struct call *c, const char *name, bool is_required);
int64_t call_int(struct call *c, const char *name, int64_t low, int64_t high, int64_t otherwise);
bool call_bool(struct call *c, const char *name, bool otherwise); /* "true" in query calls */

void call_put(struct call *c, const char *name, struct sv value); /* nothing for SV_NONE */
void call_put_int(struct call *c, const char *name, int64_t value);
void call_put_time(struct call *c, cJSON *object, const char *name, int64_t ms);
/* Give the item to the output (c->out keeps it); NULL, memory being short, fails the call. */
cJSON *call_add(struct call *c, cJSON *object, const char *name, cJSON *item);
void call_put_copy(struct call *c, const char *name, const cJSON *item); /* a copy; NULL: nothing */

/* The record of that name in the caller's account and region (empty region for IAM); NULL when it
 * is absent or the call has failed. The caller's: cJSON_Delete. */
cJSON *call_record(struct call *c, const char *kind, struct sv region, struct sv name);
bool call_store(struct call *c, const char *kind, struct sv region, struct sv name,
                const cJSON *value);

#endif
