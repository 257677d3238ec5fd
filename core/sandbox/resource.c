#include "core/sandbox/resource.h"

#include <ctype.h>
#include <stdarg.h>

#include "core/base/mem.h"

/* clang-format off */
#define TABLE_LIST(X) \
    X(cloudformation) X(iam) X(kms) X(ssm) X(logs) X(ecr) X(secrets) X(s3) X(codecommit) X(events) \
    X(codebuild) X(pipelines)
/* clang-format on */

#define TABLE_DECLARE(name) extern const struct resource_type name##_types[];
TABLE_LIST(TABLE_DECLARE)
#undef TABLE_DECLARE

static const struct resource_type *const tables[] = {
#define TABLE_ROW(name) name##_types,
    TABLE_LIST(TABLE_ROW)
#undef TABLE_ROW
};

const struct resource_type *resource_type_find(struct sv type)
{
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        for (const struct resource_type *row = tables[t]; row->type != NULL; row++) {
            if (sv_eq(type, sv_of(row->type)))
                return row;
        }
    }
    return NULL;
}

enum err_code resource_refuse(struct resource_ask *ask, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(ask->why, sizeof ask->why, fmt, args);
    va_end(args);
    return ERR_OK;
}

/* AWS's made names end in twelve letters and digits. */
static enum err_code random_end(struct service *s, char out[14])
{
    static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    uint64_t number;
    uint64_t bits;
    enum err_code rc = records_next(s->records, &number, NULL);

    if (rc)
        return rc;
    bits = hash_mix(number ^ s->token_seed.lo);
    out[0] = '-';
    for (size_t i = 1; i < 13; i++, bits /= 36)
        out[i] = signs[bits % 36];
    out[13] = '\0';
    return ERR_OK;
}

enum err_code resource_name(struct resource_ask *ask, const char *property, size_t max,
                            bool is_lower)
{
    struct sv given = property == NULL ? SV_NONE : json_sv(ask->properties, property);
    char head[RESOURCE_ID_MAX];
    char end[14];
    enum err_code rc;

    if (given.len > 0) {
        (void)snprintf(ask->id, sizeof ask->id, SV_FMT, SV_ARG(given));
        return ERR_OK;
    }
    rc = random_end(ask->service, end);
    if (rc)
        return err_set(ask->err, rc, "no number for a name");
    (void)snprintf(head, sizeof head, SV_FMT "-" SV_FMT, SV_ARG(sv_take(ask->stack_name, 128)),
                   SV_ARG(sv_take(ask->logical_id, 255)));
    if (strlen(head) + 13 > max)
        head[max - 13] = '\0';
    (void)snprintf(ask->id, sizeof ask->id, "%.900s%s", head, end);
    for (char *c = ask->id; *c != '\0' && is_lower; c++)
        *c = (char)tolower((unsigned char)*c);
    return ERR_OK;
}

enum err_code resource_find(struct resource_ask *ask, const char *property,
                            const struct record_key *of)
{
    struct record_key key = *of;
    cJSON *found = NULL;
    struct sv owner;
    enum err_code rc;

    ask->id[0] = '\0';
    key.name = json_sv(ask->properties, property);
    if (key.name.len == 0)
        return ERR_OK;
    rc = record_get(ask->service->records, &key, &found, ask->err);
    owner = json_sv(found, "Account"); /* of what has a name in the whole world */
    if (!rc && found != NULL && (owner.ptr == NULL || sv_eq(owner, ask->account)))
        (void)snprintf(ask->id, sizeof ask->id, SV_FMT, SV_ARG(key.name));
    cJSON_Delete(found);
    return rc;
}

enum err_code resource_set(struct resource_ask *ask, const char *attribute, const char *fmt, ...)
{
    char value[2048];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(value, sizeof value, fmt, args);
    va_end(args);
    cJSON_DeleteItemFromObjectCaseSensitive(ask->attributes, attribute);
    return cJSON_AddStringToObject(ask->attributes, attribute, value) == NULL ? mem_err(ask->err)
                                                                              : ERR_OK;
}

static bool set_tag(cJSON *list, struct sv key, struct sv value)
{
    cJSON *tag;
    char text[1100];

    for (tag = list->child; tag != NULL; tag = tag->next) {
        if (sv_eq(json_sv(tag, "Key"), key))
            break;
    }
    if (tag != NULL)
        cJSON_DeleteItemFromObjectCaseSensitive(tag, "Value");
    if (tag == NULL) {
        tag = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(list, tag))
            return false;
        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(key));
        if (cJSON_AddStringToObject(tag, "Key", text) == NULL)
            return false;
    }
    (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(value));
    return cJSON_AddStringToObject(tag, "Value", text) != NULL;
}

cJSON *resource_tags(const struct resource_ask *ask, const char *property)
{
    const cJSON *own = property == NULL ? NULL : json_get(ask->properties, property);
    cJSON *list = cJSON_CreateArray();
    bool is_good = list != NULL;

    for (const cJSON *t = ask->tags == NULL ? NULL : ask->tags->child; t != NULL && is_good;
         t = t->next)
        is_good = set_tag(list, json_sv(t, "Key"), json_sv(t, "Value"));
    for (const cJSON *t = own == NULL ? NULL : own->child; t != NULL && is_good; t = t->next)
        is_good = cJSON_IsArray(own) ? set_tag(list, json_sv(t, "Key"), json_sv(t, "Value"))
                                     : set_tag(list, sv_of(t->string), json_item_sv(t));
    if (is_good)
        return list;
    cJSON_Delete(list);
    return NULL;
}
