/* What was logged: events of a stream in the order of their places, in a table of their own.
 *
 * A place is the event's time and, within a millisecond, the order in which it came; so a reader
 * that goes on after a place misses nothing and sees nothing twice. (One that comes late, with a
 * time before the reader's place, is not seen by it: whether AWS shows it then is not known.) */
#ifndef PENSTOCK_SANDBOX_LOGS_STORE_H
#define PENSTOCK_SANDBOX_LOGS_STORE_H

#include "core/sandbox/logs.h"

struct records;

struct log_place {
    int64_t at_ms;
    int64_t number;
};
int log_place_cmp(struct log_place a, struct log_place b);

struct log_event {
    struct log_place place;
    int64_t ingested_ms;
    struct sv text; /* lives during the call */
};

/* Neither bound is part of it. */
struct log_range {
    struct log_place after;
    struct log_place before;
    bool is_backwards; /* the newest first */
};
#define LOG_RANGE_ALL                                                                              \
    ((struct log_range){.after = {-1, INT64_MAX}, .before = {INT64_MAX, INT64_MAX}})
/* Of it only what is from from_ms on and before until_ms. */
void log_range_narrow(struct log_range *range, int64_t from_ms, int64_t until_ms);

/* *goes_on is true when it is called. It must not write events. */
typedef enum err_code log_event_fn(void *owner, const struct log_event *event, bool *goes_on,
                                   struct err *err);
enum err_code log_store_read(struct records *records, int64_t stream, const struct log_range *range,
                             log_event_fn *fn, void *owner, struct err *err) MUST_CHECK;
/* Numbered from `first` on. */
enum err_code log_store_add(struct records *records, int64_t stream, int64_t first,
                            const struct log_line *lines, size_t count, int64_t now_ms,
                            struct err *err) MUST_CHECK;
enum err_code log_store_drop(struct records *records, int64_t stream, struct err *err) MUST_CHECK;

#endif
