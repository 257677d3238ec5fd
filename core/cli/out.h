/* What a verb prints: stdout in large pieces, stderr in sentences.
 *
 * A reader that went away (EPIPE) is no error to talk about: it comes back as ERR_CANCELLED without
 * a text, and cli_fail then says nothing and returns what a shell shows for SIGPIPE. */
#ifndef PENSTOCK_CLI_OUT_H
#define PENSTOCK_CLI_OUT_H

#include "core/base/text.h"

enum { OUT_EXIT_PIPE = 141 };

struct out {
    struct sb text; /* write here, then out_spill */
};

void out_init(struct out *out);
void out_release(struct out *out);
enum err_code out_spill(struct out *out, struct err *err) MUST_CHECK; /* write when it is much */
enum err_code out_flush(struct out *out, struct err *err) MUST_CHECK; /* write it all */

/* "penstock: <sentence>" to stderr; returns the exit status. */
int cli_fail(const struct err *err);
/* The same without a failure. */
void cli_note(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* What ends without a line on stdout still gives a program that asked for JSON its one object:
 * {"schema":1,"error","code"} of what cli_fail said last, or else cli_note. Nothing when all went
 * well or something was printed. */
void out_tell_failure(int status);
/* Flush and release: status when that went well, else the failure's. */
int out_end(struct out *out, int status);

#endif
