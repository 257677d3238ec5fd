/* The history and the change feed: what was seen to change, once, in order. */
#include "tests/unit/cache/fixture.h"

struct told {
    struct sb text;
    int64_t last_seq;
};

/* "kind stage/action from>to execution;" */
static bool tell(void *owner, const struct transition *t)
{
    static const char *const kinds[] = {"pipeline", "stage", "action", "gate"};
    struct told *told = owner;
    struct err err = {0};

    CHECK_TRUE(t->seq > told->last_seq);
    told->last_seq = t->seq;
    REQUIRE_OK(sb_addf(&told->text, &err, "%s " SV_FMT "/" SV_FMT " %s>%s " SV_FMT ";",
                       kinds[t->kind], SV_ARG(t->stage), SV_ARG(t->action), status_aws(t->from),
                       status_aws(t->to), SV_ARG(t->execution_id)),
               &err);
    return true;
}

static void check_told(struct cache *cache, int64_t *after, const char *want)
{
    struct told told = {.last_seq = *after};
    struct err err = {0};

    sb_init(&told.text, 1 << 20);
    REQUIRE_OK(cache_transitions(cache, &(struct transition_query){.after_seq = *after}, tell,
                                 &told, &err),
               &err);
    CHECK_STR(sb_cstr(&told.text), want);
    sb_release(&told.text);
    *after = told.last_seq;
}

static void test_first_sight_is_no_change(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct sample s;
    int64_t after = 0;

    sample_fill(&s, "orders");
    sample_put(cache, &s, 1);
    check_told(cache, &after, "");
    cache_close(cache);
}

static void test_every_part_that_changes_is_told(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct sample s;
    int64_t after = 0;

    sample_fill(&s, "orders");
    sample_put(cache, &s, 1);
    s.latest.id = SV("e2");
    s.latest.status = STATUS_IN_PROGRESS;
    s.stages[0].execution_id = SV("e2");
    s.stages[0].status = STATUS_IN_PROGRESS;
    s.actions[0].status = STATUS_IN_PROGRESS;
    s.actions[0].changed_at = 2000;
    sample_put(cache, &s, 2);
    check_told(cache, &after,
               "pipeline / Succeeded>InProgress e2;stage Source/ Succeeded>InProgress e2;"
               "action Source/Fetch Succeeded>InProgress e2;");
    s.stages[1].transition_enabled = false;
    sample_put(cache, &s, 3);
    check_told(cache, &after, "gate Deploy-Stage-dev/ Succeeded>Stopped ;");
    s.stages[1].transition_enabled = true;
    s.actions[0].percent = 50; /* seen, but no status */
    sample_put(cache, &s, 4);
    check_told(cache, &after, "gate Deploy-Stage-dev/ Stopped>Succeeded ;");
    cache_close(cache);
}

static void test_new_run_with_the_same_word_is_told(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct sample s;
    int64_t after = 0;

    sample_fill(&s, "orders");
    sample_put(cache, &s, 1);
    s.latest.id = s.stages[0].execution_id = SV("e2");
    s.actions[0].changed_at = 2000;
    sample_put(cache, &s, 2);
    check_told(cache, &after,
               "pipeline / Succeeded>Succeeded e2;stage Source/ Succeeded>Succeeded e2;"
               "action Source/Fetch Succeeded>Succeeded e2;");
    cache_close(cache);
}

static void test_waiting_approval_is_told_as_waiting(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct sample s;
    int64_t after = 0;

    sample_fill(&s, "orders");
    s.actions[1].category = SV("Approval");
    sample_put(cache, &s, 1);
    s.actions[1].status = s.stages[1].status = s.latest.status = STATUS_IN_PROGRESS;
    s.actions[1].execution_id = SV("a2");
    sample_put(cache, &s, 2);
    check_told(cache, &after,
               "pipeline / Succeeded>Waiting e1;stage Deploy-Stage-dev/ Succeeded>Waiting e1;"
               "action Deploy-Stage-dev/Ship Succeeded>Waiting e1;");
    cache_close(cache);
}

static void test_stages_are_followed_by_name(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct stage_state swapped[2];
    struct sample s;
    int64_t after = 0;

    sample_fill(&s, "orders");
    sample_put(cache, &s, 1);
    swapped[0] = s.stages[1];
    swapped[1] = s.stages[0];
    s.state.stages = swapped;
    sample_put(cache, &s, 2);
    check_told(cache, &after, "");
    s.state.stage_count = 1;
    sample_put(cache, &s, 3);
    check_told(cache, &after, "");
    s.state.stage_count = 2;
    sample_put(cache, &s, 4);
    check_told(cache, &after, "stage Source/ >Succeeded e1;action Source/Fetch >Succeeded e1;");
    cache_close(cache);
}

struct times {
    int64_t at[8];
    int64_t observed[8];
    int count;
};

static bool note_times(void *owner, const struct transition *t)
{
    struct times *times = owner;

    times->at[times->count] = t->at;
    times->observed[times->count++] = t->observed_at;
    return true;
}

static void test_times_are_aws_ones_when_it_told_any(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct times times = {.count = 0};
    struct err err = {0};
    struct sample s;

    sample_fill(&s, "orders");
    sample_put(cache, &s, 1);
    s.latest.status = STATUS_FAILED;
    s.latest.updated_at = 7000;
    s.stages[1].transition_enabled = false;
    sample_put(cache, &s, 9000);
    REQUIRE_OK(cache_transitions(cache, &(struct transition_query){0}, note_times, &times, &err),
               &err);
    CHECK_INT(times.count, 2);
    CHECK_INT(times.at[0], 7000);
    CHECK_INT(times.at[1], 9000);
    CHECK_INT(times.observed[0], 9000);
    cache_close(cache);
}

static void test_history_of_one_outlives_it(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct err err = {0};
    struct sample s;
    int64_t count = 0;
    size_t removed;

    for (int i = 0; i < 2; i++) {
        sample_fill(&s, i == 0 ? "a" : "b");
        sample_put(cache, &s, 1);
        s.latest.status = STATUS_FAILED;
        sample_put(cache, &s, 2);
    }
    begin(cache);
    REQUIRE_OK(cache_keep_only(cache, SV("aws"), SV("111111111111"), SV("eu-west-1"), NULL, 0, 3,
                               &removed, &err),
               &err);
    commit(cache);
    REQUIRE_OK(
        cache_transitions(cache, &(struct transition_query){.rowid = 1}, count_one, &count, &err),
        &err);
    CHECK_INT(count, 1);
    CHECK_INT(history_count(cache), 2);
    count = 0;
    REQUIRE_OK(
        cache_transitions(cache, &(struct transition_query){.limit = 1}, count_one, &count, &err),
        &err);
    CHECK_INT(count, 1);
    /* The same name again is the same subject, seen anew: no change. */
    sample_fill(&s, "a");
    sample_put(cache, &s, 4);
    CHECK_INT(history_count(cache), 2);
    cache_close(cache);
}

static void test_old_history_and_feed_are_pruned(void **state UNUSED)
{
    const int64_t day = INT64_C(24) * 3600 * 1000;
    struct cache *cache = open_memory_cache();
    struct err err = {0};
    struct sample s;
    int64_t seq;

    sample_fill(&s, "a");
    sample_put(cache, &s, 1);
    for (int i = 0; i < 20; i++) {
        s.latest.status = i % 2 ? STATUS_FAILED : STATUS_SUCCEEDED;
        s.latest.id = i % 2 ? SV("x") : SV("y");
        sample_put(cache, &s, (1 + i) * 50 * day);
    }
    seq = change_seq(cache);
    REQUIRE_OK(cache_maintain(cache, 20 * 50 * day, &err), &err);
    CHECK_INT(history_count(cache), 9); /* 600 to 1000 days: the last 400 */
    CHECK_INT(change_seq(cache), seq);
    REQUIRE_OK(cache_maintain(cache, 20 * 50 * day + 1, &err), &err);
    cache_close(cache);
}

static void test_feed_counts_up_with_each_change(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();
    struct sample s;
    int64_t before;

    sample_fill(&s, "a");
    sample_put(cache, &s, 1);
    before = change_seq(cache);
    s.latest.status = STATUS_FAILED;
    sample_put(cache, &s, 2);
    CHECK_TRUE(change_seq(cache) > before);
    before = change_seq(cache);
    sample_put(cache, &s, 3);
    CHECK_INT(change_seq(cache), before);
    cache_close(cache);
}

/* One change of "orders" at each of these times, one of "clicks" at 3. */
static void put_changes(struct cache *cache)
{
    struct sample s;

    for (int64_t now = 0; now <= 5; now++) {
        sample_fill(&s, "orders");
        s.latest.status = now % 2 == 0 ? STATUS_SUCCEEDED : STATUS_FAILED;
        s.latest.updated_at = now;
        sample_put(cache, &s, now * 100);
        if (now > 1 && now < 4) {
            sample_fill(&s, "clicks");
            s.latest.status = now % 2 == 0 ? STATUS_SUCCEEDED : STATUS_FAILED;
            sample_put(cache, &s, now * 100);
        }
    }
}

static bool add_seen(void *owner, const struct transition *t)
{
    struct err err = {0};

    REQUIRE_OK(sb_addf(owner, &err, SV_FMT "%lld ", SV_ARG(sv_take(t->id.name, 1)),
                       (long long)t->observed_at / 100),
               &err);
    return true;
}

static void check_seen(struct cache *cache, struct transition_query query, const char *want)
{
    struct err err = {0};
    struct sb got;

    sb_init(&got, 4096);
    REQUIRE_OK(cache_transitions(cache, &query, add_seen, &got, &err), &err);
    CHECK_STR(sb_cstr(&got), want);
    sb_release(&got);
}

static void test_history_is_read_from_either_end(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();

    put_changes(cache); /* seq 1: orders at 1, 2: at 2, 3: at 3, 4: clicks at 3, ... */
    check_seen(cache, (struct transition_query){0}, "o1 o2 o3 c3 o4 o5 ");
    check_seen(cache, (struct transition_query){.newest_first = true}, "o5 o4 c3 o3 o2 o1 ");
    check_seen(cache, (struct transition_query){.newest_first = true, .limit = 2}, "o5 o4 ");
    check_seen(cache, (struct transition_query){.newest_first = true, .before_seq = 4},
               "o3 o2 o1 ");
    check_seen(cache, (struct transition_query){.after_seq = 1, .before_seq = 4}, "o2 o3 ");
    check_seen(cache, (struct transition_query){.rowid = 1, .newest_first = true, .limit = 3},
               "o5 o4 o3 ");
    check_seen(cache, (struct transition_query){.rowid = 2}, "c3 ");
    cache_close(cache);
}

static void test_history_is_read_since_a_moment(void **state UNUSED)
{
    struct cache *cache = open_memory_cache();

    check_seen(cache, (struct transition_query){.observed_since = 1}, "");
    put_changes(cache);
    check_seen(cache, (struct transition_query){.observed_since = 1}, "o1 o2 o3 c3 o4 o5 ");
    check_seen(cache, (struct transition_query){.observed_since = 300}, "o3 c3 o4 o5 ");
    check_seen(cache, (struct transition_query){.observed_since = 301}, "o4 o5 ");
    check_seen(cache, (struct transition_query){.observed_since = 300, .limit = 1}, "o3 ");
    check_seen(cache, (struct transition_query){.observed_since = 300, .after_seq = 4}, "o4 o5 ");
    check_seen(cache, (struct transition_query){.observed_since = 200, .rowid = 2}, "c3 ");
    check_seen(cache, (struct transition_query){.observed_since = 400, .newest_first = true},
               "o5 o4 ");
    check_seen(cache, (struct transition_query){.observed_since = 501}, "");
    cache_close(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_sight_is_no_change),
        TEST(test_every_part_that_changes_is_told),
        TEST(test_new_run_with_the_same_word_is_told),
        TEST(test_waiting_approval_is_told_as_waiting),
        TEST(test_stages_are_followed_by_name),
        TEST(test_times_are_aws_ones_when_it_told_any),
        TEST(test_history_of_one_outlives_it),
        TEST(test_history_is_read_from_either_end),
        TEST(test_history_is_read_since_a_moment),
        TEST(test_old_history_and_feed_are_pruned),
        TEST(test_feed_counts_up_with_each_change),
    };

    return RUN(tests);
}
