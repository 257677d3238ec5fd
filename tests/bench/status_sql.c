/* status_sql: the SELECT that `penstock status --cached` runs on the cache that the environment
 * names, for bare_status. */
#include "bench.h"

#include "core/cache/cache.h"
#include "tape.h"

static bool see(void *owner UNUSED, const struct pipeline_row *row UNUSED)
{
    return true;
}

int main(void)
{
    struct cache_options options = {.is_read_only = true};
    struct pipeline_query query = {.sort = SORT_ATTENTION};
    struct err notice = {0};
    struct cache *cache;
    struct err err;
    char *sql;

    bench_must(cache_open(&options, &cache, &notice, &err), "cache", &err);
    tape_start();
    bench_must(cache_pipelines(cache, &query, see, NULL, &err), "pipelines", &err);
    tape_stop();
    sql = tape_last_select();
    if (sql == NULL)
        bench_end("no SELECT was seen", NULL);
    puts(sql);
    sqlite3_free(sql);
    cache_close(cache);
    return 0;
}
