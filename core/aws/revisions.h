/* What executions were made of: every source's revision, not only the first, and the variables. */
#ifndef PENSTOCK_AWS_REVISIONS_H
#define PENSTOCK_AWS_REVISIONS_H

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/pipeline.h"

struct source_revision {
    struct sv action;
    struct sv revision;
    struct sv summary; /* e.g. the commit message, unwrapped */
    struct sv url;     /* the commit's or pull request's page; of an S3 object its console's */
};

struct execution_sources {
    struct sv id;
    enum status status;
    int64_t started_at;
    bool is_rollback; /* of one stage: the others never saw it */
    const struct source_revision *sources;
    size_t source_count;
};
/* One page of ListPipelineExecutions. */
enum err_code decode_execution_sources(const cJSON *json, struct arena *arena,
                                       struct execution_sources **out, size_t *count,
                                       struct err *err) MUST_CHECK;

struct execution_variable {
    struct sv name;
    struct sv value; /* resolved */
};
struct execution_detail {
    struct sv trigger;
    struct sv trigger_detail;
    const struct execution_variable *variables;
    size_t variable_count;
};
/* GetPipelineExecution. */
enum err_code decode_execution_detail(const cJSON *json, struct arena *arena,
                                      struct execution_detail *out, struct err *err) MUST_CHECK;

#endif
