#include "core/model/masking.h"

enum { KEY_LINES_MAX = 200, TOKEN_LEAST = 16, WORD_LEAST = 8 };

static const struct sv mask = {"***", 3};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_letter(char c)
{
    return is_capital(c) || (c >= 'a' && c <= 'z');
}

static bool is_name(char c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
}

static bool is_token(char c)
{
    return is_name(c) || c == '~' || c == '+' || c == '/' || c == '=';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static size_t span_of(struct sv text, size_t from, bool (*is_in)(char))
{
    size_t end = from;

    while (end < text.len && is_in(text.ptr[end]))
        end++;
    return end - from;
}

/* ---- what is a secret by its own looks ---- */

static bool is_key_char(char c)
{
    return is_capital(c) || is_digit(c);
}

/* The length of the secret that begins at this byte; 0 = none does. */
static size_t key_id_at(struct sv text, size_t at)
{
    struct sv rest = sv_drop(text, at);

    if (!sv_starts(rest, SV("AKIA")) && !sv_starts(rest, SV("ASIA")))
        return 0;
    return span_of(rest, 0, is_key_char) == 20 ? 20 : 0;
}

static size_t jwt_at(struct sv text, size_t at)
{
    struct sv rest = sv_drop(text, at);
    size_t dots = 0;
    size_t len = 0;

    if (!sv_starts(rest, SV("eyJ")))
        return 0;
    while (len < rest.len && is_name(rest.ptr[len]))
        dots += rest.ptr[len++] == '.';
    return dots == 2 && len >= 2 * TOKEN_LEAST ? len : 0;
}

static size_t marked_at(struct sv text, size_t at)
{
    static const struct {
        struct sv mark;
        size_t least; /* of what follows */
    } marks[] = {
        {{"ghp_", 4}, 30},  {{"gho_", 4}, 30},   {{"ghu_", 4}, 30},         {{"ghs_", 4}, 30},
        {{"ghr_", 4}, 30},  {{"glpat-", 6}, 20}, {{"github_pat_", 11}, 22}, {{"npm_", 4}, 36},
        {{"xoxb-", 5}, 20}, {{"xoxp-", 5}, 20},  {{"xoxa-", 5}, 20},        {{"sk_live_", 8}, 20},
        {{"AIza", 4}, 35},
    };
    struct sv rest = sv_drop(text, at);

    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        size_t len;

        if (!sv_starts(rest, marks[i].mark))
            continue;
        len = marks[i].mark.len + span_of(rest, marks[i].mark.len, is_name);
        if (len >= marks[i].mark.len + marks[i].least)
            return len;
    }
    return 0;
}

static size_t secret_at(struct sv text, size_t at)
{
    size_t len = 0;

    if (at > 0 && (is_letter(text.ptr[at - 1]) || is_digit(text.ptr[at - 1])))
        return 0;
    switch (text.ptr[at]) {
    case 'A':
        len = key_id_at(text, at);
        return len > 0 ? len : marked_at(text, at);
    case 'e':
        return jwt_at(text, at);
    case 'g':
    case 'n':
    case 's':
    case 'x':
        return marked_at(text, at);
    default:
        return 0;
    }
}

/* ---- what is one by what stands before it ---- */

struct value {
    size_t start; /* behind everything that may be shown */
    size_t end;
};

static bool ends_nocase(struct sv text, struct sv end)
{
    return text.len >= end.len && sv_eq_nocase(sv_drop(text, text.len - end.len), end);
}

enum naming { NAMING_NONE, NAMING_WEAK, NAMING_STRONG };

/* STRONG: whatever follows is secret. WEAK words stand in other sentences, too. */
static enum naming naming_of(struct sv name)
{
    static const char *const paging[] = {"nexttoken",         "next-token",      "next_token",
                                         "continuationtoken", "clienttoken",     "client-token",
                                         "requesttoken",      "forwardtoken",    "backwardtoken",
                                         "client_token",      "pagination_token"};
    static const char *const strong[] = {"password", "passwd", "passphrase"};
    static const char *const weak[] = {"secret",      "token",       "api_key",     "apikey",
                                       "api-key",     "access_key",  "access-key",  "accesskey",
                                       "private_key", "private-key", "credentials", "pwd"};

    for (size_t i = 0; i < ARRAY_LEN(paging); i++) {
        if (ends_nocase(name, sv_of(paging[i])))
            return NAMING_NONE;
    }
    for (size_t i = 0; i < ARRAY_LEN(strong); i++) {
        if (ends_nocase(name, sv_of(strong[i])))
            return NAMING_STRONG;
    }
    for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
        if (ends_nocase(name, sv_of(weak[i])))
            return NAMING_WEAK;
    }
    return NAMING_NONE;
}

/* The name that ends before this byte, without quotes; *is_quoted tells of them. */
static struct sv name_before(struct sv text, size_t at, bool *is_quoted)
{
    size_t end = at;
    size_t start;

    while (end > 0 && is_blank(text.ptr[end - 1]))
        end--;
    *is_quoted = end > 0 && is_quote(text.ptr[end - 1]);
    end -= *is_quoted;
    if (*is_quoted && end > 0 && text.ptr[end - 1] == '\\')
        end--;
    start = end;
    while (start > 0 && is_name(text.ptr[start - 1]))
        start--;
    return sv_make(text.ptr + start, end - start);
}

/* Behind a comma, a semicolon or an ampersand there is another name with its value. */
static bool is_next_pair(struct sv text, size_t at)
{
    size_t name = at + 1;
    size_t end;

    while (name < text.len && (is_blank(text.ptr[name]) || is_quote(text.ptr[name])))
        name++;
    end = name + span_of(text, name, is_name);
    return end >= text.len || (end > name && (text.ptr[end] == '=' || text.ptr[end] == ':')) ||
           is_quote(text.ptr[end]);
}

static bool is_closing(char c)
{
    return c == ')' || c == ']' || c == '}' || c == '>' || c == ',' || c == ';' || c == '.';
}

/* The value that begins at this byte: in quotes, or up to a blank. */
static struct value value_at(struct sv text, size_t at)
{
    struct value v = {at, at};
    char quote = '\0';

    if (at < text.len && text.ptr[at] == '\\')
        at++;
    if (at < text.len && is_quote(text.ptr[at]))
        quote = text.ptr[at++];
    v.start = v.end = at;
    if (quote != '\0') {
        while (v.end < text.len && text.ptr[v.end] != quote)
            v.end += text.ptr[v.end] == '\\' && v.end + 2 < text.len && text.ptr[v.end + 1] != quote
                         ? 2
                         : 1;
        if (v.end > v.start && v.end < text.len && text.ptr[v.end - 1] == '\\')
            v.end--; /* JSON in a JSON text: \"name\": \"value\" */
        return v;
    }
    while (v.end < text.len && !is_blank(text.ptr[v.end]) && !is_quote(text.ptr[v.end])) {
        char c = text.ptr[v.end];

        if ((c == ',' || c == ';' || c == '&') && is_next_pair(text, v.end))
            break;
        v.end++;
    }
    while (v.end > v.start + 1 && is_closing(text.ptr[v.end - 1]))
        v.end--;
    return v;
}

/* A reference to a secret, or no value at all. */
static bool is_reference(struct sv value)
{
    static const char *const words[] = {"true", "false", "null", "none", "nil", "undefined"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (sv_eq_nocase(value, sv_of(words[i])))
            return true;
    }
    return value.len == 0 || value.ptr[0] == '$' || value.ptr[0] == '*' || value.ptr[0] == '<' ||
           value.ptr[0] == '%' || sv_starts(value, SV("{{")) || sv_starts(value, SV("arn:"));
}

/* Made by a machine: "unexpected" is a word, "a8f3kq02" is none. */
static bool looks_made(struct sv value)
{
    bool has_digit = false;
    bool has_letter = false;

    for (size_t i = 0; i < value.len; i++) {
        has_digit = has_digit || is_digit(value.ptr[i]);
        has_letter = has_letter || is_letter(value.ptr[i]);
    }
    return value.len >= WORD_LEAST && has_digit && has_letter;
}

static bool is_worth_masking(struct sv value, enum naming naming, bool is_certain)
{
    if (naming == NAMING_NONE || is_reference(value))
        return false;
    return naming == NAMING_STRONG || is_certain || looks_made(value);
}

/* At '=' or ':'. */
static bool assigned_at(struct sv text, size_t at, struct value *out)
{
    bool is_quoted;
    struct sv name = name_before(text, at, &is_quoted);
    size_t from = at + 1;
    bool is_equals = text.ptr[at] == '=';

    if (name.len == 0 || (is_equals && from < text.len && text.ptr[from] == '='))
        return false;
    if (is_equals && from < text.len && text.ptr[from] == '>')
        from++;
    from += span_of(text, from, is_blank);
    if (!is_equals && sv_eq_nocase(name, SV("authorization"))) {
        *out = value_at(text, from);
        if (!is_quoted && out->start == from) { /* the scheme and what follows */
            while (out->end < text.len && !is_quote(text.ptr[out->end]))
                out->end++;
        }
        return out->end > out->start;
    }
    *out = value_at(text, from);
    return is_worth_masking(sv_make(text.ptr + out->start, out->end - out->start), naming_of(name),
                            is_equals || is_quoted);
}

/* "://user:password@": at its ':'. */
static bool password_at(struct sv text, size_t at, struct value *out)
{
    size_t from = at + 3;
    size_t colon = 0;

    if (!sv_starts(sv_drop(text, at), SV("://")))
        return false;
    for (size_t i = from; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '@' && colon > 0) {
            *out = (struct value){colon + 1, i};
            return i > colon + 1 && !is_reference(sv_make(text.ptr + colon + 1, i - colon - 1));
        }
        if (is_blank(c) || is_quote(c) || c == '/')
            return false;
        if (c == ':' && colon == 0)
            colon = i;
    }
    return false;
}

/* "Bearer WORD", and "--name VALUE": at the blank. */
static bool worded_at(struct sv text, size_t at, struct value *out)
{
    bool is_quoted;
    struct sv name = name_before(text, at, &is_quoted);
    size_t from = at + span_of(text, at, is_blank);

    if (is_quoted || name.len == 0)
        return false;
    if (sv_eq_nocase(name, SV("bearer"))) {
        *out = (struct value){from, from + span_of(text, from, is_token)};
        return out->end - out->start >= TOKEN_LEAST;
    }
    if (!sv_starts(name, SV("--")) || (from < text.len && text.ptr[from] == '-'))
        return false;
    *out = value_at(text, from);
    return is_worth_masking(sv_make(text.ptr + out->start, out->end - out->start), naming_of(name),
                            true);
}

static bool value_behind(struct sv text, size_t at, struct value *out)
{
    switch (text.ptr[at]) {
    case ':':
        return password_at(text, at, out) || assigned_at(text, at, out);
    case '=':
        return assigned_at(text, at, out);
    case ' ':
        return worded_at(text, at, out);
    default:
        return false;
    }
}

/* ---- lines ---- */

static bool may_begin(char c)
{
    switch (c) {
    case 'A':
    case 'e':
    case 'g':
    case 'n':
    case 's':
    case 'x':
    case ':':
    case '=':
    case ' ':
        return true;
    default:
        return false;
    }
}

static enum err_code mask_line(struct masking *m, struct sv line, struct sb *out, struct err *err)
{
    size_t done = 0;
    enum err_code rc = ERR_OK;

    for (size_t at = 0; at < line.len && !rc;) {
        struct value v = {at, at};

        if (!may_begin(line.ptr[at])) {
            at++;
            continue;
        }
        v.end += secret_at(line, at);
        if (v.end == at && !value_behind(line, at, &v)) {
            at++;
            continue;
        }
        rc = sb_add(out, sv_make(line.ptr + done, v.start - done), err);
        if (!rc)
            rc = sb_add(out, mask, err);
        m->count++;
        at = done = v.end;
    }
    return rc ? rc : sb_add(out, sv_drop(line, done), err);
}

/* Of a private key only its first and its last line are kept. */
static enum err_code mask_key_line(struct masking *m, struct sv line, struct sb *out,
                                   struct err *err)
{
    ptrdiff_t end = sv_find(line, SV("-----END "));

    if (end >= 0 || m->key_lines >= KEY_LINES_MAX) {
        enum err_code rc = end > 0 ? sb_add(out, mask, err) : ERR_OK;

        m->key_lines = 0;
        return rc ? rc : sb_add(out, sv_drop(line, end > 0 ? (size_t)end : 0), err);
    }
    m->key_lines++;
    return sb_add(out, mask, err);
}

/* The place behind "-----BEGIN ... PRIVATE KEY-----"; 0 when there is none. */
static size_t key_begins(struct sv line)
{
    ptrdiff_t begin = sv_find(line, SV("-----BEGIN "));
    ptrdiff_t end;

    if (begin < 0)
        return 0;
    end = sv_find(sv_drop(line, (size_t)begin), SV("PRIVATE KEY-----"));
    return end < 0 ? 0 : (size_t)begin + (size_t)end + sizeof "PRIVATE KEY-----" - 1;
}

static enum err_code mask_one(struct masking *m, struct sv line, struct sb *out, struct err *err)
{
    size_t key = m->key_lines > 0 ? 0 : key_begins(line);
    enum err_code rc;

    if (m->key_lines > 0)
        return mask_key_line(m, line, out, err);
    if (key == 0)
        return mask_line(m, line, out, err);
    m->count++;
    m->key_lines = 1;
    rc = mask_line(m, sv_take(line, key), out, err);
    return rc || key == line.len ? rc : mask_key_line(m, sv_drop(line, key), out, err);
}

enum err_code mask_text(struct masking *m, struct sv text, struct sb *out, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (text.len > 0 && !rc) {
        const char *newline = memchr(text.ptr, '\n', text.len);
        size_t len = newline != NULL ? (size_t)(newline - text.ptr) : text.len;

        rc = mask_one(m, sv_take(text, len), out, err);
        if (!rc && newline != NULL)
            rc = sb_addc(out, '\n', err);
        text = sv_drop(text, len + (newline != NULL));
    }
    return rc;
}
