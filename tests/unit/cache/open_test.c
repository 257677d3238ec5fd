/* Opening: whatever is there, the cache works afterwards, and says in one sentence what it did. */
#include "tests/unit/cache/fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/base/assets.h"
#include "core/cache/db.h"

static void fill(void)
{
    struct cache *cache = open_cache(NULL);
    char name[32];
    struct sample s;

    begin(cache);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "pipeline-%d", i);
        sample_fill(&s, name);
        sample_put_def(cache, &s);
        sample_put_state(cache, &s, 1);
    }
    commit(cache);
    cache_close(cache);
}

static int64_t total(struct cache *cache)
{
    struct cache_counts counts;
    struct err err = {0};

    REQUIRE_OK(cache_count(cache, &counts, &err), &err);
    return counts.total;
}

static void works(struct cache *cache)
{
    struct sample s;

    sample_fill(&s, "new-one");
    sample_put(cache, &s, 1);
    check_query(cache, &(struct pipeline_query){.filter = SV("new-one")}, "new-one ");
}

static void run_sql(const char *sql)
{
    struct err err = {0};
    struct db *db;

    REQUIRE_OK(db_open(in_dir("cache.db"), DB_WRITE, &db, &err), &err);
    REQUIRE_OK(db_exec(db, sql, &err), &err);
    db_close(db);
}

static void test_open_keeps_what_was_there_and_tells_nothing(void **state UNUSED)
{
    struct err notice = {0};
    struct cache *cache;
    struct stat st;

    fill();
    cache = open_cache(&notice);
    CHECK_STR(notice.text, "");
    CHECK_INT(total(cache), 300);
    CHECK_TRUE(!cache_is_in_memory(cache));
    CHECK_STR(cache_dir(cache), test_dir);
    REQUIRE(stat(in_dir("cache.db"), &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    REQUIRE(stat(in_dir("cache.db-wal"), &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    REQUIRE(stat(in_dir("cache.db-shm"), &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    cache_close(cache);
}

static void test_files_are_private_under_any_umask(void **state UNUSED)
{
    char dir[128];
    struct cache_options options = {.dir = dir};
    struct cache *cache;
    struct err err = {0};
    struct stat st;
    mode_t old = umask(0);

    snprintf(dir, sizeof dir, "%s/a/b", test_dir);
    REQUIRE_OK(cache_open(&options, &cache, NULL, &err), &err);
    umask(old);
    REQUIRE(stat(dir, &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0700);
    REQUIRE(stat(in_dir("a/b/cache.db"), &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    REQUIRE(stat(in_dir("a/b/write.lock"), &st) == 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    cache_close(cache);
}

static void test_newer_schema_is_moved_aside(void **state UNUSED)
{
    struct err notice = {0};
    struct cache *cache;

    fill();
    run_sql("PRAGMA user_version=999");
    cache = open_cache(&notice);
    CHECK_TRUE(strstr(notice.text, "newer penstock") != NULL);
    CHECK_INT(total(cache), 0);
    CHECK_TRUE(count_in_dir("cache.db.newer-") >= 1);
    works(cache);
    cache_close(cache);
}

/* As the first penstock wrote it: its rows stay, and their definitions are read again. */
static void test_an_older_cache_is_taken_along(void **state UNUSED)
{
    struct err notice = {0};
    struct err err = {0};
    struct cache_known *known;
    struct cache *cache;
    struct arena arena;
    size_t count = 0;
    int fd = open(in_dir("cache.db"), O_CREAT | O_WRONLY, 0600);

    REQUIRE(fd >= 0);
    close(fd);
    REQUIRE(sv_eq(sv_of(assets[0].path), SV("migrations/0001.sql")));
    run_sql(assets[0].bytes);
    run_sql("PRAGMA user_version=1;PRAGMA application_id=1885695603;"
            "INSERT INTO subject VALUES(1,'aws','111111111111','eu-west-1','sales');"
            "INSERT INTO pipeline(id,partition,account,region,name,logical,environment,strategy,"
            "mode,attention,status_order,version,def_updated_at,def_hash,tags_hash,arn)"
            " VALUES(1,'aws','111111111111','eu-west-1','sales','sales','','','QUEUED',0,0,3,77,5,"
            "6,'arn')");
    cache = open_cache(&notice);
    CHECK_STR(notice.text, "");
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_known(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), &arena, &known,
                           &count, &err),
               &err);
    CHECK_INT(count, 1);
    CHECK_SV(known[0].name, SV("sales"));
    CHECK_INT(known[0].def_updated_at, 0);
    works(cache);
    arena_release(&arena);
    cache_close(cache);
}

static void test_foreign_sqlite_file_is_moved_aside(void **state UNUSED)
{
    struct err notice = {0};
    struct cache *cache;

    fill();
    run_sql("PRAGMA application_id=77");
    cache = open_cache(&notice);
    CHECK_TRUE(strstr(notice.text, "not made by penstock") != NULL);
    CHECK_INT(count_in_dir("cache.db.corrupt-") > 0, true);
    works(cache);
    cache_close(cache);
}

static void write_file(const char *name, const char *bytes, size_t len)
{
    int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    REQUIRE(fd >= 0);
    REQUIRE(write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}

static void test_text_file_is_moved_aside(void **state UNUSED)
{
    char text[8192];
    struct err notice = {0};
    struct cache *cache;

    memset(text, 'x', sizeof text);
    write_file("cache.db", text, sizeof text);
    cache = open_cache(&notice);
    CHECK_TRUE(strstr(notice.text, "was damaged") != NULL);
    CHECK_INT(count_in_dir("cache.db.corrupt-"), 1);
    works(cache);
    cache_close(cache);
}

static void test_empty_file_becomes_a_cache(void **state UNUSED)
{
    struct err notice = {0};
    struct cache *cache;

    write_file("cache.db", "", 0);
    cache = open_cache(&notice);
    CHECK_STR(notice.text, "");
    works(cache);
    cache_close(cache);
}

static void test_truncated_file_is_moved_aside(void **state UNUSED)
{
    struct err notice = {0};
    struct cache *cache;
    struct cache *first;
    struct err err = {0};
    int64_t now = time_wall_ms();

    fill();
    first = open_cache(NULL);
    works(first);
    cache_close(first);
    run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
    REQUIRE(size_in_dir("cache.db") > 5 * 4096);
    REQUIRE(truncate(in_dir("cache.db"), 3 * 4096) == 0);
    cache = open_cache(&notice);
    CHECK_TRUE(strstr(notice.text, "was damaged") != NULL);
    works(cache);
    REQUIRE_OK(cache_maintain(cache, now, &err), &err);
    cache_close(cache);
}

static void test_directory_or_fifo_in_its_place_is_moved_aside(void **state UNUSED)
{
    struct err notice = {0};
    struct cache *cache;

    REQUIRE(mkdir(in_dir("cache.db"), 0700) == 0);
    cache = open_cache(&notice);
    CHECK_TRUE(notice.text[0] != '\0');
    works(cache);
    cache_close(cache);
    REQUIRE(unlink(in_dir("cache.db")) == 0);
    REQUIRE(mkfifo(in_dir("cache.db"), 0600) == 0);
    cache = open_cache(&notice);
    CHECK_TRUE(notice.text[0] != '\0');
    works(cache);
    cache_close(cache);
    CHECK_INT(count_in_dir("cache.db.corrupt-") >= 2, true);
}

static enum err_code open_code(void)
{
    struct cache_options options = {.dir = test_dir};
    struct cache *cache = NULL;
    struct err err = {0};
    enum err_code rc = cache_open(&options, &cache, NULL, &err);

    CHECK_INT(rc != ERR_OK, err.text[0] != '\0');
    cache_close(cache);
    return rc;
}

static void test_links_and_files_others_can_write_are_refused(void **state UNUSED)
{
    fill();
    REQUIRE(rename(in_dir("cache.db"), "/tmp/penstock-cache-elsewhere") == 0);
    REQUIRE(symlink("/tmp/penstock-cache-elsewhere", in_dir("cache.db")) == 0);
    CHECK_INT(open_code(), ERR_CACHE);
    REQUIRE(rename("/tmp/penstock-cache-elsewhere", in_dir("cache.db")) == 0);
    CHECK_INT(open_code(), ERR_OK);
    REQUIRE(chmod(in_dir("cache.db"), 0620) == 0);
    CHECK_INT(open_code(), ERR_CACHE);
    REQUIRE(chmod(in_dir("cache.db"), 0644) == 0);
    CHECK_INT(open_code(), ERR_OK);
    REQUIRE(chmod(test_dir, 0770) == 0);
    CHECK_INT(open_code(), ERR_CACHE);
    REQUIRE(chmod(test_dir, 0700) == 0);
    CHECK_INT(open_code(), ERR_OK);
}

static void test_no_home_gives_memory_and_a_notice(void **state UNUSED)
{
    struct cache_options options = {0};
    struct cache *cache;
    struct err notice = {0};
    struct err err = {0};
    char *home = getenv("HOME") != NULL ? strdup(getenv("HOME")) : NULL;

    unsetenv("HOME");
    unsetenv("XDG_STATE_HOME");
    REQUIRE_OK(cache_open(&options, &cache, &notice, &err), &err);
    CHECK_TRUE(cache_is_in_memory(cache));
    CHECK_STR(cache_dir(cache), "");
    CHECK_TRUE(strstr(notice.text, "HOME") != NULL);
    CHECK_INT(cache_watch_fd(cache), -1);
    CHECK_TRUE(cache_lease_try(cache));
    works(cache);
    cache_close(cache);
    if (home != NULL)
        setenv("HOME", home, 1);
    free(home);
}

static void test_directory_that_cannot_be_made_gives_memory(void **state UNUSED)
{
    struct cache_options options = {.dir = "/proc/penstock/nowhere"};
    struct cache *cache;
    struct err notice = {0};
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, &notice, &err), &err);
    CHECK_TRUE(cache_is_in_memory(cache));
    CHECK_TRUE(strstr(notice.text, "in memory") != NULL);
    works(cache);
    cache_close(cache);
}

static void test_reading_creates_nothing(void **state UNUSED)
{
    char dir[128];
    struct cache_options options = {.dir = dir, .is_read_only = true};
    struct cache *cache;
    struct err notice = {0};
    struct err err = {0};
    bool changed;
    struct sample s;

    snprintf(dir, sizeof dir, "%s/none", test_dir);
    REQUIRE_OK(cache_open(&options, &cache, &notice, &err), &err);
    CHECK_STR(notice.text, "");
    CHECK_INT(total(cache), 0);
    sample_fill(&s, "x");
    CHECK_INT(cache_begin(cache, 0, &err), ERR_CACHE);
    CHECK_INT(cache_put_state(cache, &(struct pipeline_id){0}, &s.state, NULL, 1, &changed, &err),
              ERR_CACHE);
    cache_close(cache);
    CHECK_INT(count_in_dir("none"), 0);
    fill();
    REQUIRE(unlink(in_dir("cache.db-shm")) == 0 && unlink(in_dir("cache.db-wal")) == 0);
    REQUIRE(unlink(in_dir("write.lock")) == 0);
    cache = open_to_read(&notice);
    cache_close(cache);
    CHECK_INT(count_in_dir("cache.db"), 1);
    CHECK_INT(count_in_dir("write.lock"), 0);
}

static void test_reader_sees_what_is_in_the_log(void **state UNUSED)
{
    struct cache *writer = open_cache(NULL);
    struct err notice = {0};
    struct cache *reader;

    works(writer);
    reader = open_to_read(&notice);
    CHECK_STR(notice.text, "");
    CHECK_INT(total(reader), 1);
    cache_close(reader);
    cache_close(writer);
    reader = open_to_read(&notice);
    CHECK_INT(total(reader), 1);
    cache_close(reader);
}

static void test_reader_shows_damage_as_empty_and_touches_nothing(void **state UNUSED)
{
    struct err notice = {0};
    struct cache *reader;

    fill();
    run_sql("PRAGMA user_version=999");
    reader = open_to_read(&notice);
    CHECK_TRUE(strstr(notice.text, "newer") != NULL);
    CHECK_INT(total(reader), 0);
    cache_close(reader);
    unlink(in_dir("cache.db-wal"));
    unlink(in_dir("cache.db-shm"));
    write_file("cache.db",
               "this is not a database, and long enough to be looked at.........."
               "..................................................",
               110);
    reader = open_to_read(&notice);
    CHECK_TRUE(strstr(notice.text, "damaged") != NULL);
    cache_close(reader);
    CHECK_INT(count_in_dir("cache.db.corrupt-"), 0);
}

/* Bytes at random places: each open ends in a cache that works, whatever happens on the way. */
static void test_random_damage_never_survives_the_second_open(void **state UNUSED)
{
    unsigned seed = 12345;

    for (int round = 0; round < 40; round++) {
        struct cache_options options = {.dir = test_dir};
        struct err err = {0};
        struct cache *cache;
        off_t size;
        int fd;

        remove_tree(test_dir);
        REQUIRE(mkdir(test_dir, 0700) == 0);
        fill();
        run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
        size = size_in_dir("cache.db");
        fd = open(in_dir("cache.db"), O_WRONLY | O_CLOEXEC);
        REQUIRE(fd >= 0);
        for (int i = 0; i < 1 << (round % 12); i++) {
            char byte = (char)rand_r(&seed);

            REQUIRE(pwrite(fd, &byte, 1, rand_r(&seed) % size) == 1);
        }
        close(fd);
        for (int again = 0; again < 3; again++) {
            struct sample s;
            bool changed;
            struct pipeline_id id = id_of("probe");
            struct pipeline_query query = {.filter = SV("pipeline-29")};
            struct sb names;

            REQUIRE_OK(cache_open(&options, &cache, NULL, &err), &err);
            sb_init(&names, 1 << 20);
            sample_fill(&s, "probe");
            s.def.version = again;
            if (cache_pipelines(cache, &query, add_name, &names, &err) == ERR_OK &&
                cache_begin(cache, 0, &err) == ERR_OK &&
                (cache_put_def(cache, &id, &s.def, NULL, 0, 1, &changed, &err) ||
                 cache_commit(cache, &err)))
                cache_rollback(cache);
            sb_release(&names);
            cache_close(cache);
        }
        cache = open_cache(NULL);
        CHECK_TRUE(total(cache) >= 0);
        cache_close(cache);
    }
}

static void test_damage_met_while_running_is_rebuilt_next_time(void **state UNUSED)
{
    struct err notice = {0};
    struct err err = {0};
    struct cache *cache;
    struct arena arena;
    struct cache_known *known;
    size_t count;
    char zeros[4096] = {0};
    enum err_code rc;
    off_t size;
    int fd;

    fill();
    run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
    cache = open_cache(&notice);
    size = size_in_dir("cache.db");
    fd = open(in_dir("cache.db"), O_WRONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    for (off_t at = 8 * 4096; at + 4096 <= size; at += 4096)
        REQUIRE(pwrite(fd, zeros, sizeof zeros, at) == sizeof zeros);
    /* closing fd here would free the locks of the cache that is open in this process */
    arena_init(&arena, 1 << 20);
    rc = cache_known(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), &arena, &known, &count,
                     &err);
    CHECK_INT(rc, ERR_CACHE);
    CHECK_TRUE(strstr(err.text, "damaged") != NULL);
    cache_close(cache);
    close(fd);
    arena_release(&arena);
    cache = open_cache(&notice);
    CHECK_TRUE(strstr(notice.text, "damaged") != NULL);
    works(cache);
    cache_close(cache);
    cache = open_cache(&notice);
    CHECK_STR(notice.text, "");
    cache_close(cache);
}

/* A full disk, as far as one process can have its own: files may not grow any more. */
static void test_full_disk_keeps_what_was_there(void **state UNUSED)
{
    struct rlimit limit;
    pid_t pid;
    int status;

    fill();
    pid = fork();
    if (pid == 0) {
        struct cache *cache = open_cache(NULL);
        struct err err = {0};
        struct sample s;
        enum err_code rc;
        char name[32];
        bool changed;

        signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &limit);
        limit.rlim_cur = (rlim_t)size_in_dir("cache.db-wal") + 40000;
        setrlimit(RLIMIT_FSIZE, &limit);
        rc = cache_begin(cache, 0, &err);
        for (int i = 0; rc == ERR_OK && i < 5000; i++) {
            struct pipeline_id id;

            snprintf(name, sizeof name, "more-%d", i);
            id = id_of(name);
            sample_fill(&s, name);
            rc = cache_put_def(cache, &id, &s.def, NULL, 0, 1, &changed, &err);
        }
        if (rc == ERR_OK)
            rc = cache_commit(cache, &err);
        cache_rollback(cache);
        if (total(cache) != 300)
            rc = ERR_OK;
        cache_close(cache);
        _exit(rc == ERR_CACHE ? 0 : 1);
    }
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
    struct cache *cache = open_cache(NULL);
    CHECK_INT(total(cache), 300);
    works(cache);
    cache_close(cache);
}

static void test_disk_full_from_the_start_gives_memory(void **state UNUSED)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        struct rlimit limit = {.rlim_cur = 0, .rlim_max = RLIM_INFINITY};
        struct err notice = {0};
        struct cache *cache;
        bool is_fine;

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        cache = open_cache(&notice);
        is_fine = cache_is_in_memory(cache) && strstr(notice.text, "in memory") != NULL;
        works(cache);
        cache_close(cache);
        _exit(is_fine ? 0 : 1);
    }
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK_INT(status, 0);
}

static void test_cache_deleted_under_us_is_made_again(void **state UNUSED)
{
    struct cache *cache = open_cache(NULL);
    struct cache *other;
    int64_t seq;

    works(cache);
    seq = change_seq(cache);
    remove_tree(test_dir);
    works(cache);
    CHECK_TRUE(change_seq(cache) > seq);
    other = open_cache(NULL);
    CHECK_INT(total(other), 1);
    cache_close(other);
    cache_close(cache);
}

/* Hold every lock of the log's index, emptied, as who recovers it after a crash does. */
static void hold_index(int ready)
{
    struct flock locks = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 120, .l_len = 8};
    struct flock used = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 128, .l_len = 1};
    int fd = open(in_dir("cache.db-shm"), O_RDWR | O_CREAT, 0600);
    bool is_held = fd >= 0 && ftruncate(fd, 0) == 0 && ftruncate(fd, 32768) == 0 &&
                   fcntl(fd, F_SETLK, &locks) == 0 && fcntl(fd, F_SETLK, &used) == 0;

    if (write(ready, is_held ? "y" : "n", 1) == 1)
        pause();
    _exit(0);
}

static void test_reader_does_not_read_past_a_locked_log(void **state UNUSED)
{
    const struct cache_context context = {.profile = SV("dev"), .region = SV("eu-west-1")};
    struct err notice = {0};
    struct cache *cache = open_cache(&notice);
    struct sample s;
    char answer = 'n';
    int fds[2];
    pid_t pid;

    sample_fill(&s, "orders");
    sample_put(cache, &s, 1);
    cache_close(cache); /* a long log is emptied, a short one stays */
    cache = open_cache(&notice);
    REQUIRE_OK(cache_put_context(cache, &context, &notice), &notice);
    cache_close(cache);
    CHECK_TRUE(size_in_dir("cache.db-wal") > 0);
    REQUIRE(pipe(fds) == 0);
    pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0)
        hold_index(fds[1]);
    REQUIRE(read(fds[0], &answer, 1) == 1);
    cache = answer == 'y' ? open_to_read(&notice) : NULL;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(fds[0]);
    close(fds[1]);
    REQUIRE(cache != NULL);
    CHECK_TRUE(cache_is_in_memory(cache));
    CHECK_TRUE(sv_find(sv_of(notice.text), SV("another program")) >= 0);
    cache_close(cache);
    cache = open_to_read(&notice);
    CHECK_STR(notice.text, "");
    check_query(cache, &(struct pipeline_query){0}, "orders ");
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_DIR(test_open_keeps_what_was_there_and_tells_nothing),
        TEST_IN_DIR(test_files_are_private_under_any_umask),
        TEST_IN_DIR(test_newer_schema_is_moved_aside),
        TEST_IN_DIR(test_an_older_cache_is_taken_along),
        TEST_IN_DIR(test_foreign_sqlite_file_is_moved_aside),
        TEST_IN_DIR(test_text_file_is_moved_aside),
        TEST_IN_DIR(test_empty_file_becomes_a_cache),
        TEST_IN_DIR(test_truncated_file_is_moved_aside),
        TEST_IN_DIR(test_directory_or_fifo_in_its_place_is_moved_aside),
        TEST_IN_DIR(test_links_and_files_others_can_write_are_refused),
        TEST(test_no_home_gives_memory_and_a_notice),
        TEST(test_directory_that_cannot_be_made_gives_memory),
        TEST_IN_DIR(test_reading_creates_nothing),
        TEST_IN_DIR(test_reader_sees_what_is_in_the_log),
        TEST_IN_DIR(test_reader_shows_damage_as_empty_and_touches_nothing),
        TEST_IN_DIR(test_random_damage_never_survives_the_second_open),
        TEST_IN_DIR(test_damage_met_while_running_is_rebuilt_next_time),
        TEST_IN_DIR(test_full_disk_keeps_what_was_there),
        TEST_IN_DIR(test_disk_full_from_the_start_gives_memory),
        TEST_IN_DIR(test_cache_deleted_under_us_is_made_again),
        TEST_IN_DIR(test_reader_does_not_read_past_a_locked_log),
    };

    return RUN(tests);
}
