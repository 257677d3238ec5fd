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

/* What the freeze calendar and the protected environments say of an act that is planned: a defect,
 * or the word to type. Operations ask the guard themselves. */
enum err_code act_guard_put(const struct act *act, struct plan *plan, struct err *err) MUST_CHECK;
/* Again, when somebody agrees: a freeze may have begun, or an unlock ended. */
enum err_code act_guard_check(const struct act *act, struct err *err) MUST_CHECK;

#endif
