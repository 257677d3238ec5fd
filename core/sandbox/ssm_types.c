/* AWS::SSM::Parameter. */
#include "core/sandbox/call.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/members.h"

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "ssm", .title = "Ssm"};
}

static enum err_code put(struct resource_ask *ask, bool overwrites)
{
    struct handler h = handler(ask);
    cJSON *in = handler_in("Name", sv_of(ask->id));
    struct sv type = json_sv(ask->properties, "Type");
    struct sv value = json_sv(ask->properties, "Value");
    enum err_code rc;

    if (!members_copy(in, ask->properties, "Type Value Description Tier DataType AllowedPattern") ||
        (!overwrites && !member_set(in, "Tags", resource_tags(ask, "Tags"))) ||
        !member_set(in, "Overwrite", cJSON_CreateBool(overwrites))) {
        cJSON_Delete(in);
        in = NULL;
    }
    rc = handler_call(&h, ssm_put, in, NULL);
    if (rc || handler_refused(&h))
        return rc;
    rc = resource_set(ask, "Type", SV_FMT, SV_ARG(type));
    if (rc)
        return rc;
    /* A value may be longer than what resource_set takes. */
    return member_put(ask->attributes, "Value", value) ? ERR_OK
                                                       : err_set(ask->err, ERR_LIMIT, "no memory");
}

static enum err_code create_parameter(struct resource_ask *ask)
{
    enum err_code rc = resource_name(ask, "Name", 1011, false);

    return rc ? rc : put(ask, false);
}

static enum err_code update_parameter(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = put(ask, true);
    cJSON *in;

    if (rc || handler_refused(&h))
        return rc;
    in = handler_in2("ResourceId", sv_of(ask->id), "ResourceType", SV("Parameter"));
    return handler_call(&h, ssm_tag, handler_with(in, "Tags", resource_tags(ask, "Tags")), NULL);
}

static enum err_code remove_parameter(struct resource_ask *ask)
{
    struct handler h = handler(ask);

    return handler_remove(&h, ssm_delete, handler_in("Name", sv_of(ask->id)));
}

static enum err_code parameter_exists(struct resource_ask *ask)
{
    const struct record_key key = {
        .kind = "ssm.parameter", .account = ask->account, .region = ask->region};

    return resource_find(ask, "Name", &key);
}

extern const struct resource_type ssm_types[];
const struct resource_type ssm_types[] = {
    {.type = "AWS::SSM::Parameter",
     .name_property = "Name",
     .replaced_by = "Name",
     .required = "Type Value",
     .attributes = "Type Value",
     .seconds = 3,
     .create = create_parameter,
     .update = update_parameter,
     .remove = remove_parameter,
     .exists = parameter_exists},
    {0},
};
