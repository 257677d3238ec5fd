/* What the files engine*.c share. */
#ifndef PENSTOCK_SANDBOX_ENGINE_PARTS_H
#define PENSTOCK_SANDBOX_ENGINE_PARTS_H

#include "core/sandbox/world.h"

/* What work of so many ms takes on this clock. */
int64_t engine_sped(const struct world *w, int64_t ms);
/* run may be NULL: an event of the pipeline. */
enum err_code engine_schedule(struct world *w, const struct pipe *p, const struct run *run,
                              enum event_kind kind, size_t action, int64_t at_ms,
                              struct err *err) MUST_CHECK;
/* Who does what is real looks at it at once. */
enum err_code engine_put_off(struct world *w, const struct pipe *p, struct run *run, size_t action,
                             struct err *err) MUST_CHECK;
/* failure: number of a text, FAILURE_NONE when all is well. */
enum err_code engine_finish(struct world *w, struct pipe *p, struct run *run, size_t action,
                            int failure, struct err *err) MUST_CHECK;
size_t engine_on_their_way(const struct pipe *p);

/* The stage where the run is begins with its first actions. */
enum err_code engine_begin_stage(struct world *w, struct pipe *p, struct run *run,
                                 struct err *err) MUST_CHECK;
/* The stage is over for the run: it goes on after RUN_SUCCEEDED and RUN_SKIPPED, else it ends. */
enum err_code engine_leave(struct world *w, struct pipe *p, struct run *run, enum run_status status,
                           struct err *err) MUST_CHECK;
/* The run is in its stage again, and has it. */
void engine_take_up(struct world *w, struct pipe *p, struct run *run);

#endif
