#include "core/sandbox/codecommit.h"

#include "core/sandbox/resource.h"

extern const struct resource_type codecommit_types[];
const struct resource_type codecommit_types[] = {{0}};
