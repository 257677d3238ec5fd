/* Pace: how fast one (account, region, service) may be asked, and the SDKs' retry quota.
 *
 * A token bucket that slows down on throttling, measures what the service allows and recovers step
 * by step, so that ten thousand pipelines are read as fast as AWS allows and no faster. Pure: the
 * caller brings the clock (monotonic ms) and the random number. */
#ifndef PENSTOCK_NET_PACE_H
#define PENSTOCK_NET_PACE_H

#include "core/base/text.h"

struct pace_limits {
    double rate_per_s; /* to start with; 0 = no limit until the first throttle */
    double burst;
};

struct pace {
    struct pace_limits limits;
    double rate; /* now; 0 = unlimited */
    double tokens;
    double burst;            /* most tokens saved up; learned from the first throttle */
    int64_t at_ms;           /* when tokens was right */
    int64_t throttled_at_ms; /* last throttle; 0 = never */
    uint64_t throttles;
    double measured;          /* answers per second between two throttles; 0 = not known yet */
    int64_t window_ms;        /* the last throttle, or the start */
    double window_count;      /* answers since then */
    double pressed_s;         /* of which somebody waited so long */
    int64_t pressed_until_ms; /* who waits now will have asked again by then */
    int in_flight;
    int stale; /* in flight when the last throttle came: their answers tell nothing new */
};

void pace_init(struct pace *p, struct pace_limits limits, int64_t now_ms);
/* Take a token: 0 when the request may go now, else how many ms to wait before asking again, which
 * is also worth it after each answer. Each token is followed by exactly one of success, throttled
 * and forget. The caller keeps the order in which requests first asked. */
int64_t pace_take(struct pace *p, int64_t now_ms);
void pace_success(struct pace *p, int64_t now_ms);
void pace_throttled(struct pace *p, int64_t now_ms);       /* at most one halving per round trip */
void pace_forget(struct pace *p, int64_t now_ms);          /* no answer came, or it never went */
bool pace_is_slowed(const struct pace *p, int64_t now_ms); /* for the header */

/* The SDKs' standard retry mode (facts/aws-api.md 2.3). */
struct retry_quota {
    int tokens; /* starts at 500 */
};
enum { RETRY_QUOTA = 500, RETRY_COST = 5, RETRY_COST_TIMEOUT = 10 };

void retry_quota_init(struct retry_quota *q);
bool retry_quota_take(struct retry_quota *q, int cost); /* false: do not retry */
void retry_quota_give(struct retry_quota *q, int cost); /* capped at RETRY_QUOTA */
/* Back-off before attempt n+1 (n >= 1): rand(0..1) x min(2^(n-1), 20) s. random01 is in [0,1). */
int64_t retry_delay_ms(int attempt, double random01);

#endif
