/* The person at this host, and whoever called sudo. */
#include "core/base/user.h"

#include <pwd.h>
#include <unistd.h>

#include "tests/unit/check.h"

static void test_the_host_knows_who_it_is(void **state UNUSED)
{
    const struct passwd *entry = getpwuid(geteuid());
    char number[32];
    char text[300];

    (void)snprintf(number, sizeof number, "%ld", (long)geteuid());
    REQUIRE(unsetenv("SUDO_USER") == 0);
    user_login(text, sizeof text);
    CHECK_STR(text, entry == NULL ? number : entry->pw_name);
    user_person(text, sizeof text);
    CHECK_STR(text, entry == NULL ? number : entry->pw_name);
    REQUIRE(setenv("SUDO_USER", "ana", 1) == 0);
    user_person(text, sizeof text);
    CHECK_STR(text, "ana");
    REQUIRE(unsetenv("SUDO_USER") == 0);
}

static void test_the_home_is_not_what_the_environment_says(void **state UNUSED)
{
    const struct passwd *entry = getpwuid(geteuid());
    char text[300];

    REQUIRE(setenv("HOME", "/nowhere", 1) == 0);
    CHECK_INT(user_home(text, sizeof text), entry != NULL && entry->pw_dir[0] == '/');
    if (entry != NULL && entry->pw_dir[0] == '/')
        CHECK_STR(text, entry->pw_dir);
    CHECK_TRUE(!user_home(text, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_host_knows_who_it_is),
        TEST(test_the_home_is_not_what_the_environment_says),
    };

    return RUN(tests);
}
