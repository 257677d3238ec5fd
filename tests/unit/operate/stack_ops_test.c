/* Continuing a rollback and deleting a stack: planned from what AWS says, refused where it would do
 * harm or has changed, sent once, watched until the stack rests. */
#include "core/operate/operate.h"

#include "tests/unit/deploy/twin.h"

#define REPLY(op, inside) "<" op "Response><" op "Result>" inside "</" op "Result></" op "Response>"
#define TAG(key, value)   "<member><Key>" key "</Key><Value>" value "</Value></member>"
#define STACK(status, more)                                                                        \
    REPLY("DescribeStacks", "<Stacks><member><StackId>arn:app</StackId><StackName>app</StackName>" \
                            "<StackStatus>" status "</StackStatus>" more "</member></Stacks>")
#define EVENT(id, type, logical, physical, status, reason)                                         \
    "<member><StackId>arn:app</StackId><EventId>" id "</EventId><LogicalResourceId>" logical       \
    "</LogicalResourceId>"                                                                         \
    "<ResourceType>" type "</ResourceType><PhysicalResourceId>" physical "</PhysicalResourceId>"   \
    "<ResourceStatus>" status "</ResourceStatus><ResourceStatusReason>" reason                     \
    "</ResourceStatusReason></member>"
#define OF_STACK(id, status) EVENT(id, "AWS::CloudFormation::Stack", "app", "arn:app", status, "")
#define EVENTS(rows)         REPLY("DescribeStackEvents", "<StackEvents>" rows "</StackEvents>")
#define RESOURCE(name, type, status)                                                               \
    "<member><LogicalResourceId>" name "</LogicalResourceId><PhysicalResourceId>" name             \
    "-1</PhysicalResourceId><ResourceType>" type "</ResourceType><ResourceStatus>" status          \
    "</ResourceStatus></member>"
#define RESOURCES(rows)                                                                            \
    REPLY("ListStackResources", "<StackResourceSummaries>" rows "</StackResourceSummaries>")
#define STUCK                                                                                      \
    RESOURCES(RESOURCE("Table", "AWS::DynamoDB::Table", "UPDATE_FAILED")                           \
                  RESOURCE("Queue", "AWS::SQS::Queue", "UPDATE_COMPLETE"))

/* One look at a stack in this status. */
#define LOOK(status, more, resources)                                                              \
    {.to = "Action=DescribeStacks", .body = STACK(status, more)},                                  \
        {.to = "Action=DescribeStackEvents", .body = EVENTS(OF_STACK("e1", status))},              \
    {                                                                                              \
        .to = "Action=ListStackResources", .body = resources                                       \
    }
#define LOOK_STUCK LOOK("UPDATE_ROLLBACK_FAILED", "", STUCK)

struct scene {
    struct twin twin;
    struct operand operand;
    struct sv skipped[2];
    struct operation_input input;
    struct operating o;
    struct plan plan;
    struct job job;
};

static void begin(struct scene *s, const struct operation *operation, const struct answer *answers,
                  size_t count)
{
    struct err err = {0};

    *s = (struct scene){
        .operand = {.id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("sales")},
                    .stack = SV("app"),
                    .environment = SV("dev")}};
    s->input = (struct operation_input){
        .operands = &s->operand, .operand_count = 1, .skipped = s->skipped};
    twin_open(&s->twin, answers, count);
    REQUIRE_OK(plan_init(&s->plan, &err), &err);
    s->o =
        (struct operating){.deploy = &s->twin.deploy, .operation = operation, .input = &s->input};
}

static void end(struct scene *s, const struct answer *answers, size_t count)
{
    job_release(&s->job);
    operating_release(&s->o);
    plan_release(&s->plan);
    twin_close(&s->twin, answers, count);
}

static enum err_code make_plan(struct task *task, void *owner, struct err *err)
{
    struct scene *s = owner;

    return operate_plan(task, &s->o, &s->plan, err);
}

static void plan_it(struct scene *s)
{
    REQUIRE_OK(twin_run(&s->twin, make_plan, s), &s->twin.err);
}

static enum job_state run_it(struct scene *s)
{
    struct err err = {0};

    job_init(&s->job, "a job");
    REQUIRE_OK(operate_steps(&s->o, &s->job, &err), &err);
    return twin_job(&s->twin, &s->job);
}

static struct sv effect(const struct scene *s)
{
    return s->plan.steps->items->detail;
}

static const char *defect(const struct scene *s)
{
    return s->plan.defects->count > 0 ? s->plan.defects->items[0].text : "";
}

/* ---- continue ---- */

static void test_a_rollback_is_continued_without_what_is_skipped(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK_STUCK,
        LOOK_STUCK,
        {.to = "Action=ContinueUpdateRollback",
         .needs = "ResourcesToSkip.member.1=Table",
         .body = "<ContinueUpdateRollbackResponse><ContinueUpdateRollbackResult/>"
                 "<ResponseMetadata><RequestId>r-7</RequestId></ResponseMetadata>"
                 "</ContinueUpdateRollbackResponse>"},
        {.to = "Action=DescribeStackEvents",
         .body = EVENTS(OF_STACK("e3", "UPDATE_ROLLBACK_COMPLETE") OF_STACK(
             "e2", "UPDATE_ROLLBACK_IN_PROGRESS") OF_STACK("e1", "UPDATE_ROLLBACK_FAILED"))},
        {.to = "Action=DescribeStacks", .body = STACK("UPDATE_ROLLBACK_COMPLETE", "")},
    };
    struct scene s;

    begin(&s, &operation_continue_rollback, answers, ARRAY_LEN(answers));
    s.skipped[0] = SV("Table");
    s.input.skipped_count = 1;
    plan_it(&s);
    CHECK_INT(s.plan.defects->errors, 0);
    CHECK_SV(effect(&s), SV("goes on taking the update back; Table stays as it is and counts as "
                            "rolled back"));
    CHECK_SV(s.plan.steps->own_line,
             SV("penstock --region eu-west-1 stack sales continue-rollback app --skip Table"));
    CHECK_TRUE(sv_find(s.plan.steps->aws_line, SV("continue-update-rollback")) > 0);
    CHECK_TRUE(sv_ends(s.plan.steps->aws_line, SV("--stack-name app --resources-to-skip Table")));
    CHECK_INT(run_it(&s), JOB_DONE);
    CHECK_TRUE(strstr(s.job.steps[0].note, "the stack is UPDATE_ROLLBACK_COMPLETE") != NULL);
    CHECK_INT(s.job.event_count, 2);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_what_failed_is_named_and_only_that_can_be_skipped(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, LOOK_STUCK};
    struct scene s;

    begin(&s, &operation_continue_rollback, answers, ARRAY_LEN(answers));
    s.skipped[0] = SV("Queue");
    s.input.skipped_count = 1;
    plan_it(&s);
    CHECK_STR(defect(&s), "Queue is none of them: what can be skipped is Table");
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_what_the_update_itself_failed_at_cannot_be_skipped(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks", .body = STACK("UPDATE_ROLLBACK_FAILED", "")},
        {.to = "Action=DescribeStackEvents",
         .body = EVENTS(
             OF_STACK("e5", "UPDATE_ROLLBACK_FAILED")
                 EVENT("e4", "AWS::SQS::Queue", "Queue", "q", "UPDATE_FAILED", "")
                     OF_STACK("e3", "UPDATE_ROLLBACK_IN_PROGRESS")
                         EVENT("e2", "AWS::DynamoDB::Table", "Table", "t", "UPDATE_FAILED", ""))},
        {.to = "Action=ListStackResources",
         .body = RESOURCES(RESOURCE("Table", "AWS::DynamoDB::Table", "UPDATE_FAILED")
                               RESOURCE("Queue", "AWS::SQS::Queue", "UPDATE_FAILED"))},
    };
    struct scene s;

    begin(&s, &operation_continue_rollback, answers, ARRAY_LEN(answers));
    s.skipped[0] = SV("Table");
    s.input.skipped_count = 1;
    plan_it(&s);
    CHECK_STR(defect(&s), "Table is none of them: what can be skipped is Queue");
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_a_stack_that_is_not_stuck_is_not_continued(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, LOOK("UPDATE_COMPLETE", "", RESOURCES(""))};
    struct scene s;

    begin(&s, &operation_continue_rollback, answers, ARRAY_LEN(answers));
    plan_it(&s);
    CHECK_TRUE(strstr(defect(&s), "only a rollback that failed") != NULL);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_nothing_is_sent_when_it_is_another_failure_than_was_shown(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK_STUCK,
        LOOK("UPDATE_ROLLBACK_FAILED", "",
             RESOURCES(RESOURCE("Queue", "AWS::SQS::Queue", "UPDATE_FAILED"))),
    };
    struct scene s;

    begin(&s, &operation_continue_rollback, answers, ARRAY_LEN(answers));
    plan_it(&s);
    CHECK_INT(run_it(&s), JOB_FAILED);
    CHECK_TRUE(strstr(s.job.err.text, "it has changed since the plan was made") != NULL);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_a_rollback_that_fails_again_says_what_failed(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK_STUCK,
        LOOK_STUCK,
        {.to = "Action=ContinueUpdateRollback", .body = "<ContinueUpdateRollbackResponse/>"},
        {.to = "Action=DescribeStackEvents",
         .body = EVENTS(OF_STACK("e4", "UPDATE_ROLLBACK_FAILED")
                            EVENT("e3", "AWS::DynamoDB::Table", "Table", "t", "UPDATE_FAILED",
                                  "it is in use") OF_STACK("e2", "UPDATE_ROLLBACK_IN_PROGRESS")
                                OF_STACK("e1", "UPDATE_ROLLBACK_FAILED"))},
        {.to = "Action=DescribeStacks", .body = STACK("UPDATE_ROLLBACK_FAILED", "")},
    };
    struct scene s;

    begin(&s, &operation_continue_rollback, answers, ARRAY_LEN(answers));
    plan_it(&s);
    CHECK_TRUE(s.plan.defects->count > 0); /* it fails again, most likely */
    CHECK_INT(run_it(&s), JOB_FAILED);
    CHECK_TRUE(strstr(s.job.err.text, "Table") != NULL);
    CHECK_TRUE(strstr(s.job.err.text, "it is in use") != NULL);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_an_answer_that_was_lost_is_looked_up_and_not_sent_again(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK_STUCK,
        LOOK_STUCK,
        {.to = "Action=ContinueUpdateRollback", .is_cut = true},
        {.to = "Action=DescribeStackEvents",
         .body = EVENTS(OF_STACK("e2", "UPDATE_ROLLBACK_IN_PROGRESS"))},
        {.to = "Action=DescribeStackEvents",
         .body = EVENTS(OF_STACK("e3", "UPDATE_ROLLBACK_COMPLETE") OF_STACK(
             "e2", "UPDATE_ROLLBACK_IN_PROGRESS") OF_STACK("e1", "UPDATE_ROLLBACK_FAILED"))},
        {.to = "Action=DescribeStacks", .body = STACK("UPDATE_ROLLBACK_COMPLETE", "")},
    };
    struct scene s;

    begin(&s, &operation_continue_rollback, answers, ARRAY_LEN(answers));
    plan_it(&s);
    CHECK_INT(run_it(&s), JOB_DONE);
    CHECK_INT(twin_asked(&s.twin, "Action=ContinueUpdateRollback"), 1);
    CHECK_TRUE(strstr(s.job.steps[0].note, "though AWS's answer was lost") != NULL);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_who_may_not_is_told(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK_STUCK,
        LOOK_STUCK,
        {.to = "Action=ContinueUpdateRollback", .error = "AccessDenied"},
    };
    struct scene s;

    begin(&s, &operation_continue_rollback, answers, ARRAY_LEN(answers));
    plan_it(&s);
    CHECK_INT(run_it(&s), JOB_FAILED);
    CHECK_INT(s.job.err.code, ERR_DENIED);
    end(&s, answers, ARRAY_LEN(answers));
}

/* ---- delete ---- */

#define TABLE RESOURCES(RESOURCE("Table", "AWS::DynamoDB::Table", "CREATE_COMPLETE"))

static void refuses(const struct answer *answers, size_t count, size_t skipped, const char *why)
{
    struct scene s;

    begin(&s, &operation_delete_stack, answers, count);
    s.skipped[0] = SV("Table");
    s.input.skipped_count = skipped;
    plan_it(&s);
    CHECK_STR(defect(&s), why);
    end(&s, answers, count);
}

static void test_what_must_not_be_deleted_is_refused_with_what_to_do(void **state UNUSED)
{
    static const struct answer protected[] = {
        TWIN_HOME,
        LOOK("CREATE_COMPLETE", "<EnableTerminationProtection>true</EnableTerminationProtection>",
             TABLE),
    };
    static const struct answer busy[] = {TWIN_HOME, LOOK("UPDATE_IN_PROGRESS", "", TABLE)};
    static const struct answer retains[] = {TWIN_HOME, LOOK("CREATE_COMPLETE", "", TABLE)};
    static const struct answer exports[] = {
        TWIN_HOME,
        LOOK("CREATE_COMPLETE",
             "<Outputs><member><OutputKey>K</OutputKey><OutputValue>v</OutputValue>"
             "<ExportName>app-key</ExportName></member></Outputs>",
             TABLE),
        {.to = "Action=ListImports",
         .needs = "ExportName=app-key",
         .body = REPLY("ListImports", "<Imports><member>web</member></Imports>")},
    };

    refuses(protected, ARRAY_LEN(protected), 0,
            "it is protected against termination: switch that off first (aws cloudformation "
            "update-termination-protection)");
    refuses(busy, ARRAY_LEN(busy), 0, "it is UPDATE_IN_PROGRESS: wait until it rests");
    refuses(retains, ARRAY_LEN(retains), 1,
            "resources can be left behind only when a deletion has failed (DELETE_FAILED): this "
            "stack is CREATE_COMPLETE");
    refuses(exports, ARRAY_LEN(exports), 0,
            "stack web imports its export app-key: delete or change that one first");
}

static void test_the_pipelines_own_stack_is_left_to_penstock_delete(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks",
         .body = REPLY("DescribeStacks",
                       "<Stacks><member><StackId>arn:app</StackId><StackName>penstock-sales"
                       "</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Tags>" TAG(
                           "penstock:pipeline", "sales") "</Tags></member></Stacks>")},
        {.to = "Action=DescribeStackEvents", .body = EVENTS(OF_STACK("e1", "CREATE_COMPLETE"))},
        {.to = "Action=ListStackResources", .body = TABLE},
    };

    refuses(answers, ARRAY_LEN(answers), 0,
            "it is the pipeline's own stack: penstock delete sales takes the pipeline away with "
            "all that belongs to it");
}

static void test_a_stack_is_deleted_and_watched_until_it_is_gone(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK("CREATE_COMPLETE", "<Tags>" TAG("penstock:stage", "prod") "</Tags>",
             RESOURCES(RESOURCE("data", "AWS::S3::Bucket", "CREATE_COMPLETE"))),
        {.to = "GET /data-1?",
         .body = "<ListVersionsResult><Version><Key>k</Key><VersionId>v</VersionId></Version>"
                 "</ListVersionsResult>"},
        LOOK("CREATE_COMPLETE", "<Tags>" TAG("penstock:stage", "prod") "</Tags>",
             RESOURCES(RESOURCE("data", "AWS::S3::Bucket", "CREATE_COMPLETE"))),
        {.to = "Action=DeleteStack",
         .needs = "StackName=arn%3Aapp",
         .body = "<DeleteStackResponse/>"},
        {.to = "Action=DescribeStackEvents",
         .body = EVENTS(OF_STACK("e3", "DELETE_COMPLETE") OF_STACK("e2", "DELETE_IN_PROGRESS")
                            OF_STACK("e1", "CREATE_COMPLETE"))},
        {.to = "Action=DescribeStacks", .body = STACK("DELETE_COMPLETE", "")},
    };
    struct scene s;

    begin(&s, &operation_delete_stack, answers, ARRAY_LEN(answers));
    (void)snprintf(s.plan.confirm, sizeof s.plan.confirm, "app");
    plan_it(&s);
    CHECK_STR(s.plan.confirm, "app"); /* of a protected environment, too */
    CHECK_TRUE(plan_harms(&s.plan));
    CHECK_TRUE(strstr(defect(&s), "not empty: data-1") != NULL);
    CHECK_INT(s.plan.defects->errors, 0);
    CHECK_INT(run_it(&s), JOB_DONE);
    CHECK_TRUE(strstr(s.job.steps[0].note, "the stack is gone") != NULL);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_what_could_not_be_deleted_can_be_left_behind(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        LOOK("DELETE_FAILED", "",
             RESOURCES(RESOURCE("Table", "AWS::DynamoDB::Table", "DELETE_FAILED"))),
        LOOK("DELETE_FAILED", "",
             RESOURCES(RESOURCE("Table", "AWS::DynamoDB::Table", "DELETE_FAILED"))),
        {.to = "Action=DeleteStack",
         .needs = "RetainResources.member.1=Table",
         .body = "<DeleteStackResponse/>"},
        {.to = "Action=DescribeStackEvents",
         .body = EVENTS(OF_STACK("e3", "DELETE_COMPLETE") OF_STACK("e1", "DELETE_FAILED"))},
        {.to = "Action=DescribeStacks", .body = STACK("DELETE_COMPLETE", "")},
    };
    struct scene s;

    begin(&s, &operation_delete_stack, answers, ARRAY_LEN(answers));
    s.skipped[0] = SV("Table");
    s.input.skipped_count = 1;
    plan_it(&s);
    CHECK_TRUE(sv_ends(effect(&s), SV("; leaves behind Table")));
    CHECK_INT(run_it(&s), JOB_DONE);
    end(&s, answers, ARRAY_LEN(answers));
}

static void test_a_stack_that_is_gone_needs_no_deletion(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks",
         .error = "ValidationError",
         .body = "Stack with id app does not exist"},
    };
    struct scene s;

    begin(&s, &operation_delete_stack, answers, ARRAY_LEN(answers));
    plan_it(&s);
    CHECK_TRUE(s.plan.is_nothing);
    end(&s, answers, ARRAY_LEN(answers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_rollback_is_continued_without_what_is_skipped),
        TEST(test_what_failed_is_named_and_only_that_can_be_skipped),
        TEST(test_what_the_update_itself_failed_at_cannot_be_skipped),
        TEST(test_a_stack_that_is_not_stuck_is_not_continued),
        TEST(test_nothing_is_sent_when_it_is_another_failure_than_was_shown),
        TEST(test_a_rollback_that_fails_again_says_what_failed),
        TEST(test_an_answer_that_was_lost_is_looked_up_and_not_sent_again),
        TEST(test_who_may_not_is_told),
        TEST(test_what_must_not_be_deleted_is_refused_with_what_to_do),
        TEST(test_the_pipelines_own_stack_is_left_to_penstock_delete),
        TEST(test_a_stack_is_deleted_and_watched_until_it_is_gone),
        TEST(test_what_could_not_be_deleted_can_be_left_behind),
        TEST(test_a_stack_that_is_gone_needs_no_deletion),
    };

    return RUN(tests);
}
