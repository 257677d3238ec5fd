/* The pace against a simulated service: a token bucket behind a delay, on a clock of its own, asked
 * by at most 32 connections. */
#include "core/net/pace.h"

#include "tests/unit/check.h"

enum { LATENCY_MS = 20, CONNECTIONS = 32, MAX_CALLS = 4096 };

struct service {
    double rate, burst, tokens;
    int64_t at_ms;
};

struct outcome {
    int64_t ms;
    int throttles;
    int done;
};

static bool service_grants(struct service *s, int64_t now_ms)
{
    s->tokens += s->rate * (double)(now_ms - s->at_ms) / 1000;
    s->tokens = s->tokens > s->burst ? s->burst : s->tokens;
    s->at_ms = now_ms;
    if (s->tokens < 1)
        return false;
    s->tokens -= 1;
    return true;
}

struct flight {
    int64_t back_ms;
    bool is_granted;
};

/* One ms of the client: answers first, then as many requests as the pace lets go. */
static void step(struct pace *p, struct service *s, struct flight *air, int *flying, int *waiting,
                 int64_t *ask_ms, int64_t now_ms, struct outcome *o)
{
    for (int i = 0; i < *flying;) {
        if (air[i].back_ms > now_ms) {
            i++;
            continue;
        }
        if (air[i].is_granted) {
            pace_success(p, now_ms);
            o->done++;
        } else {
            pace_throttled(p, now_ms);
            o->throttles++;
            (*waiting)++;
        }
        memmove(&air[i], &air[i + 1], sizeof *air * (size_t)(--(*flying) - i));
        *ask_ms = now_ms;
    }
    while (*waiting > 0 && *flying < CONNECTIONS && now_ms >= *ask_ms) {
        int64_t wait_ms = pace_take(p, now_ms);

        if (wait_ms > 0) {
            *ask_ms = now_ms + wait_ms;
            return;
        }
        air[(*flying)++] = (struct flight){now_ms + LATENCY_MS, service_grants(s, now_ms)};
        (*waiting)--;
    }
}

static struct outcome run(struct pace *p, struct service *s, int calls, int64_t from_ms)
{
    struct flight air[CONNECTIONS + 1];
    struct outcome o = {0};
    int flying = 0;
    int waiting = calls;
    int64_t now_ms = from_ms;
    int64_t ask_ms = 0;

    for (; o.done < calls && now_ms < from_ms + 3600000; now_ms++)
        step(p, s, air, &flying, &waiting, &ask_ms, now_ms, &o);
    o.ms = now_ms - from_ms;
    return o;
}

static struct outcome fresh(struct pace_limits limits, double rate, double burst, int calls)
{
    struct service s = {rate, burst, burst, 1000};
    struct pace p;
    struct outcome o;

    pace_init(&p, limits, 1000);
    o = run(&p, &s, calls, 1000);
    print_message("start %g/%g, service %g/%g: %d calls in %lld ms (ideal %.0f), %d throttled\n",
                  limits.rate_per_s, limits.burst, rate, burst, calls, (long long)o.ms,
                  (calls - burst) / rate * 1000, o.throttles);
    CHECK_INT(o.done, calls);
    return o;
}

static const struct pace_limits slow_start = {5, 32};
static const struct pace_limits unlimited = {0, 0};

static void test_160_calls_at_10_per_second(void **state)
{
    struct outcome o = fresh(slow_start, 10, 20, 160);

    (void)state;
    CHECK_TRUE(o.ms <= 14420);
    CHECK_TRUE(o.throttles <= 5);
}

/* A first sync of 160 pipelines. */
static void test_642_calls_at_10_per_second(void **state)
{
    struct outcome o = fresh(slow_start, 10, 20, 642);

    (void)state;
    CHECK_TRUE((double)o.ms <= 62200 * 1.01);
    CHECK_TRUE(o.throttles <= 5);
}

static void test_unlimited_start_costs_one_round_of_throttles(void **state)
{
    struct outcome o = fresh(unlimited, 10, 20, 160);

    (void)state;
    CHECK_TRUE(o.ms <= 14420);
    CHECK_TRUE(o.throttles <= CONNECTIONS - 20 + 3);
}

static void test_slow_service(void **state)
{
    struct outcome o = fresh(slow_start, 2, 5, 100);

    (void)state;
    CHECK_TRUE((double)o.ms <= 47500 * 1.06);
    CHECK_TRUE(o.throttles <= 12);
}

static void test_fast_service(void **state)
{
    struct outcome o = fresh(slow_start, 50, 100, 2000);

    (void)state;
    CHECK_TRUE((double)o.ms <= 38000 * 1.15);
    CHECK_TRUE(o.throttles <= 20);
}

static void test_ten_thousand_calls_waste_little(void **state)
{
    struct outcome o = fresh(slow_start, 10, 20, 10000);

    (void)state;
    CHECK_TRUE((double)o.ms <= 998000 * 1.03);
    CHECK_TRUE(o.throttles <= 150);
}

static void test_follows_a_changing_limit(void **state)
{
    struct service s = {10, 20, 20, 1000};
    struct pace p;
    struct outcome o;

    (void)state;
    pace_init(&p, slow_start, 1000);
    run(&p, &s, 300, 1000);
    s.rate = 3;
    o = run(&p, &s, 300, p.at_ms);
    CHECK_TRUE(o.ms <= 105000);
    CHECK_TRUE(o.throttles <= 15);
    s.rate = 20;
    s.tokens = 0;
    o = run(&p, &s, 1500, p.at_ms);
    CHECK_TRUE((double)o.ms <= 75000 * 1.6);
    CHECK_TRUE(o.throttles <= 20);
}

static void test_unlimited_until_the_first_throttle(void **state)
{
    struct pace p;

    (void)state;
    pace_init(&p, unlimited, 0);
    for (int i = 0; i < 1000; i++)
        CHECK_INT(pace_take(&p, 5), 0);
    CHECK_TRUE(!pace_is_slowed(&p, 5));
    pace_throttled(&p, 6);
    CHECK_TRUE(pace_take(&p, 6) > 0);
    CHECK_TRUE(pace_is_slowed(&p, 6));
    CHECK_TRUE(!pace_is_slowed(&p, 100000));
}

static void test_one_lowering_per_round_trip(void **state)
{
    struct pace p;
    double rate;

    (void)state;
    pace_init(&p, (struct pace_limits){100, 100}, 0);
    p.throttles = 1;
    for (int i = 0; i < 8; i++)
        CHECK_INT(pace_take(&p, 1), 0);
    pace_throttled(&p, 20);
    rate = p.rate;
    for (int i = 0; i < 7; i++)
        pace_throttled(&p, 21);
    CHECK_TRUE(p.rate >= rate);
    CHECK_INT(p.throttles, 9);
    CHECK_INT(p.in_flight, 0);
}

static void test_quota_ends_and_refills(void **state)
{
    struct retry_quota q;
    int taken = 0;

    (void)state;
    retry_quota_init(&q);
    while (retry_quota_take(&q, RETRY_COST))
        taken++;
    CHECK_INT(taken, 100);
    retry_quota_give(&q, RETRY_COST);
    CHECK_TRUE(retry_quota_take(&q, RETRY_COST));
    retry_quota_give(&q, 10000);
    CHECK_INT(q.tokens, RETRY_QUOTA);
}

static void test_delays_double_up_to_twenty_seconds(void **state)
{
    (void)state;
    CHECK_INT(retry_delay_ms(1, 0.5), 500);
    CHECK_INT(retry_delay_ms(2, 0.5), 1000);
    CHECK_INT(retry_delay_ms(5, 0.5), 8000);
    CHECK_INT(retry_delay_ms(30, 0.5), 10000);
    CHECK_INT(retry_delay_ms(3, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_160_calls_at_10_per_second),
        TEST(test_642_calls_at_10_per_second),
        TEST(test_unlimited_start_costs_one_round_of_throttles),
        TEST(test_slow_service),
        TEST(test_fast_service),
        TEST(test_ten_thousand_calls_waste_little),
        TEST(test_follows_a_changing_limit),
        TEST(test_unlimited_until_the_first_throttle),
        TEST(test_one_lowering_per_round_trip),
        TEST(test_quota_ends_and_refills),
        TEST(test_delays_double_up_to_twenty_seconds),
    };

    return RUN(tests);
}
