/* What belongs to seeded pipelines and is told, not kept: by name, both ways.
 *
 * A seeded pipeline's builds, stacks and commits are made from its runs whenever somebody asks, so
 * a fleet costs nothing for what nobody looks at. Their names follow from the pipeline's; a name
 * with signs that a service does not allow has dashes in their place. */
#ifndef PENSTOCK_SANDBOX_SEED_NAMES_H
#define PENSTOCK_SANDBOX_SEED_NAMES_H

#include "core/sandbox/world.h"

enum { SEED_NAME_SIZE = 160 };

/* As the seed defined it, whatever was made of it since; NULL when no seed did. */
const struct shape *seed_shape(const struct pipe *p);

/* PIPELINE-ACTION; at most 150. */
void seed_project_name(const struct pipe *p, const struct action_shape *action,
                       char out[SEED_NAME_SIZE]);
/* Has the action a stack? One of CloudFormation's, and a build that is called deploy. */
bool seed_deploys(const struct action_shape *action);
/* What a build deploys to: "prod" of "deploy-prod"; "" for another action. */
const char *seed_environment(const struct action_shape *action);
/* REPOSITORY-STAGE-ACTION, or REPOSITORY-ENVIRONMENT of a build's; at most 128, letters, digits and
 * dashes. */
void seed_stack_name(const struct pipe *p, const struct stage_shape *stage,
                     const struct action_shape *action, char out[SEED_NAME_SIZE]);
/* The stack's id, the same for all runs. */
void seed_stack_arn(const struct pipe *p, const struct stage_shape *stage,
                    const struct action_shape *action, char *out, size_t size);
struct uid seed_stack_uid(const struct pipe *p, const char *stack_name);
/* attempt_uid of any try of the action. */
struct uid seed_try_uid(const struct run *run, size_t action, const struct attempt *attempt);
/* The stage that an action of the pipeline, of whichever version, stands in. */
const struct stage_shape *seed_stage_of(const struct pipe *p, const struct action_shape *action);

/* One project or stack; there may be more actions of that name. */
struct seed_thing {
    const struct pipe *pipe;
    const struct stage_shape *stage;
    const struct action_shape *action;
    size_t number; /* of the action */
};
typedef void seed_name_fn(const struct seed_thing *thing, char out[SEED_NAME_SIZE]);
void seed_project_of(const struct seed_thing *thing, char out[SEED_NAME_SIZE]);
void seed_stack_of(const struct seed_thing *thing, char out[SEED_NAME_SIZE]);

/* The first action of that provider whose thing has that name. PROVIDER_CLOUDFORMATION stands for
 * all that deploy. */
bool seed_find(struct world *w, struct sv account, struct sv region, enum provider provider,
               seed_name_fn *name_of, struct sv name, struct seed_thing *out);
/* Each action of that provider in that account and region, by pipeline; until fn says false. */
typedef bool seed_each_fn(void *owner, const struct seed_thing *thing);
void seed_each(struct world *w, struct sv account, struct sv region, enum provider provider,
               seed_each_fn *fn, void *owner);

/* The smallest names after `after`, in their order: a page of what is not kept anywhere. Names of
 * records are offered too, so that both are one list. */
enum { PICK_MAX = 200 };
struct pick {
    struct sv prefix;
    struct sv pattern; /* anywhere in the name */
    struct sv after;
    size_t limit; /* at most PICK_MAX */
    size_t count;
    bool has_more;
    char names[PICK_MAX][640];
};
void pick_offer(struct pick *pick, struct sv name);

#endif
