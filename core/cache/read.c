/* Reading what is kept beside the pages: the counts, and one pipeline whole. */
#include "core/cache/store.h"

enum { ROW_COLUMNS = 21 };

enum err_code cache_count(struct cache *cache, struct cache_counts *out, struct err *err)
{
    struct cache_counts counts = {0};
    struct db_stmt *st;
    bool has_row = false;
    enum err_code rc = use(cache, STATEMENT_TALLY, &st, err);

    if (rc)
        return rc;
    while ((rc = db_step(cache->db, st, &has_row, err)) == ERR_OK && has_row)
        counts.by_status[status_from_aws(db_sv(st, 0))] += db_int(st, 1);
    if (rc)
        return rc;
    for (int s = 0; s < STATUS_COUNT; s++) {
        if (db_is_in_transaction(cache->db) && cache->read_depth == 0)
            counts.by_status[s] += cache->tally[s];
        counts.total += counts.by_status[s];
    }
    *out = counts;
    return ERR_OK;
}

static enum err_code keep(struct cache_pipeline *p, struct arena *arena, struct err *err)
{
    struct pipeline_row *r = &p->row;
    struct execution *e = &p->latest;
    struct sv *const texts[] = {&r->id.partition,   &r->id.account,     &r->id.region,
                                &r->id.name,        &r->logical,        &r->environment,
                                &r->execution_id,   &r->revision,       &r->revision_summary,
                                &r->trigger,        &r->stages,         &r->waiting,
                                &r->error,          &r->trouble,        &p->arn,
                                &e->status_summary, &e->revision_url,   &e->trigger_detail,
                                &e->stop_reason,    &e->rollback_target};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = arena_sv(arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            return arena_err(arena, err);
    }
    return ERR_OK;
}

static enum err_code read_detail(struct db_stmt *st, struct arena *arena,
                                 struct cache_pipeline *out, struct err *err)
{
    struct execution *e = &out->latest;
    int at = ROW_COLUMNS;
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
    enum err_code rc = use(cache, STATEMENT_DETAIL, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, rowid);
    rc = db_step(cache->db, st, &has_row, err);
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
    enum err_code rc = read_begin(cache, err);

    if (rc)
        return rc;
    rc = get(cache, rowid, arena, &found, err);
    read_end(cache);
    if (rc == ERR_OK)
        *out = found;
    return rc;
}
