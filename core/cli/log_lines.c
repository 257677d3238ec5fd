#include "core/cli/log_lines.h"

#include "core/base/json.h"
#include "core/base/time.h"

enum { LINE_CAP = 16 << 20, CHUNKS_CAP = 64 << 20 };

void log_lines_init(struct log_lines *l, struct cache *cache, struct out *out)
{
    *l = (struct log_lines){.cache = cache, .out = out};
    sb_init(&l->line, LINE_CAP);
}

void log_lines_release(struct log_lines *l)
{
    sb_release(&l->line);
}

/* A tab does no harm, and logs are full of them. */
static enum err_code add_safe(struct sb *out, struct sv text, struct err *err)
{
    enum err_code rc = ERR_OK;

    while (text.len > 0 && !rc) {
        const char *tab = memchr(text.ptr, '\t', text.len);
        size_t len = tab != NULL ? (size_t)(tab - text.ptr) : text.len;

        rc = sb_add_safe(out, sv_take(text, len), err);
        if (!rc && tab != NULL)
            rc = sb_addc(out, '\t', err);
        text = sv_drop(text, len + (tab != NULL));
    }
    return rc;
}

static enum err_code write_json(struct log_lines *l, struct err *err)
{
    struct jw w;
    enum err_code rc;

    jw_init(&w, &l->out->text, err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    jw_put_int(&w, "line", l->number);
    jw_put_time(&w, "at", l->at_ms);
    jw_put_sv(&w, "text", sb_sv(&l->line));
    jw_close(&w, '}');
    rc = jw_done(&w);
    return rc ? rc : sb_addc(&l->out->text, '\n', err);
}

static enum err_code write_line(struct log_lines *l, struct err *err)
{
    char time[TIME_RFC3339_SIZE];
    struct sb *out = &l->out->text;
    enum err_code rc = ERR_OK;

    l->number++;
    if (l->is_json) {
        rc = write_json(l, err);
    } else {
        if (l->has_times)
            rc = sb_addf(out, err, "%s ", time_rfc3339(l->at_ms, time));
        if (!rc)
            rc = add_safe(out, sb_sv(&l->line), err);
        if (!rc)
            rc = sb_addc(out, '\n', err);
    }
    return rc ? rc : out_spill(l->out, err);
}

static enum err_code add_line(struct log_lines *l, const struct log_line *line, struct err *err)
{
    enum err_code rc;

    if (!l->is_open) {
        ansi_begin(&l->ansi);
        sb_clear(&l->line);
        l->at_ms = line->at_ms;
    }
    rc = ansi_add(&l->ansi, line->text, &l->line, err);
    l->is_open = (line->flags & LOG_FLAG_GOES_ON) != 0;
    return rc || l->is_open ? rc : write_line(l, err);
}

static enum err_code add_chunk(struct log_lines *l, const struct log_chunk *chunk, struct sb *raw,
                               struct err *err)
{
    int64_t number = chunk->first_line;
    int64_t at_ms = 0;
    struct log_line line;
    struct sv rest;
    enum err_code rc = cache_read_chunk(l->cache, chunk, raw, err);

    rest = sb_sv(raw);
    while (!rc && log_line_next(&rest, &at_ms, &line)) {
        if (number++ < l->printed)
            continue;
        rc = add_line(l, &line, err);
        l->printed = number;
    }
    return rc;
}

enum err_code log_lines_print(struct log_lines *l, const struct cached_log *log, struct err *err)
{
    struct log_chunk *chunks = NULL;
    struct arena arena;
    struct sb raw;
    size_t count = 0;
    enum err_code rc;

    if (log->lines <= l->printed)
        return ERR_OK;
    arena_init(&arena, CHUNKS_CAP);
    sb_init(&raw, LOG_CHUNK_MAX);
    rc = cache_log_chunks(l->cache, log->id, l->printed, &arena, &chunks, &count, err);
    for (size_t i = 0; i < count && !rc; i++)
        rc = add_chunk(l, &chunks[i], &raw, err);
    if (!rc)
        rc = out_flush(l->out, err);
    sb_release(&raw);
    arena_release(&arena);
    return rc;
}
