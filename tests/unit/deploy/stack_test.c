/* One stack, as a step of a job has it: what is told of its events, when a change set is executed,
 * and how a stack in a bad state is brought back. */
#include "core/deploy/stack.h"

#include "tests/unit/deploy/twin.h"

#define ID "arn:aws:cloudformation:eu-west-1:111111111111:stack/penstock-orders/1"
#define EVENT(id, logical, type, status, reason)                                                   \
    "<member><StackId>" ID "</StackId><EventId>" id "</EventId><LogicalResourceId>" logical        \
    "</LogicalResourceId><PhysicalResourceId>" logical "</PhysicalResourceId><ResourceType>" type  \
    "</ResourceType><Timestamp>2026-11-21T01:02:03Z</Timestamp><ResourceStatus>" status            \
    "</ResourceStatus><ResourceStatusReason>" reason "</ResourceStatusReason></member>"
#define OF_STACK(id, status, reason)                                                               \
    "<member><StackId>" ID "</StackId><EventId>" id "</EventId><LogicalResourceId>penstock-orders" \
    "</LogicalResourceId><PhysicalResourceId>" ID "</PhysicalResourceId><ResourceType>"            \
    "AWS::CloudFormation::Stack</ResourceType><Timestamp>2026-11-21T01:02:03Z</Timestamp>"         \
    "<ResourceStatus>" status "</ResourceStatus><ResourceStatusReason>" reason                     \
    "</ResourceStatusReason></member>"
#define DONE(op)          "<" op "Response/>"
#define REPLY(op, inside) "<" op "Response><" op "Result>" inside "</" op "Result></" op "Response>"
#define EVENTS(rows)      REPLY("DescribeStackEvents", "<StackEvents>" rows "</StackEvents>")
#define PAGE(rows, token)                                                                          \
    REPLY("DescribeStackEvents",                                                                   \
          "<StackEvents>" rows "</StackEvents><NextToken>" token "</NextToken>")
#define STACK(status)                                                                              \
    REPLY("DescribeStacks", "<Stacks><member><StackId>" ID                                         \
                            "</StackId><StackName>penstock-orders</StackName><StackStatus>" status \
                            "</StackStatus></member></Stacks>")
#define CHANGE_SET(status, reason, rows)                                                           \
    REPLY("DescribeChangeSet",                                                                     \
          "<ChangeSetName>c</ChangeSetName><ChangeSetId>arn:c</ChangeSetId><StackId>" ID           \
          "</StackId><Status>" status "</Status><StatusReason>" reason                             \
          "</StatusReason><Changes>" rows "</Changes>")
#define CHANGE(action, logical)                                                                    \
    "<member><Type>Resource</Type><ResourceChange><Action>" action                                 \
    "</Action><LogicalResourceId>" logical                                                         \
    "</LogicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType></ResourceChange>"            \
    "</member>"
#define BUCKET "AWS::S3::Bucket"

#define SEEN "Action=DescribeStackEvents"
#define LOOK "Action=DescribeStacks"
#define MADE                                                                                       \
    {                                                                                              \
        .to = "Action=CreateChangeSet", .body = MADE_BODY                                          \
    }
#define MADE_BODY REPLY("CreateChangeSet", "<Id>arn:c</Id>")
#define DROPPED                                                                                    \
    {                                                                                              \
        .to = "Action=DeleteChangeSet", .body = DONE("DeleteChangeSet")                            \
    }
#define NO_STACK                                                                                   \
    {                                                                                              \
        .to = LOOK, .error = "ValidationError",                                                    \
        .body = "Stack with id penstock-orders does not exist"                                     \
    }
#define DESCRIBED(r)                                                                               \
    {                                                                                              \
        .to = "Action=DescribeChangeSet", .body = (r)                                              \
    }

struct wish {
    struct twin *twin;
    struct stack_place place;
    struct stack_wish stack;
    struct environment environment;
    struct sv after;
    uint64_t digest;
};

static void want(struct wish *w, struct twin *s)
{
    *w = (struct wish){.twin = s, .after = SV("")};
    w->environment = (struct environment){.name = SV("tools"),
                                          .account = SV("111111111111"),
                                          .region = SV("eu-west-1"),
                                          .qualifier = SV("hnb659fds")};
    w->place = (struct stack_place){.deploy = &s->deploy,
                                    .session = s->deploy.home,
                                    .account = SV("111111111111"),
                                    .name = SV("penstock-orders"),
                                    .environment = &w->environment};
    w->stack = (struct stack_wish){.template_text = SV("{}"), .change_set_name = "penstock-1"};
}

static enum err_code watch(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;

    return stack_watch(task, job, &w->place, SV(ID), w->after, err);
}

static enum err_code apply(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;

    return stack_apply(task, job, &w->place, &w->stack, w->digest, err);
}

static enum err_code delete (struct job *job, struct task *task, void *owner, struct err *err) {
    struct wish *w = owner;

    return stack_delete(task, job, &w->place, SV(ID), err);
}

/* Both begin and end a stage of their own; what was told stays in the job. */
static enum job_state run(struct twin *s, struct job *job, job_step_fn *step, struct wish *w)
{
    struct err err = {0};

    job_init(job, "a job");
    REQUIRE_OK(job_add_step(job, step, w, &err, "the stack"), &err);
    return twin_job(s, job);
}

/* ---- watching ---- */

static void test_events_are_told_once_and_in_the_order_they_happened(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = SEEN,
         .body = EVENTS(EVENT("e3", "Key", "AWS::KMS::Key", "CREATE_IN_PROGRESS", "")
                            OF_STACK("e2", "CREATE_IN_PROGRESS", "User Initiated")
                                OF_STACK("e1", "REVIEW_IN_PROGRESS", "User Initiated"))},
        {.to = SEEN,
         .body = PAGE(OF_STACK("e6", "CREATE_COMPLETE", "")
                          EVENT("e5", "Key", "AWS::KMS::Key", "CREATE_COMPLETE", ""),
                      "more")},
        {.to = SEEN,
         .needs = "NextToken=more",
         .body = EVENTS(EVENT("e4", "Key", "AWS::KMS::Key", "CREATE_IN_PROGRESS",
                              "Resource creation Initiated")
                            EVENT("e3", "Key", "AWS::KMS::Key", "CREATE_IN_PROGRESS", ""))}};
    static const char *const told[] = {"CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS",
                                       "CREATE_COMPLETE", "CREATE_COMPLETE"};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    w.after = SV("e1");
    CHECK_INT(run(&s, &job, watch, &w), JOB_DONE);
    CHECK_INT(job.event_count, ARRAY_LEN(told));
    for (size_t i = 0; i < ARRAY_LEN(told); i++)
        CHECK_STR(job.events[i].status, told[i]);
    CHECK_STR(job.events[1].subject, "Key");
    CHECK_STR(job.events[1].type, "AWS::KMS::Key");
    CHECK_TRUE(job.events[1].is_progress && !job.events[2].is_progress);
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_the_first_resource_that_failed_is_blamed(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = SEEN,
         .body = EVENTS(
             OF_STACK("e6", "ROLLBACK_COMPLETE", "") EVENT("e5", "Role", "AWS::IAM::Role",
                                                           "CREATE_FAILED", "no right to")
                 EVENT("e4", "Key", "AWS::KMS::Key", "CREATE_FAILED", "Resource creation cancelled")
                     EVENT("e3", "Bucket", BUCKET, "CREATE_FAILED", "orders already exists")
                         OF_STACK("e2", "CREATE_IN_PROGRESS", "User Initiated"))}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(run(&s, &job, watch, &w), JOB_FAILED);
    CHECK_STR(job.err.text, "stack penstock-orders is ROLLBACK_COMPLETE. Bucket (AWS::S3::Bucket) "
                            "CREATE_FAILED: orders already exists");
    CHECK_TRUE(job.events[1].is_failure);
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

/* A penstock that died had begun it: what came before is another operation's. */
static void test_a_resumed_watch_begins_where_its_operation_did(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = SEEN,
         .body = PAGE(OF_STACK("e7", "UPDATE_COMPLETE", "")
                          EVENT("e6", "Bucket", BUCKET, "UPDATE_COMPLETE", "")
                              OF_STACK("e5", "UPDATE_IN_PROGRESS", "User Initiated")
                                  OF_STACK("e4", "ROLLBACK_COMPLETE", "")
                                      EVENT("e3", "Bucket", BUCKET, "CREATE_FAILED", "old"),
                      "older")}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(run(&s, &job, watch, &w), JOB_DONE);
    CHECK_INT(job.event_count, 3);
    CHECK_STR(job.events[0].status, "UPDATE_IN_PROGRESS");
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

/* A delete that was cut off is run again, and AWS has finished meanwhile. */
static void test_a_stack_that_is_gone_already_is_not_waited_for(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = SEEN,
         .body = EVENTS(OF_STACK("e2", "DELETE_COMPLETE", "")
                            OF_STACK("e1", "DELETE_IN_PROGRESS", "User Initiated"))}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(run(&s, &job, delete, &w), JOB_DONE);
    CHECK_INT(job.event_count, 0);
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_without_waiting_a_stack_goes_on_by_itself(void **state UNUSED)
{
    static const struct answer answers[] = {
        {.to = SEEN, .body = EVENTS(OF_STACK("e1", "CREATE_IN_PROGRESS", "User Initiated"))}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    s.deploy.no_wait = true;
    CHECK_INT(run(&s, &job, watch, &w), JOB_WAITS);
    CHECK_STR(job.err.text, "stack penstock-orders goes on by itself at AWS");
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

/* ---- applying ---- */

static void test_a_change_set_that_is_another_one_is_not_executed(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = LOOK, .body = STACK("CREATE_COMPLETE"), .is_any_time = true},
        MADE,
        DESCRIBED(CHANGE_SET("CREATE_COMPLETE", "", CHANGE("Remove", "Bucket")))};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    w.digest = 12345;
    CHECK_INT(run(&s, &job, apply, &w), JOB_FAILED);
    CHECK_TRUE(strstr(job.err.text, "no longer the one of the plan") != NULL);
    CHECK_INT(twin_asked(&s, "Action=ExecuteChangeSet"), 0);
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_a_stack_that_needs_no_change_is_done_already(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = LOOK, .body = STACK("CREATE_COMPLETE"), .is_any_time = true},
        MADE,
        DESCRIBED(CHANGE_SET("CREATE_IN_PROGRESS", "", "")),
        DESCRIBED(CHANGE_SET("FAILED", "The submitted information didn't contain changes.", "")),
        DROPPED};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(run(&s, &job, apply, &w), JOB_DONE);
    CHECK_INT(job.steps[0].state, STEP_WAS_DONE);
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_what_a_failed_try_left_is_deleted_then_made_again(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = LOOK, .body = STACK("ROLLBACK_COMPLETE")},
        {.to = SEEN, .body = EVENTS(OF_STACK("e1", "ROLLBACK_COMPLETE", ""))},
        {.to = "Action=DeleteStack",
         .body = DONE("DeleteStack"),
         .needs = "stack%2Fpenstock-orders%2F1"},
        {.to = SEEN,
         .body =
             EVENTS(OF_STACK("e2", "DELETE_COMPLETE", "") OF_STACK("e1", "ROLLBACK_COMPLETE", ""))},
        NO_STACK,
        NO_STACK,
        {.to = "Action=CreateChangeSet", .body = MADE_BODY, .needs = "ChangeSetType=CREATE"},
        DESCRIBED(CHANGE_SET("CREATE_COMPLETE", "", CHANGE("Add", "Bucket"))),
        {.to = SEEN, .body = EVENTS(OF_STACK("e3", "REVIEW_IN_PROGRESS", "User Initiated"))},
        {.to = "Action=ExecuteChangeSet",
         .body = DONE("ExecuteChangeSet"),
         .needs = "ChangeSetName=arn%3Ac"},
        {.to = SEEN,
         .body = EVENTS(OF_STACK("e4", "CREATE_COMPLETE", "")
                            OF_STACK("e3", "REVIEW_IN_PROGRESS", "User Initiated"))}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(run(&s, &job, apply, &w), JOB_DONE);
    CHECK_STR(job.steps[0].note, "1 changes");
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_a_large_template_goes_through_the_staging_bucket(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        NO_STACK,
        NO_STACK,
        {.to = "PUT /cdk-hnb659fds-assets-111111111111-eu-west-1/penstock/penstock-orders/",
         .body = "",
         .needs = "x-amz-expected-bucket-owner: 111111111111"},
        {.to = "Action=CreateChangeSet",
         .body = MADE_BODY,
         .needs = "TemplateURL=https%3A%2F%2Fcdk-hnb659fds-assets-111111111111-eu-west-1.s3."
                  "eu-west-1.amazonaws.com%2Fpenstock%2F"},
        DESCRIBED(CHANGE_SET("FAILED", "Template error: no such thing", "")),
        {.to = "POST /cdk-hnb659fds-assets-111111111111-eu-west-1?delete",
         .body = "<DeleteResult/>",
         .needs = "<Key>penstock/penstock-orders/"}};
    static char text[STACK_TEMPLATE_MAX + 1];
    struct twin s;
    struct wish w;
    struct job job;

    memset(text, ' ', sizeof text);
    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    w.stack.template_text = sv_make(text, sizeof text);
    CHECK_INT(run(&s, &job, apply, &w), JOB_FAILED);
    CHECK_TRUE(strstr(job.err.text, "Template error: no such thing") != NULL);
    job_release(&job);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

/* ---- as a plan ---- */

struct preview {
    struct wish *wish;
    struct plan plan;
    uint64_t digest;
};

static enum err_code preview(struct task *task, void *owner, struct err *err)
{
    struct preview *p = owner;
    struct plan_step *step = plan_step(&p->plan, "stack", SV(""), SV(""), "");

    return stack_preview(task, &p->wish->place, &p->wish->stack, &p->plan, step, &p->digest, err);
}

static void test_a_preview_tells_the_harm_and_leaves_no_change_set(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        MADE,
        DESCRIBED(
            CHANGE_SET("CREATE_COMPLETE", "", CHANGE("Remove", "Bucket") CHANGE("Add", "Key"))),
        {.to = "Action=DeleteChangeSet",
         .body = DONE("DeleteChangeSet"),
         .needs = "ChangeSetName=arn%3Ac"}};
    struct preview p = {0};
    struct err err = {0};
    struct twin s;
    struct wish w;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    p.wish = &w;
    REQUIRE_OK(plan_init(&p.plan, &err), &err);
    REQUIRE_OK(twin_run(&s, preview, &p), &s.err);
    CHECK_INT(plan_count(&p.plan, EFFECT_DELETES), 1);
    CHECK_INT(plan_count(&p.plan, EFFECT_CREATES), 1);
    CHECK_TRUE(p.digest != 0);
    plan_release(&p.plan);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static enum err_code plan_new(struct task *task, void *owner, struct err *err)
{
    struct preview *p = owner;
    struct plan_step *step = plan_step(&p->plan, "stack", SV(""), SV(""), "");

    return stack_plan(task, &p->wish->place, &p->wish->stack, &(struct stack){.name = SV("")},
                      STACK_ABSENT, &p->plan, step, &p->digest, err);
}

static void test_what_is_there_already_is_kept_and_not_created(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME};
    struct preview p = {0};
    struct err err = {0};
    struct twin s;
    struct wish w;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    w.stack.template_text = SV("{\"Resources\":{\"Bucket\":{\"Type\":\"" BUCKET
                               "\"},\"Key\":{\"Type\":\"AWS::KMS::Key\"}}}");
    w.stack.there = SV("Bucket");
    p.wish = &w;
    REQUIRE_OK(plan_init(&p.plan, &err), &err);
    REQUIRE_OK(twin_run(&s, plan_new, &p), &s.err);
    CHECK_INT(plan_count(&p.plan, EFFECT_KEEPS), 1);
    CHECK_INT(plan_count(&p.plan, EFFECT_CREATES), 1);
    plan_release(&p.plan);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_an_import_is_asked_for_and_told_as_kept(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=CreateChangeSet",
         .body = MADE_BODY,
         .needs = "ImportExistingResources=true"},
        DESCRIBED(
            CHANGE_SET("CREATE_COMPLETE", "", CHANGE("Import", "Bucket") CHANGE("Add", "Key"))),
        DROPPED};
    struct preview p = {0};
    struct err err = {0};
    struct twin s;
    struct wish w;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    w.stack.imports_existing = true;
    p.wish = &w;
    REQUIRE_OK(plan_init(&p.plan, &err), &err);
    REQUIRE_OK(twin_run(&s, preview, &p), &s.err);
    CHECK_INT(plan_count(&p.plan, EFFECT_KEEPS), 1);
    CHECK_INT(plan_count(&p.plan, EFFECT_CREATES), 1);
    CHECK_TRUE(p.digest != stack_no_changes());
    plan_release(&p.plan);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_every_status_has_its_standing(void **state UNUSED)
{
    CHECK_INT(stack_standing_of(SV("")), STACK_ABSENT);
    CHECK_INT(stack_standing_of(SV("DELETE_COMPLETE")), STACK_ABSENT);
    CHECK_INT(stack_standing_of(SV("REVIEW_IN_PROGRESS")), STACK_REVIEW);
    CHECK_INT(stack_standing_of(SV("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")), STACK_BUSY);
    CHECK_INT(stack_standing_of(SV("UPDATE_ROLLBACK_COMPLETE")), STACK_GOOD);
    CHECK_INT(stack_standing_of(SV("ROLLBACK_COMPLETE")), STACK_DEAD);
    CHECK_INT(stack_standing_of(SV("UPDATE_ROLLBACK_FAILED")), STACK_STUCK);
    CHECK_INT(stack_standing_of(SV("CREATE_FAILED")), STACK_BROKEN);
    CHECK_INT(stack_standing_of(SV("DELETE_FAILED")), STACK_DELETE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_events_are_told_once_and_in_the_order_they_happened),
        TEST(test_the_first_resource_that_failed_is_blamed),
        TEST(test_a_resumed_watch_begins_where_its_operation_did),
        TEST(test_a_stack_that_is_gone_already_is_not_waited_for),
        TEST(test_without_waiting_a_stack_goes_on_by_itself),
        TEST(test_a_change_set_that_is_another_one_is_not_executed),
        TEST(test_a_stack_that_needs_no_change_is_done_already),
        TEST(test_what_a_failed_try_left_is_deleted_then_made_again),
        TEST(test_a_large_template_goes_through_the_staging_bucket),
        TEST(test_a_preview_tells_the_harm_and_leaves_no_change_set),
        TEST(test_what_is_there_already_is_kept_and_not_created),
        TEST(test_an_import_is_asked_for_and_told_as_kept),
        TEST(test_every_status_has_its_standing),
    };

    return RUN(tests);
}
