#include "core/model/delivery.h"

#include <stdlib.h>

#include "core/model/duration.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static int by_end(const void *a, const void *b)
{
    const struct delivery_run *x = a;
    const struct delivery_run *y = b;

    return (x->ended_at > y->ended_at) - (x->ended_at < y->ended_at);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static int64_t median(int64_t *values, size_t count)
{
    if (count < DELIVERY_LEAST)
        return -1;
    qsort(values, count, sizeof *values, by_value);
    return percentile(values, count, 50);
}

/* While one is open the environment is broken, since that moment. */
struct tally {
    struct delivery *out;
    int64_t *leads;
    int64_t *runs;
    int64_t *restores;
    int64_t broken_since;                 /* 0 = it is not */
    const struct delivery_run *last_good; /* that a rollback would take back */
};

static void break_at(struct tally *t, int64_t at)
{
    if (t->broken_since == 0)
        t->broken_since = at;
}

static void restore(struct tally *t, const struct delivery_run *run, bool counts)
{
    if (t->broken_since > 0 && run->ended_at >= t->broken_since && counts)
        t->restores[t->out->restores++] = run->ended_at - t->broken_since;
    t->broken_since = 0;
}

static void add_times(struct tally *t, const struct delivery_run *run)
{
    /* A clock that is ahead is not believed. */
    if (run->committed_at > 0 && run->committed_at <= run->ended_at)
        t->leads[t->out->lead_samples++] = run->ended_at - run->committed_at;
    if (run->execution_started_at > 0 && run->execution_started_at <= run->ended_at)
        t->runs[t->out->run_samples++] = run->ended_at - run->execution_started_at;
}

/* In the order of time. What ended before the window only says how things stood when it began. */
static void add_run(struct tally *t, const struct delivery_run *run, bool is_inside)
{
    struct delivery *out = t->out;

    if (run->is_rejected && !run->has_succeeded) {
        out->rejected += is_inside;
        return;
    }
    if (run->is_rollback) {
        if (t->last_good != NULL && run->has_succeeded) {
            out->rolled_back += is_inside && t->last_good->ended_at >= out->since_ms;
            break_at(t, t->last_good->ended_at);
            t->last_good = NULL;
        }
        if (run->has_succeeded)
            restore(t, run, is_inside);
        return;
    }
    out->attempts += is_inside;
    out->deployments += is_inside && run->has_succeeded;
    out->failed += is_inside && !run->has_succeeded;
    if (!run->has_succeeded) {
        break_at(t, run->ended_at);
        return;
    }
    if (is_inside)
        add_times(t, run);
    restore(t, run, is_inside);
    t->last_good = run;
}

static void conclude(struct delivery *out)
{
    double days = (double)(out->until_ms - out->since_ms) / DAY_MS;

    out->per_day = -1;
    out->failure_percent = -1;
    /* A day at least: three deployments within an hour of one morning are no rate. */
    if (out->deployments >= DELIVERY_LEAST && days >= 1)
        out->per_day = (double)out->deployments / days;
    if (out->attempts >= DELIVERY_LEAST)
        out->failure_percent =
            (int)((100 * (out->failed + out->rolled_back) + out->attempts / 2) / out->attempts);
    if (out->failure_percent > 100)
        out->failure_percent = 100;
}

enum err_code delivery_of(const struct delivery_run *runs, size_t count, int64_t since_ms,
                          int64_t until_ms, int64_t known_since, struct arena *arena,
                          struct delivery *out, struct err *err)
{
    struct delivery_run *sorted = arena_alloc(arena, count + 1, sizeof *sorted);
    struct tally t = {.out = out};

    t.leads = arena_alloc(arena, count + 1, sizeof *t.leads);
    t.runs = arena_alloc(arena, count + 1, sizeof *t.runs);
    t.restores = arena_alloc(arena, count + 1, sizeof *t.restores);
    if (sorted == NULL || t.leads == NULL || t.runs == NULL || t.restores == NULL)
        return arena_err(arena, err);
    *out = (struct delivery){.since_ms = since_ms, .until_ms = until_ms};
    if (known_since > since_ms) {
        out->since_ms = known_since < until_ms ? known_since : until_ms;
        out->is_partial = true;
    }
    if (count > 0)
        memcpy(sorted, runs, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_end);
    for (size_t i = 0; i < count; i++) {
        if (sorted[i].ended_at <= until_ms)
            add_run(&t, &sorted[i], sorted[i].ended_at >= out->since_ms);
    }
    out->is_broken = t.broken_since > 0;
    out->lead_ms = median(t.leads, out->lead_samples);
    out->run_ms = median(t.runs, out->run_samples);
    out->restore_ms = median(t.restores, out->restores);
    conclude(out);
    return ERR_OK;
}
