/* Searching. Most patterns are plain words and are looked for as bytes: a regular expression takes
 * fifty times as long, and a long text is searched whole. */
#include "tui/pager_parts.h"

static const char special[] = ".[]()*+?{}|^$\\";

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static char small(char c)
{
    return is_capital(c) ? (char)(c ^ 'a' ^ 'A') : c;
}

static bool starts_any_case(const char *text, struct sv pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (small(text[i]) != pattern.ptr[i])
            return false;
    }
    return true;
}

static bool find_literal(const struct pager *p, struct sv text, size_t from, size_t *start)
{
    struct sv pattern = sv_of(p->pattern);

    if (p->has_case) {
        ptrdiff_t at = sv_find(sv_drop(text, from), pattern);

        if (at >= 0)
            *start = from + (size_t)at;
        return at >= 0;
    }
    for (size_t at = from; at + pattern.len <= text.len; at++) {
        if (small(text.ptr[at]) == pattern.ptr[0] && starts_any_case(text.ptr + at, pattern)) {
            *start = at;
            return true;
        }
    }
    return false;
}

bool pager_find(const struct pager *p, struct sv text, size_t from, size_t *start, size_t *end)
{
    if (p->is_literal) {
        bool is_found = find_literal(p, text, from, start);

        if (is_found)
            *end = *start + strlen(p->pattern);
        return is_found;
    }
    while (from < text.len) {
        regmatch_t at = {.rm_so = (regoff_t)from, .rm_eo = (regoff_t)text.len};
        int flags = REG_STARTEND | (from > 0 ? REG_NOTBOL : 0);

        if (regexec(&p->regex, text.ptr, 1, &at, flags) != 0)
            return false;
        if (at.rm_eo > at.rm_so) {
            *start = (size_t)at.rm_so;
            *end = (size_t)at.rm_eo;
            return true;
        }
        from = (size_t)at.rm_so + 1;
    }
    return false;
}

bool pager_matches(const struct pager *p, struct sv text)
{
    size_t start;
    size_t end;

    return p->has_pattern && pager_find(p, text, 0, &start, &end);
}

static bool line_matches(const struct pager *p, size_t line)
{
    return pager_matches(p, p->lines[line].text);
}

void pager_count_matches(struct pager *p)
{
    p->matches = 0;
    if (!p->has_pattern || (p->match != SIZE_MAX && p->match >= p->count))
        p->match = SIZE_MAX;
    for (size_t i = 0; p->has_pattern && i < p->count; i++)
        p->matches += line_matches(p, i);
    if (p->match != SIZE_MAX && !line_matches(p, p->match))
        p->match = SIZE_MAX;
}

static bool is_in_sight(const struct pager *p, size_t line)
{
    size_t first;
    size_t last;

    pager_place(p, &first, &last);
    return line + 1 >= first && line + 1 <= last;
}

static bool take_match(struct pager *p, size_t line)
{
    size_t start;
    size_t end;

    if (!pager_find(p, p->lines[line].text, 0, &start, &end))
        return false;
    p->match = line;
    pager_show(p, line, start);
    return true;
}

/* From the match in sight, else from the top of the screen; round the ends. */
bool pager_next_match(struct pager *p, int step)
{
    bool has_match = p->match != SIZE_MAX && is_in_sight(p, p->match);
    size_t line = has_match ? p->match : p->top;

    if (!p->has_pattern || p->matches == 0)
        return false;
    if (!has_match && step > 0 && take_match(p, line))
        return true;
    for (size_t i = 0; i < p->count; i++) {
        line = step > 0 ? (line + 1) % p->count : (line + p->count - 1) % p->count;
        if (take_match(p, line))
            return true;
    }
    return false;
}

static bool has_capital(struct sv pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (is_capital(pattern.ptr[i]))
            return true;
    }
    return false;
}

/* Regular expressions fold other letters than ASCII's; bytes do not. */
static bool is_word(const char *pattern, bool has_case)
{
    for (const char *c = pattern; *c != '\0'; c++) {
        if (!has_case && (unsigned char)*c >= 0x80)
            return false;
    }
    return strpbrk(pattern, special) == NULL;
}

static enum err_code compile(const char *pattern, bool has_case, regex_t *out, struct err *err)
{
    char why[128];
    int rc;

    if (pattern_is_dear(sv_of(pattern)))
        return err_set(err, ERR_USAGE,
                       "a search that repeats too much: fewer of * + {}, no \\1: %s", pattern);
    rc = regcomp(out, pattern, REG_EXTENDED | (has_case ? 0 : REG_ICASE));
    if (rc == 0)
        return ERR_OK;
    regerror(rc, NULL, why, sizeof why);
    return err_set(err, ERR_USAGE,
                   "%s is no regular expression (%s): put \\ before .[]()*+?{}|^$ to find the sign "
                   "itself",
                   pattern, why);
}

static void forget(struct pager *p)
{
    if (p->has_pattern && !p->is_literal)
        regfree(&p->regex);
    p->has_pattern = false;
    p->pattern[0] = '\0';
}

enum err_code pager_search(struct pager *p, struct sv pattern, struct err *err)
{
    struct pager next = {.has_case = has_capital(pattern), .has_pattern = pattern.len > 0};
    enum err_code rc;

    if (sv_eq(pattern, sv_of(p->pattern)))
        return ERR_OK;
    if (pattern.len >= sizeof p->pattern)
        return err_set(err, ERR_USAGE, "a search takes at most %d bytes", PAGER_PATTERN - 1);
    if (pattern.len > 0)
        memcpy(next.pattern, pattern.ptr, pattern.len);
    next.is_literal = is_word(next.pattern, next.has_case);
    if (!next.is_literal) {
        rc = compile(next.pattern, next.has_case, &next.regex, err);
        if (rc)
            return rc;
    }
    forget(p);
    memcpy(p->pattern, next.pattern, sizeof p->pattern);
    p->has_pattern = next.has_pattern;
    p->is_literal = next.is_literal;
    p->has_case = next.has_case;
    p->regex = next.regex;
    p->match = SIZE_MAX;
    pager_count_matches(p);
    pager_next_match(p, 1);
    return ERR_OK;
}
