/* Groups and streams, and what services append to them. */
#include "core/sandbox/logs.h"

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/members.h"
#include "core/sandbox/tagging.h"

enum { PAGE_MAX = 50, GROUP_NAME_MAX = 512 };

static bool is_name(struct sv name, const char *signs)
{
    for (size_t i = 0; i < name.len; i++) {
        char ch = name.ptr[i];

        if ((ch < '0' || ch > '9') && (ch < 'A' || ch > 'Z') && (ch < 'a' || ch > 'z') &&
            strchr(signs, ch) == NULL)
            return false;
    }
    return name.len > 0 && name.len <= GROUP_NAME_MAX;
}

static cJSON *new_group(struct service *s, struct sv account, struct sv region, struct sv name)
{
    cJSON *group = cJSON_CreateObject();

    if (group != NULL && member_put(group, "logGroupName", name) &&
        member_put_int(group, "creationTime", s->now_ms) &&
        member_putf(group, "Arn", "arn:%s:logs:" SV_FMT ":" SV_FMT ":log-group:" SV_FMT,
                    arn_partition(region), SV_ARG(region), SV_ARG(account), SV_ARG(name)) &&
        member_list(group, "Tags") != NULL)
        return group;
    cJSON_Delete(group);
    return NULL;
}

static cJSON *new_stream(struct service *s, struct sv account, struct sv region, struct sv group,
                         struct sv name)
{
    cJSON *stream = cJSON_CreateObject();

    if (stream != NULL && member_put(stream, "logStreamName", name) &&
        member_put_int(stream, "creationTime", s->now_ms) &&
        member_putf(stream, "Arn",
                    "arn:%s:logs:" SV_FMT ":" SV_FMT ":log-group:" SV_FMT ":log-stream:" SV_FMT,
                    arn_partition(region), SV_ARG(region), SV_ARG(account), SV_ARG(group),
                    SV_ARG(name)))
        return stream;
    cJSON_Delete(stream);
    return NULL;
}

/* A key whose name lives in the buffer: GROUP, then what follows. */
static struct record_key key_of(const char *kind, struct sv account, struct sv region,
                                char name[LOGS_NAME_MAX])
{
    return (struct record_key){
        .kind = kind, .account = account, .region = region, .name = sv_of(name)};
}

/* The record, made and kept when it is absent. */
static enum err_code find_or_make(struct service *s, const struct record_key *key, cJSON *fresh,
                                  cJSON **out, struct err *err)
{
    enum err_code rc = fresh == NULL ? mem_err(err) : record_get(s->records, key, out, err);

    if (!rc && *out == NULL)
        rc = record_put(s->records, key, fresh, err);
    if (!rc && *out == NULL)
        *out = fresh;
    else
        cJSON_Delete(fresh);
    return rc;
}

static enum err_code add_line(struct service *s, const struct record_key *stream,
                              const struct log_line *line, struct err *err)
{
    char name[LOGS_NAME_MAX];
    struct record_key key = *stream;
    cJSON *event = cJSON_CreateObject();
    uint64_t number = 0;
    enum err_code rc = records_next(s->records, &number, err);

    (void)snprintf(name, sizeof name, SV_FMT ":%013lld:%012llu", SV_ARG(stream->name),
                   (long long)line->at_ms, (unsigned long long)number);
    key.kind = "logs.event";
    key.name = sv_of(name);
    if (!rc && (!member_put_int(event, "timestamp", line->at_ms) ||
                !member_put(event, "message", line->text) ||
                !member_put_int(event, "ingestionTime", s->now_ms)))
        rc = mem_err(err);
    if (!rc)
        rc = record_put(s->records, &key, event, err);
    cJSON_Delete(event);
    return rc;
}

/* Lines go in, and the stream's record says from when to when it has some. */
static enum err_code add_lines(struct service *s, const struct record_key *key, cJSON *stream,
                               const struct log_line *lines, size_t count, struct err *err)
{
    int64_t first = json_int(stream, "firstEventTimestamp", INT64_MAX);
    int64_t last = json_int(stream, "lastEventTimestamp", 0);
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count && !rc; i++) {
        first = lines[i].at_ms < first ? lines[i].at_ms : first;
        last = lines[i].at_ms > last ? lines[i].at_ms : last;
        rc = add_line(s, key, &lines[i], err);
    }
    if (rc || count == 0)
        return rc;
    if (!member_put_int(stream, "firstEventTimestamp", first) ||
        !member_put_int(stream, "lastEventTimestamp", last) ||
        !member_put_int(stream, "lastIngestionTime", s->now_ms))
        return mem_err(err);
    return record_put(s->records, key, stream, err);
}

enum err_code logs_append(struct service *s, struct sv account, struct sv region, struct sv group,
                          struct sv stream, const struct log_line *lines, size_t count,
                          struct err *err)
{
    char group_name[LOGS_NAME_MAX];
    char stream_name[LOGS_NAME_MAX];
    struct record_key key;
    cJSON *record = NULL;
    enum err_code rc;

    if (group.len > GROUP_NAME_MAX || stream.len > GROUP_NAME_MAX)
        return err_set(err, ERR_LIMIT, "a log's name is over %d bytes", GROUP_NAME_MAX);
    (void)snprintf(group_name, sizeof group_name, SV_FMT, SV_ARG(group));
    (void)snprintf(stream_name, sizeof stream_name, SV_FMT ":" SV_FMT, SV_ARG(group),
                   SV_ARG(stream));
    key = key_of("logs.group", account, region, group_name);
    rc = find_or_make(s, &key, new_group(s, account, region, group), &record, err);
    cJSON_Delete(record);
    record = NULL;
    key = key_of("logs.stream", account, region, stream_name);
    if (!rc)
        rc = find_or_make(s, &key, new_stream(s, account, region, group, stream), &record, err);
    if (!rc)
        rc = add_lines(s, &key, record, lines, count, err);
    cJSON_Delete(record);
    return rc;
}

/* ---- groups ---- */

/* The group that the call names, or NULL and the refusal. */
static cJSON *asked_group(struct call *c, struct sv *name)
{
    cJSON *group;

    *name = call_text(c, "logGroupName", false);
    if (name->ptr == NULL) {
        *name = call_text(c, "logGroupIdentifier", true);
        /* An ARN names it too. */
        if (sv_starts(*name, SV("arn:")))
            *name = sv_drop(*name, (size_t)(sv_find(*name, SV(":log-group:")) + 11));
    }
    group = call_record(c, "logs.group", c->region, *name);
    if (group == NULL)
        call_fail(c, 400, "ResourceNotFoundException", "The specified log group does not exist.");
    return group;
}

void logs_create_group(struct call *c)
{
    struct sv name = call_text(c, "logGroupName", true);
    cJSON *group;

    if (!c->has_failed && !is_name(name, "_-/.#"))
        call_fail(c, 400, "InvalidParameterException",
                  "1 validation error detected: Value at 'logGroupName' failed to satisfy "
                  "constraint: Member must satisfy regular expression pattern: "
                  "[\\.\\-_/#A-Za-z0-9]+");
    group = call_record(c, "logs.group", c->region, name);
    if (group != NULL)
        call_fail(c, 400, "ResourceAlreadyExistsException",
                  "The specified log group already exists");
    cJSON_Delete(group);
    if (c->has_failed)
        return;
    group = new_group(c->service, c->account, c->region, name);
    if (call_ok(c, group == NULL || !members_copy(group, c->in, "kmsKeyId logGroupClass")
                       ? mem_err(c->err)
                       : tags_merge(group, json_get(c->in, "tags"), c->err)))
        (void)call_store(c, "logs.group", c->region, name, group);
    cJSON_Delete(group);
}

struct listing {
    struct call *call;
    cJSON *out;
    int64_t left;
    char last[LOGS_NAME_MAX];
};

static enum err_code list_group(void *owner, const struct record_key *key, const cJSON *value,
                                bool *goes_on, struct err *err)
{
    struct listing *l = owner;
    struct sv pattern = call_text(l->call, "logGroupNamePattern", false);
    cJSON *row;

    if (sv_find(key->name, pattern) < 0)
        return ERR_OK;
    if (l->left-- == 0) {
        *goes_on = false;
        return ERR_OK;
    }
    row = cJSON_CreateObject();
    if (row == NULL || !cJSON_AddItemToArray(l->out, row)) {
        cJSON_Delete(row);
        return mem_err(err);
    }
    (void)snprintf(l->last, sizeof l->last, SV_FMT, SV_ARG(key->name));
    return members_copy(row, value, "logGroupName creationTime retentionInDays kmsKeyId") &&
                   member_put_int(row, "metricFilterCount", 0) &&
                   member_putf(row, "arn", SV_FMT ":*", SV_ARG(json_sv(value, "Arn"))) &&
                   member_put(row, "logGroupArn", json_sv(value, "Arn")) &&
                   member_put_int(row, "storedBytes", 0) &&
                   member_put(row, "logGroupClass", SV("STANDARD"))
               ? ERR_OK
               : mem_err(err);
}

/* left is -1 when there is more. */
static void end_page(struct listing *l)
{
    if (l->left < 0)
        call_put(l->call, "nextToken", sv_of(l->last));
}

void logs_describe_groups(struct call *c)
{
    struct listing l = {.call = c, .left = call_int(c, "limit", 1, PAGE_MAX, PAGE_MAX)};
    struct record_key key = {.kind = "logs.group",
                             .account = c->account,
                             .region = c->region,
                             .name = call_text(c, "logGroupNamePrefix", false)};

    l.out = call_add(c, c->out, "logGroups", cJSON_CreateArray());
    if (!c->has_failed &&
        call_ok(c, record_each(c->service->records, &key, call_text(c, "nextToken", false),
                               list_group, &l, c->err)))
        end_page(&l);
}

static enum err_code remove_record(void *owner, const struct record_key *key,
                                   const cJSON *value UNUSED, bool *goes_on UNUSED, struct err *err)
{
    struct service *s = owner;

    return record_delete(s->records, key, err);
}

static enum err_code remove_all(struct service *s, struct sv account, struct sv region,
                                const char *kind, struct sv prefix, struct err *err)
{
    struct record_key key = {.kind = kind, .account = account, .region = region, .name = prefix};

    return record_each(s->records, &key, SV(""), remove_record, s, err);
}

enum err_code logs_remove_events(struct service *s, struct sv account, struct sv region,
                                 struct sv prefix, struct err *err)
{
    return remove_all(s, account, region, "logs.event", prefix, err);
}

void logs_delete_group(struct call *c)
{
    struct sv name;
    cJSON *group = asked_group(c, &name);
    char prefix[LOGS_NAME_MAX];
    struct record_key key = {
        .kind = "logs.group", .account = c->account, .region = c->region, .name = name};

    cJSON_Delete(group);
    if (c->has_failed)
        return;
    (void)snprintf(prefix, sizeof prefix, SV_FMT ":", SV_ARG(name));
    if (call_ok(c, record_delete(c->service->records, &key, c->err)) &&
        call_ok(c, logs_remove_events(c->service, c->account, c->region, sv_of(prefix), c->err)))
        (void)call_ok(
            c, remove_all(c->service, c->account, c->region, "logs.stream", sv_of(prefix), c->err));
}

static void set_retention(struct call *c, int64_t days)
{
    struct sv name;
    cJSON *group = asked_group(c, &name);

    if (group != NULL && days > 0 && !member_put_int(group, "retentionInDays", days))
        (void)call_ok(c, mem_err(c->err));
    if (group != NULL && days == 0)
        cJSON_DeleteItemFromObjectCaseSensitive(group, "retentionInDays");
    (void)call_store(c, "logs.group", c->region, name, group);
    cJSON_Delete(group);
}

void logs_put_retention(struct call *c)
{
    static const int good[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                               365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
    int64_t days = call_int(c, "retentionInDays", 1, 3653, 0);

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        if (days == good[i]) {
            set_retention(c, days);
            return;
        }
    }
    call_fail(c, 400, "InvalidParameterException", "retentionInDays is not a valid value");
}

void logs_delete_retention(struct call *c)
{
    set_retention(c, 0);
}

/* ---- streams ---- */

/* The key of the stream that the call names; false and the refusal. */
static bool asked_stream(struct call *c, char name[LOGS_NAME_MAX], struct record_key *key)
{
    struct sv group_name;
    struct sv stream = call_text(c, "logStreamName", true);
    cJSON *group = asked_group(c, &group_name);

    cJSON_Delete(group);
    if (!c->has_failed && (stream.len == 0 || stream.len > GROUP_NAME_MAX ||
                           sv_find(stream, SV(":")) >= 0 || sv_find(stream, SV("*")) >= 0))
        call_fail(c, 400, "InvalidParameterException",
                  "1 validation error detected: Value at 'logStreamName' failed to satisfy "
                  "constraint: Member must satisfy regular expression pattern: [^:*]*");
    (void)snprintf(name, LOGS_NAME_MAX, SV_FMT ":" SV_FMT, SV_ARG(group_name), SV_ARG(stream));
    *key = key_of("logs.stream", c->account, c->region, name);
    return !c->has_failed;
}

void logs_create_stream(struct call *c)
{
    char name[LOGS_NAME_MAX];
    struct record_key key;
    struct sv stream_name;
    cJSON *stream;

    if (!asked_stream(c, name, &key))
        return;
    stream = call_record(c, "logs.stream", c->region, key.name);
    if (stream != NULL)
        call_fail(c, 400, "ResourceAlreadyExistsException",
                  "The specified log stream already exists");
    cJSON_Delete(stream);
    if (c->has_failed)
        return;
    stream = new_stream(c->service, c->account, c->region, sv_cut(key.name, ':', &stream_name),
                        call_text(c, "logStreamName", true));
    if (call_ok(c, stream == NULL ? mem_err(c->err) : ERR_OK))
        (void)call_store(c, "logs.stream", c->region, key.name, stream);
    cJSON_Delete(stream);
}

void logs_delete_stream(struct call *c)
{
    char name[LOGS_NAME_MAX];
    char prefix[LOGS_NAME_MAX + 1];
    struct record_key key;

    if (!asked_stream(c, name, &key))
        return;
    (void)snprintf(prefix, sizeof prefix, "%s:", name);
    if (call_ok(c, record_delete(c->service->records, &key, c->err)))
        (void)call_ok(c,
                      logs_remove_events(c->service, c->account, c->region, sv_of(prefix), c->err));
}

static enum err_code list_stream(void *owner, const struct record_key *key UNUSED,
                                 const cJSON *value, bool *goes_on UNUSED, struct err *err)
{
    cJSON *row = cJSON_CreateObject();

    if (row == NULL || !cJSON_AddItemToArray(owner, row)) {
        cJSON_Delete(row);
        return mem_err(err);
    }
    return members_copy(row, value,
                        "logStreamName creationTime firstEventTimestamp lastEventTimestamp "
                        "lastIngestionTime") &&
                   member_put(row, "arn", json_sv(value, "Arn")) &&
                   member_put_int(row, "storedBytes", 0)
               ? ERR_OK
               : mem_err(err);
}

/* By the last event, or as they are: by name. */
static bool comes_later(const cJSON *a, const cJSON *b, bool by_time)
{
    return by_time ? json_int(a, "lastEventTimestamp", 0) > json_int(b, "lastEventTimestamp", 0)
                   : sv_cmp(json_sv(a, "logStreamName"), json_sv(b, "logStreamName")) > 0;
}

/* The next in order is taken off the list; NULL when it is empty. */
static cJSON *take_first(cJSON *list, bool by_time, bool is_down)
{
    cJSON *best = list->child;

    for (cJSON *item = list->child; item != NULL; item = item->next) {
        if (is_down ? comes_later(item, best, by_time) : comes_later(best, item, by_time))
            best = item;
    }
    return best == NULL ? NULL : cJSON_DetachItemViaPointer(list, best);
}

/* Tokens are how many were given already. */
static void page_streams(struct call *c, cJSON *all)
{
    bool by_time = sv_eq(call_text(c, "orderBy", false), SV("LastEventTime"));
    bool is_down = call_bool(c, "descending", false);
    int64_t limit = call_int(c, "limit", 1, PAGE_MAX, PAGE_MAX);
    int64_t skip = 0;
    cJSON *out = call_add(c, c->out, "logStreams", cJSON_CreateArray());
    cJSON *next = NULL;
    char token[24];

    if (!sv_to_int(call_text(c, "nextToken", false), &skip))
        skip = 0;
    for (int64_t i = 0; !c->has_failed && i < skip + limit; i++) {
        next = take_first(all, by_time, is_down);
        if (next == NULL)
            return;
        if (i < skip)
            cJSON_Delete(next);
        else
            (void)call_add(c, out, NULL, next);
    }
    (void)snprintf(token, sizeof token, "%lld", (long long)(skip + limit));
    if (all->child != NULL)
        call_put(c, "nextToken", sv_of(token));
}

void logs_describe_streams(struct call *c)
{
    struct sv group_name;
    cJSON *group = asked_group(c, &group_name);
    cJSON *all = cJSON_CreateArray();
    struct sv prefix = call_text(c, "logStreamNamePrefix", false);
    char name[LOGS_NAME_MAX];
    struct record_key key;

    (void)snprintf(name, sizeof name, SV_FMT ":" SV_FMT, SV_ARG(group_name), SV_ARG(prefix));
    key = key_of("logs.stream", c->account, c->region, name);
    cJSON_Delete(group);
    if (!c->has_failed && call_ok(c, all == NULL ? mem_err(c->err)
                                                 : record_each(c->service->records, &key, SV(""),
                                                               list_stream, all, c->err)))
        page_streams(c, all);
    cJSON_Delete(all);
}
