/* Override a stage's condition that does not let an execution go on. AWS overrides what is asked
 * before entry and on success, never what is asked on failure. */
#include "core/operate/way.h"

struct overriding {
    struct sv execution;
    struct sv condition;
};

/* "before-entry" as people type it is "BEFORE_ENTRY"; "" for anything else. */
static struct sv condition_of(struct sv word)
{
    if (sv_eq_nocase(word, SV("BEFORE_ENTRY")) || sv_eq_nocase(word, SV("before-entry")))
        return SV("BEFORE_ENTRY");
    if (sv_eq_nocase(word, SV("ON_SUCCESS")) || sv_eq_nocase(word, SV("on-success")))
        return SV("ON_SUCCESS");
    return SV("");
}

static enum err_code refuse(struct turn *t, const struct stage_state *s, struct err *err)
{
    const struct overriding *found = t->found;

    if (t->input->condition.len > 0 && condition_of(t->input->condition).len == 0)
        return turn_wrong(t, err, "a condition is before-entry or on-success, not \"" SV_FMT "\"",
                          SV_ARG(sv_take(t->input->condition, 60)));
    if (s->condition.len == 0)
        return turn_text(t, &t->refusal, err, "no condition holds " SV_FMT, SV_ARG(s->name));
    if (!sv_eq(s->condition, found->condition))
        return turn_text(t, &t->refusal, err,
                         "the condition that holds " SV_FMT " is " SV_FMT
                         ", and only BEFORE_ENTRY and ON_SUCCESS can be overridden, each while it "
                         "holds",
                         SV_ARG(s->name), SV_ARG(s->condition));
    if (sv_eq(s->condition_status, SV("InProgress")))
        return turn_text(t, &t->refusal, err,
                         "the condition is still being looked at: wait for its answer");
    return ERR_OK;
}

static enum err_code look(struct turn *t, struct err *err)
{
    struct overriding *found = arena_alloc(t->arena, 1, sizeof *found);
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
    if (rc)
        return rc;
    found->execution =
        t->operand->execution_id.len > 0 ? t->operand->execution_id : s->execution_id;
    found->condition = t->input->condition.len > 0 ? condition_of(t->input->condition)
                                                   : condition_of(s->condition);
    rc = turn_text(t, &t->state, err, "execution " SV_FMT " in " SV_FMT ": %.*s %.*s%s" SV_FMT,
                   SV_ARG(short_id(found->execution)), SV_ARG(s->name),
                   SV_ARG(s->condition.len > 0 ? s->condition : SV("no condition")),
                   SV_ARG(s->condition_status), s->condition_text.len > 0 ? ": " : "",
                   SV_ARG(sv_take(s->condition_text, 1000)));
    if (!rc)
        rc = turn_text(t, &t->effect, err, "lets execution " SV_FMT " go on in spite of " SV_FMT,
                       SV_ARG(short_id(found->execution)), SV_ARG(found->condition));
    return rc ? rc : refuse(t, s, err);
}

static enum err_code send(struct turn *t, struct err *err)
{
    const struct overriding *found = t->found;
    const struct ask_member members[] = {{"pipelineName", t->operand->id.name},
                                         {"stageName", t->operand->stage},
                                         {"pipelineExecutionId", found->execution},
                                         {"conditionType", found->condition},
                                         ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_text(t, &t->then, err, SV_FMT " of " SV_FMT " is overridden",
                                 SV_ARG(found->condition), SV_ARG(t->operand->stage));

    return rc ? rc
              : turn_send(t, OP_OVERRIDE_STAGE_CONDITION, members, "override the condition", &reply,
                          err);
}

static enum err_code was_done(struct turn *t, bool *is_done, struct err *err)
{
    const struct overriding *found = t->found;
    struct pipeline_state state;
    const struct stage_state *s;
    enum err_code rc = pipe_state(t, &state, err);

    if (!rc)
        rc = pipe_stage(t, &state, &s, err);
    if (!rc)
        *is_done = !sv_eq(s->condition, found->condition) ||
                   !sv_eq(s->condition_status, SV("Failed")) ||
                   !sv_eq(s->execution_id, found->execution);
    return rc;
}

static enum err_code aws_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct overriding *found = t->found;
    enum err_code rc = line_aws(t, "codepipeline", "override-stage-condition", out, err);

    if (!rc)
        rc = line_option(out, "pipeline-name", t->operand->id.name, err);
    if (!rc)
        rc = line_option(out, "stage-name", t->operand->stage, err);
    if (!rc)
        rc = line_option(out, "pipeline-execution-id", found->execution, err);
    return rc ? rc : line_option(out, "condition-type", found->condition, err);
}

static enum err_code own_line(const struct turn *t, struct sb *out, struct err *err)
{
    const struct overriding *found = t->found;
    enum err_code rc = line_own(t, "override", out, err);

    if (!rc)
        rc = line_word(out, t->operand->id.name, err);
    if (!rc)
        rc = line_word(out, t->operand->stage, err);
    return rc ? rc : line_word(out, found->condition, err);
}

const struct operation operation_override = {
    .iam = "codepipeline:OverrideStageCondition",
    .verb = "override the condition of",
    .look = look,
    .send = send,
    .was_done = was_done,
    .aws_line = aws_line,
    .own_line = own_line,
};
