/* Environments, a set per CICD context: what AWS keeps of them, and beside it what the doctor
 * found, which a new reading leaves alone. */
#include "core/cache/store.h"

struct home {
    struct sv partition;
    struct sv account;
    struct sv region;
};

static void bind_home(struct db_stmt *st, const struct home *home)
{
    db_bind_sv(st, 1, home->partition);
    db_bind_sv(st, 2, home->account);
    db_bind_sv(st, 3, home->region);
}

/* ---- reading ---- */

static bool read_row(struct db_stmt *st, struct arena *arena, void *item)
{
    struct cached_environment *e = item;
    struct sv *const texts[] = {&e->home_partition, &e->home_account, &e->home_region, &e->name,
                                &e->kind,           &e->account,      &e->region,      &e->way,
                                &e->stage,          &e->team,         &e->bootstrap,   &e->json};
    int at = 0;

    while (at < (int)ARRAY_LEN(texts)) {
        *texts[at] = db_sv(st, at);
        at++;
    }
    e->version = db_int(st, at++);
    e->read_at = db_int(st, at++);
    e->checked_at = db_int(st, at++);
    e->bootstrap_version = db_int(st, at++);
    e->verdict = (int)db_int(st, at++);
    e->trusts = db_int(st, at++) != 0;
    e->line = arena_sv(arena, db_sv(st, at));
    return keep_texts(texts, ARRAY_LEN(texts), arena) && e->line.ptr != NULL;
}

enum err_code cache_list_environments(struct cache *cache, struct sv partition, struct sv account,
                                      struct sv region, struct arena *arena,
                                      struct cached_environment **out, size_t *count,
                                      struct err *err)
{
    struct home home = {partition, account, region};
    struct rows rows;
    struct db_stmt *st;
    enum err_code rc =
        use(cache, account.len > 0 ? STATEMENT_ENVIRONMENTS : STATEMENT_ENVIRONMENTS_ALL, &st, err);

    if (rc)
        return rc;
    if (account.len > 0)
        bind_home(st, &home);
    rc = rows_read(cache, st, arena, sizeof **out, read_row, &rows, err);
    if (rc)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return ERR_OK;
}

/* ---- writing ---- */

static enum err_code put_one(struct cache *cache, const struct home *home,
                             const struct cached_environment *e, int64_t now_ms, bool *changed,
                             struct err *err)
{
    const struct sv texts[] = {e->name,  e->kind, e->account,   e->region, e->way,
                               e->stage, e->team, e->bootstrap, e->json};
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_ENVIRONMENT_MOVED, &st, err);

    if (rc)
        return rc;
    bind_home(st, home);
    db_bind_sv(st, 4, e->name);
    db_bind_sv(st, 5, e->account);
    db_bind_sv(st, 6, e->region);
    db_bind_sv(st, 7, e->way);
    db_bind_sv(st, 8, e->bootstrap);
    rc = db_run(cache->db, st, err);
    if (!rc)
        rc = use(cache, STATEMENT_ENVIRONMENT_PUT, &st, err);
    if (rc)
        return rc;
    bind_home(st, home);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        db_bind_sv(st, 4 + (int)i, texts[i]);
    db_bind_int(st, 13, e->version);
    db_bind_int(st, 14, now_ms);
    rc = db_run(cache->db, st, err);
    *changed = *changed || (!rc && db_changes(cache->db) > 0);
    return rc;
}

static bool has_name(const struct cached_environment *list, size_t count, struct sv name)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(list[i].name, name))
            return true;
    }
    return false;
}

static enum err_code drop_others(struct cache *cache, const struct home *home,
                                 const struct cached_environment *list, size_t count, bool *changed,
                                 struct err *err)
{
    struct cached_environment *old;
    size_t old_count;
    enum err_code rc;

    arena_clear(&cache->scratch);
    rc = cache_list_environments(cache, home->partition, home->account, home->region,
                                 &cache->scratch, &old, &old_count, err);
    for (size_t i = 0; !rc && i < old_count; i++) {
        struct db_stmt *st;

        if (has_name(list, count, old[i].name))
            continue;
        rc = use(cache, STATEMENT_ENVIRONMENT_DROP, &st, err);
        if (rc)
            return rc;
        bind_home(st, home);
        db_bind_sv(st, 4, old[i].name);
        rc = db_run(cache->db, st, err);
        *changed = true;
    }
    return rc;
}

static enum err_code put_all(struct cache *cache, const struct home *home,
                             const struct cached_environment *list, size_t count, int64_t now_ms,
                             bool *changed, struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = drop_others(cache, home, list, count, changed, err);

    for (size_t i = 0; !rc && i < count; i++)
        rc = put_one(cache, home, &list[i], now_ms, changed, err);
    if (!rc)
        rc = use(cache, STATEMENT_ENVIRONMENTS_READ, &st, err);
    if (rc)
        return rc;
    bind_home(st, home);
    db_bind_int(st, 4, now_ms);
    rc = db_run(cache->db, st, err);
    return rc || !*changed ? rc : row_add_change(cache, 0, CHANGE_ENVIRONMENT, err);
}

static enum err_code put_diagnosis(struct cache *cache, const struct home *home,
                                   const struct cached_environment *found, struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_DIAGNOSIS_PUT, &st, err);

    if (rc)
        return rc;
    bind_home(st, home);
    db_bind_sv(st, 4, found->name);
    db_bind_int(st, 5, found->checked_at);
    db_bind_int(st, 6, found->bootstrap_version);
    db_bind_int(st, 7, found->verdict);
    db_bind_int(st, 8, found->trusts);
    db_bind_sv(st, 9, found->line);
    rc = db_run(cache->db, st, err);
    if (!rc && db_changes(cache->db) == 0)
        return err_set(err, ERR_NOT_FOUND, "the cache knows no environment " SV_FMT,
                       SV_ARG(sv_take(found->name, 64)));
    return rc ? rc : row_add_change(cache, 0, CHANGE_ENVIRONMENT, err);
}

enum err_code cache_put_environments(struct cache *cache, struct sv partition, struct sv account,
                                     struct sv region, const struct cached_environment *list,
                                     size_t count, int64_t now_ms, bool *changed, struct err *err)
{
    struct home home = {partition, account, region};
    bool is_ours;
    bool differs = false;
    enum err_code rc = piece_begin(cache, &is_ours, err);

    if (rc)
        return rc;
    rc = piece_end(cache, is_ours, put_all(cache, &home, list, count, now_ms, &differs, err), err);
    if (!rc)
        *changed = differs;
    return rc;
}

enum err_code cache_put_diagnosis(struct cache *cache, struct sv partition, struct sv account,
                                  struct sv region, const struct cached_environment *found,
                                  struct err *err)
{
    struct home home = {partition, account, region};
    bool is_ours;
    enum err_code rc = piece_begin(cache, &is_ours, err);

    return rc ? rc : piece_end(cache, is_ours, put_diagnosis(cache, &home, found, err), err);
}
