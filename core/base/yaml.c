#include "core/base/yaml.h"

#include <yaml.h>

#include "core/base/mem.h"

struct reader {
    yaml_parser_t parser;
    cJSON *anchors; /* by name */
    size_t values;
    int depth;
    struct err *err;
    enum err_code rc;
};

/* All of them return NULL for `return fail(...)`. */
static cJSON *fail(struct reader *r, enum err_code code, const char *what, yaml_mark_t at)
{
    if (!r->rc)
        r->rc =
            err_set(r->err, code, "%s (line %zu, column %zu)", what, at.line + 1, at.column + 1);
    return NULL;
}

static cJSON *short_of_memory(struct reader *r)
{
    if (!r->rc)
        r->rc = mem_err(r->err);
    return NULL;
}

static bool next(struct reader *r, yaml_event_t *event)
{
    if (r->rc)
        return false;
    if (yaml_parser_parse(&r->parser, event))
        return true;
    if (r->parser.error == YAML_MEMORY_ERROR)
        (void)short_of_memory(r);
    else
        (void)fail(r, ERR_REPLY, "YAML not well-formed", r->parser.problem_mark);
    return false;
}

static struct sv tag_of(const yaml_char_t *tag)
{
    return sv_of((const char *)tag);
}

static bool is_number(struct sv text, double *out)
{
    char again[40];
    char copy[40];
    char *end = NULL;

    if (text.len == 0 || text.len >= sizeof copy || strspn(text.ptr, "+-.0123456789e") != text.len)
        return false;
    (void)snprintf(copy, sizeof copy, SV_FMT, SV_ARG(text));
    *out = strtod(copy, &end);
    (void)snprintf(again, sizeof again, "%.15g", *out);
    return *end == '\0' && strcmp(again, copy) == 0;
}

static bool is_word(struct sv text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (sv_eq(text, sv_of(*words)))
            return true;
    }
    return false;
}

static cJSON *plain(struct sv text)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const yes[] = {"true", "True", "TRUE", "yes", "Yes",
                                      "YES",  "on",   "On",   "ON",  NULL};
    static const char *const no[] = {"false", "False", "FALSE", "no",  "No",
                                     "NO",    "off",   "Off",   "OFF", NULL};
    double number;

    if (is_word(text, nulls))
        return cJSON_CreateNull();
    if (is_word(text, yes) || is_word(text, no))
        return cJSON_CreateBool(is_word(text, yes));
    if (is_number(text, &number))
        return cJSON_CreateNumber(number);
    return cJSON_CreateString(text.ptr);
}

static cJSON *scalar(struct reader *r, const yaml_event_t *event)
{
    struct sv text = sv_make((const char *)event->data.scalar.value, event->data.scalar.length);
    bool is_plain =
        event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && event->data.scalar.tag == NULL;
    cJSON *item;

    if (strlen(text.ptr) != text.len)
        return fail(r, ERR_REPLY, "a text has a zero byte", event->start_mark);
    item = is_plain ? plain(text) : cJSON_CreateString(text.ptr);
    return item == NULL ? short_of_memory(r) : item;
}

static cJSON *value(struct reader *r, yaml_event_t *event);

/* Takes the item. */
static bool add(struct reader *r, cJSON *to, const char *key, cJSON *item)
{
    if (item != NULL &&
        (key == NULL ? cJSON_AddItemToArray(to, item) : cJSON_AddItemToObject(to, key, item)))
        return true;
    cJSON_Delete(item);
    (void)short_of_memory(r);
    return false;
}

static void elements(struct reader *r, cJSON *list)
{
    yaml_event_t event;

    while (next(r, &event)) {
        bool is_end = event.type == YAML_SEQUENCE_END_EVENT;

        if (!is_end)
            (void)add(r, list, NULL, value(r, &event));
        yaml_event_delete(&event);
        if (is_end)
            return;
    }
}

static bool is_good_key(struct reader *r, const cJSON *map, const yaml_event_t *key)
{
    const char *name = (const char *)key->data.scalar.value;

    if (key->type != YAML_SCALAR_EVENT)
        (void)fail(r, ERR_REPLY, "a key must be a text", key->start_mark);
    else if (cJSON_GetObjectItemCaseSensitive(map, name) != NULL)
        (void)fail(r, ERR_REPLY, "a key stands twice", key->start_mark);
    else if (strcmp(name, "<<") == 0 && key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        (void)fail(r, ERR_REPLY, "merge keys are not supported", key->start_mark);
    return !r->rc;
}

static void members(struct reader *r, cJSON *map)
{
    yaml_event_t key;
    yaml_event_t event;

    while (next(r, &key)) {
        bool is_end = key.type == YAML_MAPPING_END_EVENT;

        if (!is_end && is_good_key(r, map, &key) && next(r, &event)) {
            (void)add(r, map, (const char *)key.data.scalar.value, value(r, &event));
            yaml_event_delete(&event);
        }
        yaml_event_delete(&key);
        if (is_end)
            return;
    }
}

static cJSON *repeat(struct reader *r, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    const cJSON *old = cJSON_GetObjectItemCaseSensitive(r->anchors, name);
    cJSON *copy;

    if (old == NULL)
        return fail(r, ERR_REPLY, "an alias has no anchor before it", event->start_mark);
    r->values += (size_t)json_int(old, "count", 0);
    if (r->values > YAML_VALUES_MAX)
        return fail(r, ERR_LIMIT, "aliases repeat more than we accept", event->start_mark);
    copy = cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(old, "value"), true);
    return copy == NULL ? short_of_memory(r) : copy;
}

static bool remember(struct reader *r, const yaml_char_t *anchor, const cJSON *item, size_t count)
{
    const char *name = (const char *)anchor;
    cJSON *entry;

    if (name == NULL)
        return true;
    r->values += count;
    cJSON_DeleteItemFromObjectCaseSensitive(r->anchors, name);
    entry = cJSON_CreateObject();
    return add(r, r->anchors, name, entry) &&
           add(r, entry, "count", cJSON_CreateNumber((double)count)) &&
           add(r, entry, "value", cJSON_Duplicate(item, true));
}

/* "a.b.c" is resource a and attribute b.c. */
static cJSON *split_attribute(struct reader *r, cJSON *item)
{
    const char *dot = cJSON_IsString(item) ? strchr(item->valuestring, '.') : NULL;
    cJSON *list;
    cJSON *tail;
    char *text;

    if (dot == NULL)
        return item;
    list = cJSON_CreateArray();
    tail = cJSON_CreateString(dot + 1);
    text = item->valuestring;
    text[dot - item->valuestring] = '\0';
    if (list == NULL || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(list);
        cJSON_Delete(item);
        cJSON_Delete(tail);
        return short_of_memory(r);
    }
    if (add(r, list, NULL, tail))
        return list;
    cJSON_Delete(list);
    return NULL;
}

/* Takes the item. */
static cJSON *long_form(struct reader *r, struct sv tag, cJSON *item)
{
    char name[80];
    cJSON *object;

    if (tag.len < 2 || tag.ptr[0] != '!' || item == NULL)
        return item;
    if (sv_eq(tag, SV("!GetAtt")))
        item = split_attribute(r, item);
    if (item == NULL)
        return NULL;
    tag = sv_take(sv_drop(tag, 1), 60);
    (void)snprintf(name, sizeof name, "%s" SV_FMT,
                   sv_eq(tag, SV("Ref")) || sv_eq(tag, SV("Condition")) ? "" : "Fn::", SV_ARG(tag));
    object = cJSON_CreateObject();
    if (object == NULL) {
        cJSON_Delete(item);
        return short_of_memory(r);
    }
    if (add(r, object, name, item))
        return object;
    cJSON_Delete(object);
    return NULL;
}

/* A sequence or a mapping. */
static cJSON *collection(struct reader *r, const yaml_event_t *event)
{
    bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
    cJSON *item = is_list ? cJSON_CreateArray() : cJSON_CreateObject();

    if (item == NULL)
        return short_of_memory(r);
    if (++r->depth > YAML_DEPTH_MAX)
        (void)fail(r, ERR_LIMIT, "values are nested deeper than we accept", event->start_mark);
    else if (is_list)
        elements(r, item);
    else
        members(r, item);
    r->depth--;
    if (!r->rc)
        return item;
    cJSON_Delete(item);
    return NULL;
}

static cJSON *value(struct reader *r, yaml_event_t *event)
{
    size_t before = r->values;
    const yaml_char_t *anchor = NULL;
    struct sv tag = SV_NONE;
    cJSON *item;

    if (++r->values > YAML_VALUES_MAX)
        return fail(r, ERR_LIMIT, "more values than we accept", event->start_mark);
    if (event->type == YAML_ALIAS_EVENT)
        return repeat(r, event);
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = tag_of(event->data.scalar.tag);
        item = scalar(r, event);
    } else {
        bool is_list = event->type == YAML_SEQUENCE_START_EVENT;

        anchor = is_list ? event->data.sequence_start.anchor : event->data.mapping_start.anchor;
        tag = tag_of(is_list ? event->data.sequence_start.tag : event->data.mapping_start.tag);
        item = collection(r, event);
    }
    item = long_form(r, tag, item);
    if (item != NULL && !remember(r, anchor, item, r->values - before)) {
        cJSON_Delete(item);
        item = NULL;
    }
    return item;
}

/* The one document; nothing at all is null. */
static cJSON *document(struct reader *r)
{
    yaml_event_t event;
    cJSON *item = NULL;
    bool is_over = false;

    while (!is_over && next(r, &event)) {
        is_over = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && item != NULL)
            (void)fail(r, ERR_REPLY, "there is a second document", event.start_mark);
        else if (event.type == YAML_ALIAS_EVENT || event.type == YAML_SCALAR_EVENT ||
                 event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT)
            item = value(r, &event);
        yaml_event_delete(&event);
    }
    if (!r->rc && item == NULL)
        item = cJSON_CreateNull();
    if (!r->rc && item == NULL)
        (void)short_of_memory(r);
    if (!r->rc)
        return item;
    cJSON_Delete(item);
    return NULL;
}

enum err_code yaml_parse(struct sv text, cJSON **out, struct err *err)
{
    struct reader r = {.err = err};
    cJSON *item = NULL;

    if (text.len > YAML_TEXT_MAX)
        return err_set(err, ERR_LIMIT, "more than %d bytes of YAML", YAML_TEXT_MAX);
    /* Anything parsed makes cJSON allocate as we do. */
    r.rc = json_parse(SV("{}"), &r.anchors, err);
    if (r.rc)
        return r.rc;
    if (!yaml_parser_initialize(&r.parser)) {
        cJSON_Delete(r.anchors);
        return mem_err(err);
    }
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.len == 0 ? "" : text.ptr),
                                 text.len);
    item = document(&r);
    yaml_parser_delete(&r.parser);
    cJSON_Delete(r.anchors);
    if (r.rc == ERR_OK)
        *out = item;
    return r.rc;
}
