/* JSON: reading is cJSON's work, with the few look-ups we need; writing goes into an sb.
 *
 * Look-ups are by exact name (cJSON's default ignores case) and forgiving of type: a member that
 * is absent or of another type reads as empty, because AWS adds and omits members freely. */
#ifndef PENSTOCK_BASE_JSON_H
#define PENSTOCK_BASE_JSON_H

#include <cjson/cJSON.h>

#include "core/base/text.h"

/* The caller frees *out with cJSON_Delete. ERR_REPLY names what was seen instead of JSON. */
enum err_code json_parse(struct sv text, cJSON **out, struct err *err) MUST_CHECK;
/* The same for what a person wrote: ERR_USAGE with the line and column of the fault. */
enum err_code json_parse_written(struct sv text, cJSON **out, struct err *err) MUST_CHECK;

const cJSON *json_get(const cJSON *object, const char *name); /* NULL when absent or null */
struct sv json_sv(const cJSON *object, const char *name);     /* borrowed; SV_NONE */
int64_t json_int(const cJSON *object, const char *name, int64_t otherwise);
bool json_bool(const cJSON *object, const char *name, bool otherwise);
int64_t json_time(const cJSON *object, const char *name);      /* epoch seconds -> ms; 0 */
const cJSON *json_list(const cJSON *object, const char *name); /* its first element, or NULL */
/* An item's own value, for loops over an object's members: SV_NONE unless a string. */
struct sv json_item_sv(const cJSON *item);

/* The writer keeps commas and nesting right; the caller keeps the order. Failures (the sb's cap)
 * are remembered and returned by jw_done, so that calls in between need no checks. */
struct jw {
    struct sb *out;
    struct err *err;
    enum err_code rc;
    bool needs_comma;
    bool is_fresh; /* opened, and nothing in it yet */
    bool pretty;
    int depth;
};

void jw_init(struct jw *w, struct sb *out, struct err *err);
void jw_open(struct jw *w, char bracket);  /* '{' or '[' */
void jw_close(struct jw *w, char bracket); /* '}' or ']' */
void jw_name(struct jw *w, const char *name);
void jw_sv(struct jw *w, struct sv value); /* broken UTF-8 becomes U+FFFD; SV_NONE is null */
void jw_int(struct jw *w, int64_t value);
void jw_bool(struct jw *w, bool value);
void jw_null(struct jw *w);
void jw_time(struct jw *w, int64_t ms);  /* RFC 3339; null for 0 */
void jw_epoch(struct jw *w, int64_t ms); /* AWS's number of seconds with a fraction */
enum err_code jw_done(struct jw *w) MUST_CHECK;

/* Name and value in one call. */
void jw_put_sv(struct jw *w, const char *name, struct sv value);
void jw_put_int(struct jw *w, const char *name, int64_t value);
void jw_put_bool(struct jw *w, const char *name, bool value);
void jw_put_time(struct jw *w, const char *name, int64_t ms);
void jw_put_epoch(struct jw *w, const char *name, int64_t ms);

#endif
