/* Transitions: whether executions may enter a stage. AWS takes few characters in the reason for
 * closing one, so it is cleaned, and the plan shows what became of it. */
#include "core/operate/way.h"

struct transition_found {
    struct sv reason; /* as AWS takes it */
};

static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* What AWS allows: a-z A-Z 0-9 and !@ ().*?- */
static bool is_allowed(uint32_t c)
{
    return is_letter(c) || (c != 0 && c < 0x80 && strchr("!@ ().*?-", (int)c) != NULL);
}

/* Any run of other characters becomes one '-', and REASON_MAX is the end of it. says: something of
 * what was meant is left. */
static enum err_code clean(struct sv text, struct sb *out, bool *says, struct err *err)
{
    enum err_code rc = ERR_OK;

    *says = false;
    text = sv_trim(text);
    while (text.len > 0 && out->len < REASON_MAX && !rc) {
        uint32_t c = utf8_next(&text);

        *says = *says || is_letter(c);
        if (is_allowed(c))
            rc = sb_addc(out, (char)c, err);
        else if (out->len == 0 || out->ptr[out->len - 1] != '-')
            rc = sb_addc(out, '-', err);
    }
    return rc;
}

static enum err_code keep_reason(struct turn *t, struct transition_found *found, struct err *err)
{
    CLEANUP(sb_release) struct sb reason;
    bool says;
    enum err_code rc;

    sb_init(&reason, REASON_MAX + 1);
    rc = clean(t->input->reason, &reason, &says, err);
    if (!rc)
        rc = turn_keep(t, sb_sv(&reason), &found->reason, err);
    if (!rc && found->reason.len == 0)
        return turn_wrong(t, err, "a reason is needed: say why with --reason");
    if (!rc && !says)
        return turn_wrong(t, err,
                          "nothing is left of the reason: AWS takes the letters a-z and A-Z, "
                          "digits, blanks and !@().*?- only");
    if (!rc && !sv_eq(found->reason, sv_trim(t->input->reason)))
        rc = turn_text(t, &t->hint, err,
                       "AWS takes %d characters, of a-z, A-Z, 0-9, blanks and !@().*?- only: the "
                       "reason becomes "
                       "\"" SV_FMT "\"",
                       REASON_MAX, SV_ARG(found->reason));
    return rc;
}

static enum err_code tell_enable(struct turn *t, const struct stage_state *s, struct err *err)
{
    if (s->inbound_id.len > 0)
        return turn_text(t, &t->effect, err,
                         "lets executions into " SV_FMT ": " SV_FMT
                         ", which waits there, goes in at once",
                         SV_ARG(s->name), SV_ARG(short_id(s->inbound_id)));
    return turn_text(t, &t->effect, err, "lets executions into " SV_FMT "; none waits now",
                     SV_ARG(s->name));
}

static enum err_code look_at(struct turn *t, bool enables, struct err *err)
{
    struct transition_found *found = arena_alloc(t->arena, 1, sizeof *found);
    struct pipeline_state state;
    const struct stage_state *s;
    struct way way;
    enum err_code rc;

    if (found == NULL)
        return arena_err(t->arena, err);
    t->found = found;
    found->reason = SV("");
    rc = pipe_state(t, &state, err);
    if (!rc)
        rc = pipe_stage(t, &state, &s, err);
    if (!rc && enables)
        rc = way_find(t, &state, NULL, s->name, WAY_ENTERS, &way, err);
    else if (!rc)
        rc = pipe_environment(t, &state, s->name, err);
    if (!rc)
        rc = pipe_resource(t, s->name, SV(""), err);
    if (rc)
        return rc;
    t->is_settled = s->transition_enabled == enables;
    rc = turn_text(t, &t->state, err, "the transition into " SV_FMT " is %s%s" SV_FMT "%s" SV_FMT,
                   SV_ARG(s->name), s->transition_enabled ? "enabled" : "disabled",
                   !s->transition_enabled && s->disabled_reason.len > 0 ? ": " : "",
                   SV_ARG(s->transition_enabled ? SV("") : s->disabled_reason),
                   enables && s->inbound_id.len > 0 ? ", waiting: " : "",
                   SV_ARG(enables ? short_id(s->inbound_id) : SV("")));
    if (!rc && t->is_settled)
        return turn_text(t, &t->effect, err, "nothing: it is so already");
    if (!rc && enables)
        return tell_enable(t, s, err);
    if (!rc)
        rc = keep_reason(t, found, err);
    return rc ? rc
              : turn_text(t, &t->effect, err, "holds executions before " SV_FMT ": \"" SV_FMT "\"",
                          SV_ARG(s->name), SV_ARG(found->reason));
}

static enum err_code look_enable(struct turn *t, struct err *err)
{
    return look_at(t, true, err);
}

static enum err_code look_disable(struct turn *t, struct err *err)
{
    return look_at(t, false, err);
}

static enum err_code send_enable(struct turn *t, struct err *err)
{
    const struct ask_member members[] = {{"pipelineName", t->operand->id.name},
                                         {"stageName", t->operand->stage},
                                         {"transitionType", SV("Inbound")},
                                         ASK_END};
    const struct aws_reply *reply;
    enum err_code rc = turn_text(t, &t->then, err, "the transition into " SV_FMT " is enabled",
                                 SV_ARG(t->operand->stage));

    return rc ? rc
              : turn_send(t, OP_ENABLE_STAGE_TRANSITION, members, "enable the transition", &reply,
                          err);
}

static enum err_code send_disable(struct turn *t, struct err *err)
{
    const struct transition_found *found = t->found;
    const struct ask_member members[] = {{"pipelineName", t->operand->id.name},
                                         {"stageName", t->operand->stage},
                                         {"transitionType", SV("Inbound")},
                                         {"reason", found->reason},
                                         ASK_END};
    const struct aws_reply *reply;
    enum err_code rc =
        turn_text(t, &t->then, err, "the transition into " SV_FMT " is disabled: " SV_FMT,
                  SV_ARG(t->operand->stage), SV_ARG(found->reason));

    return rc ? rc
              : turn_send(t, OP_DISABLE_STAGE_TRANSITION, members, "disable the transition", &reply,
                          err);
}

static enum err_code was_done_so(struct turn *t, bool enables, bool *is_done, struct err *err)
{
    struct pipeline_state state;
    const struct stage_state *s;
    enum err_code rc = pipe_state(t, &state, err);

    if (!rc)
        rc = pipe_stage(t, &state, &s, err);
    if (!rc)
        *is_done = s->transition_enabled == enables;
    return rc;
}

static enum err_code was_enabled(struct turn *t, bool *is_done, struct err *err)
{
    return was_done_so(t, true, is_done, err);
}

static enum err_code was_disabled(struct turn *t, bool *is_done, struct err *err)
{
    return was_done_so(t, false, is_done, err);
}

/* Whether it was done stands in the state alone. */
static enum err_code recall(struct turn *t, struct sv trace, struct err *err)
{
    (void)t;
    (void)trace;
    (void)err;
    return ERR_OK;
}

static enum err_code aws_line_of(const struct turn *t, const char *command, struct sb *out,
                                 struct err *err)
{
    const struct transition_found *found = t->found;
    enum err_code rc = line_aws(t, "codepipeline", command, out, err);

    if (!rc)
        rc = line_option(out, "pipeline-name", t->operand->id.name, err);
    if (!rc)
        rc = line_option(out, "stage-name", t->operand->stage, err);
    if (!rc)
        rc = line_option(out, "transition-type", SV("Inbound"), err);
    return rc ? rc : line_option(out, "reason", found->reason, err);
}

static enum err_code aws_enable(const struct turn *t, struct sb *out, struct err *err)
{
    return aws_line_of(t, "enable-stage-transition", out, err);
}

static enum err_code aws_disable(const struct turn *t, struct sb *out, struct err *err)
{
    return aws_line_of(t, "disable-stage-transition", out, err);
}

static enum err_code own_line_of(const struct turn *t, const char *verb, struct sb *out,
                                 struct err *err)
{
    const struct transition_found *found = t->found;
    enum err_code rc = line_own(t, verb, out, err);

    if (!rc)
        rc = line_word(out, t->operand->id.name, err);
    if (!rc)
        rc = line_word(out, t->operand->stage, err);
    return rc ? rc : line_option(out, "reason", found->reason, err);
}

static enum err_code own_enable(const struct turn *t, struct sb *out, struct err *err)
{
    return own_line_of(t, "transition enable", out, err);
}

static enum err_code own_disable(const struct turn *t, struct sb *out, struct err *err)
{
    return own_line_of(t, "transition disable", out, err);
}

const struct operation operation_enable = {
    .iam = "codepipeline:EnableStageTransition",
    .verb = "enable the transition into",
    .look = look_enable,
    .send = send_enable,
    .was_done = was_enabled,
    .recall = recall,
    .aws_line = aws_enable,
    .own_line = own_enable,
};

const struct operation operation_disable = {
    .iam = "codepipeline:DisableStageTransition",
    .verb = "disable the transition into",
    .look = look_disable,
    .send = send_disable,
    .was_done = was_disabled,
    .recall = recall,
    .aws_line = aws_disable,
    .own_line = own_disable,
};
