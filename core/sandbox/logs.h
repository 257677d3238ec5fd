/* CloudWatch Logs: groups, their streams and what was logged.
 *
 * Groups and streams are records, events rows of logs_store.h; the logs of seeded builds are told
 * beside them (seed_build.h). A token is the place of one event. */
#ifndef PENSTOCK_SANDBOX_LOGS_H
#define PENSTOCK_SANDBOX_LOGS_H

#include "core/base/text.h"

struct service;

/* clang-format off */
/*       service  operation  function */
#define LOGS_CALLS(X) \
    X("logs", "CreateLogGroup",       logs_create_group)     \
    X("logs", "DescribeLogGroups",    logs_describe_groups)  \
    X("logs", "DeleteLogGroup",       logs_delete_group)     \
    X("logs", "PutRetentionPolicy",   logs_put_retention)    \
    X("logs", "DeleteRetentionPolicy", logs_delete_retention) \
    X("logs", "CreateLogStream",      logs_create_stream)    \
    X("logs", "DescribeLogStreams",   logs_describe_streams) \
    X("logs", "DeleteLogStream",      logs_delete_stream)    \
    X("logs", "PutLogEvents",         logs_put_events)       \
    X("logs", "GetLogEvents",         logs_get_events)       \
    X("logs", "FilterLogEvents",      logs_filter_events)    \
    X("logs", "TagResource",          logs_tag)              \
    X("logs", "UntagResource",        logs_untag)            \
    X("logs", "ListTagsForResource",  logs_list_tags)        \
    X("logs", "ListTagsLogGroup",     logs_list_group_tags)
/*       kind     function: what happens later */
#define LOGS_LATER(X)
/* clang-format on */

struct log_line {
    int64_t at_ms;
    struct sv text;
};

/* What a service of AWS logs (a build): the group and the stream are made when they are missing. */
enum err_code logs_append(struct service *s, struct sv account, struct sv region, struct sv group,
                          struct sv stream, const struct log_line *lines, size_t count,
                          struct err *err) MUST_CHECK;

enum { LOGS_NAME_MAX = 1200 }; /* of a stream's record: GROUP:STREAM */

#endif
