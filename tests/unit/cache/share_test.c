/* Several penstocks on one cache: writers that take turns, one that polls, readers that notice, and
 * holders that are killed. */
#include "tests/unit/cache/fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "core/cache/db.h"

enum { DEADLINE_MS = 10000, KILLS = 150, STEPS = 400 };

static void wait_for_child(pid_t pid)
{
    int status;

    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
}

static void check_sound(void)
{
    struct err err = {0};
    struct db *db;
    int64_t bad = -1;

    REQUIRE_OK(db_open(in_dir("cache.db"), DB_WRITE, &db, &err), &err);
    REQUIRE_OK(db_ask(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check<>'ok'",
                      &bad, &err),
               &err);
    CHECK_INT(bad, 0);
    REQUIRE_OK(db_exec(db, "INSERT INTO piece(piece) VALUES('integrity-check')", &err), &err);
    db_close(db);
}

/* The pipeline's status goes round; the execution's id counts. */
static void put_step(struct cache *cache, const char *name, int step)
{
    static const enum status round[] = {STATUS_IN_PROGRESS, STATUS_SUCCEEDED, STATUS_FAILED};
    char id[16];
    struct sample s;

    snprintf(id, sizeof id, "%d", step);
    sample_fill(&s, name);
    s.latest.id = sv_of(id);
    s.latest.status = round[step % 3];
    s.latest.revision_summary = sv_of(id);
    sample_put(cache, &s, step + 1);
}

static void write_many(const char *name, int from, int to)
{
    struct err notice = {0};
    struct cache *cache = open_cache(&notice);
    struct err err = {0};

    if (notice.text[0] != '\0')
        print_error("%s\n", notice.text);
    REQUIRE(!cache_is_in_memory(cache));
    for (int i = from; i < to; i++) {
        put_step(cache, name, i);
        REQUIRE_OK(cache_maintain(cache, (int64_t)i * 10000, &err), &err);
    }
    cache_close(cache);
}

static void test_two_writers_take_turns(void **state UNUSED)
{
    pid_t pids[2];
    struct cache *cache;

    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            write_many(i == 0 ? "a" : "b", 0, STEPS);
            _exit(0);
        }
    }
    wait_for_child(pids[0]);
    wait_for_child(pids[1]);
    cache = open_cache(NULL);
    CHECK_INT(history_count(cache), 2 * (STEPS - 1));
    cache_close(cache);
    check_sound();
}

static void test_the_same_change_by_two_is_told_once(void **state UNUSED)
{
    struct cache *one = open_cache(NULL);
    struct cache *two = open_cache(NULL);

    for (int i = 0; i < 10; i++) {
        put_step(one, "a", i);
        put_step(two, "a", i);
    }
    CHECK_INT(history_count(one), 9);
    cache_close(one);
    cache_close(two);
}

static void test_begin_waits_no_longer_than_asked(void **state UNUSED)
{
    struct cache *one = open_cache(NULL);
    struct cache *two = open_cache(NULL);
    struct err err = {0};
    int64_t start;

    begin(one);
    CHECK_INT(cache_begin(two, 0, &err), ERR_PENDING);
    start = time_mono_ms();
    CHECK_INT(cache_begin(two, 50, &err), ERR_PENDING);
    CHECK_TRUE(time_mono_ms() - start >= 50);
    CHECK_INT(cache_begin(one, 0, &err), ERR_CACHE);
    cache_rollback(one);
    begin(two);
    cache_close(two); /* rolls back and lets go */
    begin(one);
    commit(one);
    cache_close(one);
}

struct chain {
    int last;
    int64_t breaks;
};

/* Each change starts where the one before ended, and none is missing. */
static bool follow(void *owner, const struct transition *t)
{
    struct chain *chain = owner;
    int64_t step = -1;

    REQUIRE(sv_to_int(t->execution_id, &step));
    if (step != chain->last + 1)
        chain->breaks++;
    chain->last = (int)step;
    return true;
}

/* The writer says before each step which one it is, and after the commit that it is done. */
static void write_until_killed(int from, int pipe_fd)
{
    struct err notice = {0};
    struct cache *cache = open_cache(&notice);
    struct err err = {0};

    if (notice.text[0] != '\0')
        print_error("%s\n", notice.text);
    REQUIRE(!cache_is_in_memory(cache));
    for (int i = from;; i++) {
        put_step(cache, "a", i);
        if (write(pipe_fd, &i, sizeof i) != sizeof i)
            _exit(1);
        if (cache_maintain(cache, (int64_t)i * 10000, &err))
            _exit(1);
    }
}

static int last_written(int fd, int otherwise)
{
    int step = otherwise;
    int got;

    while (read(fd, &got, sizeof got) == sizeof got)
        step = got;
    return step;
}

static void test_kill_at_any_moment_loses_and_doubles_nothing(void **state UNUSED)
{
    int64_t deadline = time_mono_ms() + DEADLINE_MS;
    unsigned seed = 99;
    int next = 0;
    int kills = 0;

    for (; kills < KILLS && time_mono_ms() < deadline; kills++) {
        struct timespec pause = {.tv_nsec = rand_r(&seed) % 12000000};
        struct chain chain = {.last = 0};
        struct cache *cache;
        struct err err = {0};
        int acknowledged;
        int fds[2];
        pid_t pid;

        REQUIRE(pipe(fds) == 0);
        pid = fork();
        if (pid == 0) {
            close(fds[0]);
            write_until_killed(next, fds[1]);
            _exit(0);
        }
        close(fds[1]);
        nanosleep(&pause, NULL); /* the random moment */
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        acknowledged = last_written(fds[0], next - 1);
        close(fds[0]);
        cache = open_cache(&err);
        CHECK_STR(err.text, "");
        if (acknowledged >= 0) {
            REQUIRE_OK(
                cache_transitions(cache, &(struct transition_query){0}, follow, &chain, &err),
                &err);
            CHECK_INT(chain.breaks, 0);
            CHECK_TRUE(chain.last >= acknowledged);
            CHECK_TRUE(chain.last <= acknowledged + 1);
            /* One that was stored but not acknowledged is put again, as sync would. */
            next = acknowledged + 1;
        }
        cache_close(cache);
    }
    print_message("%d writers killed, %d steps\n", kills, next);
    check_sound();
}

static void test_lease_has_one_holder_and_passes_on_at_once(void **state UNUSED)
{
    struct cache *one = open_cache(NULL);
    struct cache *two = open_cache(NULL);

    CHECK_INT(cache_lease_holder(one), 0);
    CHECK_TRUE(cache_lease_try(one));
    CHECK_TRUE(cache_lease_try(one));
    CHECK_TRUE(!cache_lease_try(two));
    CHECK_INT(cache_lease_holder(two), getpid());
    cache_lease_drop(one);
    CHECK_INT(cache_lease_holder(two), 0);
    CHECK_TRUE(cache_lease_try(two));
    cache_close(two);
    CHECK_TRUE(cache_lease_try(one));
    cache_close(one);
}

static void test_leases_of_different_contexts_do_not_meet(void **state UNUSED)
{
    struct err notice = {0};
    struct cache *one = open_cache(&notice);
    struct cache *two = open_cache(&notice);

    cache_lease_scope(one, 1);
    cache_lease_scope(two, 2);
    CHECK_TRUE(cache_lease_try(one));
    CHECK_INT(cache_lease_holder(two), 0);
    CHECK_TRUE(cache_lease_try(two));
    cache_lease_scope(two, 1);
    CHECK_TRUE(!cache_lease_try(two));
    cache_close(one);
    CHECK_TRUE(cache_lease_try(two));
    cache_close(two);
}

static void test_lease_of_a_killed_holder_is_free_at_once(void **state UNUSED)
{
    struct cache *cache = open_cache(NULL);
    char ready = 0;
    int fds[2];
    pid_t pid;

    REQUIRE(pipe(fds) == 0);
    pid = fork();
    if (pid == 0) {
        struct cache *other = open_cache(NULL);

        ready = cache_lease_try(other);
        if (write(fds[1], &ready, 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    REQUIRE(read(fds[0], &ready, 1) == 1);
    CHECK_TRUE(ready);
    CHECK_TRUE(!cache_lease_try(cache));
    CHECK_INT(cache_lease_holder(cache), pid);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    CHECK_INT(cache_lease_holder(cache), 0);
    CHECK_TRUE(cache_lease_try(cache));
    close(fds[0]);
    close(fds[1]);
    cache_close(cache);
}

static bool is_readable(int fd, int wait_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, wait_ms) == 1;
}

static void test_watch_notices_others_and_replaced_files(void **state UNUSED)
{
    struct cache *reader = open_cache(NULL);
    struct cache *writer;
    int64_t seq;
    int fd = cache_watch_fd(reader);

    REQUIRE(fd >= 0);
    cache_watch_drain(reader);
    CHECK_TRUE(!is_readable(fd, 0));
    writer = open_cache(NULL);
    seq = change_seq(reader);
    put_step(writer, "a", 0);
    CHECK_TRUE(is_readable(fd, 1000));
    cache_watch_drain(reader);
    CHECK_TRUE(!is_readable(fd, 0));
    CHECK_TRUE(change_seq(reader) > seq);
    cache_close(writer);
    /* A new cache under the same name */
    REQUIRE(unlink(in_dir("cache.db")) == 0);
    writer = open_cache(NULL);
    seq = change_seq(reader);
    put_step(writer, "b", 0);
    CHECK_TRUE(is_readable(fd, 1000));
    cache_watch_drain(reader);
    CHECK_INT(cache_watch_fd(reader), fd);
    CHECK_TRUE(change_seq(reader) > seq);
    check_query(reader, &(struct pipeline_query){0}, "b ");
    cache_close(writer);
    cache_close(reader);
}

static void test_maintain_empties_a_long_log(void **state UNUSED)
{
    struct cache *cache = open_cache(NULL);
    struct err err = {0};
    int step = 0;

    while (size_in_dir("cache.db-wal") < 1200 * 1024)
        put_step(cache, "a", step++);
    REQUIRE_OK(cache_maintain(cache, 10000, &err), &err);
    CHECK_INT(size_in_dir("cache.db-wal"), 0);
    CHECK_INT(history_count(cache), step - 1);
    cache_close(cache);
}

static void test_freshness_is_shared_and_writes_no_log(void **state UNUSED)
{
    struct freshness fresh = {.synced_at = 77,
                              .failed_at = 88,
                              .code = ERR_NET,
                              .rate_per_s = 2.5,
                              .is_slowed = true,
                              .error = "no network"};
    struct cache *one = open_cache(NULL);
    struct cache *two = open_to_read(NULL);
    struct freshness got;
    struct err err = {0};
    off_t log = size_in_dir("cache.db-wal");

    cache_get_freshness(two, SV("dev"), SV("eu-west-1"), &got);
    CHECK_INT(got.synced_at, 0);
    REQUIRE_OK(cache_put_freshness(one, SV("dev"), SV("eu-west-1"), &fresh, &err), &err);
    fresh.synced_at = 99;
    REQUIRE_OK(cache_put_freshness(one, SV("dev"), SV("eu-west-1"), &fresh, &err), &err);
    REQUIRE_OK(cache_put_freshness(one, SV("prod"), SV("eu-west-1"), &fresh, &err), &err);
    CHECK_INT(size_in_dir("freshness"), 2 * 504);
    cache_get_freshness(two, SV("dev"), SV("eu-west-1"), &got);
    CHECK_INT(got.synced_at, 99);
    CHECK_INT(got.failed_at, 88);
    CHECK_INT(got.code, ERR_NET);
    CHECK_STR(got.error, "no network");
    CHECK_TRUE(got.is_slowed && got.rate_per_s > 2.4 && got.rate_per_s < 2.6);
    cache_get_freshness(two, SV("deve"), SV("u-west-1"), &got);
    CHECK_INT(got.synced_at, 0);
    CHECK_INT(size_in_dir("cache.db-wal"), log);
    cache_close(one);
    cache_close(two);
}

static void test_torn_freshness_counts_as_unknown(void **state UNUSED)
{
    struct freshness fresh = {.synced_at = 77};
    struct cache *cache = open_cache(NULL);
    struct freshness got;
    struct err err = {0};
    int fd;

    REQUIRE_OK(cache_put_freshness(cache, SV("dev"), SV("x"), &fresh, &err), &err);
    fd = open(in_dir("freshness"), O_WRONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    REQUIRE(pwrite(fd, "?", 1, 30) == 1);
    close(fd);
    cache_get_freshness(cache, SV("dev"), SV("x"), &got);
    CHECK_INT(got.synced_at, 0);
    REQUIRE_OK(cache_put_freshness(cache, SV("dev"), SV("x"), &fresh, &err), &err);
    CHECK_INT(size_in_dir("freshness"), 504);
    cache_get_freshness(cache, SV("dev"), SV("x"), &got);
    CHECK_INT(got.synced_at, 77);
    cache_close(cache);
}

static void test_freshness_is_bounded_and_forgets_the_oldest(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct freshness got;
    struct err err = {0};
    char profile[16];

    for (int i = 0; i < 300; i++) {
        struct freshness fresh = {.synced_at = i + 1};

        snprintf(profile, sizeof profile, "p%d", i);
        REQUIRE_OK(cache_put_freshness(cache, sv_of(profile), SV("x"), &fresh, &err), &err);
    }
    cache_get_freshness(cache, SV("p299"), SV("x"), &got);
    CHECK_INT(got.synced_at, 300);
    cache_get_freshness(cache, SV("p0"), SV("x"), &got);
    CHECK_INT(got.synced_at, 0);
    cache_close(cache);
}

static void test_contexts_are_kept_and_listed(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct cache_context context = {.profile = SV("dev"),
                                    .region = SV("eu-west-1"),
                                    .partition = SV("aws"),
                                    .account = SV("222222222222"),
                                    .caller_arn = SV("arn:x"),
                                    .key_hash = UINT64_MAX};
    struct cache_context got;
    struct cache_context *list;
    struct arena arena;
    struct err err = {0};
    size_t count;

    arena_init(&arena, 1 << 20);
    CHECK_INT(cache_get_context(cache, SV("dev"), SV("eu-west-1"), &arena, &got, &err),
              ERR_NOT_FOUND);
    REQUIRE_OK(cache_put_context(cache, &context, &err), &err);
    context.profile = SV("cicd");
    begin(cache);
    REQUIRE_OK(cache_put_context(cache, &context, &err), &err);
    commit(cache);
    context.account = SV("333333333333");
    REQUIRE_OK(cache_put_context(cache, &context, &err), &err);
    REQUIRE_OK(cache_get_context(cache, SV("cicd"), SV("eu-west-1"), &arena, &got, &err), &err);
    CHECK_SV(got.account, SV("333333333333"));
    CHECK_TRUE(got.key_hash == UINT64_MAX);
    REQUIRE_OK(cache_list_contexts(cache, &arena, &list, &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK_SV(list[0].profile, SV("cicd"));
    CHECK_SV(list[1].account, SV("222222222222"));
    arena_release(&arena);
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_DIR(test_two_writers_take_turns),
        TEST_IN_DIR(test_the_same_change_by_two_is_told_once),
        TEST_IN_DIR(test_begin_waits_no_longer_than_asked),
        TEST_IN_DIR(test_kill_at_any_moment_loses_and_doubles_nothing),
        TEST_IN_DIR(test_lease_has_one_holder_and_passes_on_at_once),
        TEST_IN_DIR(test_leases_of_different_contexts_do_not_meet),
        TEST_IN_DIR(test_lease_of_a_killed_holder_is_free_at_once),
        TEST_IN_DIR(test_watch_notices_others_and_replaced_files),
        TEST_IN_DIR(test_maintain_empties_a_long_log),
        TEST_IN_DIR(test_freshness_is_shared_and_writes_no_log),
        TEST_IN_DIR(test_torn_freshness_counts_as_unknown),
        TEST(test_freshness_is_bounded_and_forgets_the_oldest),
        TEST(test_contexts_are_kept_and_listed),
    };

    return RUN(tests);
}
