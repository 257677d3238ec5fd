/* fill_cache DIR PIPELINES: a cache for the console, as a sync of the context cicd@eu-west-1 would
 * leave it. fill_cache DIR PIPELINES change NAME STATUS: its last stage has that status now.
 * fill_cache DIR PIPELINES add NAME: there is a new pipeline of that name. */
#include "bench.h"

#include "core/base/time.h"
#include "fill.h"

/* Old enough that no age on the screen changes while something else is measured. */
enum { AT_ONCE = 5000, FIND_MAX = 1000000, AGE_MS = 2 * 86400 * 1000 };

static void put(struct cache *cache, struct fill *f)
{
    struct err err;
    bool changed;
    int64_t now = time_wall_ms();

    bench_must(cache_put_def(cache, &f->id, &f->def, NULL, 0, now, &changed, &err), "put", &err);
    bench_must(cache_put_state(cache, &f->id, &f->state, &f->latest, now, &changed, &err), "put",
               &err);
}

static void fill(struct cache *cache, long count)
{
    struct cache_context context = {.profile = SV("cicd"),
                                    .region = SV("eu-west-1"),
                                    .partition = SV("aws"),
                                    .account = SV("111111111111"),
                                    .caller_arn = SV("arn:aws:iam::111111111111:user/cicd")};
    struct fill f;
    struct err err;

    bench_must(cache_begin(cache, 5000, &err), "begin", &err);
    bench_must(cache_put_context(cache, &context, &err), "context", &err);
    for (long i = 0; i < count; i++) {
        fill_make_board(&f, i, time_wall_ms() - AGE_MS);
        put(cache, &f);
        if (i % AT_ONCE != AT_ONCE - 1)
            continue;
        bench_must(cache_commit(cache, &err), "commit", &err);
        bench_must(cache_maintain(cache, time_wall_ms(), &err), "maintain", &err);
        bench_must(cache_begin(cache, 5000, &err), "begin", &err);
    }
    bench_must(cache_commit(cache, &err), "commit", &err);
    bench_must(cache_maintain(cache, time_wall_ms(), &err), "maintain", &err);
}

static void change(struct cache *cache, const char *name, const char *status)
{
    struct fill f;
    struct err err;
    long i = 0;

    do
        fill_make_board(&f, i, time_wall_ms() - AGE_MS);
    while (!sv_eq(f.id.name, sv_of(name)) && ++i < FIND_MAX);
    f.latest.status = status_from_aws(sv_of(status));
    f.stages[f.state.stage_count - 1].status = f.latest.status;
    f.actions[f.state.stage_count - 1].status = f.latest.status;
    bench_must(cache_begin(cache, 5000, &err), "begin", &err);
    put(cache, &f);
    bench_must(cache_commit(cache, &err), "commit", &err);
}

static void add(struct cache *cache, long count, const char *name)
{
    struct fill f;
    struct err err;

    fill_make(&f, count, 0);
    f.id.name = f.def.name = f.state.name = sv_of(name);
    bench_must(cache_begin(cache, 5000, &err), "begin", &err);
    put(cache, &f);
    bench_must(cache_commit(cache, &err), "commit", &err);
}

int main(int argc, char **argv)
{
    long count = bench_number(argc == 3 || argc >= 5 ? argv[2] : NULL);
    struct cache_options options = {.dir = argv[1]};
    struct err notice = {0};
    struct cache *cache;
    struct err err;

    bench_must(cache_open(&options, &cache, &notice, &err), "open", &err);
    if (argc == 3)
        fill(cache, count);
    else if (strcmp(argv[3], "change") == 0 && argc == 6)
        change(cache, argv[4], argv[5]);
    else
        add(cache, count, argv[4]);
    cache_close(cache);
    return 0;
}
