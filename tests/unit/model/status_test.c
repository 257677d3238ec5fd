/* Statuses: every word of AWS, and what it asks of a person. */
#include "tests/unit/check.h"

#include "core/model/status.h"

static void test_status_words_go_both_ways(void **state UNUSED)
{
    for (int s = 0; s < STATUS_COUNT; s++)
        CHECK_INT(status_from_aws(sv_of(status_aws((enum status)s))), s);
    CHECK_INT(status_from_aws(SV("InProgress")), STATUS_IN_PROGRESS);
    CHECK_INT(status_from_aws(SV("Succeeded")), STATUS_SUCCEEDED);
}

static void test_status_strange_words_are_unknown_and_no_word_is_none(void **state UNUSED)
{
    CHECK_INT(status_from_aws(SV("succeeded")), STATUS_UNKNOWN);
    CHECK_INT(status_from_aws(SV("SucceededX")), STATUS_UNKNOWN);
    CHECK_INT(status_from_aws(SV("Exploded")), STATUS_UNKNOWN);
    CHECK_INT(status_from_aws(SV("")), STATUS_NONE);
    CHECK_INT(status_from_aws(SV_NONE), STATUS_NONE);
}

static void test_status_only_succeeded_is_a_success(void **state UNUSED)
{
    for (int s = 0; s < STATUS_COUNT; s++) {
        CHECK_INT(status_is_success((enum status)s), s == STATUS_SUCCEEDED);
        CHECK_INT(status_kind((enum status)s) == STATUS_KIND_GOOD, s == STATUS_SUCCEEDED);
    }
}

static void test_status_running_ones_may_still_change(void **state UNUSED)
{
    for (int s = 0; s < STATUS_COUNT; s++) {
        bool runs = s == STATUS_IN_PROGRESS || s == STATUS_WAITING || s == STATUS_STOPPING;

        CHECK_INT(status_is_running((enum status)s), runs);
    }
}

static void test_status_is_readable_in_one_cell_and_four_letters(void **state UNUSED)
{
    for (int s = 0; s < STATUS_COUNT; s++) {
        CHECK_INT(text_width(sv_of(status_glyph((enum status)s))), 1);
        CHECK_TRUE(strlen(status_word((enum status)s)) <= 4);
        CHECK_TRUE(status_ascii((enum status)s) > ' ' && status_ascii((enum status)s) < 0x7f);
    }
}

static void test_status_worst_needs_a_person_most(void **state UNUSED)
{
    static const struct {
        enum status a, b, worst;
    } cases[] = {
        {STATUS_SUCCEEDED, STATUS_FAILED, STATUS_FAILED},
        {STATUS_WAITING, STATUS_IN_PROGRESS, STATUS_WAITING},
        {STATUS_STOPPED, STATUS_SUCCEEDED, STATUS_STOPPED},
        {STATUS_NONE, STATUS_SUCCEEDED, STATUS_SUCCEEDED},
        {STATUS_NONE, STATUS_NONE, STATUS_NONE},
        {STATUS_SUPERSEDED, STATUS_SUCCEEDED, STATUS_SUPERSEDED},
        {STATUS_STOPPING, STATUS_IN_PROGRESS, STATUS_STOPPING},
        {STATUS_UNKNOWN, STATUS_SUCCEEDED, STATUS_UNKNOWN},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_INT(status_worst(cases[i].a, cases[i].b), cases[i].worst);
        CHECK_INT(status_worst(cases[i].b, cases[i].a), cases[i].worst);
    }
    CHECK_INT(status_worst(STATUS_FAILED, STATUS_ERRORED), STATUS_FAILED);
}

static void test_status_numbers_from_outside_are_harmless(void **state UNUSED)
{
    CHECK_STR(status_aws((enum status)999), "?");
    CHECK_STR(status_word((enum status) - 1), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_status_words_go_both_ways),
        TEST(test_status_strange_words_are_unknown_and_no_word_is_none),
        TEST(test_status_only_succeeded_is_a_success),
        TEST(test_status_running_ones_may_still_change),
        TEST(test_status_is_readable_in_one_cell_and_four_letters),
        TEST(test_status_worst_needs_a_person_most),
        TEST(test_status_numbers_from_outside_are_harmless),
    };

    return RUN(tests);
}
