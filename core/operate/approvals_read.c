#include "core/base/time.h"
#include "core/operate/history.h"
#include "core/operate/released.h"

enum { READ_MAX = 40, PARALLEL_MAX = 20, LIST_CAP = 16 << 20, PIPELINE_CAP = 64 << 20 };
static const int64_t waits_ms = (int64_t)7 * 24 * 60 * 60 * 1000; /* AWS's own time for an answer */

struct reading {
    struct task *task;
    struct deploy *deploy;
    struct arena arena; /* of one pipeline */
    struct cache_context *known;
    size_t known_count;
    size_t read;
    bool is_cut; /* one more would have been read */
    bool is_parallel_cut;
    bool has_failed;
    struct err why; /* the first failure */
};

static enum err_code note(struct reading *r, enum err_code rc, const struct err *why,
                          struct err *err)
{
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why->text);
    if (rc != ERR_OK && !r->has_failed) {
        r->has_failed = true;
        r->why = *why;
    }
    return ERR_OK;
}

/* The cache holds the rows of every context it ever saw: not asked is where only others work. */
static bool is_asked(const struct reading *r, const struct pipeline_id *id)
{
    const struct context_list *list = r->deploy->contexts;
    bool is_known = false;

    for (size_t i = 0; i < r->known_count && list != NULL; i++) {
        const struct cache_context *k = &r->known[i];

        if (!sv_eq(k->account, id->account) || !sv_eq(k->region, id->region))
            continue;
        is_known = true;
        for (size_t c = 0; c < list->count; c++) {
            const struct context *context = &list->items[c];

            if (sv_eq(context->profile, k->profile) &&
                (context->region.len == 0 || sv_eq(context->region, k->region)))
                return true;
        }
    }
    return !is_known;
}

/* One that cannot be read keeps no other from being read. at: the stage in which it waits. */
static enum err_code read_one(struct reading *r, const struct cache_pipeline *p, size_t at,
                              struct sv execution, struct err *err)
{
    const struct released_ask ask = {.id = &p->row.id,
                                     .execution = execution,
                                     .to = released_stage(&p->state, at),
                                     .is_parallel = p->row.mode == MODE_PARALLEL};
    struct carried carried;
    struct err why;
    int64_t read_at;
    enum err_code rc;

    if (execution.len == 0 || r->is_cut)
        return ERR_OK;
    if (!released_get(r->deploy->cache, &ask, &r->arena, &carried, &read_at, &why) &&
        released_is_fresh(&ask, &carried, read_at, time_wall_ms()))
        return ERR_OK;
    r->is_cut = r->read == READ_MAX;
    if (r->is_cut)
        return ERR_OK;
    r->read++;
    rc = released_read(r->task, r->deploy, &ask, &why);
    return note(r, rc, &why, err);
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
        size_t at = 0;

        while (at < p->state.stage_count && !sv_eq(p->state.stages[at].name, runs[i].stage))
            at++;
        if (runs[i].action.status == STATUS_WAITING && at < p->state.stage_count)
            rc = read_one(r, p, at, runs[i].execution_id, err);
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
    if (!is_asked(r, &p.row.id))
        return ERR_OK;
    if (p.row.mode == MODE_PARALLEL)
        rc = read_runs(r, &p, err);
    for (size_t i = 0; i < p.state.stage_count && rc == ERR_OK; i++) {
        if (waits_in(&p.state.stages[i]))
            rc = read_one(r, &p, i, p.state.stages[i].execution_id, err);
    }
    return rc;
}

/* ---- PARALLEL pipelines: any of their executions may wait, and only their runs tell ---- */

struct parallel {
    const struct reading *reading;
    struct arena *arena;
    struct pipeline_row rows[PARALLEL_MAX];
    size_t count;
    int64_t since_ms;
    bool is_short;
    bool is_cut;
};

static bool keep_parallel(void *owner, const struct pipeline_row *row)
{
    struct parallel *p = owner;

    if (row->changed_at < p->since_ms)
        return false; /* the latest change comes first */
    if (row->mode != MODE_PARALLEL || row->execution_id.len == 0 || !is_asked(p->reading, &row->id))
        return true;
    p->is_cut = p->count == PARALLEL_MAX;
    if (p->is_cut)
        return false;
    p->rows[p->count] = *row;
    p->is_short = !pipeline_row_keep(&p->rows[p->count++], p->arena);
    return !p->is_short;
}

static enum err_code read_parallel(struct reading *r, struct arena *arena, struct err *err)
{
    const struct pipeline_query query = {.sort = SORT_CHANGED};
    struct parallel *p = arena_alloc(arena, 1, sizeof *p);
    enum err_code rc;

    if (p == NULL)
        return arena_err(arena, err);
    p->reading = r;
    p->arena = arena;
    p->since_ms = time_wall_ms() - waits_ms;
    rc = cache_pipelines(r->deploy->cache, &query, keep_parallel, p, err);
    if (rc == ERR_OK && p->is_short)
        rc = arena_err(arena, err);
    r->is_parallel_cut = p->is_cut;
    for (size_t i = 0; i < p->count && rc == ERR_OK; i++) {
        const struct operand what = {.id = p->rows[i].id};
        struct err why;

        rc = note(r, history_read(r->task, r->deploy, &what, &why), &why, err);
    }
    return rc;
}

static enum err_code tell_cut(const struct reading *r, struct err *err)
{
    if (r->is_parallel_cut)
        return err_set(err, ERR_LIMIT,
                       "the approvals of the %d PARALLEL pipelines that ran last were read; others "
                       "may wait as well: give one --context at a time",
                       PARALLEL_MAX);
    if (r->is_cut)
        return err_set(err, ERR_LIMIT,
                       "what %d of the approvals release was read, of others it is not known yet: "
                       "the next time reads on",
                       READ_MAX);
    return ERR_OK;
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
    rc = cache_list_contexts(deploy->cache, &list, &r.known, &r.known_count, err);
    if (rc == ERR_OK)
        rc = read_parallel(&r, &list, err);
    if (rc == ERR_OK)
        rc = cache_waiting(deploy->cache, &list, &rowids, &count, err);
    for (size_t i = 0; i < count && rc == ERR_OK && !r.is_cut; i++)
        rc = read_pipeline(&r, rowids[i], err);
    arena_release(&r.arena);
    arena_release(&list);
    if (rc == ERR_OK && r.has_failed)
        rc = err_set(err, r.why.code, "%s", r.why.text);
    return rc ? rc : tell_cut(&r, err);
}
