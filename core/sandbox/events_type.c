/* AWS::Events::Rule, made with EventBridge's own operations. */
#include "core/base/mem.h"
#include "core/sandbox/events_rule.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/members.h"

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "events", .title = "EventBridge"};
}

/* PutRule's input: the pattern is an object in a template and a text in the call. NULL = no memory.
 */
static cJSON *rule_input(const struct resource_ask *ask)
{
    const cJSON *pattern = json_get(ask->properties, "EventPattern");
    char *text = pattern == NULL ? NULL : cJSON_PrintUnformatted(pattern);
    cJSON *in = handler_in("Name", sv_of(ask->id));
    bool is_good = in != NULL && (pattern == NULL || text != NULL) &&
                   members_copy(in, ask->properties,
                                "ScheduleExpression State Description RoleArn EventBusName") &&
                   member_put(in, "EventPattern",
                              cJSON_IsString(pattern) ? json_item_sv(pattern) : sv_of(text)) &&
                   member_set(in, "Tags", resource_tags(ask, "Tags"));

    if (text != NULL)
        cJSON_free(text);
    if (is_good)
        return in;
    cJSON_Delete(in);
    return NULL;
}

static enum err_code put_targets(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *in = handler_in("Rule", sv_of(ask->id));

    if (json_list(ask->properties, "Targets") == NULL) {
        cJSON_Delete(in);
        return ERR_OK;
    }
    if (in != NULL && !members_copy(in, ask->properties, "Targets")) {
        cJSON_Delete(in);
        in = NULL;
    }
    return handler_call(&h, events_put_targets, in, NULL);
}

static bool is_kept(const cJSON *targets, struct sv id)
{
    for (const cJSON *t = targets; t != NULL; t = t->next) {
        if (sv_eq(json_sv(t, "Id"), id))
            return true;
    }
    return false;
}

/* Those of the old properties that `kept` has not. */
static enum err_code remove_targets(struct resource_ask *ask, const cJSON *old, const cJSON *kept)
{
    struct handler h = handler(ask);
    cJSON *in = handler_in("Rule", sv_of(ask->id));
    cJSON *ids = in == NULL ? NULL : member_list(in, "Ids");
    bool is_good = ids != NULL;

    for (const cJSON *t = old; t != NULL && is_good; t = t->next) {
        if (!is_kept(kept, json_sv(t, "Id")))
            is_good = list_add(ids, json_sv(t, "Id"));
    }
    if (!is_good || ids->child == NULL) {
        cJSON_Delete(in);
        return is_good ? ERR_OK : mem_err(ask->err);
    }
    return handler_remove(&h, events_remove_targets, in);
}

static enum err_code put_rule(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *out = NULL;
    enum err_code rc = handler_call(&h, events_put_rule, rule_input(ask), &out);

    if (!rc && out != NULL) {
        struct sv arn = json_sv(out, "RuleArn");

        rc = resource_set(ask, "Arn", SV_FMT, SV_ARG(arn));
    }
    cJSON_Delete(out);
    return rc;
}

static bool exists(struct resource_ask *ask, enum err_code *rc)
{
    struct record_key key = {
        .kind = RULE_KIND, .account = ask->account, .region = ask->region, .name = sv_of(ask->id)};
    cJSON *rule = NULL;

    *rc = record_get(ask->service->records, &key, &rule, ask->err);
    cJSON_Delete(rule);
    return rule != NULL;
}

/* PutRule would take over a rule that is not the stack's: CloudFormation asks first. */
static enum err_code create(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = resource_name(ask, "Name", 64, false);

    if (!rc && exists(ask, &rc) && !rc)
        return resource_refuse(ask,
                               "%s already exists in stack or account (HandlerErrorCode: "
                               "AlreadyExists)",
                               ask->id);
    if (!rc)
        rc = put_rule(ask);
    if (!rc && !handler_refused(&h))
        rc = put_targets(ask);
    return rc;
}

static enum err_code update(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = put_rule(ask);

    if (!rc && !handler_refused(&h))
        rc = remove_targets(ask, json_list(ask->old, "Targets"),
                            json_list(ask->properties, "Targets"));
    if (!rc && !handler_refused(&h))
        rc = put_targets(ask);
    return rc;
}

static enum err_code drop(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = remove_targets(ask, json_list(ask->properties, "Targets"), NULL);

    if (rc || handler_refused(&h))
        return rc;
    return handler_remove(&h, events_delete_rule, handler_in("Name", sv_of(ask->id)));
}

extern const struct resource_type events_types[];
const struct resource_type events_types[] = {
    {.type = "AWS::Events::Rule",
     .name_property = "Name",
     .replaced_by = "Name EventBusName",
     .required = "",
     .attributes = "Arn",
     .seconds = 20,
     .create = create,
     .update = update,
     .remove = drop},
    {0},
};
