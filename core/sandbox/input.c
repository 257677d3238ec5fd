#include "core/sandbox/input.h"

#include <inttypes.h>
#include <stdarg.h>

void input_open(struct input *in, struct service *service, struct request *request,
                struct reply *reply)
{
    *in = (struct input){.service = service, .request = request, .reply = reply};
    if (json_parse(request->body, &in->json, NULL) || !cJSON_IsObject(in->json))
        input_fail(in, "SerializationException", "The body is not a JSON object");
}

void input_close(struct input *in)
{
    cJSON_Delete(in->json);
}

void input_fail(struct input *in, const char *code, const char *fmt, ...)
{
    char message[1024];
    va_list args;

    if (in->has_failed)
        return;
    in->has_failed = true;
    va_start(args, fmt);
    (void)vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    reply_fail(in->reply, DIALECT_JSON, 400, code, "%s", message);
}

struct rule {
    size_t least;
    size_t most;
    const char *others; /* allowed beside letters and digits; NULL: everything is */
    const char *pattern;
};

static const struct rule rules[] = {
    [TEXT_NAME] = {1, 100, ".@-_", "[A-Za-z0-9.@\\-_]+"},
    [TEXT_UUID] = {36, 36, "-", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"},
    [TEXT_TOKEN] = {1, 2048, NULL, NULL},
    [TEXT_ARN] = {1, 2048, ":/-_.@", "arn:aws(-[\\w]+)*:codepipeline:.+:[0-9]{12}:.+"},
    [TEXT_REQUEST] = {1, 128, "-", "^[a-zA-Z0-9-]+$"},
    [TEXT_STOP] = {0, 200, NULL, NULL},
    [TEXT_REASON] = {1, 300, "!@ ().*?-", "[a-zA-Z0-9!@ \\(\\)\\.\\*\\?\\-]+"},
    [TEXT_SUMMARY] = {0, 512, NULL, NULL},
    [TEXT_VARIABLE] = {1, 128, "@-_", "[A-Za-z0-9@\\-_]+"},
    [TEXT_VALUE] = {1, 1000, NULL, NULL},
    [TEXT_REVISION] = {1, 1500, NULL, NULL},
    [TEXT_WORD] = {1, 64, NULL, NULL},
};

static bool fits(const struct rule *rule, struct sv text)
{
    for (size_t i = 0; i < text.len && rule->others != NULL; i++) {
        char c = text.ptr[i];

        if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') &&
            (c == '\0' || strchr(rule->others, c) == NULL))
            return false;
    }
    return true;
}

static void invalid(struct input *in, struct sv value, const char *name, const char *constraint)
{
    input_fail(in, "ValidationException",
               "1 validation error detected: Value '" SV_FMT "' at '%s' failed to satisfy "
               "constraint: %s",
               SV_ARG(sv_take(value, 200)), name, constraint);
}

/* Limits are of characters, not bytes. */
static size_t characters(struct sv text)
{
    size_t count = 0;

    for (; text.len > 0; count++)
        (void)utf8_next(&text);
    return count;
}

static void check_text(struct input *in, struct sv text, const char *name, const struct rule *rule)
{
    size_t len = characters(text);
    char constraint[160];

    if (len > rule->most)
        (void)snprintf(constraint, sizeof constraint,
                       "Member must have length less than or equal to %zu", rule->most);
    else if (len < rule->least)
        (void)snprintf(constraint, sizeof constraint,
                       "Member must have length greater than or equal to %zu", rule->least);
    else if (!fits(rule, text))
        (void)snprintf(constraint, sizeof constraint,
                       "Member must satisfy regular expression pattern: %s", rule->pattern);
    else
        return;
    invalid(in, text, name, constraint);
}

struct sv input_text(struct input *in, const cJSON *parent, const char *name, enum text_rule rule,
                     bool is_required)
{
    const cJSON *item = in->has_failed ? NULL : json_get(parent == NULL ? in->json : parent, name);
    struct sv text;

    if (in->has_failed)
        return SV_NONE;
    if (item == NULL) {
        if (is_required)
            input_fail(in, "ValidationException",
                       "1 validation error detected: Value null at '%s' failed to satisfy "
                       "constraint: Member must not be null",
                       name);
        return SV_NONE;
    }
    if (!cJSON_IsString(item)) {
        input_fail(in, "SerializationException", "%s is not a string", name);
        return SV_NONE;
    }
    text = json_item_sv(item);
    check_text(in, text, name, &rules[rule]);
    return in->has_failed ? SV_NONE : text;
}

int64_t input_int(struct input *in, const char *name, int64_t low, int64_t high, int64_t otherwise)
{
    const cJSON *item = in->has_failed ? NULL : json_get(in->json, name);
    int64_t value = in->has_failed ? otherwise : json_int(in->json, name, otherwise);
    char digits[32];
    char constraint[96];

    if (item == NULL)
        return otherwise;
    if (!cJSON_IsNumber(item)) {
        input_fail(in, "SerializationException", "%s is not a number", name);
        return otherwise;
    }
    if (value >= low && value <= high)
        return value;
    (void)snprintf(digits, sizeof digits, "%" PRId64, value);
    (void)snprintf(constraint, sizeof constraint,
                   "Member must have value %s than or equal to %" PRId64,
                   value < low ? "greater" : "less", value < low ? low : high);
    invalid(in, sv_of(digits), name, constraint);
    return otherwise;
}

const cJSON *input_object(struct input *in, const char *name, bool is_required)
{
    const cJSON *item = in->has_failed ? NULL : json_get(in->json, name);

    if (in->has_failed || (item == NULL && !is_required))
        return NULL;
    if (item == NULL)
        input_fail(in, "ValidationException",
                   "1 validation error detected: Value null at '%s' failed to satisfy constraint: "
                   "Member must not be null",
                   name);
    else if (!cJSON_IsObject(item))
        input_fail(in, "SerializationException", "%s is not an object", name);
    return in->has_failed ? NULL : item;
}

struct pipe *input_pipe(struct input *in, const char *member)
{
    struct sv name = input_text(in, NULL, member, TEXT_NAME, true);
    struct world *w = in->service->world;
    struct pipe *p;

    if (in->has_failed)
        return NULL;
    p = world_find_pipe(w, world_find_place(w, in->request->who.account, in->request->region),
                        name);
    if (p == NULL)
        input_fail(in, "PipelineNotFoundException",
                   "Account '" SV_FMT "' does not have a pipeline with name '" SV_FMT "'",
                   SV_ARG(in->request->who.account), SV_ARG(name));
    return p;
}

struct run *input_run(struct input *in, const struct pipe *p, struct sv id)
{
    struct run *run = NULL;
    struct uid uid;

    if (in->has_failed)
        return NULL;
    if (uid_parse(id, &uid))
        run = pipe_find_run(p, uid);
    if (run == NULL)
        input_fail(in, "PipelineExecutionNotFoundException",
                   "PipelineExecution with id '" SV_FMT "' not found in pipeline '%s'", SV_ARG(id),
                   p->name);
    return run;
}

bool input_stage(struct input *in, const struct pipe *p, struct sv name, size_t *out)
{
    if (in->has_failed)
        return false;
    for (size_t i = 0; i < p->shape->stage_count; i++) {
        if (sv_eq(sv_of(p->shape->stages[i].name), name)) {
            *out = i;
            return true;
        }
    }
    input_fail(in, "StageNotFoundException", "Pipeline '%s' has no stage named '" SV_FMT "'",
               p->name, SV_ARG(name));
    return false;
}

/* Bound to the operation, the place and the pipeline it was given for. */
static uint64_t seal(const struct input *in, uint64_t position)
{
    uint64_t hash = hash_text(in->request->operation) ^ hash_text(in->request->who.account);

    hash = hash_mix(hash ^ hash_text(in->request->region));
    hash = hash_mix(hash ^ hash_text(json_sv(in->json, "pipelineName")));
    return hash_mix(hash ^ position);
}

enum err_code page_token(struct jw *w, const struct input *in, uint64_t position)
{
    char text[64];

    (void)snprintf(text, sizeof text, "pst1.%016" PRIx64 "%016" PRIx64, position,
                   seal(in, position));
    jw_put_sv(w, "nextToken", sv_of(text));
    return jw_done(w);
}

static bool read_hex(struct sv text, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

        if (digit < 0)
            return false;
        *out = *out << 4 | (uint64_t)digit;
    }
    return true;
}

bool input_page(struct input *in, uint64_t otherwise, uint64_t *position)
{
    struct sv text = input_text(in, NULL, "nextToken", TEXT_TOKEN, false);
    uint64_t sealed;

    if (in->has_failed)
        return false;
    *position = otherwise;
    if (text.ptr == NULL)
        return true;
    if (text.len == 37 && sv_starts(text, SV("pst1.")) &&
        read_hex(sv_take(sv_drop(text, 5), 16), position) && read_hex(sv_drop(text, 21), &sealed) &&
        sealed == seal(in, *position))
        return true;
    input_fail(in, "InvalidNextTokenException", "The next token is not valid");
    return false;
}
