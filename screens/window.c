#include "screens/window.h"

enum { ARENA_CAP = 16 << 20, LINES_LEAST = 10 };

void window_init(struct window *w)
{
    *w = (struct window){0};
    arena_init(&w->arena, ARENA_CAP);
}

void window_release(struct window *w)
{
    arena_release(&w->arena);
    window_init(w);
}

/* Rows of one query, copied out of the cache's hands. */
struct batch {
    struct arena *arena;
    const struct window_query *query;
    struct pipeline_row *rows;
    int count;
    int limit;
    int refused;
    bool is_short; /* of memory */
};

static bool is_in_scope(const struct window_query *q, const struct pipeline_row *row)
{
    return q->scope == NULL || scope_find(q->scope, &row->id) != NULL;
}

/* Rows of other accounts, and those that a filter of more than one needle refuses, are left out
 * here: then only we know when there are enough. */
static bool passes(const struct window_query *q, const struct pipeline_row *row)
{
    return filter_is_needle(q->filter) || filter_matches_row(q->filter, row);
}

static bool takes_all(const struct window_query *q)
{
    return q->scope == NULL && (q->filter->count == 0 || filter_is_needle(q->filter));
}

static bool add_row(void *owner, const struct pipeline_row *row)
{
    struct batch *batch = owner;

    if (!is_in_scope(batch->query, row))
        return true;
    if (!passes(batch->query, row))
        return ++batch->refused < WINDOW_LOOK_MAX;
    batch->rows[batch->count] = *row;
    batch->is_short = !pipeline_row_keep(&batch->rows[batch->count], batch->arena);
    batch->count++;
    return !batch->is_short && batch->count < batch->limit;
}

static struct pipeline_query query_of(const struct window_query *q)
{
    struct pipeline_query query = {.sort = q->sort, .reverse = q->reverse};

    query.filter = filter_needle(q->filter, &query.filter_inverse);
    return query;
}

/* With a needle the cache collects before it gives, so it is told what we will look at at most. */
static int limit_of(const struct window_query *q, int limit)
{
    return takes_all(q) ? limit : q->scope != NULL ? 0 : limit + WINDOW_LOOK_MAX;
}

static enum err_code run(struct cache *cache, struct pipeline_query *query, struct batch *batch,
                         struct err *err)
{
    enum err_code rc;

    query->limit = limit_of(batch->query, batch->limit - batch->count);
    rc = cache_pipelines(cache, query, add_row, batch, err);
    if (rc == ERR_OK && batch->is_short)
        rc = arena_err(batch->arena, err);
    return rc;
}

static void flip(struct batch *batch)
{
    for (int i = 0, k = batch->count - 1; i < k; i++, k--) {
        struct pipeline_row row = batch->rows[i];

        batch->rows[i] = batch->rows[k];
        batch->rows[k] = row;
    }
}

/* The rows before one, or the list's last ones for 0: those behind it in the opposite order,
 * turned round. */
static enum err_code run_before(struct cache *cache, const struct window_query *q, int64_t rowid,
                                struct batch *batch, struct err *err)
{
    struct pipeline_query query = query_of(q);
    enum err_code rc;

    query.reverse = !query.reverse;
    query.after_rowid = rowid;
    rc = run(cache, &query, batch, err);
    flip(batch);
    return rc;
}

/* The row itself, then those on either side of it. */
static enum err_code run_around(struct cache *cache, const struct window_query *q,
                                struct batch *before, struct batch *behind, struct err *err)
{
    struct pipeline_query query = query_of(q);
    struct cache_pipeline asked;
    struct err why;
    enum err_code rc = cache_get_pipeline(cache, q->rowid, behind->arena, &asked, &why);

    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return err_set(err, rc, "%s", why.text);
    if (!is_in_scope(q, &asked.row) || !filter_matches_row(q->filter, &asked.row))
        return ERR_OK;
    behind->rows[behind->count++] = asked.row;
    query.after_rowid = q->rowid;
    rc = run(cache, &query, behind, err);
    return rc ? rc : run_before(cache, q, q->rowid, before, err);
}

static bool join(struct window *out, const struct batch *before, const struct batch *behind)
{
    int count = before->count + behind->count;

    out->rows = arena_alloc(&out->arena, (size_t)count + 1, sizeof *out->rows);
    out->ids = arena_alloc(&out->arena, (size_t)count + 1, sizeof *out->ids);
    if (out->rows == NULL || out->ids == NULL)
        return false;
    for (int i = 0; i < count; i++) {
        out->rows[i] = i < before->count ? before->rows[i] : behind->rows[i - before->count];
        out->ids[i] = out->rows[i].rowid;
    }
    out->count = count;
    return true;
}

static enum err_code read_rows(struct window *out, struct cache *cache,
                               const struct window_query *q, int *index, struct err *err)
{
    int limit = 2 * (q->lines > LINES_LEAST ? q->lines : LINES_LEAST);
    struct batch before = {.arena = &out->arena, .query = q, .limit = limit};
    struct batch behind = {.arena = &out->arena, .query = q, .limit = limit + 1};
    struct pipeline_query query = query_of(q);
    enum err_code rc = ERR_OK;

    before.rows = arena_alloc(&out->arena, (size_t)before.limit, sizeof *before.rows);
    behind.rows = arena_alloc(&out->arena, (size_t)behind.limit, sizeof *behind.rows);
    if (before.rows == NULL || behind.rows == NULL)
        return arena_err(&out->arena, err);
    if (q->from == LIST_START)
        rc = run(cache, &query, &behind, err);
    else if (q->from == LIST_END)
        rc = run_before(cache, q, 0, &before, err);
    else
        rc = run_around(cache, q, &before, &behind, err);
    if (rc)
        return rc;
    out->has_before = before.count == before.limit || before.refused == WINDOW_LOOK_MAX;
    out->has_after = behind.count == behind.limit || behind.refused == WINDOW_LOOK_MAX;
    out->is_cut = before.refused == WINDOW_LOOK_MAX || behind.refused == WINDOW_LOOK_MAX;
    if (!join(out, &before, &behind))
        return arena_err(&out->arena, err);
    *index = q->from == LIST_START ? 0 : before.count - (q->from == LIST_END);
    if (q->from == LIST_AROUND && behind.count == 0)
        *index = -1;
    return ERR_OK;
}

enum err_code window_load(struct window *w, struct cache *cache, const struct window_query *query,
                          int *index, struct err *err)
{
    struct window fresh;
    enum err_code rc;

    window_init(&fresh);
    rc = read_rows(&fresh, cache, query, index, err);
    if (rc || (query->from == LIST_AROUND && *index < 0)) {
        window_release(&fresh);
        return rc;
    }
    window_release(w);
    *w = fresh;
    return ERR_OK;
}

struct tally {
    const struct window_query *query;
    int64_t count;
    int refused;
};

static bool count_row(void *owner, const struct pipeline_row *row)
{
    struct tally *tally = owner;

    if (!is_in_scope(tally->query, row))
        return true;
    if (passes(tally->query, row))
        return ++tally->count <= WINDOW_COUNT_MAX;
    return ++tally->refused < WINDOW_LOOK_MAX;
}

enum err_code window_count(struct cache *cache, const struct window_query *query, int64_t *count,
                           bool *has_more, struct err *err)
{
    struct pipeline_query all = query_of(query);
    struct tally tally = {.query = query};
    enum err_code rc;

    all.limit = limit_of(query, WINDOW_COUNT_MAX + 1);
    rc = cache_pipelines(cache, &all, count_row, &tally, err);
    if (rc)
        return rc;
    *has_more = tally.count > WINDOW_COUNT_MAX || tally.refused == WINDOW_LOOK_MAX;
    *count = tally.count > WINDOW_COUNT_MAX ? WINDOW_COUNT_MAX : tally.count;
    return ERR_OK;
}
