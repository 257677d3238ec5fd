/* Shapes from short texts, so that a seed reads as a list.
 *
 *   STAGE:ACTION=P[ORDER],ACTION=P;STAGE:...
 *
 * P is the provider: C CodeCommit, G a connection (GitHub and the like), 3 S3, B CodeBuild, F
 * CloudFormation, L Lambda, M an approval, X another. ORDER is the runOrder, 1 when it is left out.
 */
#ifndef PENSTOCK_SANDBOX_SHAPE_H
#define PENSTOCK_SANDBOX_SHAPE_H

#include "core/sandbox/world.h"

enum { STAGES_MAX = 50, ACTIONS_MAX = 50 };

enum err_code shape_parse(struct world *w, struct sv text, const struct shape **out,
                          struct err *err) MUST_CHECK;

/* data.all's trunk and gitflow shapes for environments separated by blanks. */
enum err_code shape_trunk(struct world *w, struct sv environments, const struct shape **out,
                          struct err *err) MUST_CHECK;
enum err_code shape_gitflow(struct world *w, struct sv environment, const struct shape **out,
                            struct err *err) MUST_CHECK;

#endif
