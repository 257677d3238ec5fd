/* CloudWatch Logs: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_LOGS_H
#define PENSTOCK_SANDBOX_LOGS_H

/* clang-format off */
/*       service  operation  function */
#define LOGS_CALLS(X)
/*       kind     function: what happens later */
#define LOGS_LATER(X)
/* clang-format on */

#endif
