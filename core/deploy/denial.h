/* Denials: what AWS says when it does not let a caller do something. "User: ARN is not authorized
 * to perform: ACTION on resource: ARN because ..."; services leave out the one or the other. */
#ifndef PENSTOCK_DEPLOY_DENIAL_H
#define PENSTOCK_DEPLOY_DENIAL_H

#include "core/base/text.h"

struct denial_words {
    struct sv caller; /* ARN; these three may be "" */
    struct sv iam_action;
    struct sv
        resource; /* as permissions name it: a pipeline's name, else what follows the account */
};
/* In the raw answer, JSON or XML; borrowed from it. */
struct denial_words denial_read(struct sv body);

#endif
