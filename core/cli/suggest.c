/* "Did you mean": the known word that is at most two slips of the finger away. */
#include "core/cli/verb.h"

enum { WORD_MAX = 24, SLIPS_MAX = 2 };

static size_t less(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters added, left out, mistaken, or swapped with their neighbour. */
static size_t distance(struct sv a, struct sv b)
{
    size_t rows[WORD_MAX + 1][WORD_MAX + 1];

    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        rows[i][0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t other = a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1;

            rows[i][j] = less(less(rows[i - 1][j], rows[i][j - 1]) + 1, rows[i - 1][j - 1] + other);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1])
                rows[i][j] = less(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    }
    return rows[a.len][b.len];
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
