/* Writing: transactions under write.lock, and rows that are touched only when something a person
 * could see has changed. */
#include <sys/stat.h>

#include "core/base/log.h"
#include "core/cache/store.h"

enum err_code cache_begin(struct cache *cache, int wait_ms, struct err *err)
{
    enum err_code rc;

    if (cache->is_read_only)
        return err_set(err, ERR_CACHE, "the cache was opened to be read only");
    if (cache->db != NULL && db_is_in_transaction(cache->db))
        return err_set(err, ERR_CACHE, "a transaction is open already");
    if (place_was_replaced(cache)) {
        rc = cache_renew(cache, err);
        if (rc)
            return rc;
    }
    if (!cache->is_in_memory) {
        rc = lock_take(cache->dir_fd, "write.lock", wait_ms, &cache->write_lock, err);
        if (rc)
            return rc;
    }
    tally_clear(cache);
    cache->stale_text.count = 0;
    rc = run_simple(cache, STATEMENT_BEGIN, err);
    if (rc == ERR_OK)
        cache->changes_before = db_changes_in_all(cache->db);
    if (rc && !cache->is_in_memory)
        lock_release(cache->write_lock);
    return rc;
}

/* The log is written before SQLite's shared memory says so: who was woken by that write may have
 * looked too early, and nothing else would wake it. What changed nothing wakes nobody. */
static void wake_watchers(const struct cache *cache)
{
    if (db_changes_in_all(cache->db) == cache->changes_before)
        return;
    if (cache->write_lock >= 0 && futimens(cache->write_lock, NULL) != 0)
        log_debug("cannot touch write.lock");
}

enum err_code cache_commit(struct cache *cache, struct err *err)
{
    enum err_code rc;

    if (cache->db == NULL || !db_is_in_transaction(cache->db))
        return err_set(err, ERR_CACHE, "no transaction is open: a write before has failed");
    rc = text_refresh(cache, err);
    if (rc == ERR_OK)
        rc = tally_store(cache, err);
    if (rc == ERR_OK)
        rc = run_simple(cache, STATEMENT_COMMIT, err);
    if (rc) {
        cache_rollback(cache);
        return rc;
    }
    wake_watchers(cache);
    lock_release(cache->write_lock);
    return ERR_OK;
}

void cache_rollback(struct cache *cache)
{
    if (cache->db != NULL && db_is_in_transaction(cache->db) &&
        run_simple(cache, STATEMENT_ROLLBACK, NULL) && db_is_in_transaction(cache->db) &&
        db_exec(cache->db, "ROLLBACK", NULL))
        place_mark_damaged(cache);
    tally_clear(cache);
    cache->stale_text.count = 0;
    lock_release(cache->write_lock);
}

static bool read_known(struct db_stmt *st, struct arena *arena, void *item)
{
    struct cache_known *known = item;

    *known = (struct cache_known){.rowid = db_int(st, 0),
                                  .name = arena_sv(arena, db_sv(st, 1)),
                                  .version = db_int(st, 2),
                                  .def_updated_at = db_int(st, 3),
                                  .def_hash = (uint64_t)db_int(st, 4),
                                  .state_hash = (uint64_t)db_int(st, 5),
                                  .execution_id = arena_sv(arena, db_sv(st, 6)),
                                  .execution_status = status_from_aws(db_sv(st, 7)),
                                  .execution_updated_at = db_int(st, 8),
                                  .status = status_from_aws(db_sv(st, 9)),
                                  .mode = pipeline_mode_from_aws(db_sv(st, 10)),
                                  .has_trouble = db_int(st, 11) != 0};
    return known->name.ptr != NULL && known->execution_id.ptr != NULL;
}

enum err_code cache_known(struct cache *cache, struct sv partition, struct sv account,
                          struct sv region, struct arena *arena, struct cache_known **out,
                          size_t *count, struct err *err)
{
    struct rows rows;
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_KNOWN, &st, err);

    if (rc)
        return rc;
    db_bind_sv(st, 1, partition);
    db_bind_sv(st, 2, account);
    db_bind_sv(st, 3, region);
    rc = rows_read(cache, st, arena, sizeof **out, read_known, &rows, err);
    if (rc)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return ERR_OK;
}

enum err_code piece_begin(struct cache *cache, bool *is_ours, struct err *err)
{
    *is_ours = cache->db == NULL || !db_is_in_transaction(cache->db);
    return *is_ours ? cache_begin(cache, CACHE_WAIT_MS, err) : ERR_OK;
}

enum err_code piece_end(struct cache *cache, bool is_ours, enum err_code rc, struct err *err)
{
    if (!is_ours)
        return rc;
    if (!rc)
        rc = cache_commit(cache, err);
    if (rc)
        cache_rollback(cache);
    return rc;
}
