#include "core/cache/store.h"

#include "core/base/mem.h"

enum err_code use(struct cache *cache, enum statement which, struct db_stmt **out, struct err *err)
{
    if (cache->db == NULL)
        return err_set(err, ERR_CACHE, "the cache could not be opened again; restart penstock");
    return db_use(cache->db, (int)which, statement_sql(which), out, err);
}

enum err_code run_ints(struct cache *cache, enum statement which, const int64_t *ints, int count,
                       struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, which, &st, err);

    if (rc)
        return rc;
    for (int i = 0; i < count; i++)
        db_bind_int(st, i + 1, ints[i]);
    return db_run(cache->db, st, err);
}

enum err_code run_simple(struct cache *cache, enum statement which, struct err *err)
{
    return run_ints(cache, which, NULL, 0, err);
}

enum err_code row_of(struct cache *cache, enum statement which, int64_t id, struct db_stmt **out,
                     bool *has_row, struct err *err)
{
    enum err_code rc = use(cache, which, out, err);

    if (rc)
        return rc;
    db_bind_int(*out, 1, id);
    return db_step(cache->db, *out, has_row, err);
}

enum err_code cache_read_begin(struct cache *cache, struct err *err)
{
    if (cache->read_depth == 0 && cache->db != NULL && !db_is_in_transaction(cache->db)) {
        enum err_code rc = run_simple(cache, STATEMENT_BEGIN_READ, err);

        if (rc)
            return rc;
        cache->read_depth = 1;
    } else if (cache->read_depth > 0) {
        cache->read_depth++;
    }
    return ERR_OK;
}

/* Ending a transaction that only read cannot fail in a way that matters: COMMIT frees its view. */
void cache_read_end(struct cache *cache)
{
    if (cache->read_depth == 0 || --cache->read_depth > 0)
        return;
    if (run_simple(cache, STATEMENT_COMMIT, NULL) && db_is_in_transaction(cache->db) &&
        db_exec(cache->db, "ROLLBACK", NULL))
        return;
}

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

enum err_code rows_read(struct cache *cache, struct db_stmt *st, struct arena *arena, size_t item,
                        row_read_fn *read, struct rows *out, struct err *err)
{
    struct rows rows = {0};
    size_t size = 0;
    bool has_row = false;
    enum err_code rc;

    while ((rc = db_step(cache->db, st, &has_row, err)) == ERR_OK && has_row) {
        rows.items = array_grow(arena, rows.items, rows.count, &size, item);
        if (rows.items == NULL || !read(st, arena, (char *)rows.items + rows.count * item)) {
            rc = arena_err(arena, err);
            break;
        }
        rows.count++;
    }
    db_reset(st);
    if (rc == ERR_OK)
        *out = rows;
    return rc;
}

bool keep_texts(struct sv *const *texts, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        *texts[i] = arena_sv(arena, *texts[i]);
        if (texts[i]->ptr == NULL)
            return false;
    }
    return true;
}

enum err_code id_list_add(struct id_list *list, int64_t id, struct err *err)
{
    if (list->count == list->size) {
        size_t size = list->size > 0 ? 2 * list->size : 64;
        int64_t *grown;

        if (size > CACHE_IDS_MAX)
            return err_set(err, ERR_LIMIT, "over %d rows at once", CACHE_IDS_MAX);
        grown = mem_resize(list->items, size, sizeof *grown);
        if (grown == NULL)
            return mem_err(err);
        list->items = grown;
        list->size = size;
    }
    list->items[list->count++] = id;
    return ERR_OK;
}

static int compare_ids(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

void id_list_sort(struct id_list *list)
{
    size_t kept = 0;

    if (list->count == 0)
        return;
    qsort(list->items, list->count, sizeof *list->items, compare_ids);
    for (size_t i = 1; i < list->count; i++) {
        if (list->items[i] != list->items[kept])
            list->items[++kept] = list->items[i];
    }
    list->count = kept + 1;
}

void id_list_release(struct id_list *list)
{
    mem_free(list->items);
    *list = (struct id_list){0};
}
