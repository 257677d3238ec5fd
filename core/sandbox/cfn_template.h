/* Templates: from text to what a stack is made of.
 *
 * Read and checked as CreateStack, CreateChangeSet and ValidateTemplate check, with their
 * sentences; then compiled with the values of its parameters: conditions decided, mappings looked
 * up, only what refers to resources still open (cfn_intrinsics.h). */
#ifndef PENSTOCK_SANDBOX_CFN_TEMPLATE_H
#define PENSTOCK_SANDBOX_CFN_TEMPLATE_H

#include "core/sandbox/cfn.h"

enum {
    TEMPLATE_BODY_MAX = 51200,
    TEMPLATE_URL_MAX = 1 << 20,
    TEMPLATE_RESOURCES_MAX = 500,
    TEMPLATE_PARAMETERS_MAX = 200,
    TEMPLATE_OUTPUTS_MAX = 200
};

/* The caller's; NULL: c has failed. */
cJSON *cfn_read(struct cfn *c, struct sv text);

/* [{ParameterKey, ParameterValue, ResolvedValue (of SSM's), IsList, IsHidden}] for every parameter
 * of the template. given: the request's; previous: the stack's of this form, or NULL. */
cJSON *cfn_parameters(struct cfn *c, const cJSON *template, const cJSON *given,
                      const cJSON *previous);

struct cfn_target {
    struct sv stack_name;
    struct sv stack_id;
    const cJSON *notifications; /* may be NULL */
};
/* {"Resources": {LOGICAL: {Type, Properties, Needs: [logical ids], DeletionPolicy,
 * UpdateReplacePolicy, Metadata, Description}}, "Outputs": {KEY: {Value, Description, Export}},
 * "Imports": [names]} */
cJSON *cfn_compile(struct cfn *c, const cJSON *template, const cJSON *parameters,
                   const struct cfn_target *target);

/* "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM" or "". types: a list to fill with what asks for it, or
 * NULL. */
const char *cfn_capability(struct cfn *c, const cJSON *template, cJSON *types);
/* InsufficientCapabilitiesException. */
void cfn_check_capabilities(struct cfn *c, const cJSON *template, const cJSON *given);

#endif
