/* The guard: which environments are protected, when nothing may be written, and whether two people
 * must see a release. From the config's sections, read anew for each plan and each write:
 *
 *   [guard]
 *   protected = prod, production         default: prod; "" = none
 *   four_eyes = true                     nobody approves their own commit; default: false
 *   [freeze]
 *   year-end = 2026-12-20 to 2027-01-04: the books are being closed
 *   nights   = prod, pre: 18:00 to 07:00 mon-fri Europe/Berlin: nobody is there to help
 *
 * A freeze is [ENVIRONMENT, ...:] WHEN: REASON; without environments it is for all. Whatever is
 * wrong in there refuses writes with a sentence: a guard that cannot be read is closed. */
#ifndef PENSTOCK_OPERATE_GUARD_H
#define PENSTOCK_OPERATE_GUARD_H

#include "core/aws/settings.h"
#include "core/deploy/plan.h"

enum { GUARD_TEXT_MAX = 300, UNLOCK_MINUTES_MAX = 8 * 60 };

struct guard_ask {
    const struct aws_env *env;
    struct sv environment; /* "" = none in particular: frozen by those for all, never protected */
    struct sv caller;      /* ARN */
    struct sv author;      /* of the commit that an approval would release; "" = not known */
    bool is_approval;
    int64_t now_ms; /* wall */
};
struct guard_answer {
    bool is_protected;           /* its pipeline's name must be typed */
    bool is_unlocked;            /* ...but an unlock is open: y is enough */
    char frozen[GUARD_TEXT_MAX]; /* the freeze's name, end and reason; "" = not frozen */
    char eyes[GUARD_TEXT_MAX];   /* why four eyes refuse it; "" = they do not */
};
enum err_code guard_judge(const struct guard_ask *ask, struct guard_answer *out,
                          struct err *err) MUST_CHECK;

/* For so many minutes protected environments need no typed name, in this process. Audited by the
 * caller. ERR_USAGE for a reason that is empty, or minutes that are none or too many. */
enum err_code guard_unlock(int minutes, struct sv reason, int64_t now_ms,
                           struct err *err) MUST_CHECK;
void guard_lock(void);
/* Until when, and why; 0 = it is locked. */
int64_t guard_unlocked_until(int64_t now_ms, const char **reason);

#endif
