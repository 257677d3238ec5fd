/* Filters: what a person types to narrow a list.
 *
 * Terms are separated by blanks and must all hold: `text` is contained, `!text` is not, `~text` has
 * its letters in this order, `re:pattern` is a POSIX extended regular expression, `field:text`
 * looks into one field only (with ! ~ re: before the text: `status:!ok`). "quotes" keep blanks.
 * Case never matters. Pure. */
#ifndef PENSTOCK_VIEWS_FILTER_H
#define PENSTOCK_VIEWS_FILTER_H

#include "core/cache/cache.h"

enum { FILTER_TERM_MAX = 8, FILTER_TEXT_MAX = 256 };

struct filter_term;
struct filter {
    struct filter_term *terms;
    size_t count; /* 0 = everything passes */
};

/* What a term looks into. */
struct filter_field {
    const char *name; /* "status" */
    struct sv text;
};

/* ERR_USAGE says what is wrong (a pattern that is none, an unknown field, too many terms) and what
 * to type instead; *out is then empty. fields: the names that may be used; NULL ends them. */
enum err_code filter_parse(struct sv text, const char *const *fields, struct filter *out,
                           struct err *err) MUST_CHECK;
void filter_release(struct filter *filter);

bool filter_matches(const struct filter *filter, const struct filter_field *fields, size_t count);
/* name logical environment status account region revision summary trigger stage waiting error */
extern const char *const filter_row_fields[];
bool filter_matches_row(const struct filter *filter, const struct pipeline_row *row);

/* The piece that the cache's index can look for, before filter_matches_row decides: the longest
 * plain term without a field; SV_NONE when there is none. */
struct sv filter_needle(const struct filter *filter, bool *is_inverse);
/* The needle says it all: rows that the cache gives need no second look. */
bool filter_is_needle(const struct filter *filter);

/* A regular expression that would take hours or gigabytes to compile or to match: many repeats of
 * repeats, or \1. */
bool pattern_is_dear(struct sv pattern);

/* Does text have the pattern's letters in this order? *score: higher is better (word starts,
 * neighbours). An empty pattern fits everything. */
bool fuzzy_match(struct sv pattern, struct sv text, int *score);

#endif
