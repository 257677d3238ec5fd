/* The audit: private, only appended to, chained, and a write that it cannot tell of is not made. */
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/base/time.h"
#include "core/deploy/audit_store.h"
#include "tests/unit/audit_files.h"

static char dir[64];
static char text[1 << 16];

static const char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static int make_dir(void **state UNUSED)
{
    snprintf(dir, sizeof dir, "/tmp/penstock-audit-XXXXXX");
    return mkdtemp(dir) == NULL ? -1 : 0;
}

static int remove_dir(void **state UNUSED)
{
    (void)chmod(dir, 0700);
    audit_files_remove(dir);
    unlink(path_of("export"));
    return rmdir(dir);
}

static struct audit_line line_of(const char *outcome, const char *what)
{
    return (struct audit_line){.outcome = outcome,
                               .action = SV("create sales"),
                               .operation = SV("CreateRepository"),
                               .account = SV("111111111111"),
                               .region = SV("eu-west-1"),
                               .caller = SV("arn:aws:iam::111111111111:user/ops"),
                               .target = SV("sales-prod/Deploy"),
                               .text = sv_of(what),
                               .reason = SV("because"),
                               .before = SV("it stood"),
                               .after = SV("it runs"),
                               .request_id = SV("r-1")};
}

static void add(const char *outcome, const char *what)
{
    struct audit_line line = line_of(outcome, what);
    struct err err = {0};

    REQUIRE_OK(audit_write(dir, &line, &err), &err);
}

static struct audit_verdict verify(void)
{
    struct audit_verdict verdict = {0};
    struct err err = {0};

    REQUIRE_OK(audit_verify(dir, &verdict, &err), &err);
    return verdict;
}

static void fill(int rows)
{
    char what[40];

    for (int i = 1; i <= rows; i++) {
        snprintf(what, sizeof what, "row %d", i);
        add("done", what);
    }
}

/* As somebody with a SQLite of their own would. */
static void tamper(const char *sql)
{
    struct err err = {0};
    struct db *db;

    REQUIRE_OK(db_open(path_of("audit.db"), DB_WRITE, &db, &err), &err);
    REQUIRE_OK(db_exec(db, "DROP TRIGGER IF EXISTS audit_stays", &err), &err);
    REQUIRE_OK(db_exec(db, "DROP TRIGGER IF EXISTS audit_keeps", &err), &err);
    if (db_exec(db, sql, &err)) {
        print_error("%s: %s\n", sql, err.text);
        fail();
    }
    db_close(db);
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 20];
    char name[128];
    FILE *file;
    size_t len;

    snprintf(name, sizeof name, "%s", path_of(from));
    file = fopen(name, "re");
    REQUIRE(file != NULL);
    len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    snprintf(name, sizeof name, "%s", path_of(to));
    file = fopen(name, "we");
    REQUIRE(file != NULL);
    REQUIRE(chmod(name, 0600) == 0);
    REQUIRE(fwrite(bytes, 1, len, file) == len);
    fclose(file);
}

/* ---- a row ---- */

static void test_each_write_is_a_row(void **state UNUSED)
{
    struct err err = {0};
    struct stat st;
    struct sv rest;
    cJSON *json;

    REQUIRE(setenv("SSH_CLIENT", "203.0.113.9 50022 22", 1) == 0);
    add("sent", "create the repository sales");
    add("failed", "line\nbreak and \x1b[31m colour");
    audit_files_text(dir, text, sizeof text);
    REQUIRE_OK(json_parse(sv_cut(sv_of(text), '\n', &rest), &json, &err), &err);
    CHECK_INT(json_int(json, "seq", 0), 1);
    CHECK_INT(json_int(json, "pid", 0), getpid());
    CHECK_SV(json_sv(json, "outcome"), SV("sent"));
    CHECK_SV(json_sv(json, "action"), SV("create sales"));
    CHECK_SV(json_sv(json, "operation"), SV("CreateRepository"));
    CHECK_SV(json_sv(json, "account"), SV("111111111111"));
    CHECK_SV(json_sv(json, "region"), SV("eu-west-1"));
    CHECK_SV(json_sv(json, "caller"), SV("arn:aws:iam::111111111111:user/ops"));
    CHECK_SV(json_sv(json, "target"), SV("sales-prod/Deploy"));
    CHECK_SV(json_sv(json, "text"), SV("create the repository sales"));
    CHECK_SV(json_sv(json, "reason"), SV("because"));
    CHECK_SV(json_sv(json, "before"), SV("it stood"));
    CHECK_SV(json_sv(json, "after"), SV("it runs"));
    CHECK_SV(json_sv(json, "request_id"), SV("r-1"));
    CHECK_SV(json_sv(json, "ssh_client"), SV("203.0.113.9 50022 22"));
    CHECK_TRUE(json_sv(json, "host").len > 0);
    CHECK_TRUE(json_sv(json, "user").len > 0);
    CHECK_TRUE(time_wall_ms() - json_int(json, "at_ms", 0) < 60000);
    cJSON_Delete(json);
    REQUIRE_OK(json_parse(sv_cut(rest, '\n', &rest), &json, &err), &err);
    CHECK_SV(json_sv(json, "text"), SV("line\xef\xbf\xbd"
                                       "break and \xef\xbf\xbd[31m colour"));
    cJSON_Delete(json);
    CHECK_INT(rest.len, 0);
    CHECK_INT(stat(path_of("audit.db"), &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK_INT(stat(path_of("audit.head"), &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
}

static bool keep_text(void *owner, const struct audit_row *row)
{
    struct sb *out = owner;

    return sb_add(out, row->line.text, NULL) == ERR_OK;
}

static void test_what_is_long_is_cut_at_a_character(void **state UNUSED)
{
    static char long_text[20000];
    const struct audit_query one = {.limit = 1};
    struct err err = {0};
    struct sb kept;

    for (size_t i = 0; i + 2 < sizeof long_text; i += 2)
        memcpy(long_text + i, "\xc3\xa4", 2);
    add("failed", long_text);
    sb_init(&kept, 65536);
    REQUIRE_OK(audit_read(dir, &one, keep_text, &kept, &err), &err);
    CHECK_INT(kept.len, 1024);
    memset(long_text, 0x1b, sizeof long_text - 1);
    add("failed", long_text);
    sb_clear(&kept);
    REQUIRE_OK(audit_read(dir, &one, keep_text, &kept, &err), &err);
    CHECK_INT(kept.len, 1023); /* of three bytes each */
    CHECK_INT(text_width(sb_sv(&kept)), 341);
    sb_release(&kept);
    CHECK_INT(verify().bad_seq, 0);
}

static bool note_seq(void *owner, const struct audit_row *row)
{
    struct sb *out = owner;

    return sb_addf(out, NULL, "%lld ", (long long)row->seq) == ERR_OK;
}

static const char *seqs(struct audit_query query)
{
    static char out[400];
    struct err err = {0};
    struct sb sb;

    sb_init(&sb, sizeof out);
    REQUIRE_OK(audit_read(dir, &query, note_seq, &sb, &err), &err);
    snprintf(out, sizeof out, "%s", sb_cstr(&sb));
    sb_release(&sb);
    return out;
}

static void test_reading_in_both_directions(void **state UNUSED)
{
    CHECK_STR(seqs((struct audit_query){.limit = 3}), "");
    fill(5);
    add("refused", "Ähnlich");
    CHECK_STR(seqs((struct audit_query){.limit = 0}), "6 5 4 3 2 1 ");
    CHECK_STR(seqs((struct audit_query){.limit = 2}), "6 5 ");
    CHECK_STR(seqs((struct audit_query){.limit = 2, .before_seq = 4}), "3 2 ");
    CHECK_STR(seqs((struct audit_query){.is_oldest_first = true}), "1 2 3 4 5 6 ");
    CHECK_STR(seqs((struct audit_query){.filter = SV("ROW 4")}), "4 ");
    CHECK_STR(seqs((struct audit_query){.filter = SV("äHN")}), "6 ");
    CHECK_STR(seqs((struct audit_query){.filter = SV("refus")}), "6 ");
    CHECK_STR(seqs((struct audit_query){.filter = SV("row"), .limit = 2}), "5 4 ");
    CHECK_STR(seqs((struct audit_query){.filter = SV("nothing like it")}), "");
    CHECK_STR(seqs((struct audit_query){.since_ms = time_wall_ms() + 60000}), "");
}

static void test_no_audit_is_no_row_and_is_not_made(void **state UNUSED)
{
    struct audit_verdict verdict = verify();

    CHECK_INT(verdict.rows, 0);
    CHECK_INT(verdict.bad_seq, 0);
    CHECK_STR(verdict.text, "nothing has been written yet");
    CHECK_INT(access(path_of("audit.db"), F_OK), -1);
}

/* ---- what was changed shows ---- */

enum { ROWS = 5 };

static void expect_bad(int64_t first, const char *what)
{
    struct audit_verdict verdict = verify();

    if (verdict.bad_seq != first)
        print_error("%s: %s\n", what, verdict.text);
    CHECK_INT(verdict.bad_seq, first);
    CHECK_TRUE(strstr(verdict.text, "BROKEN at row") != NULL);
}

/* Each from the same whole audit. */
static void keep(void)
{
    copy_file("audit.db", "audit.lock");
}

static void put_back(void)
{
    copy_file("audit.lock", "audit.db");
}

static void test_every_changed_column_of_every_row_shows(void **state UNUSED)
{
    static const char *const columns[] = {
        "at_ms",
        "pid",
#define COLUMN_NAME(column, json, member, most) #column,
        AUDIT_TEXT_LIST(COLUMN_NAME)
#undef COLUMN_NAME
            "hash",
    };
    char sql[200];

    fill(ROWS);
    keep();
    CHECK_INT(verify().bad_seq, 0);
    CHECK_TRUE(strstr(verify().text, "chain whole, 5 rows, last hash ") != NULL);
    for (int row = 1; row <= ROWS; row++) {
        for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
            snprintf(sql, sizeof sql,
                     i < 2 ? "UPDATE audit SET %s = %s + 1 WHERE seq = %d"
                           : "UPDATE audit SET %s = %s || 'x' WHERE seq = %d",
                     columns[i], columns[i], row);
            tamper(sql);
            expect_bad(row, sql);
            put_back();
        }
    }
    /* From one column into its neighbour: the bytes behind each other stay the same. */
    tamper("UPDATE audit SET action = action || substr(operation, 1, 1),"
           " operation = substr(operation, 2) WHERE seq = 3");
    expect_bad(3, "moved a letter");
}

static void test_every_removed_row_shows(void **state UNUSED)
{
    char sql[200];

    fill(ROWS);
    keep();
    for (int from = 1; from <= ROWS; from++) {
        for (int to = from; to <= ROWS; to++) {
            snprintf(sql, sizeof sql, "DELETE FROM audit WHERE seq BETWEEN %d AND %d", from, to);
            tamper(sql);
            expect_bad(from, sql);
            /* ...also when the rest is numbered anew. */
            snprintf(sql, sizeof sql, "UPDATE audit SET seq = seq - %d WHERE seq > %d",
                     to - from + 1, to);
            tamper(sql);
            expect_bad(from, sql);
            put_back();
        }
    }
}

static void test_every_two_swapped_rows_show(void **state UNUSED)
{
    char sql[200];

    fill(ROWS);
    keep();
    for (int a = 1; a <= ROWS; a++) {
        for (int b = a + 1; b <= ROWS; b++) {
            snprintf(sql, sizeof sql,
                     "UPDATE audit SET seq = -1 WHERE seq = %d;"
                     "UPDATE audit SET seq = %d WHERE seq = %d;"
                     "UPDATE audit SET seq = %d WHERE seq = -1",
                     a, a, b, b);
            tamper(sql);
            expect_bad(a, sql);
            put_back();
        }
    }
}

static void test_every_inserted_row_shows(void **state UNUSED)
{
    char sql[600];

    fill(ROWS);
    keep();
    for (int at = 0; at <= ROWS; at++) {
        /* A copy of a row, with those behind it moved up; before all of them it is row 0. */
        snprintf(sql, sizeof sql,
                 "UPDATE audit SET seq = -seq WHERE seq > %d;"
                 "UPDATE audit SET seq = 1 - seq WHERE seq < 0;"
                 "CREATE TEMP TABLE one AS SELECT * FROM audit LIMIT 1;"
                 "UPDATE one SET seq = %d;"
                 "INSERT INTO audit SELECT * FROM one",
                 at, at + 1);
        tamper(sql);
        if (at > 0)
            expect_bad(at + 1, sql);
        else
            CHECK_TRUE(verify().bad_seq != 0);
        put_back();
    }
    tamper("CREATE TEMP TABLE one AS SELECT * FROM audit LIMIT 1;UPDATE one SET seq = 0;"
           "INSERT INTO audit SELECT * FROM one");
    expect_bad(1, "a row 0");
    put_back();
    tamper("CREATE TEMP TABLE one AS SELECT * FROM audit LIMIT 1;UPDATE one SET seq = -7;"
           "INSERT INTO audit SELECT * FROM one");
    expect_bad(1, "a row -7");
}

static void test_rows_at_the_end_are_missed_by_the_head(void **state UNUSED)
{
    fill(ROWS);
    tamper("DELETE FROM audit WHERE seq = 5");
    expect_bad(5, "the last one");
    /* What is written later does not hide it. */
    add("done", "another fifth row");
    expect_bad(5, "another fifth row");
    add("done", "a sixth row");
    expect_bad(5, "a sixth row");
}

static void test_a_head_that_is_gone_shows_for_ever(void **state UNUSED)
{
    fill(2);
    REQUIRE(unlink(path_of("audit.head")) == 0);
    expect_bad(3, "no head");
    add("done", "a third row");
    CHECK_INT(access(path_of("audit.head"), F_OK), -1);
    expect_bad(4, "no head");
}

static void write_file(const char *name, const char *bytes);

static void test_an_empty_head_is_a_missing_one(void **state UNUSED)
{
    write_file("audit.head", "");
    fill(2);
    CHECK_INT(verify().bad_seq, 0);
    write_file("audit.head", "");
    expect_bad(3, "an empty head");
    add("done", "x");
    expect_bad(4, "an empty head");
}

static void test_a_head_that_is_no_head_shows(void **state UNUSED)
{
    FILE *file;

    fill(2);
    file = fopen(path_of("audit.head"), "we");
    REQUIRE(file != NULL);
    fputs("2 abc\n", file);
    fclose(file);
    expect_bad(3, "a broken head");
    add("done", "x");
    expect_bad(4, "a broken head");
}

static void test_a_table_that_is_gone_shows(void **state UNUSED)
{
    fill(2);
    REQUIRE(unlink(path_of("audit.db")) == 0);
    add("done", "as if it were the first");
    expect_bad(2, "began anew");
    CHECK_TRUE(strstr(verify().text, "remembers rows up to 2") != NULL);
}

/* ---- programs that die, and many at once ---- */

/* As if it had died between the row and the head. */
static void test_a_head_that_lags_is_no_fault(void **state UNUSED)
{
    fill(3);
    copy_file("audit.head", "export");
    add("done", "row 4");
    add("done", "row 5");
    copy_file("export", "audit.head");
    CHECK_INT(verify().bad_seq, 0);
    CHECK_INT(verify().rows, 5);
    add("done", "row 6");
    CHECK_INT(verify().bad_seq, 0);
    tamper("DELETE FROM audit WHERE seq = 6");
    expect_bad(6, "the head has caught up");
}

static void write_for_ever(int number)
{
    struct err err = {0};
    char what[40];

    for (int i = 0;; i++) {
        struct audit_line line = line_of("done", what);

        snprintf(what, sizeof what, "writer %d row %d", number, i);
        line.text = sv_of(what);
        if (audit_write(dir, &line, &err))
            _exit(1);
    }
}

static void test_killed_at_any_moment_it_stays_whole(void **state UNUSED)
{
    int64_t rows = 0;

    for (int round = 0; round < 25; round++) {
        const struct timespec nap = {.tv_nsec = (3 + round * 2) * 1000000L};
        pid_t pid = fork();
        int status = 0;

        REQUIRE(pid >= 0);
        if (pid == 0)
            write_for_ever(round);
        (void)nanosleep(&nap, NULL);
        kill(pid, SIGKILL);
        REQUIRE(waitpid(pid, &status, 0) == pid);
        CHECK_TRUE(WIFSIGNALED(status));
        CHECK_INT(verify().bad_seq, 0);
        CHECK_TRUE(verify().rows >= rows);
        rows = verify().rows;
        add("done", "after the kill");
        CHECK_INT(verify().bad_seq, 0);
        CHECK_INT(verify().rows, ++rows);
    }
    CHECK_TRUE(rows > 50);
}

static void test_several_write_at_once(void **state UNUSED)
{
    enum { WRITERS = 4, EACH = 40 };
    pid_t pids[WRITERS];
    int status = 0;

    for (int i = 0; i < WRITERS; i++) {
        pids[i] = fork();
        REQUIRE(pids[i] >= 0);
        if (pids[i] == 0) {
            struct audit_line line = line_of("done", "at once");
            struct err err = {0};

            for (int k = 0; k < EACH; k++) {
                /* What must wait for too long is kept. */
                if (audit_write(dir, &line, &err) && err.code != ERR_PENDING)
                    _exit(1);
            }
            for (int k = 0; k < 20 && audit_kept(dir) > 0; k++) {
                if (audit_write_kept(dir, AUDIT_WAIT_MS, &err) && err.code != ERR_PENDING)
                    _exit(1);
            }
            _exit(audit_kept(dir) > 0);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        REQUIRE(waitpid(pids[i], &status, 0) == pids[i]);
        CHECK_INT(status, 0);
        CHECK_INT(verify().bad_seq, 0);
    }
    CHECK_INT(verify().rows, WRITERS * EACH);
}

static void test_rows_that_come_while_it_is_checked_are_checked_too(void **state UNUSED)
{
    struct audit_check *check;
    struct err err = {0};
    bool is_done = false;

    fill(4);
    REQUIRE_OK(audit_check_open(dir, &check, &err), &err);
    REQUIRE_OK(audit_check_step(check, 3, &is_done, &err), &err);
    CHECK_TRUE(!is_done);
    CHECK_INT(audit_check_verdict(check)->rows, 3);
    add("done", "row 5");
    while (!is_done)
        REQUIRE_OK(audit_check_step(check, 3, &is_done, &err), &err);
    CHECK_INT(audit_check_verdict(check)->rows, 5);
    CHECK_INT(audit_check_verdict(check)->bad_seq, 0);
    audit_check_close(check);
}

/* ---- rows that are kept ---- */

static int hold_lock(void)
{
    int fd = open(path_of("audit.lock"), O_RDWR | O_CLOEXEC);

    REQUIRE(fd >= 0);
    REQUIRE(flock(fd, LOCK_EX) == 0);
    return fd;
}

static void test_what_has_happened_is_kept_until_it_can_be_written(void **state UNUSED)
{
    struct audit_line done = line_of("done", "the write");
    struct audit_line sent = line_of("sent", "the next one");
    struct err err = {0};
    int64_t began_ms = time_mono_ms();
    int fd;

    add("sent", "the write");
    fd = hold_lock();
    CHECK_INT(audit_write(dir, &done, &err), ERR_PENDING);
    CHECK_TRUE(time_mono_ms() - began_ms < 2000);
    CHECK_TRUE(strstr(err.text, "the row (done) is kept until it can") != NULL);
    CHECK_INT(audit_kept(dir), 1);
    CHECK_INT(audit_kept(NULL), 0);
    CHECK_INT(audit_write_within(dir, &sent, 20, &err), ERR_PENDING);
    CHECK_TRUE(strstr(err.text, "nothing was sent") != NULL);
    CHECK_INT(audit_write_kept(dir, 20, &err), ERR_PENDING);
    CHECK_INT(audit_kept(dir), 1);
    close(fd);
    /* Before what comes later. */
    add("sent", "the next one");
    CHECK_INT(audit_kept(dir), 0);
    CHECK_INT(verify().rows, 3);
    CHECK_INT(verify().bad_seq, 0);
    audit_files_text(dir, text, sizeof text);
    REQUIRE(strstr(text, "\"done\"") != NULL);
    CHECK_TRUE(strstr(strstr(text, "\"done\""), "the next one") != NULL);
    CHECK_TRUE(strstr(text, "the next one") > strstr(text, "\"done\""));
    fd = hold_lock();
    CHECK_INT(audit_write_within(dir, &done, 0, &err), ERR_PENDING);
    close(fd);
    REQUIRE_OK(audit_write_kept(dir, 0, &err), &err);
    CHECK_INT(verify().rows, 4);
}

/* The first row becomes two minutes older, as if it had been written then. */
static void make_older(void)
{
    CLEANUP(sb_release) struct sb scratch;
    struct audit_store store;
    struct audit_row row;
    struct db_stmt *st;
    struct err err = {0};
    char hash[AUDIT_HASH_SIZE];
    char sql[200];
    bool has_row;

    sb_init(&scratch, 1 << 20);
    REQUIRE_OK(audit_store_lock(dir, 1000, &store, &err), &err);
    REQUIRE_OK(audit_use(&store, AUDIT_UPWARD, &st, &err), &err);
    db_bind_int(st, 1, 0);
    db_bind_int(st, 2, 0);
    db_bind_int(st, 3, 1);
    REQUIRE_OK(db_step(store.db, st, &has_row, &err), &err);
    REQUIRE(has_row);
    audit_take_row(st, &row);
    row.at_ms -= 120000;
    REQUIRE_OK(audit_hash(audit_genesis, &row, &scratch, hash, &err), &err);
    db_reset(st);
    REQUIRE_OK(audit_head_write(&store, 1, hash, &err), &err);
    audit_store_close(&store);
    snprintf(sql, sizeof sql, "UPDATE audit SET at_ms = at_ms - 120000, hash = '%s'", hash);
    tamper(sql);
}

static void test_what_was_sent_without_an_outcome_is_a_note(void **state UNUSED)
{
    add("sent", "lost");
    CHECK_INT(verify().open, 0); /* it may still be under way */
    make_older();
    CHECK_INT(verify().bad_seq, 0);
    CHECK_INT(verify().open, 1);
    CHECK_INT(verify().open_seqs[0], 1);
    CHECK_STR(verify().note, "1 sent, and no row tells what became of it: row 1");
    add("refused", "something else");
    CHECK_INT(verify().open, 1);
    add("unknown", "lost");
    CHECK_INT(verify().open, 0);
    CHECK_STR(verify().note, "");
}

/* ---- what cannot be written ---- */

static void expect_refused(const char *why)
{
    struct audit_line line = line_of("sent", "x");
    struct err err = {0};

    CHECK_TRUE(audit_write(dir, &line, &err) != ERR_OK);
    if (strstr(err.text, why) == NULL)
        print_error("%s\n", err.text);
    CHECK_TRUE(strstr(err.text, why) != NULL);
    CHECK_TRUE(strstr(err.text, "nothing was sent") != NULL);
}

static void write_file(const char *name, const char *bytes)
{
    FILE *file = fopen(path_of(name), "we");

    REQUIRE(file != NULL);
    REQUIRE(chmod(path_of(name), 0600) == 0);
    fputs(bytes, file);
    fclose(file);
}

static void test_a_link_is_refused(void **state UNUSED)
{
    REQUIRE(symlink("/tmp/penstock-audit-elsewhere", path_of("audit.db")) == 0);
    expect_refused("is a link");
    CHECK_INT(access("/tmp/penstock-audit-elsewhere", F_OK), -1);
}

static void test_what_is_no_database_is_left_as_it_is(void **state UNUSED)
{
    struct audit_verdict verdict;
    struct err err = {0};
    struct stat st;

    write_file("audit.db", "this is somebody's letter, of more than a hundred bytes, which nobody "
                           "would want to lose to a program that takes it for a table\n");
    expect_refused("is damaged or no database; it is left as it is: move it and audit.head");
    CHECK_INT(stat(path_of("audit.db"), &st), 0);
    CHECK_INT(st.st_size, 128);
    CHECK_INT(audit_verify(dir, &verdict, &err), ERR_FAILED);
}

static void test_another_program_s_database_is_left_as_it_is(void **state UNUSED)
{
    fill(1);
    tamper("PRAGMA application_id = 7");
    expect_refused("is not an audit of penstock");
    tamper("PRAGMA application_id = 1885695585;PRAGMA user_version = 2");
    expect_refused("is of a newer penstock");
}

static void test_a_damaged_page_is_refused(void **state UNUSED)
{
    char noise[8192];
    int fd;

    fill(40);
    memset(noise, 0x55, sizeof noise);
    fd = open(path_of("audit.db"), O_WRONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    REQUIRE(pwrite(fd, noise, sizeof noise, 4096) == (ssize_t)sizeof noise);
    close(fd);
    expect_refused("damaged");
}

static void test_a_folder_that_is_not_there_to_write(void **state UNUSED)
{
    struct audit_line line = line_of("sent", "x");
    struct err err = {0};

    CHECK_TRUE(audit_write("/proc/nowhere", &line, &err) != ERR_OK);
    CHECK_TRUE(strstr(err.text, "nothing was sent") != NULL);
}

static void test_an_empty_file_becomes_an_audit(void **state UNUSED)
{
    write_file("audit.db", "");
    add("done", "x");
    CHECK_INT(verify().rows, 1);
    CHECK_INT(verify().bad_seq, 0);
}

/* ---- files ---- */

static struct audit_verdict verify_export(void)
{
    struct audit_verdict verdict;
    struct err err = {0};

    REQUIRE_OK(audit_verify_file(path_of("export"), &verdict, &err), &err);
    return verdict;
}

static size_t export(struct audit_query query)
{
    struct err err = {0};
    int64_t rows = 0;
    FILE *file;
    size_t len;

    unlink(path_of("export"));
    REQUIRE_OK(audit_export(dir, &query, path_of("export"), &rows, &err), &err);
    file = fopen(path_of("export"), "re");
    REQUIRE(file != NULL);
    len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    CHECK_INT(verify_export().bad_seq, 0);
    CHECK_INT(verify_export().rows, rows);
    return len;
}

static void rewrite(struct sv before, struct sv after)
{
    FILE *file = fopen(path_of("export"), "we");

    REQUIRE(file != NULL);
    fwrite(before.ptr, 1, before.len, file);
    fwrite(after.ptr, 1, after.len, file);
    fclose(file);
}

static void test_every_changed_byte_of_an_export_shows(void **state UNUSED)
{
    struct err err = {0};
    int64_t rows;
    size_t len;

    fill(2);
    len = export((struct audit_query){.limit = 0});
    CHECK_INT(audit_export(dir, &(struct audit_query){.limit = 0}, path_of("export"), &rows, &err),
              ERR_USAGE);
    for (size_t i = 0; i < len; i++) {
        char was = text[i];

        text[i] = was == '1' ? '2' : was == 'a' ? 'b' : was == '\n' ? ' ' : '1';
        rewrite(sv_make(text, len), SV(""));
        if (verify_export().bad_seq == 0)
            print_error("byte %zu: %c\n", i, was);
        CHECK_TRUE(verify_export().bad_seq != 0);
        text[i] = was;
    }
    for (size_t i = 0; i < len; i++) {
        rewrite(sv_make(text, i), SV(""));
        CHECK_TRUE(verify_export().bad_seq != 0);
    }
    rewrite(sv_make(text, len), SV("{}\n"));
    CHECK_TRUE(verify_export().bad_seq != 0);
}

static void test_lines_of_an_export_that_are_gone_or_moved_show(void **state UNUSED)
{
    struct sv lines[5];
    struct sv rest;

    fill(4);
    export((struct audit_query){.limit = 0});
    rest = sv_of(text);
    for (int i = 0; i < 5; i++) {
        lines[i] = sv_cut(rest, '\n', &rest);
        lines[i].len++;
    }
    for (int i = 0; i < 5; i++) {
        rewrite(sv_make(text, (size_t)(lines[i].ptr - text)), sv_of(lines[i].ptr + lines[i].len));
        CHECK_TRUE(verify_export().bad_seq != 0);
    }
    for (int i = 0; i < 3; i++) {
        CLEANUP(sb_release) struct sb swapped;

        sb_init(&swapped, 1 << 16);
        for (int k = 0; k < 5; k++)
            REQUIRE(sb_add(&swapped, lines[k == i ? i + 1 : k == i + 1 ? i : k], NULL) == ERR_OK);
        rewrite(sb_sv(&swapped), SV(""));
        CHECK_TRUE(verify_export().bad_seq != 0);
    }
}

static void test_a_filtered_export_verifies_too(void **state UNUSED)
{
    fill(5);
    export((struct audit_query){.filter = SV("row 3")});
    CHECK_INT(verify_export().rows, 1);
    fill(3);
    export((struct audit_query){.filter = SV("row 3")});
    CHECK_STR(verify_export().text, "the file is whole: 2 rows, filtered");
    export((struct audit_query){.filter = SV("nothing")});
    CHECK_INT(verify_export().rows, 0);
    export((struct audit_query){.since_ms = 1});
    CHECK_STR(verify_export().text, "the file is whole: 8 rows");
}

#define IN_DIR(fn) cmocka_unit_test_setup_teardown(fn, make_dir, remove_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_each_write_is_a_row),
        IN_DIR(test_what_is_long_is_cut_at_a_character),
        IN_DIR(test_reading_in_both_directions),
        IN_DIR(test_no_audit_is_no_row_and_is_not_made),
        IN_DIR(test_every_changed_column_of_every_row_shows),
        IN_DIR(test_every_removed_row_shows),
        IN_DIR(test_every_two_swapped_rows_show),
        IN_DIR(test_every_inserted_row_shows),
        IN_DIR(test_rows_at_the_end_are_missed_by_the_head),
        IN_DIR(test_a_head_that_is_gone_shows_for_ever),
        IN_DIR(test_an_empty_head_is_a_missing_one),
        IN_DIR(test_a_head_that_is_no_head_shows),
        IN_DIR(test_a_table_that_is_gone_shows),
        IN_DIR(test_a_head_that_lags_is_no_fault),
        IN_DIR(test_killed_at_any_moment_it_stays_whole),
        IN_DIR(test_several_write_at_once),
        IN_DIR(test_what_has_happened_is_kept_until_it_can_be_written),
        IN_DIR(test_what_was_sent_without_an_outcome_is_a_note),
        IN_DIR(test_rows_that_come_while_it_is_checked_are_checked_too),
        IN_DIR(test_a_link_is_refused),
        IN_DIR(test_what_is_no_database_is_left_as_it_is),
        IN_DIR(test_another_program_s_database_is_left_as_it_is),
        IN_DIR(test_a_damaged_page_is_refused),
        IN_DIR(test_a_folder_that_is_not_there_to_write),
        IN_DIR(test_an_empty_file_becomes_an_audit),
        IN_DIR(test_every_changed_byte_of_an_export_shows),
        IN_DIR(test_lines_of_an_export_that_are_gone_or_moved_show),
        IN_DIR(test_a_filtered_export_verifies_too),
    };

    return RUN(tests);
}
