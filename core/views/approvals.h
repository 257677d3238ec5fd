/* Approvals: everything that waits for a person's yes, in every context of a scope, the oldest
 * first, from the cache alone.
 *
 * What one releases is counted from what the stage behind it runs now, as core/operate/released.h
 * has it. A PARALLEL pipeline's
 * approvals are its action runs', since its state tells of one execution only; they are as AWS
 * listed them last. */
#ifndef PENSTOCK_VIEWS_APPROVALS_H
#define PENSTOCK_VIEWS_APPROVALS_H

#include "core/operate/carried.h"
#include "core/views/filter.h"
#include "core/views/scope.h"

enum { APPROVAL_SOON_MS = 12 * 60 * 60 * 1000 };

struct approval {
    int64_t number;          /* stands for it, never 0: the same at each load */
    struct pipeline_row row; /* its CodePipeline */
    struct sv stage;
    struct sv action;
    struct sv environment;      /* it releases to; "" when the stage's name does not tell */
    struct sv released;         /* the stage behind it; its own when there is none */
    struct execution execution; /* only its id when the cache does not know it */
    int64_t since;              /* 0 = not known */
    int64_t expires;
    struct sv asked;  /* who released it: a person or, by a push, the commit's author; "" = ? */
    struct sv author; /* of the commit; "" = not known */
    struct sv data;   /* CustomData */
    struct sv link;   /* for the reviewer */
    int commit_count; /* since what the stage runs now; -1 = not known */
    bool has_more;    /* so many at least */
    size_t taken;     /* commits that it takes back there */
    bool taken_cut;   /* ...at least */
    size_t again;     /* of its commits: those that had been rolled back there */
    const struct commit *commits; /* the latest first */
    struct sv last_id;            /* the execution that succeeded there last; "" = none is known */
    bool is_read;                 /* what it carried was read */
};

struct approvals {
    struct arena arena;
    struct approval *rows;
    int64_t *ids;
    int count;
    int total; /* before the filter */
};

/* What its filter may look into; a NULL ends them. */
extern const char *const approval_fields[];

void approvals_init(struct approvals *a);
void approvals_release(struct approvals *a);
/* scope and filter may be NULL: everything. On failure *a is left as it was. */
enum err_code approvals_load(struct approvals *a, struct cache *cache, const struct scope *scope,
                             const struct filter *filter, struct err *err) MUST_CHECK;

/* How many would be in the list. Of more than so many pipelines the others count as one each. */
enum { APPROVALS_COUNTED = 100 };
enum err_code approvals_count(struct cache *cache, const struct scope *scope, int64_t *out,
                              struct err *err) MUST_CHECK;

/* "prod", else the stage it releases to. */
struct sv approval_goal(const struct approval *approval);
/* "3", "50+", "?". */
enum { APPROVAL_COUNT_SIZE = 16 };
const char *approval_commits(const struct approval *approval, char out[APPROVAL_COUNT_SIZE]);
/* "6d23h", "3h SOON", "expired", "-". */
enum { APPROVAL_LEFT_SIZE = 32 };
const char *approval_left(const struct approval *approval, int64_t now_ms,
                          char out[APPROVAL_LEFT_SIZE]);
bool approval_is_soon(const struct approval *approval, int64_t now_ms);

/* The JSON of `penstock approvals` (README, "JSON"). */
enum err_code approvals_json(const struct approvals *a, bool is_whole, struct sb *out,
                             struct err *err) MUST_CHECK;

#endif
