#include "core/model/stack_word.h"

/* clang-format off */
static const struct {
    const char *word;
    enum status status;
    const char *meaning;
} words[] = {
    {"CREATE_IN_PROGRESS", STATUS_IN_PROGRESS, "is being created"},
    {"CREATE_COMPLETE", STATUS_SUCCEEDED, "stands as it was created"},
    {"CREATE_FAILED", STATUS_FAILED,
     "could not be created and was left as it is: delete it, or roll it back"},
    {"ROLLBACK_IN_PROGRESS", STATUS_FAILED, "could not be created and is being taken back"},
    {"ROLLBACK_COMPLETE", STATUS_FAILED,
     "could not be created and was taken back: it can only be deleted"},
    {"ROLLBACK_FAILED", STATUS_FAILED,
     "could not be created, nor taken back whole: delete it"},
    {"REVIEW_IN_PROGRESS", STATUS_NONE,
     "is an empty shell: its first change set was never executed"},
    {"UPDATE_IN_PROGRESS", STATUS_IN_PROGRESS, "is being updated"},
    {"UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", STATUS_IN_PROGRESS,
     "was updated; what the update replaced is being removed"},
    {"UPDATE_COMPLETE", STATUS_SUCCEEDED, "stands as it was updated"},
    {"UPDATE_FAILED", STATUS_FAILED,
     "could not be updated and was left as it is: roll it back, or update it again"},
    {"UPDATE_ROLLBACK_IN_PROGRESS", STATUS_FAILED,
     "could not be updated and is being taken back"},
    {"UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", STATUS_FAILED,
     "could not be updated and was taken back; what is left over is being removed"},
    {"UPDATE_ROLLBACK_COMPLETE", STATUS_FAILED,
     "could not be updated and was taken back: it works as before, and may be updated again"},
    {"UPDATE_ROLLBACK_FAILED", STATUS_FAILED,
     "could not be updated, nor taken back whole: continue the rollback"},
    {"DELETE_IN_PROGRESS", STATUS_IN_PROGRESS, "is being deleted"},
    {"DELETE_COMPLETE", STATUS_SUCCEEDED, "was deleted"},
    {"DELETE_FAILED", STATUS_FAILED,
     "could not be deleted whole: delete it again, and retain what cannot be deleted"},
    {"DELETE_SKIPPED", STATUS_SKIPPED, "was kept when its stack was deleted"},
    {"IMPORT_IN_PROGRESS", STATUS_IN_PROGRESS, "is taking resources over"},
    {"IMPORT_COMPLETE", STATUS_SUCCEEDED, "took resources over"},
    {"IMPORT_ROLLBACK_IN_PROGRESS", STATUS_FAILED,
     "could not take resources over and is being taken back"},
    {"IMPORT_ROLLBACK_COMPLETE", STATUS_FAILED,
     "could not take resources over and was taken back: it works as before"},
    {"IMPORT_ROLLBACK_FAILED", STATUS_FAILED,
     "could not take resources over, nor be taken back whole"},
};

static const struct {
    const char *word;
    const char *drift;
    bool has_drifted;
} drifts[] = {
    {"DRIFTED",     "drifted",     true},
    {"IN_SYNC",     "in sync",     false},
    {"NOT_CHECKED", "not checked", false},
    {"UNKNOWN",     "unknown",     false},
    {"MODIFIED",    "modified",    true},
    {"DELETED",     "deleted",     true},
};
/* clang-format on */

/* Words of resources that are not on the list (EXPORT_..., HOOK_...) end alike. */
static enum status status_by_end(struct sv word)
{
    if (sv_ends(word, SV("_FAILED")))
        return STATUS_FAILED;
    if (sv_ends(word, SV("_IN_PROGRESS")))
        return STATUS_IN_PROGRESS;
    return sv_ends(word, SV("_COMPLETE")) ? STATUS_SUCCEEDED : STATUS_UNKNOWN;
}

enum status stack_word_status(struct sv word)
{
    if (word.len == 0)
        return STATUS_NONE;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (sv_eq(word, sv_of(words[i].word)))
            return words[i].status;
    }
    return status_by_end(word);
}

const char *stack_word_meaning(struct sv word)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (sv_eq(word, sv_of(words[i].word)))
            return words[i].meaning;
    }
    return "";
}

bool stack_word_is_busy(struct sv word)
{
    return sv_ends(word, SV("_IN_PROGRESS")) && !sv_eq(word, SV("REVIEW_IN_PROGRESS"));
}

bool stack_word_has_drifted(struct sv word)
{
    for (size_t i = 0; i < ARRAY_LEN(drifts); i++) {
        if (sv_eq(word, sv_of(drifts[i].word)))
            return drifts[i].has_drifted;
    }
    return false;
}

const char *stack_word_drift(struct sv word)
{
    for (size_t i = 0; i < ARRAY_LEN(drifts); i++) {
        if (sv_eq(word, sv_of(drifts[i].word)))
            return drifts[i].drift;
    }
    return "";
}
