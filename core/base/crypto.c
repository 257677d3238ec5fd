/* Hashing through libcrypto, which is loaded with the first use.
 *
 * Its SHA256_* functions rather than EVP: a fetch sets the whole provider machinery up, which takes
 * longer than everything else that is needed for one request. They are called deprecated and are in
 * every libcrypto.so.3. HMAC is two hashes around the message; a key that is kept is the state of
 * both after the key's block. Random bytes and wiping need no library. */
#include "core/base/crypto.h"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <sys/random.h>

#include "core/base/dynlib.h"
#include "core/base/mem.h"

#define CRYPTO_FUNCTIONS(X)                                                                        \
    X(SHA256_Init)                                                                                 \
    X(SHA256_Update)                                                                               \
    X(SHA256_Final)

#define POINTER(fn) __typeof__(fn) *fn;
static struct {
    CRYPTO_FUNCTIONS(POINTER)
} lib;
#undef POINTER

#define SYMBOL(fn) {#fn, (void **)&lib.fn},
static const struct dynlib_symbol symbols[] = {CRYPTO_FUNCTIONS(SYMBOL)};
#undef SYMBOL

_Static_assert(CRYPTO_SHA256_SIZE == SHA256_DIGEST_LENGTH, "one size of a hash");

struct crypto_key {
    SHA256_CTX inner;
    SHA256_CTX outer;
};

static enum err_code broken(struct err *err)
{
    return err_set(err, ERR_FAILED, "libcrypto cannot compute SHA-256: check its installation");
}

enum err_code crypto_load(struct err *err)
{
    static bool is_loaded;
    enum err_code rc;

    if (is_loaded)
        return ERR_OK;
    rc = dynlib_load("libcrypto.so.3", "libssl3", symbols, ARRAY_LEN(symbols), err);
    is_loaded = rc == ERR_OK;
    return rc;
}

static bool hash(struct sv bytes, unsigned char out[CRYPTO_SHA256_SIZE])
{
    SHA256_CTX ctx;

    return lib.SHA256_Init(&ctx) && lib.SHA256_Update(&ctx, bytes.ptr, bytes.len) &&
           lib.SHA256_Final(out, &ctx); /* clears what it knew */
}

enum err_code crypto_sha256(struct sv bytes, unsigned char out[CRYPTO_SHA256_SIZE], struct err *err)
{
    enum err_code rc = crypto_load(err);

    if (rc)
        return rc;
    return hash(bytes, out) ? ERR_OK : broken(err);
}

static bool start_with(SHA256_CTX *ctx, const unsigned char key[SHA256_CBLOCK], unsigned char pad)
{
    unsigned char block[SHA256_CBLOCK];
    bool is_fine;

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = key[i] ^ pad;
    is_fine = lib.SHA256_Init(ctx) && lib.SHA256_Update(ctx, block, sizeof block);
    crypto_wipe(block, sizeof block);
    return is_fine;
}

static bool set_key(struct crypto_key *to, struct sv key)
{
    unsigned char block[SHA256_CBLOCK] = {0};
    bool is_fine = true;

    if (key.len > sizeof block)
        is_fine = hash(key, block);
    else if (key.len > 0)
        memcpy(block, key.ptr, key.len);
    is_fine = is_fine && start_with(&to->inner, block, 0x36) && start_with(&to->outer, block, 0x5c);
    crypto_wipe(block, sizeof block);
    return is_fine;
}

static bool finish(const struct crypto_key *key, struct sv bytes,
                   unsigned char out[CRYPTO_SHA256_SIZE])
{
    struct crypto_key k = *key;
    bool is_fine =
        lib.SHA256_Update(&k.inner, bytes.ptr, bytes.len) && lib.SHA256_Final(out, &k.inner) &&
        lib.SHA256_Update(&k.outer, out, CRYPTO_SHA256_SIZE) && lib.SHA256_Final(out, &k.outer);

    crypto_wipe(&k, sizeof k);
    return is_fine;
}

enum err_code crypto_hmac(struct sv key, struct sv bytes, unsigned char out[CRYPTO_SHA256_SIZE],
                          struct err *err)
{
    enum err_code rc = crypto_load(err);
    struct crypto_key once;
    bool is_fine;

    if (rc)
        return rc;
    is_fine = set_key(&once, key) && finish(&once, bytes, out);
    crypto_wipe(&once, sizeof once);
    return is_fine ? ERR_OK : broken(err);
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
    if (!set_key(made, key)) {
        crypto_key_free(made);
        return broken(err);
    }
    *out = made;
    return ERR_OK;
}

enum err_code crypto_key_hmac(struct crypto_key *key, struct sv bytes,
                              unsigned char out[CRYPTO_SHA256_SIZE], struct err *err)
{
    return finish(key, bytes, out) ? ERR_OK : broken(err);
}

void crypto_key_free(struct crypto_key *key)
{
    if (key == NULL)
        return;
    crypto_wipe(key, sizeof *key);
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
