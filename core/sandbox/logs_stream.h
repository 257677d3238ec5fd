/* Streams of a log group: those that are kept and those that seeded builds tell. */
#ifndef PENSTOCK_SANDBOX_LOGS_STREAM_H
#define PENSTOCK_SANDBOX_LOGS_STREAM_H

#include "core/sandbox/call.h"
#include "core/sandbox/logs_store.h"
#include "core/sandbox/seed_build.h"

/* The group of that name, a record or a seeded one; NULL when there is none. The caller's. */
cJSON *log_group_find(struct call *c, struct sv name);
/* The one that the call names, or NULL and the refusal. */
cJSON *log_group_asked(struct call *c, struct sv *name);
/* When the first build of a seeded project began; 0: no such group. */
int64_t seed_group_since(struct world *w, struct sv account, struct sv region, struct sv group);
typedef void seed_group_fn(void *owner, struct sv group);
void seed_groups_each(struct world *w, struct sv account, struct sv region, seed_group_fn *fn,
                      void *owner);

cJSON *log_stream_new(struct service *s, struct sv account, struct sv region, struct sv group,
                      struct sv name, struct err *err);

struct log_stream {
    bool is_seeded;
    int64_t number; /* in the store, unless it is seeded */
    struct seed_build build;
};
/* Of the group; *is_there is false when it has none of that name. */
enum err_code log_stream_find(struct call *c, struct sv group, struct sv name,
                              struct log_stream *out, bool *is_there) MUST_CHECK;
enum err_code log_stream_read(struct service *s, const struct log_stream *stream,
                              const struct log_range *range, log_event_fn *fn, void *owner,
                              struct err *err) MUST_CHECK;

/* Each stream of the group whose name begins so: its row as DescribeLogStreams has it. */
typedef enum err_code log_stream_fn(void *owner, struct sv name, const struct log_stream *stream,
                                    const cJSON *row, struct err *err);
enum err_code log_streams_each(struct call *c, struct sv group, struct sv prefix, log_stream_fn *fn,
                               void *owner) MUST_CHECK;

#endif
