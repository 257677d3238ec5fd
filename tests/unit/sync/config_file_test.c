/* Where the config file is: XDG's folder, the home, and the host's own word of it. */
#include "core/sync/config_file.h"

#include <pwd.h>
#include <unistd.h>

#include "tests/unit/check.h"

/* What is in the file is no matter. */
static void expect_path(const struct aws_env *env, const char *want)
{
    struct ini ini = {0};
    struct err err = {0};
    struct sb path;
    enum err_code rc;

    sb_init(&path, 8192);
    rc = config_file_read(env, &path, &ini, &err);
    CHECK_TRUE(rc == ERR_OK || rc == ERR_CONFIG);
    CHECK_STR(sb_cstr(&path), want);
    ini_release(&ini);
    sb_release(&path);
}

static void test_the_environment_is_asked_first(void **state UNUSED)
{
    static const char *const both[] = {"XDG_CONFIG_HOME=/nowhere/x", "HOME=/nowhere/h", NULL};
    static const char *const relative[] = {"XDG_CONFIG_HOME=x", "HOME=/nowhere/h", NULL};
    static const char *const neither[] = {"HOME=", NULL};

    expect_path(&(struct aws_env){both}, "/nowhere/x/penstock/config");
    expect_path(&(struct aws_env){relative}, "/nowhere/h/.config/penstock/config");
    expect_path(&(struct aws_env){neither}, "");
}

static void test_without_a_home_the_host_is_asked(void **state UNUSED)
{
    const struct passwd *entry = getpwuid(geteuid());
    char want[5000];

    if (entry == NULL || entry->pw_dir[0] != '/')
        skip();
    (void)snprintf(want, sizeof want, "%s/.config/penstock/config", entry->pw_dir);
    REQUIRE(unsetenv("HOME") == 0 && unsetenv("XDG_CONFIG_HOME") == 0);
    expect_path(NULL, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_environment_is_asked_first),
        TEST(test_without_a_home_the_host_is_asked),
    };

    return RUN(tests);
}
