/* The lists behind the command line: verbs and options. Parsing, --help, completion and the man
 * page are made from them and from nothing else, so they cannot disagree. */
#ifndef PENSTOCK_CLI_VERB_H
#define PENSTOCK_CLI_VERB_H

#include "core/cli/cli.h"

/* clang-format off */
/*       constant    word          arguments       least most         run             one line
 *       what else a person should know */
#define VERB_LIST(X) \
    X(CONSOLE,    NULL,         "",             0, 0,           NULL,           "open the console: every pipeline, live", \
      "Without a verb penstock opens the console. It draws what the cache holds at once and keeps it current while it runs.") \
    X(STATUS,     "status",     "[NAME...]",    0, CLI_ARG_MAX, run_status,     "print the pipelines and where they stand", \
      "Prints what the cache holds if it is fresh, else asks AWS first. NAME is a pipeline or a logical pipeline; " \
      "with --refresh only those named are read. Stale rows are printed all the same, with the reason on stderr and exit code 4.") \
    X(WATCH,      "watch",      "NAME",         1, 1,           run_watch,      "print each change of NAME until its execution ends", \
      "Follows the execution that is the latest when it begins, also behind newer ones. A pipeline that does not run is told at once. " \
      "The exit code is 0 for a success, 1 for any other end, 8 when --timeout passes first.") \
    X(SYNC,       "sync",       "",             0, 0,           run_sync,       "bring the cache up to date once and print what changed", \
      "A context that fails does not keep the others from being read; the exit code is that of the worst.") \
    X(DESCRIBE,   "describe",   "NAME",         1, 1,           run_describe,   "print all that is known of one pipeline", \
      "Stages, actions, errors, tags, the latest execution and the latest changes.") \
    X(PROMPT,     "prompt",     "",             0, 0,           run_prompt,     "print one short string for a shell prompt, from the cache only", \
      "Counts of what failed, waits and runs, such as \"2x 1? 3>\", with \"!\" when the cache is stale; nothing when all is well. Always exits 0.") \
    X(COMPLETION, "completion", "bash|zsh|fish", 1, 1,          run_completion, "print the completion script for a shell", \
      "For the current shell: eval \"$(penstock completion bash)\".") \
    X(DEMO,       "demo",       "",             0, 0,           NULL,           "open the console on a sandbox of its own", \
      "Starts penstock-sandbox on a free loopback port and ends it with the console. No AWS credentials are read or needed.") \
    X(HELP,       "help",       "[VERB|keys]",  0, 1,           run_help,       "print this, or what there is to know of a verb, or every key of every screen", \
      "With keys --plain a line of screen, command, key and help for each key, divided by tabs; a command without a key has an empty one.") \
    X(VERSION,    "version",    "",             0, 0,           run_version,    "print the version", "") \
    X(MAN,        "man",        "",             0, 0,           run_man,        NULL, "")

#define ON(verb) (1U << VERB_##verb)
#define ON_ROWS  (ON(STATUS) | ON(DESCRIBE))
#define ON_CONSOLE (ON(CONSOLE) | ON(DEMO))
#define ON_READS (ON_ROWS | ON(CONSOLE) | ON(WATCH) | ON(SYNC) | ON(PROMPT))
#define ON_ALL   (~0U)

/*       constant       word            argument  verbs                  help */
#define OPTION_LIST(X) \
    X(PROFILE,      "profile",      "P",      ON_READS,                "the AWS profile to use")                                  \
    X(REGION,       "region",       "R",      ON_READS,                "the AWS region to use")                                   \
    X(CONTEXT,      "context",      "P@R",    ON_READS,                "a profile and region; may be given several times, all are shown in one list") \
    X(ENDPOINT_URL, "endpoint-url", "U",      ON_READS,                "where to send all requests instead of AWS")               \
    X(CACHED,       "cached",       NULL,     ON_ROWS | ON(CONSOLE),   "use what the cache holds; never touch the network")       \
    X(REFRESH,      "refresh",      NULL,     ON_ROWS,                 "ask AWS first, however fresh the cache is")               \
    X(JSON,         "json",         NULL,     ON_ROWS,                 "print JSON (schema 1)")                                   \
    X(PLAIN,        "plain",        NULL,     ON(STATUS) | ON(HELP),   "print one line per row, tab-separated, for scripts")      \
    X(TIMEOUT,      "timeout",      "S",      ON(WATCH),               "give up after so many seconds, with exit code 8")         \
    X(READ_ONLY,    "read-only",    NULL,     ON_ALL,                  "refuse whatever would change AWS")                        \
    X(ASCII,        "ascii",        NULL,     ON_ALL,                  "use ASCII signs only")                                    \
    X(LINEAR,       "linear",       NULL,     ON_CONSOLE,              "sentences and numbered choices instead of a screen, for screen readers and dumb terminals") \
    X(LOW_BANDWIDTH,"low-bandwidth",NULL,     ON_CONSOLE,              "spare bytes on a slow line")                              \
    X(THEME,        "theme",        "NAME",   ON_CONSOLE,              "the colours: default, mono, colour-blind or light")       \
    X(LOG,          "log",          "FILE",   ON_ALL,                  "append what happens to FILE; never a secret")             \
    X(ITERATIONS,   "iterations",   "N",      ON_CONSOLE,              "draw so many frames and leave, for tests")                \
    X(HELP,         "help",         NULL,     ON_ALL,                  "print help and leave")                                    \
    X(VERSION,      "version",      NULL,     ON_ALL,                  "print the version and leave")
/* clang-format on */

#define VERB_ENUM(name, word, arguments, least, most, run, help, more) VERB_##name,
enum verb_id { VERB_LIST(VERB_ENUM) VERB_COUNT };
#undef VERB_ENUM

#define OPTION_ENUM(name, word, argument, verbs, help) OPTION_##name,
enum option_id { OPTION_LIST(OPTION_ENUM) OPTION_COUNT };
#undef OPTION_ENUM

struct verb {
    const char *word; /* NULL: the console */
    const char *arguments;
    size_t least;
    size_t most;
    int (*run)(struct cli *cli); /* NULL: main's work */
    const char *help;            /* NULL: not shown to people */
    const char *more;
};

struct option_row {
    const char *word;
    const char *argument; /* NULL: none */
    unsigned verbs;       /* ON(...) */
    const char *help;
};

extern const struct verb verb_table[VERB_COUNT];
extern const struct option_row option_table[OPTION_COUNT];

/* VERB_COUNT when there is none; NULL is the console. */
enum verb_id verb_find(const char *word);
bool option_fits(enum option_id option, enum verb_id verb);

/* The known word that was probably meant; NULL when none is near. */
const char *suggest_verb(const char *word);
const char *suggest_option(const char *word, size_t len);

#define VERB_DECLARE(name) int run_##name(struct cli *cli)
VERB_DECLARE(status);
VERB_DECLARE(watch);
VERB_DECLARE(sync);
VERB_DECLARE(describe);
VERB_DECLARE(prompt);
VERB_DECLARE(completion);
VERB_DECLARE(help);
VERB_DECLARE(version);
VERB_DECLARE(man);
#undef VERB_DECLARE

#endif
