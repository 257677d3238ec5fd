/* How far a write reaches: what goes on by itself once it is sent, through the stages behind, up to
 * the next disabled transition or the next stage that asks for an approval. The guard judges all of
 * it. What waits before the stage goes no other way. */
#ifndef PENSTOCK_OPERATE_WAY_H
#define PENSTOCK_OPERATE_WAY_H

#include "core/operate/pipe.h"

enum way_start {
    WAY_ENTERS,   /* the stage begins: its own approval holds it */
    WAY_RUNS,     /* a part of the stage runs again: approvals in it may have been given */
    WAY_APPROVED, /* the stage's approval is given */
};

struct way {
    struct sv first;        /* the first stage whose actions run, and */
    struct sv last;         /* the last stage that it gets into; "" = none */
    struct sv gate;         /* the stage that holds it; "" = it goes to the end */
    bool is_closed;         /* ...by its transition; else by its approval */
    struct sv environments; /* that it deploys to: "dev, prod" */
};

/* From this stage on ("" = the first). Tells the turn its environments, of a stage without one its
 * name, and its way. state NULL: no transition counts as disabled. def NULL: the cache's, when it
 * is of the state's version, else AWS's, and only when there is a stage behind; who may not read
 * it reaches everything. */
enum err_code way_find(struct turn *t, const struct pipeline_state *state,
                       const struct pipeline_def *def, struct sv from, enum way_start start,
                       struct way *out, struct err *err) MUST_CHECK;

#endif
