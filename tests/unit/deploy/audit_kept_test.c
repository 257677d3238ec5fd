/* Rows that are kept until they can be written, and writes without an outcome. */
#include <fcntl.h>
#include <sys/file.h>

#include "core/base/time.h"
#include "tests/unit/deploy/audit_stage.h"

static char text[1 << 16];

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
    audit_trace_write(&store, 1, hash);
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

/* Another program may have found out what became of it. */
static void test_what_was_looked_up_later_is_no_note(void **state UNUSED)
{
    struct audit_line settled = line_of("done", "AWS's answer was lost; it was done [token t1]");
    struct err err = {0};

    add("sent", "release a change [token t1 request 9a state 1c]");
    make_older();
    CHECK_INT(verify().open, 1);
    settled.operation = SV("");
    REQUIRE_OK(audit_write(dir, &settled, &err), &err);
    CHECK_INT(verify().open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_what_has_happened_is_kept_until_it_can_be_written),
        IN_DIR(test_what_was_sent_without_an_outcome_is_a_note),
        IN_DIR(test_what_was_looked_up_later_is_no_note),
    };

    return RUN(tests);
}
