/* The sandbox as a whole: from a request to the bytes or the misbehaviour that answer it. */
#ifndef PENSTOCK_SANDBOX_SANDBOX_H
#define PENSTOCK_SANDBOX_SANDBOX_H

#include "core/sandbox/access_log.h"
#include "core/sandbox/fault.h"
#include "core/sandbox/options.h"
#include "core/sandbox/service.h"
#include "core/sandbox/store.h"
#include "core/sandbox/throttle.h"

struct sandbox {
    const struct options *options;
    struct world world;
    struct service service;
    struct auth *auth;
    struct faults faults;
    struct throttle throttle;
    struct access_log log;
    struct records *records;
    struct store *store; /* NULL: in memory */
    char url[64];
    char dir[512];
    int64_t stepped_ms; /* the clock with --step */
    int64_t began_us;   /* the request at hand, monotonic */
    uint64_t requests;
    bool has_failed; /* an err that no client caused: the loop ends */
    struct err why;
};

/* The options outlive the sandbox. */
enum err_code sandbox_open(struct sandbox *s, const struct options *options,
                           struct err *err) MUST_CHECK;
void sandbox_close(struct sandbox *s);

/* How a reply goes out. */
enum manner { MANNER_WHOLE, MANNER_CUT, MANNER_HUGE, MANNER_SILENT };
enum manner sandbox_answer(struct sandbox *s, struct request *request, struct reply *reply);

/* Let happen what is due; at most so much of it that a request need not wait. */
void sandbox_advance(struct sandbox *s);
int64_t sandbox_now(const struct sandbox *s);
/* Wall ms of the next thing that happens by itself; INT64_MAX for none. */
int64_t sandbox_next(const struct sandbox *s);
enum err_code sandbox_step(struct sandbox *s, int64_t ms, struct err *err) MUST_CHECK;
/* Until nothing works any more, only people are waited for; at most a day. */
enum err_code sandbox_step_until_idle(struct sandbox *s, struct err *err) MUST_CHECK;

/* POST /_sandbox/step and /_sandbox/faults, GET /_sandbox/time and /_sandbox/inventory, unsigned.
 */
enum err_code control_answer(struct sandbox *s, const struct request *request, struct reply *reply,
                             struct err *err) MUST_CHECK;

#endif
