/* Commands: what a key may ask of the console. The keymap, the hints and the help are made from
 * this list, so they cannot disagree. */
#ifndef PENSTOCK_TUI_COMMAND_H
#define PENSTOCK_TUI_COMMAND_H

#include "core/base/text.h"

/* clang-format off */
#define COMMAND_GROUP_LIST(X) \
    X(MOVE,      "Moving")   \
    X(LIST,      "The list") \
    X(CONSOLE,   "The console")

/*       name        default keys    group    hint       help */
#define COMMAND_LIST(X) \
    X(UP,            "k Up",         MOVE,    "",        "move to the row above")                    \
    X(DOWN,          "j Down",       MOVE,    "",        "move to the row below")                    \
    X(FIRST,         "gg Home",      MOVE,    "",        "move to the first row")                    \
    X(LAST,          "G End",        MOVE,    "",        "move to the last row")                     \
    X(HALF_UP,       "^U",           MOVE,    "",        "move up half a page")                      \
    X(HALF_DOWN,     "^D",           MOVE,    "",        "move down half a page")                    \
    X(PAGE_UP,       "^B PgUp",      MOVE,    "",        "move up a page")                           \
    X(PAGE_DOWN,     "^F PgDn",      MOVE,    "",        "move down a page")                         \
    X(OPEN,          "Enter",        LIST,    "stages",  "show or hide the stages of the row's pipeline") \
    X(FILTER,        "/",            LIST,    "filter",  "show only rows that contain a text; !text: that do not") \
    X(BACK,          "Esc",          LIST,    "",        "clear the filter, then close the stages")  \
    X(SORT,          "s",            LIST,    "sort",    "change the order")                         \
    X(REVERSE,       "S",            LIST,    "",        "reverse the order")                        \
    X(REFRESH,       "r",            LIST,    "refresh", "ask AWS again, now")                       \
    X(HELP,          "?",            CONSOLE, "help",    "this help")                                \
    X(REDRAW,        "^L",           CONSOLE, "",        "paint the whole screen again")             \
    X(SUSPEND,       "^Z",           CONSOLE, "",        "go back to the shell; fg returns")         \
    X(LEAVE,         "q",            CONSOLE, "quit",    "close what is open, or leave penstock")    \
    X(QUIT,          "Q ^C",         CONSOLE, "",        "leave penstock")
/* clang-format on */

#define COMMAND_GROUP_ENUM(name, title) COMMAND_GROUP_##name,
enum command_group { COMMAND_GROUP_LIST(COMMAND_GROUP_ENUM) COMMAND_GROUP_COUNT };
#undef COMMAND_GROUP_ENUM

#define COMMAND_ENUM(name, keys, group, hint, help) CMD_##name,
enum command { CMD_NONE, COMMAND_LIST(COMMAND_ENUM) CMD_COUNT };
#undef COMMAND_ENUM

struct command_info {
    const char *name;
    const char *keys; /* separated by blanks */
    enum command_group group;
    const char *hint; /* "" = not among the hints */
    const char *help;
};

const struct command_info *command_info(enum command command); /* not for CMD_NONE */
const char *command_group_title(enum command_group group);

#endif
