#include "core/aws/cloudformation.h"

#include "core/base/mem.h"
#include "core/base/time.h"
#include "tests/unit/check.h"

static const struct xml *parse(struct arena *arena, const char *text)
{
    struct err err = {0};
    struct xml *root = NULL;

    arena_init(arena, 256 * 1024);
    REQUIRE_OK(xml_parse(sv_of(text), arena, &root, &err), &err);
    return root;
}

static const char stacks[] =
    "<DescribeStacksResult><Stacks><member><StackId>arn:aws:cloudformation:eu-west-1:1:stack/a/1"
    "</StackId><StackName>a</StackName><Description>its text</Description>"
    "<Parameters><member><ParameterKey>TrustedAccounts</ParameterKey>"
    "<ParameterValue>111111111111</ParameterValue></member></Parameters>"
    "<CreationTime>2026-11-21T01:02:03.004Z</CreationTime>"
    "<LastUpdatedTime>2026-11-21T02:02:03Z</LastUpdatedTime>"
    "<StackStatus>UPDATE_COMPLETE</StackStatus><StackStatusReason>fine</StackStatusReason>"
    "<RoleARN>arn:aws:iam::1:role/r</RoleARN>"
    "<EnableTerminationProtection>true</EnableTerminationProtection>"
    "<Outputs><member><OutputKey>BucketName</OutputKey><OutputValue>b</OutputValue></member>"
    "<member><OutputKey>BootstrapVersion</OutputKey><OutputValue>21</OutputValue></member></"
    "Outputs>"
    "<Tags><member><Key>team</Key><Value>data &amp; lake</Value></member></Tags></member>"
    "<member><StackName>b</StackName><StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks>"
    "</DescribeStacksResult>";

static void test_a_stack_is_read_whole(void **state)
{
    struct stack *rows = NULL;
    size_t count = 0;
    struct arena arena;
    struct err err = {0};
    int64_t created;

    (void)state;
    REQUIRE(time_parse_rfc3339(SV("2026-11-21T01:02:03.004Z"), &created));
    REQUIRE_OK(decode_stacks(parse(&arena, stacks), &arena, &rows, &count, &err), &err);
    CHECK_INT(count, 2);
    CHECK_SV(rows[0].name, SV("a"));
    CHECK_SV(rows[0].id, SV("arn:aws:cloudformation:eu-west-1:1:stack/a/1"));
    CHECK_SV(rows[0].status, SV("UPDATE_COMPLETE"));
    CHECK_SV(rows[0].reason, SV("fine"));
    CHECK_SV(rows[0].description, SV("its text"));
    CHECK_SV(rows[0].role_arn, SV("arn:aws:iam::1:role/r"));
    CHECK_INT(rows[0].created_at, created);
    CHECK_TRUE(rows[0].updated_at > created);
    CHECK_TRUE(rows[0].is_protected);
    CHECK_SV(stack_parameter(&rows[0], "TrustedAccounts"), SV("111111111111"));
    CHECK_SV(stack_output(&rows[0], "BootstrapVersion"), SV("21"));
    CHECK_TRUE(stack_output(&rows[0], "Nothing").ptr == NULL);
    CHECK_INT(rows[0].tag_count, 1);
    CHECK_SV(rows[0].tags[0].value, SV("data & lake"));
    CHECK_TRUE(!rows[1].is_protected);
    CHECK_INT(rows[1].tag_count, 0);
    arena_release(&arena);
}

static void test_a_listing_is_read_too(void **state)
{
    struct stack *rows = NULL;
    size_t count = 0;
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(decode_stacks(parse(&arena, "<R><StackSummaries><member><StackName>a</StackName>"
                                           "<TemplateDescription>d</TemplateDescription>"
                                           "</member></StackSummaries></R>"),
                             &arena, &rows, &count, &err),
               &err);
    CHECK_INT(count, 1);
    CHECK_SV(rows[0].description, SV("d"));
    arena_release(&arena);
}

static void test_what_lacks_its_name_is_no_reply(void **state)
{
    struct stack *rows = NULL;
    size_t count = 0;
    struct arena arena;
    struct err err = {0};

    (void)state;
    CHECK_INT(decode_stacks(parse(&arena, "<R><Stacks><member/></Stacks></R>"), &arena, &rows,
                            &count, &err),
              ERR_REPLY);
    arena_release(&arena);
    CHECK_INT(decode_stacks(parse(&arena, "<R/>"), &arena, &rows, &count, &err), ERR_REPLY);
    arena_release(&arena);
    CHECK_TRUE(rows == NULL);
}

static void test_events_and_resources_are_read(void **state)
{
    struct stack_event *events = NULL;
    struct stack_resource *resources = NULL;
    size_t count = 0;
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(decode_stack_events(
                   parse(&arena,
                         "<R><StackEvents><member><StackId>s</StackId><EventId>e1</EventId>"
                         "<LogicalResourceId>Bucket</LogicalResourceId>"
                         "<PhysicalResourceId>b</PhysicalResourceId>"
                         "<ResourceType>AWS::S3::Bucket</ResourceType>"
                         "<Timestamp>2026-11-21T01:02:03Z</Timestamp>"
                         "<ResourceStatus>CREATE_FAILED</ResourceStatus>"
                         "<ResourceStatusReason>taken</ResourceStatusReason>"
                         "<ClientRequestToken>t-1</ClientRequestToken></member></StackEvents></R>"),
                   &arena, &events, &count, &err),
               &err);
    CHECK_INT(count, 1);
    CHECK_SV(events[0].id, SV("e1"));
    CHECK_SV(events[0].logical, SV("Bucket"));
    CHECK_SV(events[0].status, SV("CREATE_FAILED"));
    CHECK_SV(events[0].reason, SV("taken"));
    CHECK_SV(events[0].token, SV("t-1"));
    CHECK_TRUE(events[0].at_ms > 0);
    arena_release(&arena);
    REQUIRE_OK(decode_stack_resources(
                   parse(&arena, "<R><StackResourceDetail><LogicalResourceId>X</LogicalResourceId>"
                                 "<Metadata>{\"a\":1}</Metadata></StackResourceDetail></R>"),
                   &arena, &resources, &count, &err),
               &err);
    CHECK_INT(count, 1);
    CHECK_SV(resources[0].metadata, SV("{\"a\":1}"));
    arena_release(&arena);
    REQUIRE_OK(decode_stack_resources(parse(&arena, "<R><StackResourceSummaries><member>"
                                                    "<LogicalResourceId>X</LogicalResourceId>"
                                                    "<PhysicalResourceId>p</PhysicalResourceId>"
                                                    "</member></StackResourceSummaries></R>"),
                                      &arena, &resources, &count, &err),
               &err);
    CHECK_SV(resources[0].physical, SV("p"));
    arena_release(&arena);
}

static const char changes[] =
    "<R><ChangeSetName>c</ChangeSetName><ChangeSetId>arn:c</ChangeSetId><StackId>arn:s</StackId>"
    "<Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus><Changes>"
    "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action>"
    "<LogicalResourceId>Bucket</LogicalResourceId><PhysicalResourceId>b</PhysicalResourceId>"
    "<ResourceType>AWS::S3::Bucket</ResourceType><Replacement>True</Replacement>"
    "<PolicyAction>ReplaceAndDelete</PolicyAction>"
    "<Scope><member>Properties</member><member>Tags</member></Scope><Details>"
    "<member><Target><Attribute>Properties</Attribute><Name>BucketName</Name>"
    "<RequiresRecreation>Always</RequiresRecreation></Target></member>"
    "<member><Target><Attribute>Properties</Attribute><Name>BucketName</Name>"
    "<RequiresRecreation>Always</RequiresRecreation></Target></member>"
    "<member><Target><Attribute>Tags</Attribute><RequiresRecreation>Never</RequiresRecreation>"
    "</Target></member></Details></ResourceChange></member></Changes></R>";

static void test_a_change_set_says_what_is_replaced(void **state)
{
    struct change_set set;
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(decode_change_set(parse(&arena, changes), &arena, &set, &err), &err);
    CHECK_SV(set.id, SV("arn:c"));
    CHECK_SV(set.execution_status, SV("AVAILABLE"));
    CHECK_INT(set.change_count, 1);
    CHECK_SV(set.changes[0].action, SV("Modify"));
    CHECK_SV(set.changes[0].replacement, SV("True"));
    CHECK_SV(set.changes[0].policy_action, SV("ReplaceAndDelete"));
    CHECK_SV(set.changes[0].scope, SV("Properties, Tags"));
    CHECK_SV(set.changes[0].details, SV("BucketName (recreated), Tags"));
    CHECK_TRUE(!change_set_is_empty(&set));
    arena_release(&arena);
}

static void test_a_change_set_without_changes_is_empty(void **state)
{
    static const char *const empty[] = {
        "The submitted information didn't contain changes. Submit different information to create "
        "a change set.",
        "No updates are to be performed.",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
        struct change_set set = {.status = SV("FAILED"), .reason = sv_of(empty[i])};

        CHECK_TRUE(change_set_is_empty(&set));
        set.status = SV("CREATE_COMPLETE");
        CHECK_TRUE(!change_set_is_empty(&set));
    }
    CHECK_TRUE(!change_set_is_empty(
        &(const struct change_set){.status = SV("FAILED"), .reason = SV("no such role")}));
}

static void test_each_failing_allocation_is_told(void **state)
{
    struct change_set set;
    struct arena arena;
    struct arena out;
    struct err err = {0};
    const struct xml *root = parse(&arena, changes);
    enum err_code rc = ERR_LIMIT;

    (void)state;
    for (long n = 1; rc != ERR_OK; n++) {
        arena_init(&out, 64 * 1024);
        mem_fail_at(n);
        rc = decode_change_set(root, &out, &set, &err);
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
        arena_release(&out);
        CHECK_TRUE(n < 100);
    }
    arena_release(&arena);
}

static void test_drift_and_exports_are_read(void **state)
{
    static const char text[] =
        "<DescribeStacksResult><Stacks><member><StackId>i</StackId><StackName>a</StackName>"
        "<StackStatus>CREATE_COMPLETE</StackStatus><ParentId>p</ParentId><DriftInformation>"
        "<StackDriftStatus>DRIFTED</StackDriftStatus><LastCheckTimestamp>2026-11-21T01:02:03Z"
        "</LastCheckTimestamp></DriftInformation><Outputs><member><OutputKey>A</OutputKey>"
        "<OutputValue>1</OutputValue></member><member><OutputKey>B</OutputKey><OutputValue>2"
        "</OutputValue><ExportName>a-b</ExportName></member></Outputs></member></Stacks>"
        "</DescribeStacksResult>";
    struct stack *rows = NULL;
    size_t count = 0;
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(decode_stacks(parse(&arena, text), &arena, &rows, &count, &err), &err);
    CHECK_SV(rows[0].drift, SV("DRIFTED"));
    CHECK_TRUE(rows[0].drift_at > 0);
    CHECK_SV(rows[0].parent_id, SV("p"));
    CHECK_INT(rows[0].export_count, 1);
    CHECK_SV(rows[0].exports[0], SV("a-b"));
    arena_release(&arena);
}

static void test_a_detection_and_what_it_found_are_read(void **state)
{
    static const char detection[] =
        "<R><StackDriftDetectionId>d</StackDriftDetectionId><DetectionStatus>DETECTION_COMPLETE"
        "</DetectionStatus><StackDriftStatus>DRIFTED</StackDriftStatus><DriftedStackResourceCount>2"
        "</DriftedStackResourceCount></R>";
    static const char drifts[] =
        "<R><StackResourceDrifts><member><LogicalResourceId>Q</LogicalResourceId><ResourceType>"
        "AWS::SQS::Queue</ResourceType><StackResourceDriftStatus>MODIFIED"
        "</StackResourceDriftStatus><PropertyDifferences><member><PropertyPath>/Delay"
        "</PropertyPath><ExpectedValue>0</ExpectedValue><ActualValue>5</ActualValue>"
        "<DifferenceType>NOT_EQUAL</DifferenceType></member></PropertyDifferences></member>"
        "</StackResourceDrifts></R>";
    struct drift_detection d;
    struct resource_drift *rows = NULL;
    size_t count = 0;
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(decode_drift_detection(parse(&arena, detection), &arena, &d, &err), &err);
    CHECK_SV(d.id, SV("d"));
    CHECK_INT(d.drifted, 2);
    arena_release(&arena);
    REQUIRE_OK(decode_resource_drifts(parse(&arena, drifts), &arena, &rows, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_INT(rows[0].difference_count, 1);
    CHECK_SV(rows[0].differences[0].path, SV("/Delay"));
    CHECK_SV(rows[0].differences[0].actual, SV("5"));
    arena_release(&arena);
    CHECK_INT(decode_resource_drifts(parse(&arena, "<R/>"), &arena, &rows, &count, &err),
              ERR_REPLY);
    arena_release(&arena);
    CHECK_INT(decode_drift_detection(parse(&arena, "<R/>"), &arena, &d, &err), ERR_REPLY);
    arena_release(&arena);
}

static void test_change_sets_are_listed(void **state)
{
    static const char text[] =
        "<R><Summaries><member><ChangeSetId>c1</ChangeSetId><ChangeSetName>more</ChangeSetName>"
        "<Status>CREATE_COMPLETE</Status><ExecutionStatus>AVAILABLE</ExecutionStatus>"
        "<CreationTime>2026-11-21T01:02:03Z</CreationTime></member></Summaries></R>";
    struct change_set *rows = NULL;
    size_t count = 0;
    struct arena arena;
    struct err err = {0};

    (void)state;
    REQUIRE_OK(decode_change_sets(parse(&arena, text), &arena, &rows, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_SV(rows[0].name, SV("more"));
    CHECK_SV(rows[0].execution_status, SV("AVAILABLE"));
    CHECK_TRUE(rows[0].created_at > 0);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_stack_is_read_whole),
        TEST(test_drift_and_exports_are_read),
        TEST(test_a_detection_and_what_it_found_are_read),
        TEST(test_change_sets_are_listed),
        TEST(test_a_listing_is_read_too),
        TEST(test_what_lacks_its_name_is_no_reply),
        TEST(test_events_and_resources_are_read),
        TEST(test_a_change_set_says_what_is_replaced),
        TEST(test_a_change_set_without_changes_is_empty),
        TEST(test_each_failing_allocation_is_told),
    };

    return RUN(tests);
}
