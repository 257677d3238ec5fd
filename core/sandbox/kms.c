#include "core/sandbox/kms.h"

#include "core/sandbox/resource.h"

extern const struct resource_type kms_types[];
const struct resource_type kms_types[] = {{0}};
