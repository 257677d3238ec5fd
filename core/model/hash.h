/* A fast 64-bit hash of named fields, to tell "nothing changed" without keeping what was read.
 *
 * Each field goes in with its length, so bytes cannot move between neighbours unseen. Not for
 * hostile collisions: the worst one does is hide one change until the next. */
#ifndef PENSTOCK_MODEL_HASH_H
#define PENSTOCK_MODEL_HASH_H

#include "core/base/text.h"

struct hash {
    uint64_t value;
};

void hash_init(struct hash *h);
void hash_sv(struct hash *h, struct sv text);
void hash_int(struct hash *h, int64_t value);
uint64_t hash_done(const struct hash *h); /* never 0, so that 0 can mean "none yet" */

#endif
