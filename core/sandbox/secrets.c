#include "core/sandbox/secrets.h"

#include "core/sandbox/resource.h"

extern const struct resource_type secrets_types[];
const struct resource_type secrets_types[] = {{0}};
