/* The audit log: every write that penstock sent, before and after, a line of JSON each.
 *
 * $XDG_STATE_HOME/penstock/audit.log, 0600, only ever appended to, each line in one write: who
 * (caller ARN), where (account, region), what (operation, what it is for, plan), when, and how it
 * ended ("sent", "done", "failed", "unknown"). Never a request's body. A log that cannot be written
 * stops the write that it would tell of. */
#ifndef PENSTOCK_DEPLOY_AUDIT_H
#define PENSTOCK_DEPLOY_AUDIT_H

#include "core/base/text.h"

struct audit_line {
    const char *outcome; /* "sent", "done", "failed", "unknown", "planned", "confirmed" */
    struct sv action;    /* "create sales" */
    struct sv operation; /* "CreateChangeSet"; "" for those of the plan */
    struct sv account;
    struct sv region;
    struct sv caller;
    struct sv text; /* what it does, or why it failed */
    struct sv request_id;
};

/* NULL dir: the user's own. */
enum err_code audit_write(const char *dir, const struct audit_line *line,
                          struct err *err) MUST_CHECK;

#endif
