/* An audit that was taken away whole is told as one, and so is the one that takes its place. */
#include "tests/unit/deploy/audit_stage.h"

static char text[1 << 16];

static void take_away(const char *name)
{
    REQUIRE(unlink(path_of(name)) == 0);
}

static void test_its_lock_remembers_it(void **state UNUSED)
{
    fill(3);
    take_away("audit.db");
    take_away("audit.head");
    CHECK_INT(verify().bad_seq, 1);
    CHECK_STR(verify().text, "there was an audit here: 3 rows, its file is gone");
}

static void test_the_next_row_says_so_first(void **state UNUSED)
{
    struct audit_verdict verdict;

    fill(1234);
    take_away("audit.db");
    take_away("audit.head");
    CHECK_STR(verify().text, "there was an audit here: 1,234 rows, its file is gone");
    add("sent", "a write");
    audit_files_text(dir, text, sizeof text);
    CHECK_TRUE(strstr(text, "\"seq\":1,") != NULL);
    CHECK_TRUE(strstr(text, "\"outcome\":\"missing\"") != NULL);
    CHECK_TRUE(strstr(text, "there was an audit here: 1234 rows, its file is gone; the last hash "
                            "was ") != NULL);
    CHECK_TRUE(strstr(strstr(text, "\"missing\""), "a write") != NULL);
    verdict = verify();
    CHECK_INT(verdict.bad_seq, 0);
    CHECK_INT(verdict.rows, 2);
    CHECK_TRUE(strstr(verdict.note, "begun anew: there was an audit here: 1234 rows") != NULL);
    /* It is the new one's rows that are remembered from here on. */
    add("done", "a write");
    take_away("audit.db");
    take_away("audit.head");
    CHECK_STR(verify().text, "there was an audit here: 3 rows, its file is gone");
}

/* Both are of the same day, and shorter than what the lock remembers. */
static void test_an_older_copy_of_table_and_head_shows(void **state UNUSED)
{
    fill(2);
    copy_file("audit.db", "copy");
    copy_file("audit.head", "export");
    fill(3);
    copy_file("copy", "audit.db");
    copy_file("export", "audit.head");
    expect_bad(3, "an older copy");
    CHECK_TRUE(strstr(verify().text, "audit.lock or audit.seen remembers 5 rows") != NULL);
    /* What is written later does not hide it. */
    for (int i = 0; i < 5; i++)
        add("done", "another row");
    expect_bad(5, "an older copy");
}

static void test_a_lock_that_nobody_wrote_to_tells_nothing(void **state UNUSED)
{
    write_file("audit.lock", "");
    CHECK_STR(verify().text, "nothing has been written yet");
    write_file("audit.lock", "some words\n");
    CHECK_STR(verify().text, "nothing has been written yet");
    fill(2);
    CHECK_INT(verify().bad_seq, 0);
    CHECK_STR(verify().note, "");
}

/* ---- the user's own ---- */

static const char *home(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static int make_home(void **state)
{
    return make_dir(state) || setenv("XDG_DATA_HOME", home("data"), 1) ||
           setenv("XDG_STATE_HOME", home("state"), 1);
}

static int remove_home(void **state)
{
    audit_files_remove(home("data/penstock"));
    unlink(home("state/penstock/audit.seen"));
    (void)rmdir(home("data/penstock"));
    (void)rmdir(home("data"));
    (void)rmdir(home("state/penstock"));
    (void)rmdir(home("state"));
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_STATE_HOME");
    return remove_dir(state);
}

static struct audit_verdict verify_own(void)
{
    struct audit_verdict verdict;
    struct err err = {0};

    REQUIRE_OK(audit_verify(NULL, &verdict, &err), &err);
    return verdict;
}

static void add_own(void)
{
    struct audit_line line = line_of("done", "a write");
    struct err err = {0};

    REQUIRE_OK(audit_write(NULL, &line, &err), &err);
}

static void test_a_folder_that_is_gone_is_remembered_beside_the_cache(void **state UNUSED)
{
    struct stat st;

    CHECK_INT(verify_own().bad_seq, 0);
    CHECK_INT(access(home("state"), F_OK), -1); /* nothing is made by looking */
    add_own();
    add_own();
    CHECK_INT(stat(home("state/penstock/audit.seen"), &st), 0);
    CHECK_INT(st.st_mode & 0777, 0600);
    CHECK_INT(verify_own().bad_seq, 0);
    audit_files_remove(home("data/penstock"));
    REQUIRE(rmdir(home("data/penstock")) == 0);
    CHECK_STR(verify_own().text, "there was an audit here: 2 rows, its file is gone");
    add_own();
    CHECK_INT(verify_own().rows, 2);
    CHECK_TRUE(strstr(verify_own().note, "begun anew: ") != NULL);
}

static void test_another_folder_s_audit_is_not_missed(void **state UNUSED)
{
    add_own();
    audit_files_remove(home("data/penstock"));
    REQUIRE(setenv("XDG_DATA_HOME", home("elsewhere"), 1) == 0);
    CHECK_STR(verify_own().text, "nothing has been written yet");
}

/* The cache may be deleted at any moment. */
static void test_without_the_cache_s_folder_it_is_whole_as_well(void **state UNUSED)
{
    add_own();
    unlink(home("state/penstock/audit.seen"));
    REQUIRE(rmdir(home("state/penstock")) == 0);
    CHECK_INT(verify_own().bad_seq, 0);
    add_own();
    CHECK_INT(verify_own().rows, 2);
    CHECK_INT(verify_own().bad_seq, 0);
}

#define AT_HOME(fn) cmocka_unit_test_setup_teardown(fn, make_home, remove_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(test_its_lock_remembers_it),
        IN_DIR(test_the_next_row_says_so_first),
        IN_DIR(test_an_older_copy_of_table_and_head_shows),
        IN_DIR(test_a_lock_that_nobody_wrote_to_tells_nothing),
        AT_HOME(test_a_folder_that_is_gone_is_remembered_beside_the_cache),
        AT_HOME(test_another_folder_s_audit_is_not_missed),
        AT_HOME(test_without_the_cache_s_folder_it_is_whole_as_well),
    };

    return RUN(tests);
}
