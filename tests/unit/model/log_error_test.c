/* Lines of the usual tools: which tell of an error. */
#include "core/model/log_error.h"
#include "tests/unit/check.h"

static void test_errors_are_seen(void **state)
{
    static const char *const errors[] = {
        "error[E0425]: cannot find value `x` in this scope",
        "FAILED tests/test_x.py::test_a - AssertionError",
        "Traceback (most recent call last):",
        "botocore.exceptions.ClientError: An error occurred (AccessDenied)",
        "[Container] 2026/11/21 11:58:02 Command did not exit successfully npm test exit status 1",
        "E   ValidationError: 3 errors",
        "10 errors generated.",
        "fatal: not a git repository",
        "sh: 1: cdk: command not found",
    };
    static const char *const plain[] = {
        "0 errors, 0 warnings",
        "Tests run: 12, Failures: 0, Errors: 0, Skipped: 0",
        "no errors found",
        "terror is a word",
        "compiled without errors",
        "set -e",
        "",
        "12 passed, 0 failed",
        "errors=0 failures=0",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        if (!log_line_is_error(sv_of(errors[i])))
            print_error("not seen: %s\n", errors[i]);
        CHECK_TRUE(log_line_is_error(sv_of(errors[i])));
    }
    for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
        if (log_line_is_error(sv_of(plain[i])))
            print_error("no error: %s\n", plain[i]);
        CHECK_TRUE(!log_line_is_error(sv_of(plain[i])));
    }
}

static void test_codebuilds_own_lines(void **state)
{
    (void)state;
    CHECK_TRUE(
        log_line_is_end(SV("[Container] 2026/11/21 11:58:02 Phase complete: BUILD State: FAILED")));
    CHECK_TRUE(!log_line_is_end(SV("State: FAILED")));
    CHECK_TRUE(log_line_is_command(SV("[Container] 2026/11/21 11:58:00 Running command npm test")));
    CHECK_TRUE(!log_line_is_command(SV("Running command x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_errors_are_seen),
        TEST(test_codebuilds_own_lines),
    };
    return RUN(tests);
}
