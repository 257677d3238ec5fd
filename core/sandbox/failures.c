#include "core/sandbox/failures.h"

static const struct failure failures[] = {
    [FAILURE_NONE] = {NULL, NULL, NULL},
    [FAILURE_BUILD_COMMAND] =
        {"JobFailed",
         "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, "
         "Message: Error while executing command: cdk deploy --all --require-approval never. "
         "Reason: exit status 1",
         NULL},
    [FAILURE_BUILD_TESTS] =
        {"JobFailed",
         "Build terminated with state: FAILED. Phase: PRE_BUILD, Code: COMMAND_EXECUTION_ERROR, "
         "Message: Error while executing command: pytest -q tests/unit. Reason: exit status 2",
         NULL},
    [FAILURE_BUILD_TIMEOUT] = {"JobFailed",
                               "Build terminated with state: TIMED_OUT. Phase: BUILD, Code: "
                               "BUILD_TIMED_OUT, Message: Build has timed out.",
                               NULL},
    [FAILURE_BUILD_ROLE] =
        {"JobFailed",
         "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, "
         "Message: AccessDenied: not authorized to perform: sts:AssumeRole on resource: "
         "arn:aws:iam::444444444444:role/cdk-hnb659fds-deploy-role-444444444444-eu-west-1",
         NULL},
    [FAILURE_STACK_ROLLBACK] =
        {"JobFailed",
         "Resource handler returned message: \"Table already exists: curated_orders\" "
         "(RequestToken: 7f3c, HandlerErrorCode: AlreadyExists); the stack is in "
         "UPDATE_ROLLBACK_COMPLETE",
         NULL},
    [FAILURE_SOURCE_BRANCH] = {"ConfigurationError",
                               "The action failed because no branch named release was found in "
                               "the selected AWS CodeCommit repository.",
                               NULL},
    /* AWS's own words are not known. */
    [FAILURE_APPROVAL_EXPIRED] = {"JobTimedOut",
                                  "The approval request expired before anybody answered it.", NULL},
    [FAILURE_REJECTED] = {NULL, NULL, "Rejected"},
    [FAILURE_HOSTILE] =
        {"JobFailed",
         "\x1b]0;owned\x07\x1b[2J\x1b[31mBuild terminated\x1b[0m with state: FAILED.\r\n"
         "Phase:\tBUILD \xe2\x80\xae"
         "dessap stset lla\xe2\x80\xac \xc2\x9b"
         "2J \xe2\x80\x8b\xe2\x80\x8b",
         "\x1b[1;32mSucceeded\x1b[0m \xe2\x81\xa6really\xe2\x81\xa9"},
    [FAILURE_LONG] =
        {"JobFailed",
         "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, "
         "Message: Traceback (most recent call last): File \"/codebuild/output/src/app.py\", line "
         "88, in <module> stack = OrdersStack(app, \"orders\", env=env) File "
         "\"/codebuild/output/src/stacks/orders.py\", line 141, in __init__ self._grants() File "
         "\"/codebuild/output/src/stacks/orders.py\", line 209, in _grants raise ValueError(f\""
         "no grantee for {table}\") ValueError: no grantee for curated_orders_by_customer_and_"
         "region_since_2019_with_returns; the same for 41 more tables, see the build's log",
         NULL},
    [FAILURE_TOLD] = {NULL, NULL, NULL},
    [FAILURE_BUILD_STOPPED] = {"JobFailed", "Build terminated with state: STOPPED", NULL},
    [FAILURE_FUNCTION] = {"JobFailed",
                          "Row counts differ: 120394 in the source, 120391 in curated_orders; "
                          "nothing was published",
                          NULL},
};

_Static_assert(ARRAY_LEN(failures) == FAILURE_COUNT, "a text per failure");

const struct failure *failure_get(int number)
{
    return &failures[number >= 0 && number < FAILURE_COUNT ? number : FAILURE_NONE];
}

int failure_of_provider(enum provider provider, int number)
{
    bool is_build = number >= FAILURE_BUILD_COMMAND && number <= FAILURE_BUILD_ROLE;

    if (provider == PROVIDER_CLOUDFORMATION && is_build)
        return FAILURE_STACK_ROLLBACK;
    if (provider == PROVIDER_LAMBDA && (is_build || number == FAILURE_STACK_ROLLBACK))
        return FAILURE_FUNCTION;
    return number;
}
