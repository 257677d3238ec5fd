/* IAM's roles, and the policies attached to them. */
#ifndef PENSTOCK_AWS_IAM_H
#define PENSTOCK_AWS_IAM_H

#include "core/base/xml.h"
#include "core/model/pipeline.h"

struct iam_role {
    struct sv name;
    struct sv arn;
    struct sv trust;    /* its trust policy: JSON text, percent-decoded */
    struct sv boundary; /* ARN of its permissions boundary; may be empty */
    struct tag *tags;
    size_t tag_count;
};
enum err_code decode_role(const struct xml *xml, struct arena *arena, struct iam_role *out,
                          struct err *err) MUST_CHECK;
/* ListAttachedRolePolicies: name and ARN. */
enum err_code decode_attached_policies(const struct xml *xml, struct arena *arena, struct tag **out,
                                       size_t *count, struct err *err) MUST_CHECK;

/* SimulatePrincipalPolicy: a row for each action and resource. */
struct iam_simulated {
    struct sv action;
    struct sv resource;
    bool is_allowed;
    bool misses_context; /* a condition turns on a key that the simulator was not told */
};
struct iam_simulation {
    struct iam_simulated *items;
    size_t count;
    bool is_cut; /* there are more */
};
enum err_code decode_simulation(const struct xml *xml, struct arena *arena,
                                struct iam_simulation *out, struct err *err) MUST_CHECK;

#endif
