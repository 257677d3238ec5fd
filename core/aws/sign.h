/* Signature Version 4, in pure stages: canonical request, string to sign, key, signature.
 *
 * Our own because Debian 12's libcurl mis-signs unsorted and valueless queries and paths that need
 * encoding (facts/aws-api.md 4). The judges are the 38 official vectors and botocore. Used by the
 * client to sign and by the sandbox to verify. */
#ifndef PENSTOCK_AWS_SIGN_H
#define PENSTOCK_AWS_SIGN_H

#include "core/net/http.h"

struct sign_input {
    struct sv method;
    struct sv path;                    /* as on the wire, begins with '/', no query */
    struct sv query;                   /* as on the wire, without '?'; may be empty. A '+' is a
                                          plus, X-Amz-Signature is left out */
    const struct http_header *headers; /* those to sign, host among them, with a non-default port */
    size_t header_count;
    struct sv payload_hash; /* hex, or UNSIGNED-PAYLOAD */
    struct sv region;
    struct sv service;
    bool is_s3;      /* path as it is, encoded once; else normalised and encoded twice */
    bool keep_path;  /* do not normalise (the vectors' "normalize": false) */
    int64_t time_ms; /* already corrected for skew */
};

enum { SIGN_HEX_SIZE = 65 };

/* The hex SHA-256 of the bytes. */
enum err_code sign_hash(struct sv bytes, char out[SIGN_HEX_SIZE], struct err *err) MUST_CHECK;

enum err_code sign_canonical_request(const struct sign_input *in, struct sb *out,
                                     struct err *err) MUST_CHECK;
/* "host;x-amz-date": the names that the canonical request lists. */
enum err_code sign_signed_headers(const struct sign_input *in, struct sb *out,
                                  struct err *err) MUST_CHECK;
enum err_code sign_scope(const struct sign_input *in, struct sb *out, struct err *err) MUST_CHECK;
enum err_code sign_string_to_sign(const struct sign_input *in, struct sv canonical_request,
                                  struct sb *out, struct err *err) MUST_CHECK;

/* Signing keys, cached per (secret, date, region, service); a small fixed number of them, the
 * oldest goes. The secret itself is not kept, only its keyed hash and the derived key. */
struct sign_keys;
enum err_code sign_keys_new(struct sign_keys **out, struct err *err) MUST_CHECK;
void sign_keys_free(struct sign_keys *keys); /* cleansed */

enum err_code sign_signature(struct sign_keys *keys, struct sv secret, const struct sign_input *in,
                             struct sv string_to_sign, char out[SIGN_HEX_SIZE],
                             struct err *err) MUST_CHECK;

struct cred;

/* The whole header form: adds X-Amz-Date and, with a token, X-Amz-Security-Token to the signed
 * headers unless they are there, and writes the Authorization value. The caller sends both headers
 * too. */
enum err_code sign_header(struct sign_keys *keys, const struct cred *cred,
                          const struct sign_input *in, struct sb *authorization,
                          struct err *err) MUST_CHECK;

/* The presigned form: adds the whole query, what in has and X-Amz-Signature included. A token goes
 * into it too. expires_s is 1 to 604,800. */
enum err_code sign_query(struct sign_keys *keys, const struct cred *cred,
                         const struct sign_input *in, int expires_s, struct sb *query,
                         struct err *err) MUST_CHECK;

#endif
