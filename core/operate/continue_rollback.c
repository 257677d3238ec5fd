/* Continuing a rollback that could not come to its end, with or without what it failed at. */
#include "core/operate/stack_page.h"
#include "core/operate/stack_turn.h"
#include "core/operate/turn.h"

static struct sv shown_name(const struct turn *t)
{
    return sv_take(stack_name_of(t->operand->stack), 128);
}

static enum err_code tell_continue(struct turn *t, const struct stack_turn *f, struct err *err)
{
    CLEANUP(sb_release) struct sb names;
    CLEANUP(sb_release) struct sb chosen;
    enum err_code rc;

    sb_init(&names, STACK_LIST_MAX);
    sb_init(&chosen, STACK_LIST_MAX);
    rc = stack_turn_names(f, SV("UPDATE_FAILED"), &names, err);
    if (!rc)
        rc = stack_turn_chosen(t, &chosen, err);
    if (!rc)
        rc = turn_text(t, &t->state, err, SV_FMT "%s%s", SV_ARG(f->stack.status),
                       names.len > 0 ? ", failed: " : "", sb_cstr(&names));
    if (!rc)
        rc = turn_text(t, &t->effect, err, "goes on taking the update back%s%s%s",
                       chosen.len > 0 ? "; " : "", sb_cstr(&chosen),
                       chosen.len > 0 ? " stays as it is and counts as rolled back" : "");
    if (rc || chosen.len > 0 || names.len == 0)
        return rc;
    return turn_text(t, &t->hint, err,
                     "%s could not be taken back: mend the cause first, or skip it (Skip in the "
                     "form, --skip): else it fails again",
                     sb_cstr(&names));
}

static enum err_code look_continue(struct turn *t, struct err *err)
{
    struct stack_turn *f;
    enum err_code rc = stack_turn_look(t, true, &f, err);

    if (!rc && f->standing == STACK_ABSENT)
        return err_set(err, ERR_NOT_FOUND, "there is no stack " SV_FMT " in account " SV_FMT,
                       SV_ARG(shown_name(t)), SV_ARG(t->operand->id.account));
    if (rc)
        return rc;
    if (sv_starts(f->stack.status, SV("UPDATE_ROLLBACK_")) && f->standing != STACK_STUCK) {
        t->is_settled = true;
        rc = turn_keep(t, f->stack.status, &t->state, err);
        return rc ? rc
                  : turn_text(t, &t->effect, err, "nothing: the rollback goes on or has ended");
    }
    rc = tell_continue(t, f, err);
    if (!rc && f->standing != STACK_STUCK)
        return turn_text(t, &t->refusal, err,
                         "only a rollback that failed (UPDATE_ROLLBACK_FAILED) can be continued: "
                         "this stack is " SV_FMT,
                         SV_ARG(f->stack.status));
    return rc ? rc : stack_turn_check(t, f, SV("UPDATE_FAILED"), "what can be skipped is", err);
}

static enum err_code send_continue(struct turn *t, struct err *err)
{
    CLEANUP(sb_release) struct sb body;
    const struct aws_reply *reply;
    enum err_code rc;

    sb_init(&body, STACK_BODY_MAX);
    rc = stack_turn_body(t, "ResourcesToSkip.member", &body, err);
    if (!rc)
        rc = turn_text(t, &t->then, err, "the stack is being rolled back");
    if (!rc)
        rc = turn_write(t, OP_CONTINUE_UPDATE_ROLLBACK, sb_sv(&body), "continue the rollback",
                        &reply, err);
    return rc ? rc : stack_turn_watch(t, err);
}

static enum err_code aws_continue(const struct turn *t, struct sb *out, struct err *err)
{
    return stack_turn_aws_line(t, "continue-update-rollback", "resources-to-skip", out, err);
}

static enum err_code own_continue(const struct turn *t, struct sb *out, struct err *err)
{
    return stack_turn_own_line(t, "continue-rollback", out, err);
}

const struct operation operation_continue_rollback = {
    .iam = "cloudformation:ContinueUpdateRollback",
    .verb = "continue the rollback of",
    .look = look_continue,
    .send = send_continue,
    .was_done = stack_turn_was_begun,
    .aws_line = aws_continue,
    .own_line = own_continue,
};
