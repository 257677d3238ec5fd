/* Branches: which names git and CodeCommit take, and which cannot be beside one another. */
#ifndef PENSTOCK_MODEL_BRANCH_H
#define PENSTOCK_MODEL_BRANCH_H

#include "core/base/text.h"

enum { BRANCH_MAX = 256 }; /* CodeCommit's */

/* What is wrong with the name ("has a blank in it"), NULL for a legal one; static. */
const char *branch_fault(struct sv name);
/* git keeps "a" as a file and "a/b" as one in the folder a: never both. */
bool branch_is_nested(struct sv outer, struct sv inner);

#endif
