/* Stop an execution: let the running actions finish, or abandon them to their providers. */
#include "core/operate/way.h"

enum { STOP_REASON_MAX = 200, LISTED = 5, RUNNING_MAX = 300 };

struct stopping {
    struct sv execution;
};

static bool is_running(const struct execution *e)
{
    return e->status == STATUS_IN_PROGRESS || e->status == STATUS_STOPPING;
}

/* "which of them: 3f65a1b2 (since 09:12), ..." */
static enum err_code refuse_choice(struct turn *t, const struct execution *all, size_t count,
                                   size_t running, struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    size_t told = 0;

    sb_init(&names, 1000);
    for (size_t i = 0; i < count && told < LISTED; i++) {
        if (!is_running(&all[i]))
            continue;
        told++;
        if (sb_addf(&names, NULL, "%s" SV_FMT " (%s)", told > 1 ? ", " : "", SV_ARG(all[i].id),
                    status_aws(all[i].status)))
            break;
    }
    return turn_wrong(t, err, "%zu executions run: name one with --execution: %s%s", running,
                      sb_cstr(&names), running > told ? ", ..." : "");
}

static enum err_code choose(struct turn *t, const struct execution **out, struct err *err)
{
    struct sv wanted = t->operand->execution_id;
    struct pipe_list past;
    size_t running = 0;
    enum err_code rc = pipe_past(t, SV(""), &past, err);

    *out = NULL;
    for (size_t i = 0; i < past.count && !rc; i++) {
        if (wanted.len > 0 ? !id_matches(past.runs[i].id, wanted) : !is_running(&past.runs[i]))
            continue;
        running++;
        *out = &past.runs[i];
    }
    if (rc || running == 1)
        return rc;
    *out = NULL;
    if (running > 1)
        return refuse_choice(t, past.runs, past.count, running, err);
    if (wanted.len > 0)
        return turn_text(t, &t->refusal, err,
                         "no execution " SV_FMT " is among the latest %d of " SV_FMT,
                         SV_ARG(sv_take(wanted, 64)), PIPE_EXECUTIONS, SV_ARG(t->operand->id.name));
    return turn_text(t, &t->refusal, err, "nothing runs in " SV_FMT, SV_ARG(t->operand->id.name));
}

/* The stage that it is in; in PARALLEL mode the state may tell of another execution. */
static const struct stage_state *stage_of(const struct pipeline_state *state, struct sv execution)
{
    for (size_t i = 0; i < state->stage_count; i++) {
        const struct stage_state *s = &state->stages[i];

        if (sv_eq(s->execution_id, execution) && status_is_running(s->status))
            return s;
    }
    return NULL;
}

/* "Build, Test and 3 more" */
static enum err_code name_running(const struct stage_state *s, struct sb *out, struct err *err)
{
    size_t left = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; s != NULL && i < s->action_count && !rc; i++) {
        if (!status_is_running(s->actions[i].status))
            continue;
        if (out->len < RUNNING_MAX)
            rc = sb_addf(out, err, "%s" SV_FMT, out->len > 0 ? ", " : "",
                         SV_ARG(sv_take(s->actions[i].name, 100)));
        else
            left++;
    }
    return rc || left == 0 ? rc : sb_addf(out, err, " and %zu more", left);
}

static enum err_code tell(struct turn *t, const struct execution *e, const struct stage_state *s,
                          struct err *err)
{
    CLEANUP(sb_release) struct sb running;
    enum err_code rc;

    sb_init(&running, RUNNING_MAX + 200);
    rc = name_running(s, &running, err);
    if (!rc)
        rc = turn_text(t, &t->state, err, "execution " SV_FMT " %s%s" SV_FMT,
                       SV_ARG(short_id(e->id)), status_aws(e->status), s == NULL ? "" : " in ",
                       SV_ARG(s == NULL ? SV("") : s->name));
    if (rc)
        return rc;
    if (t->input->is_abandon)
        return turn_text(t, &t->effect, err,
                         "abandons what runs (%s): whatever its provider has begun, such as a "
                         "stack update, goes on there",
                         running.len > 0 ? sb_cstr(&running) : "nothing now");
    return turn_text(t, &t->effect, err, "stops when what runs has finished (%s)",
                     running.len > 0 ? sb_cstr(&running) : "nothing now");
}

static enum err_code refuse(struct turn *t, const struct execution *e, struct err *err)
{
    if (!is_running(e))
        return turn_text(t, &t->refusal, err, "execution " SV_FMT " has ended already: %s",
                         SV_ARG(short_id(e->id)), status_aws(e->status));
    if (e->status == STATUS_STOPPING && !t->input->is_abandon)
        return turn_text(t, &t->refusal, err,
                         "execution " SV_FMT " is stopping already; abandoning is still possible",
                         SV_ARG(short_id(e->id)));
    if (t->input->reason.len == 0)
        return turn_wrong(t, err, "a reason is needed: say why with --reason");
    if (turn_characters(t->input->reason) > STOP_REASON_MAX)
        return turn_wrong(t, err, "the reason has %zu characters, and AWS takes %d",
                          turn_characters(t->input->reason), STOP_REASON_MAX);
    return ERR_OK;
}

/* What waits before the stage goes in as soon as this one has left it. */
static bool lets_in(const struct stage_state *s)
{
    return s != NULL && s->inbound_id.len > 0 && s->transition_enabled;
}

static enum err_code find_environment(struct turn *t, const struct pipeline_state *state,
                                      const struct stage_state *s, struct err *err)
{
    struct way way;

    if (lets_in(s))
        return way_find(t, state, NULL, s->name, WAY_ENTERS, &way, err);
    return pipe_environment(t, state, s == NULL ? SV("") : s->name, err);
}

static enum err_code tell_next(struct turn *t, const struct stage_state *s, struct err *err)
{
    enum err_code rc = turn_text(t, &t->effect, err,
                                 SV_FMT "; then execution " SV_FMT " goes into " SV_FMT "%s" SV_FMT,
                                 SV_ARG(t->effect), SV_ARG(short_id(s->inbound_id)),
                                 SV_ARG(s->name), sv_eq(t->way, s->name) ? "" : ", as far as ",
                                 SV_ARG(sv_eq(t->way, s->name) ? SV("") : t->way));

    return rc ? rc
              : turn_text(t, &t->hint, err,
                          "disable the transition into " SV_FMT " first, else execution " SV_FMT
                          " that waits there goes in",
                          SV_ARG(s->name), SV_ARG(short_id(s->inbound_id)));
}

static enum err_code look(struct turn *t, struct err *err)
{
    struct stopping *found = arena_alloc(t->arena, 1, sizeof *found);
    struct pipeline_state state;
    const struct execution *e;
    const struct stage_state *s;
    enum err_code rc;

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    found->execution = t->operand->execution_id;
    rc = choose(t, &e, err);
    if (!rc)
        rc = pipe_state(t, &state, err);
    if (!rc)
        rc = pipe_resource(t, SV(""), SV(""), err);
    if (rc)
        return rc;
    if (e == NULL)
        return pipe_environment(t, &state, SV(""), err);
    found->execution = e->id;
    t->execution = e->id;
    s = stage_of(&state, e->id);
    rc = find_environment(t, &state, s, err);
    if (!rc)
        rc = tell(t, e, s, err);
    if (!rc)
        rc = refuse(t, e, err);
    return rc || !lets_in(s) ? rc : tell_next(t, s, err);
}

static enum err_code send(struct turn *t, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct stopping *found = t->found;
    const struct aws_reply *reply;
    struct jw w;
    enum err_code rc;

    sb_init(&body, 64 * 1024);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", t->operand->id.name);
    jw_put_sv(&w, "pipelineExecutionId", found->execution);
    jw_put_bool(&w, "abandon", t->input->is_abandon);
    jw_put_sv(&w, "reason", t->input->reason);
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (!rc)
        rc = turn_write(t, OP_STOP_PIPELINE_EXECUTION, sb_sv(&body), "stop the execution", &reply,
                        err);
    return rc ? rc
              : turn_text(t, &t->result, err, "execution " SV_FMT " is stopping",
                          SV_ARG(short_id(found->execution)));
}

static enum err_code was_done(struct turn *t, bool *is_done, struct err *err)
{
    const struct stopping *found = t->found;
    enum status status;
    enum err_code rc = pipe_execution_status(t, found->execution, &status, err);

    if (rc)
        return rc;
    /* It may have been stopping before, by a stop that waits. */
    if (t->input->is_abandon && status == STATUS_STOPPING)
        return err_set(err, ERR_FAILED,
                       "execution " SV_FMT
                       " is Stopping, which does not tell whether it is abandoned",
                       SV_ARG(short_id(found->execution)));
    /* One that ended by itself meanwhile needs no stop either. */
    *is_done = status != STATUS_IN_PROGRESS && status != STATUS_UNKNOWN;
    return turn_text(t, &t->result, err, "execution " SV_FMT " is %s",
                     SV_ARG(short_id(found->execution)), status_aws(status));
}

static enum err_code trace(const struct turn *t, struct sb *out, struct err *err)
{
    const struct stopping *found = t->found;

    return sb_add(out, found->execution, err);
}

static enum err_code recall(struct turn *t, struct sv trace, struct err *err)
{
    struct stopping *found = arena_alloc(t->arena, 1, sizeof *found);

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    found->execution = trace;
    return ERR_OK;
}

static enum err_code aws_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct stopping *found = t->found;
    enum err_code rc = line_aws(t, "codepipeline", "stop-pipeline-execution", out, err);

    if (!rc)
        rc = line_option(out, "pipeline-name", t->operand->id.name, err);
    if (!rc)
        rc = line_option(out, "pipeline-execution-id", found->execution, err);
    if (!rc && t->input->is_abandon)
        rc = sb_add(out, SV(" --abandon"), err);
    return rc ? rc : line_text(out, "reason", t->input->reason, err);
}

static enum err_code own_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct stopping *found = t->found;
    enum err_code rc = line_own(t, "stop", out, err);

    if (!rc)
        rc = line_word(out, t->operand->id.name, err);
    if (!rc)
        rc = line_option(out, "execution", found->execution, err);
    if (!rc && t->input->is_abandon)
        rc = sb_add(out, SV(" --abandon"), err);
    return rc ? rc : line_option(out, "reason", t->input->reason, err);
}

const struct operation operation_stop = {
    .iam = "codepipeline:StopPipelineExecution",
    .verb = "stop",
    .is_whole = true,
    .look = look,
    .send = send,
    .was_done = was_done,
    .trace = trace,
    .recall = recall,
    .aws_line = aws_line,
    .own_line = own_line,
};
