#include "core/cache/log_reader.h"

#include "core/base/mem.h"

enum { CHUNKS_CAP = 256 << 20, ROOM_FIRST = 64 };

void log_reader_init(struct log_reader *r)
{
    *r = (struct log_reader){.log = 0};
    for (size_t i = 0; i < LOG_READER_SLOTS; i++)
        sb_init(&r->slots[i].raw, LOG_CHUNK_MAX);
}

void log_reader_release(struct log_reader *r)
{
    for (size_t i = 0; i < LOG_READER_SLOTS; i++)
        sb_release(&r->slots[i].raw);
    mem_free(r->chunks);
    log_reader_init(r);
}

/* ---- which chunks there are ---- */

static enum err_code add_chunks(struct log_reader *r, const struct log_chunk *chunks, size_t count,
                                struct err *err)
{
    size_t room = r->room > 0 ? r->room : ROOM_FIRST;
    struct log_chunk *grown;

    while (room < r->count + count)
        room *= 2;
    grown = room == r->room ? r->chunks : mem_resize(r->chunks, room, sizeof *grown);
    if (grown == NULL)
        return mem_err(err);
    r->chunks = grown;
    r->room = room;
    if (count > 0)
        memcpy(r->chunks + r->count, chunks, count * sizeof *chunks);
    r->count += count;
    return ERR_OK;
}

/* Those before the log's first line are gone, the last one may have grown. */
static void forget_stale(struct log_reader *r, const struct cached_log *log)
{
    size_t gone = 0;

    while (gone < r->count && r->chunks[gone].first_line < log->first_line)
        gone++;
    if (gone > 0)
        memmove(r->chunks, r->chunks + gone, (r->count - gone) * sizeof *r->chunks);
    r->count -= gone;
    if (r->count > 0)
        r->count--;
}

enum err_code log_reader_open(struct log_reader *r, struct cache *cache,
                              const struct cached_log *log, struct err *err)
{
    struct log_chunk *chunks = NULL;
    struct arena arena;
    size_t count = 0;
    int64_t from;
    enum err_code rc;

    if (r->cache == cache && r->log == log->id && r->lines == log->lines &&
        r->first_line == log->first_line)
        return ERR_OK;
    if (r->cache != cache || r->log != log->id || log->lines < r->lines)
        r->count = 0;
    else
        forget_stale(r, log);
    from = r->count > 0 ? r->chunks[r->count - 1].first_line + r->chunks[r->count - 1].lines
                        : log->first_line;
    arena_init(&arena, CHUNKS_CAP);
    rc = cache_log_chunks(cache, log->id, from, &arena, &chunks, &count, err);
    if (!rc)
        rc = add_chunks(r, chunks, count, err);
    arena_release(&arena);
    r->log = rc ? 0 : log->id;
    r->cache = cache;
    r->first_line = log->first_line;
    r->lines = log->lines;
    return rc;
}

size_t log_reader_chunk(const struct log_reader *r, int64_t line)
{
    size_t low = 0;
    size_t high = r->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->chunks[middle].first_line + r->chunks[middle].lines <= line)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* ---- their lines ---- */

static enum err_code take_slot(struct log_reader *r, const struct log_chunk *chunk,
                               struct log_slot **out, struct err *err)
{
    struct log_slot *oldest = &r->slots[0];
    enum err_code rc;

    r->turn++;
    for (size_t i = 0; i < LOG_READER_SLOTS; i++) {
        struct log_slot *slot = &r->slots[i];

        if (slot->chunk == chunk->id && slot->size == chunk->raw) {
            slot->used = r->turn;
            *out = slot;
            return ERR_OK;
        }
        if (slot->used < oldest->used)
            oldest = slot;
    }
    oldest->chunk = 0;
    rc = cache_read_chunk(r->cache, chunk, &oldest->raw, err);
    if (rc)
        return rc;
    oldest->chunk = chunk->id;
    oldest->size = chunk->raw;
    oldest->used = r->turn;
    *out = oldest;
    return ERR_OK;
}

enum err_code log_reader_each(struct log_reader *r, int64_t from, int64_t until, log_reader_fn *fn,
                              void *owner, struct err *err)
{
    bool goes_on = true;

    for (size_t i = log_reader_chunk(r, from);
         goes_on && i < r->count && r->chunks[i].first_line < until; i++) {
        int64_t number = r->chunks[i].first_line;
        int64_t at_ms = 0;
        struct log_slot *slot;
        struct log_line line;
        struct sv rest;
        enum err_code rc = take_slot(r, &r->chunks[i], &slot, err);

        if (rc == ERR_NOT_FOUND)
            continue;
        if (rc)
            return rc;
        rest = sb_sv(&slot->raw);
        for (; goes_on && number < until && log_line_next(&rest, &at_ms, &line); number++) {
            if (number >= from)
                goes_on = fn(owner, number, &line);
        }
    }
    return ERR_OK;
}
