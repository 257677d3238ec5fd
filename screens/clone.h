/* How a pipeline's repository is cloned: penstock does it with a password that is good for minutes.
 */
#ifndef PENSTOCK_SCREENS_CLONE_H
#define PENSTOCK_SCREENS_CLONE_H

#include "core/views/pipeline_tree.h"

/* Its name for `penstock clone`; empty unless penstock made it from a CodeCommit repository. */
struct sv clone_name(const struct pipeline_part *part);
/* "penstock clone NAME", or what gives the exports for a shell. */
enum err_code clone_command(const struct pipeline_part *part, bool is_exports, struct sb *out,
                            struct err *err) MUST_CHECK;

#endif
