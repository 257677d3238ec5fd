/* CloudWatch Logs: one page of GetLogEvents. Its forward token is never absent: the one that was
 * sent comes back where nothing more is there yet. */
#ifndef PENSTOCK_AWS_LOGS_H
#define PENSTOCK_AWS_LOGS_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/log_event.h"

enum { LOG_EVENTS_MAX = 10000 }; /* of one page */

struct log_reply {
    struct log_event *events;
    size_t count;
    struct sv token; /* nextForwardToken */
};
/* body is the reply's text, for what JSON's reader would lose: NUL bytes. Texts are borrowed from
 * json or in the arena. ERR_REPLY without a token. */
enum err_code decode_log_events(const cJSON *json, struct sv body, struct arena *arena,
                                struct log_reply *out, struct err *err) MUST_CHECK;

#endif
