/* Work: what the console does to AWS. One act at a time, and small errands that only read; both go
 * on whatever screen is open, because they belong to the console and not to a screen.
 *
 * A screen begins an act by REACT_ACT in its answer: the console makes the act, lets the screen
 * fill its input, has it planned, and opens the screen "act", which shows the plan, takes the
 * consent and shows the job. It begins an errand by REACT_ERRAND, or by being opened (struct
 * screen's errand). In tests and with --cached there is no work: the flash line says why.
 *
 * Several errands read at once, the others wait in a queue. The same one for the same target is not
 * begun twice. Those of this file's own need the environments, which are read for them; the others
 * are readings (core/operate/reading.h) of one target, and never read the environments. */
#ifndef PENSTOCK_TUI_WORK_H
#define PENSTOCK_TUI_WORK_H

#include "core/actions/act.h"
#include "core/deploy/doctor.h"
#include "core/operate/reading.h"
#include "tui/screen.h"

/* clang-format off */
/*       name           what it does                   the reading, declared in a header that
 *                                                     errands.c includes; NULL = errands.c's own */
#define ERRAND_LIST(X) \
    X(NONE,             "",                            NULL) \
    X(ENVIRONMENTS,     "reading the environments",    NULL) /* into the cache */ \
    X(DOCTOR,           "examining",                   NULL) /* names, or all; into the cache */ \
    X(FETCH,            "reading the definition",      NULL) /* names: one pipeline's */ \
    X(CANDIDATES,       "reading what can be gone back to", rollback_candidates) \
    X(PERMISSIONS,      "asking what is permitted",    permissions_simulate) \
    X(LOG,              "reading the log",             log_read) \
    X(SAVE_LOG,         "saving the log",              log_save) \
    X(FAILURE,          "reading why it failed",       failure_read) \
    X(APPROVALS,        "reading what approvals release", approvals_read) \
    X(EXECUTION,        "reading the execution",       execution_page_read) \
    X(COMPARE,          "reading what lies between",   compare_read) \
    X(STACKS,           "reading the stacks",          stacks_read) \
    X(STACK,            "reading the stack",           stack_read) \
    X(DRIFT,            "looking for drift",           stack_drift_read) \
    X(REPOSITORY,       "reading the repository",      repository_page_read) \
    X(BRANCH,           "reading the commits",         branch_read) \
    X(COMMIT,           "reading the commit",          commit_read) \
    X(FOLDER,           "reading the folder",          folder_read) \
    X(FILE,             "reading the file",            repository_file_read)
/* clang-format on */
#define ERRAND_ENUM(name, text, reading) ERRAND_##name,
enum errand { ERRAND_LIST(ERRAND_ENUM) ERRAND_COUNT };
#undef ERRAND_ENUM

/* A plan makes many calls, each in a part of a second: a longer wait is worth a word. */
enum { WORK_SILENT_MS = 3000 };
enum { WORK_NAMES_MAX = 64, ERRANDS_AT_ONCE = 4, ERRANDS_QUEUED = 16, ERRANDS_ENDED = 16 };

/* One errand: queued, running, or ended. */
struct errand_run {
    enum errand errand; /* NONE: the place is free */
    struct target target;
    struct arena arena; /* of names */
    struct sv *names;
    size_t name_count;
    bool is_told;   /* a person asked for it by a key: its beginning and end are said */
    bool is_ahead;  /* nobody asked for it: that it failed is not said */
    struct err err; /* of an ended one */
    struct task *task;
    struct work *work;
};

struct work {
    struct deploy deploy; /* the act's */
    struct deploy reader; /* the errands': an act's plan points into the other's environments */
    struct net *net;
    struct act *act; /* NULL: nothing was begun. It stays when it has ended, until the next one */
    int64_t plan_began_ms;   /* wall */
    int64_t silent_since_ms; /* wall: AWS has not answered the act; 0 = it does, or is not asked */
    uint64_t silences;       /* goes up when that changes */
    uint64_t begun;          /* acts, until now */
    uint64_t seen;           /* everything that was drawn: see work_has_news */
    struct errand_run running[ERRANDS_AT_ONCE];
    struct errand_run queue[ERRANDS_QUEUED]; /* the first is the next one */
    size_t queue_count;
    struct errand_run ended[ERRANDS_ENDED]; /* a ring; the newest at (errands_ended - 1) % size */
    uint64_t errands_ended;
    uint64_t errand_news;        /* goes up with all that can be seen of them */
    struct diagnosis *diagnoses; /* the last one of each environment that DOCTOR examined */
    size_t diagnosis_count;
    struct arena fetch_arena; /* of FETCH: what was read stays until the next one */
    struct made_pipeline fetched;
    bool has_fetched;
};

/* The first usable context of the list, which must be one account's. */
enum err_code work_open(struct aws *aws, struct net *net, struct cache *cache,
                        const struct context_list *contexts, const struct context_options *options,
                        bool is_read_only, struct work **out, struct err *err) MUST_CHECK;
void work_close(struct work *work); /* ends what runs; NULL is fine */

/* A new act of that kind in work->act, empty; the old one is gone. ERR_USAGE while one runs; one
 * that only plans is dropped. */
enum err_code work_new_act(struct work *work, enum action_id action, struct err *err) MUST_CHECK;
/* act_plan, and when it was: now_ms is the wall's. */
enum err_code work_plan(struct work *work, int64_t now_ms, struct err *err) MUST_CHECK;
/* At once or queued; target and names are copied, either may be NULL. One that is under way
 * already is left alone, which is no error. ERR_LIMIT when too many wait. */
struct errand_ask {
    enum errand errand;
    const struct target *target;
    const struct sv *names;
    size_t name_count;
    bool is_told;
    bool is_ahead;
};
enum err_code work_start_errand(struct work *work, const struct errand_ask *ask,
                                struct err *err) MUST_CHECK;
/* It runs or waits; target NULL: for any. False without work. */
bool work_reads(const struct work *work, enum errand errand, const struct target *target);
/* How the last one ended, as far back as they are kept; "" and ERR_OK when it went well, runs again
 * or was never begun. Borrowed until the next turn. */
const struct err *work_errand_err(const struct work *work, enum errand errand,
                                  const struct target *target);
/* Has something changed since the last time this was asked? */
bool work_has_news(struct work *work);
bool work_is_busy(const struct work *work); /* an act plans or runs */
bool work_runs(const struct work *work);    /* an act writes to AWS; NULL is fine */
/* What the doctor found since penstock was started; NULL when it did not look. */
const struct diagnosis *work_diagnosis(const struct work *work, struct sv name);
const char *errand_text(enum errand errand);
/* For work_open and work_close. */
void errands_open(struct work *work);
void errands_close(struct work *work);

#endif
