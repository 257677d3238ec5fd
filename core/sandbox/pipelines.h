/* CodePipeline: the operations that change definitions: the operations that the sandbox knows, a
 * row each. */
#ifndef PENSTOCK_SANDBOX_PIPELINES_H
#define PENSTOCK_SANDBOX_PIPELINES_H

#include "core/base/json.h"

struct service;

/* clang-format off */
/*       service  operation  function */
#define PIPELINES_CALLS(X)
/*       kind     function: what happens later */
#define PIPELINES_LATER(X)
/* clang-format on */

/* Start an execution, as a rule of EventBridge does; one that is not there is no failure. */
enum err_code pipelines_trigger(struct service *s, struct sv account, struct sv region,
                                struct sv name, struct sv rule_arn, struct err *err) MUST_CHECK;

#endif
