/* Import: what a change set with ImportExistingResources takes over instead of creating it.
 *
 * That is a resource which the template adds under a name of its own, which is there already in
 * this account and belongs to no stack. Its DeletionPolicy must keep it, else AWS makes no change
 * set. One of another stack is not taken from it here; what AWS says to that is not known, and its
 * creation fails as it does without an import. */
#ifndef PENSTOCK_SANDBOX_CFN_IMPORT_H
#define PENSTOCK_SANDBOX_CFN_IMPORT_H

#include "core/sandbox/cfn.h"

/* {LOGICAL: physical id}, or NULL when c has failed. stack: NULL for a new one. why: AWS's sentence
 * when it may not be, else untouched. */
cJSON *cfn_imports(struct cfn *c, const cJSON *stack, const cJSON *want, char why[STACK_WHY_MAX]);

#endif
