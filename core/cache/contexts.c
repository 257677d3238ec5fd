/* Contexts: which account answers to a profile and region. */
#include "core/cache/store.h"

static void read_row(struct db_stmt *st, struct cache_context *out)
{
    *out = (struct cache_context){.profile = db_sv(st, 0),
                                  .region = db_sv(st, 1),
                                  .partition = db_sv(st, 2),
                                  .account = db_sv(st, 3),
                                  .caller_arn = db_sv(st, 4),
                                  .key_hash = (uint64_t)db_int(st, 5)};
}

static enum err_code keep(struct cache_context *c, struct arena *arena, struct err *err)
{
    struct sv *const texts[] = {&c->profile, &c->region, &c->partition, &c->account,
                                &c->caller_arn};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = arena_sv(arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            return arena_err(arena, err);
    }
    return ERR_OK;
}

static bool is_same(const struct cache_context *a, const struct cache_context *b)
{
    return sv_eq(a->partition, b->partition) && sv_eq(a->account, b->account) &&
           sv_eq(a->caller_arn, b->caller_arn) && a->key_hash == b->key_hash;
}

static enum err_code find(struct cache *cache, struct sv profile, struct sv region,
                          struct db_stmt **st, bool *has_row, struct err *err)
{
    enum err_code rc = use(cache, STATEMENT_CONTEXT_GET, st, err);

    if (rc)
        return rc;
    db_bind_sv(*st, 1, profile);
    db_bind_sv(*st, 2, region);
    return db_step(cache->db, *st, has_row, err);
}

static enum err_code put(struct cache *cache, const struct cache_context *c, struct err *err)
{
    struct cache_context old;
    struct db_stmt *st;
    bool has_row;
    bool is_unchanged = false;
    enum err_code rc = find(cache, c->profile, c->region, &st, &has_row, err);

    if (rc)
        return rc;
    if (has_row) {
        read_row(st, &old);
        is_unchanged = is_same(&old, c);
        db_reset(st);
    }
    if (is_unchanged)
        return ERR_OK;
    rc = use(cache, STATEMENT_CONTEXT_PUT, &st, err);
    if (rc)
        return rc;
    db_bind_sv(st, 1, c->profile);
    db_bind_sv(st, 2, c->region);
    db_bind_sv(st, 3, c->partition);
    db_bind_sv(st, 4, c->account);
    db_bind_sv(st, 5, c->caller_arn);
    db_bind_int(st, 6, (int64_t)c->key_hash);
    return db_run(cache->db, st, err);
}

enum err_code cache_put_context(struct cache *cache, const struct cache_context *context,
                                struct err *err)
{
    enum err_code rc;

    if (cache->db != NULL && db_is_in_transaction(cache->db))
        return put(cache, context, err);
    rc = cache_begin(cache, CACHE_WAIT_MS, err);
    if (rc)
        return rc;
    rc = put(cache, context, err);
    if (rc == ERR_OK)
        rc = cache_commit(cache, err);
    if (rc)
        cache_rollback(cache);
    return rc;
}

enum err_code cache_get_context(struct cache *cache, struct sv profile, struct sv region,
                                struct arena *arena, struct cache_context *out, struct err *err)
{
    struct cache_context found;
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = find(cache, profile, region, &st, &has_row, err);

    if (rc)
        return rc;
    if (!has_row)
        return err_set(err, ERR_NOT_FOUND, "the cache knows no context " SV_FMT "@" SV_FMT,
                       SV_ARG(profile), SV_ARG(region));
    read_row(st, &found);
    rc = keep(&found, arena, err);
    db_reset(st);
    if (rc == ERR_OK)
        *out = found;
    return rc;
}

enum err_code cache_list_contexts(struct cache *cache, struct arena *arena,
                                  struct cache_context **out, size_t *count, struct err *err)
{
    struct cache_context *list = NULL;
    struct db_stmt *st;
    size_t used = 0;
    size_t size = 0;
    bool has_row = false;
    enum err_code rc = use(cache, STATEMENT_CONTEXT_LIST, &st, err);

    if (rc)
        return rc;
    for (;;) {
        rc = db_step(cache->db, st, &has_row, err);
        if (rc || !has_row)
            break;
        if (used == size) {
            struct cache_context *grown;

            size = size > 0 ? 2 * size : 16;
            grown = arena_alloc(arena, size, sizeof *grown);
            if (grown == NULL) {
                rc = arena_err(arena, err);
                break;
            }
            if (used > 0)
                memcpy(grown, list, used * sizeof *list);
            list = grown;
        }
        read_row(st, &list[used]);
        rc = keep(&list[used++], arena, err);
        if (rc)
            break;
    }
    db_reset(st);
    if (rc)
        return rc;
    *out = list;
    *count = used;
    return ERR_OK;
}
