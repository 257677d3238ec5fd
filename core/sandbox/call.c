#include "core/sandbox/call.h"

#include <stdarg.h>

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sandbox/wire.h"

enum { PATH_MAX_PARTS = 24, LIST_MAX = 10000 };

void call_fail(struct call *c, int status, const char *code, const char *fmt, ...)
{
    char message[1500];
    va_list args;

    if (c->has_failed)
        return;
    c->has_failed = true;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    reply_fail(c->reply, c->request->dialect, status, code, "%s", message);
}

bool call_ok(struct call *c, enum err_code rc)
{
    if (rc && !c->rc)
        c->rc = rc;
    c->has_failed = c->has_failed || rc;
    return !c->has_failed;
}

static const char *invalid(const struct call *c)
{
    return c->request->dialect == DIALECT_JSON ? "ValidationException" : "ValidationError";
}

struct sv call_text(struct call *c, const char *name, bool is_required)
{
    const cJSON *item = c->has_failed ? NULL : json_get(c->in, name);

    if (c->has_failed)
        return SV_NONE;
    if (item == NULL && is_required)
        call_fail(c, 400, invalid(c),
                  "1 validation error detected: Value null at '%s' failed to satisfy constraint: "
                  "Member must not be null",
                  name);
    else if (item != NULL && !cJSON_IsString(item))
        call_fail(c, 400, "SerializationException", "%s is not a string", name);
    return item == NULL || c->has_failed ? SV_NONE : json_item_sv(item);
}

int64_t call_int(struct call *c, const char *name, int64_t low, int64_t high, int64_t otherwise)
{
    const cJSON *item = c->has_failed ? NULL : json_get(c->in, name);
    int64_t value = otherwise;

    if (item == NULL)
        return otherwise;
    if (cJSON_IsString(item) && !sv_to_int(json_item_sv(item), &value))
        value = low - 1;
    if (cJSON_IsNumber(item))
        value = json_int(c->in, name, low - 1);
    if (value >= low && value <= high)
        return value;
    call_fail(c, 400, invalid(c),
              "1 validation error detected: Value at '%s' failed to satisfy constraint: Member "
              "must have value between %lld and %lld",
              name, (long long)low, (long long)high);
    return otherwise;
}

bool call_bool(struct call *c, const char *name, bool otherwise)
{
    const cJSON *item = c->has_failed ? NULL : json_get(c->in, name);

    if (cJSON_IsString(item))
        return sv_eq_nocase(json_item_sv(item), SV("true"));
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : otherwise;
}

cJSON *call_add(struct call *c, cJSON *object, const char *name, cJSON *item)
{
    bool is_added = item != NULL && object != NULL &&
                    (cJSON_IsArray(object) ? cJSON_AddItemToArray(object, item)
                                           : cJSON_AddItemToObject(object, name, item));

    if (is_added)
        return item;
    cJSON_Delete(item);
    (void)call_ok(c, mem_err(c->err));
    return NULL;
}

void call_put(struct call *c, const char *name, struct sv value)
{
    CLEANUP(sb_release) struct sb text;

    sb_init(&text, REPLY_BODY_MAX);
    if (value.ptr == NULL)
        return;
    if (call_ok(c, sb_add(&text, value, c->err)))
        (void)call_add(c, c->out, name, cJSON_CreateString(sb_cstr(&text)));
}

void call_put_int(struct call *c, const char *name, int64_t value)
{
    (void)call_add(c, c->out, name, cJSON_CreateNumber((double)value));
}

void call_put_time(struct call *c, cJSON *object, const char *name, int64_t ms)
{
    char text[TIME_RFC3339_SIZE];

    (void)call_add(c, object, name,
                   c->request->dialect == DIALECT_JSON
                       ? cJSON_CreateNumber((double)ms / 1000.0)
                       : cJSON_CreateString(time_rfc3339(ms, text)));
}

void call_put_copy(struct call *c, const char *name, const cJSON *item)
{
    if (item != NULL)
        (void)call_add(c, c->out, name, cJSON_Duplicate(item, true));
}

cJSON *call_record(struct call *c, const char *kind, struct sv region, struct sv name)
{
    struct record_key key = {.kind = kind, .account = c->account, .region = region, .name = name};
    cJSON *value = NULL;

    if (!c->has_failed)
        (void)call_ok(c, record_get(c->service->records, &key, &value, c->err));
    return value;
}

bool call_store(struct call *c, const char *kind, struct sv region, struct sv name,
                const cJSON *value)
{
    struct record_key key = {.kind = kind, .account = c->account, .region = region, .name = name};

    return !c->has_failed && call_ok(c, record_put(c->service->records, &key, value, c->err));
}

/* ---- the query protocol's form as JSON ---- */

/* The element of that number, from 1; the list grows up to it. */
static cJSON *element(cJSON *list, int64_t number, bool is_leaf)
{
    int count = cJSON_GetArraySize(list);

    if (number < 1 || number > LIST_MAX)
        return NULL;
    for (; count < number; count++) {
        cJSON *item = is_leaf ? cJSON_CreateString("") : cJSON_CreateObject();

        if (!cJSON_AddItemToArray(list, item)) {
            cJSON_Delete(item);
            return NULL;
        }
    }
    return cJSON_GetArrayItem(list, (int)number - 1);
}

static cJSON *member(cJSON *object, const char *name, cJSON *fresh)
{
    cJSON *old = cJSON_GetObjectItemCaseSensitive(object, name);

    if (old != NULL) {
        cJSON_Delete(fresh);
        return old;
    }
    if (fresh != NULL && cJSON_AddItemToObject(object, name, fresh))
        return fresh;
    cJSON_Delete(fresh);
    return NULL;
}

/* One "A.member.1.B" with its value. What cannot be placed is left out, as services do. */
static void place(cJSON *root, char *path, const char *value)
{
    char *parts[PATH_MAX_PARTS];
    size_t count = 0;
    cJSON *at = root;

    for (char *rest = path; count < PATH_MAX_PARTS && rest != NULL; count++) {
        parts[count] = rest;
        rest = strchr(rest, '.');
        if (rest != NULL)
            *rest++ = '\0';
    }
    for (size_t i = 0; i < count && at != NULL; i++) {
        int64_t number;
        bool is_list = i + 2 < count && strcmp(parts[i + 1], "member") == 0 &&
                       sv_to_int(sv_of(parts[i + 2]), &number);
        bool is_leaf = i + (is_list ? 3 : 1) == count;

        if (is_list) {
            at = member(at, parts[i], cJSON_CreateArray());
            at = cJSON_IsArray(at) ? element(at, number, is_leaf) : NULL;
            if (is_leaf && cJSON_IsString(at))
                (void)cJSON_SetValuestring(at, value);
            i += 2;
        } else if (is_leaf) {
            at = cJSON_IsObject(at) ? member(at, parts[i], cJSON_CreateString(value)) : NULL;
        } else {
            at = cJSON_IsObject(at) ? member(at, parts[i], cJSON_CreateObject()) : NULL;
        }
    }
}

static enum err_code read_form(struct sv form, cJSON *root, struct err *err)
{
    CLEANUP(sb_release) struct sb name;
    CLEANUP(sb_release) struct sb value;
    enum err_code rc = ERR_OK;

    sb_init(&name, 4096);
    sb_init(&value, REQUEST_BODY_MAX);
    while (form.len > 0 && !rc) {
        struct sv raw;
        struct sv key = sv_cut(sv_cut(form, '&', &form), '=', &raw);

        sb_clear(&name);
        sb_clear(&value);
        rc = form_decode(key, &name, err);
        if (!rc)
            rc = form_decode(raw, &value, err);
        if (!rc && name.len > 0)
            place(root, name.ptr, sb_cstr(&value));
    }
    return rc;
}

/* ---- the output as XML ---- */

static enum err_code put_xml(const cJSON *item, const char *name, struct sb *out, struct err *err);

static enum err_code put_xml_inside(const cJSON *item, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    if (cJSON_IsString(item))
        return xml_escape(out, json_item_sv(item), err);
    if (cJSON_IsBool(item))
        return sb_add(out, cJSON_IsTrue(item) ? SV("true") : SV("false"), err);
    if (cJSON_IsNumber(item))
        return sb_addf(out, err, "%.15g", item->valuedouble);
    for (const cJSON *child = item->child; child != NULL && !rc; child = child->next)
        rc = put_xml(child, cJSON_IsArray(item) ? "member" : child->string, out, err);
    return rc;
}

static enum err_code put_xml(const cJSON *item, const char *name, struct sb *out, struct err *err)
{
    enum err_code rc = sb_addf(out, err, "<%s>", name);

    if (!rc)
        rc = put_xml_inside(item, out, err);
    return rc ? rc : sb_addf(out, err, "</%s>", name);
}

static enum err_code write_xml(const struct call *c, struct err *err)
{
    struct sb *out = &c->reply->body;
    struct sv operation = c->request->operation;
    const struct wire *wire = wire_of(c->request->service);
    enum err_code rc =
        sb_addf(out, err, "<" SV_FMT "Response xmlns=\"%s\"><" SV_FMT "Result>", SV_ARG(operation),
                wire == NULL ? "" : wire->name, SV_ARG(operation));

    if (!rc)
        rc = put_xml_inside(c->out, out, err);
    return rc ? rc
              : sb_addf(out, err,
                        "</" SV_FMT "Result><ResponseMetadata><RequestId>%s</RequestId>"
                        "</ResponseMetadata></" SV_FMT "Response>\n",
                        SV_ARG(operation), c->reply->request_id, SV_ARG(operation));
}

static enum err_code write_json(const struct call *c, struct err *err)
{
    char *text = cJSON_PrintUnformatted(c->out);
    enum err_code rc;

    if (text == NULL)
        return mem_err(err);
    rc = sb_add(&c->reply->body, sv_of(text), err);
    cJSON_free(text);
    return rc;
}

static enum err_code read_input(struct call *c, struct err *err)
{
    struct err why = {0};

    if (c->request->dialect != DIALECT_JSON) {
        c->in = cJSON_CreateObject();
        return c->in == NULL ? mem_err(err) : read_form(c->request->body, c->in, err);
    }
    if (json_parse(c->request->body.len == 0 ? SV("{}") : c->request->body, &c->in, &why) ||
        !cJSON_IsObject(c->in))
        call_fail(c, 400, "SerializationException", "The body is not a JSON object");
    return ERR_OK;
}

enum err_code call_run(struct service *s, call_fn *run, struct request *request,
                       struct reply *reply, struct err *err)
{
    struct call c = {.service = s,
                     .request = request,
                     .reply = reply,
                     .account = request->who.account,
                     .region = request->region,
                     .err = err};
    const struct wire *wire = wire_of(request->service);

    c.out = cJSON_CreateObject();
    c.rc = c.out == NULL ? mem_err(err) : read_input(&c, err);
    if (!c.rc && !c.has_failed)
        run(&c);
    if (!c.rc && !c.has_failed) {
        reply->content_type = wire == NULL ? "text/xml" : wire->type;
        c.rc = request->dialect == DIALECT_JSON ? write_json(&c, err) : write_xml(&c, err);
    }
    cJSON_Delete(c.in);
    cJSON_Delete(c.out);
    return c.rc;
}
