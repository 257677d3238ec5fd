/* The board, and the board as it was. */
#include "tests/unit/check.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "core/views/board.h"

enum { STAGES = 6, NOON = 1000000 };

static struct cache *open_cache(void)
{
    struct cache_options options = {.in_memory = true};
    struct cache *cache = NULL;
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, NULL, &err), &err);
    return cache;
}

/* "Source=Succeeded Deploy-Stage-dev=Failed@e1": a stage's execution is the latest but for
 * @, which may tell when it ran: @e1/1002000. */
static void put(struct cache *cache, const char *name, const char *words, const char *status,
                const char *execution, int64_t at)
{
    struct pipeline_id id = {SV("aws"), SV("111111111111"), SV("eu-west-1"), sv_of(name)};
    struct action_def action_defs[STAGES];
    struct stage_def stage_defs[STAGES];
    struct action_state actions[STAGES];
    struct stage_state stages[STAGES];
    char revision[64];
    struct execution latest = {.id = sv_of(execution),
                               .status = status_from_aws(sv_of(status)),
                               .started_at = at - 10,
                               .updated_at = at,
                               .revision_summary = sv_of(execution)};
    struct sv rest = sv_of(words);
    size_t count = 0;
    struct pipeline_def def = {.name = id.name, .version = 1, .stages = stage_defs};
    struct pipeline_state state = {.name = id.name, .version = 1, .stages = stages};
    bool changed;
    struct err err = {0};

    snprintf(revision, sizeof revision, "commit-of-%s", execution);
    latest.revision = sv_of(revision);
    for (; rest.len > 0; count++) {
        struct sv run;
        struct sv word;
        struct sv stage = sv_cut(sv_cut(rest, ' ', &rest), '=', &word);
        bool is_closed = sv_starts(stage, SV("#"));
        struct sv aws = sv_cut(word, '@', &run);
        struct sv time;
        int64_t ran_at = 7;
        bool is_approval = sv_eq(aws, SV("Waiting"));

        run = sv_cut(run, '/', &time);
        if (time.len > 0)
            REQUIRE(sv_to_int(time, &ran_at));
        stage = sv_drop(stage, is_closed);
        aws = is_approval ? SV("InProgress") : aws;
        action_defs[count] = (struct action_def){
            .name = SV("Go"), .category = is_approval ? SV("Approval") : SV("Build")};
        stage_defs[count] = (struct stage_def){stage, &action_defs[count], 1};
        actions[count] = (struct action_state){.name = SV("Go"),
                                               .category = action_defs[count].category,
                                               .status = status_from_aws(aws),
                                               .execution_id = run.len > 0 ? run : latest.id,
                                               .changed_at = aws.len == 0  ? 0
                                                             : run.len > 0 ? ran_at
                                                                           : at,
                                               .has_token = is_approval,
                                               .percent = -1};
        stages[count] = (struct stage_state){.name = stage,
                                             .status = status_from_aws(aws),
                                             .execution_id = actions[count].execution_id,
                                             .transition_enabled = !is_closed,
                                             .transition_changed_at = at,
                                             .actions = &actions[count],
                                             .action_count = 1};
    }
    def.stage_count = state.stage_count = count;
    REQUIRE_OK(cache_begin(cache, 0, &err), &err);
    REQUIRE_OK(cache_put_def(cache, &id, &def, NULL, 0, at, &changed, &err), &err);
    REQUIRE_OK(
        cache_put_state(cache, &id, &state, latest.id.len > 0 ? &latest : NULL, at, &changed, &err),
        &err);
    REQUIRE_OK(cache_commit(cache, &err), &err);
}

/* The board in one text: "name STATUS dev:OK:commit@time ...; " for each row. */
static void write_board(const struct board *b, struct sb *out)
{
    struct err err;

    for (int i = 0; i < b->count; i++) {
        const struct board_row *row = &b->rows[i];

        REQUIRE_OK(sb_addf(out, &err, SV_FMT " %s@%d", SV_ARG(row->lead.logical),
                           status_word(row->lead.status), (int)row->lead.changed_at),
                   &err);
        for (size_t k = 0; k < row->cell_count; k++)
            REQUIRE_OK(sb_addf(out, &err, " " SV_FMT ":%s%s:" SV_FMT "@%d",
                               SV_ARG(row->cells[k].environment), row->cells[k].is_held ? "#" : "",
                               status_word(row->cells[k].status), SV_ARG(row->cells[k].revision),
                               (int)row->cells[k].changed_at),
                       &err);
        REQUIRE_OK(sb_add(out, SV("; "), &err), &err);
    }
}

static void check_board(struct cache *cache, const struct board_query *query, const char *want)
{
    struct board b;
    struct sb got;
    struct err err;
    int index;

    board_init(&b);
    sb_init(&got, 1 << 20);
    REQUIRE_OK(board_load(&b, cache, query, &index, &err), &err);
    write_board(&b, &got);
    CHECK_STR(sb_cstr(&got), want);
    sb_release(&got);
    board_release(&b);
}

static void fill(struct cache *cache)
{
    put(cache, "orders", "Source=Succeeded Deploy-Stage-prod=Succeeded Deploy-Stage-dev=Succeeded",
        "Succeeded", "e1", NOON);
    put(cache, "orders",
        "Source=Succeeded Deploy-Stage-prod=Succeeded@e1 Deploy-Stage-dev=Succeeded", "Succeeded",
        "e2", NOON + 100);
    put(cache, "lake-prod", "Source-prod=Succeeded #Deploy-Stage-prod=Succeeded", "Succeeded", "p1",
        NOON + 50);
    put(cache, "lake-dev", "Source-dev=Succeeded Deploy-Stage-dev=Failed", "Failed", "d1",
        NOON + 10);
    put(cache, "alone", "Source=Succeeded Build=Succeeded", "Succeeded", "a1", NOON + 300);
}

static void test_both_strategies_become_one_matrix(void **state)
{
    struct cache *cache = open_cache();

    (void)state;
    fill(cache);
    check_board(cache, &(struct board_query){.lines = 5},
                "lake FAIL@1000010 dev:FAIL:commit-of-d1@1000010 prod:#OK:commit-of-p1@1000050; "
                "alone OK@1000300; "
                "orders OK@1000100 dev:OK:commit-of-e2@1000100 prod:OK:commit-of-e1@7; ");
    cache_close(cache);
}

static void test_rows_come_in_the_asked_order_and_filtered(void **state)
{
    static const char *const fields[] = {"status", "environment", NULL};
    struct cache *cache = open_cache();
    struct filter filter;
    struct err err;

    (void)state;
    fill(cache);
    check_board(cache, &(struct board_query){.lines = 5, .sort = SORT_NAME},
                "alone OK@1000300; "
                "lake FAIL@1000010 dev:FAIL:commit-of-d1@1000010 prod:#OK:commit-of-p1@1000050; "
                "orders OK@1000100 dev:OK:commit-of-e2@1000100 prod:OK:commit-of-e1@7; ");
    check_board(cache, &(struct board_query){.lines = 5, .only_problems = true},
                "lake FAIL@1000010 dev:FAIL:commit-of-d1@1000010 prod:#OK:commit-of-p1@1000050; ");
    REQUIRE_OK(filter_parse(SV("environment:prod"), fields, &filter, &err), &err);
    check_board(cache, &(struct board_query){.lines = 5, .filter = &filter},
                "lake FAIL@1000010 dev:FAIL:commit-of-d1@1000010 prod:#OK:commit-of-p1@1000050; ");
    filter_release(&filter);
    cache_close(cache);
}

/* Every order, both ways, in windows from both ends and around each row, is one and the same list.
 */
static void test_windows_agree_with_the_whole(void **state)
{
    static const char *const statuses[] = {"Succeeded", "Failed", "InProgress", "Stopped"};
    struct cache *cache = open_cache();
    char name[32];
    char words[128];
    struct err err;
    int index;

    (void)state;
    for (int i = 0; i < 90; i++) {
        const char *env = i % 3 == 0 ? "dev" : i % 3 == 1 ? "test" : "prod";

        snprintf(name, sizeof name, "p%02d-%s", i / 3, env);
        snprintf(words, sizeof words, "Source-%s=Succeeded Deploy-Stage-%s=%s", env, env,
                 statuses[(i * 7) % 4]);
        put(cache, name, words, statuses[(i * 7) % 4], "e", NOON + (i * 37) % 90);
    }
    for (int k = 0; k < 2 * SORT_COUNT; k++) {
        struct board_query query = {
            .sort = (enum sort)(k / 2), .reverse = k % 2 != 0, .lines = 200};
        struct board whole;
        struct board part;

        board_init(&whole);
        board_init(&part);
        REQUIRE_OK(board_load(&whole, cache, &query, &index, &err), &err);
        CHECK_INT(whole.count, 30);
        for (int i = 0; i < 30; i++) {
            query.lines = 10;
            query.from = BOARD_AROUND;
            query.id = whole.ids[i];
            REQUIRE_OK(board_load(&part, cache, &query, &index, &err), &err);
            REQUIRE(index >= 0);
            for (int j = 0; j < part.count; j++)
                CHECK_INT(part.ids[j], whole.ids[i - index + j]);
            CHECK_INT(part.has_before, i >= 20);
            CHECK_INT(part.has_after, i < 10);
        }
        query.from = BOARD_END;
        REQUIRE_OK(board_load(&part, cache, &query, &index, &err), &err);
        CHECK_INT(part.ids[index], whole.ids[29]);
        board_release(&whole);
        board_release(&part);
    }
    cache_close(cache);
}

static void test_the_count_is_of_logical_pipelines(void **state)
{
    struct cache *cache = open_cache();
    struct err err;
    int64_t count;
    bool has_more;

    (void)state;
    fill(cache);
    REQUIRE_OK(board_count(cache, &(struct board_query){0}, &count, &has_more, &err), &err);
    CHECK_INT(count, 3);
    CHECK_TRUE(!has_more);
    cache_close(cache);
}

/* What was seen at each moment is what is told of it later. */
static void check_looks(struct cache *cache, struct board_query query, const char *want,
                        bool has_before, bool has_after, bool is_cut)
{
    struct board b;
    struct err err;
    int index = -1;

    board_init(&b);
    REQUIRE_OK(board_load(&b, cache, &query, &index, &err), &err);
    CHECK_INT(b.has_before, has_before);
    CHECK_INT(b.has_after, has_after);
    CHECK_INT(b.is_cut, is_cut);
    board_release(&b);
    check_board(cache, &query, want);
}

/* p15 and p19 of p00 to p19 pass. */
static void test_a_load_looks_at_so_many_rows_and_says_so(void **state)
{
    struct cache *cache = open_cache();
    struct board_query query = {.lines = 5, .sort = SORT_NAME};
    struct filter filter;
    struct err err;
    int64_t count;
    bool has_more;

    (void)state;
    for (int i = 0; i < 20; i++) {
        char name[16];

        snprintf(name, sizeof name, "p%02d", i);
        put(cache, name, "Source=Succeeded", "Succeeded", "e", NOON);
    }
    REQUIRE_OK(filter_parse(SV("name:re:^p1[59]$"), filter_row_fields, &filter, &err), &err);
    query.filter = &filter;
    check_looks(cache, query, "p15 OK@1000000; p19 OK@1000000; ", false, false, false);
    query.looks = 5;
    check_looks(cache, query, "", false, true, true);
    query.looks = 16;
    check_looks(cache, query, "p15 OK@1000000; ", false, true, true);
    REQUIRE_OK(board_count(cache, &query, &count, &has_more, &err), &err);
    CHECK_INT(count, 1);
    CHECK_TRUE(has_more);
    query.looks = 5;
    query.from = BOARD_END;
    check_looks(cache, query, "p15 OK@1000000; p19 OK@1000000; ", true, false, true);
    query.from = BOARD_AROUND;
    query.id = 16;
    check_looks(cache, query, "p15 OK@1000000; p19 OK@1000000; ", true, false, true);
    filter_release(&filter);
    cache_close(cache);
}

static void test_the_past_is_as_it_was_seen(void **state)
{
    static const struct {
        const char *name, *words, *status, *execution;
    } story[] = {
        {"orders", "Source= Deploy-Stage-dev= Deploy-Stage-prod=", "", ""},
        {"lake-dev", "Source-dev= Deploy-Stage-dev=", "", ""},
        {"orders", "Source=Succeeded Deploy-Stage-dev=Succeeded Deploy-Stage-prod=Succeeded",
         "Succeeded", "e1"},
        {"lake-dev", "Source-dev=Succeeded Deploy-Stage-dev=Succeeded", "Succeeded", "d1"},
        {"orders",
         "Source=Succeeded Deploy-Stage-dev=InProgress Deploy-Stage-prod=Succeeded@e1/1002000",
         "InProgress", "e2"},
        {"lake-dev", "Source-dev=InProgress Deploy-Stage-dev=Succeeded@d1/1003000", "InProgress",
         "d2"},
        {"orders",
         "Source=Succeeded Deploy-Stage-dev=Failed Deploy-Stage-prod=Succeeded@e1/1002000",
         "Failed", "e2"},
        {"lake-dev", "Source-dev=Succeeded #Deploy-Stage-dev=Waiting", "InProgress", "d2"},
        {"orders", "Source=Succeeded Deploy-Stage-dev=Succeeded Deploy-Stage-prod=InProgress",
         "InProgress", "e3"},
        {"lake-dev", "Source-dev=Succeeded Deploy-Stage-dev=Succeeded", "Succeeded", "d2"},
        {"orders",
         "Source=Succeeded Deploy-Stage-dev=Succeeded@e3/1008000 Deploy-Stage-prod=Succeeded",
         "Succeeded", "e3"},
    };
    struct cache *cache = open_cache();
    struct sb seen[ARRAY_LEN(story)];
    struct board b;
    struct err err;
    int index;
    int64_t at;

    (void)state;
    board_init(&b);
    for (size_t i = 0; i < ARRAY_LEN(story); i++) {
        put(cache, story[i].name, story[i].words, story[i].status, story[i].execution,
            NOON + (int64_t)i * 1000);
        REQUIRE_OK(board_load(&b, cache, &(struct board_query){.lines = 5}, &index, &err), &err);
        sb_init(&seen[i], 1 << 16);
        write_board(&b, &seen[i]);
    }
    for (size_t i = 1; i < ARRAY_LEN(story); i++) {
        struct board_query query = {.lines = 5, .at_ms = NOON + (int64_t)i * 1000 + 500};

        check_board(cache, &query, sb_cstr(&seen[i]));
    }
    at = NOON + (int64_t)ARRAY_LEN(story) * 1000;
    for (size_t i = ARRAY_LEN(story) - 1; i >= 2; i--) {
        REQUIRE_OK(past_step(cache, at, false, &at, &err), &err);
        if (at % 1000 != 0)
            REQUIRE_OK(past_step(cache, at, false, &at, &err), &err);
        CHECK_INT(at, NOON + (int64_t)i * 1000);
    }
    REQUIRE_OK(past_begins(cache, &at, &err), &err);
    CHECK_INT(at, NOON + 2000);
    REQUIRE_OK(past_step(cache, NOON + 2500, true, &at, &err), &err);
    CHECK_INT(at, NOON + 3000);
    REQUIRE_OK(past_step(cache, NOON + 11000, true, &at, &err), &err);
    CHECK_INT(at, 0);
    for (size_t i = 0; i < ARRAY_LEN(story); i++)
        sb_release(&seen[i]);
    board_release(&b);
    cache_close(cache);
}

static void test_each_allocation_may_fail(void **state)
{
    struct cache *cache = open_cache();
    struct board b;
    struct err err;
    int index;

    (void)state;
    fill(cache);
    put(cache, "orders",
        "Source=InProgress Deploy-Stage-prod=Succeeded@e1 Deploy-Stage-dev=", "InProgress", "e4",
        NOON + 500);
    board_init(&b);
    for (int past = 0; past < 2; past++) {
        struct board_query query = {.lines = 5, .at_ms = past ? NOON + 200 : 0};
        enum err_code rc = ERR_LIMIT;

        for (long n = 1; rc != ERR_OK && n < 5000; n++) {
            mem_fail_at(n);
            rc = board_load(&b, cache, &query, &index, &err);
            mem_fail_at(0);
        }
        CHECK_INT(rc, ERR_OK);
    }
    board_release(&b);
    cache_close(cache);
}

static void test_environments_have_an_order(void **state)
{
    static const char *const order[] = {"dev", "test", "val", "prod", "a", "eu"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        for (size_t k = 0; k < ARRAY_LEN(order); k++) {
            int got = environment_cmp(sv_of(order[i]), sv_of(order[k]));

            CHECK_INT((got > 0) - (got < 0), (i > k) - (i < k));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_both_strategies_become_one_matrix),
        TEST(test_rows_come_in_the_asked_order_and_filtered),
        TEST(test_windows_agree_with_the_whole),
        TEST(test_the_count_is_of_logical_pipelines),
        TEST(test_a_load_looks_at_so_many_rows_and_says_so),
        TEST(test_the_past_is_as_it_was_seen),
        TEST(test_each_allocation_may_fail),
        TEST(test_environments_have_an_order),
    };
    return RUN(tests);
}
