/* A drawing of what a strategy makes for a definition's environments: branches, the pipelines that
 * they feed, their stages and the accounts that these deploy to. Pure. */
#ifndef PENSTOCK_SCREENS_DRAWING_H
#define PENSTOCK_SCREENS_DRAWING_H

#include "core/model/definition.h"

/* Lines, each with a newline; the first one sums up. environments are those that are known. */
enum err_code drawing_write(const struct definition *d, const struct environment *environments,
                            size_t count, bool is_utf8, struct sb *out, struct err *err) MUST_CHECK;

#endif
