/* Waiting for a pipeline, or one of its executions, to come to rest. */
#ifndef PENSTOCK_CLI_WAITING_H
#define PENSTOCK_CLI_WAITING_H

#include "core/cli/session.h"

struct waiting_for {
    struct pipeline_id id;
    struct sv execution; /* "" = until nothing runs */
    int timeout_s;       /* 0 = for ever */
};
/* *status: how it ended. ERR_PENDING when the time is up, or it waits for a person: the sentence
 * says for what. */
enum err_code waiting_run(struct session *s, const struct waiting_for *what, enum status *status,
                          struct err *err) MUST_CHECK;

#endif
