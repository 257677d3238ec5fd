/* the Resource Groups Tagging API: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_TAGGING_H
#define PENSTOCK_SANDBOX_TAGGING_H

/* clang-format off */
/*       service  operation  function */
#define TAGGING_CALLS(X)
/*       kind     function: what happens later */
#define TAGGING_LATER(X)
/* clang-format on */

#endif
