/* The throttle: a token bucket per account, region and service. */
#ifndef PENSTOCK_SANDBOX_THROTTLE_H
#define PENSTOCK_SANDBOX_THROTTLE_H

#include "core/base/text.h"

struct bucket {
    uint64_t key;
    double tokens;
    int64_t at_ms;
};

struct throttle {
    double rate_per_s; /* 0 = no limit */
    double burst;
    struct bucket buckets[256];
    size_t count;
};

void throttle_init(struct throttle *t, double rate_per_s, double burst);
/* May this call go on? now_ms: monotonic. With too many buckets the last one is shared. */
bool throttle_take(struct throttle *t, struct sv account, struct sv region, struct sv service,
                   int64_t now_ms);

#endif
