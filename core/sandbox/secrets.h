/* Secrets Manager: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_SECRETS_H
#define PENSTOCK_SANDBOX_SECRETS_H

/* clang-format off */
/*       service  operation  function */
#define SECRETS_CALLS(X)
/*       kind     function: what happens later */
#define SECRETS_LATER(X)
/* clang-format on */

#endif
