#include "core/base/base64.h"

static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum err_code base64_encode(struct sv bytes, struct sb *out, struct err *err)
{
    enum err_code rc = sb_reserve(out, (bytes.len + 2) / 3 * 4, err);

    for (size_t i = 0; i < bytes.len && !rc; i += 3) {
        size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = 0;
        char four[4];

        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < have ? (unsigned char)bytes.ptr[i + k] : 0U);
        for (size_t k = 0; k < 4; k++)
            four[k] = k <= have ? LETTERS[bits >> (18 - 6 * k) & 63] : '=';
        rc = sb_add(out, sv_make(four, sizeof four), err);
    }
    return rc;
}

static int value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

enum err_code base64_decode(struct sv text, struct sb *out, struct err *err)
{
    uint32_t bits = 0;
    int count = 0;
    bool has_ended = false;
    enum err_code rc = sb_reserve(out, text.len / 4 * 3, err);

    for (size_t i = 0; i < text.len && !rc; i++) {
        char c = text.ptr[i];

        if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
            continue;
        has_ended = has_ended || c == '=';
        if ((has_ended && c != '=') || (!has_ended && value(c) < 0))
            return err_set(err, ERR_REPLY, "this is not base64");
        if (has_ended)
            continue;
        bits = bits << 6 | (uint32_t)value(c);
        count++;
        if (count % 4 != 1)
            rc = sb_addc(out,
                         (char)(bits >> (count % 4 == 0   ? 0
                                         : count % 4 == 3 ? 2
                                                          : 4) &
                                0xff),
                         err);
    }
    if (!rc && count % 4 == 1)
        return err_set(err, ERR_REPLY, "this is not base64");
    return rc;
}
