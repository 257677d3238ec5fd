/* Programs that die while they write the audit, and several that write it at once. */
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/deploy/audit_stage.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_a_head_that_lags_is_no_fault),
        IN_DIR(test_killed_at_any_moment_it_stays_whole),
        IN_DIR(test_several_write_at_once),
        IN_DIR(test_rows_that_come_while_it_is_checked_are_checked_too),
    };

    return RUN(tests);
}
