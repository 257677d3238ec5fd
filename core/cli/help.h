/* What --help, `penstock help` and --version print. */
#ifndef PENSTOCK_CLI_HELP_H
#define PENSTOCK_CLI_HELP_H

#include "core/cli/verb.h"

enum err_code help_print(enum verb_id verb, struct err *err) MUST_CHECK; /* CONSOLE: all of it */
enum err_code version_print(struct err *err) MUST_CHECK;

/* DESIGN.md's exit codes, and the files and variables, for the help and the man page. */
struct help_row {
    const char *term;
    const char *text;
};
extern const struct help_row help_exits[];
extern const struct help_row help_files[];
extern const struct help_row help_variables[];

#endif
