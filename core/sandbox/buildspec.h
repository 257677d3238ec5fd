/* Buildspecs: what a build is to do, and enough of a shell's grammar to say what its commands mean.
 *
 * Nothing is ever executed: commands are divided into their parts and words, in which the build's
 * environment is substituted. Loops are gone through once, functions are not known. */
#ifndef PENSTOCK_SANDBOX_BUILDSPEC_H
#define PENSTOCK_SANDBOX_BUILDSPEC_H

#include "core/base/json.h"

/* The YAML as JSON, the caller's; checked as far as builds read it. ERR_REPLY with what is wrong.
 */
enum err_code buildspec_read(struct sv text, cJSON **out, struct err *err) MUST_CHECK;
/* "commands" or "finally" of "install" and so on; NULL: none. */
const cJSON *buildspec_commands(const cJSON *spec, const char *phase, const char *list);
bool buildspec_goes_on(const cJSON *spec, const char *phase); /* on-failure: CONTINUE */

/* What stands between commands. */
enum link { LINK_THEN, LINK_AND, LINK_OR };
struct part {
    struct sv text; /* in the script */
    enum link link; /* to the part before */
};
enum { PARTS_MAX = 512 };
/* The simple commands of a script, without comments and here documents. */
enum err_code script_split(struct sv script, struct part parts[PARTS_MAX], size_t *count,
                           struct err *err) MUST_CHECK;

/* The value of a variable, or what the command in $(...) puts out. */
typedef enum err_code value_fn(void *owner, struct sv name, bool is_command, struct sb *out,
                               struct err *err);
/* The words of a part as a list of texts, without quotes and redirections; the caller's. */
enum err_code words_read(struct sv text, value_fn *value, void *owner, cJSON **out,
                         struct err *err) MUST_CHECK;
/* A text with its variables substituted, for a log; commands in it stay. */
enum err_code text_expand(struct sv text, value_fn *value, void *owner, struct sb *out,
                          struct err *err) MUST_CHECK;

#endif
