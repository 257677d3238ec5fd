#include "core/sandbox/logs.h"

#include "core/sandbox/resource.h"

extern const struct resource_type logs_types[];
const struct resource_type logs_types[] = {{0}};
