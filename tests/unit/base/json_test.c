#include "core/base/json.h"

#include "core/base/mem.h"
#include "tests/unit/check.h"

static void test_members_are_found_by_exact_name_and_type(void **state)
{
    struct err err = {0};
    cJSON *json;

    (void)state;
    REQUIRE_OK(json_parse(SV(" {\"A\":1,\"a\":\"x\",\"n\":null,\"i\":-5.9,\"b\":true,\"l\":[2,3],"
                             "\"e\":[],\"t\":1.5,\"big\":1e300,\"s\":\"\"} \n"),
                          &json, &err),
               &err);
    CHECK_SV(json_sv(json, "a"), SV("x"));
    CHECK_TRUE(json_sv(json, "A").ptr == NULL);
    CHECK_TRUE(json_sv(json, "s").ptr != NULL);
    CHECK_TRUE(json_get(json, "n") == NULL && json_get(json, "none") == NULL);
    CHECK_INT(json_int(json, "i", 0), -5);
    CHECK_INT(json_int(json, "a", 7), 7);
    CHECK_INT(json_int(json, "big", 7), 7);
    CHECK_TRUE(json_bool(json, "b", false) && json_bool(json, "a", true));
    CHECK_INT(json_time(json, "t"), 1500);
    CHECK_INT(json_time(json, "a"), 0);
    CHECK_INT(json_list(json, "l")->valueint, 2);
    CHECK_TRUE(json_list(json, "e") == NULL && json_list(json, "a") == NULL);
    CHECK_TRUE(json_get(NULL, "a") == NULL);
    CHECK_TRUE(json_get(json_get(json, "l"), "a") == NULL);
    cJSON_Delete(json);
}

static void expect_failure(struct sv text, const char *sentence)
{
    struct err err = {0};
    cJSON *json = NULL;

    CHECK_INT(json_parse(text, &json, &err), ERR_REPLY);
    CHECK_TRUE(json == NULL);
    CHECK_STR(err.text, sentence);
}

static void test_what_is_no_json_is_named(void **state)
{
    char deep[2000];

    (void)state;
    expect_failure(SV_NONE, "expected JSON, got nothing");
    expect_failure(SV(" \n"), "expected JSON, got nothing");
    expect_failure(SV("<html>\x1b[2J"), "expected JSON, got \"<html>?[2J...\"");
    expect_failure(SV("{} trailing"), "expected JSON, got \"{} trailing...\"");
    expect_failure(SV("{\"a\":"), "expected JSON, got \"{\"a\":...\"");
    memset(deep, '[', sizeof deep);
    expect_failure(sv_make(deep, sizeof deep),
                   "expected JSON, got \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...\"");
}

static void write_all(struct jw *w)
{
    jw_open(w, '{');
    jw_put_sv(w, "text", SV("q\"\\\n\x1b\xc2\x9b caf\xc3\xa9 \xff"));
    jw_put_sv(w, "none", SV_NONE);
    jw_put_int(w, "int", INT64_MIN);
    jw_put_bool(w, "yes", true);
    jw_put_time(w, "at", 1440938160000);
    jw_put_time(w, "never", 0);
    jw_put_epoch(w, "epoch", 1440938160007);
    jw_name(w, "list");
    jw_open(w, '[');
    jw_int(w, 1);
    jw_null(w);
    jw_open(w, '{');
    jw_close(w, '}');
    jw_close(w, ']');
    jw_close(w, '}');
}

static void test_what_is_written_is_json(void **state)
{
    struct err err = {0};
    struct sb out;
    struct jw w;
    cJSON *json;

    (void)state;
    sb_init(&out, 4096);
    for (int pretty = 0; pretty < 2; pretty++) {
        sb_clear(&out);
        jw_init(&w, &out, &err);
        w.pretty = pretty == 1;
        write_all(&w);
        REQUIRE_OK(jw_done(&w), &err);
        REQUIRE_OK(json_parse(sb_sv(&out), &json, &err), &err);
        CHECK_SV(json_sv(json, "text"), SV("q\"\\\n\x1b\xc2\x9b caf\xc3\xa9 \xef\xbf\xbd"));
        CHECK_SV(json_sv(json, "at"), SV("2015-08-30T12:36:00Z"));
        CHECK_TRUE(json_get(json, "never") == NULL && json_get(json, "none") == NULL);
        CHECK_INT(json_time(json, "epoch"), 1440938160007);
        CHECK_INT(cJSON_GetArraySize(json_get(json, "list")), 3);
        cJSON_Delete(json);
    }
    sb_release(&out);
}

static void test_pretty_json_leaves_nothing_in_what_is_empty(void **state)
{
    struct err err;
    struct sb out;
    struct jw w;

    (void)state;
    sb_init(&out, 1000);
    jw_init(&w, &out, &err);
    w.pretty = true;
    jw_open(&w, '{');
    jw_name(&w, "a");
    jw_open(&w, '[');
    jw_close(&w, ']');
    jw_put_int(&w, "b", 1);
    jw_close(&w, '}');
    REQUIRE_OK(jw_done(&w), &err);
    CHECK_STR(sb_cstr(&out), "{\n  \"a\": [],\n  \"b\": 1\n}");
    sb_release(&out);
}

static void test_what_a_person_wrote_is_refused_with_its_line(void **state)
{
    struct err err;
    cJSON *json;

    (void)state;
    CHECK_INT(json_parse_written(SV("{\"a\": 1,\n  \"b\" 2}"), &json, &err), ERR_USAGE);
    CHECK_INT(sv_find(sv_of(err.text), SV("line 2, column 7: ")), 0);
    CHECK_INT(json_parse_written(SV("{}\n\n x"), &json, &err), ERR_USAGE);
    CHECK_INT(sv_find(sv_of(err.text), SV("line 3, column 2: ")), 0);
    CHECK_INT(json_parse_written(SV(" \n"), &json, &err), ERR_USAGE);
    REQUIRE_OK(json_parse_written(SV("[1]\n"), &json, &err), &err);
    cJSON_Delete(json);
}

static void test_compact_json_is_as_written(void **state)
{
    struct err err = {0};
    struct sb out;
    struct jw w;

    (void)state;
    sb_init(&out, 4096);
    jw_init(&w, &out, &err);
    write_all(&w);
    REQUIRE_OK(jw_done(&w), &err);
    CHECK_STR(sb_cstr(&out),
              "{\"text\":\"q\\\"\\\\\\u000a\\u001b\\u009b caf\xc3\xa9 \xef\xbf\xbd\",\"none\":null,"
              "\"int\":-9223372036854775808,\"yes\":true,\"at\":\"2015-08-30T12:36:00Z\","
              "\"never\":null,\"epoch\":1440938160.007,\"list\":[1,null,{}]}");
    sb_release(&out);
}

static void test_what_reorders_or_hides_text_is_escaped(void **state)
{
    struct err err = {0};
    struct sb out;
    struct jw w;

    (void)state;
    sb_init(&out, 4096);
    jw_init(&w, &out, &err);
    jw_sv(&w, SV("a\xe2\x80\xaetxt.exe\xe2\x80\x8b\xf3\xa0\x80\x81\xe6\x97\xa5"));
    REQUIRE_OK(jw_done(&w), &err);
    CHECK_STR(sb_cstr(&out), "\"a\\u202etxt.exe\\u200b\\udb40\\udc01\xe6\x97\xa5\"");
    sb_release(&out);
}

static void test_a_full_buffer_is_remembered(void **state)
{
    struct err err = {0};
    struct sb out;
    struct jw w;

    (void)state;
    sb_init(&out, 20);
    jw_init(&w, &out, &err);
    write_all(&w);
    CHECK_INT(jw_done(&w), ERR_LIMIT);
    CHECK_STR(err.text, "text over 20 bytes");
    sb_release(&out);
}

static void test_each_failing_allocation_is_survived(void **state)
{
    enum err_code rc = ERR_LIMIT;

    (void)state;
    for (long n = 1; rc != ERR_OK; n++) {
        struct err err = {0};
        cJSON *json = NULL;

        REQUIRE(n < 100);
        mem_fail_at(n);
        rc = json_parse(SV("{\"a\":[1,\"x\",{\"b\":null}]}"), &json, &err);
        mem_fail_at(0);
        CHECK_TRUE((rc == ERR_OK) == (json != NULL));
        CHECK_TRUE(rc == ERR_OK || rc == ERR_LIMIT);
        cJSON_Delete(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_members_are_found_by_exact_name_and_type),
        TEST(test_what_is_no_json_is_named),
        TEST(test_what_is_written_is_json),
        TEST(test_pretty_json_leaves_nothing_in_what_is_empty),
        TEST(test_what_a_person_wrote_is_refused_with_its_line),
        TEST(test_compact_json_is_as_written),
        TEST(test_what_reorders_or_hides_text_is_escaped),
        TEST(test_a_full_buffer_is_remembered),
        TEST(test_each_failing_allocation_is_survived),
    };

    return RUN(tests);
}
