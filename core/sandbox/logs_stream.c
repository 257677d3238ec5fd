#include "core/sandbox/logs_stream.h"

#include "core/base/mem.h"
#include "core/sandbox/members.h"

enum { PAGE_MAX = 50, STREAM_NAME_MAX = 512, GROUP_SIZE = SEED_NAME_SIZE + 16 };

static const char group_prefix[] = "/aws/codebuild/";

/* ---- groups of seeded builds ---- */

struct since {
    int64_t at_ms;
};

static bool note_since(void *owner, const struct seed_build *b)
{
    struct since *since = owner;

    if (seed_log_is_there(b) && (since->at_ms == 0 || b->began_ms < since->at_ms))
        since->at_ms = b->began_ms;
    return true;
}

int64_t seed_group_since(struct world *w, struct sv account, struct sv region, struct sv group)
{
    struct since since = {0};

    if (sv_starts(group, sv_of(group_prefix)) && group.len > strlen(group_prefix))
        seed_build_each(w, account, region, sv_drop(group, strlen(group_prefix)), note_since,
                        &since);
    return since.at_ms;
}

struct groups {
    seed_group_fn *fn;
    void *owner;
    const struct action_shape *last; /* of which the group was told */
};

static bool note_group(void *owner, const struct seed_build *b)
{
    struct groups *groups = owner;
    char project[SEED_NAME_SIZE];
    char name[GROUP_SIZE];

    if (groups->last == b->thing.action || !seed_log_is_there(b))
        return true;
    groups->last = b->thing.action;
    seed_project_of(&b->thing, project);
    (void)snprintf(name, sizeof name, "%s%s", group_prefix, project);
    groups->fn(groups->owner, sv_of(name));
    return true;
}

void seed_groups_each(struct world *w, struct sv account, struct sv region, seed_group_fn *fn,
                      void *owner)
{
    struct groups groups = {.fn = fn, .owner = owner};

    seed_build_each(w, account, region, SV(""), note_group, &groups);
}

/* ---- streams ---- */

static cJSON *seeded_row(const struct call *c, struct sv group, const struct seed_build *b)
{
    size_t count = seed_log_count(b);
    int64_t last_ms = seed_log_at(b, count - 1);
    char uuid[UID_SIZE];
    cJSON *row = cJSON_CreateObject();

    (void)uid_text(b->id, uuid);
    if (member_put(row, "logStreamName", sv_of(uuid)) &&
        member_put_int(row, "creationTime", seed_log_at(b, 0)) &&
        member_put_int(row, "firstEventTimestamp", seed_log_at(b, 0)) &&
        member_put_int(row, "lastEventTimestamp", last_ms) &&
        member_put_int(row, "lastIngestionTime", last_ms + 500) &&
        member_putf(
            row, "arn", "arn:%s:logs:" SV_FMT ":" SV_FMT ":log-group:" SV_FMT ":log-stream:%s",
            arn_partition(c->region), SV_ARG(c->region), SV_ARG(c->account), SV_ARG(group), uuid) &&
        member_put_int(row, "storedBytes", 0))
        return row;
    cJSON_Delete(row);
    return NULL;
}

static cJSON *kept_row(const cJSON *record)
{
    cJSON *row = cJSON_CreateObject();

    if (members_copy(row, record,
                     "logStreamName creationTime firstEventTimestamp lastEventTimestamp "
                     "lastIngestionTime") &&
        member_put(row, "arn", json_sv(record, "Arn")) && member_put_int(row, "storedBytes", 0))
        return row;
    cJSON_Delete(row);
    return NULL;
}

/* "PROJECT:UUID" of a stream in a build's group; false when it is none. */
static bool build_id(struct sv group, struct sv name, char out[SEED_BUILD_ID_SIZE])
{
    if (!sv_starts(group, sv_of(group_prefix)) || name.len != UID_SIZE - 1 ||
        group.len >= GROUP_SIZE)
        return false;
    (void)snprintf(out, SEED_BUILD_ID_SIZE, SV_FMT ":" SV_FMT,
                   SV_ARG(sv_drop(group, strlen(group_prefix))), SV_ARG(name));
    return true;
}

enum err_code log_stream_find(struct call *c, struct sv group, struct sv name,
                              struct log_stream *out, bool *is_there)
{
    char key[LOGS_NAME_MAX];
    char id[SEED_BUILD_ID_SIZE];
    cJSON *record;

    (void)snprintf(key, sizeof key, SV_FMT ":" SV_FMT, SV_ARG(sv_take(group, STREAM_NAME_MAX)),
                   SV_ARG(sv_take(name, STREAM_NAME_MAX)));
    record = call_record(c, "logs.stream", c->region, sv_of(key));
    *out = (struct log_stream){.number = json_int(record, "number", 0)};
    *is_there = record != NULL;
    cJSON_Delete(record);
    if (*is_there || c->rc)
        return c->rc;
    out->is_seeded = *is_there =
        build_id(group, name, id) &&
        seed_build_find(c->service->world, c->account, c->region, sv_of(id), &out->build) &&
        seed_log_is_there(&out->build);
    return ERR_OK;
}

enum err_code log_stream_read(struct service *s, const struct log_stream *stream,
                              const struct log_range *range, log_event_fn *fn, void *owner,
                              struct err *err)
{
    return stream->is_seeded ? seed_log_read(&stream->build, range, fn, owner, err)
                             : log_store_read(s->records, stream->number, range, fn, owner, err);
}

struct each {
    struct call *c;
    struct sv group;
    struct sv prefix;
    log_stream_fn *fn;
    void *owner;
    enum err_code rc;
};

static enum err_code each_kept(void *owner, const struct record_key *key, const cJSON *value,
                               bool *goes_on UNUSED, struct err *err)
{
    struct each *e = owner;
    struct log_stream stream = {.number = json_int(value, "number", 0)};
    cJSON *row = kept_row(value);
    enum err_code rc =
        row == NULL ? mem_err(err)
                    : e->fn(e->owner, sv_drop(key->name, e->group.len + 1), &stream, row, err);

    cJSON_Delete(row);
    return rc;
}

static bool each_seeded(void *owner, const struct seed_build *b)
{
    struct each *e = owner;
    struct log_stream stream = {.is_seeded = true, .build = *b};
    char uuid[UID_SIZE];
    cJSON *row;

    if (!seed_log_is_there(b) || !sv_starts(sv_of(uid_text(b->id, uuid)), e->prefix))
        return true;
    row = seeded_row(e->c, e->group, b);
    e->rc =
        row == NULL ? mem_err(e->c->err) : e->fn(e->owner, sv_of(uuid), &stream, row, e->c->err);
    cJSON_Delete(row);
    return e->rc == ERR_OK;
}

enum err_code log_streams_each(struct call *c, struct sv group, struct sv prefix, log_stream_fn *fn,
                               void *owner)
{
    struct each e = {.c = c, .group = group, .prefix = prefix, .fn = fn, .owner = owner};
    char name[LOGS_NAME_MAX];
    struct record_key key = {.kind = "logs.stream", .account = c->account, .region = c->region};

    (void)snprintf(name, sizeof name, SV_FMT ":" SV_FMT, SV_ARG(sv_take(group, STREAM_NAME_MAX)),
                   SV_ARG(sv_take(prefix, STREAM_NAME_MAX)));
    key.name = sv_of(name);
    e.rc = record_each(c->service->records, &key, SV(""), each_kept, &e, c->err);
    if (!e.rc && sv_starts(group, sv_of(group_prefix)))
        seed_build_each(c->service->world, c->account, c->region,
                        sv_drop(group, strlen(group_prefix)), each_seeded, &e);
    return e.rc;
}

/* ---- operations ---- */

/* The key of the stream that the call names; false and the refusal. */
static bool asked_stream(struct call *c, char name[LOGS_NAME_MAX], struct record_key *key)
{
    struct sv group_name;
    struct sv stream = call_text(c, "logStreamName", true);
    cJSON *group = log_group_asked(c, &group_name);

    cJSON_Delete(group);
    if (!c->has_failed && (stream.len == 0 || stream.len > STREAM_NAME_MAX ||
                           sv_find(stream, SV(":")) >= 0 || sv_find(stream, SV("*")) >= 0))
        call_fail(c, 400, "InvalidParameterException",
                  "1 validation error detected: Value at 'logStreamName' failed to satisfy "
                  "constraint: Member must satisfy regular expression pattern: [^:*]*");
    (void)snprintf(name, LOGS_NAME_MAX, SV_FMT ":" SV_FMT, SV_ARG(group_name), SV_ARG(stream));
    *key = (struct record_key){
        .kind = "logs.stream", .account = c->account, .region = c->region, .name = sv_of(name)};
    return !c->has_failed;
}

void logs_create_stream(struct call *c)
{
    char name[LOGS_NAME_MAX];
    struct record_key key;
    struct log_stream found;
    struct sv stream_name;
    struct sv group;
    bool is_there = false;
    cJSON *stream;

    if (!asked_stream(c, name, &key))
        return;
    group = sv_cut(key.name, ':', &stream_name);
    if (!call_ok(c, log_stream_find(c, group, stream_name, &found, &is_there)))
        return;
    if (is_there)
        call_fail(c, 400, "ResourceAlreadyExistsException",
                  "The specified log stream already exists");
    if (c->has_failed)
        return;
    stream = log_stream_new(c->service, c->account, c->region, group, stream_name, c->err);
    if (call_ok(c, stream == NULL ? mem_err(c->err) : ERR_OK))
        (void)call_store(c, "logs.stream", c->region, key.name, stream);
    cJSON_Delete(stream);
}

void logs_delete_stream(struct call *c)
{
    char name[LOGS_NAME_MAX];
    struct record_key key;
    cJSON *stream;

    if (!asked_stream(c, name, &key))
        return;
    stream = call_record(c, "logs.stream", c->region, key.name);
    if (stream == NULL)
        call_fail(c, 400, "ResourceNotFoundException", "The specified log stream does not exist.");
    if (!c->has_failed && call_ok(c, record_delete(c->service->records, &key, c->err)))
        (void)call_ok(c,
                      log_store_drop(c->service->records, json_int(stream, "number", 0), c->err));
    cJSON_Delete(stream);
}

/* ---- DescribeLogStreams ---- */

struct rows {
    cJSON **list;
    size_t count;
    size_t size;
};

static enum err_code add_row(void *owner, struct sv name UNUSED,
                             const struct log_stream *stream UNUSED, const cJSON *row,
                             struct err *err)
{
    struct rows *rows = owner;

    if (rows->count == rows->size) {
        size_t size = rows->size == 0 ? 64 : rows->size * 2;
        cJSON **grown = mem_resize(rows->list, size, sizeof(cJSON *));

        if (grown == NULL)
            return mem_err(err);
        rows->list = grown;
        rows->size = size;
    }
    rows->list[rows->count] = cJSON_Duplicate(row, true);
    return rows->list[rows->count++] == NULL ? mem_err(err) : ERR_OK;
}

static int by_name(const void *a, const void *b)
{
    return sv_cmp(json_sv(*(cJSON *const *)a, "logStreamName"),
                  json_sv(*(cJSON *const *)b, "logStreamName"));
}

static int by_time(const void *a, const void *b)
{
    int64_t first = json_int(*(cJSON *const *)a, "lastEventTimestamp", 0);
    int64_t second = json_int(*(cJSON *const *)b, "lastEventTimestamp", 0);

    return first == second ? by_name(a, b) : first < second ? -1 : 1;
}

/* Tokens are how many were given already. */
static void page_streams(struct call *c, struct rows *rows)
{
    bool is_down = call_bool(c, "descending", false);
    int64_t limit = call_int(c, "limit", 1, PAGE_MAX, PAGE_MAX);
    int64_t skip = 0;
    cJSON *out = call_add(c, c->out, "logStreams", cJSON_CreateArray());
    char token[24];

    if (!sv_to_int(call_text(c, "nextToken", false), &skip) || skip < 0 ||
        skip > (int64_t)rows->count)
        skip = 0;
    if (rows->count > 0)
        qsort(rows->list, rows->count, sizeof *rows->list,
              sv_eq(call_text(c, "orderBy", false), SV("LastEventTime")) ? by_time : by_name);
    for (int64_t i = skip; i < skip + limit && i < (int64_t)rows->count && !c->has_failed; i++) {
        size_t at = is_down ? rows->count - 1 - (size_t)i : (size_t)i;

        (void)call_add(c, out, NULL, rows->list[at]);
        rows->list[at] = NULL;
    }
    (void)snprintf(token, sizeof token, "%lld", (long long)(skip + limit));
    if (skip + limit < (int64_t)rows->count)
        call_put(c, "nextToken", sv_of(token));
}

void logs_describe_streams(struct call *c)
{
    struct sv group_name;
    cJSON *group = log_group_asked(c, &group_name);
    struct sv prefix = call_text(c, "logStreamNamePrefix", false);
    struct rows rows = {0};

    cJSON_Delete(group);
    if (!c->has_failed && prefix.len > 0 &&
        sv_eq(call_text(c, "orderBy", false), SV("LastEventTime")))
        call_fail(c, 400, "InvalidParameterException",
                  "Cannot order by LastEventTime with a logStreamNamePrefix.");
    if (!c->has_failed && call_ok(c, log_streams_each(c, group_name, prefix, add_row, &rows)))
        page_streams(c, &rows);
    for (size_t i = 0; i < rows.count; i++)
        cJSON_Delete(rows.list[i]);
    mem_free(rows.list);
}
