/* Authors of what an approval lets through, for four eyes. */
#ifndef PENSTOCK_OPERATE_AUTHORS_H
#define PENSTOCK_OPERATE_AUTHORS_H

#include "core/operate/carried.h"
#include "core/operate/turn.h"

/* Does the config want four eyes for this turn? */
enum err_code authors_wanted(const struct turn *t, bool *is_wanted, struct err *err) MUST_CHECK;
/* Puts into the turn whose commits they are, and as its hint what cannot be told where four eyes
 * are wanted. carried: NULL when it is not known, for the reason that why tells. */
enum err_code authors_see(struct turn *t, const struct carried *carried, const struct err *why,
                          struct err *err) MUST_CHECK;

#endif
