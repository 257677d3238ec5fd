/* What an approval lets through: told in its plan, and judged by four eyes. Inside a turn. */
#ifndef PENSTOCK_OPERATE_APPROVED_H
#define PENSTOCK_OPERATE_APPROVED_H

#include "core/operate/pipe.h"
#include "core/operate/released.h"

/* The stage that it lets it through to, as released_stage has it, of a state that does not tell
 * what its actions are: *def is the cache's when it is of the state's version, else AWS's; without
 * stages where it does not matter or may not be read. */
enum err_code approved_stage(struct turn *t, const struct pipeline_state *state,
                             const struct stage_state *stage, struct pipeline_def *def,
                             const struct stage_state **out, struct err *err) MUST_CHECK;
/* ": 3 commits, brings back 1 commit that was rolled back, the latest 1a2b3c4d mend it by Ana"; ""
 * when it is not known. The authors of all of it go into the turn. */
enum err_code approved_what(struct turn *t, const struct released_ask *ask, struct sv *out,
                            struct err *err) MUST_CHECK;
/* Adds to the turn's state what the stage runs: it is a part of what is agreed to. */
enum err_code approved_seen(struct turn *t, const struct released_ask *ask,
                            struct err *err) MUST_CHECK;

#endif
