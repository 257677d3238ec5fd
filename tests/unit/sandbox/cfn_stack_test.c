/* The stack engine: faults in the middle, roll-backs that fail themselves, what builds deploy. */
#include "core/sandbox/cfn_stack.h"

#include "core/base/mem.h"
#include "tests/unit/sandbox/cfn_scene.h"

static const char two[] = "Resources:\n"
                          "  A: {Type: AWS::SSM::Parameter, Properties: {Type: String, Name: /a, "
                          "Value: one}}\n"
                          "  B: {Type: AWS::SSM::Parameter, DependsOn: A, Properties: {Type: "
                          "String, Name: /b, Value: one}}\n";
static const char changed[] = "Resources:\n"
                              "  A: {Type: AWS::SSM::Parameter, Properties: {Type: String, Name: "
                              "/a, Value: two}}\n"
                              "  B: {Type: AWS::SSM::Parameter, DependsOn: A, Properties: {Type: "
                              "String, Name: /b, Value: two}}\n";

static void settle(struct scene *s)
{
    for (int n = 0; scene_step(s); n++)
        REQUIRE(n < 1000);
}

static void check_parameter(struct scene *s, const char *name, const char *want)
{
    struct record_key key = {.kind = "ssm.parameter",
                             .account = s->c.account,
                             .region = s->c.region,
                             .name = sv_of(name)};
    cJSON *value = NULL;

    REQUIRE_OK(record_get(s->service.records, &key, &value, &s->err), &s->err);
    CHECK_SV(json_sv(value, "Value"), sv_of(want));
    cJSON_Delete(value);
}

/* A resource's member in the stack's record, as a text for the comparison. */
static bool resource_is(struct scene *s, const char *logical, const char *status)
{
    cJSON *stack = stack_find(&s->c, SV("lake"));
    bool is =
        sv_eq(json_sv(json_get(json_get(stack, "Resources"), logical), "Status"), sv_of(status));

    cJSON_Delete(stack);
    return is;
}

static void add_fault(struct scene *s, const char *spec)
{
    REQUIRE_OK(faults_add(&s->faults, sv_of(spec), &s->err), &s->err);
}

static void open_two(struct scene *s)
{
    scene_open(s);
    CHECK_STR(scene_deploy(s, "lake", two), "");
    CHECK_STR(scene_status(s, "lake"), "CREATE_IN_PROGRESS");
    settle(s);
    CHECK_STR(scene_status(s, "lake"), "CREATE_COMPLETE");
}

static void test_a_deployment_creates_then_changes_then_does_nothing(void **state UNUSED)
{
    struct scene s;

    open_two(&s);
    check_parameter(&s, "/b", "one");
    CHECK_STR(scene_deploy(&s, "lake", changed), "");
    CHECK_STR(scene_status(&s, "lake"), "UPDATE_IN_PROGRESS");
    CHECK_TRUE(strstr(scene_deploy(&s, "lake", two), "can not be updated") != NULL);
    settle(&s);
    check_parameter(&s, "/b", "two");
    CHECK_STR(scene_deploy(&s, "lake", changed), "");
    CHECK_STR(scene_status(&s, "lake"), "UPDATE_COMPLETE");
    CHECK_STR(scene_status(&s, "nothing"), "");
    scene_close(&s);
}

static void test_a_fault_rolls_an_update_back(void **state UNUSED)
{
    struct scene s;

    open_two(&s);
    add_fault(&s, "stack-failure:B:1:1");
    CHECK_STR(scene_deploy(&s, "lake", changed), "");
    settle(&s);
    CHECK_STR(scene_status(&s, "lake"), "UPDATE_ROLLBACK_COMPLETE");
    check_parameter(&s, "/a", "one");
    check_parameter(&s, "/b", "one");
    scene_close(&s);
}

/* B fails, and then A cannot be put back either. */
static void break_rollback(struct scene *s)
{
    open_two(s);
    add_fault(s, "stack-failure:B:1:1");
    CHECK_STR(scene_deploy(s, "lake", changed), "");
    while (!resource_is(s, "A", "UPDATE_COMPLETE"))
        REQUIRE(scene_step(s));
    add_fault(s, "stack-failure:A:1:1");
    settle(s);
    CHECK_STR(scene_status(s, "lake"), "UPDATE_ROLLBACK_FAILED");
}

static void test_a_failed_rollback_continues(void **state UNUSED)
{
    struct scene s;
    cJSON *stack;

    break_rollback(&s);
    stack = stack_find(&s.c, SV("lake"));
    stack_continue(&s.c, stack, NULL);
    stack_save(&s.c, stack);
    cJSON_Delete(stack);
    settle(&s);
    CHECK_STR(scene_status(&s, "lake"), "UPDATE_ROLLBACK_COMPLETE");
    check_parameter(&s, "/a", "one");
    CHECK_STR(scene_deploy(&s, "lake", changed), "");
    settle(&s);
    CHECK_STR(scene_status(&s, "lake"), "UPDATE_COMPLETE");
    scene_close(&s);
}

static void test_a_failed_rollback_continues_without_what_is_skipped(void **state UNUSED)
{
    struct scene s;
    cJSON *stack;
    cJSON *skip;

    break_rollback(&s);
    stack = stack_find(&s.c, SV("lake"));
    skip = cfn_list(&s.c);
    cfn_add_once(&s.c, skip, SV("A"));
    stack_continue(&s.c, stack, skip);
    stack_save(&s.c, stack);
    cJSON_Delete(skip);
    cJSON_Delete(stack);
    settle(&s);
    CHECK_STR(scene_status(&s, "lake"), "UPDATE_ROLLBACK_COMPLETE");
    check_parameter(&s, "/a", "two");
    scene_close(&s);
}

static void test_a_stack_that_is_made_can_be_deleted(void **state UNUSED)
{
    struct scene s;
    cJSON *stack;

    scene_open(&s);
    CHECK_STR(scene_deploy(&s, "lake", two), "");
    while (!resource_is(&s, "A", "CREATE_COMPLETE"))
        REQUIRE(scene_step(&s));
    stack = stack_find(&s.c, SV("lake"));
    stack_delete(&s.c, stack, NULL);
    stack_save(&s.c, stack);
    cJSON_Delete(stack);
    settle(&s);
    CHECK_STR(scene_status(&s, "lake"), "");
    check_parameter(&s, "/a", NULL);
    check_parameter(&s, "/b", NULL);
    scene_close(&s);
}

/* As many allocations as there are, with growing strides. */
static void test_an_allocation_may_fail_while_a_stack_is_made(void **state UNUSED)
{
    bool is_done = false;

    for (long n = 1; !is_done; n += 1 + n / 25) {
        struct cloudformation_ask ask = {.account = SV("1"),
                                         .region = SV("eu-west-1"),
                                         .stack_name = SV("lake"),
                                         .template_text = sv_of(two)};
        char why[STACK_WHY_MAX];
        struct scene s;
        struct later later;
        bool is_there = true;
        enum err_code rc;

        REQUIRE(n < 1000000);
        scene_open(&s);
        mem_fail_at(n);
        rc = cloudformation_deploy(&s.service, &ask, why, &s.err);
        while (!rc && is_there) {
            rc = later_take(s.service.records, INT64_MAX, &later, &is_there, &s.err);
            if (!rc && is_there)
                rc = service_do_later(&s.service, &later, &s.err);
        }
        is_done = mem_count() < n;
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
        scene_close(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_deployment_creates_then_changes_then_does_nothing),
        TEST(test_a_fault_rolls_an_update_back),
        TEST(test_a_failed_rollback_continues),
        TEST(test_a_failed_rollback_continues_without_what_is_skipped),
        TEST(test_a_stack_that_is_made_can_be_deleted),
        TEST(test_an_allocation_may_fail_while_a_stack_is_made),
    };

    return RUN(tests);
}
