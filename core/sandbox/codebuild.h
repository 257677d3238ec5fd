/* CodeBuild: the operations that the sandbox knows, a row each, and builds for a pipeline. */
#ifndef PENSTOCK_SANDBOX_CODEBUILD_H
#define PENSTOCK_SANDBOX_CODEBUILD_H

#include "core/base/json.h"
#include "core/sandbox/codecommit.h"

struct service;

/* clang-format off */
/*       service      operation                function */
#define CODEBUILD_CALLS(X) \
    X("codebuild", "CreateProject",        codebuild_create_project)     \
    X("codebuild", "UpdateProject",        codebuild_update_project)     \
    X("codebuild", "DeleteProject",        codebuild_delete_project)     \
    X("codebuild", "BatchGetProjects",     codebuild_get_projects)       \
    X("codebuild", "ListProjects",         codebuild_list_projects)      \
    X("codebuild", "StartBuild",           codebuild_start_build)        \
    X("codebuild", "StopBuild",            codebuild_stop_build)         \
    X("codebuild", "RetryBuild",           codebuild_retry_build)        \
    X("codebuild", "BatchGetBuilds",       codebuild_get_builds)         \
    X("codebuild", "ListBuildsForProject", codebuild_list_project_builds) \
    X("codebuild", "ListBuilds",           codebuild_list_builds)
/*       kind     function: what happens later */
#define CODEBUILD_LATER(X) \
    X("codebuild.step", codebuild_step)
/* clang-format on */

enum { BUILD_ID_MAX = 300, BUILD_WHY_MAX = 1024 };

/* A build that somebody asks for. What the pipeline hands over is source and commit; override is
 * an input of StartBuild (environmentVariablesOverride, buildspecOverride, sourceVersion). */
struct codebuild_ask {
    struct sv account;
    struct sv region;
    struct sv project;
    struct sv initiator;
    struct codecommit_place source; /* an empty repository: the project's own source */
    struct sv commit;
    const cJSON *override;
    const char *task; /* of the pipeline's action (engine.h), put off again at its end; or NULL */
};
/* id is filled, or the refusal's code and sentence are. */
struct codebuild_answer {
    char id[BUILD_ID_MAX];
    const char *code; /* NULL: it began */
    char why[BUILD_WHY_MAX];
};
enum err_code codebuild_start(struct service *s, const struct codebuild_ask *ask,
                              struct codebuild_answer *answer, struct err *err) MUST_CHECK;

/* The project's record {"project","Arn","Tags"}, or that of a seeded pipeline's; NULL when there is
 * none. The caller's. is_seeded may be NULL. */
enum err_code codebuild_project(struct service *s, struct sv account, struct sv region,
                                struct sv name, cJSON **out, bool *is_seeded,
                                struct err *err) MUST_CHECK;
/* The build as BatchGetBuilds shows it, or NULL; the caller's. */
enum err_code codebuild_find(struct service *s, struct sv account, struct sv region, struct sv id,
                             cJSON **out, struct err *err) MUST_CHECK;

#endif
