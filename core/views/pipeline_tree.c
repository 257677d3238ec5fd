#include "core/views/pipeline_tree.h"

#include <stdlib.h>

#include "core/views/board.h"

enum { TREE_CAP = 64 << 20, STAGES_MAX = 256 };

void pipeline_tree_init(struct pipeline_tree *t)
{
    *t = (struct pipeline_tree){.count = 0};
    arena_init(&t->arena, TREE_CAP);
}

void pipeline_tree_release(struct pipeline_tree *t)
{
    arena_release(&t->arena);
    pipeline_tree_init(t);
}

/* A name may be both a CodePipeline's and the logical pipeline's of others: the former wins. */
static enum err_code find_logical(struct pipeline_tree *t, struct cache *cache,
                                  const struct pipeline_id *id, struct sv *logical, struct err *err)
{
    struct cache_pipeline pipeline;
    struct err why;
    int64_t rowid = 0;
    enum err_code rc = cache_find_id(cache, id, &rowid, err);

    *logical = id->name;
    if (rc || rowid == 0)
        return rc;
    rc = cache_get_pipeline(cache, rowid, &t->arena, &pipeline, &why);
    if (rc == ERR_OK)
        *logical = pipeline.row.logical;
    return rc == ERR_OK || rc == ERR_NOT_FOUND ? ERR_OK : err_set(err, rc, "%s", why.text);
}

static int by_environment(const void *a, const void *b)
{
    const struct pipeline_row *x = a;
    const struct pipeline_row *y = b;
    int order = environment_cmp(x->environment, y->environment);

    return order != 0 ? order : sv_cmp(x->id.name, y->id.name);
}

static size_t count_actions(const struct pipeline_state *state)
{
    size_t count = 0;

    for (size_t i = 0; i < state->stage_count; i++)
        count += state->stages[i].action_count;
    return count;
}

/* The definition as far as state_from_runs needs it. */
static bool make_def(const struct cache_pipeline *p, struct arena *arena, struct pipeline_def *out)
{
    struct stage_def *stages = arena_alloc(arena, p->state.stage_count, sizeof *stages);
    struct action_def *actions = arena_alloc(arena, count_actions(&p->state), sizeof *actions);

    if (stages == NULL || actions == NULL)
        return false;
    *out = (struct pipeline_def){.name = p->row.id.name,
                                 .version = p->version,
                                 .stages = stages,
                                 .stage_count = p->state.stage_count};
    for (size_t i = 0; i < p->state.stage_count; i++) {
        const struct stage_state *from = &p->state.stages[i];

        stages[i] = (struct stage_def){
            .name = from->name, .actions = actions, .action_count = from->action_count};
        for (size_t k = 0; k < from->action_count; k++)
            *actions++ = (struct action_def){.name = from->actions[k].name,
                                             .category = from->actions[k].category,
                                             .provider = from->actions[k].provider};
    }
    return true;
}

static enum err_code show_older(struct pipeline_part *part, size_t back, struct arena *arena,
                                struct err *err)
{
    struct pipeline_state *state = &part->pipeline.state;
    struct stage_state *stages = arena_alloc(arena, state->stage_count, sizeof *stages);
    struct action_state *actions = arena_alloc(arena, count_actions(state), sizeof *actions);
    struct pipeline_def def;

    if (stages == NULL || actions == NULL || !make_def(&part->pipeline, arena, &def))
        return arena_err(arena, err);
    part->back = back;
    part->shown = part->executions[back];
    state_from_runs(&def, part->shown.id, part->runs, part->run_count, stages, actions, state);
    return ERR_OK;
}

static enum err_code load_history(struct pipeline_part *part, struct cache *cache,
                                  struct arena *arena, struct err *err)
{
    int64_t rowid = part->pipeline.row.rowid;
    struct execution *executions = NULL;
    struct action_run *runs = NULL;
    struct stage_run *stage_runs = NULL;
    struct stage_duration *durations = NULL;
    enum err_code rc =
        cache_executions(cache, rowid, arena, &executions, &part->execution_count, err);

    if (rc == ERR_OK)
        rc = cache_runs(cache, rowid, SV_NONE, arena, &runs, &part->run_count, err);
    if (rc == ERR_OK)
        rc = stage_runs_of(runs, part->run_count, arena, &stage_runs, &part->stage_run_count, err);
    if (rc == ERR_OK)
        rc = stage_durations_of(stage_runs, part->stage_run_count, arena, &durations,
                                &part->duration_count, err);
    part->executions = executions;
    part->runs = runs;
    part->stage_runs = stage_runs;
    part->durations = durations;
    return rc;
}

static enum err_code load_part(struct pipeline_part *part, struct cache *cache, int64_t rowid,
                               const struct pipeline_ask *ask, struct arena *arena, struct err *err)
{
    enum err_code rc = cache_get_pipeline(cache, rowid, arena, &part->pipeline, err);

    if (rc == ERR_OK)
        rc = load_history(part, cache, arena, err);
    if (rc)
        return rc;
    part->shown = part->pipeline.latest;
    if (ask->execution_id.len == 0 ||
        (ask->chosen.len > 0 && !sv_eq(ask->chosen, part->pipeline.row.id.name)))
        return ERR_OK;
    for (size_t i = 1; i < part->execution_count; i++) {
        if (sv_eq(part->executions[i].id, ask->execution_id))
            return show_older(part, i, arena, err);
    }
    return ERR_OK;
}

static enum err_code load(struct pipeline_tree *t, struct cache *cache,
                          const struct pipeline_ask *ask, struct err *err)
{
    struct pipeline_row *rows = NULL;
    struct sv logical;
    size_t count = 0;
    enum err_code rc = find_logical(t, cache, &ask->id, &logical, err);

    if (rc == ERR_OK)
        rc = cache_siblings(cache, ask->id.partition, ask->id.account, ask->id.region, logical,
                            &t->arena, &rows, &count, err);
    if (rc)
        return rc;
    if (count > 1)
        qsort(rows, count, sizeof *rows, by_environment);
    t->parts = arena_alloc(&t->arena, count, sizeof *t->parts);
    if (t->parts == NULL)
        return arena_err(&t->arena, err);
    for (size_t i = 0; i < count; i++) {
        struct err why;

        rc = load_part(&t->parts[t->count], cache, rows[i].rowid, ask, &t->arena, &why);
        if (rc == ERR_OK)
            t->count++;
        else if (rc != ERR_NOT_FOUND) /* deleted since it was listed */
            return err_set(err, rc, "%s", why.text);
    }
    return ERR_OK;
}

enum err_code pipeline_tree_load(struct pipeline_tree *t, struct cache *cache,
                                 const struct pipeline_ask *ask, struct err *err)
{
    struct pipeline_tree fresh;
    enum err_code rc;

    pipeline_tree_init(&fresh);
    rc = load(&fresh, cache, ask, err);
    if (rc) {
        pipeline_tree_release(&fresh);
        return rc;
    }
    pipeline_tree_release(t);
    *t = fresh;
    return ERR_OK;
}

const struct execution *part_execution(const struct pipeline_part *part, struct sv execution_id)
{
    for (size_t i = 0; i < part->execution_count && execution_id.len > 0; i++) {
        if (sv_eq(part->executions[i].id, execution_id))
            return &part->executions[i];
    }
    return NULL;
}

const struct stage_duration *part_duration(const struct pipeline_part *part, struct sv stage)
{
    for (size_t i = 0; i < part->duration_count; i++) {
        if (sv_eq(part->durations[i].stage, stage))
            return &part->durations[i];
    }
    return NULL;
}

const struct stage_run *part_stage_run(const struct pipeline_part *part, struct sv execution_id,
                                       struct sv stage)
{
    for (size_t i = 0; i < part->stage_run_count; i++) {
        if (sv_eq(part->stage_runs[i].stage, stage) &&
            sv_eq(part->stage_runs[i].execution_id, execution_id))
            return &part->stage_runs[i];
    }
    return NULL;
}

/* The oldest come first; the last one counts. */
const struct action_run *part_action_run(const struct pipeline_part *part, struct sv execution_id,
                                         struct sv stage, struct sv action)
{
    for (size_t i = part->run_count; i > 0; i--) {
        const struct action_run *run = &part->runs[i - 1];

        if (sv_eq(run->action.name, action) && sv_eq(run->stage, stage) &&
            sv_eq(run->execution_id, execution_id))
            return run;
    }
    return NULL;
}

static bool is_work(const struct stage_state *stage)
{
    for (size_t i = 0; i < stage->action_count; i++) {
        if (!sv_eq(stage->actions[i].category, SV("Approval")))
            return true;
    }
    return false;
}

int64_t part_left_ms(const struct pipeline_part *part, int64_t now_ms)
{
    const struct pipeline_state *state = &part->pipeline.state;
    struct sv following[STAGES_MAX];
    const struct stage_run *run = NULL;
    size_t count = 0;

    for (size_t i = 0; i < state->stage_count && count < STAGES_MAX; i++) {
        const struct stage_state *stage = &state->stages[i];

        if (run != NULL && is_work(stage))
            following[count++] = stage->name;
        else if (run == NULL && stage_status(stage) == STATUS_IN_PROGRESS &&
                 sv_eq(stage->execution_id, part->shown.id))
            run = part_stage_run(part, stage->execution_id, stage->name);
    }
    if (run == NULL || run->started_at == 0)
        return -1;
    return duration_left(part->durations, part->duration_count, run->stage,
                         now_ms - run->started_at - run->waited_ms, following, count);
}

void pipeline_tree_narrow(struct pipeline_tree *t, struct sv name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (!sv_eq(t->parts[i].pipeline.row.id.name, name))
            continue;
        t->parts += i;
        t->count = 1;
        return;
    }
}
