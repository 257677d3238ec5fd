#include "core/sandbox/ssm.h"

#include "core/sandbox/resource.h"

extern const struct resource_type ssm_types[];
const struct resource_type ssm_types[] = {{0}};
