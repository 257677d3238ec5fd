/* One event of a log stream: what was printed at once, which may be a line, several, or a part. */
#ifndef PENSTOCK_MODEL_LOG_EVENT_H
#define PENSTOCK_MODEL_LOG_EVENT_H

#include "core/base/text.h"

struct log_event {
    int64_t at_ms;
    struct sv text; /* any bytes */
};

#endif
