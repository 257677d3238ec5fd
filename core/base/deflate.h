/* Compressed bytes: zlib's format, for what the cache keeps of long texts. The library is loaded
 * with the first use. */
#ifndef PENSTOCK_BASE_DEFLATE_H
#define PENSTOCK_BASE_DEFLATE_H

#include "core/base/text.h"

/* In the place of what out held; its cap counts for the compressed bytes. */
enum err_code deflate_pack(struct sv bytes, struct sb *out, struct err *err) MUST_CHECK;
/* size is what was packed: anything else, and what is damaged, is ERR_CACHE; over out's cap it is
 * ERR_LIMIT. In the place of what out held. */
enum err_code deflate_unpack(struct sv packed, size_t size, struct sb *out,
                             struct err *err) MUST_CHECK;

#endif
