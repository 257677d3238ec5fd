#include "core/base/deflate.h"

#include <zlib.h>

#include "core/base/dynlib.h"

/* Of a build's log the fastest level leaves a sixth, the best one an eighth, in ten times as long.
 */
enum { LEVEL = 1 };

#define DEFLATE_FUNCTIONS(X)                                                                       \
    X(compressBound)                                                                               \
    X(compress2)                                                                                   \
    X(uncompress)

#define POINTER(fn) __typeof__(fn) *fn;
static struct {
    DEFLATE_FUNCTIONS(POINTER)
} lib;
#undef POINTER

#define SYMBOL(fn) {#fn, (void **)&lib.fn},
static const struct dynlib_symbol symbols[] = {DEFLATE_FUNCTIONS(SYMBOL)};
#undef SYMBOL

static enum err_code load(struct err *err)
{
    static bool is_loaded;
    enum err_code rc;

    if (is_loaded)
        return ERR_OK;
    rc = dynlib_load("libz.so.1", "zlib1g", symbols, ARRAY_LEN(symbols), err);
    is_loaded = rc == ERR_OK;
    return rc;
}

enum err_code deflate_pack(struct sv bytes, struct sb *out, struct err *err)
{
    uLongf size;
    enum err_code rc = load(err);

    sb_clear(out);
    if (rc)
        return rc;
    size = lib.compressBound(bytes.len);
    rc = sb_reserve(out, size, err);
    if (rc)
        return rc;
    if (lib.compress2((Bytef *)out->ptr, &size, (const Bytef *)bytes.ptr, bytes.len, LEVEL) != Z_OK)
        return err_set(err, ERR_LIMIT, "%zu bytes cannot be compressed: no memory", bytes.len);
    out->len = size;
    out->ptr[size] = '\0';
    return ERR_OK;
}

enum err_code deflate_unpack(struct sv packed, size_t size, struct sb *out, struct err *err)
{
    uLongf got = size;
    enum err_code rc = load(err);

    sb_clear(out);
    if (!rc)
        rc = sb_reserve(out, size > 0 ? size : 1, err);
    if (rc)
        return rc;
    if (lib.uncompress((Bytef *)out->ptr, &got, (const Bytef *)packed.ptr, packed.len) != Z_OK ||
        got != size)
        return err_set(err, ERR_CACHE, "compressed bytes are damaged");
    out->len = size;
    out->ptr[size] = '\0';
    return ERR_OK;
}
