#include "core/model/duration.h"

#include <stdlib.h>
#include <string.h>

static bool is_approval(const struct action_run *run)
{
    return sv_eq(run->action.category, SV("Approval"));
}

static enum status status_of(const struct action_run *run)
{
    return action_status(run->action.status, run->action.category, run->action.has_token);
}

/* When it began or, when nobody saw that, ended. */
static int64_t run_when(const struct action_run *run)
{
    return run->started_at > 0 ? run->started_at : run->action.changed_at;
}

/* The runs of a stage in an execution become neighbours, those of an action in the order of time:
 * the last of them tells how it stands. */
static int compare_runs(const void *a, const void *b)
{
    const struct action_run *x = *(const struct action_run *const *)a;
    const struct action_run *y = *(const struct action_run *const *)b;
    int order = sv_cmp(x->execution_id, y->execution_id);

    if (order == 0)
        order = sv_cmp(x->stage, y->stage);
    if (order == 0)
        order = sv_cmp(x->action.name, y->action.name);
    if (order == 0)
        order = (run_when(x) > run_when(y)) - (run_when(x) < run_when(y));
    return order;
}

struct group { /* one stage in one execution */
    const struct action_run *const *runs;
    size_t count;
};

static bool is_last_try(const struct group *g, size_t i)
{
    return i + 1 == g->count || !sv_eq(g->runs[i]->action.name, g->runs[i + 1]->action.name);
}

struct span {
    int64_t from; /* 0 = not known */
    int64_t to;
};

/* From the first start to the last end of the work, or of the approvals; zeroes without any. */
static struct span span_of(const struct group *g, bool of_approvals)
{
    struct span span = {0};
    bool is_known = true;

    for (size_t i = 0; i < g->count; i++) {
        const struct action_run *run = g->runs[i];

        if (is_approval(run) != of_approvals)
            continue;
        is_known = is_known && run->started_at > 0;
        if (span.from == 0 || run->started_at < span.from)
            span.from = run->started_at;
        if (run->action.changed_at > span.to)
            span.to = run->action.changed_at;
    }
    if (!is_known)
        span.from = 0;
    return span;
}

static struct span run_span(const struct action_run *run)
{
    return (struct span){run_when(run), run->action.changed_at};
}

static int64_t overlap(struct span a, struct span b)
{
    int64_t from = a.from > b.from ? a.from : b.from;
    int64_t to = a.to < b.to ? a.to : b.to;

    return to > from ? to - from : 0;
}

/* How long, of the span of the work, nothing but this approval went on. */
static int64_t waited_alone(const struct group *g, const struct action_run *approval,
                            struct span span)
{
    int64_t alone = overlap(run_span(approval), span);

    for (size_t i = 0; i < g->count; i++) {
        if (!is_approval(g->runs[i]))
            alone -= overlap(run_span(approval), run_span(g->runs[i]));
    }
    return alone > 0 ? alone : 0;
}

static void fill_stage(const struct group *g, struct stage_run *out)
{
    struct span work = span_of(g, false);
    bool has_work = work.to > 0;
    struct span span = has_work ? work : span_of(g, true);
    bool is_sample = has_work && work.from > 0;
    bool is_running = false;
    int64_t worked = work.to - work.from;

    *out = (struct stage_run){.execution_id = g->runs[0]->execution_id,
                              .stage = g->runs[0]->stage,
                              .started_at = span.from};
    for (size_t i = 0; i < g->count; i++) {
        const struct action_run *run = g->runs[i];
        enum status status = status_of(run);

        is_sample = is_sample && status_is_success(status);
        if (is_last_try(g, i)) {
            out->status = status_worst(out->status, status);
            is_running = is_running || status_is_running(status);
        }
        if (!is_approval(run) || status_is_running(status))
            continue;
        out->waited_ms += run->action.changed_at - run_when(run);
        worked -= waited_alone(g, run, work);
    }
    out->ended_at = is_running ? 0 : span.to;
    out->worked_ms = is_sample ? worked : -1;
}

static int64_t stage_when(const struct stage_run *run)
{
    return run->started_at > 0 ? run->started_at : run->ended_at;
}

static int compare_stages(const void *a, const void *b)
{
    const struct stage_run *x = a;
    const struct stage_run *y = b;
    int order = (stage_when(x) > stage_when(y)) - (stage_when(x) < stage_when(y));

    return order != 0 ? order : sv_cmp(x->stage, y->stage);
}

enum err_code stage_runs_of(const struct action_run *runs, size_t count, struct arena *arena,
                            struct stage_run **out, size_t *out_count, struct err *err)
{
    const struct action_run **sorted = arena_alloc(arena, count, sizeof *sorted);
    struct stage_run *stages = arena_alloc(arena, count, sizeof *stages);
    size_t used = 0;

    if (sorted == NULL || stages == NULL)
        return arena_err(arena, err);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &runs[i];
    qsort(sorted, count, sizeof *sorted, compare_runs);
    for (size_t i = 0; i < count;) {
        struct group g = {&sorted[i], 0};

        while (i < count && sv_eq(sorted[i]->execution_id, g.runs[0]->execution_id) &&
               sv_eq(sorted[i]->stage, g.runs[0]->stage)) {
            g.count++;
            i++;
        }
        fill_stage(&g, &stages[used++]);
    }
    qsort(stages, used, sizeof *stages, compare_stages);
    *out = stages;
    *out_count = used;
    return ERR_OK;
}

int64_t percentile(const int64_t *sorted, size_t count, int percent)
{
    size_t rank = (count * (size_t)percent + 99) / 100;

    return sorted[rank > 0 ? rank - 1 : 0];
}

static int compare_values(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

static const struct stage_duration *find(const struct stage_duration *durations, size_t count,
                                         struct sv stage)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(durations[i].stage, stage))
            return &durations[i];
    }
    return NULL;
}

/* runs are sorted, so the last sample is the latest. */
static void fill_duration(const struct stage_run *runs, size_t count, int64_t *values,
                          struct stage_duration *out)
{
    out->p50_ms = out->p90_ms = out->last_ms = -1;
    for (size_t i = 0; i < count; i++) {
        if (runs[i].worked_ms < 0 || !sv_eq(runs[i].stage, out->stage))
            continue;
        out->last_ms = values[out->samples++] = runs[i].worked_ms;
    }
    if (out->samples == 0)
        return;
    qsort(values, out->samples, sizeof *values, compare_values);
    out->p50_ms = percentile(values, out->samples, 50);
    out->p90_ms = percentile(values, out->samples, 90);
}

enum err_code stage_durations_of(const struct stage_run *runs, size_t count, struct arena *arena,
                                 struct stage_duration **out, size_t *out_count, struct err *err)
{
    struct stage_run *sorted = arena_alloc(arena, count, sizeof *sorted);
    int64_t *values = arena_alloc(arena, count, sizeof *values);
    struct stage_duration *list = arena_alloc(arena, count, sizeof *list);
    size_t used = 0;

    if (sorted == NULL || values == NULL || list == NULL)
        return arena_err(arena, err);
    if (count > 0)
        memcpy(sorted, runs, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_stages);
    for (size_t i = 0; i < count; i++) {
        if (find(list, used, sorted[i].stage) != NULL)
            continue;
        list[used].stage = sorted[i].stage;
        fill_duration(sorted, count, values, &list[used++]);
    }
    *out = list;
    *out_count = used;
    return ERR_OK;
}

int64_t duration_left(const struct stage_duration *durations, size_t count, struct sv running_stage,
                      int64_t elapsed_ms, const struct sv *following, size_t following_count)
{
    const struct stage_duration *d = find(durations, count, running_stage);
    int64_t left;

    if (d == NULL || d->samples == 0)
        return -1;
    left = d->p50_ms > elapsed_ms ? d->p50_ms - elapsed_ms : 0;
    for (size_t i = 0; i < following_count; i++) {
        d = find(durations, count, following[i]);
        if (d == NULL || d->samples == 0)
            return -1;
        left += d->p50_ms;
    }
    return left;
}
