/* SSM Parameter Store: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_SSM_H
#define PENSTOCK_SANDBOX_SSM_H

/* clang-format off */
/*       service  operation  function */
#define SSM_CALLS(X)
/*       kind     function: what happens later */
#define SSM_LATER(X)
/* clang-format on */

#endif
