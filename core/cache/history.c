/* The history: every status that was seen to change, in the transaction that stored the new one, so
 * that none is lost and none is told twice. The change feed is read here too. */
#include "core/cache/store.h"

enum {
    HISTORY_ROWS_MAX = 500 * 1000,
    HISTORY_PRUNE_ROWS = 2000, /* at a time, so that nobody waits for it */
    HISTORY_DAYS_MAX = 400,
    CHANGES_MAX = 10 * 1000
};

static enum err_code add(struct cache *cache, const struct observed *seen,
                         const struct transition *t, struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_HISTORY_ADD, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, seen->subject);
    db_bind_int(st, 2, t->kind);
    db_bind_sv(st, 3, t->stage);
    db_bind_sv(st, 4, t->action);
    db_bind_sv(st, 5, t->execution_id);
    db_bind_word(st, 6, status_aws(t->from));
    db_bind_word(st, 7, status_aws(t->to));
    db_bind_int(st, 8, t->at > 0 ? t->at : seen->now_ms);
    db_bind_int(st, 9, seen->now_ms);
    db_bind_sv(st, 10, t->summary);
    return db_run(cache->db, st, err);
}

static enum err_code add_pipeline(struct cache *cache, const struct observed *seen, struct err *err)
{
    static const struct execution never = {0};
    const struct execution *e = seen->latest != NULL ? seen->latest : &never;
    const struct transition t = {.kind = TRANSITION_PIPELINE,
                                 .execution_id = e->id,
                                 .from = seen->old_status,
                                 .to = seen->status,
                                 .at = e->updated_at,
                                 .summary = e->status_summary};

    if (seen->old_status == seen->status && sv_eq(seen->old_execution, e->id))
        return ERR_OK;
    return add(cache, seen, &t, err);
}

/* The same word by another run is a change; AWS tells runs apart by id, else by time. */
static bool is_other_run(const struct action_state *old, const struct action_state *now)
{
    if (old->execution_id.len > 0 || now->execution_id.len > 0)
        return !sv_eq(old->execution_id, now->execution_id);
    return old->changed_at != now->changed_at;
}

static enum err_code add_action(struct cache *cache, const struct observed *seen,
                                const struct stage_state *stage, const struct action_state *old,
                                const struct action_state *now, struct err *err)
{
    static const struct action_state never = {0};
    struct transition t = {.kind = TRANSITION_ACTION,
                           .stage = stage->name,
                           .action = now->name,
                           .execution_id = stage->execution_id,
                           .at = now->changed_at,
                           .summary =
                               now->error_message.len > 0 ? now->error_message : now->summary};

    if (old == NULL)
        old = &never;
    t.from = action_status(old->status, old->category, old->has_token);
    t.to = action_status(now->status, now->category, now->has_token);
    if (t.from == t.to && (t.to == STATUS_NONE || !is_other_run(old, now)))
        return ERR_OK;
    return add(cache, seen, &t, err);
}

static enum err_code add_gate(struct cache *cache, const struct observed *seen,
                              const struct stage_state *old, const struct stage_state *now,
                              struct err *err)
{
    const struct transition t = {.kind = TRANSITION_GATE,
                                 .stage = now->name,
                                 .from =
                                     old->transition_enabled ? STATUS_SUCCEEDED : STATUS_STOPPED,
                                 .to = now->transition_enabled ? STATUS_SUCCEEDED : STATUS_STOPPED,
                                 .at = now->transition_changed_at,
                                 .summary = now->disabled_reason};

    return t.from == t.to ? ERR_OK : add(cache, seen, &t, err);
}

static enum err_code add_stage(struct cache *cache, const struct observed *seen,
                               const struct stage_state *now, struct err *err)
{
    const struct stage_state *old = stages_find(seen->old, seen->old_count, now->name);
    const struct transition t = {.kind = TRANSITION_STAGE,
                                 .stage = now->name,
                                 .execution_id = now->execution_id,
                                 .from = old != NULL ? stage_status(old) : STATUS_NONE,
                                 .to = stage_status(now),
                                 .at = stage_changed_at(now)};
    bool is_new_run =
        t.to != STATUS_NONE && old != NULL && !sv_eq(old->execution_id, now->execution_id);
    enum err_code rc = ERR_OK;

    if (t.from != t.to || is_new_run)
        rc = add(cache, seen, &t, err);
    for (size_t i = 0; rc == ERR_OK && i < now->action_count; i++)
        rc = add_action(cache, seen, now, stages_find_action(old, now->actions[i].name),
                        &now->actions[i], err);
    if (rc == ERR_OK && old != NULL)
        rc = add_gate(cache, seen, old, now, err);
    return rc;
}

enum err_code history_add(struct cache *cache, const struct observed *seen, struct err *err)
{
    enum err_code rc = add_pipeline(cache, seen, err);

    for (size_t i = 0; rc == ERR_OK && i < seen->state->stage_count; i++)
        rc = add_stage(cache, seen, &seen->state->stages[i], err);
    return rc;
}

enum err_code history_prune(struct cache *cache, int64_t now_ms, struct err *err)
{
    const int64_t too_old[] = {now_ms - HISTORY_DAYS_MAX * INT64_C(24) * 3600 * 1000,
                               HISTORY_PRUNE_ROWS};
    const int64_t too_many[] = {HISTORY_ROWS_MAX, HISTORY_PRUNE_ROWS};
    enum err_code rc = run_ints(cache, STATEMENT_HISTORY_AGE_PRUNE, too_old, 2, err);

    if (rc == ERR_OK)
        rc = run_ints(cache, STATEMENT_HISTORY_COUNT_PRUNE, too_many, 2, err);
    return rc ? rc : row_run(cache, STATEMENT_CHANGE_PRUNE, CHANGES_MAX, err);
}

enum err_code cache_change_seq(struct cache *cache, int64_t *seq, struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = ERR_OK;

    if (cache->db != NULL && !db_is_in_transaction(cache->db) && place_was_replaced(cache))
        rc = cache_renew(cache, err);
    if (rc == ERR_OK)
        rc = use(cache, STATEMENT_CHANGE_SEQ, &st, err);
    if (rc == ERR_OK)
        rc = db_step(cache->db, st, &has_row, err);
    if (rc)
        return rc;
    *seq = has_row ? db_int(st, 0) : 0;
    db_reset(st);
    return ERR_OK;
}

static void read_row(struct db_stmt *st, struct transition *out)
{
    *out = (struct transition){.seq = db_int(st, 0),
                               .id = {db_sv(st, 1), db_sv(st, 2), db_sv(st, 3), db_sv(st, 4)},
                               .kind = (enum transition_kind)db_int(st, 5),
                               .stage = db_sv(st, 6),
                               .action = db_sv(st, 7),
                               .execution_id = db_sv(st, 8),
                               .from = status_from_aws(db_sv(st, 9)),
                               .to = status_from_aws(db_sv(st, 10)),
                               .at = db_int(st, 11),
                               .observed_at = db_int(st, 12),
                               .summary = db_sv(st, 13)};
}

/* The first seq from `from` on, and when it was seen; *seq is 0 behind the last one. */
static enum err_code probe(struct cache *cache, int64_t from, int64_t *seq, int64_t *seen,
                           struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = row_of(cache, STATEMENT_HISTORY_SEEN, from, &st, &has_row, err);

    if (rc)
        return rc;
    *seq = has_row ? db_int(st, 0) : 0;
    *seen = has_row ? db_int(st, 1) : 0;
    db_reset(st);
    return ERR_OK;
}

static enum err_code find_ends(struct cache *cache, int64_t *first, int64_t *last, struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = use(cache, STATEMENT_HISTORY_ENDS, &st, err);

    if (rc == ERR_OK)
        rc = db_step(cache->db, st, &has_row, err);
    if (rc)
        return rc;
    *first = db_int(st, 0);
    *last = db_int(st, 1);
    db_reset(st);
    return ERR_OK;
}

/* The last seq that was seen before a moment. By halving, as the times rise with the numbers: an
 * index of them would be one more to write with each transition. */
static enum err_code find_before(struct cache *cache, int64_t since, int64_t *out, struct err *err)
{
    int64_t low; /* everything up to here was seen before */
    int64_t high;
    enum err_code rc = find_ends(cache, &low, &high, err);

    low--;
    while (rc == ERR_OK && low < high) {
        int64_t middle = low + (high - low) / 2 + 1;
        int64_t seq;
        int64_t seen;

        rc = probe(cache, middle, &seq, &seen, err);
        if (rc == ERR_OK && seq != 0 && seen < since)
            low = seq;
        else
            high = middle - 1;
    }
    if (rc == ERR_OK)
        *out = low;
    return rc;
}

static enum statement choose(const struct transition_query *query)
{
    if (query->rowid != 0)
        return query->newest_first ? STATEMENT_HISTORY_ONE_BACK : STATEMENT_HISTORY_ONE;
    return query->newest_first ? STATEMENT_HISTORY_ALL_BACK : STATEMENT_HISTORY_ALL;
}

enum err_code cache_transitions(struct cache *cache, const struct transition_query *query,
                                cache_transition_fn *fn, void *owner, struct err *err)
{
    struct db_stmt *st;
    int64_t after = query->after_seq;
    bool has_row = false;
    enum err_code rc = ERR_OK;

    if (query->observed_since > 0)
        rc = find_before(cache, query->observed_since, &after, err);
    if (rc == ERR_OK)
        rc = use(cache, choose(query), &st, err);
    if (rc)
        return rc;
    db_bind_int(st, 1, after > query->after_seq ? after : query->after_seq);
    db_bind_int(st, 2, query->before_seq > 0 ? query->before_seq : INT64_MAX);
    db_bind_int(st, 3, query->observed_since);
    db_bind_int(st, 4, query->limit > 0 ? query->limit : -1);
    if (query->rowid != 0)
        db_bind_int(st, 5, query->rowid);
    while ((rc = db_step(cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        struct transition t;

        read_row(st, &t);
        if (!fn(owner, &t))
            break;
    }
    db_reset(st);
    return rc;
}
