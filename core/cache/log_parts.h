/* What the cache's files of logs share: lines as bytes. */
#ifndef PENSTOCK_CACHE_LOG_PARTS_H
#define PENSTOCK_CACHE_LOG_PARTS_H

#include "core/cache/log.h"
#include "core/cache/store.h"

/* last_ms is the time of the line before in the same chunk; 0 for its first. */
enum err_code log_line_pack(const struct log_line *line, int64_t last_ms, struct sb *out,
                            struct err *err) MUST_CHECK;
/* In a transaction. */
enum err_code log_prune(struct cache *cache, int64_t log, struct err *err) MUST_CHECK;
enum err_code log_find(struct cache *cache, const struct log_id *id, struct arena *arena,
                       struct cached_log *out, int64_t *key_lines, struct err *err) MUST_CHECK;

#endif
