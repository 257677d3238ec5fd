/* Plans: the same as text and as JSON, and harm always has its word. */
#include "core/deploy/plan.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

static enum err_code fill(struct plan *plan, struct err *err)
{
    struct plan_step *first;
    struct plan_step *second;
    struct plan_item *bucket;
    enum err_code rc = plan_init(plan, err);

    if (rc)
        return rc;
    (void)snprintf(plan->title, sizeof plan->title, "Change a pipeline: sales");
    (void)snprintf(plan->account, sizeof plan->account, "111111111111");
    (void)snprintf(plan->region, sizeof plan->region, "eu-west-1");
    (void)snprintf(plan->caller, sizeof plan->caller, "arn:aws:iam::111111111111:user/ops");
    first = plan_step(plan, "Stack", SV("222222222222"), SV("eu-west-1"), "ExecuteChangeSet");
    second = plan_step(plan, "What remains", SV(""), SV(""), "");
    if (first == NULL || second == NULL)
        return arena_err(&plan->arena, err);
    bucket = plan_item(plan, first, EFFECT_CREATES, SV("AWS::S3::Bucket"), SV("made"), SV(""));
    if (bucket == NULL ||
        plan_item(plan, first, EFFECT_REPLACES, SV("AWS::KMS::Key"), SV("key\x1b[2J"),
                  SV("KeySpec")) == NULL ||
        plan_item(plan, second, EFFECT_LEAVES, SV("log group"), SV("/logs"), SV("")) == NULL)
        return arena_err(&plan->arena, err);
    bucket->cost = "about nothing";
    plan->template_text = SV("{\"Resources\":{}}");
    defects_warn(plan->defects, "stages", "two are %s", "alike");
    return ERR_OK;
}

static struct plan plan;
static struct sb out;

static int open_plan(void **state UNUSED)
{
    struct err err = {0};

    sb_init(&out, 1 << 20);
    REQUIRE_OK(fill(&plan, &err), &err);
    return 0;
}

static int close_plan(void **state UNUSED)
{
    plan_release(&plan);
    sb_release(&out);
    return 0;
}

static bool says(const char *words)
{
    return strstr(sb_cstr(&out), words) != NULL;
}

static void test_text_tells_who_where_what_and_harm(void **state UNUSED)
{
    struct err err = {0};

    REQUIRE_OK(plan_text(&plan, false, &out, &err), &err);
    CHECK_TRUE(says("Change a pipeline: sales\naccount 111111111111, region eu-west-1, as arn:"));
    CHECK_TRUE(says("! warning: stages: two are alike\n"));
    CHECK_TRUE(says(" 1 Stack  [222222222222 eu-west-1]\n   calls ExecuteChangeSet\n"));
    CHECK_TRUE(says("+ creates     S3 Bucket made  ($ about nothing)\n"));
    CHECK_TRUE(says("! REPLACES    KMS Key "));
    CHECK_TRUE(says("In all: creates 1, REPLACES 1, leaves behind 1.\n"));
    CHECK_TRUE(!says("\x1b"));
    CHECK_TRUE(!says("Resources"));
    sb_clear(&out);
    REQUIRE_OK(plan_text(&plan, true, &out, &err), &err);
    CHECK_TRUE(says("Resources"));
}

static void test_an_operation_tells_what_it_finds_and_what_it_does(void **state UNUSED)
{
    struct plan_step *step =
        plan_step(&plan, "retry sales", SV("111111111111"), SV("eu-west-1"), "RetryStageExecution");
    struct plan_item *item;
    struct err err = {0};

    REQUIRE(step != NULL);
    step->iam = SV("codepipeline:RetryStageExecution");
    step->caller = SV("arn:aws:iam::111111111111:user/ops");
    step->own_line = SV("penstock retry sales Deploy");
    item = plan_item(&plan, step, EFFECT_CHANGES, SV("now"), SV("Deploy FAILED\n"),
                     SV("re-runs 1 action"));
    REQUIRE(item != NULL);
    REQUIRE_OK(plan_text(&plan, false, &out, &err), &err);
    CHECK_TRUE(says("   calls RetryStageExecution\n"
                    "   now Deploy FAILED\xef\xbf\xbd\n"
                    "   ~ changes re-runs 1 action\n"
                    "   as arn:aws:iam::111111111111:user/ops\n"
                    "   needs codepipeline:RetryStageExecution\n"
                    "   or as penstock retry sales Deploy\n"));
    CHECK_TRUE(says("+ creates     S3 Bucket made"));
    /* Where nothing would be done there is no second line. */
    item->effect = EFFECT_KEEPS;
    item->detail = SV("");
    sb_clear(&out);
    REQUIRE_OK(plan_text(&plan, false, &out, &err), &err);
    CHECK_TRUE(says("   now Deploy FAILED\xef\xbf\xbd\n   as "));
}

static void test_counts_and_harm_agree_with_the_items(void **state UNUSED)
{
    CHECK_INT(plan_count(&plan, EFFECT_CREATES), 1);
    CHECK_INT(plan_count(&plan, EFFECT_DELETES), 0);
    CHECK_TRUE(plan_harms(&plan));
    plan.steps->items->next = NULL;
    CHECK_TRUE(!plan_harms(&plan));
    for (int e = 0; e < EFFECT_COUNT; e++)
        CHECK_INT(effect_harms((enum effect)e),
                  strpbrk(effect_word((enum effect)e), "RLE") != NULL);
}

static void test_json_tells_the_same(void **state UNUSED)
{
    struct err err = {0};
    const cJSON *step;
    const cJSON *item;
    cJSON *json;

    REQUIRE_OK(plan_json(&plan, &out, &err), &err);
    REQUIRE_OK(json_parse(sb_sv(&out), &json, &err), &err);
    CHECK_SV(json_sv(json, "account"), SV("111111111111"));
    CHECK_TRUE(json_bool(json, "harms", false));
    step = json_list(json, "steps");
    CHECK_SV(json_sv(step, "title"), SV("Stack"));
    item = json_list(step, "items");
    CHECK_SV(json_sv(item, "effect"), SV("creates"));
    CHECK_SV(json_sv(item->next, "effect"), SV("REPLACES"));
    CHECK_TRUE(json_bool(item->next, "harms", false));
    CHECK_TRUE(cJSON_IsObject(json_get(json, "template")));
    CHECK_SV(json_sv(json_list(json, "defects"), "field"), SV("stages"));
    cJSON_Delete(json);
}

static enum err_code story(struct plan *p, struct sb *text, struct err *err)
{
    enum err_code rc = fill(p, err);

    if (!rc)
        rc = plan_text(p, true, text, err);
    if (!rc)
        rc = plan_json(p, text, err);
    return rc;
}

static void test_it_survives_each_failing_allocation(void **state UNUSED)
{
    bool is_through = false;
    long n = 1;

    for (; !is_through; n++) {
        struct plan p = {0};
        struct sb text;
        struct err err = {0};
        enum err_code rc;

        sb_init(&text, 1 << 20);
        mem_fail_at(n);
        rc = story(&p, &text, &err);
        is_through = mem_count() < n;
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
        plan_release(&p);
        sb_release(&text);
    }
    CHECK_TRUE(n > 4);
}

static void add_place(struct plan *p, struct sv account, struct sv region)
{
    REQUIRE(plan_step(p, "Step", account, region, "X") != NULL);
}

static void test_several_places_are_all_named(void **state UNUSED)
{
    char text[200];
    struct plan p;
    struct err err;

    REQUIRE_OK(plan_init(&p, &err), &err);
    (void)snprintf(p.account, sizeof p.account, "111111111111");
    (void)snprintf(p.region, sizeof p.region, "eu-west-1");
    add_place(&p, SV(""), SV(""));
    add_place(&p, SV("111111111111"), SV("eu-west-1"));
    plan_places(&p, text, sizeof text);
    CHECK_STR(text, "");
    add_place(&p, SV("222222222222"), SV("eu-west-1"));
    add_place(&p, SV("111111111111"), SV("eu-west-1"));
    add_place(&p, SV("222222222222"), SV("us-east-1"));
    plan_places(&p, text, sizeof text);
    CHECK_STR(text, "111111111111 eu-west-1, 222222222222 eu-west-1 and 222222222222 us-east-1");
    plan_places(&p, text, 20); /* it stays inside */
    CHECK_INT(strlen(text), 19);
    plan_release(&p);
    REQUIRE_OK(plan_init(&p, &err), &err);
    add_place(&p, SV("222222222222"), SV("eu-west-1"));
    plan_places(&p, text, sizeof text);
    CHECK_STR(text, "222222222222 eu-west-1");
    plan_release(&p);
}

#define PLANNED(fn) cmocka_unit_test_setup_teardown(fn, open_plan, close_plan)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLANNED(test_text_tells_who_where_what_and_harm),
        PLANNED(test_an_operation_tells_what_it_finds_and_what_it_does),
        PLANNED(test_counts_and_harm_agree_with_the_items),
        PLANNED(test_json_tells_the_same),
        cmocka_unit_test(test_several_places_are_all_named),
        PLANNED(test_it_survives_each_failing_allocation),
    };

    return RUN(tests);
}
