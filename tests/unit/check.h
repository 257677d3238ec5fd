/* Checks for unit tests: cmocka behind the few words that a test needs.
 *
 * REQUIRE ends the test at once when what follows would make no sense; the CHECKs do the same,
 * because cmocka knows no softer failure, and say which two values differ. A test program lists
 * its functions as TEST(test_name) and ends with `return RUN(tests);`. */
#ifndef PENSTOCK_TESTS_CHECK_H
#define PENSTOCK_TESTS_CHECK_H

/* cmocka.h wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/text.h"

enum { CHECK_SKIPPED = 77 }; /* the exit status that ctest shows as skipped */

static inline void check_int(int64_t got, int64_t want, const char *what, const char *file,
                             int line)
{
    if (got == want)
        return;
    print_error("%s is %lld, not %lld\n", what, (long long)got, (long long)want);
    _fail(file, line);
}

static inline void check_sv(struct sv got, struct sv want, const char *what, const char *file,
                            int line)
{
    if (sv_eq(got, want))
        return;
    print_error("%s is \"" SV_FMT "\"\n  not \"" SV_FMT "\"\n", what, SV_ARG(got), SV_ARG(want));
    _fail(file, line);
}

static inline void check_true(bool claim, const char *what, const char *file, int line)
{
    if (claim)
        return;
    print_error("not true: %s\n", what);
    _fail(file, line);
}

#define CHECK_INT(got, want) check_int((int64_t)(got), (int64_t)(want), #got, __FILE__, __LINE__)
#define CHECK_SV(got, want)  check_sv((got), (want), #got, __FILE__, __LINE__)
#define CHECK_STR(got, want) check_sv(sv_of(got), sv_of(want), #got, __FILE__, __LINE__)
#define CHECK_TRUE(claim)    check_true((claim), #claim, __FILE__, __LINE__)
#define REQUIRE(claim)       CHECK_TRUE(claim)
/* REQUIRE_OK(call, &err): the call must succeed; prints the sentence when it does not. */
#define REQUIRE_OK(call, err)                                                                      \
    do {                                                                                           \
        if (call) {                                                                                \
            print_error("%s: %s\n", #call, (err)->text);                                           \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)

#define TEST(fn)   cmocka_unit_test(fn)
#define RUN(tests) cmocka_run_group_tests((tests), NULL, NULL)

#endif
