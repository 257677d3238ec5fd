/* approvals_bench DIR PIPELINES WAITING: milliseconds until the approvals that wait are there to be
 * drawn, among so many pipelines, with what each releases read before. */
#include "bench.h"

#include "core/operate/released.h"
#include "core/views/approvals.h"
#include "fill.h"

enum { TRIES = 21, COMMITS = 5 };

static void put_waiting(struct cache *cache, struct fill *f, long i)
{
    bool changed;
    struct err err;

    fill_make(f, i, 0);
    f->action_defs[2].category = SV("Approval");
    f->action_defs[2].data = SV("look at the row counts first");
    f->actions[2].category = SV("Approval");
    f->actions[2].status = STATUS_WAITING;
    f->actions[2].has_token = true;
    f->stages[2].status = STATUS_IN_PROGRESS;
    f->latest.status = STATUS_IN_PROGRESS;
    bench_must(cache_put_def(cache, &f->id, &f->def, NULL, 0, 1, &changed, &err), "def", &err);
    bench_must(cache_put_state(cache, &f->id, &f->state, &f->latest, 1, &changed, &err), "state",
               &err);
}

static void put_carried(struct cache *cache, const struct fill *f)
{
    struct commit commits[COMMITS];
    const struct carried_source source = {.revision = f->latest.revision,
                                          .commits = commits,
                                          .commit_count = COMMITS,
                                          .is_walked = true};
    struct carried carried = {.execution_id = f->latest.id, .sources = &source, .source_count = 1};
    const struct released_ask ask = {
        .id = &f->id, .execution = f->latest.id, .to = released_stage(&f->state, 2)};
    struct document_id id = {DOCUMENT_EXECUTION, f->id.partition, f->id.account, f->id.region,
                             SV_NONE};
    CLEANUP(sb_release) struct sb key;
    CLEANUP(sb_release) struct sb to;
    CLEANUP(sb_release) struct sb seen;
    CLEANUP(sb_release) struct sb json;
    struct err err;

    for (int i = 0; i < COMMITS; i++)
        commits[i] = (struct commit){.id = f->latest.revision,
                                     .author = SV("Ana Costa"),
                                     .message = f->latest.revision_summary,
                                     .at = 1};
    sb_init(&key, 1024);
    sb_init(&to, 1024);
    sb_init(&seen, 1024);
    sb_init(&json, DOCUMENT_MAX);
    bench_must(released_key(&ask, &to, &err), "to", &err);
    bench_must(released_seen(&ask, &seen, &err), "seen", &err);
    carried.seen = sb_sv(&seen);
    bench_must(carried_key(f->id.name, f->latest.id, sb_sv(&to), &key, &err), "key", &err);
    bench_must(carried_write(&carried, &json, &err), "json", &err);
    id.key = sb_sv(&key);
    bench_must(cache_put_document(cache, &id, sb_sv(&json), 1, &err), "document", &err);
}

static void fill(struct cache *cache, long count, long waiting)
{
    static struct fill f;
    struct err err;

    bench_must(fill_put(cache, 0, count, 0, true, &err), "fill", &err);
    for (long i = 0; i < waiting; i++) {
        bench_must(cache_begin(cache, 5000, &err), "begin", &err);
        put_waiting(cache, &f, i * (count / waiting));
        bench_must(cache_commit(cache, &err), "commit", &err);
        put_carried(cache, &f);
    }
}

int main(int argc, char **argv)
{
    long count = bench_number(argc > 2 ? argv[2] : NULL);
    long waiting = bench_number(argc > 3 ? argv[3] : NULL);
    struct cache_options options = {.dir = argv[1]};
    struct err notice = {0};
    double ms[TRIES];
    struct approvals list;
    struct cache *cache;
    struct err err;

    bench_must(cache_open(&options, &cache, &notice, &err), "open", &err);
    fill(cache, count, waiting);
    approvals_init(&list);
    for (int i = 0; i < TRIES; i++) {
        int64_t began = bench_wall_ns();

        bench_must(approvals_load(&list, cache, NULL, NULL, &err), "approvals", &err);
        ms[i] = (double)(bench_wall_ns() - began) / 1e6;
    }
    bench_put("ms", bench_median(ms, TRIES));
    bench_put("approvals", list.count);
    bench_put("peak_kb", (double)bench_peak_kb());
    approvals_release(&list);
    cache_close(cache);
    return 0;
}
