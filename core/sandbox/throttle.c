#include "core/sandbox/throttle.h"

#include "core/sandbox/ids.h"

void throttle_init(struct throttle *t, double rate_per_s, double burst)
{
    *t = (struct throttle){.rate_per_s = rate_per_s, .burst = burst};
}

static struct bucket *find(struct throttle *t, uint64_t key, int64_t now_ms)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->buckets[i].key == key)
            return &t->buckets[i];
    }
    if (t->count == ARRAY_LEN(t->buckets))
        return &t->buckets[t->count - 1];
    t->buckets[t->count] = (struct bucket){.key = key, .tokens = t->burst, .at_ms = now_ms};
    return &t->buckets[t->count++];
}

bool throttle_take(struct throttle *t, struct sv account, struct sv region, struct sv service,
                   int64_t now_ms)
{
    struct bucket *b;

    if (t->rate_per_s <= 0)
        return true;
    b = find(t, hash_text(account) ^ hash_mix(hash_text(region)) ^ hash_text(service) * 3, now_ms);
    b->tokens += (double)(now_ms - b->at_ms) / 1000.0 * t->rate_per_s;
    b->at_ms = now_ms;
    if (b->tokens > t->burst)
        b->tokens = t->burst;
    if (b->tokens < 1)
        return false;
    b->tokens -= 1;
    return true;
}
