/* Work: what the console does to AWS. One act at a time, and small errands that only read; both go
 * on whatever screen is open, because they belong to the console and not to a screen.
 *
 * A screen begins an act by REACT_ACT in its answer: the console makes the act, lets the screen
 * fill its input, has it planned, and opens the screen "act", which shows the plan, takes the
 * consent and shows the job. It begins an errand by REACT_ERRAND. In tests and with --cached there
 * is no work: the flash line says why. */
#ifndef PENSTOCK_TUI_WORK_H
#define PENSTOCK_TUI_WORK_H

#include "core/actions/act.h"
#include "core/deploy/doctor.h"

/* clang-format off */
/*       name           what it reads */
#define ERRAND_LIST(X) \
    X(NONE,             "")                            \
    X(ENVIRONMENTS,     "reading the environments")    /* into the cache */ \
    X(DOCTOR,           "examining")                   /* answer.names, or all; into the cache */ \
    X(FETCH,            "reading the definition")      /* answer.names: one pipeline's */
/* clang-format on */
#define ERRAND_ENUM(name, text) ERRAND_##name,
enum errand { ERRAND_LIST(ERRAND_ENUM) ERRAND_COUNT };
#undef ERRAND_ENUM

enum { WORK_NAMES_MAX = 64 };

struct work {
    struct deploy deploy; /* the act's */
    struct deploy reader; /* the errands': an act's plan points into the other's environments */
    struct net *net;
    struct act *act; /* NULL: nothing was begun. It stays when it has ended, until the next one */
    int64_t plan_began_ms; /* wall */
    uint64_t begun;        /* acts, until now */
    uint64_t seen;         /* everything that was drawn: see work_has_news */
    enum errand errand;    /* NONE: none runs */
    struct task *task;
    struct arena arena; /* names of the errand */
    struct sv names[WORK_NAMES_MAX];
    size_t name_count;
    struct err errand_err;       /* of the last one that failed; "" after one that did not */
    uint64_t errands_done;       /* goes up when one ends */
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
/* names are copied; ERR_USAGE while one runs. */
enum err_code work_start_errand(struct work *work, enum errand errand, const struct sv *names,
                                size_t count, struct err *err) MUST_CHECK;
/* Has something changed since the last time this was asked? */
bool work_has_news(struct work *work);
bool work_is_busy(const struct work *work); /* an act plans or runs */
bool work_runs(const struct work *work);    /* an act writes to AWS; NULL is fine */
/* What the doctor found since penstock was started; NULL when it did not look. */
const struct diagnosis *work_diagnosis(const struct work *work, struct sv name);
const char *errand_text(enum errand errand);

#endif
