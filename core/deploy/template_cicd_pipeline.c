/* The pipelines: one for trunk, one per stage for gitflow; started by events, never by polling. */
#include "core/deploy/template_cicd.h"
#include "core/deploy/template_iam.h"

#define SOURCE_ARTIFACT "Source"

static cJSON *pipeline_arn(const struct cicd *c, int stage)
{
    char name[DERIVED_SIZE];

    return tree_sub(c->t, "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:%s",
                    cicd_name(c, cicd_pipeline_kind(c), stage, name));
}

static cJSON *repository_arn(const struct cicd *c)
{
    char name[DERIVED_SIZE];

    return tree_sub(c->t, "arn:${AWS::Partition}:codecommit:${AWS::Region}:${AWS::AccountId}:%s",
                    cicd_name(c, DERIVED_REPOSITORY, -1, name));
}

static cJSON *project_arns(const struct cicd *c)
{
    cJSON *list = tree_new_list(c->t);
    char name[DERIVED_SIZE];

    for (int i = 0; i < cicd_stage_count(c); i++)
        tree_add(c->t, list,
                 tree_sub(c->t,
                          "arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:"
                          "project/%s",
                          cicd_name(c, DERIVED_PROJECT, i, name)));
    return list;
}

/* The key's own policy lets this role in, as in template_cicd_build.c. */
static void add_pipeline_role(const struct cicd *c)
{
    struct tree *t = c->t;
    char bucket[DERIVED_SIZE];
    cJSON *work = cicd_role(c, LOGICAL_PIPELINE_ROLE, DERIVED_PIPELINE_ROLE, -1,
                            "codepipeline.amazonaws.com");

    cicd_name(c, DERIVED_BUCKET, -1, bucket);
    POLICY_ALLOW(t, work, tree_sub(t, "arn:${AWS::Partition}:s3:::%s", bucket),
                 "s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket");
    POLICY_ALLOW(t, work, tree_sub(t, "arn:${AWS::Partition}:s3:::%s/*", bucket), "s3:GetObject",
                 "s3:GetObjectVersion", "s3:PutObject");
    POLICY_ALLOW(t, work, project_arns(c), "codebuild:BatchGetBuilds", "codebuild:StartBuild",
                 "codebuild:StopBuild");
    if (c->b->definition->source == SOURCE_CODECOMMIT)
        POLICY_ALLOW(t, work, repository_arn(c), "codecommit:GetBranch", "codecommit:GetCommit",
                     "codecommit:GetRepository", "codecommit:UploadArchive",
                     "codecommit:GetUploadArchiveStatus", "codecommit:CancelUploadArchive");
    else
        POLICY_ALLOW(t, work, tree_sv(t, c->b->definition->connection_arn),
                     "codestar-connections:UseConnection", "codeconnections:UseConnection");
}

static void add_events_role(const struct cicd *c)
{
    cJSON *work =
        cicd_role(c, LOGICAL_EVENTS_ROLE, DERIVED_EVENTS_ROLE, -1, "events.amazonaws.com");
    cJSON *pipelines = tree_new_list(c->t);

    for (int i = 0; i < cicd_pipeline_count(c); i++)
        tree_add(c->t, pipelines, pipeline_arn(c, cicd_pipeline_stage(c, i)));
    POLICY_ALLOW(c->t, work, pipelines, "codepipeline:StartPipelineExecution");
}

static struct sv branch_of(const struct cicd *c, int stage)
{
    return definition_branch(c->b->definition, stage < 0 ? 0 : (size_t)stage);
}

/* A commit on the pipeline's branch, or the branch made anew. */
static void put_pattern(const struct cicd *c, cJSON *properties, int stage)
{
    struct tree *t = c->t;
    cJSON *pattern = tree_object(t, properties, "EventPattern");
    cJSON *detail;

    tree_put(t, pattern, "source", TREE_TEXTS(t, "aws.codecommit"));
    tree_put(t, pattern, "detail-type", TREE_TEXTS(t, "CodeCommit Repository State Change"));
    tree_add(t, tree_list(t, pattern, "resources"), repository_arn(c));
    detail = tree_object(t, pattern, "detail");
    tree_put(t, detail, "event", TREE_TEXTS(t, "referenceCreated", "referenceUpdated"));
    tree_put(t, detail, "referenceType", TREE_TEXTS(t, "branch"));
    tree_add(t, tree_list(t, detail, "referenceName"), tree_sv(t, branch_of(c, stage)));
}

static void add_rule(const struct cicd *c, int stage, const char *pipeline)
{
    struct tree *t = c->t;
    char logical[LOGICAL_SIZE];
    char name[DERIVED_SIZE];
    cJSON *properties = NULL;
    cJSON *target;

    template_resource(t, c->resources, cicd_logical(c, "Rule", stage, logical), "AWS::Events::Rule",
                      &properties);
    tree_put_text(t, properties, "Name",
                  cicd_name(c, stage < 0 ? DERIVED_RULE : DERIVED_STAGE_RULE, stage, name));
    tree_put_text(t, properties, "State", "ENABLED");
    put_pattern(c, properties, stage);
    target = tree_add_object(t, tree_list(t, properties, "Targets"));
    tree_put_text(t, target, "Id", "pipeline");
    tree_put(t, target, "Arn",
             tree_sub(t,
                      "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${%s}",
                      pipeline));
    tree_put(t, target, "RoleArn", tree_get_att(t, LOGICAL_EVENTS_ROLE, "Arn"));
}

/* A stage of one action; returns the action, for its configuration and artifacts. */
static cJSON *add_stage(struct tree *t, cJSON *stages, const char *stage_name,
                        const char *action_name, const char *category, const char *provider)
{
    cJSON *stage = tree_add_object(t, stages);
    cJSON *action;
    cJSON *type;

    tree_put_text(t, stage, "Name", stage_name);
    action = tree_add_object(t, tree_list(t, stage, "Actions"));
    tree_put_text(t, action, "Name", action_name);
    type = tree_object(t, action, "ActionTypeId");
    tree_put_text(t, type, "Category", category);
    tree_put_text(t, type, "Owner", "AWS");
    tree_put_text(t, type, "Provider", provider);
    tree_put_text(t, type, "Version", "1");
    return action;
}

static void put_artifact(struct tree *t, cJSON *action, const char *direction)
{
    cJSON *list = tree_list(t, action, direction);

    tree_put_text(t, tree_add_object(t, list), "Name", SOURCE_ARTIFACT);
}

static void add_source(const struct cicd *c, cJSON *stages, int stage)
{
    struct tree *t = c->t;
    const struct definition *d = c->b->definition;
    bool is_codecommit = d->source == SOURCE_CODECOMMIT;
    char name[DERIVED_SIZE] = "Source";
    cJSON *configuration;
    cJSON *action;

    if (stage >= 0)
        cicd_name(c, DERIVED_SOURCE_STAGE, stage, name);
    action = add_stage(t, stages, name, is_codecommit ? "CodeCommit" : "Connection", "Source",
                       is_codecommit ? "CodeCommit" : "CodeStarSourceConnection");
    configuration = tree_object(t, action, "Configuration");
    if (is_codecommit) {
        tree_put_text(t, configuration, "RepositoryName",
                      cicd_name(c, DERIVED_REPOSITORY, -1, name));
        tree_put_text(t, configuration, "PollForSourceChanges", "false");
    } else {
        tree_put_sv(t, configuration, "ConnectionArn", d->connection_arn);
        tree_put_sv(t, configuration, "FullRepositoryId", d->repository);
        tree_put_text(t, configuration, "DetectChanges", "true");
    }
    tree_put_sv(t, configuration, "BranchName", branch_of(c, stage));
    tree_put_text(t, configuration, "OutputArtifactFormat", "CODE_ZIP");
    put_artifact(t, action, "OutputArtifacts");
}

static void add_approval(const struct cicd *c, cJSON *stages, int stage)
{
    const struct environment *target = c->b->targets[stage];
    char name[DERIVED_SIZE];
    cJSON *action;

    cicd_name(c, DERIVED_APPROVAL_STAGE, stage, name);
    action = add_stage(c->t, stages, name, name, "Approval", "Manual");
    tree_put(c->t, tree_object(c->t, action, "Configuration"), "CustomData",
             tree_textf(c->t, "Lets the change into " SV_FMT " (account " SV_FMT ", " SV_FMT ")",
                        SV_ARG(target->name), SV_ARG(target->account), SV_ARG(target->region)));
}

static void add_deploy(const struct cicd *c, cJSON *stages, int stage)
{
    struct tree *t = c->t;
    char stage_name[DERIVED_SIZE];
    char action_name[DERIVED_SIZE];
    char logical[LOGICAL_SIZE];
    cJSON *action =
        add_stage(t, stages, cicd_name(c, DERIVED_DEPLOY_STAGE, stage, stage_name),
                  cicd_name(c, DERIVED_DEPLOY_ACTION, stage, action_name), "Build", "CodeBuild");

    tree_put(t, tree_object(t, action, "Configuration"), "ProjectName",
             tree_ref(t, cicd_logical(c, "Project", stage, logical)));
    put_artifact(t, action, "InputArtifacts");
}

static void put_stages(const struct cicd *c, cJSON *properties, int pipeline_stage)
{
    cJSON *stages = tree_list(c->t, properties, "Stages");
    int first = pipeline_stage < 0 ? 0 : pipeline_stage;
    int end = pipeline_stage < 0 ? cicd_stage_count(c) : pipeline_stage + 1;

    add_source(c, stages, pipeline_stage);
    for (int i = first; i < end; i++) {
        if (c->b->definition->stages[i].approval)
            add_approval(c, stages, i);
        add_deploy(c, stages, i);
    }
}

static void add_pipeline(const struct cicd *c, int stage)
{
    struct tree *t = c->t;
    char logical[LOGICAL_SIZE];
    char name[DERIVED_SIZE];
    cJSON *properties = NULL;
    cJSON *store;
    cJSON *key;

    template_resource(t, c->resources, cicd_logical(c, "Pipeline", stage, logical),
                      "AWS::CodePipeline::Pipeline", &properties);
    tree_put_text(t, properties, "Name", cicd_name(c, cicd_pipeline_kind(c), stage, name));
    tree_put_text(t, properties, "PipelineType", "V2");
    tree_put_text(t, properties, "ExecutionMode", "QUEUED");
    tree_put_bool(t, properties, "RestartExecutionOnUpdate", false);
    tree_put(t, properties, "RoleArn", tree_get_att(t, LOGICAL_PIPELINE_ROLE, "Arn"));
    store = tree_object(t, properties, "ArtifactStore");
    tree_put_text(t, store, "Type", "S3");
    tree_put(t, store, "Location", tree_ref(t, LOGICAL_BUCKET));
    key = tree_object(t, store, "EncryptionKey");
    tree_put_text(t, key, "Type", "KMS");
    tree_put(t, key, "Id", tree_get_att(t, LOGICAL_KEY, "Arn"));
    put_stages(c, properties, stage);
    if (cicd_has_events(c))
        add_rule(c, stage, logical);
}

void cicd_add_pipelines(const struct cicd *c)
{
    add_pipeline_role(c);
    if (cicd_has_events(c))
        add_events_role(c);
    for (int i = 0; i < cicd_pipeline_count(c); i++)
        add_pipeline(c, cicd_pipeline_stage(c, i));
}
