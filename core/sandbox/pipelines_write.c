/* CodePipeline: what people do. */
#include "core/sandbox/engine.h"
#include "core/sandbox/input.h"
#include "core/sandbox/pipelines.h"
#include "core/sandbox/pipelines_values.h"

static enum err_code put_run_id(struct reply *reply, const struct run *run, struct err *err)
{
    char id[UID_SIZE];
    struct jw w;

    jw_init(&w, &reply->body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineExecutionId", sv_of(uid_text(run->id, id)));
    jw_close(&w, '}');
    return jw_done(&w);
}

/* Of operations whose model has no word for a run that is not there. */
static struct run *find_run(struct input *in, const struct pipe *p, const char *error)
{
    struct sv id =
        p == NULL ? SV_NONE : input_text(in, NULL, "pipelineExecutionId", TEXT_UUID, true);
    struct run *run = NULL;
    struct uid uid;

    if (in->has_failed)
        return NULL;
    if (uid_parse(id, &uid))
        run = pipe_find_run(p, uid);
    if (run == NULL)
        input_fail(in, error, "PipelineExecution with id '" SV_FMT "' not found in pipeline '%s'",
                   SV_ARG(id), p->name);
    return run;
}

/* The run that the same clientRequestToken started. */
static const struct run *started_before(const struct pipe *p, struct sv token)
{
    for (size_t i = p->run_count; i-- > 0 && token.ptr != NULL;) {
        if (sv_eq(sv_of(p->runs[i]->request_token), token))
            return p->runs[i];
    }
    return NULL;
}

enum err_code pipelines_start(struct service *s, struct request *request, struct reply *reply,
                              struct err *err)
{
    CLEANUP(input_close) struct input in;
    struct start start = {.trigger = "StartPipelineExecution", .fail_stage = FAIL_BY_HABIT};
    const struct run *earlier;
    struct run *run;
    struct pipe *p;
    struct sv token;
    struct err why;
    enum err_code rc;

    input_open(&in, s, request, reply);
    p = input_pipe(&in, "name");
    token = input_text(&in, NULL, "clientRequestToken", TEXT_REQUEST, false);
    if (in.has_failed)
        return ERR_OK;
    earlier = started_before(p, token);
    if (earlier != NULL)
        return put_run_id(reply, earlier, err);
    rc = given_read(&in, p, &start.given, err);
    if (rc || in.has_failed)
        return rc;
    rc = world_intern(s->world, request->who.arn, &start.detail, err);
    if (!rc && token.ptr != NULL)
        rc = world_intern(s->world, token, &start.request_token, err);
    if (!rc)
        rc = pipelines_take_head(s, p, &start, err);
    if (rc)
        return rc;
    if (engine_start(s->world, p, &start, &run, &why)) {
        input_fail(&in, "ConcurrentPipelineExecutionsLimitExceededException",
                   "Pipeline '%s' has reached the limit of concurrent executions", p->name);
        return ERR_OK;
    }
    return put_run_id(reply, run, err);
}

enum err_code pipelines_stop(struct service *s, struct request *request, struct reply *reply,
                             struct err *err)
{
    CLEANUP(input_close) struct input in;
    const char *kept = NULL;
    struct sv reason;
    struct run *run;
    struct pipe *p;
    bool abandon;
    enum err_code rc = ERR_OK;

    input_open(&in, s, request, reply);
    p = input_pipe(&in, "pipelineName");
    run = find_run(&in, p, "PipelineExecutionNotStoppableException");
    reason = input_text(&in, NULL, "reason", TEXT_STOP, false);
    abandon = json_bool(in.json, "abandon", false);
    if (!in.has_failed && run_is_over(run))
        input_fail(&in, "PipelineExecutionNotStoppableException",
                   "The execution is " SV_FMT ": only one in progress can be stopped",
                   SV_ARG(run_status_aws(run->status)));
    if (!in.has_failed && run->status == RUN_STOPPING && !abandon)
        input_fail(&in, "DuplicatedStopRequestException", "The execution is being stopped already");
    if (in.has_failed)
        return ERR_OK;
    if (reason.ptr != NULL)
        rc = world_intern(s->world, reason, &kept, err);
    if (!rc)
        rc = engine_stop(s->world, p, run, abandon, kept, err);
    return rc ? rc : put_run_id(reply, run, err);
}

/* The number of the approval, counted over all stages. */
static bool find_action(struct input *in, const struct pipe *p, size_t stage, struct sv name,
                        size_t *out)
{
    const struct stage_shape *shape = &p->shape->stages[stage];

    for (size_t i = 0; i < shape->action_count && !in->has_failed; i++) {
        if (!sv_eq(sv_of(shape->actions[i].name), name))
            continue;
        *out = shape->first + i;
        if (shape->actions[i].provider == PROVIDER_MANUAL)
            return true;
        break;
    }
    /* What AWS says of an action that is no approval is not documented; of the errors in its model
     * this is the one about the action, since an InvalidApprovalToken speaks of a request. */
    input_fail(in, "ActionNotFoundException",
               "Stage '%s' has no approval action named '" SV_FMT "'", shape->name, SV_ARG(name));
    return false;
}

/* The run whose approval has that token, also when it was answered before. */
static struct run *find_by_token(const struct pipe *p, size_t action, struct sv token)
{
    struct uid id;

    if (!uid_parse(token, &id))
        return NULL;
    for (size_t i = p->run_count; i-- > 0;) {
        if (run_shape(p, p->runs[i]) == p->shape && uid_eq(attempt_token(p->runs[i], action), id))
            return p->runs[i];
    }
    return NULL;
}

struct answer {
    struct pipe *pipe;
    struct run *run;
    size_t action;
    struct sv summary;
    bool approved;
};

/* A request that nobody answered, because it expired or was given up, has no valid token. */
static void check_open(struct input *in, const struct answer *answer)
{
    const struct attempt *attempt =
        answer->run == NULL ? NULL : &answer->run->attempts[answer->action];

    if (attempt != NULL && attempt_waits(answer->pipe, answer->run, answer->action))
        return;
    if (attempt != NULL && attempt->by != NULL)
        input_fail(in, "ApprovalAlreadyCompletedException",
                   "The approval action has already been approved or rejected");
    else
        input_fail(in, "InvalidApprovalTokenException",
                   "The approval request already received a response or has expired");
}

static bool read_answer(struct input *in, struct answer *out)
{
    const cJSON *result;
    struct sv status;
    struct sv stage_name;
    struct sv action_name;
    struct sv token;
    size_t stage;

    out->pipe = input_pipe(in, "pipelineName");
    stage_name = input_text(in, NULL, "stageName", TEXT_NAME, true);
    action_name = input_text(in, NULL, "actionName", TEXT_NAME, true);
    token = input_text(in, NULL, "token", TEXT_UUID, true);
    result = input_object(in, "result", true);
    out->summary = input_text(in, result, "summary", TEXT_SUMMARY, true);
    status = input_text(in, result, "status", TEXT_WORD, true);
    out->approved = sv_eq(status, SV("Approved"));
    if (!in->has_failed && !out->approved && !sv_eq(status, SV("Rejected")))
        input_fail(in, "ValidationException",
                   "1 validation error detected: Value '" SV_FMT "' at 'result.status' failed to "
                   "satisfy constraint: Member must satisfy enum value set: [Approved, Rejected]",
                   SV_ARG(status));
    if (in->has_failed || !input_stage(in, out->pipe, stage_name, &stage) ||
        !find_action(in, out->pipe, stage, action_name, &out->action))
        return false;
    out->run = find_by_token(out->pipe, out->action, token);
    check_open(in, out);
    return !in->has_failed;
}

enum err_code pipelines_approve(struct service *s, struct request *request, struct reply *reply,
                                struct err *err)
{
    CLEANUP(input_close) struct input in;
    struct answer answer = {0};
    const char *summary = NULL;
    const char *by = NULL;
    struct jw w;
    enum err_code rc;

    input_open(&in, s, request, reply);
    if (!read_answer(&in, &answer))
        return ERR_OK;
    rc = world_intern(s->world, answer.summary, &summary, err);
    if (!rc)
        rc = world_intern(s->world, request->who.arn, &by, err);
    if (!rc)
        rc = engine_answer(s->world, answer.pipe, answer.run, answer.action, answer.approved,
                           summary, by, err);
    if (rc)
        return rc;
    jw_init(&w, &reply->body, err);
    jw_open(&w, '{');
    jw_put_epoch(&w, "approvedAt", s->world->now_ms);
    jw_close(&w, '}');
    return jw_done(&w);
}

static enum err_code set_stage(struct service *s, struct request *request, struct reply *reply,
                               bool is_open, struct err *err)
{
    CLEANUP(input_close) struct input in;
    const char *kept = NULL;
    const char *by = NULL;
    struct sv reason = SV_NONE;
    struct sv type;
    struct pipe *p;
    size_t stage;
    enum err_code rc;

    input_open(&in, s, request, reply);
    p = input_pipe(&in, "pipelineName");
    type = input_text(&in, NULL, "transitionType", TEXT_WORD, true);
    if (!is_open)
        reason = input_text(&in, NULL, "reason", TEXT_REASON, true);
    if (!in.has_failed && !sv_eq(type, SV("Inbound")) && !sv_eq(type, SV("Outbound")))
        input_fail(&in, "ValidationException",
                   "1 validation error detected: Value '" SV_FMT "' at 'transitionType' failed to "
                   "satisfy constraint: Member must satisfy enum value set: [Inbound, Outbound]",
                   SV_ARG(type));
    if (!input_stage(&in, p, input_text(&in, NULL, "stageName", TEXT_NAME, true), &stage))
        return ERR_OK;
    if (sv_eq(type, SV("Outbound")))
        return engine_set_outbound(s->world, p, stage, is_open, err);
    rc = world_intern(s->world, request->who.arn, &by, err);
    if (!rc && reason.ptr != NULL)
        rc = world_intern(s->world, reason, &kept, err);
    return rc ? rc : engine_set_transition(s->world, p, stage, is_open, kept, by, err);
}

enum err_code pipelines_open_stage(struct service *s, struct request *request, struct reply *reply,
                                   struct err *err)
{
    return set_stage(s, request, reply, true, err);
}

enum err_code pipelines_close_stage(struct service *s, struct request *request, struct reply *reply,
                                    struct err *err)
{
    return set_stage(s, request, reply, false, err);
}
