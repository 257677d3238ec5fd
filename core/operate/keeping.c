#include "core/operate/keeping.h"

#include "core/base/time.h"

enum { BUSY_MS = 20, BUSY_MAX = 500 };

static enum err_code begin(struct task *task, struct cache *cache, struct err *err)
{
    enum err_code rc = cache_begin(cache, 0, err);

    for (int i = 0; rc == ERR_PENDING && i < BUSY_MAX; i++) {
        rc = task_sleep(task, BUSY_MS, err);
        if (rc == ERR_OK)
            rc = cache_begin(cache, 0, err);
    }
    return rc;
}

enum err_code keep_history(struct task *task, struct deploy *deploy, const struct pipeline_id *id,
                           const struct execution *executions, size_t execution_count,
                           const struct action_run *runs, size_t run_count, struct err *err)
{
    struct cache *cache = deploy->cache;
    bool changed = false;
    enum err_code rc = begin(task, cache, err);

    if (rc)
        return rc;
    rc = cache_put_history(cache, id, executions, execution_count, runs, run_count, time_wall_ms(),
                           &changed, err);
    if (rc == ERR_OK)
        rc = cache_commit(cache, err);
    if (rc)
        cache_rollback(cache);
    return rc == ERR_NOT_FOUND ? ERR_OK : rc;
}
