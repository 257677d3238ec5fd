#include "core/aws/revisions.h"

#include "core/aws/codepipeline.h"
#include "core/aws/shape.h"

/* AWS allows 100 executions a page, and 50 variables and source actions in a pipeline. */
enum { EXECUTIONS_MAX = 1000, SOURCES_MAX = 100, VARIABLES_MAX = 100 };

/* clang-format off */
static const struct shape_member source_members[] = {
    MEMBER(source_revision, "actionName",      TEXT, action),
    MEMBER(source_revision, "revisionId",      TEXT, revision),
    MEMBER(source_revision, "revisionSummary", TEXT, summary),
    MEMBER(source_revision, "revisionUrl",     TEXT, url),
};
static shape_finish_fn finish_source;
static const struct shape source_shape = {
    .noun = "source", MEMBERS(source_members), .size = sizeof(struct source_revision),
    .cap = SOURCES_MAX, .finish = finish_source,
};

static const struct shape_member execution_members[] = {
    MEMBER(execution_sources, "pipelineExecutionId", TEXT,   id),
    MEMBER(execution_sources, "status",              STATUS, status),
    MEMBER(execution_sources, "startTime",           TIME,   started_at),
    MEMBER_IS(execution_sources, "executionType", is_rollback, "ROLLBACK"),
    LIST(execution_sources, "sourceRevisions", sources, source_count, source_shape),
};
static const struct shape execution_shape = {
    .noun = "execution", MEMBERS(execution_members), .size = sizeof(struct execution_sources),
    .cap = EXECUTIONS_MAX, .has_key = true,
};

static const struct shape_member variable_members[] = {
    MEMBER(execution_variable, "name",          TEXT, name),
    MEMBER(execution_variable, "resolvedValue", TEXT, value),
};
static const struct shape variable_shape = {
    .noun = "variable", MEMBERS(variable_members), .size = sizeof(struct execution_variable),
    .cap = VARIABLES_MAX, .has_key = true,
};

static const struct shape_member trigger_members[] = {
    MEMBER(execution_detail, "triggerType",   TEXT, trigger),
    MEMBER(execution_detail, "triggerDetail", TEXT, trigger_detail),
};
static const struct shape trigger_shape = {.noun = "trigger", MEMBERS(trigger_members)};

static const struct shape_member detail_members[] = {
    INSIDE("trigger", trigger_shape),
    LIST(execution_detail, "variables", variables, variable_count, variable_shape),
};
static const struct shape detail_shape = {.noun = "execution", MEMBERS(detail_members)};
/* clang-format on */

static enum err_code finish_source(const cJSON *json, void *object, struct arena *arena,
                                   struct err *err)
{
    struct source_revision *source = object;

    (void)json;
    return unwrap_revision(&source->summary, &source->url, arena, err);
}

enum err_code decode_execution_sources(const cJSON *json, struct arena *arena,
                                       struct execution_sources **out, size_t *count,
                                       struct err *err)
{
    return shape_list(&execution_shape, json_get(json, "pipelineExecutionSummaries"), (void **)out,
                      count, arena, err);
}

enum err_code decode_execution_detail(const cJSON *json, struct arena *arena,
                                      struct execution_detail *out, struct err *err)
{
    const cJSON *execution = json_get(json, "pipelineExecution");
    struct execution_detail made = {0};
    enum err_code rc;

    if (execution == NULL)
        return err_set(err, ERR_REPLY, "expected AWS, got a reply without its execution");
    rc = shape_object(&detail_shape, execution, &made, arena, err);
    if (rc == ERR_OK)
        *out = made;
    return rc;
}
