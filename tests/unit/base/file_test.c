/* Files of our own: what is created, what is refused, and that the umask has no say. Each test
 * works in a directory of its own under /tmp, which is sticky and so a fair parent. */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/unit/check.h"

static char root[64];

static int enter(void **state)
{
    (void)state;
    memcpy(root, "/tmp/penstock-file-XXXXXX", 26);
    return mkdtemp(root) == NULL ? -1 : 0;
}

static void remove_tree(const char *name)
{
    char path[PATH_MAX];

    /* Deepest first; the names are the few that the tests below make. */
    static const char *const names[] = {"a/b/c/file", "a/b/c",    "a/b",      "a",
                                        "dir/file",   "dir/fifo", "dir/link", "dir",
                                        "to",         "file",     "fifo",     "odd"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", name, names[i]);
        if (unlink(path) != 0)
            (void)rmdir(path);
    }
    (void)rmdir(name);
}

static int leave(void **state)
{
    (void)state;
    remove_tree(root);
    return 0;
}

static const char *in_root(const char *name)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static mode_t mode_of(const char *name)
{
    struct stat st;

    return stat(in_root(name), &st) == 0 ? st.st_mode & 07777 : 0;
}

static void put(const char *name, const char *text)
{
    int fd = open(in_root(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    REQUIRE(fd >= 0);
    REQUIRE(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static void test_a_file_is_read_whole(void **state UNUSED)
{
    struct err err = {0};
    struct sb text;

    sb_init(&text, 100);
    put("file", "hello");
    REQUIRE_OK(file_read(in_root("file"), 5, &text, &err), &err);
    CHECK_STR(sb_cstr(&text), "hello");
    CHECK_INT(file_read(in_root("file"), 4, &text, &err), ERR_LIMIT);
    sb_release(&text);
}

static void test_what_is_no_file_is_refused_without_hanging(void **state UNUSED)
{
    struct err err = {0};
    struct sb text;

    sb_init(&text, 100);
    CHECK_INT(file_read(in_root("absent"), 9, &text, &err), ERR_NOT_FOUND);
    CHECK_INT(file_read(root, 9, &text, &err), ERR_FAILED);
    CHECK_INT(file_read("/dev/null", 9, &text, &err), ERR_FAILED);
    REQUIRE(mkfifo(in_root("fifo"), 0600) == 0);
    CHECK_INT(file_read(in_root("fifo"), 9, &text, &err), ERR_FAILED);
    CHECK_TRUE(sv_find(sv_of(err.text), SV("not a regular file")) >= 0);
}

static void test_directories_are_made_private_whatever_the_umask(void **state UNUSED)
{
    static const mode_t masks[] = {0, 022, 0777};

    for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
        mode_t before = umask(masks[i]);
        struct err err = {0};
        int dir = -1;
        int fd = -1;
        enum err_code rc = file_private_dir(in_root("a/b/c"), &dir, &err);

        if (rc == ERR_OK)
            rc = file_private_open(dir, "file", O_RDWR | O_CREAT, &fd, &err);
        umask(before);
        REQUIRE_OK(rc, &err);
        CHECK_INT(mode_of("a"), 0700);
        CHECK_INT(mode_of("a/b"), 0700);
        CHECK_INT(mode_of("a/b/c"), 0700);
        CHECK_INT(mode_of("a/b/c/file"), 0600);
        CHECK_INT(fcntl(dir, F_GETFD), FD_CLOEXEC);
        CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
        close(fd);
        close(dir);
        remove_tree(root);
        REQUIRE(mkdir(root, 0700) == 0);
    }
}

static void refused(const char *name, const char *why)
{
    struct err err = {0};
    int fd = -1;

    CHECK_INT(file_private_dir(in_root(name), &fd, &err), ERR_CACHE);
    CHECK_INT(fd, -1);
    if (sv_find(sv_of(err.text), sv_of(why)) < 0)
        CHECK_STR(err.text, why);
}

static void test_a_directory_that_is_not_ours_alone_is_refused(void **state UNUSED)
{
    REQUIRE(mkdir(in_root("dir"), 0700) == 0);
    REQUIRE(chmod(in_root("dir"), 0770) == 0);
    refused("dir", "others can write to");
    REQUIRE(chmod(in_root("dir"), 01777) == 0);
    refused("dir", "others can write to");
    REQUIRE(chmod(in_root("dir"), 0700) == 0);
    REQUIRE(symlink("dir", in_root("to")) == 0);
    refused("to", "is a link");
    refused("to/", "is a link");
    put("file", "x");
    refused("file", "not a directory");
    refused("file/below", "");
}

static void test_a_parent_that_others_can_write_to_is_refused(void **state UNUSED)
{
    struct err err = {0};
    int fd = -1;

    REQUIRE(mkdir(in_root("a"), 0700) == 0);
    REQUIRE(chmod(in_root("a"), 0777) == 0);
    refused("a/b/c", "others can write to");
    CHECK_INT(mode_of("a/b"), 0); /* nothing was made there */
    REQUIRE(mkdir(in_root("a/b"), 0700) == 0);
    refused("a/b", "others can write to");
    REQUIRE(chmod(in_root("a"), 01777) == 0);
    REQUIRE_OK(file_private_dir(in_root("a/b"), &fd, &err), &err);
    close(fd);
}

static void test_a_link_among_the_parents_counts_where_it_leads(void **state UNUSED)
{
    struct err err = {0};
    int fd = -1;

    REQUIRE(mkdir(in_root("a"), 0700) == 0);
    REQUIRE(symlink("a", in_root("to")) == 0);
    REQUIRE_OK(file_private_dir(in_root("to/b"), &fd, &err), &err);
    close(fd);
    CHECK_INT(mode_of("a/b"), 0700);
    REQUIRE(chmod(in_root("a"), 0777) == 0);
    refused("to/b", "others can write to");
}

static void test_a_directory_of_another_user_is_refused(void **state UNUSED)
{
    if (geteuid() != 0)
        skip();
    REQUIRE(mkdir(in_root("dir"), 0700) == 0);
    REQUIRE(chown(in_root("dir"), 12345, 12345) == 0);
    refused("dir", "belongs to another user");
    refused("dir/below", "belongs to another user");
}

static void test_a_file_that_is_not_ours_alone_is_refused(void **state UNUSED)
{
    struct err err = {0};
    int dir = -1;
    int fd = -1;

    REQUIRE_OK(file_private_dir(in_root("dir"), &dir, &err), &err);
    CHECK_INT(file_private_open(dir, "file", O_RDWR, &fd, &err), ERR_NOT_FOUND);
    put("dir/file", "keep");
    REQUIRE(chmod(in_root("dir/file"), 0666) == 0);
    CHECK_INT(file_private_open(dir, "file", O_RDWR | O_CREAT | O_TRUNC, &fd, &err), ERR_CACHE);
    REQUIRE(symlink("file", in_root("dir/link")) == 0);
    CHECK_INT(file_private_open(dir, "link", O_RDWR | O_CREAT, &fd, &err), ERR_CACHE);
    REQUIRE(mkfifo(in_root("dir/fifo"), 0600) == 0);
    CHECK_INT(file_private_open(dir, "fifo", O_RDWR, &fd, &err), ERR_CACHE);
    CHECK_INT(fd, -1);
    /* The refused one was not emptied; one that others could only read is closed to them. */
    REQUIRE(chmod(in_root("dir/file"), 0644) == 0);
    REQUIRE_OK(file_private_open(dir, "file", O_RDWR | O_CREAT, &fd, &err), &err);
    CHECK_INT(lseek(fd, 0, SEEK_END), 4);
    CHECK_INT(mode_of("dir/file"), 0600);
    close(fd);
    close(dir);
}

static void test_user_directories_follow_xdg(void **state UNUSED)
{
    static const struct {
        const char *xdg;
        const char *home;
        const char *want; /* NULL: none */
    } cases[] = {
        {"/x/state", "/home/u", "/x/state/penstock"},
        {"relative", "/home/u", "/home/u/.local/state/penstock"},
        {"", "/home/u", "/home/u/.local/state/penstock"},
        {NULL, "/home/u", "/home/u/.local/state/penstock"},
        {NULL, NULL, NULL},
        {NULL, "", NULL},
        {"/x", NULL, "/x/penstock"},
    };
    char *home = getenv("HOME") == NULL ? NULL : mem_dup(getenv("HOME"));

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        struct sb out;
        enum err_code rc;

        sb_init(&out, 1000);
        if (cases[i].xdg == NULL)
            unsetenv("PENSTOCK_TEST_HOME");
        else
            setenv("PENSTOCK_TEST_HOME", cases[i].xdg, 1);
        if (cases[i].home == NULL)
            unsetenv("HOME");
        else
            setenv("HOME", cases[i].home, 1);
        rc = file_user_dir("PENSTOCK_TEST_HOME", ".local/state", &out, &err);
        CHECK_INT(rc, cases[i].want == NULL ? ERR_NOT_FOUND : ERR_OK);
        if (cases[i].want != NULL)
            CHECK_STR(sb_cstr(&out), cases[i].want);
        sb_release(&out);
    }
    if (home != NULL)
        setenv("HOME", home, 1);
    mem_free(home);
}

static const char *fake_env(const void *env, const char *name)
{
    if (strcmp(name, "HOME") == 0)
        return env;
    if (strcmp(name, "A") == 0)
        return "one";
    return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static void test_paths_expand_as_the_cli_expands_them(void **state UNUSED)
{
    static const struct {
        const char *path;
        const char *want;
    } cases[] = {
        {"~/.aws/config", "/h/.aws/config"},
        {"~", "/h"},
        {"~other/x", "~other/x"},
        {"/a/~/b", "/a/~/b"},
        {"$A/x", "one/x"},
        {"${A}x$Ax", "onex$Ax"},
        {"$HOME/$EMPTY/y", "/h//y"},
        {"${A", "${A"},
        {"${}", "${}"},
        {"$", "$"},
        {"a$-b", "a$-b"},
        {"", ""},
    };
    struct err err = {0};
    struct sb out;

    sb_init(&out, 1000);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        sb_clear(&out);
        REQUIRE_OK(file_expand_with(cases[i].path, fake_env, "/h", &out, &err), &err);
        CHECK_STR(sb_cstr(&out), cases[i].want);
    }
    CHECK_INT(file_expand_with("~/x", fake_env, NULL, &out, &err), ERR_NOT_FOUND);
    sb_release(&out);
}

#define TEST_IN_ROOT(fn) cmocka_unit_test_setup_teardown(fn, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_ROOT(test_a_file_is_read_whole),
        TEST_IN_ROOT(test_what_is_no_file_is_refused_without_hanging),
        TEST_IN_ROOT(test_directories_are_made_private_whatever_the_umask),
        TEST_IN_ROOT(test_a_directory_that_is_not_ours_alone_is_refused),
        TEST_IN_ROOT(test_a_parent_that_others_can_write_to_is_refused),
        TEST_IN_ROOT(test_a_link_among_the_parents_counts_where_it_leads),
        TEST_IN_ROOT(test_a_directory_of_another_user_is_refused),
        TEST_IN_ROOT(test_a_file_that_is_not_ours_alone_is_refused),
        TEST(test_user_directories_follow_xdg),
        TEST(test_paths_expand_as_the_cli_expands_them),
    };

    return RUN(tests);
}
