/* AWS::CodePipeline::Pipeline, made with CodePipeline's own operations. */
#include <ctype.h>

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/members.h"

/* Properties are the API's members with a capital; what a configuration says is left as it is. */
static cJSON *lowered(const cJSON *item, const char *name);

static cJSON *lowered_object(const cJSON *item)
{
    cJSON *out = cJSON_CreateObject();

    for (const cJSON *m = item->child; m != NULL && out != NULL; m = m->next) {
        char name[128];

        (void)snprintf(name, sizeof name, "%s", m->string);
        name[0] = (char)tolower((unsigned char)name[0]);
        if (!member_set(out, name, lowered(m, name))) {
            cJSON_Delete(out);
            return NULL;
        }
    }
    return out;
}

/* Values of a configuration are texts, whatever the template wrote. */
static cJSON *texts(const cJSON *item)
{
    cJSON *out = cJSON_CreateObject();
    bool is_good = out != NULL;

    for (const cJSON *m = item->child; m != NULL && is_good; m = m->next) {
        char *printed = cJSON_IsString(m) ? NULL : cJSON_PrintUnformatted(m);

        is_good = member_put(out, m->string, printed == NULL ? json_item_sv(m) : sv_of(printed));
        cJSON_free(printed);
    }
    if (is_good)
        return out;
    cJSON_Delete(out);
    return NULL;
}

static cJSON *lowered(const cJSON *item, const char *name)
{
    int64_t number;

    if (strcmp(name, "configuration") == 0 && cJSON_IsObject(item))
        return texts(item);
    if (cJSON_IsObject(item))
        return lowered_object(item);
    if (cJSON_IsArray(item)) {
        cJSON *out = cJSON_CreateArray();

        for (const cJSON *m = item->child; m != NULL && out != NULL; m = m->next) {
            cJSON *copy = lowered(m, "");

            if (copy == NULL || !cJSON_AddItemToArray(out, copy)) {
                cJSON_Delete(copy);
                cJSON_Delete(out);
                return NULL;
            }
        }
        return out;
    }
    if ((strcmp(name, "runOrder") == 0 || strcmp(name, "timeoutInMinutes") == 0) &&
        sv_to_int(json_item_sv(item), &number))
        return cJSON_CreateNumber((double)number);
    if (strcmp(name, "version") == 0 && cJSON_IsNumber(item)) {
        char text[32];

        (void)snprintf(text, sizeof text, "%d", item->valueint);
        return cJSON_CreateString(text);
    }
    return cJSON_Duplicate(item, true);
}

/* ArtifactStores is a list in a template and a map in the API. */
static bool fix_stores(cJSON *pipeline)
{
    cJSON *list = cJSON_DetachItemFromObjectCaseSensitive(pipeline, "artifactStores");
    cJSON *map = list == NULL ? NULL : member_object(pipeline, "artifactStores");
    bool is_good = list == NULL || map != NULL;

    for (const cJSON *s = list == NULL ? NULL : list->child; s != NULL && is_good; s = s->next) {
        char region[64];

        (void)snprintf(region, sizeof region, SV_FMT, SV_ARG(json_sv(s, "region")));
        is_good = member_set(map, region, cJSON_Duplicate(json_get(s, "artifactStore"), true));
    }
    cJSON_Delete(list);
    return is_good;
}

/* The input of CreatePipeline; NULL = no memory. */
static cJSON *make_input(const struct resource_ask *ask)
{
    cJSON *in = cJSON_CreateObject();
    cJSON *pipeline = lowered(ask->properties, "");
    cJSON *tags = resource_tags(ask, "Tags");
    bool is_good = pipeline != NULL && tags != NULL && fix_stores(pipeline) &&
                   member_put(pipeline, "name", sv_of(ask->id));
    cJSON *lower = is_good ? lowered(tags, "") : NULL;

    cJSON_DeleteItemFromObjectCaseSensitive(pipeline, "tags");
    cJSON_DeleteItemFromObjectCaseSensitive(pipeline, "restartExecutionOnUpdate");
    cJSON_DeleteItemFromObjectCaseSensitive(pipeline, "disableInboundStageTransitions");
    cJSON_Delete(tags);
    is_good = member_set(in, "pipeline", pipeline) && is_good;
    is_good = member_set(in, "tags", lower) && is_good;
    if (is_good)
        return in;
    cJSON_Delete(in);
    return NULL;
}

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "codepipeline", .title = "CodePipeline"};
}

static enum err_code finish(struct resource_ask *ask, cJSON *out)
{
    enum err_code rc = ERR_OK;

    if (out != NULL)
        rc = resource_set(ask, "Version", "%lld",
                          (long long)json_int(json_get(out, "pipeline"), "version", 1));
    cJSON_Delete(out);
    return rc;
}

static enum err_code create(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *out = NULL;
    enum err_code rc = resource_name(ask, "Name", 100, false);

    if (!rc)
        rc = handler_call(&h, pipelines_create, make_input(ask), &out);
    return rc ? rc : finish(ask, out);
}

static bool is_same(const struct resource_ask *ask)
{
    static const char *const apart[] = {"Tags", "RestartExecutionOnUpdate"};
    cJSON *now = cJSON_Duplicate(ask->properties, true);
    cJSON *then = cJSON_Duplicate(ask->old, true);
    bool is_same;

    for (size_t i = 0; i < ARRAY_LEN(apart); i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(now, apart[i]);
        cJSON_DeleteItemFromObjectCaseSensitive(then, apart[i]);
    }
    is_same = cJSON_Compare(now, then, true);
    cJSON_Delete(now);
    cJSON_Delete(then);
    return is_same;
}

static struct pipe *find(const struct resource_ask *ask)
{
    struct world *w = ask->service->world;

    return world_find_pipe(w, world_find_place(w, ask->account, ask->region), sv_of(ask->id));
}

/* The tags as they are wanted; those that are wanted no more go first. */
static enum err_code change_tags(const struct handler *h, cJSON *tags)
{
    struct resource_ask *ask = h->ask;
    const struct pipe *p = find(ask);
    cJSON *in = cJSON_CreateObject();
    cJSON *keys = member_list(in, "tagKeys");
    char arn[512];
    bool is_good = keys != NULL;
    enum err_code rc;

    (void)snprintf(arn, sizeof arn, "arn:%s:codepipeline:" SV_FMT ":" SV_FMT ":%.100s",
                   arn_partition(ask->region), SV_ARG(ask->region), SV_ARG(ask->account), ask->id);
    for (size_t i = 0; p != NULL && i < p->tag_count && is_good; i++)
        is_good = list_add(keys, sv_of(p->tags[i].key));
    is_good = member_put(in, "resourceArn", sv_of(arn)) && is_good;
    if (!is_good) {
        cJSON_Delete(in);
        cJSON_Delete(tags);
        return mem_err(ask->err);
    }
    rc = handler_call(h, pipelines_untag, in, NULL);
    in = handler_in("resourceArn", sv_of(arn));
    if (rc || handler_refused(h) || !member_set(in, "tags", tags)) {
        cJSON_Delete(in);
        if (rc || handler_refused(h))
            cJSON_Delete(tags);
        return rc || handler_refused(h) ? rc : mem_err(ask->err);
    }
    return handler_call(h, pipelines_tag, in, NULL);
}

static bool wants_restart(const struct resource_ask *ask)
{
    const cJSON *flag = json_get(ask->properties, "RestartExecutionOnUpdate");

    return cJSON_IsTrue(flag) || sv_eq_nocase(json_item_sv(flag), SV("true"));
}

static enum err_code update(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    cJSON *in = make_input(ask);
    cJSON *tags = in == NULL ? NULL : cJSON_DetachItemFromObjectCaseSensitive(in, "tags");
    cJSON *out = NULL;
    bool changes = find(ask) == NULL || !is_same(ask);
    enum err_code rc = ERR_OK;

    if (in == NULL)
        return mem_err(ask->err);
    if (changes)
        rc = handler_call(&h, pipelines_update, in, &out);
    else
        cJSON_Delete(in);
    if (rc || handler_refused(&h)) {
        cJSON_Delete(tags);
        return rc;
    }
    rc = changes ? finish(ask, out) : resource_set(ask, "Version", "%d", find(ask)->version);
    if (rc) {
        cJSON_Delete(tags);
        return rc;
    }
    rc = change_tags(&h, tags);
    if (!rc && changes && wants_restart(ask))
        rc = pipelines_begin(ask->service, find(ask), "StartPipelineExecution", ask->stack_id,
                             ask->err);
    return rc;
}

static enum err_code take_away(struct resource_ask *ask)
{
    struct handler h = handler(ask);

    return handler_remove(&h, pipelines_delete, handler_in("name", sv_of(ask->id)));
}

extern const struct resource_type pipelines_types[];
/* clang-format off */
const struct resource_type pipelines_types[] = {
    {.type = "AWS::CodePipeline::Pipeline", .name_property = "Name", .replaced_by = "Name", .required = "RoleArn Stages",
     .attributes = "Version", .seconds = 3, .create = create, .update = update, .remove = take_away},
    {.type = NULL},
};
/* clang-format on */
