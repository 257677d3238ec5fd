#include "core/operate/guard_name.h"

enum { STAGE_MAX = 200 /* bytes that are looked at: AWS's names have at most 100 */ };

static const char *const production[] = {"prod", "production", "prd", "live"};
static const char *const denials[] = {"pre", "non", "no", "not"};

static bool is_one_of(struct sv name, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq_nocase(name, sv_of(words[i])))
            return true;
    }
    return false;
}

static bool is_production(struct sv name)
{
    return is_one_of(name, production, ARRAY_LEN(production));
}

static bool is_same(struct sv a, struct sv b)
{
    return sv_eq_nocase(a, b) || (is_production(a) && is_production(b));
}

/* ---- words ---- */

static bool is_divider(char c)
{
    return c == '-' || c == '_' || c == '.' || c == '/';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Does a word begin or end before this byte? "AWSProd" is two: of capitals the last one begins what
 * small letters go on with. */
static bool is_border(struct sv name, size_t at)
{
    char before;
    char here;

    if (at == 0 || at >= name.len)
        return true;
    before = name.ptr[at - 1];
    here = name.ptr[at];
    if (is_divider(before) || is_divider(here))
        return true;
    if (!is_upper(here))
        return false;
    return !is_upper(before) || (at + 1 < name.len && is_lower(name.ptr[at + 1]));
}

/* Is what ends here a word that turns the next one round? */
static bool is_denied(struct sv before)
{
    size_t begin;

    while (before.len > 0 && is_divider(before.ptr[before.len - 1]))
        before.len--;
    begin = before.len;
    while (begin > 0 && !is_border(before, --begin))
        continue;
    return is_one_of(sv_drop(before, begin), denials, ARRAY_LEN(denials));
}

/* A word, or several beside each other: "eu-prod" in "Deploy-EU-Prod". */
static bool has_words(struct sv stage, struct sv wanted)
{
    stage = sv_take(stage, STAGE_MAX);
    for (size_t i = 0; i < stage.len; i++) {
        if (!is_border(stage, i) || is_divider(stage.ptr[i]))
            continue;
        for (size_t end = i + 1; end <= stage.len; end++) {
            if (is_border(stage, end) && is_same(wanted, sv_drop(sv_take(stage, end), i)) &&
                !is_denied(sv_take(stage, i)))
                return true;
        }
    }
    return false;
}

bool names_mean(struct sv list, struct sv name, bool is_stage)
{
    while (list.ptr != NULL && name.len > 0) {
        struct sv one = sv_trim(sv_cut(list, ',', &list));

        if (one.len > 0 && (is_same(one, name) || (is_stage && has_words(name, one))))
            return true;
    }
    return false;
}
