/* Tags of repositories. */
#include "core/base/mem.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/members.h"

enum { TAGS_MOST = 50 };

static bool has_system_tag(const cJSON *tags)
{
    for (const cJSON *t = tags == NULL ? NULL : tags->child; t != NULL; t = t->next) {
        if (sv_starts(sv_of(t->string), SV("aws:")))
            return true;
    }
    return false;
}

const cJSON *codecommit_tags(struct call *c)
{
    const cJSON *tags = json_get(c->in, "tags");

    if (c->has_failed || tags == NULL)
        return NULL;
    if (!cJSON_IsObject(tags))
        call_fail(c, 400, "InvalidTagsMapException", "The map of tags is not valid.");
    else if (cJSON_GetArraySize(tags) > TAGS_MOST)
        call_fail(c, 400, "TooManyTagsException",
                  "The maximum number of tags for an AWS CodeCommit resource has been exceeded.");
    /* CloudFormation, whose calls name no operation, puts tags of its own. */
    else if (has_system_tag(tags) && c->request->operation.len > 0)
        call_fail(c, 400, "InvalidSystemTagUsageException",
                  "Tag keys that begin with aws: are reserved for AWS system use.");
    return c->has_failed ? NULL : tags;
}

static cJSON *find(cJSON *list, struct sv key)
{
    cJSON *tag = list == NULL ? NULL : list->child;

    while (tag != NULL && !sv_eq(json_sv(tag, "Key"), key))
        tag = tag->next;
    return tag;
}

bool codecommit_set_tags(cJSON *record, const cJSON *tags)
{
    cJSON *list = member_list(record, "Tags");
    bool is_good = list != NULL;

    for (const cJSON *t = tags == NULL ? NULL : tags->child; t != NULL && is_good; t = t->next) {
        cJSON *tag = find(list, sv_of(t->string));

        if (tag == NULL) {
            tag = cJSON_CreateObject();
            is_good = tag != NULL && cJSON_AddItemToArray(list, tag) &&
                      member_put(tag, "Key", sv_of(t->string));
        }
        is_good = is_good && member_put(tag, "Value", json_item_sv(t));
    }
    return is_good;
}

/* arn:aws:codecommit:REGION:ACCOUNT:NAME, of the caller's own. */
static cJSON *tagged(struct call *c, struct sv *name)
{
    struct sv arn = call_text(c, "resourceArn", false);
    char head[256];
    cJSON *record;

    if (c->has_failed)
        return NULL;
    (void)snprintf(head, sizeof head, "arn:%s:codecommit:" SV_FMT ":" SV_FMT ":",
                   arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account));
    *name = sv_drop(arn, strlen(head));
    if (arn.len == 0)
        call_fail(c, 400, "ResourceArnRequiredException",
                  "The Amazon Resource Name (ARN) for the resource is required.");
    else if (!sv_starts(arn, sv_of(head)) || !codecommit_is_name(*name))
        call_fail(c, 400, "InvalidResourceArnException",
                  "The value for the resource ARN is not valid.");
    record = repo_record(c, *name);
    if (!c->has_failed && record == NULL)
        call_fail(c, 400, "RepositoryDoesNotExistException", SV_FMT " does not exist",
                  SV_ARG(*name));
    return record;
}

void codecommit_tag(struct call *c)
{
    struct sv name = SV_NONE;
    cJSON *record = tagged(c, &name);
    const cJSON *tags = codecommit_tags(c);

    if (!c->has_failed && tags == NULL)
        call_fail(c, 400, "TagsMapRequiredException", "A map of tags is required.");
    if (!c->has_failed && repo_check(c, codecommit_set_tags(record, tags)) &&
        cJSON_GetArraySize(json_get(record, "Tags")) > TAGS_MOST)
        call_fail(c, 400, "TooManyTagsException",
                  "The maximum number of tags for an AWS CodeCommit resource has been exceeded.");
    (void)call_store(c, REPOSITORY_KIND, c->region, name, record);
    cJSON_Delete(record);
}

void codecommit_untag(struct call *c)
{
    struct sv name = SV_NONE;
    cJSON *record = tagged(c, &name);
    const cJSON *keys = json_get(c->in, "tagKeys");
    cJSON *list = c->has_failed ? NULL : member_list(record, "Tags");

    if (!c->has_failed && !cJSON_IsArray(keys))
        call_fail(c, 400, "TagKeysListRequiredException", "A list of tag keys is required.");
    for (const cJSON *k = c->has_failed ? NULL : keys->child; k != NULL; k = k->next)
        cJSON_Delete(cJSON_DetachItemViaPointer(list, find(list, json_item_sv(k))));
    (void)call_store(c, REPOSITORY_KIND, c->region, name, record);
    cJSON_Delete(record);
}

void codecommit_list_tags(struct call *c)
{
    struct sv name = SV_NONE;
    cJSON *record = tagged(c, &name);
    cJSON *map = c->has_failed ? NULL : call_add(c, c->out, "tags", cJSON_CreateObject());

    for (const cJSON *t = json_list(record, "Tags"); t != NULL && !c->has_failed; t = t->next) {
        const cJSON *key = json_get(t, "Key");

        (void)repo_check(c, cJSON_IsString(key) &&
                                member_set(map, key->valuestring, item_text(json_sv(t, "Value"))));
    }
    cJSON_Delete(record);
}
