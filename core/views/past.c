#include "core/views/past.h"

#include "core/cache/store.h" /* strips_make: a row of the past has strips, too */
#include "core/views/board.h"

#include <stdlib.h>

/* AWS's clock may be ahead of ours: a change may be seen before the time that AWS gives it. What is
 * told late is told by one look, which takes no longer than this. */
enum { SKEW_MS = 5 * 60 * 1000, LOOK_MS = 3600 * 1000, SCRATCH_CAP = 16 << 20 };

/* ---- which rows, and which of them have changed since ---- */

struct past {
    struct cache *cache;
    const struct scope *scope;
    int64_t at_ms;
    struct arena *arena;
    struct arena scratch; /* one pipeline's stages */
    struct pipeline_row *rows;
    size_t count;
    bool is_short;
};

static bool add_row(void *owner, const struct pipeline_row *row)
{
    struct past *p = owner;

    if (p->scope != NULL && scope_find(p->scope, &row->id) == NULL)
        return true;
    if (p->count < BOARD_PAST_MAX) {
        p->rows[p->count] = *row;
        p->is_short = !pipeline_row_keep(&p->rows[p->count], p->arena);
    }
    p->count++;
    return !p->is_short && p->count <= BOARD_PAST_MAX;
}

static enum err_code read_rows(struct past *p, struct err *err)
{
    const struct pipeline_query all = {.sort = SORT_NAME};
    enum err_code rc;

    p->rows = arena_alloc(p->arena, BOARD_PAST_MAX, sizeof *p->rows);
    if (p->rows == NULL)
        return arena_err(p->arena, err);
    rc = cache_pipelines(p->cache, &all, add_row, p, err);
    if (rc)
        return rc;
    if (p->is_short)
        return arena_err(p->arena, err);
    if (p->count > BOARD_PAST_MAX)
        return err_set(err, ERR_LIMIT,
                       "more than %d pipelines cannot be shown as they were; choose fewer contexts",
                       BOARD_PAST_MAX);
    return ERR_OK;
}

struct changed {
    int64_t at_ms;
    const struct pipeline_row *rows;
    bool *flags;
    size_t count;
};

static int compare_id(const struct pipeline_id *a, const struct pipeline_id *b)
{
    int order = sv_cmp(a->name, b->name);

    if (order == 0)
        order = sv_cmp(a->region, b->region);
    if (order == 0)
        order = sv_cmp(a->account, b->account);
    return order != 0 ? order : sv_cmp(a->partition, b->partition);
}

static int by_id(const void *left, const void *right)
{
    const struct pipeline_row *a = left;
    const struct pipeline_row *b = right;

    return compare_id(&a->id, &b->id);
}

static bool flag_changed(void *owner, const struct transition *t)
{
    struct changed *c = owner;
    size_t low = 0;
    size_t high = c->count;

    while (t->at > c->at_ms && low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_id(&c->rows[middle].id, &t->id);

        if (order == 0) {
            c->flags[middle] = true;
            break;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return true;
}

/* ---- one pipeline ---- */

/* What has a status of its own: the pipeline, a stage, an action. Once undone it is open until the
 * transition before that tells its execution and its time. */
struct mark {
    struct stage_state *stage;   /* NULL: the pipeline */
    struct action_state *action; /* NULL: the stage itself */
    bool is_open;
};

struct rewind {
    struct past *past;
    struct pipeline_row *row;
    struct mark *marks;
    size_t count;
    size_t open;
    struct stage_state *stages;
    size_t stage_count;
};

static enum err_code copy_stages(struct rewind *r, const struct pipeline_state *state,
                                 struct err *err)
{
    struct arena *arena = &r->past->scratch;
    size_t most = 1 + state->stage_count;

    for (size_t i = 0; i < state->stage_count; i++)
        most += state->stages[i].action_count;
    r->marks = arena_alloc(arena, most, sizeof *r->marks);
    r->stages = arena_alloc(arena, state->stage_count, sizeof *r->stages);
    if (r->marks == NULL || r->stages == NULL)
        return arena_err(arena, err);
    r->count = 1;
    r->stage_count = state->stage_count;
    for (size_t i = 0; i < state->stage_count; i++) {
        size_t count = state->stages[i].action_count;
        struct action_state *actions = arena_alloc(arena, count, sizeof *actions);

        if (actions == NULL)
            return arena_err(arena, err);
        r->stages[i] = state->stages[i];
        r->stages[i].actions = actions;
        r->marks[r->count++].stage = &r->stages[i];
        for (size_t k = 0; k < count; k++) {
            actions[k] = state->stages[i].actions[k];
            r->marks[r->count++] = (struct mark){.stage = &r->stages[i], .action = &actions[k]};
        }
    }
    return ERR_OK;
}

static struct mark *find_mark(struct rewind *r, const struct transition *t)
{
    for (size_t i = 0; i < r->count && t->kind != TRANSITION_PIPELINE; i++) {
        struct mark *m = &r->marks[i];

        if (m->stage == NULL || !sv_eq(m->stage->name, t->stage))
            continue;
        if (m->action == NULL ? t->kind != TRANSITION_ACTION
                              : t->kind == TRANSITION_ACTION && sv_eq(m->action->name, t->action))
            return m;
    }
    return t->kind == TRANSITION_PIPELINE ? &r->marks[0] : NULL;
}

static void set_words(struct action_state *action, struct sv words)
{
    bool is_bad = status_kind(action->status) == STATUS_KIND_BAD;

    action->error_message = is_bad ? words : SV("");
    action->summary = is_bad ? SV("") : words;
}

static bool set_run(struct rewind *r, struct mark *m, struct sv execution_id, int64_t at,
                    struct sv words)
{
    struct sv id = arena_sv(r->past->arena, execution_id);
    struct sv kept = arena_sv(r->past->arena, words);

    if (m->action != NULL) {
        m->action->changed_at = at;
        set_words(m->action, kept);
    } else if (m->stage != NULL) {
        m->stage->execution_id = id;
    } else {
        r->row->execution_id = id;
        r->row->changed_at = at;
    }
    return id.ptr != NULL && kept.ptr != NULL;
}

/* What ran then and ended now was the same run; of any other the transition before must tell. */
static bool undo(struct rewind *r, struct mark *m, const struct transition *t)
{
    struct sv run = status_is_running(t->from) ? t->execution_id : SV("");

    if (t->kind == TRANSITION_GATE) {
        m->stage->transition_enabled = t->from == STATUS_SUCCEEDED;
        return true;
    }
    if (m->action != NULL)
        m->action->status = t->from;
    else if (m->stage != NULL)
        m->stage->status = t->from;
    else
        r->row->status = t->from;
    r->open -= m->is_open;
    m->is_open = t->from != STATUS_NONE;
    r->open += m->is_open;
    return set_run(r, m, run, 0, SV(""));
}

static bool rewind_one(void *owner, const struct transition *t)
{
    struct rewind *r = owner;
    struct mark *m = find_mark(r, t);
    int64_t at_ms = r->past->at_ms;

    if (r->open == 0 && t->observed_at < at_ms - SKEW_MS)
        return false;
    if (m == NULL)
        return true;
    if (t->at > at_ms) {
        r->past->is_short = !undo(r, m, t);
    } else if (m->is_open && t->kind != TRANSITION_GATE) {
        m->is_open = false;
        r->open--;
        r->past->is_short = !set_run(r, m, t->execution_id, t->at, t->summary);
    }
    return !r->past->is_short;
}

/* The last one that had begun by then. */
static const struct execution *execution_at(const struct execution *items, size_t count,
                                            int64_t at_ms)
{
    const struct execution *last = NULL;

    for (size_t i = 0; i < count; i++) {
        if (items[i].started_at > 0 && items[i].started_at <= at_ms &&
            (last == NULL || items[i].started_at > last->started_at))
            last = &items[i];
    }
    return last;
}

static const struct execution *execution_named(const struct execution *items, size_t count,
                                               struct sv id)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(items[i].id, id))
            return &items[i];
    }
    return NULL;
}

static int64_t last_change(const struct rewind *r)
{
    int64_t last = 0;

    for (size_t i = 0; i < r->stage_count; i++) {
        int64_t at = stage_changed_at(&r->stages[i]);

        if (at > last)
            last = at;
    }
    return last;
}

static enum err_code fill_execution(struct rewind *r, struct err *err)
{
    struct past *p = r->past;
    struct pipeline_row *row = r->row;
    struct execution *items = NULL;
    const struct execution *e = NULL;
    size_t count = 0;
    enum err_code rc = ERR_OK;

    if (row->status != STATUS_NONE)
        rc = cache_executions(p->cache, row->rowid, p->arena, &items, &count, err);
    if (rc)
        return rc;
    if (row->execution_id.len == 0)
        e = execution_at(items, count, p->at_ms);
    else
        e = execution_named(items, count, row->execution_id);
    if (e == NULL) {
        row->revision = row->revision_summary = row->trigger = SV("");
        row->started_at = 0;
        return ERR_OK;
    }
    row->execution_id = e->id;
    row->revision = e->revision;
    row->revision_summary = e->revision_summary;
    row->trigger = e->trigger;
    row->started_at = e->started_at;
    if (row->changed_at == 0)
        row->changed_at = e->updated_at;
    if (row->changed_at > p->at_ms) /* it went on without another status */
        row->changed_at = last_change(r) > 0 ? last_change(r) : e->started_at;
    return ERR_OK;
}

static enum err_code fill_words(struct rewind *r, struct err *err)
{
    const struct mark *waiting = NULL;
    const struct mark *failed = NULL;
    struct pipeline_row *row = r->row;
    CLEANUP(sb_release) struct sb place;

    for (size_t i = 0; i < r->count; i++) {
        const struct mark *m = &r->marks[i];

        if (m->action == NULL)
            continue;
        if (waiting == NULL && action_status(m->action->status, m->action->category,
                                             m->action->has_token) == STATUS_WAITING)
            waiting = m;
        if (failed == NULL && status_kind(m->action->status) == STATUS_KIND_BAD)
            failed = m;
    }
    row->error = failed != NULL ? arena_sv(r->past->arena, failed->action->error_message) : SV("");
    row->waiting = SV("");
    sb_init(&place, 4096);
    if (waiting != NULL) {
        enum err_code rc = sb_addf(&place, err, SV_FMT "/" SV_FMT, SV_ARG(waiting->stage->name),
                                   SV_ARG(waiting->action->name));

        if (rc)
            return rc;
        row->waiting = arena_sv(r->past->arena, sb_sv(&place));
    }
    return row->error.ptr == NULL || row->waiting.ptr == NULL ? arena_err(r->past->arena, err)
                                                              : ERR_OK;
}

static enum err_code fill_strips(struct rewind *r, struct err *err)
{
    struct arena *arena = r->past->arena;
    struct strips strips;
    enum err_code rc;

    strips_init(&strips);
    rc = strips_make(&strips, r->row->strategy, r->stages, r->stage_count, err);
    if (rc == ERR_OK) {
        r->row->stages = arena_sv(arena, sb_sv(&strips.stages));
        r->row->cells = arena_sv(arena, sb_sv(&strips.cells));
        if (r->row->stages.ptr == NULL || r->row->cells.ptr == NULL)
            rc = arena_err(arena, err);
    }
    strips_release(&strips);
    return rc;
}

static enum err_code rewind_row(struct past *p, struct pipeline_row *row, struct err *err)
{
    struct rewind r = {.past = p, .row = row};
    const struct transition_query query = {.rowid = row->rowid, .newest_first = true};
    struct cache_pipeline pipeline;
    struct err why;
    enum err_code rc;

    arena_clear(&p->scratch);
    rc = cache_get_pipeline(p->cache, row->rowid, &p->scratch, &pipeline, &why);
    if (rc == ERR_NOT_FOUND)
        return ERR_OK;
    if (rc)
        return err_set(err, rc, "%s", why.text);
    rc = copy_stages(&r, &pipeline.state, err);
    if (rc == ERR_OK)
        rc = cache_transitions(p->cache, &query, rewind_one, &r, err);
    if (rc == ERR_OK && p->is_short)
        rc = arena_err(p->arena, err);
    if (rc == ERR_OK)
        rc = fill_execution(&r, err);
    if (rc == ERR_OK)
        rc = fill_words(&r, err);
    return rc ? rc : fill_strips(&r, err);
}

static enum err_code rewind_all(struct past *p, struct err *err)
{
    struct transition_query since = {.observed_since = p->at_ms - SKEW_MS};
    struct changed changed = {.at_ms = p->at_ms, .rows = p->rows, .count = p->count};
    enum err_code rc;

    if (since.observed_since < 0)
        since.observed_since = 0;
    changed.flags = arena_alloc(p->arena, p->count, sizeof *changed.flags);
    if (changed.flags == NULL)
        return arena_err(p->arena, err);
    rc = cache_transitions(p->cache, &since, flag_changed, &changed, err);
    for (size_t i = 0; rc == ERR_OK && i < p->count; i++) {
        p->rows[i].trouble = SV("");
        if (changed.flags[i])
            rc = rewind_row(p, &p->rows[i], err);
    }
    return rc;
}

enum err_code past_rows(struct cache *cache, const struct scope *scope, int64_t at_ms,
                        struct arena *arena, struct pipeline_row **out, size_t *count,
                        struct err *err)
{
    struct past p = {.cache = cache, .scope = scope, .at_ms = at_ms, .arena = arena};
    enum err_code rc = read_rows(&p, err);

    if (rc)
        return rc;
    arena_init(&p.scratch, SCRATCH_CAP);
    qsort(p.rows, p.count, sizeof *p.rows, by_id);
    rc = rewind_all(&p, err);
    arena_release(&p.scratch);
    if (rc)
        return rc;
    *out = p.rows;
    *count = p.count;
    return ERR_OK;
}

/* ---- moments ---- */

struct step {
    int64_t at_ms;
    int64_t best;
    int64_t first_seen; /* forward: when the first candidate was observed */
};

/* Newest first. What was seen before the best one happened cannot have happened behind it. */
static bool step_back(void *owner, const struct transition *t)
{
    struct step *s = owner;

    if (s->best != 0 && t->observed_at < s->best - SKEW_MS)
        return false;
    if (t->at < s->at_ms && t->at > s->best)
        s->best = t->at;
    return true;
}

/* Oldest first. One look tells of much at once, in the order of pipelines and not of times. */
static bool step_on(void *owner, const struct transition *t)
{
    struct step *s = owner;

    if (s->best != 0 && t->observed_at > s->first_seen + LOOK_MS)
        return false;
    if (t->at <= s->at_ms)
        return true;
    if (s->best == 0)
        s->first_seen = t->observed_at;
    if (s->best == 0 || t->at < s->best)
        s->best = t->at;
    return true;
}

enum err_code past_step(struct cache *cache, int64_t at_ms, bool is_forward, int64_t *out,
                        struct err *err)
{
    struct step step = {.at_ms = at_ms};
    struct transition_query query = {.newest_first = !is_forward};
    enum err_code rc;

    if (is_forward && at_ms > SKEW_MS)
        query.observed_since = at_ms - SKEW_MS;
    rc = cache_transitions(cache, &query, is_forward ? step_on : step_back, &step, err);
    if (rc == ERR_OK)
        *out = step.best;
    return rc;
}

static bool take_first(void *owner, const struct transition *t)
{
    *(int64_t *)owner = t->at;
    return false;
}

enum err_code past_begins(struct cache *cache, int64_t *out, struct err *err)
{
    const struct transition_query query = {.limit = 1};
    int64_t first = 0;
    enum err_code rc = cache_transitions(cache, &query, take_first, &first, err);

    if (rc == ERR_OK)
        *out = first;
    return rc;
}

static bool take_seq(void *owner, const struct transition *t)
{
    *(int64_t *)owner = t->seq;
    return false;
}

enum err_code past_newest(struct cache *cache, int64_t *out, struct err *err)
{
    const struct transition_query query = {.newest_first = true, .limit = 1};
    int64_t newest = 0;
    enum err_code rc = cache_transitions(cache, &query, take_seq, &newest, err);

    if (rc == ERR_OK)
        *out = newest;
    return rc;
}
