/* The approvals: which wait, until when, what they release, and who asked. */
#include "core/views/approvals.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "tests/unit/views/waiting.h"

static const int64_t now_ms = 1795262400000;
static struct cache *cache;

static int open_cache(void **state)
{
    struct cache_options options = {.in_memory = true};
    struct err err = {0};

    (void)state;
    return cache_open(&options, &cache, NULL, &err) ? -1 : 0;
}

static int close_cache(void **state)
{
    (void)state;
    cache_close(cache);
    return 0;
}

#define WITH_CACHE(fn) cmocka_unit_test_setup_teardown(fn, open_cache, close_cache)

static void load(struct approvals *a)
{
    int64_t count = -1;
    struct err err;

    approvals_init(a);
    REQUIRE_OK(approvals_load(a, cache, NULL, NULL, &err), &err);
    REQUIRE_OK(approvals_count(cache, NULL, &count, &err), &err); /* the header's agrees */
    CHECK_INT(count, a->total);
}

static void test_the_oldest_comes_first_and_expires_by_its_definition(void **state)
{
    struct approvals a;
    char text[APPROVAL_LEFT_SIZE];

    (void)state;
    waiting_put(cache, &(struct waiting){.name = "young", .minutes = 30, .timeout_minutes = 60},
                now_ms);
    waiting_put(
        cache,
        &(struct waiting){.name = "old", .minutes = 3000, .data = "look", .link = "http://x"},
        now_ms);
    waiting_put(cache, &(struct waiting){.name = "gone", .minutes = 90, .timeout_minutes = 60},
                now_ms);
    load(&a);
    CHECK_INT(a.count, 3);
    CHECK_SV(a.rows[0].row.id.name, SV("old"));
    CHECK_SV(a.rows[1].row.id.name, SV("gone"));
    CHECK_SV(a.rows[2].row.id.name, SV("young"));
    CHECK_SV(a.rows[0].stage, SV("ManualApproval-dev"));
    CHECK_SV(a.rows[0].action, SV("sign-off"));
    CHECK_SV(a.rows[0].data, SV("look"));
    CHECK_SV(a.rows[0].link, SV("http://x"));
    CHECK_INT(a.rows[0].expires - a.rows[0].since, 7LL * 24 * 60 * WAITING_MINUTE_MS);
    CHECK_STR(approval_left(&a.rows[0], now_ms, text), "4d22h");
    CHECK_STR(approval_left(&a.rows[1], now_ms, text), "expired");
    CHECK_STR(approval_left(&a.rows[2], now_ms, text), "30m SOON");
    approvals_release(&a);
}

static void test_it_releases_to_the_stage_behind_it(void **state)
{
    struct approvals a;

    (void)state;
    waiting_put(cache, &(struct waiting){.name = "orders", .minutes = 1}, now_ms);
    load(&a);
    CHECK_SV(a.rows[0].released, SV("Deploy-Stage-prod"));
    CHECK_SV(a.rows[0].environment, SV("prod"));
    CHECK_SV(a.rows[0].last_id, SV(WAITING_OLD));
    approvals_release(&a);
}

static void test_commits_are_counted_from_the_last_success_there(void **state)
{
    const struct waiting w = {.name = "orders", .minutes = 1};
    struct approvals a;
    char text[APPROVAL_COUNT_SIZE];

    (void)state;
    waiting_put(cache, &w, now_ms);
    load(&a);
    CHECK_STR(approval_commits(&a.rows[0], text), "?");
    CHECK_INT(a.rows[0].is_read, false);
    approvals_release(&a);
    waiting_put_carried(cache, &w, SV("c1"), now_ms);
    load(&a);
    CHECK_STR(approval_commits(&a.rows[0], text), "2");
    CHECK_SV(a.rows[0].commits[1].id, SV("c2"));
    CHECK_SV(a.rows[0].asked, SV("Ana Costa"));
    approvals_release(&a);
}

/* What it was counted from is not what prod runs any more. */
static void test_a_count_ends_with_what_the_stage_ran(void **state)
{
    const struct waiting before = {.name = "orders", .minutes = 1, .is_new_in_prod = true};
    const struct waiting since = {.name = "orders", .minutes = 1};
    struct approvals a;

    (void)state;
    waiting_put(cache, &since, now_ms);
    waiting_put_carried(cache, &before, SV(""), now_ms);
    load(&a);
    CHECK_INT(a.rows[0].commit_count, -1);
    CHECK_INT(a.rows[0].is_read, false);
    CHECK_SV(a.rows[0].last_id, SV(WAITING_OLD));
    approvals_release(&a);
}

static void test_what_comes_back_and_what_is_taken_back_is_told(void **state)
{
    const struct waiting w = {.name = "orders", .minutes = 1, .again = 1, .taken = 2};
    CLEANUP(sb_release) struct sb out;
    struct approvals a;
    struct err err;

    (void)state;
    sb_init(&out, 1 << 20);
    waiting_put(cache, &w, now_ms);
    waiting_put_carried(cache, &w, SV("c1"), now_ms);
    load(&a);
    CHECK_INT(a.rows[0].again, 1);
    CHECK_INT(a.rows[0].taken, 2);
    REQUIRE_OK(approvals_json(&a, true, &out, &err), &err);
    CHECK_TRUE(sv_find(sb_sv(&out), SV("\"takes_back\":2,\"brings_back\":1")) > 0);
    approvals_release(&a);
}

static void test_what_is_new_in_prod_releases_everything(void **state)
{
    const struct waiting w = {.name = "orders", .minutes = 1, .is_new_in_prod = true};
    struct approvals a;

    (void)state;
    waiting_put(cache, &w, now_ms);
    waiting_put_carried(cache, &w, SV(""), now_ms);
    load(&a);
    CHECK_SV(a.rows[0].last_id, SV(""));
    CHECK_INT(a.rows[0].commit_count, 3);
    approvals_release(&a);
}

static void test_a_person_who_released_it_asked(void **state)
{
    struct approvals a;

    (void)state;
    waiting_put(
        cache,
        &(struct waiting){.name = "orders",
                          .minutes = 1,
                          .trigger_detail = "arn:aws:sts::111111111111:assumed-role/Ops/ana"},
        now_ms);
    load(&a);
    CHECK_SV(a.rows[0].asked, SV("ana"));
    approvals_release(&a);
}

/* An older execution of a PARALLEL pipeline waits in its runs only. */
static void test_a_parallel_pipelines_approvals_are_its_runs(void **state)
{
    const struct waiting w = {.name = "many", .minutes = 9, .is_parallel = true};
    const struct pipeline_id id = waiting_id(&w);
    struct action_run run = {.execution_id = SV("second"),
                             .stage = SV("ManualApproval-dev"),
                             .started_at = now_ms - 60 * WAITING_MINUTE_MS,
                             .action = {.name = SV("sign-off"),
                                        .category = SV("Approval"),
                                        .status = STATUS_WAITING,
                                        .changed_at = now_ms,
                                        .percent = -1}};
    struct execution second = {.id = SV("second"), .status = STATUS_IN_PROGRESS, .started_at = 5};
    struct approvals a;
    bool changed;
    struct err err;

    (void)state;
    waiting_put(cache, &w, now_ms);
    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_history(cache, &id, &second, 1, &run, 1, now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
    load(&a);
    CHECK_INT(a.count, 2);
    CHECK_SV(a.rows[0].execution.id, SV("second"));
    CHECK_INT(a.rows[0].since, run.started_at);
    CHECK_TRUE(a.rows[0].number != a.rows[1].number);
    approvals_release(&a);
    second.status = STATUS_STOPPED;
    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_history(cache, &id, &second, 1, NULL, 0, now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
    load(&a);
    CHECK_INT(a.count, 1);
    approvals_release(&a);
}

/* Its runs were listed before the approval began, or while it waited: the state was seen since. */
static void test_the_latest_execution_is_as_its_state_says(void **state)
{
    const struct waiting w = {.name = "many", .minutes = 9, .is_parallel = true};
    const struct pipeline_id id = waiting_id(&w);
    struct action_run run = {.execution_id = SV(WAITING_NEW),
                             .stage = SV("ManualApproval-dev"),
                             .started_at = now_ms - 9 * WAITING_MINUTE_MS,
                             .action = {.name = SV("sign-off"),
                                        .category = SV("Approval"),
                                        .status = STATUS_SUCCEEDED,
                                        .changed_at = now_ms,
                                        .percent = -1}};
    struct approvals a;
    bool changed;
    struct err err;

    (void)state;
    waiting_put(cache, &w, now_ms);
    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_history(cache, &id, NULL, 0, &run, 1, now_ms, &changed, &err), &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
    load(&a);
    CHECK_INT(a.count, 1);
    CHECK_SV(a.rows[0].execution.id, SV(WAITING_NEW));
    approvals_release(&a);
}

static void test_scope_and_filter_narrow_it(void **state)
{
    static const char *const words[] = {"orders", "asked:ana", "environment:prod", "commit:c3"};
    const struct waiting mine = {
        .name = "orders", .minutes = 1, .trigger_detail = "arn:aws:iam::111111111111:user/ana"};
    struct context contexts[] = {{.profile = SV("cicd"), .region = SV("eu-west-1")}};
    struct context_list list = {.items = contexts, .count = 1};
    struct cache_context context = {SV("cicd"),         SV("eu-west-1"), SV("aws"),
                                    SV("111111111111"), SV(""),          0};
    struct scope scope;
    struct approvals a;
    struct err err;

    (void)state;
    waiting_put(cache, &mine, now_ms);
    waiting_put(cache, &(struct waiting){.name = "foreign", .is_elsewhere = true}, now_ms);
    REQUIRE_OK(cache_put_context(cache, &context, &err), &err);
    REQUIRE_OK(scope_load(cache, &list, &scope, &err), &err);
    approvals_init(&a);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct filter filter;

        REQUIRE_OK(filter_parse(sv_of(words[i]), approval_fields, &filter, &err), &err);
        REQUIRE_OK(approvals_load(&a, cache, &scope, &filter, &err), &err);
        CHECK_INT(a.count, 1);
        CHECK_INT(a.total, 1);
        filter_release(&filter);
    }
    REQUIRE_OK(approvals_load(&a, cache, NULL, NULL, &err), &err);
    CHECK_INT(a.count, 2);
    approvals_release(&a);
    scope_release(&scope);
}

static void test_the_json_has_what_is_promised(void **state)
{
    static const char begin[] =
        "{\"schema\":1,\"approvals\":[{\"pipeline\":\"orders\",\"stage\":\"ManualApproval-dev\","
        "\"action\":\"sign-off\",\"account\":\"111111111111\",\"region\":\"eu-west-1\","
        "\"since\":\"2026-11-21T11:59:00Z\",\"expires\":\"2026-11-21T12:59:00Z\","
        "\"revision\":\"c3\",\"summary\":\"add\",\"link\":null,";
    CLEANUP(sb_release) struct sb out;
    struct approvals a;
    struct err err;

    (void)state;
    sb_init(&out, 1 << 20);
    waiting_put(
        cache,
        &(struct waiting){.name = "orders", .minutes = 1, .timeout_minutes = 60, .message = "add"},
        now_ms);
    load(&a);
    REQUIRE_OK(approvals_json(&a, true, &out, &err), &err);
    CHECK_SV(sv_take(sb_sv(&out), strlen(begin)), sv_of(begin));
    CHECK_TRUE(sv_find(sb_sv(&out), SV("\"commits\":null")) > 0);
    approvals_release(&a);
}

/* Each allocation fails in turn: told as ERR_LIMIT, or done without; what was there stays. */
static void test_no_allocation_is_taken_for_granted(void **state)
{
    const struct waiting w = {.name = "orders", .minutes = 1, .message = "add"};
    struct approvals a;
    bool is_through = false;
    struct err err;

    (void)state;
    waiting_put(cache, &w, now_ms);
    waiting_put_carried(cache, &w, SV("c1"), now_ms);
    load(&a);
    for (long n = 1; !is_through && n < 5000; n++) {
        enum err_code rc;

        err = (struct err){0};
        mem_fail_at(n);
        rc = approvals_load(&a, cache, NULL, NULL, &err);
        is_through = mem_count() < n;
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT || rc == ERR_CACHE);
        CHECK_TRUE(rc == ERR_OK || err.text[0] != '\0');
        CHECK_INT(a.count, 1);
    }
    CHECK_TRUE(is_through);
    CHECK_INT(a.rows[0].commit_count, 2);
    approvals_release(&a);
}

static void test_nothing_waits(void **state)
{
    CLEANUP(sb_release) struct sb out;
    struct approvals a;
    struct err err;

    (void)state;
    sb_init(&out, 1 << 10);
    load(&a);
    CHECK_INT(a.count, 0);
    REQUIRE_OK(approvals_json(&a, true, &out, &err), &err);
    CHECK_SV(sb_sv(&out), SV("{\"schema\":1,\"approvals\":[]}"));
    approvals_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CACHE(test_the_oldest_comes_first_and_expires_by_its_definition),
        WITH_CACHE(test_it_releases_to_the_stage_behind_it),
        WITH_CACHE(test_commits_are_counted_from_the_last_success_there),
        WITH_CACHE(test_a_count_ends_with_what_the_stage_ran),
        WITH_CACHE(test_what_comes_back_and_what_is_taken_back_is_told),
        WITH_CACHE(test_what_is_new_in_prod_releases_everything),
        WITH_CACHE(test_a_person_who_released_it_asked),
        WITH_CACHE(test_a_parallel_pipelines_approvals_are_its_runs),
        WITH_CACHE(test_the_latest_execution_is_as_its_state_says),
        WITH_CACHE(test_scope_and_filter_narrow_it),
        WITH_CACHE(test_the_json_has_what_is_promised),
        WITH_CACHE(test_no_allocation_is_taken_for_granted),
        WITH_CACHE(test_nothing_waits),
    };
    return RUN(tests);
}
