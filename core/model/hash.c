#include "core/model/hash.h"

/* Odd constants with well spread bits; any such do. */
#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)
#define START      UINT64_C(0x2545f4914f6cdd1d)

static uint64_t mix(uint64_t value, uint64_t word)
{
    value = (value ^ word) * MULTIPLIER;
    return value ^ (value >> 32);
}

void hash_init(struct hash *h)
{
    h->value = START;
}

void hash_int(struct hash *h, int64_t value)
{
    h->value = mix(h->value, (uint64_t)value);
}

void hash_sv(struct hash *h, struct sv text)
{
    uint64_t value = mix(h->value, text.len);
    uint64_t word;

    while (text.len >= sizeof word) {
        memcpy(&word, text.ptr, sizeof word);
        value = mix(value, word);
        text = sv_drop(text, sizeof word);
    }
    if (text.len > 0) {
        word = 0;
        memcpy(&word, text.ptr, text.len);
        value = mix(value, word);
    }
    h->value = value;
}

uint64_t hash_done(const struct hash *h)
{
    uint64_t value = mix(mix(h->value, START), MULTIPLIER);

    return value == 0 ? 1 : value;
}
