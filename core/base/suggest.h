/* "Did you mean": the known word that is at most two slips of the finger away. */
#ifndef PENSTOCK_BASE_SUGGEST_H
#define PENSTOCK_BASE_SUGGEST_H

#include "core/base/text.h"

struct suggestion {
    const char *word; /* NULL = none is near */
    size_t slips;
};

/* Begin with a zeroed suggestion and hand in every known word: the nearest stays. */
void suggest_consider(struct sv word, const char *candidate, struct suggestion *best);

#endif
