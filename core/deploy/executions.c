#include "core/deploy/executions.h"

#include "core/aws/codepipeline.h"
#include "core/base/time.h"

enum {
    STATE_ARENA = 8 << 20,
    BODY_MAX = 64 * 1024,
    PAUSE_LEAST_MS = 500,
    PAUSE_MOST_MS = 5000,
    BEGIN_MS = 15000
};

struct following {
    struct task *task;
    struct job *job;
    struct deploy *deploy;
    struct aws_session *session;
    struct sv account;
    struct arena arena;
    struct followed *now;
    struct pipeline_state state;
    bool has_told;
};

static enum err_code name_body(struct sv name, const char *member, struct sb *body, struct err *err)
{
    struct jw w;

    jw_init(&w, body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, member, name);
    jw_close(&w, '}');
    return jw_done(&w);
}

static enum err_code read_state(struct following *f, struct sv name, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    arena_clear(&f->arena);
    rc = name_body(name, "name", &body, err);
    if (!rc)
        rc = deploy_read(f->task, f->deploy, f->session, OP_GET_PIPELINE_STATE, sb_sv(&body),
                         &reply, err);
    return rc ? rc : decode_pipeline_state(reply->json, &f->arena, &f->state, err);
}

static enum err_code tell(struct following *f, const struct stage_state *s,
                          const struct action_state *a, struct err *err)
{
    struct job_event event = {.at_ms = a->changed_at,
                              .is_failure = a->status == STATUS_FAILED,
                              .is_progress = status_is_running(a->status)};

    (void)snprintf(event.subject, sizeof event.subject, SV_FMT "/" SV_FMT,
                   SV_ARG(sv_take(f->now->name, 100)), SV_ARG(sv_take(a->name, 90)));
    (void)snprintf(event.type, sizeof event.type, SV_FMT, SV_ARG(sv_take(s->name, 99)));
    (void)snprintf(event.status, sizeof event.status, "%s", status_aws(a->status));
    (void)snprintf(event.text, sizeof event.text, SV_FMT,
                   SV_ARG(sv_take(a->error_message.len > 0 ? a->error_message : a->summary, 399)));
    f->has_told = true;
    return job_event(f->job, &event, err);
}

static void judge_action(struct followed *now, const struct stage_state *s,
                         const struct action_state *a, size_t *running)
{
    if (a->status == STATUS_WAITING)
        (void)snprintf(now->waits_for, sizeof now->waits_for, SV_FMT,
                       SV_ARG(sv_take(a->name, 110)));
    else if (status_is_running(a->status))
        ++*running;
    if (a->status == STATUS_FAILED && now->failure[0] == '\0')
        (void)snprintf(now->failure, sizeof now->failure,
                       SV_FMT ": stage " SV_FMT ", action " SV_FMT " failed: " SV_FMT,
                       SV_ARG(sv_take(now->name, 60)), SV_ARG(sv_take(s->name, 60)),
                       SV_ARG(sv_take(a->name, 60)), SV_ARG(sv_take(a->error_message, 180)));
}

/* What no longer moves by itself although no action failed: a person closed or stopped it. */
static void judge_stage(struct followed *now, const struct stage_state *s, size_t *running)
{
    bool is_ended =
        s->status == STATUS_STOPPED || s->status == STATUS_CANCELLED || s->status == STATUS_ERRORED;

    *running += s->inbound_status == STATUS_IN_PROGRESS && s->transition_enabled;
    if (!s->transition_enabled && s->status != STATUS_SUCCEEDED)
        (void)snprintf(now->waits_for, sizeof now->waits_for, "the closed way into " SV_FMT,
                       SV_ARG(sv_take(s->name, 90)));
    if (is_ended && now->failure[0] == '\0')
        (void)snprintf(now->failure, sizeof now->failure,
                       SV_FMT ": stage " SV_FMT " is %s: release the change again",
                       SV_ARG(sv_take(now->name, 60)), SV_ARG(sv_take(s->name, 60)),
                       status_aws(s->status));
}

/* Tells it when it is not what it was. */
static enum err_code look_at(struct following *f, const struct stage_state *s,
                             const struct action_state *a, size_t number, struct err *err)
{
    uint64_t mark = (uint64_t)a->changed_at * STATUS_COUNT + a->status;

    if (number >= FOLLOWED_ACTIONS || a->status == STATUS_NONE || f->now->told[number] == mark)
        return ERR_OK;
    f->now->told[number] = mark;
    return tell(f, s, a, err);
}

static enum err_code look(struct following *f, size_t *ran, struct err *err)
{
    struct followed *now = f->now;
    size_t running = 0;
    size_t succeeded = 0;
    size_t number = 0;
    enum err_code rc = read_state(f, now->name, err);

    now->waits_for[0] = now->failure[0] = '\0';
    *ran = 0;
    for (size_t i = 0; i < f->state.stage_count && !rc; i++) {
        const struct stage_state *s = &f->state.stages[i];

        succeeded += s->status == STATUS_SUCCEEDED;
        judge_stage(now, s, &running);
        for (size_t k = 0; k < s->action_count && !rc; k++, number++) {
            *ran += s->actions[k].status != STATUS_NONE;
            judge_action(now, s, &s->actions[k], &running);
            rc = look_at(f, s, &s->actions[k], number, err);
        }
    }
    now->rests =
        *ran > 0 && running == 0 &&
        (succeeded == f->state.stage_count || now->waits_for[0] != '\0' || now->failure[0] != '\0');
    return rc;
}

static enum err_code start(struct following *f, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct write write = {.session = f->session,
                          .account = f->account,
                          .op = OP_START_PIPELINE_EXECUTION,
                          .text = "start the first execution"};
    enum err_code rc;

    f->now->is_restarted = true;
    sb_init(&body, BODY_MAX);
    rc = name_body(f->now->name, "name", &body, err);
    if (rc)
        return rc;
    write.body = sb_sv(&body);
    return deploy_write(f->task, f->deploy, &write, &reply, err);
}

static enum err_code look_at_all(struct following *f, struct followed *pipelines, size_t count,
                                 bool may_start, size_t *resting, struct err *err)
{
    enum err_code rc = ERR_OK;

    *resting = 0;
    for (size_t i = 0; i < count && !rc; i++) {
        size_t ran = 1;

        f->now = &pipelines[i];
        if (!f->now->rests)
            rc = look(f, &ran, err);
        if (!rc && ran == 0 && may_start && !f->now->is_restarted)
            rc = start(f, err);
        *resting += f->now->rests;
    }
    return rc;
}

static enum err_code verdict(struct job *job, const struct followed *pipelines, size_t count,
                             struct err *err)
{
    size_t waiting = 0;

    for (size_t i = 0; i < count; i++) {
        if (pipelines[i].failure[0] != '\0')
            return err_set(err, ERR_FAILED, "%s", pipelines[i].failure);
        waiting += pipelines[i].waits_for[0] != '\0';
    }
    if (waiting > 0)
        job_note(job, "green as far as the approvals: %zu of %zu wait for a person", waiting,
                 count);
    else
        job_note(job, "%zu of %zu green", count, count);
    return ERR_OK;
}

enum err_code executions_follow(struct task *task, struct job *job, struct deploy *d,
                                struct aws_session *session, struct sv account,
                                struct followed *pipelines, size_t count, struct err *err)
{
    struct following f = {
        .task = task, .job = job, .deploy = d, .session = session, .account = account};
    int64_t began_ms = time_mono_ms();
    int64_t pause_ms = PAUSE_LEAST_MS;
    size_t resting = 0;
    enum err_code rc = ERR_OK;

    arena_init(&f.arena, STATE_ARENA);
    while (!rc) {
        f.has_told = false;
        rc = look_at_all(&f, pipelines, count, time_mono_ms() - began_ms > BEGIN_MS, &resting, err);
        if (rc || resting == count)
            break;
        if (d->no_wait) {
            rc = err_set(err, ERR_PENDING, "the first executions go on by themselves at AWS");
            break;
        }
        job_note(job, "%zu of %zu have come to rest", resting, count);
        pause_ms = f.has_told ? PAUSE_LEAST_MS : pause_ms * 3 / 2;
        pause_ms = pause_ms > PAUSE_MOST_MS ? PAUSE_MOST_MS : pause_ms;
        rc = task_sleep(task, pause_ms, err);
    }
    arena_release(&f.arena);
    return rc ? rc : verdict(job, pipelines, count, err);
}

static const struct stage_state *failed_stage(const struct pipeline_state *state)
{
    for (size_t i = 0; i < state->stage_count; i++) {
        if (state->stages[i].status == STATUS_FAILED)
            return &state->stages[i];
    }
    return NULL;
}

enum err_code executions_retry(struct task *task, struct deploy *d, struct aws_session *session,
                               struct sv account, struct sv pipeline, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    struct followed now = {.name = pipeline};
    struct following f = {
        .task = task, .deploy = d, .session = session, .account = account, .now = &now};
    const struct aws_reply *reply;
    struct write write = {.session = session,
                          .account = account,
                          .op = OP_RETRY_STAGE_EXECUTION,
                          .text = "retry the stage that failed"};
    const struct stage_state *s;
    struct jw w;
    enum err_code rc;

    sb_init(&body, BODY_MAX);
    arena_init(&f.arena, STATE_ARENA);
    rc = read_state(&f, pipeline, err);
    s = rc ? NULL : failed_stage(&f.state);
    if (s != NULL) {
        jw_init(&w, &body, err);
        jw_open(&w, '{');
        jw_put_sv(&w, "pipelineName", pipeline);
        jw_put_sv(&w, "stageName", s->name);
        jw_put_sv(&w, "pipelineExecutionId", s->execution_id);
        jw_put_sv(&w, "retryMode", SV("FAILED_ACTIONS"));
        jw_close(&w, '}');
        rc = jw_done(&w);
        write.body = sb_sv(&body);
        if (!rc)
            rc = deploy_write(task, d, &write, &reply, err);
    }
    arena_release(&f.arena);
    return rc;
}
