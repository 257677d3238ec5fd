#include "tui/command.h"

static const struct command_info table[] = {
#define COMMAND_ROW(name, keys, group, hint, help)                                                 \
    [CMD_##name] = {#name, keys, COMMAND_GROUP_##group, hint, help},
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

const struct command_info *command_info(enum command command)
{
    return &table[command];
}

const char *command_group_title(enum command_group group)
{
    return titles[group];
}
