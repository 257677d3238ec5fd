/* CodePipeline's replies as the model's structs. Strings and arrays live in the arena. */
#ifndef PENSTOCK_AWS_CODEPIPELINE_H
#define PENSTOCK_AWS_CODEPIPELINE_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/pipeline.h"

/* Each takes a reply's JSON. A reply without the member that matters is ERR_REPLY; single strange
 * members are read as empty. */
enum err_code decode_pipelines(const cJSON *json, struct arena *arena,
                               struct pipeline_summary **out, size_t *count,
                               struct err *err) MUST_CHECK;
enum err_code decode_pipeline(const cJSON *json, struct arena *arena, struct pipeline_def *out,
                              struct err *err) MUST_CHECK;
enum err_code decode_pipeline_state(const cJSON *json, struct arena *arena,
                                    struct pipeline_state *out, struct err *err) MUST_CHECK;
enum err_code decode_executions(const cJSON *json, struct arena *arena, struct execution **out,
                                size_t *count, struct err *err) MUST_CHECK;
enum err_code decode_action_runs(const cJSON *json, struct arena *arena, struct action_run **out,
                                 size_t *count, struct err *err) MUST_CHECK;
enum err_code decode_tags(const cJSON *json, struct arena *arena, struct tag **out, size_t *count,
                          struct err *err) MUST_CHECK;

/* A source's summary and link as a person wants them: those of a connection come wrapped in JSON,
 * and as a page of AWS that leads on. */
enum err_code unwrap_revision(struct sv *summary, struct sv *url, struct arena *arena,
                              struct err *err) MUST_CHECK;

#endif
