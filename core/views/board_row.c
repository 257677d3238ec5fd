#include "core/views/board_row.h"

#include <stdlib.h>

enum { CELLS_MAX = 256 };

int environment_cmp(struct sv a, struct sv b)
{
    static const char *const first[] = {"dev", "test", "val", "prod"};

    for (size_t i = 0; i < ARRAY_LEN(first); i++) {
        bool is_a = sv_eq(a, sv_of(first[i]));
        bool is_b = sv_eq(b, sv_of(first[i]));

        if (is_a || is_b)
            return (int)is_b - (int)is_a;
    }
    return sv_cmp(a, b);
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int board_order(const struct board_query *query, const struct pipeline_row *a,
                const struct pipeline_row *b)
{
    bool is_falling = query->reverse != (query->sort == SORT_CHANGED);
    int order = 0;

    switch (query->sort) {
    case SORT_ATTENTION:
        order = compare(status_rank(a->status), status_rank(b->status));
        if (order == 0)
            order = compare(b->changed_at, a->changed_at);
        break;
    case SORT_NAME:
        order = sv_cmp(a->logical, b->logical);
        break;
    case SORT_CHANGED:
        order = compare(a->changed_at, b->changed_at);
        break;
    case SORT_STATUS:
        order = compare(status_rank(a->status), status_rank(b->status));
        if (order == 0)
            order = compare(a->status, b->status);
        break;
    case SORT_COUNT:
        break;
    }
    if (order == 0)
        order = sv_cmp(a->id.name, b->id.name);
    if (order == 0)
        order = compare(a->rowid, b->rowid);
    return is_falling ? -order : order;
}

static bool is_held(struct sv strip)
{
    struct stage_mark mark;

    while (stage_strip_next(&strip, &mark)) {
        if (!mark.transition_enabled)
            return true;
    }
    return false;
}

static bool is_problem(const struct pipeline_row *row)
{
    enum status_kind kind = status_kind(row->status);

    return kind == STATUS_KIND_BAD || kind == STATUS_KIND_ATTENTION || row->trouble.len > 0 ||
           is_held(row->stages);
}

bool board_wants(const struct board_query *query, const struct pipeline_row *row)
{
    if (query->scope != NULL && scope_find(query->scope, &row->id) == NULL)
        return false;
    if (query->only_problems && !is_problem(row))
        return false;
    return query->filter == NULL || filter_matches_row(query->filter, row);
}

/* Names alone fold only what gitflow made; a tag that groups gives another logical name. */
bool board_is_alone(const struct pipeline_row *row)
{
    return row->strategy != FOLD_GITFLOW && sv_eq(row->logical, row->id.name);
}

const struct pipeline_row *board_place(const struct board_query *query,
                                       const struct pipeline_row *rows, size_t count)
{
    const struct pipeline_row *first = NULL;

    for (size_t i = 0; i < count; i++) {
        if (first != NULL && board_order(query, first, &rows[i]) < 0)
            continue;
        if (board_wants(query, &rows[i]))
            first = &rows[i];
    }
    return first;
}

static const struct pipeline_row *most_urgent(const struct pipeline_row *rows, size_t count)
{
    static const struct board_query by_attention = {.sort = SORT_ATTENTION};

    return board_place(&by_attention, rows, count);
}

static int by_environment(const void *left, const void *right)
{
    const struct board_cell *a = left;
    const struct board_cell *b = right;
    int order = environment_cmp(a->environment, b->environment);

    return order != 0 ? order : compare(a->rowid, b->rowid);
}

static size_t count_cells(const struct pipeline_row *row)
{
    struct sv strip = row->cells;
    struct cell_mark mark;
    size_t count = row->environment.len > 0;

    while (cell_strip_next(&strip, &mark))
        count++;
    return count;
}

static size_t add_cells(const struct pipeline_row *row, struct board_cell *cells)
{
    struct sv strip = row->cells;
    struct cell_mark mark;
    size_t count = 0;

    if (row->environment.len > 0)
        cells[count++] = (struct board_cell){.environment = row->environment,
                                             .rowid = row->rowid,
                                             .name = row->id.name,
                                             .status = row->status,
                                             .is_held = is_held(row->stages),
                                             .execution_id = row->execution_id,
                                             .revision = row->revision,
                                             .changed_at = row->changed_at};
    while (cell_strip_next(&strip, &mark))
        cells[count++] = (struct board_cell){
            .environment = mark.environment,
            .rowid = row->rowid,
            .name = row->id.name,
            .status = mark.status,
            .is_held = mark.is_held,
            .execution_id = mark.execution_id,
            .revision = sv_eq(mark.execution_id, row->execution_id) ? row->revision : SV_NONE,
            .changed_at = mark.changed_at};
    return count;
}

/* What an environment runs that the pipeline has left behind is looked up once for neighbours. */
static enum err_code find_revision(struct cache *cache, struct board_cell *cell,
                                   const struct board_cell *before, struct arena *arena,
                                   struct board_row *out, struct err *err)
{
    struct execution execution;
    struct err why;
    enum err_code rc;

    if (cell->revision.ptr != NULL || cell->execution_id.len == 0)
        return ERR_OK;
    if (before != NULL && before->rowid == cell->rowid &&
        sv_eq(before->execution_id, cell->execution_id)) {
        cell->revision = before->revision;
        return ERR_OK;
    }
    rc = cache_get_execution(cache, cell->rowid, cell->execution_id, arena, &execution, &why);
    if (rc == ERR_OK)
        cell->revision = execution.revision;
    out->misses_revision = out->misses_revision || rc == ERR_NOT_FOUND;
    return rc == ERR_OK || rc == ERR_NOT_FOUND ? ERR_OK : err_set(err, rc, "%s", why.text);
}

static enum err_code fold_cells(struct cache *cache, const struct pipeline_row *rows, size_t count,
                                struct arena *arena, struct board_row *out, struct err *err)
{
    struct board_cell *cells;
    size_t cell_count = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < count; i++)
        cell_count += count_cells(&rows[i]);
    if (cell_count > CELLS_MAX)
        return err_set(err, ERR_LIMIT, "a pipeline of over %d environments", CELLS_MAX);
    cells = arena_alloc(arena, cell_count, sizeof *cells);
    if (cells == NULL)
        return arena_err(arena, err);
    cell_count = 0;
    for (size_t i = 0; i < count; i++)
        cell_count += add_cells(&rows[i], cells + cell_count);
    if (cell_count > 1)
        qsort(cells, cell_count, sizeof *cells, by_environment);
    for (size_t i = 0; rc == ERR_OK && i < cell_count; i++)
        rc = find_revision(cache, &cells[i], i > 0 ? &cells[i - 1] : NULL, arena, out, err);
    out->cells = cells;
    out->cell_count = cell_count;
    return rc;
}

enum err_code board_fold(struct cache *cache, const struct pipeline_row *rows, size_t count,
                         struct arena *arena, struct board_row *out, struct err *err)
{
    int64_t *rowids = arena_alloc(arena, count, sizeof *rowids);

    if (rowids == NULL)
        return arena_err(arena, err);
    *out = (struct board_row){.id = rows[0].rowid,
                              .lead = *most_urgent(rows, count),
                              .rowids = rowids,
                              .pipeline_count = count};
    for (size_t i = 0; i < count; i++) {
        rowids[i] = rows[i].rowid;
        if (rowids[i] < out->id)
            out->id = rowids[i];
    }
    return fold_cells(cache, rows, count, arena, out, err);
}
