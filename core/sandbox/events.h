/* EventBridge: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_EVENTS_H
#define PENSTOCK_SANDBOX_EVENTS_H

/* clang-format off */
/*       service  operation  function */
#define EVENTS_CALLS(X)
/*       kind     function: what happens later */
#define EVENTS_LATER(X)
/* clang-format on */

#endif
