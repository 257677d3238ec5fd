/* Conditions: what guards a stage of a pipeline of type V2, and how that came out in each run.
 *
 * A stage has at most one condition for entry, one for success and one for failure, each with up to
 * five rules (rules.h) and a result that is engaged when one of them fails. Failure's may have no
 * rules: then its result is engaged at once. The rules are asked when the run comes to the stage,
 * or to its end; a few seconds later they have answered. What AWS does not document is said where
 * it is decided. */
#ifndef PENSTOCK_SANDBOX_CONDITIONS_H
#define PENSTOCK_SANDBOX_CONDITIONS_H

#include "core/sandbox/world.h"

/* "beforeEntry", "onSuccess", "onFailure" */
const char *condition_member(enum condition_kind kind);
bool condition_read_result(struct sv text, enum condition_result *out);

/* The conditions of a stage's declaration; *rules counts up over the stages. *out is NULL when
 * there are none. */
enum err_code conditions_read(struct world *w, const cJSON *stage, size_t *rules,
                              const struct condition_shape **out, struct err *err) MUST_CHECK;

/* NULL when the stage declares none of that kind. */
const struct condition_shape *condition_of(const struct shape *shape, size_t stage,
                                           enum condition_kind kind);
/* How it stands in the run; NULL when there is nothing to stand. */
struct verdict *run_verdict(const struct run *run, size_t stage, enum condition_kind kind);
/* By its number over all stages; condition, stage and kind are filled when wanted. */
const struct rule_shape *shape_rule(const struct shape *shape, size_t rule, size_t *stage);
struct uid ruling_uid(const struct run *run, size_t rule);
/* Went it through the stage with all that there is to do, so that others may be rolled back to it?
 */
bool stage_was_good(const struct pipe *p, const struct run *run, size_t stage);

/* How the run's conditions stand, as one text for the store; "" when it has none. */
enum err_code judged_write(const struct pipe *p, const struct run *run, struct sb *out,
                           struct err *err) MUST_CHECK;
enum err_code judged_load(struct world *w, const struct pipe *p, struct run *run, struct sv text,
                          struct err *err) MUST_CHECK;

/* ---- as the engine goes on (engine_conditions.c) ---- */

/* The rules are asked; the event of that slot tells when they have answered. */
enum err_code condition_begin(struct world *w, struct pipe *p, struct run *run,
                              enum condition_kind kind, struct err *err) MUST_CHECK;
enum err_code condition_answer(struct world *w, struct pipe *p, struct run *run, size_t slot,
                               int64_t at_ms, struct err *err) MUST_CHECK;
/* The actions of its stage have failed. */
enum err_code condition_stage_failed(struct world *w, struct pipe *p, struct run *run,
                                     struct err *err) MUST_CHECK;
/* Those that are being asked end so. */
void condition_give_up(struct world *w, struct run *run, const struct shape *shape,
                       enum run_status status);
/* After loading. */
enum err_code condition_resume(struct world *w, const struct pipe *p, const struct run *run,
                               struct err *err) MUST_CHECK;
/* When the first that is being asked will have answered; INT64_MAX: none is. */
int64_t condition_due(const struct run *run, const struct shape *shape);

/* May a person let the run go on in spite of it? It failed with the result FAIL, and the run ended
 * there. */
bool condition_is_overridable(const struct pipe *p, const struct run *run, size_t stage,
                              enum condition_kind kind);
enum err_code condition_override(struct world *w, struct pipe *p, struct run *run,
                                 enum condition_kind kind, const char *by,
                                 struct err *err) MUST_CHECK;

#endif
