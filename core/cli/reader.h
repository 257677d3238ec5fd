/* Readings from a verb: the functions of core/operate/reading.h, run to their end with a session's
 * contexts, however many there are. */
#ifndef PENSTOCK_CLI_READER_H
#define PENSTOCK_CLI_READER_H

#include "core/cli/act_verb.h"
#include "core/operate/reading.h"

struct reader {
    struct session *session;
    struct deploy deploy;
    bool is_open;
};

/* Nothing is asked yet. The session must outlive it. */
enum err_code reader_open(struct reader *r, struct session *session, struct err *err) MUST_CHECK;
void reader_close(struct reader *r); /* a zeroed one is fine */
enum err_code reader_run(struct reader *r, reading_fn *fn, const struct operand *what,
                         struct err *err) MUST_CHECK;

#endif
