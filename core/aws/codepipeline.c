/* CodePipeline's replies as tables (facts/aws-api.md 1.1). To read one more member: one row.
 *
 * Approval tokens stay behind: only that there is one is kept. */
#include "core/aws/codepipeline.h"

#include "core/aws/shape.h"
#include "core/model/source_link.h"

/* AWS allows 1,000 pipelines a page, 50 stages and 50 actions in each, 100 executions a page and
 * 50 tags: what is past these is no AWS. */
enum {
    PIPELINES_MAX = 10000,
    STAGES_MAX = 100,
    ACTIONS_MAX = 100,
    EXECUTIONS_MAX = 1000,
    RUNS_MAX = 1000,
    TAGS_MAX = 200,
    VARIABLES_MAX = 100,
    CONDITION_TEXT_MAX = 4096,
    LINK_MAX = 1024
};

/* clang-format off */
/* ListPipelines */

static const struct shape_member summary_members[] = {
    MEMBER(pipeline_summary, "name",          TEXT, name),
    MEMBER(pipeline_summary, "version",       INT,  version),
    MEMBER(pipeline_summary, "pipelineType",  TEXT, type),
    MEMBER(pipeline_summary, "executionMode", MODE, mode),
    MEMBER(pipeline_summary, "created",       TIME, created_at),
    MEMBER(pipeline_summary, "updated",       TIME, updated_at),
};
static const struct shape summary_shape = {
    .noun = "pipeline", MEMBERS(summary_members), .size = sizeof(struct pipeline_summary),
    .cap = PIPELINES_MAX, .has_key = true,
};

/* GetPipeline */

static const struct shape_member type_members[] = {
    MEMBER(action_def, "category", TEXT, category),
    MEMBER(action_def, "owner",    TEXT, owner),
    MEMBER(action_def, "provider", TEXT, provider),
};
static const struct shape type_shape = {.noun = "action type", MEMBERS(type_members)};

static const struct shape_member action_def_members[] = {
    MEMBER(action_def, "name",     TEXT, name),
    INSIDE("actionTypeId", type_shape),
    MEMBER(action_def, "runOrder", INT,  run_order),
    MEMBER(action_def, "roleArn",  TEXT, role_arn),
    MEMBER(action_def, "region",   TEXT, region),
    MEMBER(action_def, "timeoutInMinutes", INT, timeout_minutes),
};
static shape_finish_fn read_configuration;
static const struct action_def blank_action_def = {.run_order = 1};
static const struct shape action_def_shape = {
    .noun = "action", MEMBERS(action_def_members), .size = sizeof(struct action_def),
    .cap = ACTIONS_MAX, .blank = &blank_action_def, .finish = read_configuration,
};

static const struct shape_member stage_def_members[] = {
    MEMBER(stage_def, "name", TEXT, name),
    LIST(stage_def, "actions", actions, action_count, action_def_shape),
};
static const struct shape stage_def_shape = {
    .noun = "stage", MEMBERS(stage_def_members), .size = sizeof(struct stage_def),
    .cap = STAGES_MAX, .has_key = true,
};

static const struct shape_member variable_members[] = {
    MEMBER(variable_def, "name",         TEXT, name),
    MEMBER(variable_def, "defaultValue", TEXT, value),
    MEMBER(variable_def, "description",  TEXT, description),
};
static const struct shape variable_shape = {
    .noun = "variable", MEMBERS(variable_members), .size = sizeof(struct variable_def),
    .cap = VARIABLES_MAX, .has_key = true,
};

static const struct shape_member definition_members[] = {
    MEMBER(pipeline_def, "name",          TEXT, name),
    LIST(pipeline_def, "stages", stages, stage_count, stage_def_shape),
    MEMBER(pipeline_def, "version",       INT,  version),
    MEMBER(pipeline_def, "executionMode", MODE, mode),
    MEMBER(pipeline_def, "pipelineType",  TEXT, type),
    LIST(pipeline_def, "variables", variables, variable_count, variable_shape),
};
static const struct shape definition_shape = {
    .noun = "pipeline", MEMBERS(definition_members), .has_key = true,
};

static const struct shape_member metadata_members[] = {
    MEMBER(pipeline_def, "pipelineArn", TEXT, arn),
    MEMBER(pipeline_def, "created",     TIME, created_at),
    MEMBER(pipeline_def, "updated",     TIME, updated_at),
};
static const struct shape metadata_shape = {.noun = "pipeline", MEMBERS(metadata_members)};

/* GetPipelineState */

static const struct shape_member error_members[] = {
    MEMBER(action_state, "code",    TEXT, error_code),
    MEMBER(action_state, "message", TEXT, error_message),
};
static const struct shape error_shape = {.noun = "error", MEMBERS(error_members)};

static const struct shape_member action_execution_members[] = {
    MEMBER(action_state, "actionExecutionId",    TEXT,    execution_id),
    MEMBER(action_state, "status",               STATUS,  status),
    MEMBER(action_state, "summary",              TEXT,    summary),
    MEMBER(action_state, "lastStatusChange",     TIME,    changed_at),
    MEMBER(action_state, "token",                GIVEN,   has_token),
    MEMBER(action_state, "lastUpdatedBy",        TEXT,    updated_by),
    MEMBER(action_state, "externalExecutionId",  TEXT,    external_id),
    MEMBER(action_state, "externalExecutionUrl", TEXT,    external_url),
    MEMBER(action_state, "percentComplete",      PERCENT, percent),
    INSIDE("errorDetails", error_shape),
};
static const struct shape action_execution_shape = {
    .noun = "action execution", MEMBERS(action_execution_members),
};

static const struct shape_member revision_members[] = {
    MEMBER(action_state, "revisionId", TEXT, revision_id),
};
static const struct shape revision_shape = {.noun = "revision", MEMBERS(revision_members)};

static const struct shape_member action_state_members[] = {
    MEMBER(action_state, "actionName", TEXT, name),
    INSIDE("currentRevision", revision_shape),
    INSIDE("latestExecution", action_execution_shape),
    MEMBER(action_state, "entityUrl",  TEXT, url),
};
static shape_finish_fn finish_action;
static const struct action_state blank_action = {.percent = -1};
static const struct shape action_state_shape = {
    .noun = "action", MEMBERS(action_state_members), .size = sizeof(struct action_state),
    .cap = ACTIONS_MAX, .blank = &blank_action, .finish = finish_action,
};

static const struct shape_member inbound_members[] = {
    MEMBER(stage_state, "pipelineExecutionId", TEXT,   inbound_id),
    MEMBER(stage_state, "status",              STATUS, inbound_status),
};
static const struct shape inbound_shape = {.noun = "execution", MEMBERS(inbound_members)};

static const struct shape_member transition_members[] = {
    MEMBER(stage_state, "enabled",        BOOL, transition_enabled),
    MEMBER(stage_state, "lastChangedBy",  TEXT, disabled_by),
    MEMBER(stage_state, "lastChangedAt",  TIME, transition_changed_at),
    MEMBER(stage_state, "disabledReason", TEXT, disabled_reason),
};
static const struct shape transition_shape = {.noun = "transition", MEMBERS(transition_members)};

static const struct shape_member stage_execution_members[] = {
    MEMBER(stage_state, "pipelineExecutionId", TEXT,   execution_id),
    MEMBER(stage_state, "status",              STATUS, status),
    MEMBER_IS(stage_state, "type", is_rollback, "ROLLBACK"),
};
static const struct shape stage_execution_shape = {
    .noun = "execution", MEMBERS(stage_execution_members),
};

static const struct shape_member stage_state_members[] = {
    MEMBER(stage_state, "stageName", TEXT, name),
    INSIDE("inboundExecution", inbound_shape),
    INSIDE("inboundTransitionState", transition_shape),
    LIST(stage_state, "actionStates", actions, action_count, action_state_shape),
    INSIDE("latestExecution", stage_execution_shape),
};
static shape_finish_fn read_conditions;
static const struct stage_state blank_stage = {.transition_enabled = true};
static const struct shape stage_state_shape = {
    .noun = "stage", MEMBERS(stage_state_members), .size = sizeof(struct stage_state),
    .cap = STAGES_MAX, .has_key = true, .blank = &blank_stage, .finish = read_conditions,
};

static const struct shape_member state_members[] = {
    MEMBER(pipeline_state, "pipelineName",    TEXT, name),
    MEMBER(pipeline_state, "pipelineVersion", INT,  version),
    LIST(pipeline_state, "stageStates", stages, stage_count, stage_state_shape),
    MEMBER(pipeline_state, "updated",         TIME, updated_at),
};
static const struct shape state_shape = {
    .noun = "pipeline", MEMBERS(state_members), .has_key = true,
};

/* ListPipelineExecutions */

static const struct shape_member source_members[] = {
    MEMBER(execution, "revisionId",      TEXT, revision),
    MEMBER(execution, "revisionSummary", TEXT, revision_summary),
    MEMBER(execution, "revisionUrl",     TEXT, revision_url),
};
static const struct shape source_shape = {.noun = "source", MEMBERS(source_members)};

static const struct shape_member trigger_members[] = {
    MEMBER(execution, "triggerType",   TEXT, trigger),
    MEMBER(execution, "triggerDetail", TEXT, trigger_detail),
};
static const struct shape trigger_shape = {.noun = "trigger", MEMBERS(trigger_members)};

static const struct shape_member stop_members[] = {
    MEMBER(execution, "reason", TEXT, stop_reason),
};
static const struct shape stop_shape = {.noun = "stop", MEMBERS(stop_members)};

static const struct shape_member rollback_members[] = {
    MEMBER(execution, "rollbackTargetPipelineExecutionId", TEXT, rollback_target),
};
static const struct shape rollback_shape = {.noun = "rollback", MEMBERS(rollback_members)};

static const struct shape_member execution_members[] = {
    MEMBER(execution, "pipelineExecutionId", TEXT,   id),
    MEMBER(execution, "status",              STATUS, status),
    MEMBER(execution, "statusSummary",       TEXT,   status_summary),
    MEMBER(execution, "startTime",           TIME,   started_at),
    MEMBER(execution, "lastUpdateTime",      TIME,   updated_at),
    FIRST("sourceRevisions", source_shape),
    INSIDE("trigger", trigger_shape),
    INSIDE("stopTrigger", stop_shape),
    MEMBER(execution, "executionMode",       MODE,   mode),
    MEMBER_IS(execution, "executionType", is_rollback, "ROLLBACK"),
    INSIDE("rollbackMetadata", rollback_shape),
};
static const struct shape execution_shape = {
    .noun = "execution", MEMBERS(execution_members), .size = sizeof(struct execution),
    .cap = EXECUTIONS_MAX, .has_key = true,
};

/* ListActionExecutions */

static const struct shape_member run_error_members[] = {
    MEMBER(action_run, "code",    TEXT, action.error_code),
    MEMBER(action_run, "message", TEXT, action.error_message),
};
static const struct shape run_error_shape = {.noun = "error", MEMBERS(run_error_members)};

static const struct shape_member result_members[] = {
    MEMBER(action_run, "externalExecutionId",      TEXT, action.external_id),
    MEMBER(action_run, "externalExecutionSummary", TEXT, action.summary),
    MEMBER(action_run, "externalExecutionUrl",     TEXT, action.external_url),
    INSIDE("errorDetails", run_error_shape),
};
static const struct shape result_shape = {.noun = "result", MEMBERS(result_members)};

static const struct shape_member output_members[] = {INSIDE("executionResult", result_shape)};
static const struct shape output_shape = {.noun = "output", MEMBERS(output_members)};

static const struct shape_member run_type_members[] = {
    MEMBER(action_run, "category", TEXT, action.category),
    MEMBER(action_run, "provider", TEXT, action.provider),
};
static const struct shape run_type_shape = {.noun = "action type", MEMBERS(run_type_members)};

static const struct shape_member input_members[] = {INSIDE("actionTypeId", run_type_shape)};
static const struct shape input_shape = {.noun = "input", MEMBERS(input_members)};

static const struct shape_member run_members[] = {
    MEMBER(action_run, "pipelineExecutionId", TEXT,   execution_id),
    MEMBER(action_run, "actionExecutionId",   TEXT,   action.execution_id),
    MEMBER(action_run, "stageName",           TEXT,   stage),
    MEMBER(action_run, "actionName",          TEXT,   action.name),
    MEMBER(action_run, "startTime",           TIME,   started_at),
    MEMBER(action_run, "lastUpdateTime",      TIME,   action.changed_at),
    MEMBER(action_run, "updatedBy",           TEXT,   action.updated_by),
    MEMBER(action_run, "status",              STATUS, action.status),
    INSIDE("input", input_shape),
    INSIDE("output", output_shape),
};
static shape_finish_fn finish_run;
static const struct action_run blank_run = {.action = {.percent = -1}};
static const struct shape run_shape = {
    .noun = "action execution", MEMBERS(run_members), .size = sizeof(struct action_run),
    .cap = RUNS_MAX, .has_key = true, .blank = &blank_run, .finish = finish_run,
};

/* ListTagsForResource */

static const struct shape_member tag_members[] = {
    MEMBER(tag, "key",   TEXT, key),
    MEMBER(tag, "value", TEXT, value),
};
static const struct shape tag_shape = {
    .noun = "tag", MEMBERS(tag_members), .size = sizeof(struct tag), .cap = TAGS_MAX,
    .has_key = true,
};
/* clang-format on */

static enum err_code keep(struct arena *arena, struct sv text, struct sv *out, struct err *err)
{
    struct sv copy;

    if (text.len == 0)
        return ERR_OK;
    copy = arena_sv(arena, text);
    if (copy.ptr == NULL)
        return arena_err(arena, err);
    *out = copy;
    return ERR_OK;
}

/* "Owner/Repo" of GitHub, "bucket/key" of S3: two members that name one thing. */
static enum err_code keep_joined(struct arena *arena, struct sv first, struct sv second,
                                 struct sv *out, struct err *err)
{
    char *both;

    if (first.len == 0 || second.len == 0)
        return keep(arena, first.len > 0 ? first : second, out, err);
    both = arena_alloc(arena, first.len + second.len + 2, 1);
    if (both == NULL)
        return arena_err(arena, err);
    memcpy(both, first.ptr, first.len);
    both[first.len] = '/';
    memcpy(both + first.len + 1, second.ptr, second.len);
    *out = sv_make(both, first.len + second.len + 1);
    return ERR_OK;
}

static struct sv either(const cJSON *map, const char *name, const char *other)
{
    struct sv text = json_sv(map, name);

    return text.len > 0 ? text : json_sv(map, other);
}

/* Which repository and branch a source reads; the members differ by provider. */
static enum err_code read_source(const cJSON *map, struct action_def *action, struct arena *arena,
                                 struct err *err)
{
    struct sv whole = either(map, "FullRepositoryId", "RepositoryName");
    bool is_s3 = sv_eq(action->provider, SV("S3"));
    struct sv first = json_sv(map, is_s3 ? "S3Bucket" : "Owner");
    struct sv second = json_sv(map, is_s3 ? "S3ObjectKey" : "Repo");
    enum err_code rc = keep(arena, either(map, "BranchName", "Branch"), &action->branch, err);

    if (rc)
        return rc;
    if (whole.len > 0)
        return keep(arena, whole, &action->repository, err);
    return keep_joined(arena, first, second, &action->repository, err);
}

/* What builds, deploys and approvals are configured with. */
static enum err_code read_work(const cJSON *map, struct action_def *action, struct arena *arena,
                               struct err *err)
{
    const struct {
        const char *name;
        struct sv *out;
    } texts[] = {
        {"ProjectName", &action->project},      {"StackName", &action->stack},
        {"ChangeSetName", &action->change_set}, {"CustomData", &action->data},
        {"ExternalEntityLink", &action->link},
    };
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < ARRAY_LEN(texts) && !rc; i++)
        rc = keep(arena, json_sv(map, texts[i].name), texts[i].out, err);
    return rc;
}

/* The configuration is read last, because it depends on the action's type. */
static enum err_code read_configuration(const cJSON *json, void *object, struct arena *arena,
                                        struct err *err)
{
    struct action_def *action = object;
    const cJSON *map = json_get(json, "configuration");

    if (sv_eq(action->category, SV("Source")))
        return read_source(map, action, arena, err);
    return read_work(map, action, arena, err);
}

static enum err_code finish_action(const cJSON *json, void *object, struct arena *arena,
                                   struct err *err)
{
    struct action_state *action = object;

    (void)json;
    (void)arena;
    (void)err;
    action->status = action_status(action->status, action->category, action->has_token);
    return ERR_OK;
}

/* ---- stage conditions ---- */

/* What holds the stage up, or may yet. */
static bool condition_matters(struct sv status)
{
    return sv_eq(status, SV("Failed")) || sv_eq(status, SV("Errored")) ||
           sv_eq(status, SV("InProgress"));
}

/* The first rule of the condition that did not say yes: "CloudWatchAlarm: 1 alarm is ringing". */
static enum err_code read_rule(const cJSON *state, struct stage_state *stage, struct arena *arena,
                               struct err *err)
{
    const cJSON *own = json_get(state, "latestExecution");
    CLEANUP(sb_release) struct sb text;
    enum err_code rc = ERR_OK;

    sb_init(&text, CONDITION_TEXT_MAX);
    for (const cJSON *c = json_list(state, "conditionStates"); c != NULL && text.len == 0 && !rc;
         c = c->next) {
        for (const cJSON *r = json_list(c, "ruleStates"); r != NULL && text.len == 0 && !rc;
             r = r->next) {
            const cJSON *run = json_get(r, "latestExecution");
            struct sv why = json_sv(json_get(run, "errorDetails"), "message");

            if (!condition_matters(json_sv(run, "status")))
                continue;
            if (why.len == 0)
                why = json_sv(run, "summary");
            rc = sb_addf(&text, err, SV_FMT "%s" SV_FMT,
                         SV_ARG(sv_take(json_sv(r, "ruleName"), 200)), why.len > 0 ? ": " : "",
                         SV_ARG(sv_take(why, 2000)));
        }
    }
    if (rc)
        return rc;
    return keep(arena, text.len > 0 ? sb_sv(&text) : json_sv(own, "summary"),
                &stage->condition_text, err);
}

static enum err_code read_conditions(const cJSON *json, void *object, struct arena *arena,
                                     struct err *err)
{
    static const struct {
        const char *name;
        const char *type;
    } kinds[] = {{"beforeEntryConditionState", "BEFORE_ENTRY"},
                 {"onSuccessConditionState", "ON_SUCCESS"},
                 {"onFailureConditionState", "ON_FAILURE"}};
    struct stage_state *stage = object;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const cJSON *state = json_get(json, kinds[i].name);
        struct sv status = json_sv(json_get(state, "latestExecution"), "status");
        enum err_code rc;

        if (!condition_matters(status))
            continue;
        stage->condition = sv_of(kinds[i].type);
        rc = keep(arena, status, &stage->condition_status, err);
        return rc ? rc : read_rule(state, stage, arena, err);
    }
    return ERR_OK;
}

static enum err_code finish_run(const cJSON *json, void *object, struct arena *arena,
                                struct err *err)
{
    struct action_run *run = object;

    return finish_action(json, &run->action, arena, err);
}

enum err_code decode_pipelines(const cJSON *json, struct arena *arena,
                               struct pipeline_summary **out, size_t *count, struct err *err)
{
    return shape_list(&summary_shape, json_get(json, "pipelines"), (void **)out, count, arena, err);
}

enum err_code decode_pipeline(const cJSON *json, struct arena *arena, struct pipeline_def *out,
                              struct err *err)
{
    struct pipeline_def made = {0};
    enum err_code rc =
        shape_object(&definition_shape, json_get(json, "pipeline"), &made, arena, err);

    if (rc == ERR_OK)
        rc = shape_object(&metadata_shape, json_get(json, "metadata"), &made, arena, err);
    if (rc == ERR_OK)
        *out = made;
    return rc;
}

enum err_code decode_pipeline_state(const cJSON *json, struct arena *arena,
                                    struct pipeline_state *out, struct err *err)
{
    struct pipeline_state made = {0};
    enum err_code rc = shape_object(&state_shape, json, &made, arena, err);

    if (rc == ERR_OK)
        *out = made;
    return rc;
}

static enum err_code unwrap_url(struct sv *url, struct sv provider, struct arena *arena,
                                struct err *err)
{
    CLEANUP(sb_release) struct sb link;
    enum err_code rc;

    sb_init(&link, LINK_MAX);
    rc = source_link_commit(*url, provider, &link, err);
    if (rc || link.len == 0)
        return rc;
    *url = arena_sv(arena, sb_sv(&link));
    return url->ptr == NULL ? arena_err(arena, err) : ERR_OK;
}

/* A connection's source (GitHub and its like) wraps the commit message into JSON of its own:
 * {"ProviderType":"GitHub","CommitMessage":"..."}. Text that only looks so stays as it is. */
enum err_code unwrap_revision(struct sv *summary, struct sv *url, struct arena *arena,
                              struct err *err)
{
    struct sv message;
    cJSON *json = NULL;
    enum err_code rc = ERR_OK;

    if (!sv_starts(*summary, SV("{\"")) || json_parse(*summary, &json, NULL))
        return ERR_OK;
    message = json_sv(json, "CommitMessage");
    if (message.ptr != NULL) {
        *summary = arena_sv(arena, message);
        rc = summary->ptr == NULL ? arena_err(arena, err)
                                  : unwrap_url(url, json_sv(json, "ProviderType"), arena, err);
    }
    cJSON_Delete(json);
    return rc;
}

enum err_code decode_executions(const cJSON *json, struct arena *arena, struct execution **out,
                                size_t *count, struct err *err)
{
    enum err_code rc = shape_list(&execution_shape, json_get(json, "pipelineExecutionSummaries"),
                                  (void **)out, count, arena, err);

    for (size_t i = 0; rc == ERR_OK && i < *count; i++)
        rc = unwrap_revision(&(*out)[i].revision_summary, &(*out)[i].revision_url, arena, err);
    return rc;
}

enum err_code decode_action_runs(const cJSON *json, struct arena *arena, struct action_run **out,
                                 size_t *count, struct err *err)
{
    return shape_list(&run_shape, json_get(json, "actionExecutionDetails"), (void **)out, count,
                      arena, err);
}

enum err_code decode_tags(const cJSON *json, struct arena *arena, struct tag **out, size_t *count,
                          struct err *err)
{
    return shape_list(&tag_shape, json_get(json, "tags"), (void **)out, count, arena, err);
}
