/* Values: what a run was started with, and variables in its configuration.
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
enum err_code given_revision(const struct run *run, const char *action, struct sb *out,
                             struct err *err) MUST_CHECK;
/* The variables that the pipeline declared for the run, each with its value: [{"name",
 * "resolvedValue"}]. One that was neither given nor has a default is left out. */
void values_put_variables(struct jw *w, const struct pipe *p, const struct run *run);

/* An object of texts with their variables resolved; the caller's. *missing names the first that
 * cannot be, else is empty. */
enum { VALUES_MISSING = 128 };
enum err_code values_resolve(const struct pipe *p, const struct run *run, const cJSON *texts,
                             cJSON **out, char missing[VALUES_MISSING], struct err *err) MUST_CHECK;
void values_render(struct jw *w, const struct pipe *p, const struct run *run, const cJSON *texts);

#endif
