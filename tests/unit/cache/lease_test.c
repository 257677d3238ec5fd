/* What wakes those who wait for the lease, and what does not. */
#include <poll.h>

#include "tests/unit/cache/fixture.h"

static bool is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

/* Events of what was done before are over. */
static bool has_news(struct cache *cache)
{
    cache_watch_drain(cache);
    return cache_lease_has_news(cache);
}

static void test_a_lease_that_is_given_back_wakes_who_waits(void **state UNUSED)
{
    struct cache *one = open_cache(NULL);
    struct cache *two = open_cache(NULL);

    CHECK_TRUE(cache_lease_watch(one));
    CHECK_TRUE(cache_lease_try(one));
    CHECK_TRUE(cache_lease_watch(two));
    CHECK_TRUE(!cache_lease_try(two));
    has_news(two);
    CHECK_TRUE(!has_news(two));
    cache_lease_drop(one);
    CHECK_TRUE(is_readable(cache_watch_fd(two)));
    CHECK_TRUE(has_news(two));
    CHECK_TRUE(!cache_lease_has_news(two));
    CHECK_TRUE(cache_lease_watch(two));
    CHECK_TRUE(cache_lease_try(two));
    cache_close(one);
    cache_close(two);
}

/* Else two consoles would wake each other for ever. */
static void test_a_look_and_a_vain_try_wake_nobody(void **state UNUSED)
{
    struct cache *holder = open_cache(NULL);
    struct cache *waiting = open_cache(NULL);
    struct cache *looking = open_to_read(NULL);

    CHECK_TRUE(cache_lease_watch(holder) && cache_lease_try(holder));
    CHECK_TRUE(cache_lease_watch(waiting) && !cache_lease_try(waiting));
    has_news(holder);
    has_news(waiting);
    CHECK_INT(cache_lease_holder(looking), getpid());
    CHECK_INT(cache_lease_holder(waiting), getpid());
    CHECK_TRUE(cache_lease_watch(waiting) && !cache_lease_try(waiting));
    CHECK_TRUE(cache_lease_try(holder));
    CHECK_TRUE(!is_readable(cache_watch_fd(holder)));
    CHECK_TRUE(!is_readable(cache_watch_fd(waiting)));
    cache_close(looking);
    CHECK_TRUE(!has_news(holder) && !has_news(waiting));
    cache_close(waiting);
    cache_close(holder);
}

static void test_a_deleted_lease_is_news_and_another_one_is_not(void **state UNUSED)
{
    struct cache *one = open_cache(NULL);
    struct cache *two = open_cache(NULL);
    char name[64];

    cache_lease_scope(one, 1);
    cache_lease_scope(two, 2);
    CHECK_TRUE(cache_lease_watch(one) && cache_lease_try(one));
    has_news(one);
    CHECK_TRUE(cache_lease_try(two));
    cache_lease_drop(two);
    CHECK_TRUE(!has_news(one));
    snprintf(name, sizeof name, "sync-%016x.lock", 1U);
    REQUIRE(unlink(in_dir(name)) == 0);
    CHECK_TRUE(has_news(one));
    CHECK_TRUE(cache_lease_try(one));
    CHECK_TRUE(size_in_dir(name) > 0);
    cache_close(one);
    cache_close(two);
}

static void test_a_commit_that_changed_nothing_wakes_nobody(void **state UNUSED)
{
    struct cache *reader = open_cache(NULL);
    struct cache *writer = open_cache(NULL);
    struct err err = {0};

    REQUIRE_OK(cache_begin(writer, 1000, &err), &err);
    REQUIRE_OK(cache_commit(writer, &err), &err);
    REQUIRE(cache_watch_fd(reader) >= 0);
    cache_watch_drain(reader);
    REQUIRE_OK(cache_begin(writer, 1000, &err), &err);
    REQUIRE_OK(cache_commit(writer, &err), &err);
    CHECK_TRUE(!is_readable(cache_watch_fd(reader)));
    cache_close(writer);
    cache_close(reader);
}

static void test_a_directory_made_anew_is_watched_again(void **state UNUSED)
{
    struct cache *cache = open_cache(NULL);
    struct cache *other;
    int64_t seq;
    struct err err = {0};

    CHECK_TRUE(cache_lease_watch(cache) && cache_lease_try(cache));
    remove_tree(test_dir);
    CHECK_TRUE(has_news(cache));
    REQUIRE_OK(cache_change_seq(cache, &seq, &err), &err);
    CHECK_INT(cache_renewals(cache), 1);
    CHECK_TRUE(cache_lease_watch(cache) && cache_lease_try(cache));
    cache_watch_drain(cache);
    other = open_cache(NULL);
    CHECK_TRUE(!cache_lease_try(other));
    cache_lease_drop(cache);
    CHECK_TRUE(cache_lease_watch(other) && cache_lease_try(other));
    cache_watch_drain(cache);
    CHECK_TRUE(cache_lease_watch(cache) && !cache_lease_try(cache));
    cache_close(other);
    CHECK_TRUE(is_readable(cache_watch_fd(cache)) && has_news(cache));
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_DIR(test_a_lease_that_is_given_back_wakes_who_waits),
        TEST_IN_DIR(test_a_look_and_a_vain_try_wake_nobody),
        TEST_IN_DIR(test_a_deleted_lease_is_news_and_another_one_is_not),
        TEST_IN_DIR(test_a_commit_that_changed_nothing_wakes_nobody),
        TEST_IN_DIR(test_a_directory_made_anew_is_watched_again),
    };

    return RUN(tests);
}
