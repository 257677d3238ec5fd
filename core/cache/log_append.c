/* Appending: events are masked, cut into lines and packed into the last chunk, which is written
 * anew until it is full. */
#include "core/base/deflate.h"
#include "core/cache/log_parts.h"
#include "core/model/log_error.h"
#include "core/model/masking.h"

enum { EVENT_CAP = 8 << 20, USED_STEP_MS = 60 * 1000, TOKEN_CAP = 64 * 1024 };

struct appending {
    struct cache *cache;
    struct err *err;
    struct cached_log log;
    struct masking masking;
    struct sb text; /* one event, masked */
    struct sb raw;  /* the last chunk's lines */
    struct sb packed;
    struct log_chunk chunk; /* the last one; id 0 = it is not written yet */
    int64_t packed_before;  /* bytes that the last chunk took until now */
    int64_t last_ms;        /* of the chunk's last line */
};

static enum err_code make(struct appending *a, const struct log_id *id, const struct log_page *page)
{
    struct db_stmt *st;
    enum err_code rc = use(a->cache, STATEMENT_LOG_MAKE, &st, a->err);

    if (rc)
        return rc;
    db_bind_sv(st, 1, id->partition);
    db_bind_sv(st, 2, id->account);
    db_bind_sv(st, 3, id->region);
    db_bind_sv(st, 4, id->group);
    db_bind_sv(st, 5, id->stream);
    db_bind_sv(st, 6, page->build);
    db_bind_int(st, 7, page->now_ms);
    db_bind_int(st, 8, page->now_ms - page->now_ms % USED_STEP_MS);
    rc = db_run(a->cache->db, st, a->err);
    if (!rc)
        a->log = (struct cached_log){.id = db_last_id(a->cache->db)};
    return rc;
}

/* The last chunk goes on while it has room. */
static enum err_code open_chunk(struct appending *a)
{
    struct db_stmt *st;
    bool has_row;
    struct log_line line;
    struct sv rest;
    enum err_code rc = row_of(a->cache, STATEMENT_LOG_LAST, a->log.id, &st, &has_row, a->err);

    a->chunk = (struct log_chunk){.first_line = a->log.lines};
    if (rc || !has_row)
        return rc;
    if (db_int(st, 4) < LOG_CHUNK_RAW)
        a->chunk = (struct log_chunk){.id = db_int(st, 0),
                                      .first_line = db_int(st, 1),
                                      .lines = db_int(st, 2),
                                      .errors = db_int(st, 3),
                                      .raw = db_int(st, 4)};
    a->packed_before = a->chunk.id != 0 ? db_int(st, 5) : 0;
    db_reset(st);
    if (a->chunk.id == 0)
        return ERR_OK;
    rc = cache_read_chunk(a->cache, &a->chunk, &a->raw, a->err);
    rest = sb_sv(&a->raw);
    while (!rc && log_line_next(&rest, &a->last_ms, &line))
        ;
    return rc;
}

static enum err_code write_chunk(struct appending *a)
{
    struct db_stmt *st;
    enum err_code rc = deflate_pack(sb_sv(&a->raw), &a->packed, a->err);

    if (!rc)
        rc = use(a->cache, STATEMENT_LOG_CHUNK_PUT, &st, a->err);
    if (rc)
        return rc;
    db_bind_int(st, 1, a->log.id);
    db_bind_int(st, 2, a->chunk.first_line);
    db_bind_int(st, 3, a->chunk.lines);
    db_bind_int(st, 4, a->chunk.errors);
    db_bind_int(st, 5, (int64_t)a->raw.len);
    db_bind_blob(st, 6, sb_sv(&a->packed));
    a->log.size += (int64_t)a->packed.len - a->packed_before;
    a->packed_before = 0;
    return db_run(a->cache->db, st, a->err);
}

static enum err_code add_line(struct appending *a, const struct log_line *line)
{
    enum err_code rc = log_line_pack(line, a->last_ms, &a->raw, a->err);

    if (rc)
        return rc;
    a->last_ms = line->at_ms;
    a->chunk.lines++;
    a->chunk.errors += (line->flags & LOG_FLAG_ERROR) != 0;
    a->log.lines++;
    a->log.bytes += (int64_t)line->text.len + 1;
    if (a->raw.len < LOG_CHUNK_RAW)
        return ERR_OK;
    rc = write_chunk(a);
    sb_clear(&a->raw);
    a->chunk = (struct log_chunk){.first_line = a->log.lines};
    a->last_ms = 0;
    return rc;
}

/* A line that is too long is cut before a character. */
static size_t piece_of(struct sv text)
{
    size_t len = LOG_LINE_MAX;

    if (text.len <= LOG_LINE_MAX)
        return text.len;
    while (len > LOG_LINE_MAX - 4 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static enum err_code add_text(struct appending *a, struct log_line line, struct sv text)
{
    enum err_code rc;

    if (log_line_is_error(text))
        line.flags |= LOG_FLAG_ERROR;
    do {
        unsigned flags = line.flags;

        line.text = sv_take(text, piece_of(text));
        text = sv_drop(text, line.text.len);
        line.flags |= text.len > 0 ? LOG_FLAG_GOES_ON : 0U;
        if (text.len > 0)
            line.flags &= ~(unsigned)LOG_FLAG_OPEN;
        rc = add_line(a, &line);
        line.flags = flags & ~(unsigned)(LOG_FLAG_BEGINS | LOG_FLAG_ERROR);
    } while (!rc && text.len > 0);
    return rc;
}

static enum err_code add_event(struct appending *a, const struct log_event *event)
{
    struct log_line line = {.at_ms = event->at_ms, .flags = LOG_FLAG_BEGINS};
    struct sv rest;
    enum err_code rc;

    sb_clear(&a->text);
    rc = mask_text(&a->masking, event->text, &a->text, a->err);
    rest = sb_sv(&a->text);
    do {
        const char *newline = rest.len > 0 ? memchr(rest.ptr, '\n', rest.len) : NULL;
        size_t len = newline != NULL ? (size_t)(newline - rest.ptr) : rest.len;

        if (newline == NULL)
            line.flags |= LOG_FLAG_OPEN;
        if (!rc)
            rc = add_text(a, line, sv_take(rest, len));
        rest = sv_drop(rest, len + (newline != NULL));
        line.flags = 0;
    } while (!rc && rest.len > 0);
    a->log.events++;
    return rc;
}

static enum err_code store(struct appending *a, const struct log_page *page)
{
    struct db_stmt *st;
    enum err_code rc = use(a->cache, STATEMENT_LOG_PUT, &st, a->err);

    if (rc)
        return rc;
    db_bind_int(st, 1, a->log.id);
    db_bind_sv(st, 2, page->build);
    db_bind_sv(st, 3, page->token);
    db_bind_int(st, 4, a->log.lines);
    db_bind_int(st, 5, a->log.events);
    db_bind_int(st, 6, a->log.bytes);
    db_bind_int(st, 7, a->log.masked + a->masking.count);
    db_bind_int(st, 8, a->masking.key_lines);
    db_bind_int(st, 9, page->now_ms);
    db_bind_int(st, 10, a->log.size);
    return db_run(a->cache->db, st, a->err);
}

static enum err_code append_events(struct appending *a, const struct log_page *page)
{
    enum err_code rc = page->count > 0 ? open_chunk(a) : ERR_OK;

    for (size_t i = 0; i < page->count && !rc; i++)
        rc = add_event(a, &page->events[i]);
    if (!rc && page->count > 0 && a->raw.len > 0)
        rc = write_chunk(a);
    if (!rc)
        rc = store(a, page);
    if (!rc && page->count > 0)
        rc = log_prune(a->cache, a->log.id, a->err);
    return rc ? rc : row_add_change(a->cache, 0, CHANGE_LOG, a->err);
}

static enum err_code append(struct appending *a, const struct log_id *id,
                            const struct log_page *page, struct arena *arena)
{
    enum err_code rc = log_find(a->cache, id, arena, &a->log, &a->masking.key_lines, a->err);

    if (rc == ERR_NOT_FOUND)
        rc = make(a, id, page);
    if (rc)
        return rc;
    if (!sv_eq(a->log.token, page->after))
        return err_set(a->err, ERR_STALE, "another penstock has read this log on");
    if (page->count == 0 && sv_eq(a->log.token, page->token) && a->log.token.len > 0)
        return ERR_OK; /* nothing new, and nothing to wake anybody for */
    return append_events(a, page);
}

enum err_code cache_append_log(struct cache *cache, const struct log_id *id,
                               const struct log_page *page, struct err *err)
{
    struct appending a = {.cache = cache, .err = err};
    struct arena arena;
    bool is_ours;
    enum err_code rc = piece_begin(cache, &is_ours, err);

    if (rc)
        return rc;
    arena_init(&arena, 4 * TOKEN_CAP);
    sb_init(&a.text, EVENT_CAP);
    sb_init(&a.raw, LOG_CHUNK_MAX);
    sb_init(&a.packed, 2 * LOG_CHUNK_MAX);
    rc = append(&a, id, page, &arena);
    sb_release(&a.text);
    sb_release(&a.raw);
    sb_release(&a.packed);
    arena_release(&arena);
    return piece_end(cache, is_ours, rc, err);
}
