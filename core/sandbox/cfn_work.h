/* One item of a stack's work: a resource is made, changed, put back or removed, in steps. */
#ifndef PENSTOCK_SANDBOX_CFN_WORK_H
#define PENSTOCK_SANDBOX_CFN_WORK_H

#include "core/sandbox/cfn_records.h"

/* An item: {Do: make|restore|remove, State: waiting|working|done|failed, Waits: [keys], Logical},
 * and as it goes Properties (resolved), IsReplacement, and Entry (of what is in Resources no more).
 */
struct work {
    struct cfn *c;
    cJSON *stack;
    cJSON *items;
    int64_t number;    /* of this work; tasks of another one are stale */
    bool is_update;    /* what is made is new to a stack that was complete */
    bool undoes;       /* what is removed was made by what has failed */
    const cJSON *tags; /* the stack's, as its resources get them */
};

cJSON *work_add(struct work *w, const char *key, const char *logical, const char *deed);
bool work_item_is(const cJSON *item, const char *state);
void work_begin(struct work *w, cJSON *item);
/* A step whose time has come. */
void work_step(struct work *w, cJSON *item, struct sv step);
/* What is on its way is given up. */
void work_cancel(struct work *w, cJSON *item);

#endif
