/* Event patterns: which events a rule is for.
 *
 * Lists of exact values, prefix, suffix, equals-ignore-case, wildcard, anything-but, exists,
 * numeric, $or, and objects in objects. */
#ifndef PENSTOCK_SANDBOX_EVENTS_PATTERN_H
#define PENSTOCK_SANDBOX_EVENTS_PATTERN_H

#include "core/base/json.h"

enum { PATTERN_WHY_MAX = 256 };

/* NULL when the pattern is good, else AWS's reason why it is not, in out. */
const char *pattern_fault(const cJSON *pattern, char out[PATTERN_WHY_MAX]);
/* event may lack anything. The pattern must be a good one. */
bool pattern_matches(const cJSON *pattern, const cJSON *event);

#endif
