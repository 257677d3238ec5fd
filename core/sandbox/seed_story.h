/* One deployment of a seeded stack, step by step: what its events are made of and what state it
 * leaves. It follows from the run; steps that are still to come are left out. */
#ifndef PENSTOCK_SANDBOX_SEED_STORY_H
#define PENSTOCK_SANDBOX_SEED_STORY_H

#include "core/sandbox/seed_names.h"

/* What each stack is made of. */
struct seed_resource {
    const char *logical;
    const char *type;
    const char *id; /* %s is the stack's name in lower case */
    const char *properties;
};
enum { SEED_RESOURCES = 7, STORY_STEPS_MAX = 64 };
const struct seed_resource *seed_resource(int row);
void seed_resource_id(const char *stack_name, int row, char *out, size_t size);

/* Is it one of the demo's whose last deployment could not be rolled back? */
bool seed_is_stuck(const char *stack_name);

struct step {
    int64_t at_ms;
    const char *logical; /* NULL: the stack itself */
    const char *type;
    const char *status;
    const char *reason;
    int row;       /* -1: the stack */
    bool is_stuck; /* what holds a rollback up */
};

struct story {
    const struct seed_thing *thing;
    const struct run *run;
    const char *name;
    int64_t began_ms;
    int64_t ends_ms;
    int failure;
    bool is_first;
    struct step steps[STORY_STEPS_MAX];
    size_t count;
    char table_reason[300];
};

/* False: that try has not deployed it. */
bool story_tell(const struct world *w, const struct seed_thing *thing, const struct run *run,
                const struct attempt *attempt, const char *name, struct story *out);
/* The last deployment that there was; false: none. */
bool story_newest(const struct world *w, const struct seed_thing *thing, const char *name,
                  struct story *out);

#endif
