#include "core/cache/log_parts.h"

#include "core/base/deflate.h"

enum { USED_STEP_MS = 60 * 1000 };

void cache_set_log_budget(struct cache *cache, int64_t bytes)
{
    cache->log_budget = bytes;
}

static void bind_id(struct db_stmt *st, const struct log_id *id)
{
    db_bind_sv(st, 1, id->partition);
    db_bind_sv(st, 2, id->account);
    db_bind_sv(st, 3, id->region);
    db_bind_sv(st, 4, id->group);
    db_bind_sv(st, 5, id->stream);
}

/* The row of a statement that is bound, all columns of SQL_LOG. */
static enum err_code take_row(struct cache *cache, struct db_stmt *st, struct arena *arena,
                              struct cached_log *out, int64_t *key_lines, struct err *err)
{
    bool has_row;
    enum err_code rc = db_step(cache->db, st, &has_row, err);

    if (rc)
        return rc;
    if (!has_row)
        return err_set(err, ERR_NOT_FOUND, "this log was not read yet");
    *out = (struct cached_log){.id = db_int(st, 0),
                               .group = arena_sv(arena, db_sv(st, 1)),
                               .stream = arena_sv(arena, db_sv(st, 2)),
                               .build = arena_sv(arena, db_sv(st, 3)),
                               .token = arena_sv(arena, db_sv(st, 4)),
                               .outcome = arena_sv(arena, db_sv(st, 5)),
                               .is_whole = db_int(st, 6) != 0,
                               .first_line = db_int(st, 7),
                               .lines = db_int(st, 8),
                               .events = db_int(st, 9),
                               .bytes = db_int(st, 10),
                               .size = db_int(st, 11),
                               .masked = db_int(st, 12),
                               .read_at = db_int(st, 14)};
    if (key_lines != NULL)
        *key_lines = db_int(st, 13);
    db_reset(st);
    return out->group.ptr != NULL && out->stream.ptr != NULL && out->build.ptr != NULL &&
                   out->token.ptr != NULL && out->outcome.ptr != NULL
               ? ERR_OK
               : arena_err(arena, err);
}

enum err_code log_find(struct cache *cache, const struct log_id *id, struct arena *arena,
                       struct cached_log *out, int64_t *key_lines, struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_LOG, &st, err);

    if (rc)
        return rc;
    bind_id(st, id);
    return take_row(cache, st, arena, out, key_lines, err);
}

enum err_code cache_find_log(struct cache *cache, const struct log_id *id, struct arena *arena,
                             struct cached_log *out, struct err *err)
{
    return log_find(cache, id, arena, out, NULL, err);
}

enum err_code cache_find_build_log(struct cache *cache, struct sv partition, struct sv account,
                                   struct sv region, struct sv build, struct arena *arena,
                                   struct cached_log *out, struct err *err)
{
    struct db_stmt *st;
    enum err_code rc = use(cache, STATEMENT_LOG_OF_BUILD, &st, err);

    if (rc)
        return rc;
    db_bind_sv(st, 1, partition);
    db_bind_sv(st, 2, account);
    db_bind_sv(st, 3, region);
    db_bind_sv(st, 4, build);
    return take_row(cache, st, arena, out, NULL, err);
}

enum err_code cache_use_log(struct cache *cache, int64_t id, int64_t now_ms, struct err *err)
{
    bool is_ours;
    enum err_code rc = cache->is_read_only ? ERR_OK : piece_begin(cache, &is_ours, err);

    if (rc || cache->is_read_only)
        return rc;
    rc = run_ints(cache, STATEMENT_LOG_USED, (const int64_t[]){id, now_ms - now_ms % USED_STEP_MS},
                  2, err);
    return piece_end(cache, is_ours, rc, err);
}

static enum err_code end(struct cache *cache, const struct log_id *id, struct sv build,
                         struct sv outcome, bool is_whole, int64_t now_ms, struct err *err)
{
    struct db_stmt *st;
    bool has_changed;
    enum err_code rc = use(cache, STATEMENT_LOG_END, &st, err);

    if (rc)
        return rc;
    bind_id(st, id);
    db_bind_sv(st, 6, build);
    db_bind_sv(st, 7, outcome);
    db_bind_int(st, 8, is_whole);
    db_bind_int(st, 9, now_ms);
    rc = db_run(cache->db, st, err);
    has_changed = !rc && db_changes(cache->db) > 0;
    return rc || !has_changed ? rc : row_add_change(cache, 0, CHANGE_LOG, err);
}

enum err_code cache_end_log(struct cache *cache, const struct log_id *id, struct sv build,
                            struct sv outcome, bool is_whole, int64_t now_ms, struct err *err)
{
    bool is_ours;
    enum err_code rc = piece_begin(cache, &is_ours, err);

    return rc ? rc
              : piece_end(cache, is_ours, end(cache, id, build, outcome, is_whole, now_ms, err),
                          err);
}

static enum err_code drop(struct cache *cache, const struct log_id *id, struct err *err)
{
    struct cached_log log;
    struct arena arena;
    enum err_code rc;

    arena_init(&arena, 64 * 1024);
    rc = log_find(cache, id, &arena, &log, NULL, err);
    arena_release(&arena);
    if (rc)
        return rc == ERR_NOT_FOUND ? ERR_OK : rc;
    rc = row_run(cache, STATEMENT_LOG_CHUNKS_DROP, log.id, err);
    if (!rc)
        rc = row_run(cache, STATEMENT_LOG_DROP, log.id, err);
    return rc ? rc : row_add_change(cache, 0, CHANGE_LOG, err);
}

enum err_code cache_drop_log(struct cache *cache, const struct log_id *id, struct err *err)
{
    bool is_ours;
    enum err_code rc = piece_begin(cache, &is_ours, err);

    return rc ? rc : piece_end(cache, is_ours, drop(cache, id, err), err);
}

/* ---- the budget ---- */

static enum err_code ask(struct cache *cache, enum statement which, int64_t id, int64_t *out,
                         size_t count, struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    enum err_code rc = row_of(cache, which, id, &st, &has_row, err);

    for (size_t i = 0; i < count; i++)
        out[i] = !rc && has_row ? db_int(st, (int)i) : 0;
    if (!rc && has_row)
        db_reset(st);
    return rc;
}

/* The other log that was not used for longest; *is_done is false when there is none. */
static enum err_code drop_oldest(struct cache *cache, int64_t log, bool *is_done, struct err *err)
{
    int64_t victim;
    enum err_code rc = ask(cache, STATEMENT_LOG_LONGEST_UNUSED, log, &victim, 1, err);

    *is_done = victim != 0;
    if (rc || victim == 0)
        return rc;
    rc = row_run(cache, STATEMENT_LOG_CHUNKS_DROP, victim, err);
    return rc ? rc : row_run(cache, STATEMENT_LOG_DROP, victim, err);
}

/* The first chunk of a log that is larger than the budget. */
static enum err_code drop_start(struct cache *cache, int64_t log, bool *is_done, struct err *err)
{
    int64_t first[3]; /* id, the line behind it, bytes */
    enum err_code rc = ask(cache, STATEMENT_LOG_START, log, first, ARRAY_LEN(first), err);

    *is_done = first[0] != 0;
    if (rc || !*is_done)
        return rc;
    rc = row_run(cache, STATEMENT_LOG_CHUNK_DROP, first[0], err);
    return rc ? rc
              : run_ints(cache, STATEMENT_LOG_CUT, (const int64_t[]){log, first[1], first[2]}, 3,
                         err);
}

enum err_code log_prune(struct cache *cache, int64_t log, struct err *err)
{
    int64_t budget = cache->log_budget > 0 ? cache->log_budget : (int64_t)LOG_BUDGET_MB << 20;
    int64_t size;
    bool is_done = true;
    enum err_code rc = ask(cache, STATEMENT_LOGS_SIZE, log, &size, 1, err);

    while (!rc && size > budget && is_done) {
        rc = drop_oldest(cache, log, &is_done, err);
        if (!rc && !is_done)
            rc = drop_start(cache, log, &is_done, err);
        if (!rc)
            rc = ask(cache, STATEMENT_LOGS_SIZE, log, &size, 1, err);
    }
    return rc;
}

/* ---- chunks ---- */

static bool read_chunk_row(struct db_stmt *st, struct arena *arena UNUSED, void *item)
{
    *(struct log_chunk *)item = (struct log_chunk){.id = db_int(st, 0),
                                                   .first_line = db_int(st, 1),
                                                   .lines = db_int(st, 2),
                                                   .errors = db_int(st, 3),
                                                   .raw = db_int(st, 4)};
    return true;
}

enum err_code cache_log_chunks(struct cache *cache, int64_t log, int64_t from, struct arena *arena,
                               struct log_chunk **out, size_t *count, struct err *err)
{
    struct db_stmt *st;
    struct rows rows;
    enum err_code rc = use(cache, STATEMENT_LOG_CHUNKS, &st, err);

    if (rc)
        return rc;
    db_bind_int(st, 1, log);
    db_bind_int(st, 2, from);
    rc = rows_read(cache, st, arena, sizeof **out, read_chunk_row, &rows, err);
    if (rc)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return ERR_OK;
}

enum err_code cache_read_chunk(struct cache *cache, const struct log_chunk *chunk, struct sb *out,
                               struct err *err)
{
    struct db_stmt *st;
    bool has_row;
    int64_t raw;
    enum err_code rc = row_of(cache, STATEMENT_LOG_CHUNK, chunk->id, &st, &has_row, err);

    if (rc)
        return rc;
    if (!has_row)
        return err_set(err, ERR_NOT_FOUND, "these lines are not kept any more");
    raw = db_int(st, 0);
    if (raw < 0 || raw > LOG_CHUNK_MAX)
        rc = err_set(err, ERR_CACHE, "a chunk of a log has a strange size");
    else
        rc = deflate_unpack(db_sv(st, 1), (size_t)raw, out, err);
    db_reset(st);
    return rc;
}
