/* What the audit is told of an act as a whole: that it was agreed to, refused, and how it ended. */
#include "core/actions/act_parts.h"
#include "core/base/log.h"
#include "core/deploy/audit.h"

enum { REASON_CAP = 2048 };

enum err_code act_audit(const struct act *act, const char *outcome, struct sv text, struct err *err)
{
    CLEANUP(sb_release) struct sb reason;
    struct audit_line line = {.outcome = outcome,
                              .action = sv_of(act->deploy->action),
                              .operation = SV(""),
                              .account = sv_of(act->plan.account),
                              .region = sv_of(act->plan.region),
                              .caller = sv_of(act->plan.caller),
                              .text = text,
                              .reason = sv_of(act->deploy->reason)};

    sb_init(&reason, REASON_CAP);
    if (action_is_operation(act->action) && act->work->operating.targets != NULL)
        operate_tell(&act->work->operating, &reason, &line);
    return audit_write(act->deploy->audit_dir, &line, err);
}

void act_plan_words(const struct plan *plan, struct sb *out)
{
    enum err_code rc = sb_addf(out, NULL, "%s", plan->title);

    for (const struct plan_step *step = plan->steps; step != NULL && !rc; step = step->next) {
        rc = sb_addf(out, NULL, "; " SV_FMT " [" SV_FMT " " SV_FMT "]", SV_ARG(step->calls),
                     SV_ARG(step->account), SV_ARG(step->region));
        for (const struct plan_item *i = step->items; i != NULL && !rc; i = i->next)
            rc = sb_addf(out, NULL, ", %s " SV_FMT " " SV_FMT, effect_word(i->effect),
                         SV_ARG(sv_take(i->name, 100)), SV_ARG(sv_take(i->detail, 300)));
    }
}

void act_refused(const struct act *act, const char *why)
{
    struct err lost = {0};

    if (!act->is_dry && act_audit(act, "refused", sv_of(why), &lost))
        log_error("%s", lost.text);
}

/* What another input would mend, and what AWS could not be asked for, is no refusal. */
static bool is_refusal(enum err_code rc)
{
    return rc == ERR_DENIED || rc == ERR_NOT_FOUND || rc == ERR_CONFIG || rc == ERR_FAILED;
}

bool act_plan_refused(const struct act *act, enum err_code rc, const struct err *err)
{
    const struct defects *defects = act->plan.defects;

    if (rc) {
        if (is_refusal(rc))
            act_refused(act, err->text);
        return is_refusal(rc);
    }
    for (size_t i = 0; i < defects->count; i++) {
        if (!defects->items[i].is_refusal)
            continue;
        act_refused(act, defects->items[i].text);
        return true;
    }
    return false;
}

void act_decline(struct act *act, const char *why)
{
    if (act->state == ACT_PLANNED && !act->is_confirmed)
        act_refused(act, why);
}

void act_leave(struct act *act, const char *why)
{
    struct err lost = {0};

    if (act->state == ACT_PLANNED && !act->is_confirmed && !act->is_dry &&
        act_audit(act, "left", sv_of(why), &lost))
        log_error("%s", lost.text);
}
