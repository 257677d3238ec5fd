/* What the next shift is told: releases by place instead of one by one, and of each failure what is
 * known of it. */
#include "core/views/shift.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "tests/unit/cache/fixture.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };
static const int64_t now_ms = INT64_C(1795262400000); /* 2026-11-21T12:00:00Z */
static const char *vars[] = {"HOME=/nowhere", NULL};
static const struct aws_env env = {vars};

static struct shift load_shift(struct cache *cache)
{
    const struct shift_ask ask = {.cache = cache,
                                  .env = &env,
                                  .audit_dir = test_dir,
                                  .since_ms = now_ms - 8 * HOUR,
                                  .now_ms = now_ms};
    struct shift shift;
    struct err err = {0};

    REQUIRE_OK(shift_load(&ask, &shift, &err), &err);
    return shift;
}

static void as_text(const struct shift *shift, struct sb *out)
{
    struct err err = {0};

    sb_init(out, 1 << 20);
    REQUIRE_OK(shift_text(shift, out, &err), &err);
}

static bool has(const struct sb *text, const char *words)
{
    return strstr(sb_cstr(text), words) != NULL;
}

static int count_of(const struct sb *text, const char *words)
{
    int count = 0;

    for (const char *at = strstr(sb_cstr(text), words); at != NULL; at = strstr(at + 1, words))
        count++;
    return count;
}

/* ---- releases ---- */

/* Executions that succeeded, the last one at last_at, the others an hour apart before it. */
static void put_releases(struct cache *cache, const char *name, size_t count, int64_t last_at)
{
    static const char *const ids[] = {"e1", "e2", "e3", "e4"};
    static const char *const commits[] = {"aaaaaaaa11", "bbbbbbbb22", "cccccccc33", "dddddddd44"};
    struct execution executions[ARRAY_LEN(ids)];
    struct action_run runs[ARRAY_LEN(ids)];
    struct pipeline_id id = id_of(name);
    struct sample s;
    bool changed;
    struct err err = {0};

    REQUIRE(count <= ARRAY_LEN(ids));
    sample_fill(&s, name);
    for (size_t i = 0; i < count; i++) {
        int64_t end = last_at - (int64_t)(count - 1 - i) * HOUR;

        executions[i] =
            (struct execution){.id = sv_of(ids[i]),
                               .status = STATUS_SUCCEEDED,
                               .started_at = end - MINUTE,
                               .updated_at = end,
                               .revision = sv_of(commits[i]),
                               .revision_summary = SV("a change"),
                               .trigger_detail = i + 1 < count ? SV("arn:aws:iam::1:user/ana")
                                                               : SV("arn:aws:iam::1:user/ben")};
        runs[i] = (struct action_run){.execution_id = executions[i].id,
                                      .stage = SV("Deploy-Stage-dev"),
                                      .started_at = end - MINUTE,
                                      .action = {.name = SV("Ship"),
                                                 .category = SV("Build"),
                                                 .status = STATUS_SUCCEEDED,
                                                 .changed_at = end,
                                                 .percent = -1}};
    }
    s.latest = executions[count - 1];
    begin(cache);
    sample_put_def(cache, &s);
    sample_put_state(cache, &s, now_ms - MINUTE);
    REQUIRE_OK(
        cache_put_history(cache, &id, executions, count, runs, count, now_ms, &changed, &err),
        &err);
    commit(cache);
}

/* AWS names the execution that failed as the trigger's detail: nobody released that. */
static void test_an_automatic_rollback_was_nobodys_release(void **state UNUSED)
{
    const struct execution back = {.id = SV("e9"),
                                   .status = STATUS_SUCCEEDED,
                                   .started_at = now_ms - 2 * MINUTE,
                                   .updated_at = now_ms - MINUTE,
                                   .revision = SV("aaaaaaaa11"),
                                   .is_rollback = true,
                                   .trigger = SV("AutomatedRollback"),
                                   .trigger_detail = SV("ce034fe9-7a14-4f6e-9d53-000000000000")};
    const struct action_run run = {.execution_id = back.id,
                                   .stage = SV("Deploy-Stage-dev"),
                                   .started_at = now_ms - 2 * MINUTE,
                                   .action = {.name = SV("Ship"),
                                              .category = SV("Build"),
                                              .status = STATUS_SUCCEEDED,
                                              .changed_at = now_ms - MINUTE,
                                              .percent = -1}};
    struct cache *cache = open_memory_cache();
    struct pipeline_id id = id_of("back");
    struct shift shift;
    struct sample s;
    struct err err = {0};
    struct sb text;
    bool changed;

    sample_fill(&s, "back");
    s.latest = back;
    begin(cache);
    sample_put_def(cache, &s);
    sample_put_state(cache, &s, now_ms - MINUTE);
    REQUIRE_OK(cache_put_history(cache, &id, &back, 1, &run, 1, now_ms, &changed, &err), &err);
    commit(cache);
    shift = load_shift(cache);
    as_text(&shift, &text);
    CHECK_TRUE(has(&text, "back -> dev, by AWS, automatically: rolled back to aaaaaaaa"));
    CHECK_TRUE(!has(&text, "ce034fe9"));
    sb_release(&text);
    shift_release(&shift);
    cache_close(cache);
}

static void test_releases_are_told_by_place(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct shift shift;
    struct err err = {0};
    const cJSON *group;
    struct sb text;
    cJSON *json;

    put_releases(cache, "often", 3, now_ms - 2 * HOUR);
    put_releases(cache, "once", 1, now_ms - HOUR);
    shift = load_shift(cache);
    as_text(&shift, &text);
    CHECK_TRUE(has(&text, "Released (4)\n"
                          "  2026-11-21T11:00:00Z once -> dev, by ben: aaaaaaaa a change\n"
                          "  2026-11-21T10:00:00Z often -> dev, 3 times, the last by ben: "
                          "cccccccc a change\n"));
    CHECK_TRUE(!has(&text, "bbbbbbbb"));
    sb_clear(&text);
    REQUIRE_OK(shift_json(&shift, &text, &err), &err);
    REQUIRE_OK(json_parse(sb_sv(&text), &json, &err), &err);
    CHECK_INT(cJSON_GetArraySize(json_get(json, "released")), 4);
    CHECK_INT(cJSON_GetArraySize(json_get(json, "release_groups")), 2);
    group = json_list(json, "release_groups");
    CHECK_SV(json_sv(group, "subject"), SV("once"));
    CHECK_INT(json_int(group, "releases", 0), 1);
    CHECK_SV(json_sv(group->next, "subject"), SV("often"));
    CHECK_SV(json_sv(group->next, "environment"), SV("dev"));
    CHECK_INT(json_int(group->next, "releases", 0), 3);
    CHECK_TRUE(sv_starts(json_sv(group->next, "text"), SV("cccccccc")));
    cJSON_Delete(json);
    sb_release(&text);
    shift_release(&shift);
    cache_close(cache);
}

static void test_many_places_are_cut_as_text_only(void **state UNUSED)
{
    enum { PLACES = SHIFT_GROUPS_SHOWN + 3 };
    struct cache *cache = open_memory_cache();
    char names[PLACES][8];
    struct shift shift;
    struct err err = {0};
    struct sb text;
    cJSON *json;

    for (int i = 0; i < PLACES; i++) {
        (void)snprintf(names[i], sizeof names[i], "p%02d", i);
        put_releases(cache, names[i], 1, now_ms - (i + 1) * MINUTE);
    }
    shift = load_shift(cache);
    as_text(&shift, &text);
    CHECK_INT(count_of(&text, " -> dev, by ben"), SHIFT_GROUPS_SHOWN);
    CHECK_TRUE(has(&text, "p19 -> dev") && !has(&text, "p20 -> dev"));
    CHECK_TRUE(has(&text, "  ... and 3 more; --json has each release\n"));
    sb_clear(&text);
    REQUIRE_OK(shift_json(&shift, &text, &err), &err);
    REQUIRE_OK(json_parse(sb_sv(&text), &json, &err), &err);
    CHECK_INT(cJSON_GetArraySize(json_get(json, "release_groups")), PLACES);
    CHECK_INT(cJSON_GetArraySize(json_get(json, "released")), PLACES);
    cJSON_Delete(json);
    sb_release(&text);
    shift_release(&shift);
    cache_close(cache);
}

/* ---- failures ---- */

static struct sample failing;

static void put_failing(struct cache *cache)
{
    sample_put(cache, &failing, now_ms - MINUTE);
}

/* Its deployment failed, and AWS told no error. */
static int fill_failing(void **state UNUSED)
{
    sample_fill(&failing, "sales");
    failing.latest.status = failing.stages[1].status = STATUS_FAILED;
    failing.latest.updated_at = now_ms - HOUR;
    return make_test_dir(NULL);
}

static void expect_failing(struct cache *cache, const char *words)
{
    struct shift shift = load_shift(cache);
    struct sb text;

    as_text(&shift, &text);
    if (!has(&text, words))
        fail_msg("no \"%s\" in\n%s", words, sb_cstr(&text));
    sb_release(&text);
    shift_release(&shift);
}

static void test_what_was_not_read_names_its_verb(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();

    put_failing(cache);
    expect_failing(cache, "Failing now (1)\n  2026-11-21T11:00:00Z sales: the error was not "
                          "read yet: penstock failure sales\n");
    cache_close(cache);
}

static void test_a_condition_is_an_error_too(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();

    failing.stages[1].condition = SV("ON_SUCCESS");
    failing.stages[1].condition_status = SV("Failed");
    failing.stages[1].condition_text = SV("Reconciled: no\x1b[31m");
    put_failing(cache);
    expect_failing(cache, "Reconciled: no\xef\xbf\xbd[31m\n");
    /* Of an execution before it is no reason for this one. */
    failing.stages[1].execution_id = SV("e0");
    put_failing(cache);
    expect_failing(cache, "was not read yet");
    cache_close(cache);
}

static void test_an_action_says_what_it_can(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct action_run run = {.execution_id = SV("e1"),
                             .stage = SV("Deploy-Stage-dev"),
                             .action = {.name = SV("Ship"),
                                        .status = STATUS_FAILED,
                                        .error_message = SV("from its history"),
                                        .changed_at = now_ms - HOUR,
                                        .percent = -1}};
    struct pipeline_id id = id_of("sales");
    bool changed;
    struct err err = {0};

    put_failing(cache);
    begin(cache);
    REQUIRE_OK(cache_put_history(cache, &id, &failing.latest, 1, &run, 1, now_ms, &changed, &err),
               &err);
    commit(cache);
    expect_failing(cache, " sales: Deploy-Stage-dev/Ship: from its history\n");
    failing.actions[1].status = STATUS_FAILED;
    failing.actions[1].error_code = SV("JobFailed");
    put_failing(cache);
    expect_failing(cache, " sales: Deploy-Stage-dev/Ship: JobFailed\n");
    failing.actions[1].summary = SV("exit status 7");
    put_failing(cache);
    expect_failing(cache, " sales: Deploy-Stage-dev/Ship: exit status 7\n");
    failing.actions[1].error_message = SV("AWS's own words");
    put_failing(cache);
    expect_failing(cache, " sales: AWS's own words\n");
    cache_close(cache);
}

static void put_card(struct cache *cache, const char *json)
{
    const struct document_id card = {.kind = DOCUMENT_FAILURE,
                                     .partition = SV("aws"),
                                     .account = SV("111111111111"),
                                     .region = SV("eu-west-1"),
                                     .key = SV("sales/e1")};
    struct err err = {0};

    REQUIRE_OK(cache_put_document(cache, &card, sv_of(json), now_ms, &err), &err);
}

static void test_a_card_that_was_read_knows_best(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();

    failing.actions[1].status = STATUS_FAILED;
    failing.actions[1].error_code = SV("JobFailed");
    put_failing(cache);
    put_card(cache, "{\"schema\":1,\"execution\":\"e1\",\"actions\":[{\"stage\":\"Deploy\","
                    "\"action\":\"Ship\",\"code\":\"JobFailed\",\"log\":[{\"line\":1,\"text\":"
                    "\"fine\"},{\"line\":2,\"text\":\"no space left\",\"error\":true}]}]}");
    expect_failing(cache, " sales: Deploy/Ship: no space left\n");
    put_card(cache, "{\"schema\":1,\"execution\":\"e1\",\"actions\":[{\"stage\":\"Deploy\","
                    "\"action\":\"Ship\",\"message\":\"the stack failed\",\"resource\":\"T\","
                    "\"resource_reason\":\"T exists\"}]}");
    expect_failing(cache, " sales: Deploy/Ship: T exists\n");
    /* One that says nothing, or cannot be read, does not hide what is known besides. */
    put_card(cache, "{\"schema\":1,\"execution\":\"e1\",\"actions\":[]}");
    expect_failing(cache, "Deploy-Stage-dev/Ship: JobFailed\n");
    put_card(cache, "{\"schema\":99}");
    expect_failing(cache, "Deploy-Stage-dev/Ship: JobFailed\n");
    cache_close(cache);
}

static void test_it_survives_each_failing_allocation(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    const struct shift_ask ask = {.cache = cache,
                                  .env = &env,
                                  .audit_dir = test_dir,
                                  .since_ms = now_ms - 8 * HOUR,
                                  .now_ms = now_ms};
    bool is_through = false;
    long n = 1;

    put_releases(cache, "often", 3, now_ms - 2 * HOUR);
    put_failing(cache);
    put_card(cache, "{\"schema\":1,\"execution\":\"e1\",\"actions\":[]}");
    for (; !is_through; n++) {
        struct shift shift = {0};
        struct err err = {0};
        struct sb text;
        enum err_code rc;

        sb_init(&text, 1 << 20);
        mem_fail_at(n);
        rc = shift_load(&ask, &shift, &err);
        if (!rc)
            rc = shift_text(&shift, &text, &err);
        is_through = mem_count() < n;
        mem_fail_at(0);
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT || rc == ERR_CACHE);
        sb_release(&text);
        shift_release(&shift);
    }
    CHECK_TRUE(n > 20);
    cache_close(cache);
}

#define FAILING(fn) cmocka_unit_test_setup_teardown(fn, fill_failing, remove_test_dir)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_DIR(test_an_automatic_rollback_was_nobodys_release),
        TEST_IN_DIR(test_releases_are_told_by_place),
        TEST_IN_DIR(test_many_places_are_cut_as_text_only),
        FAILING(test_what_was_not_read_names_its_verb),
        FAILING(test_a_condition_is_an_error_too),
        FAILING(test_an_action_says_what_it_can),
        FAILING(test_a_card_that_was_read_knows_best),
        FAILING(test_it_survives_each_failing_allocation),
    };

    return RUN(tests);
}
