/* Retry a stage: its failed actions, or all of them. Only the execution that is the latest in the
 * stage can be, and only while the pipeline is what it ran with. */
#include "core/operate/way.h"

enum { NAMES_MAX = 300, TRACED = 6 /* runs: the audit keeps them in a line */ };

struct retrying {
    struct sv execution;
    const struct action_state *actions; /* of the stage, as this execution ran them */
    size_t action_count;
    enum status stage;
    struct sv condition; /* of the stage, that holds; "" = none */
    struct sv condition_text;
};

/* What AWS tells of the execution that would go on. */
struct executed {
    enum status status;
    int64_t version;
    enum pipeline_mode mode;
};

static enum err_code read_execution(struct turn *t, struct sv id, struct executed *out,
                                    struct err *err)
{
    const struct ask_member members[] = {
        {"pipelineName", t->operand->id.name}, {"pipelineExecutionId", id}, ASK_END};
    const struct aws_reply *reply;
    const cJSON *json;
    enum err_code rc = turn_ask(t, OP_GET_PIPELINE_EXECUTION, members, &reply, err);

    if (rc)
        return rc;
    json = json_get(reply->json, "pipelineExecution");
    *out = (struct executed){.status = status_from_aws(json_sv(json, "status")),
                             .version = json_int(json, "pipelineVersion", 0),
                             .mode = pipeline_mode_from_aws(json_sv(json, "executionMode"))};
    return ERR_OK;
}

/* ---- the actions ---- */

static bool can_rerun(enum status s)
{
    return s == STATUS_FAILED || s == STATUS_ABANDONED;
}

/* In PARALLEL mode the state tells of one execution only: the runs tell of this one. Newest first,
 * so the first of an action counts. */
static enum err_code actions_from_runs(struct turn *t, struct retrying *r, struct err *err)
{
    struct action_run *runs;
    struct action_state *actions;
    size_t count;
    enum err_code rc = pipe_runs(t, r->execution, &runs, &count, err);

    if (rc)
        return rc;
    actions = arena_alloc(t->arena, count + 1, sizeof *actions);
    if (actions == NULL)
        return arena_err(t->arena, err);
    r->action_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_known = !sv_eq(runs[i].stage, t->operand->stage);

        for (size_t k = 0; k < r->action_count && !is_known; k++)
            is_known = sv_eq(actions[k].name, runs[i].action.name);
        if (!is_known)
            actions[r->action_count++] = runs[i].action;
    }
    r->actions = actions;
    r->stage = STATUS_SUCCEEDED;
    for (size_t i = 0; i < r->action_count; i++)
        r->stage = status_worst(r->stage, actions[i].status);
    return ERR_OK;
}

static size_t count_of(const struct retrying *r, bool (*is)(enum status))
{
    size_t count = 0;

    for (size_t i = 0; i < r->action_count; i++)
        count += is(r->actions[i].status);
    return count;
}

static bool is_any(enum status s UNUSED)
{
    return true;
}

/* "Deploy, Test and 3 more" */
static enum err_code name_actions(const struct retrying *r, bool (*is)(enum status), struct sb *out,
                                  struct err *err)
{
    size_t left = 0;
    enum err_code rc = ERR_OK;

    for (size_t i = 0; i < r->action_count && !rc; i++) {
        if (!is(r->actions[i].status))
            continue;
        if (out->len < NAMES_MAX)
            rc = sb_addf(out, err, "%s" SV_FMT, out->len > 0 ? ", " : "",
                         SV_ARG(sv_take(r->actions[i].name, 100)));
        else
            left++;
    }
    return rc || left == 0 ? rc : sb_addf(out, err, " and %zu more", left);
}

/* A change set that a failed run has used up: its execution alone can never succeed again. */
static bool lost_change_set(const struct retrying *r)
{
    for (size_t i = 0; i < r->action_count; i++) {
        struct sv text = r->actions[i].error_message;

        if (can_rerun(r->actions[i].status) && sv_find(text, SV("ChangeSet")) >= 0 &&
            sv_find(text, SV("does not exist")) >= 0)
            return true;
    }
    return false;
}

/* ---- telling ---- */

static enum err_code tell(struct turn *t, const struct retrying *r, struct err *err)
{
    CLEANUP(sb_release) struct sb failed;
    CLEANUP(sb_release) struct sb all;
    size_t count = count_of(r, t->input->is_all ? is_any : can_rerun);
    enum err_code rc;

    sb_init(&failed, NAMES_MAX + 200);
    sb_init(&all, NAMES_MAX + 200);
    rc = name_actions(r, can_rerun, &failed, err);
    if (!rc)
        rc = name_actions(r, t->input->is_all ? is_any : can_rerun, &all, err);
    if (!rc)
        rc = turn_text(t, &t->state, err, "execution " SV_FMT " in " SV_FMT ": %s%s%s",
                       SV_ARG(short_id(r->execution)), SV_ARG(t->operand->stage),
                       status_aws(r->stage), failed.len > 0 ? ", failed: " : "", sb_cstr(&failed));
    if (!rc)
        rc = turn_text(t, &t->effect, err, "re-runs %s%zu action%s: %s",
                       t->input->is_all && count > 1 ? "all " : "", count, count == 1 ? "" : "s",
                       sb_cstr(&all));
    if (!rc && !t->input->is_all && lost_change_set(r))
        rc = turn_text(t, &t->hint, err,
                       "its change set is gone, so the failed action alone will fail again: retry "
                       "all actions (--all-actions)");
    return rc;
}

/* A stage that fails without an action was failed by a condition. */
static enum err_code refuse_whole(struct turn *t, const struct retrying *r, struct err *err)
{
    if (r->condition.len > 0)
        return turn_text(t, &t->refusal, err,
                         "no action failed in " SV_FMT ": its condition " SV_FMT " (" SV_FMT
                         ") holds it: override that",
                         SV_ARG(t->operand->stage), SV_ARG(r->condition),
                         SV_ARG(sv_take(r->condition_text, 300)));
    if (can_rerun(r->stage))
        return turn_text(t, &t->refusal, err,
                         "no action failed in " SV_FMT ", though the stage is %s: there is nothing "
                         "to retry in it",
                         SV_ARG(t->operand->stage), status_aws(r->stage));
    return turn_text(t, &t->refusal, err,
                     "nothing failed in " SV_FMT " (it is %s): only a stage with failed or "
                     "abandoned actions can be retried",
                     SV_ARG(t->operand->stage), status_aws(r->stage));
}

static enum err_code refuse(struct turn *t, const struct retrying *r, const struct executed *e,
                            int64_t version, struct err *err)
{
    if (count_of(r, can_rerun) == 0)
        return refuse_whole(t, r, err);
    if (e->status == STATUS_SUPERSEDED)
        return turn_text(t, &t->refusal, err,
                         "execution " SV_FMT " is superseded by a newer one: release a change "
                         "instead",
                         SV_ARG(short_id(r->execution)));
    if (e->version != version)
        return turn_text(t, &t->refusal, err,
                         "the pipeline has changed since (version %lld, now %lld): release a "
                         "change instead",
                         (long long)e->version, (long long)version);
    if (t->input->is_all && count_of(r, status_is_running) > 0)
        return turn_text(t, &t->refusal, err,
                         "actions still run in " SV_FMT
                         ": all can be retried only when nothing does",
                         SV_ARG(t->operand->stage));
    return ERR_OK;
}

static enum err_code examine(struct turn *t, const struct pipeline_state *state,
                             const struct stage_state *s, struct retrying *r, struct err *err)
{
    struct executed e = {0};
    struct sv wanted = t->operand->execution_id;
    enum err_code rc;

    r->execution =
        wanted.len > 0 && !id_matches(s->execution_id, wanted) ? wanted : s->execution_id;
    if (r->execution.len == 0)
        return turn_text(t, &t->refusal, err, "stage " SV_FMT " has not run yet", SV_ARG(s->name));
    r->actions = s->actions;
    r->action_count = s->action_count;
    r->stage = s->status;
    rc = read_execution(t, r->execution, &e, err);
    if (!rc && !sv_eq(r->execution, s->execution_id) && e.mode != MODE_PARALLEL)
        return turn_text(t, &t->refusal, err,
                         "execution " SV_FMT " is not the latest in " SV_FMT ": " SV_FMT " is",
                         SV_ARG(short_id(r->execution)), SV_ARG(s->name),
                         SV_ARG(short_id(s->execution_id)));
    r->condition = s->condition;
    r->condition_text = s->condition_text;
    if (!rc && e.mode == MODE_PARALLEL)
        rc = actions_from_runs(t, r, err);
    if (!rc)
        rc = tell(t, r, err);
    return rc ? rc : refuse(t, r, &e, state->version, err);
}

static enum err_code look(struct turn *t, struct err *err)
{
    struct retrying *found = arena_alloc(t->arena, 1, sizeof *found);
    struct pipeline_state state;
    const struct stage_state *s;
    struct way way;
    enum err_code rc;

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    rc = pipe_state(t, &state, err);
    if (!rc)
        rc = pipe_stage(t, &state, &s, err);
    if (!rc)
        rc = way_find(t, &state, NULL, s->name, WAY_RUNS, &way, err);
    if (!rc)
        rc = pipe_resource(t, s->name, SV(""), err);
    return rc ? rc : examine(t, &state, s, found, err);
}

static struct sv mode_of(const struct turn *t)
{
    return t->input->is_all ? SV("ALL_ACTIONS") : SV("FAILED_ACTIONS");
}

static enum err_code send(struct turn *t, struct err *err)
{
    const struct retrying *found = t->found;
    const struct ask_member members[] = {{"pipelineName", t->operand->id.name},
                                         {"stageName", t->operand->stage},
                                         {"pipelineExecutionId", found->execution},
                                         {"retryMode", mode_of(t)},
                                         ASK_END};
    const struct aws_reply *reply;
    enum err_code rc =
        turn_send(t, OP_RETRY_STAGE_EXECUTION, members, "retry the stage", &reply, err);

    t->execution = found->execution;
    return rc ? rc
              : turn_text(t, &t->result, err, "execution " SV_FMT " goes on",
                          SV_ARG(found->execution));
}

/* A retry's run has an id of its own. The times of the state and of the history need not agree. */
static enum err_code was_rerun(const struct turn *t, const struct action_run *runs, size_t count,
                               const struct action_state *old, bool *out, struct err *err)
{
    const struct action_run *latest = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct action_run *r = &runs[i];

        if (!sv_eq(r->stage, t->operand->stage) || !sv_eq(r->action.name, old->name))
            continue;
        if (latest == NULL)
            latest = r;
        if (old->execution_id.len > 0 && !sv_eq(r->action.execution_id, old->execution_id))
            continue;
        *out = old->execution_id.len > 0 ? r != latest : r->action.status != old->status;
        return ERR_OK;
    }
    return err_set(err, ERR_FAILED, "the history does not show the failed run of " SV_FMT " yet",
                   SV_ARG(sv_take(old->name, 100)));
}

static enum err_code was_done(struct turn *t, bool *is_done, struct err *err)
{
    const struct retrying *found = t->found;
    struct action_run *runs;
    size_t count;
    enum err_code rc = pipe_runs(t, found->execution, &runs, &count, err);

    for (size_t i = 0; i < found->action_count && !rc && !*is_done; i++) {
        if (can_rerun(found->actions[i].status))
            rc = was_rerun(t, runs, count, &found->actions[i], is_done, err);
    }
    t->execution = found->execution;
    return rc ? rc
              : turn_text(t, &t->result, err, "execution " SV_FMT " goes on",
                          SV_ARG(found->execution));
}

/* "EXECUTION/ACTION:RUN/ACTION:RUN" */
static enum err_code trace(const struct turn *t, struct sb *out, struct err *err)
{
    const struct retrying *found = t->found;
    enum err_code rc = sb_add(out, found->execution, err);

    for (size_t i = 0, told = 0; i < found->action_count && told < TRACED && !rc; i++) {
        const struct action_state *a = &found->actions[i];

        if (!can_rerun(a->status) || a->execution_id.len == 0)
            continue;
        told++;
        rc = sb_addf(out, err, "/" SV_FMT ":" SV_FMT, SV_ARG(a->name), SV_ARG(a->execution_id));
    }
    return rc;
}

static enum err_code recall(struct turn *t, struct sv trace, struct err *err)
{
    struct retrying *found = arena_alloc(t->arena, 1, sizeof *found);
    struct action_state *actions = arena_alloc(t->arena, TRACED, sizeof *actions);
    size_t count = 0;
    struct sv rest;

    if (found == NULL || actions == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    found->execution = sv_cut(trace, '/', &rest);
    for (; rest.ptr != NULL && count < TRACED; count++) {
        actions[count].status = STATUS_FAILED;
        actions[count].name = sv_cut(sv_cut(rest, '/', &rest), ':', &actions[count].execution_id);
    }
    found->actions = actions;
    found->action_count = count;
    return count > 0 ? ERR_OK : err_set(err, ERR_FAILED, "what failed then is not known any more");
}

static enum err_code aws_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct retrying *found = t->found;
    enum err_code rc = line_aws(t, "codepipeline", "retry-stage-execution", out, err);

    if (!rc)
        rc = line_option(out, "pipeline-name", t->operand->id.name, err);
    if (!rc)
        rc = line_option(out, "stage-name", t->operand->stage, err);
    if (!rc)
        rc = line_option(out, "pipeline-execution-id", found->execution, err);
    return rc ? rc : line_option(out, "retry-mode", mode_of(t), err);
}

static enum err_code own_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct retrying *found = t->found;
    enum err_code rc = line_own(t, "retry", out, err);

    if (!rc)
        rc = line_word(out, t->operand->id.name, err);
    if (!rc)
        rc = line_word(out, t->operand->stage, err);
    if (!rc)
        rc = line_option(out, "execution", found->execution, err);
    return rc || !t->input->is_all ? rc : sb_add(out, SV(" --all-actions"), err);
}

const struct operation operation_retry = {
    .iam = "codepipeline:RetryStageExecution",
    .verb = "retry",
    .look = look,
    .send = send,
    .was_done = was_done,
    .trace = trace,
    .recall = recall,
    .aws_line = aws_line,
    .own_line = own_line,
};
