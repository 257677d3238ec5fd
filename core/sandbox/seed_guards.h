/* The demo's guards: what approvals say, the conditions of stages, and pipeline variables.
 *
 * Three conditions have a failure to look at: one that can be overridden before its stage, one
 * behind it, and one that lets its stage be skipped. */
#ifndef PENSTOCK_SANDBOX_SEED_GUARDS_H
#define PENSTOCK_SANDBOX_SEED_GUARDS_H

#include "core/sandbox/world.h"

/* The shape with what the demo's pipeline of that name has besides; *shape stays when that is
 * nothing. */
enum err_code seed_guard(struct world *w, const char *pipeline, const struct shape **shape,
                         struct err *err) MUST_CHECK;
/* What it declares; what has variables or conditions is of type V2. */
enum err_code seed_variables(struct world *w, struct pipe *p, struct err *err) MUST_CHECK;
/* What somebody gave to the run of that commit message (which may be NULL), or NULL. */
const char *seed_given(const char *pipeline, const char *message);

#endif
