#include "core/base/text.h"

#include <ctype.h>
#include <locale.h>
#include <stdarg.h>
#include <wchar.h>
#include <wctype.h>

#include "core/base/mem.h"

enum { REPLACEMENT = 0xfffd };

struct sv sv_of(const char *text)
{
    return text == NULL ? SV_NONE : (struct sv){text, strlen(text)};
}

struct sv sv_make(const char *ptr, size_t len)
{
    return (struct sv){ptr, len};
}

bool sv_eq(struct sv a, struct sv b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool sv_eq_nocase(struct sv a, struct sv b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    }
    return true;
}

int sv_cmp(struct sv a, struct sv b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.ptr, b.ptr, shorter) : 0;

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool sv_starts(struct sv text, struct sv prefix)
{
    return text.len >= prefix.len && sv_eq(sv_take(text, prefix.len), prefix);
}

bool sv_ends(struct sv text, struct sv suffix)
{
    return text.len >= suffix.len && sv_eq(sv_drop(text, text.len - suffix.len), suffix);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct sv sv_trim(struct sv text)
{
    while (text.len > 0 && is_space(text.ptr[0]))
        text = sv_drop(text, 1);
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    return text;
}

struct sv sv_drop(struct sv text, size_t n)
{
    if (n > text.len)
        n = text.len;
    return n == 0 ? text : (struct sv){text.ptr + n, text.len - n};
}

struct sv sv_take(struct sv text, size_t n)
{
    return (struct sv){text.ptr, n < text.len ? n : text.len};
}

struct sv sv_cut(struct sv text, char sep, struct sv *rest)
{
    const char *at = text.len > 0 ? memchr(text.ptr, sep, text.len) : NULL;
    size_t len;

    if (at == NULL) {
        *rest = SV_NONE;
        return text;
    }
    len = (size_t)(at - text.ptr);
    *rest = sv_drop(text, len + 1);
    return sv_take(text, len);
}

ptrdiff_t sv_find(struct sv text, struct sv needle)
{
    const char *at;

    if (needle.len == 0)
        return 0;
    if (text.len < needle.len)
        return -1;
    at = memmem(text.ptr, text.len, needle.ptr, needle.len);
    return at == NULL ? -1 : at - text.ptr;
}

bool sv_to_int(struct sv text, int64_t *out)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    int64_t value = 0;

    if (negative)
        text = sv_drop(text, 1);
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = text.ptr[i] - '0';

        if (digit < 0 || digit > 9 || value > (INT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? -value : value;
    return true;
}

void sb_init(struct sb *sb, size_t cap)
{
    *sb = (struct sb){.cap = cap};
}

void sb_release(struct sb *sb)
{
    mem_free(sb->ptr);
    sb_init(sb, sb->cap);
}

void sb_clear(struct sb *sb)
{
    sb->len = 0;
    if (sb->ptr != NULL)
        sb->ptr[0] = '\0';
}

enum err_code sb_reserve(struct sb *sb, size_t extra, struct err *err)
{
    size_t need;
    size_t size = sb->size > 0 ? sb->size : 64;
    char *grown;

    if (extra > sb->cap - sb->len)
        return err_set(err, ERR_LIMIT, "text over %zu bytes", sb->cap);
    need = sb->len + extra + 1;
    if (need <= sb->size)
        return ERR_OK;
    while (size < need)
        size *= 2;
    grown = mem_resize(sb->ptr, size, 1);
    if (grown == NULL)
        return mem_err(err);
    sb->ptr = grown;
    sb->size = size;
    return ERR_OK;
}

enum err_code sb_add(struct sb *sb, struct sv s, struct err *err)
{
    if (sb->len + s.len >= sb->size || s.len > sb->cap - sb->len) {
        enum err_code rc = sb_reserve(sb, s.len, err);

        if (rc)
            return rc;
    }
    if (s.len > 0)
        memcpy(sb->ptr + sb->len, s.ptr, s.len);
    sb->len += s.len;
    sb->ptr[sb->len] = '\0';
    return ERR_OK;
}

enum err_code sb_addc(struct sb *sb, char c, struct err *err)
{
    return sb_add(sb, sv_make(&c, 1), err);
}

enum err_code sb_addf(struct sb *sb, struct err *err, const char *fmt, ...)
{
    va_list args;
    va_list again;
    enum err_code rc = ERR_OK;
    int len;

    va_start(args, fmt);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0)
        rc = err_set(err, ERR_FAILED, "text that cannot be formatted");
    else
        rc = sb_reserve(sb, (size_t)len, err);
    if (rc == ERR_OK) {
        vsnprintf(sb->ptr + sb->len, (size_t)len + 1, fmt, again);
        sb->len += (size_t)len;
    }
    va_end(again);
    return rc;
}

const char *sb_cstr(const struct sb *sb)
{
    return sb->ptr == NULL ? "" : sb->ptr;
}

struct sv sb_sv(const struct sb *sb)
{
    return (struct sv){sb_cstr(sb), sb->len};
}

/* Overlong forms, surrogates and anything past U+10FFFF count as broken (Unicode 15, table 3-7). */
uint32_t utf8_next(struct sv *text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text->ptr;
    size_t need;
    uint32_t c;

    if (text->len == 0)
        return 0;
    c = p[0];
    if (c < 0x80) {
        *text = sv_drop(*text, 1);
        return c;
    }
    need = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc0 && c < 0xe0 ? 2 : 0;
    if (need == 0 || need > text->len)
        goto broken;
    c &= 0xffU >> (need + 1);
    for (size_t i = 1; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80)
            goto broken;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        goto broken;
    *text = sv_drop(*text, need);
    return c;
broken:
    *text = sv_drop(*text, 1);
    return REPLACEMENT;
}

size_t utf8_encode(uint32_t c, char out[4])
{
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = len; i > 1; i--) {
        out[i - 1] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (char)(lead[len] | c);
    return len;
}

/* Whole ranges of one cell each, accented letters and the signs we draw with: they spare most
 * programs the locale. */
static bool is_narrow(uint32_t c)
{
    return (c >= 0xa1 && c <= 0x24f && c != 0xad) || (c >= 0x2190 && c <= 0x22ff) ||
           (c >= 0x25a0 && c <= 0x25fc) || (c >= 0x2713 && c <= 0x2718);
}

/* A UTF-8 locale whatever the user's is, 0 when there is none; loaded on the first character that
 * is not ASCII, because a cached status should not pay for it. */
static locale_t utf8_locale(void)
{
    static locale_t utf8;
    static bool tried;

    if (!tried) {
        tried = true;
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    }
    return utf8;
}

static int wide_width(uint32_t c)
{
    locale_t utf8;
    locale_t old;
    int width;

    if (is_narrow(c))
        return 1;
    utf8 = utf8_locale();
    if (utf8 == (locale_t)0)
        return 1;
    old = uselocale(utf8);
    width = wcwidth((wchar_t)c);
    uselocale(old);
    return width;
}

static bool is_hidden(uint32_t c)
{
    return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0x061c || c == 0x00ad || c == 0xfeff ||
           (c >= 0xfff0 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

uint32_t text_safe(uint32_t c)
{
    if (c >= 0x20 && c < 0x7f)
        return c;
    if (c < 0xa0 || c == REPLACEMENT || is_hidden(c) || wide_width(c) < 0)
        return REPLACEMENT;
    return c;
}

uint32_t text_fold_char(uint32_t c)
{
    locale_t utf8;

    if (c < 0x80)
        return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c < ' ' ? REPLACEMENT : c;
    utf8 = utf8_locale();
    return utf8 == (locale_t)0 ? c : (uint32_t)towlower_l((wint_t)c, utf8);
}

int text_char_width(uint32_t c)
{
    int width;

    if (c < 0x7f)
        return c >= 0x20 ? 1 : 0;
    width = wide_width(c);
    return width < 0 ? 1 : width;
}

/* How many printable ASCII bytes the text begins with: eight at a time, because nearly all text is
 * plain and every byte that is shown comes by. */
static size_t plain_length(struct sv text)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t high = ones * 0x80;
    size_t i = 0;

    for (; i + sizeof ones <= text.len; i += sizeof ones) {
        uint64_t word;
        uint64_t del;

        memcpy(&word, text.ptr + i, sizeof word);
        del = word ^ ones * 0x7f;
        /* A byte's high bit: set in it, or borrowed because it is below a blank, or is DEL. */
        if (((word | (word - ones * 0x20) | (del - ones)) & high) != 0)
            break;
    }
    while (i < text.len && (unsigned char)text.ptr[i] >= 0x20 && (unsigned char)text.ptr[i] < 0x7f)
        i++;
    return i;
}

bool text_is_plain(struct sv text)
{
    return plain_length(text) == text.len;
}

int text_width(struct sv text)
{
    int width = 0;

    for (;;) {
        size_t plain = plain_length(text);

        width += (int)plain;
        text = sv_drop(text, plain);
        if (text.len == 0)
            return width;
        width += text_char_width(text_safe(utf8_next(&text)));
    }
}

enum err_code sb_add_safe(struct sb *sb, struct sv text, struct err *err)
{
    char bytes[4];

    for (;;) {
        size_t plain = plain_length(text);
        enum err_code rc = sb_add(sb, sv_take(text, plain), err);

        text = sv_drop(text, plain);
        if (rc || text.len == 0)
            return rc;
        rc = sb_add(sb, sv_make(bytes, utf8_encode(text_safe(utf8_next(&text)), bytes)), err);
        if (rc)
            return rc;
    }
}

bool text_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);

        if (value != NULL && value[0] != '\0')
            return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
    }
    return false;
}
