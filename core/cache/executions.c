/* Executions: the last ones of each pipeline.
 *
 * The latest one is in the pipeline's row, as the state reading saw it; the table has those before
 * it, kept when the row got another, and those that AWS listed. */
#include "core/cache/store.h"

enum { PRUNE_ONE_IN = 16 }; /* looking for too many takes longer than keeping one */

static enum err_code prune(struct cache *cache, enum statement which, int64_t id, struct err *err)
{
    return run_ints(cache, which, (const int64_t[]){id, CACHE_EXECUTIONS_MAX}, 2, err);
}

enum err_code execution_keep(struct cache *cache, int64_t id, uint64_t chance, struct err *err)
{
    enum err_code rc = row_run(cache, STATEMENT_EXECUTION_KEEP, id, err);

    return rc || chance % PRUNE_ONE_IN != 0 ? rc
                                            : prune(cache, STATEMENT_EXECUTIONS_PRUNE, id, err);
}

static enum err_code put(struct cache *cache, int64_t id, const struct execution *e, bool *changed,
                         struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_EXECUTION_PUT, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    db_bind_sv(st, 2, e->id);
    db_bind_word(st, 3, status_aws(e->status));
    db_bind_sv(st, 4, e->status_summary);
    db_bind_int(st, 5, e->started_at);
    db_bind_int(st, 6, e->updated_at);
    db_bind_sv(st, 7, e->revision);
    db_bind_sv(st, 8, e->revision_summary);
    db_bind_sv(st, 9, e->revision_url);
    db_bind_sv(st, 10, e->trigger);
    db_bind_sv(st, 11, e->trigger_detail);
    db_bind_sv(st, 12, e->stop_reason);
    db_bind_word(st, 13, pipeline_mode_aws(e->mode));
    db_bind_int(st, 14, e->is_rollback);
    db_bind_sv(st, 15, e->rollback_target);
    db_bind_int(st, 16, (int64_t)execution_hash(e));
    rc = db_run(cache->db, st, err);
    *changed = *changed || (rc == ERR_OK && db_changes(cache->db) > 0);
    return rc;
}

enum err_code cache_put_history(struct cache *cache, const struct pipeline_id *id,
                                const struct execution *executions, size_t execution_count,
                                const struct action_run *runs, size_t run_count,
                                int64_t now_ms UNUSED, bool *changed, struct err *err)
{
    struct old_row old;
    bool is_new = false;
    enum err_code rc = row_need(cache, id, &old, err);

    /* The newest come first, and more would not be kept. */
    for (size_t i = 0; rc == ERR_OK && i < execution_count && i < CACHE_EXECUTIONS_MAX; i++)
        rc = put(cache, old.id, &executions[i], &is_new, err);
    for (size_t i = 0; rc == ERR_OK && i < run_count; i++)
        rc = run_put(cache, old.id, &runs[i], &is_new, err);
    if (rc == ERR_OK && is_new)
        rc = prune(cache, STATEMENT_EXECUTIONS_PRUNE, old.id, err);
    if (rc == ERR_OK && is_new)
        rc = prune(cache, STATEMENT_RUNS_PRUNE, old.id, err);
    if (rc == ERR_OK && is_new)
        rc = row_add_change(cache, old.id, CHANGE_HISTORY, err);
    if (rc == ERR_OK)
        *changed = is_new;
    return rc;
}

static bool read_execution(struct db_stmt *st, struct arena *arena, void *item)
{
    struct execution *e = item;
    struct sv *const texts[] = {
        &e->id,      &e->status_summary, &e->revision,    &e->revision_summary, &e->revision_url,
        &e->trigger, &e->trigger_detail, &e->stop_reason, &e->rollback_target};

    *e = (struct execution){.id = db_sv(st, 0),
                            .status = status_from_aws(db_sv(st, 1)),
                            .status_summary = db_sv(st, 2),
                            .started_at = db_int(st, 3),
                            .updated_at = db_int(st, 4),
                            .revision = db_sv(st, 5),
                            .revision_summary = db_sv(st, 6),
                            .revision_url = db_sv(st, 7),
                            .trigger = db_sv(st, 8),
                            .trigger_detail = db_sv(st, 9),
                            .stop_reason = db_sv(st, 10),
                            .mode = pipeline_mode_from_aws(db_sv(st, 11)),
                            .is_rollback = db_int(st, 12) != 0,
                            .rollback_target = db_sv(st, 13)};
    return keep_texts(texts, ARRAY_LEN(texts), arena);
}

enum err_code cache_executions(struct cache *cache, int64_t rowid, struct arena *arena,
                               struct execution **out, size_t *count, struct err *err)
{
    struct rows rows;
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_EXECUTIONS, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, rowid);
    db_bind_int(st, 2, CACHE_EXECUTIONS_MAX);
    rc = rows_read(cache, st, arena, sizeof **out, read_execution, &rows, err);
    if (rc)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return ERR_OK;
}

enum err_code cache_get_execution(struct cache *cache, int64_t rowid, struct sv execution_id,
                                  struct arena *arena, struct execution *out, struct err *err)
{
    struct rows rows = {0};
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_EXECUTION, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, rowid);
    db_bind_sv(st, 2, execution_id);
    rc = rows_read(cache, st, arena, sizeof *out, read_execution, &rows, err);
    if (rc)
        return rc;
    if (rows.count == 0 || execution_id.len == 0)
        return err_set(err, ERR_NOT_FOUND, "that execution is not in the cache");
    *out = *(struct execution *)rows.items;
    return ERR_OK;
}
