/* Roles and policies as resources of stacks. */
#include "core/base/mem.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/iam_parts.h"

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "iam", .title = "Iam"};
}

/* An operation on a role with one more text. */
static enum err_code do_role(const struct handler *h, call_fn *fn, struct sv role,
                             const char *member, struct sv value)
{
    return handler_call(h, fn, handler_in2("RoleName", role, member, value), NULL);
}

static enum err_code put_inline(const struct handler *h, struct sv role, struct sv name,
                                const cJSON *document)
{
    cJSON *in = handler_in2("RoleName", role, "PolicyName", name);

    if (document != NULL)
        in = handler_with(in, "PolicyDocument", cJSON_Duplicate(document, true));
    return handler_call(h, iam_put_role_policy, in, NULL);
}

static enum err_code drop_inline(const struct handler *h, struct sv role, struct sv name)
{
    return handler_remove(h, iam_delete_role_policy,
                          handler_in2("RoleName", role, "PolicyName", name));
}

/* Is there one of that name in a list of {PolicyName}? */
static bool names_policy(const cJSON *properties, struct sv name)
{
    for (const cJSON *p = json_list(properties, "Policies"); p != NULL; p = p->next) {
        if (sv_eq(json_sv(p, "PolicyName"), name))
            return true;
    }
    return false;
}

/* What the old properties had and the new ones have not. */
static enum err_code drop_policies(const struct handler *h, const cJSON *old, const cJSON *fresh)
{
    struct sv role = sv_of(h->ask->id);
    enum err_code rc = ERR_OK;

    for (const cJSON *a = json_list(old, "ManagedPolicyArns"); a != NULL && !rc; a = a->next) {
        if (!list_has(json_get(fresh, "ManagedPolicyArns"), json_item_sv(a)))
            rc = handler_remove(h, iam_detach_role_policy,
                                handler_in2("RoleName", role, "PolicyArn", json_item_sv(a)));
    }
    for (const cJSON *p = json_list(old, "Policies"); p != NULL && !rc; p = p->next) {
        if (!names_policy(fresh, json_sv(p, "PolicyName")))
            rc = drop_inline(h, role, json_sv(p, "PolicyName"));
    }
    return rc;
}

static enum err_code put_policies(const struct handler *h)
{
    const cJSON *properties = h->ask->properties;
    struct sv role = sv_of(h->ask->id);
    enum err_code rc = ERR_OK;

    for (const cJSON *a = json_list(properties, "ManagedPolicyArns");
         a != NULL && !rc && !handler_refused(h); a = a->next)
        rc = do_role(h, iam_attach_role_policy, role, "PolicyArn", json_item_sv(a));
    for (const cJSON *p = json_list(properties, "Policies");
         p != NULL && !rc && !handler_refused(h); p = p->next)
        rc = put_inline(h, role, json_sv(p, "PolicyName"), json_get(p, "PolicyDocument"));
    return rc;
}

static cJSON *role_in(struct resource_ask *ask)
{
    cJSON *in = handler_in("RoleName", sv_of(ask->id));

    if (in != NULL &&
        members_copy(in, ask->properties,
                     "AssumeRolePolicyDocument Path Description MaxSessionDuration "
                     "PermissionsBoundary") &&
        member_set(in, "Tags", resource_tags(ask, "Tags")))
        return in;
    cJSON_Delete(in);
    return NULL;
}

static enum err_code put_attributes(struct resource_ask *ask, const cJSON *role)
{
    enum err_code rc = resource_set(ask, "Arn", "%s", json_sv(role, "Arn").ptr);

    return rc ? rc : resource_set(ask, "RoleId", "%s", json_sv(role, "RoleId").ptr);
}

/* A role whose policies were refused is no resource of the stack: it goes again. */
static enum err_code take_back(struct resource_ask *ask)
{
    struct record_key key = {
        .kind = "iam.role", .account = ask->account, .region = SV(""), .name = sv_of(ask->id)};

    return record_delete(ask->service->records, &key, ask->err);
}

static enum err_code create_role(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *out = NULL;
    enum err_code rc = resource_name(ask, "RoleName", 64, false);

    if (!rc)
        rc = handler_call(&h, iam_create_role, role_in(ask), &out);
    if (!rc && out != NULL) {
        rc = put_policies(&h);
        if (!rc && handler_refused(&h))
            rc = take_back(ask);
        else if (!rc)
            rc = put_attributes(ask, json_get(out, "Role"));
    }
    cJSON_Delete(out);
    return rc;
}

static enum err_code update_boundary(const struct handler *h)
{
    struct sv boundary = json_sv(h->ask->properties, "PermissionsBoundary");
    struct sv role = sv_of(h->ask->id);

    if (boundary.len > 0)
        return do_role(h, iam_put_boundary, role, "PermissionsBoundary", boundary);
    return handler_call(h, iam_delete_boundary, handler_in("RoleName", role), NULL);
}

static enum err_code update_trust(const struct handler *h)
{
    cJSON *in = handler_in("RoleName", sv_of(h->ask->id));
    const cJSON *trust = json_get(h->ask->properties, "AssumeRolePolicyDocument");

    if (trust != NULL)
        in = handler_with(in, "PolicyDocument", cJSON_Duplicate(trust, true));
    return handler_call(h, iam_update_trust, in, NULL);
}

/* Tags of the old properties that are gone, then those of now. */
static enum err_code update_tags(const struct handler *h)
{
    cJSON *tags = resource_tags(h->ask, "Tags");
    cJSON *dropped = cJSON_CreateArray();
    cJSON *in = handler_in("RoleName", sv_of(h->ask->id));
    bool is_good = dropped != NULL;
    enum err_code rc;

    for (const cJSON *t = json_list(h->ask->old, "Tags"); t != NULL && is_good; t = t->next)
        is_good = list_add(dropped, json_sv(t, "Key"));
    if (!member_set(in, "TagKeys", dropped) || !is_good) {
        cJSON_Delete(in);
        in = NULL;
    }
    rc = handler_call(h, iam_untag_role, in, NULL);
    in = handler_in("RoleName", sv_of(h->ask->id));
    if (!member_set(in, "Tags", tags)) {
        cJSON_Delete(in);
        in = NULL;
    }
    if (!rc)
        return handler_call(h, iam_tag_role, in, NULL);
    cJSON_Delete(in);
    return rc;
}

static enum err_code update_role(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *out = NULL;
    cJSON *plain = role_in(ask);
    enum err_code rc;

    if (json_get(plain, "Description") == NULL && !member_put(plain, "Description", SV(""))) {
        cJSON_Delete(plain);
        plain = NULL;
    }
    rc = handler_call(&h, iam_update_role, plain, NULL);
    if (!rc && !handler_refused(&h))
        rc = update_trust(&h);
    if (!rc && !handler_refused(&h))
        rc = update_boundary(&h);
    if (!rc && !handler_refused(&h))
        rc = put_policies(&h);
    if (!rc && !handler_refused(&h))
        rc = drop_policies(&h, ask->old, ask->properties);
    if (!rc && !handler_refused(&h))
        rc = update_tags(&h);
    if (!rc && !handler_refused(&h))
        rc = handler_call(&h, iam_get_role, handler_in("RoleName", sv_of(ask->id)), &out);
    if (!rc && out != NULL)
        rc = put_attributes(ask, json_get(out, "Role"));
    cJSON_Delete(out);
    return rc;
}

static enum err_code remove_role(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = drop_policies(&h, ask->properties, NULL);

    if (!rc && !handler_refused(&h))
        rc = handler_remove(&h, iam_delete_role, handler_in("RoleName", sv_of(ask->id)));
    return rc;
}

/* ---- AWS::IAM::Policy: the same document inside several roles ---- */

static struct sv policy_name(const cJSON *properties)
{
    return json_sv(properties, "PolicyName");
}

static enum err_code put_everywhere(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = ERR_OK;

    for (const cJSON *r = json_list(ask->properties, "Roles");
         r != NULL && !rc && !handler_refused(&h); r = r->next)
        rc = put_inline(&h, json_item_sv(r), policy_name(ask->properties),
                        json_get(ask->properties, "PolicyDocument"));
    return rc;
}

static enum err_code create_inline(struct resource_ask *ask)
{
    enum err_code rc = resource_name(ask, NULL, 128, false);

    if (json_list(ask->properties, "Roles") == NULL)
        return rc ? rc
                  : resource_refuse(ask, "At least one of [Groups,Roles,Users] must be non-empty.");
    return rc ? rc : put_everywhere(ask);
}

static enum err_code drop_everywhere(struct resource_ask *ask, const cJSON *old, const cJSON *fresh)
{
    struct handler h = handler(ask);
    bool is_renamed = !sv_eq(policy_name(old), policy_name(fresh));
    enum err_code rc = ERR_OK;

    for (const cJSON *r = json_list(old, "Roles"); r != NULL && !rc && !handler_refused(&h);
         r = r->next) {
        if (is_renamed || !list_has(json_get(fresh, "Roles"), json_item_sv(r)))
            rc = drop_inline(&h, json_item_sv(r), policy_name(old));
    }
    return rc;
}

static enum err_code update_inline(struct resource_ask *ask)
{
    enum err_code rc = put_everywhere(ask);

    return rc || ask->why[0] != '\0' ? rc : drop_everywhere(ask, ask->old, ask->properties);
}

static enum err_code remove_inline(struct resource_ask *ask)
{
    return drop_everywhere(ask, ask->properties, NULL);
}

/* ---- AWS::IAM::ManagedPolicy: its Ref is its ARN ---- */

static enum err_code attach_everywhere(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = ERR_OK;

    for (const cJSON *r = json_list(ask->properties, "Roles");
         r != NULL && !rc && !handler_refused(&h); r = r->next)
        rc = do_role(&h, iam_attach_role_policy, json_item_sv(r), "PolicyArn", sv_of(ask->id));
    return rc;
}

static enum err_code create_managed(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = resource_name(ask, "ManagedPolicyName", 128, false);
    cJSON *in = rc ? NULL : handler_in("PolicyName", sv_of(ask->id));
    cJSON *out = NULL;

    if (rc)
        return rc;
    if (!members_copy(in, ask->properties, "PolicyDocument Path Description")) {
        cJSON_Delete(in);
        in = NULL;
    }
    rc = handler_call(&h, iam_create_policy, in, &out);
    if (!rc && out != NULL) {
        struct sv arn = json_sv(json_get(out, "Policy"), "Arn");

        (void)snprintf(ask->id, sizeof ask->id, SV_FMT, SV_ARG(arn));
        rc = resource_set(ask, "PolicyArn", "%s", ask->id);
        if (!rc)
            rc = attach_everywhere(ask);
    }
    cJSON_Delete(out);
    return rc;
}

static enum err_code detach_everywhere(struct resource_ask *ask, const cJSON *old,
                                       const cJSON *fresh)
{
    struct handler h = handler(ask);
    enum err_code rc = ERR_OK;

    for (const cJSON *r = json_list(old, "Roles"); r != NULL && !rc && !handler_refused(&h);
         r = r->next) {
        if (!list_has(json_get(fresh, "Roles"), json_item_sv(r)))
            rc = handler_remove(
                &h, iam_detach_role_policy,
                handler_in2("RoleName", json_item_sv(r), "PolicyArn", sv_of(ask->id)));
    }
    return rc;
}

static enum err_code update_managed(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *in = handler_in("PolicyArn", sv_of(ask->id));
    enum err_code rc;

    if (!members_copy(in, ask->properties, "PolicyDocument")) {
        cJSON_Delete(in);
        in = NULL;
    }
    rc = handler_call(&h, iam_create_policy_version, in, NULL);
    if (!rc && !handler_refused(&h))
        rc = attach_everywhere(ask);
    if (!rc && !handler_refused(&h))
        rc = detach_everywhere(ask, ask->old, ask->properties);
    return rc ? rc : resource_set(ask, "PolicyArn", "%s", ask->id);
}

static enum err_code remove_managed(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = detach_everywhere(ask, ask->properties, NULL);

    if (!rc && !handler_refused(&h))
        rc = handler_remove(&h, iam_delete_policy, handler_in("PolicyArn", sv_of(ask->id)));
    return rc;
}

static enum err_code role_exists(struct resource_ask *ask)
{
    const struct record_key key = {.kind = "iam.role", .account = ask->account, .region = SV("")};

    return resource_find(ask, "RoleName", &key);
}

extern const struct resource_type iam_types[];
const struct resource_type iam_types[] = {
    {.type = "AWS::IAM::Role",
     .name_property = "RoleName",
     .replaced_by = "RoleName Path",
     .required = "AssumeRolePolicyDocument",
     .attributes = "Arn RoleId",
     .needs_capability = true,
     .seconds = 15,
     .create = create_role,
     .update = update_role,
     .remove = remove_role,
     .exists = role_exists},
    {.type = "AWS::IAM::Policy",
     .name_property = NULL,
     .replaced_by = "",
     .required = "PolicyDocument PolicyName",
     .attributes = "",
     .needs_capability = true,
     .seconds = 10,
     .create = create_inline,
     .update = update_inline,
     .remove = remove_inline},
    {.type = "AWS::IAM::ManagedPolicy",
     .name_property = "ManagedPolicyName",
     .replaced_by = "ManagedPolicyName Path Description",
     .required = "PolicyDocument",
     .attributes = "PolicyArn",
     .needs_capability = true,
     .seconds = 10,
     .create = create_managed,
     .update = update_managed,
     .remove = remove_managed},
    {0},
};
