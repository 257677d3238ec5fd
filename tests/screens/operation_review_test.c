/* Reviews: what else waits in the stage, and an approval that four eyes refuse. */
#include <sys/stat.h>

#include "tests/screens/operating.h"
#include "tests/unit/views/waiting.h"
#include "tui/denials.h"

static void put(const struct waiting *one)
{
    waiting_put(stage.cache, one, stage.now_ms);
    waiting_put_carried(stage.cache, one, SV("c1"), stage.now_ms);
    console_cache_changed(&stage.console);
}

static void two_wait(void)
{
    static const struct waiting two = {
        .name = "landing-zone", .minutes = 45, .message = "rotate the keys", .also = "Security"};

    put(&two);
}

/* Approved alone it goes nowhere. */
static void test_what_waits_beside_it_is_named(void **state UNUSED)
{
    in_all_sizes("operation-approve-beside", two_wait, "I gg a");
    open_at(80, 24, STAGE_UTF8);
    two_wait();
    stage_press(&stage, "I gg x"); /* a rejection needs no other */
    stage_expect(&stage, "operation-reject-beside");
    leave(NULL);
}

/* The config of whoever sits here. */
static char dir[] = "/tmp/penstock-review-XXXXXX";
static char variable[100];
static const char *vars[] = {variable, NULL};
static const struct aws_env env = {vars};

static void config_write(const char *text)
{
    char path[100];
    FILE *file;

    snprintf(path, sizeof path, "%s/penstock/config", dir);
    file = fopen(path, "we");
    REQUIRE(file != NULL);
    REQUIRE(fputs(text, file) >= 0 && fclose(file) == 0);
}

static void config_begin(void)
{
    char path[100];

    snprintf(dir, sizeof dir, "%s", "/tmp/penstock-review-XXXXXX");
    REQUIRE(mkdtemp(dir) != NULL);
    snprintf(variable, sizeof variable, "XDG_CONFIG_HOME=%s", dir);
    snprintf(path, sizeof path, "%s/penstock", dir);
    REQUIRE(mkdir(path, 0700) == 0);
}

static void config_end(void)
{
    char path[100];

    snprintf(path, sizeof path, "%s/penstock/config", dir);
    REQUIRE(unlink(path) == 0);
    snprintf(path, sizeof path, "%s/penstock", dir);
    REQUIRE(rmdir(path) == 0 && rmdir(dir) == 0);
}

static void own_commit(void)
{
    static const struct waiting one = {
        .name = "orders-etl", .minutes = 45, .message = "add the returns table"};

    fake.work.deploy.env = &env;
    put(&one);
}

static void test_an_approval_of_ones_own_commit_is_grey(void **state UNUSED)
{
    config_begin();
    config_write("[guard]\nfour_eyes = true\n");
    in_all_sizes("operation-own-commit", own_commit, "I a");
    open_at(80, 24, STAGE_UTF8);
    own_commit();
    stage_press(&stage, "I a");
    CHECK_STR(top(), "approvals");
    CHECK_STR(stage.console.flash, "four eyes: a commit is by Ana Costa <ana@example.com> and you "
                                   "are ana; somebody else must approve it");
    stage_press(&stage, "x"); /* rejecting it is nobody's secret */
    CHECK_STR(top(), "operation");
    leave(NULL);
    config_write("[guard]\nfour_eyes = false\n");
    open_at(80, 24, STAGE_UTF8);
    own_commit();
    stage_press(&stage, "I a");
    CHECK_STR(top(), "operation");
    leave(NULL);
    config_end();
}

/* The keys are grey of that row only, and the config counts as of the last load. */
static void test_grey_follows_the_cursor(void **state UNUSED)
{
    static const struct waiting other = {.name = "landing-zone", .minutes = 46};

    config_begin();
    config_write("[guard]\nfour_eyes = true\n");
    open_at(80, 24, STAGE_UTF8);
    waiting_put(stage.cache, &other, stage.now_ms);
    own_commit();
    stage_press(&stage, "I gg");
    for (int i = 0; i < 8 && denials_of(&stage.console, CMD_APPROVE) == NULL; i++)
        stage_press(&stage, "j");
    CHECK_TRUE(denials_of(&stage.console, CMD_APPROVE) != NULL);
    stage_press(&stage, "k");
    CHECK_TRUE(denials_of(&stage.console, CMD_APPROVE) == NULL);
    stage_press(&stage, "j");
    CHECK_TRUE(denials_of(&stage.console, CMD_APPROVE) != NULL);
    config_write("[guard]\nfour_eyes = false\n");
    console_cache_changed(&stage.console);
    stage_press(&stage, "k j");
    CHECK_TRUE(denials_of(&stage.console, CMD_APPROVE) == NULL);
    config_write("[guard]\nfour_eyes = true\n");
    stage_press(&stage, "k j");
    CHECK_TRUE(denials_of(&stage.console, CMD_APPROVE) == NULL);
    console_cache_changed(&stage.console);
    stage_press(&stage, "k j");
    CHECK_TRUE(denials_of(&stage.console, CMD_APPROVE) != NULL);
    leave(NULL);
    config_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_waits_beside_it_is_named),
        cmocka_unit_test(test_an_approval_of_ones_own_commit_is_grey),
        cmocka_unit_test(test_grey_follows_the_cursor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
