#include "core/aws/codebuild.h"

#include "core/aws/shape.h"

enum { BUILDS_MAX = 100, PHASES_MAX = 50 };

/* clang-format off */
static const struct shape_member context_members[] = {
    MEMBER(build_phase, "statusCode", TEXT, code),
    MEMBER(build_phase, "message",    TEXT, reason),
};
static const struct shape context_shape = {.noun = "phase context", MEMBERS(context_members)};

static const struct shape_member phase_members[] = {
    MEMBER(build_phase, "phaseType",         TEXT, type),
    MEMBER(build_phase, "phaseStatus",       TEXT, status),
    MEMBER(build_phase, "durationInSeconds", INT,  seconds),
    FIRST("contexts", context_shape),
};
static const struct shape phase_shape = {
    .noun = "build phase", MEMBERS(phase_members), .size = sizeof(struct build_phase),
    .cap = PHASES_MAX,
};

static const struct shape_member log_members[] = {
    MEMBER(build, "groupName",  TEXT, log_group),
    MEMBER(build, "streamName", TEXT, log_stream),
};
static const struct shape log_shape = {.noun = "log", MEMBERS(log_members)};

static const struct shape_member build_members[] = {
    MEMBER(build, "id",           TEXT, id),
    MEMBER(build, "startTime",    TIME, started_at),
    MEMBER(build, "endTime",      TIME, ended_at),
    MEMBER(build, "currentPhase", TEXT, phase),
    MEMBER(build, "buildStatus",  TEXT, status),
    MEMBER(build, "buildComplete", BOOL, is_over),
    MEMBER(build, "projectName",  TEXT, project),
    LIST(build, "phases", phases, phase_count, phase_shape),
    INSIDE("logs", log_shape),
};
static const struct shape build_shape = {
    .noun = "build", MEMBERS(build_members), .size = sizeof(struct build), .cap = BUILDS_MAX,
    .has_key = true,
};
/* clang-format on */

enum err_code decode_builds(const cJSON *json, struct arena *arena, struct build **out,
                            size_t *count, struct err *err)
{
    void *rows = NULL;
    enum err_code rc = shape_list(&build_shape, json_get(json, "builds"), &rows, count, arena, err);

    if (rc == ERR_OK)
        *out = rows;
    return rc;
}

const struct build_phase *build_failure(const struct build *build)
{
    for (size_t i = 0; i < build->phase_count; i++) {
        struct sv status = build->phases[i].status;

        if (sv_eq(status, SV("FAILED")) || sv_eq(status, SV("FAULT")) ||
            sv_eq(status, SV("TIMED_OUT")))
            return &build->phases[i];
    }
    return NULL;
}
