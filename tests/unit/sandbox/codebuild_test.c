/* Builds: a step after the other, from a role and a project made with the services' own calls. */
#include "core/base/mem.h"
#include "core/sandbox/codebuild_work.h"
#include "core/sandbox/handler.h"
#include "tests/unit/check.h"

enum { STEPS_MAX = 200 };

struct scene {
    struct world w;
    struct faults faults;
    struct service s;
    struct resource_ask ask;
    struct handler h;
    struct err err;
};

static void open_scene(struct scene *s)
{
    *s = (struct scene){0};
    world_init(&s->w, 1000000);
    REQUIRE_OK(records_open(NULL, &s->s.records, &s->err), &s->err);
    s->s.world = &s->w;
    s->s.faults = &s->faults;
    s->s.token_seed = (struct uid){1, 2};
    s->s.now_ms = 1000000;
    s->ask = (struct resource_ask){
        .service = &s->s, .account = SV("111111111111"), .region = SV("eu-west-1"), .err = &s->err};
    s->h = (struct handler){.ask = &s->ask, .service = "codebuild", .title = "test"};
}

static void close_scene(struct scene *s)
{
    records_close(s->s.records);
    world_release(&s->w);
}

static void do_call(struct scene *s, call_fn *fn, const char *input)
{
    cJSON *in = NULL;

    REQUIRE_OK(json_parse(sv_of(input), &in, &s->err), &s->err);
    REQUIRE_OK(handler_call(&s->h, fn, in, NULL), &s->err);
    CHECK_STR(s->ask.why, "");
}

static void make_role(struct scene *s)
{
    do_call(s, iam_create_role,
            "{\"RoleName\":\"build\",\"AssumeRolePolicyDocument\":\"{\\\"Version\\\":"
            "\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Principal\\\":"
            "{\\\"Service\\\":\\\"codebuild.amazonaws.com\\\"},\\\"Action\\\":"
            "\\\"sts:AssumeRole\\\"}]}\"}");
    do_call(s, iam_put_role_policy,
            "{\"RoleName\":\"build\",\"PolicyName\":\"all\",\"PolicyDocument\":\"{\\\"Version\\\":"
            "\\\"2012-10-17\\\",\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":"
            "\\\"*\\\",\\\"Resource\\\":\\\"*\\\"}]}\"}");
}

static void make_project(struct scene *s, const char *commands)
{
    char input[2048];

    (void)snprintf(input, sizeof input,
                   "{\"name\":\"project\",\"serviceRole\":\"arn:aws:iam::111111111111:role/build\","
                   "\"artifacts\":{\"type\":\"NO_ARTIFACTS\"},\"environment\":{\"type\":"
                   "\"LINUX_CONTAINER\",\"image\":\"x\",\"computeType\":\"BUILD_GENERAL1_SMALL\","
                   "\"environmentVariables\":[{\"name\":\"GIVEN\",\"value\":\"yes\"}]},\"source\":{"
                   "\"type\":\"NO_SOURCE\",\"buildspec\":\"version: 0.2\\nphases:\\n  build:\\n    "
                   "commands: %s\\n\"}}",
                   commands);
    make_role(s);
    do_call(s, codebuild_create_project, input);
}

static const struct codebuild_ask ask = {.account = {"111111111111", 12},
                                         .region = {"eu-west-1", 9},
                                         .project = {"project", 7},
                                         .initiator = {"me", 2}};

/* Until nothing more is put off. */
static enum err_code go_on(struct scene *s)
{
    enum err_code rc = ERR_OK;
    bool is_there = true;

    for (int i = 0; i < STEPS_MAX && !rc && is_there; i++) {
        struct later later;

        rc = later_take(s->s.records, INT64_MAX, &later, &is_there, &s->err);
        if (rc || !is_there)
            break;
        s->s.now_ms = later.at_ms;
        rc = service_do_later(&s->s, &later, &s->err);
    }
    return rc;
}

static void check_end(const char *commands, const char *status, const char *reason)
{
    struct codebuild_answer answer;
    struct scene s;
    cJSON *build = NULL;
    char *text;

    open_scene(&s);
    make_project(&s, commands);
    REQUIRE_OK(codebuild_start(&s.s, &ask, &answer, &s.err), &s.err);
    REQUIRE(answer.code == NULL);
    REQUIRE_OK(go_on(&s), &s.err);
    REQUIRE_OK(codebuild_find(&s.s, ask.account, ask.region, sv_of(answer.id), &build, &s.err),
               &s.err);
    if (!sv_eq(json_sv(build, "buildStatus"), sv_of(status)))
        print_error("%s\n", commands);
    CHECK_SV(json_sv(build, "buildStatus"), sv_of(status));
    CHECK_SV(json_sv(build, "currentPhase"), SV("COMPLETED"));
    text = cJSON_PrintUnformatted(build);
    CHECK_TRUE(strstr(text, reason) != NULL);
    cJSON_free(text);
    cJSON_Delete(build);
    close_scene(&s);
}

static void test_commands_decide_how_a_build_ends(void **state UNUSED)
{
    check_end("[\\\"true\\\", \\\"echo $GIVEN\\\"]", "SUCCEEDED", "POST_BUILD");
    check_end("[\\\"false || true\\\"]", "SUCCEEDED", "POST_BUILD");
    check_end("[\\\"true && false\\\"]", "FAILED", "exit status 1");
    check_end("[\\\"if [ $GIVEN = no ]; then exit 2; else exit 5; fi\\\"]", "FAILED",
              "exit status 5");
    check_end("[\\\"if [ $GIVEN = yes ]; then if false; then exit 1; fi; fi\\\"]", "SUCCEEDED",
              "POST_BUILD");
    check_end("[\\\"set -e; false; true\\\"]", "FAILED", "exit status 1");
    check_end("[\\\"false; true\\\"]", "SUCCEEDED", "POST_BUILD");
    check_end("[\\\"A=1; export B=$A; exit $B$B\\\"]", "FAILED", "exit status 11");
    check_end("[\\\"! true\\\"]", "FAILED", "exit status 1");
    check_end("[\\\"eval exit $(echo 3)\\\"]", "FAILED", "exit status 3");
    check_end("[\\\"aws sts assume-role --role-arn arn:aws:iam::222222222222:role/none\\\"]",
              "FAILED", "exit status 254");
    check_end("[\\\"cdk deploy\\\"]", "FAILED", "exit status 1");
    check_end("nothing", "FAILED", "YAML_FILE_ERROR");
}

static void test_a_full_queue_takes_no_build(void **state UNUSED)
{
    struct codebuild_answer answer;
    struct scene s;

    open_scene(&s);
    make_project(&s, "[a]");
    REQUIRE_OK(faults_add(&s.faults, SV("build-queue:project:1:1"), &s.err), &s.err);
    REQUIRE_OK(codebuild_start(&s.s, &ask, &answer, &s.err), &s.err);
    CHECK_STR(answer.code, "AccountLimitExceededException");
    CHECK_STR(answer.why, "Cannot have more than 0 builds in queue for the account");
    REQUIRE_OK(codebuild_start(&s.s, &ask, &answer, &s.err), &s.err);
    CHECK_TRUE(answer.code == NULL);
    close_scene(&s);
}

static void test_want_of_memory_is_an_error_and_leaks_nothing(void **state UNUSED)
{
    bool is_done = false;

    for (long n = 1; !is_done; n += 1 + n / 50) {
        struct codebuild_answer answer;
        struct scene s;
        enum err_code rc;

        open_scene(&s);
        make_project(&s, "[\\\"X=$(echo a b); if [ -n $X ]; then echo $X; fi\\\"]");
        mem_fail_at(n);
        rc = codebuild_start(&s.s, &ask, &answer, &s.err);
        if (!rc)
            rc = go_on(&s);
        is_done = mem_count() < n;
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || !is_done);
        close_scene(&s);
        REQUIRE(n < 1000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_commands_decide_how_a_build_ends),
        TEST(test_a_full_queue_takes_no_build),
        TEST(test_want_of_memory_is_an_error_and_leaks_nothing),
    };

    return RUN(tests);
}
