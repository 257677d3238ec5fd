/* The guard's places: which environments a stage leads to, for the guard. penstock's own stages say
 * so in their names. One that others made counts by its own name, as a stage, and leads to the
 * known environments that its name has as a word, and to those in whose account its actions work,
 * by their role or as the pipeline is there, unless one of its name is in that account. Known are
 * those that were read from AWS, by this deploy or into the cache; an account that keeps the
 * pipelines of others is no place where a build or a function releases to. */
#ifndef PENSTOCK_OPERATE_GUARD_PLACE_H
#define PENSTOCK_OPERATE_GUARD_PLACE_H

#include "core/operate/turn.h"

/* Before a name in turn.environment that is a stage's only; in no name of AWS's is a colon. */
#define GUARD_STAGE "stage:"

/* Of all names that one turn is guarded by: more than a pipeline and its places can have. */
enum { GUARD_PLACES_MAX = 4 << 20 };

/* Adds ",NAME" unless it is there; nothing for "". */
enum err_code guard_place_add(struct sb *out, struct sv name, struct err *err) MUST_CHECK;
/* Adds each of them so, and tells the turn whether one is known. Without actions those of
 * the cache's definition count. */
enum err_code guard_place_stage(struct turn *t, const struct stage_def *stage, struct sb *out,
                                struct err *err) MUST_CHECK;
/* The same of what is in an account and is called this, such as a stack: "" = nothing is said. */
enum err_code guard_place_account(struct turn *t, struct sv name, struct sv account,
                                  struct sv region, struct sb *out, struct err *err) MUST_CHECK;
/* The cache's definition of the turn's pipeline, of any version. */
bool guard_place_def(struct turn *t, struct pipeline_def *out);

#endif
