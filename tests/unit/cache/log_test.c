/* Logs in the cache: what was appended comes back, in order and masked; a page counts once. */
#include "core/cache/log_reader.h"
#include "tests/unit/cache/fixture.h"

#include <stdlib.h>

static const struct log_id sales = {.partition = {"aws", 3},
                                    .account = {"111111111111", 12},
                                    .region = {"eu-west-1", 9},
                                    .group = {"/aws/codebuild/sales", 20},
                                    .stream = {"b1", 2}};

static enum err_code append(struct cache *cache, const struct log_id *id, const char *after,
                            const char *token, const struct log_event *events, size_t count,
                            struct err *err)
{
    const struct log_page page = {.build = SV("sales:b1"),
                                  .after = sv_of(after),
                                  .token = sv_of(token),
                                  .events = events,
                                  .count = count,
                                  .now_ms = 1000000};

    return cache_append_log(cache, id, &page, err);
}

static void find(struct cache *cache, const struct log_id *id, struct arena *arena,
                 struct cached_log *log)
{
    struct err err;

    arena_clear(arena);
    REQUIRE_OK(cache_find_log(cache, id, arena, log, &err), &err);
}

/* All events as they were, and the chunks' own figures checked. */
static void read_back(struct cache *cache, const struct cached_log *log, struct sb *out)
{
    struct arena arena;
    struct log_chunk *chunks;
    struct sb raw;
    size_t count;
    int64_t at_line = log->first_line;
    struct err err;

    arena_init(&arena, 16 << 20);
    sb_init(&raw, LOG_CHUNK_MAX);
    sb_clear(out);
    REQUIRE_OK(cache_log_chunks(cache, log->id, 0, &arena, &chunks, &count, &err), &err);
    for (size_t i = 0; i < count; i++) {
        struct log_line line;
        struct sv rest;
        int64_t at_ms = 0;
        int64_t lines = 0;

        CHECK_INT(chunks[i].first_line, at_line);
        REQUIRE_OK(cache_read_chunk(cache, &chunks[i], &raw, &err), &err);
        CHECK_INT(raw.len, chunks[i].raw);
        rest = sb_sv(&raw);
        while (log_line_next(&rest, &at_ms, &line)) {
            CHECK_TRUE(line.text.len <= LOG_LINE_MAX);
            REQUIRE_OK(sb_add(out, line.text, &err), &err);
            if (!(line.flags & (LOG_FLAG_GOES_ON | LOG_FLAG_OPEN)))
                REQUIRE_OK(sb_addc(out, '\n', &err), &err);
            lines++;
        }
        CHECK_INT(lines, chunks[i].lines);
        at_line += lines;
    }
    CHECK_INT(at_line, log->lines);
    sb_release(&raw);
    arena_release(&arena);
}

static void test_what_was_appended_comes_back(void **state)
{
    static const char odd[] = "nul \0 and \xff\xfe bad\x1b[31m";
    static char longest[256 * 1024];
    struct log_event events[] = {
        {1000, SV("one\n")},
        {1000, SV("two\n")},
        {1000, SV("")},
        {1001, SV("a\nb\nc")},
        {999, SV("back in time\n\n")},
        {5000, sv_make(odd, sizeof odd - 1)},
        {5001, sv_make(longest, sizeof longest)},
        {5001, SV("\xc3\xa9nd\r\n")},
    };
    struct cache *cache = open_memory_cache();
    struct cached_log log;
    struct arena arena;
    struct sb want;
    struct sb got;
    struct err err;

    (void)state;
    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = i % 3 == 0 ? '\xe9' : i % 3 == 1 ? '\x9b' : '\x86';
    arena_init(&arena, 1 << 20);
    sb_init(&want, 32 << 20);
    sb_init(&got, 32 << 20);
    CHECK_INT(cache_find_log(cache, &sales, &arena, &log, &err), ERR_NOT_FOUND);
    for (int page = 0; page < 40; page++) {
        char after[16] = "";
        char token[16];

        if (page > 0)
            snprintf(after, sizeof after, "f/%d", page - 1);
        snprintf(token, sizeof token, "f/%d", page);
        REQUIRE_OK(append(cache, &sales, after, token, events, ARRAY_LEN(events), &err), &err);
        for (size_t i = 0; i < ARRAY_LEN(events); i++)
            REQUIRE_OK(sb_add(&want, events[i].text, &err), &err);
    }
    find(cache, &sales, &arena, &log);
    CHECK_SV(log.token, SV("f/39"));
    CHECK_INT(log.events, 40 * ARRAY_LEN(events));
    CHECK_TRUE(log.size < log.bytes / 20);
    read_back(cache, &log, &got);
    CHECK_INT(got.len, want.len);
    CHECK_TRUE(sv_eq(sb_sv(&got), sb_sv(&want)));
    sb_release(&want);
    sb_release(&got);
    arena_release(&arena);
    cache_close(cache);
}

static void test_a_page_counts_once(void **state)
{
    const struct log_event event = {1000, SV("one\n")};
    struct cache *cache = open_memory_cache();
    struct cached_log log;
    struct arena arena;
    int64_t before;
    int64_t after;
    struct err err;

    (void)state;
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(append(cache, &sales, "", "f/1", &event, 1, &err), &err);
    CHECK_INT(append(cache, &sales, "", "f/1", &event, 1, &err), ERR_STALE);
    REQUIRE_OK(append(cache, &sales, "f/1", "f/2", &event, 1, &err), &err);
    CHECK_INT(append(cache, &sales, "f/1", "f/2", &event, 1, &err), ERR_STALE);
    find(cache, &sales, &arena, &log);
    CHECK_INT(log.lines, 2);
    /* An empty page with the token that was sent is the end for now: nobody is woken. */
    REQUIRE_OK(cache_change_seq(cache, &before, &err), &err);
    REQUIRE_OK(append(cache, &sales, "f/2", "f/2", NULL, 0, &err), &err);
    REQUIRE_OK(cache_change_seq(cache, &after, &err), &err);
    CHECK_INT(after, before);
    REQUIRE_OK(cache_end_log(cache, &sales, SV("sales:b1"), SV("FAILED"), true, 2000000, &err),
               &err);
    find(cache, &sales, &arena, &log);
    CHECK_TRUE(log.is_whole);
    CHECK_SV(log.outcome, SV("FAILED"));
    REQUIRE_OK(cache_drop_log(cache, &sales, &err), &err);
    CHECK_INT(cache_find_log(cache, &sales, &arena, &log, &err), ERR_NOT_FOUND);
    arena_release(&arena);
    cache_close(cache);
}

static void test_secrets_are_never_kept(void **state)
{
    const struct log_event key = {1000, SV("-----BEGIN PRIVATE KEY-----\n")};
    const struct log_event rest[] = {{1000, SV("MIIEowIBAAK\n")},
                                     {1001, SV("-----END PRIVATE KEY-----\n")},
                                     {1002, SV("password=hunter2 error\n")}};
    struct cache *cache = open_memory_cache();
    struct cached_log log;
    struct arena arena;
    struct sb got;
    struct err err;

    (void)state;
    arena_init(&arena, 1 << 20);
    sb_init(&got, 1 << 20);
    REQUIRE_OK(append(cache, &sales, "", "f/1", &key, 1, &err), &err);
    REQUIRE_OK(append(cache, &sales, "f/1", "f/2", rest, ARRAY_LEN(rest), &err), &err);
    find(cache, &sales, &arena, &log);
    CHECK_INT(log.masked, 2);
    read_back(cache, &log, &got);
    CHECK_STR(sb_cstr(&got),
              "-----BEGIN PRIVATE KEY-----\n***\n-----END PRIVATE KEY-----\npassword=*** error\n");
    sb_release(&got);
    arena_release(&arena);
    cache_close(cache);
}

static void noise(char *text, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1103515245U + 12345U;
        text[i] = (char)('!' + (seed >> 16) % 90);
    }
}

static void test_the_budget_lets_the_longest_unused_go(void **state)
{
    static char text[200 * 1024];
    const struct log_event event = {1000, sv_make(text, sizeof text)};
    struct cache *cache = open_memory_cache();
    struct log_id id = sales;
    struct cached_log log;
    struct arena arena;
    struct sb got;
    struct err err;

    (void)state;
    noise(text, sizeof text, 7);
    arena_init(&arena, 1 << 20);
    sb_init(&got, 8 << 20);
    cache_set_log_budget(cache, 1 << 20);
    for (int i = 0; i < 10; i++) {
        char stream[8];

        snprintf(stream, sizeof stream, "s%d", i);
        id.stream = sv_of(stream);
        REQUIRE_OK(append(cache, &id, "", "f/1", &event, 1, &err), &err);
        if (i == 1) {
            find(cache, &id, &arena, &log);
            REQUIRE_OK(cache_use_log(cache, log.id, 900000000, &err), &err);
        }
    }
    id.stream = SV("s0");
    CHECK_INT(cache_find_log(cache, &id, &arena, &log, &err), ERR_NOT_FOUND);
    id.stream = SV("s1");
    find(cache, &id, &arena, &log); /* it was looked at */
    id.stream = SV("s9");
    find(cache, &id, &arena, &log);

    /* One that is larger than all of it loses its start. */
    for (int i = 1; i < 12; i++) {
        char after[16];
        char token[16];

        snprintf(after, sizeof after, "f/%d", i);
        snprintf(token, sizeof token, "f/%d", i + 1);
        noise(text, sizeof text, (unsigned)i * 31);
        REQUIRE_OK(append(cache, &id, after, token, &event, 1, &err), &err);
    }
    find(cache, &id, &arena, &log);
    CHECK_TRUE(log.first_line > 0);
    CHECK_TRUE(log.size <= 1 << 20);
    read_back(cache, &log, &got);
    CHECK_TRUE(sv_ends(sb_sv(&got), sv_make(text + 100, sizeof text - 100)));
    id.stream = SV("s1");
    CHECK_INT(cache_find_log(cache, &id, &arena, &log, &err), ERR_NOT_FOUND);
    sb_release(&got);
    arena_release(&arena);
    cache_close(cache);
}

struct seen {
    int64_t first;
    int64_t last;
    int64_t count;
};

static bool see(void *owner, int64_t number, const struct log_line *line)
{
    struct seen *s = owner;
    char want[300];

    snprintf(want, sizeof want, "line %lld %0200d", (long long)number, 7);
    CHECK_SV(line->text, sv_of(want));
    s->first = s->count++ == 0 ? number : s->first;
    s->last = number;
    return true;
}

static void test_any_part_of_a_log_is_read(void **state)
{
    enum { LINES = 3000, PAGES = 4 };
    struct cache *cache = open_memory_cache();
    struct log_event *events = calloc(LINES, sizeof *events);
    struct log_reader reader;
    struct cached_log log;
    struct arena arena;
    struct err err;

    (void)state;
    REQUIRE(events != NULL);
    arena_init(&arena, 64 << 20);
    log_reader_init(&reader);
    for (int page = 0; page < PAGES; page++) {
        char after[16] = "";
        char token[16];
        struct seen seen = {0};

        for (int i = 0; i < LINES; i++) {
            char *text = arena_alloc(&arena, 300, 1);

            snprintf(text, 300, "line %d %0200d\n", page * LINES + i, 7);
            events[i] = (struct log_event){i, sv_of(text)};
        }
        if (page > 0)
            snprintf(after, sizeof after, "f/%d", page);
        snprintf(token, sizeof token, "f/%d", page + 1);
        REQUIRE_OK(append(cache, &sales, after, token, events, LINES, &err), &err);
        find(cache, &sales, &arena, &log);
        REQUIRE_OK(log_reader_open(&reader, cache, &log, &err), &err);
        CHECK_TRUE(reader.count > (size_t)(page + 1) * 8);
        REQUIRE_OK(log_reader_each(&reader, 1234, INT64_MAX, see, &seen, &err), &err);
        CHECK_INT(seen.first, 1234);
        CHECK_INT(seen.last, (page + 1) * LINES - 1);
        CHECK_INT(seen.count, seen.last - seen.first + 1);
        seen = (struct seen){0};
        REQUIRE_OK(log_reader_each(&reader, log.lines - 2, log.lines - 1, see, &seen, &err), &err);
        CHECK_INT(seen.count, 1);
        CHECK_INT(seen.first, log.lines - 2);
    }
    log_reader_release(&reader);
    arena_release(&arena);
    free(events);
    cache_close(cache);
}

static void test_bytes_that_make_no_sense_end_the_chunk(void **state)
{
    static const char *const bad[] = {"", "\x01", "\x01\x80",
                                      ("\x01\x02\xff\xff\xff\xff\x7f"
                                       "ab"),
                                      "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"};
    struct log_line line;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct sv rest = sv_of(bad[i]);
        int64_t at_ms = 0;

        CHECK_TRUE(!log_line_next(&rest, &at_ms, &line));
        CHECK_INT(rest.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_appended_comes_back), TEST(test_a_page_counts_once),
        TEST(test_secrets_are_never_kept),       TEST(test_the_budget_lets_the_longest_unused_go),
        TEST(test_any_part_of_a_log_is_read),    TEST(test_bytes_that_make_no_sense_end_the_chunk),
    };
    return RUN(tests);
}
