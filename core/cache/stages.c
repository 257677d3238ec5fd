/* Stages and actions as rows: read whole, written only where they differ. */
#include "core/cache/store.h"

/* clang-format off */
#define STAGE_TEXTS(X) X(name) X(execution_id) X(inbound_id) X(disabled_reason) X(disabled_by)
#define ACTION_TEXTS(X) \
    X(name) X(category) X(provider) X(execution_id) X(summary) X(error_code) X(error_message) \
    X(external_id) X(external_url) X(updated_by) X(revision_id) X(url)
/* clang-format on */

enum { STAGES_MAX = 1000, ACTIONS_MAX = 10000 };

struct action_row {
    int64_t stage;
    struct action_state action;
};

/* The old array stays behind in the arena. */
void *array_grow(struct arena *arena, void *old, size_t used, size_t *size, size_t item)
{
    size_t wanted = *size > 0 ? 2 * *size : 8;
    void *grown;

    if (used < *size)
        return old;
    grown = arena_alloc(arena, wanted, item);
    if (grown == NULL)
        return NULL;
    if (used > 0)
        memcpy(grown, old, used * item);
    *size = wanted;
    return grown;
}

static bool keep(struct sv *text, struct arena *arena)
{
    *text = text->len > 0 ? arena_sv(arena, *text) : SV("");
    return text->ptr != NULL;
}

static bool read_stage(struct db_stmt *st, struct stage_state *out, struct arena *arena)
{
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

static bool read_action(struct db_stmt *st, struct action_row *out, struct arena *arena)
{
    struct action_state *a = &out->action;
    int at = 0;

    out->stage = db_int(st, at++);
#define READ(field)                                                                                \
    a->field = db_sv(st, at++);                                                                    \
    if (!keep(&a->field, arena))                                                                   \
        return false;
    ACTION_TEXTS(READ)
#undef READ
    a->status = status_from_aws(db_sv(st, at++));
    a->changed_at = db_int(st, at++);
    a->percent = (int)db_int(st, at++);
    a->has_token = db_int(st, at++) != 0;
    return true;
}

static enum err_code load_stages(struct cache *cache, int64_t id, struct arena *arena,
                                 struct stage_state **out, size_t *count, struct err *err)
{
    struct stage_state *stages = NULL;
    struct db_stmt *st;
    size_t size = 0;
    bool has_row = false;
    enum err_code rc = use(cache, STATEMENT_STAGES, &st, err);

    *count = 0;
    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    while ((rc = db_step(cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        stages = array_grow(arena, stages, *count, &size, sizeof *stages);
        if (stages == NULL || !read_stage(st, &stages[*count], arena)) {
            rc = arena_err(arena, err);
            break;
        }
        (*count)++;
    }
    db_reset(st);
    *out = stages;
    return rc;
}

static enum err_code load_actions(struct cache *cache, int64_t id, struct arena *arena,
                                  struct action_row **out, size_t *count, struct err *err)
{
    struct action_row *rows = NULL;
    struct db_stmt *st;
    size_t size = 0;
    bool has_row = false;
    enum err_code rc = use(cache, STATEMENT_ACTIONS, &st, err);

    *count = 0;
    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    while ((rc = db_step(cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        rows = array_grow(arena, rows, *count, &size, sizeof *rows);
        if (rows == NULL || !read_action(st, &rows[*count], arena)) {
            rc = arena_err(arena, err);
            break;
        }
        (*count)++;
    }
    db_reset(st);
    *out = rows;
    return rc;
}

enum err_code stages_load(struct cache *cache, int64_t id, struct arena *arena,
                          struct stage_state **out, size_t *count, struct err *err)
{
    struct stage_state *stages = NULL;
    struct action_row *rows = NULL;
    struct action_state *actions;
    size_t stage_count;
    size_t row_count;
    enum err_code rc = load_stages(cache, id, arena, &stages, &stage_count, err);

    if (rc == ERR_OK)
        rc = load_actions(cache, id, arena, &rows, &row_count, err);
    if (rc)
        return rc;
    actions = arena_alloc(arena, row_count, sizeof *actions);
    if (actions == NULL)
        return arena_err(arena, err);
    for (size_t i = 0; i < row_count; i++) {
        struct stage_state *stage;

        actions[i] = rows[i].action;
        if (rows[i].stage < 0 || (size_t)rows[i].stage >= stage_count)
            continue;
        stage = &stages[rows[i].stage];
        if (stage->action_count++ == 0)
            stage->actions = &actions[i];
    }
    *out = stages;
    *count = stage_count;
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
#define BIND(field) db_bind_sv(st, at++, a->field);
    ACTION_TEXTS(BIND)
#undef BIND
    db_bind_word(st, at++, status_aws(a->status));
    db_bind_int(st, at++, a->changed_at);
    db_bind_int(st, at++, a->percent);
    db_bind_int(st, at++, a->has_token);
    return db_run(cache->db, st, err);
}

static enum err_code drop_from(struct cache *cache, enum statement which, int64_t id,
                               const size_t *keys, int key_count, struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, which, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    for (int i = 0; i < key_count; i++)
        db_bind_int(st, 2 + i, (int64_t)keys[i]);
    return db_run(cache->db, st, err);
}

static enum err_code store_actions(struct cache *cache, int64_t id, size_t position,
                                   const struct stage_state *old, const struct stage_state *now,
                                   struct err *err)
{
    const size_t first_surplus[] = {position, now->action_count};
    enum err_code rc = ERR_OK;

    for (size_t i = 0; rc == ERR_OK && i < now->action_count; i++) {
        if (old == NULL || i >= old->action_count ||
            !action_is_same(&old->actions[i], &now->actions[i]))
            rc = put_action(cache, id, position, i, &now->actions[i], err);
    }
    if (rc == ERR_OK && old != NULL && old->action_count > now->action_count)
        rc = drop_from(cache, STATEMENT_ACTIONS_DROP, id, first_surplus, 2, err);
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
    enum err_code rc = drop_from(cache, STATEMENT_STAGES_DROP, id, &from, 1, err);

    return rc ? rc : drop_from(cache, STATEMENT_STAGES_ACTIONS_DROP, id, &from, 1, err);
}

enum err_code tags_load(struct cache *cache, int64_t id, struct arena *arena,
                        const struct tag **out, size_t *count, struct err *err)
{
    struct tag *tags = NULL;
    struct db_stmt *st;
    size_t used = 0;
    size_t size = 0;
    bool has_row = false;
    enum err_code rc = use(cache, STATEMENT_TAGS, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    while ((rc = db_step(cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        tags = array_grow(arena, tags, used, &size, sizeof *tags);
        if (tags == NULL)
            break;
        tags[used] = (struct tag){.key = db_sv(st, 0), .value = db_sv(st, 1)};
        if (!keep(&tags[used].key, arena) || !keep(&tags[used].value, arena))
            break;
        used++;
    }
    db_reset(st);
    if (rc == ERR_OK && has_row)
        rc = arena_err(arena, err);
    if (rc)
        return rc;
    *out = tags;
    *count = used;
    return ERR_OK;
}
