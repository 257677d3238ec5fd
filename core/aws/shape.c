#include "core/aws/shape.h"

#include "core/base/time.h"
#include "core/model/pipeline.h"

struct reader {
    struct arena *arena;
    struct err *err;
};

/* AWS sends members in a steady order, so the search begins after the last one found. */
static const struct shape_member *find(const struct shape *shape, const char *name,
                                       const struct shape_member *hint)
{
    const struct shape_member *end = shape->members + shape->count;

    for (const struct shape_member *m = hint; m < end; m++) {
        if (m->name[0] == name[0] && strcmp(m->name, name) == 0)
            return m;
    }
    for (const struct shape_member *m = shape->members; m < hint; m++) {
        if (m->name[0] == name[0] && strcmp(m->name, name) == 0)
            return m;
    }
    return NULL;
}

static enum err_code read_object(const struct shape *shape, const cJSON *json, char *out,
                                 const struct reader *r);
static enum err_code read_list(const struct shape *shape, const cJSON *json, void **out,
                               size_t *count, const struct reader *r);

static enum err_code read_text(const cJSON *json, struct sv *out, const struct reader *r)
{
    struct sv text;

    if (!cJSON_IsString(json))
        return ERR_OK;
    text = arena_sv(r->arena, sv_of(json->valuestring));
    if (text.ptr == NULL)
        return arena_err(r->arena, r->err);
    *out = text;
    return ERR_OK;
}

static void read_int(const cJSON *json, int64_t *out)
{
    /* Past 2^53 a double is no whole number any more. */
    if (cJSON_IsNumber(json) && json->valuedouble > -9e15 && json->valuedouble < 9e15)
        *out = (int64_t)json->valuedouble;
}

static void read_percent(const cJSON *json, int *out)
{
    if (cJSON_IsNumber(json) && json->valuedouble >= 0 && json->valuedouble <= 100)
        *out = (int)json->valuedouble;
}

static enum err_code read_member(const struct shape_member *member, const cJSON *json, char *object,
                                 const struct reader *r)
{
    void *field = object + member->at;
    void *count = object + member->count_at;

    switch (member->kind) {
    case SHAPE_TEXT:
        return read_text(json, field, r);
    case SHAPE_INT:
        read_int(json, field);
        break;
    case SHAPE_TIME:
        if (cJSON_IsNumber(json))
            *(int64_t *)field = time_from_epoch(json->valuedouble);
        break;
    case SHAPE_BOOL:
        if (cJSON_IsBool(json))
            *(bool *)field = (bool)cJSON_IsTrue(json);
        break;
    case SHAPE_PERCENT:
        read_percent(json, field);
        break;
    case SHAPE_STATUS:
        *(enum status *)field = status_from_aws(json_item_sv(json));
        break;
    case SHAPE_MODE:
        *(enum pipeline_mode *)field = pipeline_mode_from_aws(json_item_sv(json));
        break;
    case SHAPE_IS:
        *(bool *)field = sv_eq(json_item_sv(json), sv_of(member->word));
        break;
    case SHAPE_GIVEN:
        *(bool *)field = json_item_sv(json).len > 0;
        break;
    case SHAPE_INSIDE:
        return read_object(member->inner, json, object, r);
    case SHAPE_FIRST:
        return cJSON_IsArray(json) ? read_object(member->inner, json->child, object, r) : ERR_OK;
    case SHAPE_LIST:
        return cJSON_IsArray(json) ? read_list(member->inner, json, field, count, r) : ERR_OK;
    }
    return ERR_OK;
}

static enum err_code check_key(const struct shape *shape, const char *object,
                               const struct reader *r)
{
    const struct sv *key = (const void *)(object + shape->members[0].at);

    if (!shape->has_key || key->len > 0)
        return ERR_OK;
    return err_set(r->err, ERR_REPLY, "expected AWS, got a reply in which a %s has no %s",
                   shape->noun, shape->members[0].name);
}

static enum err_code read_object(const struct shape *shape, const cJSON *json, char *out,
                                 const struct reader *r)
{
    const cJSON *item = cJSON_IsObject(json) ? json->child : NULL;
    const struct shape_member *next = shape->members;
    enum err_code rc = ERR_OK;

    for (; item != NULL && rc == ERR_OK; item = item->next) {
        const struct shape_member *member = find(shape, item->string, next);

        if (member == NULL)
            continue;
        rc = read_member(member, item, out, r);
        next = member + 1;
    }
    if (rc == ERR_OK)
        rc = check_key(shape, out, r);
    if (rc == ERR_OK && shape->finish != NULL)
        rc = shape->finish(json, out, r->arena, r->err);
    return rc;
}

static enum err_code read_list(const struct shape *shape, const cJSON *json, void **out,
                               size_t *count, const struct reader *r)
{
    size_t wanted = 0;
    size_t n = 0;
    char *array;

    for (const cJSON *item = json->child; item != NULL; item = item->next)
        wanted++;
    if (wanted > shape->cap)
        return err_set(r->err, ERR_LIMIT, "reply over %zu %ss", shape->cap, shape->noun);
    array = arena_alloc(r->arena, wanted, shape->size);
    if (array == NULL)
        return arena_err(r->arena, r->err);
    for (const cJSON *item = json->child; item != NULL; item = item->next) {
        char *element = array + n++ * shape->size;
        enum err_code rc;

        if (shape->blank != NULL)
            memcpy(element, shape->blank, shape->size);
        rc = read_object(shape, item, element, r);
        if (rc)
            return rc;
    }
    *out = array;
    *count = n;
    return ERR_OK;
}

enum err_code shape_object(const struct shape *shape, const cJSON *json, void *out,
                           struct arena *arena, struct err *err)
{
    const struct reader r = {arena, err};

    return read_object(shape, json, out, &r);
}

enum err_code shape_list(const struct shape *shape, const cJSON *json, void **out, size_t *count,
                         struct arena *arena, struct err *err)
{
    const struct reader r = {arena, err};

    if (!cJSON_IsArray(json))
        return err_set(err, ERR_REPLY, "expected AWS, got a reply without a list of %ss",
                       shape->noun);
    return read_list(shape, json, out, count, &r);
}
