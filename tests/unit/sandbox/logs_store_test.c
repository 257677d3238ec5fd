/* Events of a stream: in the order of their places, from any place, both ways. */
#include "core/sandbox/logs_store.h"

#include "core/sandbox/records.h"
#include "tests/unit/check.h"

enum { STREAM = 7, OTHER = 8 };

struct scene {
    struct records *records;
    struct err err;
};

static void open_scene(struct scene *s)
{
    static const struct log_line lines[] = {
        {100, {"a", 1}}, {100, {"b", 1}}, {100, {"c", 1}}, {200, {"d", 1}}, {300, {"e", 1}}};
    static const struct log_line late = {150, {"z", 1}};

    *s = (struct scene){0};
    REQUIRE_OK(records_open(NULL, &s->records, &s->err), &s->err);
    REQUIRE_OK(log_store_add(s->records, STREAM, 1, lines, ARRAY_LEN(lines), 900, &s->err),
               &s->err);
    REQUIRE_OK(log_store_add(s->records, OTHER, 1, lines, ARRAY_LEN(lines), 900, &s->err), &s->err);
    REQUIRE_OK(log_store_add(s->records, STREAM, 6, &late, 1, 901, &s->err), &s->err);
}

struct reading {
    char text[32];
    size_t most;
    struct log_place last;
};

static enum err_code read_one(void *owner, const struct log_event *event, bool *goes_on,
                              struct err *err UNUSED)
{
    struct reading *r = owner;
    size_t len = strlen(r->text);

    (void)snprintf(r->text + len, sizeof r->text - len, SV_FMT, SV_ARG(event->text));
    r->last = event->place;
    *goes_on = r->most == 0 || strlen(r->text) < r->most;
    return ERR_OK;
}

static const char *read_all(struct scene *s, const struct log_range *range, size_t most,
                            struct reading *r)
{
    *r = (struct reading){.most = most};
    REQUIRE_OK(log_store_read(s->records, STREAM, range, read_one, r, &s->err), &s->err);
    return r->text;
}

static void test_events_come_in_time_and_as_they_came(void **state UNUSED)
{
    struct log_range range = LOG_RANGE_ALL;
    struct reading r;
    struct scene s;

    open_scene(&s);
    CHECK_STR(read_all(&s, &range, 0, &r), "abczde");
    range.is_backwards = true;
    CHECK_STR(read_all(&s, &range, 0, &r), "edzcba");
    records_close(s.records);
}

static void test_a_place_is_where_it_goes_on(void **state UNUSED)
{
    struct log_range range = LOG_RANGE_ALL;
    struct reading r;
    struct scene s;

    open_scene(&s);
    CHECK_STR(read_all(&s, &range, 2, &r), "ab");
    range.after = r.last;
    CHECK_STR(read_all(&s, &range, 2, &r), "cz");
    range.after = r.last;
    CHECK_STR(read_all(&s, &range, 9, &r), "de");
    range.after = r.last;
    CHECK_STR(read_all(&s, &range, 9, &r), "");
    range = LOG_RANGE_ALL;
    range.is_backwards = true;
    CHECK_STR(read_all(&s, &range, 2, &r), "ed");
    range.before = r.last;
    CHECK_STR(read_all(&s, &range, 9, &r), "zcba");
    records_close(s.records);
}

static void test_a_range_has_its_beginning_and_not_its_end(void **state UNUSED)
{
    struct log_range range = LOG_RANGE_ALL;
    struct reading r;
    struct scene s;

    open_scene(&s);
    log_range_narrow(&range, 150, 300);
    CHECK_STR(read_all(&s, &range, 0, &r), "zd");
    range.after = (struct log_place){200, 4};
    log_range_narrow(&range, 0, INT64_MAX);
    CHECK_STR(read_all(&s, &range, 0, &r), "");
    records_close(s.records);
}

static void test_one_stream_is_dropped_alone(void **state UNUSED)
{
    struct log_range range = LOG_RANGE_ALL;
    struct reading r = {.most = 0};
    struct scene s;

    open_scene(&s);
    REQUIRE_OK(log_store_drop(s.records, STREAM, &s.err), &s.err);
    CHECK_STR(read_all(&s, &range, 0, &r), "");
    r = (struct reading){0};
    REQUIRE_OK(log_store_read(s.records, OTHER, &range, read_one, &r, &s.err), &s.err);
    CHECK_STR(r.text, "abcde");
    records_close(s.records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_events_come_in_time_and_as_they_came),
        TEST(test_a_place_is_where_it_goes_on),
        TEST(test_a_range_has_its_beginning_and_not_its_end),
        TEST(test_one_stream_is_dropped_alone),
    };

    return RUN(tests);
}
