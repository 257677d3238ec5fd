/* EventBridge: the operations that the sandbox knows, a row each. */
#ifndef PENSTOCK_SANDBOX_EVENTS_H
#define PENSTOCK_SANDBOX_EVENTS_H

#include "core/base/json.h"

struct service;

/* clang-format off */
/*       service  operation  function */
#define EVENTS_CALLS(X)
/*       kind     function: what happens later */
#define EVENTS_LATER(X)
/* clang-format on */

/* A branch was made, moved or deleted: who listens is started. */
struct events_reference {
    struct sv account;
    struct sv region;
    struct sv repository;
    struct sv branch;
    struct sv commit;
    struct sv old_commit; /* empty: it is new */
};
enum err_code events_reference_changed(struct service *s, const struct events_reference *reference,
                                       struct err *err) MUST_CHECK;

#endif
