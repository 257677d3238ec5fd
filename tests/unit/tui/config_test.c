/* The console's settings: what the file may say, and that no mistake keeps the rest from holding.
 */
#include "tui/config.h"

#include "tests/unit/check.h"

#include <sys/stat.h>
#include <unistd.h>

static struct config config;

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    REQUIRE(file != NULL);
    fputs(text, file);
    fclose(file);
}

/* text NULL: there is no file. */
static void load(const char *text)
{
    char home[] = "/tmp/penstock-config-XXXXXX";
    char variable[80];
    char folder[80];
    char file[100];
    const char *vars[] = {variable, NULL};
    const struct aws_env env = {.vars = vars};
    const struct context_options options = {.env = &env};

    REQUIRE(mkdtemp(home) != NULL);
    snprintf(variable, sizeof variable, "XDG_CONFIG_HOME=%s", home);
    snprintf(folder, sizeof folder, "%s/penstock", home);
    snprintf(file, sizeof file, "%s/config", folder);
    REQUIRE(mkdir(folder, 0700) == 0);
    if (text != NULL)
        write_file(file, text);
    config_load(&options, &config);
    unlink(file);
    rmdir(folder);
    rmdir(home);
}

static void check_defaults(void)
{
    struct keymap keymap;

    keymap_init(&keymap);
    CHECK_STR(config.theme, "");
    CHECK_TRUE(!config.is_ascii && !config.has_mouse && !config.is_linear);
    CHECK_TRUE(!config.is_low_bandwidth);
    CHECK_INT(config.clock, LOOK_AGE);
    CHECK_INT(config.digest_after_s, 300);
    CHECK_INT(config.keymap.count, keymap.count);
    CHECK_INT(config.faults.count, 0);
}

static void test_without_a_file_the_defaults_hold(void **state UNUSED)
{
    load(NULL);
    check_defaults();
    load("[default]\nread_only = true\n");
    check_defaults();
}

static void test_a_file_that_is_no_config_leaves_the_defaults(void **state UNUSED)
{
    load("[console\nascii = true\n");
    check_defaults();
}

static void test_every_setting_is_read(void **state UNUSED)
{
    char key[24];

    load("[console]\ntheme = mono\nascii = true\nmouse = TRUE\nlow_bandwidth = true\n"
         "linear = true\nclock = local\ndigest_after_minutes = 0\n[keys]\nrefresh = F9\n");
    CHECK_INT(config.faults.count, 0);
    CHECK_STR(config.theme, "mono");
    CHECK_TRUE(config.is_ascii && config.has_mouse && config.is_linear);
    CHECK_TRUE(config.is_low_bandwidth);
    CHECK_INT(config.clock, LOOK_LOCAL);
    CHECK_INT(config.digest_after_s, 0);
    CHECK_STR(keymap_key(&config.keymap, CMD_REFRESH, key), "F9");
}

static void test_the_digest_comes_after_minutes_or_parts_of_one(void **state UNUSED)
{
    static const struct {
        const char *value;
        int seconds; /* -1: refused */
    } cases[] = {{"5", 300},   {"0", 0},     {"0.5", 30},  {"1.5", 90}, {"1440", 86400},
                 {"1441", -1}, {"-0.5", -1}, {"1.25", -1}, {"1.-", -1}, {".5", -1}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[80];

        snprintf(text, sizeof text, "[console]\ndigest_after_minutes = %s\n", cases[i].value);
        load(text);
        CHECK_INT(config.faults.count, cases[i].seconds < 0 ? 1 : 0);
        CHECK_INT(config.digest_after_s, cases[i].seconds < 0 ? 300 : cases[i].seconds);
    }
}

static void test_each_mistake_is_told_and_the_rest_holds(void **state UNUSED)
{
    static const char *const sentences[] = {
        "line 2: there is no theme \"pink\"; write default",
        "line 3: ascii must be true or false",
        "line 4: clock must be age, utc or local",
        "line 5: digest_after_minutes must be a number from 0 to 1440",
        "line 6: unknown setting colour",
        "line 9: there is no command \"refersh\"",
    };

    load("[console]\ntheme = pink\nascii = yes\nclock = noon\ndigest_after_minutes = -1\n"
         "colour = red\nmouse = true\n[keys]\nrefersh = x\n");
    CHECK_INT(config.faults.count, ARRAY_LEN(sentences));
    for (size_t i = 0; i < ARRAY_LEN(sentences); i++) {
        if (strstr(config.faults.text[i], sentences[i]) == NULL)
            fail_msg("%s", config.faults.text[i]);
    }
    CHECK_TRUE(config.has_mouse);
    CHECK_TRUE(!config.is_ascii);
    CHECK_STR(config.theme, "");
    CHECK_INT(config.digest_after_s, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_file_the_defaults_hold),
        TEST(test_a_file_that_is_no_config_leaves_the_defaults),
        TEST(test_every_setting_is_read),
        TEST(test_the_digest_comes_after_minutes_or_parts_of_one),
        TEST(test_each_mistake_is_told_and_the_rest_holds),
    };

    return RUN(tests);
}
