/* Commands: what a key or a word in the palette may ask of the console. The keymap, the palette,
 * the hints, the help and the man page are made from this list, so they cannot disagree.
 *
 * A command that counts ANYWHERE is the console's own; the others go to the screen, which lists
 * those that it takes (struct screen). */
#ifndef PENSTOCK_TUI_COMMAND_H
#define PENSTOCK_TUI_COMMAND_H

#include "core/base/text.h"

/* clang-format off */
#define COMMAND_GROUP_LIST(X) \
    X(MOVE,      "Moving")    \
    X(FIND,      "Finding")   \
    X(GO,        "Going")     \
    X(TIME,      "Time")      \
    X(SHOW,      "Showing")   \
    X(ACT,       "Acting")    \
    X(CONSOLE,   "The console")

/*       name           default keys   group    where     argument  help */
#define COMMAND_LIST(X) \
    X(UP,               "k Up",        MOVE,    SCREEN,   NONE,     "move to the row above")                         \
    X(DOWN,             "j Down",      MOVE,    SCREEN,   NONE,     "move to the row below")                         \
    X(LEFT,             "h Left",      MOVE,    SCREEN,   NONE,     "move or scroll to the left")                    \
    X(RIGHT,            "l Right",     MOVE,    SCREEN,   NONE,     "move or scroll to the right")                   \
    X(FIRST,            "gg Home",     MOVE,    SCREEN,   NONE,     "move to the first row")                         \
    X(LAST,             "G End",       MOVE,    SCREEN,   NONE,     "move to the last row")                          \
    X(HALF_UP,          "^U",          MOVE,    SCREEN,   NONE,     "move up half a page")                           \
    X(HALF_DOWN,        "^D",          MOVE,    SCREEN,   NONE,     "move down half a page")                         \
    X(PAGE_UP,          "^B PgUp",     MOVE,    SCREEN,   NONE,     "move up a page")                                \
    X(PAGE_DOWN,        "^F PgDn",     MOVE,    SCREEN,   NONE,     "move down a page")                              \
    X(FILTER,           "/",           FIND,    SCREEN,   FILTER,   "show only what contains a text: !not ~fuzzy field:text re:pattern") \
    X(NEXT_MATCH,       "n",           FIND,    SCREEN,   NONE,     "move to the next match")                        \
    X(PREVIOUS_MATCH,   "N",           FIND,    SCREEN,   NONE,     "move to the match before")                      \
    X(PROBLEMS,         "z",           FIND,    SCREEN,   NONE,     "show only what needs a person, or all again")   \
    X(SORT,             "s",           FIND,    SCREEN,   ORDER,    "choose the order")                              \
    X(REVERSE,          "S",           FIND,    SCREEN,   NONE,     "reverse the order")                             \
    X(OPEN,             "Enter",       GO,      SCREEN,   NONE,     "open what is under the cursor")                 \
    X(BACK,             "Esc",         GO,      SCREEN,   NONE,     "clear the filter, then go back")                \
    X(LEAVE,            "q",           GO,      SCREEN,   NONE,     "go back; from the first screen leave penstock") \
    X(LAST_VIEW,        "-",           GO,      ANYWHERE, NONE,     "go to the screen before this one, and again back") \
    X(HOME,             "H",           GO,      ANYWHERE, NONE,     "the board: logical pipelines and their environments") \
    X(PIPELINES,        "p",           GO,      ANYWHERE, NONE,     "every CodePipeline in one list")                \
    X(PIPELINE,         "",            GO,      ANYWHERE, NAME,     "one pipeline's stages and actions")             \
    X(EXECUTIONS,       "E",           GO,      SCREEN,   NAME,     "a pipeline's executions and how long stages take") \
    X(DESCRIBE,         "d J",         GO,      SCREEN,   NAME,     "all that is known of it, as JSON")              \
    X(ENVIRONMENTS,     "V",           GO,      ANYWHERE, NONE,     "the environments that pipelines deploy to")     \
    X(APPROVALS,        "I",           GO,      ANYWHERE, NONE,     "every approval that waits, the oldest first")   \
    X(FAILURE,          "f",           GO,      SCREEN,   NAME,     "why it failed: one page of the error, the log and the stack") \
    X(LOGS,             "L",           GO,      SCREEN,   NAME,     "an action's build log")                         \
    X(STACKS,           "K",           GO,      SCREEN,   NAME,     "the pipeline's stacks: resources, events, outputs, drift") \
    X(FILES,            "f",           GO,      SCREEN,   NONE,     "the files of a branch or a commit")             \
    X(REPOSITORY,       "m",           GO,      SCREEN,   NAME,     "the pipeline's repository: branches, commits, files") \
    X(AUDIT,            "u",           GO,      ANYWHERE, NONE,     "what was done from here: every write, and every refused one") \
    X(OLDER,            "[",           TIME,    SCREEN,   NONE,     "the execution before")                          \
    X(NEWER,            "]",           TIME,    SCREEN,   NONE,     "the execution after")                           \
    X(COMPARE,          "=",           TIME,    SCREEN,   NONE,     "compare the two executions that are marked, else with the one before") \
    X(AT,               "",            TIME,    ANYWHERE, TIME,     "show the board as it was: 14:32, 2026-11-20 14:32, -2h") \
    X(STEP_BACK,        ",",           TIME,    SCREEN,   NONE,     "step to the change before")                     \
    X(STEP_ON,          ".",           TIME,    SCREEN,   NONE,     "step to the change after")                      \
    X(NOW,              "",            TIME,    SCREEN,   NONE,     "return to now")                                 \
    X(CHANGES,          "c",           TIME,    ANYWHERE, NONE,     "what changed, the latest first")                \
    X(NOTIFY,           "b",           TIME,    SCREEN,   NAME,     "ring the bell at the next change of a pipeline; again: do not") \
    X(WIDE,             "w",           SHOW,    SCREEN,   NONE,     "wide: nothing shortened, lines not wrapped")    \
    X(CLOCK,            "t",           SHOW,    ANYWHERE, NONE,     "ages, times in UTC, or local times")            \
    X(PRINT,            "o",           SHOW,    ANYWHERE, NONE,     "print the screen as plain lines, to copy or scroll back") \
    X(TEMPLATE,         "v",           SHOW,    SCREEN,   NONE,     "show the template and ddk.json, or hide them")  \
    X(COPY,             "y",           SHOW,    SCREEN,   NONE,     "copy the name under the cursor")                \
    X(COPY_MENU,        "Y",           SHOW,    SCREEN,   NONE,     "choose what to copy: ARN, URL, commit, command") \
    X(METER,            "M",           SHOW,    ANYWHERE, NONE,     "show bytes to the terminal and calls to AWS")   \
    X(FOLLOW,           "F",           SHOW,    SCREEN,   NONE,     "follow the end of the log as it grows, or pause") \
    X(SAVE,             "",            SHOW,    SCREEN,   FILE,     "save it all to a file")                         \
    X(AWS_COMMAND,      "p",           SHOW,    SCREEN,   NONE,     "copy the same as a command of the AWS CLI")     \
    X(OWN_COMMAND,      "O",           SHOW,    SCREEN,   NONE,     "copy the same as penstock's own command")       \
    X(INCIDENT,         "",            SHOW,    ANYWHERE, NAME,     "write a pipeline's incident to a file: its timeline as Markdown") \
    X(THEME,            "",            SHOW,    ANYWHERE, THEME,    "choose the colours")                            \
    X(LOW_BANDWIDTH,    "",            SHOW,    ANYWHERE, NONE,     "spare bytes on a slow line: coarse ages")       \
    X(MOUSE,            "",            SHOW,    ANYWHERE, NONE,     "let the mouse move the cursor, or not")         \
    X(SETTINGS,         "",            SHOW,    ANYWHERE, NONE,     "the settings of this console")                  \
    X(CREATE,           "C",           ACT,     ANYWHERE, NEW,      "create a pipeline")                             \
    X(ADD,              "a",           ACT,     SCREEN,   NONE,     "add one to the list")                           \
    X(EDIT,             "e",           ACT,     SCREEN,   NAME,     "change what is under the cursor")               \
    X(DELETE,           "D",           ACT,     SCREEN,   NAME,     "take away what is under the cursor, after its plan") \
    X(MARK,             "Space",       ACT,     SCREEN,   NONE,     "mark the row for what comes next, or unmark it") \
    X(BOOTSTRAP,        "B",           ACT,     SCREEN,   NONE,     "bootstrap what is marked, else the row under the cursor") \
    X(DOCTOR,           "i",           ACT,     SCREEN,   NONE,     "inspect what is marked, else the row under the cursor") \
    X(AGREE,            "A",           ACT,     SCREEN,   NONE,     "agree to the plan: a question comes first")     \
    X(RETRY,            "T",           ACT,     SCREEN,   STAGE,    "retry a stage that failed; in a plan run it again: it goes on where it stopped") \
    X(PLAN,             "P",           ACT,     SCREEN,   NONE,     "make the plan again")                           \
    X(STOP,             "X",           ACT,     SCREEN,   NAME,     "stop an execution, after its plan; in a plan stop what runs: what was sent to AWS goes on") \
    X(ACTIONS,          "T",           ACT,     SCREEN,   NONE,     "choose what to do to what is under the cursor, or is marked; a letter there is the same key as everywhere") \
    X(RELEASE,          "R",           ACT,     SCREEN,   NAME,     "release a change: start an execution, after its plan") \
    X(ROLLBACK,         "Z",           ACT,     SCREEN,   STAGE,    "roll a stage back to an execution that succeeded in it") \
    X(APPROVE,          "a",           ACT,     SCREEN,   STAGE,    "review an approval that waits, to approve it")  \
    X(REJECT,           "x",           ACT,     SCREEN,   STAGE,    "review an approval that waits, to reject it")   \
    X(TRANSITION,       "W",           ACT,     SCREEN,   STAGE,    "disable the transition into a stage, or enable it again") \
    X(OVERRIDE,         "O",           ACT,     SCREEN,   STAGE,    "override a stage's condition that holds an execution") \
    X(UNLOCK,           "",            ACT,     ANYWHERE, UNLOCK,   "for so many minutes protected environments need no typed name") \
    X(LOCK,             "",            ACT,     ANYWHERE, NONE,     "end the unlock")                                \
    X(SET,              "",            ACT,     SCREEN,   FIELD,    "fill in a field of a form: set account = 111111111111") \
    X(REFRESH,          "r F5",        CONSOLE, ANYWHERE, NONE,     "ask AWS again, now")                            \
    X(PALETTE,          ":",           CONSOLE, ANYWHERE, NONE,     "type a command; Tab completes, Up is history")  \
    X(MESSAGES,         "@",           CONSOLE, ANYWHERE, NONE,     "what was said in the line below")               \
    X(HELP,             "? F1",        CONSOLE, ANYWHERE, NONE,     "this help")                                     \
    X(REDRAW,           "^L",          CONSOLE, ANYWHERE, NONE,     "paint the whole screen again")                  \
    X(SUSPEND,          "^Z",          CONSOLE, ANYWHERE, NONE,     "go back to the shell; fg returns")              \
    X(QUIT,             "Q ^C",        CONSOLE, ANYWHERE, NONE,     "leave penstock")

/* What a command takes in the palette; an argument may be left out where a screen knows its own. */
#define COMMAND_ARGUMENT_LIST(X) \
    X(NONE,   "")        \
    X(NAME,   "NAME")    \
    X(FILTER, "FILTER")  \
    X(ORDER,  "ORDER")   \
    X(TIME,   "TIME")    \
    X(THEME,  "THEME")   \
    X(FIELD,  "FIELD = TEXT") \
    X(NEW,    "NAME")    \
    X(STAGE,  "NAME STAGE")                                                                                          \
    X(FILE,   "FILE")                                                                                                \
    X(UNLOCK, "MINUTES REASON")

/* Two commands with one default key: no screen takes both. Of a screen's and one that counts
 * anywhere the screen's wins where it is taken. */
#define COMMAND_SHARING_LIST(X) \
    X(RETRY,       ACTIONS)   \
    X(ADD,         APPROVE)   \
    X(FAILURE,     FILES)     \
    X(AWS_COMMAND, PIPELINES) \
    X(OWN_COMMAND, OVERRIDE)
/* clang-format on */

#define COMMAND_GROUP_ENUM(name, title) COMMAND_GROUP_##name,
enum command_group { COMMAND_GROUP_LIST(COMMAND_GROUP_ENUM) COMMAND_GROUP_COUNT };
#undef COMMAND_GROUP_ENUM

#define COMMAND_ARGUMENT_ENUM(name, title) COMMAND_ARGUMENT_##name,
enum command_argument { COMMAND_ARGUMENT_LIST(COMMAND_ARGUMENT_ENUM) COMMAND_ARGUMENT_COUNT };
#undef COMMAND_ARGUMENT_ENUM

enum command_where { COMMAND_SCREEN, COMMAND_ANYWHERE };

#define COMMAND_ENUM(name, keys, group, where, argument, help) CMD_##name,
enum command { CMD_NONE, COMMAND_LIST(COMMAND_ENUM) CMD_COUNT };
#undef COMMAND_ENUM

struct command_info {
    const char *name; /* as typed in the palette and in a keymap: "low-bandwidth" */
    const char *keys; /* separated by blanks; "" = none */
    enum command_group group;
    enum command_where where;
    enum command_argument argument;
    const char *help;
};

const struct command_info *command_info(enum command command); /* not for CMD_NONE */
const char *command_group_title(enum command_group group);
const char *command_argument_title(enum command_argument argument);
enum command command_find(struct sv name); /* CMD_NONE when there is none */
bool command_shares_key(enum command a, enum command b);

#endif
