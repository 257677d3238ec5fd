/* The stack engine: what is asked of a stack is done over time, resource by resource.
 *
 * A stack goes through phases (making, rolling back, cleaning up...). A phase is a set of items,
 * one per resource, each of which waits for others; what waits for nothing is begun, side by side,
 * and goes on when its time has come (later_add). All of it is in the stack's record (Work), so a
 * sandbox that was stopped goes on where it was. */
#ifndef PENSTOCK_SANDBOX_CFN_STACK_H
#define PENSTOCK_SANDBOX_CFN_STACK_H

#include "core/sandbox/cfn_records.h"

/* What a stack is made of, as members of the stack or of a change set. */
#define STACK_WANTS                                                                                \
    "Text Parameters Tags Capabilities Notifications RoleARN Description Compiled Imports"

/* Copies them; what want has not, the stack has no more. want may be NULL when c has failed. */
void stack_take_wants(struct cfn *c, cJSON *stack, const cJSON *want);

/* The stack has what it wants already. */
void stack_create(struct cfn *c, cJSON *stack);
/* want: an object with the members of STACK_WANTS. */
void stack_update(struct cfn *c, cJSON *stack, const cJSON *want);
/* retain: logical ids, or NULL. */
void stack_delete(struct cfn *c, cJSON *stack, const cJSON *retain);
/* Back to what was before, from a creation or an update that failed or is cancelled. */
void stack_roll_back(struct cfn *c, cJSON *stack, struct sv reason);
void stack_continue(struct cfn *c, cJSON *stack, const cJSON *skip);

#endif
