/* Groups, and what services append to their streams. */
#include "core/sandbox/logs.h"

#include "core/base/mem.h"
#include "core/sandbox/call.h"
#include "core/sandbox/logs_stream.h"
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

cJSON *log_stream_new(struct service *s, struct sv account, struct sv region, struct sv group,
                      struct sv name, struct err *err)
{
    cJSON *stream = cJSON_CreateObject();
    uint64_t number = 0;

    if (!records_next(s->records, &number, err) && stream != NULL &&
        member_put_int(stream, "number", (int64_t)number) &&
        member_put(stream, "logStreamName", name) &&
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

/* Lines go in, and the stream's record says from when to when it has some. */
static enum err_code add_lines(struct service *s, const struct record_key *key, cJSON *stream,
                               const struct log_line *lines, size_t count, struct err *err)
{
    int64_t first = json_int(stream, "firstEventTimestamp", INT64_MAX);
    int64_t last = json_int(stream, "lastEventTimestamp", 0);
    int64_t had = json_int(stream, "count", 0);
    enum err_code rc;

    for (size_t i = 0; i < count; i++) {
        first = lines[i].at_ms < first ? lines[i].at_ms : first;
        last = lines[i].at_ms > last ? lines[i].at_ms : last;
    }
    rc = log_store_add(s->records, json_int(stream, "number", 0), had + 1, lines, count, s->now_ms,
                       err);
    if (rc || count == 0)
        return rc;
    if (!member_put_int(stream, "count", had + (int64_t)count) ||
        !member_put_int(stream, "firstEventTimestamp", first) ||
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
        rc = find_or_make(s, &key, log_stream_new(s, account, region, group, stream, err), &record,
                          err);
    if (!rc)
        rc = add_lines(s, &key, record, lines, count, err);
    cJSON_Delete(record);
    return rc;
}

/* ---- groups ---- */

/* One of a seeded build: there since the project's first build was. */
static cJSON *seeded_group(struct call *c, struct sv name)
{
    int64_t since_ms = seed_group_since(c->service->world, c->account, c->region, name);
    cJSON *group = since_ms == 0 ? NULL : new_group(c->service, c->account, c->region, name);

    if (since_ms != 0 && !member_put_int(group, "creationTime", since_ms)) {
        cJSON_Delete(group);
        group = NULL;
        (void)call_ok(c, mem_err(c->err));
    }
    return group;
}

cJSON *log_group_find(struct call *c, struct sv name)
{
    cJSON *group = call_record(c, "logs.group", c->region, name);

    return group != NULL || c->has_failed ? group : seeded_group(c, name);
}

cJSON *log_group_asked(struct call *c, struct sv *name)
{
    cJSON *group;

    *name = call_text(c, "logGroupName", false);
    if (name->ptr == NULL) {
        *name = call_text(c, "logGroupIdentifier", true);
        /* An ARN names it too. */
        if (sv_starts(*name, SV("arn:")))
            *name = sv_drop(*name, (size_t)(sv_find(*name, SV(":log-group:")) + 11));
        if (sv_ends(*name, SV(":*")))
            name->len -= 2;
    }
    group = log_group_find(c, *name);
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
    group = log_group_find(c, name);
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

static enum err_code offer(void *owner, const struct record_key *key, const cJSON *value UNUSED,
                           bool *goes_on UNUSED, struct err *err UNUSED)
{
    pick_offer(owner, key->name);
    return ERR_OK;
}

static void offer_seeded(void *owner, struct sv group)
{
    pick_offer(owner, group);
}

static void put_group(struct call *c, cJSON *list, struct sv name)
{
    cJSON *group = log_group_find(c, name);
    cJSON *row = group == NULL ? NULL : call_add(c, list, NULL, cJSON_CreateObject());

    if (row != NULL &&
        !(members_copy(row, group, "logGroupName creationTime retentionInDays kmsKeyId") &&
          member_put_int(row, "metricFilterCount", 0) &&
          member_putf(row, "arn", SV_FMT ":*", SV_ARG(json_sv(group, "Arn"))) &&
          member_put(row, "logGroupArn", json_sv(group, "Arn")) &&
          member_put_int(row, "storedBytes", 0) &&
          member_put(row, "logGroupClass", SV("STANDARD"))))
        (void)call_ok(c, mem_err(c->err));
    cJSON_Delete(group);
}

void logs_describe_groups(struct call *c)
{
    struct pick *pick = mem_alloc(sizeof *pick);
    struct record_key key = {.kind = "logs.group", .account = c->account, .region = c->region};
    cJSON *list = call_add(c, c->out, "logGroups", cJSON_CreateArray());

    if (!call_ok(c, pick == NULL ? mem_err(c->err) : ERR_OK)) {
        mem_free(pick);
        return;
    }
    pick->prefix = call_text(c, "logGroupNamePrefix", false);
    pick->pattern = call_text(c, "logGroupNamePattern", false);
    pick->after = call_text(c, "nextToken", false);
    pick->limit = (size_t)call_int(c, "limit", 1, PAGE_MAX, PAGE_MAX);
    key.name = pick->prefix;
    if (!c->has_failed &&
        call_ok(c, record_each(c->service->records, &key, pick->after, offer, pick, c->err))) {
        seed_groups_each(c->service->world, c->account, c->region, offer_seeded, pick);
        for (size_t i = 0; i < pick->count; i++)
            put_group(c, list, sv_of(pick->names[i]));
        if (pick->has_more)
            call_put(c, "nextToken", sv_of(pick->names[pick->count - 1]));
    }
    mem_free(pick);
}

static enum err_code remove_stream(void *owner, const struct record_key *key, const cJSON *value,
                                   bool *goes_on UNUSED, struct err *err)
{
    struct service *s = owner;
    enum err_code rc = log_store_drop(s->records, json_int(value, "number", 0), err);

    return rc ? rc : record_delete(s->records, key, err);
}

/* What seeded builds say stays: nobody keeps it, so nobody can drop it. */
void logs_delete_group(struct call *c)
{
    struct sv name;
    cJSON *group = log_group_asked(c, &name);
    char prefix[LOGS_NAME_MAX];
    struct record_key key = {
        .kind = "logs.group", .account = c->account, .region = c->region, .name = name};

    cJSON_Delete(group);
    if (c->has_failed)
        return;
    (void)snprintf(prefix, sizeof prefix, SV_FMT ":", SV_ARG(name));
    if (!call_ok(c, record_delete(c->service->records, &key, c->err)))
        return;
    key.kind = "logs.stream";
    key.name = sv_of(prefix);
    (void)call_ok(
        c, record_each(c->service->records, &key, SV(""), remove_stream, c->service, c->err));
}

static void set_retention(struct call *c, int64_t days)
{
    struct sv name;
    cJSON *group = log_group_asked(c, &name);

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
