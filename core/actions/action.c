#include "core/actions/action.h"

const struct action action_table[ACTION_COUNT] = {
#define ACTION_ROW(name, word, danger, confirm, title, iam)                                        \
    [ACTION_##name] = {word, DANGER_##danger, CONFIRM_##confirm, title, iam},
    ACTION_LIST(ACTION_ROW)
#undef ACTION_ROW
};

const char *danger_word(enum danger danger)
{
    static const char *const words[] = {
#define DANGER_WORD(name, word) [DANGER_##name] = word,
        DANGER_LIST(DANGER_WORD)
#undef DANGER_WORD
    };

    return words[danger];
}

bool action_is_operation(enum action_id action)
{
    return action >= ACTION_RELEASE && action < ACTION_COUNT;
}
