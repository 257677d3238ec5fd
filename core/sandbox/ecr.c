#include "core/sandbox/ecr.h"

#include "core/sandbox/resource.h"

extern const struct resource_type ecr_types[];
const struct resource_type ecr_types[] = {{0}};
