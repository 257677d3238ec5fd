/* Settings: who wins between command line, environment, profile and default, and what is refused.
 * tests/conformance/aws_config.py asks botocore the same questions. */
#include "core/aws/settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "tests/unit/check.h"

/* Files and an environment, in memory; where says how they are named in errors. */
struct setup {
    struct aws_env env;
    struct aws_files files;
    struct aws_settings settings;
    struct err err;
};

static void set_up(struct setup *t, const char *const *vars, const char *config,
                   const char *credentials)
{
    *t = (struct setup){.env.vars = vars};
    REQUIRE_OK(ini_parse(sv_of(config), "config", &t->files.config, &t->err), &t->err);
    REQUIRE_OK(ini_parse(sv_of(credentials), "credentials", &t->files.credentials, &t->err),
               &t->err);
    t->files.config_path = mem_dup("/c/config");
    t->files.credentials_path = mem_dup("/c/credentials");
}

static enum err_code resolve(struct setup *t, struct aws_options options)
{
    return aws_settings_resolve(&t->env, &t->files, &options, &t->settings, &t->err);
}

static void tear_down(struct setup *t)
{
    aws_settings_release(&t->settings);
    aws_files_release(&t->files);
}

static const char *const no_vars[] = {NULL};
static const char two_profiles[] = "[default]\nregion = r-default\n[profile a]\nregion = r-a\n"
                                   "max_attempts = 7\nuse_fips_endpoint = TRUE\n";

static void test_the_profile_comes_from_option_then_environment(void **state UNUSED)
{
    static const char *const both[] = {"AWS_DEFAULT_PROFILE=b", "AWS_PROFILE=a", NULL};
    static const char *const old[] = {"AWS_DEFAULT_PROFILE=a", "AWS_PROFILE=", NULL};
    struct setup t;

    set_up(&t, both, two_profiles, "[b]\n[c]\n");
    REQUIRE_OK(resolve(&t, (struct aws_options){.profile = SV("c")}), &t.err);
    CHECK_STR(t.settings.profile, "c");
    CHECK_TRUE(t.settings.is_profile_explicit);
    aws_settings_release(&t.settings);
    REQUIRE_OK(resolve(&t, (struct aws_options){0}), &t.err);
    CHECK_STR(t.settings.profile, "a");
    CHECK_TRUE(!t.settings.is_profile_explicit);
    CHECK_INT(t.settings.max_attempts, 7);
    CHECK_TRUE(t.settings.use_fips && !t.settings.use_dualstack);
    tear_down(&t);
    set_up(&t, old, two_profiles, "");
    REQUIRE_OK(resolve(&t, (struct aws_options){0}), &t.err);
    CHECK_STR(t.settings.region, "r-a");
    tear_down(&t);
}

static void test_a_named_profile_must_exist_and_default_need_not(void **state UNUSED)
{
    static const char *const named[] = {"AWS_PROFILE=gone", NULL};
    struct setup t;

    set_up(&t, no_vars, "", "");
    REQUIRE_OK(resolve(&t, (struct aws_options){0}), &t.err);
    CHECK_STR(t.settings.profile, "default");
    CHECK_STR(t.settings.region, "");
    CHECK_STR(t.settings.ca_bundle, "");
    CHECK_INT(t.settings.max_attempts, 3);
    tear_down(&t);
    set_up(&t, named, two_profiles, "");
    CHECK_INT(resolve(&t, (struct aws_options){0}), ERR_AUTH);
    CHECK_STR(t.err.text, "there is no profile \"gone\" in /c/config or /c/credentials; "
                          "\"aws configure list-profiles\" lists those there are");
    CHECK_INT(resolve(&t, (struct aws_options){.profile = SV("default")}), ERR_OK);
    tear_down(&t);
}

static void test_the_region_comes_from_the_nearest(void **state UNUSED)
{
    static const char *const vars[] = {"AWS_DEFAULT_REGION=r2", "AWS_REGION=r1", NULL};
    struct setup t;

    set_up(&t, vars, two_profiles, "");
    REQUIRE_OK(resolve(&t, (struct aws_options){.region = SV("r0")}), &t.err);
    CHECK_STR(t.settings.region, "r0");
    aws_settings_release(&t.settings);
    REQUIRE_OK(resolve(&t, (struct aws_options){0}), &t.err);
    CHECK_STR(t.settings.region, "r1");
    tear_down(&t);
    set_up(&t, vars + 1 + 1, two_profiles, "[default]\nregion = from-credentials\n");
    REQUIRE_OK(resolve(&t, (struct aws_options){0}), &t.err);
    CHECK_STR(t.settings.region, "from-credentials");
    tear_down(&t);
}

static void test_section_names_are_split_as_a_shell_does(void **state UNUSED)
{
    struct setup t;

    set_up(&t, no_vars,
           "[profile \"with blank\"]\nregion = 1\n[profile  x ]\nregion = 2\n"
           "[profile 'x']\nregion = 3\n[profile a b]\nregion = 4\n[profile \"open]\nregion = 5\n"
           "[profile default]\nregion = 6\n[x]\nregion = 7\n",
           "");
    CHECK_STR(aws_profile_get(&t.files, "with blank", "region"), "1");
    CHECK_STR(aws_profile_get(&t.files, "x", "region"), "3");
    CHECK_STR(aws_profile_get(&t.files, "default", "region"), "6");
    CHECK_TRUE(!aws_profile_exists(&t.files, "a"));
    CHECK_TRUE(!aws_profile_exists(&t.files, "a b"));
    CHECK_TRUE(!aws_profile_exists(&t.files, "open"));
    CHECK_TRUE(!aws_profile_exists(&t.files, ""));
    tear_down(&t);
}

static void test_the_endpoint_comes_from_the_nearest(void **state UNUSED)
{
    static const char *const vars[] = {"AWS_ENDPOINT_URL=http://all",
                                       "AWS_ENDPOINT_URL_STS=http://sts", NULL};
    static const char config[] = "[default]\nservices = s\nendpoint_url = http://profile\n"
                                 "[services s]\nsts =\n  endpoint_url = http://s-sts\n"
                                 "[profile quiet]\nignore_configured_endpoint_urls = true\n"
                                 "endpoint_url = http://never\n";
    struct setup t;

    set_up(&t, no_vars, config, "");
    REQUIRE_OK(resolve(&t, (struct aws_options){0}), &t.err);
    CHECK_STR(aws_settings_endpoint_url(&t.settings, "sts"), "http://s-sts");
    CHECK_STR(aws_settings_endpoint_url(&t.settings, "codepipeline"), "http://profile");
    aws_settings_release(&t.settings);
    t.env.vars = vars;
    REQUIRE_OK(resolve(&t, (struct aws_options){0}), &t.err);
    CHECK_STR(aws_settings_endpoint_url(&t.settings, "sts"), "http://sts");
    CHECK_STR(aws_settings_endpoint_url(&t.settings, "codepipeline"), "http://all");
    aws_settings_release(&t.settings);
    REQUIRE_OK(resolve(&t, (struct aws_options){.endpoint_url = SV("http://o")}), &t.err);
    CHECK_STR(aws_settings_endpoint_url(&t.settings, "sts"), "http://o");
    aws_settings_release(&t.settings);
    REQUIRE_OK(resolve(&t, (struct aws_options){.profile = SV("quiet")}), &t.err);
    CHECK_STR(aws_settings_endpoint_url(&t.settings, "sts"), "");
    tear_down(&t);
}

static void test_nonsense_is_refused(void **state UNUSED)
{
    static const char *const words[] = {"AWS_MAX_ATTEMPTS=many", NULL};
    static const char *const zero[] = {"AWS_MAX_ATTEMPTS=0", NULL};
    struct setup t;

    set_up(&t, words, two_profiles, "");
    CHECK_INT(resolve(&t, (struct aws_options){0}), ERR_CONFIG);
    CHECK_STR(t.err.text, "AWS_MAX_ATTEMPTS must be a number from 1 to 100, not \"many\"");
    t.env.vars = zero;
    CHECK_INT(resolve(&t, (struct aws_options){0}), ERR_CONFIG);
    tear_down(&t);
    set_up(&t, no_vars, "[default]\nservices = gone\n", "");
    CHECK_INT(resolve(&t, (struct aws_options){0}), ERR_CONFIG);
    CHECK_STR(t.err.text, "profile \"default\" names services \"gone\", but /c/config has no "
                          "[services gone]");
    tear_down(&t);
}

static void test_ca_bundle_and_application_id(void **state UNUSED)
{
    static const char *const vars[] = {"AWS_CA_BUNDLE=/env.pem", "AWS_SDK_UA_APP_ID=a b", NULL};
    static const char config[] = "[default]\nca_bundle = /profile.pem\nsdk_ua_app_id = my-app\n";
    struct setup t;

    set_up(&t, no_vars, config, "");
    REQUIRE_OK(resolve(&t, (struct aws_options){0}), &t.err);
    CHECK_STR(t.settings.ca_bundle, "/profile.pem");
    CHECK_STR(t.settings.app_id, "my-app");
    aws_settings_release(&t.settings);
    t.env.vars = vars;
    REQUIRE_OK(resolve(&t, (struct aws_options){0}), &t.err);
    CHECK_STR(t.settings.ca_bundle, "/env.pem");
    CHECK_STR(t.settings.app_id, "");
    aws_settings_release(&t.settings);
    REQUIRE_OK(resolve(&t, (struct aws_options){.ca_bundle = SV("/o.pem")}), &t.err);
    CHECK_STR(t.settings.ca_bundle, "/o.pem");
    tear_down(&t);
}

static void put(const char *path, struct sv text)
{
    FILE *f = fopen(path, "we");

    REQUIRE(f != NULL);
    REQUIRE(fwrite(text.ptr, 1, text.len, f) == text.len);
    REQUIRE(fclose(f) == 0);
}

static void test_files_are_found_where_the_environment_says(void **state UNUSED)
{
    char folder[] = "/tmp/penstock-settings-XXXXXX";
    char home[100];
    char path[200];
    char want[300];
    const char *vars[] = {home, "AWS_SHARED_CREDENTIALS_FILE=$HOME/own", NULL, NULL};
    const struct aws_env env = {.vars = vars};
    const struct aws_env bare = {.vars = no_vars};
    struct aws_files files = {0};
    struct err err = {0};

    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(home, sizeof home, "HOME=%s", folder);
    snprintf(path, sizeof path, "%s/own", folder);
    put(path, SV("[x]\nregion = r\n"));
    REQUIRE_OK(aws_files_load(&env, &files, &err), &err);
    CHECK_STR(aws_profile_get(&files, "x", "region"), "r");
    CHECK_STR(files.credentials_path, path);
    aws_files_release(&files);
    put(path, SV("[x]\nk = 1\nbroken\n"));
    snprintf(want, sizeof want, "%s, line 3: expected \"key = value\" or \"[section]\"", path);
    CHECK_INT(aws_files_load(&env, &files, &err), ERR_CONFIG);
    CHECK_STR(err.text, want);
    vars[1] = "AWS_SHARED_CREDENTIALS_FILE=/dev/null";
    REQUIRE_OK(aws_files_load(&env, &files, &err), &err);
    aws_files_release(&files);
    /* Without HOME there are no files, and nothing else goes wrong. */
    REQUIRE_OK(aws_files_load(&bare, &files, &err), &err);
    CHECK_INT(files.config.section_count, 0);
    CHECK_STR(files.config_path, "~/.aws/config");
    aws_files_release(&files);
    (void)unlink(path);
    (void)rmdir(folder);
}

static void test_each_failing_allocation_is_survived(void **state UNUSED)
{
    struct setup t;
    enum err_code rc = ERR_LIMIT;

    set_up(&t, no_vars, two_profiles, "");
    for (long n = 1; rc != ERR_OK; n++) {
        mem_fail_at(n);
        rc = resolve(&t, (struct aws_options){.profile = SV("a")});
        mem_fail_at(0);
        if (rc)
            CHECK_INT(rc, ERR_LIMIT);
        REQUIRE(n < 100);
    }
    tear_down(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_profile_comes_from_option_then_environment),
        TEST(test_a_named_profile_must_exist_and_default_need_not),
        TEST(test_the_region_comes_from_the_nearest),
        TEST(test_section_names_are_split_as_a_shell_does),
        TEST(test_the_endpoint_comes_from_the_nearest),
        TEST(test_nonsense_is_refused),
        TEST(test_ca_bundle_and_application_id),
        TEST(test_files_are_found_where_the_environment_says),
        TEST(test_each_failing_allocation_is_survived),
    };

    return RUN(tests);
}
