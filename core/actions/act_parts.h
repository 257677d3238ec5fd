/* What the files of an act share. */
#ifndef PENSTOCK_ACTIONS_ACT_PARTS_H
#define PENSTOCK_ACTIONS_ACT_PARTS_H

#include "core/actions/act.h"

enum { SUBJECT_SIZE = 450 };

union act_work {
    struct environment_edit edit;
    struct environment_removal strike;
    struct bootstrap_job bootstrap;
    struct create create;
    struct change change;
    struct removal removal;
    struct operating operating;
};

/* What it is about, by name: "dev, prod and 3 more". */
const char *act_subject(const struct act *act, char out[SUBJECT_SIZE]);

/* A row of the act as a whole. */
enum err_code act_audit(const struct act *act, const char *outcome, struct sv text,
                        struct err *err) MUST_CHECK;
/* What was agreed to, in a line: the title, and each step with its calls and effects. Cut where a
 * row of the audit ends. */
void act_plan_words(const struct plan *plan, struct sb *out);
/* A row, unless only the plan was wanted. */
void act_refused(const struct act *act, const char *why);
/* A row when the plan was refused, and not only what was typed for it; true then. */
bool act_plan_refused(const struct act *act, enum err_code rc, const struct err *err);

/* What the freeze calendar and the protected environments say of an act that is planned: a defect,
 * or the word to type. Operations ask the guard themselves. */
enum err_code act_guard_put(const struct act *act, struct plan *plan, struct err *err) MUST_CHECK;
/* Again, when somebody agrees: a freeze may have begun, or an unlock ended. */
enum err_code act_guard_check(const struct act *act, struct err *err) MUST_CHECK;
/* The unlock that was needed for it; "" = none was. */
void act_guard_unlock(const struct act *act, char out[GUARD_UNLOCK_MAX]);

#endif
