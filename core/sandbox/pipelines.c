#include "core/sandbox/pipelines.h"

#include "core/sandbox/resource.h"

extern const struct resource_type pipelines_types[];
const struct resource_type pipelines_types[] = {{0}};
