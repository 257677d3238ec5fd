#include "core/sandbox/ids.h"

/* The finalizer of splitmix64: every bit of x reaches every bit of the result. */
uint64_t hash_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

uint64_t hash_text(struct sv text)
{
    uint64_t hash = 0xcbf29ce484222325U;

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3U;
    return hash_mix(hash);
}

struct uid uid_derive(struct uid from, uint64_t salt)
{
    struct uid id;

    id.hi = hash_mix(from.hi ^ hash_mix(salt));
    id.lo = hash_mix(from.lo ^ id.hi);
    /* The version and variant of a random UUID, which clients' patterns ask for. */
    id.hi = (id.hi & ~0xf000ULL) | 0x4000ULL;
    id.lo = (id.lo & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
    return id;
}

bool uid_eq(struct uid a, struct uid b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

static const char digits[] = "0123456789abcdef";

const char *uid_text(struct uid id, char out[UID_SIZE])
{
    char *to = out;

    for (int i = 0; i < 32; i++) {
        uint64_t half = i < 16 ? id.hi : id.lo;

        if (i == 8 || i == 12 || i == 16 || i == 20)
            *to++ = '-';
        *to++ = digits[(half >> (60 - 4 * (i % 16))) & 15];
    }
    *to = '\0';
    return out;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uid_parse(struct sv text, struct uid *out)
{
    struct uid id = UID_NONE;
    int nibbles = 0;

    if (text.len != UID_SIZE - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        int value = digit_value(text.ptr[i]);

        if (is_dash ? text.ptr[i] != '-' : value < 0)
            return false;
        if (is_dash)
            continue;
        if (nibbles < 16)
            id.hi = id.hi << 4 | (uint64_t)value;
        else
            id.lo = id.lo << 4 | (uint64_t)value;
        nibbles++;
    }
    *out = id;
    return true;
}

const char *uid_commit(struct uid id, char out[COMMIT_SIZE])
{
    uint64_t word = id.hi;

    for (int i = 0; i < 40; i++) {
        if (i % 16 == 0)
            word = hash_mix(word ^ id.lo);
        out[i] = digits[(word >> (60 - 4 * (i % 16))) & 15];
    }
    out[40] = '\0';
    return out;
}
