/* Ids: every UUID, commit id and outcome of the sandbox is derived from a number by mixing, never
 * drawn from the system, so that the same seed gives the same world each time. */
#ifndef PENSTOCK_SANDBOX_IDS_H
#define PENSTOCK_SANDBOX_IDS_H

#include "core/base/text.h"

struct uid {
    uint64_t hi;
    uint64_t lo;
};

enum { UID_SIZE = 37, COMMIT_SIZE = 41 };

#define UID_NONE ((struct uid){0, 0})

uint64_t hash_mix(uint64_t x);
uint64_t hash_text(struct sv text);

/* Another id, always the same for the same two arguments. */
struct uid uid_derive(struct uid from, uint64_t salt);
bool uid_eq(struct uid a, struct uid b);
const char *uid_text(struct uid id, char out[UID_SIZE]);
bool uid_parse(struct sv text, struct uid *out);
/* 40 hex digits, like a git commit. */
const char *uid_commit(struct uid id, char out[COMMIT_SIZE]);

#endif
