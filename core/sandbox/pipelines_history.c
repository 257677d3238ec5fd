/* CodePipeline: what ran. Newest first; page tokens hold the number of the last run that was shown,
 * so new runs do not shift the pages. */
#include "core/sandbox/pipelines_history.h"
#include "core/base/mem.h"
#include "core/sandbox/conditions.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/input.h"
#include "core/sandbox/pasts.h"
#include "core/sandbox/pipelines_act.h"
#include "core/sandbox/pipelines_made.h"
#include "core/sandbox/pipelines_values.h"
#include "core/sandbox/render.h"

enum { HISTORY_PAGE = 100 };

static void put_uid(struct jw *w, const char *name, struct uid id)
{
    char text[UID_SIZE];

    jw_put_sv(w, name, sv_of(uid_text(id, text)));
}

void history_put_trigger(struct jw *w, const struct pipe *p, const struct run *run)
{
    jw_name(w, "trigger");
    jw_open(w, '{');
    jw_put_sv(w, "triggerType", sv_of(run->trigger));
    jw_put_sv(w, "triggerDetail", sv_of(run->trigger_detail));
    jw_close(w, '}');
    jw_put_sv(w, "executionMode", run_mode_aws(p->mode));
    jw_put_sv(w, "executionType", run->is_rollback ? SV("ROLLBACK") : SV("STANDARD"));
    if (!run->is_rollback)
        return;
    jw_name(w, "rollbackMetadata");
    jw_open(w, '{');
    put_uid(w, "rollbackTargetPipelineExecutionId", run->rollback_target);
    jw_close(w, '}');
}

/* A source tells its revision once it has succeeded. */
static void put_sources(struct jw *w, const struct pipe *p, const struct run *run)
{
    const struct stage_shape *stage = &run_shape(p, run)->stages[0];
    struct external external;

    jw_name(w, "sourceRevisions");
    jw_open(w, '[');
    for (size_t i = 0; i < stage->action_count; i++) {
        if (run->attempts[i].status != RUN_SUCCEEDED && !run->is_rollback)
            continue;
        render_external(p, run, i, &stage->actions[i], &external);
        if (external.id[0] == '\0')
            continue;
        jw_open(w, '{');
        jw_put_sv(w, "actionName", sv_of(stage->actions[i].name));
        jw_put_sv(w, "revisionId", sv_of(external.id));
        render_revision_summary(w, p, run, i, &stage->actions[i]);
        if (external.url[0] != '\0')
            jw_put_sv(w, "revisionUrl", sv_of(external.url));
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void put_run(struct jw *w, const struct pipe *p, const struct run *run)
{
    jw_open(w, '{');
    put_uid(w, "pipelineExecutionId", run->id);
    jw_put_sv(w, "status", run_status_aws(run->status));
    if (run->status_summary != NULL)
        jw_put_sv(w, "statusSummary", sv_of(run->status_summary));
    jw_put_epoch(w, "startTime", run->started_at);
    jw_put_epoch(w, "lastUpdateTime", run->updated_at);
    put_sources(w, p, run);
    if (run->stop_reason != NULL) {
        jw_name(w, "stopTrigger");
        jw_open(w, '{');
        jw_put_sv(w, "reason", sv_of(run->stop_reason));
        jw_close(w, '}');
    }
    history_put_trigger(w, p, run);
    jw_close(w, '}');
}

/* Only runs of the present version count (facts/aws-api.md 1.2). */
static bool has_succeeded_in(const struct pipe *p, const struct run *run, size_t stage)
{
    return run->version == p->version && stage_was_good(p, run, stage);
}

/* -1 without the filter. */
static int read_stage_filter(struct input *in, const struct pipe *p)
{
    const cJSON *filter = input_object(in, "filter", false);
    const cJSON *succeeded = filter == NULL ? NULL : json_get(filter, "succeededInStage");
    struct sv name;
    size_t stage;

    if (succeeded == NULL)
        return -1;
    name = input_text(in, succeeded, "stageName", TEXT_NAME, false);
    if (name.ptr == NULL || !input_stage(in, p, name, &stage))
        return -1;
    return (int)stage;
}

enum err_code pipelines_list_runs(struct service *s, struct request *request, struct reply *reply,
                                  struct err *err)
{
    CLEANUP(input_close) struct input in;
    struct pipe *p;
    uint64_t below = UINT64_MAX;
    int64_t room;
    int stage;
    struct jw w;

    input_open(&in, s, request, reply);
    p = input_pipe(&in, "pipelineName");
    room = input_int(&in, "maxResults", 1, 100, HISTORY_PAGE);
    stage = read_stage_filter(&in, p);
    if (!input_page(&in, UINT64_MAX, &below))
        return ERR_OK;
    jw_init(&w, &reply->body, err);
    jw_open(&w, '{');
    jw_name(&w, "pipelineExecutionSummaries");
    jw_open(&w, '[');
    for (size_t i = p->run_count; i-- > 0;) {
        const struct run *run = p->runs[i];

        if (run->number >= below || (stage >= 0 && !has_succeeded_in(p, run, (size_t)stage)))
            continue;
        if (room-- == 0) {
            jw_close(&w, ']');
            if (page_token(&w, &in, run->number + 1))
                return w.rc;
            jw_close(&w, '}');
            return jw_done(&w);
        }
        put_run(&w, p, run);
    }
    jw_close(&w, ']');
    jw_close(&w, '}');
    return jw_done(&w);
}

static void put_location(struct jw *w, const struct pipe *p, const struct run *run,
                         struct sv artifact)
{
    struct sv bucket = artifact_bucket(p, run);
    char text[EXTERNAL_MAX];
    char key[ARTIFACT_KEY_MAX];

    jw_open(w, '{');
    jw_put_sv(w, "name", artifact);
    jw_name(w, "s3location");
    jw_open(w, '{');
    (void)snprintf(text, sizeof text, "artifacts-%s-%s", p->place->account, p->place->region);
    jw_put_sv(w, "bucket", bucket.len > 0 ? bucket : sv_of(text));
    jw_put_sv(w, "key", sv_of(artifact_key(p, run, artifact, key)));
    jw_close(w, '}');
    jw_close(w, '}');
}

/* "inputArtifacts" or "outputArtifacts"; is_there: of an action that a seed made. */
static void put_locations(struct jw *w, const char *name, const struct pipe *p,
                          const struct run *run, const struct action_shape *action, bool is_there)
{
    jw_name(w, name);
    jw_open(w, '[');
    if (action->json == NULL && is_there)
        put_location(w, p, run, SV("SourceOutput"));
    for (const cJSON *a = action->json == NULL ? NULL : json_list(action->json, name); a != NULL;
         a = a->next)
        put_location(w, p, run, json_sv(a, "name"));
    jw_close(w, ']');
}

static void put_output(struct jw *w, const struct pipe *p, const struct run *run, size_t number,
                       const struct action_shape *action)
{
    const struct attempt *attempt = &run->attempts[number];
    const struct deed *deed = run_told(p, run, number);
    struct sv summary = render_summary(attempt);
    struct external external;

    render_external(p, run, number, action, &external);
    if (action->provider == PROVIDER_MANUAL && p->mode == RUN_MODE_PARALLEL)
        (void)uid_text(attempt_token(run, number), external.id);
    jw_name(w, "output");
    jw_open(w, '{');
    if (attempt->status == RUN_SUCCEEDED || action->json == NULL)
        put_locations(w, "outputArtifacts", p, run, action,
                      is_source(action) && attempt->status == RUN_SUCCEEDED);
    jw_name(w, "executionResult");
    jw_open(w, '{');
    if (external.id[0] != '\0')
        jw_put_sv(w, "externalExecutionId", sv_of(external.id));
    if (summary.ptr != NULL)
        jw_put_sv(w, "externalExecutionSummary", summary);
    if (external.url[0] != '\0')
        jw_put_sv(w, "externalExecutionUrl", sv_of(external.url));
    render_error(w, p, run, number);
    jw_close(w, '}');
    jw_name(w, "outputVariables");
    render_text(w, deed == NULL ? NULL : deed->variables);
    jw_close(w, '}');
}

static void put_optional(struct jw *w, const cJSON *json, const char *name)
{
    struct sv value = json == NULL ? SV_NONE : json_sv(json, name);

    if (value.len > 0)
        jw_put_sv(w, name, value);
}

static void put_input(struct jw *w, const struct pipe *p, const struct run *run,
                      const struct action_shape *action)
{
    jw_name(w, "input");
    jw_open(w, '{');
    jw_name(w, "actionTypeId");
    render_type(w, action);
    jw_name(w, "configuration");
    render_configuration(w, p, action);
    jw_name(w, "resolvedConfiguration");
    if (action->json == NULL)
        render_configuration(w, p, action);
    else
        values_render(w, p, run, json_get(action->json, "configuration"));
    jw_put_sv(w, "region", sv_of(p->place->region));
    put_locations(w, "inputArtifacts", p, run, action,
                  !is_source(action) && action->provider != PROVIDER_MANUAL);
    put_optional(w, action->json, "roleArn");
    put_optional(w, action->json, "namespace");
    jw_close(w, '}');
}

static void put_attempt(struct jw *w, const struct pipe *p, const struct run *run, size_t number)
{
    const struct attempt *attempt = &run->attempts[number];
    size_t stage = 0;
    const struct shape *shape = run_shape(p, run);
    const struct action_shape *action = shape_action(shape, number, &stage);

    jw_open(w, '{');
    put_uid(w, "pipelineExecutionId", run->id);
    put_uid(w, "actionExecutionId", attempt_uid(run, number));
    jw_put_int(w, "pipelineVersion", run->version);
    jw_put_sv(w, "stageName", sv_of(shape->stages[stage].name));
    jw_put_sv(w, "actionName", sv_of(action->name));
    jw_put_epoch(w, "startTime", attempt->started_at);
    jw_put_epoch(w, "lastUpdateTime", attempt->changed_at);
    if (attempt->by != NULL)
        jw_put_sv(w, "updatedBy", sv_of(attempt->by));
    jw_put_sv(w, "status", run_status_aws((enum run_status)attempt->status));
    put_input(w, p, run, action);
    put_output(w, p, run, number, action);
    jw_close(w, '}');
}

const struct run *history_filter(struct input *in, const struct pipe *p, bool *is_latest)
{
    const cJSON *filter = input_object(in, "filter", false);
    const cJSON *latest = filter == NULL ? NULL : json_get(filter, "latestInPipelineExecution");
    struct sv id = SV_NONE;
    struct sv range;

    *is_latest = false;
    if (filter == NULL)
        return NULL;
    if (latest != NULL) {
        id = input_text(in, latest, "pipelineExecutionId", TEXT_UUID, true);
        range = input_text(in, latest, "startTimeRange", TEXT_WORD, true);
        if (!in->has_failed && !sv_eq(range, SV("Latest")) && !sv_eq(range, SV("All")))
            input_fail(in, "ValidationException",
                       "1 validation error detected: Value '" SV_FMT "' at "
                       "'filter.latestInPipelineExecution.startTimeRange' failed to satisfy "
                       "constraint: Member must satisfy enum value set: [Latest, All]",
                       SV_ARG(range));
        *is_latest = sv_eq(range, SV("Latest"));
    } else {
        id = input_text(in, filter, "pipelineExecutionId", TEXT_UUID, false);
    }
    return id.ptr == NULL ? NULL : input_run(in, p, id);
}

/* A position holds the run's number and that of the try within it, of which there are never more
 * than 2,500 actions' and PASTS_MAX. */
enum { TRY_BITS = 13 };

/* One page of tries, newest first. */
struct page {
    struct jw *w;
    const struct pipe *p;
    uint64_t below;
    uint64_t next; /* 0: nothing comes after the page */
    int64_t room;
    bool is_latest; /* only the last try of each action */
};

static void put_try(struct page *page, struct run *run, const struct try_ref *ref)
{
    if (ref->past == SIZE_MAX) {
        put_attempt(page->w, page->p, run, ref->action);
        return;
    }
    past_swap(page->p, run, ref->past);
    put_attempt(page->w, page->p, run, ref->action);
    past_swap(page->p, run, ref->past);
}

static enum err_code put_tries(struct page *page, struct run *run, struct err *err)
{
    struct try_ref *order = NULL;
    size_t count = 0;
    enum err_code rc = pasts_order(page->p, run, &order, &count, err);

    for (size_t i = count; !rc && i-- > 0 && page->next == 0;) {
        uint64_t position = run->number << TRY_BITS | i;

        if (position >= page->below || (page->is_latest && order[i].past != SIZE_MAX))
            continue;
        if (page->room-- == 0)
            page->next = position + 1;
        else
            put_try(page, run, &order[i]);
    }
    mem_free(order);
    return rc;
}

enum err_code pipelines_list_actions(struct service *s, struct request *request,
                                     struct reply *reply, struct err *err)
{
    CLEANUP(input_close) struct input in;
    struct page page = {.below = UINT64_MAX};
    const struct run *only;
    struct pipe *p;
    struct jw w;
    enum err_code rc = ERR_OK;

    input_open(&in, s, request, reply);
    p = input_pipe(&in, "pipelineName");
    page.p = p;
    page.w = &w;
    page.room = input_int(&in, "maxResults", 1, 100, HISTORY_PAGE);
    only = p == NULL ? NULL : history_filter(&in, p, &page.is_latest);
    if (!input_page(&in, UINT64_MAX, &page.below))
        return ERR_OK;
    jw_init(&w, &reply->body, err);
    jw_open(&w, '{');
    jw_name(&w, "actionExecutionDetails");
    jw_open(&w, '[');
    for (size_t i = p->run_count; !rc && i-- > 0 && page.next == 0;) {
        if (only == NULL || p->runs[i] == only)
            rc = put_tries(&page, p->runs[i], err);
    }
    jw_close(&w, ']');
    if (rc || (page.next != 0 && page_token(&w, &in, page.next)))
        return rc ? rc : w.rc;
    jw_close(&w, '}');
    return jw_done(&w);
}
