#include "core/views/figures.h"

#include "core/model/fold.h"
#include "core/operate/commits.h"
#include "core/views/age.h"

/* ---- the attempts ---- */

struct gathering {
    struct cache *cache;
    const struct pipeline_part *part;
    struct pipeline_id at; /* of its first source */
    struct sv repository;  /* "" when CodeCommit does not have it */
    struct delivery_run *runs;
    size_t count;
    int64_t oldest; /* start of the oldest known execution; 0 = none */
    struct arena *arena;
};

static void find_repository(struct gathering *g)
{
    struct pipeline_def def;

    g->repository = SV("");
    if (cache_get_def(g->cache, g->part->pipeline.row.rowid, g->arena, &def, NULL))
        return;
    for (size_t i = 0; i < def.stage_count; i++) {
        for (size_t k = 0; k < def.stages[i].action_count; k++) {
            const struct action_def *action = &def.stages[i].actions[k];

            if (!sv_eq(action->category, SV("Source")))
                continue;
            g->at = commits_at(action, &g->part->pipeline.row.id);
            if (sv_eq(action->provider, SV("CodeCommit")))
                g->repository = action->repository;
            return;
        }
    }
}

/* 0 where the commit was never read. */
static int64_t commit_time(const struct gathering *g, const struct execution *e)
{
    if (e == NULL || e->revision.len == 0 || g->repository.len == 0)
        return 0;
    return commits_time(g->cache, &g->at, g->repository, e->revision, g->arena);
}

/* Nothing failed but an approval: it was rejected, or nobody gave it in time. */
static bool was_rejected(const struct gathering *g, struct sv execution_id, struct sv stage)
{
    bool is_rejected = false;

    for (size_t i = 0; i < g->part->run_count; i++) {
        const struct action_run *run = &g->part->runs[i];

        if (run->action.status != STATUS_FAILED || !sv_eq(run->execution_id, execution_id) ||
            (stage.len > 0 && !sv_eq(run->stage, stage)))
            continue;
        if (!sv_eq(run->action.category, SV("Approval")))
            return false;
        is_rejected = true;
    }
    return is_rejected;
}

static void add(struct gathering *g, enum status status, int64_t ended_at, int64_t started_at,
                const struct execution *e, bool is_rejected)
{
    if (ended_at == 0 || (status != STATUS_SUCCEEDED && status != STATUS_FAILED))
        return;
    g->runs[g->count++] = (struct delivery_run){
        .execution_started_at = e != NULL && e->started_at > 0 ? e->started_at : started_at,
        .committed_at = commit_time(g, e),
        .ended_at = ended_at,
        .has_succeeded = status == STATUS_SUCCEEDED,
        .is_rejected = is_rejected,
        .is_rollback = e != NULL && e->is_rollback};
}

static void gather_stage(struct gathering *g, struct sv stage)
{
    for (size_t i = 0; i < g->part->stage_run_count; i++) {
        const struct stage_run *run = &g->part->stage_runs[i];

        if (sv_eq(run->stage, stage))
            add(g, run->status, run->ended_at, run->started_at,
                part_execution(g->part, run->execution_id),
                run->status == STATUS_FAILED && was_rejected(g, run->execution_id, stage));
    }
}

static void gather_whole(struct gathering *g)
{
    for (size_t i = 0; i < g->part->execution_count; i++) {
        const struct execution *e = &g->part->executions[i];

        add(g, e->status, status_is_running(e->status) ? 0 : e->updated_at, e->started_at, e,
            e->status == STATUS_FAILED && was_rejected(g, e->id, SV("")));
    }
}

static bool deploys(struct sv stage)
{
    return sv_starts(stage, SV("Deploy-Stage-")) && fold_stage_environment(stage).len > 0;
}

static enum err_code figure(struct gathering *g, struct sv stage, int64_t since_ms,
                            int64_t until_ms, struct figures *out, struct err *err)
{
    size_t most = g->part->stage_run_count + g->part->execution_count;

    g->count = 0;
    g->runs = arena_alloc(g->arena, most + 1, sizeof *g->runs);
    if (g->runs == NULL)
        return arena_err(g->arena, err);
    if (stage.len > 0)
        gather_stage(g, stage);
    else
        gather_whole(g);
    *out = (struct figures){.environment = fold_stage_environment(stage),
                            .pipeline = g->part->pipeline.row.id.name};
    return delivery_of(g->runs, g->count, since_ms, until_ms, g->oldest, g->arena, &out->delivery,
                       err);
}

static enum err_code figure_part(struct gathering *g, int64_t since_ms, int64_t until_ms,
                                 struct figures *out, size_t *count, struct err *err)
{
    const struct pipeline_state *state = &g->part->pipeline.state;
    size_t first = *count;
    enum err_code rc = ERR_OK;

    g->oldest = 0;
    for (size_t i = 0; i < g->part->execution_count; i++) {
        int64_t at = g->part->executions[i].started_at;

        if (at > 0 && (g->oldest == 0 || at < g->oldest))
            g->oldest = at;
    }
    find_repository(g);
    for (size_t i = 0; i < state->stage_count && !rc; i++) {
        if (deploys(state->stages[i].name))
            rc = figure(g, state->stages[i].name, since_ms, until_ms, &out[(*count)++], err);
    }
    if (!rc && *count == first)
        rc = figure(g, SV(""), since_ms, until_ms, &out[(*count)++], err);
    return rc;
}

enum err_code figures_load(struct cache *cache, const struct pipeline_tree *tree, int64_t since_ms,
                           int64_t until_ms, struct arena *arena, struct figures **out,
                           size_t *count, struct err *err)
{
    struct gathering g = {.cache = cache, .arena = arena};
    size_t most = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < tree->count; i++)
        most += tree->parts[i].pipeline.state.stage_count + 1;
    *count = 0;
    *out = arena_alloc(arena, most + 1, sizeof **out);
    if (*out == NULL)
        return arena_err(arena, err);
    for (size_t i = 0; i < tree->count && !rc; i++) {
        g.part = &tree->parts[i];
        rc = figure_part(&g, since_ms, until_ms, *out, count, err);
    }
    return rc;
}

/* ---- as text ---- */

/* Each column narrow enough for all of them in 78 cells. */
enum { CELL = 40, NAME_CELLS = 12 };
#define FIGURES_FORMAT "%-6s %-14s %-12s %-11s %-11s %s"

/* "2h03m (12)": from how many samples */
static const char *time_cell(int64_t ms, size_t samples, char out[CELL])
{
    char text[AGE_SIZE];

    if (ms >= 0)
        (void)snprintf(out, CELL, "%s (%zu)", duration_text(ms, text), samples);
    else
        (void)snprintf(out, CELL, "too few (%zu)", samples);
    return out;
}

static const char *rate_cell(const struct delivery *d, char out[CELL])
{
    if (d->per_day >= 0)
        (void)snprintf(out, CELL, "%.2f/day (%zu)", d->per_day, d->deployments);
    else if (d->deployments >= DELIVERY_LEAST)
        (void)snprintf(out, CELL, "%zu in under 1d", d->deployments);
    else
        (void)snprintf(out, CELL, "too few (%zu)", d->deployments);
    return out;
}

static const char *failed_cell(const struct delivery *d, char out[CELL])
{
    if (d->failure_percent >= 0)
        (void)snprintf(out, CELL, "%d%% of %zu", d->failure_percent, d->attempts);
    else
        (void)snprintf(out, CELL, "too few (%zu)", d->attempts);
    return out;
}

static enum err_code add_name(struct sv name, struct sb *out, struct err *err)
{
    int width = text_width(sv_take(name, 60));
    enum err_code rc = sb_add_safe(out, sv_take(name, 60), err);

    return rc ? rc : sb_addf(out, err, "%*s ", width < NAME_CELLS ? NAME_CELLS - width : 0, "");
}

static const char *month_and_day(int64_t at_ms, char out[TIME_RFC3339_SIZE])
{
    enum { YEAR = 5, DATE = 10 };

    (void)time_rfc3339(at_ms, out);
    out[DATE] = '\0';
    return out + YEAR;
}

static enum err_code add_line(const struct figures *f, struct sb *out, struct err *err)
{
    const struct delivery *d = &f->delivery;
    char cells[4][CELL];
    char since[TIME_RFC3339_SIZE];
    enum err_code rc =
        add_name(f->environment.len > 0 ? f->environment : SV("(pipeline)"), out, err);

    if (!rc)
        rc = sb_addf(out, err, FIGURES_FORMAT, d->is_broken ? "BROKEN" : "", rate_cell(d, cells[0]),
                     time_cell(d->lead_ms, d->lead_samples, cells[1]), failed_cell(d, cells[2]),
                     time_cell(d->restore_ms, d->restores, cells[3]),
                     d->is_partial ? month_and_day(d->since_ms, since) : "");
    while (!rc && out->len > 0 && out->ptr[out->len - 1] == ' ')
        out->ptr[--out->len] = '\0';
    return rc ? rc : sb_addc(out, '\n', err);
}

static const char definitions[] =
    "Deployed: attempts that succeeded, per day. Lead time: median from the newest commit to the "
    "end "
    "of\n"
    "the deployment, of those whose commit's time is known. Failed: attempts that failed or were "
    "rolled\n"
    "back; what was rejected, stopped or superseded was not deployed, and is none. Restored: "
    "median "
    "from\n"
    "a failure to the next success. (12) is of how many. Fewer than three are too few to tell.\n"
    "Since: the month and day that what is known begins with, where that is not all of the time.\n";

/* Said where it explains a figure that is missing, or of few. */
static enum err_code add_unknown(const struct figures *figures, size_t count, struct sb *out,
                                 struct err *err)
{
    size_t deployments = 0;
    size_t known = 0;

    for (size_t i = 0; i < count; i++) {
        deployments += figures[i].delivery.deployments;
        known += figures[i].delivery.lead_samples;
    }
    if (known >= deployments)
        return ERR_OK;
    return sb_addf(out, err, "Lead time: the commits' times are known of %zu of %zu deployments.\n",
                   known, deployments);
}

enum err_code figures_text(const struct figures *figures, size_t count, bool has_definitions,
                           struct sb *out, struct err *err)
{
    enum err_code rc = add_name(SV("ENVIRONMENT"), out, err);

    if (!rc)
        rc = sb_addf(out, err, FIGURES_FORMAT "\n", "NOW", "DEPLOYED", "LEAD TIME", "FAILED",
                     "RESTORED", "SINCE");
    for (size_t i = 0; i < count && !rc; i++)
        rc = add_line(&figures[i], out, err);
    if (!rc && has_definitions)
        rc = add_unknown(figures, count, out, err);
    if (!rc && has_definitions)
        rc = sb_add(out, sv_of(definitions), err);
    return rc;
}

/* ---- as JSON ---- */

static void put_figure(struct jw *w, const char *name, bool is_known, int64_t value)
{
    jw_name(w, name);
    if (is_known)
        jw_int(w, value);
    else
        jw_null(w);
}

static void put_one(struct jw *w, const struct figures *f)
{
    const struct delivery *d = &f->delivery;

    jw_open(w, '{');
    jw_put_sv(w, "pipeline", f->pipeline);
    jw_put_sv(w, "environment", f->environment);
    jw_put_time(w, "since", d->since_ms);
    jw_put_time(w, "until", d->until_ms);
    jw_put_bool(w, "partial", d->is_partial);
    jw_put_int(w, "attempts", (int64_t)d->attempts);
    jw_put_int(w, "deployments", (int64_t)d->deployments);
    jw_put_int(w, "failed", (int64_t)d->failed);
    jw_put_int(w, "rolled_back", (int64_t)d->rolled_back);
    jw_put_int(w, "lead_samples", (int64_t)d->lead_samples);
    jw_put_int(w, "lead_samples_from_commits", (int64_t)d->lead_samples);
    jw_put_int(w, "run_samples", (int64_t)d->run_samples);
    jw_put_int(w, "rejected", (int64_t)d->rejected);
    jw_put_int(w, "restores", (int64_t)d->restores);
    jw_put_bool(w, "broken", d->is_broken);
    /* Whole numbers only: a thousandth of a deployment is fine enough. */
    put_figure(w, "deployments_per_1000_days", d->per_day >= 0, (int64_t)(d->per_day * 1000 + 0.5));
    put_figure(w, "lead_time_s", d->lead_ms >= 0, d->lead_ms / 1000);
    put_figure(w, "run_time_s", d->run_ms >= 0, d->run_ms / 1000);
    put_figure(w, "failure_percent", d->failure_percent >= 0, d->failure_percent);
    put_figure(w, "restore_time_s", d->restore_ms >= 0, d->restore_ms / 1000);
    jw_close(w, '}');
}

void figures_json(struct jw *w, const struct figures *figures, size_t count)
{
    jw_open(w, '[');
    for (size_t i = 0; i < count; i++)
        put_one(w, &figures[i]);
    jw_close(w, ']');
}
