/* Roll a stage back to an execution that succeeded in it. AWS begins a new execution of the stage
 * with the old one's artifacts; what comes behind the stage is left as it is. */
#include "core/operate/rollback.h"

#include "core/aws/caller.h"
#include "core/operate/commits.h"

enum { LISTED = 4, LISTED_MAX = 2000 };

static const struct candidate *find(const struct candidate_list *list, struct sv execution)
{
    for (size_t i = 0; i < list->count; i++) {
        if (id_matches(list->items[i].execution_id, execution))
            return &list->items[i];
    }
    return NULL;
}

static const struct candidate *find_now(const struct candidate_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].is_now)
            return &list->items[i];
    }
    return NULL;
}

static enum err_code refuse_target(struct turn *t, const struct candidate_list *list,
                                   struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    size_t told = 0;
    enum err_code rc = ERR_OK;

    sb_init(&names, LISTED_MAX);
    for (size_t i = 0; i < list->count && told < LISTED && !rc; i++) {
        const struct candidate *c = &list->items[i];

        if (c->is_now)
            continue;
        told++;
        rc = sb_addf(&names, err, "%s" SV_FMT " (" SV_FMT " " SV_FMT ")", told > 1 ? ", " : "",
                     SV_ARG(short_id(c->execution_id)), SV_ARG(short_id(c->revision)),
                     SV_ARG(sv_take(c->summary, 24)));
    }
    if (!rc && told == 0)
        return turn_text(t, &t->refusal, err,
                         "no other execution has succeeded in " SV_FMT
                         " with the pipeline as it is now",
                         SV_ARG(t->operand->stage));
    if (!rc && t->operand->execution_id.len == 0)
        return turn_wrong(t, err, "name the execution to go back to: %s", sb_cstr(&names));
    return rc ? rc
              : turn_text(t, &t->refusal, err,
                          "execution " SV_FMT " has not succeeded in " SV_FMT
                          " with the pipeline as it is now; these have: %s",
                          SV_ARG(sv_take(t->operand->execution_id, 64)), SV_ARG(t->operand->stage),
                          sb_cstr(&names));
}

/* "takes 3 commits of sales/main back: from 1a2b3c4d to 5e6f7a8b fix the parser" */
static enum err_code tell_commits(struct turn *t, const struct rollback_found *found,
                                  const struct candidate *now, const struct candidate *target,
                                  struct err *err)
{
    const struct action_def *source = found->source;
    struct commits_ask ask = {.asker = {t->task, t->deploy, t->session, t->operand->id.account},
                              .at = t->operand->id};
    struct commit *commits;
    size_t count = 0;
    bool is_cut = false;
    bool is_known = false;
    struct err why = {0};

    if (now != NULL && source != NULL && sv_eq(source->provider, SV("CodeCommit")) &&
        source->role_arn.len == 0 && !sv_eq(now->revision, target->revision)) {
        ask.repository = source->repository;
        ask.before = target->revision;
        ask.after = now->revision;
        is_known =
            commits_between(&ask, t->arena, &commits, &count, &is_cut, &why) == ERR_OK && count > 0;
    }
    if (why.code == ERR_CANCELLED)
        return err_set(err, why.code, "%s", why.text);
    if (is_known)
        return turn_text(t, &t->effect, err,
                         "takes %zu%s commit%s back in " SV_FMT ": from " SV_FMT " to " SV_FMT
                         " " SV_FMT,
                         count, is_cut ? " or more" : "", count == 1 ? "" : "s",
                         SV_ARG(t->operand->stage), SV_ARG(short_id(now->revision)),
                         SV_ARG(short_id(target->revision)), SV_ARG(sv_take(target->summary, 80)));
    return turn_text(t, &t->effect, err, "runs " SV_FMT " again with " SV_FMT " " SV_FMT,
                     SV_ARG(t->operand->stage), SV_ARG(short_id(target->revision)),
                     SV_ARG(sv_take(target->summary, 80)));
}

/* "Deploy-Stage-prod is Failed with execution 3f65a1b2" */
static enum err_code tell_now(struct turn *t, const struct rollback_found *found, struct err *err)
{
    if (found->now.len == 0)
        return turn_text(t, &t->state, err, SV_FMT " ran no execution", SV_ARG(t->operand->stage));
    return turn_text(t, &t->state, err, SV_FMT " is %s with execution " SV_FMT,
                     SV_ARG(t->operand->stage), status_aws(found->now_status),
                     SV_ARG(short_id(found->now)));
}

static enum err_code look(struct turn *t, struct err *err)
{
    struct rollback_found *found = arena_alloc(t->arena, 1, sizeof *found);
    const struct candidate *target;
    enum err_code rc;

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    rc = rollback_look_around(t, found, err);
    if (!rc)
        rc = pipe_resource(t, t->operand->stage, SV(""), err);
    if (!rc)
        rc = tell_now(t, found, err);
    if (!rc)
        rc = turn_keep(t, found->list.refusal, &t->refusal, err);
    if (rc || t->refusal.len > 0)
        return rc;
    target = find(&found->list, t->operand->execution_id);
    if (target == NULL)
        return refuse_target(t, &found->list, err);
    found->target = target->execution_id;
    if (target->is_now)
        rc = turn_text(t, &t->hint, err, "the stage runs that execution already");
    return rc ? rc : tell_commits(t, found, find_now(&found->list), target, err);
}

static enum err_code send(struct turn *t, struct err *err)
{
    const struct rollback_found *found = t->found;
    const struct ask_member members[] = {{"pipelineName", t->operand->id.name},
                                         {"stageName", t->operand->stage},
                                         {"targetPipelineExecutionId", found->target},
                                         ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_send(t, OP_ROLLBACK_STAGE, members, "roll the stage back", &reply, err);

    return rc ? rc : turn_began(t, json_sv(reply->json, "pipelineExecutionId"), err);
}

/* Begun since by hand, and by this caller where AWS names one: what it tells of a rollback's
 * trigger beside its type is not documented. */
static enum err_code was_done(struct turn *t, bool *is_done, struct err *err)
{
    const struct rollback_found *found = t->found;
    struct pipe_list now;
    enum err_code rc = pipe_past(t, SV(""), &now, err);

    for (size_t i = now.count; i > 0 && !rc && !*is_done; i--) {
        const struct execution *e = &now.runs[i - 1];

        bool is_ours = e->is_rollback && sv_eq(e->rollback_target, found->target) &&
                       !sv_eq(e->trigger, SV("AutomatedRollback")) &&
                       (!sv_starts(e->trigger_detail, SV("arn:")) ||
                        caller_same(e->trigger_detail, sv_of(t->caller)));

        if (!is_ours || pipe_list_has(found->past, e->id))
            continue;
        *is_done = true;
        rc = turn_began(t, e->id, err);
    }
    return rc;
}

/* "TARGET/NEWEST" */
static enum err_code trace(const struct turn *t, struct sb *out, struct err *err)
{
    const struct rollback_found *found = t->found;
    enum err_code rc = sb_add(out, found->target, err);

    if (!rc)
        rc = sb_addc(out, '/', err);
    return rc ? rc : pipe_list_trace(found->past, out, err);
}

static enum err_code recall(struct turn *t, struct sv trace, struct err *err)
{
    struct rollback_found *found = arena_alloc(t->arena, 1, sizeof *found);
    struct pipe_list *past = arena_alloc(t->arena, 1, sizeof *past);
    struct sv newest;

    if (found == NULL || past == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    found->past = past;
    found->target = sv_cut(trace, '/', &newest);
    return pipe_list_recall(t, newest, past, err);
}

static enum err_code aws_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct rollback_found *found = t->found;
    enum err_code rc = line_aws(t, "codepipeline", "rollback-stage", out, err);

    if (!rc)
        rc = line_option(out, "pipeline-name", t->operand->id.name, err);
    if (!rc)
        rc = line_option(out, "stage-name", t->operand->stage, err);
    return rc ? rc : line_option(out, "target-pipeline-execution-id", found->target, err);
}

static enum err_code own_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct rollback_found *found = t->found;
    enum err_code rc = line_own(t, "rollback", out, err);

    if (!rc)
        rc = line_word(out, t->operand->id.name, err);
    if (!rc)
        rc = line_word(out, t->operand->stage, err);
    return rc ? rc : line_word(out, found->target, err);
}

const struct operation operation_rollback = {
    .iam = "codepipeline:RollbackStage",
    .verb = "roll back",
    .look = look,
    .send = send,
    .was_done = was_done,
    .trace = trace,
    .recall = recall,
    .aws_line = aws_line,
    .own_line = own_line,
};
