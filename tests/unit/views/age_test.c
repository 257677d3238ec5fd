/* Ages: that what is shown changes exactly when it is said to, and the times that people type. */
#include "core/views/age.h"

#include "tests/unit/check.h"

static const int64_t now_ms = INT64_C(1795228338500); /* 2026-11-21 02:32:18.500 UTC */

/* The same numbers on every run. */
static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 17;
}

static void use_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void check_next(int64_t at, const struct view_look *look)
{
    int64_t next = age_next(at, look);
    struct view_look later = *look;
    char first[AGE_SIZE];
    char then[AGE_SIZE];

    age_text(at, look, first);
    /* Never means at least for a century; before the moment nothing may change. */
    later.now_ms = next == 0 ? look->now_ms + INT64_C(100) * 366 * 86400000 : next - 1;
    if (next != 0 && next <= look->now_ms)
        fail_msg("%s: next is not later", first);
    if (strcmp(first, age_text(at, &later, then)) != 0)
        fail_msg("\"%s\" of %lld became \"%s\" too early, clock %d", first, (long long)at, then,
                 (int)look->clock);
    later.now_ms = next;
    if (next != 0 && strcmp(first, age_text(at, &later, then)) == 0)
        fail_msg("\"%s\" of %lld at %lld did not change at %lld, clock %d", first, (long long)at,
                 (long long)look->now_ms, (long long)next, (int)look->clock);
}

static void check_clocks(int64_t at, int64_t now)
{
    for (int clock = LOOK_AGE; clock <= LOOK_LOCAL; clock++) {
        struct view_look look = {.now_ms = now, .clock = (enum look_clock)clock};

        check_next(at, &look);
        look.is_coarse = true;
        check_next(at, &look);
    }
}

static void test_a_text_changes_when_it_is_said_to(void **state UNUSED)
{
    static const char *const zones[] = {"UTC",          "Europe/Berlin",       "America/New_York",
                                        "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"};
    uint64_t seed = 7;

    for (size_t z = 0; z < ARRAY_LEN(zones); z++) {
        use_zone(zones[z]);
        for (int i = 0; i < 4000; i++) {
            /* From a millisecond to a year apart, both ways, over two years. */
            int64_t span = INT64_C(1) << (next_random(&seed) % 35);
            int64_t now = now_ms + (int64_t)(next_random(&seed) % (UINT64_C(2) * 366 * 86400000));
            int64_t at =
                now - (int64_t)(next_random(&seed) % (uint64_t)span) + (i % 8 == 0 ? span / 2 : 0);

            check_clocks(at, now);
        }
    }
    use_zone("UTC");
}

static void test_the_steps_of_an_age_are_exact(void **state UNUSED)
{
    static const int64_t edges[] = {
        0, 1, 10, 60, 3600, 48 * 3600, 730 * 86400LL, 3 * 365 * 86400LL};

    use_zone("UTC");
    for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
        for (int64_t by = -2; by <= 2; by++)
            check_clocks(now_ms, now_ms + edges[i] * 1000 + by);
    }
}

static void check_text(int64_t ago_ms, enum look_clock clock, bool is_coarse, const char *want)
{
    struct view_look look = {.now_ms = now_ms, .clock = clock, .is_coarse = is_coarse};
    char text[AGE_SIZE];

    CHECK_STR(age_text(now_ms - ago_ms, &look, text), want);
}

static void test_what_an_age_looks_like(void **state UNUSED)
{
    const struct view_look look = {.now_ms = now_ms};
    char text[AGE_SIZE];

    use_zone("Europe/Berlin");
    check_text(42000, LOOK_AGE, false, "40s");
    check_text(9999, LOOK_AGE, false, "now");
    check_text(42000, LOOK_AGE, true, "<1m");
    check_text(7 * 60000, LOOK_AGE, true, "7m");
    check_text(-5000, LOOK_AGE, false, "now");
    check_text(0, LOOK_UTC, false, "02:32:18Z");
    check_text(0, LOOK_LOCAL, false, "03:32:18");
    check_text(3 * 3600000, LOOK_UTC, false, "2026-11-20");
    check_text(3 * 3600000, LOOK_LOCAL, false, "00:32:18");
    check_text(4 * 3600000, LOOK_LOCAL, true, "2026-11-20");
    CHECK_STR(age_text(0, &look, text), "-");
    CHECK_INT(age_next(0, &look), 0);
    CHECK_INT(age_sooner(0, 5), 5);
    CHECK_INT(age_sooner(5, 0), 5);
    CHECK_INT(age_sooner(4, 5), 4);
    use_zone("UTC");
}

static void test_durations_take_six_characters(void **state UNUSED)
{
    static const struct {
        int64_t s;
        const char *want;
    } cases[] = {{0, "0s"},
                 {42, "42s"},
                 {192, "3m12s"},
                 {3599, "59m59s"},
                 {3900, "1h05m"},
                 {86399, "23h59m"},
                 {86400, "1d0h"},
                 {183600, "2d3h"},
                 {99 * 86400 + 86399, "99d23h"},
                 {100 * 86400, "100d"}};
    char text[AGE_SIZE];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CHECK_STR(duration_text(cases[i].s * 1000 + 999, text), cases[i].want);
    CHECK_STR(duration_text(-1, text), "-");
    for (int64_t ms = 1; ms < INT64_MAX / 3; ms *= 3)
        CHECK_TRUE(strlen(duration_text(ms, text)) <= 6);
}

static void check_time(const char *text, enum look_clock clock, const char *want)
{
    const struct view_look look = {.now_ms = now_ms, .clock = clock};
    char stamp[TIME_RFC3339_SIZE];
    struct err err = {0};
    int64_t at = 0;

    REQUIRE_OK(age_parse(sv_of(text), &look, &at, &err), &err);
    CHECK_STR(time_rfc3339(at, stamp), want);
}

static void test_times_as_people_type_them(void **state UNUSED)
{
    use_zone("Europe/Berlin");
    check_time("02:30", LOOK_UTC, "2026-11-21T02:30:00Z");
    check_time(" 2:30 ", LOOK_AGE, "2026-11-21T02:30:00Z");
    check_time("02:32:07", LOOK_UTC, "2026-11-21T02:32:07Z");
    check_time("14:32", LOOK_UTC, "2026-11-20T14:32:00Z"); /* still to come: yesterday's */
    check_time("03:30", LOOK_LOCAL, "2026-11-21T02:30:00Z");
    check_time("14:32", LOOK_LOCAL, "2026-11-20T13:32:00Z");
    check_time("yesterday 01:00", LOOK_UTC, "2026-11-20T01:00:00Z");
    check_time("Yesterday  01:00", LOOK_LOCAL, "2026-11-20T00:00:00Z");
    check_time("2026-11-20 14:32", LOOK_UTC, "2026-11-20T14:32:00Z");
    check_time("2026-07-01 14:32:09", LOOK_LOCAL, "2026-07-01T12:32:09Z");
    check_time("2026-11-20T14:32:00Z", LOOK_LOCAL, "2026-11-20T14:32:00Z");
    check_time("-2h", LOOK_UTC, "2026-11-21T00:32:18.500Z");
    check_time("-15m", LOOK_LOCAL, "2026-11-21T02:17:18.500Z");
    check_time("-1d1h1m1s", LOOK_AGE, "2026-11-20T01:31:17.500Z");
    use_zone("UTC");
}

static void test_what_is_no_time_is_told(void **state UNUSED)
{
    static const char *const wrong[] = {"",
                                        "now",
                                        "24:00",
                                        "12:60",
                                        "12",
                                        "-2",
                                        "-h",
                                        "2h",
                                        "1:2",
                                        "12:34:",
                                        "2026-02-30 12:00",
                                        "2026-11-20",
                                        "-0h",
                                        "12:34x",
                                        "tomorrow 12:00",
                                        "-99999d-"};
    const struct view_look look = {.now_ms = now_ms, .clock = LOOK_UTC};

    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct err err = {0};
        int64_t at = 42;

        if (age_parse(sv_of(wrong[i]), &look, &at, &err) != ERR_USAGE)
            fail_msg("taken for a time: %s", wrong[i]);
        CHECK_INT(at, 42);
        CHECK_TRUE(strstr(err.text, "write 14:32") != NULL);
    }
    CHECK_INT(age_parse(SV("2027-01-01 00:00"), &look, &(int64_t){0}, NULL), ERR_USAGE);
    CHECK_INT(age_parse(SV("-99999d"), &look, &(int64_t){0}, NULL), ERR_USAGE);
}

static void test_a_moment_is_told_in_full_in_the_clock_that_is_shown(void **state UNUSED)
{
    struct view_look look = {.now_ms = now_ms, .clock = LOOK_AGE};
    char out[AGE_SIZE];

    use_zone("Asia/Kolkata");
    CHECK_STR(age_moment(now_ms, &look, out), "2026-11-21 02:32:18Z");
    look.clock = LOOK_LOCAL;
    CHECK_STR(age_moment(now_ms, &look, out), "2026-11-21 08:02:18");
    use_zone("UTC");
}

static void check_since(const char *text, const char *want)
{
    const struct view_look look = {.now_ms = now_ms, .clock = LOOK_UTC};
    char stamp[TIME_RFC3339_SIZE];
    struct err err = {0};
    int64_t at = 0;

    REQUIRE_OK(age_parse_since(sv_of(text), &look, &at, &err), &err);
    CHECK_STR(time_rfc3339(at / 1000 * 1000, stamp), want);
}

static void test_since_takes_ages_and_dates_too(void **state UNUSED)
{
    static const char *const wrong[] = {"",           "soon",       "8",     "8x",
                                        "2027-01-01", "2026-02-30", "99999d"};
    const struct view_look look = {.now_ms = now_ms, .clock = LOOK_UTC};
    char want[TIME_RFC3339_SIZE];

    check_since("8h", time_rfc3339((now_ms - (int64_t)8 * 3600000) / 1000 * 1000, want));
    check_since("-8h", time_rfc3339((now_ms - (int64_t)8 * 3600000) / 1000 * 1000, want));
    check_since("1d12h", time_rfc3339((now_ms - (int64_t)36 * 3600000) / 1000 * 1000, want));
    check_since(" 2026-11-20 ", "2026-11-20T00:00:00Z");
    check_since("2026-11-20 14:32", "2026-11-20T14:32:00Z");
    check_since("2026-11-20T14:32:07Z", "2026-11-20T14:32:07Z");
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        CHECK_INT(age_parse_since(sv_of(wrong[i]), &look, &(int64_t){0}, NULL), ERR_USAGE);
}

static void test_what_was_just_now_is_no_age(void **state UNUSED)
{
    const struct view_look look = {.now_ms = now_ms, .clock = LOOK_UTC};
    char text[AGE_AGO_SIZE];

    CHECK_STR(age_ago(now_ms, &look, text), "just now");
    CHECK_STR(age_ago(now_ms - 180000, &look, text), "3m ago");
}

static void test_a_column_of_clocks_is_wide_enough(void **state UNUSED)
{
    const struct column columns[] = {{.name = "age", .min_width = 6},
                                     {.name = "b", .min_width = 2}};
    const struct view view = {.columns = columns, .column_count = ARRAY_LEN(columns)};
    struct column made[VIEW_COLUMN_MAX];
    struct view_look look = {.now_ms = now_ms, .clock = LOOK_UTC};

    for (int days = 0; days < 800; days += 7) {
        char text[AGE_SIZE];

        age_text(now_ms - days * INT64_C(86400000), &look, text);
        CHECK_TRUE((int)strlen(text) <= age_view(&view, "age", &look, made).columns[0].min_width);
    }
    CHECK_INT(made[1].min_width, 2);
    look.clock = LOOK_AGE;
    CHECK_INT(age_view(&view, "age", &look, made).columns[0].min_width, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_text_changes_when_it_is_said_to),
        TEST(test_the_steps_of_an_age_are_exact),
        TEST(test_what_an_age_looks_like),
        TEST(test_durations_take_six_characters),
        TEST(test_times_as_people_type_them),
        TEST(test_a_moment_is_told_in_full_in_the_clock_that_is_shown),
        TEST(test_what_is_no_time_is_told),
        TEST(test_since_takes_ages_and_dates_too),
        TEST(test_what_was_just_now_is_no_age),
        TEST(test_a_column_of_clocks_is_wide_enough),
    };

    return RUN(tests);
}
