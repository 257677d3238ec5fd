#include "core/sandbox/cfn.h"

#include <stdarg.h>

#include "core/base/mem.h"

void cfn_init(struct cfn *c, struct service *service, struct sv account, struct sv region,
              struct err *err)
{
    *c = (struct cfn){.service = service, .account = account, .region = region, .err = err};
}

PRINTF_LIKE(4, 0)
static void refuse(struct cfn *c, int status, const char *code, const char *fmt, va_list args)
{
    if (c->has_failed)
        return;
    c->has_failed = true;
    c->status = status;
    (void)snprintf(c->code, sizeof c->code, "%s", code);
    (void)vsnprintf(c->why, sizeof c->why, fmt, args);
}

void cfn_refuse(struct cfn *c, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    refuse(c, 400, "ValidationError", fmt, args);
    va_end(args);
}

void cfn_refuse_as(struct cfn *c, int status, const char *code, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    refuse(c, status, code, fmt, args);
    va_end(args);
}

bool cfn_ok(struct cfn *c, enum err_code rc)
{
    if (rc && !c->rc)
        c->rc = rc;
    c->has_failed = c->has_failed || rc;
    return !c->has_failed;
}

static cJSON *checked(struct cfn *c, cJSON *item)
{
    if (item == NULL && !c->has_failed)
        (void)cfn_ok(c, mem_err(c->err));
    if (!c->has_failed)
        return item;
    cJSON_Delete(item);
    return NULL;
}

cJSON *cfn_text(struct cfn *c, struct sv text)
{
    CLEANUP(sb_release) struct sb copy;

    sb_init(&copy, REPLY_BODY_MAX);
    if (c->has_failed || !cfn_ok(c, sb_add(&copy, text, c->err)))
        return NULL;
    return checked(c, cJSON_CreateString(sb_cstr(&copy)));
}

cJSON *cfn_textf(struct cfn *c, const char *fmt, ...)
{
    char text[2048];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return checked(c, cJSON_CreateString(text));
}

cJSON *cfn_copy(struct cfn *c, const cJSON *item)
{
    return c->has_failed ? NULL : checked(c, cJSON_Duplicate(item, true));
}

cJSON *cfn_object(struct cfn *c)
{
    return checked(c, cJSON_CreateObject());
}

cJSON *cfn_list(struct cfn *c)
{
    return checked(c, cJSON_CreateArray());
}

/* The name may be that of the member which is replaced. */
static bool place(cJSON *to, const char *name, cJSON *item)
{
    if (name == NULL)
        return cJSON_AddItemToArray(to, item);
    if (cJSON_GetObjectItemCaseSensitive(to, name) == NULL)
        return cJSON_AddItemToObject(to, name, item);
    return cJSON_ReplaceItemInObjectCaseSensitive(to, name, item);
}

cJSON *cfn_put(struct cfn *c, cJSON *to, const char *name, cJSON *item)
{
    if (!c->has_failed && item != NULL && to != NULL && place(to, name, item))
        return item;
    cJSON_Delete(item);
    return checked(c, NULL);
}

void cfn_put_text(struct cfn *c, cJSON *to, const char *name, struct sv text)
{
    (void)cfn_put(c, to, name, cfn_text(c, text));
}

void cfn_put_int(struct cfn *c, cJSON *to, const char *name, int64_t value)
{
    (void)cfn_put(c, to, name, cJSON_CreateNumber((double)value));
}

void cfn_put_bool(struct cfn *c, cJSON *to, const char *name, bool value)
{
    (void)cfn_put(c, to, name, cJSON_CreateBool(value));
}

void cfn_drop(cJSON *object, const char *name)
{
    if (object != NULL)
        cJSON_DeleteItemFromObjectCaseSensitive(object, name);
}

bool cfn_has(const cJSON *list, struct sv text)
{
    for (const cJSON *item = list == NULL ? NULL : list->child; item != NULL; item = item->next) {
        if (sv_eq(json_item_sv(item), text))
            return true;
    }
    return false;
}

void cfn_add_once(struct cfn *c, cJSON *list, struct sv text)
{
    if (!cfn_has(list, text))
        (void)cfn_put(c, list, NULL, cfn_text(c, text));
}

cJSON *cfn_get(cJSON *object, const char *name)
{
    return cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, name) : NULL;
}

cJSON *cfn_get_sv(cJSON *object, struct sv name)
{
    cJSON *item = cJSON_IsObject(object) ? object->child : NULL;

    while (item != NULL && !sv_eq(sv_of(item->string), name))
        item = item->next;
    return item;
}

const cJSON *cfn_find(const cJSON *object, struct sv name)
{
    const cJSON *item = cJSON_IsObject(object) ? object->child : NULL;

    while (item != NULL && !sv_eq(sv_of(item->string), name))
        item = item->next;
    return item;
}

void cfn_join(const cJSON *list, char *out, size_t size)
{
    size_t at = 0;

    out[0] = '\0';
    for (const cJSON *item = list == NULL ? NULL : list->child; item != NULL && at + 4 < size;
         item = item->next) {
        int len = snprintf(out + at, size - at, "%s%s", at == 0 ? "" : ", ", item->valuestring);

        at += len < 0 ? 0 : (size_t)len;
    }
}

struct sv cfn_partition(struct sv region)
{
    if (sv_starts(region, SV("cn-")))
        return SV("aws-cn");
    return sv_starts(region, SV("us-gov-")) ? SV("aws-us-gov") : SV("aws");
}

struct sv cfn_suffix(struct sv region)
{
    return sv_starts(region, SV("cn-")) ? SV("amazonaws.com.cn") : SV("amazonaws.com");
}

bool cfn_word(const char *words, struct sv word)
{
    struct sv rest = sv_of(words);

    while (rest.len > 0) {
        if (sv_eq(sv_cut(rest, ' ', &rest), word))
            return true;
    }
    return false;
}
