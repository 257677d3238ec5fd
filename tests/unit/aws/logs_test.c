/* A page of GetLogEvents: its events as they are, NUL bytes too. */
#include "core/aws/logs.h"
#include "tests/unit/check.h"

static enum err_code decode(struct sv body, struct arena *arena, cJSON **json,
                            struct log_reply *out, struct err *err)
{
    REQUIRE_OK(json_parse(body, json, err), err);
    return decode_log_events(*json, body, arena, out, err);
}

static void test_events_come_as_they_are(void **state)
{
    struct arena arena;
    struct log_reply page;
    cJSON *json;
    struct err err;

    (void)state;
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(
        decode(SV("{\"events\":[{\"timestamp\":1700000000123,\"message\":\"one\\n\","
                  "\"ingestionTime\":5},{\"timestamp\":1,\"message\":\"\xff \\\"q\\\"\"},{}],"
                  "\"nextForwardToken\":\"f/1\",\"nextBackwardToken\":\"b/1\"}"),
               &arena, &json, &page, &err),
        &err);
    CHECK_INT(page.count, 3);
    CHECK_INT(page.events[0].at_ms, 1700000000123);
    CHECK_SV(page.events[0].text, SV("one\n"));
    CHECK_SV(page.events[1].text, SV("\xff \"q\""));
    CHECK_INT(page.events[2].text.len, 0);
    CHECK_SV(page.token, SV("f/1"));
    cJSON_Delete(json);
    arena_release(&arena);
}

static void test_nul_bytes_stay(void **state)
{
    struct arena arena;
    struct log_reply page;
    cJSON *json;
    struct err err;

    (void)state;
    arena_init(&arena, 1 << 20);
    REQUIRE_OK(decode(SV("{\"events\":[{\"message\":\"a\\u0000b\\\\u0000 \\ufffe\"},"
                         "{\"message\":\"\\u0000\"}],\"nextForwardToken\":\"f/1\"}"),
                      &arena, &json, &page, &err),
               &err);
    CHECK_INT(page.count, 2);
    CHECK_SV(page.events[0].text, SV("a\0b\\u0000 \xef\xbf\xbe"));
    CHECK_SV(page.events[1].text, SV("\0"));
    cJSON_Delete(json);
    arena_release(&arena);
}

static void test_a_page_without_a_token_is_refused(void **state)
{
    struct arena arena;
    struct log_reply page;
    cJSON *json;
    struct err err;

    (void)state;
    arena_init(&arena, 1 << 20);
    CHECK_INT(decode(SV("{\"events\":[]}"), &arena, &json, &page, &err), ERR_REPLY);
    cJSON_Delete(json);
    REQUIRE_OK(
        decode(SV("{\"nextForwardToken\":\"f/9\",\"events\":null}"), &arena, &json, &page, &err),
        &err);
    CHECK_INT(page.count, 0);
    cJSON_Delete(json);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_events_come_as_they_are),
        TEST(test_nul_bytes_stay),
        TEST(test_a_page_without_a_token_is_refused),
    };
    return RUN(tests);
}
