/* Acts: planned by reading only, agreed to by a person, done once, and only what was agreed to. */
#include "core/actions/act.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/deploy/audit.h"
#include "core/operate/guard.h"
#include "tests/unit/deploy/twin.h"

#define PLACE(kind, account, region)                                                               \
    "{\\\"schema\\\":1,\\\"name\\\":\\\"" kind "\\\",\\\"kind\\\":\\\"" kind                       \
    "\\\",\\\"account\\\":\\\"" account "\\\",\\\"region\\\":\\\"" region                          \
    "\\\",\\\"bootstrap\\\":\\\"cdk\\\",\\\"qualifier\\\":\\\"hnb659fds\\\"}"
#define PARAMETER(kind, account, region)                                                           \
    "{\"Name\":\"/penstock/environments/" kind                                                     \
    "\",\"Type\":\"String\",\"Version\":3,\"Value\":\"" PLACE(kind, account, region) "\"}"
#define TOOLS PARAMETER("cicd", "111111111111", "eu-west-1")
#define LISTED(rows, when)                                                                         \
    {                                                                                              \
        .to = ".GetParametersByPath\r", .body = "{\"Parameters\":[" rows "]}",                     \
        .is_any_time = (when)                                                                      \
    }
#define NONE_YET                                                                                   \
    {                                                                                              \
        .to = ".GetParameter\r", .error = "ParameterNotFound", .is_any_time = true                 \
    }

struct scene {
    struct twin twin;
    struct act *act;
    bool is_done;
};

static void on_done(void *listener, struct act *act UNUSED)
{
    ((struct scene *)listener)->is_done = true;
}

static void begin(struct scene *s, enum action_id action, const struct answer *answers,
                  size_t count)
{
    struct err err = {0};

    *s = (struct scene){0};
    twin_open(&s->twin, answers, count);
    REQUIRE_OK(act_new(action, &s->twin.deploy, s->twin.net, &s->act, &err), &err);
    s->act->done = on_done;
    s->act->listener = s;
}

static void end(struct scene *s, const struct answer *answers, size_t count)
{
    act_free(s->act);
    twin_close(&s->twin, answers, count);
}

static struct environment target(struct sv region)
{
    return (struct environment){.name = SV("target"),
                                .account = SV("222222222222"),
                                .region = region,
                                .profile = SV(""),
                                .role_arn = SV(""),
                                .external_id = SV(""),
                                .stage = SV(""),
                                .team = SV(""),
                                .qualifier = SV("hnb659fds"),
                                .ddk_prefix = SV(""),
                                .boundary = SV("")};
}

static void await(struct scene *s)
{
    s->is_done = false;
    twin_until(&s->twin, &s->is_done);
    CHECK_STR(s->twin.heard->wrong, "");
}

static void plan(struct scene *s, enum act_state wanted)
{
    struct err err = {0};

    REQUIRE_OK(act_plan(s->act, &err), &err);
    CHECK_INT(s->act->state, ACT_PLANS);
    CHECK_INT(act_plan(s->act, &err), ERR_USAGE);
    await(s);
    if (wanted == ACT_PLANNED)
        CHECK_STR(s->act->err.text, "");
    CHECK_INT(s->act->state, wanted);
}

static void agree(struct scene *s, struct sv word)
{
    struct err err = {0};

    REQUIRE_OK(act_confirm(s->act, word, &err), &err);
}

static void run(struct scene *s, enum job_state wanted)
{
    struct err err = {0};

    REQUIRE_OK(act_run(s->act, &err), &err);
    CHECK_INT(s->act->state, ACT_RUNS);
    await(s);
    CHECK_INT(s->act->state, ACT_ENDED);
    if (wanted == JOB_DONE)
        CHECK_STR(s->act->job.err.text, "");
    CHECK_INT(s->act->job.state, wanted);
}

/* The plan is as old as one that somebody went to lunch over. */
static void grow_old(struct scene *s)
{
    s->act->planned_at_ms -= (int64_t)6 * 60 * 1000;
}

static const struct answer adding[] = {
    TWIN_HOME,
    LISTED("", true),
    NONE_YET,
    {.to = ".PutParameter\r", .body = "{\"Version\":1}", .needs = "/penstock/environments/target"}};
enum { PLANNING = 3 }; /* of them, without the write */

static void test_what_was_planned_and_agreed_to_is_done_and_audited(void **state UNUSED)
{
    struct scene s;
    char log[8192];

    begin(&s, ACTION_ENVIRONMENT_ADD, adding, ARRAY_LEN(adding));
    s.act->input.environment = target(SV("eu-west-1"));
    plan(&s, ACT_PLANNED);
    CHECK_STR(s.act->plan.title, "Add an environment: target");
    CHECK_STR(s.act->plan.account, "111111111111");
    CHECK_STR(s.act->plan.confirm, "");
    CHECK_INT(twin_asked(&s.twin, ".PutParameter\r"), 0);
    agree(&s, SV(""));
    run(&s, JOB_DONE);
    CHECK_INT(s.act->job.steps[0].state, STEP_WAS_DONE);
    CHECK_STR(s.act->job.steps[0].note, "the plan is fresh");
    twin_audit(&s.twin, log, sizeof log);
    CHECK_TRUE(strstr(log, "\"confirmed\"") != NULL);
    CHECK_TRUE(strstr(strstr(log, "\"confirmed\""), "\"sent\"") != NULL);
    CHECK_TRUE(strstr(log, "environment-add target") != NULL);
    end(&s, adding, ARRAY_LEN(adding));
}

static void test_nothing_runs_that_nobody_agreed_to(void **state UNUSED)
{
    struct scene s;
    struct err err = {0};

    begin(&s, ACTION_ENVIRONMENT_ADD, adding, PLANNING);
    s.act->input.environment = target(SV("eu-west-1"));
    CHECK_INT(act_confirm(s.act, SV(""), &err), ERR_USAGE);
    CHECK_INT(act_run(s.act, &err), ERR_USAGE);
    plan(&s, ACT_PLANNED);
    CHECK_INT(act_run(s.act, &err), ERR_USAGE);
    CHECK_STR(err.text, "nobody agreed to this plan");
    agree(&s, SV(""));
    plan(&s, ACT_PLANNED);
    CHECK_INT(act_run(s.act, &err), ERR_USAGE);
    end(&s, adding, PLANNING);
}

/* Rows that say so, and have this. */
static size_t refusals(const struct scene *s, const char *piece)
{
    static char log[1 << 16];
    struct sv rest = sv_of(twin_audit(&s->twin, log, sizeof log));
    size_t count = 0;

    while (rest.len > 0) {
        struct sv row = sv_cut(rest, '\n', &rest);

        count +=
            sv_find(row, SV("\"outcome\":\"refused\"")) >= 0 && sv_find(row, sv_of(piece)) >= 0;
    }
    return count;
}

static void test_what_was_not_agreed_to_is_audited_once(void **state UNUSED)
{
    struct scene s;

    begin(&s, ACTION_ENVIRONMENT_ADD, adding, PLANNING);
    s.act->input.environment = target(SV("eu-west-1"));
    act_decline(s.act, "too early");
    plan(&s, ACT_PLANNED);
    CHECK_INT(refusals(&s, ""), 0);
    act_decline(s.act, "this needs --yes");
    CHECK_INT(refusals(&s, "this needs --yes"), 1);
    agree(&s, SV(""));
    act_decline(s.act, "too late");
    CHECK_INT(refusals(&s, ""), 1);
    end(&s, adding, PLANNING);
}

static void test_a_plan_that_nobody_means_leaves_no_row(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = "Action=GetCallerIdentity", .error = "AccessDenied"}};
    struct scene s;

    begin(&s, ACTION_ENVIRONMENT_ADD, answers, ARRAY_LEN(answers));
    s.act->input.environment = target(SV("eu-west-1"));
    s.act->is_dry = true;
    plan(&s, ACT_FAILED_TO_PLAN);
    CHECK_INT(refusals(&s, ""), 0);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_a_plan_with_defects_cannot_be_agreed_to(void **state UNUSED)
{
    struct scene s;
    struct err err = {0};

    begin(&s, ACTION_ENVIRONMENT_ADD, adding, PLANNING);
    s.act->input.environment = target(SV("nowhere"));
    plan(&s, ACT_PLANNED);
    CHECK_TRUE(defects_of(s.act->plan.defects, "region") != NULL);
    CHECK_INT(act_confirm(s.act, SV(""), &err), ERR_USAGE);
    CHECK_INT(act_run(s.act, &err), ERR_USAGE);
    end(&s, adding, PLANNING);
}

static void test_read_only_can_be_planned_but_not_agreed_to(void **state UNUSED)
{
    struct scene s;
    struct err err = {0};

    begin(&s, ACTION_ENVIRONMENT_ADD, adding, PLANNING);
    s.twin.deploy.is_read_only = true;
    s.act->input.environment = target(SV("eu-west-1"));
    plan(&s, ACT_PLANNED);
    CHECK_TRUE(act_confirm(s.act, SV(""), &err) != ERR_OK);
    CHECK_STR(err.text, "penstock is read-only here: it writes nothing");
    end(&s, adding, PLANNING);
}

static void test_a_plan_that_cannot_be_made_says_why_and_can_be_tried_again(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = "Action=GetCallerIdentity", .error = "AccessDenied"},
        TWIN_HOME,
        LISTED("", true),
        NONE_YET};
    struct scene s;

    begin(&s, ACTION_ENVIRONMENT_ADD, answers, ARRAY_LEN(answers));
    s.act->input.environment = target(SV("eu-west-1"));
    plan(&s, ACT_FAILED_TO_PLAN);
    CHECK_INT(s.act->err.code, ERR_DENIED);
    CHECK_INT(refusals(&s, "says AWS"), 1);
    CHECK_INT(refusals(&s, "environment-add target"), 1);
    s.act->err = (struct err){0};
    plan(&s, ACT_PLANNED);
    end(&s, answers, ARRAY_LEN(answers));
}

#define NO_STACKS                                                                                  \
    {                                                                                              \
        .to = "Action=DescribeStacks",                                                             \
        .body = "<DescribeStacksResponse><DescribeStacksResult><Stacks/></DescribeStacksResult>"   \
                "</DescribeStacksResponse>",                                                       \
        .is_any_time = true                                                                        \
    }

static void test_what_destroys_wants_the_name_typed(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        NO_STACKS,
        LISTED(PARAMETER("target", "222222222222", "eu-west-1"), true),
        {.to = ".DeleteParameter\r", .body = "{}", .needs = "/penstock/environments/target"}};
    struct scene s;
    struct sv names[] = {SV("target")};
    struct err err = {0};
    char log[8192];

    begin(&s, ACTION_ENVIRONMENT_REMOVE, answers, ARRAY_LEN(answers));
    s.act->input.names = names;
    s.act->input.name_count = 1;
    plan(&s, ACT_PLANNED);
    CHECK_TRUE(plan_harms(&s.act->plan));
    CHECK_STR(s.act->plan.confirm, "target");
    CHECK_INT(act_confirm(s.act, SV("Target"), &err), ERR_USAGE);
    CHECK_STR(err.text, "type target to agree: nothing was done");
    CHECK_TRUE(strstr(twin_audit(&s.twin, log, sizeof log),
                      "type target to agree: nothing was done") != NULL);
    CHECK_INT(act_confirm(s.act, SV(""), &err), ERR_USAGE);
    agree(&s, SV("target"));
    run(&s, JOB_DONE);
    end(&s, answers, ARRAY_LEN(answers));
}

/* ---- a plan that grew old ---- */

static void test_an_old_plan_is_made_again_and_holds_when_it_is_the_same(void **state UNUSED)
{
    struct scene s;

    begin(&s, ACTION_ENVIRONMENT_ADD, adding, ARRAY_LEN(adding));
    s.act->input.environment = target(SV("eu-west-1"));
    plan(&s, ACT_PLANNED);
    agree(&s, SV(""));
    grow_old(&s);
    run(&s, JOB_DONE);
    CHECK_INT(s.act->job.steps[0].state, STEP_DONE);
    CHECK_INT(twin_asked(&s.twin, ".GetParametersByPath\r"), 2);
    end(&s, adding, ARRAY_LEN(adding));
}

#define KEPT(region)                                                                               \
    {                                                                                              \
        .to = ".GetParameter\r",                                                                   \
        .body = "{\"Parameter\":" PARAMETER("target", "222222222222", region) "}"                  \
    }

static void test_an_old_plan_that_is_another_one_now_is_not_done(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, NO_STACKS, LISTED(PARAMETER("target", "222222222222", "eu-west-1"), true),
        KEPT("eu-west-1"), KEPT("eu-west-2")};
    struct scene s;

    begin(&s, ACTION_ENVIRONMENT_EDIT, answers, ARRAY_LEN(answers));
    s.act->input.environment = target(SV("us-east-1"));
    plan(&s, ACT_PLANNED);
    CHECK_INT(plan_count(&s.act->plan, EFFECT_CHANGES), 1);
    agree(&s, SV(""));
    grow_old(&s);
    run(&s, JOB_FAILED);
    CHECK_TRUE(strstr(s.act->job.err.text, "AWS changed since the plan was made") != NULL);
    CHECK_INT(twin_asked(&s.twin, ".PutParameter\r"), 0);
    end(&s, answers, ARRAY_LEN(answers));
}

/* ---- what failed goes on ---- */

static void test_a_failed_job_is_run_again_without_a_new_plan(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LISTED("", true),
        NONE_YET,
        {.to = ".PutParameter\r", .error = "AccessDeniedException"},
        {.to = ".PutParameter\r", .body = "{\"Version\":1}"}};
    struct scene s;
    char log[8192];

    begin(&s, ACTION_ENVIRONMENT_ADD, answers, ARRAY_LEN(answers));
    s.act->input.environment = target(SV("eu-west-1"));
    plan(&s, ACT_PLANNED);
    agree(&s, SV(""));
    run(&s, JOB_FAILED);
    CHECK_INT(s.act->job.err.code, ERR_DENIED);
    CHECK_TRUE(strstr(twin_audit(&s.twin, log, sizeof log), "\"denied\"") != NULL);
    run(&s, JOB_DONE);
    CHECK_INT(twin_asked(&s.twin, ".PutParameter\r"), 2);
    end(&s, answers, ARRAY_LEN(answers));
}

/* ---- the freeze calendar ---- */

static void write_config(const struct scene *s, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/penstock", s->twin.dir);
    REQUIRE(mkdir(path, 0700) == 0 || text[0] == '\0');
    snprintf(path, sizeof path, "%s/penstock/config", s->twin.dir);
    if (text[0] == '\0') {
        unlink(path);
        *strrchr(path, '/') = '\0';
        REQUIRE(rmdir(path) == 0);
        return;
    }
    file = fopen(path, "we");
    REQUIRE(file != NULL);
    fputs(text, file);
    fclose(file);
}

static void test_a_freeze_stands_in_the_way_of_the_plan(void **state UNUSED)
{
    struct scene s;
    struct err err = {0};

    begin(&s, ACTION_ENVIRONMENT_ADD, adding, PLANNING);
    write_config(&s, "[freeze]\nalways = target: mon-sun: nobody may\n");
    s.act->input.environment = target(SV("eu-west-1"));
    plan(&s, ACT_PLANNED);
    REQUIRE(defects_of(s.act->plan.defects, "freeze") != NULL);
    CHECK_TRUE(strstr(defects_of(s.act->plan.defects, "freeze")->text, "nobody may") != NULL);
    CHECK_INT(act_confirm(s.act, SV(""), &err), ERR_FAILED);
    CHECK_INT(refusals(&s, "nobody may"), 1);
    CHECK_INT(act_run(s.act, &err), ERR_USAGE);
    write_config(&s, "");
    end(&s, adding, PLANNING);
}

static void test_a_freeze_that_begins_later_refuses_the_consent(void **state UNUSED)
{
    struct scene s;
    struct err err = {0};

    begin(&s, ACTION_ENVIRONMENT_ADD, adding, PLANNING);
    s.act->input.environment = target(SV("eu-west-1"));
    plan(&s, ACT_PLANNED);
    CHECK_INT(s.act->plan.defects->errors, 0);
    write_config(&s, "[freeze]\nother = prod: mon-sun: not this one\nall = mon-sun: nobody\n");
    CHECK_INT(act_confirm(s.act, SV(""), &err), ERR_FAILED);
    CHECK_TRUE(strstr(err.text, "nothing was done: all, until ") != NULL);
    write_config(&s, "");
    write_config(&s, "[freeze]\nbroken = some day\n");
    CHECK_INT(act_confirm(s.act, SV(""), &err), ERR_CONFIG);
    CHECK_TRUE(strstr(err.text, "[freeze] broken") != NULL);
    write_config(&s, "");
    write_config(&s, "[freeze]\nother = prod: mon-sun: not this one\n");
    agree(&s, SV(""));
    write_config(&s, "");
    end(&s, adding, PLANNING);
}

static void test_what_touches_a_protected_environment_wants_its_name(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        NO_STACKS,
        LISTED(PARAMETER("target", "222222222222", "eu-west-1"), true),
        {.to = ".GetParameter\r",
         .body = "{\"Parameter\":" PARAMETER("target", "222222222222", "eu-west-1") "}",
         .is_any_time = true}};
    struct scene s;
    struct err err = {0};
    char log[16384];

    begin(&s, ACTION_ENVIRONMENT_EDIT, answers, ARRAY_LEN(answers));
    s.act->input.environment = target(SV("us-east-1"));
    plan(&s, ACT_PLANNED);
    CHECK_STR(s.act->plan.confirm, "");
    write_config(&s, "[guard]\nprotected = target\n");
    plan(&s, ACT_PLANNED);
    CHECK_STR(s.act->plan.confirm, "target");
    CHECK_SV(s.act->plan.guarded, SV("target")); /* it is said why */
    CHECK_INT(act_confirm(s.act, SV(""), &err), ERR_USAGE);
    CHECK_STR(err.text, "type target to agree: nothing was done");
    agree(&s, SV("target"));
    /* An unlock opens it, for as long as it lasts. */
    REQUIRE_OK(guard_unlock(5, SV("why"), time_wall_ms(), &err), &err);
    plan(&s, ACT_PLANNED);
    CHECK_STR(s.act->plan.confirm, "");
    CHECK_TRUE(strstr(twin_audit(&s.twin, log, sizeof log), "unlocked until ") == NULL);
    agree(&s, SV(""));
    CHECK_TRUE(strstr(twin_audit(&s.twin, log, sizeof log), "\"reason\":\"unlocked until 20") !=
               NULL);
    guard_lock();
    CHECK_INT(act_confirm(s.act, SV(""), &err), ERR_FAILED);
    CHECK_TRUE(strstr(err.text, "target is protected, and the unlock has ended") != NULL);
    write_config(&s, "");
    end(&s, answers, ARRAY_LEN(answers));
}

/* Somebody else holds the audit from when the write is sent until the end of the file. */
static pid_t hold_audit(const struct scene *s, int *until)
{
    char path[128];
    char log[8192];
    char byte;
    int pipes[2];
    pid_t pid;

    REQUIRE(pipe(pipes) == 0);
    pid = fork();
    REQUIRE(pid >= 0);
    *until = pipes[1];
    if (pid > 0) {
        close(pipes[0]);
        return pid;
    }
    close(pipes[1]);
    snprintf(path, sizeof path, "%s/audit.lock", s->twin.dir);
    while (strstr(twin_audit(&s->twin, log, sizeof log), "\"sent\"") == NULL)
        usleep(500);
    if (flock(open(path, O_RDWR | O_CLOEXEC), LOCK_EX) != 0)
        _exit(1);
    while (read(pipes[0], &byte, 1) > 0)
        continue;
    _exit(0);
}

#define SLOW_PUT                                                                                   \
    {                                                                                              \
        .to = ".PutParameter\r", .error = "ThrottlingException"                                    \
    }

static void test_an_outcome_that_cannot_be_written_is_told_and_written_later(void **state UNUSED)
{
    /* The call is repeated after a while: time enough for the audit to be held. */
    static const struct answer answers[] = {
        TWIN_HOME, LISTED("", true), NONE_YET,
        SLOW_PUT,  SLOW_PUT,         {.to = ".PutParameter\r", .body = "{\"Version\":1}"}};
    struct scene s;
    char log[8192];
    struct err err = {0};
    pid_t pid;
    int until;
    int status = 0;

    begin(&s, ACTION_ENVIRONMENT_ADD, answers, ARRAY_LEN(answers));
    s.act->input.environment = target(SV("eu-west-1"));
    plan(&s, ACT_PLANNED);
    agree(&s, SV(""));
    pid = hold_audit(&s, &until);
    run(&s, JOB_DONE);
    CHECK_TRUE(strstr(s.act->err.text, "it was done, but the audit does not tell how it ended: ") !=
               NULL);
    CHECK_INT(audit_kept(s.twin.deploy.audit_dir), 2);
    CHECK_TRUE(strstr(twin_audit(&s.twin, log, sizeof log), "\"done\"") == NULL);
    close(until);
    REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
    for (int i = 0; i < 100 && s.act->err.text[0] != '\0'; i++)
        REQUIRE_OK(net_wait(s.twin.net, NULL, 0, 100, &err), &err);
    CHECK_STR(s.act->err.text, "");
    CHECK_INT(audit_kept(s.twin.deploy.audit_dir), 0);
    CHECK_TRUE(strstr(twin_audit(&s.twin, log, sizeof log), "\"done\"") != NULL);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_an_act_is_freed_while_it_plans(void **state UNUSED)
{
    struct scene s;
    struct err err = {0};

    begin(&s, ACTION_ENVIRONMENT_ADD, adding, 0);
    s.act->input.environment = target(SV("eu-west-1"));
    REQUIRE_OK(act_plan(s.act, &err), &err);
    act_free(s.act);
    s.act = NULL;
    CHECK_TRUE(!s.is_done);
    end(&s, adding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_planned_and_agreed_to_is_done_and_audited),
        TEST(test_what_was_not_agreed_to_is_audited_once),
        TEST(test_a_plan_that_nobody_means_leaves_no_row),
        TEST(test_nothing_runs_that_nobody_agreed_to),
        TEST(test_a_plan_with_defects_cannot_be_agreed_to),
        TEST(test_read_only_can_be_planned_but_not_agreed_to),
        TEST(test_a_plan_that_cannot_be_made_says_why_and_can_be_tried_again),
        TEST(test_what_destroys_wants_the_name_typed),
        TEST(test_an_old_plan_is_made_again_and_holds_when_it_is_the_same),
        TEST(test_an_old_plan_that_is_another_one_now_is_not_done),
        TEST(test_a_failed_job_is_run_again_without_a_new_plan),
        TEST(test_a_freeze_stands_in_the_way_of_the_plan),
        TEST(test_a_freeze_that_begins_later_refuses_the_consent),
        TEST(test_what_touches_a_protected_environment_wants_its_name),
        TEST(test_an_outcome_that_cannot_be_written_is_told_and_written_later),
        TEST(test_an_act_is_freed_while_it_plans),
    };

    return RUN(tests);
}
