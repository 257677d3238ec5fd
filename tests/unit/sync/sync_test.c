#include "core/sync/sync.h"

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sync/poll.h"
#include "tests/unit/cache/fixture.h"
#include "tests/unit/sync/fake.h"

enum { DEADLINE_MS = 40 * 1000, TURN_MS = 20 };

/* A cache, a small AWS and what lies between them. */
struct bench {
    struct fake *fake;
    char vars[8][160];
    const char *list[9];
    struct aws_env env;
    struct context_list contexts;
    struct net *net;
    struct aws *aws;
    struct cache *cache;
    struct sync *sync;
    struct sync_result result;
    bool is_done;
};

static void name_vars(struct bench *b)
{
    const char *const files[] = {"HOME", "XDG_CONFIG_HOME", "AWS_CONFIG_FILE",
                                 "AWS_SHARED_CREDENTIALS_FILE"};

    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        snprintf(b->vars[i], sizeof b->vars[i], "%s=%s/%s", files[i], test_dir, files[i]);
    snprintf(b->vars[4], sizeof b->vars[4], "AWS_ENDPOINT_URL=http://127.0.0.1:%d", b->fake->port);
    snprintf(b->vars[5], sizeof b->vars[5], "AWS_ACCESS_KEY_ID=AKIDONE");
    snprintf(b->vars[6], sizeof b->vars[6], "AWS_SECRET_ACCESS_KEY=none");
    snprintf(b->vars[7], sizeof b->vars[7], "AWS_MAX_ATTEMPTS=1");
    for (size_t i = 0; i < ARRAY_LEN(b->vars); i++)
        b->list[i] = b->vars[i];
    b->env.vars = b->list;
}

/* The connection's own parts, which a new start of penstock makes anew. */
static void connect_bench(struct bench *b)
{
    struct context_options options = {.env = &b->env, .aws = {.region = SV("eu-west-1")}};
    struct err err = {0};

    REQUIRE_OK(context_list_load(&options, &b->contexts, &err), &err);
    b->contexts.pace = (struct pace_limits){0};
    REQUIRE_OK(net_open(&b->net, &err), &err);
    REQUIRE_OK(aws_new(b->net, &b->aws, &err), &err);
}

static void disconnect(struct bench *b)
{
    sync_stop(b->sync);
    b->sync = NULL;
    aws_free(b->aws);
    net_close(b->net);
    context_list_release(&b->contexts);
}

static void bench_open(struct bench *b)
{
    struct cache_options options = {.dir = test_dir};
    struct err notice = {0};
    struct err err = {0};

    *b = (struct bench){.fake = fake_open()};
    name_vars(b);
    REQUIRE_OK(cache_open(&options, &b->cache, &notice, &err), &err);
    connect_bench(b);
}

static void bench_close(struct bench *b)
{
    disconnect(b);
    cache_close(b->cache);
    fake_close(b->fake);
}

/* Credentials of another key, as another start would find them. */
static void restart_with_key(struct bench *b, const char *key)
{
    disconnect(b);
    snprintf(b->vars[5], sizeof b->vars[5], "AWS_ACCESS_KEY_ID=%s", key);
    connect_bench(b);
}

static void on_done(void *owner, const struct sync_result *result)
{
    struct bench *b = owner;

    b->result = *result;
    b->is_done = true;
}

/* Let it work until the condition is met; fails after a time that no healthy run needs. */
#define WAIT_UNTIL(b, condition)                                                                   \
    for (int64_t end_ = time_mono_ms() + DEADLINE_MS; !(condition);) {                             \
        struct err wait_err_ = {0};                                                                \
                                                                                                   \
        CHECK_TRUE(time_mono_ms() < end_);                                                         \
        REQUIRE_OK(net_wait((b)->net, NULL, 0, TURN_MS, &wait_err_), &wait_err_);                  \
    }

static void start(struct bench *b, const struct sync_options *wishes)
{
    struct sync_options options = *wishes;
    struct err err = {0};

    options.contexts = &b->contexts;
    b->is_done = false;
    memset(b->fake->calls, 0, sizeof b->fake->calls);
    REQUIRE_OK(sync_start(b->aws, b->cache, &options, on_done, b, &b->sync, &err), &err);
}

static void stop(struct bench *b)
{
    sync_stop(b->sync);
    b->sync = NULL;
}

static void sync_once(struct bench *b)
{
    start(b, &(struct sync_options){0});
    WAIT_UNTIL(b, b->is_done);
    stop(b);
}

/* As a text: "name:status name:status". */
static bool add_row(void *owner, const struct pipeline_row *row)
{
    char *text = owner;
    size_t len = strlen(text);

    snprintf(text + len, 512 - len, "%s" SV_FMT ":%s%s", len > 0 ? " " : "", SV_ARG(row->id.name),
             status_aws(row->status), row->trouble.len > 0 ? "!" : "");
    return true;
}

static const char *rows(struct bench *b)
{
    static char text[512];
    struct pipeline_query query = {.sort = SORT_NAME};
    struct err err = {0};

    text[0] = '\0';
    REQUIRE_OK(cache_pipelines(b->cache, &query, add_row, text, &err), &err);
    return text;
}

static struct freshness freshness_of(struct bench *b)
{
    struct freshness freshness;

    cache_get_freshness(b->cache, b->contexts.items[0].profile, b->contexts.items[0].region,
                        &freshness);
    return freshness;
}

static void add_three(struct bench *b)
{
    fake_add(b->fake, "alpha");
    fake_add(b->fake, "beta");
    fake_add(b->fake, "gamma");
}

static void test_a_first_sync_reads_everything(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_OK);
    CHECK_INT(b.result.pipelines, 3);
    CHECK_INT(b.result.changed, 3);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    CHECK_INT(b.fake->calls[FAKE_IDENTITY], 1);
    CHECK_INT(b.fake->calls[FAKE_DEF], 3);
    CHECK_INT(b.result.calls, fake_calls(b.fake));
    CHECK_TRUE(freshness_of(&b).synced_at > 0 && freshness_of(&b).code == ERR_OK);
    bench_close(&b);
}

static void test_when_nothing_changed_one_question_each_and_no_write(void **state UNUSED)
{
    struct bench b;
    int64_t seq;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    seq = change_seq(b.cache);
    sync_once(&b);
    CHECK_INT(b.result.changed, 0);
    CHECK_INT(change_seq(b.cache), seq);
    CHECK_INT(b.fake->calls[FAKE_IDENTITY], 0);
    CHECK_INT(b.fake->calls[FAKE_DEF], 0);
    CHECK_INT(b.fake->calls[FAKE_STATE] + b.fake->calls[FAKE_EXECUTIONS], 3);
    bench_close(&b);
}

static void test_a_change_is_one_transition_also_when_read_twice(void **state UNUSED)
{
    struct bench b;
    int64_t count;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    fake_turn(&b.fake->pipelines[1], "two", "Failed");
    sync_once(&b);
    CHECK_INT(b.result.changed, 1);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Failed gamma:Succeeded");
    count = history_count(b.cache);
    CHECK_TRUE(count > 0);
    sync_once(&b);
    CHECK_INT(history_count(b.cache), count);
    bench_close(&b);
}

static void test_an_edited_definition_is_read_again(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    b.fake->pipelines[2].version = 2;
    sync_once(&b);
    CHECK_INT(b.fake->calls[FAKE_DEF], 1);
    sync_once(&b);
    CHECK_INT(b.fake->calls[FAKE_DEF], 0);
    bench_close(&b);
}

static void test_a_complete_listing_removes_what_is_gone(void **state UNUSED)
{
    struct bench b;
    int64_t count;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    fake_turn(&b.fake->pipelines[0], "two", "Failed");
    sync_once(&b);
    count = history_count(b.cache);
    b.fake->pipelines[0].is_gone = true;
    sync_once(&b);
    CHECK_INT(b.result.removed, 1);
    CHECK_STR(rows(&b), "beta:Succeeded gamma:Succeeded");
    CHECK_INT(history_count(b.cache), count);
    bench_close(&b);
}

static void test_a_listing_that_fails_midway_removes_nothing(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    b.fake->pipelines[0].is_gone = true;
    b.fake->failing_page = 2;
    sync_once(&b);
    CHECK_TRUE(b.result.code != ERR_OK);
    CHECK_INT(b.result.removed, 0);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    CHECK_TRUE(freshness_of(&b).code != ERR_OK);
    b.fake->failing_page = 0;
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_OK);
    CHECK_STR(rows(&b), "beta:Succeeded gamma:Succeeded");
    bench_close(&b);
}

static void test_what_cannot_be_read_is_marked_until_it_can(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    snprintf(b.fake->pipelines[1].error, sizeof b.fake->pipelines[1].error, "ValidationException");
    sync_once(&b);
    CHECK_TRUE(b.result.code != ERR_OK);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded! gamma:Succeeded");
    b.fake->pipelines[1].error[0] = '\0';
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_OK);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    bench_close(&b);
}

static void test_deleted_between_listing_and_reading_is_no_failure(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    b.fake->pipelines[1].is_blind = true;
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_OK);
    CHECK_STR(rows(&b), "alpha:Succeeded gamma:Succeeded");
    bench_close(&b);
}

static void test_an_older_copy_is_not_written(void **state UNUSED)
{
    struct bench b;
    int64_t count;

    bench_open(&b);
    add_three(&b);
    fake_turn(&b.fake->pipelines[0], "two", "Failed");
    sync_once(&b);
    count = history_count(b.cache);
    fake_turn(&b.fake->pipelines[0], "one", "Succeeded");
    b.fake->pipelines[0].at = 100;
    start(&b, &(struct sync_options){0});
    WAIT_UNTIL(&b, b.sync->polls[0].count > 0 && b.sync->polls[0].entries[0]->stale_replies > 0);
    CHECK_STR(rows(&b), "alpha:Failed beta:Succeeded gamma:Succeeded");
    fake_turn(&b.fake->pipelines[0], "two", "Failed");
    WAIT_UNTIL(&b, b.is_done);
    stop(&b);
    CHECK_STR(rows(&b), "alpha:Failed beta:Succeeded gamma:Succeeded");
    CHECK_INT(history_count(b.cache), count);
    bench_close(&b);
}

static void test_keys_of_another_account_leave_the_first_ones_rows(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    restart_with_key(&b, "AKIDTWO");
    snprintf(b.fake->account, sizeof b.fake->account, "222222222222");
    b.fake->pipelines[0].is_gone = true;
    b.fake->pipelines[1].is_gone = true;
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_OK);
    CHECK_INT(b.fake->calls[FAKE_IDENTITY], 1);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded gamma:Succeeded");
    bench_close(&b);
}

static void test_refused_credentials_end_the_round_with_their_sentence(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    snprintf(b.fake->error, sizeof b.fake->error, "UnrecognizedClientException");
    sync_once(&b);
    CHECK_INT(b.result.code, ERR_AUTH);
    CHECK_INT(freshness_of(&b).code, ERR_AUTH);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    bench_close(&b);
}

/* ---- the console's sync ---- */

static const struct sync_options continuous = {.is_continuous = true};

static struct poll *only_poll(struct bench *b)
{
    return &b->sync->polls[0];
}

static void start_and_fill(struct bench *b)
{
    start(b, &continuous);
    WAIT_UNTIL(b, freshness_of(b).synced_at > 0);
}

static void test_the_console_sees_a_run_begin_and_end(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    fake_turn(&b.fake->pipelines[0], "two", "InProgress");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:InProgress") != NULL);
    /* No wish from here on: what runs is looked at every few seconds. */
    fake_turn(&b.fake->pipelines[0], "two", "Succeeded");
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:Succeeded") != NULL);
    bench_close(&b);
}

static void test_how_fresh_it_is_is_told_also_when_no_round_ends(void **state UNUSED)
{
    struct bench b;
    int64_t told_ms;

    bench_open(&b);
    add_three(&b);
    fake_turn(&b.fake->pipelines[0], "two", "InProgress");
    start_and_fill(&b);
    b.fake->pipelines[1].is_mute = true;
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, only_poll(&b)->entries[1]->reading != NULL);
    told_ms = only_poll(&b)->freshness_put_ms;
    WAIT_UNTIL(&b, only_poll(&b)->freshness_put_ms > told_ms);
    CHECK_TRUE(only_poll(&b)->entries[1]->reading != NULL);
    bench_close(&b);
}

static void test_the_console_goes_on_after_a_failure(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    snprintf(b.fake->error, sizeof b.fake->error, "UnrecognizedClientException");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, freshness_of(&b).code == ERR_AUTH);
    b.fake->error[0] = '\0';
    fake_turn(&b.fake->pipelines[2], "two", "Failed");
    WAIT_UNTIL(&b, strstr(rows(&b), "gamma:Failed") != NULL);
    WAIT_UNTIL(&b, freshness_of(&b).code == ERR_OK);
    bench_close(&b);
}

static struct cache *another_cache(void)
{
    struct cache_options options = {.dir = test_dir};
    struct cache *cache = NULL;
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, &err, &err), &err);
    return cache;
}

/* The cache is held by somebody else between a complete listing and its removals; meanwhile the
 * context fails and begins anew. What it has not listed since must not be removed. */
static void test_a_removal_is_forgotten_when_the_context_begins_anew(void **state UNUSED)
{
    struct bench b;
    struct cache *other;
    struct err err = {0};

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    other = another_cache();
    REQUIRE_OK(cache_begin(other, 5000, &err), &err);
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, only_poll(&b)->wants_removal);
    snprintf(b.fake->error, sizeof b.fake->error, "UnrecognizedClientException");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_FAILED);
    sync_refresh_all(b.sync);
    CHECK_INT(only_poll(&b)->phase, PHASE_LOOKING);
    cache_rollback(other);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_FAILED && b.sync->apply_timer == 0);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    cache_close(other);
    bench_close(&b);
}

static void test_a_row_that_another_process_removed_is_read_anew(void **state UNUSED)
{
    struct bench b;
    struct cache *other;
    struct err err = {0};
    size_t removed = 0;

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    other = another_cache();
    REQUIRE_OK(cache_begin(other, 5000, &err), &err);
    REQUIRE_OK(cache_keep_only(other, SV("aws"), SV("111111111111"), SV("eu-west-1"), NULL, 0,
                               time_wall_ms(), &removed, &err),
               &err);
    REQUIRE_OK(cache_commit(other, &err), &err);
    cache_close(other);
    CHECK_INT(removed, 3);
    fake_turn(&b.fake->pipelines[0], "two", "Failed");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:Failed") != NULL);
    CHECK_INT(only_poll(&b)->phase, PHASE_LOOKING);
    CHECK_INT(freshness_of(&b).code, ERR_OK);
    bench_close(&b);
}

/* A reply that was on its way for long: meanwhile another process has put what came after it. */
static void test_a_late_reply_does_not_undo_what_another_process_put(void **state UNUSED)
{
    struct fake_pipeline *alpha;
    struct bench b;
    struct cache *ours;
    const struct entry *entry;
    struct sync *console;
    int64_t count;

    bench_open(&b);
    add_three(&b);
    alpha = &b.fake->pipelines[0];
    sync_once(&b);
    start(&b, &continuous);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_LOOKING && !sync_is_busy(b.sync));
    console = b.sync;
    entry = listing_find(only_poll(&b), SV("alpha"));
    ours = b.cache;
    b.cache = another_cache();
    alpha->at = 200;
    fake_turn(alpha, "two", "Failed");
    sync_once(&b);
    cache_close(b.cache);
    b.cache = ours;
    b.sync = console;
    count = history_count(b.cache);
    alpha->at = 150;
    fake_turn(alpha, "two", "InProgress");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, entry->stale_replies > 0);
    CHECK_STR(rows(&b), "alpha:Failed beta:Succeeded gamma:Succeeded");
    alpha->at = 200;
    fake_turn(alpha, "two", "Failed");
    WAIT_UNTIL(&b, entry->stale_replies == 0);
    CHECK_INT(history_count(b.cache), count);
    bench_close(&b);
}

/* Listed, but not found when it is read: as just after a deletion. */
static void test_what_is_listed_but_not_found_is_not_asked_without_a_pause(void **state UNUSED)
{
    struct bench b;
    const struct entry *blind;

    bench_open(&b);
    add_three(&b);
    b.fake->pipelines[1].is_blind = true;
    start(&b, &continuous);
    WAIT_UNTIL(&b, b.fake->calls[FAKE_LIST] >= 4 && only_poll(&b)->readings == 0 &&
                       !only_poll(&b)->is_listing && !only_poll(&b)->wants_removal);
    blind = listing_find(only_poll(&b), SV("beta"));
    REQUIRE(blind != NULL);
    CHECK_TRUE(blind->due_ms > time_mono_ms() + 5000);
    CHECK_INT(b.fake->calls[FAKE_LIST], 4);
    CHECK_INT(b.fake->calls[FAKE_DEF], 3);
    bench_close(&b);
}

static void write_credentials(const char *token)
{
    FILE *f = fopen(in_dir("AWS_SHARED_CREDENTIALS_FILE"), "w");

    REQUIRE(f != NULL);
    fprintf(f,
            "[default]\naws_access_key_id = ASIA\naws_secret_access_key = none\n"
            "aws_session_token = %s\n",
            token);
    fclose(f);
}

/* A login tool put another account's credentials where the expired ones were. */
static void test_renewed_credentials_of_another_account_take_no_row(void **state UNUSED)
{
    struct bench b;

    bench_open(&b);
    disconnect(&b);
    snprintf(b.vars[5], sizeof b.vars[5], "NOTHING=1");
    snprintf(b.vars[6], sizeof b.vars[6], "NOTHING=2");
    write_credentials("first");
    connect_bench(&b);
    add_three(&b);
    start_and_fill(&b);
    write_credentials("second");
    snprintf(b.fake->account, sizeof b.fake->account, "222222222222");
    b.fake->pipelines[0].is_gone = b.fake->pipelines[1].is_gone = true;
    b.fake->error_count = 1;
    snprintf(b.fake->error, sizeof b.fake->error, "ExpiredTokenException");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, strstr(rows(&b), "gamma:Succeeded gamma:Succeeded") != NULL);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded gamma:Succeeded");
    CHECK_STR(only_poll(&b)->account, "222222222222");
    bench_close(&b);
}

static void start_named(struct bench *b, const struct sv *name)
{
    start(b, &(struct sync_options){.is_continuous = true, .names = name, .name_count = 1});
}

static void test_one_name_is_never_a_reason_to_list_them_all(void **state UNUSED)
{
    const struct sv name = SV("alpha");
    struct bench b;

    bench_open(&b);
    add_three(&b);
    start_named(&b, &name);
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:Succeeded") != NULL);
    fake_turn(&b.fake->pipelines[0], "two", "Failed");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:Failed") != NULL);
    b.fake->pipelines[0].is_gone = true;
    b.fake->calls[FAKE_EXECUTIONS] = b.fake->calls[FAKE_STATE] = 0;
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, b.fake->calls[FAKE_EXECUTIONS] + b.fake->calls[FAKE_STATE] > 0 &&
                       only_poll(&b)->readings == 0);
    CHECK_INT(b.fake->calls[FAKE_LIST], 0);
    CHECK_STR(rows(&b), "alpha:Failed");
    bench_close(&b);
}

static void test_a_parallel_pipeline_that_was_new_is_followed(void **state UNUSED)
{
    const struct sv name = SV("alpha");
    struct bench b;

    bench_open(&b);
    add_three(&b);
    snprintf(b.fake->pipelines[0].mode, sizeof b.fake->pipelines[0].mode, "PARALLEL");
    fake_turn(&b.fake->pipelines[0], "one", "InProgress");
    start_named(&b, &name);
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:InProgress") != NULL);
    fake_turn(&b.fake->pipelines[0], "one", "Succeeded");
    WAIT_UNTIL(&b, strstr(rows(&b), "alpha:Succeeded") != NULL);
    CHECK_INT(b.fake->calls[FAKE_LIST], 0);
    bench_close(&b);
}

static void test_what_is_on_the_screen_stays_so_when_the_context_begins_anew(void **state UNUSED)
{
    struct bench b;
    int64_t rowid;

    bench_open(&b);
    add_three(&b);
    sync_once(&b);
    start(&b, &continuous);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_LOOKING && only_poll(&b)->readings == 0);
    rowid = only_poll(&b)->entries[1]->rowid;
    REQUIRE(rowid != 0);
    sync_set_visible(b.sync, &rowid, 1);
    snprintf(b.fake->error, sizeof b.fake->error, "UnrecognizedClientException");
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_FAILED);
    b.fake->error[0] = '\0';
    sync_refresh_all(b.sync);
    WAIT_UNTIL(&b, only_poll(&b)->phase == PHASE_LOOKING && only_poll(&b)->readings == 0);
    CHECK_TRUE(only_poll(&b)->entries[1]->is_visible);
    CHECK_TRUE(only_poll(&b)->entries[1]->due_ms < time_mono_ms() + 20 * 1000);
    bench_close(&b);
}

/* As the console looks: the feed's number first, which is where a deleted cache is noticed. */
static bool is_filled_again(struct bench *b, const char *before)
{
    change_seq(b->cache);
    return cache_renewals(b->cache) > 0 && strcmp(rows(b), before) == 0;
}

/* "The cache can be deleted at any moment": nothing changes in AWS, and yet all comes back. */
static void test_a_deleted_cache_is_filled_again(void **state UNUSED)
{
    static const char *const files[] = {"cache.db", "cache.db-wal", "cache.db-shm"};
    struct bench b;
    char before[1024];

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    snprintf(before, sizeof before, "%s", rows(&b));
    REQUIRE(strstr(before, "alpha:") != NULL);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        REQUIRE(unlink(in_dir(files[i])) == 0);
    WAIT_UNTIL(&b, is_filled_again(&b, before));
    bench_close(&b);
}

static void test_the_lease_passes_on_and_the_next_one_polls(void **state UNUSED)
{
    struct sync_options options = continuous;
    struct bench b;
    struct cache *other;
    struct sync *next = NULL;
    struct err err = {0};

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    other = another_cache();
    options.contexts = &b.contexts;
    REQUIRE_OK(sync_start(b.aws, other, &options, NULL, NULL, &next, &err), &err);
    /* Its own wish is one round; then it rests again. */
    WAIT_UNTIL(&b, next->lease_timer != 0 && !sync_is_poller(next));
    sync_refresh_all(next);
    CHECK_TRUE(sync_is_busy(next) || next->polls[0].phase == PHASE_LOOKING);
    WAIT_UNTIL(&b, next->polls[0].phase == PHASE_OFF);
    stop(&b);
    fake_turn(&b.fake->pipelines[1], "two", "Failed");
    WAIT_UNTIL(&b, sync_is_poller(next));
    sync_refresh_all(next);
    WAIT_UNTIL(&b, strstr(rows(&b), "beta:Failed") != NULL);
    sync_stop(next);
    cache_close(other);
    bench_close(&b);
}

/* Another terminal shows another region: who polls here does not poll that one. */
static void test_who_shows_other_contexts_polls_them_itself(void **state UNUSED)
{
    struct context_options ask = {.aws = {.region = SV("eu-west-2")}};
    struct sync_options options = continuous;
    struct context_list elsewhere;
    struct bench b;
    struct cache *other;
    struct sync *next = NULL;
    struct err err = {0};

    bench_open(&b);
    add_three(&b);
    start_and_fill(&b);
    other = another_cache();
    ask.env = &b.env;
    REQUIRE_OK(context_list_load(&ask, &elsewhere, &err), &err);
    options.contexts = &elsewhere;
    REQUIRE_OK(sync_start(b.aws, other, &options, NULL, NULL, &next, &err), &err);
    WAIT_UNTIL(&b, sync_is_poller(next) && strstr(rows(&b), "alpha:Succeeded alpha:Succ") != NULL);
    CHECK_TRUE(sync_is_poller(b.sync));
    sync_stop(next);
    context_list_release(&elsewhere);
    cache_close(other);
    bench_close(&b);
}

static void test_stopping_at_any_moment_leaves_nothing_behind(void **state UNUSED)
{
    struct bench b;
    struct err err = {0};

    bench_open(&b);
    add_three(&b);
    for (int turns = 0; turns < 12; turns++) {
        start(&b, &continuous);
        for (int i = 0; i < turns; i++)
            REQUIRE_OK(net_wait(b.net, NULL, 0, TURN_MS, &err), &err);
        stop(&b);
    }
    sync_once(&b);
    CHECK_STR(rows(&b), "alpha:Succeeded beta:Succeeded gamma:Succeeded");
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_IN_DIR(test_a_first_sync_reads_everything),
        TEST_IN_DIR(test_when_nothing_changed_one_question_each_and_no_write),
        TEST_IN_DIR(test_a_change_is_one_transition_also_when_read_twice),
        TEST_IN_DIR(test_an_edited_definition_is_read_again),
        TEST_IN_DIR(test_a_complete_listing_removes_what_is_gone),
        TEST_IN_DIR(test_a_listing_that_fails_midway_removes_nothing),
        TEST_IN_DIR(test_what_cannot_be_read_is_marked_until_it_can),
        TEST_IN_DIR(test_deleted_between_listing_and_reading_is_no_failure),
        TEST_IN_DIR(test_an_older_copy_is_not_written),
        TEST_IN_DIR(test_keys_of_another_account_leave_the_first_ones_rows),
        TEST_IN_DIR(test_refused_credentials_end_the_round_with_their_sentence),
        TEST_IN_DIR(test_the_console_sees_a_run_begin_and_end),
        TEST_IN_DIR(test_how_fresh_it_is_is_told_also_when_no_round_ends),
        TEST_IN_DIR(test_the_console_goes_on_after_a_failure),
        TEST_IN_DIR(test_a_removal_is_forgotten_when_the_context_begins_anew),
        TEST_IN_DIR(test_a_row_that_another_process_removed_is_read_anew),
        TEST_IN_DIR(test_a_late_reply_does_not_undo_what_another_process_put),
        TEST_IN_DIR(test_what_is_listed_but_not_found_is_not_asked_without_a_pause),
        TEST_IN_DIR(test_renewed_credentials_of_another_account_take_no_row),
        TEST_IN_DIR(test_one_name_is_never_a_reason_to_list_them_all),
        TEST_IN_DIR(test_a_parallel_pipeline_that_was_new_is_followed),
        TEST_IN_DIR(test_what_is_on_the_screen_stays_so_when_the_context_begins_anew),
        TEST_IN_DIR(test_a_deleted_cache_is_filled_again),
        TEST_IN_DIR(test_the_lease_passes_on_and_the_next_one_polls),
        TEST_IN_DIR(test_who_shows_other_contexts_polls_them_itself),
        TEST_IN_DIR(test_stopping_at_any_moment_leaves_nothing_behind),
    };

    return RUN(tests);
}
