/* sync_bench [--pace RATE,BURST] [CONTEXT...]: one round of sync as `penstock sync` does it, of the
 * contexts named or the current one, into the cache that the environment names.
 *
 * Unlike the verb it can go without a pace (the default here) and tells what it cost. Rows written
 * and bytes of the log are SQLite's own figures, read before the cache is closed. */
#include "bench.h"

#include "core/base/time.h"
#include "core/sync/sync.h"
#include "tape.h"

enum { CONTEXTS_MAX = 16 };

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

static long log_bytes(const struct cache *cache)
{
    return bench_file_bytes(bench_path(cache_dir(cache), "cache.db-wal"));
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
    struct pace_limits pace = {0};
    struct context_list contexts;
    struct round round = {.is_done = false};
    int64_t began = bench_wall_ns();
    struct err notice = {0};
    struct cache *cache;
    struct net *net;
    struct aws *aws;
    struct err err;
    long before;
    int first = 1;

    if (argc > 2 && strcmp(argv[1], "--pace") == 0) {
        char *end;

        pace.rate_per_s = strtod(argv[2], &end);
        pace.burst = *end == ',' ? strtod(end + 1, NULL) : pace.rate_per_s;
        first = 3;
    }
    for (int i = first; i < argc && asked.context_count < CONTEXTS_MAX; i++)
        names[asked.context_count++] = sv_of(argv[i]);
    bench_must(context_list_load(&asked, &contexts, &err), "contexts", &err);
    bench_must(cache_open(&options, &cache, &notice, &err), "cache", &err);
    before = log_bytes(cache);
    bench_must(net_open(&net, &err), "net", &err);
    bench_must(aws_new(net, &aws, &err), "aws", &err);
    aws_set_pace(aws, pace);
    run(aws, cache, &contexts, &round);
    tell(&round, began);
    bench_put("rows_written", (double)sqlite3_total_changes(tape_connection()));
    bench_put("wal_bytes", (double)(log_bytes(cache) - before));
    bench_must(cache_maintain(cache, time_wall_ms(), &err), "maintain", &err);
    aws_free(aws);
    net_close(net);
    cache_close(cache);
    context_list_release(&contexts);
    return round.result.code ? EXIT_FAILURE : EXIT_SUCCESS;
}
