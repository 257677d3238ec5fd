/* Documents: penstock's own JSON of what a page of detail shows, within a budget. */
#include "core/cache/store.h"

enum { USED_STEP_MS = 60 * 60 * 1000, PRUNE_TO = DOCUMENTS_MAX / 4 * 3 };

static const char *const words[] = {
#define DOCUMENT_WORD(name, word, key) [DOCUMENT_##name] = word,
    DOCUMENT_LIST(DOCUMENT_WORD)
#undef DOCUMENT_WORD
};
_Static_assert(ARRAY_LEN(words) == DOCUMENT_COUNT, "one word per kind");

static void bind_id(struct db_stmt *st, const struct document_id *id)
{
    db_bind_word(st, 1, words[id->kind]);
    db_bind_sv(st, 2, id->partition);
    db_bind_sv(st, 3, id->account);
    db_bind_sv(st, 4, id->region);
    db_bind_sv(st, 5, id->key);
}

/* A quarter more than needed goes at once, so that not every put prunes. */
static enum err_code prune(struct cache *cache, struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    int64_t size = 0;
    enum err_code rc = use(cache, STATEMENT_DOCUMENTS_SIZE, &st, err);

    if (!rc)
        rc = db_step(cache->db, st, &has_row, err);
    if (rc)
        return rc;
    size = has_row ? db_int(st, 0) : 0;
    db_reset(st);
    if (size <= DOCUMENTS_MAX)
        return ERR_OK;
    return run_ints(cache, STATEMENT_DOCUMENTS_PRUNE, (const int64_t[]){PRUNE_TO}, 1, err);
}

static enum err_code put(struct cache *cache, const struct document_id *id, struct sv json,
                         int64_t now_ms, struct err *err)
{
    struct db_stmt *st;
    bool has_changed;
    enum err_code rc = use(cache, STATEMENT_DOCUMENT_SAME, &st, err);

    if (rc)
        return rc;
    bind_id(st, id);
    db_bind_sv(st, 6, json);
    db_bind_int(st, 7, now_ms);
    rc = db_run(cache->db, st, err);
    has_changed = rc == ERR_OK && db_changes(cache->db) == 0;
    if (rc || !has_changed)
        return rc;
    rc = use(cache, STATEMENT_DOCUMENT_PUT, &st, err);
    if (rc)
        return rc;
    bind_id(st, id);
    db_bind_sv(st, 6, json);
    db_bind_int(st, 7, now_ms);
    db_bind_int(st, 8, now_ms - now_ms % USED_STEP_MS);
    db_bind_int(st, 9, (int64_t)json.len);
    rc = db_run(cache->db, st, err);
    if (!rc)
        rc = prune(cache, err);
    return rc ? rc : row_add_change(cache, 0, CHANGE_DOCUMENT, err);
}

enum err_code cache_put_document(struct cache *cache, const struct document_id *id, struct sv json,
                                 int64_t now_ms, struct err *err)
{
    bool is_ours;
    enum err_code rc;

    if (json.len > DOCUMENT_MAX)
        return err_set(err, ERR_LIMIT, "a %s of over %d bytes is not kept", words[id->kind],
                       (int)DOCUMENT_MAX);
    rc = piece_begin(cache, &is_ours, err);
    return rc ? rc : piece_end(cache, is_ours, put(cache, id, json, now_ms, err), err);
}

enum err_code cache_get_document(struct cache *cache, const struct document_id *id,
                                 struct arena *arena, struct sv *json, int64_t *read_at,
                                 struct err *err)
{
    struct db_stmt *st;
    struct sv found;
    int64_t at;
    bool has_row;
    enum err_code rc = use(cache, STATEMENT_DOCUMENT, &st, err);

    if (rc)
        return rc;
    bind_id(st, id);
    rc = db_step(cache->db, st, &has_row, err);
    if (rc)
        return rc;
    if (!has_row)
        return err_set(err, ERR_NOT_FOUND, "this %s was not read yet", words[id->kind]);
    found = arena_sv(arena, db_sv(st, 0));
    at = db_int(st, 1);
    db_reset(st);
    if (found.ptr == NULL)
        return arena_err(arena, err);
    *json = found;
    *read_at = at;
    return ERR_OK;
}
