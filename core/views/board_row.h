/* Board rows: CodePipelines that share a logical pipeline, folded into one row with its cells. What
 * the board of now and that of the past have in common. */
#ifndef PENSTOCK_VIEWS_BOARD_ROW_H
#define PENSTOCK_VIEWS_BOARD_ROW_H

#include "core/views/board.h"

/* The cache's order of the query, also for rows that are not in the cache as they are. */
int board_order(const struct board_query *query, const struct pipeline_row *a,
                const struct pipeline_row *b);
/* Does this CodePipeline let its row pass? */
bool board_wants(const struct board_query *query, const struct pipeline_row *row);

/* Alone in its logical pipeline by what it is: no other row needs to be looked for. */
bool board_is_alone(const struct pipeline_row *row);
/* The first wanted one in the order; NULL when none is wanted. */
const struct pipeline_row *board_place(const struct board_query *query,
                                       const struct pipeline_row *rows, size_t count);
/* rows are all of one logical pipeline; their text lives in the arena. */
enum err_code board_fold(struct cache *cache, const struct pipeline_row *rows, size_t count,
                         struct arena *arena, struct board_row *out, struct err *err) MUST_CHECK;

#endif
