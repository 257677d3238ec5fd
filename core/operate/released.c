#include "core/operate/released.h"

enum { KEY_CAP = 512, SEEN_CAP = 512, PARALLEL_MS = 60 * 1000 };

static bool is_work(const struct stage_state *stage)
{
    for (size_t i = 0; i < stage->action_count; i++) {
        if (!sv_eq(stage->actions[i].category, SV("Approval")))
            return true;
    }
    return false;
}

const struct stage_state *released_stage(const struct pipeline_state *state, size_t at)
{
    for (size_t i = at; i < state->stage_count; i++) {
        if (is_work(&state->stages[i]))
            return &state->stages[i];
    }
    return &state->stages[at];
}

struct sv released_now(const struct released_ask *ask)
{
    return !ask->is_parallel && ask->to->status == STATUS_SUCCEEDED &&
                   !sv_eq(ask->to->execution_id, ask->execution)
               ? ask->to->execution_id
               : SV("");
}

/* ---- by its runs ---- */

/* Of several runs of an action the latest counts: it comes first. */
static bool is_latest(const struct action_run *runs, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (sv_eq(runs[i].execution_id, runs[at].execution_id) &&
            sv_eq(runs[i].stage, runs[at].stage) &&
            sv_eq(runs[i].action.name, runs[at].action.name))
            return false;
    }
    return true;
}

static bool has_run(const struct action_run *runs, size_t count, struct sv execution,
                    const struct stage_state *stage, struct sv action)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(runs[i].execution_id, execution) && sv_eq(runs[i].stage, stage->name) &&
            sv_eq(runs[i].action.name, action))
            return true;
    }
    return false;
}

/* One that was stopped, or left, between two actions has nothing but successes, and not of all. */
static bool has_run_all(const struct action_run *runs, size_t count, struct sv execution,
                        const struct stage_state *stage)
{
    for (size_t i = 0; i < stage->action_count; i++) {
        if (!has_run(runs, count, execution, stage, stage->actions[i].name))
            return false;
    }
    return true;
}

/* When the last of its actions succeeded there with this execution; 0 when one has not. */
static int64_t succeeded_at(const struct action_run *runs, size_t count, struct sv execution,
                            struct sv stage)
{
    int64_t at = 0;

    for (size_t i = 0; i < count; i++) {
        if (!sv_eq(runs[i].execution_id, execution) || !sv_eq(runs[i].stage, stage) ||
            !is_latest(runs, i))
            continue;
        if (!status_is_success(runs[i].action.status))
            return 0;
        at = runs[i].action.changed_at > at ? runs[i].action.changed_at : at;
    }
    return at;
}

/* The state tells that the stage's present execution did not get through. Of another one it is not
 * known: the stage may have had fewer actions then. */
static bool may_be_all(const struct released_ask *ask, struct sv execution)
{
    return ask->is_parallel || !sv_eq(ask->to->execution_id, execution);
}

struct sv released_last(const struct released_ask *ask, const struct action_run *runs, size_t count,
                        bool *is_known)
{
    struct sv last = SV("");
    int64_t last_at = 0;
    bool has_part = false;

    for (size_t i = 0; i < count; i++) {
        int64_t at;

        if (!sv_eq(runs[i].stage, ask->to->name) || sv_eq(runs[i].execution_id, ask->execution) ||
            runs[i].action.changed_at <= last_at || !status_is_success(runs[i].action.status))
            continue;
        at = succeeded_at(runs, count, runs[i].execution_id, ask->to->name);
        if (at <= last_at)
            continue;
        if (!has_run_all(runs, count, runs[i].execution_id, ask->to)) {
            has_part = has_part || may_be_all(ask, runs[i].execution_id);
            continue;
        }
        last_at = at;
        last = runs[i].execution_id;
    }
    *is_known = last.len > 0 || !has_part;
    return last;
}

/* ---- the document ---- */

enum err_code released_seen(const struct released_ask *ask, struct sb *out, struct err *err)
{
    if (ask->is_parallel || ask->to->execution_id.len == 0)
        return ERR_OK;
    return sb_addf(out, err, SV_FMT " %s with " SV_FMT, SV_ARG(sv_take(ask->to->name, 100)),
                   status_aws(ask->to->status), SV_ARG(sv_take(ask->to->execution_id, 36)));
}

enum err_code released_key(const struct released_ask *ask, struct sb *out, struct err *err)
{
    return sb_addf(out, err, "to " SV_FMT, SV_ARG(sv_take(ask->to->name, 200)));
}

enum err_code released_get(struct cache *cache, const struct released_ask *ask, struct arena *arena,
                           struct carried *out, int64_t *read_at, struct err *err)
{
    CLEANUP(sb_release) struct sb key;
    CLEANUP(sb_release) struct sb seen;
    enum err_code rc;

    sb_init(&key, KEY_CAP);
    sb_init(&seen, SEEN_CAP);
    rc = released_key(ask, &key, err);
    if (!rc)
        rc = released_seen(ask, &seen, err);
    if (!rc)
        rc = carried_get(cache, ask->id, ask->execution, sb_sv(&key), arena, out, read_at, err);
    if (!rc && !sv_eq(out->seen, sb_sv(&seen)))
        return err_set(err, ERR_NOT_FOUND, "what it releases was not read since " SV_FMT " changed",
                       SV_ARG(sv_take(ask->to->name, 100)));
    return rc;
}

bool released_is_fresh(const struct released_ask *ask, const struct carried *carried,
                       int64_t read_at, int64_t now_ms)
{
    if (ask->is_parallel && (read_at > now_ms || now_ms - read_at >= PARALLEL_MS))
        return false;
    return carried_is_fresh(carried, read_at, now_ms);
}
