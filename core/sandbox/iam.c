#include "core/sandbox/iam.h"

#include "core/sandbox/resource.h"

extern const struct resource_type iam_types[];
const struct resource_type iam_types[] = {{0}};
