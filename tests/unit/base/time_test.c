#include "core/base/time.h"

#include <math.h>

#include "tests/unit/check.h"

static void test_written_forms_agree_with_the_calendar(void **state)
{
    static const struct {
        int64_t ms;
        const char *rfc3339, *amz;
    } rows[] = {
        {1440938160000, "2015-08-30T12:36:00Z", "20150830T123600Z"},
        {951782399123, "2000-02-28T23:59:59.123Z", "20000228T235959Z"},
        {951782400000, "2000-02-29T00:00:00Z", "20000229T000000Z"},
        {4107542400000, "2100-03-01T00:00:00Z", "21000301T000000Z"},
        {1, "1970-01-01T00:00:00.001Z", "19700101T000000Z"},
        {-1000, "1969-12-31T23:59:59Z", "19691231T235959Z"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[TIME_RFC3339_SIZE];
        char amz[TIME_AMZ_SIZE];
        int64_t back;

        CHECK_STR(time_rfc3339(rows[i].ms, text), rows[i].rfc3339);
        CHECK_STR(time_amz(rows[i].ms, amz), rows[i].amz);
        REQUIRE(time_parse_rfc3339(sv_of(text), &back));
        CHECK_INT(back, rows[i].ms);
    }
}

static void test_unknown_times_are_empty(void **state)
{
    char text[TIME_RFC3339_SIZE];

    (void)state;
    CHECK_STR(time_rfc3339(0, text), "");
    CHECK_STR(time_rfc3339(INT64_MAX / 4, text), "");
}

static void test_offsets_and_fractions_are_read(void **state)
{
    static const char *const same[] = {
        "2026-11-21T01:37:00Z",          "2026-11-21t01:37:00z",      "2026-11-21 01:37:00Z",
        "2026-11-21T01:37:00.000Z",      "2026-11-21T03:37:00+02:00", "2026-11-20T20:37:00-0500",
        "2026-11-21T01:37:00.00099999Z", "2026-11-21T02:37:00+01",
    };
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        REQUIRE(time_parse_rfc3339(sv_of(same[i]), &ms));
        CHECK_INT(ms, 1795225020000);
    }
    REQUIRE(time_parse_rfc3339(SV("2026-11-21T01:37:00.5Z"), &ms));
    CHECK_INT(ms, 1795225020500);
}

static void test_what_is_no_time_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "2026",
        "2026-11-21",
        "2026-11-21T01:37:00",
        "2026-13-21T01:37:00Z",
        "2026-00-21T01:37:00Z",
        "2026-11-21T24:37:00Z",
        "2026-11-21T-0:37:00Z",
        "2026-11-21T01:37:00Zx",
        "2026-11-21T01:37:00+",
        "2026-11-21T01:37:00+1",
        "20a6-11-21T01:37:00Z",
    };
    int64_t ms = 7;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_TRUE(!time_parse_rfc3339(sv_of(rows[i]), &ms));
    CHECK_TRUE(!time_parse_rfc3339(SV("2026-11-21T01:37:00\0"), &ms));
    CHECK_INT(ms, 7);
}

static void test_http_dates_are_read(void **state)
{
    int64_t ms;
    char http[TIME_HTTP_SIZE];

    (void)state;
    REQUIRE(time_parse_http(SV("Sat, 21 Nov 2026 01:37:00 GMT"), &ms));
    CHECK_STR(time_http(ms, http), "Sat, 21 Nov 2026 01:37:00 GMT");
    CHECK_STR(time_http(1000, http), "Thu, 01 Jan 1970 00:00:01 GMT");
    CHECK_STR(time_http(0, http), "");
    CHECK_INT(ms, 1795225020000);
    CHECK_TRUE(!time_parse_http(SV("Sat, 21 ovD 2026 01:37:00 GMT"), &ms));
    CHECK_TRUE(!time_parse_http(SV("Sat, 21"), &ms));
    CHECK_TRUE(!time_parse_http(SV(""), &ms));
}

static void test_ages_are_short(void **state)
{
    static const struct {
        int64_t ago_s;
        const char *text;
    } rows[] = {{-5, "now"},   {0, "now"},   {42, "42s"},         {60, "1m"},
                {3599, "59m"}, {7200, "2h"}, {86400 * 12, "12d"}, {86400 * 365 * 4, "4y"}};
    char text[TIME_AGE_SIZE];
    int64_t now = 1795225020000;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(time_age(now - rows[i].ago_s * 1000, now, text), rows[i].text);
    CHECK_STR(time_age(0, now, text), "-");
}

static void test_odd_epochs_read_as_unknown(void **state)
{
    (void)state;
    CHECK_INT(time_from_epoch(1700000000.123), 1700000000123);
    CHECK_INT(time_from_epoch(strtod("nan", NULL)), 0);
    CHECK_INT(time_from_epoch(HUGE_VAL), 0);
    CHECK_INT(time_from_epoch(1e300), 0);
}

static void test_the_monotonic_clock_never_goes_back(void **state)
{
    int64_t last = time_mono_ms();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t now = time_mono_ms();

        CHECK_TRUE(now >= last);
        last = now;
    }
    CHECK_TRUE(time_wall_ms() > 1700000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_written_forms_agree_with_the_calendar),
        TEST(test_unknown_times_are_empty),
        TEST(test_offsets_and_fractions_are_read),
        TEST(test_what_is_no_time_is_refused),
        TEST(test_http_dates_are_read),
        TEST(test_ages_are_short),
        TEST(test_odd_epochs_read_as_unknown),
        TEST(test_the_monotonic_clock_never_goes_back),
    };

    return RUN(tests);
}
