/* States: what a pipeline does now, with the status words derived from it, and what has changed
 * since the last time. */
#include "core/cache/store.h"

struct hashes { /* of what is put */
    uint64_t state;
    uint64_t execution;
};

/* The first action of a kind, stages in order. */
static const struct action_state *first_action(const struct pipeline_state *state, bool waiting,
                                               const struct stage_state **stage)
{
    for (size_t i = 0; i < state->stage_count; i++) {
        for (size_t j = 0; j < state->stages[i].action_count; j++) {
            const struct action_state *a = &state->stages[i].actions[j];
            enum status s = action_status(a->status, a->category, a->has_token);

            *stage = &state->stages[i];
            if (waiting ? s == STATUS_WAITING : status_kind(s) == STATUS_KIND_BAD)
                return a;
        }
    }
    return NULL;
}

static enum err_code make_waiting(const struct pipeline_state *state, struct sb *out,
                                  struct err *err)
{
    const struct stage_state *stage = NULL;
    const struct action_state *a = first_action(state, true, &stage);
    enum err_code rc;

    if (a == NULL)
        return ERR_OK;
    rc = sb_add(out, stage->name, err);
    if (rc == ERR_OK)
        rc = sb_addc(out, '/', err);
    return rc ? rc : sb_add(out, a->name, err);
}

/* A stage whose condition did not let it on fails without an action. */
static enum err_code make_error(const struct observed *seen, const struct execution *e,
                                struct sb *out, struct err *err)
{
    const struct pipeline_state *state = seen->state;
    const struct stage_state *stage = NULL;
    const struct action_state *failed = first_action(state, false, &stage);

    if (failed != NULL)
        return sb_add(out, failed->error_message, err);
    for (size_t i = 0; i < state->stage_count; i++) {
        stage = &state->stages[i];
        if (stage_is_held(stage) && sv_eq(stage->execution_id, e->id))
            return stage_condition_write(stage, out, err);
    }
    return ERR_OK;
}

/* The text behind a filter holds stage names, so it changes when one of them does. */
static bool has_other_text(const struct old_row *old, const struct observed *seen,
                           const struct execution *latest)
{
    if (!sv_eq(old->revision, latest->revision) ||
        !sv_eq(old->revision_summary, latest->revision_summary) ||
        seen->old_count != seen->state->stage_count)
        return true;
    for (size_t i = 0; i < seen->old_count; i++) {
        if (!sv_eq(seen->old[i].name, seen->state->stages[i].name))
            return true;
    }
    return false;
}

struct texts { /* made for the row */
    struct strips strips;
    struct sb waiting;
    struct sb error;
};

/* An approval waits for a person also when a later execution was stopped or superseded. */
static enum status urgency(enum status status, const struct texts *texts)
{
    return texts->waiting.len > 0 && status_kind(status) != STATUS_KIND_BAD ? STATUS_WAITING
                                                                            : status;
}

static enum err_code put_row(struct cache *cache, const struct observed *seen,
                             const struct execution *e, const struct texts *texts,
                             const struct hashes *hashes, struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_STATE_PUT, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, seen->subject);
    db_bind_word(st, 2, status_aws(seen->status));
    db_bind_sv(st, 3, e->id);
    db_bind_int(st, 4, e->started_at);
    db_bind_int(st, 5, e->updated_at);
    db_bind_sv(st, 6, e->revision);
    db_bind_sv(st, 7, e->revision_summary);
    db_bind_sv(st, 8, e->trigger);
    db_bind_sv(st, 9, sb_sv(&texts->strips.stages));
    db_bind_sv(st, 10, sb_sv(&texts->waiting));
    db_bind_sv(st, 11, sb_sv(&texts->error));
    db_bind_int(st, 12, seen->now_ms);
    db_bind_int(st, 13, row_attention(urgency(seen->status, texts), e->updated_at));
    db_bind_int(st, 14, row_status_order(seen->status));
    db_bind_int(st, 15, (int64_t)hashes->state);
    db_bind_word(st, 16, status_aws(e->status));
    db_bind_int(st, 17, seen->state->version);
    db_bind_int(st, 18, seen->state->updated_at);
    db_bind_sv(st, 19, e->status_summary);
    db_bind_sv(st, 20, e->revision_url);
    db_bind_sv(st, 21, e->trigger_detail);
    db_bind_sv(st, 22, e->stop_reason);
    db_bind_word(st, 23, pipeline_mode_aws(e->mode));
    db_bind_int(st, 24, e->is_rollback);
    db_bind_sv(st, 25, e->rollback_target);
    db_bind_int(st, 26, (int64_t)hashes->execution);
    db_bind_sv(st, 27, sb_sv(&texts->strips.cells));
    return db_run(cache->db, st, err);
}

/* GetPipelineState does not say what kind of action each is: that stays as the definition told. */
static enum err_code with_kinds(struct cache *cache, const struct observed *seen,
                                struct pipeline_state *out, struct err *err)
{
    struct arena *arena = &cache->scratch;
    struct stage_state *stages = arena_alloc(arena, seen->state->stage_count, sizeof *stages);

    if (stages == NULL)
        return arena_err(arena, err);
    for (size_t i = 0; i < seen->state->stage_count; i++) {
        const struct stage_state *from = &seen->state->stages[i];
        const struct stage_state *old = stages_find(seen->old, seen->old_count, from->name);
        struct action_state *actions = arena_alloc(arena, from->action_count, sizeof *actions);

        if (actions == NULL)
            return arena_err(arena, err);
        for (size_t j = 0; j < from->action_count; j++) {
            const struct action_state *was = stages_find_action(old, from->actions[j].name);

            actions[j] = from->actions[j];
            if (was != NULL && actions[j].category.len == 0) {
                actions[j].category = was->category;
                actions[j].provider = was->provider;
            }
        }
        stages[i] = *from;
        stages[i].actions = actions;
    }
    *out = *seen->state;
    out->stages = stages;
    return ERR_OK;
}

static enum err_code put_state(struct cache *cache, const struct pipeline_id *id,
                               const struct old_row *old, struct observed *seen,
                               const struct hashes *hashes, struct err *err)
{
    static const struct execution never = {0};
    struct pipeline_state whole;
    const struct pipeline_state *state = &whole;
    const struct execution *latest = seen->latest != NULL ? seen->latest : &never;
    struct stage_state *stages;
    struct texts texts;
    enum err_code rc = stages_load(cache, old->id, &cache->scratch, &stages, &seen->old_count, err);

    if (rc)
        return rc;
    seen->old = stages;
    rc = with_kinds(cache, seen, &whole, err);
    if (rc)
        return rc;
    seen->state = state;
    seen->status = pipeline_status(seen->latest, state);
    strips_init(&texts.strips);
    sb_init(&texts.waiting, CACHE_SCRATCH_CAP);
    sb_init(&texts.error, CACHE_SCRATCH_CAP);
    rc = strips_make(&texts.strips, old->strategy, state->stages, state->stage_count, err);
    if (rc == ERR_OK)
        rc = make_waiting(state, &texts.waiting, err);
    if (rc == ERR_OK)
        rc = make_error(seen, latest, &texts.error, err);
    if (rc == ERR_OK && old->execution_id.len > 0 && !sv_eq(old->execution_id, latest->id))
        rc = execution_keep(cache, old->id, hashes->execution, err);
    if (rc == ERR_OK)
        rc = put_row(cache, seen, latest, &texts, hashes, err);
    strips_release(&texts.strips);
    sb_release(&texts.waiting);
    sb_release(&texts.error);
    if (rc == ERR_OK)
        rc = stages_store(cache, old->id, seen->old, seen->old_count, state->stages,
                          state->stage_count, err);
    /* What is seen for the first time was not seen to change. */
    if (rc == ERR_OK && old->state_hash != 0)
        rc = history_add(cache, seen, err);
    if (rc == ERR_OK && has_other_text(old, seen, latest))
        rc = id_list_add(&cache->stale_text, old->id, err);
    if (rc == ERR_OK)
        rc = tally_add(cache, id, old->status, -1, err);
    if (rc == ERR_OK)
        rc = tally_add(cache, id, seen->status, 1, err);
    return rc ? rc : row_add_change(cache, old->id, CHANGE_STATE, err);
}

/* The same again, but read at last: only the trouble goes. */
static enum err_code clear_trouble(struct cache *cache, int64_t id, struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_TROUBLE_PUT, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    db_bind_sv(st, 2, SV(""));
    rc = db_run(cache->db, st, err);
    return rc ? rc : row_add_change(cache, id, CHANGE_TROUBLE, err);
}

enum err_code cache_put_state(struct cache *cache, const struct pipeline_id *id,
                              const struct pipeline_state *state, const struct execution *latest,
                              int64_t now_ms, bool *changed, struct err *err)
{
    const struct hashes hashes = {pipeline_state_hash(state),
                                  latest != NULL ? execution_hash(latest) : 0};
    struct observed seen = {.now_ms = now_ms, .state = state, .latest = latest};
    struct old_row old;
    bool has_changed;
    enum err_code rc = row_need(cache, id, &old, err);

    if (rc)
        return rc;
    seen.subject = old.id;
    seen.old_status = old.status;
    seen.old_execution = old.execution_id;
    has_changed = old.state_hash != hashes.state || old.execution_hash != hashes.execution;
    if (has_changed)
        rc = put_state(cache, id, &old, &seen, &hashes, err);
    else if (old.trouble.len > 0)
        rc = clear_trouble(cache, old.id, err);
    if (rc == ERR_OK)
        *changed = has_changed || old.trouble.len > 0;
    return rc;
}
