#include "core/sandbox/cloudformation.h"

#include "core/sandbox/resource.h"

extern const struct resource_type cloudformation_types[];
const struct resource_type cloudformation_types[] = {{0}};
