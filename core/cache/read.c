/* Reading pipelines beside the pages: one of them whole, and those that belong together. */
#include "core/cache/store.h"

bool pipeline_row_keep(struct pipeline_row *row, struct arena *arena)
{
    struct sv *const texts[] = {
        &row->id.partition, &row->id.account,   &row->id.region, &row->id.name,
        &row->logical,      &row->environment,  &row->revision,  &row->revision_summary,
        &row->trigger,      &row->execution_id, &row->stages,    &row->cells,
        &row->waiting,      &row->error,        &row->trouble};

    return keep_texts(texts, ARRAY_LEN(texts), arena);
}

static enum err_code keep(struct cache_pipeline *p, struct arena *arena, struct err *err)
{
    struct execution *e = &p->latest;
    struct sv *const texts[] = {&p->arn,          &e->status_summary,
                                &e->revision_url, &e->trigger_detail,
                                &e->stop_reason,  &e->rollback_target};

    return pipeline_row_keep(&p->row, arena) && keep_texts(texts, ARRAY_LEN(texts), arena)
               ? ERR_OK
               : arena_err(arena, err);
}

static enum err_code read_detail(struct db_stmt *st, struct arena *arena,
                                 struct cache_pipeline *out, struct err *err)
{
    struct execution *e = &out->latest;
    int at = SQL_ROW_COLUMNS;
    enum err_code rc;

    page_row_read(st, &out->row);
    out->arn = db_sv(st, at++);
    out->version = db_int(st, at++);
    out->state.version = db_int(st, at++);
    out->state.updated_at = db_int(st, at++);
    e->status = status_from_aws(db_sv(st, at++));
    e->status_summary = db_sv(st, at++);
    e->revision_url = db_sv(st, at++);
    e->trigger_detail = db_sv(st, at++);
    e->stop_reason = db_sv(st, at++);
    e->mode = pipeline_mode_from_aws(db_sv(st, at++));
    e->is_rollback = db_int(st, at++) != 0;
    e->rollback_target = db_sv(st, at++);
    rc = keep(out, arena, err);
    e->id = out->row.execution_id;
    e->started_at = out->row.started_at;
    e->updated_at = out->row.changed_at;
    e->revision = out->row.revision;
    e->revision_summary = out->row.revision_summary;
    e->trigger = out->row.trigger;
    out->state.name = out->row.id.name;
    return rc;
}

static enum err_code get(struct cache *cache, int64_t rowid, struct arena *arena,
                         struct cache_pipeline *out, struct err *err)
{
    struct stage_state *stages = NULL;
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = row_of(cache, STATEMENT_DETAIL, rowid, &st, &has_row, err);

    if (rc)
        return rc;
    if (!has_row)
        return err_set(err, ERR_NOT_FOUND, "that pipeline is not in the cache any more");
    rc = read_detail(st, arena, out, err);
    db_reset(st);
    if (rc == ERR_OK)
        rc = stages_load(cache, rowid, arena, &stages, &out->state.stage_count, err);
    out->state.stages = stages;
    return rc ? rc : tags_load(cache, rowid, arena, &out->tags, &out->tag_count, err);
}

enum err_code cache_get_pipeline(struct cache *cache, int64_t rowid, struct arena *arena,
                                 struct cache_pipeline *out, struct err *err)
{
    struct cache_pipeline found = {0};
    enum err_code rc = cache_read_begin(cache, err);

    if (rc)
        return rc;
    rc = get(cache, rowid, arena, &found, err);
    cache_read_end(cache);
    if (rc == ERR_OK)
        *out = found;
    return rc;
}

static bool read_sibling(struct db_stmt *st, struct arena *arena, void *item)
{
    struct pipeline_row *row = item;

    page_row_read(st, row);
    return pipeline_row_keep(row, arena);
}

enum err_code cache_siblings(struct cache *cache, struct sv partition, struct sv account,
                             struct sv region, struct sv logical, struct arena *arena,
                             struct pipeline_row **out, size_t *count, struct err *err)
{
    struct rows rows;
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_SIBLINGS, &st, err);

    if (rc)
        return rc;
    db_bind_sv(st, 1, partition);
    db_bind_sv(st, 2, account);
    db_bind_sv(st, 3, region);
    db_bind_sv(st, 4, logical);
    db_bind_int(st, 5, CACHE_SIBLINGS_MAX);
    rc = rows_read(cache, st, arena, sizeof **out, read_sibling, &rows, err);
    if (rc)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return ERR_OK;
}

static bool read_rowid(struct db_stmt *st, struct arena *arena, void *item)
{
    int64_t *rowid = item;

    (void)arena;
    *rowid = db_int(st, 0);
    return true;
}

enum err_code cache_waiting(struct cache *cache, struct arena *arena, int64_t **out, size_t *count,
                            struct err *err)
{
    struct rows rows;
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_WAITING, &st, err);

    if (rc == ERR_OK)
        rc = rows_read(cache, st, arena, sizeof **out, read_rowid, &rows, err);
    if (rc)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return ERR_OK;
}
