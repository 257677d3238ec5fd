/* upsert_bench DIR PIPELINES ROUNDS: every cached pipeline gets a new execution, in one
 * transaction.
 *
 * Three equal caches under DIR take turns: in one the put is recorded, in one it is timed, and in
 * one the record is played in bare SQLite and timed too. Reports the milliseconds of both and the
 * median of their ratios, round by round. A last round puts the same again: nothing is written. */
#include "bench.h"

#include "core/base/mem.h"
#include "core/base/time.h"
#include "fill.h"
#include "tape.h"

enum { ROUNDS_MAX = 64, FILL_AT_ONCE = 5000 };

static struct cache *open_cache(const char *dir)
{
    struct cache_options options = {.dir = dir};
    struct cache *cache;
    struct err notice = {0};
    struct err err;

    bench_must(cache_open(&options, &cache, &notice, &err), dir, &err);
    if (notice.code != ERR_OK || cache_is_in_memory(cache))
        bench_end(dir, &notice);
    return cache;
}

static void fill(const char *dir, long count)
{
    struct cache *cache = open_cache(dir);
    struct err err;

    for (long i = 0; i < count; i += FILL_AT_ONCE) {
        long end = i + FILL_AT_ONCE < count ? i + FILL_AT_ONCE : count;

        bench_must(fill_put(cache, i, end, 0, true, &err), "fill", &err);
    }
    bench_must(cache_maintain(cache, time_wall_ms(), &err), "maintain", &err);
    cache_close(cache);
}

static sqlite3 *open_bare(const char *dir)
{
    const char *path = bench_path(dir, "cache.db");
    sqlite3 *db;

    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA synchronous=NORMAL;PRAGMA mmap_size=0", NULL, NULL, NULL) !=
            SQLITE_OK)
        bench_end(path, NULL);
    sqlite3_wal_autocheckpoint(db, 0);
    return db;
}

static double put_ms(struct cache *cache, long count, long generation)
{
    struct err err;
    int64_t began = bench_wall_ns();

    bench_must(fill_put(cache, 0, count, generation, false, &err), "put", &err);
    return (double)(bench_wall_ns() - began) / 1e6;
}

/* Making the rows up is no part of a put. */
static double make_ms(long count, long generation)
{
    struct fill f;
    int64_t began = bench_wall_ns();

    for (long i = 0; i < count; i++)
        fill_make(&f, i, generation);
    return (double)(bench_wall_ns() - began) / 1e6;
}

static double play_ms(sqlite3 *db)
{
    int64_t began = bench_wall_ns();

    tape_play(db);
    return (double)(bench_wall_ns() - began) / 1e6;
}

static long log_bytes(const char *dir)
{
    return bench_file_bytes(bench_path(dir, "cache.db-wal"));
}

int main(int argc, char **argv)
{
    long count = bench_number(argc > 3 ? argv[2] : NULL);
    long rounds = bench_number(argv[3]);
    double ours[ROUNDS_MAX];
    double bare[ROUNDS_MAX];
    double ratio[ROUNDS_MAX];
    char *dirs[3];
    struct cache *recorded;
    struct cache *timed;
    sqlite3 *db;
    long before;

    rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
    dirs[0] = mem_dup(bench_path(argv[1], "recorded"));
    dirs[1] = mem_dup(bench_path(argv[1], "timed"));
    dirs[2] = mem_dup(bench_path(argv[1], "bare"));
    for (int i = 0; i < 3; i++)
        fill(dirs[i], count);
    recorded = open_cache(dirs[0]);
    timed = open_cache(dirs[1]);
    db = open_bare(dirs[2]);
    for (long r = 0; r < rounds; r++) {
        double made = make_ms(count, r + 1);

        tape_start();
        put_ms(recorded, count, r + 1);
        tape_stop();
        /* Who comes second finds the processor warm: they take turns at that, too. */
        if (r % 2 == 0)
            ours[r] = put_ms(timed, count, r + 1) - made;
        bare[r] = play_ms(db);
        if (r % 2 != 0)
            ours[r] = put_ms(timed, count, r + 1) - made;
        ratio[r] = ours[r] / bare[r];
    }
    before = log_bytes(dirs[1]);
    bench_put("unchanged_ms", put_ms(timed, count, rounds));
    bench_put("unchanged_wal_bytes", (double)(log_bytes(dirs[1]) - before));
    bench_put("statements", (double)tape_length());
    bench_put("ours_ms", bench_median(ours, (size_t)rounds));
    bench_put("bare_ms", bench_median(bare, (size_t)rounds));
    bench_put("ratio", bench_median(ratio, (size_t)rounds));
    tape_forget(db);
    sqlite3_close(db);
    cache_close(timed);
    cache_close(recorded);
    for (int i = 0; i < 3; i++)
        mem_free(dirs[i]);
    return 0;
}
