/* Each allocation fails in turn, SQLite's too: no crash, no leak, a plain error, and what was
 * written before is still there. */
#include "tests/unit/cache/fixture.h"

#include "core/base/mem.h"

enum { NTH_MAX = 100000, STRIDE = 7 };

static const struct tag tags[] = {{{"team", 4}, {"blue", 4}}};

static enum err_code write_some(struct cache *cache, struct err *err)
{
    const struct execution execution = {.id = SV("e0"), .revision = SV("abc")};
    const struct action_run run = {
        .execution_id = SV("e0"), .stage = SV("Source"), .action = {.name = SV("Fetch")}};
    struct pipeline_id id = id_of("orders");
    struct sample s;
    bool changed;
    enum err_code rc = cache_begin(cache, 0, err);

    sample_fill(&s, "orders");
    if (rc == ERR_OK)
        rc = cache_put_def(cache, &id, &s.def, tags, 1, 1, &changed, err);
    if (rc == ERR_OK)
        rc = cache_put_state(cache, &id, &s.state, &s.latest, 1, &changed, err);
    s.latest.status = STATUS_FAILED;
    s.latest.revision_summary = SV("second commit");
    if (rc == ERR_OK)
        rc = cache_put_state(cache, &id, &s.state, &s.latest, 2, &changed, err);
    s.latest.id = s.stages[1].execution_id = SV("e2");
    s.actions[1].status = STATUS_IN_PROGRESS;
    if (rc == ERR_OK)
        rc = cache_put_state(cache, &id, &s.state, &s.latest, 3, &changed, err);
    if (rc == ERR_OK)
        rc = cache_put_history(cache, &id, &execution, 1, &run, 1, 4, &changed, err);
    if (rc == ERR_OK)
        rc = cache_put_trouble(cache, &id, SV("slow"), &changed, err);
    if (rc == ERR_OK)
        rc = cache_commit(cache, err);
    if (rc)
        cache_rollback(cache);
    return rc;
}

static bool see(void *owner UNUSED, const struct pipeline_row *row UNUSED)
{
    return true;
}

static enum err_code read_history(struct cache *cache, struct arena *arena, struct err *err)
{
    struct execution *executions;
    struct execution execution;
    struct action_run *runs;
    size_t count;
    enum err_code rc = cache_executions(cache, 1, arena, &executions, &count, err);

    if (rc == ERR_OK && count != 3)
        rc = err_set(err, ERR_FAILED, "%zu executions instead of 3", count);
    if (rc == ERR_OK)
        rc = cache_get_execution(cache, 1, SV("e0"), arena, &execution, err);
    if (rc == ERR_OK)
        rc = cache_runs(cache, 1, SV_NONE, arena, &runs, &count, err);
    if (rc == ERR_OK && count < 2)
        rc = err_set(err, ERR_FAILED, "%zu runs instead of 2 or more", count);
    return rc;
}

static enum err_code read_beside(struct cache *cache, struct arena *arena, struct err *err)
{
    struct pipeline_id id = id_of("orders");
    struct cache_counts counts = {0};
    struct pipeline_row *rows;
    int64_t rowid;
    size_t count;
    enum err_code rc = cache_count(cache, &counts, err);

    if (rc == ERR_OK)
        rc = cache_count_in(cache, id.partition, id.account, id.region, &counts, err);
    if (rc == ERR_OK)
        rc = cache_find_id(cache, &id, &rowid, err);
    return rc ? rc
              : cache_siblings(cache, id.partition, id.account, id.region, SV("orders"), arena,
                               &rows, &count, err);
}

static enum err_code read_some(struct cache *cache, struct err *err)
{
    const struct sv names[] = {SV("orders")};
    const struct pipeline_query queries[] = {
        {.limit = 5},
        {.sort = SORT_NAME, .backward = true},
        {.filter = SV("commit")},
        {.filter = SV("zq"), .limit = 3},
        {.names = names, .name_count = 1},
    };
    struct cache_pipeline got;
    struct cache_known *known;
    struct arena arena;
    size_t count;
    enum err_code rc = ERR_OK;

    arena_init(&arena, 1 << 20);
    for (size_t i = 0; rc == ERR_OK && i < ARRAY_LEN(queries); i++)
        rc = cache_pipelines(cache, &queries[i], see, NULL, err);
    if (rc == ERR_OK)
        rc = cache_get_pipeline(cache, 1, &arena, &got, err);
    if (rc == ERR_OK)
        rc = read_beside(cache, &arena, err);
    if (rc == ERR_OK)
        rc = read_history(cache, &arena, err);
    if (rc == ERR_OK)
        rc = cache_known(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), &arena, &known,
                         &count, err);
    arena_release(&arena);
    return rc;
}

static enum err_code remove_all(struct cache *cache, struct err *err)
{
    size_t removed;
    enum err_code rc = cache_begin(cache, 0, err);

    if (rc == ERR_OK)
        rc = cache_keep_only(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), NULL, 0, 3,
                             &removed, err);
    if (rc == ERR_OK)
        rc = cache_commit(cache, err);
    if (rc)
        cache_rollback(cache);
    return rc;
}

static enum err_code story(const struct cache_options *options, struct err *err)
{
    struct cache_context context = {.profile = SV("dev"), .region = SV("x")};
    struct cache *cache;
    enum err_code rc = cache_open(options, &cache, NULL, err);

    if (rc)
        return rc;
    rc = cache_put_context(cache, &context, err);
    if (rc == ERR_OK)
        rc = write_some(cache, err);
    if (rc == ERR_OK)
        rc = read_some(cache, err);
    if (rc == ERR_OK)
        rc = remove_all(cache, err);
    if (rc == ERR_OK)
        rc = cache_maintain(cache, 10000000, err);
    cache_close(cache);
    return rc;
}

/* From a first failing allocation on, every stride-th, until the story is through untouched. */
static long torture(const struct cache_options *options, long stride)
{
    long n = 1;

    for (; n < NTH_MAX; n += stride) {
        struct err err = {0};
        enum err_code rc;
        long count;

        mem_fail_at(n);
        rc = story(options, &err);
        count = mem_count();
        mem_fail_at(0);
        if (rc) {
            if (err.text[0] == '\0')
                print_error("allocation %ld fails without a sentence\n", n);
            CHECK_TRUE(err.text[0] != '\0');
            CHECK_TRUE(rc == ERR_LIMIT || rc == ERR_CACHE || rc == ERR_PENDING);
        }
        if (count < n)
            break;
    }
    CHECK_TRUE(n < NTH_MAX);
    return n;
}

/* Its schema is made anew each time, by SQLite with ten thousand allocations: some must do. What
 * comes after is tried one by one with a file, which has its schema. */
static void test_memory_cache_survives_failing_allocations(void **state UNUSED)
{
    const struct cache_options options = {.in_memory = true};

    print_message("%ld allocations\n", torture(&options, STRIDE));
}

static void test_file_cache_survives_failing_allocations(void **state UNUSED)
{
    const struct cache_options options = {.dir = test_dir};
    struct err notice = {0};
    struct cache *cache;

    print_message("%ld allocations\n", torture(&options, 1));
    cache = open_cache(&notice);
    CHECK_STR(notice.text, "");
    CHECK_INT(count_in_dir("cache.db.corrupt-"), 0);
    cache_close(cache);
}

static void test_reader_survives_each_failing_allocation(void **state UNUSED)
{
    const struct cache_options options = {.dir = test_dir, .is_read_only = true};
    struct cache *cache = open_cache(NULL);
    struct err err = {0};

    REQUIRE_OK(write_some(cache, &err), &err);
    for (long n = 1; n < NTH_MAX; n++) {
        struct cache *reader;
        enum err_code rc;
        long count;

        mem_fail_at(n);
        rc = cache_open(&options, &reader, NULL, &err);
        if (rc == ERR_OK) {
            rc = read_some(reader, &err);
            cache_close(reader);
        }
        count = mem_count();
        mem_fail_at(0);
        if (count < n)
            break;
    }
    REQUIRE_OK(read_some(cache, &err), &err);
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_memory_cache_survives_failing_allocations),
        TEST_IN_DIR(test_file_cache_survives_failing_allocations),
        TEST_IN_DIR(test_reader_survives_each_failing_allocation),
    };

    return RUN(tests);
}
