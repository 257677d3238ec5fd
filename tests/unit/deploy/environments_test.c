/* Environments read, and written with their version checked, by scripted replies. */
#include "core/deploy/environments.h"
#include "tests/unit/deploy/deploy_stage.h"

#define DEV(team)                                                                                  \
    "{\\\"schema\\\":1,\\\"name\\\":\\\"dev\\\",\\\"kind\\\":\\\"target\\\","                      \
    "\\\"account\\\":\\\"222222222222\\\",\\\"region\\\":\\\"eu-west-1\\\","                       \
    "\\\"profile\\\":\\\"dev\\\",\\\"stage\\\":\\\"dev\\\",\\\"team\\\":\\\"" team "\\\"}"
#define PARAMETER(name, value, version)                                                            \
    "{\"Name\":\"/penstock/environments/" name "\",\"Type\":\"String\",\"Value\":\"" value         \
    "\",\"Version\":" version "}"
#define KEPT(team, version) "{\"Parameter\":" PARAMETER("dev", DEV(team), version) "}"

static struct deploy_stage *stage;
static struct environment wanted;
static struct environment_edit edit;
static struct arena arena;
static struct environment *found;
static size_t found_count;
static struct err notice;

static int set_up(void **state UNUSED)
{
    stage = calloc(1, sizeof *stage);
    arena_init(&arena, 4 << 20);
    notice = (struct err){0};
    wanted = (struct environment){.name = SV("dev"),
                                  .account = SV("222222222222"),
                                  .region = SV("eu-west-1"),
                                  .profile = SV("dev"),
                                  .role_arn = SV(""),
                                  .external_id = SV(""),
                                  .stage = SV("dev"),
                                  .team = SV("new"),
                                  .qualifier = SV("hnb659fds"),
                                  .ddk_prefix = SV(""),
                                  .boundary = SV("")};
    return stage == NULL ? -1 : 0;
}

static int tear_down(void **state UNUSED)
{
    arena_release(&arena);
    free(stage);
    return 0;
}

static enum job_state put(bool is_new, int64_t version)
{
    struct err err = {0};

    deploy_stage_open(stage);
    edit = (struct environment_edit){
        .deploy = &stage->deploy, .wanted = &wanted, .is_new = is_new, .version = version};
    job_init(&stage->job, "test");
    REQUIRE_OK(job_add_step(&stage->job, environment_put_step, &edit, &err, "Write"), &err);
    return deploy_stage_job(stage);
}

static void test_an_edit_writes_the_next_version(void **state UNUSED)
{
    deploy_stage_reply(stage, 200, KEPT("old", "3"));
    deploy_stage_identity(stage, STAGE_ACCOUNT);
    deploy_stage_reply(stage, 200, "{\"Version\":4,\"Tier\":\"Standard\"}");
    CHECK_INT(put(false, 3), JOB_DONE);
    CHECK_INT(stage->job.steps[0].state, STEP_DONE);
    CHECK_STR(stage->job.steps[0].note, "version 4");
    deploy_stage_close(stage);
    CHECK_TRUE(strstr(stage->aws.got, "\"Overwrite\":true") != NULL);
    CHECK_TRUE(strstr(stage->aws.got, "\"Tags\"") == NULL);
}

static void test_a_new_one_is_tagged_and_overwrites_nothing(void **state UNUSED)
{
    deploy_stage_reply(stage, 400,
                       "{\"__type\":\"ParameterNotFound\",\"message\":\"no such parameter\"}");
    deploy_stage_identity(stage, STAGE_ACCOUNT);
    deploy_stage_reply(stage, 200, "{\"Version\":1}");
    CHECK_INT(put(true, 0), JOB_DONE);
    deploy_stage_close(stage);
    CHECK_TRUE(strstr(stage->aws.got, "\"Overwrite\":false") != NULL);
    CHECK_TRUE(strstr(stage->aws.got, "penstock:environment") != NULL);
}

static void test_an_edit_of_somebody_else_is_not_overwritten(void **state UNUSED)
{
    deploy_stage_reply(stage, 200, KEPT("theirs", "4"));
    CHECK_INT(put(false, 3), JOB_FAILED);
    CHECK_TRUE(strstr(stage->job.err.text, "somebody else edited dev") != NULL);
    deploy_stage_close(stage);
    CHECK_TRUE(strstr(stage->aws.got, "PutParameter") == NULL);
}

static void test_a_write_in_between_is_told(void **state UNUSED)
{
    deploy_stage_reply(stage, 200, KEPT("old", "3"));
    deploy_stage_identity(stage, STAGE_ACCOUNT);
    deploy_stage_reply(stage, 200, "{\"Version\":5}");
    CHECK_INT(put(false, 3), JOB_FAILED);
    CHECK_TRUE(strstr(stage->job.err.text, "is version 5, where 4 was expected") != NULL);
    deploy_stage_close(stage);
}

static void test_a_name_that_was_taken_in_between_is_told(void **state UNUSED)
{
    deploy_stage_reply(stage, 400,
                       "{\"__type\":\"ParameterNotFound\",\"message\":\"no such parameter\"}");
    deploy_stage_identity(stage, STAGE_ACCOUNT);
    deploy_stage_reply(stage, 400,
                       "{\"__type\":\"ParameterAlreadyExists\",\"message\":\"exists\"}");
    CHECK_INT(put(true, 0), JOB_FAILED);
    CHECK_TRUE(strstr(stage->job.err.text, "somebody else added an environment dev") != NULL);
    deploy_stage_close(stage);
}

static void test_what_was_written_before_is_done_already(void **state UNUSED)
{
    deploy_stage_reply(stage, 200, KEPT("new", "4"));
    CHECK_INT(put(false, 3), JOB_DONE);
    CHECK_INT(stage->job.steps[0].state, STEP_WAS_DONE);
    deploy_stage_close(stage);
}

static void test_nothing_is_written_to_another_account(void **state UNUSED)
{
    deploy_stage_reply(stage, 200, KEPT("old", "3"));
    deploy_stage_identity(stage, "999999999999");
    CHECK_INT(put(false, 3), JOB_FAILED);
    CHECK_TRUE(strstr(stage->job.err.text, "999999999999") != NULL);
    deploy_stage_close(stage);
    CHECK_TRUE(strstr(stage->aws.got, "PutParameter") == NULL);
}

static enum err_code read_all(struct task *task, void *owner, struct err *err)
{
    struct deploy_stage *s = owner;

    return environments_read(task, &s->deploy, &arena, &found, &found_count, &notice, err);
}

static void test_pages_are_read_by_name_and_the_broken_left_out(void **state UNUSED)
{
    deploy_stage_reply(stage, 200,
                       "{\"Parameters\":[" PARAMETER("dev", DEV("x"), "7") "," PARAMETER(
                           "broken", "{}", "1") "],\"NextToken\":\"t\"}");
    deploy_stage_reply(
        stage, 200,
        "{\"Parameters\":["
        "{\"Name\":\"/penstock/environments/secret\",\"Type\":\"SecureString\","
        "\"Value\":\"x\",\"Version\":1}," PARAMETER("alias", DEV("x"), "1") "," PARAMETER(
            "cicd",
            "{\\\"schema\\\":1,\\\"name\\\":\\\"cicd\\\",\\\"kind\\\":"
            "\\\"cicd\\\",\\\"account\\\":\\\"111111111111\\\","
            "\\\"region\\\":\\\"eu-west-1\\\"}",
            "2") "]}");
    deploy_stage_open(stage);
    CHECK_INT(deploy_stage_run(stage, read_all), ERR_OK);
    CHECK_INT(found_count, 2);
    CHECK_SV(found[0].name, SV("cicd"));
    CHECK_SV(found[1].name, SV("dev"));
    CHECK_INT(found[1].version, 7);
    CHECK_TRUE(strstr(notice.text, "3 environments cannot be read") != NULL);
    CHECK_TRUE(strstr(notice.text, "environments/broken") != NULL);
    deploy_stage_close(stage);
}

#define STAGED(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGED(test_an_edit_writes_the_next_version),
        STAGED(test_a_new_one_is_tagged_and_overwrites_nothing),
        STAGED(test_an_edit_of_somebody_else_is_not_overwritten),
        STAGED(test_a_write_in_between_is_told),
        STAGED(test_a_name_that_was_taken_in_between_is_told),
        STAGED(test_what_was_written_before_is_done_already),
        STAGED(test_nothing_is_written_to_another_account),
        STAGED(test_pages_are_read_by_name_and_the_broken_left_out),
    };

    return RUN(tests);
}
