/* Logs in the cache: the lines that a build printed, with their times, secrets masked.
 *
 * A log is appended to page by page, each page together with the token that asks for the next one,
 * so whoever reads it on, after a crash too, neither misses nor doubles a line. It is kept as
 * chunks of some hundred lines, compressed, and read chunk by chunk: nobody needs all of a long
 * log in memory. All logs together have a budget: those that were not used for longest go first,
 * and of one that is larger than all of it, its oldest lines. */
#ifndef PENSTOCK_CACHE_LOG_H
#define PENSTOCK_CACHE_LOG_H

#include "core/cache/cache.h"
#include "core/model/log_event.h"

enum {
    LOG_LINE_MAX = 16 * 1024, /* bytes: a longer line is kept as several that go on */
    LOG_CHUNK_RAW = 64 * 1024,
    LOG_CHUNK_MAX = LOG_CHUNK_RAW + LOG_LINE_MAX + 64,
    LOG_BUDGET_MB = 64
};

struct log_id {
    struct sv partition;
    struct sv account;
    struct sv region;
    struct sv group;
    struct sv stream;
};

struct cached_log {
    int64_t id;
    struct sv group; /* these five in the arena */
    struct sv stream;
    struct sv build;
    struct sv token;   /* "" = nothing was read yet */
    struct sv outcome; /* CodeBuild's word; "" while it runs, or was not asked */
    bool is_whole;     /* nothing more will come */
    int64_t first_line;
    int64_t lines; /* until now; those before first_line are gone */
    int64_t events;
    int64_t bytes;
    int64_t size;
    int64_t masked;
    int64_t read_at; /* when AWS was last asked for more */
};
/* ERR_NOT_FOUND when none was read. */
enum err_code cache_find_log(struct cache *cache, const struct log_id *id, struct arena *arena,
                             struct cached_log *out, struct err *err) MUST_CHECK;
enum err_code cache_find_build_log(struct cache *cache, struct sv partition, struct sv account,
                                   struct sv region, struct sv build, struct arena *arena,
                                   struct cached_log *out, struct err *err) MUST_CHECK;
/* Somebody looks at it. Nothing is written more than once a minute. */
enum err_code cache_use_log(struct cache *cache, int64_t id, int64_t now_ms,
                            struct err *err) MUST_CHECK;

/* ---- writing ---- */

/* One reply of AWS. */
struct log_page {
    struct sv build;
    struct sv after; /* the token that was sent; "" = from the start */
    struct sv token; /* that came back */
    const struct log_event *events;
    size_t count;
    int64_t now_ms;
};
/* All of it, or nothing. ERR_STALE when the log's token is not `after`: somebody else has read on,
 * and the caller looks again. */
enum err_code cache_append_log(struct cache *cache, const struct log_id *id,
                               const struct log_page *page, struct err *err) MUST_CHECK;
/* The build has this status, and is over when is_whole says so. */
enum err_code cache_end_log(struct cache *cache, const struct log_id *id, struct sv build,
                            struct sv outcome, bool is_whole, int64_t now_ms,
                            struct err *err) MUST_CHECK;
/* Its token is refused by AWS: forget what is kept, to read it again from the start. */
enum err_code cache_drop_log(struct cache *cache, const struct log_id *id,
                             struct err *err) MUST_CHECK;
/* For all logs; counts from the next append on. */
void cache_set_log_budget(struct cache *cache, int64_t bytes);

/* ---- reading ---- */

enum log_flag {
    LOG_FLAG_BEGINS = 1,  /* an event begins with it */
    LOG_FLAG_GOES_ON = 2, /* it was too long: the next one is its rest */
    LOG_FLAG_OPEN = 4,    /* its event ended without a newline */
    LOG_FLAG_ERROR = 8    /* it tells of an error */
};
struct log_line {
    int64_t at_ms;
    unsigned flags;
    struct sv text; /* as AWS gave it, without the newline */
};

struct log_chunk {
    int64_t id;
    int64_t first_line;
    int64_t lines;
    int64_t errors;
    int64_t raw;
};
/* From the one that has this line on, in order. */
enum err_code cache_log_chunks(struct cache *cache, int64_t log, int64_t from, struct arena *arena,
                               struct log_chunk **out, size_t *count, struct err *err) MUST_CHECK;
/* Its lines, packed, in the place of what out held (its cap is LOG_CHUNK_MAX or more).
 * ERR_NOT_FOUND when it is gone. */
enum err_code cache_read_chunk(struct cache *cache, const struct log_chunk *chunk, struct sb *out,
                               struct err *err) MUST_CHECK;
/* Take the next line off a chunk's bytes; false at the end, and where they make no sense. at_ms
 * counts on from the line before: begin with 0. */
bool log_line_next(struct sv *bytes, int64_t *at_ms, struct log_line *out);

#endif
