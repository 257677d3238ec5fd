/* The parts of Signature V4's canonical request, and the percent-encoding that it prescribes. For
 * sign.c, and for whoever encodes a query. */
#ifndef PENSTOCK_AWS_CANONICAL_H
#define PENSTOCK_AWS_CANONICAL_H

#include "core/aws/sign.h"

enum { CANONICAL_HEADERS_MAX = 64 };

/* Every byte but A-Z a-z 0-9 - . _ ~, and with keep_slash '/', becomes %XX. */
enum err_code canonical_encode(struct sb *out, struct sv text, bool keep_slash,
                               struct err *err) MUST_CHECK;

/* The other way; what is no %XX stays as it is. */
enum err_code canonical_decode(struct sb *out, struct sv text, struct err *err) MUST_CHECK;

/* Headers in the order of their lower-case names; those of one name in the order received.
 * Borrowed from the input. */
struct canonical_headers {
    const struct http_header *at[CANONICAL_HEADERS_MAX];
    size_t count;
};
enum err_code canonical_order(const struct sign_input *in, struct canonical_headers *order,
                              struct err *err) MUST_CHECK;
/* "host;x-amz-date" */
enum err_code canonical_names(const struct canonical_headers *order, struct sb *out,
                              struct err *err) MUST_CHECK;
enum err_code canonical_request(const struct sign_input *in, const struct canonical_headers *order,
                                struct sb *out, struct err *err) MUST_CHECK;

#endif
