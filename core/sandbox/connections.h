/* CodeConnections: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_CONNECTIONS_H
#define PENSTOCK_SANDBOX_CONNECTIONS_H

/* clang-format off */
/*       service  operation  function */
#define CONNECTIONS_CALLS(X)
/*       kind     function: what happens later */
#define CONNECTIONS_LATER(X)
/* clang-format on */

#endif
