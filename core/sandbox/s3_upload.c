/* What a client uploads: the body as it is meant, its checksums, and the headers that are kept. */
#include "core/base/base64.h"
#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/s3_parts.h"

enum { METADATA_MAX = 2048, FRAME_MAX = 1024 };

/* Kept with the object and told with it. */
static const char *const kept[] = {"Cache-Control",
                                   "Content-Disposition",
                                   "Content-Language",
                                   "Content-Type",
                                   "Expires",
                                   "x-amz-website-redirect-location",
                                   "x-amz-server-side-encryption",
                                   "x-amz-server-side-encryption-aws-kms-key-id",
                                   "x-amz-server-side-encryption-bucket-key-enabled"};

void s3_upload_init(struct s3_upload *upload)
{
    *upload = (struct s3_upload){0};
    sb_init(&upload->decoded, REQUEST_BODY_MAX);
}

void s3_upload_release(struct s3_upload *upload)
{
    sb_release(&upload->decoded);
    cJSON_Delete(upload->value);
}

/* No MD5: libcrypto is asked for SHA-256 only. An ETag that is no MD5 is what AWS gives for objects
 * under a KMS key, so no honest client reads one out of it: 32 digits of the SHA-256 do. */
bool s3_etag(struct call *c, struct sv bytes, char out[48])
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    char hex[2 * CRYPTO_SHA256_SIZE + 1];

    if (!call_ok(c, crypto_sha256(bytes, hash, c->err)))
        return false;
    crypto_hex(hash, sizeof hash, hex);
    (void)snprintf(out, 48, "\"%.32s\"", hex);
    return true;
}

static uint32_t crc32_of(struct sv bytes)
{
    static uint32_t table[256];
    uint32_t crc = 0xffffffffU;

    for (uint32_t i = 0; i < 256 && table[255] == 0; i++) {
        uint32_t value = i;

        for (int bit = 0; bit < 8; bit++)
            value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0);
        table[i] = value;
    }
    for (size_t i = 0; i < bytes.len; i++)
        crc = table[(crc ^ (unsigned char)bytes.ptr[i]) & 0xff] ^ (crc >> 8);
    return ~crc;
}

/* The checksum of that kind as it should be; "" for one that the sandbox does not compute. */
static bool compute(struct call *c, struct sv kind, struct sv bytes, struct sb *out)
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    uint32_t crc;

    if (sv_eq(kind, SV("sha256")))
        return call_ok(c, crypto_sha256(bytes, hash, c->err)) &&
               call_ok(c, base64_encode(sv_make((const char *)hash, sizeof hash), out, c->err));
    if (!sv_eq(kind, SV("crc32")))
        return true;
    crc = crc32_of(bytes);
    for (int i = 0; i < 4; i++)
        hash[i] = (unsigned char)(crc >> (24 - 8 * i));
    return call_ok(c, base64_encode(sv_make((const char *)hash, 4), out, c->err));
}

static bool check(struct call *c, struct s3_upload *upload, struct sv name, struct sv given)
{
    static const char head[] = "x-amz-checksum-";
    CLEANUP(sb_release) struct sb real;
    struct sv kind = sv_drop(name, sizeof head - 1);
    cJSON *checksums = member_object(upload->value, "Checksums");
    char member[64];

    sb_init(&real, 128);
    if (!sv_starts(name, sv_of(head)) || name.len >= sizeof member || sv_eq(kind, SV("type")) ||
        sv_eq(kind, SV("algorithm")))
        return true;
    if (!compute(c, kind, upload->bytes, &real))
        return false;
    if (real.len > 0 && !sv_eq(sb_sv(&real), given))
        call_fail(c, 400, "BadDigest",
                  "The %s you specified did not match the calculated checksum.",
                  sv_eq(kind, SV("sha256")) ? "SHA256" : "CRC32");
    (void)snprintf(member, sizeof member, SV_FMT, SV_ARG(name));
    if (checksums == NULL || !member_put(checksums, member, given))
        return call_ok(c, mem_err(c->err));
    reply_header(c->reply, member, SV_FMT, SV_ARG(given));
    return !c->has_failed;
}

static struct sv take_line(struct sv *rest)
{
    ptrdiff_t at = sv_find(sv_take(*rest, FRAME_MAX), SV("\r\n"));
    struct sv line = at < 0 ? SV_NONE : sv_take(*rest, (size_t)at);

    *rest = at < 0 ? SV("") : sv_drop(*rest, (size_t)at + 2);
    return line;
}

static bool read_hex(struct sv text, size_t *out)
{
    size_t value = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = (char)(text.ptr[i] | 0x20);
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;

        if (digit < 0 || value > REQUEST_BODY_MAX)
            return false;
        value = value * 16 + (size_t)digit;
    }
    *out = value;
    return text.len > 0;
}

/* "SIZE[;chunk-signature=...]", the bytes, and so on until a size of 0; then the trailing headers.
 */
static bool read_chunks(struct call *c, struct sv *rest, struct sb *out)
{
    for (;;) {
        struct sv options;
        struct sv line = take_line(rest);
        size_t size;

        if (line.ptr == NULL || !read_hex(sv_cut(line, ';', &options), &size) || size > rest->len) {
            call_fail(c, 400, "IncompleteBody", "The request body terminated unexpectedly");
            return false;
        }
        if (size == 0)
            return true;
        if (!call_ok(c, sb_add(out, sv_take(*rest, size), c->err)))
            return false;
        *rest = sv_drop(*rest, size);
        (void)take_line(rest);
    }
}

static bool read_trailers(struct call *c, struct s3_upload *upload, struct sv rest)
{
    while (rest.len > 0) {
        struct sv value;
        struct sv name = sv_trim(sv_cut(take_line(&rest), ':', &value));

        if (name.len > 0 && !check(c, upload, name, sv_trim(value)))
            return false;
    }
    return true;
}

bool s3_upload_body(struct call *c, struct s3_upload *upload)
{
    struct sv hash = request_header(c->request, "x-amz-content-sha256");
    struct sv rest = c->request->body;

    if (upload->value == NULL)
        upload->value = cJSON_CreateObject();
    if (upload->value == NULL)
        return call_ok(c, mem_err(c->err));
    upload->bytes = rest;
    if (sv_starts(hash, SV("STREAMING-"))) {
        if (!read_chunks(c, &rest, &upload->decoded))
            return false;
        upload->bytes = upload->decoded.len == 0 ? SV("") : sb_sv(&upload->decoded);
        if (!read_trailers(c, upload, rest))
            return false;
    }
    for (size_t i = 0; i < c->request->header_count; i++) {
        char name[64];
        struct sv given = c->request->headers[i].name;

        if (given.len >= sizeof name)
            continue;
        for (size_t k = 0; k < given.len; k++)
            name[k] = given.ptr[k] >= 'A' && given.ptr[k] <= 'Z' ? (char)(given.ptr[k] | 0x20)
                                                                 : given.ptr[k];
        if (!check(c, upload, sv_make(name, given.len), c->request->headers[i].value))
            return false;
    }
    return true;
}

/* aws-chunked is how the body travelled, not what the object is. */
static bool keep_encoding(struct call *c, cJSON *headers)
{
    struct sv rest = request_header(c->request, "Content-Encoding");
    CLEANUP(sb_release) struct sb text;
    bool is_good = true;

    sb_init(&text, 1024);
    while (rest.len > 0 && is_good) {
        struct sv part = sv_trim(sv_cut(rest, ',', &rest));

        if (part.len == 0 || sv_eq(part, SV("aws-chunked")))
            continue;
        is_good =
            call_ok(c, sb_addf(&text, c->err, "%s" SV_FMT, text.len > 0 ? "," : "", SV_ARG(part)));
    }
    return is_good && (text.len == 0 || member_put(headers, "Content-Encoding", sb_sv(&text)));
}

static bool keep_metadata(struct call *c, cJSON *headers)
{
    size_t size = 0;

    for (size_t i = 0; i < c->request->header_count; i++) {
        struct http_header h = c->request->headers[i];
        char name[48];

        if (!sv_eq_nocase(sv_take(h.name, 11), SV("x-amz-meta-")))
            continue;
        size += h.name.len - 11 + h.value.len;
        if (size > METADATA_MAX || h.name.len >= sizeof name) {
            call_fail(c, 400, "MetadataTooLarge",
                      "Your metadata headers exceed the maximum allowed metadata size");
            return false;
        }
        for (size_t k = 0; k < h.name.len; k++)
            name[k] = h.name.ptr[k] >= 'A' && h.name.ptr[k] <= 'Z' ? (char)(h.name.ptr[k] | 0x20)
                                                                   : h.name.ptr[k];
        name[h.name.len] = '\0';
        if (!member_put(headers, name, h.value))
            return false;
    }
    return true;
}

/* The bucket's own encryption, when the request asks for none. */
static bool keep_encryption(const cJSON *bucket, cJSON *headers)
{
    const cJSON *rule = json_get(json_get(bucket, "Encryption"), "Rule");
    const cJSON *inner =
        json_get(cJSON_IsArray(rule) ? rule->child : rule, "ApplyServerSideEncryptionByDefault");
    struct sv algorithm = json_sv(inner, "SSEAlgorithm");

    if (json_get(headers, "x-amz-server-side-encryption") != NULL)
        return true;
    return member_put(headers, "x-amz-server-side-encryption",
                      algorithm.len > 0 ? algorithm : SV("AES256")) &&
           member_put(headers, "x-amz-server-side-encryption-aws-kms-key-id",
                      json_sv(inner, "KMSMasterKeyID"));
}

bool s3_upload_headers(struct call *c, const cJSON *bucket, cJSON *value)
{
    struct sv storage = request_header(c->request, "x-amz-storage-class");
    cJSON *headers = member_object(value, "Headers");
    bool is_good = headers != NULL && keep_encoding(c, headers);

    for (size_t i = 0; i < ARRAY_LEN(kept) && is_good; i++)
        is_good = member_put(headers, kept[i], request_header(c->request, kept[i]));
    if (is_good && json_get(headers, "Content-Type") == NULL)
        is_good = member_put(headers, "Content-Type", SV("binary/octet-stream"));
    is_good = is_good && keep_metadata(c, headers) && keep_encryption(bucket, headers) &&
              (storage.len == 0 || sv_eq(storage, SV("STANDARD")) ||
               member_put(headers, "x-amz-storage-class", storage));
    if (!is_good && !c->has_failed)
        (void)call_ok(c, mem_err(c->err));
    return !c->has_failed;
}
