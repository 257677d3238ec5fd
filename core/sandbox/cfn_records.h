/* Stacks as records, with their events and exports.
 *
 * "cfn.stack" by name; one that is gone becomes "cfn.gone" by id, because AWS still tells of it by
 * id. A stack is an object:
 *   Name Id Status Reason Created Updated Deleted       times in ms
 *   Text Parameters Tags Capabilities Notifications RoleARN Description Compiled
 *                                                       what it is made of (cfn_template.h)
 *   Imports     {LOGICAL: physical id}                  what of it was there already (cfn_import.h)
 *   Resources   {LOGICAL: {Type Id Status Reason At Properties Attributes Tags Needs Live ...}}
 *               Live is what drift is told from (cfn_live.h); IsStuck: it holds a rollback up
 *   Outputs     [{OutputKey OutputValue Description ExportName}]
 *   IsSeeded    told from a pipeline's runs (seed_stack.h)
 *   OnFailure DisableRollback RetainExceptOnCreate Protected ChangeSetId Token
 * and while it is changed what cfn_stack.c and cfn_work.c keep there. */
#ifndef PENSTOCK_SANDBOX_CFN_RECORDS_H
#define PENSTOCK_SANDBOX_CFN_RECORDS_H

#include "core/sandbox/cfn.h"

/* By name or ARN; NULL when there is none. The caller's. */
cJSON *stack_find(struct cfn *c, struct sv name);
/* The same, refused as AWS does when it is absent. */
cJSON *stack_need(struct cfn *c, struct sv name);
cJSON *stack_new(struct cfn *c, struct sv name);
void stack_save(struct cfn *c, const cJSON *stack);
bool stack_is(const cJSON *stack, const char *statuses); /* divided by blanks */

/* Of the stack itself: its new status, and an event that says so. An empty reason is none. */
void stack_set_status(struct cfn *c, cJSON *stack, const char *status, struct sv reason);
/* Of a resource: the entry's status and an event. */
void stack_set_resource(struct cfn *c, const cJSON *stack, const char *logical, cJSON *entry,
                        const char *status, struct sv reason);
void stack_save_event(struct cfn *c, const cJSON *stack, struct sv logical, struct sv physical,
                      struct sv type, const char *status, struct sv reason);

/* Change sets are "cfn.change_set", named STACK'S UUID/NAME. */
enum { CHANGE_SET_KEY_MAX = 200 };
void change_set_key(const cJSON *stack, struct sv name, char out[CHANGE_SET_KEY_MAX]);
cJSON *change_set_load(struct cfn *c, struct sv key); /* NULL when absent */
/* The one that waits in the demo, while nobody has touched its stack; NULL for another stack. */
cJSON *change_set_seeded(struct cfn *c, struct sv stack_name);
void change_set_save(struct cfn *c, struct sv key, const cJSON *set);
void stack_drop_change_sets(struct cfn *c, const cJSON *stack);

/* A UUID that was never given before. */
const char *cfn_uuid(struct cfn *c, char out[UID_SIZE]);

/* The names of the stacks that import this, as a list. */
cJSON *stack_importers(struct cfn *c, struct sv export_name);
/* Its outputs and exports as its template says them of what was made. False, with the reason, when
 * one cannot be: it keeps those that it had. */
bool stack_set_outputs(struct cfn *c, cJSON *stack, char why[STACK_WHY_MAX]);
/* Exports as these outputs have them instead of the stack's present ones. */
void stack_set_exports(struct cfn *c, const cJSON *stack, const cJSON *outputs);
/* Refused when others import one of the stack's exports that outputs (may be NULL) has not. */
void stack_check_exports(struct cfn *c, const cJSON *stack, const cJSON *outputs);

#endif
