/* Uploads in parts. An upload is "s3.upload", with the bucket in the place of the region; its parts
 * are blobs until they are put together. */
#include "core/base/mem.h"
#include "core/sandbox/ids.h"
#include "core/sandbox/members.h"
#include "core/sandbox/s3_parts.h"

enum { PARTS_MAX = 10000, PART_MIN = 5 << 20, BLOB_ID_MAX = 128 };

static cJSON *load(struct call *c)
{
    cJSON *upload = s3_load(c, "s3.upload", json_sv(c->in, "Bucket"), json_sv(c->in, "uploadId"));

    if (upload != NULL && sv_eq(json_sv(upload, "Key"), json_sv(c->in, "Key")))
        return upload;
    cJSON_Delete(upload);
    call_fail(
        c, 404, "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may "
        "have been aborted or completed.");
    return NULL;
}

static struct sv part_blob(struct sv upload_id, int64_t number, char out[BLOB_ID_MAX])
{
    (void)snprintf(out, BLOB_ID_MAX, "s3/part/" SV_FMT "/%lld", SV_ARG(sv_take(upload_id, 64)),
                   (long long)number);
    return sv_of(out);
}

void s3_create_upload(struct call *c)
{
    cJSON *bucket = s3_bucket(c);
    cJSON *upload = cJSON_CreateObject();
    struct sv key = json_sv(c->in, "Key");
    char text[UID_SIZE];
    uint64_t number = 0;

    if (upload == NULL)
        (void)call_ok(c, mem_err(c->err));
    if (bucket != NULL && !c->has_failed && s3_upload_headers(c, bucket, upload) &&
        call_ok(c, records_next(c->service->records, &number, c->err))) {
        struct sv id = sv_of(uid_text(uid_derive(c->service->token_seed, number), text));

        if (!member_put(upload, "Key", key) || member_object(upload, "Parts") == NULL ||
            !member_put_int(upload, "Started", c->service->now_ms))
            (void)call_ok(c, mem_err(c->err));
        (void)s3_store(c, "s3.upload", json_sv(bucket, "Name"), id, upload);
        call_put(c, "Bucket", json_sv(bucket, "Name"));
        call_put(c, "Key", key);
        call_put(c, "UploadId", id);
    }
    cJSON_Delete(upload);
    cJSON_Delete(bucket);
}

/* The bytes are part number partNumber from now on. */
static bool keep_part(struct call *c, struct sv bytes, char etag[48])
{
    struct sv id = json_sv(c->in, "uploadId");
    cJSON *upload = load(c);
    cJSON *parts = upload == NULL ? NULL : member_object(upload, "Parts");
    cJSON *part = cJSON_CreateObject();
    char blob[BLOB_ID_MAX];
    char name[24];
    int64_t number = 0;
    bool is_good;

    if (!sv_to_int(json_sv(c->in, "partNumber"), &number) || number < 1 || number > PARTS_MAX)
        call_fail(c, 400, "InvalidArgument",
                  "Part number must be an integer between 1 and 10000, inclusive");
    if (!c->has_failed)
        (void)s3_etag(c, bytes, etag);
    (void)snprintf(name, sizeof name, "%lld", (long long)number);
    is_good = !c->has_failed && part != NULL && parts != NULL &&
              member_put(part, "ETag", sv_of(etag)) &&
              member_put_int(part, "Size", (int64_t)bytes.len);
    if (is_good) {
        is_good = member_set(parts, name, part);
        part = NULL;
    }
    if (!is_good && !c->has_failed)
        (void)call_ok(c, mem_err(c->err));
    if (!c->has_failed &&
        call_ok(c, blob_put(c->service->records, part_blob(id, number, blob), bytes, c->err)))
        (void)s3_store(c, "s3.upload", json_sv(c->in, "Bucket"), id, upload);
    cJSON_Delete(part);
    cJSON_Delete(upload);
    return !c->has_failed;
}

void s3_upload_part(struct call *c)
{
    struct s3_upload upload;
    char etag[48];

    s3_upload_init(&upload);
    if (s3_upload_body(c, &upload) && keep_part(c, upload.bytes, etag))
        reply_header(c->reply, "ETag", "%s", etag);
    s3_upload_release(&upload);
}

/* "bytes=FIRST-LAST" of the source, both given. */
static bool cut_range(struct call *c, struct sv *bytes)
{
    struct sv header = request_header(c->request, "x-amz-copy-source-range");
    struct sv end;
    struct sv begin;
    int64_t first;
    int64_t last;

    if (header.ptr == NULL)
        return true;
    begin = sv_cut(sv_drop(header, strlen("bytes=")), '-', &end);
    if (!sv_starts(header, SV("bytes=")) || !sv_to_int(begin, &first) || !sv_to_int(end, &last) ||
        first < 0 || last < first || (size_t)last >= bytes->len) {
        call_fail(c, 400, "InvalidArgument",
                  "The x-amz-copy-source-range value must be of the form bytes=first-last where "
                  "first and last are the zero-based offsets of the first and last bytes to copy");
        return false;
    }
    *bytes = sv_take(sv_drop(*bytes, (size_t)first), (size_t)(last - first + 1));
    return true;
}

void s3_upload_part_copy(struct call *c)
{
    struct s3_upload upload;
    char etag[48];

    s3_upload_init(&upload);
    if (s3_copy_source(c, &upload) && cut_range(c, &upload.bytes) &&
        keep_part(c, upload.bytes, etag)) {
        call_put_time(c, c->out, "LastModified", c->service->now_ms);
        call_put(c, "ETag", sv_of(etag));
    }
    s3_upload_release(&upload);
}

static struct sv unquoted(struct sv etag)
{
    return etag.len >= 2 && etag.ptr[0] == '"' ? sv_take(sv_drop(etag, 1), etag.len - 2) : etag;
}

/* One of the listed parts behind the others. */
static bool add_part(struct call *c, const cJSON *upload, const cJSON *listed, int64_t *before,
                     struct sb *out)
{
    struct sv number_text = json_sv(listed, "PartNumber");
    char name[24];
    char blob[BLOB_ID_MAX];
    const cJSON *part;
    int64_t number = 0;

    (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(sv_take(number_text, 20)));
    part = json_get(json_get(upload, "Parts"), name);
    if (part == NULL || !sv_to_int(number_text, &number) ||
        !sv_eq(unquoted(json_sv(part, "ETag")), unquoted(json_sv(listed, "ETag"))))
        call_fail(c, 400, "InvalidPart",
                  "One or more of the specified parts could not be found. The part may not have "
                  "been uploaded, or the specified entity tag may not match the part's entity "
                  "tag.");
    else if (number <= *before)
        call_fail(c, 400, "InvalidPartOrder",
                  "The list of parts was not in ascending order. The parts list must be specified "
                  "in order by part number.");
    else if (listed->next != NULL && json_int(part, "Size", 0) < PART_MIN)
        call_fail(c, 400, "EntityTooSmall",
                  "Your proposed upload is smaller than the minimum allowed size");
    *before = number;
    return !c->has_failed &&
           call_ok(c, blob_get(c->service->records,
                               part_blob(json_sv(c->in, "uploadId"), number, blob), out, c->err));
}

static bool drop_upload(struct call *c, const cJSON *upload)
{
    const cJSON *parts = json_get(upload, "Parts");
    struct sv id = json_sv(c->in, "uploadId");

    for (const cJSON *p = parts == NULL ? NULL : parts->child; p != NULL && !c->has_failed;
         p = p->next) {
        char blob[BLOB_ID_MAX];
        int64_t number;

        if (sv_to_int(sv_of(p->string), &number))
            (void)call_ok(c, blob_delete(c->service->records, part_blob(id, number, blob), c->err));
    }
    return s3_drop(c, "s3.upload", json_sv(c->in, "Bucket"), id);
}

/* "...-3": of the whole and the number of its parts, as AWS has it. */
static bool put_etag(struct call *c, cJSON *value, struct sv bytes, int count)
{
    char etag[48];

    return s3_etag(c, bytes, etag) && member_putf(value, "ETag", "%.33s-%d\"", etag, count);
}

static void complete(struct call *c, const cJSON *bucket, cJSON *upload, const cJSON *parts)
{
    CLEANUP(sb_release) struct sb bytes;
    cJSON *value = cJSON_CreateObject();
    const cJSON *first = cJSON_IsArray(parts) ? parts->child : parts;
    int64_t before = 0;
    int count = 0;

    sb_init(&bytes, REPLY_BODY_MAX);
    for (const cJSON *p = first; p != NULL && !c->has_failed;
         p = cJSON_IsArray(parts) ? p->next : NULL, count++)
        (void)add_part(c, upload, p, &before, &bytes);
    if (!c->has_failed && (value == NULL || !members_copy(value, upload, "Headers") ||
                           !put_etag(c, value, sb_sv(&bytes), count)))
        (void)call_ok(c, mem_err(c->err));
    if (!c->has_failed &&
        version_add(c, bucket, json_sv(c->in, "Key"), bytes.len == 0 ? SV("") : sb_sv(&bytes),
                    value) &&
        drop_upload(c, upload)) {
        call_put(c, "Bucket", json_sv(bucket, "Name"));
        call_put(c, "Key", json_sv(c->in, "Key"));
        call_put(c, "ETag", json_sv(value, "ETag"));
        put_version_id(c, bucket, value);
    }
    cJSON_Delete(value);
}

void s3_complete_upload(struct call *c)
{
    const cJSON *parts = json_get(json_get(c->in, "Body"), "Part");
    cJSON *bucket = s3_bucket(c);
    cJSON *upload = load(c);

    if (parts == NULL)
        call_fail(c, 400, "MalformedXML",
                  "The XML you provided was not well-formed or did not validate against our "
                  "published schema");
    if (bucket != NULL && upload != NULL && !c->has_failed)
        complete(c, bucket, upload, parts);
    cJSON_Delete(upload);
    cJSON_Delete(bucket);
}

void s3_abort_upload(struct call *c)
{
    cJSON *upload = load(c);

    if (upload != NULL)
        (void)drop_upload(c, upload);
    cJSON_Delete(upload);
    c->reply->status = c->has_failed ? c->reply->status : 204;
}

struct listing {
    struct call *c;
    cJSON *list;
};

static enum err_code list_one(void *owner, const struct record_key *key, const cJSON *value,
                              bool *goes_on, struct err *err UNUSED)
{
    struct listing *l = owner;
    cJSON *row = call_add(l->c, l->list, NULL, cJSON_CreateObject());

    if (row != NULL && (!member_put(row, "Key", json_sv(value, "Key")) ||
                        !member_put(row, "UploadId", key->name) ||
                        !member_put(row, "StorageClass", SV("STANDARD"))))
        (void)call_ok(l->c, mem_err(l->c->err));
    if (row != NULL)
        call_put_time(l->c, row, "Initiated", json_int(value, "Started", 0));
    *goes_on = !l->c->has_failed && cJSON_GetArraySize(l->list) < S3_PAGE_MAX;
    return ERR_OK;
}

void s3_list_uploads(struct call *c)
{
    struct record_key from = {
        .kind = "s3.upload", .account = SV(""), .region = json_sv(c->in, "Bucket"), .name = SV("")};
    struct listing l = {.c = c, .list = call_add(c, c->out, "Upload", cJSON_CreateArray())};

    call_put(c, "Bucket", from.region);
    (void)call_add(c, c->out, "IsTruncated", cJSON_CreateFalse());
    if (l.list != NULL)
        (void)call_ok(c, record_each(c->service->records, &from, SV(""), list_one, &l, c->err));
}
