/* CodeBuild's builds, as far as a step wants to know why it failed and where its log is. */
#ifndef PENSTOCK_AWS_CODEBUILD_H
#define PENSTOCK_AWS_CODEBUILD_H

#include "core/base/arena.h"
#include "core/base/json.h"

struct build_phase {
    struct sv type;   /* "INSTALL" */
    struct sv status; /* empty while it runs */
    struct sv code;   /* of its first context: "COMMAND_EXECUTION_ERROR" */
    struct sv reason; /* likewise: "Error while executing command: ..." */
    int64_t seconds;
};

struct build {
    struct sv id;
    struct sv project;
    struct sv status; /* SUCCEEDED FAILED FAULT TIMED_OUT IN_PROGRESS STOPPED */
    struct sv phase;  /* the current one */
    struct sv log_group;
    struct sv log_stream; /* both empty before it is provisioned */
    int64_t started_at;   /* ms */
    int64_t ended_at;
    bool is_over; /* AWS's word for it, for a build that ended */
    struct build_phase *phases;
    size_t phase_count;
};
/* BatchGetBuilds; those that do not exist are not among them. */
enum err_code decode_builds(const cJSON *json, struct arena *arena, struct build **out,
                            size_t *count, struct err *err) MUST_CHECK;
/* The phase that failed first; NULL when none did. */
const struct build_phase *build_failure(const struct build *build);

#endif
