/* The board: one row per logical pipeline, one cell per environment; what failed or waits comes
 * first. Trunk pipelines have their cells in one CodePipeline, gitflow in one each; a pipeline that
 * penstock did not make is a row without cells, with its stages.
 *
 * A window of rows is loaded around one of them, as the list may be long: a row's place is that
 * of the first of its CodePipelines that pass. At most `looks` rows that do not pass are looked at
 * in each direction, so that no filter holds the screen up; is_cut says that there may be more.
 * With at_ms the board is as it was then, by undoing the recorded transitions; that is read whole,
 * up to BOARD_PAST_MAX rows. */
#ifndef PENSTOCK_VIEWS_BOARD_H
#define PENSTOCK_VIEWS_BOARD_H

#include "core/views/filter.h"
#include "core/views/past.h"

enum { BOARD_PAST_MAX = 10000, BOARD_COUNT_MAX = 1000, BOARD_LOOK_MAX = 10000 };

struct board_cell {
    struct sv environment;
    int64_t rowid;  /* of its CodePipeline */
    struct sv name; /* of that */
    enum status status;
    bool is_held;
    struct sv execution_id;
    struct sv revision; /* "" when its execution is not known yet */
    int64_t changed_at;
};

struct board_row {
    int64_t id;               /* the smallest rowid of its CodePipelines: stays while they live */
    struct pipeline_row lead; /* the CodePipeline that needs a person most */
    int64_t place;            /* rowid of the one whose place in the order is the row's */
    const struct board_cell *cells; /* dev test val prod first, then by name */
    size_t cell_count;
    const int64_t *rowids; /* of all its CodePipelines */
    size_t pipeline_count;
    bool misses_revision; /* some cell's execution is not known: its history should be read */
};

struct board {
    struct arena arena;
    struct board_row *rows;
    int64_t *ids;
    int count;
    bool has_before;
    bool has_after;
    bool is_cut; /* it stopped looking before it had all the rows it wanted */
};

enum board_from { BOARD_START, BOARD_END, BOARD_AROUND };

struct board_query {
    enum sort sort;
    bool reverse;
    const struct filter *filter; /* a row passes when one of its CodePipelines does */
    bool only_problems;          /* failed, waiting, stopped, held, or not readable */
    const struct scope *scope;   /* NULL = every row */
    enum board_from from;
    int64_t id; /* BOARD_AROUND */
    int lines;
    int looks;     /* 0 = BOARD_LOOK_MAX */
    int64_t at_ms; /* 0 = now */
};

void board_init(struct board *b);
void board_release(struct board *b);
/* *index: the first for START, the last for END, -1 when id is not in the list; the board is then
 * left as it was. */
enum err_code board_load(struct board *b, struct cache *cache, const struct board_query *query,
                         int *index, struct err *err) MUST_CHECK;
/* Rows that pass, counted up to BOARD_COUNT_MAX, and no further than a load looks. */
enum err_code board_count(struct cache *cache, const struct board_query *query, int64_t *count,
                          bool *has_more, struct err *err) MUST_CHECK;

/* The order of environments on every screen: dev, test, val, prod first, others by name. */
int environment_cmp(struct sv a, struct sv b);

#endif
