#include "core/sync/context.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/unit/check.h"

/* A home of its own for each test: files are written into it and named by the environment. */
struct home {
    char dir[64];
    char vars[4][128];
    const char *list[8];
    struct aws_env env;
};

static void home_file(const struct home *home, const char *name, const char *text)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", home->dir, name);
    f = fopen(path, "w");
    REQUIRE(f != NULL);
    fputs(text, f);
    fclose(f);
}

static void home_open(struct home *home, const char *config, const char *aws_config)
{
    char path[128];

    snprintf(home->dir, sizeof home->dir, "/tmp/penstock-context-XXXXXX");
    REQUIRE(mkdtemp(home->dir) != NULL);
    snprintf(path, sizeof path, "%s/penstock", home->dir);
    REQUIRE(mkdir(path, 0700) == 0);
    snprintf(home->vars[0], sizeof home->vars[0], "HOME=%s", home->dir);
    snprintf(home->vars[1], sizeof home->vars[1], "XDG_CONFIG_HOME=%s", home->dir);
    snprintf(home->vars[2], sizeof home->vars[2], "AWS_CONFIG_FILE=%s/aws", home->dir);
    snprintf(home->vars[3], sizeof home->vars[3], "AWS_SHARED_CREDENTIALS_FILE=%s/cred", home->dir);
    for (int i = 0; i < 4; i++)
        home->list[i] = home->vars[i];
    home->list[4] = NULL;
    home->env.vars = home->list;
    if (config != NULL)
        home_file(home, "penstock/config", config);
    home_file(home, "aws", aws_config);
}

static void home_close(struct home *home)
{
    static const char *const names[] = {"penstock/config", "aws", "penstock", ""};
    char path[256];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", home->dir, names[i]);
        remove(path);
    }
}

static const char AWS[] = "[default]\nregion = eu-west-1\n[profile dev]\nregion = eu-west-2\n"
                          "[profile odd@name]\nregion = eu-west-3\n";

static enum err_code load(struct home *home, const struct sv *contexts, size_t count,
                          struct context_list *list, struct err *err)
{
    struct context_options options = {
        .env = &home->env, .contexts = contexts, .context_count = count};

    return context_list_load(&options, list, err);
}

static void test_without_a_wish_it_is_the_current_profile_and_region(void **state)
{
    struct context_list list;
    struct home home;
    struct err err = {0};

    (void)state;
    home_open(&home, NULL, AWS);
    CHECK_INT(load(&home, NULL, 0, &list, &err), ERR_OK);
    CHECK_INT(list.count, 1);
    CHECK_SV(list.items[0].profile, SV("default"));
    CHECK_SV(list.items[0].region, SV("eu-west-1"));
    CHECK_TRUE(!list.is_read_only);
    context_list_release(&list);
    home_close(&home);
}

static void test_contexts_of_the_command_line_replace_those_of_the_file(void **state)
{
    const struct sv wishes[] = {SV("dev@us-east-1"), SV("odd@name@us-east-2"), SV("dev@us-east-1")};
    struct context_list list;
    struct home home;
    struct err err = {0};

    (void)state;
    home_open(&home, "[default]\ncontexts = default@eu-west-1\n", AWS);
    CHECK_INT(load(&home, wishes, ARRAY_LEN(wishes), &list, &err), ERR_OK);
    CHECK_INT(list.count, 2); /* the doubled one is one */
    CHECK_SV(list.items[0].profile, SV("dev"));
    CHECK_SV(list.items[0].region, SV("us-east-1"));
    CHECK_SV(list.items[1].profile, SV("odd@name"));
    context_list_release(&list);
    home_close(&home);
}

static void test_the_config_file_lists_contexts_and_read_only(void **state)
{
    struct context_list list;
    struct home home;
    struct err err = {0};

    (void)state;
    home_open(
        &home,
        "[default]\ncontexts = dev@eu-west-2,\n  default@us-west-2\nread_only = TRUE\nburst = 7\n",
        AWS);
    CHECK_INT(load(&home, NULL, 0, &list, &err), ERR_OK);
    CHECK_INT(list.count, 2);
    CHECK_SV(list.items[1].region, SV("us-west-2"));
    CHECK_TRUE(list.is_read_only);
    CHECK_INT(list.pace.rate_per_s, 5);
    CHECK_INT(list.pace.burst, 7);
    context_list_release(&list);
    home_close(&home);
}

static void test_a_bad_profile_spoils_only_its_own_context(void **state)
{
    const struct sv wishes[] = {SV("nobody@eu-west-1"), SV("dev@eu-west-1")};
    struct context_list list;
    struct home home;
    struct err err = {0};

    (void)state;
    home_open(&home, NULL, AWS);
    CHECK_INT(load(&home, wishes, ARRAY_LEN(wishes), &list, &err), ERR_OK);
    CHECK_INT(list.count, 2);
    CHECK_INT(list.items[0].code, ERR_AUTH);
    CHECK_TRUE(strstr(list.items[0].err.text, "nobody") != NULL);
    CHECK_SV(list.items[0].profile, SV("nobody"));
    CHECK_INT(list.items[1].code, ERR_OK);
    context_list_release(&list);
    home_close(&home);
}

static void test_what_cannot_be_used_is_called_as_the_environment_calls_it(void **state)
{
    struct context_list list;
    struct home home;
    struct err err = {0};

    (void)state;
    home_open(&home, NULL, AWS);
    home.list[4] = "AWS_DEFAULT_PROFILE=nobody";
    home.list[5] = "AWS_REGION=eu-west-9";
    home.list[6] = NULL;
    CHECK_INT(load(&home, NULL, 0, &list, &err), ERR_OK);
    CHECK_INT(list.items[0].code, ERR_AUTH);
    CHECK_SV(list.items[0].profile, SV("nobody"));
    CHECK_SV(list.items[0].region, SV("eu-west-9"));
    context_list_release(&list);
    home_close(&home);
}

static void test_mistakes_in_the_config_file_are_told_with_their_line(void **state)
{
    static const struct {
        const char *config;
        const char *sentence;
    } cases[] = {
        {"[default]\ncontext = a@b\n", "line 2: unknown setting context"},
        {"[default]\n\nread_only = maybe\n", "line 3: read_only must be true or false"},
        {"[default]\ncalls_per_second = fast\n", "line 2: calls_per_second must be a number"},
        {"[default]\nlog_budget_mb = 0\n", "line 2: log_budget_mb must be at least 1"},
        {"[keys]\nquit = x\n[console]\n[colours]\n", "line 4: unknown section [colours]"},
        {"[default]\ncontexts = nonsense\n", "write profile@region"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct context_list list;
        struct home home;
        struct err err = {0};

        home_open(&home, cases[i].config, AWS);
        CHECK_TRUE(load(&home, NULL, 0, &list, &err) != ERR_OK);
        CHECK_TRUE(strstr(err.text, cases[i].sentence) != NULL);
        home_close(&home);
    }
}

static void test_loading_survives_each_failing_allocation(void **state)
{
    const struct sv wishes[] = {SV("nobody@eu-west-1"), SV("dev@eu-west-1")};
    struct home home;
    enum err_code rc = ERR_LIMIT;

    (void)state;
    home_open(&home, "[default]\nread_only = true\n", AWS);
    for (long n = 1; rc != ERR_OK && n < 10000; n++) {
        struct context_list list;
        struct err err = {0};

        mem_fail_at(n);
        rc = load(&home, wishes, ARRAY_LEN(wishes), &list, &err);
        mem_fail_at(0);
        if (rc == ERR_OK)
            context_list_release(&list);
        else
            CHECK_INT(rc, ERR_LIMIT);
    }
    CHECK_INT(rc, ERR_OK);
    home_close(&home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_wish_it_is_the_current_profile_and_region),
        TEST(test_contexts_of_the_command_line_replace_those_of_the_file),
        TEST(test_the_config_file_lists_contexts_and_read_only),
        TEST(test_a_bad_profile_spoils_only_its_own_context),
        TEST(test_what_cannot_be_used_is_called_as_the_environment_calls_it),
        TEST(test_mistakes_in_the_config_file_are_told_with_their_line),
        TEST(test_loading_survives_each_failing_allocation),
    };

    return RUN(tests);
}
