/* Definitions: they make the rows, fold them, and are the only thing that takes rows away. */
#include "core/cache/store.h"
#include "core/model/hash.h"

enum { KNOWN_CAP = 1024 * 1024 * 1024 };

static uint64_t tags_hash(const struct tag *tags, size_t count)
{
    struct hash h;

    hash_init(&h);
    for (size_t i = 0; i < count; i++) {
        hash_sv(&h, tags[i].key);
        hash_sv(&h, tags[i].value);
    }
    return hash_done(&h);
}

static enum err_code store_tags(struct cache *cache, int64_t id, const struct tag *tags,
                                size_t count, struct err *err)
{
    enum err_code rc = row_run(cache, STATEMENT_TAGS_DROP, id, err);

    for (size_t i = 0; rc == ERR_OK && i < count; i++) {
        struct db_stmt *st;

        rc = use(cache, STATEMENT_TAG_PUT, &st, err);
        if (rc)
            return rc;
        db_bind_int(st, 1, id);
        db_bind_int(st, 2, (int64_t)i);
        db_bind_sv(st, 3, tags[i].key);
        db_bind_sv(st, 4, tags[i].value);
        rc = db_run(cache->db, st, err);
    }
    return rc;
}

struct old_stages {
    struct stage_state *items;
    size_t count;
};

/* The definition's stages and actions, each with what was known of it; the new ones never ran. */
static enum err_code defined_stages(const struct pipeline_def *def, const struct old_stages *old,
                                    struct arena *arena, struct stage_state **out, struct err *err)
{
    static const struct action_state never = {.percent = -1};
    struct stage_state *stages = arena_alloc(arena, def->stage_count, sizeof *stages);

    for (size_t i = 0; stages != NULL && i < def->stage_count; i++) {
        const struct stage_def *from = &def->stages[i];
        const struct stage_state *known = stages_find(old->items, old->count, from->name);
        struct action_state *actions = arena_alloc(arena, from->action_count, sizeof *actions);

        if (actions == NULL)
            return arena_err(arena, err);
        for (size_t j = 0; j < from->action_count; j++) {
            const struct action_state *was = stages_find_action(known, from->actions[j].name);

            actions[j] = was != NULL ? *was : never;
            actions[j].name = from->actions[j].name;
            actions[j].category = from->actions[j].category;
            actions[j].provider = from->actions[j].provider;
        }
        stages[i] = known != NULL ? *known : (struct stage_state){.transition_enabled = true};
        stages[i].name = from->name;
        stages[i].actions = actions;
        stages[i].action_count = from->action_count;
    }
    *out = stages;
    return stages == NULL ? arena_err(arena, err) : ERR_OK;
}

struct def_put { /* what cache_put_def hands down */
    const struct pipeline_id *id;
    const struct pipeline_def *def;
    struct fold fold;
    uint64_t def_hash;
    uint64_t tags_hash;
    struct sv detail;
    int64_t now_ms;
    int64_t rowid; /* found or made */
};

static enum err_code put_def_row(struct cache *cache, int64_t id, const struct def_put *put,
                                 const struct strips *strips, struct err *err)
{
    const struct pipeline_def *def = put->def;
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_DEF_PUT, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, id);
    db_bind_sv(st, 2, put->id->partition);
    db_bind_sv(st, 3, put->id->account);
    db_bind_sv(st, 4, put->id->region);
    db_bind_sv(st, 5, put->id->name);
    db_bind_sv(st, 6, put->fold.logical);
    db_bind_sv(st, 7, put->fold.environment);
    db_bind_word(st, 8, strategy_name(put->fold.strategy));
    db_bind_word(st, 9, pipeline_mode_aws(def->mode));
    db_bind_int(st, 10, def->version);
    db_bind_int(st, 11, def->updated_at);
    db_bind_int(st, 12, (int64_t)put->def_hash);
    db_bind_int(st, 13, (int64_t)put->tags_hash);
    db_bind_sv(st, 14, def->arn);
    db_bind_int(st, 15, row_attention(STATUS_NONE, 0));
    db_bind_int(st, 16, row_status_order(STATUS_NONE));
    db_bind_sv(st, 17, sb_sv(&strips->stages));
    db_bind_sv(st, 18, sb_sv(&strips->cells));
    db_bind_int(st, 19, put->now_ms);
    db_bind_sv(st, 20, put->detail);
    return db_run(cache->db, st, err);
}

static enum err_code put_def(struct cache *cache, const struct old_row *old, struct def_put *put,
                             struct err *err)
{
    CLEANUP(strips_release) struct strips strips;
    struct stage_state *stages = NULL;
    struct old_stages before = {0};
    int64_t id = old->id;
    enum err_code rc = ERR_OK;

    strips_init(&strips);
    if (id == 0)
        rc = row_add_subject(cache, put->id, &id, err);
    if (rc == ERR_OK && !old->is_there)
        rc = tally_add(cache, put->id, STATUS_NONE, 1, err);
    if (rc == ERR_OK)
        rc = stages_load(cache, id, &cache->scratch, &before.items, &before.count, err);
    if (rc == ERR_OK)
        rc = defined_stages(put->def, &before, &cache->scratch, &stages, err);
    if (rc == ERR_OK)
        rc = strips_make(&strips, put->fold.strategy, stages, put->def->stage_count, err);
    if (rc == ERR_OK)
        rc =
            stages_store(cache, id, before.items, before.count, stages, put->def->stage_count, err);
    if (rc == ERR_OK)
        rc = put_def_row(cache, id, put, &strips, err);
    if (rc == ERR_OK)
        rc = id_list_add(&cache->stale_text, id, err);
    put->rowid = id;
    return rc ? rc : row_add_change(cache, id, CHANGE_DEFINITION, err);
}

enum err_code cache_put_def(struct cache *cache, const struct pipeline_id *id,
                            const struct pipeline_def *def, const struct tag *tags,
                            size_t tag_count, int64_t now_ms, bool *changed, struct err *err)
{
    struct def_put put = {
        .id = id, .def = def, .def_hash = pipeline_def_hash(def), .now_ms = now_ms};
    CLEANUP(sb_release) struct sb detail = {0};
    struct old_row old;
    bool has_tags = tags != NULL;
    enum err_code rc = row_find(cache, id, &old, err);

    if (rc)
        return rc;
    put.tags_hash = has_tags || !old.is_there ? tags_hash(tags, tag_count) : old.tags_hash;
    *changed = !old.is_there || put.def_hash != old.def_hash || put.tags_hash != old.tags_hash;
    if (!*changed)
        return ERR_OK;
    /* Not read this time: folding still needs them. */
    if (!has_tags && old.is_there)
        rc = tags_load(cache, old.id, &cache->scratch, &tags, &tag_count, err);
    if (rc)
        return rc;
    fold_pipeline(def, tags, tag_count, &put.fold);
    sb_init(&detail, DETAIL_MAX);
    rc = detail_write(def, &detail, err);
    put.detail = sb_sv(&detail);
    if (rc == ERR_OK)
        rc = put_def(cache, &old, &put, err);
    if (rc == ERR_OK && has_tags && put.tags_hash != old.tags_hash)
        rc = store_tags(cache, put.rowid, tags, tag_count, err);
    return rc;
}

enum err_code cache_put_trouble(struct cache *cache, const struct pipeline_id *id, struct sv text,
                                bool *changed, struct err *err)
{
    struct old_row old;
    struct db_stmt *st;
    enum err_code rc = row_need(cache, id, &old, err);

    if (rc)
        return rc;
    *changed = !sv_eq(old.trouble, text);
    if (!*changed)
        return ERR_OK;
    rc = use(cache, STATEMENT_TROUBLE_PUT, &st, err);
    if (rc)
        return rc;
    db_bind_int(st, 1, old.id);
    db_bind_sv(st, 2, text);
    rc = db_run(cache->db, st, err);
    return rc ? rc : row_add_change(cache, old.id, CHANGE_TROUBLE, err);
}

static enum err_code remove_one(struct cache *cache, int64_t id, struct err *err)
{
    static const enum statement steps[] = {STATEMENT_TAGS_DROP, STATEMENT_EXECUTIONS_DROP,
                                           STATEMENT_RUNS_DROP, STATEMENT_PIPELINE_DROP};
    const size_t all = 0;
    enum err_code rc = stages_drop(cache, id, all, err);

    for (size_t i = 0; rc == ERR_OK && i < ARRAY_LEN(steps); i++)
        rc = row_run(cache, steps[i], id, err);
    if (rc == ERR_OK)
        rc = id_list_add(&cache->stale_text, id, err);
    return rc ? rc : row_add_change(cache, id, CHANGE_REMOVED, err);
}

enum err_code cache_keep_only(struct cache *cache, struct sv partition, struct sv account,
                              struct sv region, const struct sv *names, size_t count,
                              int64_t now_ms UNUSED, size_t *removed, struct err *err)
{
    const struct pipeline_id where = {.partition = partition, .account = account, .region = region};
    struct arena arena;
    struct cache_known *known;
    size_t known_count;
    size_t at = 0;
    size_t gone = 0;
    enum err_code rc;

    if (cache->db == NULL || !db_is_in_transaction(cache->db))
        return err_set(err, ERR_CACHE, "no transaction is open: a write before has failed");
    arena_init(&arena, KNOWN_CAP);
    rc = cache_known(cache, partition, account, region, &arena, &known, &known_count, err);
    /* Both lists are sorted by bytes: one walk along the two. */
    for (size_t i = 0; rc == ERR_OK && i < known_count; i++) {
        while (at < count && sv_cmp(names[at], known[i].name) < 0)
            at++;
        if (at < count && sv_eq(names[at], known[i].name))
            continue;
        rc = remove_one(cache, known[i].rowid, err);
        if (rc == ERR_OK)
            rc = tally_add(cache, &where, known[i].status, -1, err);
        gone++;
    }
    arena_release(&arena);
    if (rc == ERR_OK)
        *removed = gone;
    return rc;
}
