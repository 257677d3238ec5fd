#include "tui/ahead.h"

#include "core/operate/failure.h"

enum {
    ROWS_LOOKED_AT = 20,
    OLD_MOST = 3, /* of those that had failed before the start */
    FAILURES_MOST = 4,
    EVERY_MS = 1000,
    PAUSE_MS = 30 * 1000 /* after the first failure to read; then twice that, and so on */
};

struct candidate {
    struct ahead *ahead;
    struct cache *cache;
    int64_t now_ms;
    int rank;
    struct target found; /* name "" = none */
};

static void key_of(const struct pipeline_row *row, char out[AHEAD_KEY_SIZE])
{
    (void)snprintf(out, AHEAD_KEY_SIZE, SV_FMT "/" SV_FMT "/" SV_FMT "/" SV_FMT,
                   SV_ARG(sv_take(row->id.account, 20)), SV_ARG(sv_take(row->id.region, 40)),
                   SV_ARG(sv_take(row->id.name, 200)), SV_ARG(sv_take(row->execution_id, 100)));
}

static int find_tried(const struct ahead *a, const char *key)
{
    for (size_t i = 0; i < a->tried_count && i < AHEAD_TRIED_MAX; i++) {
        if (strcmp(a->tried[i].key, key) == 0)
            return (int)i;
    }
    return -1;
}

static bool may_be_tried(const struct ahead *a, const char *key, int64_t now_ms)
{
    int at = find_tried(a, key);

    return at < 0 || (a->tried[at].failures < FAILURES_MOST && now_ms >= a->tried[at].due_ms);
}

/* What failed stands first in the order, the latest before the others. */
static bool consider(void *owner, const struct pipeline_row *row)
{
    struct candidate *c = owner;
    char key[AHEAD_KEY_SIZE];

    if (row->status != STATUS_FAILED)
        return false;
    c->rank++;
    if (row->changed_at < c->ahead->started_ms && c->rank > OLD_MOST)
        return true;
    key_of(row, key);
    if (row->execution_id.len == 0 || !may_be_tried(c->ahead, key, c->now_ms) ||
        failure_is_kept(c->cache, &row->id, row->execution_id))
        return true;
    target_of_row(row, &c->found);
    target_set(c->found.execution_id, sizeof c->found.execution_id, row->execution_id);
    return false;
}

static void note_tried(struct ahead *a, const struct target *target, int64_t now_ms)
{
    const struct pipeline_row row = {.id = target_id(target),
                                     .execution_id = sv_of(target->execution_id)};
    char key[AHEAD_KEY_SIZE];
    int at;

    key_of(&row, key);
    at = find_tried(a, key);
    if (at < 0) {
        at = (int)(a->tried_count++ % AHEAD_TRIED_MAX);
        a->tried[at].failures = 0;
        (void)snprintf(a->tried[at].key, sizeof a->tried[at].key, "%s", key);
    }
    a->tried[at].due_ms = now_ms + ((int64_t)PAUSE_MS << a->tried[at].failures);
    a->tried[at].failures++;
}

void ahead_look(struct ahead *a, struct work *work, struct cache *cache, int64_t seq,
                int64_t now_ms)
{
    const struct pipeline_query query = {.sort = SORT_ATTENTION, .limit = ROWS_LOOKED_AT};
    struct candidate c = {.ahead = a, .cache = cache, .now_ms = now_ms};
    struct errand_ask ask = {.errand = ERRAND_FAILURE, .target = &c.found, .is_ahead = true};

    if (a->started_ms == 0)
        a->started_ms = now_ms;
    if (now_ms - a->looked_ms < EVERY_MS || (seq == a->seq && a->reading.name[0] == '\0'))
        return;
    a->looked_ms = now_ms;
    a->seq = seq;
    if (a->reading.name[0] != '\0' && work_reads(work, ERRAND_FAILURE, &a->reading))
        return;
    a->reading.name[0] = '\0';
    if (cache_pipelines(cache, &query, consider, &c, NULL) || c.found.name[0] == '\0')
        return;
    /* One that can be read is not looked for again: its card is kept then. */
    note_tried(a, &c.found, now_ms);
    if (work_start_errand(work, &ask, NULL) == ERR_OK)
        a->reading = c.found;
}
