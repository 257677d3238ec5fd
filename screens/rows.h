/* Rows: a short list that is read whole from one document of the cache, with a cursor that is bound
 * to what it stands on. What the lists of stacks, branches, commits and files have in common.
 *
 * The state of such a screen begins with its struct rows, so that what struct screen wants of every
 * list (open, choose, point, release) stands here once. */
#ifndef PENSTOCK_SCREENS_ROWS_H
#define PENSTOCK_SCREENS_ROWS_H

#include "tui/console.h"
#include "tui/table.h"
#include "tui/work.h"

struct rows {
    struct target target;
    struct arena arena; /* of what is shown: cleared at each load */
    bool is_open;
    struct table table;
    const int64_t *ids; /* the owner's, until the next rows_set */
    const void **shown; /* the rows behind them */
    int count;          /* that pass the filter */
    bool is_filtered;
    bool is_known;           /* the document was read once */
    char note[ERR_TEXT_MAX]; /* "AWS is being asked.", why it could not be; "" = nothing to tell */
};

/* What one such list is; state is the screen's, row one of the items that were picked from. */
struct rows_kind {
    const struct view *view;
    const char *aged;    /* the column of ages; NULL = it has none */
    const char *nothing; /* what to say when there is really no row */
    int64_t (*id)(const void *row);
    bool (*passes)(const void *state, const void *row, const struct filter *filter);
    void (*write)(const void *state, const void *row, const char *column,
                  const struct view_look *look, struct sb *out);
    enum style (*style)(const void *row, const char *column); /* NULL = plain */
    int64_t (*moment)(const void *row);                       /* of its age; NULL = it has none */
    struct sv (*remark)(const void *row);                     /* printed behind it; NULL = none */
};

/* For struct screen. */
void rows_open(void *state, const struct target *target);
void rows_release(void *state);
bool rows_choose(void *state, int number);
bool rows_point(void *state, int line);

/* After the document was looked up: an error that is another one than ERR_NOT_FOUND is the load's;
 * else rows_tell for the screen's own target. */
enum err_code rows_found(struct rows *r, const struct screen_input *input, enum errand errand,
                         enum err_code found, const struct err *why, struct err *err) MUST_CHECK;
/* The items that pass the filter; lines: for rows, without the titles. Ids and rows are the
 * arena's. */
enum err_code rows_pick(struct rows *r, const struct rows_kind *kind, const void *items,
                        size_t count, size_t size, const struct screen_input *input, int lines,
                        struct err *err) MUST_CHECK;
const void *rows_under(const struct rows *r); /* the cursor; NULL = there is none */
void rows_draw(const struct rows *r, const struct rows_kind *kind, const struct view_look *look,
               struct canvas *c, struct rect area);
enum err_code rows_print(const struct rows *r, const struct rows_kind *kind,
                         const struct view_look *look, struct sb *out, struct err *err) MUST_CHECK;
/* For targets of a screen: the one under the cursor, when there is one. */
size_t rows_target(bool is_there, const struct target *cursor, struct target *out, size_t max);

/* What stands for a row's identity, never 0. */
int64_t rows_id(struct sv a, struct sv b, struct sv c);
/* lines: for rows, without the titles. The cursor stays on its row, else near it. */
void rows_set(struct rows *r, const int64_t *ids, int count, int lines);
/* After each load: what is to be told of the errand that reads it for this target. */
void rows_tell(struct rows *r, const struct screen_input *input, enum errand errand,
               const struct target *target, bool is_known);
/* Why there is no row; nothing is what to say when there is really none. */
struct sv rows_sentence(const struct rows *r, const char *nothing);
/* Moves, FILTER, BACK, LEAVE, COPY and COPY_MENU. */
void rows_handle(struct rows *r, enum command command, struct answer *out);
void rows_facts(const struct rows *r, const struct rows_kind *kind, const char *crumb,
                const struct view_look *look, struct screen_facts *out);

#endif
