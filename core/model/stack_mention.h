/* A CloudFormation stack that a line of text names: by its ARN, or as CDK does. Slices of the
 * line. */
#ifndef PENSTOCK_MODEL_STACK_MENTION_H
#define PENSTOCK_MODEL_STACK_MENTION_H

#include "core/base/arena.h"
#include "core/base/text.h"

struct stack_mention {
    struct sv name;
    struct sv account; /* these two "" = it does not say */
    struct sv region;
};

/* "arn:aws:cloudformation:eu-west-1:222222222222:stack/Lake-Prod/2f6b", "... the stack named
 * Lake-Prod failed to deploy: ...". The first one; false, and empty texts, when there is none. */
bool stack_mention_find(struct sv line, struct stack_mention *out);
/* The same, in the arena. */
enum err_code stack_mention_keep(struct arena *arena, const struct stack_mention *from,
                                 struct stack_mention *out, struct err *err) MUST_CHECK;

#endif
