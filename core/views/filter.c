#include "core/views/filter.h"

#include <regex.h>

#include "core/base/mem.h"

enum {
    FOLDED_MAX = 3 * FILTER_TEXT_MAX, /* a broken byte becomes three */
    PATTERN_MAX = 128,
    FIELD_LEAST = 3,          /* letters of a name that need not be whole */
    PATTERN_COPIES_MAX = 256, /* of a part of a pattern, which regcomp makes of repetitions */
    LOOKED_AT_MAX = 512       /* of a text, by a pattern */
};

enum kind { KIND_PLAIN, KIND_FUZZY, KIND_PATTERN };

struct filter_term {
    enum kind kind;
    bool is_inverse;
    const char *field; /* NULL: any; borrowed */
    size_t len;
    char text[FOLDED_MAX]; /* folded */
    regex_t pattern;
};

/* clang-format off */
/* Where a term without a field looks is what the cache's index holds, so the index can answer. */
#define ROW_FIELD_LIST(X) \
    X("name",        row->id.name)          \
    X("logical",     row->logical)          \
    X("revision",    row->revision)         \
    X("summary",     row->revision_summary) \
    X("environment", row->environment)      \
    X("status",      sv_of(status_word(row->status))) \
    X("status",      sv_of(status_aws(row->status)))  \
    X("account",     row->id.account)       \
    X("region",      row->id.region)        \
    X("trigger",     row->trigger)          \
    X("waiting",     row->waiting)          \
    X("error",       row->error)
/* clang-format on */
enum { INDEXED_FIELDS = 4 };

const char *const filter_row_fields[] = {"name",    "logical",  "environment", "status",  "account",
                                         "region",  "revision", "summary",     "trigger", "stage",
                                         "waiting", "error",    NULL};

static uint32_t next_folded(struct sv *text)
{
    return text_fold_char(utf8_next(text)); /* as the cache folds what it searches */
}

/* needle is folded. */
static bool begins_with(struct sv text, struct sv needle)
{
    while (needle.len > 0) {
        if (text.len == 0 || next_folded(&text) != utf8_next(&needle))
            return false;
    }
    return true;
}

static bool contains(struct sv text, struct sv needle)
{
    unsigned char lower = needle.len > 0 ? (unsigned char)needle.ptr[0] : 0;
    unsigned char upper = lower >= 'a' && lower <= 'z' ? (unsigned char)(lower - 'a' + 'A') : lower;

    if (needle.len == 0)
        return true;
    /* Bytes inside a character begin nothing, so each byte may be looked at. */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool may_begin = c == lower || c == upper || c >= 0x80 || c < ' ';

        if (may_begin && begins_with(sv_make(text.ptr + i, text.len - i), needle))
            return true;
    }
    return false;
}

static bool is_word_start(uint32_t before)
{
    return !((before >= 'a' && before <= 'z') || (before >= '0' && before <= '9') ||
             before >= 0x80);
}

/* The letters in this order from the text's begin on, each as early as it comes. */
static bool fits(struct sv pattern, struct sv text, uint32_t before, int *score)
{
    enum { WORD_START = 8, NEIGHBOUR = 6, GAP = 1, GAP_MAX = 10 };
    uint32_t wanted = pattern.len > 0 ? next_folded(&pattern) : 0;
    bool is_neighbour = false;
    int gap = 0;
    int sum = 0;

    while (wanted != 0 && text.len > 0) {
        uint32_t c = next_folded(&text);

        if (c == wanted) {
            sum += 1 + (is_word_start(before) ? WORD_START : 0) + (is_neighbour ? NEIGHBOUR : 0);
            is_neighbour = true;
            gap = 0;
            wanted = pattern.len > 0 ? next_folded(&pattern) : 0;
        } else {
            is_neighbour = false;
            sum -= gap++ < GAP_MAX ? GAP : 0;
        }
        before = c;
    }
    *score = sum;
    return wanted == 0;
}

bool fuzzy_match(struct sv pattern, struct sv text, int *score)
{
    enum { BEGIN = 20, LENGTH_MAX = 40 };
    struct sv rest = text;
    uint32_t before = 0;
    bool has_any = false;
    int best = 0;

    /* From each begin anew: the earliest letter is often not that of the word that was meant. */
    do {
        int now;

        if (!fits(pattern, rest, before, &now))
            break;
        if (rest.len == text.len && begins_with(text, pattern))
            now += BEGIN;
        if (!has_any || now > best)
            best = now;
        has_any = true;
        before = next_folded(&rest);
    } while (rest.len > 0 && rest.len + LENGTH_MAX > text.len);
    *score = best - (int)(text.len < LENGTH_MAX ? text.len : LENGTH_MAX) / 4;
    return has_any;
}

static bool fits_pattern(const regex_t *pattern, struct sv text)
{
    char copy[LOOKED_AT_MAX + 1];

    text = sv_take(text, LOOKED_AT_MAX);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return regexec(pattern, copy, 0, NULL, 0) == 0;
}

static bool hits(const struct filter_term *term, struct sv text)
{
    int score;

    switch (term->kind) {
    case KIND_PLAIN:
        return contains(text, sv_make(term->text, term->len));
    case KIND_FUZZY:
        return fits(sv_make(term->text, term->len), text, 0, &score);
    case KIND_PATTERN:
        return fits_pattern(&term->pattern, text);
    }
    return false;
}

/* Some field that the term means has it. */
static bool hits_any(const struct filter_term *term, const struct filter_field *fields,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if ((term->field == NULL || strcmp(term->field, fields[i].name) == 0) &&
            hits(term, fields[i].text))
            return true;
    }
    return false;
}

static bool hits_stage(const struct filter_term *term, struct sv strip)
{
    struct stage_mark mark;

    if (term->field != NULL && strcmp(term->field, "stage") != 0)
        return false;
    /* The strip holds all names: most rows are through at once. */
    if (term->kind == KIND_PLAIN && !hits(term, strip))
        return false;
    while (stage_strip_next(&strip, &mark)) {
        if (hits(term, mark.name))
            return true;
    }
    return false;
}

bool filter_matches(const struct filter *filter, const struct filter_field *fields, size_t count)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (hits_any(&filter->terms[i], fields, count) == filter->terms[i].is_inverse)
            return false;
    }
    return true;
}

bool filter_matches_row(const struct filter *filter, const struct pipeline_row *row)
{
    if (filter->count == 0)
        return true;
#define ROW_FIELD(field, value) {field, value},
    const struct filter_field fields[] = {ROW_FIELD_LIST(ROW_FIELD)};
#undef ROW_FIELD

    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_term *term = &filter->terms[i];
        size_t count = term->field == NULL ? INDEXED_FIELDS : ARRAY_LEN(fields);

        if ((hits_any(term, fields, count) || hits_stage(term, row->stages)) == term->is_inverse)
            return false;
    }
    return true;
}

static bool is_indexed(const struct filter_term *term)
{
    return term->kind == KIND_PLAIN && term->field == NULL;
}

struct sv filter_needle(const struct filter *filter, bool *is_inverse)
{
    const struct filter_term *best = NULL;

    for (size_t i = 0; i < filter->count; i++) {
        const struct filter_term *term = &filter->terms[i];

        if (!is_indexed(term))
            continue;
        /* What must be there narrows more than what must not. */
        if (best == NULL || (best->is_inverse && !term->is_inverse) ||
            (best->is_inverse == term->is_inverse && term->len > best->len))
            best = term;
    }
    *is_inverse = best != NULL && best->is_inverse;
    return best == NULL ? SV_NONE : sv_make(best->text, best->len);
}

bool filter_is_needle(const struct filter *filter)
{
    return filter->count == 1 && is_indexed(&filter->terms[0]);
}

/* ---- reading what was typed ---- */

/* regcomp copies what is repeated, and copies of copies take all memory: (((a+)+)+)+ or a****. So
 * the product of all repetitions is capped, which counts too much rather than too little. */
static bool repeats_too_much(struct sv pattern)
{
    int64_t copies = 1;

    while (pattern.len > 0 && copies <= PATTERN_COPIES_MAX) {
        char c = pattern.ptr[0];
        int64_t count = 1;

        pattern = sv_drop(pattern, c == '\\' ? 2 : 1);
        if (c == '+' || c == '*')
            count = 2;
        if (c == '{') {
            struct sv rest;
            struct sv bounds = sv_cut(pattern, '}', &rest);
            struct sv most;
            struct sv least = sv_cut(bounds, ',', &most);

            if (!sv_to_int(most.len > 0 ? most : least, &count))
                continue; /* regcomp decides what it is */
            count += 1;
        }
        copies *= count > PATTERN_COPIES_MAX ? PATTERN_COPIES_MAX + 1 : count > 1 ? count : 1;
    }
    return copies > PATTERN_COPIES_MAX;
}

/* \1 repeats what a group has found: GNU's own, and slow without a limit. */
static bool has_back_reference(struct sv pattern)
{
    while (pattern.len > 1) {
        bool is_escape = pattern.ptr[0] == '\\';

        if (is_escape && pattern.ptr[1] >= '1' && pattern.ptr[1] <= '9')
            return true;
        pattern = sv_drop(pattern, is_escape ? 2 : 1);
    }
    return false;
}

bool pattern_is_dear(struct sv pattern)
{
    return repeats_too_much(pattern) || has_back_reference(pattern);
}

static enum err_code compile(struct sv text, struct filter_term *term, struct err *err)
{
    char pattern[PATTERN_MAX + 1];
    char why[128];
    int rc;

    if (text.len > PATTERN_MAX)
        return err_set(err, ERR_LIMIT, "a pattern of more than %d bytes; write a shorter one",
                       PATTERN_MAX);
    if (pattern_is_dear(text))
        return err_set(err, ERR_USAGE,
                       "a pattern that repeats too much; write fewer of * + {} and no \\1");
    memcpy(pattern, text.ptr, text.len);
    pattern[text.len] = '\0';
    rc = regcomp(&term->pattern, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
    if (rc == REG_ESPACE)
        return mem_err(err);
    if (rc != 0) {
        regerror(rc, &term->pattern, why, sizeof why);
        return err_set(err, ERR_USAGE,
                       "no valid pattern: %s in \"%s\"; write it like re:^orders-(dev|prod)$, or "
                       "the text without re:",
                       why, pattern);
    }
    term->kind = KIND_PATTERN;
    return ERR_OK;
}

static void fold_text(struct sv text, struct filter_term *term)
{
    while (text.len > 0)
        term->len += utf8_encode(next_folded(&text), term->text + term->len);
}

static bool is_field_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static enum err_code no_field(struct sv name, const char *const *fields, struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    enum err_code rc = ERR_OK;

    sb_init(&names, 300);
    for (size_t i = 0; fields[i] != NULL && rc == ERR_OK; i++)
        rc = sb_addf(&names, NULL, "%s%s", i > 0 ? ", " : "", fields[i]);
    return err_set(err, rc ? rc : ERR_USAGE,
                   "there is no field \"" SV_FMT "\": use quotes, or one of %s", SV_ARG(name),
                   sb_cstr(&names));
}

/* As it is called, or the beginning of one name only: "env". */
static const char *field_named(struct sv name, const char *const *fields)
{
    const char *found = NULL;
    size_t count = 0;

    for (size_t i = 0; fields[i] != NULL; i++) {
        struct sv field = sv_of(fields[i]);

        if (sv_eq_nocase(name, field))
            return fields[i];
        if (name.len < FIELD_LEAST || !sv_eq_nocase(name, sv_take(field, name.len)))
            continue;
        found = fields[i];
        count++;
    }
    return count == 1 ? found : NULL;
}

/* Take "status:" off the front. */
static enum err_code take_field(struct sv *text, const char *const *fields,
                                struct filter_term *term, struct err *err)
{
    struct sv name = *text;
    size_t len = 0;

    while (len < text->len && is_field_char(text->ptr[len]))
        len++;
    if (fields == NULL || term->field != NULL || len == 0 || len == text->len ||
        text->ptr[len] != ':')
        return ERR_OK;
    name.len = len;
    term->field = field_named(name, fields);
    if (term->field == NULL)
        return no_field(name, fields, err);
    *text = sv_drop(*text, len + 1);
    return ERR_OK;
}

/* `!`, `~` and `field:` in any order; then maybe `re:`, behind which all is the pattern. */
static enum err_code take_marks(struct sv *text, const char *const *fields,
                                struct filter_term *term, bool *is_pattern, struct err *err)
{
    size_t before = 0;
    enum err_code rc = ERR_OK;

    *is_pattern = false;
    while (rc == ERR_OK && text->len != before && !*is_pattern) {
        size_t mark = 1;

        before = text->len;
        if (sv_starts(*text, SV("!"))) {
            term->is_inverse = !term->is_inverse;
        } else if (sv_starts(*text, SV("~"))) {
            term->kind = KIND_FUZZY;
        } else if (sv_starts(*text, SV("re:"))) {
            *is_pattern = true;
            mark = 3;
        } else {
            mark = 0;
            rc = take_field(text, fields, term, err);
        }
        *text = sv_drop(*text, mark);
    }
    return rc;
}

/* Up to a blank, or from quote to quote; a quote that is not closed yet goes on to the end. */
static struct sv take_text(struct sv *text)
{
    bool is_quoted = sv_starts(*text, SV("\""));

    if (is_quoted)
        *text = sv_drop(*text, 1);
    return sv_cut(*text, is_quoted ? '"' : ' ', text);
}

static enum err_code add_term(struct sv *text, const char *const *fields, struct filter *filter,
                              struct err *err)
{
    struct filter_term *term = &filter->terms[filter->count];
    bool is_pattern;
    struct sv wanted;
    enum err_code rc;

    if (filter->count == FILTER_TERM_MAX)
        return err_set(err, ERR_USAGE, "at most %d terms; leave one out, or join some with quotes",
                       FILTER_TERM_MAX);
    *term = (struct filter_term){.kind = KIND_PLAIN};
    rc = take_marks(text, fields, term, &is_pattern, err);
    if (rc)
        return rc;
    wanted = take_text(text);
    if (wanted.len == 0)
        return ERR_OK; /* it is still being typed */
    if (is_pattern)
        rc = compile(wanted, term, err);
    else
        fold_text(wanted, term);
    filter->count += rc == ERR_OK;
    return rc;
}

enum err_code filter_parse(struct sv text, const char *const *fields, struct filter *out,
                           struct err *err)
{
    struct filter filter = {0};
    enum err_code rc = ERR_OK;

    *out = filter;
    text = sv_trim(text);
    if (text.len == 0)
        return ERR_OK;
    if (text.len > FILTER_TEXT_MAX)
        return err_set(err, ERR_LIMIT, "a filter of more than %d bytes; write a shorter one",
                       FILTER_TEXT_MAX);
    filter.terms = mem_array(FILTER_TERM_MAX, sizeof *filter.terms);
    if (filter.terms == NULL)
        return mem_err(err);
    while (text.len > 0 && rc == ERR_OK) {
        rc = add_term(&text, fields, &filter, err);
        text = sv_trim(text);
    }
    if (rc)
        filter_release(&filter);
    else
        *out = filter;
    return rc;
}

void filter_release(struct filter *filter)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->terms[i].kind == KIND_PATTERN)
            regfree(&filter->terms[i].pattern);
    }
    mem_free(filter->terms);
    *filter = (struct filter){0};
}
