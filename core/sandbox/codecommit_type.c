/* AWS::CodeCommit::Repository. Ref gives the repository's id, so its name is kept as an attribute.
 */
#include "core/base/mem.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/handler.h"
#include "core/sandbox/members.h"

static struct handler handler(struct resource_ask *ask)
{
    return (struct handler){.ask = ask, .service = "codecommit", .title = "AWSCodeCommit"};
}

/* The tags of a template as CodeCommit's map. NULL = no memory. */
static cJSON *tag_map(const struct resource_ask *ask)
{
    cJSON *list = resource_tags(ask, "Tags");
    cJSON *map = cJSON_CreateObject();
    bool is_good = list != NULL && map != NULL;

    for (const cJSON *t = is_good ? list->child : NULL; t != NULL && is_good; t = t->next) {
        const cJSON *key = json_get(t, "Key");

        is_good = key != NULL && member_set(map, key->valuestring, item_text(json_sv(t, "Value")));
    }
    cJSON_Delete(list);
    if (is_good)
        return map;
    cJSON_Delete(map);
    return NULL;
}

static enum err_code set_attributes(struct resource_ask *ask, const cJSON *metadata)
{
    static const struct {
        const char *attribute;
        const char *member;
    } rows[] = {{"Arn", "Arn"},
                {"CloneUrlHttp", "cloneUrlHttp"},
                {"CloneUrlSsh", "cloneUrlSsh"},
                {"Name", "repositoryName"}};
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(rows) && !rc; i++) {
        struct sv value = json_sv(metadata, rows[i].member);

        rc = resource_set(ask, rows[i].attribute, SV_FMT, SV_ARG(value));
    }
    return rc;
}

static enum err_code create(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    struct sv name = json_sv(ask->properties, "RepositoryName");
    cJSON *in = handler_in2("repositoryName", name, "repositoryDescription",
                            json_sv(ask->properties, "RepositoryDescription"));
    cJSON *out = NULL;
    const cJSON *metadata;
    struct sv id;
    enum err_code rc;

    if (in != NULL && !member_set(in, "tags", tag_map(ask))) {
        cJSON_Delete(in);
        in = NULL;
    }
    if (json_get(ask->properties, "Code") != NULL) {
        cJSON_Delete(in);
        return resource_refuse(ask, "The sandbox fills no repository from an archive: leave out "
                                    "Code and push the first commit instead.");
    }
    rc = handler_call(&h, codecommit_create, in, &out);
    if (rc || out == NULL)
        return rc;
    metadata = json_get(out, "repositoryMetadata");
    id = json_sv(metadata, "repositoryId");
    (void)snprintf(ask->id, sizeof ask->id, SV_FMT, SV_ARG(id));
    rc = set_attributes(ask, metadata);
    cJSON_Delete(out);
    return rc;
}

static enum err_code describe(const struct handler *h, struct sv name)
{
    struct resource_ask *ask = h->ask;
    cJSON *out = NULL;
    enum err_code rc = handler_call(h, codecommit_describe,
                                    handler_in2("repositoryName", name, "repositoryDescription",
                                                json_sv(ask->properties, "RepositoryDescription")),
                                    NULL);

    if (!rc && !handler_refused(h))
        rc = handler_call(h, codecommit_get, handler_in("repositoryName", name), &out);
    if (!rc && out != NULL)
        rc = set_attributes(ask, json_get(out, "repositoryMetadata"));
    cJSON_Delete(out);
    return rc;
}

/* Another name renames it: that is no replacement. */
static enum err_code update(struct resource_ask *ask)
{
    struct handler h = handler(ask);
    struct sv old = json_sv(ask->old_attributes, "Name");
    struct sv name = json_sv(ask->properties, "RepositoryName");
    enum err_code rc = ERR_OK;
    cJSON *in;

    if (!sv_eq(old, name))
        rc =
            handler_call(&h, codecommit_rename, handler_in2("oldName", old, "newName", name), NULL);
    if (!rc && !handler_refused(&h))
        rc = describe(&h, name);
    if (rc || handler_refused(&h))
        return rc;
    in = handler_in("resourceArn", json_sv(ask->attributes, "Arn"));
    if (in != NULL && !member_set(in, "tags", tag_map(ask))) {
        cJSON_Delete(in);
        in = NULL;
    }
    return handler_call(&h, codecommit_tag, in, NULL);
}

static enum err_code drop(struct resource_ask *ask)
{
    struct handler h = handler(ask);

    return handler_remove(&h, codecommit_delete,
                          handler_in("repositoryName", json_sv(ask->old_attributes, "Name")));
}

extern const struct resource_type codecommit_types[];
const struct resource_type codecommit_types[] = {
    {.type = "AWS::CodeCommit::Repository",
     .name_property = "RepositoryName",
     .replaced_by = "",
     .required = "RepositoryName",
     .attributes = "Arn CloneUrlHttp CloneUrlSsh Name",
     .seconds = 5,
     .create = create,
     .update = update,
     .remove = drop},
    {0},
};
