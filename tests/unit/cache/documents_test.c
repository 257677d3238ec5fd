/* Documents, permissions and definitions in the cache. */
#include "tests/unit/cache/fixture.h"

#include "core/base/mem.h"

#define PLACE .partition = SV("aws"), .account = SV("111111111111"), .region = SV("eu-west-1")

static void test_a_document_is_given_back_with_when_it_was_read(void **state UNUSED)
{
    const struct document_id id = {DOCUMENT_FAILURE, PLACE, .key = SV("sales/1")};
    const struct document_id other = {DOCUMENT_COMMIT, PLACE, .key = SV("sales/1")};
    struct cache *cache = open_memory_cache();
    struct arena arena;
    struct sv json;
    struct err err = {0};
    int64_t read_at;
    int64_t before;
    int64_t after;

    arena_init(&arena, 1 << 20);
    CHECK_INT(cache_get_document(cache, &id, &arena, &json, &read_at, &err), ERR_NOT_FOUND);
    CHECK_STR(err.text, "this failure was not read yet");
    REQUIRE_OK(cache_put_document(cache, &id, SV("{\"a\":1}"), 5000, &err), &err);
    REQUIRE_OK(cache_get_document(cache, &id, &arena, &json, &read_at, &err), &err);
    CHECK_SV(json, SV("{\"a\":1}"));
    CHECK_INT(read_at, 5000);
    CHECK_INT(cache_get_document(cache, &other, &arena, &json, &read_at, &err), ERR_NOT_FOUND);

    /* The same again only moves its time: nobody is woken for it. */
    REQUIRE_OK(cache_change_seq(cache, &before, &err), &err);
    REQUIRE_OK(cache_put_document(cache, &id, SV("{\"a\":1}"), 9000, &err), &err);
    REQUIRE_OK(cache_change_seq(cache, &after, &err), &err);
    CHECK_INT(after, before);
    REQUIRE_OK(cache_get_document(cache, &id, &arena, &json, &read_at, &err), &err);
    CHECK_INT(read_at, 9000);
    REQUIRE_OK(cache_put_document(cache, &id, SV("{\"a\":2}"), 9001, &err), &err);
    REQUIRE_OK(cache_change_seq(cache, &after, &err), &err);
    CHECK_TRUE(after > before);
    arena_release(&arena);
    cache_close(cache);
}

static void test_the_budget_lets_the_longest_unused_go(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    char *text = mem_alloc(DOCUMENT_MAX);
    struct arena arena;
    struct sv json;
    struct err err = {0};
    int64_t read_at;
    int kept = 0;
    enum { COUNT = DOCUMENTS_MAX / DOCUMENT_MAX + 2 };

    CHECK_TRUE(text != NULL);
    memset(text, 'x', DOCUMENT_MAX);
    for (int i = 0; i < COUNT; i++) {
        char key[16];
        struct document_id id = {DOCUMENT_FILE, PLACE, .key = SV_NONE};

        snprintf(key, sizeof key, "%d", i);
        id.key = sv_of(key);
        text[0] = (char)('a' + i % 26);
        REQUIRE_OK(cache_put_document(cache, &id, sv_make(text, DOCUMENT_MAX), 1000 + i, &err),
                   &err);
    }
    arena_init(&arena, 64 << 20);
    for (int i = 0; i < COUNT; i++) {
        char key[16];
        struct document_id id = {DOCUMENT_FILE, PLACE, .key = SV_NONE};
        bool is_kept;

        snprintf(key, sizeof key, "%d", i);
        id.key = sv_of(key);
        is_kept = cache_get_document(cache, &id, &arena, &json, &read_at, &err) == ERR_OK;
        CHECK_TRUE(is_kept || kept == 0); /* the oldest are those that are gone */
        kept += is_kept;
    }
    CHECK_TRUE(kept >= COUNT / 2);
    CHECK_TRUE((int64_t)kept * DOCUMENT_MAX <= DOCUMENTS_MAX);
    CHECK_INT(cache_put_document(cache,
                                 &(struct document_id){DOCUMENT_FILE, PLACE, .key = SV("big")},
                                 sv_make(text, (size_t)DOCUMENT_MAX + 1), 1, &err),
              ERR_LIMIT);
    arena_release(&arena);
    mem_free(text);
    cache_close(cache);
}

static void test_a_permission_of_the_resource_comes_before_one_of_any(void **state UNUSED)
{
    struct permission any = {.partition = SV("aws"),
                             .account = SV("111111111111"),
                             .caller = SV("arn:aws:iam::111111111111:role/ops"),
                             .iam_action = SV("codepipeline:PutApprovalResult"),
                             .resource = SV(""),
                             .is_allowed = true,
                             .at = 1000};
    struct permission one = any;
    struct permission asked = any;
    struct cache *cache = open_memory_cache();
    struct err err = {0};

    CHECK_INT(cache_get_permission(cache, &asked, &err), ERR_NOT_FOUND);
    REQUIRE_OK(cache_put_permission(cache, &any, &err), &err);
    one.resource = SV("sales-prod");
    one.is_allowed = false;
    one.at = 500;
    REQUIRE_OK(cache_put_permission(cache, &one, &err), &err);
    asked.resource = SV("sales-prod");
    REQUIRE_OK(cache_get_permission(cache, &asked, &err), &err);
    CHECK_TRUE(!asked.is_allowed);
    CHECK_INT(asked.at, 500);
    asked.resource = SV("sales-dev");
    REQUIRE_OK(cache_get_permission(cache, &asked, &err), &err);
    CHECK_TRUE(asked.is_allowed);
    asked.caller = SV("arn:aws:iam::111111111111:role/other");
    CHECK_INT(cache_get_permission(cache, &asked, &err), ERR_NOT_FOUND);
    cache_close(cache);
}

static void test_a_definition_is_given_back_as_it_was_put(void **state UNUSED)
{
    const struct action_def actions[] = {
        {.name = SV("Code"),
         .category = SV("Source"),
         .owner = SV("AWS"),
         .provider = SV("CodeCommit"),
         .branch = SV("main"),
         .repository = SV("sales"),
         .run_order = 1},
        {.name = SV("Approve"),
         .category = SV("Approval"),
         .owner = SV("AWS"),
         .provider = SV("Manual"),
         .data = SV("see \"the\" runbook\n"),
         .link = SV("https://example.com/1"),
         .timeout_minutes = 60,
         .run_order = 2},
    };
    const struct variable_def variables[] = {
        {.name = SV("region"), .value = SV("eu"), .description = SV("where")},
        {.name = SV("batch"), .value = SV_NONE},
        {.name = SV("empty"), .value = SV("")},
    };
    const struct stage_def stages[] = {
        {.name = SV("Source"), .actions = actions, .action_count = 1},
        {.name = SV("Prod"), .actions = &actions[1], .action_count = 1}};
    const struct pipeline_id id = {PLACE, .name = SV("sales")};
    struct pipeline_def def = {.name = SV("sales"),
                               .arn = SV("arn:aws:codepipeline:eu-west-1:111111111111:sales"),
                               .type = SV("V2"),
                               .mode = MODE_QUEUED,
                               .version = 3,
                               .updated_at = 77,
                               .stages = stages,
                               .stage_count = 2,
                               .variables = variables,
                               .variable_count = 3};
    struct cache *cache = open_memory_cache();
    struct pipeline_def got;
    struct arena arena;
    struct err err = {0};
    int64_t rowid;
    bool changed;

    arena_init(&arena, 1 << 20);
    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(cache, &id, &def, NULL, 0, 1000, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
    REQUIRE_OK(cache_find_id(cache, &id, &rowid, &err), &err);
    REQUIRE_OK(cache_get_def(cache, rowid, &arena, &got, &err), &err);
    CHECK_TRUE(pipeline_def_hash(&got) == pipeline_def_hash(&def));
    CHECK_TRUE(got.variables[1].value.ptr == NULL);
    CHECK_TRUE(got.variables[2].value.ptr != NULL);
    CHECK_SV(got.stages[1].actions[0].data, SV("see \"the\" runbook\n"));

    /* One more minute for the approval is a change that is written. */
    {
        struct action_def later = actions[1];
        const struct stage_def changed_stages[] = {
            stages[0], {.name = SV("Prod"), .actions = &later, .action_count = 1}};

        later.timeout_minutes = 61;
        def.stages = changed_stages;
        REQUIRE_OK(cache_begin(cache, 0, &err), &err);
        REQUIRE_OK(cache_put_def(cache, &id, &def, NULL, 0, 1000, &changed, &err), &err);
        REQUIRE_OK(cache_commit(cache, &err), &err);
        CHECK_TRUE(changed);
        REQUIRE_OK(cache_get_def(cache, rowid, &arena, &got, &err), &err);
        CHECK_INT(got.stages[1].actions[0].timeout_minutes, 61);
    }
    arena_release(&arena);
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_document_is_given_back_with_when_it_was_read),
        TEST(test_the_budget_lets_the_longest_unused_go),
        TEST(test_a_permission_of_the_resource_comes_before_one_of_any),
        TEST(test_a_definition_is_given_back_as_it_was_put),
    };

    return RUN(tests);
}
