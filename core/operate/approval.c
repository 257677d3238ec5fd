/* Approve and reject. The token is read just before it is sent, is kept in memory for that long,
 * and stands in no line, log or document. In PARALLEL mode GetPipelineState tells no token: there
 * it is the external execution id of the approval's run (facts/aws-api.md 0.1). */
#include "core/aws/caller.h"
#include "core/aws/codepipeline.h"
#include "core/base/time.h"
#include "core/operate/approved.h"
#include "core/operate/way.h"

struct approving {
    struct sv action;
    struct sv token;
    struct sv execution;
    struct sv goal;   /* where it goes when it is approved; "" = not told */
    struct sv others; /* approvals of the stage that wait beside it: "Security, Legal" */
    size_t other_count;
    const struct stage_state *to; /* the stage that it lets it through to */
    bool is_parallel;
};

/* ---- what waits ---- */

static const cJSON *find_named(const cJSON *list, const char *key, struct sv name)
{
    while (list != NULL && !sv_eq(json_sv(list, key), name))
        list = list->next;
    return list;
}

static struct sv token_in(const cJSON *json, struct sv stage, struct sv action)
{
    const cJSON *s = find_named(json_list(json, "stageStates"), "stageName", stage);
    const cJSON *a = find_named(json_list(s, "actionStates"), "actionName", action);

    return json_sv(json_get(a, "latestExecution"), "token");
}

static enum err_code add_other(struct turn *t, struct approving *found, struct sv name,
                               struct err *err)
{
    return turn_text(t, &found->others, err, SV_FMT "%s" SV_FMT, SV_ARG(found->others),
                     found->other_count++ > 0 ? ", " : "", SV_ARG(sv_take(name, 100)));
}

/* The state, and the token out of the same answer. */
static enum err_code read_state(struct turn *t, struct pipeline_state *out,
                                const struct stage_state **stage,
                                const struct action_state **waiting, size_t *count,
                                struct approving *found, struct err *err)
{
    const struct ask_member members[] = {{"name", t->operand->id.name}, ASK_END};
    const struct aws_reply *reply;
    struct sv wanted = t->operand->action;
    enum err_code rc = turn_ask(t, OP_GET_PIPELINE_STATE, members, &reply, err);

    *waiting = NULL;
    *count = 0;
    if (!rc)
        rc = decode_pipeline_state(reply->json, t->arena, out, err);
    if (!rc)
        rc = pipe_stage(t, out, stage, err);
    for (size_t i = 0; !rc && i < (*stage)->action_count; i++) {
        const struct action_state *a = &(*stage)->actions[i];

        if (!a->has_token || a->status != STATUS_WAITING)
            continue;
        if (wanted.len > 0 && !sv_eq(a->name, wanted)) {
            rc = add_other(t, found, a->name, err);
            continue;
        }
        (*count)++;
        *waiting = a;
    }
    if (rc || *count != 1)
        return rc;
    found->action = (*waiting)->name;
    found->execution = (*stage)->execution_id;
    return turn_keep(t, token_in(reply->json, (*stage)->name, found->action), &found->token, err);
}

static bool waits_in(const struct action_run *r, struct sv stage)
{
    return sv_eq(r->stage, stage) && r->action.status == STATUS_WAITING &&
           r->action.external_id.len > 0;
}

/* The other approvals that are open in the execution that was found. */
static enum err_code find_others(struct turn *t, struct approving *found,
                                 const struct action_run *runs, size_t count, struct err *err)
{
    enum err_code rc = ERR_OK;

    found->others = SV("");
    found->other_count = 0;
    for (size_t i = 0; i < count && !rc; i++) {
        if (waits_in(&runs[i], t->operand->stage) &&
            sv_eq(runs[i].execution_id, found->execution) &&
            !sv_eq(runs[i].action.name, found->action))
            rc = add_other(t, found, runs[i].action.name, err);
    }
    return rc;
}

/* A run of the approval that is open, in an execution of its own. */
static enum err_code read_runs(struct turn *t, struct approving *found, int64_t *since,
                               size_t *count, struct err *err)
{
    const struct operand *o = t->operand;
    struct action_run *runs;
    size_t all;
    enum err_code rc = pipe_runs(t, o->execution_id, &runs, &all, err);

    *count = 0;
    for (size_t i = 0; i < all && !rc; i++) {
        const struct action_run *r = &runs[i];

        if (!waits_in(r, o->stage) || (o->action.len > 0 && !sv_eq(r->action.name, o->action)))
            continue;
        (*count)++;
        found->action = r->action.name;
        found->execution = r->execution_id;
        found->token = r->action.external_id;
        found->is_parallel = true;
        *since = r->action.changed_at;
    }
    return rc ? rc : find_others(t, found, runs, all, err);
}

/* Who was first: "it was approved already by ana, 5m ago: looks fine". */
static enum err_code tell_answered(struct turn *t, const struct stage_state *s, struct sv *out,
                                   struct err *err)
{
    for (size_t i = 0; i < s->action_count; i++) {
        const struct action_state *a = &s->actions[i];
        char age[TIME_AGE_SIZE];

        if ((t->operand->action.len > 0 && !sv_eq(a->name, t->operand->action)) ||
            (a->status != STATUS_SUCCEEDED && a->status != STATUS_FAILED) || a->updated_by.len == 0)
            continue;
        (void)time_age(a->changed_at, time_wall_ms(), age);
        return turn_text(t, out, err, SV_FMT " was %s already by " SV_FMT " (%s%s)%s" SV_FMT,
                         SV_ARG(a->name), a->status == STATUS_SUCCEEDED ? "approved" : "rejected",
                         SV_ARG(sv_take(a->updated_by, 200)), age,
                         strcmp(age, "now") == 0 ? "" : " ago", a->summary.len > 0 ? ": " : "",
                         SV_ARG(sv_take(a->summary, 200)));
    }
    return turn_text(t, out, err, "no approval waits in " SV_FMT, SV_ARG(s->name));
}

/* ---- what it lets through ---- */

static bool is_approve(const struct turn *t)
{
    return t->operation == &operation_approve;
}

static struct released_ask ask_of(const struct turn *t, const struct approving *found)
{
    return (struct released_ask){.id = &t->operand->id,
                                 .execution = found->execution,
                                 .to = found->to,
                                 .is_parallel = found->is_parallel};
}

static enum err_code tell_effect(struct turn *t, const struct approving *found, struct err *err)
{
    const struct released_ask ask = ask_of(t, found);
    struct sv what;
    enum err_code rc = approved_what(t, &ask, &what, err);

    if (rc)
        return rc;
    /* Where it goes and how much comes first: the end of a long line is read last. */
    return turn_text(t, &t->effect, err, "%s%s" SV_FMT SV_FMT "; execution " SV_FMT " %s " SV_FMT,
                     is_approve(t) ? "releases" : "REJECTS",
                     found->goal.len == 0 ? ""
                     : is_approve(t)      ? " to "
                                          : " for ",
                     SV_ARG(found->goal), SV_ARG(what), SV_ARG(short_id(found->execution)),
                     !is_approve(t)            ? "fails at"
                     : found->other_count == 0 ? "goes on from"
                                               : "stays in",
                     SV_ARG(t->operand->stage));
}

/* What is approved alone lets nothing through yet. It is guarded as if it did: whose yes is the
 * last is not known. */
static enum err_code tell_others(struct turn *t, const struct approving *found, struct err *err)
{
    bool is_one = found->other_count == 1;
    enum err_code rc;

    if (found->other_count == 0)
        return ERR_OK;
    t->way = SV("");
    rc = turn_text(t, &t->state, err, SV_FMT ", beside " SV_FMT, SV_ARG(t->state),
                   SV_ARG(found->others));
    if (rc || !is_approve(t))
        return rc;
    return turn_text(t, &t->effect, err,
                     SV_FMT ": " SV_FMT " still wait%s in this stage: nothing goes on until %s "
                            "approved too",
                     SV_ARG(t->effect), SV_ARG(found->others), is_one ? "s" : "",
                     is_one ? "it is" : "they are");
}

static enum err_code tell_seen(struct turn *t, const struct approving *found, struct err *err)
{
    const struct released_ask ask = ask_of(t, found);

    return approved_seen(t, &ask, err);
}

static enum err_code tell(struct turn *t, const struct approving *found, int64_t since,
                          struct err *err)
{
    char at[TIME_RFC3339_SIZE];
    enum err_code rc = turn_text(t, &t->state, err, SV_FMT " waits since %s, execution " SV_FMT,
                                 SV_ARG(found->action), time_rfc3339(since, at),
                                 SV_ARG(short_id(found->execution)));

    if (!rc && is_approve(t))
        rc = tell_seen(t, found, err);
    if (!rc && turn_characters(t->input->comment) > COMMENT_MAX)
        rc = turn_wrong(t, err, "the comment has %zu characters, and AWS takes %d",
                        turn_characters(t->input->comment), COMMENT_MAX);
    if (!rc)
        rc = tell_effect(t, found, err);
    return rc ? rc : tell_others(t, found, err);
}

/* A rejection lets nothing through, and is judged alike. */
static enum err_code find_environment(struct turn *t, const struct pipeline_state *state,
                                      const struct stage_state *stage, struct approving *found,
                                      struct err *err)
{
    struct pipeline_def def;
    struct way way = {.environments = SV("")};
    enum err_code rc = approved_stage(t, state, stage, &def, &found->to, err);

    if (!rc)
        rc = way_find(t, state, def.stage_count > 0 ? &def : NULL, stage->name, WAY_APPROVED, &way,
                      err);
    if (way.environments.len > 0)
        found->goal = way.environments;
    else if (way.first.len > 0 && !sv_eq(way.first, stage->name))
        found->goal = way.first;
    else
        found->goal = fold_stage_environment(stage->name);
    if (!is_approve(t))
        t->way = SV("");
    return rc;
}

static enum err_code examine(struct turn *t, struct approving *found, struct err *err)
{
    struct pipeline_state state;
    const struct stage_state *s = NULL;
    const struct action_state *waiting;
    const struct action_state *named;
    struct sv wanted = t->operand->execution_id;
    size_t count;
    int64_t since = 0;
    enum err_code rc = read_state(t, &state, &s, &waiting, &count, found, err);

    if (!rc && t->operand->action.len > 0)
        rc = pipe_action(t, s, &named, err);
    if (!rc)
        rc = find_environment(t, &state, s, found, err);
    if (rc)
        return rc;
    if (count > 1)
        return turn_wrong(t, err, "%zu approvals wait in " SV_FMT ": name the action", count,
                          SV_ARG(s->name));
    if (count == 1 && (wanted.len == 0 || sv_eq(wanted, found->execution)))
        return tell(t, found, waiting->changed_at, err);
    rc = read_runs(t, found, &since, &count, err);
    if (!rc && count > 1)
        return turn_wrong(t, err,
                          "%zu approvals wait in " SV_FMT ": name the execution with --execution",
                          count, SV_ARG(s->name));
    if (!rc && count == 0)
        return tell_answered(t, s, &t->refusal, err);
    return rc ? rc : tell(t, found, since, err);
}

static enum err_code look(struct turn *t, struct err *err)
{
    struct approving *found = arena_alloc(t->arena, 1, sizeof *found);
    enum err_code rc;

    if (found == NULL)
        return arena_err(t->arena, err);
    *found = (struct approving){.action = t->operand->action,
                                .token = SV(""),
                                .execution = t->operand->execution_id,
                                .goal = SV(""),
                                .others = SV("")};
    t->found = found;
    rc = examine(t, found, err);
    return rc ? rc : pipe_resource(t, t->operand->stage, found->action, err);
}

/* ---- the write ---- */

static void put_result(struct jw *w, const struct turn *t)
{
    jw_open(w, '{');
    jw_put_sv(w, "summary", t->input->comment.ptr == NULL ? SV("") : t->input->comment);
    jw_put_sv(w, "status", is_approve(t) ? SV("Approved") : SV("Rejected"));
    jw_close(w, '}');
}

/* Somebody was faster: one look tells who, instead of AWS's sentence. */
static enum err_code tell_loser(struct turn *t, enum err_code rc, struct err *err)
{
    struct pipeline_state state;
    const struct stage_state *s;
    struct sv why = SV("");
    struct err lost = {0};

    if (pipe_state(t, &state, &lost) || pipe_stage(t, &state, &s, &lost) ||
        tell_answered(t, s, &why, &lost))
        return rc;
    return err_set(err, rc, "nothing was done: " SV_FMT, SV_ARG(sv_take(why, 450)));
}

static enum err_code send(struct turn *t, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct approving *found = t->found;
    const struct aws_reply *reply = NULL;
    struct jw w;
    enum err_code rc;

    sb_init(&body, 64 * 1024);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "pipelineName", t->operand->id.name);
    jw_put_sv(&w, "stageName", t->operand->stage);
    jw_put_sv(&w, "actionName", found->action);
    jw_name(&w, "result");
    put_result(&w, t);
    jw_put_sv(&w, "token", found->token);
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (!rc)
        rc = turn_text(t, &t->then, err, SV_FMT " is %s", SV_ARG(found->action),
                       is_approve(t) ? "Approved" : "Rejected");
    if (!rc)
        rc = turn_write(t, OP_PUT_APPROVAL_RESULT, sb_sv(&body),
                        is_approve(t) ? "approve" : "reject", &reply, err);
    if (rc && reply != NULL &&
        (sv_eq(reply->error_name, SV("ApprovalAlreadyCompletedException")) ||
         sv_eq(reply->error_name, SV("InvalidApprovalTokenException"))))
        return tell_loser(t, rc, err);
    return rc ? rc
              : turn_text(t, &t->result, err, SV_FMT " %s", SV_ARG(found->action),
                          is_approve(t) ? "approved" : "rejected");
}

/* Answered in our way, by this caller where AWS says who. */
static enum err_code was_done(struct turn *t, bool *is_done, struct err *err)
{
    const struct approving *found = t->found;
    enum status wanted = is_approve(t) ? STATUS_SUCCEEDED : STATUS_FAILED;
    struct action_run *runs;
    size_t count;
    enum err_code rc = pipe_runs(t, found->execution, &runs, &count, err);

    for (size_t i = 0; i < count && !rc; i++) {
        const struct action_run *r = &runs[i];

        if (!sv_eq(r->stage, t->operand->stage) || !sv_eq(r->action.name, found->action))
            continue;
        *is_done =
            r->action.status == wanted &&
            (r->action.updated_by.len == 0 || caller_same(r->action.updated_by, sv_of(t->caller)));
        return turn_text(t, &t->result, err, SV_FMT " %s", SV_ARG(found->action),
                         is_approve(t) ? "approved" : "rejected");
    }
    return rc;
}

/* "EXECUTION/ACTION" */
static enum err_code trace(const struct turn *t, struct sb *out, struct err *err)
{
    const struct approving *found = t->found;

    return sb_addf(out, err, SV_FMT "/" SV_FMT, SV_ARG(found->execution), SV_ARG(found->action));
}

static enum err_code recall(struct turn *t, struct sv trace, struct err *err)
{
    struct approving *found = arena_alloc(t->arena, 1, sizeof *found);

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    found->execution = sv_cut(trace, '/', &found->action);
    return ERR_OK;
}

/* ---- lines ---- */

/* "stageStates[?stageName=='S'].actionStates[] | [?actionName=='A'] | [0].latestExecution.token" */
static enum err_code write_query(const struct turn *t, struct sb *out, struct err *err)
{
    const struct approving *found = t->found;
    enum err_code rc = sb_add(out,
                              found->is_parallel ? SV("actionExecutionDetails[?stageName==")
                                                 : SV("stageStates[?stageName=="),
                              err);

    if (!rc)
        rc = line_query_text(out, t->operand->stage, err);
    if (!rc)
        rc = sb_add(out,
                    found->is_parallel ? SV(" && actionName==")
                                       : SV("].actionStates[] | [?actionName=="),
                    err);
    if (!rc)
        rc = line_query_text(out, found->action, err);
    return rc ? rc
              : sb_add(out,
                       found->is_parallel ? SV("] | [0].output.executionResult.externalExecutionId")
                                          : SV("] | [0].latestExecution.token"),
                       err);
}

/* The token's look-up, for the shell to do when the line is run. */
static enum err_code put_token(const struct turn *t, struct sb *out, struct err *err)
{
    const struct approving *found = t->found;
    CLEANUP(sb_release) struct sb query;
    CLEANUP(sb_release) struct sb filter;
    enum err_code rc;

    sb_init(&query, 4096);
    sb_init(&filter, 4096);
    rc = sb_add(out, SV(" --token \"$("), err);
    if (!rc)
        rc = line_aws(t, "codepipeline",
                      found->is_parallel ? "list-action-executions" : "get-pipeline-state", out,
                      err);
    if (!rc)
        rc = line_option(out, found->is_parallel ? "pipeline-name" : "name", t->operand->id.name,
                         err);
    if (!rc)
        rc = sb_addf(&filter, err, "pipelineExecutionId=" SV_FMT, SV_ARG(found->execution));
    if (!rc && found->is_parallel)
        rc = line_option(out, "filter", sb_sv(&filter), err);
    if (!rc)
        rc = write_query(t, &query, err);
    if (!rc)
        rc = line_option(out, "query", sb_sv(&query), err);
    return rc ? rc : sb_add(out, SV(" --output text)\""), err);
}

static enum err_code aws_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct approving *found = t->found;
    CLEANUP(sb_release) struct sb result;
    struct jw w;
    enum err_code rc = line_aws(t, "codepipeline", "put-approval-result", out, err);

    sb_init(&result, 8 * 1024);
    if (!rc)
        rc = line_option(out, "pipeline-name", t->operand->id.name, err);
    if (!rc)
        rc = line_option(out, "stage-name", t->operand->stage, err);
    if (!rc)
        rc = line_option(out, "action-name", found->action, err);
    if (rc)
        return rc;
    jw_init(&w, &result, err);
    put_result(&w, t);
    rc = jw_done(&w);
    if (!rc)
        rc = line_option(out, "result", sb_sv(&result), err);
    return rc ? rc : put_token(t, out, err);
}

static enum err_code own_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct approving *found = t->found;
    enum err_code rc = line_own(t, t->operation->verb, out, err);

    if (!rc)
        rc = line_word(out, t->operand->id.name, err);
    if (!rc)
        rc = line_word(out, t->operand->stage, err);
    if (!rc)
        rc = line_word(out, found->action, err);
    if (!rc && found->is_parallel)
        rc = line_option(out, "execution", found->execution, err);
    return rc ? rc : line_option(out, "comment", t->input->comment, err);
}

const struct operation operation_approve = {
    .iam = "codepipeline:PutApprovalResult",
    .verb = "approve",
    .is_approval = true,
    .look = look,
    .send = send,
    .was_done = was_done,
    .trace = trace,
    .recall = recall,
    .aws_line = aws_line,
    .own_line = own_line,
};

/* A rejection needs no second pair of eyes. */
const struct operation operation_reject = {
    .iam = "codepipeline:PutApprovalResult",
    .verb = "reject",
    .look = look,
    .send = send,
    .was_done = was_done,
    .trace = trace,
    .recall = recall,
    .aws_line = aws_line,
    .own_line = own_line,
};
