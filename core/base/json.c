#include "core/base/json.h"

#include <math.h>

#include "core/base/mem.h"
#include "core/base/time.h"

static bool is_short_of_memory; /* cJSON does not tell that from malformed text */

/* cJSON clears its nodes itself. */
static void *hook_alloc(size_t size)
{
    void *p = mem_alloc_raw(size);

    if (p == NULL)
        is_short_of_memory = true;
    return p;
}

static void use_our_memory(void)
{
    static bool done;
    static cJSON_Hooks hooks = {hook_alloc, mem_free};

    if (!done)
        cJSON_InitHooks(&hooks);
    done = true;
}

/* NULL for what is no JSON; *stop is where that showed. */
static cJSON *parse(struct sv text, size_t *stop)
{
    const char *start = text.ptr == NULL ? "" : text.ptr;
    const char *end = start;
    cJSON *json;

    use_our_memory();
    is_short_of_memory = false;
    json = cJSON_ParseWithLengthOpts(start, text.len, &end, false);
    *stop = (size_t)(end - start);
    if (json != NULL && sv_trim(sv_drop(text, *stop)).len > 0) {
        *stop = text.len - sv_trim(sv_drop(text, *stop)).len;
        cJSON_Delete(json);
        json = NULL;
    }
    return json;
}

enum err_code json_parse(struct sv text, cJSON **out, struct err *err)
{
    struct sv seen = sv_trim(text);
    size_t stop;
    cJSON *json = parse(text, &stop);

    if (json == NULL && is_short_of_memory)
        return mem_err(err);
    if (json == NULL) {
        if (seen.len == 0)
            return err_set(err, ERR_REPLY, "expected JSON, got nothing");
        return err_set(err, ERR_REPLY, "expected JSON, got \"" SV_FMT "...\"",
                       SV_ARG(sv_take(seen, 40)));
    }
    *out = json;
    return ERR_OK;
}

enum err_code json_parse_written(struct sv text, cJSON **out, struct err *err)
{
    size_t stop;
    size_t line = 1;
    size_t column = 1;
    cJSON *json = parse(text, &stop);

    if (json != NULL) {
        *out = json;
        return ERR_OK;
    }
    if (is_short_of_memory)
        return mem_err(err);
    if (sv_trim(text).len == 0)
        return err_set(err, ERR_USAGE, "there is nothing in it: write a JSON object");
    for (size_t i = 0; i < stop && i < text.len; i++) {
        column = text.ptr[i] == '\n' ? 1 : column + 1;
        line += text.ptr[i] == '\n';
    }
    return err_set(err, ERR_USAGE,
                   "line %zu, column %zu: no JSON from here on; look for a comma, quote or bracket "
                   "too many or too few",
                   line, column);
}

const cJSON *json_get(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_IsObject(object) ? object->child : NULL;

    while (item != NULL && (item->string == NULL || strcmp(item->string, name) != 0))
        item = item->next;
    return cJSON_IsNull(item) ? NULL : item;
}

struct sv json_item_sv(const cJSON *item)
{
    return cJSON_IsString(item) ? sv_of(item->valuestring) : SV_NONE;
}

struct sv json_sv(const cJSON *object, const char *name)
{
    return json_item_sv(json_get(object, name));
}

int64_t json_int(const cJSON *object, const char *name, int64_t otherwise)
{
    const cJSON *item = json_get(object, name);

    if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble) || fabs(item->valuedouble) > 9e15)
        return otherwise;
    return (int64_t)item->valuedouble;
}

bool json_bool(const cJSON *object, const char *name, bool otherwise)
{
    const cJSON *item = json_get(object, name);

    return cJSON_IsBool(item) ? (bool)cJSON_IsTrue(item) : otherwise;
}

int64_t json_time(const cJSON *object, const char *name)
{
    const cJSON *item = json_get(object, name);

    return cJSON_IsNumber(item) ? time_from_epoch(item->valuedouble) : 0;
}

const cJSON *json_list(const cJSON *object, const char *name)
{
    const cJSON *item = json_get(object, name);

    return cJSON_IsArray(item) ? item->child : NULL;
}

void jw_init(struct jw *w, struct sb *out, struct err *err)
{
    *w = (struct jw){.out = out, .err = err};
}

static void raw(struct jw *w, struct sv text)
{
    if (w->rc == ERR_OK)
        w->rc = sb_add(w->out, text, w->err);
}

static void newline(struct jw *w)
{
    if (!w->pretty)
        return;
    raw(w, SV("\n"));
    for (int i = 0; i < w->depth; i++)
        raw(w, SV("  "));
}

/* Called before each value or name. */
static void separate(struct jw *w)
{
    if (w->needs_comma)
        raw(w, SV(","));
    if (w->needs_comma || w->is_fresh)
        newline(w);
    w->needs_comma = false;
    w->is_fresh = false;
}

void jw_open(struct jw *w, char bracket)
{
    separate(w);
    raw(w, sv_make(&bracket, 1));
    w->depth++;
    w->is_fresh = true;
}

void jw_close(struct jw *w, char bracket)
{
    w->depth--;
    if (!w->is_fresh)
        newline(w);
    w->is_fresh = false;
    raw(w, sv_make(&bracket, 1));
    w->needs_comma = true;
}

/* What a terminal must not see as it is: controls, and what reorders or hides text. */
static bool needs_escape(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c != 0xfffd && text_safe(c) != c);
}

static void escape(struct jw *w, uint32_t c)
{
    char text[16];

    if (c < 0x10000)
        snprintf(text, sizeof text, "\\u%04x", (unsigned)c);
    else
        snprintf(text, sizeof text, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (c >> 10)),
                 (unsigned)(0xdc00 + (c & 0x3ff)));
    raw(w, sv_of(text));
}

static void quoted(struct jw *w, struct sv text)
{
    raw(w, SV("\""));
    while (text.len > 0 && w->rc == ERR_OK) {
        size_t plain = 0;
        uint32_t c;
        char bytes[8];

        while (plain < text.len && (unsigned char)text.ptr[plain] >= 0x20 &&
               (unsigned char)text.ptr[plain] < 0x7f && text.ptr[plain] != '"' &&
               text.ptr[plain] != '\\')
            plain++;
        raw(w, sv_take(text, plain));
        text = sv_drop(text, plain);
        if (text.len == 0)
            break;
        c = utf8_next(&text);
        if (c == '"' || c == '\\') {
            bytes[0] = '\\';
            bytes[1] = (char)c;
            raw(w, sv_make(bytes, 2));
        } else if (needs_escape(c)) {
            escape(w, c);
        } else {
            raw(w, sv_make(bytes, utf8_encode(c, bytes)));
        }
    }
    raw(w, SV("\""));
}

void jw_name(struct jw *w, const char *name)
{
    separate(w);
    quoted(w, sv_of(name));
    raw(w, w->pretty ? SV(": ") : SV(":"));
}

void jw_sv(struct jw *w, struct sv value)
{
    separate(w);
    if (value.ptr == NULL)
        raw(w, SV("null"));
    else
        quoted(w, value);
    w->needs_comma = true;
}

void jw_int(struct jw *w, int64_t value)
{
    separate(w);
    if (w->rc == ERR_OK)
        w->rc = sb_addf(w->out, w->err, "%lld", (long long)value);
    w->needs_comma = true;
}

void jw_bool(struct jw *w, bool value)
{
    separate(w);
    raw(w, value ? SV("true") : SV("false"));
    w->needs_comma = true;
}

void jw_null(struct jw *w)
{
    jw_sv(w, SV_NONE);
}

void jw_time(struct jw *w, int64_t ms)
{
    char text[TIME_RFC3339_SIZE];

    jw_sv(w, ms == 0 ? SV_NONE : sv_of(time_rfc3339(ms, text)));
}

void jw_epoch(struct jw *w, int64_t ms)
{
    separate(w);
    if (w->rc == ERR_OK)
        w->rc = sb_addf(w->out, w->err, "%lld.%03d", (long long)(ms / 1000), (int)(ms % 1000));
    w->needs_comma = true;
}

enum err_code jw_done(struct jw *w)
{
    return w->rc;
}

void jw_put_sv(struct jw *w, const char *name, struct sv value)
{
    jw_name(w, name);
    jw_sv(w, value);
}

void jw_put_int(struct jw *w, const char *name, int64_t value)
{
    jw_name(w, name);
    jw_int(w, value);
}

void jw_put_bool(struct jw *w, const char *name, bool value)
{
    jw_name(w, name);
    jw_bool(w, value);
}

void jw_put_time(struct jw *w, const char *name, int64_t ms)
{
    jw_name(w, name);
    jw_time(w, ms);
}

void jw_put_epoch(struct jw *w, const char *name, int64_t ms)
{
    jw_name(w, name);
    jw_epoch(w, ms);
}
