#include "core/sandbox/events.h"

#include "core/sandbox/resource.h"

extern const struct resource_type events_types[];
const struct resource_type events_types[] = {{0}};
