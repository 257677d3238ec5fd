/* KMS: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_KMS_H
#define PENSTOCK_SANDBOX_KMS_H

/* clang-format off */
/*       service  operation  function */
#define KMS_CALLS(X)
/*       kind     function: what happens later */
#define KMS_LATER(X)
/* clang-format on */

#endif
