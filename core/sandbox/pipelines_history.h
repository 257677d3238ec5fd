/* What ran, for more than one file: pipelines_history.c, pipelines_execution.c. */
#ifndef PENSTOCK_SANDBOX_PIPELINES_HISTORY_H
#define PENSTOCK_SANDBOX_PIPELINES_HISTORY_H

#include "core/sandbox/input.h"

/* The run that the input's filter asks for, or NULL for all. *is_latest: only the last tries. */
const struct run *history_filter(struct input *in, const struct pipe *p, bool *is_latest);

/* trigger, executionMode, executionType and rollbackMetadata, names included. */
void history_put_trigger(struct jw *w, const struct pipe *p, const struct run *run);

#endif
