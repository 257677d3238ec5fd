/* The timeline: what happens next, as a binary heap, so that a hundred thousand quiet pipelines
 * cost nothing. Events are never taken back; who handles one looks whether it still means
 * anything. Events of the same moment come in the order in which they were added. */
#ifndef PENSTOCK_SANDBOX_TIMELINE_H
#define PENSTOCK_SANDBOX_TIMELINE_H

#include "core/base/text.h"

/* The action of EVENT_CONDITION is a stage's and a condition's number in one (conditions.h). */
enum event_kind { EVENT_ACTION_DONE, EVENT_APPROVAL_ANSWER, EVENT_START, EVENT_CONDITION };

struct event {
    int64_t at_ms;
    uint64_t order;
    uint64_t run; /* its number */
    uint32_t pipe;
    uint16_t action;
    uint16_t kind;
};

struct timeline {
    struct event *events;
    size_t count;
    size_t size;
    uint64_t next_order;
};

void timeline_init(struct timeline *t);
void timeline_release(struct timeline *t);
enum err_code timeline_add(struct timeline *t, struct event event, struct err *err) MUST_CHECK;
bool timeline_take(struct timeline *t, int64_t until_ms, struct event *out); /* the next one due */
int64_t timeline_next(const struct timeline *t);                             /* INT64_MAX: none */

#endif
