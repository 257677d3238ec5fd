/* Objects read: whole or a part, under conditions. HEAD is the same: the server leaves the body
 * out. */
#include "core/base/time.h"
#include "core/sandbox/s3_parts.h"

static cJSON *find(struct call *c)
{
    struct sv version = json_sv(c->in, "versionId");
    cJSON *value = version_find(c, json_sv(c->in, "Bucket"), json_sv(c->in, "Key"), version);

    if (value == NULL) {
        if (version.len > 0)
            call_fail(c, 404, "NoSuchVersion", "The specified version does not exist.");
        else
            call_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
        return NULL;
    }
    if (!json_bool(value, "IsMarker", false))
        return value;
    reply_header(c->reply, "x-amz-delete-marker", "true");
    reply_header(c->reply, "x-amz-version-id", SV_FMT, SV_ARG(json_sv(value, "VersionId")));
    if (version.len > 0)
        call_fail(c, 405, "MethodNotAllowed",
                  "The specified method is not allowed against this resource.");
    else
        call_fail(c, 404, "NoSuchKey", "The specified key does not exist.");
    cJSON_Delete(value);
    return NULL;
}

static bool lists(struct sv header, struct sv etag)
{
    return sv_eq(header, SV("*")) || sv_find(header, etag) >= 0 ||
           sv_eq(header, sv_take(sv_drop(etag, 1), etag.len < 2 ? 0 : etag.len - 2));
}

/* The precondition that is not met: 0, 304 or 412. ETags go before dates. */
static int unmet(const struct call *c, const cJSON *value)
{
    struct sv etag = json_sv(value, "ETag");
    struct sv match = request_header(c->request, "If-Match");
    struct sv none = request_header(c->request, "If-None-Match");
    int64_t changed_ms = json_int(value, "Modified", 0) / 1000 * 1000;
    int64_t ms;

    if (match.ptr != NULL && !lists(match, etag))
        return 412;
    if (none.ptr != NULL)
        return lists(none, etag) ? 304 : 0;
    if (match.ptr == NULL &&
        time_parse_http(request_header(c->request, "If-Unmodified-Since"), &ms) && changed_ms > ms)
        return 412;
    if (time_parse_http(request_header(c->request, "If-Modified-Since"), &ms) && changed_ms <= ms)
        return 304;
    return 0;
}

/* "bytes=FIRST-LAST", "bytes=FIRST-", "bytes=-COUNT"; other forms are not heeded, as HTTP has it.
 * False: outside of the object. */
static bool read_range(struct sv header, int64_t size, int64_t *first, int64_t *last, bool *is_part)
{
    struct sv end;
    struct sv begin;
    int64_t number;

    *first = 0;
    *last = size - 1;
    *is_part = false;
    if (!sv_starts(header, SV("bytes=")))
        return true;
    begin = sv_cut(sv_drop(header, strlen("bytes=")), '-', &end);
    if (begin.len == 0 && sv_to_int(end, &number) && number >= 0) {
        *is_part = true;
        *first = number > size ? 0 : size - number;
        return number > 0 && size > 0;
    }
    if (!sv_to_int(begin, &number) || number < 0)
        return true;
    *is_part = true;
    *first = number;
    if (sv_to_int(end, &number) && number < *last)
        *last = number;
    return *first < size && *first <= *last;
}

static void tell(struct call *c, const cJSON *value, bool is_part)
{
    static const struct {
        const char *query;
        const char *header;
    } overrides[] = {
        {"response-content-type", "Content-Type"},
        {"response-cache-control", "Cache-Control"},
        {"response-content-disposition", "Content-Disposition"},
        {"response-content-encoding", "Content-Encoding"},
        {"response-content-language", "Content-Language"},
        {"response-expires", "Expires"},
    };
    const cJSON *headers = json_get(value, "Headers");
    const cJSON *checksums = json_get(value, "Checksums");
    char date[TIME_HTTP_SIZE];

    reply_header(c->reply, "ETag", SV_FMT, SV_ARG(json_sv(value, "ETag")));
    reply_header(c->reply, "Last-Modified", "%s", time_http(json_int(value, "Modified", 0), date));
    reply_header(c->reply, "Accept-Ranges", "bytes");
    for (const cJSON *h = headers == NULL ? NULL : headers->child; h != NULL; h = h->next) {
        struct sv text = json_item_sv(h);

        for (size_t i = 0; i < ARRAY_LEN(overrides); i++) {
            if (strcmp(h->string, overrides[i].header) == 0 &&
                json_sv(c->in, overrides[i].query).len > 0)
                text = json_sv(c->in, overrides[i].query);
        }
        reply_header(c->reply, h->string, SV_FMT, SV_ARG(text));
    }
    for (const cJSON *h = checksums == NULL ? NULL : checksums->child; h != NULL; h = h->next) {
        /* They are of the whole object, and AWS tells none with 304. */
        if (!is_part &&
            sv_eq_nocase(request_header(c->request, "x-amz-checksum-mode"), SV("ENABLED")))
            reply_header(c->reply, h->string, SV_FMT, SV_ARG(json_item_sv(h)));
    }
}

static void send_part(struct call *c, const cJSON *value, int64_t first, int64_t last, bool is_part)
{
    CLEANUP(sb_release) struct sb bytes;
    int64_t size = json_int(value, "Size", 0);

    sb_init(&bytes, REPLY_BODY_MAX);
    if (!is_part) {
        (void)version_bytes(c, value, &c->reply->body);
        return;
    }
    if (!version_bytes(c, value, &bytes))
        return;
    (void)call_ok(c,
                  sb_add(&c->reply->body,
                         sv_take(sv_drop(sb_sv(&bytes), (size_t)first), (size_t)(last - first + 1)),
                         c->err));
    reply_header(c->reply, "Content-Range", "bytes %lld-%lld/%lld", (long long)first,
                 (long long)last, (long long)size);
    c->reply->status = 206;
}

void s3_get_object(struct call *c)
{
    cJSON *bucket = s3_bucket(c);
    cJSON *value = bucket == NULL ? NULL : find(c);
    int64_t first = 0;
    int64_t last = 0;
    bool is_part = false;
    int status = value == NULL ? 0 : unmet(c, value);

    if (status == 412)
        call_fail(c, 412, "PreconditionFailed",
                  "At least one of the pre-conditions you specified did not hold");
    else if (value != NULL && !read_range(request_header(c->request, "Range"),
                                          json_int(value, "Size", 0), &first, &last, &is_part))
        call_fail(c, 416, "InvalidRange", "The requested range is not satisfiable");
    if (value != NULL && !c->has_failed) {
        tell(c, value, is_part || status == 304);
        put_version_id(c, bucket, value);
        c->reply->status = status == 304 ? 304 : 200;
        if (status == 0)
            send_part(c, value, first, last, is_part);
    }
    cJSON_Delete(value);
    cJSON_Delete(bucket);
}
