/* The digest and the bell: what changed while nobody looked, and one sentence for each wanted
 * pipeline. */
#include "core/views/digest.h"

#include "core/base/mem.h"
#include "tests/unit/cache/fixture.h"

/* A pipeline whose second stage stands so, in that execution. */
static void put(struct cache *cache, const char *name, const char *execution, enum status status,
                const char *error, int64_t now)
{
    bool is_waiting = status == STATUS_WAITING;
    struct sample s;

    sample_fill(&s, name);
    s.latest.id = sv_of(execution);
    s.latest.status = is_waiting ? STATUS_IN_PROGRESS : status;
    s.latest.updated_at = now - 10;
    s.stages[1].status = s.latest.status;
    s.stages[1].execution_id = sv_of(execution);
    s.actions[1].status = status;
    s.actions[1].changed_at = now - 10;
    s.actions[1].error_message = sv_of(error);
    if (is_waiting)
        s.actions[1].category = SV("Approval");
    begin(cache);
    if (is_waiting) {
        s.action_defs[1].category = SV("Approval");
        s.def.version = 2;
    }
    sample_put_def(cache, &s);
    sample_put_state(cache, &s, now);
    commit(cache);
}

/* Everything ran well long ago. */
static struct cache *quiet_cache(void)
{
    static const char *const names[] = {"alpha", "beta", "gamma", "delta"};
    struct cache *cache = open_memory_cache();

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        put(cache, names[i], "e1", STATUS_SUCCEEDED, "", 1000 + (int64_t)i);
    return cache;
}

static struct digest load(struct cache *cache, const struct scope *scope, int64_t since)
{
    struct digest digest;
    struct err err = {0};

    REQUIRE_OK(digest_load(cache, scope, since, &digest, &err), &err);
    return digest;
}

static void test_only_what_changed_since_is_told(void **state UNUSED)
{
    struct cache *cache = quiet_cache();
    struct digest digest;

    put(cache, "alpha", "e2", STATUS_IN_PROGRESS, "", 5000);
    digest = load(cache, NULL, 5001);
    CHECK_INT(digest.changed, 0);
    CHECK_INT(digest.line_count, 0);
    digest_release(&digest);
    digest = load(cache, NULL, 5000);
    CHECK_INT(digest.changed, 1);
    CHECK_INT(digest.running, 1);
    CHECK_SV(digest.lines[0].id.name, SV("alpha"));
    digest_release(&digest);
    cache_close(cache);
}

static void test_what_needs_a_person_comes_first_then_the_latest(void **state UNUSED)
{
    struct cache *cache = quiet_cache();
    struct digest digest;

    put(cache, "alpha", "e2", STATUS_IN_PROGRESS, "", 5000);
    put(cache, "alpha", "e2", STATUS_FAILED, "access denied", 5100);
    put(cache, "beta", "e2", STATUS_WAITING, "", 5200);
    put(cache, "gamma", "e2", STATUS_SUCCEEDED, "", 5300);
    put(cache, "delta", "e2", STATUS_IN_PROGRESS, "", 5400);
    digest = load(cache, NULL, 5000);
    CHECK_INT(digest.changed, 4);
    CHECK_INT(digest.failed, 1);
    CHECK_INT(digest.waiting, 1);
    CHECK_INT(digest.running, 1);
    CHECK_INT(digest.succeeded, 1);
    CHECK_INT(digest.line_count, 4);
    CHECK_TRUE(!digest.has_more);
    CHECK_SV(digest.lines[0].id.name, SV("alpha"));
    CHECK_INT(digest.lines[0].status, STATUS_FAILED);
    CHECK_SV(digest.lines[0].summary, SV("Deploy-Stage-dev/Ship failed: access denied"));
    CHECK_SV(digest.lines[1].id.name, SV("beta"));
    CHECK_SV(digest.lines[1].summary, SV("Deploy-Stage-dev/Ship waits for approval"));
    CHECK_SV(digest.lines[2].id.name, SV("delta"));
    CHECK_SV(digest.lines[3].id.name, SV("gamma"));
    CHECK_INT(digest.lines[3].status, STATUS_SUCCEEDED);
    digest_release(&digest);
    cache_close(cache);
}

static void test_more_lines_than_fit_are_counted(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct digest digest;

    for (int i = 0; i < 3 * DIGEST_LINES; i++) {
        char name[20];

        snprintf(name, sizeof name, "p%02d", i);
        put(cache, name, "e1", STATUS_IN_PROGRESS, "", 1000); /* the first look is no change */
        put(cache, name, "e1", i == 0 ? STATUS_FAILED : STATUS_SUCCEEDED, "", 5000 + i);
    }
    digest = load(cache, NULL, 4000);
    CHECK_INT(digest.changed, 3 * DIGEST_LINES);
    CHECK_INT(digest.line_count, DIGEST_LINES);
    CHECK_SV(digest.lines[0].id.name, SV("p00"));
    CHECK_SV(digest.lines[1].id.name, SV("p23"));
    CHECK_SV(digest.lines[7].id.name, SV("p17"));
    digest_release(&digest);
    cache_close(cache);
}

/* Only an action changed: the row tells where the pipeline stands. */
static void test_a_part_that_changed_alone_counts_with_its_pipelines_status(void **state UNUSED)
{
    struct cache *cache = quiet_cache();
    struct digest digest;
    struct sample s;

    put(cache, "alpha", "e2", STATUS_IN_PROGRESS, "", 2000);
    sample_fill(&s, "alpha");
    s.latest.id = SV("e2");
    s.latest.status = STATUS_IN_PROGRESS;
    s.latest.updated_at = 1990;
    s.stages[1].status = STATUS_IN_PROGRESS;
    s.stages[1].execution_id = SV("e2");
    s.actions[1].status = STATUS_SUCCEEDED;
    s.actions[1].changed_at = 4990;
    begin(cache);
    sample_put_state(cache, &s, 5000);
    commit(cache);
    digest = load(cache, NULL, 4000);
    CHECK_INT(digest.changed, 1);
    CHECK_INT(digest.running, 1);
    CHECK_INT(digest.lines[0].status, STATUS_IN_PROGRESS);
    CHECK_SV(digest.lines[0].summary, SV("Deploy-Stage-dev/Ship succeeded"));
    digest_release(&digest);
    cache_close(cache);
}

static void test_other_scopes_are_left_out(void **state UNUSED)
{
    struct scope_item item = {
        .partition = SV("aws"), .account = SV("222222222222"), .region = SV("eu-west-1")};
    struct scope scope = {.items = &item, .count = 1, .is_partial = true};
    struct cache *cache = quiet_cache();
    struct digest digest;

    put(cache, "alpha", "e2", STATUS_FAILED, "", 5000);
    digest = load(cache, &scope, 1);

    CHECK_INT(digest.changed, 0);
    digest_release(&digest);
    item.account = SV("111111111111");
    digest = load(cache, &scope, 1);
    CHECK_INT(digest.changed, 1);
    digest_release(&digest);
    cache_close(cache);
}

static void test_the_digest_survives_each_failing_allocation(void **state UNUSED)
{
    struct cache *cache = quiet_cache();
    enum err_code rc = ERR_LIMIT;

    put(cache, "alpha", "e2", STATUS_FAILED, "no", 5000);
    for (long n = 1; rc != ERR_OK && n < 1000; n++) {
        struct digest digest;

        mem_fail_at(n);
        rc = digest_load(cache, NULL, 1, &digest, NULL);
        mem_fail_at(0);
        if (rc == ERR_OK)
            digest_release(&digest);
        else
            CHECK_INT(rc, ERR_LIMIT);
    }
    CHECK_INT(rc, ERR_OK);
    cache_close(cache);
}

static void check_sentence(const struct transition *t, const char *want)
{
    CLEANUP(sb_release) struct sb text;
    struct err err = {0};

    sb_init(&text, 4000);
    REQUIRE_OK(transition_text(t, &text, &err), &err);
    CHECK_SV(sb_sv(&text), sv_of(want));
}

static void test_a_transition_is_one_sentence(void **state UNUSED)
{
    struct transition t = {.id = {.name = SV("orders-etl")},
                           .kind = TRANSITION_STAGE,
                           .stage = SV("Deploy-Stage-prod"),
                           .from = STATUS_IN_PROGRESS,
                           .to = STATUS_FAILED,
                           .summary = SV("access denied")};

    check_sentence(&t, "orders-etl: Deploy-Stage-prod failed: access denied");
    t.kind = TRANSITION_PIPELINE;
    t.summary = SV_NONE;
    check_sentence(&t, "orders-etl failed");
    t.kind = TRANSITION_ACTION;
    t.action = SV("Deploy-Stage-prod");
    t.to = STATUS_WAITING;
    check_sentence(&t, "orders-etl: Deploy-Stage-prod waits for approval");
    t.kind = TRANSITION_GATE;
    t.to = STATUS_STOPPED;
    t.summary = SV("freeze\x1b[2J\n");
    check_sentence(&t, "orders-etl: transition into Deploy-Stage-prod was disabled: "
                       "freeze\xef\xbf\xbd[2J\xef\xbf\xbd");
}

/* ---- notify ---- */

static struct notify notify;

static bool toggle(struct cache *cache, const char *name)
{
    struct err err = {0};
    bool is_on = false;

    REQUIRE_OK(notify_toggle(&notify, cache, sv_of(name), &is_on, &err), &err);
    return is_on;
}

static void check_news(struct cache *cache, const char *want)
{
    CLEANUP(sb_release) struct sb text;
    struct err err = {0};

    sb_init(&text, 4000);
    REQUIRE_OK(notify_check(&notify, cache, &text, &err), &err);
    CHECK_SV(sb_sv(&text), sv_of(want));
}

static void test_the_bell_rings_once_for_news_only(void **state UNUSED)
{
    struct cache *cache = quiet_cache();

    notify = (struct notify){.count = 0};
    CHECK_TRUE(toggle(cache, "alpha"));
    check_news(cache, ""); /* what was before is no news */
    put(cache, "beta", "e2", STATUS_FAILED, "", 5000);
    check_news(cache, "");
    put(cache, "alpha", "e2", STATUS_FAILED, "access denied", 5100);
    check_news(cache, "alpha: Deploy-Stage-dev/Ship failed: access denied");
    CHECK_INT(notify.count, 0);
    put(cache, "alpha", "e3", STATUS_SUCCEEDED, "", 5200);
    check_news(cache, "");
    CHECK_TRUE(toggle(cache, "alpha"));
    CHECK_TRUE(!toggle(cache, "alpha"));
    CHECK_INT(notify.count, 0);
    cache_close(cache);
}

static void test_no_news_of_several_is_lost(void **state UNUSED)
{
    struct cache *cache = quiet_cache();

    notify = (struct notify){.count = 0};
    toggle(cache, "alpha");
    toggle(cache, "beta");
    toggle(cache, "gamma");
    put(cache, "gamma", "e2", STATUS_STOPPED, "", 5000);
    put(cache, "alpha", "e2", STATUS_FAILED, "", 5100);
    check_news(cache, "alpha: Deploy-Stage-dev/Ship failed; gamma: Deploy-Stage-dev/Ship was "
                      "stopped");
    CHECK_INT(notify.count, 1);
    CHECK_STR(notify.names[0], "beta");
    cache_close(cache);
}

/* One CodePipeline per stage, one logical pipeline. */
static void test_a_logical_name_means_each_of_its_pipelines(void **state UNUSED)
{
    struct tag tags[] = {{SV("penstock:pipeline"), SV("orders")},
                         {SV("penstock:stage"), SV("dev")},
                         {SV("penstock:strategy"), SV("gitflow")}};
    struct cache *cache = quiet_cache();
    struct pipeline_id id = id_of("orders-dev");
    struct err err = {0};
    struct sample s;
    bool changed;

    sample_fill(&s, "orders-dev");
    begin(cache);
    REQUIRE_OK(cache_put_def(cache, &id, &s.def, tags, 3, 1, &changed, &err), &err);
    sample_put_state(cache, &s, 2000);
    commit(cache);
    notify = (struct notify){.count = 0};
    toggle(cache, "orders");
    s.latest.id = SV("e2");
    s.latest.status = STATUS_CANCELLED;
    s.latest.updated_at = 3000;
    begin(cache);
    sample_put_state(cache, &s, 3000);
    commit(cache);
    check_news(cache, "orders-dev was cancelled");
    cache_close(cache);
}

static void test_the_bell_survives_each_failing_allocation(void **state UNUSED)
{
    struct cache *cache = quiet_cache();
    enum err_code rc = ERR_LIMIT;

    notify = (struct notify){.count = 0};
    toggle(cache, "alpha");
    put(cache, "alpha", "e2", STATUS_FAILED, "no", 5000);
    for (long n = 1; rc != ERR_OK && n < 1000; n++) {
        CLEANUP(sb_release) struct sb text;

        sb_init(&text, 4000);
        mem_fail_at(n);
        rc = notify_check(&notify, cache, &text, NULL);
        mem_fail_at(0);
        CHECK_INT(notify.count, rc == ERR_OK ? 0 : 1); /* no news is lost */
    }
    CHECK_INT(rc, ERR_OK);
    cache_close(cache);
}

static void test_a_name_that_nobody_has_is_refused(void **state UNUSED)
{
    struct cache *cache = quiet_cache();
    struct err err = {0};
    bool is_on = false;

    notify = (struct notify){.count = 0};
    CHECK_INT(notify_toggle(&notify, cache, SV("alhpa"), &is_on, &err), ERR_NOT_FOUND);
    CHECK_STR(err.text, "there is no pipeline \"alhpa\"; type a part of it, Tab completes");
    CHECK_INT(notify.count, 0);
    notify.count = NOTIFY_MAX;
    CHECK_INT(notify_toggle(&notify, cache, SV("alpha"), &is_on, &err), ERR_LIMIT);
    cache_close(cache);
}

static void test_a_cache_that_was_begun_anew_is_no_news(void **state UNUSED)
{
    struct cache *cache = quiet_cache();

    put(cache, "beta", "e2", STATUS_FAILED, "", 5000);
    notify = (struct notify){.count = 0};
    toggle(cache, "alpha");
    cache_close(cache);
    cache = quiet_cache();
    check_news(cache, "");
    put(cache, "alpha", "e2", STATUS_FAILED, "", 6000);
    check_news(cache, "alpha: Deploy-Stage-dev/Ship failed");
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_only_what_changed_since_is_told),
        TEST(test_what_needs_a_person_comes_first_then_the_latest),
        TEST(test_more_lines_than_fit_are_counted),
        TEST(test_a_part_that_changed_alone_counts_with_its_pipelines_status),
        TEST(test_other_scopes_are_left_out),
        TEST(test_the_digest_survives_each_failing_allocation),
        TEST(test_a_transition_is_one_sentence),
        TEST(test_the_bell_rings_once_for_news_only),
        TEST(test_no_news_of_several_is_lost),
        TEST(test_a_logical_name_means_each_of_its_pipelines),
        TEST(test_the_bell_survives_each_failing_allocation),
        TEST(test_a_name_that_nobody_has_is_refused),
        TEST(test_a_cache_that_was_begun_anew_is_no_news),
    };

    return RUN(tests);
}
