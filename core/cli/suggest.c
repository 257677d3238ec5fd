/* "Did you mean": the known word that is at most two slips of the finger away. */
#include "core/cli/verb.h"

enum { WORD_MAX = 24, SLIPS_MAX = 2 };

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein's distance, one row at a time. */
static size_t distance(struct sv a, struct sv b)
{
    size_t row[WORD_MAX + 1];

    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            size_t swap = corner + (a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1);

            row[j] = least_of(above + 1, row[j - 1] + 1, swap);
            corner = above;
        }
    }
    return row[b.len];
}

/* Take candidate instead of *best when it is nearer. A word of two letters is near to everything,
 * so as many letters as slips must be left. */
static void consider(struct sv word, const char *candidate, const char **best, size_t *slips)
{
    struct sv known = sv_of(candidate);
    size_t d;

    if (known.len > WORD_MAX || word.len > WORD_MAX || known.len == 0)
        return;
    d = distance(word, known);
    if (sv_starts(known, word) && word.len >= 2)
        d = 1;
    if (d < *slips && d * 2 <= known.len) {
        *best = candidate;
        *slips = d;
    }
}

const char *suggest_verb(const char *word)
{
    const char *best = NULL;
    size_t slips = SLIPS_MAX + 1;

    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (verb_table[i].word != NULL && verb_table[i].help != NULL)
            consider(sv_of(word), verb_table[i].word, &best, &slips);
    }
    return best;
}

const char *suggest_option(const char *word, size_t len)
{
    const char *best = NULL;
    size_t slips = SLIPS_MAX + 1;

    for (size_t i = 0; i < OPTION_COUNT; i++)
        consider(sv_make(word, len), option_table[i].word, &best, &slips);
    return best;
}
