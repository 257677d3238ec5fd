/* A screen: data plus functions. Its state is private; the console knows it only through these.
 *
 * load reads the cache, draw paints from the state alone, handle answers with a reaction mask and
 * facts says what the console must know of it. Screens never write, wait or read a clock. The
 * list of them is declared here and defined in screens/screens.c, so nothing in tui names one. */
#ifndef PENSTOCK_TUI_SCREEN_H
#define PENSTOCK_TUI_SCREEN_H

#include "core/operate/operate.h"
#include "core/views/filter.h"
#include "core/views/scope.h"
#include "tui/canvas.h"
#include "tui/command.h"

/* What a handler asks of the console. */
enum react {
    REACT_NONE = 0,
    REACT_DRAW = 1,
    REACT_LOAD = 2,    /* before the next frame */
    REACT_MORE = 4,    /* after the frame, before the next key: the rows in memory end here */
    REACT_SYNC = 8,    /* ask AWS again */
    REACT_FILTER = 16, /* let the person type a filter, or a search in a text */
    REACT_CLEAR = 32,  /* forget the filter */
    REACT_LEAVE = 64,  /* go back */
    REACT_REPAINT = 128,
    REACT_SUSPEND = 256,
    REACT_QUIT = 512,
    REACT_OPEN = 1024,     /* open answer.screen for answer.target */
    REACT_SAY = 2048,      /* answer.say in the flash line */
    REACT_SORT = 4096,     /* let the person choose an order; CMD_SORT with its title comes back */
    REACT_COPY = 8192,     /* copy what copy() gives for COPY_NAME */
    REACT_CHOOSE = 16384,  /* let the person choose among what copy() can give */
    REACT_PRINT = 32768,   /* leave the curses screen and print */
    REACT_NOTIFY = 65536,  /* at the next change of answer.target */
    REACT_LOOK = 131072,   /* theme, low bandwidth or mouse changed: struct console tells */
    REACT_ACT = 262144,    /* begin answer.action with answer.fill, see work.h; opens "act" */
    REACT_ERRAND = 524288, /* begin answer.errand, see work.h */
    REACT_WORK = 1048576   /* answer.wish about the act that there is */
};

/* What a screen is about: an identity, never a row number or a rowid, which another cache would
 * give to another pipeline. Empty texts mean "not said". */
enum {
    TARGET_PARTITION_SIZE = 24,
    TARGET_ACCOUNT_SIZE = 24,
    TARGET_REGION_SIZE = 40,
    TARGET_NAME_SIZE = 260,
    TARGET_EXECUTION_SIZE = 64,
    TARGET_PATH_SIZE = 1024
};
struct target {
    char partition[TARGET_PARTITION_SIZE];
    char account[TARGET_ACCOUNT_SIZE];
    char region[TARGET_REGION_SIZE];
    char name[TARGET_NAME_SIZE]; /* a CodePipeline's, or of the board a logical pipeline's */
    char stage[TARGET_NAME_SIZE];
    char action[TARGET_NAME_SIZE];
    char execution_id[TARGET_EXECUTION_SIZE];
    char build[TARGET_NAME_SIZE];
    char stack[TARGET_NAME_SIZE];
    char repository[TARGET_NAME_SIZE];
    char commit[TARGET_NAME_SIZE]; /* or a branch */
    char path[TARGET_PATH_SIZE];
    int64_t at_ms; /* the board as it was then, changes since then */
};

/* A screen's answer that begins an act: its input, from the screen's state. */
struct act;
typedef enum err_code screen_fill_fn(const void *state, struct act *act, struct err *err);

enum { ANSWER_NAMES_MAX = 64 };

/* What a screen may wish of the act. */
enum wish {
    WISH_AGREE, /* ask for the consent; then it runs */
    WISH_RETRY,
    WISH_PLAN, /* anew */
    WISH_STOP  /* asks first */
};

struct answer {
    unsigned react;     /* a mask of enum react */
    const char *screen; /* REACT_OPEN: its name */
    struct target target;
    enum style style; /* REACT_SAY */
    char say[256];
    int action; /* REACT_ACT: enum action_id */
    screen_fill_fn *fill;
    int errand; /* REACT_ERRAND: enum errand of work.h; names borrowed from the screen's state */
    struct sv names[ANSWER_NAMES_MAX];
    size_t name_count;
    enum wish wish; /* REACT_WORK */
    int copy;       /* REACT_COPY: enum copy, the name unless it is told */
};

/* Why a list may be empty. */
enum screen_source {
    SCREEN_SYNCED,
    SCREEN_LOADING, /* AWS has not answered yet */
    SCREEN_CACHED,  /* never synced, and AWS is not to be asked */
    SCREEN_FAILED   /* never synced, and it failed */
};

struct console; /* for the screens about the console itself: messages, help, settings */

struct screen_input {
    struct cache *cache;
    const struct scope *scope;   /* whose rows; NULL = all that the cache holds */
    const struct filter *filter; /* what to look for; never NULL, maybe empty */
    struct sv filter_text;       /* as typed, for texts that are searched */
    bool filter_changed;         /* since the last load */
    const struct view_look *look;
    struct rect area; /* what draw will get */
    enum screen_source source;
    struct console *console;
};

/* What a key does while the screen takes keys before the keymap does. */
struct key_hint {
    const char *key; /* NULL ends them */
    const char *word;
};

enum { SCREEN_VISIBLE_MAX = CANVAS_ROWS_MAX, SCREEN_CRUMB_SIZE = 128 };

struct screen_facts {
    int64_t visible[SCREEN_VISIBLE_MAX]; /* rowids on the screen, to be synced first */
    size_t visible_count;
    int64_t history[SCREEN_VISIBLE_MAX]; /* rowids whose executions are shown or missed */
    size_t history_count;
    bool asks_history; /* the person asked for it by opening this screen; else it is only missed,
                          and the penstock that polls reads it for all */
    int64_t next_change_ms; /* wall time when something drawn changes by itself; 0 = never */
    bool is_loading;        /* the load is not through: it goes on with the next turn */
    bool loads_when_due;    /* what is drawn was made by load: at next_change_ms it is made anew */
    int errand_every_ms;    /* the screen's errand is begun anew so long after it ended,
                               because what it reads changes by itself; 0 = it is not */
    char crumb[SCREEN_CRUMB_SIZE]; /* "" = the screen's title */
    bool is_filterable;
    int64_t matches; /* rows that pass the filter; counted up to a limit */
    bool has_more_matches;
    const char *order; /* "attention"; NULL = it has none */
    bool is_reversed;
    char banner[96];             /* "as of 14:32:07"; "" = now */
    const struct key_hint *keys; /* instead of the commands' hints; NULL = those */
};

/* One command that a screen takes, in the order of the hints. */
struct screen_command {
    enum command command;
    const char *hint; /* a word for the last line; NULL = not there */
    const char *help; /* what it does here; NULL = the command's own words */
};

/* clang-format off */
#define COPY_LIST(X) \
    X(NAME,      "name")                  \
    X(ARN,       "ARN")                   \
    X(EXECUTION, "execution id")          \
    X(COMMIT,    "commit")                \
    X(LINK,      "link")                  \
    X(ERROR,     "error text")            \
    X(COMMAND,   "penstock command")      \
    X(AWS,       "AWS CLI command")       \
    X(ALL_COMMANDS, "penstock commands, all") \
    X(ALL_AWS,   "AWS CLI commands, all") \
    X(JSON,      "JSON")                  \
    X(CLONE,     "clone command")         \
    X(EXPORTS,   "exports command")
/* clang-format on */
#define COPY_ENUM(name, title) COPY_##name,
enum copy { COPY_LIST(COPY_ENUM) COPY_COUNT };
#undef COPY_ENUM

struct screen {
    const char *name; /* also a word of the palette */
    const char *title;
    const char *help;                      /* one sentence for the help and the list of screens */
    size_t state_size;                     /* zeroed before open */
    const struct screen_command *commands; /* a command CMD_NONE ends it; ANYWHERE ones too where
                                              a hint for them matters here */
    /* The fields that its filter may name, e.g. filter_row_fields; NULL: what is typed after `/` is
     * searched in a text, and load gets it as filter_text only. */
    const char *const *fields;
    /* Before the first load; NULL when any target will do. */
    void (*open)(void *state, const struct target *target);
    enum err_code (*load)(void *state, const struct screen_input *input, struct err *err);
    void (*draw)(const void *state, const struct view_look *look, struct canvas *c,
                 struct rect area);
    void (*handle)(void *state, enum command command, struct sv argument, struct answer *out);
    void (*facts)(const void *state, const struct view_look *look, struct screen_facts *out);
    /* Does the command do something as things stand? Else its hint is left out. NULL = always. */
    bool (*fits)(const void *state, enum command command);
    /* The whole view as plain lines without borders, unwrapped, for a normal screen, a screen
     * reader or a pipe. Items that can be opened begin with their number and ". ", from 1. */
    enum err_code (*print)(const void *state, const struct view_look *look, struct sb *out,
                           struct err *err);
    /* Of a view that is longer than what is in memory: all of it as plain lines, a piece at a time,
     * from *at on: 0 at its start, the screen's own number then, -1 behind its end. What `o`
     * prints; NULL = print gives all. */
    enum err_code (*print_piece)(void *state, const struct view_look *look, int64_t *at,
                                 struct sb *out, struct err *err);
    /* Put the cursor on the printed item of that number, or on the body's line (for the mouse);
     * false when there is none. NULL when it has no cursor. */
    bool (*choose)(void *state, int number);
    bool (*point)(void *state, int line);
    /* What can be copied from under the cursor; ERR_NOT_FOUND when there is none. NULL = nothing.
     */
    enum err_code (*copy)(const void *state, enum copy what, struct sb *out, struct err *err);
    void (*release)(void *state);
    /* For screens with fields: a key before the keymap sees it. Returns the whole mask of enum
     * react; *is_taken is false for what is left to the keymap. NULL = none. */
    unsigned (*key)(void *state, uint32_t key, bool *is_taken, struct answer *out);
    /* For screens with fields: pasted text, for the one under the cursor. Returns as key does,
     * REACT_NONE when there is no place for it. NULL = none. */
    unsigned (*paste)(void *state, struct sv text, struct answer *out);
    int errand; /* enum errand of work.h, begun when it is opened; 0 = none */
    /* What an operation works on: the marked ones, else what is under the cursor. Writes at most
     * max and returns how many there are. A screen with it lists the commands of operations
     * (CMD_ACTIONS, CMD_RELEASE, ...) that have a meaning there, and the console does them: it is
     * never handed them. NULL = nothing to operate on. */
    size_t (*targets)(const void *state, struct target *out, size_t max);
};

extern const struct screen *const screens[]; /* NULL ends it; the first is shown at start */
const struct screen *screen_find(struct sv name);

void target_of_row(const struct pipeline_row *row, struct target *out);
struct pipeline_id target_id(const struct target *target);  /* borrows from it */
struct operand target_operand(const struct target *target); /* likewise */
/* The page of its target that such a command opens (CMD_LOGS: "log"); NULL for others. */
const char *operation_page(enum command command);
bool target_eq(const struct target *a, const struct target *b); /* at_ms does not count */
/* Texts that are too long are cut: the identity is then of nothing, never of something else. */
void target_set(char *field, size_t size, struct sv text);
void answer_say(struct answer *out, enum style style, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
