/* One observed transition as a line of text; sync, watch and describe print the same. */
#ifndef PENSTOCK_CLI_CHANGE_H
#define PENSTOCK_CLI_CHANGE_H

#include "core/cache/cache.h"

enum err_code change_line(const struct transition *transition, bool with_name, struct sb *out,
                          struct err *err) MUST_CHECK;

/* The number of the latest transition in the history; 0 when it is empty. */
enum err_code change_last_seq(struct cache *cache, int64_t *seq, struct err *err) MUST_CHECK;

#endif
