/* Versions of objects: found, added and dropped. */
#include "core/base/mem.h"
#include "core/sandbox/ids.h"
#include "core/sandbox/members.h"
#include "core/sandbox/s3_parts.h"

bool is_versioned(const cJSON *bucket)
{
    return json_sv(bucket, "Versioning").len > 0;
}

struct search {
    struct sv key;
    struct sv id;
    cJSON *found;
};

static enum err_code look(void *owner, const struct record_key *key UNUSED, const cJSON *value,
                          bool *goes_on, struct err *err)
{
    struct search *s = owner;

    if (!sv_eq(json_sv(value, "Key"), s->key) ||
        (s->id.len > 0 && !sv_eq(json_sv(value, "VersionId"), s->id)))
        return ERR_OK;
    s->found = cJSON_Duplicate(value, true);
    *goes_on = false;
    return s->found == NULL ? mem_err(err) : ERR_OK;
}

cJSON *version_find(struct call *c, struct sv bucket, struct sv key, struct sv id)
{
    char name[S3_NAME_MAX];
    struct record_key from = {.kind = "s3.object", .account = SV(""), .region = bucket};
    struct search search = {.key = key, .id = id};

    (void)snprintf(name, sizeof name, SV_FMT "\1", SV_ARG(key));
    from.name = sv_of(name);
    if (!c->has_failed)
        (void)call_ok(c, record_each(c->service->records, &from, from.name, look, &search, c->err));
    return search.found;
}

/* KEY, a byte 1 and what falls with age. */
static struct sv name_of(const cJSON *value, char out[S3_NAME_MAX])
{
    (void)snprintf(out, S3_NAME_MAX, SV_FMT "\1" SV_FMT, SV_ARG(json_sv(value, "Key")),
                   SV_ARG(json_sv(value, "Order")));
    return sv_of(out);
}

static struct sv blob_of(const cJSON *value, char out[64])
{
    (void)snprintf(out, 64, "s3/" SV_FMT, SV_ARG(json_sv(value, "Order")));
    return sv_of(out);
}

bool version_drop(struct call *c, struct sv bucket, const cJSON *value)
{
    char name[S3_NAME_MAX];
    char blob[64];

    return s3_drop(c, "s3.object", bucket, name_of(value, name)) &&
           call_ok(c, blob_delete(c->service->records, blob_of(value, blob), c->err));
}

/* Its place and id; a version without versioning is called null and replaces the last such. */
static bool enter(struct call *c, const cJSON *bucket, struct sv key, cJSON *value)
{
    struct sv name = json_sv(bucket, "Name");
    bool is_enabled = sv_eq(json_sv(bucket, "Versioning"), SV("Enabled"));
    cJSON *old = is_enabled ? NULL : version_find(c, name, key, SV("null"));
    uint64_t number = 0;
    struct uid id;

    if (old != NULL)
        (void)version_drop(c, name, old);
    cJSON_Delete(old);
    if (c->has_failed || !call_ok(c, records_next(c->service->records, &number, c->err)))
        return false;
    id = uid_derive(c->service->token_seed, number);
    if (member_put(value, "Key", key) &&
        member_putf(value, "Order", "%016llx", (unsigned long long)~number) &&
        member_put_int(value, "Modified", c->service->now_ms) &&
        (is_enabled ? member_putf(value, "VersionId", "%016llx%016llx", (unsigned long long)id.hi,
                                  (unsigned long long)id.lo)
                    : member_put(value, "VersionId", SV("null"))))
        return true;
    return call_ok(c, mem_err(c->err));
}

bool version_add(struct call *c, const cJSON *bucket, struct sv key, struct sv bytes, cJSON *value)
{
    char name[S3_NAME_MAX];
    char blob[64];

    if (!enter(c, bucket, key, value))
        return false;
    if (!member_put_int(value, "Size", (int64_t)bytes.len))
        return call_ok(c, mem_err(c->err));
    return s3_store(c, "s3.object", json_sv(bucket, "Name"), name_of(value, name), value) &&
           call_ok(c, blob_put(c->service->records, blob_of(value, blob), bytes, c->err));
}

bool version_mark(struct call *c, const cJSON *bucket, struct sv key, cJSON **marker)
{
    char name[S3_NAME_MAX];
    cJSON *value = cJSON_CreateObject();

    if (value == NULL || !member_set(value, "IsMarker", cJSON_CreateTrue())) {
        cJSON_Delete(value);
        return call_ok(c, mem_err(c->err));
    }
    *marker = value;
    return enter(c, bucket, key, value) &&
           s3_store(c, "s3.object", json_sv(bucket, "Name"), name_of(value, name), value);
}

bool version_bytes(struct call *c, const cJSON *value, struct sb *out)
{
    char blob[64];

    return call_ok(c, blob_get(c->service->records, blob_of(value, blob), out, c->err));
}

void put_version_id(struct call *c, const cJSON *bucket, const cJSON *value)
{
    if (is_versioned(bucket))
        reply_header(c->reply, "x-amz-version-id", SV_FMT, SV_ARG(json_sv(value, "VersionId")));
}
