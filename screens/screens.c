/* The list of screens. To add one: write its file, add its name here, run the tests. */
#include "tui/screen.h"

/* clang-format off */
#define SCREEN_LIST(X) \
    X(home)            \
    X(pipelines)       \
    X(pipeline)        \
    X(executions)      \
    X(execution)       \
    X(compare)         \
    X(approvals)       \
    X(describe)        \
    X(changes)         \
    X(environments)    \
    X(environment)     \
    X(findings)        \
    X(log)             \
    X(failure)         \
    X(audit)           \
    X(audit_row)       \
    X(act)             \
    X(stacks)          \
    X(stack)           \
    X(repository)      \
    X(commits)         \
    X(commit)          \
    X(files)           \
    X(file)            \
    X(operation)       \
    X(create)          \
    X(edit)            \
    X(removal)         \
    X(help)            \
    X(messages)        \
    X(settings)
/* clang-format on */

#define SCREEN_DECLARE(name) extern const struct screen name##_screen;
SCREEN_LIST(SCREEN_DECLARE)
#undef SCREEN_DECLARE

const struct screen *const screens[] = {
#define SCREEN_ROW(name) &name##_screen,
    SCREEN_LIST(SCREEN_ROW)
#undef SCREEN_ROW
        NULL,
};
