#include "core/sandbox/iam_resource.h"

#include "core/sandbox/members.h"
#include "core/sandbox/policy.h"

enum { PART_MAX = 256, PARTS_MAX = 3 };

/* clang-format off */
/* The first row whose operation fits. Members are joined by slashes; one of "id" ends at its colon.
 * A value that is an ARN already stands for itself. */
static const struct row {
    const char *service;
    const char *operation;
    const char *before; /* the members, behind arn:PARTITION:SERVICE:REGION:ACCOUNT: */
    const char *members;
    const char *behind;
} rows[] = {
    {"codepipeline", "PutApprovalResult",       "", "pipelineName stageName actionName", ""},
    {"codepipeline", "DisableStageTransition",  "", "pipelineName stageName", ""},
    {"codepipeline", "EnableStageTransition",   "", "pipelineName stageName", ""},
    {"codepipeline", "RetryStageExecution",     "", "pipelineName stageName", ""},
    {"codepipeline", "RollbackStage",           "", "pipelineName stageName", ""},
    {"codepipeline", "OverrideStageCondition",  "", "pipelineName stageName", ""},
    {"codepipeline", "StopPipelineExecution",   "", "pipelineName", ""},
    {"codepipeline", "GetPipelineExecution",    "", "pipelineName", ""},
    {"codepipeline", "List*Executions",         "", "pipelineName", ""},
    {"codepipeline", "CreatePipeline",          "", "pipeline.name", ""},
    {"codepipeline", "UpdatePipeline",          "", "pipeline.name", ""},
    {"codepipeline", "DeletePipeline",          "", "name", ""},
    {"codepipeline", "StartPipelineExecution",  "", "name", ""},
    {"codepipeline", "GetPipeline*",            "", "name", ""},
    {"codepipeline", "*TagResource",            "", "resourceArn", ""},
    {"codepipeline", "UntagResource",           "", "resourceArn", ""},
    {"codepipeline", "ListTagsForResource",     "", "resourceArn", ""},
    {"codebuild",    "StartBuild",              "project/", "projectName", ""},
    {"codebuild",    "ListBuildsForProject",    "project/", "projectName", ""},
    {"codebuild",    "StopBuild",               "project/", "id", ""},
    {"codebuild",    "RetryBuild",              "project/", "id", ""},
    {"codebuild",    "*eProject",               "project/", "name", ""},
    {"codecommit",   "*TagResource",            "", "resourceArn", ""},
    {"codecommit",   "UntagResource",           "", "resourceArn", ""},
    {"codecommit",   "ListTagsForResource",     "", "resourceArn", ""},
    {"codecommit",   "UpdateRepositoryName",    "", "oldName", ""},
    {"codecommit",   "*",                       "", "repositoryName", ""},
    {"cloudformation", "*",                     "stack/", "StackName", "/*"},
};
/* clang-format on */

static const struct row *row_of(const struct request *request)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (sv_eq(request->service, sv_of(rows[i].service)) &&
            policy_fits(sv_of(rows[i].operation), request->operation, false))
            return &rows[i];
    }
    return NULL;
}

/* A member of the body, "outer.inner" too, or of the query protocol's form. */
static bool read_member(const struct request *request, const cJSON *json, struct sv name,
                        char out[PART_MAX])
{
    CLEANUP(sb_release) struct sb form;
    struct sv inner;
    struct sv outer = sv_cut(name, '.', &inner);
    struct sv value;
    char text[64];

    sb_init(&form, REQUEST_BODY_MAX);
    (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(outer));
    if (request->dialect == DIALECT_QUERY) {
        value = request_param(request, text, &form) ? sb_sv(&form) : SV_NONE;
    } else if (inner.len > 0) {
        json = json_get(json, text);
        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(inner));
        value = json_sv(json, text);
    } else {
        value = json_sv(json, text);
    }
    if (sv_eq(name, SV("id")))
        value = sv_cut(value, ':', &inner);
    (void)snprintf(out, PART_MAX, SV_FMT, SV_ARG(sv_take(value, PART_MAX - 1)));
    return value.len > 0;
}

static bool write(const struct request *request, const struct row *row, const cJSON *json,
                  char out[IAM_RESOURCE_MAX])
{
    struct sv rest = sv_of(row->members);
    char parts[PARTS_MAX * PART_MAX] = "";
    size_t used = 0;

    while (rest.len > 0) {
        char part[PART_MAX];

        if (!read_member(request, json, sv_cut(rest, ' ', &rest), part))
            return false;
        if (strncmp(part, "arn:", 4) == 0) {
            (void)snprintf(out, IAM_RESOURCE_MAX, "%s", part);
            return true;
        }
        used +=
            (size_t)snprintf(parts + used, sizeof parts - used, "%s%s", used == 0 ? "" : "/", part);
    }
    (void)snprintf(out, IAM_RESOURCE_MAX, "arn:%s:%s:" SV_FMT ":" SV_FMT ":%s%s%s",
                   arn_partition(request->region), row->service,
                   SV_ARG(sv_take(request->region, 40)), SV_ARG(request->who.account), row->before,
                   parts, row->behind);
    return true;
}

void iam_resource(const struct request *request, char out[IAM_RESOURCE_MAX])
{
    const struct row *row = row_of(request);
    cJSON *json = NULL;

    if (row != NULL && request->dialect == DIALECT_JSON && json_parse(request->body, &json, NULL))
        json = NULL;
    if (row == NULL || !write(request, row, json, out))
        (void)snprintf(out, IAM_RESOURCE_MAX, "*");
    cJSON_Delete(json);
}
