/* Runs: how actions ran in the last executions.
 *
 * What AWS listed is a table. For executions that it has not listed, the history tells: it is read
 * from its new end, where an action's end comes before its start. */
#include "core/cache/store.h"

enum { SCAN_MAX = 5000 };

enum err_code run_put(struct cache *cache, int64_t id, const struct action_run *run, bool *changed,
                      struct err *err)
{
    struct db_stmt *st;
    int at = 1;
    enum err_code rc = use(cache, STATEMENT_RUN_PUT, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, at++, id);
    db_bind_sv(st, at++, run->execution_id);
    db_bind_sv(st, at++, run->stage);
    action_texts_bind(st, &at, &run->action);
    db_bind_word(st, at++, status_aws(run->action.status));
    db_bind_int(st, at++, run->action.changed_at);
    db_bind_int(st, at++, run->started_at);
    db_bind_int(st, at++, (int64_t)action_run_hash(run));
    rc = db_run(cache->db, st, err);
    *changed = *changed || (rc == ERR_OK && db_changes(cache->db) > 0);
    return rc;
}

static bool read_run(struct db_stmt *st, struct arena *arena, void *item)
{
    struct action_run *run = item;
    struct sv *const texts[] = {&run->execution_id, &run->stage};
    int at = 0;

    run->execution_id = db_sv(st, at++);
    run->stage = db_sv(st, at++);
    if (!keep_texts(texts, ARRAY_LEN(texts), arena) ||
        !action_texts_read(st, &at, &run->action, arena))
        return false;
    run->action.status = status_from_aws(db_sv(st, at++));
    run->action.changed_at = db_int(st, at++);
    run->action.percent = -1;
    run->started_at = db_int(st, at++);
    return true;
}

/* A run that the history tells of. */
struct told {
    struct action_run run;
    bool is_open; /* its start may still come */
    struct told *next;
};

struct group { /* of one execution */
    struct sv id;
    bool is_listed;
    struct told *runs; /* the one told last first */
};

struct telling {
    struct arena *arena;
    struct sv wanted; /* empty = all executions */
    const struct stage_state *stages;
    size_t stage_count;
    struct group groups[CACHE_EXECUTIONS_MAX];
    size_t group_count;
    size_t told_count;
    bool is_short; /* of memory */
};

/* NULL when there is no room for it. */
static struct group *find_group(struct telling *telling, struct sv id)
{
    struct group *group;

    for (size_t i = telling->group_count; i-- > 0;) {
        if (sv_eq(telling->groups[i].id, id))
            return &telling->groups[i];
    }
    if (telling->group_count == ARRAY_LEN(telling->groups))
        return NULL;
    group = &telling->groups[telling->group_count];
    *group = (struct group){.id = arena_sv(telling->arena, id)};
    telling->is_short = telling->is_short || group->id.ptr == NULL;
    telling->group_count++;
    return group;
}

/* What kind of action it is, no transition says. */
static void fill_kind(const struct telling *telling, struct action_run *run)
{
    const struct action_state *a = stages_find_action(
        stages_find(telling->stages, telling->stage_count, run->stage), run->action.name);

    if (a != NULL) {
        run->action.category = a->category;
        run->action.provider = a->provider;
    }
}

static struct told *add_told(struct telling *telling, struct group *group,
                             const struct transition *t)
{
    struct told *told = arena_alloc(telling->arena, 1, sizeof *told);
    struct sv *text = told == NULL                            ? NULL
                      : status_kind(t->to) == STATUS_KIND_BAD ? &told->run.action.error_message
                                                              : &told->run.action.summary;

    telling->is_short = true;
    if (told == NULL)
        return NULL;
    told->run.execution_id = group->id;
    told->run.stage = arena_sv(telling->arena, t->stage);
    told->run.action.name = arena_sv(telling->arena, t->action);
    *text = arena_sv(telling->arena, t->summary);
    if (told->run.stage.ptr == NULL || told->run.action.name.ptr == NULL || text->ptr == NULL)
        return NULL;
    telling->is_short = false;
    told->run.action.status = t->to;
    told->run.action.changed_at = t->at;
    told->run.action.percent = -1;
    fill_kind(telling, &told->run);
    told->is_open = true;
    told->next = group->runs;
    group->runs = told;
    telling->told_count++;
    return told;
}

static struct told *find_open(const struct group *group, const struct transition *t)
{
    struct told *told = group->runs;

    while (told != NULL &&
           (!sv_eq(told->run.action.name, t->action) || !sv_eq(told->run.stage, t->stage)))
        told = told->next;
    return told != NULL && told->is_open ? told : NULL;
}

static bool tell(void *owner, const struct transition *t)
{
    struct telling *telling = owner;
    struct group *group;
    struct told *told;

    if (t->kind != TRANSITION_ACTION || t->execution_id.len == 0 || t->to == STATUS_NONE ||
        (telling->wanted.len > 0 && !sv_eq(t->execution_id, telling->wanted)))
        return true;
    group = find_group(telling, t->execution_id);
    if (group == NULL || telling->is_short || group->is_listed)
        return group != NULL && !telling->is_short;
    told = status_is_running(t->to) ? find_open(group, t) : NULL;
    if (told == NULL)
        told = add_told(telling, group, t);
    if (told == NULL)
        return false;
    if (t->to == STATUS_WAITING)
        told->run.action.category = SV("Approval");
    if (!status_is_running(t->from)) { /* nothing before belongs to this run */
        told->is_open = false;
        told->run.started_at = status_is_running(t->to) ? t->at : 0;
    }
    return true;
}

static int64_t when(const struct action_run *run)
{
    return run->started_at > 0 ? run->started_at : run->action.changed_at;
}

static int compare(const void *a, const void *b)
{
    const struct action_run *x = a;
    const struct action_run *y = b;
    int order = (when(x) > when(y)) - (when(x) < when(y));

    if (order == 0)
        order = (x->action.changed_at > y->action.changed_at) -
                (x->action.changed_at < y->action.changed_at);
    if (order == 0)
        order = sv_cmp(x->stage, y->stage);
    return order != 0 ? order : sv_cmp(x->action.name, y->action.name);
}

static enum err_code join(const struct rows *listed, const struct telling *telling,
                          struct arena *arena, struct action_run **out, size_t *count,
                          struct err *err)
{
    struct action_run *runs = arena_alloc(arena, listed->count + telling->told_count, sizeof *runs);
    size_t used = listed->count;

    if (runs == NULL)
        return arena_err(arena, err);
    if (used > 0)
        memcpy(runs, listed->items, used * sizeof *runs);
    for (size_t i = 0; i < telling->group_count; i++) {
        for (const struct told *t = telling->groups[i].runs; t != NULL; t = t->next)
            runs[used++] = t->run;
    }
    qsort(runs, used, sizeof *runs, compare);
    *out = runs;
    *count = used;
    return ERR_OK;
}

static enum err_code load_listed(struct cache *cache, int64_t rowid, struct sv execution_id,
                                 struct arena *arena, struct rows *out, struct err *err)
{
    struct db_stmt *st;
    bool is_all = execution_id.len == 0;
    enum err_code rc = use(cache, is_all ? STATEMENT_RUNS : STATEMENT_RUNS_OF, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, rowid);
    if (!is_all)
        db_bind_sv(st, 2, execution_id);
    return rows_read(cache, st, arena, sizeof(struct action_run), read_run, out, err);
}

static enum err_code load(struct cache *cache, int64_t rowid, struct telling *telling,
                          struct rows *listed, struct err *err)
{
    const struct transition_query query = {.rowid = rowid, .newest_first = true, .limit = SCAN_MAX};
    struct stage_state *stages = NULL;
    enum err_code rc = load_listed(cache, rowid, telling->wanted, telling->arena, listed, err);

    if (rc == ERR_OK)
        rc = stages_load(cache, rowid, telling->arena, &stages, &telling->stage_count, err);
    if (rc ||
        telling->stage_count == 0) /* the history of a pipeline outlives it, its runs do not */
        return rc;
    telling->stages = stages;
    for (size_t i = 0; i < listed->count; i++) {
        struct action_run *run = (struct action_run *)listed->items + i;
        struct group *group = find_group(telling, run->execution_id);

        if (group != NULL)
            group->is_listed = true;
    }
    rc = cache_transitions(cache, &query, tell, telling, err);
    return rc == ERR_OK && telling->is_short ? arena_err(telling->arena, err) : rc;
}

enum err_code cache_runs(struct cache *cache, int64_t rowid, struct sv execution_id,
                         struct arena *arena, struct action_run **out, size_t *count,
                         struct err *err)
{
    struct telling *telling = arena_alloc(arena, 1, sizeof *telling);
    struct rows listed = {0};
    enum err_code rc;

    if (telling == NULL)
        return arena_err(arena, err);
    telling->arena = arena;
    telling->wanted = execution_id;
    rc = cache_read_begin(cache, err);
    if (rc)
        return rc;
    rc = load(cache, rowid, telling, &listed, err);
    cache_read_end(cache);
    return rc ? rc : join(&listed, telling, arena, out, count, err);
}
