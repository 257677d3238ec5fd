/* SHA-256 and HMAC-SHA-256 from OpenSSL's libcrypto, random bytes from the kernel, and wiping: the
 * one place that knows libcrypto. Loaded with the first use, because loading costs more than a
 * cached status. */
#ifndef PENSTOCK_BASE_CRYPTO_H
#define PENSTOCK_BASE_CRYPTO_H

#include "core/base/text.h"

enum { CRYPTO_SHA256_SIZE = 32 };

/* ERR_FAILED naming the package when the library is missing. What hashes calls it by itself. */
enum err_code crypto_load(struct err *err) MUST_CHECK;

enum err_code crypto_sha256(struct sv bytes, unsigned char out[CRYPTO_SHA256_SIZE],
                            struct err *err) MUST_CHECK;
enum err_code crypto_hmac(struct sv key, struct sv bytes, unsigned char out[CRYPTO_SHA256_SIZE],
                          struct err *err) MUST_CHECK;

/* An HMAC key that is prepared once and used many times. */
struct crypto_key;
enum err_code crypto_key_new(struct sv key, struct crypto_key **out, struct err *err) MUST_CHECK;
enum err_code crypto_key_hmac(struct crypto_key *key, struct sv bytes,
                              unsigned char out[CRYPTO_SHA256_SIZE], struct err *err) MUST_CHECK;
void crypto_key_free(struct crypto_key *key); /* cleanses */

enum err_code crypto_random(void *out, size_t size, struct err *err) MUST_CHECK;
void crypto_wipe(void *secret, size_t size); /* works without the library too (explicit_bzero) */
void crypto_hex(const unsigned char *bytes, size_t size, char *out); /* 2 x size + NUL */

#endif
