/* Upkeep: the log goes into the file and old history goes, now and then, only while nobody writes.
 */
#include "core/cache/store.h"

enum {
    LOG_BYTES_MAX = 1024 * 1024,
    LOG_BYTES_LEFT = 64 * 1024,     /* whoever opens the cache next reads what is left of the log */
    CHECKPOINT_EVERY_MS = 5 * 1000, /* at most, while readers keep the log from being emptied */
    PRUNE_EVERY_MS = 60 * 60 * 1000
};

static enum err_code prune(struct cache *cache, int64_t now_ms, struct err *err)
{
    enum err_code rc = run_simple(cache, STATEMENT_BEGIN, err);

    if (rc == ERR_OK)
        rc = history_prune(cache, now_ms, err);
    if (rc == ERR_OK)
        rc = run_simple(cache, STATEMENT_COMMIT, err);
    if (rc && db_is_in_transaction(cache->db) && db_exec(cache->db, "ROLLBACK", NULL))
        return rc;
    return rc;
}

enum err_code cache_maintain(struct cache *cache, int64_t now_ms, struct err *err)
{
    off_t log = 0;
    bool must_prune = now_ms - cache->pruned_at >= PRUNE_EVERY_MS || now_ms < cache->pruned_at;
    bool must_checkpoint;
    enum err_code rc = ERR_OK;

    if (cache->is_read_only || cache->db == NULL || db_is_in_transaction(cache->db))
        return ERR_OK;
    must_checkpoint =
        !cache->is_in_memory && place_has(cache, "cache.db-wal", &log) && log > LOG_BYTES_MAX &&
        (now_ms - cache->checkpointed_at >= CHECKPOINT_EVERY_MS || now_ms < cache->checkpointed_at);
    if (!must_prune && !must_checkpoint)
        return ERR_OK;
    if (!cache->is_in_memory)
        rc = lock_take(cache->dir_fd, "write.lock", 0, &cache->write_lock, err);
    if (rc)
        return rc == ERR_PENDING ? ERR_OK : rc; /* whoever writes now will see to it */
    if (must_prune) {
        rc = prune(cache, now_ms, err);
        cache->pruned_at = now_ms;
    }
    if (rc == ERR_OK && must_checkpoint) {
        rc = db_checkpoint(cache->db, err);
        cache->checkpointed_at = now_ms;
    }
    lock_release(cache->write_lock);
    return rc;
}

void maintain_at_close(struct cache *cache)
{
    off_t log = 0;

    if (cache->is_in_memory || cache->is_read_only || cache->db == NULL ||
        db_is_damaged(cache->db) || db_is_in_transaction(cache->db) ||
        !place_has(cache, "cache.db-wal", &log) || log <= LOG_BYTES_LEFT ||
        lock_take(cache->dir_fd, "write.lock", 0, &cache->write_lock, NULL))
        return;
    db_set_wait(cache->db, 0);
    if (db_checkpoint(cache->db, NULL) == ERR_OK)
        lock_release(cache->write_lock);
}
