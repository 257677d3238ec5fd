/* Handlers: resource types are made with the services' own operations, as AWS's handlers are.
 *
 * So a stack's role is held to the very rules of CreateRole, and what the service refuses becomes
 * the sentence that a stack's event shows. */
#ifndef PENSTOCK_SANDBOX_HANDLER_H
#define PENSTOCK_SANDBOX_HANDLER_H

#include "core/sandbox/resource.h"

struct handler {
    struct resource_ask *ask;
    const char *service; /* signing name */
    const char *title;   /* as sentences show it: "Iam" */
};

/* Do the operation with this input, which is taken (NULL = no memory). *out, when wanted, is the
 * caller's, and NULL when the service refused: then ask->why says so. */
enum err_code handler_call(const struct handler *h, call_fn *fn, cJSON *in, cJSON **out) MUST_CHECK;
/* The same, and what is gone already is no failure. */
enum err_code handler_remove(const struct handler *h, call_fn *fn, cJSON *in) MUST_CHECK;
bool handler_refused(const struct handler *h);

/* An input of one text, or two; NULL = no memory. */
cJSON *handler_in(const char *name, struct sv value);
cJSON *handler_in2(const char *name, struct sv value, const char *other, struct sv other_value);
/* The input with one more member, which is taken; NULL, and both are gone, when memory is short. */
cJSON *handler_with(cJSON *in, const char *name, cJSON *item);

#endif
