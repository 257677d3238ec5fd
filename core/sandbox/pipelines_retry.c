/* CodePipeline: a stage once more, with what it had or with what an earlier run had. */
#include "core/sandbox/call.h"
#include "core/sandbox/engine.h"
#include "core/sandbox/input.h"

/* The same rules and sentences as the operations of input.h. */
struct stage_input {
    struct input in;
    struct pipe *p;
    struct run *run;
    size_t stage;
};

static bool read_stage(struct call *c, const char *run_member, struct stage_input *out)
{
    struct input *in = &out->in;
    struct sv stage;

    *out = (struct stage_input){
        .in = {.service = c->service, .request = c->request, .reply = c->reply, .json = c->in}};
    out->p = input_pipe(in, "pipelineName");
    stage = input_text(in, NULL, "stageName", TEXT_NAME, true);
    (void)input_text(in, NULL, run_member, TEXT_UUID, true);
    c->has_failed = in->has_failed || !input_stage(in, out->p, stage, &out->stage);
    return !c->has_failed;
}

static void put_id(struct call *c, const struct run *run)
{
    char id[UID_SIZE];

    call_put(c, "pipelineExecutionId", sv_of(uid_text(run->id, id)));
}

/* Something to do, nothing that still works, and the definition as it was. */
static bool is_retryable(const struct stage_input *si)
{
    const struct run *run = si->run;
    const struct stage_shape *stage = &si->p->shape->stages[si->stage];
    bool has_failed = false;

    if (run->version != si->p->version || !run_is_over(run) || run->stage != si->stage ||
        (run->status != RUN_FAILED && run->status != RUN_STOPPED))
        return false;
    for (size_t i = 0; i < stage->action_count; i++) {
        uint8_t status = run->attempts[stage->first + i].status;

        has_failed = has_failed || status == RUN_FAILED || status == RUN_ABANDONED;
    }
    return has_failed;
}

void pipelines_retry(struct call *c)
{
    struct stage_input si;
    struct sv mode = call_text(c, "retryMode", true);
    const struct stage_now *now;
    char id[UID_SIZE];

    if (c->has_failed || !read_stage(c, "pipelineExecutionId", &si))
        return;
    if (!sv_eq(mode, SV("FAILED_ACTIONS")) && !sv_eq(mode, SV("ALL_ACTIONS")))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT
                  "' at 'retryMode' failed to satisfy "
                  "constraint: Member must satisfy enum value set: [FAILED_ACTIONS, ALL_ACTIONS]",
                  SV_ARG(mode));
    si.run = c->has_failed ? NULL : input_run(&si.in, si.p, json_sv(c->in, "pipelineExecutionId"));
    if (si.run == NULL) {
        /* The model of this operation has no word for a run that is not there. */
        c->has_failed = true;
        return;
    }
    now = &si.p->stages[si.stage];
    if (now->latest != si.run)
        call_fail(c, 400, "NotLatestPipelineExecutionException",
                  "The execution '%s' is not the latest one in stage '%s'",
                  uid_text(si.run->id, id), si.p->shape->stages[si.stage].name);
    else if (!is_retryable(&si))
        call_fail(c, 400, "StageNotRetryableException",
                  "The stage named %s in the %s pipeline can't be retried now. Either it contains "
                  "no failed actions, the execution '%s' is already superseded, or the pipeline "
                  "definition has changed since the action(s) failed.",
                  si.p->shape->stages[si.stage].name, si.p->name, uid_text(si.run->id, id));
    if (c->has_failed || !call_ok(c, engine_retry(c->service->world, si.p, si.run,
                                                  sv_eq(mode, SV("ALL_ACTIONS")), c->err)))
        return;
    put_id(c, si.run);
}

static bool has_succeeded(const struct stage_input *si)
{
    const struct stage_shape *stage = &si->p->shape->stages[si->stage];

    for (size_t i = 0; i < stage->action_count; i++) {
        if (si->run->attempts[stage->first + i].status != RUN_SUCCEEDED)
            return false;
    }
    return true;
}

void pipelines_rollback(struct call *c)
{
    struct start start = {.trigger = "ManualRollback"};
    struct stage_input si;
    struct run *run = NULL;

    if (!read_stage(c, "targetPipelineExecutionId", &si))
        return;
    si.run = input_run(&si.in, si.p, json_sv(c->in, "targetPipelineExecutionId"));
    c->has_failed = si.run == NULL;
    if (c->has_failed)
        return;
    if (si.run->version != si.p->version)
        call_fail(c, 400, "PipelineExecutionOutdatedException",
                  "The execution is of version %d of the pipeline, which is now %d",
                  si.run->version, si.p->version);
    else if (si.stage == 0 || strcmp(si.p->type, "V2") != 0 || si.p->mode == RUN_MODE_PARALLEL ||
             !has_succeeded(&si))
        call_fail(c, 400, "UnableToRollbackStageException",
                  "The stage '%s' cannot be rolled back to this execution: it must have succeeded "
                  "there, in a pipeline of type V2 that is not PARALLEL, and not in its source "
                  "stage",
                  si.p->shape->stages[si.stage].name);
    if (c->has_failed ||
        !call_ok(c, world_intern(c->service->world, c->request->who.arn, &start.detail, c->err)) ||
        !call_ok(c, engine_rollback(c->service->world, si.p, si.stage, si.run->id, &start, &run,
                                    c->err)))
        return;
    put_id(c, run);
}
