/* Lines as bytes: flags, the time since the line before, the length, the text. Numbers are seven
 * bits to a byte, the lowest first. */
#include "core/cache/log_parts.h"

enum { NUMBER_BYTES = 10 };

static size_t write_number(uint64_t n, char out[NUMBER_BYTES])
{
    size_t len = 0;

    do {
        out[len++] = (char)(unsigned char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
        n >>= 7;
    } while (n > 0);
    return len;
}

static bool read_number(struct sv *bytes, uint64_t *out)
{
    uint64_t n = 0;

    for (size_t i = 0; i < bytes->len && i < NUMBER_BYTES; i++) {
        unsigned char byte = (unsigned char)bytes->ptr[i];

        n |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *bytes = sv_drop(*bytes, i + 1);
            *out = n;
            return true;
        }
    }
    return false;
}

/* Times hardly ever go back, but they may. */
static uint64_t fold(int64_t n)
{
    return n < 0 ? ((uint64_t)(-(n + 1)) << 1) | 1 : (uint64_t)n << 1;
}

static int64_t unfold(uint64_t n)
{
    return n & 1 ? -(int64_t)(n >> 1) - 1 : (int64_t)(n >> 1);
}

enum err_code log_line_pack(const struct log_line *line, int64_t last_ms, struct sb *out,
                            struct err *err)
{
    char head[1 + 2 * NUMBER_BYTES];
    size_t len = 1;
    enum err_code rc;

    head[0] = (char)line->flags;
    len += write_number(fold(line->at_ms - last_ms), head + len);
    len += write_number(line->text.len, head + len);
    rc = sb_add(out, sv_make(head, len), err);
    return rc ? rc : sb_add(out, line->text, err);
}

bool log_line_next(struct sv *bytes, int64_t *at_ms, struct log_line *out)
{
    struct sv rest = sv_drop(*bytes, 1);
    uint64_t since;
    uint64_t len;

    if (bytes->len == 0 || !read_number(&rest, &since) || !read_number(&rest, &len) ||
        len > rest.len || since > (uint64_t)INT64_MAX) {
        *bytes = SV_NONE;
        return false;
    }
    *at_ms += unfold(since);
    *out = (struct log_line){
        .at_ms = *at_ms, .flags = (unsigned char)bytes->ptr[0], .text = sv_take(rest, (size_t)len)};
    *bytes = sv_drop(rest, (size_t)len);
    return true;
}
