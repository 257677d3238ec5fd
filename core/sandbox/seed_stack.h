/* The stacks of seeded CloudFormation actions: one for each pipeline, stage and action, told from
 * the runs that deployed it.
 *
 * A stack is the object of cfn_records.h, with "IsSeeded". Once somebody changes one it is a record
 * like any other, and from then on only its events tell of what its pipeline deploys. */
#ifndef PENSTOCK_SANDBOX_SEED_STACK_H
#define PENSTOCK_SANDBOX_SEED_STACK_H

#include "core/sandbox/seed_names.h"

/* NULL in *out when there is none of that name, or its action never ran. The caller's. */
enum err_code seed_stack_json(struct world *w, struct sv account, struct sv region, struct sv name,
                              cJSON **out, struct err *err) MUST_CHECK;
/* Each that is there, by pipeline. */
typedef void seed_stack_fn(void *owner, struct sv name);
void seed_stacks_each(struct world *w, struct sv account, struct sv region, seed_stack_fn *fn,
                      void *owner);

/* The events of its runs as a list of "cfn.event" records, oldest first. NULL = no memory. */
cJSON *seed_stack_events(struct world *w, struct sv account, struct sv region, struct sv name);

#define SEED_CHANGING_STACK "schema-registry-Deploy-Stack"
/* The change set that waits in the demo: its record (cloudformation_change_sets.c), or NULL in *out
 * for a stack that has none. */
enum err_code seed_change_set_json(struct world *w, struct sv account, struct sv region,
                                   struct sv stack_name, cJSON **out, struct err *err) MUST_CHECK;

#endif
