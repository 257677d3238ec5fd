/* Scopes: which rows were asked for, and how many there are of them. */
#include "tests/unit/check.h"

#include "core/views/scope.h"

static const struct sv accounts[] = {{"111111111111", 12}, {"222222222222", 12}};

static void put_context(struct cache *cache, const char *profile, struct sv account)
{
    const struct cache_context context = {.profile = sv_of(profile),
                                          .region = SV("eu-west-1"),
                                          .partition = SV("aws"),
                                          .account = account};
    struct err err = {0};

    REQUIRE_OK(cache_put_context(cache, &context, &err), &err);
}

static void put_pipeline(struct cache *cache, struct sv account, const char *name,
                         enum status status)
{
    const struct pipeline_id id = {SV("aws"), account, SV("eu-west-1"), sv_of(name)};
    const struct pipeline_def def = {.name = id.name, .arn = SV("arn"), .version = 1};
    const struct pipeline_state state = {.name = id.name, .version = 1};
    const struct execution latest = {.id = SV("e1"), .status = status};
    struct err err = {0};
    bool changed;

    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(cache, &id, &def, NULL, 0, 1, &changed, &err), &err);
    REQUIRE_OK(cache_put_state(cache, &id, &state, &latest, 1, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
}

/* Two accounts: one failed pipeline in the first, a failed and a good one in the second, which two
 * profiles lead to. */
static struct cache *make_cache(void)
{
    const struct cache_options options = {.in_memory = true};
    struct cache *cache = NULL;
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, NULL, &err), &err);
    put_context(cache, "dev", accounts[0]);
    put_context(cache, "prod", accounts[1]);
    put_context(cache, "prod-admin", accounts[1]);
    put_pipeline(cache, accounts[0], "orders", STATUS_FAILED);
    put_pipeline(cache, accounts[1], "orders", STATUS_FAILED);
    put_pipeline(cache, accounts[1], "clicks", STATUS_SUCCEEDED);
    return cache;
}

static void check_count(struct cache *cache, const struct context_list *contexts, int64_t total,
                        int64_t failed)
{
    struct cache_counts counts;
    struct err err = {0};
    struct scope scope;

    REQUIRE_OK(scope_load(cache, contexts, &scope, &err), &err);
    REQUIRE_OK(scope_count(cache, &scope, &counts, &err), &err);
    CHECK_INT(counts.total, total);
    CHECK_INT(counts.by_status[STATUS_FAILED], failed);
    scope_release(&scope);
}

static void test_count_of_everything(void **state UNUSED)
{
    struct cache *cache = make_cache();

    check_count(cache, NULL, 3, 2);
    cache_close(cache);
}

static void test_count_of_a_part_leaves_other_accounts_out(void **state UNUSED)
{
    struct context item = {.profile = SV("prod"), .region = SV("eu-west-1")};
    const struct context_list contexts = {.items = &item, .count = 1};
    struct cache *cache = make_cache();

    check_count(cache, &contexts, 2, 1);
    item.profile = SV("dev");
    check_count(cache, &contexts, 1, 1);
    item.profile = SV("stranger");
    check_count(cache, &contexts, 0, 0);
    cache_close(cache);
}

static void test_account_of_two_profiles_counts_once(void **state UNUSED)
{
    struct context items[] = {{.profile = SV("prod"), .region = SV("eu-west-1")},
                              {.profile = SV("prod-admin"), .region = SV("eu-west-1")}};
    const struct context_list contexts = {.items = items, .count = 2};
    struct cache *cache = make_cache();

    check_count(cache, &contexts, 2, 1);
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_count_of_everything),
        TEST(test_count_of_a_part_leaves_other_accounts_out),
        TEST(test_account_of_two_profiles_counts_once),
    };

    return RUN(tests);
}
