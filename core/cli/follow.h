/* Following one execution: what became of it once a newer one is the pipeline's latest. The cache
 * keeps the latest execution only; the stages tell where an older one still is, and AWS is asked
 * what they cannot tell. */
#ifndef PENSTOCK_CLI_FOLLOW_H
#define PENSTOCK_CLI_FOLLOW_H

#include "core/cli/session.h"

/* What the stages say of it: a running status while it is in one or waits before one, its end when
 * that is certain, UNKNOWN when newer executions have taken its places. Pure. */
enum status follow_status(const struct pipeline_state *state, struct sv execution);

/* Ask AWS for its status and wait for the answer. UNKNOWN when AWS no longer lists it. */
enum err_code follow_ask(struct session *s, const struct pipeline_id *id, struct sv execution,
                         enum status *out, struct err *err) MUST_CHECK;

#endif
