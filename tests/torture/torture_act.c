/* Acts with one allocation failing, the first, the second, and so on: planned, agreed to and done
 * against an AWS that is a script.
 *
 * Promised each time: no crash, no leak (the sanitizers tell), no hang, ERR_LIMIT or a success that
 * did without. A long act strides through its allocations after the first ones; the output says
 * how far. */
#include "core/actions/act.h"
#include "core/base/mem.h"
#include "tests/unit/deploy/twin.h"

enum { BUDGET_MS = 20 * 1000, HANG_MS = 20 * 1000, ONE_BY_ONE = 300 };

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

struct scenario {
    const char *name;
    enum action_id action;
    bool is_done; /* and not only planned */
    enum err_code (*fill)(struct act *act, struct err *err);
};

#define KEPT(name, kind, account)                                                                  \
    "{\"Name\":\"/penstock/environments/" name                                                     \
    "\",\"Type\":\"String\",\"Version\":3,\"Value\":\"{\\\"schema\\\":1,\\\"name\\\":\\\"" name    \
    "\\\",\\\"kind\\\":\\\"" kind "\\\",\\\"account\\\":\\\"" account                              \
    "\\\",\\\"region\\\":\\\"eu-west-1\\\",\\\"bootstrap\\\":\\\"cdk\\\",\\\"qualifier\\\":"       \
    "\\\"hnb659fds\\\"}\"}"
#define TRUST                                                                                      \
    "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A"    \
    "%22111111111111%22%7D%2C%22Action%22%3A%5B%22sts%3AAssumeRole%22%2C%22sts%3ATagSession%22"    \
    "%5D%7D%5D%7D"
#define ANY(what, reply)                                                                           \
    {                                                                                              \
        .to = (what), .body = (reply), .is_any_time = true                                         \
    }
#define NOT(what, name)                                                                            \
    {                                                                                              \
        .to = (what), .error = (name), .is_any_time = true                                         \
    }

static const struct answer answers[] = {
    TWIN_HOME,
    ANY(".GetParametersByPath\r",
        "{\"Parameters\":[" KEPT("tools", "cicd", "111111111111") "," KEPT("dev", "target",
                                                                           "111111111111") "]}"),
    NOT("/penstock/environments/new\"}", "ParameterNotFound"),
    ANY(".GetParameter\r", "{\"Parameter\":{\"Name\":\"/cdk-bootstrap/hnb659fds/version\","
                           "\"Type\":\"String\",\"Value\":\"30\",\"Version\":1}}"),
    ANY(".PutParameter\r", "{\"Version\":1}"),
    ANY("Action=GetRole",
        "<GetRoleResponse><GetRoleResult><Role><RoleName>r</RoleName><Arn>arn:aws:iam::"
        "111111111111:role/r</Arn><AssumeRolePolicyDocument>" TRUST
        "</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"),
    NOT(".GetRepository\r", "RepositoryDoesNotExistException"),
    {.to = "Action=DescribeStacks",
     .error = "ValidationError",
     .body = "Stack with id penstock-orders does not exist",
     .is_any_time = true},
    ANY(".ListPipelineExecutions\r",
        "{\"pipelineExecutionSummaries\":[{\"pipelineExecutionId\":\"e2\",\"status\":"
        "\"InProgress\",\"startTime\":1700000000,\"sourceRevisions\":[{\"actionName\":\"S\","
        "\"revisionId\":\"r\"}]}]}"),
    ANY(".GetPipelineState\r",
        "{\"pipelineName\":\"sales\",\"stageStates\":[{\"stageName\":\"Build\",\"actionStates\":"
        "[{\"actionName\":\"Run\",\"latestExecution\":{\"status\":\"InProgress\"}}],"
        "\"latestExecution\":{\"pipelineExecutionId\":\"e2\",\"status\":\"InProgress\"}}]}"),
    ANY(".StopPipelineExecution\r", "{\"pipelineExecutionId\":\"e2\"}"),
    ANY(".GetPipelineExecution\r", "{\"pipelineExecution\":{\"status\":\"Stopping\"}}"),
};

static enum err_code fill_environment(struct act *act, struct err *err UNUSED)
{
    act->input.environment = (struct environment){.name = SV("new"),
                                                  .account = SV("222222222222"),
                                                  .region = SV("eu-west-1"),
                                                  .profile = SV(""),
                                                  .role_arn = SV(""),
                                                  .external_id = SV(""),
                                                  .stage = SV(""),
                                                  .team = SV(""),
                                                  .qualifier = SV("hnb659fds"),
                                                  .ddk_prefix = SV(""),
                                                  .boundary = SV("")};
    return ERR_OK;
}

static enum err_code fill_definition(struct act *act, struct err *err)
{
    struct defects *defects = arena_alloc(&act->arena, 1, sizeof *defects);

    if (defects == NULL)
        return arena_err(&act->arena, err);
    return definition_read(SV("{\"schema\":1,\"name\":\"orders\",\"cicd\":\"tools\",\"strategy\":"
                              "\"gitflow\",\"template\":\"cloudformation\",\"environments\":["
                              "{\"stage\":\"prod\",\"environment\":\"dev\"}]}"),
                           &act->arena, &act->input.definition, defects, err);
}

static enum err_code fill_stop(struct act *act, struct err *err)
{
    struct operation_input *in = &act->input.operation;

    in->operands = arena_alloc(&act->arena, 1, sizeof *in->operands);
    if (in->operands == NULL)
        return arena_err(&act->arena, err);
    in->operands[0] = (struct operand){
        .id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("sales")}, .environment = SV("")};
    in->operand_count = 1;
    in->reason = SV("it's enough");
    return ERR_OK;
}

static const struct scenario scenarios[] = {
    {"adding an environment", ACTION_ENVIRONMENT_ADD, true, fill_environment},
    {"planning a pipeline", ACTION_CREATE, false, fill_definition},
    {"stopping an execution", ACTION_STOP, true, fill_stop},
};

/* ---- one try ---- */

static enum err_code await(const struct act *act, enum act_state from, struct err *err)
{
    int64_t end_ms = time_mono_ms() + HANG_MS;
    enum err_code rc = ERR_OK;

    while (act->state == from && !rc) {
        rc = net_wait(act->net, NULL, 0, 100, err);
        REQUIRE(time_mono_ms() < end_ms);
    }
    return rc;
}

static enum err_code plan(struct act *act, struct err *err)
{
    enum err_code rc = act_plan(act, err);

    if (!rc)
        rc = await(act, ACT_PLANS, err);
    if (rc || act->state == ACT_PLANNED)
        return rc;
    *err = act->err;
    return act->err.code;
}

static enum err_code do_it(struct act *act, struct err *err)
{
    enum err_code rc = act_confirm(act, SV(""), err);

    if (!rc)
        rc = act_run(act, err);
    if (!rc)
        rc = await(act, ACT_RUNS, err);
    if (rc || act->job.state == JOB_DONE)
        return rc;
    *err = act->job.err;
    return act->job.err.code;
}

static enum err_code try_once(struct twin *s, const struct scenario *scenario, struct err *err)
{
    struct net *net = NULL;
    struct aws *aws = NULL;
    struct deploy deploy = {0};
    struct act *act = NULL;
    enum err_code rc = net_open(&net, err);

    if (!rc)
        rc = aws_new(net, &aws, err);
    if (!rc)
        rc = deploy_open(&deploy, aws, NULL, &s->contexts, &s->contexts.items[0], &s->options, err);
    deploy.audit_dir = s->dir;
    if (!rc)
        rc = act_new(scenario->action, &deploy, net, &act, err);
    if (!rc)
        rc = scenario->fill(act, err);
    if (!rc)
        rc = plan(act, err);
    if (!rc)
        rc = defects_err(act->plan.defects, err);
    if (!rc && scenario->is_done)
        rc = do_it(act, err);
    act_free(act);
    deploy_close(&deploy);
    aws_free(aws);
    net_close(net);
    return rc;
}

static long count_all(struct twin *s, const struct scenario *scenario, int64_t *once_ms)
{
    struct err err = {0};
    int64_t began_ms = time_mono_ms();

    mem_fail_at(0);
    REQUIRE_OK(try_once(s, scenario, &err), &err);
    CHECK_STR(s->heard->wrong, "");
    *once_ms = time_mono_ms() - began_ms;
    return mem_count();
}

static int torture(struct twin *s, const struct scenario *scenario)
{
    int64_t once_ms;
    long total = count_all(s, scenario, &once_ms); /* what a process makes once is made now */
    long stride = 1;
    int limits = 0;
    int fine = 0;
    int wrong = 0;

    total = count_all(s, scenario, &once_ms);
    if ((total - ONE_BY_ONE) * (once_ms + 1) > BUDGET_MS)
        stride = ((total - ONE_BY_ONE) * (once_ms + 1) / BUDGET_MS) | 1;
    for (long n = 1; n <= total; n += n < ONE_BY_ONE ? 1 : stride) {
        struct err err = {0};
        enum err_code rc;

        mem_fail_at(n);
        rc = try_once(s, scenario, &err);
        mem_fail_at(0);
        limits += rc == ERR_LIMIT;
        fine += rc == ERR_OK;
        if (rc && rc != ERR_LIMIT && ++wrong <= 5)
            print_error("%s, allocation %ld: error %d: %s\n", scenario->name, n, (int)rc, err.text);
    }
    (void)count_all(s, scenario, &once_ms);
    print_message("%s: some %ld allocations, each of the first %d, then every %ld: %d told "
                  "ERR_LIMIT, %d did without, %d wrong\n",
                  scenario->name, total, ONE_BY_ONE, stride, limits, fine, wrong);
    return wrong;
}

static void test_acts_survive_each_allocation_that_fails(void **state UNUSED)
{
    struct twin s;
    int wrong = 0;

    twin_open(&s, answers, ARRAY_LEN(answers));
    for (size_t i = 0; i < ARRAY_LEN(scenarios); i++)
        wrong += torture(&s, &scenarios[i]);
    if (__lsan_do_recoverable_leak_check != NULL)
        wrong += __lsan_do_recoverable_leak_check() != 0;
    twin_close(&s, answers, ARRAY_LEN(answers));
    CHECK_INT(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_acts_survive_each_allocation_that_fails)};

    return RUN(tests);
}
