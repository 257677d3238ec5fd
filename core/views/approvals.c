#include "core/views/approvals.h"

#include <stdlib.h>

#include "core/model/duration.h"
#include "core/model/hash.h"
#include "core/model/trigger.h"
#include "core/operate/released.h"

enum {
    LIST_CAP = 256 << 20,
    PIPELINE_CAP = 64 << 20,
    DEFAULT_MINUTES = 7 * 24 * 60,
    MINUTE_MS = 60 * 1000
};

const char *const approval_fields[] = {"pipeline",    "account", "region",  "stage", "action",
                                       "environment", "commit",  "summary", "asked", NULL};

void approvals_init(struct approvals *a)
{
    *a = (struct approvals){.count = 0};
    arena_init(&a->arena, LIST_CAP);
}

void approvals_release(struct approvals *a)
{
    arena_release(&a->arena);
    approvals_init(a);
}

/* ---- one pipeline ---- */

/* While one pipeline is looked at; what is kept is copied into the list's arena. */
struct look {
    struct approvals *list;
    struct cache *cache;
    const struct filter *filter;
    struct arena scratch;
    struct cache_pipeline pipeline;
    struct pipeline_def def; /* without stages when it was not read yet */
    size_t size;             /* of the list's rows */
    bool only_counts;        /* nothing is kept */
    struct err *err;
};

static bool keep(struct arena *arena, struct sv *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        *texts[i] = arena_sv(arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            return false;
    }
    return true;
}

static bool keep_commits(struct arena *arena, struct approval *a)
{
    size_t count = a->commit_count > 0 ? (size_t)a->commit_count : 0;
    struct commit *copy = arena_alloc(arena, count, sizeof *copy);

    for (size_t i = 0; copy != NULL && i < count; i++) {
        struct sv *const texts[] = {&copy[i].id, &copy[i].author, &copy[i].email, &copy[i].message};

        copy[i] = a->commits[i];
        copy[i].parents = NULL; /* nobody asks for them any more */
        copy[i].parent_count = 0;
        if (!keep(arena, texts, ARRAY_LEN(texts)))
            return false;
    }
    a->commits = copy;
    return copy != NULL;
}

static enum err_code keep_approval(struct look *l, struct approval *a)
{
    struct arena *arena = &l->list->arena;
    struct execution *e = &a->execution;
    struct sv *const texts[] = {&a->stage,
                                &a->action,
                                &a->environment,
                                &a->released,
                                &a->asked,
                                &a->author,
                                &a->data,
                                &a->link,
                                &a->last_id,
                                &e->id,
                                &e->revision,
                                &e->trigger,
                                &e->revision_summary,
                                &e->revision_url,
                                &e->trigger_detail};

    e->status_summary = e->stop_reason = e->rollback_target = SV_NONE;
    return pipeline_row_keep(&a->row, arena) && keep(arena, texts, ARRAY_LEN(texts)) &&
                   keep_commits(arena, a)
               ? ERR_OK
               : arena_err(arena, l->err);
}

static bool passes(const struct filter *filter, const struct approval *a)
{
    const struct filter_field fields[] = {
        {"pipeline", a->row.id.name},
        {"pipeline", a->row.logical},
        {"account", a->row.id.account},
        {"region", a->row.id.region},
        {"stage", a->stage},
        {"action", a->action},
        {"environment", a->environment},
        {"commit", a->execution.revision},
        {"summary", a->execution.revision_summary},
        {"asked", a->asked},
    };

    return filter == NULL || filter->count == 0 ||
           filter_matches(filter, fields, ARRAY_LEN(fields));
}

static int64_t number_of(const struct approval *a)
{
    struct hash h;

    hash_init(&h);
    hash_sv(&h, a->row.id.account);
    hash_sv(&h, a->row.id.region);
    hash_sv(&h, a->row.id.name);
    hash_sv(&h, a->stage);
    hash_sv(&h, a->action);
    hash_sv(&h, a->execution.id);
    return (int64_t)(hash_done(&h) >> 1) + 1;
}

/* ---- what it releases ---- */

/* The first source stands for the execution everywhere; its commits do, here. */
static void take_source(const struct carried_source *source, struct approval *a)
{
    if (source->commit_count > 0)
        a->author = source->commits[0].author;
    a->commits = source->commits;
    a->commit_count = (int)source->commit_count;
    a->has_more = source->commits_cut;
    a->taken = source->taken;
    a->taken_cut = source->taken_cut;
    a->again = source->again;
}

/* As the plan and four eyes have it: core/operate/released.h. */
static void read_released(struct look *l, const struct stage_state *to, struct approval *a)
{
    const struct released_ask ask = {.id = &a->row.id,
                                     .execution = a->execution.id,
                                     .to = to,
                                     .is_parallel = a->row.mode == MODE_PARALLEL};
    struct carried carried;
    struct err why;
    int64_t read_at;

    a->last_id = released_now(&ask);
    if (released_get(l->cache, &ask, &l->scratch, &carried, &read_at, &why))
        return;
    a->is_read = true;
    a->last_id = carried.before_id;
    for (size_t i = 0; i < carried.source_count; i++) {
        const struct carried_source *source = &carried.sources[i];

        if (!source->is_walked || !sv_eq(source->revision, a->execution.revision))
            continue;
        take_source(source, a);
        return;
    }
}

/* ---- the approvals of one pipeline ---- */

static const struct action_def *find_def(const struct pipeline_def *def, struct sv stage,
                                         struct sv action)
{
    for (size_t i = 0; i < def->stage_count; i++) {
        for (size_t k = 0; k < def->stages[i].action_count; k++) {
            if (sv_eq(def->stages[i].name, stage) && sv_eq(def->stages[i].actions[k].name, action))
                return &def->stages[i].actions[k];
        }
    }
    return NULL;
}

static void define(struct look *l, const struct action_state *state, struct approval *a)
{
    const struct action_def *def = find_def(&l->def, a->stage, a->action);
    int64_t minutes =
        def != NULL && def->timeout_minutes > 0 ? def->timeout_minutes : DEFAULT_MINUTES;

    if (a->since > 0)
        a->expires = a->since + minutes * MINUTE_MS;
    a->data = def != NULL ? def->data : SV_NONE;
    a->link = def != NULL && def->link.len > 0 ? def->link : state->external_url;
}

static void find_environment(struct look *l, const struct stage_state *released, struct approval *a)
{
    a->released = released->name;
    a->environment = l->pipeline.row.environment;
    if (a->environment.len == 0 && l->pipeline.row.strategy != FOLD_UNMANAGED)
        a->environment = fold_stage_environment(released->name);
}

static enum err_code add(struct look *l, struct approval *a)
{
    struct approvals *list = l->list;
    enum err_code rc;

    a->number = number_of(a);
    list->total++;
    if (!passes(l->filter, a))
        return ERR_OK;
    if ((size_t)list->count == l->size) {
        size_t size = l->size > 0 ? l->size * 2 : 32;
        struct approval *grown = arena_alloc(&list->arena, size, sizeof *grown);

        if (grown == NULL)
            return arena_err(&list->arena, l->err);
        if (list->count > 0)
            memcpy(grown, list->rows, (size_t)list->count * sizeof *grown);
        list->rows = grown;
        l->size = size;
    }
    rc = keep_approval(l, a);
    if (rc == ERR_OK)
        list->rows[list->count++] = *a;
    return rc;
}

static enum err_code make(struct look *l, size_t at, struct sv execution_id,
                          const struct action_state *action, int64_t since)
{
    const struct pipeline_state *state = &l->pipeline.state;
    const struct stage_state *released = released_stage(state, at);
    struct approval a = {.row = l->pipeline.row,
                         .stage = state->stages[at].name,
                         .action = action->name,
                         .execution = {.id = execution_id},
                         .since = since,
                         .commit_count = -1};
    struct err why;

    if (l->only_counts) {
        l->list->total++;
        return ERR_OK;
    }
    if (cache_get_execution(l->cache, a.row.rowid, execution_id, &l->scratch, &a.execution, &why))
        a.execution = (struct execution){.id = execution_id};
    define(l, action, &a);
    find_environment(l, released, &a);
    read_released(l, released, &a);
    a.asked = trigger_person(a.execution.trigger_detail);
    if (a.asked.len == 0)
        a.asked = a.author;
    return add(l, &a);
}

static enum err_code take_state(struct look *l)
{
    const struct pipeline_state *state = &l->pipeline.state;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < state->stage_count; i++) {
        for (size_t k = 0; k < state->stages[i].action_count && rc == ERR_OK; k++) {
            const struct action_state *action = &state->stages[i].actions[k];

            if (action_status(action->status, action->category, action->has_token) ==
                STATUS_WAITING)
                rc = make(l, i, state->stages[i].execution_id, action, action->changed_at);
        }
    }
    return rc;
}

static size_t stage_at(const struct pipeline_state *state, struct sv name)
{
    size_t i = 0;

    while (i < state->stage_count && !sv_eq(state->stages[i].name, name))
        i++;
    return i;
}

/* In PARALLEL mode, of the executions before the latest, which the state tells of better; what has
 * ended since waits for nobody. */
static enum err_code take_runs(struct look *l)
{
    struct action_run *runs = NULL;
    size_t count = 0;
    enum err_code rc =
        cache_runs(l->cache, l->pipeline.row.rowid, SV_NONE, &l->scratch, &runs, &count, l->err);

    for (size_t i = 0; i < count && rc == ERR_OK; i++) {
        const struct action_run *run = &runs[i];
        size_t at = stage_at(&l->pipeline.state, run->stage);
        struct execution e;
        struct err why;

        if (run->action.status != STATUS_WAITING || at == l->pipeline.state.stage_count ||
            sv_eq(run->execution_id, l->pipeline.row.execution_id) ||
            (!cache_get_execution(l->cache, l->pipeline.row.rowid, run->execution_id, &l->scratch,
                                  &e, &why) &&
             !status_is_running(e.status)))
            continue;
        rc = make(l, at, run->execution_id, &run->action,
                  run->started_at > 0 ? run->started_at : run->action.changed_at);
    }
    return rc;
}

static enum err_code take(struct look *l, int64_t rowid, const struct scope *scope)
{
    struct err why;
    enum err_code rc;

    arena_clear(&l->scratch);
    rc = cache_get_pipeline(l->cache, rowid, &l->scratch, &l->pipeline, &why);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return err_set(l->err, rc, "%s", why.text);
    if (scope != NULL && scope_find(scope, &l->pipeline.row.id) == NULL)
        return ERR_OK;
    if (!l->only_counts && cache_get_def(l->cache, rowid, &l->scratch, &l->def, &why))
        l->def = (struct pipeline_def){.stage_count = 0};
    rc = take_state(l);
    return rc || l->pipeline.row.mode != MODE_PARALLEL ? rc : take_runs(l);
}

static int oldest_first(const void *a, const void *b)
{
    const struct approval *x = a;
    const struct approval *y = b;
    int order = (x->since > y->since) - (x->since < y->since);

    if (order == 0)
        order = sv_cmp(x->row.id.name, y->row.id.name);
    if (order == 0)
        order = sv_cmp(x->stage, y->stage);
    if (order == 0)
        order = sv_cmp(x->action, y->action);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

static enum err_code fill(struct approvals *list, struct cache *cache, const struct scope *scope,
                          const struct filter *filter, struct err *err)
{
    struct look l = {.list = list, .cache = cache, .filter = filter, .err = err};
    int64_t *rowids = NULL;
    size_t count = 0;
    enum err_code rc = cache_waiting(cache, &list->arena, &rowids, &count, err);

    arena_init(&l.scratch, PIPELINE_CAP);
    for (size_t i = 0; i < count && rc == ERR_OK; i++)
        rc = take(&l, rowids[i], scope);
    arena_release(&l.scratch);
    if (rc)
        return rc;
    if (list->count > 1)
        qsort(list->rows, (size_t)list->count, sizeof *list->rows, oldest_first);
    list->ids = arena_alloc(&list->arena, (size_t)list->count, sizeof *list->ids);
    if (list->ids == NULL)
        return arena_err(&list->arena, err);
    for (int i = 0; i < list->count; i++)
        list->ids[i] = list->rows[i].number;
    return ERR_OK;
}

enum err_code approvals_load(struct approvals *a, struct cache *cache, const struct scope *scope,
                             const struct filter *filter, struct err *err)
{
    struct approvals fresh;
    enum err_code rc = cache_read_begin(cache, err);

    if (rc)
        return rc;
    approvals_init(&fresh);
    rc = fill(&fresh, cache, scope, filter, err);
    cache_read_end(cache);
    if (rc) {
        approvals_release(&fresh);
        return rc;
    }
    approvals_release(a);
    *a = fresh;
    return ERR_OK;
}

enum err_code approvals_count(struct cache *cache, const struct scope *scope, int64_t *out,
                              struct err *err)
{
    struct approvals none;
    struct look l = {.list = &none, .cache = cache, .only_counts = true, .err = err};
    int64_t *rowids = NULL;
    size_t count = 0;
    enum err_code rc;

    approvals_init(&none);
    arena_init(&l.scratch, PIPELINE_CAP);
    rc = cache_waiting(cache, &none.arena, &rowids, &count, err);
    for (size_t i = 0; i < count && i < APPROVALS_COUNTED && rc == ERR_OK; i++)
        rc = take(&l, rowids[i], scope);
    if (rc == ERR_OK)
        *out = none.total + (int64_t)(count > APPROVALS_COUNTED ? count - APPROVALS_COUNTED : 0);
    arena_release(&l.scratch);
    approvals_release(&none);
    return rc;
}
