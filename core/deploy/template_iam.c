#include "core/deploy/template_iam.h"

cJSON *template_resource(struct tree *t, cJSON *resources, const char *logical, const char *type,
                         cJSON **properties)
{
    cJSON *self = tree_object(t, resources, logical);

    tree_put_text(t, self, "Type", type);
    *properties = tree_object(t, self, "Properties");
    return self;
}

cJSON *policy_open(struct tree *t, cJSON *object, const char *name)
{
    cJSON *document = tree_object(t, object, name);

    tree_put_text(t, document, "Version", "2012-10-17");
    return tree_list(t, document, "Statement");
}

cJSON *policy_inline(struct tree *t, cJSON *policies, cJSON *name)
{
    cJSON *policy = tree_add_object(t, policies);

    tree_put(t, policy, "PolicyName", name);
    return policy_open(t, policy, "PolicyDocument");
}

cJSON *policy_statement(struct tree *t, cJSON *statements, const char *effect,
                        const char *const *actions, cJSON *resource)
{
    cJSON *statement = tree_add_object(t, statements);
    bool is_one = actions[1] == NULL;

    tree_put_text(t, statement, "Effect", effect);
    tree_put(t, statement, "Action", is_one ? tree_text(t, actions[0]) : tree_texts(t, actions));
    if (resource != NULL)
        tree_put(t, statement, "Resource", resource);
    return statement;
}

void policy_principal(struct tree *t, cJSON *statement, const char *kind, cJSON *who)
{
    tree_put(t, tree_object(t, statement, "Principal"), kind, who);
}

/* The member, made if need be. */
static cJSON *member(struct tree *t, cJSON *object, const char *name)
{
    cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);

    return found != NULL ? found : tree_object(t, object, name);
}

void policy_condition(struct tree *t, cJSON *statement, const char *operation, const char *key,
                      cJSON *value)
{
    cJSON *condition = member(t, statement, "Condition");

    tree_put(t, member(t, condition, operation), key, value);
}

void policy_trust_service(struct tree *t, cJSON *properties, const char *service)
{
    cJSON *statements = policy_open(t, properties, "AssumeRolePolicyDocument");

    policy_principal(t, POLICY_ALLOW(t, statements, NULL, "sts:AssumeRole"), "Service",
                     tree_text(t, service));
}

cJSON *policy_bucket(struct tree *t, const char *logical)
{
    cJSON *list = tree_new_list(t);

    tree_add(t, list, tree_get_att(t, logical, "Arn"));
    tree_add(t, list, tree_sub(t, "${%s.Arn}/*", logical));
    return list;
}

void policy_refuse_plain(struct tree *t, cJSON *statements, const char *logical)
{
    cJSON *deny = POLICY_DENY(t, statements, policy_bucket(t, logical), "s3:*");

    tree_put_text(t, deny, "Principal", "*");
    policy_condition(t, deny, "Bool", "aws:SecureTransport", tree_text(t, "false"));
}

void template_block_public(struct tree *t, cJSON *access)
{
    tree_put_bool(t, access, "BlockPublicAcls", true);
    tree_put_bool(t, access, "BlockPublicPolicy", true);
    tree_put_bool(t, access, "IgnorePublicAcls", true);
    tree_put_bool(t, access, "RestrictPublicBuckets", true);
}
