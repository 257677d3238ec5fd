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
    record = call_record(c, REPOSITORY_KIND, c->region, *name);
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
    cJSON *own = c->has_failed ? NULL : member_object(record, "tags");

    if (!c->has_failed && tags == NULL)
        call_fail(c, 400, "TagsMapRequiredException", "A map of tags is required.");
    for (const cJSON *t = tags == NULL ? NULL : tags->child; t != NULL && !c->has_failed;
         t = t->next)
        (void)repo_check(c, own != NULL && member_set(own, t->string, item_text(json_item_sv(t))));
    if (!c->has_failed && cJSON_GetArraySize(own) > TAGS_MOST)
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
    cJSON *own = c->has_failed ? NULL : member_object(record, "tags");

    if (!c->has_failed && !cJSON_IsArray(keys))
        call_fail(c, 400, "TagKeysListRequiredException", "A list of tag keys is required.");
    for (const cJSON *k = c->has_failed ? NULL : keys->child; k != NULL; k = k->next) {
        if (cJSON_IsString(k))
            cJSON_DeleteItemFromObjectCaseSensitive(own, k->valuestring);
    }
    (void)call_store(c, REPOSITORY_KIND, c->region, name, record);
    cJSON_Delete(record);
}

void codecommit_list_tags(struct call *c)
{
    struct sv name = SV_NONE;
    cJSON *record = tagged(c, &name);
    const cJSON *own = json_get(record, "tags");

    if (!c->has_failed)
        (void)call_add(c, c->out, "tags",
                       own == NULL ? cJSON_CreateObject() : cJSON_Duplicate(own, true));
    cJSON_Delete(record);
}
