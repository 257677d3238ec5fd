/* Made-up pipelines for a cache: as many as wanted, each told apart by its number, in the shape of
 * real ones (three stages, four actions, a commit message).
 *
 * What is searched has common pieces, pieces that one row in some 20,000 has, and pieces unique to
 * a row, so that a filter meets its best and its worst case. */
#ifndef PENSTOCK_BENCH_FILL_H
#define PENSTOCK_BENCH_FILL_H

#include "core/cache/cache.h"

enum {
    FILL_STAGES = 3,
    FILL_ACTIONS = 4,
    FILL_STAGES_MAX = 6, /* of those for a board, each with one action */
    FILL_NAME_MAX = 101,
    FILL_TEXT_MAX = 160
};

/* Everything the puts need, pointing into itself: neither copied nor moved. */
struct fill {
    struct pipeline_id id;
    struct pipeline_def def;
    struct pipeline_state state;
    struct execution latest;
    struct stage_def stage_defs[FILL_STAGES_MAX];
    struct action_def action_defs[FILL_STAGES_MAX];
    struct stage_state stages[FILL_STAGES_MAX];
    struct action_state actions[FILL_STAGES_MAX];
    char name[FILL_NAME_MAX];
    char arn[FILL_TEXT_MAX];
    char execution_id[FILL_TEXT_MAX];
    char revision[FILL_TEXT_MAX];
    char summary[FILL_TEXT_MAX];
    char build[FILL_TEXT_MAX];
    char stage_names[FILL_STAGES_MAX][FILL_TEXT_MAX];
};

/* Pipeline number i as it is in its generation-th execution. */
void fill_make(struct fill *f, long i, long generation);
/* The same for a board: of eight numbers six are two gitflow pipelines of three environments, one
 * is a trunk pipeline and one nobody's. They ran in the weeks before latest_ms. */
void fill_make_board(struct fill *f, long i, int64_t latest_ms);
/* Put numbers [from, to) in one transaction; def_too also makes the rows. */
enum err_code fill_put(struct cache *cache, long from, long to, long generation, bool def_too,
                       struct err *err) MUST_CHECK;

#endif
