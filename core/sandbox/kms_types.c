/* Keys and aliases as resources of stacks. A key that leaves its stack is only scheduled to go. */
#include "core/sandbox/call.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/members.h"

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "kms", .title = "Kms"};
}

static cJSON *key_in(struct resource_ask *ask)
{
    cJSON *in = cJSON_CreateObject();
    const cJSON *policy = json_get(ask->properties, "KeyPolicy");

    if (in != NULL &&
        members_copy(in, ask->properties,
                     "Description KeySpec KeyUsage MultiRegion BypassPolicyLockoutSafetyCheck") &&
        (policy == NULL || member_set(in, "Policy", cJSON_Duplicate(policy, true))) &&
        member_set(in, "Tags", resource_tags(ask, "Tags")))
        return in;
    cJSON_Delete(in);
    return NULL;
}

static enum err_code put_attributes(struct resource_ask *ask)
{
    enum err_code rc = resource_set(ask, "Arn", "arn:%s:kms:" SV_FMT ":" SV_FMT ":key/%s",
                                    arn_partition(ask->region), SV_ARG(ask->region),
                                    SV_ARG(ask->account), ask->id);

    return rc ? rc : resource_set(ask, "KeyId", "%s", ask->id);
}

/* What CreateKey does not take. */
static enum err_code put_rest(const struct handler *h, bool is_new)
{
    struct resource_ask *ask = h->ask;
    bool rotates = json_bool(ask->properties, "EnableKeyRotation", false);
    bool is_enabled = json_bool(ask->properties, "Enabled", true);
    cJSON *in = handler_in("KeyId", sv_of(ask->id));
    enum err_code rc;

    if (!members_copy(in, ask->properties, "RotationPeriodInDays")) {
        cJSON_Delete(in);
        in = NULL;
    }
    rc = handler_call(h, rotates ? kms_enable_rotation : kms_disable_rotation, in, NULL);
    if (!rc && !handler_refused(h) && !(is_new && is_enabled))
        rc = handler_call(h, is_enabled ? kms_enable_key : kms_disable_key,
                          handler_in("KeyId", sv_of(ask->id)), NULL);
    return rc;
}

static enum err_code create_key(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *out;
    enum err_code rc = handler_call(&h, kms_create_key, key_in(ask), &out);

    if (!rc && out != NULL) {
        struct sv id = json_sv(json_get(out, "KeyMetadata"), "KeyId");

        (void)snprintf(ask->id, sizeof ask->id, SV_FMT, SV_ARG(id));
        rc = put_rest(&h, true);
        if (!rc)
            rc = put_attributes(ask);
    }
    cJSON_Delete(out);
    return rc;
}

static enum err_code update_key(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *in = key_in(ask);
    enum err_code rc;

    if (!member_put(in, "KeyId", sv_of(ask->id)) ||
        (json_get(in, "Description") == NULL && !member_put(in, "Description", SV("")))) {
        cJSON_Delete(in);
        in = NULL;
    }
    rc = handler_call(&h, kms_put_policy, in == NULL ? NULL : cJSON_Duplicate(in, true), NULL);
    if (!rc && !handler_refused(&h))
        rc = handler_call(&h, kms_update_description, in == NULL ? NULL : cJSON_Duplicate(in, true),
                          NULL);
    if (!rc && !handler_refused(&h))
        rc = handler_call(&h, kms_tag, in, NULL);
    else
        cJSON_Delete(in);
    if (!rc && !handler_refused(&h))
        rc = put_rest(&h, false);
    return rc ? rc : put_attributes(ask);
}

static enum err_code remove_key(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *in = handler_in("KeyId", sv_of(ask->id));
    enum err_code rc;

    if (!members_copy(in, ask->properties, "PendingWindowInDays")) {
        cJSON_Delete(in);
        in = NULL;
    }
    rc = handler_remove(&h, kms_schedule_deletion, in);
    /* Somebody scheduled it before us. */
    if (!rc && strstr(ask->why, "is pending deletion.") != NULL)
        ask->why[0] = '\0';
    return rc;
}

static enum err_code create_alias(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    struct sv name = json_sv(ask->properties, "AliasName");

    (void)snprintf(ask->id, sizeof ask->id, SV_FMT, SV_ARG(sv_take(name, 300)));
    return handler_call(
        &h, kms_create_alias,
        handler_in2("AliasName", name, "TargetKeyId", json_sv(ask->properties, "TargetKeyId")),
        NULL);
}

static enum err_code update_alias(struct resource_ask *ask)
{
    struct handler h = handler(ask);

    return handler_call(&h, kms_update_alias,
                        handler_in2("AliasName", sv_of(ask->id), "TargetKeyId",
                                    json_sv(ask->properties, "TargetKeyId")),
                        NULL);
}

static enum err_code remove_alias(struct resource_ask *ask)
{
    struct handler h = handler(ask);

    return handler_remove(&h, kms_delete_alias, handler_in("AliasName", sv_of(ask->id)));
}

extern const struct resource_type kms_types[];
const struct resource_type kms_types[] = {
    {.type = "AWS::KMS::Key",
     .name_property = NULL,
     .replaced_by = "KeySpec KeyUsage MultiRegion Origin",
     .required = "",
     .attributes = "Arn KeyId",
     .seconds = 60,
     .create = create_key,
     .update = update_key,
     .remove = remove_key},
    {.type = "AWS::KMS::Alias",
     .name_property = "AliasName",
     .replaced_by = "AliasName",
     .required = "AliasName TargetKeyId",
     .attributes = "",
     .seconds = 5,
     .create = create_alias,
     .update = update_alias,
     .remove = remove_alias},
    {0},
};
