/* What there is of a pipeline: found by tags, emptied whatever there is of it, and deleted. */
#include "core/deploy/inventory.h"

#include "tests/unit/deploy/twin.h"

#define REPLY(op, inside) "<" op "Response><" op "Result>" inside "</" op "Result></" op "Response>"
#define TAG(key, value)   "<member><Key>" key "</Key><Value>" value "</Value></member>"
#define STACK(name, status, tags)                                                                  \
    "<member><StackId>arn:" name "</StackId><StackName>" name "</StackName><StackStatus>" status   \
    "</StackStatus><Tags>" tags "</Tags></member>"
#define STACKS(rows) REPLY("DescribeStacks", "<Stacks>" rows "</Stacks>")
#define OURS         TAG("penstock:pipeline", "orders")
#define LIST         "GET /artifacts?"
#define DELETE       "POST /artifacts?delete"
#define DELETED                                                                                    \
    {                                                                                              \
        .to = DELETE, .body = "<DeleteResult/>"                                                    \
    }

enum { VERSIONS = 1000, ROW_SIZE = 120 };

struct wish {
    struct twin *twin;
    struct environment environments[3];
    struct definition_stage stages[1];
    struct definition definition;
    struct defects defects;
    struct arena arena;
    struct inventory found;
    struct application application;
    struct sb left;
    size_t gone;
};

static void want(struct wish *w, struct twin *s)
{
    *w = (struct wish){.twin = s};
    for (int i = 0; i < 3; i++) {
        w->environments[i] =
            (struct environment){.name = i == 0   ? SV("dev")
                                         : i == 1 ? SV("test")
                                                  : SV("far"),
                                 .account = SV("111111111111"),
                                 .region = i < 2 ? SV("eu-west-1") : SV("us-east-1"),
                                 .profile = SV(""),
                                 .role_arn = SV(""),
                                 .external_id = SV("")};
    }
    w->stages[0] = (struct definition_stage){.stage = SV("dev"), .environment = SV("dev")};
    w->definition =
        (struct definition){.name = SV("orders"), .stages = w->stages, .stage_count = 1};
    s->deploy.environments = w->environments;
    s->deploy.environment_count = 3;
    w->application = (struct application){.environment = &w->environments[0],
                                          .stack_name = SV("orders-dev"),
                                          .stack_id = SV("arn:orders-dev"),
                                          .stage = SV("dev")};
    arena_init(&w->arena, 1 << 20);
    sb_init(&w->left, 4096);
}

static void forget(struct wish *w)
{
    arena_release(&w->arena);
    sb_release(&w->left);
}

static enum err_code find(struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;

    return inventory_applications(task, &w->twin->deploy, &w->definition, &w->defects, &w->arena,
                                  &w->found, err);
}

static void test_applications_are_found_by_their_tags_each_place_once(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks",
         .body = STACKS(
             STACK("penstock-orders", "CREATE_COMPLETE", OURS)
                 STACK("orders-dev", "CREATE_COMPLETE", OURS TAG("penstock:stage", "dev"))
                     STACK("orders-x", "CREATE_COMPLETE",
                           TAG("penstock:pipeline", "orders-x") TAG("penstock:stage", "dev")))},
        {.to = "Action=DescribeStacks",
         .needs = "/us-east-1/cloudformation/",
         .body = STACKS(STACK("any-name", "DELETE_FAILED", TAG("penstock:stage", "prod") OURS))}};
    struct twin s;
    struct wish w;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    REQUIRE_OK(twin_run(&s, find, &w), &s.err);
    CHECK_INT(w.found.application_count, 2);
    CHECK_SV(w.found.applications[0].stack_name, SV("orders-dev"));
    CHECK_SV(w.found.applications[0].stage, SV("dev"));
    CHECK_SV(w.found.applications[1].stack_name, SV("any-name"));
    CHECK_SV(w.found.applications[1].status, SV("DELETE_FAILED"));
    CHECK_TRUE(w.found.applications[1].environment == &w.environments[2]);
    forget(&w);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

/* ---- emptying ---- */

static enum err_code empty(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;

    return bucket_empty(task, job, &w->twin->deploy, w->twin->deploy.home, SV("111111111111"),
                        SV("artifacts"), &w->gone, err);
}

static enum job_state run(struct wish *w, struct job *job, job_step_fn *step)
{
    struct err err = {0};

    job_init(job, "a job");
    REQUIRE_OK(job_add_step(job, step, w, &err, "step"), &err);
    return twin_job(w->twin, job);
}

/* A page of so many versions, of which each third is a delete marker. */
static const char *versions(char *out, size_t size, int count, bool has_more)
{
    size_t len = (size_t)snprintf(out, size, "<ListVersionsResult><IsTruncated>%s</IsTruncated>",
                                  has_more ? "true" : "false");

    if (has_more)
        len += (size_t)snprintf(out + len, size - len,
                                "<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v"
                                "</NextVersionIdMarker>");
    for (int i = 0; i < count; i++) {
        const char *kind = i % 3 == 0 ? "DeleteMarker" : "Version";

        len += (size_t)snprintf(out + len, size - len,
                                "<%s><Key>k-%d</Key><VersionId>v-%d</VersionId></%s>", kind, i, i,
                                kind);
    }
    snprintf(out + len, size - len, "</ListVersionsResult>");
    return out;
}

static void test_a_bucket_of_more_than_one_page_is_emptied(void **state UNUSED)
{
    static char first[VERSIONS * ROW_SIZE];
    static char second[VERSIONS * ROW_SIZE];
    char none[200];
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = LIST,
         .body = versions(first, sizeof first, VERSIONS, true),
         .needs = "x-amz-expected-bucket-owner: 111111111111"},
        {.to = DELETE, .body = "<DeleteResult/>", .needs = "<Key>k-999</Key><VersionId>v-999<"},
        {.to = LIST, .body = versions(second, sizeof second, 234, false)},
        DELETED,
        {.to = LIST, .body = versions(none, sizeof none, 0, false)}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(run(&w, &job, empty), JOB_DONE);
    CHECK_INT(w.gone, VERSIONS + 234);
    CHECK_STR(job.steps[0].note, "1234 object versions deleted");
    job_release(&job);
    forget(&w);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_what_could_not_be_deleted_is_told_and_not_counted(void **state UNUSED)
{
    char page[400];
    const struct answer answers[] = {
        TWIN_HOME,
        {.to = LIST, .body = versions(page, sizeof page, 2, false)},
        {.to = DELETE,
         .body = "<DeleteResult><Error><Key>k-1</Key><Code>AccessDenied</Code><Message>Access "
                 "Denied</Message></Error></DeleteResult>"}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(run(&w, &job, empty), JOB_FAILED);
    CHECK_INT(job.err.code, ERR_DENIED);
    CHECK_STR(job.err.text, "1 object could not be deleted; of k-1 S3 says: Access Denied");
    CHECK_INT(w.gone, 0);
    job_release(&job);
    forget(&w);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_a_bucket_that_is_gone_is_empty(void **state UNUSED)
{
    static const struct answer answers[] = {{.to = LIST, .error = "NoSuchBucket"}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(run(&w, &job, empty), JOB_DONE);
    CHECK_INT(w.gone, 0);
    job_release(&job);
    forget(&w);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

/* ---- deleting an application ---- */

static enum err_code delete_it(struct job *job, struct task *task, void *owner, struct err *err)
{
    struct wish *w = owner;

    return application_delete(task, job, &w->twin->deploy, &w->application, &w->left, err);
}

#define EVENT(id, status)                                                                          \
    "<member><StackId>arn:orders-dev</StackId><EventId>" id "</EventId><LogicalResourceId>"        \
    "orders-dev</LogicalResourceId><PhysicalResourceId>arn:orders-dev</PhysicalResourceId>"        \
    "<ResourceType>AWS::CloudFormation::Stack</ResourceType><ResourceStatus>" status               \
    "</ResourceStatus></member>"

static void test_what_an_application_keeps_is_told(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks", .body = STACKS(STACK("orders-dev", "CREATE_COMPLETE", ""))},
        {.to = "Action=DescribeStackEvents",
         .body = REPLY("DescribeStackEvents",
                       "<StackEvents>" EVENT("e1", "CREATE_COMPLETE") "</StackEvents>")},
        {.to = "Action=DeleteStack", .body = "<DeleteStackResponse/>"},
        {.to = "Action=DescribeStackEvents",
         .body = REPLY("DescribeStackEvents", "<StackEvents>" EVENT("e2", "DELETE_COMPLETE")
                                                  EVENT("e1", "CREATE_COMPLETE") "<"
                                                                                 "/StackEvents>")},
        {.to = "Action=ListStackResources",
         .body = REPLY("ListStackResources",
                       "<StackResourceSummaries><member><LogicalResourceId>B</LogicalResourceId>"
                       "<PhysicalResourceId>kept-bucket</PhysicalResourceId><ResourceType>"
                       "AWS::S3::Bucket</ResourceType><ResourceStatus>DELETE_SKIPPED"
                       "</ResourceStatus></member></StackResourceSummaries>")}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(run(&w, &job, delete_it), JOB_DONE);
    CHECK_STR(sb_cstr(&w.left), "AWS::S3::Bucket kept-bucket (account 111111111111, eu-west-1): "
                                "kept by its DeletionPolicy\n");
    job_release(&job);
    forget(&w);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

static void test_an_application_that_is_gone_is_fine(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks",
         .body = STACKS(STACK("orders-dev", "DELETE_COMPLETE", ""))}};
    struct twin s;
    struct wish w;
    struct job job;

    twin_open(&s, answers, ARRAY_LEN(answers));
    want(&w, &s);
    CHECK_INT(run(&w, &job, delete_it), JOB_DONE);
    CHECK_STR(sb_cstr(&w.left), "");
    job_release(&job);
    forget(&w);
    twin_close(&s, answers, ARRAY_LEN(answers));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_applications_are_found_by_their_tags_each_place_once),
        TEST(test_a_bucket_of_more_than_one_page_is_emptied),
        TEST(test_what_could_not_be_deleted_is_told_and_not_counted),
        TEST(test_a_bucket_that_is_gone_is_empty),
        TEST(test_what_an_application_keeps_is_told),
        TEST(test_an_application_that_is_gone_is_fine),
    };

    return RUN(tests);
}
