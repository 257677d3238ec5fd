#include "core/sandbox/render.h"

#include "core/sandbox/failures.h"
#include "core/sandbox/members.h"
#include "core/sandbox/pipelines_values.h"
#include "core/sandbox/seed_names.h"

static const struct type_row {
    const char *category;
    const char *owner;
    const char *provider;
} types[] = {
    [PROVIDER_CODECOMMIT] = {"Source", "AWS", "CodeCommit"},
    [PROVIDER_CONNECTION] = {"Source", "AWS", "CodeStarSourceConnection"},
    [PROVIDER_S3] = {"Source", "AWS", "S3"},
    [PROVIDER_CODEBUILD] = {"Build", "AWS", "CodeBuild"},
    [PROVIDER_CLOUDFORMATION] = {"Deploy", "AWS", "CloudFormation"},
    [PROVIDER_LAMBDA] = {"Invoke", "AWS", "Lambda"},
    [PROVIDER_MANUAL] = {"Approval", "AWS", "Manual"},
    [PROVIDER_OTHER] = {"Invoke", "Custom", "Other"},
};
_Static_assert(ARRAY_LEN(types) == PROVIDER_COUNT, "a type per provider");

struct sv provider_category(enum provider provider)
{
    return sv_of(types[provider].category);
}

struct sv provider_name(enum provider provider)
{
    return sv_of(types[provider].provider);
}

bool is_source(const struct action_shape *action)
{
    if (action->json != NULL)
        return sv_eq(json_sv(json_get(action->json, "actionTypeId"), "category"), SV("Source"));
    return action->provider <= PROVIDER_S3;
}

static void render_number(struct jw *w, double value)
{
    if (value == (double)(int64_t)value)
        jw_int(w, (int64_t)value);
    else
        jw_epoch(w, (int64_t)(value * 1000));
}

/* Depth is what json_parse let in. */
void render_json(struct jw *w, const cJSON *item)
{
    bool is_list = cJSON_IsArray(item);

    if (cJSON_IsString(item)) {
        jw_sv(w, json_item_sv(item));
    } else if (cJSON_IsNumber(item)) {
        render_number(w, item->valuedouble);
    } else if (cJSON_IsBool(item)) {
        jw_bool(w, cJSON_IsTrue(item));
    } else if (is_list || cJSON_IsObject(item)) {
        jw_open(w, is_list ? '[' : '{');
        for (const cJSON *child = item->child; child != NULL; child = child->next) {
            if (!is_list)
                jw_name(w, child->string);
            render_json(w, child);
        }
        jw_close(w, is_list ? ']' : '}');
    } else {
        jw_null(w);
    }
}

void render_text(struct jw *w, const char *text)
{
    cJSON *json = NULL;

    if (text == NULL || json_parse(sv_of(text), &json, w->err)) {
        jw_open(w, '{');
        jw_close(w, '}');
        return;
    }
    render_json(w, json);
    cJSON_Delete(json);
}

void render_type(struct jw *w, const struct action_shape *action)
{
    enum provider provider = action->provider;

    if (action->json != NULL) {
        render_json(w, json_get(action->json, "actionTypeId"));
        return;
    }
    jw_open(w, '{');
    jw_put_sv(w, "category", sv_of(types[provider].category));
    jw_put_sv(w, "owner", sv_of(types[provider].owner));
    jw_put_sv(w, "provider", sv_of(types[provider].provider));
    jw_put_sv(w, "version", SV("1"));
    jw_close(w, '}');
}

static const char connection_arn[] =
    "arn:aws:codestar-connections:eu-west-1:111111111111:connection/"
    "5f0e6d4c-1b2a-4c3d-8e9f-0a1b2c3d4e5f";

static void put_joined(struct jw *w, const char *name, const char *a, const char *b)
{
    char text[EXTERNAL_MAX];

    (void)snprintf(text, sizeof text, "%s-%s", a, b);
    jw_put_sv(w, name, sv_of(text));
}

void render_configuration(struct jw *w, const struct pipe *p, const struct action_shape *action)
{
    const cJSON *made = action->json == NULL ? NULL : json_get(action->json, "configuration");
    char name[SEED_NAME_SIZE];

    if (made != NULL) {
        render_json(w, made);
        return;
    }
    jw_open(w, '{');
    if (action->json != NULL) {
        jw_close(w, '}');
        return;
    }
    switch (action->provider) {
    case PROVIDER_CODECOMMIT:
        jw_put_sv(w, "RepositoryName", sv_of(p->repository));
        jw_put_sv(w, "BranchName", sv_of(p->branch));
        jw_put_sv(w, "PollForSourceChanges", SV("false"));
        break;
    case PROVIDER_CONNECTION:
        jw_put_sv(w, "ConnectionArn", sv_of(connection_arn));
        put_joined(w, "FullRepositoryId", "data-platform/lake", p->repository);
        jw_put_sv(w, "BranchName", sv_of(p->branch));
        break;
    case PROVIDER_S3:
        put_joined(w, "S3Bucket", "drop", p->place->account);
        jw_put_sv(w, "S3ObjectKey", SV("incoming/bundle.zip"));
        jw_put_sv(w, "PollForSourceChanges", SV("false"));
        break;
    case PROVIDER_CODEBUILD:
        seed_project_name(p, action, name);
        jw_put_sv(w, "ProjectName", sv_of(name));
        break;
    case PROVIDER_CLOUDFORMATION:
        jw_put_sv(w, "ActionMode", SV("CREATE_UPDATE"));
        seed_stack_name(p, seed_stage_of(p, action), action, name);
        jw_put_sv(w, "StackName", sv_of(name));
        jw_put_sv(w, "TemplatePath", SV("BuildOutput::template.json"));
        break;
    case PROVIDER_LAMBDA:
        put_joined(w, "FunctionName", p->repository, action->name);
        break;
    case PROVIDER_MANUAL:
        jw_put_sv(w, "CustomData",
                  action->custom == NULL ? SV("Check the row counts before you approve.")
                                         : sv_of(action->custom));
        if (action->link != NULL)
            jw_put_sv(w, "ExternalEntityLink", sv_of(action->link));
        break;
    case PROVIDER_OTHER:
    case PROVIDER_COUNT:
        break;
    }
    jw_close(w, '}');
}

void render_error(struct jw *w, const struct pipe *p, const struct run *run, size_t number)
{
    const struct failure *f = failure_get(run->attempts[number].failure);
    const struct deed *deed = run_told(p, run, number);
    const char *code = deed != NULL && deed->code != NULL ? deed->code : f->code;

    if (code == NULL)
        return;
    jw_name(w, "errorDetails");
    jw_open(w, '{');
    jw_put_sv(w, "code", sv_of(code));
    jw_put_sv(w, "message", sv_of(code == f->code ? f->message : deed->message));
    jw_close(w, '}');
}

void render_ruling_error(struct jw *w, const struct ruling *ruling)
{
    if (ruling->code == NULL)
        return;
    jw_name(w, "errorDetails");
    jw_open(w, '{');
    jw_put_sv(w, "code", sv_of(ruling->code));
    jw_put_sv(w, "message", sv_of(ruling->summary));
    jw_close(w, '}');
}

struct sv render_summary(const struct attempt *attempt)
{
    if (attempt->summary != NULL)
        return sv_of(attempt->summary);
    return sv_of(failure_get(attempt->failure)->summary);
}

static void external_build(const struct pipe *p, const struct run *run, size_t number,
                           const struct action_shape *action, struct external *out)
{
    char build[UID_SIZE];
    char project[SEED_NAME_SIZE];

    (void)uid_text(uid_derive(attempt_uid(run, number), 7), build);
    seed_project_name(p, action, project);
    (void)snprintf(out->id, sizeof out->id, "%s:%s", project, build);
    (void)snprintf(out->url, sizeof out->url,
                   "https://console.aws.amazon.com/codebuild/home?region=%s#/builds/%s:%s/view/new",
                   p->place->region, project, build);
}

const char *render_revision(const struct run *run, const struct action_shape *action,
                            char out[REVISION_MAX])
{
    CLEANUP(sb_release) struct sb given;

    sb_init(&given, REVISION_MAX);
    if (given_revision(run, action->name, &given, NULL) == ERR_OK && given.len > 0)
        (void)snprintf(out, REVISION_MAX, "%s", sb_cstr(&given));
    else
        (void)uid_commit(run->revision, out);
    return out;
}

static void external_source(const struct pipe *p, const struct run *run,
                            const struct action_shape *action, struct external *out)
{
    char commit[REVISION_MAX];

    (void)render_revision(run, action, commit);
    (void)snprintf(out->id, sizeof out->id, "%s", commit);
    if (action->provider == PROVIDER_CONNECTION) {
        (void)snprintf(out->url, sizeof out->url,
                       "https://%s.console.aws.amazon.com/codesuite/settings/connections/redirect?"
                       "connectionArn=%s&referenceType=COMMIT&FullRepositoryId=data-platform/"
                       "lake-%s&Commit=%s",
                       p->place->region, connection_arn, p->repository, commit);
        return;
    }
    (void)snprintf(out->url, sizeof out->url,
                   "https://%s.console.aws.amazon.com/codesuite/codecommit/repositories/%s/commit/"
                   "%s?region=%s",
                   p->place->region, p->repository, commit, p->place->region);
}

void render_external(const struct pipe *p, const struct run *run, size_t number,
                     const struct action_shape *action, struct external *out)
{
    const struct deed *deed = run_told(p, run, number);
    char id[UID_SIZE];

    out->id[0] = out->url[0] = '\0';
    if (deed != NULL) {
        (void)snprintf(out->id, sizeof out->id, "%s",
                       deed->external_id == NULL ? "" : deed->external_id);
        (void)snprintf(out->url, sizeof out->url, "%s", deed->url == NULL ? "" : deed->url);
        return;
    }
    switch (action->provider) {
    case PROVIDER_CODECOMMIT:
    case PROVIDER_CONNECTION:
    case PROVIDER_S3:
        external_source(p, run, action, out);
        break;
    case PROVIDER_CODEBUILD:
        external_build(p, run, number, action, out);
        break;
    case PROVIDER_CLOUDFORMATION:
        seed_stack_arn(p, seed_stage_of(p, action), action, out->id, sizeof out->id);
        (void)snprintf(out->url, sizeof out->url,
                       "https://%s.console.aws.amazon.com/cloudformation/home", p->place->region);
        break;
    case PROVIDER_LAMBDA:
        (void)snprintf(out->id, sizeof out->id, "%s", uid_text(attempt_uid(run, number), id));
        break;
    case PROVIDER_MANUAL:
    case PROVIDER_OTHER:
    case PROVIDER_COUNT:
        break;
    }
}

/* What a connection tells of a commit is JSON; ours are merged pull requests, squashed. */
static void put_wrapped(struct jw *w, const struct run *run, const char *message)
{
    CLEANUP(sb_release) struct sb text;
    CLEANUP(sb_release) struct sb told;
    struct jw inner;

    sb_init(&text, 64 * 1024);
    sb_init(&told, 64 * 1024);
    if (sb_addf(&told, NULL, "%s (#%u)", message, (unsigned)(run->revision.lo % 400 + 1)))
        return;
    jw_init(&inner, &text, NULL);
    jw_open(&inner, '{');
    jw_put_sv(&inner, "ProviderType", SV("GitHub"));
    jw_put_sv(&inner, "CommitMessage", sb_sv(&told));
    jw_close(&inner, '}');
    if (jw_done(&inner) == ERR_OK)
        jw_put_sv(w, "revisionSummary", sb_sv(&text));
}

void render_revision_summary(struct jw *w, const struct pipe *p, const struct run *run,
                             size_t number, const struct action_shape *action)
{
    bool is_told = run_told(p, run, number) != NULL;
    const char *summary = is_told ? run->attempts[number].summary : run->message;

    if (summary != NULL && !is_told && action->provider == PROVIDER_CONNECTION)
        put_wrapped(w, run, summary);
    else if (summary != NULL)
        jw_put_sv(w, "revisionSummary", sv_of(summary));
}

void render_arn(const struct pipe *p, char out[EXTERNAL_MAX])
{
    (void)snprintf(out, EXTERNAL_MAX, "arn:%s:codepipeline:%s:%s:%s",
                   arn_partition(sv_of(p->place->region)), p->place->region, p->place->account,
                   p->name);
}
