/* What was logged: put, and read page by page. */
#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/logs_stream.h"
#include "core/sandbox/members.h"

/* AWS's own limits: of a batch and of a page, where each event counts 26 bytes more. */
enum {
    EVENTS_MAX = 10000,
    EVENT_BYTES_MAX = 1 << 20,
    BATCH_BYTES_MAX = 1 << 20,
    PAGE_BYTES_MAX = 1 << 20,
    EVENT_OVERHEAD = 26,
    TOKEN_SIZE = 64
};

/* ---- put ---- */

static bool read_lines(struct call *c, struct log_line *lines, size_t *count)
{
    int64_t last = 0;
    size_t bytes = 0;

    for (const cJSON *e = json_list(c->in, "logEvents"); e != NULL; e = e->next) {
        struct log_line *line = &lines[*count];

        line->at_ms = json_int(e, "timestamp", -1);
        line->text = json_sv(e, "message");
        bytes += line->text.len + EVENT_OVERHEAD;
        if (line->at_ms < last)
            call_fail(c, 400, "InvalidParameterException",
                      "Log events in a single PutLogEvents request must be in chronological "
                      "order.");
        if (line->text.len == 0 || line->text.len + EVENT_OVERHEAD > EVENT_BYTES_MAX)
            call_fail(c, 400, "InvalidParameterException",
                      "Log event too large or empty: at most %d bytes", EVENT_BYTES_MAX);
        last = line->at_ms;
        (*count)++;
    }
    if (bytes > BATCH_BYTES_MAX)
        call_fail(c, 400, "InvalidParameterException",
                  "Upload too large: %zu bytes exceeds limit of %d", bytes, BATCH_BYTES_MAX);
    return !c->has_failed;
}

void logs_put_events(struct call *c)
{
    struct sv group = call_text(c, "logGroupName", true);
    struct sv stream = call_text(c, "logStreamName", true);
    int wanted = cJSON_GetArraySize(json_get(c->in, "logEvents"));
    struct log_line *lines;
    char name[LOGS_NAME_MAX];
    cJSON *record;
    size_t count = 0;

    (void)snprintf(name, sizeof name, SV_FMT ":" SV_FMT, SV_ARG(sv_take(group, 512)),
                   SV_ARG(sv_take(stream, 512)));
    record = call_record(c, "logs.stream", c->region, sv_of(name));
    if (record == NULL)
        call_fail(c, 400, "ResourceNotFoundException", "The specified log stream does not exist.");
    cJSON_Delete(record);
    if (wanted < 1 || wanted > EVENTS_MAX)
        call_fail(c, 400, "InvalidParameterException", "logEvents must have 1 to %d members",
                  EVENTS_MAX);
    if (c->has_failed)
        return;
    lines = mem_array((size_t)wanted, sizeof *lines);
    if (call_ok(c, lines == NULL ? mem_err(c->err) : ERR_OK) && read_lines(c, lines, &count) &&
        call_ok(
            c, logs_append(c->service, c->account, c->region, group, stream, lines, count, c->err)))
        call_put(c, "nextSequenceToken", SV("0"));
    mem_free(lines);
}

/* ---- read ---- */

/* A place as a token: 56 digits after "f/" or "b/", as AWS's have. */
static void put_token(struct call *c, const char *member, char direction, struct log_place place)
{
    char token[TOKEN_SIZE];

    (void)snprintf(token, sizeof token, "%c/%031d%013lld%012lld", direction, 0,
                   (long long)place.at_ms, (long long)place.number);
    call_put(c, member, sv_of(token));
}

static bool read_token(struct call *c, struct sv token, char *direction, struct log_place *place)
{
    if (token.len == 58 && token.ptr[1] == '/' && (token.ptr[0] == 'f' || token.ptr[0] == 'b') &&
        sv_to_int(sv_take(sv_drop(token, 33), 13), &place->at_ms) &&
        sv_to_int(sv_drop(token, 46), &place->number) && place->at_ms >= 0 && place->number >= 0) {
        *direction = token.ptr[0];
        return true;
    }
    call_fail(c, 400, "InvalidParameterException", "The specified nextToken is invalid.");
    return false;
}

struct reading {
    cJSON *events;
    struct log_place first; /* of those that were read; what the token said when none was */
    struct log_place last;
    int64_t left;
    size_t bytes;
    bool is_backwards;
};

static enum err_code read_event(void *owner, const struct log_event *event, bool *goes_on,
                                struct err *err)
{
    struct reading *r = owner;
    size_t bytes = event->text.len + EVENT_OVERHEAD;
    bool is_first = r->events->child == NULL;
    cJSON *row;

    /* One event is always given, however large. */
    if (r->left == 0 || (!is_first && r->bytes + bytes > PAGE_BYTES_MAX)) {
        *goes_on = false;
        return ERR_OK;
    }
    row = cJSON_CreateObject();
    if (!member_put_int(row, "timestamp", event->place.at_ms) ||
        !member_put(row, "message", event->text) ||
        !member_put_int(row, "ingestionTime", event->ingested_ms) ||
        !(r->is_backwards && !is_first ? cJSON_InsertItemInArray(r->events, 0, row)
                                       : cJSON_AddItemToArray(r->events, row))) {
        cJSON_Delete(row);
        return mem_err(err);
    }
    if (is_first || r->is_backwards)
        r->first = event->place;
    if (is_first || !r->is_backwards)
        r->last = event->place;
    r->left--;
    r->bytes += bytes;
    return ERR_OK;
}

/* The stream that the call names; false and the refusal. */
static bool find_stream(struct call *c, struct log_stream *out)
{
    struct sv name;
    struct sv stream = call_text(c, "logStreamName", true);
    cJSON *group = log_group_asked(c, &name);
    bool is_there = false;

    cJSON_Delete(group);
    if (!c->has_failed && call_ok(c, log_stream_find(c, name, stream, out, &is_there)) && !is_there)
        call_fail(c, 400, "ResourceNotFoundException", "The specified log stream does not exist.");
    return !c->has_failed;
}

void logs_get_events(struct call *c)
{
    struct log_range range = LOG_RANGE_ALL;
    struct sv token = call_text(c, "nextToken", false);
    int64_t from_ms = call_int(c, "startTime", 0, INT64_MAX, 0);
    int64_t until_ms = call_int(c, "endTime", 0, INT64_MAX, INT64_MAX);
    struct reading r = {.left = call_int(c, "limit", 1, EVENTS_MAX, EVENTS_MAX)};
    struct log_stream stream;
    char direction = call_bool(c, "startFromHead", false) ? 'f' : 'b';

    if (!find_stream(c, &stream))
        return;
    if (token.ptr != NULL && !read_token(c, token, &direction, &r.first))
        return;
    r.last = r.first;
    if (token.ptr != NULL && direction == 'f')
        range.after = r.first;
    else if (token.ptr != NULL)
        range.before = r.first;
    log_range_narrow(&range, from_ms, until_ms);
    range.is_backwards = r.is_backwards = direction == 'b';
    r.events = call_add(c, c->out, "events", cJSON_CreateArray());
    if (c->has_failed ||
        !call_ok(c, log_stream_read(c->service, &stream, &range, read_event, &r, c->err)))
        return;
    /* Where there is nothing more, the same place comes back: so a client sees the end, and what is
     * logged later comes after it. */
    put_token(c, "nextForwardToken", 'f', r.last);
    put_token(c, "nextBackwardToken", 'b', r.first);
}
