#include "core/operate/way.h"

#include "core/model/fold.h"
#include "core/operate/guard_place.h"

enum gate { GATE_NONE, GATE_INSIDE, GATE_BEFORE };

static bool is_approval(const struct action_def *a)
{
    return sv_eq(a->category, SV("Approval"));
}

/* An approval holds all that comes behind it in the stage; before it or beside it may stand more.
 */
static enum gate gate_of(const struct stage_def *stage)
{
    int64_t first = INT64_MAX;
    bool has_more = false;

    for (size_t i = 0; i < stage->action_count; i++) {
        if (is_approval(&stage->actions[i]) && stage->actions[i].run_order < first)
            first = stage->actions[i].run_order;
    }
    if (first == INT64_MAX)
        return GATE_NONE;
    for (size_t i = 0; i < stage->action_count; i++)
        has_more =
            has_more || (!is_approval(&stage->actions[i]) && stage->actions[i].run_order <= first);
    return has_more ? GATE_INSIDE : GATE_BEFORE;
}

static bool only_approves(const struct stage_def *stage)
{
    for (size_t i = 0; i < stage->action_count; i++) {
        if (!is_approval(&stage->actions[i]))
            return false;
    }
    return stage->action_count > 0;
}

static bool is_closed(const struct pipeline_state *state, struct sv stage)
{
    for (size_t i = 0; state != NULL && i < state->stage_count; i++) {
        if (sv_eq(state->stages[i].name, stage))
            return !state->stages[i].transition_enabled;
    }
    return false;
}

/* ---- the definition ---- */

static bool get_cached(struct turn *t, int64_t version, struct pipeline_def *out)
{
    return guard_place_def(t, out) && out->version == version;
}

/* Stages without actions: nothing is known to hold it. */
static enum err_code from_state(struct turn *t, const struct pipeline_state *state,
                                struct pipeline_def *out, struct err *err)
{
    struct stage_def *stages = arena_alloc(t->arena, state->stage_count + 1, sizeof *stages);

    if (stages == NULL)
        return arena_err(t->arena, err);
    for (size_t i = 0; i < state->stage_count; i++)
        stages[i] = (struct stage_def){.name = state->stages[i].name};
    *out = (struct pipeline_def){.stages = stages, .stage_count = state->stage_count};
    return ERR_OK;
}

static enum err_code read_def(struct turn *t, const struct pipeline_state *state, struct sv from,
                              struct pipeline_def *out, struct err *err)
{
    struct err why = {0};
    enum err_code rc;

    if (state->stage_count == 0 || sv_eq(state->stages[state->stage_count - 1].name, from))
        return from_state(t, state, out, err);
    if (get_cached(t, state->version, out))
        return ERR_OK;
    rc = pipe_def(t, out, &why);
    if (rc == ERR_DENIED)
        return from_state(t, state, out, err);
    return rc ? err_set(err, rc, "%s", why.text) : ERR_OK;
}

/* ---- the walk ---- */

struct walk {
    struct turn *t;
    struct way *way;
    struct sb guarded;
    struct sb reached;
    struct err *err;
};

static enum err_code guard_stage(struct walk *w, const struct stage_def *stage)
{
    return guard_place_stage(w->t, stage, &w->guarded, w->err);
}

static enum err_code reach_stage(struct walk *w, const struct stage_def *stage)
{
    struct sv environment = fold_stage_environment(stage->name);
    enum err_code rc = guard_stage(w, stage);

    w->way->last = stage->name;
    if (w->way->first.len == 0)
        w->way->first = stage->name;
    if (rc || environment.len == 0 || !sv_starts(stage->name, SV("Deploy")))
        return rc;
    return sb_addf(&w->reached, w->err, "%s" SV_FMT, w->reached.len > 0 ? ", " : "",
                   SV_ARG(environment));
}

/* The first stage of a walk that begins at one is named by the person: the guard always sees it,
 * but an approval's name tells where the one before it went. */
static enum err_code walk_first(struct walk *w, const struct stage_def *s, enum way_start start,
                                bool *is_held)
{
    enum gate gate = gate_of(s);

    if (start == WAY_APPROVED && only_approves(s)) {
        w->way->last = s->name;
        return ERR_OK;
    }
    *is_held = start == WAY_ENTERS ? gate != GATE_NONE
               : start == WAY_RUNS ? only_approves(s)
                                   : false;
    if (*is_held)
        w->way->gate = s->name;
    if (*is_held && gate == GATE_BEFORE)
        return guard_stage(w, s);
    return reach_stage(w, s);
}

static enum err_code walk_on(struct walk *w, const struct pipeline_state *state,
                             const struct stage_def *s, bool *is_held)
{
    enum gate gate = gate_of(s);

    w->way->is_closed = is_closed(state, s->name);
    *is_held = w->way->is_closed || gate != GATE_NONE;
    if (*is_held)
        w->way->gate = s->name;
    return w->way->is_closed || gate == GATE_BEFORE ? ERR_OK : reach_stage(w, s);
}

static enum err_code walk(struct walk *w, const struct pipeline_state *state,
                          const struct pipeline_def *def, struct sv from, enum way_start start)
{
    bool is_held = false;
    bool is_on = from.len == 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < def->stage_count && !is_held && !rc; i++) {
        const struct stage_def *s = &def->stages[i];

        if (is_on)
            rc = walk_on(w, state, s, &is_held);
        else if (sv_eq(s->name, from))
            rc = walk_first(w, s, start, &is_held);
        is_on = is_on || sv_eq(s->name, from);
    }
    return rc;
}

enum err_code way_find(struct turn *t, const struct pipeline_state *state,
                       const struct pipeline_def *def, struct sv from, enum way_start start,
                       struct way *out, struct err *err)
{
    const struct pipeline_state none = {0};
    struct walk w = {.t = t, .way = out, .err = err};
    struct pipeline_def read;
    enum err_code rc = pipe_environment(t, &none, SV(""), err);

    *out = (struct way){.first = SV(""), .last = SV(""), .gate = SV(""), .environments = SV("")};
    sb_init(&w.guarded, GUARD_PLACES_MAX);
    sb_init(&w.reached, GUARD_PLACES_MAX);
    if (!rc && def == NULL) {
        rc = read_def(t, state, from, &read, err);
        def = &read;
    }
    if (!rc)
        rc = sb_add(&w.guarded, t->environment, err);
    if (!rc)
        rc = walk(&w, state, def, from, start);
    /* An approval that nothing stands behind is judged by its own name. */
    if (!rc && start == WAY_APPROVED && sv_eq(out->last, from) && w.reached.len == 0)
        rc = guard_stage(&w, &(struct stage_def){.name = from});
    if (!rc)
        rc = turn_keep(t, sb_sv(&w.guarded), &t->environment, err);
    if (!rc)
        rc = turn_keep(t, sb_sv(&w.reached), &out->environments, err);
    sb_release(&w.guarded);
    sb_release(&w.reached);
    t->has_way = rc == ERR_OK;
    t->way = out->last;
    return rc;
}
