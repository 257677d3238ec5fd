/* What was logged: put, read page by page, and searched. */
#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/logs.h"
#include "core/sandbox/members.h"
#include "core/sandbox/resource.h"
#include "core/sandbox/tagging.h"

enum { EVENTS_MAX = 10000, EVENT_BYTES_MAX = 262144, TOKEN_SIZE = 64 };

/* ---- put ---- */

static bool read_lines(struct call *c, struct log_line *lines, size_t *count)
{
    int64_t last = 0;

    for (const cJSON *e = json_list(c->in, "logEvents"); e != NULL; e = e->next) {
        struct log_line *line = &lines[*count];

        line->at_ms = json_int(e, "timestamp", -1);
        line->text = json_sv(e, "message");
        if (line->at_ms < last)
            call_fail(c, 400, "InvalidParameterException",
                      "Log events in a single PutLogEvents request must be in chronological "
                      "order.");
        if (line->text.len == 0 || line->text.len > EVENT_BYTES_MAX)
            call_fail(c, 400, "InvalidParameterException",
                      "Log event too large or empty: at most %d bytes", EVENT_BYTES_MAX);
        last = line->at_ms;
        (*count)++;
    }
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

/* The last part of an event's name: TIME:NUMBER. */
static struct sv place_of(struct sv name)
{
    return sv_drop(name, name.len - (LOGS_PLACE_SIZE - 1));
}

/* A place as a token: 56 digits after "f/" or "b/", as AWS's have. */
static void put_token(struct call *c, const char *member, char direction, const char *place)
{
    char token[TOKEN_SIZE];

    (void)snprintf(token, sizeof token, "%c/%031d%.13s%.12s", direction, 0, place, place + 14);
    call_put(c, member, sv_of(token));
}

static bool read_token(struct call *c, struct sv token, char *direction,
                       char place[LOGS_PLACE_SIZE])
{
    if (token.len != 58 || token.ptr[1] != '/' || (token.ptr[0] != 'f' && token.ptr[0] != 'b')) {
        call_fail(c, 400, "InvalidParameterException", "The specified nextToken is invalid.");
        return false;
    }
    *direction = token.ptr[0];
    (void)snprintf(place, LOGS_PLACE_SIZE, "%.13s:%.12s", token.ptr + 33, token.ptr + 46);
    return true;
}

struct reading {
    cJSON *events; /* each with "place" */
    int64_t from_ms;
    int64_t until_ms;
    int64_t limit;
    char before[LOGS_PLACE_SIZE]; /* "" = no bound */
    char after[LOGS_PLACE_SIZE];
    bool is_from_head;
};

static enum err_code read_event(void *owner, const struct record_key *key, const cJSON *value,
                                bool *goes_on, struct err *err)
{
    struct reading *r = owner;
    struct sv place = place_of(key->name);
    int64_t at_ms = json_int(value, "timestamp", 0);
    cJSON *event;

    if (at_ms < r->from_ms || at_ms >= r->until_ms ||
        (r->after[0] != '\0' && sv_cmp(place, sv_of(r->after)) <= 0))
        return ERR_OK;
    if ((r->before[0] != '\0' && sv_cmp(place, sv_of(r->before)) >= 0) ||
        (r->is_from_head && cJSON_GetArraySize(r->events) >= r->limit)) {
        *goes_on = false;
        return ERR_OK;
    }
    event = cJSON_CreateObject();
    if (event == NULL || !cJSON_AddItemToArray(r->events, event)) {
        cJSON_Delete(event);
        return mem_err(err);
    }
    /* Backwards the last ones count. */
    if (!r->is_from_head && cJSON_GetArraySize(r->events) > r->limit)
        cJSON_DeleteItemFromArray(r->events, 0);
    return members_copy(event, value, "timestamp message ingestionTime") &&
                   member_put(event, "place", place)
               ? ERR_OK
               : mem_err(err);
}

static void put_events(struct call *c, struct reading *r, struct sv token)
{
    char first[LOGS_PLACE_SIZE] = "0000000000000:000000000000";
    char last[LOGS_PLACE_SIZE] = "0000000000000:000000000000";
    char direction;

    /* Where there is nothing more, the same place comes back: so a client sees the end. */
    if (token.ptr != NULL && read_token(c, token, &direction, first))
        memcpy(last, first, sizeof last);
    for (cJSON *e = r->events->child; e != NULL; e = e->next) {
        (void)snprintf(last, sizeof last, SV_FMT, SV_ARG(json_sv(e, "place")));
        if (e == r->events->child)
            memcpy(first, last, sizeof first);
        cJSON_DeleteItemFromObjectCaseSensitive(e, "place");
    }
    put_token(c, "nextForwardToken", 'f', last);
    put_token(c, "nextBackwardToken", 'b', first);
    (void)call_add(c, c->out, "events", r->events);
    r->events = NULL;
}

/* The prefix of the events' names; the stream must be there. */
static bool find_stream(struct call *c, char prefix[LOGS_NAME_MAX])
{
    struct sv group = call_text(c, "logGroupName", false);
    struct sv stream = call_text(c, "logStreamName", true);
    cJSON *record;

    if (group.ptr == NULL)
        group = call_text(c, "logGroupIdentifier", true);
    if (sv_starts(group, SV("arn:")))
        group = sv_drop(group, (size_t)(sv_find(group, SV(":log-group:")) + 11));
    (void)snprintf(prefix, LOGS_NAME_MAX, SV_FMT, SV_ARG(sv_take(group, 512)));
    record = call_record(c, "logs.group", c->region, sv_of(prefix));
    if (record == NULL)
        call_fail(c, 400, "ResourceNotFoundException", "The specified log group does not exist.");
    cJSON_Delete(record);
    (void)snprintf(prefix, LOGS_NAME_MAX, SV_FMT ":" SV_FMT, SV_ARG(sv_take(group, 512)),
                   SV_ARG(sv_take(stream, 512)));
    record = call_record(c, "logs.stream", c->region, sv_of(prefix));
    if (record == NULL)
        call_fail(c, 400, "ResourceNotFoundException", "The specified log stream does not exist.");
    cJSON_Delete(record);
    (void)snprintf(prefix + strlen(prefix), 2, ":");
    return !c->has_failed;
}

void logs_get_events(struct call *c)
{
    char prefix[LOGS_NAME_MAX];
    char place[LOGS_PLACE_SIZE];
    char direction;
    struct sv token = call_text(c, "nextToken", false);
    struct reading r = {.from_ms = call_int(c, "startTime", 0, INT64_MAX, 0),
                        .until_ms = call_int(c, "endTime", 0, INT64_MAX, INT64_MAX),
                        .limit = call_int(c, "limit", 1, EVENTS_MAX, EVENTS_MAX),
                        .is_from_head = call_bool(c, "startFromHead", false)};
    struct record_key key = {.kind = "logs.event", .account = c->account, .region = c->region};

    if (!find_stream(c, prefix))
        return;
    key.name = sv_of(prefix);
    if (token.ptr != NULL && read_token(c, token, &direction, place)) {
        r.is_from_head = direction == 'f';
        memcpy(direction == 'f' ? r.after : r.before, place, sizeof place);
    }
    r.events = cJSON_CreateArray();
    if (!c->has_failed &&
        call_ok(c, r.events == NULL
                       ? mem_err(c->err)
                       : record_each(c->service->records, &key, SV(""), read_event, &r, c->err)))
        put_events(c, &r, token);
    cJSON_Delete(r.events);
}

/* ---- search ---- */

struct search {
    struct call *call;
    cJSON *found;
    struct sv pattern; /* as given */
    struct sv prefix;
    int64_t from_ms;
    int64_t until_ms;
    size_t group_length;
};

/* Terms, divided by blanks, that must all be there; "several words" in quotes, ?term for any of
 * them and -term for none. Patterns of JSON and of columns are not read: they match nothing. */
static bool matches(struct sv pattern, struct sv message)
{
    bool has_any = false;
    bool is_any = false;

    while (pattern.len > 0) {
        bool is_quoted = pattern.ptr[0] == '"';
        struct sv term =
            is_quoted ? sv_cut(sv_drop(pattern, 1), '"', &pattern) : sv_cut(pattern, ' ', &pattern);
        bool is_optional = !is_quoted && sv_starts(term, SV("?"));
        bool is_unwanted = !is_quoted && sv_starts(term, SV("-"));
        bool is_there = sv_find(message, sv_drop(term, is_optional || is_unwanted)) >= 0;

        if (term.len == 0)
            continue;
        has_any |= is_optional;
        is_any |= is_optional && is_there;
        if (!is_optional && is_there == is_unwanted)
            return false;
    }
    return !has_any || is_any;
}

static enum err_code search_event(void *owner, const struct record_key *key, const cJSON *value,
                                  bool *goes_on UNUSED, struct err *err)
{
    struct search *s = owner;
    struct sv stream = sv_cut(sv_drop(key->name, s->group_length), ':', &(struct sv){0});
    struct sv place = place_of(key->name);
    const cJSON *only = json_get(s->call->in, "logStreamNames");
    int64_t at_ms = json_int(value, "timestamp", 0);
    cJSON *event;

    if (at_ms < s->from_ms || at_ms >= s->until_ms || !sv_starts(stream, s->prefix) ||
        (only != NULL && !list_has(only, stream)) ||
        !matches(s->pattern, json_sv(value, "message")))
        return ERR_OK;
    event = cJSON_CreateObject();
    if (event == NULL || !cJSON_AddItemToArray(s->found, event)) {
        cJSON_Delete(event);
        return mem_err(err);
    }
    return members_copy(event, value, "timestamp message ingestionTime") &&
                   member_put(event, "logStreamName", stream) &&
                   member_putf(event, "eventId", "%031d%.13s%.12s", 0, place.ptr, place.ptr + 14)
               ? ERR_OK
               : mem_err(err);
}

static int by_event_id(const void *a, const void *b)
{
    return sv_cmp(json_sv(*(cJSON *const *)a, "eventId"), json_sv(*(cJSON *const *)b, "eventId"));
}

/* Over all streams by time; the token is the last event's id. */
static void page_found(struct call *c, cJSON *found)
{
    size_t count = (size_t)cJSON_GetArraySize(found);
    cJSON **sorted = mem_array(count + 1, sizeof *sorted);
    cJSON *out = call_add(c, c->out, "events", cJSON_CreateArray());
    struct sv after = call_text(c, "nextToken", false);
    int64_t left = call_int(c, "limit", 1, EVENTS_MAX, EVENTS_MAX);
    struct sv last = SV_NONE;

    (void)call_add(c, c->out, "searchedLogStreams", cJSON_CreateArray());
    if (!call_ok(c, sorted == NULL ? mem_err(c->err) : ERR_OK)) {
        mem_free(sorted);
        return;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = cJSON_DetachItemFromArray(found, 0);
    qsort(sorted, count, sizeof *sorted, by_event_id);
    for (size_t i = 0; i < count; i++) {
        bool is_past = sv_cmp(json_sv(sorted[i], "eventId"), after) <= 0;

        if (is_past || left <= 0 || c->has_failed) {
            if (!is_past && left == 0)
                call_put(c, "nextToken", last);
            left -= !is_past && left == 0;
            cJSON_Delete(sorted[i]);
            continue;
        }
        left--;
        last = json_sv(sorted[i], "eventId");
        (void)call_add(c, out, NULL, sorted[i]);
    }
    mem_free(sorted);
}

void logs_filter_events(struct call *c)
{
    struct sv group = call_text(c, "logGroupName", true);
    struct search s = {.call = c,
                       .pattern = sv_trim(call_text(c, "filterPattern", false)),
                       .prefix = call_text(c, "logStreamNamePrefix", false),
                       .from_ms = call_int(c, "startTime", 0, INT64_MAX, 0),
                       .until_ms = call_int(c, "endTime", 0, INT64_MAX, INT64_MAX),
                       .group_length = group.len + 1};
    char prefix[LOGS_NAME_MAX];
    struct record_key key = {.kind = "logs.event", .account = c->account, .region = c->region};
    cJSON *record = call_record(c, "logs.group", c->region, group);

    if (record == NULL)
        call_fail(c, 400, "ResourceNotFoundException", "The specified log group does not exist.");
    cJSON_Delete(record);
    (void)snprintf(prefix, sizeof prefix, SV_FMT ":", SV_ARG(sv_take(group, 512)));
    key.name = sv_of(prefix);
    s.found = cJSON_CreateArray();
    if (!c->has_failed &&
        call_ok(c, s.found == NULL
                       ? mem_err(c->err)
                       : record_each(c->service->records, &key, SV(""), search_event, &s, c->err)))
        page_found(c, s.found);
    cJSON_Delete(s.found);
}
