/* How the service's own token bucket is found without knowing its rate R and burst B.
 *
 * A throttle says that the bucket is empty. Between two throttles it therefore let through exactly
 * what flowed in: answers / time is R, whatever B is. So: until the first throttle few requests are
 * in flight, because all of them may fail at once. Then the rate starts low and grows by a quarter
 * each second; what is unused meanwhile is saved in the service's bucket and not lost. The second
 * throttle gives R. From there on the rate follows a curve around R, as TCP CUBIC does around a
 * congestion window, but of the fifth power, which is level for longer: just below, level for half
 * a minute, then ever faster, so that a raised limit is found too. The rate only grows while
 * requests wait for it. */
#include "core/net/pace.h"

enum { LEVEL_S = 14, SLOWED_MS = 60000, FIRST_IN_FLIGHT = 2, ASK_AGAIN_MS = 100 };

static const double first_rate = 5;     /* after a throttle from unlimited */
static const double least_rate = 0.25;  /* per second */
static const double growth_per_s = 0.3; /* while R is not known */
static const double dip = 0.03;         /* the curve starts so far below R */

void pace_init(struct pace *p, struct pace_limits limits, int64_t now_ms)
{
    *p = (struct pace){
        .limits = limits,
        .rate = limits.rate_per_s,
        .burst = limits.burst > 1 ? limits.burst : 1,
        .at_ms = now_ms,
        .window_ms = now_ms,
    };
    p->tokens = p->burst;
}

static void grow(struct pace *p, double s)
{
    double x;

    p->pressed_s += s;
    if (p->measured <= 0) {
        p->rate += p->rate * growth_per_s * s;
        return;
    }
    x = p->pressed_s / LEVEL_S - 1;
    p->rate = p->measured * (1 + dip * x * x * x * x * x);
    if (p->rate <= 1.5 * p->measured)
        return;
    /* The limit is another one now: look for it, and do not count what an idle bucket let pass. */
    p->measured = 0;
    p->window_ms = p->at_ms;
    p->window_count = 0;
    p->pressed_s = 0;
}

static void advance(struct pace *p, int64_t now_ms)
{
    int64_t pressed_end = now_ms < p->pressed_until_ms ? now_ms : p->pressed_until_ms;

    if (now_ms <= p->at_ms)
        return;
    if (p->rate > 0) {
        if (pressed_end > p->at_ms)
            grow(p, (double)(pressed_end - p->at_ms) / 1000);
        p->tokens += p->rate * (double)(now_ms - p->at_ms) / 1000;
        if (p->tokens > p->burst)
            p->tokens = p->burst;
    }
    p->at_ms = now_ms;
}

static bool is_crowded(const struct pace *p)
{
    return p->throttles == 0 && p->in_flight >= FIRST_IN_FLIGHT + (int)(p->window_count / 32);
}

int64_t pace_take(struct pace *p, int64_t now_ms)
{
    int64_t wait_ms = 0;

    advance(p, now_ms);
    if (p->rate > 0 && p->tokens < 1) {
        double need_ms = (1 - p->tokens) * 1000 / p->rate;

        wait_ms = need_ms > 60000 ? 60000 : (int64_t)need_ms + 1;
        p->pressed_until_ms = now_ms + wait_ms + ASK_AGAIN_MS;
        return wait_ms;
    }
    if (p->rate > 0 && is_crowded(p))
        return ASK_AGAIN_MS;
    if (p->rate > 0)
        p->tokens -= 1;
    p->in_flight++;
    return 0;
}

/* True for an answer to what was sent before the last throttle. */
static bool is_stale(struct pace *p)
{
    if (p->in_flight > 0)
        p->in_flight--;
    if (p->stale == 0)
        return false;
    p->stale--;
    return true;
}

void pace_success(struct pace *p, int64_t now_ms)
{
    advance(p, now_ms);
    if (!is_stale(p))
        p->window_count++;
}

void pace_forget(struct pace *p, int64_t now_ms)
{
    advance(p, now_ms);
    is_stale(p);
}

static double at_least(double rate)
{
    return rate < least_rate ? least_rate : rate;
}

/* The service's burst is what went through at once; some is left for others. */
static void learn_first(struct pace *p, double s)
{
    double burst = p->window_count * 0.75;

    if (p->limits.rate_per_s <= 0 || burst < p->burst)
        p->burst = burst > 1 ? burst : 1;
    if (p->rate <= 0 || p->rate > first_rate)
        p->rate = s > 2 ? at_least(p->window_count / s / 2) : first_rate;
}

static void learn(struct pace *p, double s)
{
    double measured = (p->window_count + 0.5) / s; /* the bucket holds 0 to 1 at both ends */

    if (p->pressed_s < s * 0.8) {
        /* We had been idle: what was saved up is not there, somebody else asks too. */
        p->burst = p->burst > 2 ? p->burst / 2 : 1;
        p->rate = at_least(p->rate * 0.8);
        p->measured = 0;
    } else if (p->window_count >= 4 && s >= 1) {
        p->measured = at_least(measured < p->rate ? measured : p->rate);
        p->rate = p->measured * (1 - dip);
    } else {
        p->rate = at_least(p->rate / 2);
        p->measured = 0;
    }
}

void pace_throttled(struct pace *p, int64_t now_ms)
{
    double s = (double)(now_ms - p->window_ms) / 1000;
    bool is_first = p->throttles == 0;

    advance(p, now_ms);
    p->throttles++;
    p->throttled_at_ms = now_ms;
    if (is_stale(p))
        return;
    if (is_first)
        learn_first(p, s);
    else
        learn(p, s > 0.001 ? s : 0.001);
    p->stale = p->in_flight;
    p->tokens = 0;
    p->window_ms = now_ms;
    p->window_count = 0;
    p->pressed_s = 0;
}

bool pace_is_slowed(const struct pace *p, int64_t now_ms)
{
    return p->throttled_at_ms != 0 && now_ms - p->throttled_at_ms < SLOWED_MS;
}

void retry_quota_init(struct retry_quota *q)
{
    q->tokens = RETRY_QUOTA;
}

bool retry_quota_take(struct retry_quota *q, int cost)
{
    if (q->tokens < cost)
        return false;
    q->tokens -= cost;
    return true;
}

void retry_quota_give(struct retry_quota *q, int cost)
{
    q->tokens = q->tokens + cost > RETRY_QUOTA ? RETRY_QUOTA : q->tokens + cost;
}

int64_t retry_delay_ms(int attempt, double random01)
{
    int64_t most_ms = attempt < 1 ? 1000 : attempt > 5 ? 20000 : 1000LL << (attempt - 1);

    return (int64_t)(random01 * (double)(most_ms > 20000 ? 20000 : most_ms));
}
