/* The access log and the recording: a line of JSON per request. Neither ever holds a signature, a
 * token or a secret. */
#ifndef PENSTOCK_SANDBOX_ACCESS_LOG_H
#define PENSTOCK_SANDBOX_ACCESS_LOG_H

#include "core/sandbox/exchange.h"

struct access_log {
    FILE *access;
    FILE *record;
    struct sb line;
};

/* A NULL path is no log. Files are created 0600 and appended to. */
enum err_code access_log_open(struct access_log *log, const char *access, const char *record,
                              struct err *err) MUST_CHECK;
void access_log_close(struct access_log *log);
/* error: the code that was sent, or what a fault did. */
void access_log_write(struct access_log *log, const struct request *request,
                      const struct reply *reply, int64_t wall_ms, double latency_ms,
                      const char *error);
void access_log_flush(struct access_log *log);

#endif
