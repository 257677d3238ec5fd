/* The command line: options, verbs, help. One list of options and one of verbs; usage, completion
 * and the man page are made from them. DESIGN.md "Command line" is the stable interface. */
#ifndef PENSTOCK_CLI_CLI_H
#define PENSTOCK_CLI_CLI_H

#include "core/sync/context.h"

enum { CLI_CONTEXT_MAX = 32, CLI_ARG_MAX = 256, CLI_OPTION_MAX = 64, CLI_POLICY_MAX = 10 };

/* "NAME=VALUE", as often as given. */
enum { CLI_PAIR_MAX = 50 };
struct cli_pairs {
    const char *items[CLI_PAIR_MAX];
    size_t count;
};

enum cli_format { CLI_TABLE, CLI_PLAIN, CLI_JSON };

struct cli {
    struct context_options contexts; /* its arrays point below */
    struct sv context_items[CLI_CONTEXT_MAX];
    bool is_cached;  /* never touch the network */
    bool is_refresh; /* ask AWS first */
    bool is_read_only;
    enum cli_format format;
    const char *log_path;
    int iterations; /* console: draw N frames and leave; 0 = until quit */
    int timeout_s;  /* watch; 0 = none */
    bool is_ascii;
    bool is_linear;
    bool is_low_bandwidth;
    const char *theme;                   /* NULL = as the config says */
    const char *options[CLI_OPTION_MAX]; /* as given: see cli_option; NULL = not */
    const char *policies[CLI_POLICY_MAX];
    size_t policy_count;
    struct cli_pairs revisions; /* release */
    struct cli_pairs variables;
    struct cli_pairs skipped; /* stack: names, no pairs */
    const char *env_profile;  /* --profile and --region behind `env add` and `env edit` */
    const char *env_region;
    const char *verb; /* NULL = the console */
    const char *args[CLI_ARG_MAX];
    size_t arg_count;
};

/* What can be pressed and typed in the console, for help and man page: main sets it before
 * cli_parse, because core knows no console. Rows of one screen stand together; a NULL key ends
 * them. */
struct cli_key {
    const char *key;     /* "k Up", divided by blanks; "" for a command that has none */
    const char *help;    /* what it does there */
    const char *screen;  /* "" = anywhere */
    const char *command; /* as typed behind ":", "" for none */
};
extern const struct cli_key *cli_keys;

/* ERR_USAGE names the wrong word. --help and --version print and end with *is_done. Called first of
 * all: it also ignores SIGPIPE and gives the descriptors 0 to 2 that are closed a stand-in. */
enum err_code cli_parse(int argc, char **argv, struct cli *out, bool *is_done,
                        struct err *err) MUST_CHECK;

/* Say why nothing is run, also as JSON where that was asked for; returns the exit status. */
int cli_refuse(const struct cli *cli, const struct err *err);
/* Run the verb; prints, and returns the exit status. Not for verb NULL or "demo". */
int cli_run(struct cli *cli);

/* `penstock demo`: start penstock-sandbox as a child (beside this program, else in PATH), wait
 * until it answers, and point *cli at it: a private AWS config, a private cache, no credentials of
 * the user's read. Then the console runs as always, and cli_demo_stop ends the child and removes
 * the files. The child also ends by itself when this process dies. */
struct cli_demo;
enum err_code cli_demo_start(struct cli *cli, struct cli_demo **out, struct err *err) MUST_CHECK;
void cli_demo_stop(struct cli_demo *demo);

#endif
