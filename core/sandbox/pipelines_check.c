#include "core/sandbox/pipelines_check.h"

#include <ctype.h>

#include "core/base/mem.h"
#include "core/sandbox/members.h"
#include "core/sandbox/shape.h"
#include "core/sandbox/tagging.h"

static const char structure[] = "InvalidStructureException";
static const char bad_action[] = "InvalidActionDeclarationException";
static const char bad_stage[] = "InvalidStageDeclarationException";

enum { ACTIONS_TOTAL_MAX = 1000, NAME_MAX_LEN = 100 };

/* clang-format off */
/* Those of AWS whose configuration is known; a blank before and after each key. */
static const struct action_row {
    const char *category;
    const char *provider;
    const char *required;
    const char *optional; /* NULL: not known, anything goes */
    int inputs_min, inputs_max, outputs_min, outputs_max;
} rows[] = {
    {"Source",   "CodeCommit",               "RepositoryName BranchName", " PollForSourceChanges OutputArtifactFormat ", 0, 0, 1, 1},
    {"Source",   "CodeStarSourceConnection", "ConnectionArn FullRepositoryId BranchName", " OutputArtifactFormat DetectChanges ", 0, 0, 1, 1},
    {"Source",   "S3",                       "S3Bucket S3ObjectKey", " PollForSourceChanges AllowOverrideForS3ObjectKey ", 0, 0, 1, 1},
    {"Source",   "ECR",                      "RepositoryName", " ImageTag ", 0, 0, 1, 1},
    {"Build",    "CodeBuild",                "ProjectName", " PrimarySource BatchEnabled CombineArtifacts EnvironmentVariables BuildspecOverride ", 1, 5, 0, 5},
    {"Test",     "CodeBuild",                "ProjectName", " PrimarySource BatchEnabled CombineArtifacts EnvironmentVariables BuildspecOverride ", 1, 5, 0, 5},
    {"Build",    "ECRBuildAndPublish",       "", NULL, 0, 10, 0, 10},
    {"Deploy",   "CloudFormation",           "ActionMode StackName", " Capabilities ChangeSetName RoleArn TemplatePath TemplateConfiguration ParameterOverrides OutputFileName ", 0, 10, 0, 1},
    {"Deploy",   "CloudFormationStackSet",   "", NULL, 0, 10, 0, 10},
    {"Deploy",   "CloudFormationStackInstances", "", NULL, 0, 10, 0, 10},
    {"Deploy",   "S3",                       "BucketName Extract", NULL, 1, 1, 0, 0},
    {"Deploy",   "CodeDeploy",               "", NULL, 0, 10, 0, 10},
    {"Deploy",   "ECS",                      "", NULL, 0, 10, 0, 10},
    {"Deploy",   "ElasticBeanstalk",         "", NULL, 0, 10, 0, 10},
    {"Deploy",   "ServiceCatalog",           "", NULL, 0, 10, 0, 10},
    {"Deploy",   "AppConfig",                "", NULL, 0, 10, 0, 10},
    {"Invoke",   "Lambda",                   "FunctionName", " UserParameters ", 0, 5, 0, 5},
    {"Invoke",   "StepFunctions",            "", NULL, 0, 10, 0, 10},
    {"Invoke",   "CodePipeline",             "", NULL, 0, 10, 0, 10},
    {"Compute",  "Commands",                 "", NULL, 0, 10, 0, 10},
    {"Approval", "Manual",                   "", " CustomData ExternalEntityLink NotificationArn ", 0, 0, 0, 0},
};
/* clang-format on */

static bool is_name(struct sv name, const char *others)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!isalnum((unsigned char)name.ptr[i]) && strchr(others, name.ptr[i]) == NULL)
            return false;
    }
    return name.len > 0 && name.len <= NAME_MAX_LEN;
}

static void check_name(struct call *c, struct sv name, const char *where, const char *others)
{
    if (!c->has_failed && !is_name(name, others))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at '%s' failed to satisfy "
                  "constraint: Member must have length between 1 and 100 and satisfy regular "
                  "expression pattern: [A-Za-z0-9%s]+",
                  SV_ARG(sv_take(name, 200)), where, others);
}

static void check_present(struct call *c, const cJSON *object, const char *name, const char *where)
{
    if (!c->has_failed && json_get(object, name) == NULL)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value null at '%s.%s' failed to satisfy "
                  "constraint: Member must not be null",
                  where, name);
}

/* ---- one action ---- */

static const struct action_row *row_of(const cJSON *type)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (sv_eq(json_sv(type, "category"), sv_of(rows[i].category)) &&
            sv_eq(json_sv(type, "provider"), sv_of(rows[i].provider)))
            return &rows[i];
    }
    return NULL;
}

static bool has_word(const char *words, struct sv word)
{
    struct sv rest = sv_of(words);

    while (rest.len > 0) {
        if (sv_eq(sv_cut(rest, ' ', &rest), word))
            return true;
    }
    return false;
}

static void check_configuration(struct call *c, const cJSON *action, const struct action_row *row)
{
    const cJSON *given = json_get(action, "configuration");
    struct sv name = json_sv(action, "name");
    struct sv rest = sv_of(row->required);

    while (rest.len > 0 && !c->has_failed) {
        struct sv key = sv_cut(rest, ' ', &rest);
        char text[64];

        (void)snprintf(text, sizeof text, SV_FMT, SV_ARG(key));
        if (json_sv(given, text).len == 0)
            call_fail(c, 400, bad_action,
                      "Action configuration for action '" SV_FMT
                      "' is missing required configuration '%s'",
                      SV_ARG(name), text);
    }
    for (const cJSON *item = given == NULL ? NULL : given->child; item != NULL && !c->has_failed;
         item = item->next) {
        struct sv key = sv_of(item->string);

        if (!cJSON_IsString(item))
            call_fail(c, 400, "SerializationException", "%s is not a string", item->string);
        else if (row->optional != NULL && !has_word(row->required, key) &&
                 !has_word(row->optional, key))
            call_fail(c, 400, bad_action,
                      "Action configuration for action '" SV_FMT
                      "' contains unknown configuration '%s'",
                      SV_ARG(name), item->string);
        else if (item->valuestring[0] == '\0' || strlen(item->valuestring) > 50000)
            call_fail(c, 400, "ValidationException",
                      "Action configuration value of '%s' must have length between 1 and 50000",
                      item->string);
    }
}

static void check_count(struct call *c, const cJSON *action, const char *member, const char *word,
                        int least, int most)
{
    int count = cJSON_GetArraySize(json_get(action, member));
    struct sv name = json_sv(action, "name");

    if (!c->has_failed && count < least)
        call_fail(c, 400, bad_action,
                  "Action '" SV_FMT "' has %d %s artifacts which is less than the minimum count "
                  "(%d)",
                  SV_ARG(name), count, word, least);
    if (!c->has_failed && count > most)
        call_fail(c, 400, bad_action,
                  "Action '" SV_FMT "' has %d %s artifacts which is more than the maximum count "
                  "(%d)",
                  SV_ARG(name), count, word, most);
}

static void check_type(struct call *c, const cJSON *action)
{
    const cJSON *type = json_get(action, "actionTypeId");
    const struct action_row *row = row_of(type);

    check_present(c, action, "actionTypeId", "pipeline.stages.member.actions.member");
    if (c->has_failed || !sv_eq(json_sv(type, "owner"), SV("AWS")))
        return;
    if (row == NULL || !sv_eq(json_sv(type, "version"), SV("1"))) {
        call_fail(c, 400, bad_action,
                  "ActionType (Category: '" SV_FMT "', Provider: '" SV_FMT
                  "', Owner: 'AWS', Version: '" SV_FMT "') in action '" SV_FMT
                  "' is not available in region " SV_FMT,
                  SV_ARG(json_sv(type, "category")), SV_ARG(json_sv(type, "provider")),
                  SV_ARG(json_sv(type, "version")), SV_ARG(json_sv(action, "name")),
                  SV_ARG(c->region));
        return;
    }
    check_configuration(c, action, row);
    check_count(c, action, "inputArtifacts", "input", row->inputs_min, row->inputs_max);
    check_count(c, action, "outputArtifacts", "output", row->outputs_min, row->outputs_max);
}

static void check_numbers(struct call *c, const cJSON *action)
{
    int64_t order = json_int(action, "runOrder", 1);
    int64_t minutes = json_int(action, "timeoutInMinutes", 5);

    if (!c->has_failed && (order < 1 || order > 999))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '%lld' at 'runOrder' failed to satisfy "
                  "constraint: Member must have value between 1 and 999",
                  (long long)order);
    if (!c->has_failed && (minutes < 5 || minutes > 86400))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '%lld' at 'timeoutInMinutes' failed to "
                  "satisfy constraint: Member must have value between 5 and 86400",
                  (long long)minutes);
}

/* ---- stages ---- */

static const cJSON *twin(const cJSON *list, const char *member)
{
    for (const cJSON *a = list; a != NULL; a = a->next) {
        for (const cJSON *b = a->next; b != NULL; b = b->next) {
            if (sv_eq(json_sv(a, member), json_sv(b, member)))
                return b;
        }
    }
    return NULL;
}

static void check_sources(struct call *c, const cJSON *stage, bool is_first)
{
    for (const cJSON *a = json_list(stage, "actions"); a != NULL && !c->has_failed; a = a->next) {
        bool is_source = sv_eq(json_sv(json_get(a, "actionTypeId"), "category"), SV("Source"));

        if (is_first && !is_source)
            call_fail(c, 400, structure,
                      "Pipeline should start with a stage that only contains source actions");
        if (!is_first && is_source)
            call_fail(c, 400, structure,
                      "Source actions can only occur in the first stage: action '" SV_FMT
                      "' is in stage '" SV_FMT "'",
                      SV_ARG(json_sv(a, "name")), SV_ARG(json_sv(stage, "name")));
    }
}

static void check_stage(struct call *c, const cJSON *stage, bool is_first)
{
    const cJSON *actions = json_list(stage, "actions");
    struct sv name = json_sv(stage, "name");
    int count = cJSON_GetArraySize(json_get(stage, "actions"));
    const cJSON *double_name;

    check_name(c, name, "pipeline.stages.member.name", ".@-_");
    for (const cJSON *a = actions; a != NULL && !c->has_failed; a = a->next) {
        check_name(c, json_sv(a, "name"), "pipeline.stages.member.actions.member.name", ".@-_");
        check_type(c, a);
        check_numbers(c, a);
    }
    if (c->has_failed)
        return;
    double_name = twin(actions, "name");
    if (count == 0 || count > ACTIONS_MAX)
        call_fail(c, 400, bad_stage,
                  "Stage '" SV_FMT "' has %d action(s). There must be 1 to %d actions in a stage",
                  SV_ARG(name), count, ACTIONS_MAX);
    else if (double_name != NULL)
        call_fail(c, 400, bad_stage,
                  "Action names must be unique in stage '" SV_FMT "': '" SV_FMT "' is used twice",
                  SV_ARG(name), SV_ARG(json_sv(double_name, "name")));
    check_sources(c, stage, is_first);
}

/* ---- artifacts: what goes in must have come out before ---- */

static void take_inputs(struct call *c, const cJSON *action, const cJSON *known)
{
    for (const cJSON *i = json_list(action, "inputArtifacts"); i != NULL && !c->has_failed;
         i = i->next) {
        if (!list_has(known, json_sv(i, "name")))
            call_fail(c, 400, bad_action,
                      "Input Artifact Bundle " SV_FMT " in action " SV_FMT
                      " is not declared as Output Artifact Bundle in any of the preceding actions",
                      SV_ARG(json_sv(i, "name")), SV_ARG(json_sv(action, "name")));
    }
}

static void give_outputs(struct call *c, const cJSON *action, cJSON *known)
{
    for (const cJSON *o = json_list(action, "outputArtifacts"); o != NULL && !c->has_failed;
         o = o->next) {
        struct sv name = json_sv(o, "name");

        check_name(c, name, "outputArtifacts.member.name", "_-");
        if (list_has(known, name))
            call_fail(c, 400, bad_action,
                      "Output Artifact Bundle name must be unique within the pipeline. '" SV_FMT
                      "' has been used more than once.",
                      SV_ARG(name));
        else if (!list_add(known, name))
            (void)call_ok(c, mem_err(c->err));
    }
}

/* Actions of one stage in the order in which they run. */
static void check_artifacts(struct call *c, const cJSON *stages)
{
    cJSON *known = cJSON_CreateArray();

    if (known == NULL)
        (void)call_ok(c, mem_err(c->err));
    for (const cJSON *s = stages; s != NULL && !c->has_failed; s = s->next) {
        int64_t order = 0;

        for (;;) {
            int64_t next = INT64_MAX;

            for (const cJSON *a = json_list(s, "actions"); a != NULL; a = a->next) {
                int64_t its = json_int(a, "runOrder", 1);

                next = its > order && its < next ? its : next;
            }
            order = next;
            if (order == INT64_MAX || c->has_failed)
                break;
            for (const cJSON *a = json_list(s, "actions"); a != NULL; a = a->next) {
                if (json_int(a, "runOrder", 1) == order)
                    take_inputs(c, a, known);
            }
            for (const cJSON *a = json_list(s, "actions"); a != NULL; a = a->next) {
                if (json_int(a, "runOrder", 1) == order)
                    give_outputs(c, a, known);
            }
        }
    }
    cJSON_Delete(known);
}

/* ---- the whole ---- */

static void check_role(struct call *c, const cJSON *pipeline)
{
    struct sv role = json_sv(pipeline, "roleArn");
    struct iam_caller caller = {.arn = SV("codepipeline.amazonaws.com")};
    char why[IAM_WHY_MAX] = "";
    bool may = false;

    check_present(c, pipeline, "roleArn", "pipeline");
    if (c->has_failed || !call_ok(c, iam_may_assume(c->service, &caller, role, &may, why, c->err)))
        return;
    if (!may)
        call_fail(c, 400, structure,
                  "CodePipeline is not authorized to perform AssumeRole on role " SV_FMT,
                  SV_ARG(role));
}

static void check_store(struct call *c, const cJSON *store, struct sv region)
{
    struct sv bucket = json_sv(store, "location");
    cJSON *found = NULL;

    check_present(c, store, "type", "pipeline.artifactStore");
    check_present(c, store, "location", "pipeline.artifactStore");
    if (c->has_failed || !call_ok(c, record_find(c->service->records, "s3.bucket", bucket, &found,
                                                 NULL, NULL, c->err)))
        return;
    if (found == NULL)
        call_fail(c, 400, structure, "The bucket named " SV_FMT " does not exist", SV_ARG(bucket));
    else if (json_sv(found, "Region").len > 0 && !sv_eq(json_sv(found, "Region"), region))
        call_fail(c, 400, structure,
                  "The bucket named " SV_FMT " is not located in the `" SV_FMT "` AWS region.",
                  SV_ARG(bucket), SV_ARG(region));
    cJSON_Delete(found);
}

static void check_stores(struct call *c, const cJSON *pipeline)
{
    const cJSON *one = json_get(pipeline, "artifactStore");
    const cJSON *many = json_get(pipeline, "artifactStores");

    if (c->has_failed)
        return;
    if ((one == NULL) == (many == NULL))
        call_fail(c, 400, structure,
                  "The pipeline must have either an artifactStore or artifactStores");
    if (one != NULL)
        check_store(c, one, c->region);
    for (const cJSON *s = many == NULL ? NULL : many->child; s != NULL && !c->has_failed;
         s = s->next)
        check_store(c, s, sv_of(s->string));
}

static bool has_v2_parts(const cJSON *pipeline)
{
    if (json_get(pipeline, "variables") != NULL || json_get(pipeline, "triggers") != NULL)
        return true;
    for (const cJSON *s = json_list(pipeline, "stages"); s != NULL; s = s->next) {
        if (json_get(s, "onFailure") != NULL || json_get(s, "onSuccess") != NULL ||
            json_get(s, "beforeEntry") != NULL)
            return true;
    }
    return false;
}

static void check_kind(struct call *c, const cJSON *pipeline)
{
    struct sv type = json_sv(pipeline, "pipelineType");
    struct sv mode = json_sv(pipeline, "executionMode");

    if (c->has_failed)
        return;
    if (type.ptr != NULL && !sv_eq(type, SV("V1")) && !sv_eq(type, SV("V2")))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at 'pipeline.pipelineType' "
                  "failed to satisfy constraint: Member must satisfy enum value set: [V1, V2]",
                  SV_ARG(type));
    if (mode.ptr != NULL && !sv_eq(mode, SV("QUEUED")) && !sv_eq(mode, SV("SUPERSEDED")) &&
        !sv_eq(mode, SV("PARALLEL")))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT "' at 'pipeline.executionMode' "
                  "failed to satisfy constraint: Member must satisfy enum value set: [QUEUED, "
                  "SUPERSEDED, PARALLEL]",
                  SV_ARG(mode));
    if (c->has_failed || sv_eq(type, SV("V2")))
        return;
    if (mode.ptr != NULL && !sv_eq(mode, SV("SUPERSEDED")))
        call_fail(c, 400, structure,
                  "The execution mode " SV_FMT " is only supported for pipelines of type V2",
                  SV_ARG(mode));
    else if (type.ptr != NULL && has_v2_parts(pipeline))
        call_fail(c, 400, structure,
                  "Variables, triggers and stage conditions are only supported for pipelines of "
                  "type V2");
}

static void check_stages(struct call *c, const cJSON *pipeline)
{
    const cJSON *stages = json_list(pipeline, "stages");
    int count = cJSON_GetArraySize(json_get(pipeline, "stages"));
    const cJSON *double_name = twin(stages, "name");
    int actions = 0;

    if (!c->has_failed && count < 2)
        call_fail(c, 400, structure,
                  "Pipeline has %d stage(s). There must be a minimum of 2 stages in the pipeline",
                  count);
    if (!c->has_failed && count > STAGES_MAX)
        call_fail(c, 400, "LimitExceededException",
                  "Pipeline has %d stage(s). There can be at most %d stages in the pipeline", count,
                  STAGES_MAX);
    for (const cJSON *s = stages; s != NULL && !c->has_failed; s = s->next) {
        check_stage(c, s, s == stages);
        actions += cJSON_GetArraySize(json_get(s, "actions"));
    }
    if (!c->has_failed && double_name != NULL)
        call_fail(c, 400, bad_stage, "Stage names must be unique: '" SV_FMT "' is used twice",
                  SV_ARG(json_sv(double_name, "name")));
    if (!c->has_failed && actions > ACTIONS_TOTAL_MAX)
        call_fail(c, 400, "LimitExceededException",
                  "Pipeline has %d action(s). There can be at most %d actions in the pipeline",
                  actions, ACTIONS_TOTAL_MAX);
    check_artifacts(c, stages);
}

/* ---- what AWS adds ---- */

static bool add_defaults(cJSON *pipeline, int version)
{
    bool is_good = member_put_int(pipeline, "version", version);

    if (json_get(pipeline, "executionMode") == NULL)
        is_good = is_good && member_put(pipeline, "executionMode", SV("SUPERSEDED"));
    if (json_get(pipeline, "pipelineType") == NULL)
        is_good = is_good && member_put(pipeline, "pipelineType",
                                        has_v2_parts(pipeline) ? SV("V2") : SV("V1"));
    for (cJSON *s = cJSON_GetObjectItemCaseSensitive(pipeline, "stages")->child; s != NULL;
         s = s->next) {
        for (cJSON *a = cJSON_GetObjectItemCaseSensitive(s, "actions")->child; a != NULL;
             a = a->next) {
            if (json_get(a, "runOrder") == NULL)
                is_good = is_good && member_put_int(a, "runOrder", 1);
            is_good = is_good && member_object(a, "configuration") != NULL &&
                      member_list(a, "inputArtifacts") != NULL &&
                      member_list(a, "outputArtifacts") != NULL;
        }
    }
    return is_good;
}

cJSON *declaration_read(struct call *c, const cJSON *given, int version)
{
    cJSON *pipeline;

    check_name(c, json_sv(given, "name"), "pipeline.name", ".@-_");
    check_kind(c, given);
    check_stages(c, given);
    declaration_check_variables(c, given);
    declaration_check_conditions(c, given);
    check_stores(c, given);
    check_role(c, given);
    if (c->has_failed)
        return NULL;
    pipeline = cJSON_Duplicate(given, true);
    if (pipeline != NULL && add_defaults(pipeline, version))
        return pipeline;
    cJSON_Delete(pipeline);
    (void)call_ok(c, mem_err(c->err));
    return NULL;
}

bool declaration_tags(struct call *c, const cJSON *tags)
{
    if (!c->has_failed && cJSON_GetArraySize(tags) > TAGS_MAX)
        call_fail(c, 400, "TooManyTagsException", "A pipeline can have at most %d tags", TAGS_MAX);
    for (const cJSON *t = tags == NULL ? NULL : tags->child; t != NULL && !c->has_failed;
         t = t->next) {
        struct sv key = json_sv(t, "key");

        if (key.len == 0 || key.len > 128 || json_sv(t, "value").len > 256)
            call_fail(c, 400, "InvalidTagsException",
                      "The tag key must be 1 to 128 characters and the value at most 256");
        else if (sv_starts(key, SV("aws:")) && c->request->who.user_id.ptr != NULL)
            call_fail(c, 400, "InvalidTagsException",
                      "The tag key '" SV_FMT "' is not allowed: aws: prefixed tags are reserved",
                      SV_ARG(key));
    }
    return !c->has_failed;
}
