#include "core/sandbox/timeline.h"

#include "core/base/mem.h"

enum { EVENTS_MAX = 64 * 1000 * 1000 };

void timeline_init(struct timeline *t)
{
    *t = (struct timeline){.next_order = 1};
}

void timeline_release(struct timeline *t)
{
    mem_free(t->events);
    timeline_init(t);
}

static bool is_before(const struct event *a, const struct event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct event *a, struct event *b)
{
    struct event kept = *a;

    *a = *b;
    *b = kept;
}

static enum err_code grow(struct timeline *t, struct err *err)
{
    size_t size = t->size == 0 ? 256 : t->size * 2;
    struct event *grown;

    if (t->count < t->size)
        return ERR_OK;
    if (size > EVENTS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d events are waiting", EVENTS_MAX);
    grown = mem_resize(t->events, size, sizeof *grown);
    if (grown == NULL)
        return mem_err(err);
    t->events = grown;
    t->size = size;
    return ERR_OK;
}

enum err_code timeline_add(struct timeline *t, struct event event, struct err *err)
{
    enum err_code rc = grow(t, err);
    size_t at = t->count;

    if (rc)
        return rc;
    event.order = t->next_order++;
    t->events[t->count++] = event;
    while (at > 0 && is_before(&t->events[at], &t->events[(at - 1) / 2])) {
        swap(&t->events[at], &t->events[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    return ERR_OK;
}

static void sink(struct timeline *t)
{
    size_t at = 0;

    for (;;) {
        size_t first = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < t->count; child++) {
            if (is_before(&t->events[child], &t->events[first]))
                first = child;
        }
        if (first == at)
            return;
        swap(&t->events[at], &t->events[first]);
        at = first;
    }
}

bool timeline_take(struct timeline *t, int64_t until_ms, struct event *out)
{
    if (t->count == 0 || t->events[0].at_ms > until_ms)
        return false;
    *out = t->events[0];
    t->events[0] = t->events[--t->count];
    sink(t);
    return true;
}

int64_t timeline_next(const struct timeline *t)
{
    return t->count == 0 ? INT64_MAX : t->events[0].at_ms;
}
