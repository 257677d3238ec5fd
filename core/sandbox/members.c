#include "core/sandbox/members.h"

#include <stdarg.h>

#include "core/aws/endpoint.h"
#include "core/base/mem.h"

cJSON *item_text(struct sv text)
{
    char *copy = mem_alloc_raw(text.len + 1);
    cJSON *item;

    if (copy == NULL)
        return NULL;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    item = cJSON_CreateString(copy);
    mem_free(copy);
    return item;
}

bool member_set(cJSON *object, const char *name, cJSON *item)
{
    if (object != NULL && item != NULL) {
        cJSON_DeleteItemFromObjectCaseSensitive(object, name);
        if (cJSON_AddItemToObject(object, name, item))
            return true;
    }
    cJSON_Delete(item);
    return false;
}

bool member_put(cJSON *object, const char *name, struct sv value)
{
    return value.ptr == NULL || member_set(object, name, item_text(value));
}

bool member_put_int(cJSON *object, const char *name, int64_t value)
{
    return member_set(object, name, cJSON_CreateNumber((double)value));
}

bool member_putf(cJSON *object, const char *name, const char *fmt, ...)
{
    char text[2304];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return member_set(object, name, cJSON_CreateString(text));
}

bool members_copy(cJSON *to, const cJSON *from, const char *names)
{
    struct sv rest = sv_of(names);
    bool is_good = true;

    while (rest.len > 0 && is_good) {
        struct sv name = sv_cut(rest, ' ', &rest);
        char text[64];
        const cJSON *item;

        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(name));
        item = json_get(from, text);
        is_good = item == NULL || member_set(to, text, cJSON_Duplicate(item, true));
    }
    return is_good;
}

static cJSON *member_made(cJSON *object, const char *name, bool is_list)
{
    cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (item != NULL)
        return item;
    item = is_list ? cJSON_CreateArray() : cJSON_CreateObject();
    return member_set(object, name, item) ? item : NULL;
}

cJSON *member_list(cJSON *object, const char *name)
{
    return member_made(object, name, true);
}

cJSON *member_object(cJSON *object, const char *name)
{
    return member_made(object, name, false);
}

bool list_has(const cJSON *list, struct sv text)
{
    for (const cJSON *item = list == NULL ? NULL : list->child; item != NULL; item = item->next) {
        if (sv_eq(json_item_sv(item), text))
            return true;
    }
    return false;
}

bool list_add(cJSON *list, struct sv text)
{
    cJSON *item;

    if (list_has(list, text))
        return true;
    item = item_text(text);
    if (item != NULL && cJSON_AddItemToArray(list, item))
        return true;
    cJSON_Delete(item);
    return false;
}

void list_remove(cJSON *list, struct sv text)
{
    cJSON *next;

    for (cJSON *item = list == NULL ? NULL : list->child; item != NULL; item = next) {
        next = item->next;
        if (sv_eq(json_item_sv(item), text))
            cJSON_Delete(cJSON_DetachItemViaPointer(list, item));
    }
}

const char *arn_partition(struct sv region)
{
    const struct partition *partition = region.len == 0 ? NULL : partition_of_region(region);

    return partition == NULL ? "aws" : partition->name;
}
