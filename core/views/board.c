#include "core/views/board.h"

#include "core/views/board_row.h"
#include "core/views/past.h"

#include <stdlib.h>

enum {
    ARENA_CAP = 96 << 20,
    LINES_LEAST = 10,
    BATCH_FIRST = 64,
    BATCH_MOST = 4096, /* rows passed in one walk, when few of them are wanted */
    KNOWN_MAX = 64     /* rows of this walk that are looked through for siblings */
};

void board_init(struct board *b)
{
    *b = (struct board){0};
    arena_init(&b->arena, ARENA_CAP);
}

void board_release(struct board *b)
{
    arena_release(&b->arena);
    board_init(b);
}

/* ---- walking along the order ---- */

/* Wanted CodePipelines of one query, copied out of the cache's hands. */
struct batch {
    const struct board_query *query;
    struct arena *arena;
    struct pipeline_row *rows;
    int count;
    int limit;
    int passed;
    int looks;     /* left */
    int64_t last;  /* the row passed last */
    bool is_short; /* of memory */
};

/* Rows of other accounts do not count: how many there are is nothing that the person asked for. */
static bool refuse(struct batch *batch, const struct pipeline_row *row)
{
    const struct scope *scope = batch->query->scope;

    batch->looks -= scope == NULL || scope_find(scope, &row->id) != NULL;
    return batch->looks > 0;
}

static bool add_row(void *owner, const struct pipeline_row *row)
{
    struct batch *batch = owner;

    batch->passed++;
    batch->last = row->rowid;
    if (!board_wants(batch->query, row))
        return refuse(batch, row);
    batch->rows[batch->count] = *row;
    batch->is_short = !pipeline_row_keep(&batch->rows[batch->count], batch->arena);
    batch->count++;
    return !batch->is_short && batch->count < batch->limit;
}

/* Folded rows of one direction, nearest first. */
struct walk {
    struct cache *cache;
    const struct board_query *query;
    bool is_backward;
    int64_t after; /* 0 = from the start of its direction */
    int limit;
    struct arena *arena;
    struct board_row *rows;
    int count;
    bool counts_only;
    bool is_cut; /* it looked at as many as it may */
};

static struct pipeline_query query_of(const struct walk *w, int64_t after, int limit)
{
    struct pipeline_query query = {.sort = w->query->sort,
                                   .reverse = w->query->reverse != w->is_backward,
                                   .after_rowid = after,
                                   .limit = limit};

    if (w->query->filter != NULL)
        query.filter = filter_needle(w->query->filter, &query.filter_inverse);
    return query;
}

/* Has a row of this walk this CodePipeline already? Then its place was another's. */
static bool is_known(const struct walk *w, int64_t rowid)
{
    for (int i = w->count - 1; i >= 0 && i >= w->count - KNOWN_MAX && !w->counts_only; i--) {
        for (size_t k = 0; k < w->rows[i].pipeline_count; k++) {
            if (w->rows[i].rowids[k] == rowid)
                return true;
        }
    }
    return false;
}

/* All of the logical pipeline. Those that are alone by what they are keep out of it. */
static enum err_code siblings_of(struct cache *cache, const struct pipeline_row *row,
                                 struct arena *arena, struct pipeline_row **out, size_t *count,
                                 struct err *err)
{
    struct pipeline_row *rows = NULL;
    size_t found = 0;
    size_t kept = 0;
    enum err_code rc = ERR_OK;

    if (!board_is_alone(row))
        rc = cache_siblings(cache, row->id.partition, row->id.account, row->id.region, row->logical,
                            arena, &rows, &found, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < found; i++) {
        if (!board_is_alone(&rows[i]))
            rows[kept++] = rows[i];
    }
    if (kept == 0) {
        rows = arena_alloc(arena, 1, sizeof *rows);
        if (rows == NULL)
            return arena_err(arena, err);
        rows[kept++] = *row;
    }
    *out = rows;
    *count = kept;
    return ERR_OK;
}

static enum err_code fold(struct cache *cache, const struct pipeline_row *rows, size_t count,
                          const struct pipeline_row *place, struct arena *arena,
                          struct board_row *out, struct err *err)
{
    enum err_code rc = board_fold(cache, rows, count, arena, out, err);

    out->place = place->rowid;
    return rc;
}

static enum err_code add_folded(struct walk *w, const struct pipeline_row *row, struct err *err)
{
    struct pipeline_row *rows;
    const struct pipeline_row *place;
    size_t count;
    enum err_code rc;

    if (is_known(w, row->rowid))
        return ERR_OK;
    rc = siblings_of(w->cache, row, w->arena, &rows, &count, err);
    if (rc)
        return rc;
    place = board_place(w->query, rows, count);
    if (place == NULL || place->rowid != row->rowid)
        return ERR_OK;
    if (!w->counts_only)
        rc = fold(w->cache, rows, count, place, w->arena, &w->rows[w->count], err);
    w->count += rc == ERR_OK;
    return rc;
}

static enum err_code read_batch(struct walk *w, struct batch *batch, int limit, struct err *err)
{
    struct pipeline_query query = query_of(w, batch->last, limit);
    struct err why;
    enum err_code rc;

    batch->count = 0;
    batch->passed = 0;
    rc = cache_pipelines(w->cache, &query, add_row, batch, &why);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK; /* the row behind which it starts is gone: the next load tells */
    if (rc)
        return err_set(err, rc, "%s", why.text);
    return batch->is_short ? arena_err(batch->arena, err) : ERR_OK;
}

/* When few rows are wanted the batches grow, so that a long list is not begun anew too often. */
static enum err_code walk(struct walk *w, struct err *err)
{
    struct batch batch = {.query = w->query,
                          .arena = w->arena,
                          .limit = w->limit + 1,
                          .looks = w->query->looks > 0 ? w->query->looks : BOARD_LOOK_MAX,
                          .last = w->after};
    int limit = w->limit + 1 > BATCH_FIRST ? w->limit + 1 : BATCH_FIRST;
    enum err_code rc = ERR_OK;

    batch.rows = arena_alloc(w->arena, (size_t)batch.limit, sizeof *batch.rows);
    w->rows = arena_alloc(w->arena, w->counts_only ? 1 : (size_t)w->limit, sizeof *w->rows);
    if (batch.rows == NULL || w->rows == NULL)
        return arena_err(w->arena, err);
    while (rc == ERR_OK && w->count < w->limit) {
        rc = read_batch(w, &batch, limit, err);
        for (int i = 0; rc == ERR_OK && i < batch.count && w->count < w->limit; i++)
            rc = add_folded(w, &batch.rows[i], err);
        w->is_cut = batch.looks == 0 && w->count < w->limit;
        if (w->is_cut || (batch.passed < limit && batch.count < batch.limit))
            break;
        if (limit < BATCH_MOST)
            limit *= 2;
    }
    return rc;
}

/* ---- a window of the board as it is now ---- */

/* The row asked for, under this filter; its place is 0 when it is not there. */
static enum err_code find_row(struct board *b, struct cache *cache, const struct board_query *q,
                              struct board_row *out, struct err *err)
{
    struct cache_pipeline pipeline;
    struct pipeline_row *rows;
    const struct pipeline_row *place;
    size_t count;
    struct err why;
    enum err_code rc = cache_get_pipeline(cache, q->id, &b->arena, &pipeline, &why);

    *out = (struct board_row){0};
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return err_set(err, rc, "%s", why.text);
    rc = siblings_of(cache, &pipeline.row, &b->arena, &rows, &count, err);
    if (rc)
        return rc;
    place = board_place(q, rows, count);
    return place == NULL ? ERR_OK : fold(cache, rows, count, place, &b->arena, out, err);
}

static bool join(struct board *out, const struct walk *before, const struct board_row *middle,
                 const struct walk *behind)
{
    int count = before->count + (middle != NULL) + behind->count;
    int at = 0;

    out->rows = arena_alloc(&out->arena, (size_t)count, sizeof *out->rows);
    out->ids = arena_alloc(&out->arena, (size_t)count, sizeof *out->ids);
    if (out->rows == NULL || out->ids == NULL)
        return false;
    for (int i = before->count - 1; i >= 0; i--)
        out->rows[at++] = before->rows[i];
    if (middle != NULL)
        out->rows[at++] = *middle;
    for (int i = 0; i < behind->count; i++)
        out->rows[at++] = behind->rows[i];
    for (int i = 0; i < count; i++)
        out->ids[i] = out->rows[i].id;
    out->count = count;
    return true;
}

static enum err_code load_now(struct board *b, struct cache *cache, const struct board_query *q,
                              int *index, struct err *err)
{
    int lines = q->lines > LINES_LEAST ? q->lines : LINES_LEAST;
    /* The first paint waits for this: at an end few more than a screen are enough to go on. */
    int limit = q->from == BOARD_AROUND ? 2 * lines : lines + LINES_LEAST;
    struct walk before = {.cache = cache, .query = q, .is_backward = true, .arena = &b->arena};
    struct walk behind = {.cache = cache, .query = q, .arena = &b->arena};
    struct board_row middle = {0};
    bool is_around = q->from == BOARD_AROUND;
    enum err_code rc = is_around ? find_row(b, cache, q, &middle, err) : ERR_OK;

    *index = -1;
    if (rc || (is_around && middle.id != q->id))
        return rc;
    before.after = behind.after = middle.place;
    before.limit = behind.limit = limit;
    if (q->from != BOARD_START)
        rc = walk(&before, err);
    if (rc == ERR_OK && q->from != BOARD_END)
        rc = walk(&behind, err);
    if (rc)
        return rc;
    b->has_before = before.count == limit || before.is_cut;
    b->has_after = behind.count == limit || behind.is_cut;
    b->is_cut = before.is_cut || behind.is_cut;
    if (!join(b, &before, is_around ? &middle : NULL, &behind))
        return arena_err(&b->arena, err);
    *index = q->from == BOARD_START ? 0 : q->from == BOARD_END ? b->count - 1 : before.count;
    return ERR_OK;
}

/* ---- the whole board as it was ---- */

struct order {
    const struct board_query *query;
    const struct pipeline_row *place;
    const struct board_row *row;
};

static int by_order(const void *left, const void *right)
{
    const struct order *a = left;
    const struct order *b = right;

    return board_order(a->query, a->place, b->place);
}

/* Logical pipelines side by side, so that siblings are found without a search for each. */
static int by_logical(const void *left, const void *right)
{
    const struct pipeline_row *a = left;
    const struct pipeline_row *b = right;
    const struct sv pairs[][2] = {{a->id.partition, b->id.partition},
                                  {a->id.account, b->id.account},
                                  {a->id.region, b->id.region},
                                  {a->logical, b->logical}};

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        int order = sv_cmp(pairs[i][0], pairs[i][1]);

        if (order != 0)
            return order;
    }
    if (board_is_alone(a) != board_is_alone(b))
        return board_is_alone(a) ? -1 : 1;
    return sv_cmp(a->id.name, b->id.name);
}

static bool is_sibling(const struct pipeline_row *a, const struct pipeline_row *b)
{
    return !board_is_alone(a) && !board_is_alone(b) && sv_eq(a->logical, b->logical) &&
           sv_eq(a->id.region, b->id.region) && sv_eq(a->id.account, b->id.account) &&
           sv_eq(a->id.partition, b->id.partition);
}

static enum err_code fold_all(struct board *b, struct cache *cache, const struct board_query *q,
                              struct pipeline_row *rows, size_t count, struct err *err)
{
    struct board_row *folded = arena_alloc(&b->arena, count, sizeof *folded);
    struct order *order = arena_alloc(&b->arena, count, sizeof *order);
    size_t found = 0;

    b->rows = arena_alloc(&b->arena, count, sizeof *b->rows);
    b->ids = arena_alloc(&b->arena, count, sizeof *b->ids);
    if (folded == NULL || order == NULL || b->rows == NULL || b->ids == NULL)
        return arena_err(&b->arena, err);
    for (size_t i = 0, next; i < count; i = next) {
        const struct pipeline_row *place;
        enum err_code rc;

        for (next = i + 1; next < count && is_sibling(&rows[i], &rows[next]);)
            next++;
        place = board_place(q, &rows[i], next - i);
        if (place == NULL)
            continue;
        rc = fold(cache, &rows[i], next - i, place, &b->arena, &folded[found], err);
        if (rc)
            return rc;
        order[found] = (struct order){q, place, &folded[found]};
        found++;
    }
    if (found > 1)
        qsort(order, found, sizeof *order, by_order);
    for (size_t i = 0; i < found; i++) {
        b->rows[i] = *order[i].row;
        b->ids[i] = b->rows[i].id;
    }
    b->count = (int)found;
    return ERR_OK;
}

static enum err_code load_past(struct board *b, struct cache *cache, const struct board_query *q,
                               int *index, struct err *err)
{
    struct pipeline_row *rows;
    size_t count;
    enum err_code rc = past_rows(cache, q->scope, q->at_ms, &b->arena, &rows, &count, err);

    *index = -1;
    if (rc)
        return rc;
    if (count > 1)
        qsort(rows, count, sizeof *rows, by_logical);
    rc = fold_all(b, cache, q, rows, count, err);
    if (rc)
        return rc;
    if (q->from != BOARD_AROUND)
        *index = q->from == BOARD_START ? 0 : b->count - 1;
    for (int i = 0; q->from == BOARD_AROUND && i < b->count; i++) {
        if (b->ids[i] == q->id)
            *index = i;
    }
    return ERR_OK;
}

enum err_code board_load(struct board *b, struct cache *cache, const struct board_query *query,
                         int *index, struct err *err)
{
    struct board fresh;
    int at = -1;
    enum err_code rc;

    board_init(&fresh);
    rc = query->at_ms != 0 ? load_past(&fresh, cache, query, &at, err)
                           : load_now(&fresh, cache, query, &at, err);
    if (rc == ERR_OK)
        *index = at;
    if (rc || (query->from == BOARD_AROUND && at < 0)) {
        board_release(&fresh);
        return rc;
    }
    board_release(b);
    *b = fresh;
    return ERR_OK;
}

enum err_code board_count(struct cache *cache, const struct board_query *query, int64_t *count,
                          bool *has_more, struct err *err)
{
    struct arena arena;
    struct walk all = {.cache = cache,
                       .query = query,
                       .limit = BOARD_COUNT_MAX + 1,
                       .arena = &arena,
                       .counts_only = true};
    enum err_code rc;

    arena_init(&arena, ARENA_CAP);
    rc = walk(&all, err);
    arena_release(&arena);
    if (rc)
        return rc;
    *has_more = all.count > BOARD_COUNT_MAX || all.is_cut;
    *count = all.count > BOARD_COUNT_MAX ? BOARD_COUNT_MAX : all.count;
    return ERR_OK;
}
