/* Reading a build's log against a scripted AWS: pages, tokens that come back, what fails. */
#include "tests/unit/deploy/twin.h"

#include "core/base/mem.h"
#include "core/operate/log.h"

#define BUILD "sales:3f65a1b2"
#define BUILD_REPLY(status, over)                                                                  \
    "{\"builds\":[{\"id\":\"" BUILD "\",\"projectName\":\"sales\",\"buildStatus\":\"" status       \
    "\",\"buildComplete\":" over ",\"logs\":{\"groupName\":\"/aws/codebuild/sales\","              \
    "\"streamName\":\"3f65a1b2\"}}],\"buildsNotFound\":[]}"
#define EVENT(text)        "{\"timestamp\":1700000000000,\"message\":\"" text "\"}"
#define PAGE(events, next) "{\"events\":[" events "],\"nextForwardToken\":\"" next "\"}"
#define LOGS               ".GetLogEvents\r"
#define BUILDS             ".BatchGetBuilds\r"

struct reading {
    struct twin twin;
    struct log_tail tail;
    struct cache *cache;
    int news;
};

static enum err_code count_news(void *owner, const struct log_tail *tail UNUSED,
                                struct err *err UNUSED)
{
    ((struct reading *)owner)->news++;
    return ERR_OK;
}

static void open_reading(struct reading *r, const struct answer *answers, size_t count)
{
    struct cache_options options = {.in_memory = true};
    struct err notice = {0};
    struct err err;

    memset(r, 0, sizeof *r);
    twin_open(&r->twin, answers, count);
    REQUIRE_OK(cache_open(&options, &r->cache, &notice, &err), &err);
    r->twin.deploy.cache = r->cache;
    r->tail = (struct log_tail){
        .deploy = &r->twin.deploy,
        .at = {SV("aws"), SV("111111111111"), SV("eu-west-1"), SV("sales")},
        .build = SV(BUILD),
        .is_follow = true,
        .news = count_news,
        .owner = r,
    };
}

static void close_reading(struct reading *r, const struct answer *answers, size_t count)
{
    twin_close(&r->twin, answers, count);
    cache_close(r->cache);
}

static enum err_code read_log(struct task *task, void *owner, struct err *err)
{
    return log_tail(task, owner, err);
}

/* All that is kept, as one text. */
static void check_kept(struct reading *r, struct sv want)
{
    struct cached_log log;
    struct log_chunk *chunks;
    struct arena arena;
    struct sb raw;
    struct sb text;
    size_t count;
    struct err err;

    arena_init(&arena, 8 << 20);
    sb_init(&raw, LOG_CHUNK_MAX);
    sb_init(&text, 8 << 20);
    REQUIRE_OK(cache_find_build_log(r->cache, SV("aws"), SV("111111111111"), SV("eu-west-1"),
                                    SV(BUILD), &arena, &log, &err),
               &err);
    REQUIRE_OK(cache_log_chunks(r->cache, log.id, 0, &arena, &chunks, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        struct log_line line;
        struct sv rest;
        int64_t at_ms = 0;

        REQUIRE_OK(cache_read_chunk(r->cache, &chunks[i], &raw, &err), &err);
        rest = sb_sv(&raw);
        while (log_line_next(&rest, &at_ms, &line)) {
            REQUIRE_OK(sb_add(&text, line.text, &err), &err);
            if (!(line.flags & LOG_FLAG_GOES_ON))
                REQUIRE_OK(sb_addc(&text, '\n', &err), &err);
        }
    }
    CHECK_INT(text.len, want.len);
    CHECK_TRUE(sv_eq(sb_sv(&text), want));
    sb_release(&text);
    sb_release(&raw);
    arena_release(&arena);
}

static void run(struct reading *r, enum err_code want)
{
    CHECK_INT(twin_run(&r->twin, read_log, &r->tail), want);
}

static void test_a_growing_log_is_read_to_its_end(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = BUILDS, .body = BUILD_REPLY("IN_PROGRESS", "false")},
        {.to = LOGS,
         .body = PAGE(EVENT("one\\n") "," EVENT("two\\n"), "f/1"),
         .needs = "\"startFromHead\":true"},
        {.to = LOGS, .body = PAGE("", "f/1"), .needs = "\"nextToken\":\"f/1\""},
        {.to = BUILDS, .body = BUILD_REPLY("IN_PROGRESS", "false")},
        {.to = LOGS, .body = PAGE(EVENT("three"), "f/2"), .needs = "\"nextToken\":\"f/1\""},
        /* The build is over, and prints its last line between two looks. */
        {.to = LOGS, .body = PAGE("", "f/2"), .needs = "\"nextToken\":\"f/2\""},
        {.to = BUILDS, .body = BUILD_REPLY("FAILED", "true")},
        {.to = LOGS, .body = PAGE("", "f/2")},
        {.to = LOGS, .body = PAGE(EVENT("four\\n"), "f/3"), .needs = "\"nextToken\":\"f/2\""},
        {.to = LOGS, .body = PAGE("", "f/3"), .needs = "\"nextToken\":\"f/3\""},
        {.to = LOGS, .body = PAGE("", "f/3")},
    };
    struct reading r;

    open_reading(&r, answers, ARRAY_LEN(answers));
    run(&r, ERR_OK);
    CHECK_STR(r.tail.outcome, "FAILED");
    CHECK_TRUE(r.tail.is_whole);
    CHECK_INT(r.news, 3);
    check_kept(&r, SV("one\ntwo\nthree\nfour\n"));
    /* What is whole is not asked for again. */
    r.tail.is_whole = false;
    run(&r, ERR_OK);
    CHECK_TRUE(r.tail.is_whole);
    CHECK_STR(r.tail.outcome, "FAILED");
    close_reading(&r, answers, ARRAY_LEN(answers));
}

static void test_another_reading_goes_on_where_the_first_was_cut(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = BUILDS, .body = BUILD_REPLY("IN_PROGRESS", "false")},
        {.to = LOGS, .body = PAGE(EVENT("one"), "f/1")},
        /* Three tries, and libcurl's own behind a connection that was kept. */
        {.to = LOGS, .is_cut = true},
        {.to = LOGS, .is_cut = true},
        {.to = LOGS, .is_cut = true},
        {.to = LOGS, .is_cut = true},
        {.to = LOGS, .body = PAGE(EVENT("two"), "f/2"), .needs = "\"nextToken\":\"f/1\""},
        {.to = LOGS, .body = PAGE("", "f/2")},
        {.to = BUILDS, .body = BUILD_REPLY("IN_PROGRESS", "false")},
    };
    struct reading r;

    open_reading(&r, answers, ARRAY_LEN(answers));
    r.tail.is_follow = false;
    run(&r, ERR_NET);
    run(&r, ERR_OK);
    CHECK_TRUE(!r.tail.is_whole);
    check_kept(&r, SV("one\ntwo\n"));
    close_reading(&r, answers, ARRAY_LEN(answers));
}

static void test_what_is_not_there_yet_is_waited_for(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = BUILDS,
         .body = "{\"builds\":[{\"id\":\"" BUILD "\",\"buildStatus\":\"IN_PROGRESS\"}]}"},
        {.to = BUILDS, .body = BUILD_REPLY("IN_PROGRESS", "false")},
        {.to = LOGS, .error = "ResourceNotFoundException"},
        {.to = BUILDS, .body = BUILD_REPLY("SUCCEEDED", "true")},
        {.to = LOGS, .body = PAGE(EVENT("one"), "f/1")},
        {.to = LOGS, .body = PAGE("", "f/1")},
        {.to = LOGS, .body = PAGE("", "f/1")},
    };
    struct reading r;

    open_reading(&r, answers, ARRAY_LEN(answers));
    run(&r, ERR_OK);
    CHECK_STR(r.tail.outcome, "SUCCEEDED");
    check_kept(&r, SV("one\n"));
    close_reading(&r, answers, ARRAY_LEN(answers));
}

static void test_an_expired_token_reads_all_of_it_again(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = BUILDS, .body = BUILD_REPLY("IN_PROGRESS", "false")},
        {.to = LOGS, .body = PAGE(EVENT("one"), "f/1")},
        {.to = LOGS, .error = "InvalidParameterException", .needs = "\"nextToken\":\"f/1\""},
        {.to = LOGS, .body = PAGE(EVENT("one") "," EVENT("two"), "f/9")},
        {.to = LOGS, .body = PAGE("", "f/9"), .needs = "\"nextToken\":\"f/9\""},
        {.to = BUILDS, .body = BUILD_REPLY("IN_PROGRESS", "false")},
    };
    struct reading r;

    open_reading(&r, answers, ARRAY_LEN(answers));
    r.tail.is_follow = false;
    run(&r, ERR_OK);
    check_kept(&r, SV("one\ntwo\n"));
    close_reading(&r, answers, ARRAY_LEN(answers));
}

static void test_a_build_that_aws_forgot_says_so(void **state UNUSED)
{
    static const struct answer answers[] = {
        TWIN_HOME,
        {.to = BUILDS, .body = "{\"builds\":[],\"buildsNotFound\":[\"" BUILD "\"]}"},
    };
    struct reading r;

    open_reading(&r, answers, ARRAY_LEN(answers));
    run(&r, ERR_NOT_FOUND);
    CHECK_STR(r.twin.err.text, "CodeBuild knows no build " BUILD " (any more)");
    close_reading(&r, answers, ARRAY_LEN(answers));
}

static void test_a_page_of_a_megabyte_comes_whole(void **state UNUSED)
{
    enum { LINES = 4000, WIDTH = 260 };
    struct sb page;
    struct sb want;
    struct err err;

    sb_init(&page, 4 << 20);
    sb_init(&want, 4 << 20);
    REQUIRE_OK(sb_add(&page, SV("{\"events\":["), &err), &err);
    for (int i = 0; i < LINES; i++) {
        REQUIRE_OK(sb_addf(&page, &err, "%s{\"timestamp\":%d,\"message\":\"%06d %0*d\\n\"}",
                           i > 0 ? "," : "", i / 9, i, WIDTH, i),
                   &err);
        REQUIRE_OK(sb_addf(&want, &err, "%06d %0*d\n", i, WIDTH, i), &err);
    }
    REQUIRE_OK(sb_add(&page, SV("],\"nextForwardToken\":\"f/1\"}"), &err), &err);
    {
        const struct answer answers[] = {
            TWIN_HOME,
            {.to = BUILDS, .body = BUILD_REPLY("IN_PROGRESS", "false")},
            {.to = LOGS, .body = sb_cstr(&page)},
            {.to = LOGS, .body = PAGE("", "f/1")},
            {.to = BUILDS, .body = BUILD_REPLY("IN_PROGRESS", "false")},
        };
        struct reading r;

        open_reading(&r, answers, ARRAY_LEN(answers));
        r.tail.is_follow = false;
        run(&r, ERR_OK);
        check_kept(&r, sb_sv(&want));
        close_reading(&r, answers, ARRAY_LEN(answers));
    }
    sb_release(&page);
    sb_release(&want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_growing_log_is_read_to_its_end),
        TEST(test_another_reading_goes_on_where_the_first_was_cut),
        TEST(test_what_is_not_there_yet_is_waited_for),
        TEST(test_an_expired_token_reads_all_of_it_again),
        TEST(test_a_build_that_aws_forgot_says_so),
        TEST(test_a_page_of_a_megabyte_comes_whole),
    };
    return RUN(tests);
}
