/* Objects written and removed. */
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sandbox/members.h"
#include "core/sandbox/s3_parts.h"

/* "*": only when there is none yet. */
static bool may_overwrite(struct call *c, struct sv bucket, struct sv key)
{
    struct sv none = request_header(c->request, "If-None-Match");
    struct sv match = request_header(c->request, "If-Match");
    cJSON *old;

    if (none.ptr == NULL && match.ptr == NULL)
        return true;
    old = version_find(c, bucket, key, SV(""));
    if (old != NULL && json_bool(old, "IsMarker", false)) {
        cJSON_Delete(old);
        old = NULL;
    }
    if (old == NULL && match.ptr != NULL)
        call_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
    else if (old != NULL && (none.ptr != NULL || !sv_eq(match, json_sv(old, "ETag"))))
        call_fail(c, 412, "PreconditionFailed",
                  "At least one of the pre-conditions you specified did not hold");
    cJSON_Delete(old);
    return !c->has_failed;
}

static void tell_encryption(struct call *c, const cJSON *value)
{
    const cJSON *headers = json_get(value, "Headers");

    for (const cJSON *h = headers == NULL ? NULL : headers->child; h != NULL; h = h->next) {
        if (sv_starts(sv_of(h->string), SV("x-amz-server-side-encryption")))
            reply_header(c->reply, h->string, SV_FMT, SV_ARG(json_item_sv(h)));
    }
}

void s3_put_object(struct call *c)
{
    cJSON *bucket = s3_bucket(c);
    struct sv key = json_sv(c->in, "Key");
    struct s3_upload upload;
    char etag[48];

    s3_upload_init(&upload);
    if (bucket != NULL && may_overwrite(c, json_sv(bucket, "Name"), key) &&
        s3_upload_body(c, &upload) && s3_upload_headers(c, bucket, upload.value) &&
        s3_etag(c, upload.bytes, etag)) {
        if (!member_put(upload.value, "ETag", sv_of(etag)))
            (void)call_ok(c, mem_err(c->err));
        (void)version_add(c, bucket, key, upload.bytes, upload.value);
        reply_header(c->reply, "ETag", "%s", etag);
        tell_encryption(c, upload.value);
        put_version_id(c, bucket, upload.value);
    }
    s3_upload_release(&upload);
    cJSON_Delete(bucket);
}

/* "/BUCKET/KEY?versionId=V", percent-encoded. */
static bool read_source(struct call *c, struct sb *text, struct sv *bucket, struct sv *key,
                        struct sv *version)
{
    struct sv given = request_header(c->request, "x-amz-copy-source");
    ptrdiff_t at = sv_find(given, SV("?versionId="));

    *version = at < 0 ? SV("") : sv_drop(given, (size_t)at + strlen("?versionId="));
    given = at < 0 ? given : sv_take(given, (size_t)at);
    if (!call_ok(c, form_decode(given, text, c->err)))
        return false;
    given = sb_sv(text);
    if (given.len > 0 && given.ptr[0] == '/')
        given = sv_drop(given, 1);
    *bucket = sv_cut(given, '/', key);
    if (bucket->len == 0 || key->len == 0 || memchr(text->ptr, '\0', text->len) != NULL)
        call_fail(c, 400, "InvalidArgument",
                  "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
    return !c->has_failed;
}

bool s3_copy_source(struct call *c, struct s3_upload *upload)
{
    CLEANUP(sb_release) struct sb text;
    struct sv name;
    struct sv key;
    struct sv version;
    cJSON *bucket;

    sb_init(&text, 4096);
    if (!read_source(c, &text, &name, &key, &version))
        return false;
    bucket = s3_load(c, "s3.bucket", SV(""), name);
    if (bucket == NULL)
        call_fail(c, 404, "NoSuchBucket", "The specified bucket does not exist");
    if (bucket != NULL && s3_may(c, bucket, SV("GetObject"), key))
        upload->value = version_find(c, name, key, version);
    cJSON_Delete(bucket);
    if (upload->value == NULL || json_bool(upload->value, "IsMarker", false))
        call_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
    if (!c->has_failed)
        (void)version_bytes(c, upload->value, &upload->decoded);
    upload->bytes = upload->decoded.len == 0 ? SV("") : sb_sv(&upload->decoded);
    return !c->has_failed;
}

void s3_copy_object(struct call *c)
{
    struct sv directive = request_header(c->request, "x-amz-metadata-directive");
    cJSON *bucket = s3_bucket(c);
    struct s3_upload upload;

    s3_upload_init(&upload);
    if (bucket != NULL && s3_copy_source(c, &upload)) {
        if (is_versioned(bucket))
            reply_header(c->reply, "x-amz-copy-source-version-id", SV_FMT,
                         SV_ARG(json_sv(upload.value, "VersionId")));
        if (sv_eq(directive, SV("REPLACE")))
            cJSON_DeleteItemFromObjectCaseSensitive(upload.value, "Headers");
        (void)(!sv_eq(directive, SV("REPLACE")) || s3_upload_headers(c, bucket, upload.value));
        (void)version_add(c, bucket, json_sv(c->in, "Key"), upload.bytes, upload.value);
        call_put_time(c, c->out, "LastModified", c->service->now_ms);
        call_put(c, "ETag", json_sv(upload.value, "ETag"));
        tell_encryption(c, upload.value);
        put_version_id(c, bucket, upload.value);
    }
    s3_upload_release(&upload);
    cJSON_Delete(bucket);
}

/* One object, or one version of it. *told, the caller's, says what became of it. */
static bool drop(struct call *c, const cJSON *bucket, struct sv key, struct sv version,
                 cJSON **told)
{
    struct sv name = json_sv(bucket, "Name");
    cJSON *row = cJSON_CreateObject();
    cJSON *value = NULL;
    bool is_good = row != NULL && member_put(row, "Key", key);

    *told = row;
    if (version.len > 0) {
        value = version_find(c, name, key, version);
        is_good = is_good && member_put(row, "VersionId", version);
        if (value != NULL && json_bool(value, "IsMarker", false))
            is_good = is_good && member_set(row, "DeleteMarker", cJSON_CreateTrue()) &&
                      member_put(row, "DeleteMarkerVersionId", version);
        if (value != NULL)
            (void)version_drop(c, name, value);
    } else if (is_versioned(bucket)) {
        (void)version_mark(c, bucket, key, &value);
        is_good = is_good && member_set(row, "DeleteMarker", cJSON_CreateTrue()) &&
                  member_put(row, "DeleteMarkerVersionId", json_sv(value, "VersionId"));
    } else {
        value = version_find(c, name, key, SV("null"));
        if (value != NULL)
            (void)version_drop(c, name, value);
    }
    cJSON_Delete(value);
    if (!is_good)
        (void)call_ok(c, mem_err(c->err));
    return !c->has_failed;
}

void s3_delete_object(struct call *c)
{
    struct sv version = json_sv(c->in, "versionId");
    cJSON *bucket = s3_bucket(c);
    cJSON *told = NULL;

    if (bucket == NULL)
        return;
    if (version.len > 0 && !s3_may(c, bucket, SV("DeleteObjectVersion"), json_sv(c->in, "Key"))) {
        cJSON_Delete(bucket);
        return;
    }
    if (drop(c, bucket, json_sv(c->in, "Key"), version, &told)) {
        if (json_bool(told, "DeleteMarker", false))
            reply_header(c->reply, "x-amz-delete-marker", "true");
        if (json_get(told, "DeleteMarkerVersionId") != NULL)
            version = json_sv(told, "DeleteMarkerVersionId");
        if (version.len > 0)
            reply_header(c->reply, "x-amz-version-id", SV_FMT, SV_ARG(version));
        c->reply->status = 204;
    }
    cJSON_Delete(told);
    cJSON_Delete(bucket);
}

static void drop_listed(struct call *c, const cJSON *bucket, const cJSON *item, cJSON *list)
{
    cJSON *told = NULL;

    if (!drop(c, bucket, json_sv(item, "Key"), json_sv(item, "VersionId"), &told) || list == NULL)
        cJSON_Delete(told);
    else
        (void)call_add(c, list, NULL, told);
}

void s3_delete_objects(struct call *c)
{
    const cJSON *body = json_get(c->in, "Body");
    const cJSON *objects = json_get(body, "Object");
    bool is_quiet = sv_eq(json_sv(body, "Quiet"), SV("true"));
    cJSON *bucket = s3_bucket(c);
    cJSON *list = is_quiet ? NULL : call_add(c, c->out, "Deleted", cJSON_CreateArray());

    if (objects == NULL || (cJSON_IsArray(objects) && cJSON_GetArraySize(objects) > S3_PAGE_MAX))
        call_fail(c, 400, "MalformedXML",
                  "The XML you provided was not well-formed or did not validate against our "
                  "published schema");
    if (!cJSON_IsArray(objects) && !c->has_failed)
        drop_listed(c, bucket, objects, list);
    for (const cJSON *o = cJSON_IsArray(objects) ? objects->child : NULL;
         o != NULL && !c->has_failed; o = o->next)
        drop_listed(c, bucket, o, list);
    cJSON_Delete(bucket);
}

/* Objects have no tags here. */
void s3_get_object_tagging(struct call *c)
{
    cJSON *value = version_find(c, json_sv(c->in, "Bucket"), json_sv(c->in, "Key"),
                                json_sv(c->in, "versionId"));

    if (value == NULL)
        call_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
    (void)call_add(c, c->out, "TagSet", cJSON_CreateObject());
    cJSON_Delete(value);
}
