#include "tui/command.h"

/* Names are written LOW_BANDWIDTH in the list and low-bandwidth by people. */
enum { NAME_MAX_LEN = 24 };

static const struct command_info table[] = {
#define COMMAND_ROW(name, keys, group, where, argument, help)                                      \
    [CMD_##name] = {                                                                               \
        #name, keys, COMMAND_GROUP_##group, COMMAND_##where, COMMAND_ARGUMENT_##argument, help},
    COMMAND_LIST(COMMAND_ROW)
#undef COMMAND_ROW
};
_Static_assert(ARRAY_LEN(table) == CMD_COUNT, "one row per command");

static const char *const titles[] = {
#define COMMAND_GROUP_TITLE(name, title) [COMMAND_GROUP_##name] = title,
    COMMAND_GROUP_LIST(COMMAND_GROUP_TITLE)
#undef COMMAND_GROUP_TITLE
};
_Static_assert(ARRAY_LEN(titles) == COMMAND_GROUP_COUNT, "one title per group");

static const char *const arguments[] = {
#define COMMAND_ARGUMENT_TITLE(name, title) [COMMAND_ARGUMENT_##name] = title,
    COMMAND_ARGUMENT_LIST(COMMAND_ARGUMENT_TITLE)
#undef COMMAND_ARGUMENT_TITLE
};
_Static_assert(ARRAY_LEN(arguments) == COMMAND_ARGUMENT_COUNT, "one title per argument");

/* The names as people write them, made once. */
static const struct command_info *named_table(void)
{
    static struct command_info named[CMD_COUNT];
    static char names[CMD_COUNT][NAME_MAX_LEN];

    if (named[CMD_UP].name != NULL)
        return named;
    for (size_t i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        const char *from = table[i].name;

        for (size_t k = 0; k + 1 < NAME_MAX_LEN && from[k] != '\0'; k++)
            names[i][k] = (char)(from[k] == '_' ? '-' : from[k] + ('a' - 'A'));
        named[i] = table[i];
        named[i].name = names[i];
    }
    return named;
}

const struct command_info *command_info(enum command command)
{
    return &named_table()[command];
}

const char *command_group_title(enum command_group group)
{
    return titles[group];
}

const char *command_argument_title(enum command_argument argument)
{
    return arguments[argument];
}

bool command_shares_key(enum command a, enum command b)
{
    static const enum command pairs[][2] = {
#define COMMAND_SHARING(one, other) {CMD_##one, CMD_##other},
        COMMAND_SHARING_LIST(COMMAND_SHARING)
#undef COMMAND_SHARING
    };

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        if ((a == pairs[i][0] && b == pairs[i][1]) || (a == pairs[i][1] && b == pairs[i][0]))
            return true;
    }
    return false;
}

enum command command_find(struct sv name)
{
    for (int i = CMD_NONE + 1; i < CMD_COUNT; i++) {
        if (sv_eq(name, sv_of(command_info((enum command)i)->name)))
            return (enum command)i;
    }
    return CMD_NONE;
}
