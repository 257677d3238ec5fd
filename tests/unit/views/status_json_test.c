/* The JSON of `penstock status`, from a cache in memory. */
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/views/scope.h"
#include "tests/unit/check.h"

/* SV, for what is initialised before main. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

enum { NOW = 1000 * 1000 * 1000 };

static const struct pipeline_id orders = {TEXT("aws"), TEXT("111111111111"), TEXT("eu-west-1"),
                                          TEXT("orders")};

static const struct action_def action_defs[] = {
    {.name = TEXT("approve"),
     .category = TEXT("Approval"),
     .owner = TEXT("AWS"),
     .provider = TEXT("Manual"),
     .run_order = 1},
};
static const struct stage_def stage_defs[] = {
    {.name = TEXT("Gate"), .actions = action_defs, .action_count = 1},
};
static const struct action_state action_states[] = {
    {.name = TEXT("approve"),
     .category = TEXT("Approval"),
     .status = STATUS_WAITING,
     .summary = TEXT("please \x1b[31mlook"),
     .changed_at = NOW - 5000,
     .percent = -1},
};
static const struct stage_state stage_states[] = {
    {.name = TEXT("Gate"),
     .status = STATUS_IN_PROGRESS,
     .execution_id = TEXT("e-1"),
     .condition = TEXT("ON_SUCCESS"),
     .condition_status = TEXT("InProgress"),
     .actions = action_states,
     .action_count = 1},
};

static struct cache *open_cache(void)
{
    struct cache_options options = {.in_memory = true};
    struct cache *cache = NULL;
    struct err notice = {0};
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, &notice, &err), &err);
    return cache;
}

static void put_orders(struct cache *cache, const struct pipeline_id *id)
{
    struct pipeline_def def = {.name = id->name,
                               .arn = SV("arn:aws:codepipeline:x"),
                               .version = 3,
                               .stages = stage_defs,
                               .stage_count = 1};
    struct pipeline_state state = {
        .name = id->name, .version = 3, .stages = stage_states, .stage_count = 1};
    struct execution latest = {.id = SV("e-1"),
                               .status = STATUS_IN_PROGRESS,
                               .started_at = NOW - 9000,
                               .updated_at = NOW - 5000,
                               .revision = SV("a1b2c3"),
                               .trigger = SV("Webhook")};
    struct cache_context context = {
        .profile = SV("dev"), .region = id->region, .partition = SV("aws"), .account = id->account};
    struct err err = {0};
    bool changed;

    REQUIRE_OK(cache_begin(cache, 1000, &err), &err);
    REQUIRE_OK(cache_put_context(cache, &context, &err), &err);
    REQUIRE_OK(cache_put_def(cache, id, &def, NULL, 0, NOW, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(cache, id, &state, &latest, NOW, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
}

static cJSON *ask(struct cache *cache, const struct context_list *contexts)
{
    struct pipeline_query query = {.sort = SORT_NAME};
    struct err err = {0};
    struct sb out;
    cJSON *json = NULL;

    sb_init(&out, 1 << 20);
    REQUIRE_OK(view_status_json(cache, contexts, &query, NOW, &out, &err), &err);
    REQUIRE_OK(json_parse(sb_sv(&out), &json, &err), &err);
    CHECK_INT(sv_find(sb_sv(&out), SV("\x1b")), -1);
    sb_release(&out);
    return json;
}

static void test_json_has_the_members_that_scripts_rely_on(void **state UNUSED)
{
    struct cache *cache = open_cache();
    struct context item = {.profile = SV("dev"), .region = SV("eu-west-1")};
    struct context_list contexts = {.items = &item, .count = 1};
    struct freshness fresh = {.synced_at = NOW - 1000};
    struct err err = {0};
    const cJSON *p;
    const cJSON *stage;
    const cJSON *action;
    cJSON *json;

    put_orders(cache, &orders);
    REQUIRE_OK(cache_put_freshness(cache, item.profile, item.region, &fresh, &err), &err);
    json = ask(cache, &contexts);
    CHECK_INT(json_int(json, "schema", 0), 1);
    CHECK_SV(json_sv(json_list(json, "contexts"), "account"), SV("111111111111"));
    CHECK_TRUE(json_get(json_list(json, "contexts"), "error") == NULL);
    p = json_list(json, "pipelines");
    CHECK_SV(json_sv(p, "name"), SV("orders"));
    CHECK_SV(json_sv(p, "strategy"), SV("unmanaged"));
    CHECK_SV(json_sv(p, "status"), SV("Waiting"));
    CHECK_SV(json_sv(p, "execution_id"), SV("e-1"));
    CHECK_SV(json_sv(p, "trigger"), SV("Webhook"));
    CHECK_TRUE(!json_bool(p, "stale", true));
    stage = json_list(p, "stages");
    CHECK_SV(json_sv(stage, "name"), SV("Gate"));
    CHECK_TRUE(!json_bool(stage, "transition_enabled", true));
    CHECK_SV(json_sv(stage, "condition"), SV("ON_SUCCESS"));
    CHECK_SV(json_sv(stage, "condition_status"), SV("InProgress"));
    CHECK_TRUE(json_get(stage, "condition_text") == NULL);
    action = json_list(stage, "actions");
    CHECK_SV(json_sv(action, "category"), SV("Approval"));
    CHECK_TRUE(json_bool(action, "waiting", false));
    cJSON_Delete(json);
    cache_close(cache);
}

static void test_only_the_contexts_that_were_asked_for_are_shown(void **state UNUSED)
{
    struct cache *cache = open_cache();
    struct context item = {.profile = SV("prod"), .region = SV("eu-west-1")};
    struct context_list contexts = {.items = &item, .count = 1};
    cJSON *json;

    put_orders(cache, &orders);
    json = ask(cache, &contexts);
    CHECK_TRUE(json_list(json, "pipelines") == NULL);
    CHECK_SV(json_sv(json_list(json, "contexts"), "profile"), SV("prod"));
    cJSON_Delete(json);
    json = ask(cache, NULL);
    CHECK_SV(json_sv(json_list(json, "pipelines"), "name"), SV("orders"));
    cJSON_Delete(json);
    cache_close(cache);
}

static void test_a_context_that_failed_says_why_and_its_rows_are_stale(void **state UNUSED)
{
    struct cache *cache = open_cache();
    struct context item = {.profile = SV("dev"), .region = SV("eu-west-1")};
    struct context_list contexts = {.items = &item, .count = 1};
    struct freshness f = {.synced_at = NOW - 5000,
                          .failed_at = NOW - 1000,
                          .code = ERR_NET,
                          .error = "no route to the endpoint"};
    struct err err = {0};
    cJSON *json;

    put_orders(cache, &orders);
    REQUIRE_OK(cache_put_freshness(cache, item.profile, item.region, &f, &err), &err);
    json = ask(cache, &contexts);
    CHECK_SV(json_sv(json_list(json, "contexts"), "error"), SV("no route to the endpoint"));
    CHECK_TRUE(json_bool(json_list(json, "pipelines"), "stale", false));
    cJSON_Delete(json);
    cache_close(cache);
}

static enum err_code count_flush(void *owner, struct sb *out, struct err *err UNUSED)
{
    ++*(int *)owner;
    sb_clear(out);
    return ERR_OK;
}

static void test_rows_can_be_taken_away_one_by_one(void **state UNUSED)
{
    struct cache *cache = open_cache();
    struct pipeline_id second = orders;
    struct pipeline_query query = {.sort = SORT_NAME};
    int flushes = 0;
    struct view_json ask_in_pieces = {
        .query = &query, .now_ms = NOW, .flush = count_flush, .owner = &flushes};
    struct err err = {0};
    struct sb out;

    second.name = SV("returns");
    put_orders(cache, &orders);
    put_orders(cache, &second);
    sb_init(&out, 1 << 20);
    REQUIRE_OK(view_write_json(cache, &ask_in_pieces, &out, &err), &err);
    CHECK_INT(flushes, 2);
    CHECK_SV(sb_sv(&out), SV("]}"));
    sb_release(&out);
    cache_close(cache);
}

static void test_running_out_of_memory_is_told_and_leaks_nothing(void **state UNUSED)
{
    struct cache *cache = open_cache();
    struct pipeline_query query = {.sort = SORT_NAME};
    enum err_code rc = ERR_LIMIT;
    struct err err = {0};
    struct sb out;
    long n;

    put_orders(cache, &orders);
    for (n = 1; rc && n < 1000; n++) {
        sb_init(&out, 1 << 20);
        mem_fail_at(n);
        rc = view_status_json(cache, NULL, &query, NOW, &out, &err);
        mem_fail_at(0);
        sb_release(&out);
        if (rc)
            CHECK_INT(rc, ERR_LIMIT);
    }
    CHECK_INT(rc, ERR_OK);
    CHECK_TRUE(n > 5);
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_json_has_the_members_that_scripts_rely_on),
        TEST(test_only_the_contexts_that_were_asked_for_are_shown),
        TEST(test_a_context_that_failed_says_why_and_its_rows_are_stale),
        TEST(test_rows_can_be_taken_away_one_by_one),
        TEST(test_running_out_of_memory_is_told_and_leaks_nothing),
    };

    return RUN(tests);
}
