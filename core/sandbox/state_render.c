#include "core/sandbox/state_render.h"

#include "core/sandbox/conditions.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/render.h"

static void put_uid(struct jw *w, const char *name, struct uid id)
{
    char text[UID_SIZE];

    jw_put_sv(w, name, sv_of(uid_text(id, text)));
}

static void put_run(struct jw *w, const char *name, const struct run *run, enum run_status status)
{
    if (name != NULL)
        jw_name(w, name);
    jw_open(w, '{');
    put_uid(w, "pipelineExecutionId", run->id);
    jw_put_sv(w, "status", run_status_aws(status));
    jw_put_sv(w, "type", run->is_rollback ? SV("ROLLBACK") : SV("STANDARD"));
    jw_close(w, '}');
}

/* Those that wait to enter: oldest first in inboundExecutions, the newest in inboundExecution. */
static void put_inbound(struct jw *w, const struct pipe *p, size_t stage)
{
    const struct run *newest = NULL;

    for (size_t i = 0; i < p->run_count; i++) {
        const struct run *run = p->runs[i];

        if (run->where != WHERE_WAITING || run->stage != stage)
            continue;
        if (newest == NULL) {
            jw_name(w, "inboundExecutions");
            jw_open(w, '[');
        }
        newest = run;
        put_run(w, NULL, run, RUN_IN_PROGRESS);
    }
    if (newest == NULL)
        return;
    jw_close(w, ']');
    put_run(w, "inboundExecution", newest, RUN_IN_PROGRESS);
}

static void put_transition(struct jw *w, const struct stage_now *now)
{
    jw_name(w, "inboundTransitionState");
    jw_open(w, '{');
    jw_put_bool(w, "enabled", !now->is_closed);
    if (now->changed_at > 0) {
        jw_put_sv(w, "lastChangedBy", sv_of(now->changed_by));
        jw_put_epoch(w, "lastChangedAt", now->changed_at);
    }
    if (now->is_closed)
        jw_put_sv(w, "disabledReason", sv_of(now->reason));
    jw_close(w, '}');
}

static void put_latest(struct jw *w, const struct pipe *p, const struct run *run, size_t number,
                       const struct action_shape *action)
{
    const struct attempt *attempt = &run->attempts[number];
    struct sv summary = render_summary(attempt);
    struct external external;

    render_external(p, run, number, action, &external);
    jw_name(w, "latestExecution");
    jw_open(w, '{');
    put_uid(w, "actionExecutionId", attempt_uid(run, number));
    jw_put_sv(w, "status", run_status_aws((enum run_status)attempt->status));
    if (summary.ptr != NULL)
        jw_put_sv(w, "summary", summary);
    jw_put_epoch(w, "lastStatusChange", attempt->changed_at);
    /* In PARALLEL mode there is no token here: externalExecutionId in ListActionExecutions is it
     * (facts/aws-api.md 0.1). */
    if (attempt_waits(p, run, number) && p->mode != RUN_MODE_PARALLEL)
        put_uid(w, "token", attempt_token(run, number));
    if (attempt->by != NULL)
        jw_put_sv(w, "lastUpdatedBy", sv_of(attempt->by));
    if (external.id[0] != '\0')
        jw_put_sv(w, "externalExecutionId", sv_of(external.id));
    if (external.url[0] != '\0')
        jw_put_sv(w, "externalExecutionUrl", sv_of(external.url));
    render_error(w, p, run, number);
    jw_close(w, '}');
}

static void put_revision(struct jw *w, const struct pipe *p, const struct run *run, size_t number,
                         const struct action_shape *action)
{
    const struct deed *deed = run_told(p, run, number);
    char given[REVISION_MAX];
    const char *revision = deed == NULL ? render_revision(run, action, given) : deed->external_id;

    if (revision == NULL)
        return;
    jw_name(w, "currentRevision");
    jw_open(w, '{');
    jw_put_sv(w, "revisionId", sv_of(revision));
    jw_put_sv(w, "revisionChangeId", sv_of(revision));
    jw_put_epoch(w, "created", run->attempts[number].started_at);
    jw_close(w, '}');
}

/* ---- conditions ---- */

static void put_status(struct jw *w, uint8_t status, const char *summary, int64_t changed_at)
{
    jw_name(w, "latestExecution");
    jw_open(w, '{');
    jw_put_sv(w, "status", run_status_aws((enum run_status)status));
    if (summary != NULL)
        jw_put_sv(w, "summary", sv_of(summary));
    if (changed_at > 0)
        jw_put_epoch(w, "lastStatusChange", changed_at);
    jw_close(w, '}');
}

static void put_rule(struct jw *w, const struct run *run, const struct rule_shape *rule,
                     size_t number)
{
    const struct ruling *r = &run->judged->rulings[number];

    jw_open(w, '{');
    jw_put_sv(w, "ruleName", sv_of(rule->name));
    if (r->status != RUN_NONE) {
        jw_name(w, "latestExecution");
        jw_open(w, '{');
        put_uid(w, "ruleExecutionId", ruling_uid(run, number));
        jw_put_sv(w, "status", run_status_aws((enum run_status)r->status));
        if (r->summary != NULL)
            jw_put_sv(w, "summary", sv_of(r->summary));
        jw_put_epoch(w, "lastStatusChange", r->changed_at);
        render_ruling_error(w, r);
        jw_close(w, '}');
    }
    jw_close(w, '}');
}

/* How it stands in the stage's latest run. Of a run of an earlier version nothing is told: what its
 * rules were then may be no rule now. */
static void put_condition(struct jw *w, const struct pipe *p, const struct run *run, size_t stage,
                          enum condition_kind kind)
{
    static const char *const names[] = {"beforeEntryConditionState", "onSuccessConditionState",
                                        "onFailureConditionState"};
    const struct condition_shape *c = condition_of(p->shape, stage, kind);
    const struct verdict *v =
        run == NULL || run->version != p->version ? NULL : run_verdict(run, stage, kind);

    if (c == NULL || v == NULL || v->status == RUN_NONE)
        return;
    jw_name(w, names[kind]);
    jw_open(w, '{');
    put_status(w, v->status, v->summary, 0);
    jw_name(w, "conditionStates");
    jw_open(w, '[');
    jw_open(w, '{');
    put_status(w, v->status, v->summary, v->changed_at);
    jw_name(w, "ruleStates");
    jw_open(w, '[');
    for (size_t i = 0; i < c->rule_count; i++)
        put_rule(w, run, &c->rules[i], c->first + i);
    jw_close(w, ']');
    jw_close(w, '}');
    jw_close(w, ']');
    jw_close(w, '}');
}

static void put_retries(struct jw *w, const struct stage_now *now)
{
    if (now->auto_retries == 0 && now->manual_retries == 0)
        return;
    jw_name(w, "retryStageMetadata");
    jw_open(w, '{');
    if (now->auto_retries > 0)
        jw_put_int(w, "autoStageRetryAttempt", now->auto_retries);
    if (now->manual_retries > 0)
        jw_put_int(w, "manualStageRetryAttempt", now->manual_retries);
    jw_put_sv(w, "latestRetryTrigger",
              now->is_last_auto ? SV("AutomatedStageRetry") : SV("ManualStageRetry"));
    jw_close(w, '}');
}

/* ---- actions ---- */

static void put_urls(struct jw *w, const struct pipe *p, const struct action_shape *action)
{
    const cJSON *made = action->json == NULL ? NULL : json_get(action->json, "configuration");
    struct sv project = json_sv(made, "ProjectName");
    struct sv repository = sv_of(p->repository);
    struct sv branch = sv_of(p->branch);
    struct sv link = sv_of(action->link);
    char url[EXTERNAL_MAX + 400];

    if (action->json != NULL) {
        repository = json_sv(made, "RepositoryName");
        branch = json_sv(made, "BranchName");
        link = json_sv(made, "ExternalEntityLink");
    }
    if (action->provider == PROVIDER_MANUAL) {
        if (link.len > 0)
            jw_put_sv(w, "entityUrl", link);
        return;
    }
    if (is_source(action) && (action->json == NULL || action->provider == PROVIDER_CODECOMMIT))
        (void)snprintf(url, sizeof url,
                       "https://%s.console.aws.amazon.com/codesuite/codecommit/repositories/" SV_FMT
                       "/browse/refs/heads/" SV_FMT,
                       p->place->region, SV_ARG(repository), SV_ARG(branch));
    else if (action->provider == PROVIDER_CODEBUILD && action->json != NULL)
        (void)snprintf(url, sizeof url,
                       "https://console.aws.amazon.com/codebuild/home?region=%s#/projects/" SV_FMT
                       "/view",
                       p->place->region, SV_ARG(project));
    else if (action->provider == PROVIDER_CODEBUILD)
        (void)snprintf(url, sizeof url,
                       "https://console.aws.amazon.com/codebuild/home?region=%s#/projects/%s-%s/"
                       "view",
                       p->place->region, p->name, action->name);
    else
        return;
    jw_put_sv(w, "entityUrl", sv_of(url));
}

/* The number that the action of stage and name had in the version of the run; SIZE_MAX: none. */
static size_t number_then(const struct pipe *p, const struct run *run, const char *stage,
                          const struct action_shape *action, size_t number)
{
    const struct shape *shape = run_shape(p, run);

    if (shape == p->shape)
        return number;
    for (size_t i = 0; i < shape->stage_count; i++) {
        const struct stage_shape *then = &shape->stages[i];

        for (size_t a = 0; a < then->action_count && strcmp(then->name, stage) == 0; a++) {
            if (strcmp(then->actions[a].name, action->name) == 0)
                return then->first + a;
        }
    }
    return SIZE_MAX;
}

static void put_action(struct jw *w, const struct pipe *p, const struct run *run, size_t number,
                       const struct action_shape *action)
{
    const struct attempt *attempt =
        run == NULL || number == SIZE_MAX ? NULL : &run->attempts[number];
    bool has_run = attempt != NULL && attempt->status != RUN_NONE;

    jw_open(w, '{');
    jw_put_sv(w, "actionName", sv_of(action->name));
    if (has_run && is_source(action) && attempt->status == RUN_SUCCEEDED)
        put_revision(w, p, run, number, action);
    if (has_run)
        put_latest(w, p, run, number, action);
    put_urls(w, p, action);
    jw_close(w, '}');
}

/* An action that has not begun in the stage's latest run shows nothing, as in the AWS console
 * ("Didn't run"); whether the API still tells the run before is not documented. */
static void put_stage(struct jw *w, const struct pipe *p, size_t number)
{
    const struct stage_shape *stage = &p->shape->stages[number];
    const struct stage_now *now = &p->stages[number];

    jw_open(w, '{');
    jw_put_sv(w, "stageName", sv_of(stage->name));
    put_inbound(w, p, number);
    if (number > 0)
        put_transition(w, now);
    jw_name(w, "actionStates");
    jw_open(w, '[');
    for (size_t i = 0; i < stage->action_count; i++) {
        size_t action = stage->first + i;

        if (now->latest != NULL)
            action = number_then(p, now->latest, stage->name, &stage->actions[i], action);
        put_action(w, p, now->latest, action, &stage->actions[i]);
    }
    jw_close(w, ']');
    if (now->latest != NULL)
        put_run(w, "latestExecution", now->latest, now->status);
    for (int k = 0; k < CONDITION_COUNT; k++)
        put_condition(w, p, now->latest, number, (enum condition_kind)k);
    put_retries(w, now);
    jw_close(w, '}');
}

enum err_code state_render(const struct pipe *p, struct sb *out, struct err *err)
{
    struct jw w;

    jw_init(&w, out, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", sv_of(p->name));
    jw_put_int(&w, "pipelineVersion", p->version);
    jw_name(&w, "stageStates");
    jw_open(&w, '[');
    for (size_t i = 0; i < p->shape->stage_count; i++)
        put_stage(&w, p, i);
    jw_close(&w, ']');
    jw_put_epoch(&w, "created", p->created_at);
    jw_put_epoch(&w, "updated", p->updated_at);
    jw_close(&w, '}');
    return jw_done(&w);
}
