/* Failures: what AWS and the tools say when an action fails. One list, so that runs only keep a
 * number. Some are hostile on purpose: whoever shows them must clean them. */
#ifndef PENSTOCK_SANDBOX_FAILURES_H
#define PENSTOCK_SANDBOX_FAILURES_H

#include "core/sandbox/world.h"

struct failure {
    const char *code;
    const char *message;
    const char *summary; /* NULL: none */
};

/* The first failures fit any build; the rest are asked for by name. */
enum failure_number {
    FAILURE_NONE,
    FAILURE_BUILD_COMMAND,
    FAILURE_BUILD_TESTS,
    FAILURE_BUILD_TIMEOUT,
    FAILURE_BUILD_ROLE,
    FAILURE_STACK_ROLLBACK,
    FAILURE_COMMON_END, /* the habit draws from those before */
    FAILURE_SOURCE_BRANCH = FAILURE_COMMON_END,
    FAILURE_APPROVAL_EXPIRED,
    FAILURE_REJECTED,
    FAILURE_HOSTILE,
    FAILURE_LONG,
    FAILURE_TOLD, /* by the attempt's deed */
    FAILURE_BUILD_STOPPED,
    FAILURE_FUNCTION, /* a Lambda function's own */
    FAILURE_COUNT
};

const struct failure *failure_get(int number);
/* The same, or what takes its place where an action of that provider could not fail so. */
int failure_of_provider(enum provider provider, int number);

#endif
