/* Intrinsic functions: a template's values as they are meant.
 *
 * Done twice. When the template is compiled, all is known but the resources: what refers to them
 * stays an intrinsic, in a normal form, so that two compiled templates can be compared. When a
 * resource is made, `made` has those before it, and nothing stays. */
#ifndef PENSTOCK_SANDBOX_CFN_INTRINSICS_H
#define PENSTOCK_SANDBOX_CFN_INTRINSICS_H

#include "core/sandbox/cfn.h"

struct cfn_scope {
    struct cfn *c;
    const cJSON *template; /* while it is compiled; else NULL */
    const cJSON *values;   /* of the parameters, by name: texts, and lists of them */
    struct sv stack_name;
    struct sv stack_id;
    const cJSON *notifications; /* may be NULL */
    const cJSON *made;          /* the stack's resources by logical id; NULL: see above */
    cJSON *imports;             /* a list to fill with the exports' names, or NULL */
    int depth;
};

/* The caller's. AWS::NoValue is a JSON null; inside of lists and objects it is left out. NULL: c
 * has failed. */
cJSON *cfn_eval(struct cfn_scope *x, const cJSON *value);
bool cfn_condition(struct cfn_scope *x, struct sv name);
bool cfn_is_true(struct cfn_scope *x, const cJSON *expression);

/* A parameter of SSM's: NULL when it is absent. The caller's. */
cJSON *cfn_ssm(struct cfn *c, struct sv name);

/* What a value refers to, uncompiled or compiled. */
enum cfn_ref { CFN_REF, CFN_GET_ATT, CFN_CONDITION };
typedef void cfn_ref_fn(void *owner, enum cfn_ref kind, struct sv name, struct sv attribute);
void cfn_refs(const cJSON *value, cfn_ref_fn *fn, void *owner);

#endif
