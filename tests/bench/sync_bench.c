/* sync_bench [CONTEXT...]: one round of sync as `penstock sync` does it, of the contexts named or
 * the current one, into the cache that the environment names; and what it cost. Rows written and
 * bytes of the log are SQLite's own figures. */
#include "bench.h"

#include "core/base/time.h"
#include "core/sync/sync.h"
#include "tape.h"

enum { CONTEXTS_MAX = 16, PAGE_BYTES = 4096, FRAME_HEADER_BYTES = 24, SETTLE_MS = 3600 * 1000 };

struct round {
    struct sync_result result;
    bool is_done;
};

static void on_done(void *owner, const struct sync_result *result)
{
    struct round *round = owner;

    round->result = *result;
    round->is_done = true;
}

/* Each page that the connection writes goes into the log as a frame; the log itself may have been
 * emptied meanwhile. */
static long written_bytes(sqlite3 *db)
{
    int pages = 0;
    int unused;

    sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &unused, 0);
    return (long)pages * (PAGE_BYTES + FRAME_HEADER_BYTES);
}

static void run(struct aws *aws, struct cache *cache, const struct context_list *contexts,
                struct round *round)
{
    struct sync_options options = {.contexts = contexts};
    struct sync *sync;
    struct err err;

    bench_must(sync_start(aws, cache, &options, on_done, round, &sync, &err), "sync", &err);
    while (!round->is_done)
        bench_must(net_wait(aws_net(aws), NULL, 0, -1, &err), "wait", &err);
    sync_stop(sync);
}

static void tell(const struct round *round, int64_t began)
{
    const struct sync_result *r = &round->result;

    bench_put("wall_ms", (double)(bench_wall_ns() - began) / 1e6);
    bench_put("cpu_ms", (double)bench_cpu_ns() / 1e6);
    bench_put("peak_kb", (double)bench_peak_kb());
    bench_put("pipelines", (double)r->pipelines);
    bench_put("changed", (double)r->changed);
    bench_put("removed", (double)r->removed);
    bench_put("calls", (double)r->calls);
    bench_put("throttled", (double)r->throttled);
    bench_put("code", (double)r->code);
    if (r->code)
        fprintf(stderr, "%s\n", r->err.text);
}

int main(int argc, char **argv)
{
    struct sv names[CONTEXTS_MAX];
    struct context_options asked = {.contexts = names};
    struct cache_options options = {.dir = NULL};
    struct context_list contexts;
    struct round round = {.is_done = false};
    int64_t began = bench_wall_ns();
    struct err notice = {0};
    struct cache *cache;
    struct net *net;
    struct aws *aws;
    struct err err;

    for (int i = 1; i < argc && asked.context_count < CONTEXTS_MAX; i++)
        names[asked.context_count++] = sv_of(argv[i]);
    bench_must(context_list_load(&asked, &contexts, &err), "contexts", &err);
    bench_must(cache_open(&options, &cache, &notice, &err), "cache", &err);
    bench_must(net_open(&net, &err), "net", &err);
    bench_must(aws_new(net, &aws, &err), "aws", &err);
    run(aws, cache, &contexts, &round);
    tell(&round, began);
    bench_put("rows_written", (double)sqlite3_total_changes(tape_connection()));
    bench_put("wal_bytes", (double)written_bytes(tape_connection()));
    /* What a running console does some seconds later: the log goes into the file. */
    bench_must(cache_maintain(cache, time_wall_ms() + SETTLE_MS, &err), "maintain", &err);
    aws_free(aws);
    net_close(net);
    cache_close(cache);
    context_list_release(&contexts);
    return round.result.code ? EXIT_FAILURE : EXIT_SUCCESS;
}
