/* A cache, a small AWS and what lies between them, turned as the console turns it. */
#ifndef PENSTOCK_TESTS_SYNC_BENCH_H
#define PENSTOCK_TESTS_SYNC_BENCH_H

#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sync/poll.h"
#include "tests/unit/cache/fixture.h"
#include "tests/unit/sync/fake.h"

enum { DEADLINE_MS = 40 * 1000, TURN_MS = 20 };

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
    struct sync *next; /* of another penstock, with a cache of its own; NULL = there is none */
    struct sync_result result;
    bool is_done;
};

static inline void name_vars(struct bench *b)
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
static inline void connect_bench(struct bench *b)
{
    struct context_options options = {.env = &b->env, .aws = {.region = SV("eu-west-1")}};
    struct err err = {0};

    REQUIRE_OK(context_list_load(&options, &b->contexts, &err), &err);
    b->contexts.pace = (struct pace_limits){0};
    REQUIRE_OK(net_open(&b->net, &err), &err);
    REQUIRE_OK(aws_new(b->net, &b->aws, &err), &err);
}

static inline void disconnect(struct bench *b)
{
    sync_stop(b->sync);
    b->sync = NULL;
    aws_free(b->aws);
    net_close(b->net);
    context_list_release(&b->contexts);
}

static inline void bench_open(struct bench *b)
{
    struct cache_options options = {.dir = test_dir};
    struct err notice = {0};
    struct err err = {0};

    *b = (struct bench){.fake = fake_open()};
    name_vars(b);
    REQUIRE_OK(cache_open(&options, &b->cache, &notice, &err), &err);
    connect_bench(b);
}

static inline void bench_close(struct bench *b)
{
    disconnect(b);
    cache_close(b->cache);
    fake_close(b->fake);
}

/* Credentials of another key, as another start would find them. */
static inline void restart_with_key(struct bench *b, const char *key)
{
    disconnect(b);
    snprintf(b->vars[5], sizeof b->vars[5], "AWS_ACCESS_KEY_ID=%s", key);
    connect_bench(b);
}

static inline void on_done(void *owner, const struct sync_result *result)
{
    struct bench *b = owner;

    b->result = *result;
    b->is_done = true;
}

/* One turn, as a console makes it: wait, then look at what has become of the cache. */
static inline void turn(struct bench *b, int wait_ms)
{
    struct sync *const syncs[] = {b->sync, b->next};
    struct net_fd fds[ARRAY_LEN(syncs)];
    size_t at[ARRAY_LEN(syncs)];
    size_t count = 0;
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(syncs); i++) {
        int fd = syncs[i] == NULL ? -1 : cache_watch_fd(syncs[i]->cache);

        if (fd < 0)
            continue;
        at[count] = i;
        fds[count++] = (struct net_fd){.fd = fd};
    }
    REQUIRE_OK(net_wait(b->net, fds, count, wait_ms, &err), &err);
    for (size_t i = 0; i < count; i++) {
        if (!fds[i].is_ready)
            continue;
        cache_watch_drain(syncs[at[i]]->cache);
        sync_look_at_cache(syncs[at[i]]);
    }
}

/* Let it work until the condition is met; fails after a time that no healthy run needs. */
#define WAIT_UNTIL(b, condition)                                                                   \
    for (int64_t end_ = time_mono_ms() + DEADLINE_MS; !(condition);) {                             \
        CHECK_TRUE(time_mono_ms() < end_);                                                         \
        turn((b), TURN_MS);                                                                        \
    }

static inline void start(struct bench *b, const struct sync_options *wishes)
{
    struct sync_options options = *wishes;
    struct err err = {0};

    options.contexts = &b->contexts;
    b->is_done = false;
    memset(b->fake->calls, 0, sizeof b->fake->calls);
    REQUIRE_OK(sync_start(b->aws, b->cache, &options, on_done, b, &b->sync, &err), &err);
}

static inline void stop(struct bench *b)
{
    sync_stop(b->sync);
    b->sync = NULL;
}

static inline void sync_once(struct bench *b)
{
    start(b, &(struct sync_options){0});
    WAIT_UNTIL(b, b->is_done);
    stop(b);
}

/* As a text: "name:status name:status". */
static inline bool add_row(void *owner, const struct pipeline_row *row)
{
    char *text = owner;
    size_t len = strlen(text);

    snprintf(text + len, 512 - len, "%s" SV_FMT ":%s%s", len > 0 ? " " : "", SV_ARG(row->id.name),
             status_aws(row->status), row->trouble.len > 0 ? "!" : "");
    return true;
}

static inline const char *rows(struct bench *b)
{
    static char text[512];
    struct pipeline_query query = {.sort = SORT_NAME};
    struct err err = {0};

    text[0] = '\0';
    REQUIRE_OK(cache_pipelines(b->cache, &query, add_row, text, &err), &err);
    return text;
}

static inline struct freshness freshness_of(struct bench *b)
{
    struct freshness freshness;

    cache_get_freshness(b->cache, b->contexts.items[0].profile, b->contexts.items[0].region,
                        &freshness);
    return freshness;
}

static inline void add_three(struct bench *b)
{
    fake_add(b->fake, "alpha");
    fake_add(b->fake, "beta");
    fake_add(b->fake, "gamma");
}

/* ---- the console's sync ---- */

static const struct sync_options continuous = {.is_continuous = true};

static inline struct poll *only_poll(struct bench *b)
{
    return &b->sync->polls[0];
}

static inline void start_and_fill(struct bench *b)
{
    start(b, &continuous);
    WAIT_UNTIL(b, freshness_of(b).synced_at > 0);
}

static inline struct cache *another_cache(void)
{
    struct cache_options options = {.dir = test_dir};
    struct cache *cache = NULL;
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, &err, &err), &err);
    return cache;
}

/* A second console on the same cache. */
static inline void start_next(struct bench *b)
{
    struct sync_options options = continuous;
    struct err err = {0};

    options.contexts = &b->contexts;
    REQUIRE_OK(sync_start(b->aws, another_cache(), &options, NULL, NULL, &b->next, &err), &err);
}

static inline void stop_next(struct bench *b)
{
    struct cache *cache = b->next->cache;

    sync_stop(b->next);
    b->next = NULL;
    cache_close(cache);
}

#endif
