/* CodePipeline: a stage once more, with what it had or with what an earlier run had, or on from a
 * stage in spite of its condition. */
#include "core/sandbox/call.h"
#include "core/sandbox/conditions.h"
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

/* The run must be the latest in the stage. These operations have no other word for one that is not
 * there either. */
static bool read_latest(struct call *c, struct stage_input *si)
{
    struct sv id = json_sv(c->in, "pipelineExecutionId");
    struct uid uid;

    si->run = uid_parse(id, &uid) ? pipe_find_run(si->p, uid) : NULL;
    if (si->run == NULL || si->p->stages[si->stage].latest != si->run)
        call_fail(c, 400, "NotLatestPipelineExecutionException",
                  "The execution '" SV_FMT "' is not the latest one in stage '%s'", SV_ARG(id),
                  si->p->shape->stages[si->stage].name);
    return !c->has_failed;
}

/* A run more is on its way, where there is a most. */
static void check_room(struct call *c, const struct pipe *p, const struct run *run)
{
    size_t on_their_way = 0;

    for (size_t i = 0; i < p->run_count; i++)
        on_their_way += !run_is_over(p->runs[i]);
    if (!c->has_failed && p->mode != RUN_MODE_SUPERSEDED && run_is_over(run) &&
        on_their_way >= RUNS_AT_ONCE)
        call_fail(c, 400, "ConcurrentPipelineExecutionsLimitExceededException",
                  "Pipeline '%s' has reached the limit of concurrent executions", p->name);
}

struct tally {
    bool has_failed;
    bool has_running;
    bool has_rest; /* that was never begun */
};

static struct tally tally_of(const struct stage_input *si)
{
    const struct stage_shape *stage = &si->p->shape->stages[si->stage];
    struct tally tally = {false, false, false};

    for (size_t i = 0; i < stage->action_count; i++) {
        uint8_t status = si->run->attempts[stage->first + i].status;

        tally.has_failed = tally.has_failed || status == RUN_FAILED || status == RUN_ABANDONED;
        tally.has_running = tally.has_running || status == RUN_IN_PROGRESS;
        tally.has_rest = tally.has_rest || status == RUN_NONE;
    }
    return tally;
}

/* Something to do, and the definition as it was. Failed actions can be begun again while others of
 * the stage still work; all of them only when none does. */
static bool is_retryable(const struct stage_input *si, bool all)
{
    const struct run *run = si->run;
    struct tally tally;

    if (run->version != si->p->version || run->stage != si->stage)
        return false;
    tally = tally_of(si);
    if (!run_is_over(run))
        return !all && run->status == RUN_IN_PROGRESS && tally.has_failed && tally.has_running;
    if (run->status == RUN_STOPPED)
        return tally.has_failed || tally.has_rest;
    return run->status == RUN_FAILED && tally.has_failed;
}

void pipelines_retry(struct call *c)
{
    struct stage_input si;
    struct sv mode = call_text(c, "retryMode", true);
    bool all = sv_eq(mode, SV("ALL_ACTIONS"));
    char id[UID_SIZE];

    if (c->has_failed || !read_stage(c, "pipelineExecutionId", &si))
        return;
    if (!sv_eq(mode, SV("FAILED_ACTIONS")) && !all)
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT
                  "' at 'retryMode' failed to satisfy "
                  "constraint: Member must satisfy enum value set: [FAILED_ACTIONS, ALL_ACTIONS]",
                  SV_ARG(mode));
    if (c->has_failed || !read_latest(c, &si))
        return;
    if (!is_retryable(&si, all))
        call_fail(c, 400, "StageNotRetryableException",
                  "The stage named %s in the %s pipeline can't be retried now. Either it contains "
                  "no failed actions, the execution '%s' is already superseded, or the pipeline "
                  "definition has changed since the action(s) failed.",
                  si.p->shape->stages[si.stage].name, si.p->name, uid_text(si.run->id, id));
    check_room(c, si.p, si.run);
    if (c->has_failed)
        return;
    si.p->stages[si.stage].manual_retries++;
    si.p->stages[si.stage].is_last_auto = false;
    if (call_ok(c, engine_retry(c->service->world, si.p, si.run, all, c->err)))
        put_id(c, si.run);
}

static const char *why_no_rollback(const struct stage_input *si)
{
    if (si->stage == 0)
        return "the source stage cannot be rolled back";
    if (strcmp(si->p->type, "V2") != 0)
        return "only pipelines of type V2 can be rolled back";
    if (si->p->mode == RUN_MODE_PARALLEL)
        return "pipelines in PARALLEL mode cannot be rolled back";
    if (si->run->is_rollback)
        return "the target execution is itself a rollback";
    return stage_was_good(si->p, si->run, si->stage)
               ? NULL
               : "the target execution did not succeed in the stage";
}

void pipelines_rollback(struct call *c)
{
    struct start start = {.trigger = "ManualRollback"};
    struct stage_input si;
    struct run *run = NULL;
    const char *why;

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
    why = c->has_failed ? NULL : why_no_rollback(&si);
    if (why != NULL)
        call_fail(c, 400, "UnableToRollbackStageException",
                  "Unable to roll back the stage '%s': %s", si.p->shape->stages[si.stage].name,
                  why);
    if (c->has_failed ||
        !call_ok(c, world_intern(c->service->world, c->request->who.arn, &start.detail, c->err)) ||
        !call_ok(c, engine_rollback(c->service->world, si.p, si.stage, si.run->id, &start, &run,
                                    c->err)))
        return;
    put_id(c, run);
}

/* ---- in spite of a condition ---- */

static bool read_kind(struct call *c, enum condition_kind *out)
{
    struct sv type = call_text(c, "conditionType", true);

    *out = sv_eq(type, SV("ON_SUCCESS")) ? CONDITION_SUCCESS : CONDITION_ENTRY;
    if (!c->has_failed && *out == CONDITION_ENTRY && !sv_eq(type, SV("BEFORE_ENTRY")))
        call_fail(c, 400, "ValidationException",
                  "1 validation error detected: Value '" SV_FMT
                  "' at 'conditionType' failed to satisfy constraint: Member must satisfy enum "
                  "value set: [BEFORE_ENTRY, ON_SUCCESS]",
                  SV_ARG(sv_take(type, 100)));
    return !c->has_failed;
}

void pipelines_override(struct call *c)
{
    struct stage_input si;
    enum condition_kind kind;
    const char *by = NULL;

    if (!read_kind(c, &kind) || !read_stage(c, "pipelineExecutionId", &si) || !read_latest(c, &si))
        return;
    if (!condition_is_overridable(si.p, si.run, si.stage, kind))
        call_fail(c, 400, "ConditionNotOverridableException",
                  "Unable to override because the condition does not allow overrides");
    check_room(c, si.p, si.run);
    if (c->has_failed ||
        !call_ok(c, world_intern(c->service->world, c->request->who.arn, &by, c->err)))
        return;
    (void)call_ok(c, condition_override(c->service->world, si.p, si.run, kind, by, c->err));
}
