/* CodeBuild: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_CODEBUILD_H
#define PENSTOCK_SANDBOX_CODEBUILD_H

/* clang-format off */
/*       service  operation  function */
#define CODEBUILD_CALLS(X)
/*       kind     function: what happens later */
#define CODEBUILD_LATER(X)
/* clang-format on */

#endif
