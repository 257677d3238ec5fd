/* kill -9 of whoever appends to a log, at random moments, again and again.
 *
 * What a page holds follows from its number, so the log itself tells what must be in it. Promised
 * each time: it opens, it has every line up to its token and none twice, nothing that was there
 * before has gone but what the budget took from its beginning, and the budget is held. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/time.h"
#include "core/cache/log.h"
#include "tests/unit/check.h"

enum { PATH_SIZE = 64, LINES_MOST = 120, TEXT_SIZE = 160, PAUSE_MOST_US = 12000 };

static const struct story {
    const char *name;
    int rounds;
    int64_t budget;    /* of the cache's logs, packed bytes */
    int pages_most;    /* of one log: then another one begins */
    bool loses_oldest; /* one log is larger than the budget */
} stories[] = {
    {"all of it", 120, (int64_t)8 << 20, 60, false},
    {"more than the budget", 80, 96 << 10, 4000, true},
};

struct scene {
    const struct story *story;
    char dir[PATH_SIZE];
    char stream[PATH_SIZE];
    int generation;
    int64_t page; /* the last one that was seen in it; -1 = none */
    uint64_t dice;
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

static struct log_id id_of(const struct scene *s)
{
    return (struct log_id){.partition = SV("aws"),
                           .account = SV("111111111111"),
                           .region = SV("eu-west-1"),
                           .group = SV("/aws/codebuild/tortured"),
                           .stream = sv_of(s->stream)};
}

static struct cache *open_it(struct scene *s)
{
    struct cache_options options = {.dir = s->dir};
    struct cache *cache = NULL;
    struct err err = {0};

    REQUIRE_OK(cache_open(&options, &cache, NULL, &err), &err);
    cache_set_log_budget(cache, s->story->budget);
    return cache;
}

/* ---- what a page holds ---- */

static int64_t lines_in(int64_t page)
{
    return 1 + (int64_t)(mix((uint64_t)page) % LINES_MOST);
}

/* Digits at random, because what packs well is no burden. */
static struct sv line_at(int64_t page, int64_t line, char out[TEXT_SIZE])
{
    uint64_t dice = mix((uint64_t)page << 20 | (uint64_t)line);
    int len = snprintf(out, TEXT_SIZE, "page %lld line %lld:", (long long)page, (long long)line);

    for (int i = 0; i < 8; i++) {
        dice = mix(dice + 1);
        len += snprintf(out + len, (size_t)(TEXT_SIZE - len), " %04llu",
                        (unsigned long long)(dice % 10000));
    }
    out[len++] = '\n';
    return sv_make(out, (size_t)len);
}

/* The token of a page is its number. */
static int64_t page_of(struct sv token)
{
    int64_t page = -1;

    if (token.len > 0)
        CHECK_TRUE(sv_starts(token, SV("f/")) && sv_to_int(sv_drop(token, 2), &page));
    return page;
}

/* ---- who is killed ---- */

static enum err_code append_page(struct cache *cache, const struct scene *s, int64_t page)
{
    static char text[LINES_MOST][TEXT_SIZE];
    struct log_event events[LINES_MOST];
    const struct log_id id = id_of(s);
    char after[32] = "";
    char token[32];
    struct log_page what = {.build = SV("tortured:1"), .events = events, .now_ms = time_wall_ms()};

    what.count = (size_t)lines_in(page);
    for (size_t i = 0; i < what.count; i++)
        events[i] = (struct log_event){1000 + page, line_at(page, (int64_t)i, text[i])};
    if (page > 0)
        (void)snprintf(after, sizeof after, "f/%lld", (long long)page - 1);
    (void)snprintf(token, sizeof token, "f/%lld", (long long)page);
    what.after = sv_of(after);
    what.token = sv_of(token);
    return cache_append_log(cache, &id, &what, NULL);
}

/* Never returns. */
static void append_on(struct scene *s, int ready)
{
    struct cache *cache = open_it(s);
    int64_t page = s->page + 1;

    if (write(ready, "r", 1) != 1)
        _exit(1);
    while (append_page(cache, s, page) == ERR_OK)
        page++;
    _exit(1);
}

static void kill_one(struct scene *s)
{
    int ready[2];
    int status = 0;
    char byte;
    pid_t pid;

    REQUIRE(pipe(ready) == 0);
    pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0)
        append_on(s, ready[1]);
    (void)close(ready[1]);
    REQUIRE(read(ready[0], &byte, 1) == 1);
    (void)close(ready[0]);
    s->dice = mix(s->dice + 1);
    (void)usleep((useconds_t)(s->dice % PAUSE_MOST_US));
    REQUIRE(kill(pid, SIGKILL) == 0);
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK_TRUE(WIFSIGNALED(status)); /* it was not through by itself */
}

/* ---- what is left ---- */

struct walk {
    int64_t page;
    int64_t line; /* of the page */
};

static void step(struct walk *w)
{
    if (++w->line == lines_in(w->page)) {
        w->line = 0;
        w->page++;
    }
}

/* Of the chunks: every line is the one that must be there. */
static void check_lines(struct cache *cache, const struct cached_log *log, struct walk *w)
{
    struct log_chunk *chunks;
    struct arena arena;
    struct sb raw;
    size_t count;
    int64_t at_line = log->first_line;
    struct err err = {0};

    arena_init(&arena, 16 << 20);
    sb_init(&raw, LOG_CHUNK_MAX);
    REQUIRE_OK(cache_log_chunks(cache, log->id, 0, &arena, &chunks, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        struct log_line line;
        struct sv rest;
        int64_t at_ms = 0;

        CHECK_INT(chunks[i].first_line, at_line);
        REQUIRE_OK(cache_read_chunk(cache, &chunks[i], &raw, &err), &err);
        for (rest = sb_sv(&raw); log_line_next(&rest, &at_ms, &line); at_line++) {
            char text[TEXT_SIZE];
            struct sv want = line_at(w->page, w->line, text);

            REQUIRE(sv_eq(line.text, sv_take(want, want.len - 1)));
            CHECK_INT(at_ms, 1000 + w->page);
            step(w);
        }
    }
    CHECK_INT(at_line, log->lines);
    sb_release(&raw);
    arena_release(&arena);
}

static int64_t check(struct scene *s)
{
    struct cache *cache = open_it(s);
    const struct log_id id = id_of(s);
    struct cached_log log = {0};
    struct walk w = {0};
    struct arena arena;
    int64_t page = -1;
    struct err err = {0};
    enum err_code rc;

    arena_init(&arena, 1 << 20);
    rc = cache_find_log(cache, &id, &arena, &log, &err);
    if (rc == ERR_OK) {
        page = page_of(log.token);
        CHECK_TRUE(s->story->loses_oldest || log.first_line == 0);
        CHECK_TRUE(log.size <= s->story->budget);
        for (int64_t i = 0; i < log.first_line; i++)
            step(&w);
        check_lines(cache, &log, &w);
        CHECK_INT(w.page, page + 1);
        CHECK_INT(w.line, 0);
    } else {
        CHECK_INT(rc, ERR_NOT_FOUND);
    }
    CHECK_TRUE(page >= s->page); /* what was kept once is kept */
    s->page = page;
    page = log.first_line;
    arena_release(&arena);
    cache_close(cache);
    return page;
}

static void next_log(struct scene *s)
{
    s->page = -1;
    (void)snprintf(s->stream, sizeof s->stream, "b%d", ++s->generation);
}

static void empty(const char *dir)
{
    static const char *const names[] = {"cache.db", "cache.db-wal", "cache.db-shm", "write.lock",
                                        "freshness"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[2 * PATH_SIZE];

        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
    CHECK_INT(rmdir(dir), 0); /* and nothing was moved aside */
}

static void test_a_log_survives_whoever_appends_to_it(void **state UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
        struct scene s = {.story = &stories[i], .dice = 20 + i};
        int64_t lost = 0;
        int64_t pages = 0;

        (void)snprintf(s.dir, sizeof s.dir, "/tmp/penstock-torture-log-XXXXXX");
        REQUIRE(mkdtemp(s.dir) != NULL);
        next_log(&s);
        for (int round = 0; round < s.story->rounds; round++) {
            int64_t before = s.page;

            kill_one(&s);
            lost = check(&s);
            pages += s.page - before;
            if (s.page >= s.story->pages_most)
                next_log(&s);
        }
        print_message("%s: %d kills, %lld pages, %d logs, %lld lines gone\n", s.story->name,
                      s.story->rounds, (long long)pages, s.generation, (long long)lost);
        CHECK_TRUE(pages > s.story->rounds);
        CHECK_INT(lost > 0, s.story->loses_oldest);
        empty(s.dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_a_log_survives_whoever_appends_to_it)};

    return RUN(tests);
}
