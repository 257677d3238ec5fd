#include "core/base/err.h"

#include <stdarg.h>

#include "core/base/text.h"

static const struct {
    const char *name;
    int exit_status;
    const char *advice;
} table[] = {
#define ERR_ROW(name, exit_status, advice) [ERR_##name] = {#name, exit_status, advice},
    ERR_LIST(ERR_ROW)
#undef ERR_ROW
};
_Static_assert(ARRAY_LEN(table) == ERR_COUNT, "one row per code");

/* A message may quote a server or a file, so it is made harmless here, once: what may not be shown
 * becomes '?', byte by byte, so that the text keeps its length. */
static void clean(char *text)
{
    struct sv rest = sv_of(text);

    while (rest.len > 0) {
        char *at = text + (rest.ptr - text);
        size_t before = rest.len;
        uint32_t c = utf8_next(&rest);

        if (text_safe(c) != c || c == 0xfffd)
            memset(at, '?', before - rest.len);
    }
}

enum err_code err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
    va_list args;

    if (err == NULL)
        return code;
    err->code = code;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    clean(err->text);
    return code;
}

enum err_code err_prefix(struct err *err, const char *fmt, ...)
{
    char prefix[ERR_TEXT_MAX / 2];
    char rest[ERR_TEXT_MAX];
    va_list args;

    va_start(args, fmt);
    vsnprintf(prefix, sizeof prefix, fmt, args);
    va_end(args);
    snprintf(rest, sizeof rest, "%s", err->text);
    /* The tail gives way when both do not fit. */
    snprintf(err->text, sizeof err->text, "%s: %.*s", prefix,
             (int)(sizeof err->text - sizeof prefix - 3), rest);
    clean(err->text);
    return err->code;
}

const char *err_name(enum err_code code)
{
    return table[code].name;
}

const char *err_advice(enum err_code code)
{
    return table[code].advice;
}

int err_exit_status(enum err_code code)
{
    return table[code].exit_status;
}
