/* SSM's parameters, not their secrets: values are read as they come, never decrypted. */
#ifndef PENSTOCK_AWS_SSM_H
#define PENSTOCK_AWS_SSM_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/pipeline.h"

struct parameter {
    struct sv name;
    struct sv value;
    struct sv type; /* String StringList SecureString */
    int64_t version;
    int64_t modified_at; /* ms */
};

/* GetParameter. */
enum err_code decode_parameter(const cJSON *json, struct arena *arena, struct parameter *out,
                               struct err *err) MUST_CHECK;
/* GetParameters, GetParametersByPath. */
enum err_code decode_parameters(const cJSON *json, struct arena *arena, struct parameter **out,
                                size_t *count, struct err *err) MUST_CHECK;

/* PutParameter's body, a String. AWS takes tags only for a new one, so they are left out when it
 * overwrites. */
struct parameter_request {
    struct sv name;
    struct sv value;
    struct sv description;
    bool overwrites;
    const struct tag *tags;
    size_t tag_count;
};
enum err_code parameter_write(const struct parameter_request *request, struct sb *body,
                              struct err *err) MUST_CHECK;

#endif
