/* CodePipeline: lists and definitions. */
#include "core/sandbox/conditions.h"
#include "core/sandbox/input.h"
#include "core/sandbox/pipelines_made.h"
#include "core/sandbox/render.h"
#include "core/sandbox/state_render.h"

enum { PIPELINES_PAGE = 1000, TAGS_PAGE = 100 };

static void put_summary(struct jw *w, const struct pipe *p)
{
    jw_open(w, '{');
    jw_put_sv(w, "name", sv_of(p->name));
    jw_put_int(w, "version", p->version);
    jw_put_sv(w, "pipelineType", sv_of(p->type));
    jw_put_sv(w, "executionMode", run_mode_aws(p->mode));
    jw_put_epoch(w, "created", p->created_at);
    jw_put_epoch(w, "updated", p->updated_at);
    jw_close(w, '}');
}

enum err_code pipelines_list(struct service *s, struct request *request, struct reply *reply,
                             struct err *err)
{
    CLEANUP(input_close) struct input in;
    struct place *place = world_find_place(s->world, request->who.account, request->region);
    uint64_t count = place == NULL ? 0 : place->count;
    uint64_t at = 0;
    uint64_t end;
    struct jw w;

    input_open(&in, s, request, reply);
    end = (uint64_t)input_int(&in, "maxResults", 1, 1000, PIPELINES_PAGE);
    if (!input_page(&in, 0, &at))
        return ERR_OK;
    end = at + end < count ? at + end : count;
    jw_init(&w, &reply->body, err);
    jw_open(&w, '{');
    jw_name(&w, "pipelines");
    jw_open(&w, '[');
    for (; at < end; at++)
        put_summary(&w, place->pipes[at]);
    jw_close(&w, ']');
    if (end < count && page_token(&w, &in, end))
        return w.rc;
    jw_close(&w, '}');
    return jw_done(&w);
}

static void put_artifacts(struct jw *w, const char *name, struct sv artifact)
{
    jw_name(w, name);
    jw_open(w, '[');
    if (artifact.len > 0) {
        jw_open(w, '{');
        jw_put_sv(w, "name", artifact);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void put_action(struct jw *w, const struct pipe *p, const struct action_shape *action)
{
    bool begins = is_source(action);

    jw_open(w, '{');
    jw_put_sv(w, "name", sv_of(action->name));
    jw_name(w, "actionTypeId");
    render_type(w, action);
    jw_put_int(w, "runOrder", action->run_order);
    jw_name(w, "configuration");
    render_configuration(w, p, action);
    put_artifacts(w, "outputArtifacts", begins ? SV("SourceOutput") : SV_NONE);
    put_artifacts(w, "inputArtifacts",
                  begins || action->provider == PROVIDER_MANUAL ? SV_NONE : SV("SourceOutput"));
    if (action->timeout_minutes > 0)
        jw_put_int(w, "timeoutInMinutes", action->timeout_minutes);
    jw_close(w, '}');
}

static void put_conditions(struct jw *w, const struct stage_shape *stage)
{
    for (int k = 0; k < CONDITION_COUNT && stage->conditions != NULL; k++) {
        if (stage->conditions[k].json == NULL)
            continue;
        jw_name(w, condition_member((enum condition_kind)k));
        render_text(w, stage->conditions[k].json);
    }
}

static void put_variables(struct jw *w, const struct pipe *p)
{
    if (p->variable_count == 0)
        return;
    jw_name(w, "variables");
    jw_open(w, '[');
    for (size_t i = 0; i < p->variable_count; i++) {
        const struct variable *v = &p->variables[i];

        jw_open(w, '{');
        jw_put_sv(w, "name", sv_of(v->name));
        if (v->otherwise != NULL)
            jw_put_sv(w, "defaultValue", sv_of(v->otherwise));
        jw_put_sv(w, "description", sv_of(v->about));
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void put_definition(struct jw *w, const struct pipe *p, int64_t version)
{
    char role[EXTERNAL_MAX];

    jw_open(w, '{');
    jw_put_sv(w, "name", sv_of(p->name));
    (void)snprintf(role, sizeof role, "arn:aws:iam::%s:role/%s-pipeline", p->place->account,
                   p->repository);
    jw_put_sv(w, "roleArn", sv_of(role));
    (void)snprintf(role, sizeof role, "artifacts-%s-%s", p->place->account, p->place->region);
    jw_name(w, "artifactStore");
    jw_open(w, '{');
    jw_put_sv(w, "type", SV("S3"));
    jw_put_sv(w, "location", sv_of(role));
    jw_close(w, '}');
    jw_name(w, "stages");
    jw_open(w, '[');
    for (size_t i = 0; i < p->shape->stage_count; i++) {
        const struct stage_shape *stage = &p->shape->stages[i];

        jw_open(w, '{');
        jw_put_sv(w, "name", sv_of(stage->name));
        jw_name(w, "actions");
        jw_open(w, '[');
        for (size_t a = 0; a < stage->action_count; a++)
            put_action(w, p, &stage->actions[a]);
        jw_close(w, ']');
        put_conditions(w, stage);
        jw_close(w, '}');
    }
    jw_close(w, ']');
    put_variables(w, p);
    jw_put_int(w, "version", version);
    jw_put_sv(w, "executionMode", run_mode_aws(p->mode));
    jw_put_sv(w, "pipelineType", sv_of(p->type));
    jw_close(w, '}');
}

/* Earlier versions of what a seed made look like the present one. */
enum err_code pipelines_get(struct service *s, struct request *request, struct reply *reply,
                            struct err *err)
{
    CLEANUP(input_close) struct input in;
    char arn[EXTERNAL_MAX];
    struct pipe *p;
    int64_t version;
    struct jw w;

    input_open(&in, s, request, reply);
    p = input_pipe(&in, "name");
    version = input_int(&in, "version", 1, INT32_MAX, p == NULL ? 1 : p->version);
    if (!in.has_failed && version > p->version)
        input_fail(&in, "PipelineVersionNotFoundException", "Pipeline '%s' has no version %lld",
                   p->name, (long long)version);
    if (in.has_failed)
        return ERR_OK;
    jw_init(&w, &reply->body, err);
    jw_open(&w, '{');
    jw_name(&w, "pipeline");
    if (made_definition(p, (int)version) != NULL)
        render_json(&w, made_definition(p, (int)version));
    else
        put_definition(&w, p, version);
    jw_name(&w, "metadata");
    jw_open(&w, '{');
    render_arn(p, arn);
    jw_put_sv(&w, "pipelineArn", sv_of(arn));
    jw_put_epoch(&w, "created", p->created_at);
    jw_put_epoch(&w, "updated", p->updated_at);
    jw_close(&w, '}');
    jw_close(&w, '}');
    return jw_done(&w);
}

enum err_code pipelines_get_state(struct service *s, struct request *request, struct reply *reply,
                                  struct err *err)
{
    CLEANUP(input_close) struct input in;
    struct sv known;
    struct pipe *p;
    enum err_code rc;

    input_open(&in, s, request, reply);
    p = input_pipe(&in, "name");
    if (in.has_failed)
        return ERR_OK;
    known = s->is_stale ? state_cache_previous(s->cache, p) : SV_NONE;
    if (known.ptr == NULL)
        known = state_cache_get(s->cache, p);
    if (known.ptr != NULL)
        return sb_add(&reply->body, known, err);
    rc = state_render(p, &reply->body, err);
    return rc ? rc : state_cache_put(s->cache, p, sb_sv(&reply->body), err);
}

/* arn:aws:codepipeline:REGION:ACCOUNT:NAME */
static struct pipe *find_by_arn(struct input *in, struct sv arn)
{
    struct world *w = in->service->world;
    struct sv rest;
    struct sv region;
    struct sv account;
    struct pipe *p;

    if (in->has_failed)
        return NULL;
    if (!sv_starts(arn, SV("arn:aws:codepipeline:"))) {
        input_fail(in, "InvalidArnException", "'" SV_FMT "' is not the ARN of a pipeline",
                   SV_ARG(arn));
        return NULL;
    }
    region = sv_cut(sv_drop(arn, 21), ':', &rest);
    account = sv_cut(rest, ':', &rest);
    p = sv_eq(account, in->request->who.account) && sv_eq(region, in->request->region)
            ? world_find_pipe(w, world_find_place(w, account, region), rest)
            : NULL;
    if (p == NULL)
        input_fail(in, "ResourceNotFoundException", "No resource has the ARN '" SV_FMT "'",
                   SV_ARG(arn));
    return p;
}

enum err_code pipelines_list_tags(struct service *s, struct request *request, struct reply *reply,
                                  struct err *err)
{
    CLEANUP(input_close) struct input in;
    struct pipe *p;
    uint64_t at = 0;
    uint64_t end;
    struct jw w;

    input_open(&in, s, request, reply);
    p = find_by_arn(&in, input_text(&in, NULL, "resourceArn", TEXT_ARN, true));
    end = (uint64_t)input_int(&in, "maxResults", 1, 100, TAGS_PAGE);
    if (!input_page(&in, 0, &at) || p == NULL)
        return ERR_OK;
    end = at + end < p->tag_count ? at + end : p->tag_count;
    jw_init(&w, &reply->body, err);
    jw_open(&w, '{');
    jw_name(&w, "tags");
    jw_open(&w, '[');
    for (; at < end; at++) {
        jw_open(&w, '{');
        jw_put_sv(&w, "key", sv_of(p->tags[at].key));
        jw_put_sv(&w, "value", sv_of(p->tags[at].value));
        jw_close(&w, '}');
    }
    jw_close(&w, ']');
    if (end < p->tag_count && page_token(&w, &in, end))
        return w.rc;
    jw_close(&w, '}');
    return jw_done(&w);
}
