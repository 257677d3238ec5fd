/* What an action touches: protected by environment, by pipeline, and by a stage's pipeline. */
#include "core/actions/frozen.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"

static char dir[] = "/tmp/penstock-frozen-XXXXXX";
static char variable[100];
static const char *vars[] = {variable, NULL};
static const struct aws_env env = {vars};

static void write_config(const char *text)
{
    char path[200];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/penstock", dir);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/penstock/config", dir);
    file = fopen(path, "w");
    REQUIRE(file != NULL);
    REQUIRE(fputs(text, file) >= 0 && fclose(file) == 0);
}

static struct sv names_to_add = {"", 0};

static void expect(struct sv pipeline, const char *want)
{
    struct frozen_names names = {.items = {SV("dev"), SV("audit")}, .count = 2};
    struct err err = {0};
    struct sv found;

    names.pipeline = pipeline;
    frozen_add(&names, names_to_add);
    REQUIRE_OK(frozen_protected(&env, &names, &found, &err), &err);
    CHECK_SV(found, sv_of(want));
}

static void test_what_is_protected_is_named(void **state UNUSED)
{
    char path[200];

    REQUIRE(mkdtemp(dir) != NULL);
    (void)snprintf(variable, sizeof variable, "XDG_CONFIG_HOME=%s", dir);
    write_config("");
    expect(SV("sales"), "");
    write_config("[guard]\nprotected = audit\n");
    expect(SV_NONE, "audit");
    names_to_add = SV("Production"); /* prod by another name, also where it is only written so */
    expect(SV_NONE, "audit");
    write_config("");
    expect(SV_NONE, "Production");
    names_to_add = SV("");
    write_config("[guard]\nprotected_pipelines = core-*, sales\n");
    expect(SV("sales"), "sales");
    expect(SV("sale"), "");
    expect(SV_NONE, "");
    write_config("[guard]\nprotected_pipelines = sales-audit\n");
    expect(SV("sales"), "sales");
    expect(SV("sal"), "");
    (void)snprintf(path, sizeof path, "%s/penstock/config", dir);
    REQUIRE(unlink(path) == 0);
    (void)snprintf(path, sizeof path, "%s/penstock", dir);
    REQUIRE(rmdir(path) == 0 && rmdir(dir) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_protected_is_named),
    };

    return RUN(tests);
}
