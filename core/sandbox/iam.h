/* IAM: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_IAM_H
#define PENSTOCK_SANDBOX_IAM_H

/* clang-format off */
/*       service  operation  function */
#define IAM_CALLS(X)
/*       kind     function: what happens later */
#define IAM_LATER(X)
/* clang-format on */

#endif
