/* Resource types: what CloudFormation can make here, a row each, beside the service that keeps it.
 *
 * A type makes the very records that the service's own operations read, so a role of a stack is a
 * role. To add one: a row in the service's table (iam_types, ...). */
#ifndef PENSTOCK_SANDBOX_RESOURCE_H
#define PENSTOCK_SANDBOX_RESOURCE_H

#include "core/sandbox/service.h"

enum { RESOURCE_ID_MAX = 1024, RESOURCE_WHY_MAX = 1024 };

/* One resource to be made, changed or removed; properties are resolved, without intrinsics. */
struct resource_ask {
    struct service *service;
    struct sv account;
    struct sv region;
    struct sv stack_name;
    struct sv stack_id;
    struct sv logical_id;
    const cJSON *properties;     /* as wanted; of a removal as it was made; an object, never NULL */
    const cJSON *old;            /* of a change: as it was made */
    const cJSON *tags;           /* the stack's [{Key,Value}], aws:cloudformation:* among them */
    const cJSON *old_attributes; /* of a change or removal: what the last answer gave */

    char id[RESOURCE_ID_MAX];   /* what Ref gives; a change and a removal find it filled */
    cJSON *attributes;          /* an object to fill: what Fn::GetAtt gives */
    char why[RESOURCE_WHY_MAX]; /* filled: AWS cannot do it, and says this */
    struct err *err;
};

/* The code is the sandbox's own failure; AWS's is ask->why. */
typedef enum err_code resource_fn(struct resource_ask *ask);

struct resource_type {
    const char *type;          /* "AWS::IAM::Role"; NULL ends a table */
    const char *name_property; /* "RoleName"; NULL = it has none */
    const char *replaced_by;   /* properties, divided by blanks, whose change makes another one */
    const char *required;      /* properties, divided by blanks */
    const char *attributes;    /* what GetAtt may ask for, divided by blanks */
    bool needs_capability;     /* CAPABILITY_IAM; CAPABILITY_NAMED_IAM with a name */
    int seconds;               /* it takes about */
    resource_fn *create;
    resource_fn *update; /* NULL: a change makes another one */
    resource_fn *remove; /* one that is gone already is no failure */
    resource_fn *exists; /* resource_find, for what can be imported by its name; NULL: cannot be */
};

const struct resource_type *resource_type_find(struct sv type); /* NULL */
/* Refuses a property that the type does not have, and one that is required and not given. */
void resource_check(const struct resource_type *type, struct resource_ask *ask,
                    const char *logical);

/* AWS cannot do it. Returns ERR_OK, for `return resource_refuse(ask, ...)`. */
enum err_code resource_refuse(struct resource_ask *ask, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The name that the properties give, else one of CloudFormation's making, STACK-LOGICAL-RANDOM cut
 * to max, into ask->id; in lower case when is_lower. */
enum err_code resource_name(struct resource_ask *ask, const char *property, size_t max,
                            bool is_lower) MUST_CHECK;
/* The name that the property gives into ask->id when this account has a record of that kind and
 * name, else "". */
enum err_code resource_find(struct resource_ask *ask, const char *property,
                            const struct record_key *of) MUST_CHECK;
enum err_code resource_set(struct resource_ask *ask, const char *attribute, const char *fmt, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;
/* The stack's tags and those of the property (a list of Key and Value, or an object), as one list
 * [{Key,Value}]; later ones win. The caller's; NULL = no memory. */
cJSON *resource_tags(const struct resource_ask *ask, const char *property);

#endif
