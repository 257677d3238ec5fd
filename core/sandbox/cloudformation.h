/* CloudFormation: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_CLOUDFORMATION_H
#define PENSTOCK_SANDBOX_CLOUDFORMATION_H

/* clang-format off */
/*       service  operation  function */
#define CLOUDFORMATION_CALLS(X)
/*       kind     function: what happens later */
#define CLOUDFORMATION_LATER(X)
/* clang-format on */

#endif
