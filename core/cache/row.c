/* One pipeline's row, as the writers find it. */
#include "core/cache/store.h"

enum { ATTENTION_TIME_BITS = 48, STATUS_ORDER_BITS = 8 };

static void bind_id(struct db_stmt *st, const struct pipeline_id *id)
{
    db_bind_sv(st, 1, id->partition);
    db_bind_sv(st, 2, id->account);
    db_bind_sv(st, 3, id->region);
    db_bind_sv(st, 4, id->name);
}

/* The number that a statement finds for an identity; 0 without one. */
static enum err_code find(struct cache *cache, enum statement which, const struct pipeline_id *id,
                          int64_t *out, struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = use(cache, which, &st, err);

    if (rc)
        return rc;
    bind_id(st, id);
    rc = db_step(cache->db, st, &has_row, err);
    if (rc)
        return rc;
    *out = has_row ? db_int(st, 0) : 0;
    db_reset(st);
    return ERR_OK;
}

enum err_code cache_find_id(struct cache *cache, const struct pipeline_id *id, int64_t *rowid,
                            struct err *err)
{
    return find(cache, STATEMENT_FIND_ID, id, rowid, err);
}

enum err_code row_add_subject(struct cache *cache, const struct pipeline_id *id, int64_t *out,
                              struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_SUBJECT_ADD, &st, err);

    if (rc)
        return rc;
    bind_id(st, id);
    rc = db_run(cache->db, st, err);
    if (rc == ERR_OK)
        *out = db_last_id(cache->db);
    return rc;
}

static enum err_code read_old(struct cache *cache, struct db_stmt *st, struct old_row *old,
                              struct err *err)
{
    old->is_there = true;
    old->state_hash = (uint64_t)db_int(st, 0);
    old->def_hash = (uint64_t)db_int(st, 1);
    old->tags_hash = (uint64_t)db_int(st, 2);
    old->status = status_from_aws(db_sv(st, 3));
    old->execution_hash = (uint64_t)db_int(st, 8);
    old->strategy = strategy_from_name(db_sv(st, 9));
    old->execution_id = arena_sv(&cache->scratch, db_sv(st, 4));
    old->revision = arena_sv(&cache->scratch, db_sv(st, 5));
    old->revision_summary = arena_sv(&cache->scratch, db_sv(st, 6));
    old->trouble = arena_sv(&cache->scratch, db_sv(st, 7));
    if (old->execution_id.ptr == NULL || old->revision.ptr == NULL ||
        old->revision_summary.ptr == NULL || old->trouble.ptr == NULL)
        return arena_err(&cache->scratch, err);
    return ERR_OK;
}

enum err_code row_find(struct cache *cache, const struct pipeline_id *id, struct old_row *old,
                       struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc;

    *old = (struct old_row){0};
    arena_clear(&cache->scratch);
    if (cache->db == NULL || !db_is_in_transaction(cache->db))
        return err_set(err, ERR_CACHE, "no transaction is open: a write before has failed");
    rc = find(cache, STATEMENT_SUBJECT_FIND, id, &old->id, err);
    if (rc || old->id == 0)
        return rc;
    rc = row_of(cache, STATEMENT_OLD, old->id, &st, &has_row, err);
    if (rc || !has_row)
        return rc;
    rc = read_old(cache, st, old, err);
    db_reset(st);
    return rc;
}

enum err_code row_need(struct cache *cache, const struct pipeline_id *id, struct old_row *old,
                       struct err *err)
{
    enum err_code rc = row_find(cache, id, old, err);

    if (rc || old->is_there)
        return rc;
    return err_set(err, ERR_NOT_FOUND, "the cache has no definition of " SV_FMT, SV_ARG(id->name));
}

enum err_code row_add_change(struct cache *cache, int64_t subject, enum change_kind kind,
                             struct err *err)
{
    return run_ints(cache, STATEMENT_CHANGE_ADD, (const int64_t[]){subject, kind}, 2, err);
}

/* One number for "what needs a person first, then the latest", so that a page can start behind any
 * row by comparing it. */
int64_t row_attention(enum status status, int64_t changed_at)
{
    const int64_t latest = (INT64_C(1) << ATTENTION_TIME_BITS) - 1;
    int64_t at = changed_at < 0 ? 0 : changed_at > latest ? latest : changed_at;

    return ((int64_t)status_rank(status) << ATTENTION_TIME_BITS) | (latest - at);
}

int64_t row_status_order(enum status status)
{
    return ((int64_t)status_rank(status) << STATUS_ORDER_BITS) | (int64_t)status;
}

enum err_code row_run(struct cache *cache, enum statement which, int64_t id, struct err *err)
{
    return run_ints(cache, which, &id, 1, err);
}
