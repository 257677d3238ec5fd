/* The incident: what happened to one pipeline in a window of time, as Markdown for a report: what,
 * where, when, for how long, what it stopped, and a timeline of changes, errors, approvals, commits
 * and of what was done by hand. From the cache and the audit alone.
 *
 * Everything that comes from AWS or a person is made harmless for a terminal and for Markdown. */
#ifndef PENSTOCK_VIEWS_INCIDENT_H
#define PENSTOCK_VIEWS_INCIDENT_H

#include "core/views/pipeline_tree.h"

enum { INCIDENT_HOURS = 24, INCIDENT_EVENTS_MAX = 2000 };

struct incident_ask {
    struct cache *cache;
    struct pipeline_id id; /* a CodePipeline's or a logical pipeline's name, and where it is */
    const char *audit_dir; /* NULL: the user's own */
    int64_t since_ms;      /* 0 = INCIDENT_HOURS ago, or an hour before it broke, the earlier */
    int64_t now_ms;
};
/* ERR_NOT_FOUND when the cache knows no such pipeline. */
enum err_code incident_write(const struct incident_ask *ask, struct sb *out,
                             struct err *err) MUST_CHECK;
/* {"schema":1,"pipeline",...,"failing","failed_at","recovered_at","impacts":[...],"events":[...],
 * "markdown"}; an event's text is Markdown, too. */
enum err_code incident_json(const struct incident_ask *ask, struct sb *out,
                            struct err *err) MUST_CHECK;
/* The same into a new file of mode 0600 in $XDG_DATA_HOME/penstock/incidents: where the console was
 * started may be anything, a checkout too. path: where it is. */
enum err_code incident_save(const struct incident_ask *ask, struct sb *path,
                            struct err *err) MUST_CHECK;

/* Text as a part of a line of Markdown: on one line, cleaned, cut to most bytes, and nothing in it
 * is markup. */
enum err_code markdown_add(struct sb *out, struct sv text, size_t most, struct err *err) MUST_CHECK;

#endif
