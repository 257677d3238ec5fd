/* CodePipeline: the operations that change definitions: the operations that the sandbox knows, a
 * row each. */
#ifndef PENSTOCK_SANDBOX_PIPELINES_H
#define PENSTOCK_SANDBOX_PIPELINES_H

/* clang-format off */
/*       service  operation  function */
#define PIPELINES_CALLS(X)
/*       kind     function: what happens later */
#define PIPELINES_LATER(X)
/* clang-format on */

#endif
