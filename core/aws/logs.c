#include "core/aws/logs.h"

/* Characters that no text has: one of them stands for NUL while the reply is read, since cJSON's
 * strings end at one. */
static const struct {
    struct sv bytes;
    struct sv escape; /* as long as that of NUL */
} standins[] = {
    {{"\xef\xbf\xbe", 3}, {"\\ufffe", 6}},
    {{"\xef\xbf\xbf", 3}, {"\\uffff", 6}},
    {{"\xef\xb7\x90", 3}, {"\\ufdd0", 6}},
};

static const struct sv nul_escape = {"\\u0000", 6};

static bool has(struct sv text, struct sv bytes)
{
    return memmem(text.ptr, text.len, bytes.ptr, bytes.len) != NULL;
}

static size_t take_events(const cJSON *json, struct log_event *out, size_t room)
{
    size_t count = 0;

    for (const cJSON *e = json_list(json, "events"); e != NULL && count < room; e = e->next)
        out[count++] =
            (struct log_event){.at_ms = json_int(e, "timestamp", 0), .text = json_sv(e, "message")};
    return count;
}

/* A copy of the body in which each NUL is its stand-in. */
static char *without_nuls(struct sv body, size_t standin, struct arena *arena)
{
    char *copy = arena_alloc(arena, body.len + 1, 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, body.ptr, body.len);
    for (size_t i = 0; i + 1 < body.len; i++) {
        if (copy[i] != '\\')
            continue;
        if (sv_starts(sv_make(copy + i, body.len - i), nul_escape))
            memcpy(copy + i, standins[standin].escape.ptr, nul_escape.len);
        i++; /* what is escaped, a backslash too */
    }
    return copy;
}

static struct sv with_nuls(struct sv text, struct sv standin, struct arena *arena)
{
    char *copy = arena_alloc(arena, text.len + 1, 1);
    size_t len = 0;

    for (size_t i = 0; copy != NULL && i < text.len;) {
        bool is_nul = sv_starts(sv_drop(text, i), standin);

        copy[len++] = is_nul ? '\0' : text.ptr[i];
        i += is_nul ? standin.len : 1;
    }
    return sv_make(copy, copy != NULL ? len : 0);
}

static enum err_code take_with_nuls(struct sv body, struct arena *arena, struct log_reply *out,
                                    struct err *err)
{
    size_t standin = 0;
    cJSON *json = NULL;
    char *copy;
    enum err_code rc;

    while (standin + 1 < ARRAY_LEN(standins) &&
           (has(body, standins[standin].bytes) || has(body, standins[standin].escape)))
        standin++;
    copy = without_nuls(body, standin, arena);
    if (copy == NULL)
        return arena_err(arena, err);
    rc = json_parse(sv_make(copy, body.len), &json, err);
    if (rc)
        return rc;
    out->count = take_events(json, out->events, out->count);
    for (size_t i = 0; i < out->count && !rc; i++) {
        out->events[i].text = with_nuls(out->events[i].text, standins[standin].bytes, arena);
        if (out->events[i].text.ptr == NULL)
            rc = arena_err(arena, err);
    }
    cJSON_Delete(json);
    return rc;
}

enum err_code decode_log_events(const cJSON *json, struct sv body, struct arena *arena,
                                struct log_reply *out, struct err *err)
{
    int count = cJSON_GetArraySize(json_get(json, "events"));

    *out = (struct log_reply){.token = json_sv(json, "nextForwardToken")};
    if (out->token.len == 0)
        return err_set(err, ERR_REPLY, "a page of a log came without a token");
    if (count > LOG_EVENTS_MAX)
        return err_set(err, ERR_LIMIT, "a page of a log has over %d events", LOG_EVENTS_MAX);
    out->count = (size_t)count;
    out->events = arena_alloc(arena, out->count + 1, sizeof *out->events);
    if (out->events == NULL)
        return arena_err(arena, err);
    if (has(body, nul_escape))
        return take_with_nuls(body, arena, out, err);
    out->count = take_events(json, out->events, out->count);
    return ERR_OK;
}
