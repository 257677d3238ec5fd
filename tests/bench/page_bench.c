/* page_bench DIR PIPELINES [all]: milliseconds for a page of 50 rows in every order, both ways
 * round, at five depths, forwards and backwards; then for the first page of what a person types
 * into the filter. Reports the worst median over all of them, with what it was, and the time to
 * fill. With `all` every single median goes to standard error. */
#include "bench.h"

#include "fill.h"

enum { PAGE = 50, TRIES = 15, FILL_AT_ONCE = 20000, DEPTHS = 5 };

/* clang-format off */
/*       typed, and how much it finds */
static const char *const needles[] = {
    /* common */    "e", "in", "ing", "ingest", "-prod", "orders",
    /* rare */      "z", "zq", "zqx", "zqxjkv",
    /* digits */    "7", "42", "004", "000042",
    /* across */    "BUILD", "late cl", "s-cur",
    /* nothing */   "~", "zz", "zqz", "zqxjkw",
};
/* clang-format on */

struct worst {
    double ms;
    char what[96];
};

static bool tells_all;

static bool count_row(void *owner, const struct pipeline_row *row UNUSED)
{
    ++*(int *)owner;
    return true;
}

static double median_ms(struct cache *cache, const struct pipeline_query *query, int *rows)
{
    double ms[TRIES];
    struct err err;

    for (int i = 0; i < TRIES; i++) {
        int64_t began = bench_wall_ns();

        *rows = 0;
        bench_must(cache_pipelines(cache, query, count_row, rows, &err), "page", &err);
        ms[i] = (double)(bench_wall_ns() - began) / 1e6;
    }
    return bench_median(ms, TRIES);
}

static void note(struct worst *worst, double ms, const char *what)
{
    if (tells_all)
        fprintf(stderr, "%8.3f ms %s\n", ms, what);
    if (ms <= worst->ms)
        return;
    worst->ms = ms;
    snprintf(worst->what, sizeof worst->what, "%s", what);
}

struct depths {
    long count;
    long seen;
    int64_t rowids[DEPTHS];
};

/* The rows at the start, at a quarter, in the middle, at three quarters and near the end. */
static bool find_depths(void *owner, const struct pipeline_row *row)
{
    struct depths *d = owner;

    for (int i = 0; i < DEPTHS; i++) {
        if (d->seen == (d->count - 1) * i / (DEPTHS - 1))
            d->rowids[i] = row->rowid;
    }
    d->seen++;
    return true;
}

static void time_order(struct cache *cache, enum sort sort, bool reverse, long count,
                       struct worst *worst)
{
    static const char *const names[] = {"attention", "name", "changed", "status"};
    struct pipeline_query query = {.sort = sort, .reverse = reverse};
    struct depths depths = {.count = count};
    struct err err;

    bench_must(cache_pipelines(cache, &query, find_depths, &depths, &err), "all", &err);
    query.limit = PAGE;
    for (int i = -1; i < DEPTHS * 2; i++) {
        char what[96];
        int rows;

        query.after_rowid = i < 0 ? 0 : depths.rowids[i / 2];
        query.backward = i >= 0 && i % 2 != 0;
        snprintf(what, sizeof what, "%s%s,depth-%d/%d%s", names[sort], reverse ? ",reversed" : "",
                 i < 0 ? 0 : i / 2, DEPTHS - 1, query.backward ? ",backward" : "");
        note(worst, median_ms(cache, &query, &rows), what);
    }
}

static void time_filters(struct cache *cache, struct worst *worst)
{
    for (size_t i = 0; i < ARRAY_LEN(needles); i++) {
        for (int sort = 0; sort < SORT_COUNT; sort++) {
            struct pipeline_query query = {
                .sort = (enum sort)sort, .filter = sv_of(needles[i]), .limit = PAGE};
            char what[96];
            int rows;
            double ms = median_ms(cache, &query, &rows);

            snprintf(what, sizeof what, "\"%s\",sort-%d,%d-rows", needles[i], sort, rows);
            note(worst, ms, what);
        }
    }
}

static void fill(struct cache *cache, long count)
{
    int64_t began = bench_wall_ns();
    struct err err;

    for (long i = 0; i < count; i += FILL_AT_ONCE) {
        long end = i + FILL_AT_ONCE < count ? i + FILL_AT_ONCE : count;

        bench_must(fill_put(cache, i, end, 0, true, &err), "fill", &err);
        bench_must(cache_maintain(cache, (i + 1) * 100000000, &err), "maintain", &err);
    }
    bench_put("fill_s", (double)(bench_wall_ns() - began) / 1e9);
}

int main(int argc, char **argv)
{
    long count = bench_number(argc > 2 ? argv[2] : NULL);
    struct cache_options options = {.dir = argv[1]};
    struct worst page = {.ms = 0};
    struct worst filter = {.ms = 0};
    struct err notice = {0};
    struct err err;
    struct cache *cache;

    tells_all = argc > 3 && strcmp(argv[3], "all") == 0;
    bench_must(cache_open(&options, &cache, &notice, &err), "open", &err);
    fill(cache, count);
    for (int i = 0; i < SORT_COUNT * 2; i++)
        time_order(cache, (enum sort)(i / 2), i % 2 != 0, count, &page);
    time_filters(cache, &filter);
    bench_put("page_ms", page.ms);
    printf("page_worst %s\n", page.what);
    bench_put("filter_ms", filter.ms);
    printf("filter_worst %s\n", filter.what);
    bench_put("peak_kb", (double)bench_peak_kb());
    cache_close(cache);
    return 0;
}
