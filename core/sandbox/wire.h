/* Wires: which protocol each service speaks, and under which names. Source: facts/aws-api.md 1. */
#ifndef PENSTOCK_SANDBOX_WIRE_H
#define PENSTOCK_SANDBOX_WIRE_H

#include "core/sandbox/exchange.h"

struct wire {
    const char *service; /* signing name */
    enum dialect dialect;
    const char *name; /* the target's prefix, or the namespace of the XML */
    const char *type; /* of the content */
};

/* NULL for a service that is not there. */
const struct wire *wire_of(struct sv service);
const struct wire *wire_at(size_t number); /* NULL behind the last */

#endif
