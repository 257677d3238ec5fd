/* Strings: sv borrows bytes, sb owns them.
 *
 * A struct sv is passed by value, is not NUL-terminated and never outlives what it points into. A
 * struct sb grows up to a cap chosen at init, so bytes that come from outside can never take more
 * memory than we allowed. */
#ifndef PENSTOCK_BASE_TEXT_H
#define PENSTOCK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

struct sv {
    const char *ptr;
    size_t len;
};

#define SV(literal)  ((struct sv){"" literal, sizeof(literal) - 1})
#define SV_NONE      ((struct sv){NULL, 0})
#define SV_FMT       "%.*s"
#define SV_ARG(text) (int)(text).len, (text).ptr

struct sv sv_of(const char *text); /* NULL gives SV_NONE */
struct sv sv_make(const char *ptr, size_t len);
bool sv_eq(struct sv a, struct sv b);
bool sv_eq_nocase(struct sv a, struct sv b); /* ASCII */
int sv_cmp(struct sv a, struct sv b);        /* by bytes */
bool sv_starts(struct sv text, struct sv prefix);
bool sv_ends(struct sv text, struct sv suffix);
struct sv sv_trim(struct sv text);           /* ASCII white space at both ends */
struct sv sv_drop(struct sv text, size_t n); /* without its first n bytes, at most all */
struct sv sv_take(struct sv text, size_t n); /* its first n bytes, at most all */
/* The part before the first sep; *rest is what follows it, SV_NONE when there was none. */
struct sv sv_cut(struct sv text, char sep, struct sv *rest);
ptrdiff_t sv_find(struct sv text, struct sv needle); /* -1 when absent */
bool sv_to_int(struct sv text, int64_t *out);        /* whole text, decimal, optional '-' */

struct sb {
    char *ptr; /* NUL-terminated when not NULL */
    size_t len;
    size_t size;
    size_t cap;
};

void sb_init(struct sb *sb, size_t cap);
void sb_release(struct sb *sb); /* leaves it empty and reusable */
void sb_clear(struct sb *sb);   /* keeps the memory */
enum err_code sb_add(struct sb *sb, struct sv s, struct err *err) MUST_CHECK;
enum err_code sb_addc(struct sb *sb, char c, struct err *err) MUST_CHECK;
enum err_code sb_addf(struct sb *sb, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;
enum err_code sb_reserve(struct sb *sb, size_t extra, struct err *err) MUST_CHECK;
const char *sb_cstr(const struct sb *sb); /* "" when empty; borrowed */
struct sv sb_sv(const struct sb *sb);     /* borrowed */

/* UTF-8. A broken sequence decodes as U+FFFD and takes one byte, so a loop always ends. */
uint32_t utf8_next(struct sv *text);         /* takes one character off the front; 0 at the end */
size_t utf8_encode(uint32_t c, char out[4]); /* bytes written */

/* One character as it may be shown: controls (C0, DEL, C1), bidi controls, zero-width and
 * unassigned ones become U+FFFD; everything else is itself. */
uint32_t text_safe(uint32_t c);
/* Cells a safe character takes: 0 (combining), 1 or 2. */
int text_char_width(uint32_t c);
int text_width(struct sv text); /* of the text after text_safe */

/* One character as it is searched: lower case; C0 controls become U+FFFD, so that they may separate
 * texts. */
uint32_t text_fold_char(uint32_t c);

/* Printable ASCII only: a terminal may see it as it is, and its width is its length. */
bool text_is_plain(struct sv text);

/* Add the text so that a terminal or a pipe may see it: each character through text_safe. */
enum err_code sb_add_safe(struct sb *sb, struct sv text, struct err *err) MUST_CHECK;

/* True when the locale that the environment names is UTF-8. */
bool text_is_utf8(void);

#endif
