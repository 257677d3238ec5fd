/* The guard: which environments are protected, when nothing may be written, and whether two people
 * must see a release. From penstock's own config file, read anew for each plan and each write:
 *
 *   [guard]
 *   protected = prod, production         default: prod; "" = none
 *   protected_pipelines = billing, core-*  whole pipelines, wherever they lead; * is any text
 *   four_eyes = true                     nobody approves their own commit; default: false
 *   [freeze]
 *   year-end = 2026-12-20 to 2027-01-04: the books are being closed
 *   nights   = prod, pre: 18:00 to 07:00 mon-fri Europe/Berlin: nobody is there to help
 *   weekend  = prod: cron 0 16 * * fri for 64h Europe/Berlin: call the on-call first
 *   [people]
 *   alice@example.com = asmith, arn:aws:iam::111111111111:user/alice
 *   ben@example.com   = arn:aws:iam::222222222222:role/Deploy, *:assumed-role/Ops/ben-*
 *
 * A freeze is [ENVIRONMENT, ...:] WHEN [ZONE]: REASON; each colon is followed by a blank. Without
 * environments it is for all. WHEN is one of
 *   DATE                        that day
 *   MOMENT to MOMENT            MOMENT: DATE, DATEThh:mm or RFC 3339; an end without an hour is the
 *                               end of that day
 *   hh:mm to hh:mm [DAYS]       each day; over midnight when it ends earlier than it begins: it
 * then belongs to the day it begins on. 24:00 may end it DAYS                        mon-fri,
 * sat,sun, fri-mon: those days cron M H DOM MON DOW for D  from each moment that cron would run at,
 * for 90m, 64h, 2d (31d at most); as in cron, a day needs one of DOM and DOW when both are given
 * ZONE is a name of the time zone database, UTC when it is absent. Where a clock is put forward or
 * back, what begins in the hour that is twice begins with the first one and ends with the last.
 *
 * Four eyes: the author of a commit is "NAME <E-MAIL>", or one of them; the caller is an ARN, whose
 * user name or session name tells the person (AWS knows no more). They are the same person when the
 * user or session name, or its part before an @, equals the author's name, e-mail, or the part of
 * the e-mail before + or @, in any case of letters and without blanks, dots, dashes and
 * underscores; or when [people] says so: an author's e-mail or name = user names, session names or
 * ARNs of theirs, with stars for any text; the ARN of a role stands for all its sessions. Every
 * commit that an approval lets through counts. What cannot be told is let through with true, with a
 * warning, and refused with `four_eyes = strict`: a commit without a known author, one that could
 * not be read, and sessions that a program named (i-0abc, botocore-session-1, and penstock-ana, as
 * penstock names what it assumes itself), unless [people] says whose they are. Who may choose the
 * name of a session may choose another's: where that matters, the role's trust policy must hold it
 * (sts:RoleSessionName).
 *
 * An environment is what penstock's own stage names or tags tell, in any case of letters, and prod,
 * production, prd and live are the same one. Of a pipeline that others made each stage counts by
 * its name and by the words in it, so "prod" protects and freezes "Production", "Deploy-Production"
 * and "ProdDeploy" (core/operate/guard_name.h), and by the account that its actions work in: it
 * leads to the environments that are known there (core/operate/guard_place.h). The plan says so
 * where no environment is known.
 *
 * Whatever is wrong in there refuses writes with a sentence: a guard that cannot be read is
 * closed. */
#ifndef PENSTOCK_OPERATE_GUARD_H
#define PENSTOCK_OPERATE_GUARD_H

#include "core/aws/settings.h"
#include "core/deploy/plan.h"

enum { REASON_MAX = 300, GUARD_UNLOCK_MAX = REASON_MAX + 64 };
enum { GUARD_TEXT_MAX = 300, GUARD_NAME_MAX = 128, UNLOCK_MINUTES_MAX = 8 * 60, FREEZES_MAX = 200 };

struct guard_ask {
    const struct aws_env *env;
    struct sv environment; /* or a stage's name; "" = none in particular: frozen by those for all */
    bool is_stage;         /* ...which is no environment's: its words count */
    bool is_any;           /* which environment is not known: every freeze counts */
    struct sv pipeline;    /* the CodePipeline's name; "" = none in particular */
    struct sv caller;      /* ARN */
    struct sv author; /* of the commits that an approval would release, one a line; an empty line
                         is of one that is not known */
    bool is_approval;
    int64_t now_ms; /* wall */
};
struct guard_answer {
    bool is_protected;           /* its pipeline's name must be typed */
    bool is_unlocked;            /* ...but an unlock is open: y is enough. Opens no freeze */
    char why[GUARD_NAME_MAX];    /* what is protected: "prod", "the pipeline sales"; "" = nothing */
    char frozen[GUARD_TEXT_MAX]; /* the freeze's name, end and reason; "" = not frozen */
    char eyes[GUARD_TEXT_MAX];   /* why four eyes refuse it; "" = they do not */
    bool has_doubt;              /* four eyes are wanted, and it cannot be told */
};
/* ERR_CONFIG names file, section and key. */
enum err_code guard_judge(const struct guard_ask *ask, struct guard_answer *out,
                          struct err *err) MUST_CHECK;

/* May four eyes refuse an approval? Not while the config cannot be read: the plan says so. */
bool guard_wants_eyes(const struct aws_env *env);

/* The freezes that are in force now, in the order of the file; what they hold lasts until the
 * function returns. */
struct freeze_view {
    struct sv name;
    struct sv environments; /* as written; "" = all */
    struct sv reason;
    int64_t until_ms;
    const char *until; /* "2027-01-05 00:00 Europe/Berlin" */
};
typedef bool freeze_fn(void *owner, const struct freeze_view *freeze); /* false ends it */
enum err_code guard_freezes(const struct aws_env *env, int64_t now_ms, freeze_fn *fn, void *owner,
                            struct err *err) MUST_CHECK;

/* For so many minutes protected environments need no typed name, in this process. Audited by the
 * caller. ERR_USAGE for a reason that is empty, or minutes that are none or too many. */
enum err_code guard_unlock(int minutes, struct sv reason, int64_t now_ms,
                           struct err *err) MUST_CHECK;
void guard_lock(void);
/* Until when, and why; 0 = it is locked. A clock that is set back keeps nothing open for longer. */
int64_t guard_unlocked_until(int64_t now_ms, const char **reason);
/* "unlocked until 2026-11-21T14:40:00Z: why"; "" = it is locked. */
void guard_unlock_text(int64_t now_ms, char out[GUARD_UNLOCK_MAX]);

#endif
