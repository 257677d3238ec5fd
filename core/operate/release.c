/* Release a change: begin an execution, with what its sources have now, or with the revisions that
 * are named. The plan tells what that is beside what the first stage runs; sources outside
 * CodeCommit do not tell before they run. */
#include "core/operate/release.h"

#include "core/aws/caller.h"
#include "core/aws/codecommit.h"
#include "core/operate/commits.h"
#include "core/operate/way.h"

struct releasing {
    struct pipeline_def def;
    struct pipeline_state state;
    struct pipe_list past;
    struct release_first first;
    struct sv head; /* of the first source whose revision is known; "" = of none */
};

/* ---- what it would release ---- */

static struct sv named_revision(const struct operation_input *in, struct sv action)
{
    for (size_t i = 0; i < in->revision_count; i++) {
        if (sv_eq(in->revisions[i].name, action))
            return in->revisions[i].value;
    }
    return SV("");
}

static bool is_near(const struct turn *t, const struct action_def *a)
{
    return a->role_arn.len == 0 && (a->region.len == 0 || sv_eq(a->region, t->operand->id.region));
}

static enum err_code read_head(struct turn *t, const struct action_def *a, struct sv *out,
                               struct err *err)
{
    const struct ask_member members[] = {
        {"repositoryName", a->repository}, {"branchName", a->branch}, ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_ask(t, OP_GET_BRANCH, members, &reply, err);

    *out = SV("");
    if (!rc)
        rc = decode_branch(reply->json, out, err);
    return rc ? rc : turn_keep(t, *out, out, err);
}

/* "3 commits of sales/main (1a2b3c4d fix the parser), brings back 1 commit that was rolled back" */
static enum err_code tell_change(const struct action_def *a, struct sv head,
                                 const struct commits_change *c, size_t again, struct sb *effect,
                                 struct err *err)
{
    enum err_code rc = ERR_OK;

    if (c->count > 0)
        rc = sb_addf(effect, err,
                     "%zu%s commit%s of " SV_FMT "/" SV_FMT " (" SV_FMT " " SV_FMT ")%s", c->count,
                     c->is_cut ? " or more" : "", c->count == 1 ? "" : "s", SV_ARG(a->repository),
                     SV_ARG(a->branch), SV_ARG(short_id(head)),
                     SV_ARG(sv_take(commit_title(&c->commits[0]), 72)), c->taken > 0 ? ", " : "");
    if (!rc && again > 0)
        rc = sb_addf(effect, err, "%sbrings back %zu commit%s that %s rolled back%s",
                     c->taken > 0 ? "" : ", ", again, again == 1 ? "" : "s",
                     again == 1 ? "was" : "were", c->taken > 0 ? ", " : "");
    if (!rc && c->taken > 0)
        rc = sb_addf(effect, err, "takes %zu%s commit%s back", c->taken,
                     c->taken_cut ? " or more" : "", c->taken == 1 ? "" : "s");
    return rc || c->count > 0 ? rc
                              : sb_addf(effect, err, "%s" SV_FMT " of " SV_FMT "/" SV_FMT,
                                        c->taken > 0 ? ", to " : "", SV_ARG(short_id(head)),
                                        SV_ARG(a->repository), SV_ARG(a->branch));
}

static enum err_code tell_commits(struct turn *t, const struct release_first *first,
                                  const struct action_def *a, struct sv head, struct sb *effect,
                                  struct err *err)
{
    struct sv before = release_had(first, a->name);
    const struct commits_ask ask = {
        .asker = {t->task, t->deploy, t->session, t->operand->id.account},
        .at = t->operand->id,
        .repository = a->repository,
        .before = before,
        .after = head};
    struct commits_change change;
    struct err why = {0};
    enum err_code rc;

    if (sv_eq(before, head))
        return sb_addf(effect, err, SV_FMT " again, the commit that went through last",
                       SV_ARG(short_id(head)));
    rc = commits_compare(&ask, false, t->arena, &change, &why);
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why.text);
    /* Not the one before, which may be gone. */
    if (rc == ERR_NOT_FOUND && named_revision(t->input, a->name).len > 0 &&
        sv_find(sv_of(why.text), sv_take(head, 40)) >= 0)
        return turn_wrong(t, err, "source " SV_FMT ": %s", SV_ARG(a->name), why.text);
    if (rc)
        change = (struct commits_change){.count = 0};
    return tell_change(a, head, &change,
                       release_again(first, a->name, change.commits, change.count), effect, err);
}

static enum err_code tell_source(struct turn *t, struct releasing *r, const struct action_def *a,
                                 struct sb *state, struct sb *effect, struct err *err)
{
    struct sv head = named_revision(t->input, a->name);
    bool is_named = head.len > 0;
    bool is_commits = sv_eq(a->provider, SV("CodeCommit")) && is_near(t, a);
    struct err why = {0};
    enum err_code rc = ERR_OK;

    if (!is_named && is_commits)
        rc = read_head(t, a, &head, &why);
    if (rc == ERR_CANCELLED)
        return err_set(err, rc, "%s", why.text);
    if (rc && t->hint.len == 0)
        rc = turn_text(t, &t->hint, err, "source " SV_FMT ": %s", SV_ARG(a->name), why.text);
    else
        rc = ERR_OK;
    if (!rc)
        rc = sb_addf(state, err, ", " SV_FMT " at " SV_FMT, SV_ARG(a->name),
                     SV_ARG(head.len > 0 ? sv_take(head, 40) : SV("what it finds")));
    if (!rc && effect->len > 0)
        rc = sb_add(effect, SV(" and "), err);
    if (rc)
        return rc;
    if (r->head.len == 0)
        r->head = head;
    if (is_commits && head.len > 0 && release_had(&r->first, a->name).len > 0)
        return tell_commits(t, &r->first, a, head, effect, err);
    if (head.len > 0)
        return sb_addf(effect, err, SV_FMT " of " SV_FMT, SV_ARG(sv_take(short_id(head), 40)),
                       SV_ARG(a->repository.len > 0 ? a->repository : a->name));
    return sb_addf(effect, err, "what " SV_FMT " finds when it runs (%.*s does not tell before)",
                   SV_ARG(a->name), SV_ARG(a->provider));
}

/* ---- how far it would get ---- */

/* Before what it releases, since the end of a long line is read last: " to dev:" */
static enum err_code tell_goal(const struct way *way, struct sb *out, struct err *err)
{
    if (way->environments.len > 0)
        return sb_addf(out, err, " to " SV_FMT ":", SV_ARG(way->environments));
    return way->last.len == 0 ? ERR_OK
                              : sb_addf(out, err, " as far as " SV_FMT ":", SV_ARG(way->last));
}

/* And behind it: ", then it waits for the approval in ManualApproval-prod" */
static enum err_code tell_gate(const struct way *way, struct sb *out, struct err *err)
{
    if (way->gate.len == 0)
        return ERR_OK;
    return sb_addf(out, err, "%s" SV_FMT,
                   way->is_closed ? ", then it stops at the disabled transition into "
                                  : ", then it waits for the approval in ",
                   SV_ARG(way->gate));
}

/* What was rolled back would be there again: a part of what was agreed to. */
static enum err_code tell_rolled_back(const struct stage_state *first, struct sb *state,
                                      struct err *err)
{
    if (first == NULL || !first->is_rollback)
        return ERR_OK;
    return sb_addf(state, err, ", " SV_FMT " rolled back with " SV_FMT, SV_ARG(first->name),
                   SV_ARG(short_id(first->execution_id)));
}

static enum err_code tell(struct turn *t, struct releasing *r, struct err *err)
{
    CLEANUP(sb_release) struct sb state;
    CLEANUP(sb_release) struct sb effect;
    CLEANUP(sb_release) struct sb words;
    struct way way = {.last = SV("")};
    enum err_code rc;

    sb_init(&state, 64 * 1024);
    sb_init(&effect, 64 * 1024);
    sb_init(&words, 128 * 1024);
    rc = sb_addf(&state, err, "version %lld", (long long)r->def.version);
    for (size_t i = 0; i < r->def.stage_count; i++) {
        for (size_t k = 0; k < r->def.stages[i].action_count && !rc; k++) {
            if (release_is_source(&r->def.stages[i].actions[k]))
                rc = tell_source(t, r, &r->def.stages[i].actions[k], &state, &effect, err);
        }
    }
    if (!rc)
        rc = tell_rolled_back(r->first.stage, &state, err);
    if (!rc)
        rc = release_under_way(t, &r->def, &r->state, &r->past, r->head, err);
    if (!rc)
        rc = way_find(t, &r->state, &r->def, SV(""), WAY_ENTERS, &way, err);
    if (!rc)
        rc = tell_goal(&way, &words, err);
    if (!rc)
        rc = sb_addf(&words, err, " %s", sb_cstr(&effect));
    if (!rc)
        rc = tell_gate(&way, &words, err);
    /* How far it gets is a part of what was agreed to: a gate may be opened meanwhile. */
    if (!rc)
        rc = turn_text(t, &t->state, err, "%s, as far as " SV_FMT, sb_cstr(&state),
                       SV_ARG(way.last));
    return rc ? rc : turn_text(t, &t->effect, err, "releases%s", sb_cstr(&words));
}

static enum err_code look(struct turn *t, struct err *err)
{
    struct releasing *found = arena_alloc(t->arena, 1, sizeof *found);
    enum err_code rc;

    if (found == NULL)
        return arena_err(t->arena, err);
    found->head = SV("");
    t->found = found;
    rc = pipe_def(t, &found->def, err);
    if (!rc)
        rc = pipe_state(t, &found->state, err);
    if (!rc)
        rc = pipe_past(t, SV(""), &found->past, err);
    if (!rc)
        rc = pipe_resource(t, SV(""), SV(""), err);
    if (!rc)
        rc = release_check(t, &found->def, err);
    if (!rc && t->refusal.len > 0)
        return turn_text(t, &t->state, err, "version %lld", (long long)found->def.version);
    if (!rc)
        rc = release_first(t, &found->def, &found->state, &found->past, &found->first, err);
    return rc ? rc : tell(t, found, err);
}

/* ---- the write ---- */

static void put_variables(struct jw *w, const struct operation_input *in)
{
    jw_open(w, '[');
    for (size_t i = 0; i < in->variable_count; i++) {
        jw_open(w, '{');
        jw_put_sv(w, "name", in->variables[i].name);
        jw_put_sv(w, "value", in->variables[i].value);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static void put_revisions(struct jw *w, const struct turn *t)
{
    const struct releasing *found = t->found;

    jw_open(w, '[');
    for (size_t i = 0; i < t->input->revision_count; i++) {
        const struct name_value *r = &t->input->revisions[i];
        const struct action_def *a = release_source(&found->def, r->name);

        jw_open(w, '{');
        jw_put_sv(w, "actionName", r->name);
        jw_put_sv(w, "revisionType", sv_of(a == NULL ? NULL : release_revision_type(a->provider)));
        jw_put_sv(w, "revisionValue", r->value);
        jw_close(w, '}');
    }
    jw_close(w, ']');
}

static enum err_code send(struct turn *t, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    struct jw w;
    enum err_code rc;

    sb_init(&body, 256 * 1024);
    jw_init(&w, &body, err);
    jw_open(&w, '{');
    jw_put_sv(&w, "name", t->operand->id.name);
    if (t->input->variable_count > 0) {
        jw_name(&w, "variables");
        put_variables(&w, t->input);
    }
    if (t->input->revision_count > 0) {
        jw_name(&w, "sourceRevisions");
        put_revisions(&w, t);
    }
    jw_put_sv(&w, "clientRequestToken", sv_of(t->token));
    jw_close(&w, '}');
    rc = jw_done(&w);
    if (!rc)
        rc = turn_write(t, OP_START_PIPELINE_EXECUTION, sb_sv(&body), "release a change", &reply,
                        err);
    return rc ? rc : turn_began(t, json_sv(reply->json, "pipelineExecutionId"), err);
}

/* One that was not there before, begun by this caller's hand: when the token is too old. */
static enum err_code was_done(struct turn *t, bool *is_done, struct err *err)
{
    const struct releasing *found = t->found;
    struct pipe_list now;
    enum err_code rc = pipe_past(t, SV(""), &now, err);

    for (size_t i = now.count; i > 0 && !rc && !*is_done; i--) {
        const struct execution *e = &now.runs[i - 1];
        bool is_ours =
            sv_eq(e->trigger, SV("StartPipelineExecution")) &&
            (e->trigger_detail.len == 0 || caller_same(e->trigger_detail, sv_of(t->caller)));

        if (!is_ours || pipe_list_has(&found->past, e->id))
            continue;
        *is_done = true;
        rc = turn_began(t, e->id, err);
    }
    return rc;
}

/* Of many begun since, the first is the one. */
static enum err_code trace(const struct turn *t, struct sb *out, struct err *err)
{
    const struct releasing *found = t->found;

    return pipe_list_trace(&found->past, out, err);
}

static enum err_code recall(struct turn *t, struct sv trace, struct err *err)
{
    struct releasing *found = arena_alloc(t->arena, 1, sizeof *found);

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    return pipe_list_recall(t, trace, &found->past, err);
}

/* ---- lines ---- */

static enum err_code json_option(struct sb *out, const char *name, const struct turn *t,
                                 bool is_variables, struct err *err)
{
    CLEANUP(sb_release) struct sb json;
    struct jw w;
    enum err_code rc;

    sb_init(&json, 128 * 1024);
    jw_init(&w, &json, err);
    if (is_variables)
        put_variables(&w, t->input);
    else
        put_revisions(&w, t);
    rc = jw_done(&w);
    return rc ? rc : line_option(out, name, sb_sv(&json), err);
}

static enum err_code aws_line(const struct turn *t, struct sb *out, struct err *err)
{
    enum err_code rc = line_aws(t, "codepipeline", "start-pipeline-execution", out, err);

    if (!rc)
        rc = line_option(out, "name", t->operand->id.name, err);
    if (!rc && t->input->variable_count > 0)
        rc = json_option(out, "variables", t, true, err);
    if (!rc && t->input->revision_count > 0)
        rc = json_option(out, "source-revisions", t, false, err);
    return rc;
}

static enum err_code pair_options(struct sb *out, const char *name, const struct name_value *list,
                                  size_t count, struct err *err)
{
    CLEANUP(sb_release) struct sb pair;
    enum err_code rc = ERR_OK;

    sb_init(&pair, 8 * 1024);
    for (size_t i = 0; i < count && !rc; i++) {
        sb_clear(&pair);
        rc = sb_addf(&pair, err, SV_FMT "=" SV_FMT, SV_ARG(list[i].name), SV_ARG(list[i].value));
        if (!rc)
            rc = line_option(out, name, sb_sv(&pair), err);
    }
    return rc;
}

static enum err_code own_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct operation_input *in = t->input;
    enum err_code rc = line_own(t, "release", out, err);

    if (!rc)
        rc = line_word(out, t->operand->id.name, err);
    if (!rc)
        rc = pair_options(out, "revision", in->revisions, in->revision_count, err);
    return rc ? rc : pair_options(out, "var", in->variables, in->variable_count, err);
}

const struct operation operation_release = {
    .iam = "codepipeline:StartPipelineExecution",
    .verb = "release a change of",
    .has_token = true,
    .look = look,
    .send = send,
    .was_done = was_done,
    .trace = trace,
    .recall = recall,
    .aws_line = aws_line,
    .own_line = own_line,
};
