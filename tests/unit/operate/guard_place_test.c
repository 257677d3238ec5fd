/* Stages that others made: what the guard makes of their names, and of where their actions work. */
#include "core/operate/guard_place.h"
#include "tests/unit/operate/operate_stage.h"

/* "Deploy" failed, and behind it stands this stage. */
#define THEN(stage)                                                                                \
    {                                                                                              \
        .to = OPS_STATE,                                                                           \
        .body = OPS_STATE_OF(                                                                      \
            "{\"stageName\":\"Build\",\"actionStates\":[{\"actionName\":\"Run\","                  \
            "\"latestExecution\":{\"actionExecutionId\":\"a\",\"status\":\"Failed\"}}],"           \
            "\"latestExecution\":{\"pipelineExecutionId\":\"e1\",\"status\":\"Failed\"}},"         \
            "{\"stageName\":\"" stage "\"}")                                                       \
    }
#define WORKS(category, more)                                                                      \
    "\"actions\":[{\"name\":\"Run\",\"actionTypeId\":{\"category\":\"" category                    \
    "\",\"provider\":\"P\"}" more "}]"
#define DEFINED(stage, actions)                                                                    \
    {                                                                                              \
        .to = OPS_DEF, .body = "{\"pipeline\":{\"name\":\"sales\",\"version\":3,\"stages\":["      \
                               "{\"name\":\"Build\"," WORKS("Build", "") "},{\"name\":\"" stage    \
                                                                         "\"," actions "}]}}"      \
    }
#define SAME                                                                                       \
    {                                                                                              \
        .to = OPS_RUN, .body = "{\"pipelineExecution\":{\"pipelineVersion\":3,\"status\":"         \
                               "\"Failed\",\"executionMode\":\"SUPERSEDED\"}}"                     \
    }
#define THERE(account) ",\"roleArn\":\"arn:aws:iam::" account ":role/deploy\""

static struct cached_environment place(const char *name, const char *kind, const char *account)
{
    return (struct cached_environment){.name = sv_of(name),
                                       .kind = sv_of(kind),
                                       .account = sv_of(account),
                                       .region = SV("eu-west-1"),
                                       .way = SV("this context"),
                                       .stage = SV(""),
                                       .team = SV(""),
                                       .bootstrap = SV("cdk hnb659fds"),
                                       .json = SV("{}"),
                                       .version = 1};
}

static struct cache *open_cache(const struct cached_environment *list, size_t count)
{
    struct cache_options options = {.in_memory = true};
    struct cache *cache = NULL;
    struct err err = {0};
    bool changed;

    REQUIRE_OK(cache_open(&options, &cache, NULL, &err), &err);
    REQUIRE_OK(cache_put_environments(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), list,
                                      count, 1, &changed, &err),
               &err);
    return cache;
}

static void plan(struct ops *s, struct cache *cache, const struct answer *answers, size_t count)
{
    ops_begin(s, &operation_retry, answers, count);
    s->operands[0].stage = SV("Build");
    s->twin.deploy.cache = cache;
    OPS_PLANNED(s);
}

static void end(struct ops *s)
{
    s->twin.deploy.cache = NULL;
    ops_end(s);
}

static void test_a_stage_called_production_is_protected_and_frozen(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, THEN("Deploy-Production"),
                                            DEFINED("Deploy-Production", WORKS("Deploy", "")),
                                            SAME};
    static const struct answer other[] = {TWIN_HOME, THEN("Development"),
                                          DEFINED("Development", WORKS("Deploy", "")), SAME};
    struct ops s;

    plan(&s, NULL, answers, ARRAY_LEN(answers));
    CHECK_STR(s.plan.confirm, "sales");
    CHECK_SV(s.plan.guarded, SV("Deploy-Production")); /* why the word is asked for */
    CHECK_STR(ops_hint(&s), "");
    end(&s);
    ops_begin(&s, &operation_retry, answers, ARRAY_LEN(answers));
    s.operands[0].stage = SV("Build");
    ops_config(&s, "[guard]\nprotected = audit\nprotected_pipelines = s*\n");
    OPS_PLANNED(&s);
    CHECK_STR(s.plan.confirm, "sales");
    CHECK_SV(s.plan.guarded, SV("the pipeline sales"));
    ops_config_end(&s);
    ops_end(&s);
    ops_begin(&s, &operation_retry, answers, ARRAY_LEN(answers));
    s.operands[0].stage = SV("Build");
    ops_config(&s, "[freeze]\nweekend = prod: 2020-01-01 to 2099-01-01: nobody is there\n");
    OPS_PLANNED(&s);
    OPS_HAS(ops_refusal(&s), "weekend, until");
    ops_config_end(&s);
    ops_end(&s);
    plan(&s, NULL, other, ARRAY_LEN(other));
    CHECK_STR(s.plan.confirm, "");
    CHECK_STR(ops_hint(&s), "no environment is known: not protected");
    end(&s);
}

static void test_the_account_that_it_works_in_tells(void **state UNUSED)
{
#define WHOLE(actions)                                                                             \
    {                                                                                              \
        TWIN_HOME, THEN("Rollout"), DEFINED("Rollout", actions), SAME                              \
    }
    static const struct answer by_role[] = WHOLE(WORKS("Build", THERE("444444444444")));
    static const struct answer elsewhere[] = WHOLE(WORKS("Build", THERE("222222222222")));
    static const struct answer unknown[] = WHOLE(WORKS("Build", THERE("999999999999")));
    static const struct answer home_build[] = WHOLE(WORKS("Build", ""));
    static const struct answer home_deploy[] = WHOLE(WORKS("Deploy", ""));
    static const struct answer approval[] = WHOLE(WORKS("Source", THERE("444444444444")));
    const struct {
        const struct answer *answers;
        size_t count;
        const char *home; /* what the pipeline's own account is called, and is */
        const char *kind;
        const char *confirm;
        const char *hint;
    } cases[] = {
        {by_role, ARRAY_LEN(by_role), "cicd", "cicd", "sales", ""},
        {elsewhere, ARRAY_LEN(elsewhere), "cicd", "cicd", "", ""},
        {unknown, ARRAY_LEN(unknown), "cicd", "cicd", "", "no environment is known: not protected"},
        {home_build, ARRAY_LEN(home_build), "cicd", "cicd", "",
         "no environment is known: not protected"},
        {home_deploy, ARRAY_LEN(home_deploy), "cicd", "cicd", "", ""},
        {home_build, ARRAY_LEN(home_build), "production", "target", "sales", ""},
        {approval, ARRAY_LEN(approval), "cicd", "cicd", "",
         "no environment is known: not protected"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct cached_environment known[] = {
            place(cases[i].home, cases[i].kind, "111111111111"),
            place("dev", "target", "222222222222"), place("prod", "target", "444444444444")};
        struct cache *cache = open_cache(known, ARRAY_LEN(known));
        struct ops s;

        plan(&s, cache, cases[i].answers, cases[i].count);
        CHECK_STR(s.plan.confirm, cases[i].confirm);
        CHECK_STR(ops_hint(&s), cases[i].hint);
        end(&s);
        cache_close(cache);
    }
}

/* One account with two of them: the stage's own words say which. */
static void test_a_name_goes_before_the_account(void **state UNUSED)
{
    static const struct answer dev[] = {TWIN_HOME, THEN("Deploy-Dev"),
                                        DEFINED("Deploy-Dev", WORKS("Deploy", "")), SAME};
    static const struct answer any[] = {TWIN_HOME, THEN("Rollout"),
                                        DEFINED("Rollout", WORKS("Deploy", "")), SAME};
    const struct cached_environment known[] = {place("cicd", "cicd", "111111111111"),
                                               place("dev", "target", "111111111111"),
                                               place("prod", "target", "111111111111")};
    struct cache *cache = open_cache(known, ARRAY_LEN(known));
    struct ops s;

    plan(&s, cache, dev, ARRAY_LEN(dev));
    CHECK_STR(s.plan.confirm, "");
    CHECK_STR(ops_hint(&s), "");
    end(&s);
    plan(&s, cache, any, ARRAY_LEN(any));
    CHECK_STR(s.plan.confirm, "sales");
    end(&s);
    cache_close(cache);
}

/* What is called so is elsewhere: the account that it works in counts as well. */
static void test_a_name_hides_no_other_account(void **state UNUSED)
{
    static const struct answer there[] = {
        TWIN_HOME, THEN("Deploy-EU"), DEFINED("Deploy-EU", WORKS("Deploy", THERE("333333333333"))),
        SAME};
    static const struct answer own[] = {
        TWIN_HOME, THEN("Deploy-EU"), DEFINED("Deploy-EU", WORKS("Deploy", THERE("222222222222"))),
        SAME};
    const struct cached_environment known[] = {place("cicd", "cicd", "111111111111"),
                                               place("eu", "target", "222222222222"),
                                               place("prod", "target", "333333333333")};
    struct cache *cache = open_cache(known, ARRAY_LEN(known));
    struct ops s;

    plan(&s, cache, there, ARRAY_LEN(there));
    CHECK_STR(s.plan.confirm, "sales");
    end(&s);
    plan(&s, cache, own, ARRAY_LEN(own));
    CHECK_STR(s.plan.confirm, "");
    end(&s);
    cache_close(cache);
}

/* The state alone is read: what its stages do the cache tells. */
static void test_a_stop_is_guarded_by_the_definition_in_the_cache(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = OPS_LIST, .body = OPS_LISTED(OPS_EXECUTION("e2", "InProgress"))},
        {.to = OPS_STATE,
         .body = OPS_STATE_OF("{\"stageName\":\"Rollout\",\"actionStates\":[],\"latestExecution\":{"
                              "\"pipelineExecutionId\":\"e2\",\"status\":\"InProgress\"}}")}};
    const struct action_def action = {.name = SV("Run"),
                                      .category = SV("Deploy"),
                                      .role_arn = SV("arn:aws:iam::444444444444:role/deploy"),
                                      .run_order = 1};
    const struct stage_def stage = {.name = SV("Rollout"), .actions = &action, .action_count = 1};
    const struct pipeline_def def = {
        .name = SV("sales"), .version = 2, .stages = &stage, .stage_count = 1};
    const struct cached_environment known[] = {place("prod", "target", "444444444444")};
    struct cache *cache = open_cache(known, ARRAY_LEN(known));
    struct err err = {0};
    bool changed;

    for (int has_def = 0; has_def < 2; has_def++) {
        struct ops s;

        ops_begin(&s, &operation_stop, answers, ARRAY_LEN(answers));
        s.in.reason = SV("enough");
        s.twin.deploy.cache = cache;
        REQUIRE_OK(cache_begin(cache, 0, &err), &err);
        if (has_def)
            REQUIRE_OK(cache_put_def(cache, &s.operands[0].id, &def, NULL, 0, 1, &changed, &err),
                       &err);
        REQUIRE_OK(cache_commit(cache, &err), &err);
        OPS_PLANNED(&s);
        CHECK_STR(s.plan.confirm, has_def ? "sales" : "");
        end(&s);
    }
    cache_close(cache);
}

/* Many of one account, and a stage whose actions all work there: no limit keeps anybody from
 * stopping what runs, and each name counts once. */
static void test_many_places_block_nothing(void **state UNUSED)
{
    enum { PLACES = 400 };
    static const struct answer answers[] = {
        TWIN_HOME, THEN("Rollout"),
        DEFINED("Rollout", "\"actions\":[{\"name\":\"A\",\"actionTypeId\":{\"category\":\"Deploy\","
                           "\"provider\":\"P\"}},{\"name\":\"B\",\"actionTypeId\":{\"category\":"
                           "\"Deploy\",\"provider\":\"P\"}}]"),
        SAME};
    static char names[PLACES][64];
    static struct cached_environment known[PLACES];
    struct cache *cache;
    struct ops s;

    for (int i = 0; i < PLACES; i++) {
        snprintf(names[i], sizeof names[i],
                 i == PLACES - 1 ? "prod" : "a-sandbox-with-quite-a-long-name-of-its-own-%04d", i);
        known[i] = place(names[i], "target", "111111111111");
    }
    cache = open_cache(known, PLACES);
    plan(&s, cache, answers, ARRAY_LEN(answers));
    CHECK_STR(ops_refusal(&s), "");
    CHECK_STR(s.plan.confirm, "sales");
    CHECK_SV(s.plan.guarded, SV("prod"));
    end(&s);
    cache_close(cache);
}

static void test_a_name_is_added_once(void **state UNUSED)
{
    struct err err = {0};
    struct sb out;

    sb_init(&out, 100);
    REQUIRE_OK(guard_place_add(&out, SV("prod-eu"), &err), &err);
    REQUIRE_OK(guard_place_add(&out, SV("prod"), &err), &err);
    REQUIRE_OK(guard_place_add(&out, SV("prod"), &err), &err);
    REQUIRE_OK(guard_place_add(&out, SV(""), &err), &err);
    REQUIRE_OK(guard_place_add(&out, SV("prod-eu"), &err), &err);
    CHECK_SV(sb_sv(&out), SV(",prod-eu,prod"));
    sb_release(&out);
}

/* Its tags may not be read and nothing else places it: it may be what is frozen. */
static void test_a_freeze_covers_what_may_be_any(void **state UNUSED)
{
    static const struct answer answers[] = {TWIN_HOME, THEN("Rollout"),
                                            DEFINED("Rollout", WORKS("Deploy", "")), SAME};
    const struct pipeline_def def = {.name = SV("sales"), .version = 2};
    struct cache *cache = open_cache(NULL, 0);
    struct err err = {0};
    bool changed;

    for (int is_denied = 0; is_denied < 2; is_denied++) {
        struct ops s;

        ops_begin(&s, &operation_retry, answers, ARRAY_LEN(answers));
        s.operands[0].stage = SV("Build");
        s.twin.deploy.cache = cache;
        REQUIRE_OK(cache_begin(cache, 0, &err), &err);
        REQUIRE_OK(cache_put_def(cache, &s.operands[0].id, &def, NULL, 0, 1, &changed, &err), &err);
        REQUIRE_OK(cache_put_trouble(cache, &s.operands[0].id,
                                     is_denied
                                         ? SV("codepipeline:ListTagsForResource is denied")
                                         : SV("codepipeline:ListPipelineExecutions is denied"),
                                     &changed, &err),
                   &err);
        REQUIRE_OK(cache_commit(cache, &err), &err);
        ops_config(&s, "[freeze]\nweekend = prod: 2020-01-01 to 2099-01-01: nobody is there\n");
        OPS_PLANNED(&s);
        CHECK_STR(s.plan.confirm, is_denied ? "sales" : "");
        if (is_denied)
            OPS_HAS(ops_refusal(&s), "weekend, until");
        else
            CHECK_STR(ops_refusal(&s), "");
        ops_config_end(&s);
        end(&s);
    }
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_stage_called_production_is_protected_and_frozen),
        TEST(test_the_account_that_it_works_in_tells),
        TEST(test_a_name_goes_before_the_account),
        TEST(test_a_name_hides_no_other_account),
        TEST(test_a_stop_is_guarded_by_the_definition_in_the_cache),
        TEST(test_many_places_block_nothing),
        TEST(test_a_name_is_added_once),
        TEST(test_a_freeze_covers_what_may_be_any),
    };

    return RUN(tests);
}
