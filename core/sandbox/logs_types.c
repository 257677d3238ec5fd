/* The tags of groups, and groups as resources of stacks. */
#include "core/sandbox/call.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/logs.h"
#include "core/sandbox/members.h"
#include "core/sandbox/tagging.h"

/* The group that an ARN or a name stands for, or NULL and the refusal. */
static cJSON *tagged_group(struct call *c, const char *member, struct sv *name)
{
    cJSON *group;

    *name = call_text(c, member, true);
    if (sv_starts(*name, SV("arn:")) && sv_find(*name, SV(":log-group:")) > 0)
        *name = sv_drop(*name, (size_t)(sv_find(*name, SV(":log-group:")) + 11));
    if (sv_ends(*name, SV(":*")))
        name->len -= 2;
    group = call_record(c, "logs.group", c->region, *name);
    if (group == NULL)
        call_fail(c, 400, "ResourceNotFoundException", "The specified resource does not exist.");
    return group;
}

void logs_tag(struct call *c)
{
    struct sv name;
    cJSON *group = tagged_group(c, "resourceArn", &name);

    if (group != NULL && call_ok(c, tags_merge(group, json_get(c->in, "tags"), c->err)))
        (void)call_store(c, "logs.group", c->region, name, group);
    cJSON_Delete(group);
}

void logs_untag(struct call *c)
{
    struct sv name;
    cJSON *group = tagged_group(c, "resourceArn", &name);

    tags_drop(group, json_get(c->in, "tagKeys"));
    (void)call_store(c, "logs.group", c->region, name, group);
    cJSON_Delete(group);
}

static void list_tags(struct call *c, const char *member)
{
    struct sv name;
    cJSON *group = tagged_group(c, member, &name);

    if (group != NULL)
        (void)call_add(c, c->out, "tags", tags_object(group));
    cJSON_Delete(group);
}

void logs_list_tags(struct call *c)
{
    list_tags(c, "resourceArn");
}

void logs_list_group_tags(struct call *c)
{
    list_tags(c, "logGroupName");
}

/* ---- AWS::Logs::LogGroup ---- */

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "logs", .title = "CloudWatchLogs"};
}

static cJSON *tags_of(const struct resource_ask *ask)
{
    cJSON *holder = cJSON_CreateObject();
    cJSON *object = NULL;

    if (member_set(holder, "Tags", resource_tags(ask, "Tags")))
        object = tags_object(holder);
    cJSON_Delete(holder);
    return object;
}

static enum err_code keep_retention(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *in = handler_in("logGroupName", sv_of(ask->id));
    const cJSON *days = json_get(ask->properties, "RetentionInDays");

    if (days == NULL)
        return handler_call(&h, logs_delete_retention, in, NULL);
    return handler_call(&h, logs_put_retention,
                        handler_with(in, "retentionInDays", cJSON_Duplicate(days, true)), NULL);
}

static enum err_code put_arn(struct resource_ask *ask)
{
    return resource_set(ask, "Arn", "arn:%s:logs:" SV_FMT ":" SV_FMT ":log-group:%.600s:*",
                        arn_partition(ask->region), SV_ARG(ask->region), SV_ARG(ask->account),
                        ask->id);
}

static enum err_code create_group(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    enum err_code rc = resource_name(ask, "LogGroupName", 512, false);
    cJSON *in = rc ? NULL : handler_in("logGroupName", sv_of(ask->id));

    if (rc)
        return rc;
    rc = handler_call(&h, logs_create_group, handler_with(in, "tags", tags_of(ask)), NULL);
    if (!rc && !handler_refused(&h))
        rc = keep_retention(ask);
    return rc ? rc : put_arn(ask);
}

static enum err_code update_group(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *in = handler_with(handler_in("resourceArn", sv_of(ask->id)), "tags", tags_of(ask));
    enum err_code rc = handler_call(&h, logs_tag, in, NULL);

    if (!rc && !handler_refused(&h))
        rc = keep_retention(ask);
    return rc ? rc : put_arn(ask);
}

static enum err_code remove_group(struct resource_ask *ask)
{
    struct handler h = handler(ask);

    return handler_remove(&h, logs_delete_group, handler_in("logGroupName", sv_of(ask->id)));
}

static enum err_code group_exists(struct resource_ask *ask)
{
    const struct record_key key = {
        .kind = "logs.group", .account = ask->account, .region = ask->region};

    return resource_find(ask, "LogGroupName", &key);
}

extern const struct resource_type logs_types[];
const struct resource_type logs_types[] = {
    {.type = "AWS::Logs::LogGroup",
     .name_property = "LogGroupName",
     .replaced_by = "LogGroupName LogGroupClass",
     .required = "",
     .attributes = "Arn",
     .seconds = 3,
     .create = create_group,
     .update = update_group,
     .remove = remove_group,
     .exists = group_exists},
    {0},
};
