/* What templates say about who may do what: policy documents, roles and their trust. */
#ifndef PENSTOCK_DEPLOY_TEMPLATE_IAM_H
#define PENSTOCK_DEPLOY_TEMPLATE_IAM_H

#include "core/deploy/tree.h"

/* A resource of the template; *properties may be NULL when it has none of interest. */
cJSON *template_resource(struct tree *t, cJSON *resources, const char *logical, const char *type,
                         cJSON **properties);

/* {"Version":...,"Statement":[]} put into object; returns the statements. */
cJSON *policy_open(struct tree *t, cJSON *object, const char *name);
/* The role's Policies gets one more of that name (a value); returns the statements. */
cJSON *policy_inline(struct tree *t, cJSON *policies, cJSON *name);

/* Effect, actions and resource (a value; NULL in a trust policy, where there is none). Returns the
 * statement, for a principal and conditions. */
cJSON *policy_statement(struct tree *t, cJSON *statements, const char *effect,
                        const char *const *actions, cJSON *resource);
#define POLICY_ALLOW(t, statements, resource, ...)                                                 \
    policy_statement((t), (statements), "Allow", (const char *const[]){__VA_ARGS__, NULL},         \
                     (resource))
#define POLICY_DENY(t, statements, resource, ...)                                                  \
    policy_statement((t), (statements), "Deny", (const char *const[]){__VA_ARGS__, NULL},          \
                     (resource))
/* "Principal":{kind: who}, kind is AWS or Service. */
void policy_principal(struct tree *t, cJSON *statement, const char *kind, cJSON *who);
/* "Condition":{operation:{key: value}}, beside those that are there. */
void policy_condition(struct tree *t, cJSON *statement, const char *operation, const char *key,
                      cJSON *value);

/* The trust of a role that only a service of AWS takes. */
void policy_trust_service(struct tree *t, cJSON *properties, const char *service);

/* A bucket of the template by its logical id: its ARN and that of all objects, as a list. */
cJSON *policy_bucket(struct tree *t, const char *logical);
/* Nobody may come to it without TLS. */
void policy_refuse_plain(struct tree *t, cJSON *statements, const char *logical);
/* All four blocks of public access. */
void template_block_public(struct tree *t, cJSON *access);

#endif
