/* Stages and actions as rows: read whole, written only where they differ. */
#include "core/cache/store.h"

/* clang-format off */
#define STAGE_TEXTS(X) \
    X(name) X(execution_id) X(inbound_id) X(disabled_reason) X(disabled_by) X(condition) \
    X(condition_status) X(condition_text)
#define ACTION_TEXTS(X) \
    X(name) X(category) X(provider) X(execution_id) X(summary) X(error_code) X(error_message) \
    X(external_id) X(external_url) X(updated_by) X(revision_id) X(url)
/* clang-format on */

enum { STAGES_MAX = 1000, ACTIONS_MAX = 10000 };

struct action_row {
    int64_t stage;
    struct action_state action;
};

static bool keep(struct sv *text, struct arena *arena)
{
    *text = text->len > 0 ? arena_sv(arena, *text) : SV("");
    return text->ptr != NULL;
}

static bool read_stage(struct db_stmt *st, struct arena *arena, void *item)
{
    struct stage_state *out = item;
    int at = 0;

#define READ(field)                                                                                \
    out->field = db_sv(st, at++);                                                                  \
    if (!keep(&out->field, arena))                                                                 \
        return false;
    STAGE_TEXTS(READ)
#undef READ
    out->status = status_from_aws(db_sv(st, at++));
    out->inbound_status = status_from_aws(db_sv(st, at++));
    out->transition_enabled = db_int(st, at++) != 0;
    out->transition_changed_at = db_int(st, at++);
    out->is_rollback = db_int(st, at++) != 0;
    return true;
}

bool action_texts_read(struct db_stmt *st, int *at, struct action_state *out, struct arena *arena)
{
#define READ(field)                                                                                \
    out->field = db_sv(st, (*at)++);                                                               \
    if (!keep(&out->field, arena))                                                                 \
        return false;
    ACTION_TEXTS(READ)
#undef READ
    return true;
}

static bool read_action(struct db_stmt *st, struct arena *arena, void *item)
{
    struct action_row *row = item;
    int at = 0;

    row->stage = db_int(st, at++);
    if (!action_texts_read(st, &at, &row->action, arena))
        return false;
    row->action.status = status_from_aws(db_sv(st, at++));
    row->action.changed_at = db_int(st, at++);
    row->action.percent = (int)db_int(st, at++);
    row->action.has_token = db_int(st, at++) != 0;
    return true;
}

/* What a statement gives whose only binding is the pipeline. */
static enum err_code load(struct cache *cache, enum statement which, int64_t id,
                          struct arena *arena, size_t item, row_read_fn *read, struct rows *out,
                          struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, which, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    return rows_read(cache, st, arena, item, read, out, err);
}

enum err_code stages_load(struct cache *cache, int64_t id, struct arena *arena,
                          struct stage_state **out, size_t *count, struct err *err)
{
    struct rows stages;
    struct rows rows;
    struct action_state *actions;
    enum err_code rc = load(cache, STATEMENT_STAGES, id, arena, sizeof(struct stage_state),
                            read_stage, &stages, err);

    if (rc == ERR_OK)
        rc = load(cache, STATEMENT_ACTIONS, id, arena, sizeof(struct action_row), read_action,
                  &rows, err);
    if (rc)
        return rc;
    actions = arena_alloc(arena, rows.count, sizeof *actions);
    if (actions == NULL)
        return arena_err(arena, err);
    for (size_t i = 0; i < rows.count; i++) {
        const struct action_row *row = (struct action_row *)rows.items + i;
        struct stage_state *stage = stages.items;

        actions[i] = row->action;
        if (row->stage < 0 || (size_t)row->stage >= stages.count)
            continue;
        stage += row->stage;
        if (stage->action_count++ == 0)
            stage->actions = &actions[i];
    }
    *out = stages.items;
    *count = stages.count;
    return ERR_OK;
}

const struct stage_state *stages_find(const struct stage_state *stages, size_t count,
                                      struct sv name)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(stages[i].name, name))
            return &stages[i];
    }
    return NULL;
}

const struct action_state *stages_find_action(const struct stage_state *stage, struct sv name)
{
    for (size_t i = 0; stage != NULL && i < stage->action_count; i++) {
        if (sv_eq(stage->actions[i].name, name))
            return &stage->actions[i];
    }
    return NULL;
}

static bool stage_is_same(const struct stage_state *a, const struct stage_state *b)
{
#define SAME(field) sv_eq(a->field, b->field) &&
    return STAGE_TEXTS(SAME) a->status == b->status && a->inbound_status == b->inbound_status &&
           a->transition_enabled == b->transition_enabled &&
           a->transition_changed_at == b->transition_changed_at && a->is_rollback == b->is_rollback;
#undef SAME
}

static bool action_is_same(const struct action_state *a, const struct action_state *b)
{
#define SAME(field) sv_eq(a->field, b->field) &&
    return ACTION_TEXTS(SAME) a->status == b->status && a->changed_at == b->changed_at &&
           a->percent == b->percent && a->has_token == b->has_token;
#undef SAME
}

static enum err_code put_stage(struct cache *cache, int64_t id, size_t position,
                               const struct stage_state *s, struct err *err)
{
    struct db_stmt *st;
    int at = 1;
    enum err_code rc = use(cache, STATEMENT_STAGE_PUT, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, at++, id);
    db_bind_int(st, at++, (int64_t)position);
#define BIND(field) db_bind_sv(st, at++, s->field);
    STAGE_TEXTS(BIND)
#undef BIND
    db_bind_word(st, at++, status_aws(s->status));
    db_bind_word(st, at++, status_aws(s->inbound_status));
    db_bind_int(st, at++, s->transition_enabled);
    db_bind_int(st, at++, s->transition_changed_at);
    db_bind_int(st, at++, s->is_rollback);
    return db_run(cache->db, st, err);
}

void action_texts_bind(struct db_stmt *st, int *at, const struct action_state *a)
{
#define BIND(field) db_bind_sv(st, (*at)++, a->field);
    ACTION_TEXTS(BIND)
#undef BIND
}

static enum err_code put_action(struct cache *cache, int64_t id, size_t stage, size_t position,
                                const struct action_state *a, struct err *err)
{
    struct db_stmt *st;
    int at = 1;
    enum err_code rc = use(cache, STATEMENT_ACTION_PUT, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, at++, id);
    db_bind_int(st, at++, (int64_t)stage);
    db_bind_int(st, at++, (int64_t)position);
    action_texts_bind(st, &at, a);
    db_bind_word(st, at++, status_aws(a->status));
    db_bind_int(st, at++, a->changed_at);
    db_bind_int(st, at++, a->percent);
    db_bind_int(st, at++, a->has_token);
    return db_run(cache->db, st, err);
}

static enum err_code store_actions(struct cache *cache, int64_t id, size_t position,
                                   const struct stage_state *old, const struct stage_state *now,
                                   struct err *err)
{
    const int64_t surplus[] = {id, (int64_t)position, (int64_t)now->action_count};
    enum err_code rc = ERR_OK;

    for (size_t i = 0; rc == ERR_OK && i < now->action_count; i++) {
        if (old == NULL || i >= old->action_count ||
            !action_is_same(&old->actions[i], &now->actions[i]))
            rc = put_action(cache, id, position, i, &now->actions[i], err);
    }
    if (rc == ERR_OK && old != NULL && old->action_count > now->action_count)
        rc = run_ints(cache, STATEMENT_ACTIONS_DROP, surplus, 3, err);
    return rc;
}

enum err_code stages_store(struct cache *cache, int64_t id, const struct stage_state *old,
                           size_t old_count, const struct stage_state *now, size_t count,
                           struct err *err)
{
    enum err_code rc = ERR_OK;

    if (count > STAGES_MAX)
        return err_set(err, ERR_LIMIT, "a pipeline of over %d stages", STAGES_MAX);
    for (size_t i = 0; rc == ERR_OK && i < count; i++) {
        const struct stage_state *before = i < old_count ? &old[i] : NULL;

        if (now[i].action_count > ACTIONS_MAX)
            return err_set(err, ERR_LIMIT, "a stage of over %d actions", ACTIONS_MAX);
        if (before == NULL || !stage_is_same(before, &now[i]))
            rc = put_stage(cache, id, i, &now[i], err);
        if (rc == ERR_OK)
            rc = store_actions(cache, id, i, before, &now[i], err);
    }
    if (rc || old_count <= count)
        return rc;
    return stages_drop(cache, id, count, err);
}

enum err_code stages_drop(struct cache *cache, int64_t id, size_t from, struct err *err)
{
    const int64_t surplus[] = {id, (int64_t)from};
    enum err_code rc = run_ints(cache, STATEMENT_STAGES_DROP, surplus, 2, err);

    return rc ? rc : run_ints(cache, STATEMENT_STAGES_ACTIONS_DROP, surplus, 2, err);
}

static bool read_tag(struct db_stmt *st, struct arena *arena, void *item)
{
    struct tag *tag = item;

    *tag = (struct tag){.key = db_sv(st, 0), .value = db_sv(st, 1)};
    return keep(&tag->key, arena) && keep(&tag->value, arena);
}

enum err_code tags_load(struct cache *cache, int64_t id, struct arena *arena,
                        const struct tag **out, size_t *count, struct err *err)
{
    struct rows tags;
    enum err_code rc = load(cache, STATEMENT_TAGS, id, arena, sizeof **out, read_tag, &tags, err);

    if (rc)
        return rc;
    *out = tags.items;
    *count = tags.count;
    return ERR_OK;
}
