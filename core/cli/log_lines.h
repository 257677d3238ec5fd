/* A kept log as lines on standard output: plain or JSON, from a line on. */
#ifndef PENSTOCK_CLI_LOG_LINES_H
#define PENSTOCK_CLI_LOG_LINES_H

#include "core/cache/log.h"
#include "core/cli/out.h"
#include "core/model/ansi.h"

struct log_lines {
    struct cache *cache;
    struct out *out;
    bool is_json;
    bool has_times;
    int64_t printed; /* lines of the log, until now */
    /* inside: a long line comes in pieces */
    struct ansi ansi;
    struct sb line;
    int64_t at_ms;
    int64_t number; /* of lines as people count them, from 1 */
    bool is_open;
};

void log_lines_init(struct log_lines *l, struct cache *cache, struct out *out);
void log_lines_release(struct log_lines *l);
/* What the log has behind what was printed; flushed. ERR_CANCELLED when nobody reads it any more.
 */
enum err_code log_lines_print(struct log_lines *l, const struct cached_log *log,
                              struct err *err) MUST_CHECK;

#endif
