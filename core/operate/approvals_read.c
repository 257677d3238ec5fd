#include "core/operate/carried.h"
#include "core/operate/history.h"

enum { READ_MAX = 40, LIST_CAP = 16 << 20, PIPELINE_CAP = 64 << 20 };

struct reading {
    struct task *task;
    struct deploy *deploy;
    struct arena arena; /* of one pipeline */
    size_t read;
    bool has_failed;
    struct err why; /* the first failure */
};

/* One that cannot be read keeps no other from being read. */
static enum err_code read_one(struct reading *r, const struct pipeline_id *id, struct sv execution,
                              struct err *err)
{
    const struct operand what = {.id = *id, .execution_id = execution};
    struct carried carried;
    struct err why;
    int64_t read_at;
    enum err_code rc;

    if (execution.len == 0 || r->read == READ_MAX ||
        !carried_get(r->deploy->cache, id, execution, SV_NONE, &r->arena, &carried, &read_at, &why))
        return ERR_OK;
    r->read++;
    rc = execution_read(r->task, r->deploy, &what, &why);
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why.text);
    if (rc != ERR_OK && !r->has_failed) {
        r->has_failed = true;
        r->why = why;
    }
    return ERR_OK;
}

static bool waits_in(const struct stage_state *stage)
{
    for (size_t i = 0; i < stage->action_count; i++) {
        const struct action_state *a = &stage->actions[i];

        if (action_status(a->status, a->category, a->has_token) == STATUS_WAITING)
            return true;
    }
    return false;
}

static enum err_code read_runs(struct reading *r, const struct cache_pipeline *p, struct err *err)
{
    struct action_run *runs = NULL;
    size_t count = 0;
    enum err_code rc =
        cache_runs(r->deploy->cache, p->row.rowid, SV_NONE, &r->arena, &runs, &count, err);

    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        if (runs[i].action.status == STATUS_WAITING)
            rc = read_one(r, &p->row.id, runs[i].execution_id, err);
    }
    return rc;
}

static enum err_code read_pipeline(struct reading *r, int64_t rowid, struct err *err)
{
    struct cache_pipeline p;
    struct err why;
    enum err_code rc;

    arena_clear(&r->arena);
    rc = cache_get_pipeline(r->deploy->cache, rowid, &r->arena, &p, &why);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return err_set(err, rc, "%s", why.text);
    if (p.row.mode == MODE_PARALLEL)
        return read_runs(r, &p, err);
    for (size_t i = 0; i < p.state.stage_count && rc == ERR_OK; i++) {
        if (waits_in(&p.state.stages[i]))
            rc = read_one(r, &p.row.id, p.state.stages[i].execution_id, err);
    }
    return rc;
}

enum err_code approvals_read(struct task *task, struct deploy *deploy, const struct operand *what,
                             struct err *err)
{
    struct reading r = {.task = task, .deploy = deploy};
    struct arena list;
    int64_t *rowids = NULL;
    size_t count = 0;
    enum err_code rc = ERR_OK;

    (void)what;
    if (deploy->cache == NULL)
        return ERR_OK;
    arena_init(&list, LIST_CAP);
    arena_init(&r.arena, PIPELINE_CAP);
    rc = cache_waiting(deploy->cache, &list, &rowids, &count, err);
    for (size_t i = 0; i < count && rc == ERR_OK && r.read < READ_MAX; i++)
        rc = read_pipeline(&r, rowids[i], err);
    arena_release(&r.arena);
    arena_release(&list);
    if (rc == ERR_OK && r.has_failed)
        rc = err_set(err, r.why.code, "%s", r.why.text);
    return rc;
}
