/* What was logged, searched over all streams of a group in the order of time.
 *
 * Each stream is read a little ahead, and the earliest of what is ahead comes next. A call looks at
 * so many events and then gives a token, as AWS does: a page may be empty and yet not the last. */
#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/logs_stream.h"
#include "core/sandbox/members.h"

enum { EVENTS_MAX = 10000, BYTES_MAX = 1 << 20, SCAN_MAX = 200000, STREAMS_MAX = 5000, AHEAD = 64 };

/* One stream of the search. */
struct source {
    char *name;
    struct log_stream stream;
    struct log_range range; /* what is not read yet */
    struct log_place places[AHEAD];
    int64_t ingested[AHEAD];
    char *texts[AHEAD];
    size_t count;
    size_t at;
    bool is_over;
};

struct search {
    struct call *call;
    struct source **sources;
    size_t count;
    struct sv pattern;
    const cJSON *only;
    struct log_range range;
    struct sv after_stream; /* of the token: among events of one place, streams by name */
    struct log_place after;
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

/* ---- the streams ---- */

static void free_source(struct source *s)
{
    for (size_t i = s->at; i < s->count; i++)
        mem_free(s->texts[i]);
    mem_free(s->name);
    mem_free(s);
}

static enum err_code read_ahead(void *owner, const struct log_event *event, bool *goes_on,
                                struct err *err)
{
    struct source *s = owner;
    char *text = mem_alloc_raw(event->text.len + 1);

    if (text == NULL)
        return mem_err(err);
    memcpy(text, event->text.ptr, event->text.len);
    text[event->text.len] = '\0';
    s->texts[s->count] = text;
    s->places[s->count] = event->place;
    s->ingested[s->count++] = event->ingested_ms;
    *goes_on = s->count < AHEAD;
    return ERR_OK;
}

static bool refill(struct search *search, struct source *s)
{
    struct call *c = search->call;

    if (s->at < s->count || s->is_over)
        return !c->has_failed;
    s->at = s->count = 0;
    if (!call_ok(c, log_stream_read(c->service, &s->stream, &s->range, read_ahead, s, c->err)))
        return false;
    s->is_over = s->count < AHEAD;
    if (s->count > 0)
        s->range.after = s->places[s->count - 1];
    return true;
}

static enum err_code add_source(void *owner, struct sv name, const struct log_stream *stream,
                                const cJSON *row UNUSED, struct err *err)
{
    struct search *search = owner;
    struct source *s;

    if (search->only != NULL && !list_has(search->only, name))
        return ERR_OK;
    if (search->count == STREAMS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d streams to search", STREAMS_MAX);
    s = mem_alloc(sizeof *s);
    if (s == NULL)
        return mem_err(err);
    search->sources[search->count++] = s;
    s->stream = *stream;
    s->range = search->range;
    s->name = mem_alloc(name.len + 1);
    if (s->name == NULL)
        return mem_err(err);
    memcpy(s->name, name.ptr, name.len);
    /* Streams up to the token's have given what is at its place. */
    if (search->after_stream.ptr != NULL) {
        struct log_place after = search->after;

        if (sv_cmp(name, search->after_stream) > 0)
            after = (struct log_place){after.at_ms - 1, INT64_MAX};
        else if (!sv_eq(name, search->after_stream))
            after.number = INT64_MAX;
        if (log_place_cmp(after, s->range.after) > 0)
            s->range.after = after;
    }
    return ERR_OK;
}

/* The source whose next event is the earliest; NULL at the end or when the call has failed. */
static struct source *earliest(struct search *search)
{
    struct source *best = NULL;

    for (size_t i = 0; i < search->count; i++) {
        struct source *s = search->sources[i];

        if (!refill(search, s))
            return NULL;
        if (s->at == s->count)
            continue;
        if (best == NULL || s->places[s->at].at_ms < best->places[best->at].at_ms ||
            (s->places[s->at].at_ms == best->places[best->at].at_ms &&
             strcmp(s->name, best->name) < 0))
            best = s;
    }
    return best;
}

/* ---- a page ---- */

static void put_event(struct search *search, cJSON *list, const struct source *s)
{
    cJSON *event = call_add(search->call, list, NULL, cJSON_CreateObject());
    struct log_place place = s->places[s->at];

    /* Ids differ between streams: the name's hash is part of them. */
    if (event != NULL && (!member_put_int(event, "timestamp", place.at_ms) ||
                          !member_put(event, "message", sv_of(s->texts[s->at])) ||
                          !member_put_int(event, "ingestionTime", s->ingested[s->at]) ||
                          !member_put(event, "logStreamName", sv_of(s->name)) ||
                          !member_putf(event, "eventId", "%031llu%013lld%012lld",
                                       (unsigned long long)hash_text(sv_of(s->name)),
                                       (long long)place.at_ms, (long long)place.number)))
        (void)call_ok(search->call, mem_err(search->call->err));
}

/* "TIME:NUMBER:STREAM" of the last event that was looked at. */
static void put_page(struct search *search, cJSON *list)
{
    struct call *c = search->call;
    int64_t left = call_int(c, "limit", 1, EVENTS_MAX, EVENTS_MAX);
    size_t bytes = 0;
    size_t looked_at = 0;
    struct source *s;
    char token[640] = "";

    while (!c->has_failed && (s = earliest(search)) != NULL) {
        size_t size = strlen(s->texts[s->at]);

        if (left == 0 || looked_at == SCAN_MAX || (bytes > 0 && bytes + size > BYTES_MAX)) {
            call_put(c, "nextToken", sv_of(token));
            return;
        }
        (void)snprintf(token, sizeof token, "%lld:%lld:%s", (long long)s->places[s->at].at_ms,
                       (long long)s->places[s->at].number, s->name);
        looked_at++;
        if (matches(search->pattern, sv_of(s->texts[s->at]))) {
            put_event(search, list, s);
            bytes += size;
            left--;
        }
        mem_free(s->texts[s->at++]);
    }
}

static void read_token(struct search *search)
{
    struct sv rest = call_text(search->call, "nextToken", false);
    struct sv at;
    struct sv number;

    if (rest.ptr == NULL)
        return;
    at = sv_cut(rest, ':', &rest);
    number = sv_cut(rest, ':', &search->after_stream);
    if (!sv_to_int(at, &search->after.at_ms) || !sv_to_int(number, &search->after.number) ||
        search->after.at_ms < 0 || search->after_stream.ptr == NULL)
        call_fail(search->call, 400, "InvalidParameterException",
                  "The specified nextToken is invalid.");
}

void logs_filter_events(struct call *c)
{
    struct search s = {.call = c, .range = LOG_RANGE_ALL};
    struct sv group_name;
    cJSON *group = log_group_asked(c, &group_name);
    struct sv prefix = call_text(c, "logStreamNamePrefix", false);
    cJSON *list = call_add(c, c->out, "events", cJSON_CreateArray());

    cJSON_Delete(group);
    (void)call_add(c, c->out, "searchedLogStreams", cJSON_CreateArray());
    s.pattern = sv_trim(call_text(c, "filterPattern", false));
    s.only = json_get(c->in, "logStreamNames");
    log_range_narrow(&s.range, call_int(c, "startTime", 0, INT64_MAX, 0),
                     call_int(c, "endTime", 0, INT64_MAX, INT64_MAX));
    read_token(&s);
    s.sources = mem_array(STREAMS_MAX, sizeof *s.sources);
    if (!c->has_failed && call_ok(c, s.sources == NULL ? mem_err(c->err) : ERR_OK) &&
        call_ok(c, log_streams_each(c, group_name, prefix, add_source, &s)))
        put_page(&s, list);
    for (size_t i = 0; i < s.count; i++)
        free_source(s.sources[i]);
    mem_free(s.sources);
}
