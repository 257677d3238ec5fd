/* The canonical request (facts/aws-api.md 4.1, rules 1 to 4).
 *
 * Written straight into the caller's buffer; only a query needs a scratch copy, because its
 * parameters are sorted by their encoded form. */
#include "core/aws/canonical.h"

enum { PARAMS_MAX = 1000, SEGMENTS_MAX = 1000, QUERY_MAX = 256 * 1024 };

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static enum err_code add_byte_encoded(struct sb *out, char c, struct err *err)
{
    static const char digits[] = "0123456789ABCDEF";
    const char code[] = {'%', digits[(unsigned char)c >> 4], digits[c & 0xf]};

    return sb_add(out, sv_make(code, sizeof code), err);
}

enum err_code canonical_encode(struct sb *out, struct sv text, bool keep_slash, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (text.len > 0 && rc == ERR_OK) {
        size_t plain = 0;

        while (plain < text.len &&
               (is_unreserved(text.ptr[plain]) || (keep_slash && text.ptr[plain] == '/')))
            plain++;
        rc = sb_add(out, sv_take(text, plain), err);
        text = sv_drop(text, plain);
        if (rc == ERR_OK && text.len > 0) {
            rc = add_byte_encoded(out, text.ptr[0], err);
            text = sv_drop(text, 1);
        }
    }
    return rc;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Takes one byte off the front, "%41" as 'A'. */
static char next_decoded(struct sv *text)
{
    const char *p = text->ptr;
    bool is_code = p[0] == '%' && text->len >= 3 && hex_value(p[1]) >= 0 && hex_value(p[2]) >= 0;
    char c = p[0];

    if (is_code)
        c = (char)(hex_value(p[1]) << 4 | hex_value(p[2]));
    *text = sv_drop(*text, is_code ? 3 : 1);
    return c;
}

enum err_code canonical_decode(struct sb *out, struct sv text, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (text.len > 0 && rc == ERR_OK)
        rc = sb_addc(out, next_decoded(&text), err);
    return rc;
}

/* Text as on the wire, decoded and encoded again in the one canonical way. */
static enum err_code add_recoded(struct sb *out, struct sv text, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (text.len > 0 && rc == ERR_OK) {
        char c = next_decoded(&text);

        rc = is_unreserved(c) ? sb_addc(out, c, err) : add_byte_encoded(out, c, err);
    }
    return rc;
}

/* The path without empty and "." segments, ".." resolved; a slash at the end stays. */
static enum err_code add_normalised(struct sb *out, struct sv path, struct err *err)
{
    bool ends_with_slash = sv_ends(path, SV("/"));
    struct sv kept[SEGMENTS_MAX];
    size_t count = 0;
    enum err_code rc = ERR_OK;

    while (path.len > 0) {
        struct sv segment = sv_cut(path, '/', &path);

        if (sv_eq(segment, SV("..")))
            count -= count > 0;
        else if (segment.len == 0 || sv_eq(segment, SV(".")))
            continue;
        else if (count == SEGMENTS_MAX)
            return err_set(err, ERR_LIMIT, "path over %d segments", SEGMENTS_MAX);
        else
            kept[count++] = segment;
    }
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        rc = sb_addc(out, '/', err);
        if (rc == ERR_OK)
            rc = canonical_encode(out, kept[i], false, err);
    }
    if (rc == ERR_OK && (count == 0 || ends_with_slash))
        rc = sb_addc(out, '/', err);
    return rc;
}

static enum err_code add_path(const struct sign_input *in, struct sb *out, struct err *err)
{
    if (in->path.len <= 1)
        return sb_addc(out, '/', err);
    if (in->is_s3)
        return sb_add(out, in->path, err);
    if (in->keep_path)
        return canonical_encode(out, in->path, true, err);
    return add_normalised(out, in->path, err);
}

struct param {
    struct sv key;
    struct sv value;
};

static int compare_params(const void *left, const void *right)
{
    const struct param *a = left;
    const struct param *b = right;
    int order = sv_cmp(a->key, b->key);

    return order != 0 ? order : sv_cmp(a->value, b->value);
}

static enum err_code recode(struct sb *scratch, struct sv text, struct sv *out, struct err *err)
{
    size_t start = scratch->len;
    enum err_code rc = add_recoded(scratch, text, err);

    if (rc == ERR_OK)
        *out = sv_drop(sb_sv(scratch), start);
    return rc;
}

/* The signature cannot sign itself, so a verifier may pass a presigned query whole. */
static enum err_code read_params(struct sv query, struct sb *scratch, struct param *params,
                                 size_t *count, struct err *err)
{
    size_t n = 0;

    while (query.len > 0) {
        struct sv value;
        struct sv key = sv_cut(sv_cut(query, '&', &query), '=', &value);
        enum err_code rc;

        if ((key.len == 0 && value.len == 0) || sv_eq(key, SV("X-Amz-Signature")))
            continue;
        if (n == PARAMS_MAX)
            return err_set(err, ERR_LIMIT, "query over %d parameters", PARAMS_MAX);
        rc = recode(scratch, key, &params[n].key, err);
        if (rc == ERR_OK)
            rc = recode(scratch, value, &params[n].value, err);
        if (rc)
            return rc;
        n++;
    }
    *count = n;
    return ERR_OK;
}

/* By (key, value) pair: "Param=" comes before "Param-3=" although '-' sorts before '='. */
static enum err_code add_query(struct sv query, struct sb *out, struct err *err)
{
    CLEANUP(sb_release) struct sb scratch = {.cap = 3 * QUERY_MAX};
    struct param params[PARAMS_MAX];
    size_t count = 0;
    enum err_code rc;

    if (query.len == 0)
        return ERR_OK;
    if (query.len > QUERY_MAX)
        return err_set(err, ERR_LIMIT, "query over %d bytes", QUERY_MAX);
    /* Room for all of it at once, because params point into it. */
    rc = sb_reserve(&scratch, 3 * query.len, err);
    if (rc == ERR_OK)
        rc = read_params(query, &scratch, params, &count, err);
    if (rc)
        return rc;
    qsort(params, count, sizeof *params, compare_params);
    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        rc = i > 0 ? sb_addc(out, '&', err) : ERR_OK;
        if (rc == ERR_OK)
            rc = sb_add(out, params[i].key, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '=', err);
        if (rc == ERR_OK)
            rc = sb_add(out, params[i].value, err);
    }
    return rc;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int compare_names(struct sv a, struct sv b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int difference = (unsigned char)lower(a.ptr[i]) - (unsigned char)lower(b.ptr[i]);

        if (difference != 0)
            return difference;
    }
    return (a.len > b.len) - (a.len < b.len);
}

enum err_code canonical_order(const struct sign_input *in, struct canonical_headers *order,
                              struct err *err)
{
    if (in->header_count > CANONICAL_HEADERS_MAX)
        return err_set(err, ERR_LIMIT, "over %d headers to sign", CANONICAL_HEADERS_MAX);
    for (size_t i = 0; i < in->header_count; i++) {
        const struct http_header *header = &in->headers[i];
        size_t to = i;

        while (to > 0 && compare_names(order->at[to - 1]->name, header->name) > 0) {
            order->at[to] = order->at[to - 1];
            to--;
        }
        order->at[to] = header;
    }
    order->count = in->header_count;
    return ERR_OK;
}

static bool repeats(const struct canonical_headers *order, size_t i)
{
    return i > 0 && compare_names(order->at[i - 1]->name, order->at[i]->name) == 0;
}

static enum err_code add_lower(struct sb *out, struct sv text, struct err *err)
{
    size_t start = out->len;
    enum err_code rc = sb_add(out, text, err);

    for (size_t i = start; rc == ERR_OK && i < out->len; i++)
        out->ptr[i] = lower(out->ptr[i]);
    return rc;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Trimmed, with each run of white space (a folded line too) as one space. */
static enum err_code add_value(struct sb *out, struct sv value, struct err *err)
{
    enum err_code rc = ERR_OK;

    value = sv_trim(value);
    while (value.len > 0 && rc == ERR_OK) {
        size_t word = 0;

        while (word < value.len && !is_space(value.ptr[word]))
            word++;
        rc = sb_add(out, sv_take(value, word), err);
        value = sv_drop(value, word);
        if (rc == ERR_OK && value.len > 0)
            rc = sb_addc(out, ' ', err);
        while (value.len > 0 && is_space(value.ptr[0]))
            value = sv_drop(value, 1);
    }
    return rc;
}

static enum err_code add_headers(const struct canonical_headers *order, struct sb *out,
                                 struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < order->count && rc == ERR_OK; i++) {
        if (repeats(order, i)) {
            out->len--; /* the value goes on where its line ended */
            rc = sb_addc(out, ',', err);
        } else {
            rc = add_lower(out, order->at[i]->name, err);
            if (rc == ERR_OK)
                rc = sb_addc(out, ':', err);
        }
        if (rc == ERR_OK)
            rc = add_value(out, order->at[i]->value, err);
        if (rc == ERR_OK)
            rc = sb_addc(out, '\n', err);
    }
    return rc;
}

enum err_code canonical_names(const struct canonical_headers *order, struct sb *out,
                              struct err *err)
{
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < order->count && rc == ERR_OK; i++) {
        if (repeats(order, i))
            continue;
        if (i > 0)
            rc = sb_addc(out, ';', err);
        if (rc == ERR_OK)
            rc = add_lower(out, order->at[i]->name, err);
    }
    return rc;
}

enum err_code canonical_request(const struct sign_input *in, const struct canonical_headers *order,
                                struct sb *out, struct err *err)
{
    enum err_code rc = sb_add(out, in->method, err);

    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', err);
    if (rc == ERR_OK)
        rc = add_path(in, out, err);
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', err);
    if (rc == ERR_OK)
        rc = add_query(in->query, out, err);
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', err);
    if (rc == ERR_OK)
        rc = add_headers(order, out, err);
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', err);
    if (rc == ERR_OK)
        rc = canonical_names(order, out, err);
    if (rc == ERR_OK)
        rc = sb_addc(out, '\n', err);
    return rc ? rc : sb_add(out, in->payload_hash, err);
}
