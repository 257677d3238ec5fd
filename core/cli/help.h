/* What --help, `penstock help` and --version print. */
#ifndef PENSTOCK_CLI_HELP_H
#define PENSTOCK_CLI_HELP_H

#include "core/cli/verb.h"

#define HELP_KEYS "keys" /* `penstock help keys`, though it is no verb */

enum err_code help_print(enum verb_id verb, struct err *err) MUST_CHECK; /* CONSOLE: all of it */
/* Every key of every screen; plain: a line of screen, command, key and help for each, by tabs. */
enum err_code help_print_keys(bool is_plain, struct err *err) MUST_CHECK;
enum err_code version_print(struct err *err) MUST_CHECK;

/* DESIGN.md's exit codes, and the files and variables, for the help and the man page. */
struct help_row {
    const char *term; /* "" = still the term before */
    const char *text;
};
extern const struct help_row help_exits[];
extern const struct help_row help_files[];
extern const struct help_row help_variables[];

/* The row begins another screen's keys. */
bool help_is_new_screen(const struct cli_key *key);
/* "k, Up" or, for a command without a key, ":pipeline". */
enum err_code help_add_key(struct sb *out, const struct cli_key *key, struct err *err) MUST_CHECK;

#endif
