/* CloudFormation's words: each of the 23 means something, and what was taken back is a failure. */
#include "core/model/stack_word.h"

#include "tests/unit/check.h"

static void test_what_was_taken_back_is_a_failure(void **state UNUSED)
{
    static const char *const failures[] = {
        "CREATE_FAILED",
        "ROLLBACK_IN_PROGRESS",
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_FAILED",
        "UPDATE_FAILED",
        "DELETE_FAILED",
        "IMPORT_ROLLBACK_COMPLETE",
        "HOOK_COMPLETE_FAILED",
    };

    for (size_t i = 0; i < ARRAY_LEN(failures); i++)
        CHECK_INT(stack_word_status(sv_of(failures[i])), STATUS_FAILED);
    CHECK_INT(stack_word_status(SV("UPDATE_COMPLETE")), STATUS_SUCCEEDED);
    CHECK_INT(stack_word_status(SV("UPDATE_IN_PROGRESS")), STATUS_IN_PROGRESS);
    CHECK_INT(stack_word_status(SV("EXPORT_IN_PROGRESS")), STATUS_IN_PROGRESS);
    CHECK_INT(stack_word_status(SV("DELETE_SKIPPED")), STATUS_SKIPPED);
    CHECK_INT(stack_word_status(SV("REVIEW_IN_PROGRESS")), STATUS_NONE);
    CHECK_INT(stack_word_status(SV("")), STATUS_NONE);
    CHECK_INT(stack_word_status(SV("SOMETHING")), STATUS_UNKNOWN);
}

static void test_only_what_changes_by_itself_is_busy(void **state UNUSED)
{
    CHECK_TRUE(stack_word_is_busy(SV("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")));
    CHECK_TRUE(stack_word_is_busy(SV("DELETE_IN_PROGRESS")));
    CHECK_TRUE(!stack_word_is_busy(SV("REVIEW_IN_PROGRESS")));
    CHECK_TRUE(!stack_word_is_busy(SV("UPDATE_ROLLBACK_FAILED")));
}

static void test_each_word_of_a_stack_means_something(void **state UNUSED)
{
    static const char *const starts[] = {"CREATE", "UPDATE", "DELETE", "IMPORT"};
    static const char *const ends[] = {"_IN_PROGRESS", "_COMPLETE"};

    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        for (size_t k = 0; k < ARRAY_LEN(ends); k++) {
            char word[40];

            snprintf(word, sizeof word, "%s%s", starts[i], ends[k]);
            CHECK_TRUE(stack_word_meaning(sv_of(word))[0] != '\0');
        }
    }
    CHECK_STR(stack_word_meaning(SV("SOMETHING")), "");
}

static void test_drift_is_told_in_words(void **state UNUSED)
{
    CHECK_TRUE(stack_word_has_drifted(SV("DRIFTED")));
    CHECK_TRUE(stack_word_has_drifted(SV("DELETED")));
    CHECK_TRUE(!stack_word_has_drifted(SV("IN_SYNC")));
    CHECK_STR(stack_word_drift(SV("IN_SYNC")), "in sync");
    CHECK_STR(stack_word_drift(SV("")), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_taken_back_is_a_failure),
        TEST(test_only_what_changes_by_itself_is_busy),
        TEST(test_each_word_of_a_stack_means_something),
        TEST(test_drift_is_told_in_words),
    };

    return RUN(tests);
}
