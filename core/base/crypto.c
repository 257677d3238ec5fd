/* Hashing through OpenSSL's EVP interface, which is loaded with the first use.
 *
 * The digest is fetched once and the contexts are kept, because fetching and allocating cost more
 * than hashing a request does (facts/performance-reliability.md 4). What is kept here lives as
 * long as the program. Random bytes and wiping need no library. */
#include "core/base/crypto.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/random.h>

#include "core/base/dynlib.h"
#include "core/base/mem.h"

#define CRYPTO_FUNCTIONS(X)                                                                        \
    X(EVP_MD_fetch)                                                                                \
    X(EVP_MD_CTX_new)                                                                              \
    X(EVP_DigestInit_ex2)                                                                          \
    X(EVP_DigestUpdate)                                                                            \
    X(EVP_DigestFinal_ex)                                                                          \
    X(EVP_MAC_fetch)                                                                               \
    X(EVP_MAC_CTX_new)                                                                             \
    X(EVP_MAC_CTX_free)                                                                            \
    X(EVP_MAC_init)                                                                                \
    X(EVP_MAC_update)                                                                              \
    X(EVP_MAC_final)

#define POINTER(fn) __typeof__(fn) *fn;
static struct {
    CRYPTO_FUNCTIONS(POINTER)
} lib;
#undef POINTER

#define SYMBOL(fn) {#fn, (void **)&lib.fn},
static const struct dynlib_symbol symbols[] = {CRYPTO_FUNCTIONS(SYMBOL)};
#undef SYMBOL

static EVP_MD *sha256;
static EVP_MD_CTX *digest;
static EVP_MAC *hmac;
static EVP_MAC_CTX *keyed; /* for keys that are used once */

struct crypto_key {
    EVP_MAC_CTX *ctx;
};

static enum err_code broken(struct err *err)
{
    return err_set(err, ERR_FAILED, "libcrypto cannot compute SHA-256: check its configuration");
}

enum err_code crypto_load(struct err *err)
{
    enum err_code rc;

    if (keyed != NULL)
        return ERR_OK;
    rc = dynlib_load("libcrypto.so.3", "libssl3", symbols, ARRAY_LEN(symbols), err);
    if (rc)
        return rc;
    if (sha256 == NULL)
        sha256 = lib.EVP_MD_fetch(NULL, "SHA256", NULL);
    if (hmac == NULL)
        hmac = lib.EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (digest == NULL)
        digest = lib.EVP_MD_CTX_new();
    if (sha256 == NULL || hmac == NULL || digest == NULL ||
        !lib.EVP_DigestInit_ex2(digest, sha256, NULL))
        return broken(err);
    keyed = lib.EVP_MAC_CTX_new(hmac);
    return keyed == NULL ? broken(err) : ERR_OK;
}

enum err_code crypto_sha256(struct sv bytes, unsigned char out[CRYPTO_SHA256_SIZE], struct err *err)
{
    enum err_code rc = crypto_load(err);

    if (rc)
        return rc;
    /* Without a digest it starts anew with the one it has, and fetches nothing. */
    if (!lib.EVP_DigestInit_ex2(digest, NULL, NULL) ||
        !lib.EVP_DigestUpdate(digest, bytes.ptr, bytes.len) ||
        !lib.EVP_DigestFinal_ex(digest, out, NULL))
        return broken(err);
    return ERR_OK;
}

static bool set_key(EVP_MAC_CTX *ctx, struct sv key)
{
    static char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_utf8_string("digest", name, sizeof name - 1),
                                 OSSL_PARAM_END};
    /* A NULL key would mean the one from last time. */
    const char *bytes = key.ptr == NULL ? "" : key.ptr;

    return lib.EVP_MAC_init(ctx, (const unsigned char *)bytes, key.len, params) != 0;
}

static bool finish(EVP_MAC_CTX *ctx, struct sv bytes, unsigned char out[CRYPTO_SHA256_SIZE])
{
    return lib.EVP_MAC_update(ctx, (const unsigned char *)bytes.ptr, bytes.len) &&
           lib.EVP_MAC_final(ctx, out, NULL, CRYPTO_SHA256_SIZE);
}

enum err_code crypto_hmac(struct sv key, struct sv bytes, unsigned char out[CRYPTO_SHA256_SIZE],
                          struct err *err)
{
    enum err_code rc = crypto_load(err);

    if (rc)
        return rc;
    return set_key(keyed, key) && finish(keyed, bytes, out) ? ERR_OK : broken(err);
}

enum err_code crypto_key_new(struct sv key, struct crypto_key **out, struct err *err)
{
    enum err_code rc = crypto_load(err);
    struct crypto_key *made;

    if (rc)
        return rc;
    made = mem_alloc(sizeof *made);
    if (made == NULL)
        return mem_err(err);
    made->ctx = lib.EVP_MAC_CTX_new(hmac);
    if (made->ctx == NULL || !set_key(made->ctx, key)) {
        crypto_key_free(made);
        return broken(err);
    }
    *out = made;
    return ERR_OK;
}

enum err_code crypto_key_hmac(struct crypto_key *key, struct sv bytes,
                              unsigned char out[CRYPTO_SHA256_SIZE], struct err *err)
{
    if (!lib.EVP_MAC_init(key->ctx, NULL, 0, NULL) || !finish(key->ctx, bytes, out))
        return broken(err);
    return ERR_OK;
}

void crypto_key_free(struct crypto_key *key)
{
    if (key == NULL)
        return;
    lib.EVP_MAC_CTX_free(key->ctx); /* cleanses */
    mem_free(key);
}

enum err_code crypto_random(void *out, size_t size, struct err *err)
{
    unsigned char *at = out;

    /* Up to 256 bytes come whole, whatever signal arrives. */
    while (size > 0) {
        size_t part = size < 256 ? size : 256;

        if (getrandom(at, part, 0) != (ssize_t)part)
            return err_set(err, ERR_FAILED, "the kernel gives no random bytes");
        at += part;
        size -= part;
    }
    return ERR_OK;
}

void crypto_wipe(void *secret, size_t size)
{
    if (secret != NULL)
        explicit_bzero(secret, size);
}

void crypto_hex(const unsigned char *bytes, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 0xf];
    }
    out[2 * size] = '\0';
}
