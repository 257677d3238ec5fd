/* Environments in the cache: a set per CICD context, and what the doctor found beside it. */
#include "tests/unit/cache/fixture.h"

#include "core/base/mem.h"

#define HOME SV("aws"), SV("111111111111"), SV("eu-west-1")

static struct cached_environment made(const char *name, const char *account, int64_t version)
{
    return (struct cached_environment){.name = sv_of(name),
                                       .kind = SV("target"),
                                       .account = sv_of(account),
                                       .region = SV("eu-west-1"),
                                       .way = SV("profile dev"),
                                       .stage = SV("dev"),
                                       .team = SV(""),
                                       .bootstrap = SV("cdk hnb659fds"),
                                       .json = SV("{}"),
                                       .version = version};
}

static const struct cached_environment diagnosis = {.name = {"dev", 3},
                                                    .checked_at = 77,
                                                    .bootstrap_version = 32,
                                                    .verdict = 2,
                                                    .trusts = true,
                                                    .line = {"unprotected", 11}};

static bool put(struct cache *cache, const struct cached_environment *list, size_t count,
                int64_t now_ms)
{
    struct err err = {0};
    bool changed = false;

    REQUIRE_OK(cache_put_environments(cache, HOME, list, count, now_ms, &changed, &err), &err);
    return changed;
}

static size_t list(struct cache *cache, struct arena *arena, struct cached_environment **out)
{
    struct err err = {0};
    size_t count = 0;

    arena_clear(arena);
    REQUIRE_OK(cache_list_environments(cache, HOME, arena, out, &count, &err), &err);
    return count;
}

static void test_a_reading_replaces_the_set(void **state UNUSED)
{
    const struct cached_environment two[] = {made("test", "333333333333", 1),
                                             made("dev", "222222222222", 1)};
    struct cache *cache = open_memory_cache();
    struct cached_environment *rows;
    struct arena arena;

    arena_init(&arena, 1 << 20);
    CHECK_TRUE(put(cache, two, 2, 1000));
    CHECK_INT(list(cache, &arena, &rows), 2);
    CHECK_SV(rows[0].name, SV("dev"));
    CHECK_SV(rows[0].account, SV("222222222222"));
    CHECK_SV(rows[0].home_account, SV("111111111111"));
    CHECK_SV(rows[0].way, SV("profile dev"));
    CHECK_INT(rows[0].checked_at, 0);
    CHECK_TRUE(put(cache, &two[1], 1, 2000));
    CHECK_INT(list(cache, &arena, &rows), 1);
    CHECK_SV(rows[0].name, SV("dev"));
    arena_release(&arena);
    cache_close(cache);
}

static void test_what_is_the_same_changes_nothing_but_the_time(void **state UNUSED)
{
    struct cached_environment dev = made("dev", "222222222222", 1);
    struct cache *cache = open_memory_cache();
    struct cached_environment *rows;
    struct arena arena;
    struct err err = {0};
    int64_t before;
    int64_t after;

    arena_init(&arena, 1 << 20);
    CHECK_TRUE(put(cache, &dev, 1, 1000));
    REQUIRE_OK(cache_change_seq(cache, &before, &err), &err);
    CHECK_TRUE(!put(cache, &dev, 1, 2000));
    CHECK_INT(list(cache, &arena, &rows), 1);
    CHECK_INT(rows[0].read_at, 1000);
    CHECK_TRUE(!put(cache, &dev, 1, 100000));
    CHECK_INT(list(cache, &arena, &rows), 1);
    CHECK_INT(rows[0].read_at, 100000);
    REQUIRE_OK(cache_change_seq(cache, &after, &err), &err);
    CHECK_INT(after, before);
    dev.version = 2;
    CHECK_TRUE(put(cache, &dev, 1, 100001));
    REQUIRE_OK(cache_change_seq(cache, &after, &err), &err);
    CHECK_TRUE(after > before);
    arena_release(&arena);
    cache_close(cache);
}

static void test_a_diagnosis_stays_until_the_place_is_another(void **state UNUSED)
{
    struct cached_environment dev = made("dev", "222222222222", 1);
    struct cache *cache = open_memory_cache();
    struct cached_environment *rows;
    struct arena arena;
    struct err err = {0};

    arena_init(&arena, 1 << 20);
    CHECK_INT(cache_put_diagnosis(cache, HOME, &diagnosis, &err), ERR_NOT_FOUND);
    put(cache, &dev, 1, 1000);
    REQUIRE_OK(cache_put_diagnosis(cache, HOME, &diagnosis, &err), &err);
    dev.version = 2;
    dev.team = SV("data");
    put(cache, &dev, 1, 2000);
    CHECK_INT(list(cache, &arena, &rows), 1);
    CHECK_SV(rows[0].team, SV("data"));
    CHECK_INT(rows[0].checked_at, 77);
    CHECK_INT(rows[0].bootstrap_version, 32);
    CHECK_INT(rows[0].verdict, 2);
    CHECK_TRUE(rows[0].trusts);
    CHECK_SV(rows[0].line, SV("unprotected"));
    dev.account = SV("333333333333");
    dev.version = 3;
    CHECK_TRUE(put(cache, &dev, 1, 3000));
    CHECK_INT(list(cache, &arena, &rows), 1);
    CHECK_INT(rows[0].checked_at, 0);
    CHECK_SV(rows[0].line, SV(""));
    arena_release(&arena);
    cache_close(cache);
}

static void test_contexts_are_kept_apart_and_listed_together(void **state UNUSED)
{
    struct cached_environment dev = made("dev", "222222222222", 1);
    struct cache *cache = open_memory_cache();
    struct cached_environment *rows;
    struct arena arena;
    struct err err = {0};
    size_t count = 0;
    bool changed;

    arena_init(&arena, 1 << 20);
    put(cache, &dev, 1, 1000);
    REQUIRE_OK(cache_put_environments(cache, SV("aws"), SV("111111111111"), SV("us-east-1"), &dev,
                                      1, 1000, &changed, &err),
               &err);
    put(cache, NULL, 0, 2000);
    REQUIRE_OK(cache_list_environments(cache, SV(""), SV(""), SV(""), &arena, &rows, &count, &err),
               &err);
    CHECK_INT(count, 1);
    CHECK_SV(rows[0].home_region, SV("us-east-1"));
    arena_release(&arena);
    cache_close(cache);
}

static enum err_code story(struct err *err)
{
    const struct cache_options options = {.in_memory = true};
    const struct cached_environment two[] = {made("dev", "222222222222", 1),
                                             made("test", "333333333333", 1)};
    struct cached_environment *rows;
    struct arena arena;
    struct cache *cache;
    size_t count;
    bool changed;
    enum err_code rc = cache_open(&options, &cache, NULL, err);

    if (rc)
        return rc;
    arena_init(&arena, 1 << 20);
    rc = cache_put_environments(cache, HOME, two, 2, 1, &changed, err);
    if (!rc)
        rc = cache_put_diagnosis(cache, HOME, &diagnosis, err);
    if (!rc)
        rc = cache_put_environments(cache, HOME, two, 1, 2, &changed, err);
    if (!rc)
        rc = cache_list_environments(cache, HOME, &arena, &rows, &count, err);
    arena_release(&arena);
    cache_close(cache);
    return rc;
}

static void test_it_survives_each_failing_allocation(void **state UNUSED)
{
    long n = 1;
    bool is_through = false;

    for (; !is_through; n++) {
        struct err err = {0};
        enum err_code rc;

        mem_fail_at(n);
        rc = story(&err);
        is_through = mem_count() < n;
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT || rc == ERR_CACHE);
        CHECK_TRUE(rc == ERR_OK || err.text[0] != '\0');
    }
    CHECK_TRUE(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_reading_replaces_the_set),
        TEST(test_what_is_the_same_changes_nothing_but_the_time),
        TEST(test_a_diagnosis_stays_until_the_place_is_another),
        TEST(test_contexts_are_kept_apart_and_listed_together),
        TEST(test_it_survives_each_failing_allocation),
    };

    return RUN(tests);
}
