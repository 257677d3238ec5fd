/* Values: what a run of a made pipeline was started with, and variables in its configuration.
 *
 * "#{NAMESPACE.NAME}" stands for what an earlier action put out, "#{variables.NAME}" for what the
 * run was given, "#{codepipeline.PipelineExecutionId}" for its id. */
#ifndef PENSTOCK_SANDBOX_PIPELINES_VALUES_H
#define PENSTOCK_SANDBOX_PIPELINES_VALUES_H

#include "core/sandbox/input.h"

/* The variables and sourceRevisions of StartPipelineExecution as a text that lives in the world;
 * NULL for none. What is wrong with them fails the input. */
enum err_code given_read(struct input *in, const struct pipe *p, const char **out,
                         struct err *err) MUST_CHECK;
/* The revision that was asked for an action into out, which is empty for none. */
enum err_code given_revision(const struct pipe *p, const struct run *run, const char *action,
                             struct sb *out, struct err *err) MUST_CHECK;

/* The action's configuration with its variables resolved; the caller's. *missing, of 128 bytes,
 * names the first that cannot be, else is empty. */
enum err_code values_resolve(const struct pipe *p, const struct run *run,
                             const struct action_shape *action, cJSON **out, char *missing,
                             struct err *err) MUST_CHECK;
void values_render(struct jw *w, const struct pipe *p, const struct run *run,
                   const struct action_shape *action);

#endif
