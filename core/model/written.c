#include "core/model/written.h"

#include "core/base/suggest.h"
#include "core/model/spelling.h"

enum { SCHEMA = 1, SHOWN_MAX = 40 };

static const char *field(const struct written *f, const char *name, char out[DEFECT_FIELD_SIZE])
{
    return defect_field(out, "%s%s", f->path, name);
}

static const char *type_word(const cJSON *item)
{
    return cJSON_IsString(item)   ? "a text"
           : cJSON_IsNumber(item) ? "a number"
           : cJSON_IsBool(item)   ? "true or false"
           : cJSON_IsArray(item)  ? "a list"
           : cJSON_IsObject(item) ? "an object"
                                  : "null";
}

static bool is_known(const char *name, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, known[i]) == 0)
            return true;
    }
    return false;
}

static void unknown(struct written *f, const char *name, const char *const *known, size_t count)
{
    char path[DEFECT_FIELD_SIZE];
    struct suggestion near = {0};

    if (f->has_unknown != NULL) {
        *f->has_unknown = true;
        return;
    }
    /* Somebody else's whole file may have a great many: what is not shown needs no suggestion. */
    for (size_t i = 0; i < count && f->defects->count < DEFECTS_MAX; i++)
        suggest_consider(sv_of(name), known[i], &near);
    if (near.word != NULL)
        defects_add(f->defects, field(f, name, path), "unknown member; did you mean %s?",
                    near.word);
    else
        defects_add(f->defects, field(f, name, path), "unknown member: remove it");
}

void written_members(struct written *f, const char *const *known, size_t count)
{
    char path[DEFECT_FIELD_SIZE];

    for (const cJSON *item = f->object->child; item != NULL; item = item->next) {
        if (!is_known(item->string, known, count))
            unknown(f, item->string, known, count);
    }
    for (size_t i = 0; i < count; i++) {
        size_t times = 0;

        for (const cJSON *item = f->object->child; item != NULL; item = item->next)
            times += strcmp(item->string, known[i]) == 0;
        if (times > 1)
            defects_add(f->defects, field(f, known[i], path),
                        "is there %zu times: keep one of them", times);
    }
}

/* The member, or NULL with a defect when it is of another type. */
static const cJSON *member(struct written *f, const char *name,
                           cJSON_bool (*is_type)(const cJSON *), const char *wanted)
{
    char path[DEFECT_FIELD_SIZE];
    const cJSON *item = json_get(f->object, name);

    if (item == NULL || is_type(item))
        return item;
    if (cJSON_IsNumber(item) && is_type == cJSON_IsString)
        defects_add(f->defects, field(f, name, path),
                    "must be a text, not a number: put it in quotes");
    else
        defects_add(f->defects, field(f, name, path), "must be %s, not %s", wanted,
                    type_word(item));
    return NULL;
}

static struct sv keep(struct written *f, const char *name, const cJSON *item)
{
    char path[DEFECT_FIELD_SIZE];
    struct sv text = json_item_sv(item);
    struct sv kept;

    if (text.len == 0)
        return SV("");
    if (!spelling_shown(text))
        defects_add(f->defects, field(f, name, path),
                    "has a control character, or one that cannot be shown: remove it");
    kept = arena_sv(f->arena, text);
    if (kept.ptr == NULL) {
        f->is_short = true;
        return SV("");
    }
    return kept;
}

struct sv written_text(struct written *f, const char *name)
{
    const cJSON *item = member(f, name, cJSON_IsString, "a text");

    return item == NULL ? SV("") : keep(f, name, item);
}

struct sv written_item_text(struct written *f, const cJSON *item)
{
    char path[DEFECT_FIELD_SIZE];

    if (cJSON_IsString(item))
        return keep(f, item->string, item);
    defects_add(f->defects, field(f, item->string, path), "must be a text, not %s%s",
                type_word(item), cJSON_IsNumber(item) ? ": put it in quotes" : "");
    return SV("");
}

bool written_bool(struct written *f, const char *name, bool otherwise)
{
    const cJSON *item = member(f, name, cJSON_IsBool, "true or false");

    return item == NULL ? otherwise : (bool)cJSON_IsTrue(item);
}

const cJSON *written_object(struct written *f, const char *name)
{
    return member(f, name, cJSON_IsObject, "an object {}");
}

const cJSON *written_array(struct written *f, const char *name)
{
    return member(f, name, cJSON_IsArray, "a list []");
}

/* "a, b or c" */
static const char *choices(const char *const *words, size_t count, char out[DEFECT_TEXT_SIZE])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count && len < DEFECT_TEXT_SIZE; i++)
        len += (size_t)snprintf(out + len, DEFECT_TEXT_SIZE - len, "%s%s",
                                i == 0           ? ""
                                : i + 1 == count ? " or "
                                                 : ", ",
                                words[i]);
    return out;
}

int written_word(struct written *f, const char *name, const char *const *words, size_t count,
                 int otherwise)
{
    char path[DEFECT_FIELD_SIZE];
    char all[DEFECT_TEXT_SIZE];
    struct suggestion near = {0};
    const cJSON *item = member(f, name, cJSON_IsString, "a text");
    struct sv text = json_item_sv(item);

    if (item == NULL) {
        if (otherwise < 0)
            defects_add_first(f->defects, field(f, name, path), "is required: %s",
                              choices(words, count, all));
        return otherwise < 0 ? 0 : otherwise;
    }
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(text, sv_of(words[i])))
            return (int)i;
        suggest_consider(text, words[i], &near);
    }
    text = sv_take(text, SHOWN_MAX);
    if (near.word != NULL)
        defects_add(f->defects, field(f, name, path), "unknown \"" SV_FMT "\"; did you mean %s?",
                    SV_ARG(text), near.word);
    else
        defects_add(f->defects, field(f, name, path), "unknown \"" SV_FMT "\": write %s",
                    SV_ARG(text), choices(words, count, all));
    return 0;
}

void written_schema(struct written *f)
{
    char path[DEFECT_FIELD_SIZE];
    const cJSON *item = member(f, "schema", cJSON_IsNumber, "the number 1");

    field(f, "schema", path);
    if (item == NULL)
        defects_add_first(f->defects, path, "is required: write 1");
    else if (json_int(f->object, "schema", 0) != SCHEMA || item->valuedouble != (double)SCHEMA)
        defects_add(f->defects, path,
                    "this penstock reads schema 1, not %.10g: a newer one may have written it",
                    item->valuedouble);
}

/* An escape of the sort is no escape when its backslash is one itself. */
static bool is_nul(struct sv json, size_t at, bool is_escaped)
{
    return json.ptr[at] == '\0' ||
           (!is_escaped && json.ptr[at] == '\\' && sv_starts(sv_drop(json, at), SV("\\u0000")));
}

void written_refuse_nul(struct sv json, struct defects *defects)
{
    size_t line = 1;
    bool is_escaped = false;

    for (size_t i = 0; i < json.len; i++) {
        if (is_nul(json, i, is_escaped)) {
            defects_add(defects, "", "line %zu: a NUL character ends a text there: remove it",
                        line);
            return;
        }
        is_escaped = !is_escaped && json.ptr[i] == '\\';
        line += json.ptr[i] == '\n';
    }
}
