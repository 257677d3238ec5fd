/* One form of tags for records, and AWS's many forms of them on the wire. */
#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/tagging.h"

static struct sv either(const cJSON *tag, const char *a, const char *b, const char *otherwise)
{
    struct sv value = json_sv(tag, a);

    if (value.ptr == NULL)
        value = json_sv(tag, b);
    return value.ptr == NULL ? json_sv(tag, otherwise) : value;
}

static bool set_one(cJSON *list, struct sv key, struct sv value)
{
    cJSON *tag = list->child;

    while (tag != NULL && !sv_eq(json_sv(tag, "Key"), key))
        tag = tag->next;
    if (tag == NULL) {
        tag = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(list, tag)) {
            cJSON_Delete(tag);
            return false;
        }
    }
    return member_put(tag, "Key", key) &&
           member_put(tag, "Value", value.ptr == NULL ? SV("") : value);
}

enum err_code tags_merge(cJSON *record, const cJSON *given, struct err *err)
{
    cJSON *list = member_list(record, "Tags");
    bool is_good = list != NULL;

    for (const cJSON *t = given == NULL ? NULL : given->child; t != NULL && is_good; t = t->next)
        is_good = cJSON_IsArray(given) ? set_one(list, either(t, "Key", "key", "TagKey"),
                                                 either(t, "Value", "value", "TagValue"))
                                       : set_one(list, sv_of(t->string), json_item_sv(t));
    return is_good ? ERR_OK : mem_err(err);
}

void tags_drop(cJSON *record, const cJSON *keys)
{
    cJSON *list = cJSON_GetObjectItemCaseSensitive(record, "Tags");
    cJSON *next;

    for (cJSON *tag = list == NULL ? NULL : list->child; tag != NULL; tag = next) {
        next = tag->next;
        if (list_has(keys, json_sv(tag, "Key")))
            cJSON_Delete(cJSON_DetachItemViaPointer(list, tag));
    }
}

cJSON *tags_object(const cJSON *record)
{
    cJSON *object = cJSON_CreateObject();
    bool is_good = object != NULL;

    for (const cJSON *t = json_list(record, "Tags"); t != NULL && is_good; t = t->next)
        is_good = member_put(object, json_sv(t, "Key").ptr, json_sv(t, "Value"));
    if (is_good)
        return object;
    cJSON_Delete(object);
    return NULL;
}

cJSON *tags_list(const cJSON *record, const char *key, const char *value)
{
    cJSON *list = cJSON_CreateArray();
    bool is_good = list != NULL;

    for (const cJSON *t = json_list(record, "Tags"); t != NULL && is_good; t = t->next) {
        cJSON *tag = cJSON_CreateObject();

        is_good = cJSON_AddItemToArray(list, tag);
        if (!is_good)
            cJSON_Delete(tag);
        is_good = is_good && member_put(tag, key, json_sv(t, "Key")) &&
                  member_put(tag, value, json_sv(t, "Value"));
    }
    if (is_good)
        return list;
    cJSON_Delete(list);
    return NULL;
}
