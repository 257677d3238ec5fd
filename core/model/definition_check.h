/* The parts of definition_check that are chapters of their own. */
#ifndef PENSTOCK_MODEL_DEFINITION_CHECK_H
#define PENSTOCK_MODEL_DEFINITION_CHECK_H

#include "core/model/definition.h"

void definition_check_branches(const struct definition *d, struct defects *defects);
/* cicd may be NULL: names with its account or region are not judged then. */
void definition_check_limits(const struct definition *d, const struct environment *cicd,
                             struct defects *defects);

#endif
