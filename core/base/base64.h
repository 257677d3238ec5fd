/* Base64 with the letters of RFC 4648, as JSON carries bytes and HTTP carries passwords. */
#ifndef PENSTOCK_BASE_BASE64_H
#define PENSTOCK_BASE_BASE64_H

#include "core/base/text.h"

enum err_code base64_encode(struct sv bytes, struct sb *out, struct err *err) MUST_CHECK;
/* White space is skipped and missing padding forgiven; anything else is ERR_REPLY. */
enum err_code base64_decode(struct sv text, struct sb *out, struct err *err) MUST_CHECK;

#endif
