/* ECR: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_ECR_H
#define PENSTOCK_SANDBOX_ECR_H

/* clang-format off */
/*       service  operation  function */
#define ECR_CALLS(X)
/*       kind     function: what happens later */
#define ECR_LATER(X)
/* clang-format on */

#endif
