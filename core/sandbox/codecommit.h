/* CodeCommit: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_CODECOMMIT_H
#define PENSTOCK_SANDBOX_CODECOMMIT_H

/* clang-format off */
/*       service  operation  function */
#define CODECOMMIT_CALLS(X)
/*       kind     function: what happens later */
#define CODECOMMIT_LATER(X)
/* clang-format on */

#endif
