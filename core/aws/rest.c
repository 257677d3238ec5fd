/* REST requests to S3: where a bucket and a key are in a URL, and the checksum of what is sent. */
#include "core/aws/canonical.h"
#include "core/aws/exchange.h"
#include "core/base/base64.h"
#include "core/base/crypto.h"
#include "core/base/mem.h"

enum { REST_MEMORY = 32 * 1024, MAX_PATH = 8 * 1024 };

void rest_free(struct rest *rest)
{
    if (rest == NULL)
        return;
    arena_release(&rest->arena);
    mem_free(rest);
}

static enum err_code keep(struct rest *rest, struct sv text, struct sv *out, struct err *err)
{
    *out = arena_sv(&rest->arena, text);
    return out->ptr == NULL ? arena_err(&rest->arena, err) : ERR_OK;
}

static enum err_code add_header(struct rest *rest, struct sv name, struct sv value, struct err *err)
{
    struct http_header *header = &rest->headers[rest->header_count];
    enum err_code rc = keep(rest, name, &header->name, err);

    if (rc == ERR_OK)
        rc = keep(rest, value, &header->value, err);
    if (rc == ERR_OK)
        rest->header_count++;
    return rc;
}

/* DeleteObjects is refused without one; an object is better stored with one. */
static enum err_code add_checksum(struct rest *rest, struct sv body, struct err *err)
{
    unsigned char digest[CRYPTO_SHA256_SIZE];
    CLEANUP(sb_release) struct sb text = {.cap = 64};
    enum err_code rc = crypto_sha256(body, digest, err);

    if (rc == ERR_OK)
        rc = base64_encode(sv_make((const char *)digest, sizeof digest), &text, err);
    if (rc == ERR_OK)
        rc = add_header(rest, SV("x-amz-checksum-sha256"), sb_sv(&text), err);
    return rc ? rc : add_header(rest, SV("x-amz-sdk-checksum-algorithm"), SV("SHA256"), err);
}

static enum err_code add_path(struct rest *rest, struct sv key, struct err *err)
{
    const char *base = rest->endpoint.path;
    CLEANUP(sb_release) struct sb path = {.cap = MAX_PATH};
    enum err_code rc = sb_add(&path, strcmp(base, "/") == 0 ? SV("") : sv_of(base), err);

    /* The bucket itself: "/" in a host of its own, "/BUCKET" in a path. */
    if (rc == ERR_OK && (path.len == 0 || key.len > 0))
        rc = sb_addc(&path, '/', err);
    if (rc == ERR_OK)
        rc = canonical_encode(&path, key, true, err);
    return rc ? rc : keep(rest, sb_sv(&path), &rest->path, err);
}

static enum err_code fill(struct rest *rest, enum op op, const struct aws_rest *given,
                          struct sv body, struct err *err)
{
    enum err_code rc = add_path(rest, given->key, err);

    if (rc == ERR_OK)
        rc = keep(rest, given->method, &rest->method, err);
    if (rc == ERR_OK)
        rc = keep(rest, given->query, &rest->query, err);
    if (rc == ERR_OK)
        rc = keep(rest, given->content_type, &rest->content_type, err);
    for (size_t i = 0; i < given->header_count && rc == ERR_OK; i++)
        rc = add_header(rest, given->headers[i].name, given->headers[i].value, err);
    if (rc == ERR_OK && (op == OP_DELETE_OBJECTS || op == OP_PUT_OBJECT))
        rc = add_checksum(rest, body, err);
    return rc;
}

enum err_code rest_make(const struct endpoint *s3, enum op op, const struct aws_rest *given,
                        struct sv body, struct rest **out, struct err *err)
{
    struct rest *rest;
    enum err_code rc;

    if (given->header_count > AWS_REST_HEADERS_MAX)
        return err_set(err, ERR_LIMIT, "a request with over %d headers", AWS_REST_HEADERS_MAX);
    rest = mem_alloc(sizeof *rest);
    if (rest == NULL)
        return mem_err(err);
    arena_init(&rest->arena, REST_MEMORY);
    rc = endpoint_for_bucket(s3, given->bucket, &rest->endpoint, err);
    if (rc == ERR_OK)
        rc = fill(rest, op, given, body, err);
    if (rc)
        rest_free(rest);
    else
        *out = rest;
    return rc;
}
