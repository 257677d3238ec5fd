/* Which pipelines a branch of a CodeCommit repository starts: of the repository's account and
 * region all that AWS lists, and of other places those that the cache knows beside the operand's.
 */
#ifndef PENSTOCK_OPERATE_FEEDS_H
#define PENSTOCK_OPERATE_FEEDS_H

#include "core/operate/turn.h"

/* Definitions that the cache has in another version, or not at all: more than these are not asked
 * for, and the write is refused. */
enum { FEEDS_ASKED_MAX = 100 };

/* Adds a few of their names to names, and tells the turn their names and what they reach, for the
 * guard. environments: those that they deploy to. Where they cannot be told the turn has a refusal:
 * the guard could not judge. */
enum err_code feeds_find(struct turn *t, struct sv branch, struct sb *names,
                         struct sv *environments, struct err *err) MUST_CHECK;

#endif
