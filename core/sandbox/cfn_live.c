#include "core/sandbox/cfn_live.h"

#include "core/sandbox/iam_parts.h"
#include "core/sandbox/pipelines_made.h"

/* A type, where its record is, and which members of that are which properties: "Property" or
 * "Property=member", divided by blanks. */
static const struct live_row {
    const char *type;
    const char *kind;
    bool is_global;       /* of no region */
    bool is_worldwide;    /* of no account either */
    const char *named_by; /* the property that has the record's name; NULL: its physical id has */
    const char *inside;   /* the member that has the others, or NULL */
    const char *members;
} rows[] = {
    {"AWS::SSM::Parameter", "ssm.parameter", false, false, NULL, NULL,
     "Value Type Description AllowedPattern Tier"},
    {"AWS::Logs::LogGroup", "logs.group", false, false, NULL, NULL,
     "RetentionInDays=retentionInDays KmsKeyId=kmsKeyId"},
    {"AWS::IAM::Role", "iam.role", true, false, NULL, NULL,
     "AssumeRolePolicyDocument Description MaxSessionDuration PermissionsBoundary "
     "ManagedPolicyArns=Attached Policies"},
    {"AWS::IAM::ManagedPolicy", "iam.policy", true, false, NULL, NULL, "PolicyDocument=Document"},
    {"AWS::S3::Bucket", "s3.bucket", true, true, NULL, NULL,
     "VersioningConfiguration=Versioning BucketEncryption=Encryption "
     "PublicAccessBlockConfiguration=PublicAccessBlock LifecycleConfiguration=Lifecycle"},
    {"AWS::S3::BucketPolicy", "s3.bucket", true, true, "Bucket", NULL, "PolicyDocument=Policy"},
    {"AWS::KMS::Key", "kms.key", false, false, NULL, NULL,
     "Description KeyPolicy=Policy EnableKeyRotation=KeyRotationEnabled Enabled"},
    {"AWS::KMS::Alias", "kms.alias", false, false, NULL, NULL, "TargetKeyId"},
    {"AWS::ECR::Repository", "ecr.repository", false, false, NULL, NULL,
     "ImageTagMutability=imageTagMutability ImageScanningConfiguration=imageScanningConfiguration"},
    {"AWS::CodeCommit::Repository", "codecommit.repository", false, false, "RepositoryName", NULL,
     "RepositoryDescription=description"},
    {"AWS::Events::Rule", "events.rule", false, false, NULL, NULL,
     "Description EventPattern ScheduleExpression State Targets"},
    {"AWS::CodeBuild::Project", "codebuild.project", false, false, NULL, "project",
     "Description=description Source=source Environment=environment ServiceRole=serviceRole "
     "TimeoutInMinutes=timeoutInMinutes Artifacts=artifacts Cache=cache LogsConfig=logsConfig"},
};

static const struct live_row *row_of(struct sv type)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (sv_eq(type, sv_of(rows[i].type)))
            return &rows[i];
    }
    return NULL;
}

static struct sv name_of(const struct live_row *row, const cJSON *entry)
{
    struct sv name = json_sv(entry, "Id");

    if (row->named_by != NULL)
        return json_sv(json_get(entry, "Properties"), row->named_by);
    if (!sv_starts(name, SV("arn:")))
        return name;
    /* A policy's ARN ends in its name. */
    while (sv_find(name, SV("/")) >= 0)
        (void)sv_cut(name, '/', &name);
    return name;
}

static void copy_members(struct cfn *c, const struct live_row *row, const cJSON *record, cJSON *to)
{
    const cJSON *from = row->inside == NULL ? record : json_get(record, row->inside);
    struct sv rest = sv_of(row->members);

    while (rest.len > 0 && !c->has_failed) {
        struct sv member;
        struct sv property = sv_cut(sv_cut(rest, ' ', &rest), '=', &member);
        const cJSON *item = cfn_find(from, member.ptr == NULL ? property : member);
        char name[64];

        (void)snprintf(name, sizeof name, SV_FMT, SV_ARG(property));
        if (item != NULL)
            (void)cfn_put(c, to, name, cfn_copy(c, item));
    }
}

/* A key that is to be deleted is as good as gone; so is a bucket's policy without a document. */
static bool is_gone(const struct live_row *row, const cJSON *record)
{
    if (record == NULL || sv_eq(json_sv(record, "KeyState"), SV("PendingDeletion")))
        return true;
    return row->named_by != NULL && sv_eq(sv_of(row->named_by), SV("Bucket")) &&
           json_get(record, "Policy") == NULL;
}

/* An inline policy stands in the roles that it is given to. */
static void read_inline(struct cfn *c, const cJSON *entry, cJSON **out)
{
    const cJSON *properties = json_get(entry, "Properties");
    struct sv name = json_sv(properties, "PolicyName");
    struct sv role_name = json_item_sv(json_list(properties, "Roles"));
    const cJSON *document;
    cJSON *role = NULL;

    if (c->has_failed || !cfn_ok(c, iam_role_get(c->service, c->account, role_name, &role, c->err)))
        return;
    document = cfn_find(json_get(role, "Policies"), name);
    if (document != NULL) {
        *out = cfn_object(c);
        (void)cfn_put(c, *out, "PolicyDocument", cfn_copy(c, document));
    }
    cJSON_Delete(role);
}

static const struct live_row pipeline = {
    .type = "AWS::CodePipeline::Pipeline",
    .members = "Stages=stages RoleArn=roleArn ArtifactStore=artifactStore "
               "ArtifactStores=artifactStores PipelineType=pipelineType "
               "ExecutionMode=executionMode Variables=variables Triggers=triggers"};

/* Pipelines are no records: the world has them. */
static void read_pipeline(struct cfn *c, const cJSON *entry, cJSON **out)
{
    struct world *w = c->service->world;
    const struct pipe *p =
        world_find_pipe(w, world_find_place(w, c->account, c->region), json_sv(entry, "Id"));
    const cJSON *definition = p == NULL ? NULL : made_definition(p, p->version);

    if (definition == NULL)
        return;
    *out = cfn_object(c);
    copy_members(c, &pipeline, definition, *out);
}

bool live_read(struct cfn *c, const cJSON *entry, cJSON **out)
{
    struct sv type = json_sv(entry, "Type");
    const struct live_row *row = row_of(type);
    struct record_key key = {.account = c->account, .region = c->region};
    cJSON *record = NULL;

    *out = NULL;
    if (sv_eq(type, SV("AWS::IAM::Policy")) &&
        json_list(json_get(entry, "Properties"), "Roles") != NULL) {
        read_inline(c, entry, out);
        return true;
    }
    if (sv_eq(type, sv_of(pipeline.type))) {
        read_pipeline(c, entry, out);
        return true;
    }
    if (row == NULL || c->has_failed)
        return false;
    key.kind = row->kind;
    key.name = name_of(row, entry);
    if (row->is_global)
        key.region = SV("");
    if (row->is_worldwide)
        key.account = SV("");
    if (!cfn_ok(c, record_get(c->service->records, &key, &record, c->err)))
        return true;
    if (!is_gone(row, record)) {
        *out = cfn_object(c);
        copy_members(c, row, record, *out);
    }
    cJSON_Delete(record);
    return true;
}

void live_note(struct cfn *c, cJSON *resources)
{
    for (cJSON *e = resources == NULL ? NULL : resources->child; e != NULL && !c->has_failed;
         e = e->next) {
        cJSON *live = NULL;

        cfn_drop(e, "Live");
        if (live_read(c, e, &live) && live != NULL)
            (void)cfn_put(c, e, "Live", live);
    }
}
