/* What a bootstrap stack is to be, from the one that stands there and what was asked for; pure.
 * Only the bootstrap files include this. */
#ifndef PENSTOCK_DEPLOY_BOOTSTRAP_WISH_H
#define PENSTOCK_DEPLOY_BOOTSTRAP_WISH_H

#include "core/deploy/bootstrap.h"
#include "core/deploy/stack.h"

struct bootstrap_wish {
    struct stack_wish stack;
    struct sv trusted; /* comma-separated, as it will be */
    struct sv policies;
    struct sv trusted_before; /* "" without a stack */
    struct sv policies_before;
    int64_t version_before; /* 0: none, or none that tells */
    int64_t version;        /* as it will be */
};

/* old NULL: there is none. home is the CICD account. What cannot be, or should be known, goes into
 * defects under the environment's name. All texts are the arena's. */
enum err_code bootstrap_wish_make(const struct bootstrap_job *b, const struct environment *e,
                                  const struct stack *old, struct sv home, struct arena *arena,
                                  struct defects *defects, struct bootstrap_wish *out,
                                  struct err *err) MUST_CHECK;

/* The next item of a comma-separated list that is not empty; false at its end. */
bool comma_next(struct sv *list, struct sv *item);
bool comma_has(struct sv list, struct sv item);

#endif
