/* The stacks of a pipeline: each place looked at once, what cannot be reached told, and a stack's
 * events read on from where they were, each once. */
#include "core/operate/stacks.h"

#include "core/base/json.h"
#include "core/cache/log.h"
#include "core/operate/failure.h"
#include "core/operate/stack_page.h"
#include "tests/unit/operate/reading_stage.h"

#define REPLY(op, inside) "<" op "Response><" op "Result>" inside "</" op "Result></" op "Response>"
#define TAG(key, value)   "<member><Key>" key "</Key><Value>" value "</Value></member>"
#define STACK(name, status, more)                                                                  \
    "<member><StackId>arn:" name "</StackId><StackName>" name "</StackName><StackStatus>" status   \
    "</StackStatus>" more "</member>"
#define STACKS(rows) REPLY("DescribeStacks", "<Stacks>" rows "</Stacks>")
#define EVENTS(rows) REPLY("DescribeStackEvents", "<StackEvents>" rows "</StackEvents>")
#define RESOURCES(rows)                                                                            \
    REPLY("ListStackResources", "<StackResourceSummaries>" rows "</StackResourceSummaries>")
#define SETS(rows) REPLY("ListChangeSets", "<Summaries>" rows "</Summaries>")
#define EVENT(id, logical, type, physical, status, reason)                                         \
    "<member><EventId>" id "</EventId><LogicalResourceId>" logical "</LogicalResourceId>"          \
    "<ResourceType>" type "</ResourceType><PhysicalResourceId>" physical "</PhysicalResourceId>"   \
    "<ResourceStatus>" status "</ResourceStatus><ResourceStatusReason>" reason                     \
    "</ResourceStatusReason><Timestamp>2026-11-21T10:00:00Z</Timestamp></member>"
#define OF_STACK(id, status, reason)                                                               \
    EVENT(id, "app", "AWS::CloudFormation::Stack", "arn:app", status, reason)
#define OF_TABLE(id, status, reason) EVENT(id, "Table", "AWS::DynamoDB::Table", "t", status, reason)

static const struct pipeline_id sales = {
    {"aws", 3}, {"111111111111", 12}, {"eu-west-1", 9}, {"sales", 5}};

/* Three actions of stages dev and prod work on stacks; one of them in another account. */
static void put_pipeline(struct cache *cache, const struct tag *tags, size_t tag_count)
{
    const struct action_def dev = {
        .name = SV("deploy"), .category = SV("Deploy"), .stack = SV("app-dev")};
    const struct action_def prod[] = {
        {.name = SV("change"),
         .category = SV("Deploy"),
         .stack = SV("app"),
         .role_arn = SV("arn:aws:iam::222222222222:role/deploy")},
        {.name = SV("deploy"),
         .category = SV("Deploy"),
         .stack = SV("app"),
         .role_arn = SV("arn:aws:iam::222222222222:role/deploy")},
    };
    const struct stage_def stages[] = {{SV("Deploy-Stage-dev"), &dev, 1}, {SV("Live"), prod, 2}};
    const struct pipeline_def def = {
        .name = sales.name, .type = SV("V2"), .version = 1, .stages = stages, .stage_count = 2};
    struct err err = {0};
    bool changed;

    REQUIRE_OK(cache_begin(cache, 1000, &err), &err);
    REQUIRE_OK(cache_put_def(cache, &sales, &def, tags, tag_count, 1000, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
}

static void begin(struct twin *s, struct wish *w, reading_fn *fn, const struct answer *answers,
                  size_t count)
{
    twin_open(s, answers, count);
    s->deploy.cache = open_cache();
    *w = (struct wish){.twin = s, .fn = fn, .what = {.id = sales}};
}

static void finish(struct twin *s, const struct answer *answers, size_t count)
{
    struct cache *cache = s->deploy.cache;

    twin_close(s, answers, count);
    cache_close(cache);
}

static void test_what_failed_is_first_and_what_cannot_be_reached_says_why(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks",
         .body = STACKS(STACK("other", "CREATE_FAILED", "")
                            STACK("app-dev", "UPDATE_ROLLBACK_COMPLETE",
                                  "<DriftInformation><StackDriftStatus>DRIFTED</StackDriftStatus>"
                                  "</DriftInformation>"))},
    };
    struct stack_list list;
    struct arena arena;
    struct twin s;
    struct wish w;
    int64_t read_at;

    begin(&s, &w, stacks_read, answers, ARRAY_LEN(answers));
    put_pipeline(s.deploy.cache, NULL, 0);
    REQUIRE_OK(twin_run(&s, run, &w), &s.err);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(stack_list_get(s.deploy.cache, &sales, &arena, &list, &read_at, &s.err), &s.err);
    CHECK_INT(list.count, 2);
    CHECK_SV(list.rows[0].name, SV("app-dev"));
    CHECK_SV(list.rows[0].status, SV("UPDATE_ROLLBACK_COMPLETE"));
    CHECK_SV(list.rows[0].drift, SV("DRIFTED"));
    CHECK_SV(list.rows[0].environment, SV("dev"));
    CHECK_SV(list.rows[0].where, SV("sales/Deploy-Stage-dev/deploy"));
    CHECK_INT(list.rows[0].kind, STACK_KIND_ACTION);
    CHECK_SV(list.rows[1].name, SV("app"));
    CHECK_SV(list.rows[1].account, SV("222222222222"));
    CHECK_SV(list.rows[1].status, SV(""));
    CHECK_SV(list.rows[1].where, SV("sales/Live/change"));
    CHECK_TRUE(sv_find(list.rows[1].note, SV("no context works in account 222222222222")) >= 0);
    CHECK_TRUE(read_at > 0);
    arena_release(&arena);
    finish(&s, answers, ARRAY_LEN(answers));
}

static void test_penstocks_own_are_found_by_name_and_tags_nested_ones_are_not(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = ".GetParametersByPath\r", .body = "{\"Parameters\":[]}"},
        {.to = "Action=DescribeStacks",
         .error = "ValidationError",
         .body = "Stack with id penstock-sales does not exist"},
        {.to = "Action=DescribeStacks",
         .body = STACKS(STACK("penstock-sales", "CREATE_COMPLETE",
                              "<Tags>" TAG("penstock:pipeline", "sales") "</Tags>")
                            STACK("made-by-build", "UPDATE_IN_PROGRESS",
                                  "<Tags>" TAG("penstock:pipeline", "sales")
                                      TAG("penstock:stage", "test") "</Tags>")
                                STACK("nested", "UPDATE_COMPLETE",
                                      "<ParentId>arn:made-by-build</ParentId><Tags>" TAG(
                                          "penstock:pipeline", "sales")
                                          TAG("penstock:stage", "test") "</Tags>")
                                    STACK("foreign", "UPDATE_COMPLETE",
                                          "<Tags>" TAG("penstock:pipeline", "x")
                                              TAG("penstock:stage", "t") "</Tags>"))},
    };
    const struct tag tags[] = {{SV("penstock:pipeline"), SV("sales")}};
    struct stack_list list;
    struct arena arena;
    struct twin s;
    struct wish w;
    int64_t read_at;

    begin(&s, &w, stacks_read, answers, ARRAY_LEN(answers));
    put_pipeline(s.deploy.cache, tags, 1);
    REQUIRE_OK(twin_run(&s, run, &w), &s.err);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(stack_list_get(s.deploy.cache, &sales, &arena, &list, &read_at, &s.err), &s.err);
    CHECK_INT(list.count, 4);
    CHECK_SV(list.rows[0].name, SV("made-by-build"));
    CHECK_INT(list.rows[0].kind, STACK_KIND_APPLICATION);
    CHECK_SV(list.rows[0].environment, SV("test"));
    CHECK_SV(list.rows[1].name, SV("app-dev"));
    CHECK_SV(list.rows[1].note, SV("there is no such stack there (yet)"));
    CHECK_SV(list.rows[3].name, SV("penstock-sales"));
    CHECK_INT(list.rows[3].kind, STACK_KIND_PIPELINE);
    arena_release(&arena);
    finish(&s, answers, ARRAY_LEN(answers));
}

static void test_what_could_not_be_read_at_all_leaves_what_was_known(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME, {.to = "Action=DescribeStacks", .error = "AccessDenied"}};
    struct stack_list list;
    struct arena arena;
    struct twin s;
    struct wish w;
    int64_t read_at;

    begin(&s, &w, stacks_read, answers, ARRAY_LEN(answers));
    put_pipeline(s.deploy.cache, NULL, 0);
    CHECK_INT(twin_run(&s, run, &w), ERR_DENIED);
    arena_init(&arena, 1 << 20);
    CHECK_INT(stack_list_get(s.deploy.cache, &sales, &arena, &list, &read_at, NULL), ERR_NOT_FOUND);
    arena_release(&arena);
    finish(&s, answers, ARRAY_LEN(answers));
}

/* ---- what nothing declares ---- */

/* A build of stage dev has failed, and has printed this. */
static void put_failed_build(struct cache *cache)
{
    static const char *const lines[] = {
        "Stack ARN:\n",
        "arn:aws:cloudformation:eu-west-1:333333333333:stack/Printed/1-2\n",
        "uses arn:aws:cloudformation:eu-west-1:111111111111:stack/Used/1-2\n",
        "\x1b[31mLakeStack failed: the stack named LakeStack failed to deploy\x1b[0m\n",
    };
    const struct action_state action = {
        .name = SV("deploy"), .status = STATUS_FAILED, .external_id = SV("build:1"), .percent = -1};
    const struct stage_state stage = {.name = SV("Deploy-Stage-dev"),
                                      .status = STATUS_FAILED,
                                      .execution_id = SV("e1"),
                                      .transition_enabled = true,
                                      .actions = &action,
                                      .action_count = 1};
    const struct pipeline_state state = {
        .name = sales.name, .version = 1, .stages = &stage, .stage_count = 1};
    const struct execution latest = {
        .id = SV("e1"), .status = STATUS_FAILED, .started_at = 1, .updated_at = 2};
    const struct log_id id = {sales.partition, sales.account, sales.region, SV("g"), SV("s")};
    struct log_event events[ARRAY_LEN(lines)];
    const struct log_page page = {.build = action.external_id,
                                  .after = SV(""),
                                  .token = SV("f/1"),
                                  .events = events,
                                  .count = ARRAY_LEN(events),
                                  .now_ms = 1};
    struct err err = {0};
    bool changed;

    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        events[i] = (struct log_event){(int64_t)i, sv_of(lines[i])};
    REQUIRE_OK(cache_begin(cache, 1000, &err), &err);
    REQUIRE_OK(cache_put_state(cache, &sales, &state, &latest, 1, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
    REQUIRE_OK(cache_append_log(cache, &id, &page, &err), &err);
}

static void put_card(struct cache *cache)
{
    struct failed_action actions[] = {
        {.stage = SV("Deploy-Stage-dev"),
         .action = SV("deploy"),
         .stack = SV("Carded"),
         .stack_account = SV("111111111111"),
         .stack_region = SV("eu-west-1"),
         .stack_status = SV("ROLLBACK_COMPLETE")},
        {.stage = SV("Deploy-Stage-dev"), .action = SV("other"), .stack = SV("Unplaced")}};
    const struct failure card = {
        .execution_id = SV("e1"), .actions = actions, .action_count = ARRAY_LEN(actions)};
    const struct document_id id = {DOCUMENT_FAILURE, sales.partition, sales.account, sales.region,
                                   SV("sales/e1")};
    CLEANUP(sb_release) struct sb json = {.cap = DOCUMENT_MAX};
    struct err err = {0};
    struct jw w;

    jw_init(&w, &json, &err);
    jw_open(&w, '{');
    jw_put_int(&w, "schema", 1);
    failure_json(&w, &card, true);
    jw_close(&w, '}');
    REQUIRE_OK(jw_done(&w), &err);
    REQUIRE_OK(cache_put_document(cache, &id, sb_sv(&json), 1000, &err), &err);
}

/* An empty one when it is not listed. */
static const struct stack_row *row_of(const struct stack_list *list, const char *name)
{
    static const struct stack_row none = {.name = {NULL, 0}};

    for (size_t i = 0; i < list->count; i++) {
        if (sv_eq(list->rows[i].name, sv_of(name)))
            return &list->rows[i];
    }
    return &none;
}

static void test_a_card_names_stacks_before_any_was_read(void **state UNUSED)
{
    struct cache *cache = open_cache();
    struct stack_list list;
    struct arena arena;
    int64_t read_at = -1;
    struct err err = {0};

    put_pipeline(cache, NULL, 0);
    put_failed_build(cache);
    arena_init(&arena, 1 << 20);
    CHECK_INT(stack_list_get(cache, &sales, &arena, &list, &read_at, &err), ERR_NOT_FOUND);
    put_card(cache);
    REQUIRE_OK(stack_list_get(cache, &sales, &arena, &list, &read_at, &err), &err);
    CHECK_INT(read_at, 0);
    CHECK_INT(list.count, 2);
    CHECK_SV(list.pipeline, SV("sales"));
    CHECK_SV(list.rows[0].name, SV("Carded"));
    CHECK_INT(list.rows[0].kind, STACK_KIND_BUILD);
    CHECK_SV(list.rows[0].status, SV("ROLLBACK_COMPLETE"));
    CHECK_SV(list.rows[0].environment, SV("dev"));
    CHECK_SV(list.rows[0].where, SV("sales/Deploy-Stage-dev/deploy"));
    CHECK_SV(list.rows[0].source, SV("the failure of e1"));
    CHECK_SV(list.rows[1].name, SV("Unplaced"));
    CHECK_SV(list.rows[1].account, SV("111111111111"));
    CHECK_SV(list.rows[1].note, SV("AWS was not asked for it"));
    arena_release(&arena);
    cache_close(cache);
}

static void test_stacks_of_builds_are_found_by_card_log_and_name(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks",
         .body = STACKS(STACK("app-dev", "UPDATE_COMPLETE", "") STACK("Carded", "DELETE_FAILED", "")
                            STACK("LakeStack", "UPDATE_ROLLBACK_COMPLETE", "")
                                STACK("sales-dev", "CREATE_COMPLETE", "") STACK(
                                    "sales-dev-nested", "CREATE_COMPLETE", "<ParentId>x</ParentId>")
                                    STACK("Used", "CREATE_COMPLETE", ""))},
    };
    struct stack_list list;
    struct arena arena;
    struct twin s;
    struct wish w;
    int64_t read_at;

    begin(&s, &w, stacks_read, answers, ARRAY_LEN(answers));
    put_pipeline(s.deploy.cache, NULL, 0);
    put_failed_build(s.deploy.cache);
    put_card(s.deploy.cache);
    REQUIRE_OK(twin_run(&s, run, &w), &s.err);
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(stack_list_get(s.deploy.cache, &sales, &arena, &list, &read_at, &s.err), &s.err);
    CHECK_TRUE(read_at > 0);
    /* app-dev and app of the actions, Carded, Unplaced, Printed, LakeStack, sales-dev */
    CHECK_INT(list.count, 7);
    REQUIRE(row_of(&list, "Carded")->name.len > 0 && row_of(&list, "LakeStack")->name.len > 0 &&
            row_of(&list, "Printed")->name.len > 0 && row_of(&list, "sales-dev")->name.len > 0);
    CHECK_SV(row_of(&list, "Carded")->status, SV("DELETE_FAILED"));
    CHECK_SV(row_of(&list, "Carded")->source, SV("the failure of e1"));
    CHECK_SV(row_of(&list, "LakeStack")->status, SV("UPDATE_ROLLBACK_COMPLETE"));
    CHECK_SV(row_of(&list, "LakeStack")->source, SV("the log of its build"));
    CHECK_SV(row_of(&list, "Printed")->account, SV("333333333333"));
    CHECK_TRUE(row_of(&list, "Printed")->note.len > 0);
    CHECK_SV(row_of(&list, "sales-dev")->source, SV("its name"));
    CHECK_SV(row_of(&list, "sales-dev")->environment, SV("dev"));
    CHECK_INT(row_of(&list, "sales-dev")->kind, STACK_KIND_BUILD);
    CHECK_INT(row_of(&list, "app-dev")->kind, STACK_KIND_ACTION);
    arena_release(&arena);
    finish(&s, answers, ARRAY_LEN(answers));
}

/* ---- one stack ---- */

#define FIRST_EVENTS                                                                               \
    OF_TABLE("e2", "CREATE_IN_PROGRESS", "")                                                       \
    OF_STACK("e1", "UPDATE_IN_PROGRESS", "User Initiated")                                         \
    OF_STACK("e0", "CREATE_COMPLETE", "")
#define NO_SETS                                                                                    \
    {                                                                                              \
        .to = "Action=ListChangeSets", .body = SETS("")                                            \
    }

static void get(struct twin *s, const struct wish *w, struct arena *arena, struct stack_page *page)
{
    int64_t read_at;

    arena_init(arena, 1 << 20);
    REQUIRE_OK(stack_page_get(s->deploy.cache, &w->what, arena, page, &read_at, &s->err), &s->err);
}

static void test_events_are_read_on_each_once_and_in_order(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks", .body = STACKS(STACK("app", "UPDATE_IN_PROGRESS", ""))},
        {.to = "Action=ListStackResources",
         .needs = "StackName=arn%3Aapp",
         .body = RESOURCES("<member><LogicalResourceId>Table</LogicalResourceId>"
                           "<ResourceStatus>CREATE_IN_PROGRESS</ResourceStatus></member>")},
        {.to = "Action=DescribeStackEvents", .body = EVENTS(FIRST_EVENTS)},
        NO_SETS,
        {.to = "Action=DescribeStacks", .body = STACKS(STACK("app", "UPDATE_ROLLBACK_FAILED", ""))},
        {.to = "Action=ListStackResources", .body = RESOURCES("")},
        {.to = "Action=DescribeStackEvents",
         .body = EVENTS(OF_STACK("e5", "UPDATE_ROLLBACK_FAILED", "Table failed")
                            OF_TABLE("e4", "UPDATE_FAILED", "Resource update cancelled")
                                OF_TABLE("e3", "CREATE_FAILED", "no more tables") FIRST_EVENTS)},
        NO_SETS,
    };
    static const char *const order[] = {"e5", "e4", "e3", "e2", "e1", "e0"};
    struct stack_page page;
    struct arena arena;
    struct twin s;
    struct wish w;

    begin(&s, &w, stack_read, answers, ARRAY_LEN(answers));
    w.what.stack = SV("app");
    REQUIRE_OK(twin_run(&s, run, &w), &s.err);
    get(&s, &w, &arena, &page);
    CHECK_INT(page.event_count, 3);
    CHECK_INT(page.resource_count, 1);
    CHECK_TRUE(stack_page_is_busy(&page));
    CHECK_TRUE(stack_page_failure(&page) == NULL);
    arena_release(&arena);
    REQUIRE_OK(twin_run(&s, run, &w), &s.err);
    get(&s, &w, &arena, &page);
    CHECK_INT(page.event_count, ARRAY_LEN(order));
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        CHECK_SV(page.events[i].id, sv_of(order[i]));
    CHECK_TRUE(!stack_page_is_busy(&page));
    REQUIRE(stack_page_failure(&page) != NULL);
    CHECK_SV(stack_page_failure(&page)->reason, SV("no more tables"));
    arena_release(&arena);
    finish(&s, answers, ARRAY_LEN(answers));
}

static void test_pages_of_events_are_read_to_the_beginning_of_the_operation(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks", .body = STACKS(STACK("app", "UPDATE_COMPLETE", ""))},
        {.to = "Action=ListStackResources", .body = RESOURCES("")},
        {.to = "Action=DescribeStackEvents",
         .body = REPLY("DescribeStackEvents",
                       "<StackEvents>" OF_STACK("e3", "UPDATE_COMPLETE", "")
                           OF_TABLE("e2", "UPDATE_COMPLETE", "") "</StackEvents>"
                                                                 "<NextToken>more</NextToken>")},
        {.to = "Action=DescribeStackEvents",
         .needs = "NextToken=more",
         .body = REPLY("DescribeStackEvents",
                       "<StackEvents>" OF_STACK("e1", "UPDATE_IN_PROGRESS", "User Initiated")
                           OF_STACK("e0", "CREATE_COMPLETE", "") "</StackEvents>"
                                                                 "<NextToken>old</NextToken>")},
        NO_SETS,
    };
    struct stack_page page;
    struct arena arena;
    struct twin s;
    struct wish w;

    begin(&s, &w, stack_read, answers, ARRAY_LEN(answers));
    w.what.stack = SV("app");
    REQUIRE_OK(twin_run(&s, run, &w), &s.err);
    get(&s, &w, &arena, &page);
    CHECK_INT(page.event_count, 4);
    arena_release(&arena);
    finish(&s, answers, ARRAY_LEN(answers));
}

static void test_a_part_that_is_denied_hides_no_other(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks",
         .body = STACKS(STACK("app", "CREATE_COMPLETE",
                              "<Outputs><member><OutputKey>Url</OutputKey><OutputValue>https://x"
                              "</OutputValue></member><member><OutputKey>DbPassword</OutputKey>"
                              "<OutputValue>hunter2-of-old</OutputValue></member></Outputs>"
                              "<Parameters><member><ParameterKey>Password</ParameterKey>"
                              "<ParameterValue>****</ParameterValue></member></Parameters>"))},
        {.to = "Action=ListStackResources", .body = RESOURCES("")},
        {.to = "Action=DescribeStackEvents", .body = EVENTS("")},
        {.to = "Action=ListChangeSets", .error = "AccessDenied"},
    };
    struct stack_page page;
    struct arena arena;
    struct twin s;
    struct wish w;

    begin(&s, &w, stack_read, answers, ARRAY_LEN(answers));
    w.what.stack = SV("app");
    REQUIRE_OK(twin_run(&s, run, &w), &s.err);
    get(&s, &w, &arena, &page);
    CHECK_SV(page.stack.outputs[0].value, SV("https://x"));
    CHECK_SV(page.stack.parameters[0].value, SV("****"));
    CHECK_SV(page.stack.outputs[1].value, SV("***")); /* nobody should have put it there */
    CHECK_TRUE(sv_starts(page.note, SV("change sets: ")));
    arena_release(&arena);
    finish(&s, answers, ARRAY_LEN(answers));
}

static void test_a_stack_that_is_not_there_is_told_by_name(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DescribeStacks",
         .error = "ValidationError",
         .body = "Stack with id app does not exist"},
    };
    struct twin s;
    struct wish w;

    begin(&s, &w, stack_read, answers, ARRAY_LEN(answers));
    w.what.stack = SV("arn:aws:cloudformation:eu-west-1:111111111111:stack/app/1-2");
    CHECK_INT(twin_run(&s, run, &w), ERR_NOT_FOUND);
    CHECK_STR(s.err.text, "there is no stack app in account 111111111111, eu-west-1");
    finish(&s, answers, ARRAY_LEN(answers));
}

#define DETECTION(status, more)                                                                    \
    REPLY("DescribeStackDriftDetectionStatus",                                                     \
          "<StackDriftDetectionId>d-1</StackDriftDetectionId><DetectionStatus>" status             \
          "</DetectionStatus>" more)
#define REST(drift)                                                                                \
    {.to = "Action=DescribeStacks",                                                                \
     .body = STACKS(STACK("app", "CREATE_COMPLETE",                                                \
                          "<DriftInformation><StackDriftStatus>" drift                             \
                          "</StackDriftStatus></DriftInformation>"))},                             \
        {.to = "Action=ListStackResources", .body = RESOURCES("")},                                \
        {.to = "Action=DescribeStackEvents", .body = EVENTS("")}, NO_SETS

/* Somebody else has begun one: ours begins when that has ended. */
static void test_drift_is_looked_for_and_its_differences_are_read(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = "Action=DetectStackDrift",
         .error = "ValidationError",
         .body = "Drift detection is already in progress for stack [app]"},
        {.to = "Action=DetectStackDrift",
         .body = REPLY("DetectStackDrift", "<StackDriftDetectionId>d-1</StackDriftDetectionId>")},
        REST("NOT_CHECKED"),
        {.to = "Action=DescribeStackDriftDetectionStatus",
         .needs = "StackDriftDetectionId=d-1",
         .body = DETECTION("DETECTION_IN_PROGRESS", "")},
        {.to = "Action=DescribeStackDriftDetectionStatus",
         .body = DETECTION("DETECTION_COMPLETE",
                           "<DriftedStackResourceCount>1</DriftedStackResourceCount>")},
        REST("DRIFTED"),
        {.to = "Action=DescribeStackResourceDrifts",
         .needs = "member.1=MODIFIED",
         .body = REPLY("DescribeStackResourceDrifts",
                       "<StackResourceDrifts><member><LogicalResourceId>Queue</LogicalResourceId>"
                       "<StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus>"
                       "<PropertyDifferences><member><PropertyPath>/Delay</PropertyPath>"
                       "<ExpectedValue>0</ExpectedValue><ActualValue>5</ActualValue>"
                       "<DifferenceType>NOT_EQUAL</DifferenceType></member></PropertyDifferences>"
                       "</member></StackResourceDrifts>")},
    };
    struct stack_page page;
    struct arena arena;
    struct twin s;
    struct wish w;

    begin(&s, &w, stack_drift_read, answers, ARRAY_LEN(answers));
    w.what.stack = SV("app");
    s.deploy.is_read_only = true; /* it reads, however its name sounds */
    REQUIRE_OK(twin_run(&s, run, &w), &s.err);
    get(&s, &w, &arena, &page);
    CHECK_SV(page.detection.status, SV("DETECTION_COMPLETE"));
    CHECK_INT(page.detection.drifted, 1);
    CHECK_INT(page.drift_count, 1);
    CHECK_SV(page.drifts[0].differences[0].path, SV("/Delay"));
    CHECK_SV(page.drifts[0].differences[0].actual, SV("5"));
    CHECK_TRUE(!stack_page_is_busy(&page));
    arena_release(&arena);
    finish(&s, answers, ARRAY_LEN(answers));
}

static void test_a_page_that_was_read_by_name_is_found_by_its_arn(void **state UNUSED)
{
#define APP_ARN "arn:aws:cloudformation:eu-west-1:111111111111:stack/app/1-2"
    const struct stack_page page = {
        .stack = {.name = SV("app"), .id = SV(APP_ARN), .status = SV("UPDATE_COMPLETE")}};
    struct operand what = {.id = sales, .stack = SV("app")};
    struct cache *cache = open_cache();
    struct stack_page back;
    struct arena arena;
    int64_t read_at;
    struct err err = {0};

    REQUIRE_OK(stack_page_put(cache, &what, &page, &err), &err);
    arena_init(&arena, 1 << 20);
    what.stack = SV(APP_ARN);
    REQUIRE_OK(stack_page_get(cache, &what, &arena, &back, &read_at, &err), &err);
    CHECK_SV(back.stack.status, SV("UPDATE_COMPLETE"));
    /* Another one of that name, made anew. */
    what.stack = SV(APP_ARN "3");
    CHECK_INT(stack_page_get(cache, &what, &arena, &back, &read_at, &err), ERR_NOT_FOUND);
    arena_release(&arena);
    cache_close(cache);
}

static void test_a_name_is_taken_out_of_an_arn(void **state UNUSED)
{
    CHECK_SV(stack_name_of(SV("arn:aws:cloudformation:eu-west-1:1:stack/sales/1-2")), SV("sales"));
    CHECK_SV(stack_name_of(SV("sales")), SV("sales"));
    CHECK_SV(stack_name_of(SV("arn:x")), SV("arn:x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_failed_is_first_and_what_cannot_be_reached_says_why),
        TEST(test_penstocks_own_are_found_by_name_and_tags_nested_ones_are_not),
        TEST(test_what_could_not_be_read_at_all_leaves_what_was_known),
        TEST(test_a_card_names_stacks_before_any_was_read),
        TEST(test_stacks_of_builds_are_found_by_card_log_and_name),
        TEST(test_events_are_read_on_each_once_and_in_order),
        TEST(test_pages_of_events_are_read_to_the_beginning_of_the_operation),
        TEST(test_a_part_that_is_denied_hides_no_other),
        TEST(test_a_stack_that_is_not_there_is_told_by_name),
        TEST(test_drift_is_looked_for_and_its_differences_are_read),
        TEST(test_a_page_that_was_read_by_name_is_found_by_its_arn),
        TEST(test_a_name_is_taken_out_of_an_arn),
    };

    return RUN(tests);
}
