/* Rows: a short list that is read whole from one document of the cache, with a cursor that is bound
 * to what it stands on. What the lists of stacks, branches, commits and files have in common. */
#ifndef PENSTOCK_SCREENS_ROWS_H
#define PENSTOCK_SCREENS_ROWS_H

#include "tui/console.h"
#include "tui/table.h"
#include "tui/work.h"

struct rows {
    struct table table;
    const int64_t *ids; /* the owner's, until the next rows_set */
    int count;          /* that pass the filter */
    bool is_filtered;
    bool is_known;           /* the document was read once */
    char note[ERR_TEXT_MAX]; /* "AWS is being asked.", why it could not be; "" = nothing to tell */
};

/* What stands for a row's identity, never 0. */
int64_t rows_id(struct sv a, struct sv b, struct sv c);
/* lines: for rows, without the titles. The cursor stays on its row, else near it. */
void rows_set(struct rows *r, const int64_t *ids, int count, int lines);
/* After each load: what is to be told of the errand that reads it for this target. */
void rows_tell(struct rows *r, const struct screen_input *input, enum errand errand,
               const struct target *target, bool is_known);
/* Why there is no row; nothing is what to say when there is really none. */
struct sv rows_sentence(const struct rows *r, const char *nothing);
int rows_at(const struct rows *r); /* -1 = there is none */
/* Moves, FILTER, BACK, LEAVE, COPY and COPY_MENU. */
void rows_handle(struct rows *r, enum command command, struct answer *out);
bool rows_choose(struct rows *r, int number);
bool rows_point(struct rows *r, int line);
/* Asked again and again while something moves; a moment's age is drawn in steps. */
void rows_facts(const struct rows *r, const char *crumb, struct screen_facts *out);

#endif
