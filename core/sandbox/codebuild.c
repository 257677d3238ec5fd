#include "core/sandbox/codebuild.h"

#include "core/sandbox/resource.h"

extern const struct resource_type codebuild_types[];
const struct resource_type codebuild_types[] = {{0}};
