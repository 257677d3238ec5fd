/* An audit that cannot be written, or is not ours, is left as it is. */
#include <fcntl.h>

#include "tests/unit/deploy/audit_stage.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_a_link_is_refused),
        IN_DIR(test_what_is_no_database_is_left_as_it_is),
        IN_DIR(test_another_program_s_database_is_left_as_it_is),
        IN_DIR(test_a_damaged_page_is_refused),
        IN_DIR(test_a_folder_that_is_not_there_to_write),
        IN_DIR(test_an_empty_file_becomes_an_audit),
    };

    return RUN(tests);
}
