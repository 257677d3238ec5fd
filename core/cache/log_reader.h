/* A log read line by line from the cache, anywhere in it: its chunks are known, a few of them are
 * unpacked. So a log of a million lines takes little memory. */
#ifndef PENSTOCK_CACHE_LOG_READER_H
#define PENSTOCK_CACHE_LOG_READER_H

#include "core/cache/log.h"

enum { LOG_READER_SLOTS = 4 };

struct log_slot {
    int64_t chunk; /* 0 = empty */
    int64_t size;  /* of it, when it was read: the last chunk grows */
    uint64_t used;
    struct sb raw;
};

struct log_reader {
    struct cache *cache; /* borrowed */
    int64_t log;         /* 0 = none */
    int64_t first_line;
    int64_t lines;
    struct log_chunk *chunks;
    size_t count;
    size_t room;
    struct log_slot slots[LOG_READER_SLOTS];
    uint64_t turn;
};

void log_reader_init(struct log_reader *r);
void log_reader_release(struct log_reader *r);
/* What the log is now; of one that has grown only what is new is looked up. */
enum err_code log_reader_open(struct log_reader *r, struct cache *cache,
                              const struct cached_log *log, struct err *err) MUST_CHECK;

/* The line's text lasts until fn returns; false ends it. */
typedef bool log_reader_fn(void *owner, int64_t number, const struct log_line *line);
/* The lines from `from` up to before `until`, so far as they are there. What is gone meanwhile is
 * left out. */
enum err_code log_reader_each(struct log_reader *r, int64_t from, int64_t until, log_reader_fn *fn,
                              void *owner, struct err *err) MUST_CHECK;
/* The number of the chunk that has the line, or would have it; count when there is none. */
size_t log_reader_chunk(const struct log_reader *r, int64_t line);

#endif
