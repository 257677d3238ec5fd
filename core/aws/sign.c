/* Signature Version 4 from the canonical request on (facts/aws-api.md 4.1, rules 5 to 10).
 *
 * A signer keeps its keys and buffers, so a signature costs three short hashes, one HMAC and no
 * allocation. */
#include "core/aws/sign.h"

#include "core/aws/canonical.h"
#include "core/aws/cred.h"
#include "core/base/crypto.h"
#include "core/base/mem.h"
#include "core/base/time.h"

enum {
    SECRET_MAX = 1024,
    REQUEST_MAX = 1024 * 1024,
    EXPIRES_MAX = 604800,
    DATE_LEN = 8,
    KEYS_MAX = 16,
    SCOPE_PART_MAX = 64,
    SALT_SIZE = 15, /* with a usual secret it still is one block */
};

#define ALGORITHM "AWS4-HMAC-SHA256"

static enum err_code add_all(struct sb *out, const struct sv *parts, size_t count, struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        rc = sb_add(out, parts[i], err);
    return rc;
}

#define ADD(out, err, ...)                                                                         \
    add_all((out), (const struct sv[]){__VA_ARGS__},                                               \
            sizeof((const struct sv[]){__VA_ARGS__}) / sizeof(struct sv), (err))

enum err_code sign_canonical_request(const struct sign_input *in, struct sb *out, struct err *err)
{
    struct canonical_headers order;
    enum err_code rc = canonical_order(in, &order, err);

    return rc ? rc : canonical_request(in, &order, out, err);
}

enum err_code sign_signed_headers(const struct sign_input *in, struct sb *out, struct err *err)
{
    struct canonical_headers order;
    enum err_code rc = canonical_order(in, &order, err);

    return rc ? rc : canonical_names(&order, out, err);
}

enum err_code sign_hash(struct sv bytes, char out[SIGN_HEX_SIZE], struct err *err)
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    enum err_code rc = crypto_sha256(bytes, hash, err);

    if (rc == ERR_OK)
        crypto_hex(hash, sizeof hash, out);
    return rc;
}

static enum err_code add_scope(const struct sign_input *in, const char *time, struct sb *out,
                               struct err *err)
{
    return ADD(out, err, sv_make(time, DATE_LEN), SV("/"), in->region, SV("/"), in->service,
               SV("/aws4_request"));
}

enum err_code sign_scope(const struct sign_input *in, struct sb *out, struct err *err)
{
    char time[TIME_AMZ_SIZE];

    return add_scope(in, time_amz(in->time_ms, time), out, err);
}

enum err_code sign_string_to_sign(const struct sign_input *in, struct sv canonical_request_text,
                                  struct sb *out, struct err *err)
{
    char time[TIME_AMZ_SIZE];
    char hash[SIGN_HEX_SIZE];
    enum err_code rc = sign_hash(canonical_request_text, hash, err);

    if (rc)
        return rc;
    time_amz(in->time_ms, time);
    rc = ADD(out, err, SV(ALGORITHM "\n"), sv_of(time), SV("\n"));
    if (rc == ERR_OK)
        rc = add_scope(in, time, out, err);
    return rc ? rc : ADD(out, err, SV("\n"), sv_of(hash));
}

struct slot {
    struct crypto_key *key; /* NULL when free */
    unsigned char secret[CRYPTO_SHA256_SIZE];
    char date[DATE_LEN];
    char region[SCOPE_PART_MAX];
    char service[SCOPE_PART_MAX];
    uint64_t used_at;
};

struct sign_keys {
    struct slot slots[KEYS_MAX];
    char salt[SALT_SIZE];
    uint64_t uses;
    struct sb canonical; /* kept for their memory; wiped, as a session token passes through */
    struct sb to_sign;
};

enum err_code sign_keys_new(struct sign_keys **out, struct err *err)
{
    struct sign_keys *keys = mem_alloc(sizeof *keys);
    enum err_code rc;

    if (keys == NULL)
        return mem_err(err);
    rc = crypto_random(keys->salt, sizeof keys->salt, err);
    if (rc) {
        mem_free(keys);
        return rc;
    }
    sb_init(&keys->canonical, REQUEST_MAX);
    sb_init(&keys->to_sign, REQUEST_MAX);
    *out = keys;
    return ERR_OK;
}

static void wipe_buffer(struct sb *sb)
{
    crypto_wipe(sb->ptr, sb->size);
    sb_release(sb);
}

void sign_keys_free(struct sign_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t i = 0; i < KEYS_MAX; i++)
        crypto_key_free(keys->slots[i].key);
    wipe_buffer(&keys->canonical);
    wipe_buffer(&keys->to_sign);
    crypto_wipe(keys, sizeof *keys);
    mem_free(keys);
}

static enum err_code hash_secret(const struct sign_keys *keys, struct sv secret,
                                 unsigned char out[CRYPTO_SHA256_SIZE], struct err *err)
{
    char text[SALT_SIZE + SECRET_MAX];
    enum err_code rc;

    if (secret.len > SECRET_MAX)
        return err_set(err, ERR_LIMIT, "secret access key over %d bytes", SECRET_MAX);
    memcpy(text, keys->salt, SALT_SIZE);
    if (secret.len > 0)
        memcpy(text + SALT_SIZE, secret.ptr, secret.len);
    rc = crypto_sha256(sv_make(text, SALT_SIZE + secret.len), out, err);
    crypto_wipe(text, SALT_SIZE + secret.len);
    return rc;
}

static bool slot_fits(const struct slot *slot, const struct slot *wanted)
{
    return slot->key != NULL && memcmp(slot->secret, wanted->secret, sizeof slot->secret) == 0 &&
           memcmp(slot->date, wanted->date, sizeof slot->date) == 0 &&
           strcmp(slot->region, wanted->region) == 0 && strcmp(slot->service, wanted->service) == 0;
}

/* The chain "AWS4" + secret, date, region, service, "aws4_request". */
static enum err_code derive(struct sv secret, const struct slot *slot, struct crypto_key **out,
                            struct err *err)
{
    const struct sv steps[] = {sv_make(slot->date, DATE_LEN), sv_of(slot->region),
                               sv_of(slot->service), SV("aws4_request")};
    unsigned char hash[CRYPTO_SHA256_SIZE];
    char first[4 + SECRET_MAX] = "AWS4";
    struct sv key = sv_make(first, 4 + secret.len);
    enum err_code rc = ERR_OK;

    if (secret.len > 0)
        memcpy(first + 4, secret.ptr, secret.len);
    for (size_t i = 0; i < ARRAY_LEN(steps) && rc == ERR_OK; i++) {
        rc = crypto_hmac(key, steps[i], hash, err);
        key = sv_make((const char *)hash, sizeof hash);
    }
    if (rc == ERR_OK)
        rc = crypto_key_new(key, out, err);
    crypto_wipe(first, sizeof first);
    crypto_wipe(hash, sizeof hash);
    return rc;
}

/* Copies a region or service into a zeroed field. */
static enum err_code set_part(char to[SCOPE_PART_MAX], struct sv text, struct err *err)
{
    if (text.len >= SCOPE_PART_MAX)
        return err_set(err, ERR_LIMIT, "region or service name over %d bytes", SCOPE_PART_MAX - 1);
    if (text.len > 0)
        memcpy(to, text.ptr, text.len);
    return ERR_OK;
}

static enum err_code find_key(struct sign_keys *keys, struct sv secret, const struct sign_input *in,
                              struct crypto_key **out, struct err *err)
{
    struct slot wanted = {.used_at = ++keys->uses};
    struct slot *oldest = &keys->slots[0];
    char time[TIME_AMZ_SIZE];
    enum err_code rc = hash_secret(keys, secret, wanted.secret, err);

    memcpy(wanted.date, time_amz(in->time_ms, time), DATE_LEN);
    if (rc == ERR_OK)
        rc = set_part(wanted.region, in->region, err);
    if (rc == ERR_OK)
        rc = set_part(wanted.service, in->service, err);
    if (rc)
        return rc;
    for (struct slot *slot = keys->slots; slot < keys->slots + KEYS_MAX; slot++) {
        if (slot_fits(slot, &wanted)) {
            slot->used_at = wanted.used_at;
            *out = slot->key;
            return ERR_OK;
        }
        if (slot->used_at < oldest->used_at)
            oldest = slot;
    }
    rc = derive(secret, &wanted, &wanted.key, err);
    if (rc)
        return rc;
    crypto_key_free(oldest->key);
    *oldest = wanted;
    *out = oldest->key;
    return ERR_OK;
}

enum err_code sign_signature(struct sign_keys *keys, struct sv secret, const struct sign_input *in,
                             struct sv string_to_sign, char out[SIGN_HEX_SIZE], struct err *err)
{
    unsigned char hash[CRYPTO_SHA256_SIZE];
    struct crypto_key *key;
    enum err_code rc = find_key(keys, secret, in, &key, err);

    if (rc == ERR_OK)
        rc = crypto_key_hmac(key, string_to_sign, hash, err);
    if (rc == ERR_OK)
        crypto_hex(hash, sizeof hash, out);
    return rc;
}

/* From the request to its signature, in the signer's own buffers. */
static enum err_code sign(struct sign_keys *keys, const struct cred *cred,
                          const struct sign_input *in, const struct canonical_headers *order,
                          char out[SIGN_HEX_SIZE], struct err *err)
{
    enum err_code rc;

    sb_clear(&keys->canonical);
    sb_clear(&keys->to_sign);
    /* Rarely more, so the token is seldom copied by a growing buffer. */
    rc = sb_reserve(&keys->canonical, 8000, err);
    if (rc == ERR_OK)
        rc = canonical_request(in, order, &keys->canonical, err);
    if (rc == ERR_OK)
        rc = sign_string_to_sign(in, sb_sv(&keys->canonical), &keys->to_sign, err);
    if (rc == ERR_OK)
        rc = sign_signature(keys, sv_of(cred->secret_key), in, sb_sv(&keys->to_sign), out, err);
    return rc;
}

static bool has_header(const struct sign_input *in, struct sv name)
{
    for (size_t i = 0; i < in->header_count; i++) {
        if (sv_eq_nocase(in->headers[i].name, name))
            return true;
    }
    return false;
}

enum err_code sign_header(struct sign_keys *keys, const struct cred *cred,
                          const struct sign_input *in, struct sb *authorization, struct err *err)
{
    struct http_header headers[CANONICAL_HEADERS_MAX];
    struct sign_input full = *in;
    struct canonical_headers order;
    char time[TIME_AMZ_SIZE];
    char signature[SIGN_HEX_SIZE];
    enum err_code rc;

    if (in->header_count > CANONICAL_HEADERS_MAX - 2)
        return err_set(err, ERR_LIMIT, "over %d headers to sign", CANONICAL_HEADERS_MAX - 2);
    if (in->header_count > 0)
        memcpy(headers, in->headers, in->header_count * sizeof *headers);
    time_amz(in->time_ms, time);
    full.headers = headers;
    if (!has_header(in, SV("X-Amz-Date")))
        headers[full.header_count++] = (struct http_header){SV("X-Amz-Date"), sv_of(time)};
    if (cred->token != NULL && !has_header(in, SV("X-Amz-Security-Token")))
        headers[full.header_count++] =
            (struct http_header){SV("X-Amz-Security-Token"), sv_of(cred->token)};
    rc = canonical_order(&full, &order, err);
    if (rc == ERR_OK)
        rc = sign(keys, cred, &full, &order, signature, err);
    if (rc == ERR_OK)
        rc =
            ADD(authorization, err, SV(ALGORITHM " Credential="), sv_of(cred->access_key), SV("/"));
    if (rc == ERR_OK)
        rc = add_scope(in, time, authorization, err);
    if (rc == ERR_OK)
        rc = sb_add(authorization, SV(", SignedHeaders="), err);
    if (rc == ERR_OK)
        rc = canonical_names(&order, authorization, err);
    return rc ? rc : ADD(authorization, err, SV(", Signature="), sv_of(signature));
}

/* Encode what has been added to text since start: "a/b" becomes "a%2Fb". */
static enum err_code encode_from(struct sb *text, size_t start, struct err *err)
{
    CLEANUP(sb_release) struct sb plain;
    enum err_code rc;

    sb_init(&plain, REQUEST_MAX);
    rc = sb_add(&plain, sv_drop(sb_sv(text), start), err);
    text->len = start;
    return rc ? rc : canonical_encode(text, sb_sv(&plain), false, err);
}

static enum err_code add_presign_params(const struct cred *cred, const struct sign_input *in,
                                        const struct canonical_headers *order, int expires_s,
                                        struct sb *query, struct err *err)
{
    char time[TIME_AMZ_SIZE];
    size_t start;
    enum err_code rc = ADD(query, err, in->query, in->query.len > 0 ? SV("&") : SV(""),
                           SV("X-Amz-Algorithm=" ALGORITHM "&X-Amz-Credential="));

    start = query->len;
    if (rc == ERR_OK)
        rc = ADD(query, err, sv_of(cred->access_key), SV("/"));
    if (rc == ERR_OK)
        rc = add_scope(in, time_amz(in->time_ms, time), query, err);
    if (rc == ERR_OK)
        rc = encode_from(query, start, err);
    if (rc == ERR_OK)
        rc = ADD(query, err, SV("&X-Amz-Date="), sv_of(time), SV("&X-Amz-SignedHeaders="));
    start = query->len;
    if (rc == ERR_OK)
        rc = canonical_names(order, query, err);
    if (rc == ERR_OK)
        rc = encode_from(query, start, err);
    if (rc == ERR_OK)
        rc = sb_addf(query, err, "&X-Amz-Expires=%d", expires_s);
    if (rc || cred->token == NULL)
        return rc;
    rc = sb_add(query, SV("&X-Amz-Security-Token="), err);
    return rc ? rc : canonical_encode(query, sv_of(cred->token), false, err);
}

enum err_code sign_query(struct sign_keys *keys, const struct cred *cred,
                         const struct sign_input *in, int expires_s, struct sb *query,
                         struct err *err)
{
    size_t start = query->len;
    struct sign_input full = *in;
    struct canonical_headers order;
    char signature[SIGN_HEX_SIZE];
    enum err_code rc;

    if (expires_s < 1 || expires_s > EXPIRES_MAX)
        return err_set(err, ERR_LIMIT, "a presigned request lives 1 to %d seconds", EXPIRES_MAX);
    rc = canonical_order(in, &order, err);
    if (rc == ERR_OK)
        rc = add_presign_params(cred, in, &order, expires_s, query, err);
    if (rc)
        return rc;
    full.query = sv_drop(sb_sv(query), start);
    rc = sign(keys, cred, &full, &order, signature, err);
    return rc ? rc : ADD(query, err, SV("&X-Amz-Signature="), sv_of(signature));
}
