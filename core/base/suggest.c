#include "core/base/suggest.h"

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

/* A word of two letters is near to everything, so as many letters as slips must be left. */
void suggest_consider(struct sv word, const char *candidate, struct suggestion *best)
{
    struct sv known = sv_of(candidate);
    size_t most = best->word == NULL ? SLIPS_MAX + 1 : best->slips;
    size_t d;

    if (known.len > WORD_MAX || word.len > WORD_MAX || known.len == 0)
        return;
    d = distance(word, known);
    if (sv_starts(known, word) && word.len >= 2)
        d = 1;
    if (d < most && d * 2 <= known.len)
        *best = (struct suggestion){candidate, d};
}
