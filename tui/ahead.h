/* Reading ahead: the card of a failure that was just seen, so that it opens without the network.
 *
 * By the penstock that polls, one at a time, from the latest on. Failures from before the start
 * count only if they are among the few latest; one that cannot be read is tried again later, each
 * time later, and then no more: opening the page asks anyway. */
#ifndef PENSTOCK_TUI_AHEAD_H
#define PENSTOCK_TUI_AHEAD_H

#include "tui/work.h"

enum { AHEAD_TRIED_MAX = 32, AHEAD_KEY_SIZE = 400 };

struct ahead {
    int64_t started_ms; /* wall */
    int64_t looked_ms;
    int64_t seq;           /* of the change feed, then */
    struct target reading; /* name "" = none is read */
    struct {
        char key[AHEAD_KEY_SIZE]; /* region, account, pipeline and execution */
        int64_t due_ms;
        int failures;
    } tried[AHEAD_TRIED_MAX]; /* a ring */
    size_t tried_count;
};

/* To be called often: it looks at most once a second, and only after something has changed. seq is
 * the change feed's. */
void ahead_look(struct ahead *a, struct work *work, struct cache *cache, int64_t seq,
                int64_t now_ms);

#endif
